"""What records span, in days, places and numbers: worked out as a set by PostgreSQL, and kept until the revision changes.

Kept in Django's cache, not in columns: of 400,000 incidents and as many claims it takes less than a second, once a revision,
while columns would have to follow every claim, and every dataset whose terms change.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Max, Min

from api import caching
from api.filters.actor import ActorFilterSet
from api.filters.base import FilterSet
from api.filters.claim import ClaimFilterSet
from api.filters.conflict import ConflictFilterSet
from api.filters.incident import IncidentFilterSet
from api.filters.source import SourceFilterSet
from conflictdb.models import Country, Dataset

KEPT_FOR = 24 * 3600  # seconds; a newer revision has a place of its own
COUNTED: dict[str, type[FilterSet]] = {
    "claims": ClaimFilterSet,
    "actors": ActorFilterSet,
    "sources": SourceFilterSet,
    "conflicts": ConflictFilterSet,
}
# What is asked of the incidents of each country, and then of all of them.
SIDES = {"west": Min("longitude"), "south": Min("latitude"), "east": Max("longitude"), "north": Max("latitude")}
DAYS = {"first_day": Min("started_on"), "last_day": Max("ended_on")}


class Span(NamedTuple):
    """What published incidents cover; a side is None where no incident tells, and revision where there is none yet."""

    first_day: date | None
    last_day: date | None
    bbox: list[float] | None  # west, south, east, north, in degrees
    countries: list[Any]  # slug, name and iso3 of each
    counts: dict[str, int]  # of the records, by the name of their list
    revision: str | None


def of_all() -> Span:
    """What all published incidents cover."""
    return _kept("", lambda revision: _span({}, {}, revision))


def of_dataset(dataset: Dataset) -> Span:
    """What the records of one dataset cover: those that its lists show where nothing else is asked."""
    return _kept(dataset.slug, lambda revision: _span({"dataset": dataset.slug}, COUNTED, revision))


def _kept(name: str, work_out: Callable[[str | None], Span]) -> Span:
    """Look it up, or work it out. What was read before a revision changed may be newer than it says, never older."""
    revision = caching.current()
    if not revision:
        return work_out(None)
    place = f"api.coverage:{name}:{revision}"
    span: Span | None = cache.get(place)
    if span is None:
        span = work_out(revision)
        cache.set(place, span, KEPT_FOR)
    return span


def _span(given: Mapping[str, Any], counted: Mapping[str, type[FilterSet]], revision: str | None) -> Span:
    """Work it out: one pass over the incidents, grouped by country; one count of each other noun."""
    groups = [*_rows(IncidentFilterSet, given).values("country_id").annotate(number=Count("pk"), **SIDES, **DAYS)]
    countries = Country.objects.filter(pk__in=[group["country_id"] for group in groups if group["country_id"]])
    box = [_of(groups, side, min if side in {"west", "south"} else max) for side in SIDES]
    others = {name: _rows(filters, given).count() for name, filters in counted.items()}
    return Span(
        first_day=_of(groups, "first_day", min),
        last_day=_of(groups, "last_day", max),
        bbox=None if None in box else box,
        countries=[*countries.order_by("slug").values("slug", "name", "iso3")],
        counts={"incidents": sum(group["number"] for group in groups), **others},
        revision=revision,
    )


def _rows(filters: type[FilterSet], given: Mapping[str, Any]) -> Any:
    """The public records that a list shows."""
    model: Any = filters.model
    return model.objects.public().filter(*filters.conditions(given)).order_by()


def _of(groups: list[dict[str, Any]], name: str, choose: Any) -> Any:
    """The least or the greatest of what the groups tell; None where none does."""
    return choose((group[name] for group in groups if group[name] is not None), default=None)
