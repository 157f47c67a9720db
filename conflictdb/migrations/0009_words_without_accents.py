"""Words are compared without accents, and names without punctuation; names that look alike are found by their letters."""

from typing import Any

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations, models

# Words of ASCII letters go straight to the stemmer: the others alone pay for the look-up of their accents. Words joined by hyphens are
# their parts one after the other, and no third word besides, so that "Deir ez-Zor" and "Deir ez Zor" are the same.
CONFIGURATION = """
    CREATE TEXT SEARCH CONFIGURATION conflictdb (COPY = pg_catalog.english);
    ALTER TEXT SEARCH CONFIGURATION conflictdb ALTER MAPPING FOR word, hword_part WITH unaccent, english_stem;
    ALTER TEXT SEARCH CONFIGURATION conflictdb DROP MAPPING FOR asciihword, hword, numhword
"""
# Read as gaps between words, and as nothing at all.
GAPS, MARKS = '-‐‑–—_./,;:!?()[]{}"“”„«»&+*|%\\', "'‘’ʻʼʽʾʿ`´ʹ"
# A body that is parsed here and now: it finds what it calls under any search path, pg_restore's too.
PLAIN_NAME = f"""
    CREATE FUNCTION plain_name(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500
    RETURN btrim(regexp_replace(
        translate(lower(unaccent('unaccent'::regdictionary, name)),
                  '{GAPS}{MARKS.replace("'", "''")}', repeat(' ', {len(GAPS)})),
        ' +', ' ', 'g'
    ))
"""
# How many quotes hold a word: of a partial index the planner knows no such thing.
STATISTICS = """
    CREATE STATISTICS citation_words ON (to_tsvector('conflictdb'::regconfig, COALESCE(exact, ''))) FROM conflictdb_citation
"""
# noun → its columns of words by weight, and what the column says of itself
WORDS: dict[str, tuple[list[tuple[str, ...]], str]] = {
    "incident": (
        [("A", "title"), ("B", "place_name", "admin1", "admin2"), ("C", "summary")],
        "Words of the title, places and summary, for `q=`.",
    ),
    "claim": (
        [("A", "statement"), ("B", "value_wording", "claimant_wording")],
        "Words of the statement and wordings, for `q=`.",
    ),
    "source": ([("A", "title"), ("C", "text")], "Words of the title and the held text, for `q=`."),
    "actor": ([("A", "name"), ("B", "description")], "Words of the name and description, for `q=`."),
    "conflict": ([("A", "name"), ("B", "description")], "Words of the name and description, for `q=`."),
}


def anew(noun: str) -> list[Any]:
    """Make the words of a noun's records anew: a generated column cannot be altered."""
    groups, help_text = WORDS[noun]
    vectors = [
        django.contrib.postgres.search.SearchVector(*columns, weight=weight, config="conflictdb")
        for weight, *columns in groups
    ]
    expression: Any = vectors[0]
    for vector in vectors[1:]:
        expression += vector
    field = models.GeneratedField(
        expression=expression,
        output_field=django.contrib.postgres.search.SearchVectorField(),
        db_persist=True,
        editable=False,
        help_text=help_text,
    )
    index = django.contrib.postgres.indexes.GinIndex(fields=["search"], name=f"{noun}_by_words")
    return [
        migrations.RemoveIndex(noun, f"{noun}_by_words"),
        migrations.RemoveField(noun, "search"),
        migrations.AddField(noun, "search", field),
        migrations.AddIndex(noun, index),
    ]


def likeness(noun: str) -> migrations.AddIndex:
    """Find names by how they look."""
    plain: Any = models.Func("name", function="plain_name", output_field=models.TextField())
    return migrations.AddIndex(
        noun,
        django.contrib.postgres.indexes.GinIndex(
            django.contrib.postgres.indexes.OpClass(plain, "gin_trgm_ops"), name=f"{noun}_by_likeness"
        ),
    )


def words_in(noun: str, column: str, **options: Any) -> migrations.AddIndex:
    """Find the words of one column."""
    vector: Any = django.contrib.postgres.search.SearchVector(column, config="conflictdb")
    index = django.contrib.postgres.indexes.GinIndex(vector, name=f"{noun}_by_words", **options)
    return migrations.AddIndex(noun, index)


class Migration(migrations.Migration):
    dependencies = [("conflictdb", "0008_lighter_indexes")]

    operations = [
        UnaccentExtension(),  # comes with PostgreSQL; whoever owns the database may install it
        migrations.RunSQL(CONFIGURATION),  # there is no way back: what triggers.py installs leans on these two
        migrations.RunSQL(PLAIN_NAME),
        *(operation for noun in WORDS for operation in anew(noun)),
        *(likeness(noun) for noun in ("actor", "actoralias", "conflict", "country")),
        words_in("actoralias", "name"),
        words_in("citation", "exact", condition=~models.Q(exact="")),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS citation_words"),
    ]
