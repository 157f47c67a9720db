"""The pairs of claims that cannot both be true: a case for each reason, and exactly the reference's for any claims."""

import random
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflictdb import triggers
from conflictdb.models import Claim, Dataset, Disagreement, Incident
from tests.conflictdb.claims import (
    Fields,
    World,
    denial,
    exact,
    happened,
    random_claim,
    responsible,
    settle,
    sql,
    store,
    toll,
)
from tests.conflictdb.reference_disagreements import Pair, disagreements, kept
from tests.make import make_conflict, make_dataset, make_incident

pytestmark = pytest.mark.django_db

# what is claimed, and the pairs: which claim and which other, kind, answer, subject, measure, victims, at most, at least
CASES: list[tuple[str, list[Fields], list[tuple[Any, ...]]]] = [
    ("the same number twice", [exact(3), exact(3)], []),
    ("the lower toll comes first", [exact(9), exact(3)], [(1, 0, "toll", False, "toll", "killed", "everyone", 3, 9)]),
    ("ranges that touch", [toll("range", 3, None, 9), toll("range", 9, None, 12)], []),
    (
        "a bound lies above a range",
        [toll("at_least", 51), toll("range", 3, 5, 9)],
        [(1, 0, "toll", False, "toll", "killed", "everyone", 9, 51)],
    ),
    ("no upper bound is above nothing", [toll("at_least", 51), toll("at_least", 100)], []),
    (
        "a part is more than the whole",
        [exact(5), exact(9, victims="civilians")],
        [(0, 1, "toll", False, "toll", "killed", "civilians", 5, 9)],
    ),
    ("a part is less than the whole", [exact(9), exact(5, victims="civilians")], []),
    ("an actor's are more than all", [exact(5), exact(9, victim_actor="a")], [
        (0, 1, "toll", False, "toll", "killed", "everyone", 5, 9),
    ]),
    ("other people", [exact(5, victims="side_a"), exact(9, victims="civilians")], []),
    ("other measures", [exact(5), exact(9, measure="injured")], []),
    ("zero against some", [exact(0), exact(2)], [(0, 1, "toll", False, "toll", "killed", "everyone", 0, 2)]),
    ("none reported is no number", [toll("none_reported"), exact(2)], []),
    (
        "a denial as such",
        [denial(), exact(8, victims="combatants")],
        [(1, 0, "denial", False, "toll", "killed", "combatants")],
    ),
    ("a denial of a narrower group", [denial(victims="civilians"), exact(8)], []),
    ("a denial of a number", [exact(8, polarity="denies"), exact(8), exact(7)], [
        (1, 0, "denial", False, "toll", "killed", "everyone"),
        (2, 1, "toll", False, "toll", "killed", "everyone", 7, 8),
    ]),
    ("a denial of nobody", [denial(), exact(0)], []),
    ("about some, and none", [toll("about", best=50), denial()], [
        (0, 1, "denial", False, "toll", "killed", "everyone"),
    ]),
    ("two are held responsible", [responsible("b"), responsible("a"), responsible("b")], [
        (0, 1, "responsibility", False, "responsibility", "", ""),
        (1, 2, "responsibility", False, "responsibility", "", ""),
    ]),
    ("one is held responsible and cleared", [responsible("a", "denies"), responsible("a")], [
        (1, 0, "denial", False, "responsibility", "", ""),
    ]),
    ("another is cleared", [responsible("a", "denies"), responsible("b")], []),
    ("a link is denied", [responsible("a", kind="link"), responsible("a", "denies", "link")], [
        (0, 1, "denial", False, "link", "", ""),
    ]),
    ("two links", [responsible("a", kind="link"), responsible("b", kind="link")], []),
    ("it happened, and did not", [happened("denies", by="a"), happened(by="b"), happened(by="a")], [
        (1, 0, "denial", False, "occurrence", "", ""),
    ]),
    ("it happened, which an answer denies", [happened(), happened("denies", answers=0, answer_kind="denies")], [
        (0, 1, "denial", True, "occurrence", "", ""),
    ]),
    (
        "an answer corrects",
        [{"kind": "motive", "measure": "", "victims": ""}, exact(3, answers=0, answer_kind="corrects")],
        [(0, 1, "answer", True, "motive", "", "")],
    ),
    ("an answer confirms", [exact(3), exact(3, answers=0, answer_kind="confirms")], []),
    ("an answer and figures apart are one disagreement", [exact(9), exact(3, answers=0, answer_kind="corrects")], [
        (1, 0, "toll", True, "toll", "killed", "everyone", 3, 9),
    ]),
    ("an answer to a toll that it does not exclude", [exact(9), toll("at_least", 3, answers=0, answer_kind="denies")], [
        (0, 1, "answer", True, "toll", "killed", "everyone"),
    ]),
    ("drafts and retracted claims disagree with nobody", [
        exact(3), exact(9, status="draft"), exact(8, status="retracted", status_reason="Wrong."),
    ], []),
]  # fmt: skip


