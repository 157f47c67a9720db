"""How words and names are compared: a configuration of PostgreSQL's text search, and names without what is only spelling."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db.models import Expression, Func, GeneratedField, TextField

CONFIG = "conflictdb"  # English stems of words without their accents; made by a migration


def plain(name: Any) -> Func:
    """Make a name's plain form, in small letters without accents, apostrophes and punctuation: `A'zāz` and `Azaz` are one."""
    return Func(name, function="plain_name", output_field=TextField())  # made by a migration, since indexes stand on it


def vector(*columns: str, weight: str) -> SearchVector:
    """Make the words of some columns, of which ``A`` weighs most and ``D`` least."""
    return SearchVector(*columns, weight=weight, config=CONFIG)


def words_of(vectors: Expression, help_text: str) -> GeneratedField:
    """Make the column that keeps the words of a record."""
    return GeneratedField(
        expression=vectors, output_field=SearchVectorField(), db_persist=True, editable=False, help_text=help_text
    )


def plain_of(column: str) -> GeneratedField:
    """Make the column that keeps the plain form of a name: to make it anew for each name that is compared costs most."""
    return GeneratedField(
        expression=plain(column),
        output_field=TextField(),
        db_persist=True,
        editable=False,
        help_text=f"The {column} in small letters without accents and punctuation, as names are compared.",
    )


def likeness(name: str) -> GinIndex:
    """Make the index by which names are found that look like another one."""
    letters: Any = OpClass("plain", name="gin_trgm_ops")
    return GinIndex(letters, name=name)
