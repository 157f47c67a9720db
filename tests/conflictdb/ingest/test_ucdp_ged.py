"""UCDP GED: the incident that a row becomes, with each oddity of the published files."""

import pytest

from conflictdb.ingest.formats.ucdp_ged import UcdpGed
from conflictdb.ingest.records import Actor, Alias, Citation, Claim, Conflict, Incident, Participation, Records, Source
from conflictdb.ingest.values import BadCell, whole, wholes
from tests.conflictdb.ingest.ucdp_row import ONE_SIDED, PLACEHOLDERS, ROW, YOUNGER, digest, load, read, row_with


def test_row_becomes_an_incident_with_its_sides_claims_and_report() -> None:
    records = load(ROW)
    source = f"freedonia-post-2021-03-02-{digest('Freedonia Post', '2021-03-02', 'Seven die at the mill')[:10]}"
    told = {"kind": "toll", "claimant": "ucdp", "claimant_wording": "police", "measure": "killed"}
    cited = {"citations": (Citation(1, source),)}
    assert records.incidents == [
        Incident(
            key="ucdp-ged:900001",
            slug="ucdp-ged-900001",
            kind="state_based_violence",
            title="Government of Freedonia – Sylvanian Front, Old Mill village",
            summary="",
            started_on="2021-03-01",
            ended_on="2021-03-01",
            date_precision="day",
            country="gw:990",
            admin1="North province",
            admin2="Mill district",
            place_name="Old Mill village",
            latitude=10.25,
            longitude=-20.5,
            place_precision="exact",
            conflict="ucdp-dyad:8002",
            quality_note="",
            other_columns={"country": "Freedonia", "relid": "FRE-2021-1-8002-7", "where_description": "by the mill"},
            participations=(Participation("ucdp-actor:8003", "side_a"), Participation("ucdp-actor:8004", "side_b")),
            claims=(
                Claim(
                    name="killed-everyone",
                    statement="UCDP counts 7 people killed (7 to 9).",
                    victims="everyone",
                    value_kind="range",
                    low=7,
                    best=7,
                    high=9,
                    **told,
                    **cited,
                ),
                Claim(
                    name="killed-side-a",
                    statement="UCDP counts 1 of those killed as a combatant of Government of Freedonia.",
                    victims="side_a",
                    value_kind="about",
                    best=1,
                    **told,
                    **cited,
                ),
                Claim(
                    name="killed-side-b",
                    statement="UCDP counts 4 of those killed as combatants of Sylvanian Front.",
                    victims="side_b",
                    value_kind="about",
                    best=4,
                    **told,
                    **cited,
                ),
                Claim(
                    name="killed-civilians",
                    statement="UCDP counts 2 of those killed as civilians.",
                    victims="civilians",
                    value_kind="about",
                    best=2,
                    **told,
                    **cited,
                ),
            ),
        )
    ]
    assert records.conflicts == {
        "ucdp-conflict:8001": Conflict(
            "ucdp-conflict:8001", "freedonia-government", "Freedonia: Government", "state_based"
        ),
        "ucdp-dyad:8002": Conflict(
            "ucdp-dyad:8002",
            "government-of-freedonia-sylvanian-front",
            "Government of Freedonia - Sylvanian Front",
            "state_based",
            "ucdp-conflict:8001",
        ),
    }
    assert records.actors == {
        "ucdp-actor:8003": Actor(
            "ucdp-actor:8003", "government-of-freedonia", "Government of Freedonia", "government", "gw:990"
        ),
        "ucdp-actor:8004": Actor("ucdp-actor:8004", "sylvanian-front", "Sylvanian Front", "rebel_group"),
        "ucdp": Actor(
            "ucdp", "ucdp", "Uppsala Conflict Data Program", "monitor", aliases=(Alias("UCDP", "acronym", "en"),)
        ),
        "ucdp-office:Freedonia Post": Actor("ucdp-office:Freedonia Post", "freedonia-post", "Freedonia Post", "media"),
    }
    assert records.sources == {
        source: Source(source, "article", "Seven die at the mill", "ucdp-office:Freedonia Post", "2021-03-02")
    }
    assert records.relations == []


def test_older_layout_lacks_columns() -> None:
    old = {column: text for column, text in ROW.items() if column not in YOUNGER}
    (incident,) = load(old).incidents
    assert incident.other_columns == {"country": "Freedonia"}


