"""Where the words that were asked for stand in a record's texts, as HTML that pages may show as it is."""

from typing import Any

from django.contrib.postgres.search import SearchVector
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Func, TextField, Value

from api.search.words import query
from api.spelling import Document

WHOLE = "HighlightAll=true"
FRAGMENTS = 'MaxFragments=2, MinWords=10, MaxWords=30, FragmentDelimiter=" … "'
LONGEST = 100_000  # characters of a text in which words are looked for


def searched(model: type[models.Model]) -> list[str]:
    """Name the columns whose words `q` finds, of a model that keeps its words; none of another."""
    try:
        column: Any = model._meta.get_field("search")
    except FieldDoesNotExist:
        return []
    vectors = [each for each in column.expression.flatten() if isinstance(each, SearchVector)]
    names: list[Any] = [name for each in vectors for name in each.get_source_expressions() if isinstance(name, F)]
    return [name.name for name in names]


def highlights(model: type[models.Model], words: str) -> Document:
    """Make an object of a record's texts: each with its marks, or null where it holds none of the words."""
    return Document({name: _marked(model._meta.get_field(name), words) for name in searched(model)})


def _marked(column: Any, words: str) -> Func:
    options = FRAGMENTS if isinstance(column, models.TextField) else WHOLE
    text = Func(F(column.name), Value(LONGEST), function="left", output_field=TextField())
    return Func(text, query(words), Value(options), function="conflictdb_highlight", output_field=TextField())
