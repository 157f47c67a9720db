"""Aggregates under several lenses side by side: each figure is what a request under that lens alone tells."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from api.aggregates.comparison import COMPARISON, values_of
from api.aggregates.question import question_of
from api.aggregates.statement import statement_for
from api.documents import BASE
from api.views.aggregate import AggregateViewSet
from tests import make
from tests.api import lensing
from tests.api.exporting import as_cell, cells, export, typed
from tests.api.test_aggregates_files import flat
from tests.conflictdb.claims import World, exact, store

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
QUESTIONS = [
    "by=kind&measures=incidents,killed,injured",
    "by=month,country&measures=injured&fill=zero&killed_claims__gte=1",
    "by=actor,role&measures=killed,incidents&include_unknown=false",
    "by=week,weapon&spans=spread&measures=killed",
    "by=priogrid&measures=killed",
]


@pytest.fixture
def world() -> World:
    """Store incidents and claims."""
    return lensing.make_world()


def compared(lenses: list[str]) -> str:
    """Write lenses, which are written as an address has them, as the parameter that compares them."""
    return "compare=" + quote(";".join(lens.replace("&", " and ") for lens in lenses))


def test_each_figure_is_that_of_its_lens_alone(get: Get, world: World) -> None:
    lenses = [*lensing.lenses(world)]
    for number in range(0, len(lenses), 4):
        some = [*lenses[number : number + 4], "everyone"]
        for question in QUESTIONS:
            answer = get(f"aggregates/?{question}&{compared(some)}")
            figures = [name for name in answer["measures"] if name != "incidents"]
            for place, lens in enumerate(some, 1):
                # the filters on figures are by what everyone says, so that these decide which incidents there are
                slugs = [row["slug"] for row in found(get, question)]
                alone = f"aggregates/?{without_filters(question)}&slug__in={','.join(slugs)}"
                alone = get(alone if lens == "everyone" else f"{alone}&{lens}")
                for row, own in zip(
                    [*answer["results"], answer["totals"]], [*alone["results"], alone["totals"]], strict=True
                ):
                    assert {name: row[f"lens_{place}"][name] for name in figures} == {
                        name: own[name] for name in figures
                    }
                    rest = {name for name in own if name not in figures}
                    assert {name: row[name] for name in rest} == {name: own[name] for name in rest}
                assert (answer["spanning"], answer["left_out"]) == (alone["spanning"], alone["left_out"])
                if lens != "everyone":
                    assert answer["lenses"][f"lens_{place}"] == alone["lens"]


def found(get: Get, question: str) -> Any:
    """Read the incidents that a question's filters find."""
    filters = "&".join(each for each in question.split("&") if "__" in each)
    return get(f"incidents/?{filters}&page_size=1000&fields=slug")["results"]


def without_filters(question: str) -> str:
    """Leave the filters out of a question."""
    return "&".join(each for each in question.split("&") if "__" not in each)


