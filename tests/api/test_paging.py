"""Keyset paging: every row exactly once in every order, at ties and nulls, while rows come and go; and its refusals."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import paging
from api.views.incident import IncidentViewSet
from conflictdb.models import Incident
from tests.api.walking import walk
from tests.make import make_dataset, make_incident, make_toll

EVERY_ORDER = [sign + order for order in IncidentViewSet.orders for sign in ("", "-")]

pytestmark = pytest.mark.django_db


def days(number: int) -> dict[str, Any]:
    """Spread incidents over three days and no day at all, so that every order has ties and nulls."""
    if number % 4 == 3:
        return {"started_on": None, "ended_on": None, "date_precision": "unknown"}
    day = date(2023, 1, 1) + timedelta(days=number % 4)
    return {"started_on": day, "ended_on": day, "date_precision": "day"}


@pytest.fixture
def incidents() -> list[str]:
    """Store 23 incidents, of which many tie in every column that orders them."""
    stored = [make_incident(**days(number)) for number in range(23)]
    for number, incident in enumerate(stored):
        if number % 3:
            make_toll(number % 3, incident=incident)
    return [incident.slug for incident in stored]


@pytest.mark.parametrize("order", EVERY_ORDER)
@pytest.mark.parametrize("size", [1, 2, 7, 23, 24])
def test_walk_meets_every_row_once(get: Callable[..., Any], incidents: list[str], order: str, size: int) -> None:
    pages = list(walk(get, f"incidents/?ordering={order}&page_size={size}&fields=slug"))
    met = [row["slug"] for page in pages for row in page]
    assert sorted(met) == sorted(incidents)
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= size


@pytest.mark.parametrize("size", [1, 5])
def test_descending_is_ascending_reversed(get: Callable[..., Any], incidents: list[str], size: int) -> None:
    for order in ("started_on", "killed_best", "updated_at"):
        up = [row for page in walk(get, f"incidents/?ordering={order}&page_size={size}") for row in page]
        down = [row for page in walk(get, f"incidents/?ordering=-{order}&page_size={size}") for row in page]
        assert up == down[::-1]
        assert len(up) == len(incidents)


def test_null_sorts_below_every_value(get: Callable[..., Any], incidents: list[str]) -> None:
    rows = get("incidents/?ordering=started_on&fields=started_on")["results"]
    known = [row["started_on"] for row in rows if row["started_on"]]
    assert [row["started_on"] for row in rows] == [None] * 5 + sorted(known)
    assert len(rows) == len(incidents)


def test_walk_survives_rows_that_come_and_go(get: Callable[..., Any], incidents: list[str]) -> None:
    pages = walk(get, "incidents/?ordering=-started_on&page_size=4&fields=slug")
    met = [row["slug"] for row in next(pages)]
    make_incident(**days(2))  # sorts before what was met
    Incident.objects.get(slug=met[0]).delete()
    met += [row["slug"] for page in pages for row in page]
    assert sorted(met) == sorted(incidents)


@pytest.mark.usefixtures("incidents")
def test_page_compares_rows_and_never_skips(get: Callable[..., Any]) -> None:
    path = get("incidents/?page_size=5")["next"].split("/api/v1/")[1]
    with CaptureQueriesContext(connection) as queries:
        get(path)
    page = next(query["sql"] for query in queries if "conflictdb_incident" in query["sql"])
    assert "ROW(" in page
    assert "OFFSET" not in page
    assert " OR " not in page


@pytest.mark.parametrize("how", ["exact", "estimate"])
def test_count_is_given_when_asked_for(get: Callable[..., Any], incidents: list[str], how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conflictdb_incident")
    assert get("incidents/?page_size=2")["count"] is None
    assert get("incidents/?page_size=2&count=none")["count"] is None
    counted = get(f"incidents/?page_size=2&count={how}")["count"]
    assert counted == len(incidents) if how == "exact" else counted > 0


def test_last_page_has_no_next_even_when_full(get: Callable[..., Any], incidents: list[str]) -> None:
    page = get("incidents/?page_size=23")
    assert (len(page["results"]), page["next"]) == (len(incidents), None)


def test_estimate_is_exact_where_it_is_small(get: Callable[..., Any], incidents: list[str]) -> None:
    for status, terms in (("draft", {}), ("published", {"dataset": make_dataset(redistributable=False)})):
        make_incident(title="Kept back", status=status, **terms)
    assert get("incidents/?count=estimate&page_size=1")["count"] == len(incidents)
    assert get("incidents/?count=estimate&q=kept")["count"] == 0


def analyse() -> None:
    """Let the planner know of all rows, as it does sooner or later."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conflictdb_incident")


@pytest.mark.usefixtures("incidents")
def test_estimate_of_much_is_near_to_it(get: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED", 3)
    analyse()
    assert get("incidents/?count=estimate&page_size=1")["count"] == pytest.approx(23, abs=2)
    assert get("incidents/?count=estimate&date_precision=unknown")["count"] == pytest.approx(5, abs=1)


@pytest.mark.usefixtures("incidents")
def test_estimate_knows_of_nothing_that_is_withheld(get: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED", 3)
    withheld = make_dataset(redistributable=False)
    for _ in range(40):
        make_incident(dataset=withheld, date_precision="unknown")
    analyse()
    assert get("incidents/?count=estimate&page_size=1")["count"] == 23
    assert get("incidents/?count=estimate&date_precision=unknown")["count"] == 5


def refusal(get: Callable[..., Any], path: str) -> dict[str, Any]:
    """Read the one fault that an address is refused for."""
    (error,) = get(path, status=400)["errors"]
    return error


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("page_size=0", "page_size", '"0" is not a whole number from 1 to 1000.'),
        ("page_size=1001", "page_size", '"1001" is not a whole number from 1 to 1000.'),
        ("page_size=ten", "page_size", '"ten" is not a whole number from 1 to 1000.'),
        ("count=yes", "count", '"yes" is none of: none, exact, estimate.'),
        ("cursor=abc", "cursor", "Not a cursor of this server; follow `next` from the first page."),
        ("cursor=a%3Ab", "cursor", "Not a cursor of this server; follow `next` from the first page."),
    ],
)
def test_malformed_paging_is_refused(get: Callable[..., Any], query: str, parameter: str, detail: str) -> None:
    assert refusal(get, f"incidents/?{query}") == {"parameter": parameter, "detail": detail, "nearest": []}


def test_unknown_order_is_refused_with_the_nearest(get: Callable[..., Any]) -> None:
    error = refusal(get, "incidents/?ordering=-start_on")
    assert error["parameter"] == "ordering"
    assert error["nearest"][0] == "-started_on"


@pytest.mark.usefixtures("incidents")
@pytest.mark.parametrize("change", ["&kind=strike", "&ordering=started_on"])
def test_cursor_of_another_query_is_refused(get: Callable[..., Any], change: str) -> None:
    following = urlsplit(get("incidents/?page_size=5")["next"]).query
    error = refusal(get, f"incidents/?{following}{change}")
    assert error["detail"] == "Belongs to other filters or another order; start again from the first page."


def test_cursor_outlives_a_change_of_shape(get: Callable[..., Any], incidents: list[str]) -> None:
    following = urlsplit(get("incidents/?page_size=5")["next"]).query.replace("page_size=5", "page_size=18")
    assert len(get(f"incidents/?{following}&fields=slug&count=exact")["results"]) == len(incidents) - 5
