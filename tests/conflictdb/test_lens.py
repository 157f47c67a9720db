"""Figures under a lens: what the database makes of any claims is what the rule in plain Python does, for one and for many."""

import random
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflictdb.lens import EVERYONE, PLACES, Lens
from conflictdb.models import Citation, Claim, Incident
from conflictdb.vocabularies import Resolve
from tests.conflictdb.claims import (
    AFTER,
    BEFORE,
    DAY,
    NOTHING,
    Fields,
    World,
    denial,
    exact,
    random_citations,
    random_claim,
    random_lens,
    responsible,
    store,
    toll,
)
from tests.conflictdb.reference import Estimate, Figures, counting, estimate
from tests.make import make_actor, make_citation, make_dataset, make_incident, make_source

pytestmark = pytest.mark.django_db


TOLD = f"""
    SELECT asked.id, told.*
    FROM unnest(%s::bigint[]) AS asked(id) CROSS JOIN LATERAL conflictdb_told(asked.id, {PLACES}) AS told
"""  # noqa: S608 – our own words
FIGURES = f"SELECT * FROM conflictdb_figures(%s::bigint[], {PLACES})"  # noqa: S608 – our own words


def seen(incidents: list[int], lens: Lens, statement: str = TOLD) -> dict[int, tuple[Any, ...]]:
    """Ask the database for figures under a lens, by incident."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [incidents, *lens.values()])
        rows = cursor.fetchall()
    assert sorted(row[0] for row in rows) == sorted(incidents)
    return {row[0]: (Estimate(Figures(*row[1:6]), Figures(*row[6:11]), disputed=row[11]), *row[12:]) for row in rows}


def expected(incident: Incident, lens: Lens) -> tuple[Estimate, bool]:
    """Compute the same in Python, and whether anybody speaks of it."""
    return estimate(incident, lens), bool(counting(incident, lens))


def test_figures_under_any_lens_equal_the_reference_for_any_claims() -> None:
    world = World(incidents=4)
    incidents = list(Incident.objects.order_by("id"))

    @settings(max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(choose=st.randoms(use_true_random=False), count=st.integers(0, 12))
    def check(choose: random.Random, count: int) -> None:
        claims: list[Claim] = []
        for number in range(count):
            about = choose.choice([incidents[0], incidents[0], *incidents])
            claims.append(random_claim(world, choose, about.pk, 10**9 + number, claims))
        with transaction.atomic():
            Claim.objects.bulk_create(claims)
            Citation.objects.bulk_create(random_citations(world, choose, claims))
            for lens in (random_lens(world, choose) for _ in range(3)):
                rule = {incident.pk: expected(incident, lens) for incident in incidents}
                assert seen([*rule], lens) == rule
                assert seen([incidents[0].pk], lens) == {incidents[0].pk: rule[incidents[0].pk]}
                bare = {pk: (figures,) for pk, (figures, _) in rule.items()}
                assert seen([*rule], lens, FIGURES) == bare
            transaction.set_rollback(True)

    check()


def weighed(incident: int, lens: Lens) -> tuple[Any, ...]:
    """Ask for figures as those of few incidents are made: by weighing groups of victims, and comparing claims."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT measure, low, best, high, is_open FROM conflictdb_estimated(%s, {PLACES})",  # noqa: S608 – our own words
            [incident, *lens.values()],
        )
        told = {measure: figures for measure, *figures in cursor.fetchall()}
        cursor.execute(f"SELECT EXISTS (SELECT FROM conflictdb_disputed(%s, {PLACES}))", [incident, *lens.values()])  # noqa: S608 – our own words
        return *(told.get(measure, [None, None, None, False]) for measure in ("killed", "injured")), *cursor.fetchone()


