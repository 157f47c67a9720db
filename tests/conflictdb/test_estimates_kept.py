"""Stored figures equal the rule's for any claims, whichever way they were written, and whoever else writes."""

import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflictdb.lens import Lens
from conflictdb.models import Actor, ActorRelation, Citation, Claim, Dataset, Incident, KeptFigure, KeptLens, Source
from tests.conflictdb import keeping
from tests.conflictdb.claims import (
    DAYS,
    NOTHING,
    World,
    exact,
    kept,
    random_citations,
    random_claim,
    settle,
    sql,
    store,
    toll,
)
from tests.conflictdb.reference import Estimate, Figures, estimate, stored
from tests.conflictdb.reference_disagreements import disagreements
from tests.conflictdb.reference_disagreements import kept as kept_pairs
from tests.make import (
    make_actor,
    make_citation,
    make_dataset,
    make_incident,
    make_relation,
    make_source,
    the_dataset,
)


@pytest.mark.django_db
def test_stored_figures_equal_the_reference_for_any_claims() -> None:
    world = World(incidents=2)
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


def waiting() -> bool:
    """Whether some transaction on this database waits for another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0)"
        )
        return cursor.fetchone()[0]


COLUMNS = [field for field in Claim._meta.concrete_fields if not field.generated]
OTHER_COLUMNS = ", ".join(field.column for field in COLUMNS if field.name not in {"id", "slug"})

TOLL = {"kind": "toll", "measure": "killed", "victims": "everyone"} | exact(1, status="standing")


class _Writer:
    """Ways to write claims and what they hang on; each method named ``write_…`` is one, and picks what to write."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.choose = random.Random(seed)  # noqa: S311 - a repeatable sequence, no secret
        self.folder = folder
        self.world = World(incidents=4)
        # An earlier test may have left the sequence where these keys are: no transaction takes that back.
        newest = "(SELECT coalesce(max(id), 0) + 1 FROM conflictdb_claim)"
        sql(f"SELECT setval(pg_get_serial_sequence('conflictdb_claim', 'id'), {newest})")
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
        Citation.objects.create(claim=claim, number=next(self.keys) % 30_000 + 50, source=source)

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

    def write_source_under_another_dataset(self) -> None:
        self.write_citation()
        which = Source.objects.filter(pk=self.choose.choice(self.world.sources).pk)
        which.update(dataset=self.choose.choice(self.world.datasets))

    def about(self, **which: Any) -> None:
        """Let claims be about something besides their incident."""
        pks = [self.toll().pk, *(claim.pk for claim in self.stored(2))]
        Claim.objects.filter(pk__in=pks).update(**which)

    def write_about_an_actor_that_moves(self) -> None:
        actor = self.choose.choice(self.world.subjects)
        self.about(actor=actor)
        Actor.objects.filter(pk=actor.pk).update(dataset=self.choose.choice(self.world.datasets))

    def write_about_a_relation_that_moves(self) -> None:
        relation = self.choose.choice(self.world.relations)
        self.about(relation=relation)
        ActorRelation.objects.filter(pk=relation.pk).update(dataset=self.choose.choice(self.world.datasets))

    def write_about_a_relation_whose_ends_change(self) -> None:
        relation = self.choose.choice(self.world.relations)
        self.about(relation=relation)
        ends = self.choose.sample(list(Actor.objects.order_by("id")), 2)
        ActorRelation.objects.filter(pk=relation.pk).update(subject=ends[0], object=ends[1])

    def write_about_an_actor_before_it(self) -> None:
        key = next(self.keys)
        self.about(actor_id=key)
        make_actor(pk=key, dataset=self.choose.choice(self.world.datasets))

    def write_about_a_relation_before_it_and_its_end(self) -> None:
        key = next(self.keys)
        self.about(relation_id=key)
        relation = make_relation(pk=key, subject_id=key, object=self.world.actors[0])
        make_actor(pk=key, dataset=self.choose.choice(self.world.datasets))
        self.world.relations.append(relation)

    def write_grade(self) -> None:
        source = self.choose.choice(self.world.sources)
        source.reliability = self.choose.choice("ACEF")
        source.save()

    def write_publisher(self) -> None:
        source = self.choose.choice(self.world.sources)
        source.publisher = self.choose.choice([None, *self.world.actors])
        source.save()

    def write_claimants(self) -> None:
        Claim.objects.filter(pk__in=[claim.pk for claim in self.stored(3)]).update(claimant=self.world.actors[0])

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
    keeping.keep(*keeping.lenses_of(writer.world))
    ways = WAYS * 3
    writer.choose.shuffle(ways)

    for step, way in enumerate(ways):
        getattr(writer, way)()
        incidents = Incident.objects.order_by("id")
        expected = {incident.slug: estimate(incident) for incident in incidents}
        assert (step, way, {it.slug: stored(it) for it in incidents}) == (step, way, expected)
        pairs = {incident.slug: disagreements(incident) for incident in incidents}
        assert (step, way, {it.slug: kept_pairs(it) for it in incidents}) == (step, way, pairs)
        assert (step, way, keeping.wrong()) == (step, way, [])
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
        "conflictdb_estimates_update": 1,
        "conflictdb_filing_update": 1,
        "conflictdb_revision": 1,
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