def numbered(incident: Incident, claims: list[Claim]) -> set[Pair]:
    """Read an incident's pairs, claims named by their place."""
    place = {claim.pk: number for number, claim in enumerate(claims)}
    return {replace(pair, one=place[pair.one], other=place[pair.other]) for pair in kept(incident)}


@pytest.mark.parametrize(("claims", "pairs"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_pairs_are_what_the_rule_makes_of_claims(claims: list[Fields], pairs: list[tuple[Any, ...]]) -> None:
    incident = make_incident()
    stored = store(incident, claims)
    assert numbered(incident, stored) == {Pair(*pair) for pair in pairs}
    assert Incident.objects.get(pk=incident.pk).disputed == bool(pairs)


@pytest.mark.parametrize(
    ("low", "high", "gap", "ratio"), [(3, 9, 6, 3.0), (0, 2, 2, None), (2, 2**31 - 1, 2**31 - 3, 1073741823.5)]
)
def test_gap_is_in_people_and_as_a_ratio(low: int, high: int, gap: int, ratio: float | None) -> None:
    store(make_incident(), [exact(low), exact(high)])
    (pair,) = Disagreement.objects.values_list("gap", "ratio")
    assert pair == (gap, ratio)


def test_pair_without_numbers_has_no_gap() -> None:
    store(make_incident(), [exact(3), denial()])
    assert list(Disagreement.objects.values_list("at_most", "at_least", "gap", "ratio")) == [(None,) * 4]


def test_pairs_equal_the_reference_for_any_claims_and_tell_which_incidents_are_disputed() -> None:
    world = World(incidents=2)
    incidents = list(Incident.objects.order_by("id"))

    @settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(choose=st.randoms(use_true_random=False), count=st.integers(2, 9))
    def check(choose: random.Random, count: int) -> None:
        claims: list[Claim] = []
        for number in range(count):
            incident = choose.choice(incidents)
            claims.append(random_claim(world, choose, incident.pk, 10**9 + number, claims))
        with transaction.atomic():
            Claim.objects.bulk_create(claims)
            assert [kept(incident) for incident in incidents] == [disagreements(incident) for incident in incidents]
            disputed = set(Incident.objects.filter(disputed=True).values_list("pk", flat=True))
            assert set(Disagreement.objects.values_list("incident", flat=True)) == disputed
            transaction.set_rollback(True)

    check()


def pairs_asked(incidents: list[Incident]) -> list[tuple[int, int, int]]:
    """Ask the function itself about a set of incidents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT incident_id, one_id, other_id FROM conflictdb_disagreements(%s) ORDER BY 1, 2, 3",
            [[incident.pk for incident in incidents]],
        )
        return [tuple(row) for row in cursor.fetchall()]


def test_function_takes_incidents_as_a_set() -> None:
    incidents = [make_incident() for _ in range(3)]
    for incident in incidents:
        store(incident, [exact(3), exact(9), exact(3)])
    each = [row for incident in incidents for row in pairs_asked([incident])]
    assert pairs_asked(incidents) == sorted(each) != []
    assert pairs_asked([]) == []


def test_pair_keeps_its_address_and_its_key_while_it_lasts() -> None:
    incident = make_incident()
    three, nine = store(incident, [exact(3, slug="says-three"), exact(9, slug="says-nine")])
    (before,) = Disagreement.objects.all()
    assert before.slug.startswith("says-nine-or-says-three-")
    Claim.objects.filter(pk=three.pk).update(low=20, best=20, high=20)
    (after,) = Disagreement.objects.all()
    assert (before.pk, before.slug, before.one_id, before.gap) == (after.pk, after.slug, three.pk, 6)
    assert (after.one_id, after.gap) == (nine.pk, 11)
    Claim.objects.filter(pk=three.pk).update(low=9, best=9, high=9)
    assert not Disagreement.objects.exists()


def test_long_names_make_an_address_that_is_one() -> None:
    incident = make_incident()
    store(incident, [exact(3, slug=f"a-{'b' * 46}-{'c' * 60}-1"), exact(9, slug=f"{'a-' * 59}z")])
    disagreement = Disagreement.objects.get()
    disagreement.full_clean(exclude=["started_on", "at_most", "at_least", "gap", "ratio", "measure", "victims"])
    assert len(disagreement.slug) <= 120


def test_incident_that_moves_takes_its_pairs_along() -> None:
    incident = make_incident(started_on="2021-01-01", ended_on="2021-01-01", date_precision="day")
    store(incident, [exact(3), exact(9)])
    Incident.objects.filter(pk=incident.pk).update(started_on="2020-12-31", ended_on="2020-12-31")
    assert str(Disagreement.objects.get().started_on) == "2020-12-31"
    claims = Claim.objects.filter(incident=incident)
    other = make_incident()
    claims.update(incident=other)
    (pair,) = Disagreement.objects.all()
    assert (pair.incident_id, pair.started_on) == (other.pk, None)
    other.delete()
    settle()
    assert not Disagreement.objects.exists()


def test_terms_of_a_dataset_make_and_unmake_pairs() -> None:
    incident, dataset = make_incident(), make_dataset(redistributable=False)
    store(incident, [exact(3), exact(9, dataset=dataset)])
    assert not Disagreement.objects.exists()
    Dataset.objects.filter(pk=dataset.pk).update(redistributable=True)
    assert Disagreement.objects.get().gap == 6
    Dataset.objects.filter(pk=dataset.pk).update(redistributable=False)
    assert not Disagreement.objects.exists()


def test_pairs_are_nobody_elses_to_write() -> None:
    incident = make_incident()
    store(incident, [exact(3), exact(9)])
    before = list(Disagreement.objects.values())
    for write in (
        lambda: Disagreement.objects.update(kind="answer"),
        lambda: Disagreement.objects.all().delete(),
        lambda: made_up(incident, *Claim.objects.order_by("id")).save(),
    ):
        with pytest.raises(IntegrityError, match="they are nobody's to write"), transaction.atomic():
            write()
    assert list(Disagreement.objects.values()) == before


def made_up(incident: Incident, one: Claim, other: Claim) -> Disagreement:
    """Make up a disagreement that there is not."""
    return Disagreement(
        slug="made-up", group="a:toll", incident=incident, one=one, other=other, kind="answer", subject="toll",
        is_answer=False,
    )  # fmt: skip


def test_dump_of_rows_loads_whole(tmp_path: Any) -> None:
    incident = make_incident()
    store(incident, [exact(3), exact(9)])
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "conflictdb", output=str(dump), verbosity=0)
    before = list(Disagreement.objects.values_list("slug", "gap"))
    incident.delete()
    call_command("loaddata", str(dump), verbosity=0)
    settle()
    assert list(Disagreement.objects.values_list("slug", "gap")) == before


def test_installing_a_changed_rule_finds_all_pairs_anew() -> None:
    incident, calm = make_incident(), make_incident()
    one, other = store(incident, [exact(3), exact(9)])
    sql("SET LOCAL conflictdb.keeping = 'on'")
    Disagreement.objects.update(gap=1000)
    made_up(calm, one, other).save()
    sql("SET LOCAL conflictdb.keeping = 'off'")
    settle()
    sql("COMMENT ON FUNCTION conflictdb_refresh(bigint[], timestamptz) IS 'another rule'")
    assert triggers.install("default") is True
    assert Disagreement.objects.get(incident=incident).gap == 6
    assert not kept(calm)


def test_conflict_that_is_linked_and_not() -> None:
    conflict = make_conflict()
    link = {"kind": "link", "measure": "", "victims": "", "named_conflict": conflict}
    incident = make_incident()
    stored = store(incident, [link, link | {"polarity": "denies"}, link | {"named_conflict": make_conflict()}])
    assert numbered(incident, stored) == {Pair(0, 1, "denial", False, "link", "", "")}  # noqa: FBT003 – the case's own words


def test_emptied_table_is_filled_again() -> None:
    incident = make_incident()
    store(incident, [exact(3), exact(9)])
    before = list(Disagreement.objects.values_list("slug", "gap"))
    settle()
    sql("TRUNCATE conflictdb_disagreement")
    assert list(Disagreement.objects.values_list("slug", "gap")) == before != []
