"""The newest rows that hold words, window by window: the same rows wherever the windows end."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import newest as searching
from api.newest import Asked, Windows, newest
from api.search import kinds
from api.search.statement import search_statement
from api.search.words import held_by_row, query
from conflictdb.models import Claim, Incident
from tests import make

pytestmark = pytest.mark.django_db
DAYS = [None, *(date(2024, 1, day) for day in range(1, 7))]
PLACES = st.tuples(st.sampled_from([date.min, *DAYS[1:], date(2030, 1, 1)]), st.integers(0, 40))


@pytest.fixture
def incidents() -> list[Incident]:
    """Store incidents of a few days, several of each and of none; two of three hold the word."""
    made = []
    for number in range(24):
        day = DAYS[number % len(DAYS)]
        days = {"started_on": day, "ended_on": day, "date_precision": "day"} if day else {}
        made.append(make.make_incident(title=f"{'Clash' if number % 3 == 0 else 'Quorvath'} {number}", **days))
    return made


@given(
    ends=st.lists(PLACES, max_size=3),
    most=st.integers(1, 30),
    is_read=st.booleans(),
    direction=st.sampled_from(["", "-"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_windows_change_no_answer(
    incidents: list[Incident],
    ends: Any,
    most: int,
    is_read: bool,  # noqa: FBT001 – drawn
    direction: str,
) -> None:
    first = incidents[0].pk
    places = tuple(sorted(((day, first + number) for day, number in set(ends)), reverse=direction == "-"))
    rows = Incident.objects.annotate(key=Coalesce("started_on", date.min)).order_by(f"{direction}key", f"{direction}pk")
    words = query("quorvath")
    asked = Asked(Q(search=words), held_by_row(words))
    text = newest(rows.values_list("pk", "key"), asked, most, Windows(places, is_read), str)
    with connection.cursor() as cursor:
        cursor.execute(text)
        found = cursor.fetchall()
    held = [each for each in incidents if each.title.startswith("Quorvath")]
    order = sorted(((each.started_on or date.min, each.pk) for each in held), reverse=direction == "-")
    assert sorted((key, pk) for pk, key in found) == sorted(order[:most])


@pytest.fixture(params=[False, True])
def windowed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look in windows, the first of a few rows, as if tables were large; for rare words and for common ones."""

    def known(rows: Any, _: int) -> Any:
        places = rows.values_list(*searching.order_of(rows)[0])
        return 24, tuple(place for place in (places[2:3].first(), places[5:6].first()) if place)

    for name, value in {"_known": known, "RARE": -1, "COMMON": 0 if request.param else 2}.items():
        monkeypatch.setattr(searching, name, value)
    monkeypatch.setattr(kinds, "POOL", 5)
    search_statement.cache_clear()
    yield
    search_statement.cache_clear()


@pytest.mark.usefixtures("windowed")
def test_search_weighs_the_newest_whatever_the_windows(get: Callable[..., Any], incidents: list[Incident]) -> None:
    for number, incident in enumerate(incidents):
        claim = make.make_claim(statement=f"Quorvath {number}", incident=incident)
        make.make_citation(claim=claim, exact=f"Quorvath {number}")
    found = get("search/?q=quorvath&limit=50&kinds=incidents,claims,quotes")["results"]
    groups = {group["kind"]: group for group in found}
    held = [each for each in incidents if each.title.startswith("Quorvath")]
    held.sort(key=lambda each: (each.started_on or date.min, each.pk))
    assert {hit["slug"] for hit in groups["incidents"]["hits"]} == {each.slug for each in held[-5:]}
    assert {hit["title"] for hit in groups["quotes"]["hits"]} == {f"Quorvath {number}" for number in range(19, 24)}
    assert len(groups["claims"]["hits"]) == 5


@pytest.mark.usefixtures("windowed")
def test_list_by_relevance_finds_quotes_in_each_window(get: Callable[..., Any], incidents: list[Incident]) -> None:
    quoted = [
        make.make_claim(statement=f"Nothing {number}", incident=incident).slug
        for number, incident in enumerate(incidents)
    ]
    for slug in quoted[::2]:
        make.make_citation(claim=Claim.objects.get(slug=slug), exact="Quorvath")
    rows = get("claims/?q=quorvath&ordering=-relevance&fields=slug&page_size=1000")["results"]
    assert sorted(row["slug"] for row in rows) == sorted(quoted[::2])
