"""What records span, in days, places and numbers: worked out as a set by PostgreSQL, and kept until the revision changes.

Kept in Django's cache, not in columns: 400,000 incidents and as many claims take less than a second, once a revision, while
columns would have to follow every claim, and every dataset whose terms change.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Max, Min

from api import caching, reading
from api.views.actor import ActorViewSet
from api.views.claim import ClaimViewSet
from api.views.conflict import ConflictViewSet
from api.views.incident import IncidentViewSet
from api.views.source import SourceViewSet
from conflictdb.models import Country

KEPT_FOR = 24 * 3600  # seconds; a newer revision has a place of its own
COUNTED = {
    "claims": ClaimViewSet,
    "actors": ActorViewSet,
    "sources": SourceViewSet,
    "conflicts": ConflictViewSet,
}
# What is asked of the incidents of each country, and then of all of them.
SIDES = {"west": Min("longitude"), "south": Min("latitude"), "east": Max("longitude"), "north": Max("latitude")}
DAYS = {"first_day": Min("started_on"), "last_day": Max("ended_on")}


class Span(NamedTuple):
    """What published incidents cover; a side is None where no incident tells, and revision where there is none yet."""

    incidents: int
    first_day: date | None
    last_day: date | None
    bbox: list[float] | None  # west, south, east, north, in degrees
    countries: list[Any]  # slug, name and iso3 of each
    counts: dict[str, int]  # of the other records, by the name of their list
    revision: str | None


def of_all() -> Span:
    """What all published incidents cover."""
    return _kept("", lambda revision: _span({}, revision, counted={}))


def of_dataset(slug: str) -> Span:
    """What the records of one dataset cover, which its lists show where nothing else is asked."""
    return _kept(slug, lambda revision: _span({"dataset": slug}, revision, counted=COUNTED))


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


def _span(given: Mapping[str, Any], revision: str | None, counted: Mapping[str, Any]) -> Span:
    """Work it out: one pass over the incidents, grouped by country; one count of each other noun."""
    groups = [
        *reading.matching(IncidentViewSet, given)
        .order_by()
        .values("country_id")
        .annotate(number=Count("pk"), **SIDES, **DAYS)
    ]
    countries = Country.objects.filter(pk__in=[group["country_id"] for group in groups if group["country_id"]])
    box = [_of(groups, side, min if side in {"west", "south"} else max) for side in SIDES]
    return Span(
        incidents=sum(group["number"] for group in groups),
        first_day=_of(groups, "first_day", min),
        last_day=_of(groups, "last_day", max),
        bbox=None if None in box else box,
        countries=[*countries.order_by("slug").values("slug", "name", "iso3")],
        counts={name: reading.matching(view, given).count() for name, view in counted.items()},
        revision=revision,
    )


def _of(groups: list[dict[str, Any]], name: str, choose: Any) -> Any:
    """The least or the greatest of what the groups tell; None where none does."""
    return choose((group[name] for group in groups if group[name] is not None), default=None)
