"""ACLED: incident, participants and claim of made-up rows, in the layouts that its exports have had."""

import json
from hashlib import md5
from pathlib import Path

import pytest

from conflictdb.ingest.formats.acled import Acled
from conflictdb.ingest.formats.base import Terms
from conflictdb.ingest.records import Actor, Alias, Citation, Claim, Incident, Participation, Records, Source
from conflictdb.ingest.values import BadCell
from conflictdb.vocabularies import IncidentKind

FACTS = Path(__file__).resolve().parents[3].parent / "shared/data/acled_header_and_codes.json"
ROW = {
    "event_id_cnty": "FRE1234",
    "event_date": "2021-03-14",
    "year": "2021",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "FLF: Freedonian Liberation Front",
    "assoc_actor_1": "",
    "inter1": "Rebel group",
    "actor2": "Military Forces of Freedonia (2019-)",
    "assoc_actor_2": "",
    "inter2": "State forces",
    "interaction": "State forces-Rebel group",
    "civilian_targeting": "",
    "iso": "990",
    "region": "Middle East",
    "country": "Freedonia",
    "admin1": "North",
    "admin2": "Mill",
    "admin3": "",
    "location": "Old Mill",
    "latitude": "10.2500",
    "longitude": "-20.5000",
    "geo_precision": "1",
    "source": "Freedonia Post",
    "source_scale": "National",
    "notes": "On 14 March 2021, rebels fought soldiers at the mill.",
    "fatalities": "3",
    "tags": "",
    "timestamp": "1616000000",
}
FRONT, ARMY = "acled-actor:FLF: Freedonian Liberation Front", "acled-actor:Military Forces of Freedonia (2019-)"
ACLED = Actor(
    key="acled",
    slug="acled",
    name="Armed Conflict Location & Event Data",
    kind="monitor",
    aliases=(Alias("ACLED", "acronym", "en"),),
)