def test_two_sides_and_everyone_by_month(get: Get) -> None:
    ministry, paper = make.make_actor(slug="ministry"), make.make_actor(slug="paper")
    january = make.make_incident(started_on="2020-01-03", ended_on="2020-01-03", date_precision="day")
    store(january, [exact(7, claimant=ministry), exact(9, claimant=paper)])
    march = make.make_incident(started_on="2020-03-03", ended_on="2020-03-03", date_precision="day")
    store(march, [exact(2, claimant=paper)])

    asked = "aggregates/?by=month&measures=killed&compare=according_to=ministry;according_to=paper;everyone"
    answer = get(asked)

    assert list(answer) == ["lenses", "by", "measures", "totals", "spanning", "left_out", "results"]
    assert answer["lenses"] == {
        "lens_1": {"resolve": "range", "according_to": ["ministry"]},
        "lens_2": {"resolve": "range", "according_to": ["paper"]},
        "lens_3": {"resolve": "range"},
    }
    assert [
        (row["month"], *(row[f"lens_{place}"]["killed"][bound] for place in (1, 2, 3) for bound in ("low", "high")))
        for row in answer["results"]
    ] == [("2020-01-01", 7, 7, 9, 9, 7, 9), ("2020-03-01", None, None, 2, 2, 2, 2)]
    assert answer["results"][1]["lens_1"]["killed"]["not_reported"] == 1
    assert [answer["totals"][f"lens_{place}"]["killed"]["best"] for place in (1, 2)] == [7, 11]
    assert answer["totals"]["incidents"] == 2
    turned = get(f"{asked}&ordering=lens_2.killed_best")
    assert [row["month"] for row in turned["results"]] == ["2020-03-01", "2020-01-01"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("question", QUESTIONS)
def test_files_say_what_the_answer_says(client: Client, get: Get, question: str) -> None:
    asked = f"aggregates/?{question}&compare=min_credibility=2;resolve=median"
    rows = get(asked)["results"]
    assert rows
    lines = export(client, f"{asked}&format=ndjson").decode().splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = typed(export(client, f"{asked}&format=parquet"))
    for cell, value, row in zip(cells(export(client, f"{asked}&format=csv")), table, rows, strict=True):
        told = {name: each for name, each in flat(row).items() if name.startswith("lens_") or name == "incidents"}
        assert {name: cell[name] for name in told} == {name: as_cell(each) for name, each in told.items()}
        assert {name: value[name] for name in told} == told
        assert {"killed.best", "injured.best"}.isdisjoint(cell)
    if "priogrid" in question:
        collection = json.loads(export(client, f"{asked}&format=geojson"))
        assert [feature["properties"] for feature in collection["features"]] == table


@pytest.mark.parametrize(
    ("query", "parameter", "detail", "nearest"),
    [
        ("compare=everyone", "compare", "Holds 1 lenses; 2 to 5 are compared", []),
        (f"compare={';'.join(['everyone'] * 6)}", "compare", "Holds 6 lenses; 2 to 5 are compared", []),
        ("compare=everyone;everyone", "compare", "Holds the same lens twice.", []),
        ("compare=everyone;acording_to=paper", "compare", '"acording_to=paper" is none of: according_to=…', ["according_to"]),
        ("compare=everyone;country=syria", "compare", '"country=syria" is none of: according_to=…', []),
        ("compare=everyone;evryone", "compare", '"evryone" is none of: according_to=…', ["everyone"]),
        ("compare=everyone;according_to=papr", "compare", 'There is no actor "papr".', ["paper"]),
        ("compare=everyone;resolve=latst", "compare", '"latst" is none of: range', ["latest"]),
        ("compare=everyone;resolve=", "compare", "resolve has no value.", []),
        ("compare=everyone;resolve=latest and resolve=median", "compare", "resolve is given twice in one lens.", []),
        ("compare=everyone;resolve=latest and descendants=true", "compare", "descendants needs according_to or", []),
        ("compare=everyone;resolve=latest&resolve=median", "compare", "Says which lenses there are: leave resolve out", []),
        ("compare=everyone;resolve=latest&measures=incidents", "measures", "Holds no figure to compare: killed, inj", []),
        ("compare=everyone;resolve=latest&measures=killed,claims", "measures", "Counts claims as they stand", []),
        ("compare=everyone;resolve=latest&by=claimant", "by", "Counts claims as they stand", []),
        ("compare=everyone;resolve=latest&by=disputed", "by", "An incident may be disputed under one lens", []),
        ("compare=everyone;resolve=latest&ordering=killed_best", "ordering", "Not asked for: killed_best; what is: year", []),
        ("compare=everyone;resolve=latest&ordering=lens_3.killed_best", "ordering", "Not asked for: lens_3.killed_best", []),
        ("ordering=lens_1.killed_best", "ordering", "Not asked for: lens_1.killed_best; what is: year, incidents", []),
    ],
)  # fmt: skip
def test_bad_comparison_is_refused_by_name(
    get: Get, query: str, parameter: str, detail: str, nearest: list[str]
) -> None:
    make.make_actor(slug="paper")
    make.make_incident()
    (fault,) = get(f"aggregates/?{query}", status=400)["errors"]
    assert (fault["parameter"], fault["detail"][: len(detail)]) == (parameter, detail)
    assert set(nearest) <= set(fault["nearest"])


@pytest.mark.parametrize(
    ("lenses", "budget"),
    [
        ("everyone;resolve=median;min_credibility=2", 1),  # the aggregate
        (
            "according_to=ministry and descendants=true;exclude_claimant=ministry;everyone",
            3,
        ),  # it; the slugs of two lenses
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_comparison_stays_within_its_budget(
    get: Get, django_assert_num_queries: Any, lenses: str, budget: int, rows: int
) -> None:
    ministry = make.make_actor(slug="ministry")
    for _ in range(rows):
        store(make.make_incident(), [exact(7, claimant=ministry, credibility="1"), exact(9)])
    with django_assert_num_queries(budget):
        totals = get(f"aggregates/?by=kind&compare={lenses}")["totals"]
    assert totals["incidents"] == rows


def test_parts_of_actors_belong_to_the_lenses_that_say_so(get: Get) -> None:
    ministry, bureau = make.make_actor(slug="ministry"), make.make_actor(slug="bureau")
    make.make_relation(subject=bureau, object=ministry, kind="part_of")
    store(make.make_incident(), [exact(7, claimant=bureau), exact(9)])
    lenses = "according_to=ministry;according_to=ministry and descendants=true;exclude_claimant=ministry and descendants=true"
    answer = get(f"aggregates/?by=kind&compare={lenses}")
    (row,) = answer["results"]
    assert [row[name]["killed"]["best"] for name in ("lens_1", "lens_2", "lens_3")] == [None, 7, 9]
    assert [lens.get("descendants") for lens in answer["lenses"].values()] == [None, True, True]


@pytest.mark.usefixtures("world")
def test_figures_of_all_lenses_are_computed_in_one_walk_over_the_incidents() -> None:
    lenses = COMPARISON.parse("resolve=latest;resolve=median;min_credibility=2;min_reliability=B;everyone")
    asked = question_of({"by": ("month",), "measures": ("killed",), "compare": lenses})
    statement = statement_for(AggregateViewSet, asked).filled({**values_of(lenses), BASE: ""})
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement.text}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(re.findall(r" on conflictdb_incident(?: conflictdb_incident_\d+)?  \(", plan)) == 1
    assert "conflictdb_told" not in plan  # not called, but planned as part of the statement