def test_numbers_come_as_floats() -> None:
    numbers = ["id", "conflict_new_id", "dyad_new_id", "side_a_new_id", "side_b_new_id", "country_id", "where_prec"]
    numbers += ["date_prec", "event_clarity", "type_of_violence", "deaths_a", "deaths_b", "deaths_civilians"]
    numbers += ["deaths_unknown", "best", "low", "high"]
    records, floats = Records(), row_with(**{column: f"{ROW[column]}.0" for column in numbers})
    UcdpGed().add(floats, records)
    expected = load(ROW)
    for incident in (*records.incidents, *expected.incidents):
        incident.other_columns.clear()  # texts that are not the numbers' own are kept
    assert records.incidents == expected.incidents
    assert (records.actors, records.conflicts) == (expected.actors, expected.conflicts)


def test_unknown_columns_are_kept_and_marked_ones_ignored() -> None:
    (incident,) = load({"_release": "made up", **ROW, "iso3": "FRE", "novelty": "new"}).incidents
    assert incident.other_columns["iso3"] == "FRE"
    assert incident.other_columns["novelty"] == "new"
    assert "_release" not in incident.other_columns


@pytest.mark.parametrize("midnight", ["", " 00:00:00.000", "T00:00:00"])
def test_days_come_in_three_forms(midnight: str) -> None:
    incident, _ = read(date_start=f"2021-03-01{midnight}", date_end=f"2021-03-02{midnight}", date_prec="2")
    assert (incident.started_on, incident.ended_on, incident.date_precision) == ("2021-03-01", "2021-03-02", "days")


@pytest.mark.parametrize(
    ("code", "last", "precision"),
    [
        ("1", "2021-03-01", "day"),
        ("2", "2021-03-06", "days"),
        ("3", "2021-03-07", "week"),
        ("4", "2021-04-01", "month"),
        ("5", "2022-03-02", "year"),
    ],
)
def test_date_precision_is_the_code_where_the_days_allow_it(code: str, last: str, precision: str) -> None:
    incident, _ = read(date_prec=code, date_end=last)
    assert (incident.date_precision, incident.quality_note) == (precision, "")
    assert "date_prec" not in incident.other_columns


@pytest.mark.parametrize(
    ("code", "last", "precision"),
    [
        ("0", "2021-03-01", "days"),
        ("0", "2021-03-29", "month"),
        ("1", "2021-03-02", "days"),
        ("2", "2021-03-07", "week"),
        ("2", "2021-03-08", "month"),
        ("4", "2021-04-02", "year"),
        ("5", "2022-03-03", "longer"),
    ],
)
def test_date_precision_is_widened_where_the_code_says_nothing_or_too_much(
    code: str, last: str, precision: str
) -> None:
    incident, _ = read(date_prec=code, date_end=last)
    assert incident.date_precision == precision
    assert incident.quality_note == (
        f"date_prec '{code}' does not go with the days given; the precision is taken from them."
    )
    assert incident.other_columns["date_prec"] == code


@pytest.mark.parametrize(
    ("code", "precision"),
    [
        ("1", "exact"),
        ("2", "near"),
        ("3", "district"),
        ("4", "province"),
        ("5", "area"),
        ("6", "country"),
        ("7", "sea_or_air"),
    ],
)
def test_place_precision_is_the_code(code: str, precision: str) -> None:
    incident, _ = read(where_prec=code)
    assert incident.place_precision == precision


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("id", "#event+id"),
        ("where_prec", "8"),
        ("where_prec", ""),
        ("type_of_violence", "4"),
        ("latitude", "90.5"),
        ("longitude", "east"),
        ("date_start", "March"),
        ("date_end", "2021-02-28"),
        ("country_id", ""),
        ("best", "-1"),
        ("deaths_a", "many"),
        ("side_a", " "),
        ("side_b_new_id", ""),
        ("conflict_name", ""),
    ],
)
def test_cell_that_cannot_be_read_is_refused_and_nothing_entered(column: str, text: str) -> None:
    records = Records()
    with pytest.raises(BadCell) as refused:
        UcdpGed().add(row_with(**{column: text}), records)
    assert refused.value.column == column
    assert vars(records) == vars(Records())


