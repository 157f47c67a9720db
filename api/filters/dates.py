"""Filters by day where days may be unknown: incidents lie in an interval, of which either end may not be known."""

from datetime import date
from typing import Any

from django.db.models import DateField, Q, Value
from django.db.models.lookups import LessThanOrEqual

from api.filters import values
from api.filters.base import Filter, Given, modifier
from api.statements import Slot
from conflictdb.models.incident import START
from conflictdb.vocabularies import DatePrecision

WINDOW = ("date_from", "date_to")


def _ends_from(first: date | Slot, given: Given) -> Q:
    """Incidents that may have gone on, or must have begun, on this day or later."""
    if given.get("date_match") == "within":
        return Q(started_on__gte=first, ended_on__isnull=False)
    return Q(ended_on__gte=first) | Q(ended_on__isnull=True)


def _starts_by(last: date | Slot, given: Given) -> Q:
    """Incidents that may have begun, or must have ended, on this day or earlier."""
    if given.get("date_match") == "within":
        return Q(ended_on__lte=last, started_on__isnull=False)
    # An unknown first day counts as the earliest: one comparison, on what the newest-first order has an index of.
    return Q(LessThanOrEqual(START, last if isinstance(last, Slot) else Value(last, DateField())))


def _in_order(given: Given) -> str:
    first, last = (given.get(name) for name in WINDOW)
    return f"Lies before date_from, {first}." if first and last and last < first else ""


def at_least_as_precise(scale: Any, column: str, words: str) -> Filter:
    """Make a filter by a scale of precision, finest first: this or finer; `unknown` never passes."""

    def condition(term: str, _: Given) -> Q:
        return Q(**{f"{column}__in": [code for code, rank in ranks.items() if rank <= ranks[term]]})

    ranks = {code: rank for code, rank in scale.ranks().items() if code != scale.UNKNOWN}
    return Filter(values.term(scale, without=(scale.UNKNOWN,)), condition, words)


DATES = {
    "date_from": Filter(
        values.DAY,
        _ends_from,
        "First day of a window of days: incidents that may have happened in it, or with `date_match=within` that lie in it.",
    ),
    "date_to": Filter(
        values.DAY,
        _starts_by,
        "Last day of the window, included; either end may be left open.",
        refuse=_in_order,
    ),
    "date_match": modifier(
        values.one_of(["overlaps", "within"]),
        "`overlaps` (where not given): the days on which it may have happened share one with the window; an unknown first or "
        "last day may lie anywhere. `within`: its first and last day are both known and lie in the window. Needs `date_from` "
        "or `date_to`.",
        needs=WINDOW,
    ),
    "max_date_precision": at_least_as_precise(
        DatePrecision,
        "date_precision",
        "The days are known at least this closely: `week` takes `day`, `days` and `week`. `unknown` never passes.",
    ),
}
