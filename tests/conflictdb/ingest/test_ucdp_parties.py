"""UCDP GED: sides, dyads and conflicts, and the older numbers that follow from the newer."""

import pytest

from conflictdb.ingest.formats.ucdp_ged import UcdpGed
from conflictdb.ingest.records import Participation, Records
from tests.conflictdb.ingest.ucdp_row import ONE_SIDED, PLACEHOLDERS, ROW, YOUNGER, load, named, read, row_with


@pytest.mark.parametrize(
    ("changes", "kind", "country"),
    [
        ({"side_a": "Civilians", "side_a_new_id": "1", "gwnoa": ""}, "civilians", None),
        ({"side_a": "XXX990", "gwnoa": ""}, "unidentified", None),
        ({"gwnoa": ""}, "government", None),
        ({"side_a": "Kingdom of Freedonia"}, "government", "gw:990"),
        ({"side_a": "Government of Freedonia, Government of Osterlich", "gwnoa": "990;991"}, "coalition", None),
        ({"side_a": "Government of Freedonia, Government of Osterlich", "gwnoa": ""}, "coalition", None),
        ({"side_a": "Mill Cartel, River Cartel", "gwnoa": ""}, "coalition", None),
        ({"side_a": "Mill Cartel", "gwnoa": ""}, "rebel_group", None),
        ({"side_a": "Mill Cartel", "gwnoa": "", "type_of_violence": "2"}, "militia", None),
        ({"side_a": "Mill Cartel", "gwnoa": "", **ONE_SIDED}, "militia", None),
    ],
)
def test_kind_of_a_side(changes: dict[str, str], kind: str, country: str | None) -> None:
    _, records = read(**changes)
    actor = records.actors[f"ucdp-actor:{changes.get('side_a_new_id', '8003')}"]
    assert (actor.kind, actor.country) == (kind, country)


def test_several_states_of_a_side_are_kept() -> None:
    incident, _ = read(gwnoa="2;200;900")
    assert incident.other_columns["gwnoa"] == "2;200;900"


def test_one_placeholder_on_both_sides_has_both_roles() -> None:
    incident, records = read(**PLACEHOLDERS, deaths_a="2")
    assert incident.participations == (
        Participation("ucdp-actor:8009", "side_a"),
        Participation("ucdp-actor:8009", "side_b"),
    )
    assert records.actors["ucdp-actor:8009"].slug == "xxx990"
    statement = "UCDP counts 2 of those killed as combatants of an unidentified party."
    assert named(incident)["killed-side-a"].statement == statement
    assert not incident.other_columns.keys() & set(YOUNGER[4:])


@pytest.mark.parametrize(
    "changes",
    [
        {**ONE_SIDED, "conflict_dset_id": "8003", "dyad_dset_id": "8003"},
        {"type_of_violence": "2", "conflict_dset_id": "8002"},
        {**PLACEHOLDERS, "type_of_violence": "2", "conflict_dset_id": "2-XXX990", "dyad_dset_id": "2-XXX990"},
        {
            **PLACEHOLDERS,
            **ONE_SIDED,
            "conflict_dset_id": "XXX990",
            "dyad_dset_id": "XXX990",
        },
    ],
)
def test_old_numbers_that_follow_from_the_new_ones_are_not_kept(changes: dict[str, str]) -> None:
    incident, _ = read(**changes)
    assert not incident.other_columns.keys() & set(YOUNGER[4:])


def test_old_numbers_that_do_not_follow_are_kept() -> None:
    incident, _ = read(side_b_dset_id="77", conflict_dset_id="")
    assert (incident.other_columns["side_b_dset_id"], incident.other_columns["conflict_dset_id"]) == ("77", "")


def test_actor_renamed_within_a_file_bears_the_first_name() -> None:
    records = load(ROW, row_with(id="900002", side_b="Front of Sylvania", dyad_name="another"))
    assert records.actors["ucdp-actor:8004"].name == "Sylvanian Front"
    assert records.incidents[1].other_columns["side_b"] == "Front of Sylvania"
    assert records.incidents[1].other_columns["dyad_name"] == "another"


def test_parties_are_remembered_from_batch_to_batch() -> None:
    reader, first, second = UcdpGed(), Records(), Records()
    reader.add(ROW, first)
    reader.add(row_with(id="900002", side_b="Front of Sylvania"), second)
    assert second.actors == first.actors
    assert second.conflicts == first.conflicts


def test_long_names_are_cut_and_kept() -> None:
    incident, records = read(side_b="Front " * 40 + "end", conflict_name="War " * 80 + "end")
    assert len(records.actors["ucdp-actor:8004"].name) == 200
    assert records.actors["ucdp-actor:8004"].slug == "-".join(["front"] * 16)
    assert len(records.conflicts["ucdp-conflict:8001"].name) == 300
    assert incident.other_columns["side_b"] == "Front " * 40 + "end"


def test_slug_without_latin_letters_falls_back_to_the_number() -> None:
    _, records = read(side_b="الجبهة", conflict_name="حرب", dyad_name="_")
    assert records.actors["ucdp-actor:8004"].slug == "ucdp-actor-8004"
    assert records.conflicts["ucdp-conflict:8001"].slug == "ucdp-conflict-8001"
    assert records.conflicts["ucdp-dyad:8002"].slug == "ucdp-dyad-8002"


def test_dyad_of_its_conflicts_name_has_a_slug_of_its_own() -> None:
    _, records = read(conflict_name="Mill Cartel - River Cartel", dyad_name="Mill Cartel - River Cartel")
    assert [conflict.slug for conflict in records.conflicts.values()] == [
        "mill-cartel-river-cartel",
        "mill-cartel-river-cartel-dyad",
    ]
