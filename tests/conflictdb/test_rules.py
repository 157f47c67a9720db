"""Every named constraint, both ways: a row that keeps it is stored, one that breaks it is refused under just that name."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from conflictdb.models import ActorAlias, Disagreement, Import, KeptFigure, KeptLens
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
    the_dataset,
)

pytestmark = pytest.mark.django_db

Fields = dict[str, Any]  # a callable value makes its record when the test runs
Case = tuple[Callable[..., models.Model], Fields, Fields]
ITSELF = 10**9
EARLY, LATE = date(2023, 10, 17), date(2024, 2, 4)
SHA = "0123456789abcdef" * 4


def make_alias(**fields: Any) -> ActorAlias:  # the model's fields, of every type
    """Store another name of an actor."""
    return ActorAlias.objects.create(**{"actor": make_actor(), "name": "Hezbollah", "kind": "alternative"} | fields)


def make_import(**fields: Any) -> Import:  # the model's fields, of every type
    """Store the running import of a file."""
    defaults = {"dataset": the_dataset(), "format": "ucdp-ged", "file_name": "ged.csv", "sha256": SHA}
    return Import.objects.create(**defaults | fields)


def order(make: Callable[..., models.Model], *columns: str, low: Any, high: Any, **fields: Any) -> dict[str, Case]:
    """Give the cases of two columns of which the first is at most the second: equal passes, reversed does not."""
    first, second = columns
    model = type_name(make)
    return {
        f"{model}_{first}_at_most_{second}": (
            make,
            fields | {first: low, second: low},
            {first: high, second: low},
        )
    }


def type_name(make: Callable[..., models.Model]) -> str:
    """Name the model that a factory makes, as constraint names begin."""
    names = {"make_alias": "actoralias", "make_relation": "actorrelation", "make_toll": "claim"}
    return names.get(make.__name__, make.__name__.removeprefix("make_"))


ADDRESSED = (
    make_country,
    make_dataset,
    make_actor,
    make_relation,
    make_source,
    make_conflict,
    make_incident,
    make_claim,
)
RECORDS = (make_actor, make_relation, make_source, make_conflict, make_incident, make_claim)
VALUE = {"kind": "toll", "measure": "killed", "victims": "everyone"}

# Which row keeps a constraint, and what to change in it to break that constraint and no other.
CASES: dict[str, Case] = {
    **{
        f"{type_name(make)}_slug_is_lower_case_words": (make, {"slug": "us-forces-2"}, {"slug": slug} | other)
        for make, slug, other in [(make, "us--forces", {}) for make in ADDRESSED]
    },
    **{
        f"{type_name(make)}_slug_is_unique": (make, {"slug": "us-forces"}, other)
        for make, other in [
            (make_country, {"name": "Another"}),
            (make_dataset, {"series": "another"}),
            *((make, {}) for make in RECORDS),
        ]
    },
    **{
        f"{type_name(make)}_external_id_is_unique": (
            make,
            {"external_id": "ucdp-ged:1"},
            {"slug": "another", "external_id": "ucdp-ged:1"},
        )
        for make in RECORDS
    },
    **{
        f"{type_name(make)}_external_id_in_its_form": (
            make,
            {"external_id": "ucdp-ged:42 a/b"},
            {"external_id": "42"},
        )
        for make in RECORDS
    },
    # vocabularies
    **{
        f"{type_name(make)}_{column}_in_its_vocabulary": (make, fields | {column: valid}, {column: broken})
        for make, column, valid, broken, fields in [
            (make_country, "region", "europe", "oceania", {}),
            (make_actor, "kind", "media", "", {}),
            (make_alias, "kind", "acronym", "nickname", {}),
            (make_relation, "kind", "leads", "Leads", {}),
            (make_participation, "role", "side_a", "side_c", {}),
            (make_source, "kind", "article", "blog", {}),
            (make_source, "reliability", "A", "G", {}),
            (make_conflict, "kind", "non_state", "civil_war", {}),
            (make_import, "outcome", "loaded", "lost", {"finished_at": datetime(2999, 1, 1, tzinfo=UTC)}),
            (make_incident, "kind", "strike", "war", {}),
            (make_incident, "weapons", ["drones", "rockets"], ["drones", "swords"], {}),
            (make_incident, "date_precision", "day", "hour", {"started_on": EARLY, "ended_on": EARLY}),
            (make_incident, "place_precision", "country", "planet", {}),
            (make_incident, "status", "published", "lost", {}),
            (make_claim, "kind", "damage", "rumour", {}),
            (make_claim, "polarity", "denies", "doubts", {}),
            (make_claim, "credibility", "1", "7", {}),
            (make_claim, "status", "standing", "lost", {}),
            (make_toll, "measure", "injured", "hungry", {"low": 3}),
            (make_toll, "victims", "side_b", "children", {"low": 3}),
            (make_toll, "value_kind", "vague", "guess", {"low": None}),
            (make_claim, "answer_kind", "denies", "doubts", {"answers": make_claim}),
        ]
    },
    # texts that are never empty, and their forms
    **{
        f"{type_name(make)}_{column}_is_filled": (make, {column: "x"}, {column: ""})
        for make, column in [
            (make_dataset, "licence"),
            (make_dataset, "citation"),
            (make_actor, "name"),
            (make_alias, "name"),
            (make_source, "title"),
            (make_conflict, "name"),
            (make_incident, "title"),
            (make_claim, "statement"),
        ]
    },
    "country_iso3_in_its_form": (make_country, {"iso3": "IRQ"}, {"iso3": "irq"}),
    "actoralias_language_in_its_form": (make_alias, {"language": "fa-Latn"}, {"language": "Persian language"}),
    "source_language_in_its_form": (make_source, {"language": "en"}, {"language": "e"}),
    "source_sha256_in_its_form": (make_source, {"sha256": SHA}, {"sha256": SHA.upper()}),
    "source_held_text_has_its_sha256": (make_source, {"text": "Words."}, {"sha256": ""}),
    "import_sha256_in_its_form": (make_import, {"sha256": SHA}, {"sha256": SHA[1:]}),
    # rows that exist once
    "country_iso3_is_unique": (make_country, {"iso3": "IRQ"}, {"slug": "another", "name": "Another"}),
    "dataset_withdrawn_is_not_redistributable": (make_dataset, {}, {"withdrawn_at": datetime(2024, 1, 1, tzinfo=UTC)}),
    "dataset_series_and_version_are_unique": (
        make_dataset,
        {"series": "ucdp-ged", "version": "25.1"},
        {"slug": "another"},
    ),
    "actoralias_name_is_unique_for_its_actor": (make_alias, {}, {"kind": "former"}),
    "participation_is_unique": (make_participation, {}, {}),
    "citation_number_is_unique_for_its_claim": (make_citation, {"number": 2}, {}),
    # links to oneself
    "actorrelation_subject_is_not_object": (make_relation, {}, {"subject_id": ITSELF, "object_id": ITSELF}),
    "conflict_parent_is_not_id": (make_conflict, {"parent": make_conflict}, {"id": ITSELF, "parent_id": ITSELF}),
    "incident_parent_is_not_id": (make_incident, {"parent": make_incident}, {"id": ITSELF, "parent_id": ITSELF}),
    "claim_superseded_by_is_not_id": (
        make_claim,
        {"status": "superseded", "superseded_by": make_claim},
        {"id": ITSELF, "superseded_by_id": ITSELF},
    ),
    "claim_answers_is_not_id": (
        make_claim,
        {"answers": make_claim, "answer_kind": "confirms"},
        {"id": ITSELF, "answers_id": ITSELF},
    ),
    # columns in order
    **order(make_actor, "active_from", "active_to", low=EARLY, high=LATE),
    **order(make_relation, "started_on", "ended_on", low=EARLY, high=LATE),
    **order(make_conflict, "started_on", "ended_on", low=EARLY, high=LATE),
    **order(make_incident, "started_on", "ended_on", low=EARLY, high=LATE, date_precision="month"),
    "import_started_at_at_most_finished_at": (
        make_import,
        {"outcome": "loaded", "finished_at": datetime(2999, 1, 1, tzinfo=UTC)},
        {"finished_at": datetime(1999, 1, 1, tzinfo=UTC)},
    ),
    **{
        f"claim_{first}_at_most_{second}": (
            make_claim,
            VALUE | {"value_kind": "vague", first: 7, second: 7},
            {first: 8},
        )
        for first, second in [("low", "best"), ("best", "high"), ("low", "high")]
    },
    # citations
    "citation_start_with_end": (make_citation, {"exact": "x", "start": 0, "end": 1}, {"start": None}),
    "citation_start_at_most_end": (make_citation, {"exact": "x", "start": 5, "end": 5}, {"start": 6}),
    "citation_without_words_has_no_offsets": (make_citation, {"exact": "x", "prefix": "y"}, {"exact": ""}),
    # incidents
    "incident_days_unknown_exactly_without_both_bounds": (
        make_incident,
        {"date_precision": "longer", "started_on": EARLY, "ended_on": LATE},
        {"ended_on": None},
    ),
    "incident_started_on_to_ended_on_within_date_precision": (
        make_incident,
        {"date_precision": "day", "started_on": EARLY, "ended_on": EARLY},
        {"ended_on": LATE},
    ),
    "incident_latitude_with_longitude": (
        make_incident,
        {"latitude": 33.3, "longitude": 44.4, "place_precision": "exact"},
        {"longitude": None},
    ),
    "incident_latitude_within_range": (
        make_incident,
        {"latitude": -90, "longitude": 0, "place_precision": "exact"},
        {"latitude": -90.1},
    ),
    "incident_longitude_within_range": (
        make_incident,
        {"latitude": 0, "longitude": 180, "place_precision": "exact"},
        {"longitude": 180.1},
    ),
    "incident_place_known_has_a_precision": (
        make_incident,
        {"country": make_country, "place_precision": "country"},
        {"place_precision": "unknown"},
    ),
    "incident_retracted_with_a_reason": (
        make_incident,
        {"status": "retracted", "status_reason": "Made up."},
        {"status_reason": ""},
    ),
    "import_is_running_until_finished": (make_import, {"outcome": "running"}, {"outcome": "loaded"}),
    # claims
    "claim_is_about_something": (make_claim, {}, {"incident": None}),
    "claim_toll_has_measure_and_victims": (make_toll, {"low": 3}, {"victims": ""}),
    "claim_only_tolls_count_victims": (
        make_claim,
        {"kind": "damage", "victim_actor": None},
        {"victim_actor": make_actor},
    ),
    "claim_responsibility_names_an_actor": (
        make_claim,
        {"kind": "responsibility", "named_actor": make_actor},
        {"named_actor": None},
    ),
    "claim_relation_claim_has_its_relation": (
        make_claim,
        {"kind": "relation", "relation": make_relation, "actor": make_actor},
        {"relation": None},
    ),
    "claim_count_says_its_value_kind": (make_toll, {"low": None}, {"value_kind": "none"}),
    "claim_only_counts_have_a_value": (
        make_claim,
        {"kind": "damage", "value_kind": "vague"},
        {"kind": "motive"},
    ),
    "claim_exact_value_is_one_number": (make_toll, {"low": 3}, {"high": 4}),
    "claim_at_least_has_low_and_no_high": (
        make_claim,
        VALUE | {"value_kind": "at_least", "low": 51},
        {"high": 60},
    ),
    "claim_lowest_reported_is_low_alone": (
        make_claim,
        VALUE | {"value_kind": "lowest_reported", "low": 3},
        {"low": 0},
    ),
    "claim_at_most_has_high_and_no_low": (
        make_claim,
        VALUE | {"value_kind": "at_most", "low": 0, "high": 49},
        {"low": 1},
    ),
    "claim_about_has_best": (make_claim, VALUE | {"value_kind": "about", "best": 50}, {"best": None}),
    "claim_range_has_low_and_high": (
        make_claim,
        VALUE | {"value_kind": "range", "low": 3, "high": 5},
        {"high": None},
    ),
    "claim_unknown_value_has_no_number": (make_toll, {"low": None}, {"low": 0}),
    "claim_superseded_by_a_claim": (
        make_claim,
        {"status": "superseded", "superseded_by": make_claim},
        {"status": "standing"},
    ),
    "claim_retracted_with_a_reason": (
        make_claim,
        {"status": "retracted", "status_reason": "The ministry took it back."},
        {"status": "standing"},
    ),
    "claim_answer_says_what_it_does": (
        make_claim,
        {"answers": make_claim, "answer_kind": "corrects"},
        {"answer_kind": ""},
    ),
}
# Further ways to break a constraint that a row has, besides the one above.
OTHER_WAYS: list[tuple[str, Case]] = [
    *[
        (
            "incident_started_on_to_ended_on_within_date_precision",
            (
                make_incident,
                {"date_precision": precision, "started_on": EARLY, "ended_on": EARLY + timedelta(days=days)},
                {"ended_on": EARLY + timedelta(days=days + 1)},
            ),
        )
        for precision, days in (("days", 5), ("week", 6), ("month", 31), ("year", 366))
    ],
    *[
        (f"{type_name(make)}_slug_is_lower_case_words", (make, {}, {"slug": slug}))
        for make, slug in [
            (make_actor, ""),
            (make_actor, "-a"),
            (make_actor, "a-"),
            (make_actor, "A"),
            (make_actor, "a_b"),
            (make_actor, "a\n"),
            (make_actor, "ä"),
        ]
    ],
    ("actor_external_id_in_its_form", (make_actor, {}, {"external_id": ":1"})),
    ("incident_weapons_in_its_vocabulary", (make_incident, {}, {"weapons": [None]})),
    (
        "incident_latitude_within_range",
        (make_incident, {"latitude": 90, "longitude": 0, "place_precision": "exact"}, {"latitude": float("nan")}),
    ),
    (
        "incident_longitude_within_range",
        (make_incident, {"latitude": 0, "longitude": -180, "place_precision": "exact"}, {"longitude": float("-inf")}),
    ),
    ("incident_latitude_with_longitude", (make_incident, {}, {"longitude": 1, "place_precision": "exact"})),
    ("incident_days_unknown_exactly_without_both_bounds", (make_incident, {"started_on": EARLY}, {"ended_on": EARLY})),
    ("incident_days_unknown_exactly_without_both_bounds", (make_incident, {}, {"date_precision": "day"})),
    ("incident_place_known_has_a_precision", (make_incident, {}, {"latitude": 1, "longitude": 1})),
    ("incident_retracted_with_a_reason", (make_incident, {}, {"status_reason": "No reason to have one."})),
    ("claim_toll_has_measure_and_victims", (make_toll, {"low": 3}, {"measure": ""})),
    ("claim_only_tolls_count_victims", (make_claim, {}, {"measure": "killed"})),
    ("claim_only_tolls_count_victims", (make_claim, {}, {"victims": "everyone"})),
    (
        "claim_count_says_its_value_kind",
        (make_claim, {"kind": "event_count", "value_kind": "unknown"}, {"value_kind": "none"}),
    ),
    ("claim_exact_value_is_one_number", (make_toll, {"low": 3}, {"low": None, "best": None, "high": None})),
    ("claim_exact_value_is_one_number", (make_toll, {"low": 3}, {"best": None})),
    ("claim_exact_value_is_one_number", (make_toll, {"low": 3}, {"high": None})),
    ("claim_exact_value_is_one_number", (make_toll, {"low": 3}, {"best": None, "high": None})),
    ("claim_exact_value_is_one_number", (make_toll, {"low": 3}, {"low": 2})),
    ("claim_at_least_has_low_and_no_high", (make_claim, VALUE | {"value_kind": "at_least", "low": 0}, {"low": None})),
    (
        "claim_lowest_reported_is_low_alone",
        (make_claim, VALUE | {"value_kind": "lowest_reported", "low": 3}, {"best": 3}),
    ),
    ("claim_at_most_has_high_and_no_low", (make_claim, VALUE | {"value_kind": "at_most", "high": 9}, {"high": None})),
    ("claim_range_has_low_and_high", (make_claim, VALUE | {"value_kind": "range", "low": 3, "high": 5}, {"low": None})),
    ("claim_unknown_value_has_no_number", (make_claim, VALUE | {"value_kind": "none_reported"}, {"best": 0})),
    ("claim_unknown_value_has_no_number", (make_claim, {"kind": "damage"}, {"high": 0})),
    ("claim_superseded_by_a_claim", (make_claim, {}, {"status": "superseded"})),
    ("claim_retracted_with_a_reason", (make_claim, {}, {"status": "retracted"})),
    ("claim_answer_says_what_it_does", (make_claim, {}, {"answer_kind": "confirms"})),
    ("citation_start_with_end", (make_citation, {"exact": "x"}, {"end": 1, "start": None})),
    ("citation_without_words_has_no_offsets", (make_citation, {}, {"start": 0, "end": 0})),
    ("citation_without_words_has_no_offsets", (make_citation, {}, {"suffix": "x"})),
    ("import_is_running_until_finished", (make_import, {}, {"finished_at": datetime(2999, 1, 1, tzinfo=UTC)})),
]
# Rows at the edge of a constraint that must be stored.
ALLOWED: list[tuple[Callable[..., models.Model], Fields]] = [
    (make_actor, {"active_to": EARLY}),
    (make_incident, {"started_on": EARLY}),
    (make_incident, {"ended_on": EARLY}),
    (make_incident, {"place_precision": "countries"}),
    (make_source, {"language": ""}),
    (make_country, {"iso3": ""}),
    (make_citation, {}),
    (make_claim, VALUE | {"value_kind": "exact", "low": 0, "best": 0, "high": 0}),
    (make_claim, VALUE | {"value_kind": "vague"}),
    (make_claim, VALUE | {"value_kind": "vague", "low": 9, "best": 7, "high": 8, "is_out_of_order": True}),
    (make_claim, VALUE | {"value_kind": "range", "low": 9, "best": 7, "high": 8, "is_out_of_order": True}),
    (make_claim, VALUE | {"value_kind": "about", "low": 3, "best": 4, "high": 5}),
    (make_claim, {"kind": "damage", "value_kind": "exact", "low": 1, "best": 1, "high": 1}),
    (make_claim, {"actor": make_actor}),
    (make_claim, {"relation": make_relation}),
]


# Nobody but functions of ours write these; no form and no fixture holds a kept lens, and test_estimates_kept.py its rule.
APART = (Disagreement, KeptFigure, KeptLens)


def constraints() -> dict[str, models.BaseConstraint]:
    """Give every named constraint of the app."""
    return {
        constraint.name: constraint
        for model in apps.get_app_config("conflictdb").get_models()
        if model not in APART
        for constraint in model._meta.constraints
    }


def resolved(fields: Fields) -> Fields:
    """Make the records that callable values stand for; a claim's counterpart is about nothing else."""
    return {name: value() if callable(value) else value for name, value in fields.items()}


