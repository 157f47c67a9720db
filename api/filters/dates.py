"""Filters by day where days may be unknown: incidents lie in an interval, of which either end may not be known."""

from datetime import date
from typing import Any

from django.db.models import DateField, Q, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from api.filters import values
from api.filters.base import Filter, modifier
from api.filters.columns import Given
from conflictdb.models.incident import NIGHTS, START, UNBOUNDED
from conflictdb.vocabularies import DatePrecision

LONGEST = max(NIGHTS.values())  # nights between the days of an incident whose precision bounds them
WINDOW = ("date_from", "date_to")


def begun_within(given: Given) -> tuple[Q, bool]:
    """What the window says of the first day alone, and whether that leaves out incidents of ``UNBOUNDED`` days that match."""
    first, last = (given.get(name) for name in WINDOW)
    is_within = given.get("date_match") == "within"
    begun = _begun("lte", last) if last else Q()
    if first:
        begun &= _begun("gte", first if is_within else _moved(first, -LONGEST))
    return begun, bool(first) and not is_within


def _ends_from(first: date, given: Given) -> Q:
    """Incidents that may have gone on, or must have begun, on this day or later."""
    if given.get("date_match") == "within":
        return _begun("gte", first) & Q(started_on__gte=first, ended_on__isnull=False)
    # Most incidents last a year at most: a year before and after the window bounds them on all sides, as indexes like it.
    short = _begun("gte", _moved(first, -LONGEST)) & Q(ended_on__gte=first)
    if last := given.get("date_to"):
        short &= _begun("lte", last) & Q(ended_on__lte=_moved(last, LONGEST))
    long = Q(date_precision__in=UNBOUNDED) & (Q(ended_on__gte=first) | Q(ended_on__isnull=True))
    return short | long


def ended_from(first: date, _: Given) -> Q:
    """Incidents whose last day is known and is this one or a later one."""
    short = _begun("gte", _moved(first, -LONGEST)) & Q(ended_on__gte=first)  # as above
    return short | Q(date_precision__in=UNBOUNDED, ended_on__gte=first)


def _starts_by(last: date, given: Given) -> Q:
    """Incidents that may have begun, or must have ended, on this day or earlier."""
    if given.get("date_match") == "within":
        return _begun("lte", last) & Q(ended_on__lte=last, started_on__isnull=False)
    return _begun("lte", last)


def _moved(day: date, by: int) -> date:
    """Some days later or earlier, as far as the calendar goes."""
    return date.fromordinal(min(max(day.toordinal() + by, 1), date.max.toordinal()))


def _begun(lookup: str, day: date) -> Q:
    """Compare the first day, an unknown one as the earliest that there is: the lists' order, which has an index."""
    comparison = {"gte": GreaterThanOrEqual, "lte": LessThanOrEqual}[lookup]
    return Q(comparison(START, Value(day, DateField())))


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
        shapes=True,
    ),
    "date_to": Filter(
        values.DAY,
        _starts_by,
        "Last day of the window, included; either end may be left open.",
        refuse=_in_order,
        shapes=True,
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
