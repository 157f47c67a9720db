"""The figures on an incident's row are what the rule of ``estimates.py`` makes of its claims, however they were written."""

import json
import random
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflictdb import triggers
from conflictdb.estimates import REASONS, explain
from conflictdb.models import Actor, Citation, Claim, Dataset, Incident, Source
from tests.conflictdb.reference import Estimate, Figures, estimate, stored
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_dataset,
    make_incident,
    make_source,
    the_dataset,
)

Fields = dict[str, Any]
NOTHING = Figures()
DAY = date(2023, 10, 17)
DAYS = (date(2023, 10, 18), DAY, None)


def toll(kind: str, low: int | None = None, best: int | None = None, high: int | None = None, **fields: Any) -> Fields:
    """Describe a toll by its value kind and numbers."""
    return {"value_kind": kind, "low": low, "best": best, "high": high} | fields


def exact(number: int, **fields: Any) -> Fields:
    """Describe a toll of exactly so many."""
    return toll("exact", number, number, number, **fields)


def denial(**fields: Any) -> Fields:
    """Describe a denial that anyone was killed."""
    return toll("unknown", polarity="denies") | fields


def responsible(name: str, polarity: str = "asserts", kind: str = "responsibility", **fields: Any) -> Fields:
    """Describe a claim on whom an incident goes back to."""
    return {"kind": kind, "polarity": polarity, "named_actor": name, "measure": "", "victims": ""} | fields


def store(incident: Incident, claims: list[Fields]) -> list[Claim]:
    """Store claims about an incident in the order given.

    ``actors`` are named by slug and made along, ``grades`` make one citation each, ``answers`` counts from 0.
    """
    rows: list[Claim] = []
    for described in claims:
        fields = dict(described)
        grades = fields.pop("grades", "")
        published_on = fields.pop("published_on", None)
        for column in fields.keys() & {"victim_actor", "named_actor"}:
            fields[column] = Actor.objects.filter(slug=fields[column]).first() or make_actor(slug=fields[column])
        if "answers" in fields:
            fields["answers"] = rows[fields["answers"]]
        rows.append(
            make_claim(incident=incident, **{"kind": "toll", "measure": "killed", "victims": "everyone"} | fields)
        )
        for grade in grades or ("F" if published_on else ""):
            make_citation(claim=rows[-1], source=make_source(reliability=grade, published_on=published_on))
    return rows


def kept(incident: Incident) -> Estimate:
    """Read an incident's figures anew."""
    return stored(Incident.objects.get(pk=incident.pk))


# --- the sentences of the rule -----------------------------------------------------------------------------------------

