"""Names keep their plain form, and quotes their words: to make them anew for each row that is compared cost most of a search."""

from typing import Any

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

NAMED = ("actor", "actoralias", "conflict", "country")


def kept_plain(noun: str) -> list[Any]:
    """Keep the plain names of a noun's records, and find them by how they look."""
    plain = models.GeneratedField(
        expression=models.Func("name", function="plain_name", output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
        help_text="The name in small letters without accents and punctuation, as names are compared.",
    )
    letters: Any = django.contrib.postgres.indexes.OpClass("plain", name="gin_trgm_ops")
    index = django.contrib.postgres.indexes.GinIndex(letters, name=f"{noun}_by_likeness")
    return [
        migrations.RemoveIndex(noun, f"{noun}_by_likeness"),
        migrations.AddField(noun, "plain", plain),
        migrations.AddIndex(noun, index),
    ]


class Migration(migrations.Migration):
    dependencies = [("conflictdb", "0011_sources_by_change")]

    operations = [
        *(operation for noun in NAMED for operation in kept_plain(noun)),
        migrations.RunSQL(
            "DROP STATISTICS citation_words",
            "CREATE STATISTICS citation_words ON (to_tsvector('conflictdb'::regconfig, COALESCE(exact, '')))"
            " FROM conflictdb_citation",
        ),
        migrations.RemoveIndex("citation", "citation_by_words"),
        migrations.AddField(
            "citation",
            "search",
            models.GeneratedField(
                expression=django.contrib.postgres.search.SearchVector("exact", config="conflictdb", weight="A"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
                db_persist=True,
                editable=False,
                help_text="Words of the quote, for `quote=`.",
            ),
        ),
        migrations.AddIndex(
            "citation",
            django.contrib.postgres.indexes.GinIndex(
                fields=["search"], name="citation_by_words", condition=~models.Q(exact="")
            ),
        ),
    ]
