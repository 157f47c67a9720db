"""Filters of incidents as OGC API Features names them, beside our own: `bbox` with heights, `datetime`."""

from dataclasses import replace
from datetime import UTC, date
from typing import Any, NamedTuple

from django.db.models import Q

from api.filters import values
from api.filters.base import Filter
from api.filters.columns import Given
from api.filters.dates import DATES, WINDOW
from api.filters.incident import BoundedIncidentFilterSet, IncidentFilterSet, LensedIncidentFilterSet
from api.filters.places import PLACES
from api.filters.values import BadValue, ValueType

OPEN = ("", "..")  # how an end of an interval is left open
SIDES, HEIGHTS = 4, (2, 5)  # numbers of a flat box; where the heights stand among those of a box of six
HALVES = ("date_from", "date_to")
BOX = values.degrees("west", "south", "east", "north")


class Interval(NamedTuple):
    """The days from the first to the last, both included; None where that end is open."""

    first: date | None
    last: date | None

    def given(self) -> dict[str, date]:
        """Say it in our own parameters."""
        return {name: day for name, day in zip(HALVES, self, strict=True) if day}


def _box(text: str) -> Any:
    """Read a box of four numbers, or of six: incidents have no height, so any two heights hold them."""
    items = text.split(",")
    if len(items) not in {SIDES, SIDES + len(HEIGHTS)}:
        message = (
            f"Holds {len(items)} values; 4 are needed, west,south,east,north, or 6, west,south,low,east,north,high."
        )
        raise BadValue(message)
    if len(items) > SIDES:
        low, high = (_height(items[place]) for place in HEIGHTS)
        if low > high:
            message = f"Holds a low ({low:g}) that lies above its high ({high:g})."
            raise BadValue(message)
        items = [item for place, item in enumerate(items) if place not in HEIGHTS]
    return BOX.parse(",".join(items))


def _height(text: str) -> float:
    return float(values.number(-1e7, 1e7).parse(text))


def _interval(text: str) -> Interval:
    """Read an instant, or an interval of which one end may be open. Instants count by their day in UTC, as incidents do."""
    ends = text.split("/")
    if len(ends) > len(HALVES):
        message = f'"{text}" is neither an instant nor an interval, which has one "/".'
        raise BadValue(message)
    if len(ends) == 1:
        day = _day(text)
        return Interval(day, day)
    first, last = (None if end in OPEN else _day(end) for end in ends)
    if first is None and last is None:
        message = "Is open on both ends; leave the parameter out instead."
        raise BadValue(message)
    if first and last and last < first:
        message = f"Ends ({last}) before it begins ({first})."
        raise BadValue(message)
    return Interval(first, last)


def _day(text: str) -> date:
    """Read an instant, or a day; GDAL writes a day with a ``T`` after it."""
    day = text.removesuffix("T")
    return values.DAY.parse(day) if "T" not in day.upper() else values.INSTANT.parse(text).astimezone(UTC).date()


def _in_box(box: Any, given: Given) -> Q:
    """Incidents in a box, and those of no known place: the standard has a box match what has no geometry, too."""
    return PLACES["bbox"].condition(box, given) | Q(latitude__isnull=True)


def _during(interval: Interval, given: Given) -> Q:
    """Incidents of a window of days, as the parameters say that it stands for."""
    window = {**given, **interval.given()}
    condition = Q()
    for name, day in interval.given().items():
        condition &= DATES[name].condition(day, window)
    return condition


def _twice(given: Given) -> str:
    both = [name for name in HALVES if name in given]
    return f"Says what {' and '.join(both)} would say; leave one of them out." if both else ""


class FeatureFilterSet(IncidentFilterSet):
    """Incidents, asked for by the standard's parameters or by ours."""

    special = {
        **IncidentFilterSet.special,
        "bbox": replace(
            PLACES["bbox"],
            condition=_in_box,
            type=ValueType(_box, {**BOX.schema, "maxItems": SIDES + len(HEIGHTS)}),
            description="West, south, east and north edge of a box, in WGS 84 degrees; the edges belong to it. It crosses "
            "the 180th meridian where west is more than east. Six (west,south,low,east,north,high) add heights, which "
            "leave nothing out: incidents have none. What has no coordinates matches any box, as the standard has it; "
            "`latitude__gte=-90` leaves it out.",
        ),
        "datetime": Filter(
            ValueType(_interval, {"type": "string"}),
            _during,
            "An instant (`2023-10-17T12:00:00Z`), a day (`2023-10-17`), or an interval of two with a `/` between, of which "
            "one end may be open (`2023-10-17/..`): incidents that may have happened on one of its days in UTC; an unknown "
            "first or last day may lie anywhere, unless `date_match=within`. Stands for `date_from` and `date_to`.",
            refuse=_twice,
            shapes=True,
        ),
        "date_match": replace(DATES["date_match"], needs=("datetime", *WINDOW)),
    }


class BoundedFeatureFilterSet(BoundedIncidentFilterSet):
    """The same, where figures are those that any lens may make."""

    special = FeatureFilterSet.special


class LensedFeatureFilterSet(LensedIncidentFilterSet):
    """The same, where figures are those under a lens."""

    special = FeatureFilterSet.special
    bounded = BoundedFeatureFilterSet
