"""Pages under a lens that a figure orders or filters: every row once and in order, however small the batches."""

import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import walking
from api.filters.expression import All, Either, Not
from api.filters.incident import BoundedIncidentFilterSet, IncidentFilterSet
from api.reading import list_statement
from conflictdb.models import Claim, Incident
from tests import make
from tests.api.lensing import lenses, make_world, seen
from tests.api.walking import walk
from tests.conflictdb.claims import exact, store, toll

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
FILTERS: dict[str, Callable[[Incident], Any]] = {
    "": lambda _: True,
    "killed_best__gte=2": lambda it: it.killed_best is not None and it.killed_best >= 2,
    "killed_best__lte=3": lambda it: it.killed_best is not None and it.killed_best <= 3,
    "killed_low=0": lambda it: it.killed_low == 0,
    "killed_best__isnull=true": lambda it: it.killed_best is None,
    "killed_best__isnull=false&injured_low__gte=1": lambda it: (
        it.killed_best is not None and (it.injured_low or 0) >= 1
    ),
    "disputed=true": lambda it: it.disputed,
    "disputed=false&injured_claims=1": lambda it: not it.disputed and it.injured_claims == 1,
    "killed_claims__gte=2&killed_is_open=true": lambda it: it.killed_claims >= 2 and it.killed_is_open,
    f"filter={quote('killed_best__gte=3 or injured_claims__gte=2')}": lambda it: (
        (it.killed_best or 0) >= 3 or it.injured_claims >= 2
    ),
    f"filter={quote('not killed_best__gte=3 and (disputed=true or kind=strike)')}": lambda it: (
        (it.killed_best or 0) < 3 and (it.disputed or it.kind == "strike")
    ),
    f"kind=strike&filter={quote('not (kind=riot or killed_low__lte=2)')}": lambda it: (
        it.kind == "strike" and (it.killed_low is None or it.killed_low > 2)
    ),
}
ORDERS = ["killed_best", "injured_best", "started_on", "updated_at"]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let walks take many steps, and all of their candidate tables."""
    monkeypatch.setattr(walking, "FIRST", 2)
    monkeypatch.setattr(walking, "LARGEST", 5)
    monkeypatch.setattr(walking, "FEW", 40)
    monkeypatch.setattr(walking, "PLANNED", (3, 8, None))
    list_statement.cache_clear()
    yield
    list_statement.cache_clear()


def test_pages_hold_every_row_once_in_order_under_any_lens(get: Get) -> None:
    world = make_world()
    every = lenses(world)
    public = [*Incident.objects.public()]
    told: dict[str, list[Incident]] = {}
    found: set[str] = set()

    @settings(max_examples=90, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        lens=st.sampled_from([*every]),
        asked=st.sampled_from([*FILTERS]),
        order=st.sampled_from([sign + order for order in ORDERS for sign in ("", "-")]),
        size=st.sampled_from([2, 5, 30]),
    )
    def check(lens: str, asked: str, order: str, size: int) -> None:
        if lens not in told:
            told[lens] = seen([*Incident.objects.filter(pk__in=[it.pk for it in public])], every[lens])
        column, sign = order.lstrip("-"), -1 if order.startswith("-") else 1

        def place(incident: Incident) -> tuple[Any, ...]:
            value = getattr(incident, column)
            return (value is not None, value, incident.pk) if value is not None else (False, incident.pk)

        rows = sorted((it for it in told[lens] if FILTERS[asked](it)), key=place, reverse=sign < 0)
        pages = [*walk(get, f"incidents/?{lens}&{asked}&ordering={order}&page_size={size}&fields=slug")]
        assert [row["slug"] for page in pages for row in page] == [it.slug for it in rows]
        assert all(len(page) == size for page in pages[:-1])
        found.update({asked} if rows else ())

    check()
    assert found == FILTERS.keys()  # each found something under some lens


def test_what_was_superseded_is_found_by_what_it_stated(get: Get) -> None:
    incident = make.make_incident()
    first, second = store(incident, [exact(90, stated_on="2023-10-01"), exact(2, stated_on="2023-10-10")])
    Claim.objects.filter(pk=first.pk).update(status="superseded", superseded_by=second)
    store(make.make_incident(), [exact(5, stated_on="2023-10-01")])

    def killed(query: str) -> list[int]:
        return [row["killed"]["best"] for row in get(f"incidents/?{query}")["results"]]

    assert killed("stated_before=2023-10-05&ordering=-killed_best") == [90, 5]
    assert killed("stated_before=2023-10-05&killed_best__gte=50") == [90]
    assert killed("stated_before=2023-10-20&ordering=-killed_best") == [5, 2]
    assert killed("resolve=leading&ordering=-killed_best") == [5, 2]


def test_disputes_that_stood_on_a_day_are_found(get: Get) -> None:
    incident = make.make_incident()
    first, _, third = store(
        incident, [exact(9, stated_on="2023-10-01"), exact(2, stated_on="2023-10-01"), exact(2, stated_on="2023-10-10")]
    )
    Claim.objects.filter(pk=first.pk).update(status="superseded", superseded_by=third)
    assert not Incident.objects.get().disputed
    assert len(get("incidents/?stated_before=2023-10-05&disputed=true")["results"]) == 1
    assert len(get("incidents/?stated_before=2023-10-05&killed_claims=2")["results"]) == 1
    assert get("incidents/?stated_before=2023-10-20&disputed=true")["results"] == []


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("killed_best__gte=3", All((("killed_best__gte", 3),))),
        ("killed_best__isnull=true", None),
        ("killed_best__isnull=false", All((("killed_best__isnull", False),))),
        ("killed_is_open=true and kind=riot", All((("kind", "riot"),))),
        ("disputed=true", All((("disputed", True),))),
        ("disputed=false", None),
        ("killed_claims__lte=2 or kind=riot", None),
        ("killed_claims=2 or kind=riot", Either((All((("killed_claims", 2),)), All((("kind", "riot"),))))),
        ("not killed_best__gte=3", None),
        ("not kind=riot", Not(All((("kind", "riot"),)))),
        ("kind=riot and not (kind=strike or killed_best__gte=3)", All((("kind", "riot"),))),
    ],
)
def test_conditions_on_figures_are_weakened_to_what_any_lens_needs(
    written: str, left: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("api.filters.incident.condition", lambda node, _: asked.append(node))
    node = IncidentFilterSet.filters["filter"].type.parse(written)
    BoundedIncidentFilterSet.necessary({"filter": node}, {})
    assert asked == ([] if left is None else [All((), (left,))])


def test_history_leaves_less_to_go_by() -> None:
    """What was superseded may have been in dispute, and counted."""
    given = {"disputed": True, "killed_claims__gte": 2}
    assert len(BoundedIncidentFilterSet.necessary(given, {})) == 1
    assert BoundedIncidentFilterSet.necessary(given, {"stated_before": "2023-10-05"}) == []


def test_deadliest_are_found_without_computing_all(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bounds tell, the first few candidates are enough: there are no others here."""
    choose = random.Random(5)  # noqa: S311 – numbers that nobody is to keep secret
    for number in choose.sample(range(40), 40):
        store(make.make_incident(), [exact(number, credibility="1"), toll("at_least", number, credibility="2")])
    monkeypatch.setattr(walking, "PLANNED", (4,))
    rows = get("incidents/?min_credibility=1&ordering=-killed_best&page_size=2")["results"]
    assert [row["killed"]["best"] for row in rows] == [39, 38]
