"""The filter language: a table of columns and lookups for each resource, one way to read, refuse and describe them.

django-filter is not used: what makes this language ours (refusing every unknown name and value with the nearest valid one,
conditions on one and the same participant or claim, slugs of public records only, a contract that lists every term) would
have to be written around it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from api.errors import InvalidParameters, ParameterError
from api.filters import values
from api.filters.values import BadValue, ValueType
from conflictdb import vocabularies

EXACT = ("exact", "in")
TEXT = ("exact", "in", "icontains")
WINDOW = ("exact", "gte", "lte")
NULLABLE_WINDOW = (*WINDOW, "isnull")
PHRASES = {
    "exact": "{help}",
    "in": "{help} Any of these, separated by commas.",
    "gte": "{help} This or more (or later).",
    "lte": "{help} This or less (or earlier).",
    "icontains": "{help} Contains this text, in any case.",
    "isnull": "{help} Whether it is null.",
}
VOCABULARIES = {tuple(vocabulary.choices): vocabulary for vocabulary in vocabularies.ALL}
HIDDEN_TERMS = ("draft",)


@dataclass(frozen=True)
class Filter:
    """One query parameter: its value's type, what it filters by, and what the contract says of it.

    ``condition`` turns the read value into a Q. ``through`` names the to-many accessor whose rows the Q is about; all
    such conditions of one accessor hold for one and the same row.
    """

    type: ValueType
    condition: Callable[[Any], Q]
    description: str
    through: str = ""


class FilterSet:
    """The filters of one resource. A subclass is a table; everything is derived from the model's columns and their help."""

    model: ClassVar[type[models.Model]]
    # column → lookups
    columns: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # parameter → path to a record, which is named by its slug
    relations: ClassVar[Mapping[str, str]] = {}
    # parameter → (path to a column behind a to-many accessor, lookups)
    through: ClassVar[Mapping[str, tuple[str, tuple[str, ...]]]] = {}
    # column → value that holds where the caller says nothing
    defaults: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[dict[str, Filter]] = {}

    def __init_subclass__(cls) -> None:
        """Work the table out once, when the class is made."""
        cls.filters = {}
        for column, lookups in cls.columns.items():
            cls._add(column, column, lookups)
        for name, path in cls.relations.items():
            cls._add(name, path, EXACT)
        for name, (path, lookups) in cls.through.items():
            cls._add(name, path, lookups)
        cls.filters["q"] = Filter(
            values.text(),
            cls.matching,
            'Full text: words, "quoted phrases", -excluded words, `or`. English stems match.',
        )

    @classmethod
    def matching(cls, words: str) -> Q:
        """Rows whose text holds the words."""
        return Q(search=SearchQuery(words, config="english", search_type="websearch"))

    @classmethod
    def _add(cls, name: str, path: str, lookups: tuple[str, ...]) -> None:
        """Derive the filters of one column, which may lie behind relations."""
        *hops, last = path.split("__")
        model, accessor = cls.model, ""
        for hop in hops:
            field = model._meta.get_field(hop)
            if field.one_to_many and not accessor:
                accessor = hop
            model = field.related_model
        column = model._meta.get_field(last)
        inner = path.removeprefix(f"{accessor}__") if accessor else path
        for lookup in lookups:
            cls.filters[name if lookup == "exact" else f"{name}__{lookup}"] = Filter(
                type=_type_of(column, lookup),
                condition=_condition(inner, lookup, in_array=isinstance(column, ArrayField)),
                description=_describe(column, lookup, default=cls.defaults.get(name) if lookup == "exact" else None),
                through=accessor,
            )

    @classmethod
    def conditions(cls, given: Mapping[str, str]) -> list[Q | Exists]:
        """Read parameters into conditions; every value that cannot be read is refused, all of them at once."""
        plain: list[Q | Exists] = []
        behind: dict[str, Q] = defaultdict(Q)
        errors = []
        for name, text in cls.with_defaults(given).items():
            each = cls.filters.get(name)
            if each is None:
                continue  # paging, ordering and shape read theirs themselves; unknown names never come this far
            try:
                condition = each.condition(each.type.parse(text))
            except BadValue as error:
                errors.append(ParameterError(name, str(error), error.nearest))
                continue
            if each.through:
                behind[each.through] &= condition
            else:
                plain.append(condition)
        if errors:
            raise InvalidParameters(errors)
        return plain + [cls._exists(accessor, condition) for accessor, condition in behind.items()]

    @classmethod
    def with_defaults(cls, given: Mapping[str, str]) -> dict[str, str]:
        """Add the defaults of columns that the caller does not mention in any way."""
        mentioned = {name.split("__")[0] for name in given}
        return {**{name: value for name, value in cls.defaults.items() if name not in mentioned}, **given}

    @classmethod
    def _exists(cls, accessor: str, condition: Q) -> Exists:
        """At least one public row behind a to-many accessor meets the whole condition."""
        field = cls.model._meta.get_field(accessor)
        return Exists(public(field.related_model).filter(condition, **{field.remote_field.name: OuterRef("pk")}))


