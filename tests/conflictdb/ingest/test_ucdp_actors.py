"""The UCDP Actor Dataset: names, kinds and relations, in made-up rows and in the published file."""

import csv
import re
from collections import Counter
from hashlib import md5
from pathlib import Path

import pytest

from conflictdb.ingest.formats.base import Terms
from conflictdb.ingest.formats.ucdp_actors import UcdpActors
from conflictdb.ingest.records import Actor, Alias, Citation, Claim, Records, Relation, Source
from conflictdb.ingest.values import BadCell

REAL = Path(__file__).resolve().parents[3].parent / "shared/data/ucdp/ucdp-actor-221.csv"
HEADER = (
    *("ActorId", "NameData", "NameOrig", "NameOrigFull", "NameOrigFullEng", "NameChange", "NewName"),
    *("NewNameFullMotherTongue", "NewNameFullEng", "Org", "ConflictId", "DyadId", "PrimaryParty", "OSID"),
    *("OSCoalition", "OSCoalitionID", "NSID", "NSCoalition", "NSCoalitionID", "Splinter", "NamePrev", "ActorIdPrev"),
    *("SplitTemp", "NameSplitTemp", "ActorIdSplitTemp", "Alliance", "NameAlliance", "ActorIdAlliance"),
    *("JoinGroup", "GroupName", "ActorIdGroup", "Location", "GWNOLoc", "Region", "Version"),
)
FLAGS = ("NameChange", "PrimaryParty", "OSCoalition", "NSCoalition", "Splinter", "SplitTemp", "Alliance", "JoinGroup")
ROW = dict.fromkeys(HEADER, "") | dict.fromkeys(FLAGS, "0")
ROW |= {
    "ActorId": "9001",
    "NameData": "FLF",
    "NameOrig": "FLF",
    "NameOrigFull": "n/a",
    "NameOrigFullEng": "n/a",
    "Org": "1",
    "PrimaryParty": "1",
    "Location": "Freedonia",
    "GWNOLoc": "990",
    "Region": "1",
    "Version": "22.1",
}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
UCDP = Actor(
    key="ucdp",
    slug="ucdp",
    name="Uppsala Conflict Data Program",
    kind="monitor",
    aliases=(Alias("UCDP", "acronym", "en"),),
)


def load(*rows: dict[str, str]) -> Records:
    """Turn rows into records."""
    reader, records = UcdpActors(), Records()
    for row in rows:
        reader.add(row, records)
    return records


def actor(**cells: str) -> Actor:
    """Turn a row that differs in some cells into its actor."""
    return load(ROW | cells).actors[f"ucdp-actor:{cells.get('ActorId', '9001')}"]


def relation(slug: str, kind: str, number: int, coded: str) -> Relation:
    """Write down a relation of the actor of the row."""
    claim = Claim(
        name="says",
        kind="relation",
        statement=f"UCDP codes FLF as {coded}.",
        claimant="ucdp",
        citations=(Citation(1, "ucdp-actors-22-1"),),
    )
    key = f"ucdp-actor:9001/{kind}/{number}"
    return Relation(key, slug, "ucdp-actor:9001", kind, f"ucdp-actor:{number}", (claim,))


def test_row_without_names_and_relations_is_one_actor() -> None:
    records = load(ROW)
    assert records.actors == {"ucdp-actor:9001": Actor("ucdp-actor:9001", "flf", "FLF", "rebel_group", "gw:990")}
    assert (records.relations, records.sources, records.incidents) == ([], {}, [])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({}, "rebel_group"),
        ({"PrimaryParty": "0"}, "militia"),
        ({"Org": "2"}, "militia"),
        ({"Org": "3"}, "militia"),
        ({"Org": "4", "NameData": "Government of Freedonia"}, "government"),
        ({"Org": "4", "NameData": "Government of Freedonia, Government of Sylvania"}, "government"),
        ({"NameData": "XXX990"}, "unidentified"),
        ({"NameData": "Civilians"}, "civilians"),
        ({"ActorId": "1", "NameData": "People"}, "civilians"),
        ({"NameData": "FLF, ex-FAF"}, "coalition"),
        ({"NameData": "Military faction (forces of Roe, Doe & Poe)"}, "rebel_group"),
        ({"NameData": "Junta for Democracy, Peace and Justice"}, "rebel_group"),
    ],
)
def test_kind_is_read_from_organisation_and_name(cells: dict[str, str], kind: str) -> None:
    assert actor(**cells).kind == kind


