"""Windows of days over incidents whose days may be unknown, and how closely they are known."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from conflictdb.models import Incident
from conflictdb.models.incident import NIGHTS
from conflictdb.vocabularies import DatePrecision, PlacePrecision
from tests import make

pytestmark = pytest.mark.django_db


def slugs(get: Callable[..., Any], query: str) -> list[str]:
    """Read which incidents a query finds."""
    return sorted(row["slug"] for row in get(f"incidents/?{query}&fields=slug&page_size=1000")["results"])


def precision(first: date | None, last: date | None) -> str:
    """Name the finest precision that two days may have."""
    if first is None or last is None:
        return "unknown"
    nights = (last - first).days
    return "day" if nights == 0 else "days" if nights < 6 else "month"


@pytest.fixture
def calendar() -> list[Incident]:
    """Store incidents of every interval that a window can cut: each bound is a day from 1 to 9 of a month, or unknown."""
    days = [None, *(date(2020, 5, day) for day in range(1, 10, 2))]
    return [
        make.make_incident(
            slug=f"from-{first.day if first else 'x'}-to-{last.day if last else 'x'}",
            started_on=first, ended_on=last, date_precision=precision(first, last),
        )
        for first in days for last in days if not (first and last and last < first)
    ]  # fmt: skip


WINDOWS = [(first, last) for first in (None, *range(11)) for last in (None, *range(11)) if first or last]


@pytest.mark.parametrize("how", ["", "overlaps", "within"])
def test_window_finds_what_may_lie_in_it_and_nothing_else(
    get: Callable[..., Any], calendar: list[Incident], how: str
) -> None:
    for first, last in [(first, last) for first, last in WINDOWS if not (first and last and last < first)]:
        start, end = (date(2020, 5, first) if first else None), (date(2020, 5, last) if last else None)
        query = "&".join(
            [
                *([f"date_from={start}"] if start else []),
                *([f"date_to={end}"] if end else []),
                *([f"date_match={how}"] if how else []),
            ]
        )
        if not query or (not start and not end):
            continue
        low, high = start or date.min, end or date.max
        if how == "within":
            expected = [
                each.slug
                for each in calendar
                if each.started_on and each.ended_on and low <= each.started_on and each.ended_on <= high
            ]
        else:
            expected = [
                each.slug
                for each in calendar
                if (each.started_on or date.min) <= high and (each.ended_on or date.max) >= low
            ]
        assert slugs(get, query) == sorted(expected), query


@pytest.mark.parametrize(("code", "nights"), [*NIGHTS.items(), ("longer", 20_000)])
def test_window_finds_the_longest_of_each_precision_by_its_last_day(
    get: Callable[..., Any], code: str, nights: int
) -> None:
    first = date(2001, 3, 4)
    last = first + timedelta(days=nights)
    make.make_incident(slug="long", started_on=first, ended_on=last, date_precision=code)
    for start, end, rows in (
        (last, last, ["long"]), (first, first, ["long"]), (last, None, ["long"]), (None, first, ["long"]),
        (last + timedelta(days=1), None, []), (last + timedelta(days=1), last + timedelta(days=9), []),
        (date.min, first - timedelta(days=1), []), (date.min, date.max, ["long"]),
    ):  # fmt: skip
        bounds = [f"{name}={day}" for name, day in (("date_from", start), ("date_to", end)) if day]
        assert slugs(get, "&".join(bounds)) == rows, bounds


@pytest.mark.parametrize("first", range(11))
def test_last_day_from_a_day_on_is_that_of_incidents_that_have_one(
    get: Callable[..., Any], calendar: list[Incident], first: int
) -> None:
    day = date(2020, 5, 1) + timedelta(days=first - 1)
    expected = [each.slug for each in calendar if each.ended_on and each.ended_on >= day]
    assert slugs(get, f"ended_on__gte={day}") == sorted(expected)
    assert slugs(get, f"filter=not ended_on__gte={day}") == sorted({each.slug for each in calendar} - {*expected})


@pytest.mark.parametrize(("code", "nights"), [*NIGHTS.items(), ("longer", 20_000)])
def test_last_day_is_found_of_the_longest_of_each_precision(get: Callable[..., Any], code: str, nights: int) -> None:
    last = date(2001, 3, 4) + timedelta(days=nights)
    make.make_incident(slug="long", started_on=date(2001, 3, 4), ended_on=last, date_precision=code)
    assert slugs(get, f"ended_on__gte={last}") == ["long"]
    assert slugs(get, f"ended_on__gte={last + timedelta(days=1)}") == []


@pytest.mark.usefixtures("calendar")
def test_window_agrees_with_the_queryset(get: Callable[..., Any]) -> None:
    start, end = date(2020, 5, 3), date(2020, 5, 6)
    stored = Incident.objects.overlapping(start, end).values_list("slug", flat=True)
    assert slugs(get, f"date_from={start}&date_to={end}") == sorted(stored)


def test_precision_passes_what_is_as_fine_and_never_the_unknown(get: Callable[..., Any]) -> None:
    spans = {"day": 1, "days": 5, "week": 7, "month": 31, "year": 365, "longer": 800}
    for code, days in spans.items():
        end = date.fromordinal(date(2020, 1, 1).toordinal() + days - 1)
        make.make_incident(slug=code, started_on=date(2020, 1, 1), ended_on=end, date_precision=code)
    make.make_incident(slug="unknown")
    scale = [code for code in DatePrecision.values if code != "unknown"]
    assert [*spans] == scale
    for place, code in enumerate(scale):
        assert slugs(get, f"max_date_precision={code}") == sorted(scale[: place + 1])


def test_precision_of_places_passes_what_is_as_fine(get: Callable[..., Any]) -> None:
    for code in PlacePrecision.values:
        make.make_incident(slug=code.replace("_", "-"), place_precision=code)
    scale = [code.replace("_", "-") for code in PlacePrecision.values if code != "unknown"]
    for place, code in enumerate(scale):
        assert slugs(get, f"max_place_precision={code.replace('-', '_')}") == sorted(scale[: place + 1])


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("date_match=within", {"date_match": "Needs date_from or date_to."}),
        ("date_match=overlaps&kind=riot", {"date_match": "Needs date_from or date_to."}),
        ("date_from=2020-05-02&date_to=2020-05-01", {"date_to": "Lies before date_from, 2020-05-02."}),
        ("radius_km=5", {"radius_km": "Needs near."}),
        ("near=1,2&date_match=within", {"near": "Needs radius_km.", "date_match": "Needs date_from or date_to."}),
    ],
)
def test_parameter_that_needs_another_is_named(get: Callable[..., Any], query: str, errors: dict[str, str]) -> None:
    assert {error["parameter"]: error["detail"] for error in get(f"incidents/?{query}", 400)["errors"]} == errors


@pytest.mark.parametrize("parameter", ["max_date_precision", "max_place_precision"])
def test_unknown_is_no_bound_of_precision(get: Callable[..., Any], parameter: str) -> None:
    (error,) = get(f"incidents/?{parameter}=unknown", 400)["errors"]
    assert error["detail"].startswith('"unknown" is not a term of the vocabulary')
