"""What the models promise: who may see a record, which incidents a window catches, and fixtures that come back the same."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from conflictdb.models import (
    Actor,
    ActorAlias,
    ActorRelation,
    Citation,
    Claim,
    Conflict,
    Dataset,
    Disagreement,
    Incident,
    Participation,
    Source,
)
from conflictdb.models.record import Addressed
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_country,
    make_dataset,
    make_incident,
    make_participation,
    make_relation,
    make_source,
    make_toll,
)

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 11, 22, 12, 30, 15, 250_000, tzinfo=UTC)
STATUSES: dict[type[models.Model], list[str]] = {
    Incident: ["draft", "published", "retracted"],
    Claim: ["draft", "standing", "retracted", "superseded"],
}


def status(name: str) -> dict[str, Any]:
    """Give what a record of a status needs."""
    return {"status": name, "status_reason": "Wrong." if name == "retracted" else ""}


def seen(model: type[models.Model]) -> dict[models.Model, bool]:
    """Tell of every record of a type whether ``public()`` gives it; ``is_public`` must say the same of each."""
    public = set(model.objects.public())  # type: ignore[attr-defined]  # every record's manager has it
    told = {record: record in public for record in model.objects.all()}  # type: ignore[attr-defined]
    assert {record: record.is_public for record in told} == told  # type: ignore[attr-defined]
    return told


@pytest.mark.parametrize(("model", "make"), [(Actor, make_actor), (Source, make_source), (Conflict, make_conflict)])
def test_record_is_public_where_its_dataset_may_be_passed_on(
    model: type[models.Model], make: Callable[..., models.Model]
) -> None:
    records = {make(dataset=make_dataset(redistributable=terms)): terms for terms in (True, False)}

    assert seen(model) == records


def test_dataset_is_public_where_it_may_be_passed_on() -> None:
    assert {make_dataset(redistributable=terms): terms for terms in (True, False)} == seen(Dataset)


def test_incident_is_public_unless_draft_or_withheld() -> None:
    open_, withheld = make_dataset(), make_dataset(redistributable=False)

    expected = {
        make_incident(dataset=dataset, **status(name)): dataset is open_ and name != "draft"
        for dataset, name in product((open_, withheld), STATUSES[Incident])
    }

    assert seen(Incident) == expected


def test_relation_is_public_where_its_own_and_both_actors_terms_allow_it() -> None:
    open_, withheld = make_dataset(), make_dataset(redistributable=False)

    expected = {
        make_relation(dataset=own, subject=make_actor(dataset=subject), object=make_actor(dataset=other)): {
            own,
            subject,
            other,
        }
        == {open_}
        for own, subject, other in product((open_, withheld), repeat=3)
    }

    assert seen(ActorRelation) == expected


def test_claim_is_public_unless_draft_or_withheld_or_about_something_that_is() -> None:
    open_, withheld = make_dataset(), make_dataset(redistributable=False)
    incidents = {
        None: True,
        **{
            make_incident(dataset=dataset, **status(name)): dataset is open_ and name != "draft"
            for dataset, name in product((open_, withheld), STATUSES[Incident])
        },
    }
    actors = {None: True, make_actor(dataset=open_): True, make_actor(dataset=withheld): False}
    relations = {
        None: True,
        **{
            make_relation(dataset=own, subject=make_actor(dataset=subject), object=make_actor(dataset=other)): {
                own,
                subject,
                other,
            }
            == {open_}
            for own, subject, other in product((open_, withheld), repeat=3)
        },
    }
    later = {
        incident: make_claim(**({"incident": incident} if incident else {"actor": make_actor()}))
        for incident in incidents
    }
    expected = {claim.slug: incidents[incident] for incident, claim in later.items()}
    claims = []
    for number, (own, name, incident, actor, relation) in enumerate(
        product((open_, withheld), STATUSES[Claim], incidents, actors, relations)
    ):
        is_linked_once_more = name == "superseded" and relation is not None  # each link is checked at the end: slow
        if (incident, actor, relation) != (None, None, None) and not is_linked_once_more:
            state = {"superseded_by": later[incident]} if name == "superseded" else status(name)
            fields = {"slug": f"c-{number}", "kind": "motive", "statement": "x", "status": name} | state
            claims.append(Claim(dataset=own, incident=incident, actor=actor, relation=relation, **fields))
            expected[f"c-{number}"] = all(
                (own is open_, name != "draft", incidents[incident], actors[actor], relations[relation])
            )
    Claim.objects.bulk_create(claims)

    assert {claim.slug: told for claim, told in seen_claims().items()} == expected


def seen_claims() -> dict[Claim, bool]:
    """Do as ``seen``, without a query for each link of each claim."""
    public = set(Claim.objects.public().values_list("pk", flat=True))
    told = {claim: claim.pk in public for claim in Claim.objects.for_reading()}
    assert {claim: claim.is_public for claim in told} == told
    return told


def test_claim_does_not_hide_with_those_it_only_mentions() -> None:
    withheld = make_actor(dataset=make_dataset(redistributable=False))
    claims = [
        make_claim(claimant=withheld),
        make_claim(kind="responsibility", named_actor=withheld),
        make_toll(3, victim_actor=withheld),
    ]

    assert seen(Claim) == dict.fromkeys(claims, True)


def test_participation_is_public_where_actor_and_incident_are() -> None:
    open_, withheld = make_dataset(), make_dataset(redistributable=False)

    expected = {}
    for incident_terms, name, actor_terms in product((open_, withheld), STATUSES[Incident], (open_, withheld)):
        incident = make_incident(dataset=incident_terms, **status(name))
        actor = make_actor(dataset=actor_terms)
        expected[make_participation(incident=incident, actor=actor)] = incident.is_public and actor.is_public

    assert {it: it in Participation.objects.public() for it in Participation.objects.all()} == expected
    assert expected == {it: it.incident.is_public and it.actor.is_public for it in Participation.objects.all()}


def test_citation_is_public_where_its_source_is() -> None:
    expected = {
        make_citation(source=make_source(dataset=make_dataset(redistributable=terms))): terms for terms in (True, False)
    }

    assert {it: it in Citation.objects.public() for it in Citation.objects.all()} == expected


# --- windows of days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2023, 10, 1), date(2023, 10, 9), ["unknown", "until the 20th"]),
        (date(2023, 10, 10), date(2023, 10, 10), ["from the 10th", "the 10th", "to", "unknown", "until the 20th"]),
        (date(2023, 10, 11), date(2023, 10, 19), ["from the 10th", "to", "unknown", "until the 20th"]),
        (date(2023, 10, 20), date(2023, 10, 20), ["from the 10th", "to", "unknown", "until the 20th"]),
        (date(2023, 10, 21), date(2023, 12, 31), ["from the 10th", "unknown"]),
        (date(2023, 10, 20), date(2023, 10, 10), ["from the 10th", "to", "unknown", "until the 20th"]),
    ],
)
def test_overlapping_gives_what_may_have_happened_within(start: date, end: date, expected: list[str]) -> None:
    tenth, twentieth = date(2023, 10, 10), date(2023, 10, 20)
    make_incident(title="the 10th", date_precision="day", started_on=tenth, ended_on=tenth)
    make_incident(title="to", date_precision="month", started_on=tenth, ended_on=twentieth)
    make_incident(title="from the 10th", started_on=tenth)
    make_incident(title="until the 20th", ended_on=twentieth)
    make_incident(title="unknown")

    titles = Incident.objects.overlapping(start, end).values_list("title", flat=True)

    assert sorted(titles) == expected


# --- fixtures ----------------------------------------------------------------------------------------------------------


def a_record_of_everything() -> None:
    """Store records of every type that has a natural key, with links forwards, backwards and between both ends."""
    dataset = make_dataset(slug="d", released_on=date(2024, 1, 1))
    withheld = make_dataset(slug="w", redistributable=False)
    country = make_country(iso3="IRQ", gwno=645)
    actor = make_actor(slug="z-actor", dataset=dataset, country=country, external_id="ucdp-actor:1")
    other = make_actor(slug="a-actor", description="Ein Verein – “so”", active_from=date(1979, 2, 11))
    ActorAlias.objects.create(actor=actor, name="حزب الله", kind="transliteration", language="ar")
    ActorAlias.objects.create(actor=other, name="HA", kind="acronym")
    relation = make_relation(subject=actor, object=other, started_on=date(2020, 1, 1))
    parent = make_conflict(slug="z-conflict", kind="state_based")
    dyad = make_conflict(slug="a-conflict", parent=parent)
    source = make_source(text="🛰️ 8 killed", publisher=other, retrieved_at=datetime(2024, 1, 1, 12, 30, tzinfo=UTC))
    series = make_incident(slug="z-incident", kind="hostilities")
    incident = make_incident(
        slug="a-incident",
        parent=series,
        conflict=dyad,
        country=country,
        weapons=["drones", "rockets"],
        latitude=33.3,
        longitude=44.4,
        place_precision="near",
        date_precision="day",
        started_on=date(2023, 10, 17),
        ended_on=date(2023, 10, 17),
    )
    make_participation(incident=incident, actor=actor, role="side_a")
    make_participation(incident=incident, actor=actor, role="initiator")
    new = make_toll(8, incident=incident, slug="z-claim", credibility="2", stated_on=date(2023, 10, 18))
    make_toll(7, incident=incident, slug="a-claim", status="superseded", superseded_by=new)
    make_toll(2, None, 5, incident=incident, slug="b-claim", measure="injured", victim_actor=actor, dataset=withheld)
    make_toll(6, incident=incident, slug="c-claim", answers=new, answer_kind="corrects", claimant=other)
    make_claim(relation=relation, kind="relation", slug="d-claim", status="retracted", status_reason="Wrong.")
    make_citation(claim=new, source=source, exact="8 killed")
    make_citation(claim=new, source=make_source(reliability="B"), exact="eight", prefix="some ")
    for model in apps.get_app_config("conflictdb").get_models():
        if issubclass(model, Addressed) and model is not Disagreement:  # JSON holds milliseconds only
            model._base_manager.update(created_at=MOMENT, updated_at=MOMENT)


def keyed() -> list[type[models.Model]]:
    """Give the models that fixtures name by natural keys; disagreements are the database's own, whatever fixtures say."""
    models_ = apps.get_app_config("conflictdb").get_models()
    return [model for model in models_ if hasattr(model, "natural_key") and model is not Disagreement]


def everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """Read all rows by natural key, with all columns; links by the natural key of what they point to."""
    return {
        model.__name__: {
            row.natural_key(): {
                field.name: getattr(row, field.name).natural_key()
                if field.is_relation and getattr(row, field.name)
                else getattr(row, field.name)
                for field in model._meta.concrete_fields
                if not field.primary_key
            }
            for row in model._base_manager.all()
        }
        for model in keyed()
    }


def test_every_model_that_fixtures_hold_has_a_natural_key() -> None:
    models_ = set(apps.get_app_config("conflictdb").get_models())

    made_here = {
        "Import",
        "Disagreement",
        "KeptLens",
        "KeptFigure",
    }  # of what happened or stands here: no fixture holds them
    assert {model.__name__ for model in models_ - set(keyed())} == made_here


def test_natural_key_finds_its_record() -> None:
    a_record_of_everything()

    for model in keyed():
        rows = list(model._base_manager.all())
        assert rows, model
        assert [model._default_manager.get_by_natural_key(*row.natural_key()) for row in rows] == rows  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_dumped_fixtures_load_into_identical_rows(form: str, tmp_path: Path) -> None:
    a_record_of_everything()
    file = tmp_path / f"all.{form}"
    before = everything()
    options = {"use_natural_foreign_keys": True, "use_natural_primary_keys": True, "verbosity": 0}

    call_command("dumpdata", "conflictdb", format=form, output=str(file), **options)
    assert [record for record in yaml.safe_load(file.read_text()) if "pk" in record] == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tables = ", ".join(model._meta.db_table for model in keyed())
        cursor.execute(f"TRUNCATE {tables} CASCADE")
    assert everything() == {name: {} for name in before}
    call_command("loaddata", str(file), verbosity=0)

    assert everything() == before
