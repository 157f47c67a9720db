"""Aggregates of made-up incidents by every dimension, held against a second way to count them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations
from typing import Any, TypeAlias

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from api.aggregates.dimensions import BEHIND, DIMENSIONS
from api.aggregates.measures import MEASURES
from conflictdb.models import Claim, Incident, Participation
from tests.api import aggregating
from tests.conftest import Undo

pytestmark = pytest.mark.django_db
ALL = ",".join(MEASURES)
TIMES = aggregating.TIMES
PAIRS = [*combinations(("month", "country", "conflict", "weapon", "actor", "role", "claimant", "publisher"), 2)]
World: TypeAlias = list[Incident]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:  # noqa: ARG001 – needs the database
    """Store the made-up incidents once for all tests here, and read those that a list shows."""
    with django_db_blocker.unblock(), suppress(Undo), transaction.atomic():
        aggregating.make_world()
        yield aggregating.incidents()
        raise Undo


def near(rows: Any) -> Any:
    """Let shares differ by what six places leave out."""
    return {
        key: {
            name: {part: pytest.approx(each, abs=1e-5) for part, each in value.items()}
            if isinstance(value, dict)
            else pytest.approx(value, abs=1e-5)
            for name, value in row.items()
        }
        for key, row in rows.items()
    }


def test_world_holds_what_there_is_to_tell_apart(world: World) -> None:
    found = aggregating.grouped(world, ["kind"])
    sums = [row[name] for row in found.values() for name in ("killed", "injured")]
    for part in ("open", "unknown", "reported", "not_reported", "with_best"):
        assert sum(each[part] for each in sums) > 3
    everywhere = [each for name in DIMENSIONS for each in aggregating.grouped(world, [name])]
    assert len(everywhere) > 150
    nullable = [name for name in DIMENSIONS if (None,) in aggregating.grouped(world, [name])]
    assert nullable == [
        name for name in DIMENSIONS if name not in {"kind", "dataset", "date_precision", "place_precision", "disputed"}
    ]


def test_each_dimension_and_each_pair_of_them_counts_as_it_says(get: Any, world: World) -> None:
    for by in [*((name,) for name in DIMENSIONS), *PAIRS]:
        answer = get(f"aggregates/?by={','.join(by)}&measures={ALL}")
        assert aggregating.read(answer) == aggregating.grouped(world, by), by


@pytest.mark.parametrize("spans", ["start", "exclude", "spread"])
@pytest.mark.parametrize("unit", TIMES)
def test_incidents_of_several_buckets_count_as_asked(get: Any, world: World, unit: str, spans: str) -> None:
    spanning = [each for each in world if aggregating.is_spanning(unit, each)]
    for others in ((), ("country",), ("actor",), ("claimant", "weapon")):
        by = (*others, unit)
        answer = get(f"aggregates/?by={','.join(by)}&measures={ALL}&spans={spans}")
        assert answer["spanning"] == len(spanning) > 5
        assert answer["left_out"] == {"unknown": 0, "spanning": len(spanning) if spans == "exclude" else 0}
        assert aggregating.read(answer) == near(aggregating.grouped(world, by, spans)), by


@pytest.mark.parametrize(
    "more",
    ["by=month&spans=spread", "by=actor,role", "by=publisher", "by=year,country", "by=weapon", "by=week&spans=exclude"],
)
@pytest.mark.usefixtures("world")
def test_totals_count_each_incident_once(get: Any, more: str) -> None:
    (whole,) = aggregating.read(get(f"aggregates/?by=dataset&measures={ALL}&dataset=data-a")).values()
    for extra in ("", "&include_unknown=false"):
        assert get(f"aggregates/?{more}&measures={ALL}&dataset=data-a{extra}")["totals"] == whole


@pytest.mark.parametrize("by", [("country",), ("actor", "month"), ("claimant", "region", "year")])
def test_unknown_is_left_out_where_asked_and_told(get: Any, world: World, by: tuple[str, ...]) -> None:
    rows = aggregating.grouped(world, by)
    known = {key: row for key, row in rows.items() if None not in key}
    answer = get(f"aggregates/?by={','.join(by)}&measures={ALL}&include_unknown=false")
    unknown = sum(row["incidents"] for key, row in rows.items() if None in key)
    assert answer["left_out"] == {"unknown": unknown, "spanning": 0}
    assert 0 < len(known) < len(rows)
    assert aggregating.read(answer) == known


def test_participants_and_claims_that_are_asked_for_are_those_counted_by(get: Any, world: World) -> None:
    victims = Participation.objects.public().filter(role="victim", incident__in=world)
    expected = Counter(victims.values_list("actor__slug", flat=True))
    asked = aggregating.read(get("aggregates/?by=actor&role=victim"))
    assert {key[0]: row["incidents"] for key, row in asked.items()} == expected
    some = aggregating.read(get("aggregates/?by=actor&actor__in=actor-of-a,actor-of-b"))
    assert {key[0] for key in some} == {"actor-of-a", "actor-of-b"}
    both = aggregating.read(get("aggregates/?by=actor&filter=actor=actor-of-a"))
    assert {"actor-of-a", "actor-of-b", "actor-of-c"} <= {key[0] for key in both}
    assert [*aggregating.read(get("aggregates/?by=claimant&claimant=actor-of-a"))] == [("actor-of-a",)]
    assert {key[0] for key in aggregating.read(get("aggregates/?by=publisher&source=source-1"))} == {"actor-of-b"}


def test_rows_behind_incidents_are_the_public_ones(world: World) -> None:
    """They are found without the joins that the models' own conditions make."""
    ours = set(world)
    claims = Claim.objects.public().standing()
    assert set(BEHIND["claims"]().filter(incident__in=ours)) == set(claims.filter(incident__in=ours))
    assert 0 < claims.count() < Claim.objects.standing().count()
    participations = Participation.objects.public().filter(incident__in=ours)
    assert set(BEHIND["participations"]().filter(incident__in=ours)) == set(participations)
    assert participations.count() < Participation.objects.filter(incident__in=ours).count()


def test_order_is_total_and_null_is_below_every_value(get: Any, world: World) -> None:
    def keys(query: str) -> list[Any]:
        return [*aggregating.read(get(f"aggregates/?{query}&measures={ALL}"))]

    def lowest(values: list[Any]) -> list[Any]:
        return [(value is not None, value) for value in values]

    plain = keys("by=country,month")
    assert plain == sorted(plain, key=lowest)
    assert keys("by=country,month&ordering=-country,-month") == plain[::-1]
    assert keys("by=country,month&ordering=month") == sorted(plain, key=lambda key: lowest(key[::-1]))
    for column in ("incidents", "claims", "killed_low", "injured_best", "killed_high"):
        measure, _, bound = column.partition("_")
        rows = aggregating.grouped(world, ["country", "month"])
        value = {key: row[measure][bound] if bound else row[measure] for key, row in rows.items()}
        ordered = sorted(sorted(plain, key=lowest), key=lambda key: lowest([value[key]]), reverse=True)
        assert keys(f"by=country,month&ordering=-{column}") == ordered, column