@pytest.mark.parametrize(
    "crowds", [["everyone"], ["everyone", "everyone", "civilians"], ["civilians", "side_a", "side_b"]]
)
def test_figures_that_are_read_off_equal_those_that_are_weighed(crowds: list[str]) -> None:
    world = World(incidents=1)
    incident = Incident.objects.get()

    @settings(max_examples=30, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(choose=st.randoms(use_true_random=False), count=st.integers(1, 5))
    def check(choose: random.Random, count: int) -> None:
        claims: list[Claim] = []
        for number in range(count):
            claim = random_claim(world, choose, incident.pk, 10**9 + number, claims)
            if claim.kind == "toll":  # of few groups and grades, so that many claims are rivals
                claim.victims, claim.victim_actor = choose.choice(crowds), None
                claim.measure, claim.credibility = choose.choice(["killed", "killed", "injured"]), choose.choice("26")
            claims.append(claim)
        with transaction.atomic():
            Claim.objects.bulk_create(claims)
            Citation.objects.bulk_create(random_citations(world, choose, claims))
            for resolve in choose.sample([None, *Resolve.values], 2):
                lens = Lens(resolve=resolve, min_reliability=choose.choice([None, None, "C"]))
                ((found, _),) = seen([incident.pk], lens).values()
                figures = ([it.low, it.best, it.high, it.is_open] for it in (found.killed, found.injured))
                assert (*figures, found.disputed) == weighed(incident.pk, lens)
                assert found == estimate(incident, lens)
            transaction.set_rollback(True)

    check()


# The claims; and for a way to resolve them: low, best, high.
THREE = [
    toll("range", 2, 6, 9, credibility="1"),
    exact(4, credibility="2", stated_on=DAY),
    exact(11, credibility="3", stated_on=BEFORE),
]
RESOLVED = [
    ("range", THREE, (2, 6, 11)),
    ("leading", THREE, (2, 6, 9)),
    ("latest", THREE, (4, 4, 4)),
    ("lowest", THREE, (4, 4, 4)),
    ("highest", THREE, (11, 11, 11)),
    ("median", THREE, (2, 6, 9)),
    ("median", THREE[:2], (4, 4, 4)),
    ("leading", [toll("at_least", 51, credibility="1"), exact(60)], (51, None, None)),
    ("lowest", [toll("at_most", high=49), exact(20)], (20, 20, 20)),
    ("highest", [toll("at_most", high=49), exact(20)], (0, None, 49)),
    ("latest", [exact(3), exact(5)], (3, 3, 3)),
    ("lowest", [toll("range", 2, 3, 4), exact(3, credibility="1")], (3, 3, 3)),
    ("leading", [exact(3, victims="civilians"), exact(4, victims="combatants"), exact(9, victims="side_a")], (7, 7, 7)),
]


@pytest.mark.parametrize(("resolve", "claims", "figures"), RESOLVED)
def test_claims_resolve_into_one_figure(
    resolve: str, claims: list[Fields], figures: tuple[int | None, int | None, int | None]
) -> None:
    incident = make_incident()
    store(incident, claims)
    lens = Lens(resolve=resolve)

    (found, is_spoken_of) = seen([incident.pk], lens)[incident.pk]

    killed = found.killed
    assert ((killed.low, killed.best, killed.high), is_spoken_of) == (figures, True)
    assert found == estimate(incident, lens)


def killed_under(incident: Incident, lens: Lens) -> tuple[int | None, bool]:
    """Read the best number of the killed under a lens, and whether anybody speaks of the incident."""
    found, is_spoken_of = seen([incident.pk], lens)[incident.pk]
    assert (found, is_spoken_of) == expected(incident, lens)
    return found.killed.best, is_spoken_of


def test_a_claim_without_claimant_is_according_to_the_publisher_of_its_source() -> None:
    paper, ministry = make_actor(), make_actor()
    incident = make_incident()
    own, told = store(incident, [exact(3), exact(5, claimant=ministry)])
    for claim in (own, told):
        make_citation(claim=claim, source=make_source(publisher=paper))

    assert killed_under(incident, Lens(according_to=[paper.pk])) == (3, True)
    assert killed_under(incident, Lens(according_to=[ministry.pk])) == (5, True)
    assert killed_under(incident, Lens(according_to=[make_actor().pk])) == (None, False)
    assert killed_under(incident, Lens(not_according_to=[paper.pk])) == (5, True)
    assert killed_under(incident, Lens(not_according_to=[paper.pk, ministry.pk])) == (None, False)


def test_unknown_grades_and_days_meet_no_condition() -> None:
    incident = make_incident()
    store(incident, [exact(1), exact(2, grades="F"), exact(3, grades="FC"), exact(4, credibility="4", stated_on=DAY)])

    assert killed_under(incident, Lens(min_reliability="E")) == (3, True)
    assert killed_under(incident, Lens(min_reliability="C")) == (3, True)
    assert killed_under(incident, Lens(min_reliability="B")) == (None, False)
    assert killed_under(incident, Lens(min_credibility="5")) == (4, True)
    assert killed_under(incident, Lens(min_credibility="4")) == (4, True)
    assert killed_under(incident, Lens(min_credibility="3")) == (None, False)
    assert killed_under(incident, Lens(stated_before=AFTER)) == (4, True)
    assert killed_under(incident, Lens(stated_before=DAY)) == (None, False)


def test_what_was_known_on_a_day_is_what_stood_on_it() -> None:
    incident = make_incident()
    first, second, third, _ = store(
        incident,
        [
            exact(1, stated_on=BEFORE),
            exact(2, stated_on=DAY),
            exact(3),
            exact(9, status="retracted", status_reason="No."),
        ],
    )
    Claim.objects.filter(pk=first.pk).update(status="superseded", superseded_by=second)
    Claim.objects.filter(pk=second.pk).update(status="superseded", superseded_by=third)

    assert killed_under(incident, EVERYONE) == (3, True)
    assert killed_under(incident, Lens(stated_before=BEFORE)) == (None, False)
    assert killed_under(incident, Lens(stated_before=DAY)) == (1, True)
    # of the third nobody knows when it was made: on any day the second may still have stood
    assert killed_under(incident, Lens(stated_before=AFTER)) == (2, True)
    make_citation(claim=third, source=make_source(published_on=AFTER))
    assert killed_under(incident, Lens(stated_before=AFTER)) == (2, True)
    assert killed_under(incident, Lens(stated_before=date(2024, 1, 1))) == (3, True)


def test_claims_of_other_datasets_do_not_count() -> None:
    dataset = make_dataset()
    incident = make_incident()
    store(incident, [exact(3), exact(7, dataset=dataset)])

    assert killed_under(incident, Lens(datasets=[dataset.pk])) == (7, True)


def test_dispute_is_among_those_whom_the_lens_hears() -> None:
    one, other = make_actor(slug="one"), make_actor(slug="other")
    numbers, denied, blamed, corrected = (make_incident() for _ in range(4))
    for incident, claims in (
        (numbers, [exact(3, claimant=one), exact(5, claimant=other)]),
        (denied, [exact(3, claimant=one), denial(claimant=other)]),
        (blamed, [responsible("a", claimant=one), responsible("b", claimant=other)]),
        (corrected, [exact(3, claimant=one), toll("unknown", claimant=other, answers=0, answer_kind="corrects")]),
    ):
        store(incident, claims)
    every = [numbers.pk, denied.pk, blamed.pk, corrected.pk]

    def disputed(lens: Lens) -> list[bool]:
        return [found.disputed for found, _ in (seen(every, lens)[pk] for pk in every)]

    assert disputed(Lens(according_to=[one.pk, other.pk])) == [True] * 4
    assert disputed(Lens(according_to=[one.pk])) == [False] * 4
    assert disputed(Lens(not_according_to=[one.pk])) == [False] * 4


def test_without_claims_nothing_is_said() -> None:
    incident = make_incident()
    assert seen([incident.pk], Lens(resolve="median")) == {
        incident.pk: (Estimate(NOTHING, NOTHING, disputed=False), False)
    }