@pytest.mark.parametrize(
    ("numbers", "country"), [("990", "gw:990"), (" 990", "gw:990"), ("990, 2", None), ("", None), ("990.0", "gw:990")]
)
def test_country_is_the_only_one_named(numbers: str, country: str | None) -> None:
    assert actor(GWNOLoc=numbers).country == country


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ejército Rojo_Negro ", "ejercito-rojo-negro"),
        ("Фронт", "ucdp-actor-9001"),
        (" ".join(["faction"] * 20), "-".join(["faction"] * 12)),
    ],
)
def test_slug_is_words_of_the_name(name: str, slug: str) -> None:
    assert actor(NameData=name).slug == slug


def test_full_names_are_aliases() -> None:
    cells = {"NameOrigFull": "Frente de Libertad ", "NameOrigFullEng": "Freedonian Liberation\nFront"}
    assert actor(**cells).aliases == (
        Alias("Frente de Libertad", "alternative", ""),
        Alias("Freedonian Liberation Front", "translation", "en"),
    )


@pytest.mark.parametrize("tongue", ["n/a", "", "Freedonian Liberation Front"])
def test_english_full_name_alone_is_no_translation(tongue: str) -> None:
    cells = {"NameOrigFull": tongue, "NameOrigFullEng": "Freedonian Liberation Front"}
    assert actor(**cells).aliases == (Alias("Freedonian Liberation Front", "alternative", "en"),)


def test_spellings_of_a_name_are_names_each() -> None:
    cells = {"NameOrigFull": "Народный фронт / Narodny front", "NameOrigFullEng": "People's Front"}
    assert actor(**cells).aliases == (
        Alias("Народный фронт", "alternative", ""),
        Alias("Narodny front", "alternative", ""),
        Alias("People's Front", "translation", "en"),
    )


def test_names_given_up_are_former_ones() -> None:
    aliases = actor(
        NameOrig="OFM",
        NameOrigFull="Movimiento viejo",
        NameOrigFullEng="Old Movement",
        NameChange="1",
        NewName="MFM, FLF ",
        NewNameFullMotherTongue="Movimiento medio, Frente de Libertad",
        NewNameFullEng="Middle Movement , Freedonian Liberation Front",
    ).aliases
    assert aliases == (
        Alias("Frente de Libertad", "alternative", ""),
        Alias("Freedonian Liberation Front", "translation", "en"),
        Alias("MFM", "former", ""),
        Alias("Movimiento medio", "former", ""),
        Alias("Middle Movement", "former", "en"),
        Alias("OFM", "former", ""),
        Alias("Movimiento viejo", "former", ""),
        Alias("Old Movement", "former", "en"),
    )


def test_name_taken_up_again_is_not_former() -> None:
    aliases = actor(NameOrigFullEng="Front", NameChange="1", NewName="OFM, FLF", NewNameFullEng="Old, Front").aliases
    assert aliases == (Alias("Front", "alternative", "en"), Alias("OFM", "former", ""), Alias("Old", "former", "en"))


def test_comma_in_a_name_does_not_split_it() -> None:
    one = actor(NameChange="1", NewName="FLF", NewNameFullEng="Front, of Freedom").aliases
    assert one == (Alias("Front, of Freedom", "alternative", "en"),)
    two = actor(NameChange="1", NewName="OFM, FLF", NewNameFullEng="Old, Movement, Front").aliases
    assert two == (Alias("OFM", "former", ""),)


def test_new_name_that_the_data_do_not_use_is_an_alternative() -> None:
    assert actor(NameChange="1", NewName="Front, Party").aliases == (Alias("Front, Party", "alternative", ""),)


def test_long_names_are_cut_visibly() -> None:
    long = actor(NameOrigFullEng="F" * 201, NameData="N" * 201)
    assert (long.name, long.aliases[1].name) == ("N" * 199 + "…", "F" * 199 + "…")