class RecordFilterBackend(BaseFilterBackend):
    """Applies a view's filter set to its lists and describes it to the contract."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        """Narrow a list; details are found by their slug alone."""
        if view.detail:
            return queryset
        return queryset.filter(*view.filterset_class.conditions(request.query_params.dict()))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe every filter of a list."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": each.description,
                "schema": each.type.schema,
                **({"style": "form", "explode": False} if each.type.schema["type"] == "array" else {}),
            }
            for name, each in view.filterset_class.filters.items()
        ]


def public(model: type[models.Model]) -> QuerySet:
    """Rows that anonymous readers may see; all of them where the table knows no such difference."""
    rows = model._default_manager.all()
    return rows.public() if hasattr(rows, "public") else rows


def _type_of(column: models.Field, lookup: str) -> ValueType:
    """Choose how values for a column are read."""
    if lookup == "isnull":
        return values.FLAG
    if lookup == "in":
        return _type_of(column, "exact").listed()
    if lookup == "icontains":
        return values.text()
    if isinstance(column, ArrayField):
        column = column.base_field
    if column.is_relation:
        related = column.related_model
        return values.slug_of(lambda: public(related), related._meta.verbose_name)
    if column.choices:
        return values.term(VOCABULARIES[tuple(column.choices)], without=HIDDEN_TERMS)
    for kind, value_type in (
        (models.BooleanField, values.FLAG),
        (models.DateTimeField, values.INSTANT),
        (models.DateField, values.DAY),
        (models.PositiveBigIntegerField, values.whole_number(highest=2**63 - 1)),
        (models.IntegerField, values.whole_number()),
        (models.FloatField, values.number(-180, 180)),
        ((models.CharField, models.TextField), values.text()),
    ):
        if isinstance(column, kind):
            return value_type
    message = f"There is no filter for a {type(column).__name__}."
    raise TypeError(message)


def _condition(path: str, lookup: str, *, in_array: bool) -> Callable[[Any], Q]:
    """Turn a read value into a Q; an array column matches where it holds the value, or any of the values."""
    if in_array:
        return (
            (lambda value: Q(**{f"{path}__contains": [value]}))
            if lookup == "exact"
            else (lambda value: Q(**{f"{path}__overlap": value}))
        )
    return lambda value: Q(**{f"{path}__{lookup}": value})


def _describe(column: models.Field, lookup: str, *, default: str | None) -> str:
    """Say what a filter does, in the words of its column."""
    help_text = column.help_text + (" Given by slug." if column.is_relation else "")
    described = PHRASES[lookup].format(help=help_text)
    return f"{described} Where neither this nor its `__in` is given, `{default}` holds." if default else described
