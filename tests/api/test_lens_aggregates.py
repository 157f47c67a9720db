"""Aggregates under a lens: groups and sums are of the figures that the rule gives each incident under it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from conflictdb.models import Incident
from tests import make
from tests.api import aggregating, lensing
from tests.api.exporting import as_cell, cells, export
from tests.api.test_aggregates import near
from tests.api.test_aggregates_files import flat
from tests.conflictdb.claims import World, exact, store

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
MEASURES = "measures=incidents,killed,injured"
QUESTIONS: list[tuple[tuple[str, ...], str]] = [
    (("kind",), "start"),
    (("disputed", "month"), "start"),
    (("actor", "role"), "start"),
    (("country", "weapon", "quarter"), "spread"),
    (("dataset", "year"), "exclude"),
]
# A filter on figures, and which incidents it leaves.
FILTERS: dict[str, Callable[[Incident], bool]] = {
    "killed_best__gte=2": lambda it: (it.killed_best or 0) >= 2,
    "killed_high__isnull=true&kind=riot": lambda it: it.killed_high is None and it.kind == "riot",
    "injured_claims__gte=1": lambda it: it.injured_claims >= 1,
    "disputed=true": lambda it: it.disputed,
    "filter=killed_is_open=true or disputed=false": lambda it: it.killed_is_open or not it.disputed,
}


@pytest.fixture
def world() -> World:
    """Store incidents and claims."""
    return lensing.make_world()


def counted(incidents: list[Incident], by: tuple[str, ...], spans: str = "start") -> Any:
    """Count incidents the second way, without their claims, which lenses do not count."""
    rows = aggregating.grouped(incidents, by, spans)
    return near({key: {name: value for name, value in row.items() if name != "claims"} for key, row in rows.items()})


def test_groups_and_sums_are_the_rules_under_every_lens(get: Get, world: World) -> None:
    stored = aggregating.grouped(aggregating.incidents(), ("kind",))
    changed, found = set(), set()
    for written, lens in lensing.lenses(world).items():
        incidents = lensing.seen(aggregating.incidents(), lens)
        for by, spans in QUESTIONS:
            time = f"&spans={spans}" if {*by} & {*aggregating.TIMES} else ""
            answer = get(f"aggregates/?by={','.join(by)}{time}&{MEASURES}&{written}")
            assert aggregating.read(answer) == counted(incidents, by, spans), (written, by)
        for asked, holds in FILTERS.items():
            answer = get(f"aggregates/?by=kind&{MEASURES}&{written}&{asked}")
            some = [incident for incident in incidents if holds(incident)]
            assert aggregating.read(answer) == counted(some, ("kind",)), (written, asked)
            assert answer["totals"]["incidents"] == len(some)
            found |= {asked} if 0 < len(some) < len(incidents) else set()
        if aggregating.grouped(incidents, ("kind",)) != stored:
            changed.add(written)
    assert changed == {*lensing.lenses(world)} - {"resolve=range"}  # each lens but the default shows something else
    assert found == {*FILTERS}


def test_incidents_that_nobody_speaks_of_are_not_reported_and_not_zero(get: Get) -> None:
    ministry, paper = make.make_actor(slug="ministry"), make.make_actor(slug="paper")
    for number in (0, 7):
        store(make.make_incident(), [exact(number, claimant=ministry)])
    store(make.make_incident(), [exact(5, claimant=paper)])
    make.make_incident()

    (row,) = get("aggregates/?by=kind&according_to=paper")["results"]
    assert row["incidents"] == 4
    assert row["killed"] == {
        "low": 5, "best": 5, "high": 5, "is_open": False,
        "with_best": 1, "open": 0, "unknown": 0, "reported": 1, "not_reported": 3,
    }  # fmt: skip
    (row,) = get("aggregates/?by=kind&according_to=paper&killed_best__isnull=true")["results"]
    assert (row["incidents"], row["killed"]["best"], row["killed"]["not_reported"]) == (3, None, 3)


def test_answer_states_its_lens_as_lists_do(get: Get) -> None:
    make.make_actor(slug="paper")
    make.make_incident()
    for query in ("according_to=paper&descendants=true&resolve=latest", "stated_before=2023-10-18"):
        assert get(f"aggregates/?{query}")["lens"] == get(f"incidents/?{query}")["lens"]
    assert "lens" not in get("aggregates/")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "question", ["by=month,disputed", "by=actor,role", "by=week,kind&spans=spread&ordering=-killed_best"]
)
def test_files_under_a_lens_say_what_the_answer_says(client: Client, get: Get, question: str) -> None:
    asked = f"aggregates/?{question}&{MEASURES}&min_credibility=2&resolve=median&killed_claims__gte=1"
    rows = get(asked)["results"]
    lines = export(client, f"{asked}&format=ndjson").decode().splitlines()
    assert lines
    assert [json.loads(line) for line in lines] == rows
    for cells_of, row in zip(cells(export(client, f"{asked}&format=csv")), rows, strict=True):
        told = flat(row)
        assert {name: cells_of[name] for name in told if name in cells_of} == {
            name: as_cell(value) for name, value in told.items() if name in cells_of
        }
        assert cells_of["killed.best"] == as_cell(row["killed"]["best"])


def test_file_tells_the_datasets_of_what_matches_under_the_lens(client: Client) -> None:
    ministry, paper = make.make_actor(slug="ministry"), make.make_actor(slug="paper")
    for slug, claimant in (("of-ministry", ministry), ("of-paper", paper)):
        incident = make.make_incident(dataset=make.make_dataset(slug=slug))
        store(incident, [exact(7, claimant=claimant, dataset=incident.dataset)])
    for path in ("aggregates/?by=kind&", "incidents/?"):
        asked = f"/api/v1/{path}killed_best__gte=1&according_to=paper&format=csv"
        answer: Any = client.get(asked)
        assert b"".join(answer.streaming_content)
        assert "/datasets/of-paper/" in answer.headers["Link"]
        assert "/datasets/of-ministry/" not in answer.headers["Link"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("measures=claims&resolve=median", "measures"),
        ("by=claimant,month&min_reliability=B", "by"),
        ("by=publisher&stated_before=2020-01-01", "by"),
        ("by=kind&according_to=nobody", "according_to"),
    ],
)
def test_what_a_lens_cannot_count_is_refused_by_name(get: Get, query: str, parameter: str) -> None:
    (fault,) = get(f"aggregates/?{query}", status=400)["errors"]
    assert fault["parameter"] == parameter


@pytest.mark.parametrize("name", ["according_to", "exclude_claimant", "claims_dataset", "min_reliability", "resolve"])
def test_disagreements_take_no_lens(get: Get, name: str) -> None:
    for path in ("disagreements/", "disagreements/aggregate/"):
        (fault,) = get(f"{path}?{name}=a", status=400)["errors"]
        assert (fault["parameter"], fault["detail"]) == (name, "There is no such parameter here.")


@pytest.mark.parametrize(
    ("query", "budget"),
    [
        ("resolve=median", 1),  # the aggregate
        ("by=month,disputed&spans=spread&fill=zero&min_credibility=2&killed_best__gte=1", 1),  # the aggregate
        ("according_to=ministry&descendants=true", 2),  # the aggregate; the slugs, however many
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_aggregate_under_a_lens_stays_within_its_budget(
    get: Get, django_assert_num_queries: Any, query: str, budget: int, rows: int
) -> None:
    ministry = make.make_actor(slug="ministry")
    for _ in range(rows):
        incident = make.make_incident(started_on="2020-01-01", ended_on="2020-01-01", date_precision="day")
        store(incident, [exact(7, claimant=ministry, credibility="1"), exact(9)])
    with django_assert_num_queries(budget):
        assert get(f"aggregates/?{query}")["totals"]["incidents"] == rows