TOLL = {"kind": "toll", "measure": "killed", "victims": "everyone"} | exact(1, status="standing")
COLLAPSED: list[tuple[str, list[Fields], Figures]] = [
    # 1. what counts
    ("no claim is not reported", [], Figures()),
    ("an unknown number is a claim without figures", [toll("unknown")], Figures(claims=1)),
    ("none reported is neither a zero nor unknown", [toll("none_reported")], Figures()),
    ("none reported beside a number", [toll("none_reported"), exact(2)], Figures(2, 2, 2, is_open=False, claims=1)),
    ("a denial that none was reported is a claim", [toll("none_reported", polarity="denies")], Figures(claims=1)),
    ("vague words without numbers give none", [toll("vague")], Figures(claims=1)),
    ("zero is a number that somebody claimed", [exact(0)], Figures(0, 0, 0, is_open=False, claims=1)),
    ("drafts do not count", [exact(3, status="draft")], Figures()),
    ("retracted claims do not count", [exact(3, status="retracted", status_reason="Wrong.")], Figures()),
    ("other measures do not count", [exact(3, measure="missing")], Figures()),
    # 2. the bounds that a claim sets
    ("exactly", [exact(8)], Figures(8, 8, 8, is_open=False, claims=1)),
    ("a range", [toll("range", 3, None, 9)], Figures(3, None, 9, is_open=False, claims=1)),
    ("a range with a best", [toll("range", 3, 5, 9)], Figures(3, 5, 9, is_open=False, claims=1)),
    ("about is best on both sides", [toll("about", best=50)], Figures(50, 50, 50, is_open=False, claims=1)),
    ("about with a low", [toll("about", 40, 50)], Figures(40, 50, 50, is_open=False, claims=1)),
    ("about with a high", [toll("about", None, 50, 60)], Figures(50, 50, 60, is_open=False, claims=1)),
    ("at least has no upper bound", [toll("at_least", 51)], Figures(51, None, None, is_open=True, claims=1)),
    ("at least with a best", [toll("at_least", 51, 60)], Figures(51, 60, None, is_open=True, claims=1)),
    ("at most starts at zero", [toll("at_most", high=49)], Figures(0, None, 49, is_open=False, claims=1)),
    ("at most from a stated zero", [toll("at_most", 0, None, 49)], Figures(0, None, 49, is_open=False, claims=1)),
    (
        "at most starts at zero, not at best",
        [toll("at_most", None, 30, 49)],
        Figures(0, 30, 49, is_open=False, claims=1),
    ),
    ("vague with a codebook's number", [toll("vague", best=12)], Figures(12, 12, None, is_open=True, claims=1)),
    ("vague up to a number", [toll("vague", high=12)], Figures(0, None, 12, is_open=False, claims=1)),
    ("a denial gives no figure", [exact(8, polarity="denies")], Figures(claims=1)),
    (
        "figures out of order stay as published",
        [toll("range", 9, 7, 8, is_out_of_order=True)],
        Figures(9, 7, 8, is_open=False, claims=1),
    ),
    # 3. groups of victims
    (
        "disjoint groups add up",
        [
            exact(2, victims="civilians"),
            exact(3, victims="side_a"),
            exact(4, victims="side_b"),
            exact(1, victims="unknown"),
        ],
        Figures(10, 10, 10, is_open=False, claims=4),
    ),
    (
        "everyone holds all",
        [exact(9), *(exact(99, victims=group) for group in ("civilians", "combatants", "side_a", "side_b", "unknown"))],
        Figures(9, 9, 9, is_open=False, claims=6),
    ),
    (
        "combatants hold both sides and nobody else",
        [
            exact(9, victims="combatants"),
            exact(5, victims="side_a"),
            exact(5, victims="side_b"),
            exact(2, victims="civilians"),
            exact(1, victims="unknown"),
        ],
        Figures(12, 12, 12, is_open=False, claims=5),
    ),
    (
        "no actor holds each actor",
        [exact(9), exact(4, victim_actor="a"), exact(5, victim_actor="b")],
        Figures(9, 9, 9, is_open=False, claims=3),
    ),
    (
        "actors' people are disjoint, and not everyone",
        [exact(4, victim_actor="a"), exact(5, victim_actor="b")],
        Figures(9, 9, None, is_open=True, claims=2),
    ),
    (
        "an actor's everyone holds the actor's civilians only",
        [
            exact(4, victim_actor="a"),
            exact(2, victims="civilians", victim_actor="a"),
            exact(3, victims="civilians", victim_actor="b"),
            exact(1, victims="unknown"),
        ],
        Figures(8, 8, None, is_open=True, claims=4),
    ),
    (
        "a group without a number holds nothing",
        [toll("unknown"), exact(2, victims="civilians")],
        Figures(2, 2, None, is_open=True, claims=2),
    ),
    (
        "a denial holds nothing",
        [exact(9, polarity="denies"), exact(2, victims="civilians")],
        Figures(2, 2, None, is_open=True, claims=2),
    ),
    # 4. within a group
    (
        "lowest low, highest high",
        [toll("range", 3, 5, 9), toll("range", 4, 6, 20)],
        Figures(3, 5, 20, is_open=False, claims=2),
    ),
    ("the lowest id leads among equals", [exact(3), exact(5)], Figures(3, 3, 5, is_open=False, claims=2)),
    (
        "the latest leads before the lowest id",
        [exact(3, stated_on=DAY), exact(5, stated_on=DAYS[0])],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "a known day leads before an unknown one",
        [exact(3), exact(5, stated_on=DAY)],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "the best source leads before the latest",
        [exact(3, stated_on=DAY, grades="C"), exact(5, grades="EBF")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "a source's day stands in for an unstated one",
        [exact(3, stated_on=DAYS[0]), exact(5, published_on=date(2099, 1, 1))],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "an unknown source comes after the worst",
        [exact(3, grades="F", stated_on=DAY), exact(5, grades="E")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "credibility leads before the source",
        [exact(3, credibility="2", grades="A"), exact(5, credibility="1", grades="E")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "an unknown credibility comes after the worst",
        [exact(3, credibility="6", grades="A"), exact(5, credibility="5")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "the best is of the leading claim that has one",
        [toll("at_least", 2, credibility="1"), exact(5, credibility="3"), exact(4, credibility="2")],
        Figures(2, 4, None, is_open=True, claims=3),
    ),
    # 5. over the groups
    (
        "an open group leaves the sum open",
        [toll("at_least", 2, 3, victims="civilians"), exact(4, victims="side_a")],
        Figures(6, 7, None, is_open=True, claims=2),
    ),
    (
        "a group without a best leaves the best unknown",
        [toll("range", 2, None, 3, victims="civilians"), exact(4, victims="combatants")],
        Figures(6, None, 7, is_open=False, claims=2),
    ),
    (
        "a claimed zero of some is no zero of all",
        [exact(0, victim_actor="a")],
        Figures(0, 0, None, is_open=True, claims=1),
    ),
    (
        "one side and civilians are not everyone",
        [exact(1, victims="civilians"), exact(4, victims="side_a")],
        Figures(5, 5, None, is_open=True, claims=2),
    ),
    (
        "those of unknown status are not everyone",
        [exact(1, victims="unknown"), exact(4, victims="combatants")],
        Figures(5, 5, None, is_open=True, claims=2),
    ),
    (
        "sums may exceed 32 bits",
        [exact(2_147_483_647, victims=group) for group in ("civilians", "side_a", "side_b")],
        Figures(6_442_450_941, 6_442_450_941, 6_442_450_941, is_open=False, claims=3),
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("claims", "figures"), [pytest.param(it[1], it[2], id=it[0]) for it in COLLAPSED])
@pytest.mark.parametrize("measure", ["killed", "injured"])
def test_figures_follow_the_rule(measure: str, claims: list[Fields], figures: Figures) -> None:
    incident = make_incident()

    store(incident, [{"measure": measure} | described for described in claims])

    kept_figures = {"killed": kept(incident).killed, "injured": kept(incident).injured}
    assert kept_figures == {"killed": NOTHING, "injured": NOTHING} | {measure: figures}


@pytest.mark.django_db
def test_figures_ignore_claims_that_may_not_be_passed_on_unless_the_incident_may_not_either() -> None:
    withheld, other = make_dataset(redistributable=False), make_dataset(redistributable=False)
    incidents = [make_incident(), make_incident(dataset=withheld), make_incident(dataset=other)]

    for incident in incidents:
        store(incident, [exact(3), exact(7, dataset=withheld)])

    assert [kept(incident).killed for incident in incidents] == [
        Figures(3, 3, 3, is_open=False, claims=1),
        Figures(3, 3, 7, is_open=False, claims=2),
        Figures(3, 3, 3, is_open=False, claims=1),
    ]


@pytest.mark.django_db
def test_figures_ignore_superseded_claims() -> None:
    incident = make_incident()
    old, new = store(incident, [exact(3), exact(7)])

    Claim.objects.filter(pk=old.pk).update(status="superseded", superseded_by=new)

    assert kept(incident) == Estimate(Figures(7, 7, 7, is_open=False, claims=1), NOTHING, disputed=False)


DISPUTED: list[tuple[str, list[Fields], bool]] = [
    ("nothing claimed", [], False),
    ("one number", [exact(3)], False),
    ("equal numbers", [exact(3), exact(3)], False),
    ("two numbers", [exact(3), exact(5)], True),
    ("ranges that touch", [toll("range", 3, None, 5), toll("range", 5, None, 9)], False),
    ("ranges apart", [toll("range", 3, None, 5), toll("range", 6, None, 9)], True),
    ("at least more than exactly", [toll("at_least", 5), exact(3)], True),
    ("at least fewer than exactly", [toll("at_least", 2), exact(3)], False),
    ("at most more than exactly", [toll("at_most", high=50), exact(3)], False),
    ("at most fewer than exactly", [toll("at_most", high=2), exact(3)], True),
    ("at most with a best above exactly", [toll("at_most", None, 30, 50), exact(3)], False),
    ("two upper bounds", [toll("at_most", high=50), toll("at_most", high=3)], False),
    ("other measures", [exact(3), exact(5, measure="injured")], False),
    ("a part above the whole", [exact(3), exact(5, victims="civilians")], True),
    ("a part below the whole", [exact(5), exact(3, victims="civilians")], False),
    ("a side above the combatants", [exact(3, victims="combatants"), exact(5, victims="side_b")], True),
    ("an actor's people above everybody", [exact(3), exact(5, victim_actor="a")], True),
    ("two groups, neither in the other", [exact(3, victims="civilians"), exact(5, victims="side_a")], False),
    ("two actors' people", [exact(3, victim_actor="a"), exact(5, victim_actor="b")], False),
    ("figures out of order span what they span", [toll("range", 9, 7, 8, is_out_of_order=True), exact(7)], False),
    ("figures out of order, and one outside", [toll("range", 9, 7, 8, is_out_of_order=True), exact(6)], True),
    ("missing people count too", [exact(3, measure="missing"), exact(5, measure="missing")], True),
    # about
    ("about and far off", [toll("about", best=50), exact(500)], False),
    ("about and far below", [toll("about", best=500), exact(50)], False),
    ("about with bounds, and one outside", [toll("about", 40, 50, 60), exact(61)], True),
    ("about with a low, and one below", [toll("about", 40, 50), exact(39)], True),
    ("about with a low, and one above", [toll("about", 40, 50), exact(5000)], False),
    ("about with a high, and one above", [toll("about", None, 50, 60), exact(61)], True),
    ("about with a high, and one below best", [toll("about", None, 50, 60), exact(49)], False),
    # denials
    ("asserted and denied", [exact(3), denial()], True),
    ("about so many, and denied", [toll("about", best=50), denial()], True),
    ("zero asserted, and a toll denied", [exact(0), denial()], False),
    ("at most so many, and denied", [toll("at_most", high=50), denial()], False),
    ("an unknown number, and denied", [toll("unknown"), denial()], False),
    ("denied of a group that holds it", [exact(3, victims="civilians"), denial()], True),
    ("denied of a part", [exact(3), denial(victims="civilians")], False),
    ("denied of another measure", [exact(3), denial(measure="injured")], False),
    ("denied in just this number", [exact(3), denial() | exact(3)], True),
    ("another number denied", [exact(3), denial() | exact(4)], False),
    ("denied that so many were", [exact(60), denial() | toll("at_least", 51)], True),
    ("denied that more were", [exact(40), denial() | toll("at_least", 51)], False),
    ("denied that it was about another number", [exact(500), denial() | toll("about", best=50)], False),
    ("denied that it was within bounds", [exact(50), denial() | toll("about", 40, 50, 60)], True),
    ("only denied", [denial(), denial() | exact(3)], False),
    # responsibility and links
    ("one held responsible", [responsible("a"), responsible("a")], False),
    ("two held responsible", [responsible("a"), responsible("b")], True),
    ("held responsible and cleared", [responsible("a"), responsible("a", "denies")], True),
    ("one held responsible, another cleared", [responsible("a"), responsible("b", "denies")], False),
    ("two cleared", [responsible("a", "denies"), responsible("b", "denies")], False),
    ("two linked", [responsible("a", kind="link"), responsible("b", kind="link")], False),
    ("linked and said not to be", [responsible("a", kind="link"), responsible("a", "denies", "link")], True),
    ("responsible, though not linked", [responsible("a"), responsible("a", "denies", "link")], False),
    ("threatened and not", [responsible("a", kind="threat"), responsible("a", "denies", "threat")], False),
    # answers
    ("confirmed", [exact(3), exact(3, answers=0, answer_kind="confirms")], False),
    ("corrected", [exact(3), toll("unknown", answers=0, answer_kind="corrects")], True),
    ("denied by an answer", [responsible("a"), responsible("a", kind="motive", answers=0, answer_kind="denies")], True),
    ("a draft corrects", [exact(3), exact(5, answers=0, answer_kind="corrects", status="draft")], False),
    (
        "a retracted claim is corrected",
        [exact(3, status="retracted", status_reason="Wrong."), exact(5, answers=0, answer_kind="corrects")],
        False,
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("claims", "disputed"), [pytest.param(it[1], it[2], id=it[0]) for it in DISPUTED])
def test_incident_is_disputed_where_claims_cannot_all_be_right(claims: list[Fields], disputed: bool) -> None:  # noqa: FBT001 - the expected value
    incident = make_incident()

    store(incident, claims)

    assert kept(incident).disputed is disputed
    assert estimate(incident).disputed is disputed


@pytest.mark.django_db
def test_dispute_ignores_claims_that_may_not_be_passed_on() -> None:
    incident = make_incident()

    store(incident, [exact(3), exact(5, dataset=make_dataset(redistributable=False))])

    assert kept(incident).disputed is False


# --- any claims at all -------------------------------------------------------------------------------------------------


class _World:
    """Records that random claims point to: an incident or more, datasets, actors and sources of every sort."""

    def __init__(self, incidents: int) -> None:
        self.datasets = [the_dataset(), make_dataset(), make_dataset(redistributable=False)]
        self.actors = [make_actor(), make_actor()]
        self.conflict = make_conflict()
        self.sources = [
            make_source(reliability=grade, published_on=day)
            for grade, day in (("A", None), ("C", date(2020, 5, 5)), ("E", None), ("F", None), ("F", date(2021, 1, 1)))
        ]
        for number in range(incidents):
            make_incident(dataset=self.datasets[number % len(self.datasets)])


def numbers(kind: str, choose: random.Random) -> Fields:
    """Choose numbers that a value kind allows; ranges and vague ones may be out of order."""
    some = sorted(choose.choice([0, 0, 1, 2, 3, 5, 8, 2_147_483_647]) for _ in range(3))
    if kind == "exact":
        some = [some[0]] * 3
    is_out_of_order = kind in {"range", "vague"} and choose.random() < 0.2
    if is_out_of_order:
        choose.shuffle(some)
    low, best, high = some
    allowed = {
        "exact": [(low, best, high)],
        "at_least": [(low, best, None), (low, None, None)],
        "at_most": [(None, None, high), (None, best, high), (0, None, high), (0, best, high)],
        "about": [(None, best, None), (low, best, None), (None, best, high), (low, best, high)],
        "range": [(low, best, high), (low, None, high)],
        "vague": [(None, None, None), (low, None, None), (None, best, None), (None, None, high), (None, best, high)],
    }
    chosen = choose.choice(allowed.get(kind, [(None, None, None)]))
    return dict(zip(("low", "best", "high"), chosen, strict=True)) | {"is_out_of_order": is_out_of_order}


def random_claim(world: _World, choose: random.Random, incident: int, key: int, others: list[Claim]) -> Claim:
    """Make up a claim about an incident, under a primary key of its own; it may answer one of the others."""
    kind = choose.choice(["toll"] * 6 + ["responsibility", "link", "motive"])
    status = choose.choice(["standing"] * 6 + ["draft", "retracted", "superseded"])
    claim = Claim(
        pk=key,
        slug=f"made-up-{key}",
        statement="Made up.",
        kind=kind,
        incident_id=incident,
        dataset=choose.choice(world.datasets),
        polarity=choose.choice(["asserts", "asserts", "asserts", "denies"]),
        credibility=choose.choice("1256"),
        stated_on=choose.choice(DAYS),
        status=status,
    )
    if kind == "toll":
        claim.measure = choose.choice(["killed", "killed", "injured", "missing"])
        claim.victims = choose.choice(["everyone", "civilians", "combatants", "side_a", "side_b", "unknown"])
        claim.victim_actor = choose.choice([None, None, *world.actors])
        claim.value_kind = choose.choice(
            ["exact", "at_least", "at_most", "about", "range", "vague", "unknown", "none_reported"]
        )
        for column, value in numbers(claim.value_kind, choose).items():
            setattr(claim, column, value)
    elif kind != "motive":
        claim.named_actor = choose.choice(world.actors)
        if kind == "link":
            claim.named_actor = choose.choice([claim.named_actor, None])
            claim.named_conflict = choose.choice([world.conflict, None])
    others = [other for other in others if other.incident_id == incident]
    if others and choose.random() < 0.15:
        claim.answers, claim.answer_kind = choose.choice(others), choose.choice(["confirms", "denies", "corrects"])
    if status == "superseded" and others:
        claim.superseded_by = choose.choice(others)
    elif status == "superseded":
        claim.status = "standing"
    claim.status_reason = "Wrong." if claim.status == "retracted" else ""
    return claim


def random_citations(world: _World, choose: random.Random, claims: list[Claim]) -> list[Citation]:
    """Make up none to two citations of each claim."""
    return [
        Citation(claim=claim, number=number, source=choose.choice(world.sources))
        for claim in claims
        for number in range(1, choose.choice([1, 2, 3]))
    ]


@pytest.mark.django_db
def test_stored_figures_equal_the_reference_for_any_claims() -> None:
    world = _World(incidents=2)
    incidents = list(Incident.objects.order_by("id"))

    @settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(choose=st.randoms(use_true_random=False), count=st.integers(0, 7))
    def check(choose: random.Random, count: int) -> None:
        claims: list[Claim] = []
        for number in range(count):
            incident = choose.choice(incidents)
            claims.append(random_claim(world, choose, incident.pk, 10**9 + number, claims))
        with transaction.atomic():
            Claim.objects.bulk_create(claims)
            Citation.objects.bulk_create(random_citations(world, choose, claims))
            assert [kept(incident) for incident in incidents] == [estimate(incident) for incident in incidents]
            transaction.set_rollback(True)

    check()


# --- whichever way they were written -----------------------------------------------------------------------------------


def sql(statement: str, *values: Any) -> None:
    """Execute plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def waiting() -> bool:
    """Whether some transaction on this database waits for another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0)"
        )
        return cursor.fetchone()[0]


def settle() -> None:
    """Let everything that waits for the commit happen now, as a commit would."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")


COLUMNS = [field for field in Claim._meta.concrete_fields if not field.generated]
OTHER_COLUMNS = ", ".join(field.column for field in COLUMNS if field.name not in {"id", "slug"})


class _Writer:
    """Ways to write claims and what they hang on; each method named ``write_…`` is one, and picks what to write."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.choose = random.Random(seed)  # noqa: S311 - a repeatable sequence, no secret
        self.folder = folder
        self.world = _World(incidents=4)
        self.keys = iter(range(2 * 10**9, 0, -1))  # downwards: loaddata sets the table's own sequence past the highest

    # what to write about

    def incident(self) -> Incident:
        return self.choose.choice(list(Incident.objects.order_by("id")))

    def fresh(self, incident: int | None = None) -> Claim:
        incident = incident or self.incident().pk
        return random_claim(self.world, self.choose, incident, next(self.keys), list(Claim.objects.order_by("id")))

    def stored(self, count: int = 1, **which: Any) -> list[Claim]:
        """Pick claims that no other is linked to; makes them where there are too few."""
        free = Claim.objects.filter(answers=None, answered_by=None, superseded_by=None, supersedes=None, **which)
        while free.count() < count:
            claim = self.fresh()
            claim.answers, claim.answer_kind, claim.superseded_by = None, "", None
            claim.status, claim.status_reason = "standing", ""
            for column, value in which.items():
                setattr(claim, column, value)
            claim.save(force_insert=True)
        return self.choose.sample(list(free.order_by("id")), count)

    def toll(self) -> Claim:
        """Pick a standing toll of an exact number, so that it can be given another."""
        figures = {"low": 4, "best": 4, "high": 4}
        which = {"measure": "killed", "victims": "everyone", "victim_actor": None, "named_actor": None}
        return self.stored(
            kind="toll", value_kind="exact", status="standing", is_out_of_order=False, **which, **figures
        )[0]

    # through the ORM

    def write_one(self) -> None:
        self.fresh().save(force_insert=True)

    def write_many(self) -> None:
        claims = [self.fresh() for _ in range(5)]
        Claim.objects.bulk_create(claims)
        Citation.objects.bulk_create(random_citations(self.world, self.choose, claims))

    def write_again(self) -> None:
        claim = self.toll()
        claim.low = claim.best = claim.high = self.choose.randrange(9)
        claim.save()

    def write_some_columns(self) -> None:
        claims = self.stored(3)
        for claim in claims:
            claim.credibility, claim.stated_on = self.choose.choice("1256"), self.choose.choice(DAYS)
        Claim.objects.bulk_update(claims, ["credibility", "stated_on"])

    def write_set(self) -> None:
        Claim.objects.filter(kind="toll").update(polarity=self.choose.choice(["asserts", "denies"]))

    def write_status(self) -> None:
        (claim,) = self.stored()
        Claim.objects.filter(pk=claim.pk).update(status="retracted", status_reason="Wrong.")

    def write_superseding(self) -> None:
        old = self.toll()
        new = self.fresh(old.incident_id)
        new.save(force_insert=True)
        Claim.objects.filter(pk=old.pk).update(status="superseded", superseded_by=new)

    def write_answer(self) -> None:
        old = self.toll()
        new = self.fresh(old.incident_id)
        new.answers, new.answer_kind = old, "corrects"
        new.save(force_insert=True)

    def write_upsert(self) -> None:
        claims = [self.toll(), self.fresh()]
        Claim.objects.bulk_create(
            claims, update_conflicts=True, unique_fields=["id"], update_fields=["credibility", "polarity"]
        )

    def write_deletion(self) -> None:
        self.stored()[0].delete()

    def write_deletion_of_a_set(self) -> None:
        Claim.objects.filter(pk__in=[claim.pk for claim in self.stored(2)]).delete()

    def write_to_another_incident(self) -> None:
        pks = [claim.pk for claim in self.stored(2)]
        Claim.objects.filter(pk__in=pks).update(incident=self.incident())

    def write_under_another_dataset(self) -> None:
        pks = [claim.pk for claim in self.stored(2)]
        Claim.objects.filter(pk__in=pks).update(dataset=self.choose.choice(self.world.datasets))

    # through plain SQL

    def write_sql_insert(self) -> None:
        sql(
            f"INSERT INTO conflictdb_claim (slug, {OTHER_COLUMNS}) "  # noqa: S608 - the model's own columns
            f"SELECT %s, {OTHER_COLUMNS} FROM conflictdb_claim WHERE id = %s",
            f"copied-{next(self.keys)}",
            self.toll().pk,
        )

    def write_sql_update(self) -> None:
        number = self.choose.randrange(9)
        sql(
            "UPDATE conflictdb_claim SET low = %s, best = %s, high = %s WHERE id = %s",
            *(number, number, number, self.toll().pk),
        )

    def write_sql_delete(self) -> None:
        (claim,) = self.stored()
        sql("DELETE FROM conflictdb_citation WHERE claim_id = %s", claim.pk)
        sql("DELETE FROM conflictdb_claim WHERE id = %s", claim.pk)

    def write_sql_delete_and_insert_at_once(self) -> None:
        (claim,) = self.stored()
        sql("DELETE FROM conflictdb_citation WHERE claim_id = %s", claim.pk)
        sql(
            "WITH gone AS (DELETE FROM conflictdb_claim WHERE id = %s RETURNING *) "  # noqa: S608 - the model's own columns
            f"INSERT INTO conflictdb_claim (slug, {OTHER_COLUMNS}) SELECT %s, {OTHER_COLUMNS} FROM gone",
            claim.pk,
            f"moved-{next(self.keys)}",
        )

    def write_copy(self) -> None:
        claims = [self.fresh(), self.fresh()]
        columns = ", ".join(field.column for field in COLUMNS)
        with connection.cursor() as cursor, cursor.copy(f"COPY conflictdb_claim ({columns}) FROM STDIN") as copy:
            for claim in claims:
                copy.write_row([field.pre_save(claim, add=True) for field in COLUMNS])

    def write_truncate(self) -> None:
        settle()
        sql(f"TRUNCATE {self.choose.choice(['conflictdb_claim', 'conflictdb_citation'])} CASCADE")

    # through fixtures

    def write_fixture(self) -> None:
        old = self.toll()
        number = self.choose.randrange(9)
        fields = {
            "slug": old.slug,
            "kind": "toll",
            "statement": old.statement,
            "incident": [old.incident.slug],
            "measure": "killed",
            "victims": "everyone",
            "value_kind": "exact",
            "low": number,
            "best": number,
            "high": number,
            "status": "standing",
            "dataset": [old.dataset.slug],
            "created_at": "2026-11-22T00:00:00Z",
            "updated_at": "2026-11-22T00:00:00Z",
        }
        records = [
            {"model": "conflictdb.claim", "fields": fields},
            {"model": "conflictdb.claim", "fields": fields | {"slug": f"loaded-{next(self.keys)}"}},
        ]
        file = self.folder / "claims.json"
        file.write_text(json.dumps(records), encoding="utf-8")
        call_command("loaddata", str(file), verbosity=0)

    # what claims hang on

    def write_citation(self) -> None:
        claim, source = self.toll(), self.choose.choice(self.world.sources)
        Citation.objects.create(claim=claim, number=claim.citations.count() + 5, source=source)

    def write_citation_of_another_source(self) -> None:
        self.write_citation()
        citation = self.choose.choice(list(Citation.objects.order_by("id")))
        Citation.objects.filter(pk=citation.pk).update(source=self.choose.choice(self.world.sources))

    def write_citation_to_another_claim(self) -> None:
        self.write_citation()
        citation = self.choose.choice(list(Citation.objects.order_by("id")))
        Citation.objects.filter(pk=citation.pk).update(claim=self.toll(), number=next(self.keys) % 30_000 + 50)

    def write_citation_off(self) -> None:
        self.write_citation()
        Citation.objects.filter(source=self.choose.choice(self.world.sources)).delete()

    def write_citation_before_its_source(self) -> None:
        key = next(self.keys)
        Citation.objects.create(claim=self.toll(), number=key % 30_000 + 50, source_id=key)
        Source.objects.create(
            pk=key, slug=f"late-{key}", title="Late", kind="article", reliability="A", dataset=the_dataset()
        )

    def write_grade(self) -> None:
        source = self.choose.choice(self.world.sources)
        source.reliability = self.choose.choice("ACEF")
        source.save()

    def write_grades_of_all(self) -> None:
        sql(
            "UPDATE conflictdb_source SET reliability = CASE reliability WHEN 'A' THEN 'F' WHEN 'F' THEN 'B' ELSE 'A' END"
        )

    def write_terms(self) -> None:
        for dataset in self.choose.sample(self.world.datasets, 2):
            Dataset.objects.filter(pk=dataset.pk).update(redistributable=~F("redistributable"))

    def write_stale_incident(self) -> None:
        incident = self.incident()
        Claim.objects.bulk_create([self.fresh(incident.pk)])
        incident.title = "A better title"
        incident.save()

    def write_over_figures(self) -> None:
        sql(
            "UPDATE conflictdb_incident"
            " SET killed_low = 1000, killed_claims = 7, injured_best = NULL, disputed = NOT disputed"
        )

    def write_incident_with_figures(self) -> None:
        make_incident(killed_low=1000, killed_best=1000, killed_claims=3, injured_is_open=True, disputed=True)

    def write_claim_before_its_incident(self) -> None:
        key = next(self.keys)
        Claim.objects.bulk_create([self.fresh(key)])
        make_incident(pk=key)

    def write_incident_under_another_dataset(self) -> None:
        Incident.objects.filter(pk=self.incident().pk).update(dataset=self.choose.choice(self.world.datasets))

    def write_incident_off(self) -> None:
        incident = self.incident()
        Claim.objects.filter(incident=incident).update(answers=None, answer_kind="")
        Claim.objects.filter(incident=incident, status="superseded").update(status="standing", superseded_by=None)
        incident.delete()
        make_incident()


WAYS = sorted(name for name in vars(_Writer) if name.startswith("write_"))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_stored_figures_equal_the_reference_whichever_way_claims_were_written(seed: int, tmp_path: Path) -> None:
    writer = _Writer(seed, tmp_path)
    ways = WAYS * 3
    writer.choose.shuffle(ways)

    for step, way in enumerate(ways):
        getattr(writer, way)()
        incidents = Incident.objects.order_by("id")
        expected = {incident.slug: estimate(incident) for incident in incidents}
        assert (step, way, {it.slug: stored(it) for it in incidents}) == (step, way, expected)
    settle()


@pytest.mark.django_db
def test_one_update_of_a_thousand_claims_calls_each_trigger_once() -> None:
    incidents = [make_incident() for _ in range(4)]
    claims = [
        Claim(slug=f"toll-{number}", statement="x", incident=incidents[number % 4], dataset=the_dataset(), **TOLL)
        for number in range(1000)
    ]
    Claim.objects.bulk_create(claims)

    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) UPDATE conflictdb_claim SET low = 2, best = 2, high = 2, credibility = '1'"
        )
        (plan,) = json.loads(json.dumps(cursor.fetchone()[0]))

    calls = {it["Trigger Name"]: it["Calls"] for it in plan["Triggers"]}
    assert {name: count for name, count in calls.items() if name.startswith("conflictdb_")} == {
        "conflictdb_estimates_update": 1
    }
    assert [kept(incident).killed for incident in incidents] == [Figures(2, 2, 2, is_open=False, claims=250)] * 4


def meanwhile(ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Do ours in a transaction, and theirs in another one that begins before ours has ended."""

    def do_theirs() -> None:
        try:
            theirs()
        finally:
            connection.close()

    other = threading.Thread(target=do_theirs)
    with transaction.atomic():
        ours()
        other.start()
        for _ in range(500):  # until the other transaction waits for this one, or is through
            time.sleep(0.01)
            if not other.is_alive() or waiting():
                break
    other.join()


@pytest.mark.django_db(transaction=True)
def test_two_transactions_that_add_claims_to_one_incident_both_count() -> None:
    incident = make_incident()

    meanwhile(lambda: store(incident, [exact(3)]), lambda: store(incident, [exact(7)]))

    assert kept(incident) == Estimate(Figures(3, 3, 7, is_open=False, claims=2), NOTHING, disputed=True)


@pytest.mark.django_db(transaction=True)
def test_claim_added_while_its_dataset_is_withheld_does_not_count() -> None:
    incident, dataset = make_incident(), make_dataset()
    store(incident, [exact(3)])

    meanwhile(
        lambda: store(incident, [exact(999, dataset=dataset)]),
        lambda: Dataset.objects.filter(pk=dataset.pk).update(redistributable=False),
    )

    assert kept(incident) == Estimate(Figures(3, 3, 3, is_open=False, claims=1), NOTHING, disputed=False)


@pytest.mark.django_db(transaction=True)
def test_citation_added_while_its_source_is_regraded_lends_the_new_grade() -> None:
    incident, source = make_incident(), make_source()
    _, second = store(incident, [toll("range", 1, 3, 9), toll("range", 1, 5, 9)])

    meanwhile(
        lambda: make_citation(claim=second, source=source),
        lambda: Source.objects.filter(pk=source.pk).update(reliability="A"),
    )

    assert kept(incident) == Estimate(Figures(1, 5, 9, is_open=False, claims=2), NOTHING, disputed=False)


# --- why ---------------------------------------------------------------------------------------------------------------

USED = {
    "best": "It leads its group of victims, and gives the best number.",
    "leads": "It leads its group of victims.",
    "bounds": "It bounds its group of victims.",
    "gives best": "It bounds its group of victims, and gives the best number.",
}


@pytest.mark.django_db
def test_explain_names_each_counting_claim_once_with_its_verdict(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    incident = make_incident()
    described = {
        "draft": exact(1, status="draft"),
        "retracted": exact(1, status="retracted", status_reason="Wrong."),
        "withheld": exact(1, dataset=make_dataset(redistributable=False)),
        "motive": responsible("a", kind="motive"),
        "denied": denial(victims="combatants", credibility="1"),
        "unknown": toll("unknown", victims="civilians", credibility="1"),
        "doubtful": toll("range", 2, 3, 4, victims="civilians", credibility="4"),
        "open": toll("at_least", 2, victims="civilians", credibility="2"),
        "likely": exact(3, victims="civilians", credibility="3"),
        "side-a": exact(5, victims="side_a"),
        "a-of-side-a": exact(4, victims="side_a", victim_actor="a"),
        "b-of-side-b": exact(6, victims="side_b", victim_actor="b"),
        "hurt": exact(9, measure="injured"),
        "hurt-too": exact(8, measure="injured", victims="unknown"),
        "lost": exact(1, measure="missing"),
    }
    names = dict(zip([claim.pk for claim in store(incident, list(described.values()))], described, strict=True))
    store(make_incident(), [exact(99)])

    with django_assert_num_queries(2):  # the verdicts; the claims with their claimants and victims
        told = explain(incident)
        _ = [(weighed.claim.claimant, weighed.claim.victim_actor) for weighed in told]

    assert [(names[it.claim.pk], it.measure, it.is_used, it.reason) for it in told] == [
        ("hurt", "injured", True, USED["best"]),
        ("hurt-too", "injured", False, REASONS["held"]),
        ("open", "killed", True, USED["leads"]),
        ("likely", "killed", True, USED["gives best"]),
        ("doubtful", "killed", True, USED["bounds"]),
        ("side-a", "killed", True, USED["best"]),
        ("b-of-side-b", "killed", True, USED["best"]),
        ("unknown", "killed", False, REASONS["no_figure"]),
        ("denied", "killed", False, REASONS["denial"]),
        ("a-of-side-a", "killed", False, REASONS["held"]),
        ("lost", "missing", True, USED["best"]),
    ]


@pytest.mark.django_db
def test_explain_lets_a_claim_lead_over_claims_that_are_set_aside() -> None:
    incident = make_incident()
    cleared, vague, likely = store(
        incident, [denial(credibility="1"), toll("unknown", credibility="1"), exact(3, credibility="4")]
    )

    assert [(it.claim, it.is_used, it.reason) for it in explain(incident)] == [
        (likely, True, USED["best"]),
        (cleared, False, REASONS["denial"]),
        (vague, False, REASONS["no_figure"]),
    ]


@pytest.mark.django_db
def test_explain_of_an_incident_without_claims_is_empty() -> None:
    assert explain(make_incident()) == []


# --- installing the triggers ------------------------------------------------------------------------------------------

FUNCTIONS = """
    SELECT proname, md5(prosrc) FROM pg_proc WHERE proname LIKE 'conflictdb\\_%' ORDER BY proname
"""
TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
COMMENT = "SELECT obj_description('conflictdb_refresh(bigint[], timestamptz)'::regprocedure, 'pg_proc')"
OTHER_RULE = "COMMENT ON FUNCTION conflictdb_refresh(bigint[], timestamptz) IS 'another rule'"


def rows(query: str) -> list[tuple[Any, ...]]:
    """Read rows by plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def falsified_incident() -> Incident:
    """Store an incident whose figures have been put wrong behind the triggers' back."""
    incident = make_incident()
    store(incident, [exact(3)])
    sql("SET LOCAL conflictdb.keeping = 'on'")
    Incident.objects.filter(pk=incident.pk).update(killed_low=1000, injured_claims=5, disputed=True)
    sql("SET LOCAL conflictdb.keeping = 'off'")
    settle()
    return incident


@pytest.mark.django_db
def test_installing_the_triggers_again_changes_nothing() -> None:
    incident = falsified_incident()
    before = rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT), kept(incident)

    assert triggers.install("default") is False
    assert (rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT), kept(incident)) == before


@pytest.mark.django_db
def test_installing_a_changed_rule_computes_all_figures_anew() -> None:
    incident = falsified_incident()
    before = rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT)
    sql(OTHER_RULE)
    sql("DROP TRIGGER conflictdb_estimates_update ON conflictdb_claim")
    sql(
        "CREATE TRIGGER conflictdb_of_old BEFORE UPDATE ON conflictdb_claim FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    )

    assert triggers.install("default") is True
    assert (rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT)) == before
    assert kept(incident) == Estimate(Figures(3, 3, 3, is_open=False, claims=1), NOTHING, disputed=False)
    assert triggers.install("default") is False