def digest(text: str) -> str:
    """Make the letters that tell cut names apart."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()[:8]


POST = f"acled-source-freedonia-post-{digest('Freedonia Post')}"


def load(*rows: dict[str, str]) -> Records:
    """Turn rows into records."""
    reader, records = Acled(), Records()
    for row in rows:
        reader.add(row, records)
    return records


def incident(**cells: str) -> Incident:
    """Turn a row that differs in some cells into its incident."""
    return load(ROW | cells).incidents[0]


def kinds(*rows: dict[str, str]) -> dict[str, str]:
    """Tell the kinds of the actors that rows mention."""
    found = load(*(ROW | row for row in rows)).actors.values()
    return {one.name: one.kind for one in found if one.key.startswith("acled-actor:")}


def test_row_becomes_an_incident_with_its_sides_and_claim() -> None:
    records = load(ROW)
    assert records.incidents == [
        Incident(
            key="acled:FRE1234",
            slug="acled-fre1234",
            kind="armed_clash",
            title="Armed clash: FLF: Freedonian Liberation Front – Military Forces of Freedonia (2019-), Old Mill",
            summary="",
            started_on="2021-03-14",
            ended_on="2021-03-14",
            date_precision="day",
            country="name:Freedonia",
            admin1="North",
            admin2="Mill",
            place_name="Old Mill",
            latitude=10.25,
            longitude=-20.5,
            place_precision="exact",
            conflict=None,
            quality_note="",
            other_columns={
                "disorder_type": "Political violence",
                "event_type": "Battles",
                "sub_event_type": "Armed clash",
                "inter1": "Rebel group",
                "inter2": "State forces",
                "interaction": "State forces-Rebel group",
                "iso": "990",
                "region": "Middle East",
                "source_scale": "National",
                "notes": "On 14 March 2021, rebels fought soldiers at the mill.",
                "timestamp": "1616000000",
            },
            participations=(Participation(FRONT, "side_a"), Participation(ARMY, "side_b")),
            claims=(
                Claim(
                    name="killed-lowest-reported",
                    kind="toll",
                    statement="The lowest number of people killed that ACLED found reported is 3.",
                    claimant="acled",
                    measure="killed",
                    victims="everyone",
                    value_kind="lowest_reported",
                    low=3,
                    citations=(Citation(1, POST),),
                ),
            ),
        )
    ]
    assert records.actors == {
        FRONT: Actor(FRONT, "flf-freedonian-liberation-front", "FLF: Freedonian Liberation Front", "rebel_group"),
        ARMY: Actor(ARMY, "military-forces-of-freedonia-2019", "Military Forces of Freedonia (2019-)", "state_forces"),
        "acled": ACLED,
        "acled-source:Freedonia Post": Actor(
            "acled-source:Freedonia Post", "freedonia-post", "Freedonia Post", "media"
        ),
    }
    assert records.sources == {POST: Source(POST, "other", "Freedonia Post", "acled-source:Freedonia Post")}
    assert (records.relations, records.conflicts) == ([], {})


def test_no_fatalities_is_none_reported() -> None:
    assert incident(fatalities="0").claims == (
        Claim(
            name="killed-lowest-reported",
            kind="toll",
            statement="ACLED found nobody reported killed.",
            claimant="acled",
            measure="killed",
            victims="everyone",
            value_kind="none_reported",
            citations=(Citation(1, POST),),
        ),
    )


@pytest.mark.parametrize(
    ("given", "precision", "span"),
    [
        ("2021-03-14", "1", ("2021-03-14", "2021-03-14", "day")),
        ("14 March 2021", "1", ("2021-03-14", "2021-03-14", "day")),
        ("01 January 2021", "2", ("2020-12-29", "2021-01-04", "week")),
        ("2021-03-14", "3", ("2021-03-01", "2021-03-31", "month")),
        ("2024-02-01", "3", ("2024-02-01", "2024-02-29", "month")),
        ("2023-12-31", "3", ("2023-12-01", "2023-12-31", "month")),
    ],
)
def test_days_follow_the_precision(given: str, precision: str, span: tuple[str, str, str]) -> None:
    made = incident(event_date=given, time_precision=precision)
    assert (made.started_on, made.ended_on, made.date_precision) == span
    assert made.other_columns.get("event_date") == (given if precision == "3" else None)


@pytest.mark.parametrize(("code", "precision"), [("1", "exact"), ("2", "near"), ("3", "province"), ("3.0", "province")])
def test_place_precision_is_ours(code: str, precision: str) -> None:
    assert incident(geo_precision=code).place_precision == precision


def test_point_is_whole_or_absent() -> None:
    made = incident(latitude="", longitude=" ")
    assert (made.latitude, made.longitude) == (None, None)


@pytest.mark.parametrize(
    ("iso3", "country", "key"),
    [
        ("SYR", "Syria", "iso3:SYR"),
        ("syr", "", "iso3:SYR"),
        ("XKX", "Kosovo", "name:Kosovo"),
        ("", "Syria", "name:Syria"),
        ("", "", None),
    ],
)
def test_country_is_named_by_code_or_name(iso3: str, country: str, key: str | None) -> None:
    assert incident(iso3=iso3, country=country).country == key


@pytest.mark.parametrize(
    ("event", "sub_event", "kind"),
    [
        ("Explosions/Remote violence", "Air/drone strike", "air_or_drone_strike"),
        ("EXPLOSIONS/REMOTE VIOLENCE", "SUICIDE BOMB", "suicide_bombing"),
        ("Explosions/Remote violence", "", "strike"),
        ("Battles", "Something new", "hostilities"),
        ("Violence against civilians", "Attack", "violence_against_civilians"),
        ("Strategic developments", "Other", "other"),
    ],
)
def test_kind_is_the_finest_that_is_known(event: str, sub_event: str, kind: str) -> None:
    assert incident(event_type=event, sub_event_type=sub_event).kind == kind


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        ({"actor2": ""}, "Armed clash: FLF: Freedonian Liberation Front, Old Mill"),
        ({"actor1": "", "actor2": ""}, "Armed clash, Old Mill"),
        ({"actor1": "", "actor2": "", "location": "", "sub_event_type": ""}, "Battles"),
        ({"actor1": "A" * 400}, f"Armed clash: {'A' * 286}…"),
    ],
)
def test_title_says_what_who_and_where(cells: dict[str, str], title: str) -> None:
    assert incident(**cells).title == title


@pytest.mark.parametrize(
    ("inter", "kind"),
    [
        ("1", "state_forces"),
        ("2.0", "rebel_group"),
        ("3", "militia"),
        ("4", "militia"),
        ("5", "civilians"),
        ("6", "civilians"),
        ("7", "civilians"),
        ("8", "state_forces"),
        ("State forces", "state_forces"),
        ("Rebel group", "rebel_group"),
        ("Rebel Forces", "rebel_group"),
        ("Political militia", "militia"),
        ("Militia Groups", "militia"),
        ("Identity militia", "militia"),
        ("Communal / Identity Groups", "militia"),
        ("Rioters", "civilians"),
        ("Protesters", "civilians"),
        ("Civilians", "civilians"),
        ("External/Other forces", "state_forces"),
        ("Foreign / Others", "state_forces"),
        ("", "other"),
        ("0", "other"),
        ("0.0", "other"),
    ],
)
def test_actor_kind_is_read_from_its_code(inter: str, kind: str) -> None:
    assert kinds({"actor1": "Somebody", "inter1": inter, "actor2": ""}) == {"Somebody": kind}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Unidentified Armed Group (Freedonia)", "unidentified"),
        ("Military Forces of Sylvania (2010-)", "state_forces"),
        ("Police Forces of Sylvania (2010-)", "state_forces"),
        ("Government of Sylvania (2010-)", "government"),
        ("Civilians (Freedonia)", "civilians"),
        ("Protesters (Freedonia)", "civilians"),
        ("Rioters (Freedonia)", "civilians"),
        ("Labor Group (Freedonia)", "other"),
    ],
)
def test_kind_of_associated_actor_is_read_from_its_name(name: str, kind: str) -> None:
    assert kinds({"assoc_actor_1": name})[name] == kind


def test_unidentified_group_is_unidentified_whatever_its_code() -> None:
    name = "Unidentified Armed Group (Freedonia)"
    assert kinds({"actor1": name, "inter1": "3", "actor2": ""}) == {name: "unidentified"}


def test_first_code_of_an_actor_stands_in_the_whole_file() -> None:
    mentioned = {"actor1": "Guards", "inter1": "0", "actor2": ""}
    assert kinds(mentioned, mentioned | {"inter1": "3"}, mentioned | {"inter1": "2"}, mentioned) == {
        "Guards": "militia"
    }


def test_associated_actors_support_and_stand_once() -> None:
    records = load(ROW | {"assoc_actor_1": "Union; Guild ;Union", "assoc_actor_2": "Guild; ", "actor2": ""})
    made = records.incidents[0]
    assert made.participations == (
        Participation(FRONT, "side_a"),
        Participation("acled-actor:Union", "supporter"),
        Participation("acled-actor:Guild", "supporter"),
    )
    assert made.other_columns["assoc_actor_1"] == "Union; Guild ;Union"
    assert made.other_columns["assoc_actor_2"] == "Guild; "


def test_actor_may_stand_on_both_sides() -> None:
    assert incident(actor1="Clans", actor2="Clans").participations == (
        Participation("acled-actor:Clans", "side_a"),
        Participation("acled-actor:Clans", "side_b"),
    )


def test_long_names_are_cut_and_kept() -> None:
    name = "N" * 300
    records = load(ROW | {"actor1": name, "actor2": "", "source": name, "location": name})
    made = records.incidents[0]
    key, source = f"acled-actor:{'N' * 179}-{digest(name)}", f"acled-source:{'N' * 178}-{digest(name)}"
    assert {len(key), len(source)} == {200}
    assert records.actors[key] == Actor(key, "n" * 100, "N" * 199 + "…", "rebel_group")
    assert records.actors[source] == Actor(source, "n" * 100, "N" * 199 + "…", "media")
    assert records.sources == {
        f"acled-source-{'n' * 60}-{digest(name)}": Source(
            f"acled-source-{'n' * 60}-{digest(name)}", "other", name, source
        ),
    }
    assert made.place_name == "N" * 199 + "…"
    assert (made.other_columns["actor1"], made.other_columns["location"]) == (name, name)
    assert "source" not in made.other_columns


def test_names_without_latin_letters_have_slugs() -> None:
    records = load(ROW | {"actor1": "جبهة", "actor2": "", "source": "خبر"})
    assert records.actors["acled-actor:جبهة"].slug == f"acled-actor-{digest('جبهة')}"
    assert records.actors["acled-source:خبر"].slug == f"acled-source-{digest('خبر')}"
    assert list(records.sources) == [f"acled-source-{digest('خبر')}"]


def test_every_source_is_cited_once_in_its_order() -> None:
    records = load(ROW | {"source": "Freedonia Post; Radio One;Freedonia Post"})
    radio = f"acled-source-radio-one-{digest('Radio One')}"
    assert records.incidents[0].claims[0].citations == (Citation(1, POST), Citation(2, radio))
    assert list(records.sources) == [POST, radio]


@pytest.mark.parametrize(
    ("release", "slug", "title"),
    [
        ("", "acled-export", "ACLED export"),
        ("2024-01-05", "acled-2024-01-05", "ACLED, export of 2024-01-05"),
    ],
)
def test_row_without_a_source_cites_the_export(release: str, slug: str, title: str) -> None:
    reader, records = Acled(), Records()
    reader.terms(release)
    reader.add(ROW | {"source": " "}, records)
    assert records.incidents[0].claims[0].citations == (Citation(1, slug),)
    assert records.sources == {slug: Source(slug, "dataset", title, "acled")}


def test_columns_of_other_layouts_are_kept() -> None:
    old = {"data_id": "77", "event_id_no_cnty": "1234", "iso3": "FRE"}
    new = {"population_1km": "10", "population_best": ""}
    without = {column: text for column, text in ROW.items() if column not in {"disorder_type", "tags", "inter1"}}
    made = load(without | old | new).incidents[0]
    assert made.country == "iso3:FRE"
    kept = {column: made.other_columns.get(column) for column in (*old, *new, "disorder_type")}
    assert kept == {
        "data_id": "77",
        "event_id_no_cnty": "1234",
        "iso3": None,
        "population_1km": "10",
        "population_best": None,
        "disorder_type": None,
    }


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"event_id_cnty": " "}, "event_id_cnty"),
        ({"event_date": "14/03/2021"}, "event_date"),
        ({"event_date": "31 February 2021"}, "event_date"),
        ({"time_precision": "4"}, "time_precision"),
        ({"geo_precision": ""}, "geo_precision"),
        ({"latitude": "91"}, "latitude"),
        ({"longitude": ""}, "longitude"),
        ({"event_type": "Parades", "sub_event_type": "Brass band"}, "sub_event_type"),
        ({"inter1": "9"}, "inter1"),
        ({"inter2": "Marching bands"}, "inter2"),
        ({"fatalities": "-1"}, "fatalities"),
        ({"fatalities": ""}, "fatalities"),
    ],
)
def test_unreadable_cell_is_refused_by_column(cells: dict[str, str], column: str) -> None:
    with pytest.raises(BadCell) as caught:
        load(ROW | cells)
    assert caught.value.column == column


def test_unknown_type_is_told() -> None:
    with pytest.raises(BadCell) as caught:
        incident(event_type="Parades", sub_event_type="Brass band")
    assert str(caught.value) == (
        "sub_event_type: neither 'Brass band' nor its event type 'Parades' is a type that is known here."
    )


def test_figures_are_low_alone() -> None:
    assert [Acled().figures(ROW | {"fatalities": killed}) for killed in ("3", "0")] == [
        (3, None, None),
        (None, None, None),
    ]


def test_key_and_columns() -> None:
    assert Acled().key(ROW) == "acled:FRE1234"
    assert Acled().columns([" EVENT_ID_CNTY", "Notes"]) == ["event_id_cnty", "notes"]
    assert Acled().days("2024-01-05") is None
    assert Acled.required <= ROW.keys()


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("acled_2024-01-05.csv", "2024-01-05"),
        ("20240105-acled.csv", "2024-01-05"),
        ("2015-01-01-2023-12-31-Syria.csv", ""),
        ("2015-01-01-2015-01-01-Syria.csv", ""),
        ("acled_2024-13-05.csv", ""),
        ("Syria.csv", ""),
    ],
)
def test_version_is_the_one_day_in_the_name(name: str, version: str) -> None:
    assert Acled().version_of(name, ROW) == version
    assert Acled().order(version) == ((2024, 1, 5) if version else ())


@pytest.mark.parametrize(("version", "end"), [("2024-01-05", ", export of 2024-01-05."), ("", ".")])
def test_terms_forbid_redistribution(version: str, end: str) -> None:
    assert Acled().terms(version) == Terms(
        title="Armed Conflict Location & Event Data (ACLED)",
        publisher="Armed Conflict Location & Event Data",
        licence="https://acleddata.com/eula",
        citation=f"Armed Conflict Location & Event Data (ACLED), acleddata.com{end}",
        redistributable=False,
        url="https://acleddata.com/",
        description="Political violence, demonstrations and strategic developments, by day and place.",
    )


def test_reader_of_the_report_is_told_of_terms_and_zeros() -> None:
    assert list(Acled().notes()) == [
        "ACLED's terms forbid passing its rows on: anonymous readers see none of these records.",
        "Fatalities 0 stands for nobody as well as for not known: such events carry a claim without a figure.",
    ]


@pytest.mark.real_data
def test_every_type_of_the_codebook_has_a_kind() -> None:
    if not FACTS.exists():
        pytest.skip(f"{FACTS.name} is not beside the checkout")
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    assert list(ROW) == facts["columns_31"]
    for event, sub_events in facts["event_type"].items():
        for sub_event in sub_events:
            made = incident(event_type=event, sub_event_type=sub_event)
            assert sub_event in IncidentKind(made.kind).term.crosswalk["acled"]
    for code, label in facts["inter_codes"].items():
        older = label.partition(" (")[0]
        assert kinds({"actor1": "Somebody", "inter1": older}) == kinds({"actor1": "Somebody", "inter1": code})