def test_relations_say_what_ucdp_codes() -> None:
    records = load(
        ROW
        | {"Splinter": "1", "NamePrev": "Old Front, Union", "ActorIdPrev": "9002, 9003"}
        | {"SplitTemp": "1", "NameSplitTemp": "Old Front ", "ActorIdSplitTemp": "9002"}
        | {"Alliance": "1", "NameAlliance": "Pact", "ActorIdAlliance": "9004"}
        | {"JoinGroup": "1", "GroupName": "Government of Freedonia", "ActorIdGroup": "9005"}
        | {"OSCoalition": "1", "OSCoalitionID": "9006", "NSCoalition": "1", "NSCoalitionID": "9006, 9007"}
    )
    joint = "part of the joint side 9006 in one-sided violence and as part of the joint side 9006 in non-state conflict"
    assert records.relations == [
        relation(
            "flf-splinter-of-old-front",
            "splinter_of",
            9002,
            "a splinter of Old Front and as temporarily split from Old Front",
        ),
        relation("flf-splinter-of-union", "splinter_of", 9003, "a splinter of Union"),
        relation("flf-part-of-pact", "part_of", 9004, "part of the alliance Pact"),
        relation(
            "flf-part-of-government-of-freedonia",
            "part_of",
            9005,
            "having joined or merged with Government of Freedonia",
        ),
        relation("flf-part-of-ucdp-actor-9006", "part_of", 9006, joint),
        relation("flf-part-of-ucdp-actor-9007", "part_of", 9007, "part of the joint side 9007 in non-state conflict"),
    ]
    assert list(records.actors.values()) == [
        Actor("ucdp-actor:9001", "flf", "FLF", "rebel_group", "gw:990"),
        UCDP,
    ]
    assert list(records.sources.values()) == [
        Source(
            slug="ucdp-actors-22-1",
            kind="dataset",
            title="UCDP Actor Dataset 22.1",
            publisher="ucdp",
            url="https://ucdp.uu.se/downloads/",
        )
    ]


def test_names_that_do_not_count_leave_the_number() -> None:
    records = load(ROW | {"NameAlliance": "Front, of Freedom, Pact", "ActorIdAlliance": "9004, 9005"})
    assert [(one.slug, one.claims[0].statement) for one in records.relations] == [
        ("flf-part-of-ucdp-actor-9004", "UCDP codes FLF as part of the alliance 9004."),
        ("flf-part-of-ucdp-actor-9005", "UCDP codes FLF as part of the alliance 9005."),
    ]


def test_long_relation_slugs_are_cut_and_stay_apart() -> None:
    names = {"NameData": "a" * 90, "NameAlliance": "b" * 50}
    for number in ("9002", "9003"):
        one = load(ROW | names | {"ActorIdAlliance": number}).relations[0]
        assert one.slug == f"{'a' * 90}-{md5(one.key.encode(), usedforsecurity=False).hexdigest()[:8]}"


def test_relation_to_itself_is_left_out_and_told() -> None:
    reader, records = UcdpActors(), Records()
    assert list(reader.notes()) == ["The file dates no names and no relations."]
    reader.add(ROW | {"NamePrev": "FLF", "ActorIdPrev": "9001"}, records)
    assert records.relations == []
    assert list(reader.notes()) == [
        "The file dates no names and no relations.",
        "Relations of an actor to itself, left out: 1.",
    ]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"ActorId": ""}, "ActorId"),
        ({"ActorId": "x"}, "ActorId"),
        ({"NameData": " "}, "NameData"),
        ({"Org": "5"}, "Org"),
        ({"GWNOLoc": "Freedonia"}, "GWNOLoc"),
        ({"ActorIdPrev": "9002, Union"}, "ActorIdPrev"),
    ],
)
def test_unreadable_cell_is_refused_by_column(cells: dict[str, str], column: str) -> None:
    records = Records()
    with pytest.raises(BadCell) as caught:
        UcdpActors().add(ROW | cells, records)
    assert caught.value.column == column
    assert (records.actors, records.relations) == ({}, [])


def test_columns_are_known_in_other_spellings() -> None:
    assert UcdpActors().columns(["actor_id", "name_data", "GWNoLoc ", "Id", "Extra"]) == [
        *("ActorId", "NameData", "GWNOLoc", "Id", "Extra"),
    ]
    assert UcdpActors().columns(["id", "ORG"]) == ["ActorId", "Org"]


@pytest.mark.parametrize(
    ("name", "first", "version"),
    [
        ("anything.csv", ROW, "22.1"),
        ("ucdp-actor-231.csv", {}, "23.1"),
        ("ucdp-actor-221-csv.zip", {}, "22.1"),
        ("UCDP_Actor_25.1.csv", {}, "25.1"),
        ("actors.csv", {}, ""),
        ("actor-2021.csv", {}, ""),
    ],
)
def test_version_is_read_from_the_row_or_the_name(name: str, first: dict[str, str], version: str) -> None:
    assert UcdpActors().version_of(name, first) == version


