"""The filters of one column: how its values are read, what they find, and what the contract says of them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThanOrEqual

from api.filters import values
from api.filters.common import Common
from api.filters.parts import WithParts, pairs_of
from api.filters.values import ValueType
from conflictdb import vocabularies
from conflictdb.models import Claim
from conflictdb.models.claim import ABOUT
from conflictdb.models.incident import KEPT

EXACT = ("exact", "in")
TEXT = ("exact", "in", "icontains")
WINDOW = ("exact", "gte", "lte")
NULLABLE_WINDOW = (*WINDOW, "isnull")
PHRASES = {
    "exact": "",
    "in": "Any of these, separated by commas. ",
    "gte": "This or more. ",
    "lte": "This or less. ",
    "icontains": "Contains this text, in any case. ",
    "isnull": "`true` for null, `false` for any value. ",
}
TIME_PHRASES = {"gte": "Then or later. ", "lte": "Then or earlier. "}
# Columns that are indexed by what lists are ordered by, with a stand-in for null: such an index serves the column's filters.
KEYS: dict[str, Any] = {
    **dict.fromkeys(("started_on", "stated_on", "published_on"), date.min),
    **dict.fromkeys(("killed_best", "injured_best", "gap"), -1),
}
# Texts that most rows leave empty: their indexes hold the rest, which nobody's question leaves, as empty values are refused.
SPARSE = ("external_id", "quality_note", "value_wording")
WINDOWS = {"exact": Exact, "gte": GreaterThanOrEqual, "lte": LessThanOrEqual}
VOCABULARIES = {tuple(vocabulary.choices): vocabulary for vocabulary in vocabularies.ALL}
HIDDEN_TERMS = ("draft",)
Given: TypeAlias = Mapping[str, Any]  # parameter → its value, as read
Condition: TypeAlias = Callable[[Any, Given], Q]


def public(model: type[models.Model]) -> QuerySet:
    """Rows that anonymous readers may see; all of them where the table knows no such difference."""
    rows = model._default_manager.all()
    return rows.public() if hasattr(rows, "public") else rows


def type_of(column: Any, lookup: str) -> ValueType:
    """Choose how values for a column are read."""
    if lookup == "isnull":
        return values.FLAG
    if lookup == "in":
        return type_of(column, "exact").listed()
    if lookup == "icontains":
        return values.text()
    if isinstance(column, ArrayField):
        column = column.base_field
    if column.is_relation:
        related = column.related_model
        return values.slug_of(lambda: public(related), related._meta.verbose_name)
    if column.choices:
        return values.term(VOCABULARIES[tuple(column.choices)], without=HIDDEN_TERMS)
    bound = 90 if column.name == "latitude" else 180  # degrees: coordinates are the only decimal numbers
    for kind, value_type in (
        (models.BooleanField, values.FLAG),
        (models.DateTimeField, values.INSTANT),
        (models.DateField, values.DAY),
        (models.PositiveBigIntegerField, values.whole_number(highest=2**63 - 1)),
        (models.SmallIntegerField, values.whole_number(highest=2**15 - 1)),
        (models.IntegerField, values.whole_number()),
        (models.FloatField, values.number(-bound, bound)),
        ((models.CharField, models.TextField), values.text(column.max_length or values.LONGEST_TEXT)),
    ):
        if isinstance(column, kind):
            return value_type
    message = f"There is no filter for a {type(column).__name__}."
    raise TypeError(message)


def condition_on(column: Any, path: str, lookup: str) -> Condition:
    """Turn a read value into a Q."""
    if isinstance(column, ArrayField):  # it matches where it holds the value, or any of the values
        holds, listed = ("contains", True) if lookup == "exact" else ("overlap", False)
        return lambda value, _: Q(**{f"{path}__{holds}": [value] if listed else value})
    if column.is_relation:
        records = public(column.related_model)
        if lookup == "isnull":
            # a claim about what may not be seen may not be seen either
            is_seen_with = column.model is Claim and column.name in ABOUT
            return _unlinked(records, path, is_always_shown=is_seen_with or not records.query.where)
        return _link(records, path, lookup)
    if column.name == "ended_on" and lookup == "lte":
        # what has ended had begun: the newest of them are found where lists, in their order, come to that day
        begun = Coalesce(f"{path.removesuffix('ended_on')}started_on", date.min)
        return lambda day, _: Q(LessThanOrEqual(begun, day), **{f"{path}__lte": day})
    if path in KEYS and (lookup in WINDOWS or lookup == "isnull"):
        return _keyed(path, lookup)
    operator = "any_of" if lookup == "in" else lookup
    filled = ~Q(**{path: ""}) if column.name in SPARSE else Q()
    return lambda value, _: Q(**{f"{path}__{operator}": value}) & filled


def _link(records: QuerySet, path: str, lookup: str) -> Condition:
    """Find by a slug, or keys read from slugs, the record that a path leads to; with its parts where asked for."""
    pairs = pairs_of(records.model)

    def condition(value: Any, given: Given) -> Q:
        if isinstance(value, Common):  # the number for the planner; whether it may be seen is asked as ever
            return Q(Exists(records.filter(pk=value.pk, slug=value.slug)), **{path: value.pk})
        if pairs is not None and given.get("descendants"):
            named = {"pk__any_of": value} if lookup == "in" else {"slug": value}
            return Q(**{f"{path}__pk__any_of": WithParts(records.filter(**named), pairs)})
        if lookup == "in":
            return Q(**{f"{path}__pk__any_of": value})
        key = Subquery(records.filter(slug=value).order_by().values("pk"))
        # where there is no such record none of many rows is read in vain
        return Q(IsNull(key, False), **{path: key})  # noqa: FBT003 – Django's own

    return condition


def _unlinked(records: QuerySet, path: str, *, is_always_shown: bool) -> Condition:
    """Find by whether there is a link, as it is shown: what may not be seen is null."""
    if is_always_shown:
        return lambda is_null, _: Q(**{f"{path}__isnull": is_null})
    # not by EXISTS, for which PostgreSQL may read the whole table of the other records
    shown = Subquery(records.filter(pk=OuterRef(path)).order_by().values("pk"))
    hidden = Q(**{f"{path}__isnull": True}) | Q(IsNull(shown, True))  # noqa: FBT003 – Django's own
    # the link itself besides: of few that have one an index knows
    linked = Q(IsNull(shown, False), **{f"{path}__isnull": False})  # noqa: FBT003 – as above
    return lambda is_null, _: hidden if is_null else linked


def _keyed(path: str, lookup: str) -> Condition:
    """Find by a column through the index of the order that it gives to lists."""
    stand_in = KEYS[path]
    key = Coalesce(path, stand_in)
    if lookup == "isnull":
        return lambda is_null, _: Q((Exact if is_null else GreaterThan)(key, stand_in), **{f"{path}__isnull": is_null})
    known = Q(GreaterThan(key, stand_in)) if lookup == "lte" else Q()
    return lambda value, _: known & Q(WINDOWS[lookup](key, value), **{f"{path}__isnull": False})


def describe(column: Any, lookup: str, about: str | None, default: str | None) -> str:
    """Say what a filter does, in the words of its column unless it is about something else."""
    is_time = isinstance(column, models.DateField)
    phrase = (TIME_PHRASES.get(lookup) if is_time else None) or PHRASES[lookup]
    given = " Given by slug." if column.is_relation and lookup != "isnull" else ""
    held = f" Where neither this nor its `__in` is given, `{default}` holds." if default and lookup == "exact" else ""
    return phrase + (about or column.help_text.removesuffix(f" {KEPT}")) + given + held
