"""What no lens exceeds: the bounds kept on incidents hold for any claims and any lens, and whatever writes the claims."""

import random

import pytest
from django.db import transaction

from conflictdb.lens import Lens
from conflictdb.models import Citation, Claim, Incident
from tests.conflictdb.claims import (
    Fields,
    World,
    denial,
    exact,
    random_citations,
    random_claim,
    random_lens,
    sql,
    store,
    toll,
)
from tests.conflictdb.reference import Figures, estimate
from tests.make import make_incident

pytestmark = pytest.mark.django_db


def bounds(incident: Incident) -> tuple[int | None, int | None]:
    """Read what is kept."""
    return Incident.objects.values_list("killed_most", "injured_most").get(pk=incident.pk)


def holds(most: int | None, figures: Figures) -> bool:
    """Whether no number of a figure is above the bound, and there is none without one."""
    given = [number for number in (figures.low, figures.best, figures.high) if number is not None]
    return all(most is not None and number <= most for number in given)


def test_no_lens_exceeds_the_bounds_of_any_claims() -> None:
    world = World(incidents=3)
    incidents = list(Incident.objects.order_by("id"))
    told_of = []

    for seed in range(150):
        choose = random.Random(seed)  # noqa: S311 – the same claims at every run
        claims: list[Claim] = []
        for number in range(choose.randint(3, 14)):
            about = choose.choice([incidents[0], incidents[0], *incidents])
            claims.append(random_claim(world, choose, about.pk, 10**9 + number, claims))
        with transaction.atomic():
            Claim.objects.bulk_create(claims)
            Citation.objects.bulk_create(random_citations(world, choose, claims))
            ways = [Lens(resolve=way) for way in (None, "highest")]
            for lens in (*ways, *(random_lens(world, choose) for _ in range(3))):
                for incident in incidents:
                    told, (killed, injured) = estimate(incident, lens), bounds(incident)
                    assert holds(killed, told.killed)
                    assert holds(injured, told.injured)
                    told_of.extend(figure for figure in (told.killed, told.injured) if figure.low)
            transaction.set_rollback(True)
    assert len(told_of) > 100, "few figures hold little"


@pytest.mark.parametrize(
    ("claims", "most"),
    [
        ([], None),
        ([exact(3), exact(5), exact(0)], 5),
        ([toll("at_least", 51)], 51),
        ([toll("at_most", high=49)], 49),
        ([toll("about", best=30), denial()], 30),
        ([toll("none_reported"), denial()], None),
        ([exact(10), exact(4, victims="civilians"), exact(3, victims="side_a"), exact(3, victims="side_b")], 10),
        ([exact(4, victims="civilians"), exact(5, victims="civilians"), exact(3, victims="combatants")], 12),
        ([exact(9), exact(8, victims="civilians"), exact(4, victims="civilians", victim_actor="a")], 12),
        ([exact(2), exact(9, status="retracted", status_reason="No.")], 2),
        ([exact(2), exact(9, status="draft")], 2),
        ([exact(2, measure="missing")], None),
    ],
)
def test_bound_is_everyones_greatest_number_or_the_sum_of_the_others(claims: list[Fields], most: int | None) -> None:
    incident = make_incident()
    store(incident, claims)
    assert bounds(incident) == (most, None)


def test_bounds_hear_what_was_superseded_and_forget_what_is_gone() -> None:
    incident = make_incident()
    first, second = store(incident, [exact(9), exact(2)])
    Claim.objects.filter(pk=first.pk).update(status="superseded", superseded_by=second)
    assert bounds(incident) == (9, None)
    Claim.objects.filter(pk=first.pk).update(status="retracted", superseded_by=None, status_reason="No.")
    assert bounds(incident) == (2, None)
    second.delete()
    assert bounds(incident) == (None, None)


def test_bounds_are_nobody_elses_to_write() -> None:
    incident = make_incident()
    store(incident, [exact(4)])
    Incident.objects.filter(pk=incident.pk).update(killed_most=1, injured_most=7)
    assert bounds(incident) == (4, None)
    assert bounds(make_incident(killed_most=8)) == (None, None)


def test_a_bound_that_changes_alone_is_no_change_that_anybody_is_told_of() -> None:
    incident = make_incident()
    store(incident, [exact(4)])
    sql("SET LOCAL conflictdb.keeping = 'on'")
    Incident.objects.filter(pk=incident.pk).update(killed_most=None, updated_at="2020-01-01T00:00:00Z")
    sql("SET LOCAL conflictdb.keeping = ''")
    sql("SELECT conflictdb_refresh(ARRAY[%s::bigint])", incident.pk)
    kept = Incident.objects.get(pk=incident.pk)
    assert (kept.killed_most, kept.updated_at.year) == (4, 2020)