def broken_row(name: str, case: Case) -> models.Model:
    """Store the row that keeps a constraint, and give an unstored copy that breaks it."""
    make, valid, breaking = case
    stored = make(**resolved(valid))
    row = copy(stored)
    row.pk = None
    row._state = copy(stored._state)
    row._state.adding = True
    for field, value in resolved(breaking).items():
        setattr(row, field, value)
    if isinstance(constraints()[name], models.UniqueConstraint):
        assert type(stored)._base_manager.filter(pk=stored.pk).exists()
    else:
        stored.delete()
    return row


every_way = pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{number}")
        for number, (name, case) in enumerate([*CASES.items(), *OTHER_WAYS])
    ],
)


def test_every_constraint_has_a_case() -> None:
    assert sorted(CASES) == sorted(constraints())


def test_no_two_models_share_a_constraint_name() -> None:
    owners = [model for model in apps.get_app_config("conflictdb").get_models() for _ in model._meta.constraints]
    own = {each.name for model in APART for each in model._meta.constraints}

    assert len(owners) == len(constraints().keys() | own)


@every_way
def test_constraint_refuses_a_row_that_breaks_it_in_the_database(name: str, case: Case) -> None:
    row = broken_row(name, case)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        type(row)._base_manager.bulk_create([row])

    assert refused.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]  # psycopg's own error


@every_way
def test_constraint_tells_a_form_what_is_wrong(name: str, case: Case) -> None:
    row = broken_row(name, case)

    with pytest.raises(ValidationError) as refused:
        row.validate_constraints()

    assert refused.value.messages == [constraints()[name].violation_error_message]


@pytest.mark.parametrize(("make", "fields"), ALLOWED)
def test_constraints_let_a_row_at_their_edge_pass(make: Callable[..., models.Model], fields: Fields) -> None:
    row = make(**resolved(fields))

    row.validate_constraints()
    assert type(row)._base_manager.filter(pk=row.pk).exists()