@pytest.mark.django_db(transaction=True)
def test_citation_added_while_the_dataset_of_its_source_is_withheld_lends_no_grade() -> None:
    incident, source = make_incident(), make_source(reliability="A", dataset=make_dataset())
    _, second = store(incident, [toll("range", 1, 3, 9), toll("range", 1, 5, 9)])

    meanwhile(
        lambda: make_citation(claim=second, source=source),
        lambda: Dataset.objects.filter(pk=source.dataset_id).update(redistributable=False),
    )

    assert kept(incident) == Estimate(Figures(1, 3, 9, is_open=False, claims=2), NOTHING, disputed=False)


@pytest.mark.django_db(transaction=True)
def test_claim_added_while_its_actor_moves_under_other_terms_does_not_count() -> None:
    incident, actor, hidden = make_incident(), make_actor(), make_dataset(redistributable=False)
    store(incident, [exact(3)])

    meanwhile(
        lambda: store(incident, [exact(50, actor=actor)]),
        lambda: Actor.objects.filter(pk=actor.pk).update(dataset=hidden),
    )

    assert kept(incident) == Estimate(Figures(3, 3, 3, is_open=False, claims=1), NOTHING, disputed=False)


@pytest.mark.django_db(transaction=True)
def test_claim_added_while_a_lens_comes_to_be_kept_counts_under_it() -> None:
    incident = make_incident()
    store(incident, [exact(3, credibility="1")])

    meanwhile(lambda: store(incident, [exact(7, credibility="1")]), lambda: keeping.keep(Lens(min_credibility="2")))
    meanwhile(lambda: keeping.keep(Lens(resolve="median")), lambda: store(incident, [exact(8, credibility="1")]))

    assert KeptFigure.objects.values_list("killed_claims", flat=True).distinct().get() == 3
    assert keeping.wrong() == []


@pytest.mark.django_db
def test_a_kept_lens_comes_with_its_figures_and_goes_with_them() -> None:
    store(make_incident(), [exact(3, credibility="1"), exact(9, credibility="3")])
    make_incident()
    keeping.keep(Lens(min_credibility="2"), Lens(resolve="highest"))
    found = KeptFigure.objects.order_by("lens_id", "incident_id").values_list("killed_best", "is_spoken_of")
    assert [*found] == [(3, True), (None, False), (9, True), (None, False)]

    first, second = KeptLens.objects.order_by("pk")
    with pytest.raises(IntegrityError, match="A kept lens is not changed"), transaction.atomic():
        KeptLens.objects.filter(pk=second.pk).update(resolve="lowest")
    first.delete()
    assert {*KeptFigure.objects.values_list("lens_id", flat=True)} == {second.pk}
    sql("TRUNCATE conflictdb_keptlens")
    assert not KeptFigure.objects.exists()


@pytest.mark.django_db
def test_a_kept_lens_is_kept_once_however_it_is_said() -> None:
    one, other = make_actor(), make_actor()
    keeping.keep(Lens(according_to=[other.pk, one.pk, one.pk], resolve="range"))
    assert KeptLens.objects.get().lens == Lens(according_to=(one.pk, other.pk))
    with pytest.raises(IntegrityError, match="lens_is_kept_once"):
        keeping.keep(Lens(according_to=[one.pk, other.pk]))