def test_terms_are_ucdps() -> None:
    assert UcdpActors().terms("22.1") == Terms(
        title="UCDP Actor Dataset",
        publisher="Uppsala Conflict Data Program",
        licence="CC-BY-4.0",
        citation="Uppsala Conflict Data Program (UCDP), UCDP Actor Dataset 22.1, Uppsala University.",
        redistributable=True,
        url="https://ucdp.uu.se/downloads/",
        description="Every party in UCDP's datasets on organised violence: its names, its origins and its alliances.",
    )


@pytest.mark.parametrize(("version", "slug"), [("23.1", "ucdp-actors-23-1"), ("", "ucdp-actors")])
def test_release_is_remembered_where_rows_do_not_tell(version: str, slug: str) -> None:
    reader, records = UcdpActors(), Records()
    reader.terms(version)
    reader.add(ROW | {"Version": "", "ActorIdPrev": "9002"}, records)
    assert list(records.sources) == [slug]
    assert records.relations[0].claims[0].citations == (Citation(1, slug),)


def test_file_has_no_days_and_no_figures() -> None:
    assert UcdpActors().days("22.1") is None
    assert UcdpActors().figures(ROW) == (None, None, None)
    assert UcdpActors().key(ROW) == "ucdp-actor:9001"


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    """The rows of the published file."""
    if not REAL.exists():
        pytest.skip(f"{REAL.name} is not beside the checkout")
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def pairs(rows: list[dict[str, str]], *columns: str) -> set[tuple[str, str]]:
    """Pick the numbers of actors and of those whom some columns list for them, without the actors themselves."""
    found = {(row["ActorId"], each.strip()) for row in rows for column in columns for each in row[column].split(",")}
    return {(one, other) for one, other in found if other not in ("", one)}


@pytest.mark.real_data
def test_published_header_is_the_one_of_these_tests(published: list[dict[str, str]]) -> None:
    assert tuple(published[0]) == HEADER
    assert UcdpActors().columns(list(HEADER)) == list(HEADER)
    assert UcdpActors.required <= set(HEADER)


@pytest.mark.real_data
def test_published_actors_are_all_taken_in(published: list[dict[str, str]]) -> None:
    records = load(*published)
    ours = records.actors.pop("ucdp")
    assert ours == UCDP
    assert list(records.actors) == [f"ucdp-actor:{row['ActorId']}" for row in published]
    kinds = Counter(one.kind for one in records.actors.values())
    assert kinds == {"government": 163, "rebel_group": 563, "militia": 998, "coalition": 1}
    assert kinds.total() == 1_725


@pytest.mark.real_data
def test_published_relations_are_those_of_the_columns(published: list[dict[str, str]]) -> None:
    records = load(*published)
    splinters = pairs(published, "ActorIdPrev", "ActorIdSplitTemp")
    parts = pairs(published, "ActorIdAlliance", "ActorIdGroup", "OSCoalitionID", "NSCoalitionID")
    told = {
        kind: {
            (one.subject.removeprefix("ucdp-actor:"), one.object.removeprefix("ucdp-actor:"))
            for one in records.relations
            if one.kind == kind
        }
        for kind in ("splinter_of", "part_of")
    }
    assert told == {"splinter_of": splinters, "part_of": parts}
    assert (len(splinters), len(parts), len(records.relations)) == (261, 719, 980)


@pytest.mark.real_data
def test_published_records_fit_the_columns_of_the_database(published: list[dict[str, str]]) -> None:
    records = load(*published)
    for one in records.actors.values():
        names = [alias.name for alias in one.aliases]
        assert SLUG.fullmatch(one.slug)
        assert len(one.slug) <= 100
        assert 0 < len(one.name) <= 200
        assert len(names) == len(set(names))
        assert one.name not in names
        assert all(0 < len(name) <= 200 and name == name.strip() and name.lower() != "n/a" for name in names)
    slugs = [one.slug for one in records.relations]
    assert len(set(slugs)) == len(slugs)
    assert all(SLUG.fullmatch(slug) and len(slug) <= 100 for slug in slugs)
    assert len({one.key for one in records.relations}) == len(slugs)


@pytest.mark.real_data
def test_published_names_of_one_actor_are_told_apart(published: list[dict[str, str]]) -> None:
    aliases = load(*published).actors["ucdp-actor:743"].aliases
    assert aliases == (
        Alias("Fuerzas armadas revolucionarias colombianas", "alternative", ""),
        Alias("Revolutionary Armed Forces of Colombia", "translation", "en"),
        Alias("Southern Bloc", "former", ""),
    )