def test_serbia_is_told_from_yugoslavia_by_the_day() -> None:
    before, _ = read(country_id="345", region="Europe", date_start="2006-06-05", date_end="2006-06-05", year="2006")
    after, _ = read(country_id="345", region="Europe", date_start="2006-06-06", date_end="2006-06-06", year="2006")
    assert (before.country, after.country) == ("gw:345", "gw:340")
    assert after.other_columns["country_id"] == "345"


@pytest.mark.parametrize(
    ("number", "region"),
    [("165", "Americas"), ("365", "Europe"), ("626", "Africa"), ("651", "Middle East"), ("700", "Asia")],
)
def test_region_is_kept_only_where_the_country_does_not_tell_it(number: str, region: str) -> None:
    usual, _ = read(country_id=number, region=region)
    other, _ = read(country_id=number, region="Atlantis")
    assert "region" not in usual.other_columns
    assert other.other_columns["region"] == "Atlantis"


def test_place_texts_are_kept_where_the_numbers_do_not_give_them_back() -> None:
    incident, _ = read(
        latitude="10.250000", longitude="-20.000000", geom_wkt="POINT (-20 10.2500001)", priogrid_gid="1"
    )
    assert (incident.latitude, incident.longitude) == (10.25, -20.0)
    kept = incident.other_columns
    assert {column: kept[column] for column in ("latitude", "longitude", "geom_wkt", "priogrid_gid")} == {
        "latitude": "10.250000",
        "longitude": "-20.000000",
        "geom_wkt": "POINT (-20 10.2500001)",
        "priogrid_gid": "1",
    }


def test_missing_point_and_description_are_kept_as_missing() -> None:
    incident, _ = read(geom_wkt="", where_description="")
    assert (incident.other_columns["geom_wkt"], incident.other_columns["where_description"]) == ("", "")


def test_long_place_is_cut_and_kept() -> None:
    incident, _ = read(where_coordinates="p" * 301, adm_1="q" * 201, adm_2=" Mill district")
    assert incident.place_name == "p" * 299 + "…"
    assert incident.admin1 == "q" * 199 + "…"
    assert incident.admin2 == "Mill district"
    assert (incident.other_columns["where_coordinates"], incident.other_columns["adm_1"]) == ("p" * 301, "q" * 201)
    assert len(incident.title) == 300
    assert incident.title.endswith("p…")


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"where_coordinates": ""}, "Government of Freedonia – Sylvanian Front, Mill district"),
        ({"where_coordinates": "", "adm_2": ""}, "Government of Freedonia – Sylvanian Front, North province"),
        ({"where_coordinates": "Freedonia"}, "Government of Freedonia – Sylvanian Front"),
        ({"where_coordinates": "Free"}, "Government of Freedonia – Sylvanian Front, Free"),
        (ONE_SIDED, "Government of Freedonia against civilians, Old Mill village"),
        (PLACEHOLDERS, "Unidentified parties, Old Mill village"),
        ({"side_b": "XXX990"}, "Government of Freedonia – unidentified party, Old Mill village"),
        ({"side_a": "XXX990", "gwnoa": ""}, "Unidentified party – Sylvanian Front, Old Mill village"),
    ],
)
def test_title_names_sides_and_place_once(changes: dict[str, str], title: str) -> None:
    incident, _ = read(**changes)
    assert incident.title == title


@pytest.mark.parametrize(("text", "is_kept"), [("1", False), ("0", True), ("false", True)])
def test_inactive_year_is_kept(text: str, *, is_kept: bool) -> None:
    incident, _ = read(active_year=text)
    assert ("active_year" in incident.other_columns) == is_kept


@pytest.mark.parametrize(
    "cells",
    [("0", "12", "7"), ("3.0", "12", "0004"), ("9" * 18, "1", "2"), ("1", "", "2"), ("1", "٣", "2"), ("1", "-2", "2")],
)
def test_numbers_are_read_together_as_each_alone(cells: tuple[str, ...]) -> None:
    row = dict(zip("abc", cells, strict=True))
    try:
        alone: object = [whole(row, column) for column in row]
    except BadCell as bad:
        alone = str(bad)
    try:
        together: object = wholes(row, "abc")
    except BadCell as bad:
        together = str(bad)
    assert together == alone
