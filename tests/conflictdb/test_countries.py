"""The country fixture against its inputs: ISO 3166, Gleditsch-Ward, and UCDP's data where that is at hand."""

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import pycountry
import pytest
import yaml
from django.core.management import call_command
from django.utils.text import slugify

from conflictdb.models import Country
from conflictdb.vocabularies import Region

ROOT = Path(__file__).resolve().parents[2]
UCDP = ROOT.parent / "shared" / "data" / "ucdp"
EVENTS = "*[gG][eE][dD]*.csv*"
needs_ucdp = pytest.mark.skipif(
    not UCDP.is_dir(), reason="UCDP's files are not part of the repository: there is no ../shared/data/ucdp beside it."
)
# UCDP's actor file writes regions as numbers (codebook of the UCDP Actor dataset, "Region").
ACTOR_REGIONS = {
    "1": Region.EUROPE,
    "2": Region.MIDDLE_EAST,
    "3": Region.ASIA,
    "4": Region.AFRICA,
    "5": Region.AMERICAS,
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def countries() -> list[Row]:
    """Read every row of the fixture, as its fields."""
    records = yaml.safe_load((ROOT / "fixtures" / "countries.yaml").read_text(encoding="utf-8"))
    assert {record["model"] for record in records} == {"conflictdb.country"}
    assert {frozenset(record) for record in records} == {frozenset({"model", "fields"})}
    return [record["fields"] for record in records]


@pytest.fixture(scope="module")
def by_gwno(countries: list[Row]) -> dict[int, Row]:
    """Index the rows that carry a Gleditsch-Ward number by it."""
    return {row["gwno"]: row for row in countries if row["gwno"] is not None}


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Text of a CSV file, plain, gzipped, or the one real file in a zip."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            (name,) = [name for name in archive.namelist() if re.fullmatch(r"(?!__MACOSX/).*\.csv", name)]
            with archive.open(name) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
                yield text
    elif path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    else:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield text


def ucdp_rows(pattern: str) -> Iterator[Row]:
    """Rows of UCDP's files whose names match, without the tag row that HDX puts under the header."""
    for path in sorted(UCDP.glob(pattern)):
        with opened(path) as text:
            yield from (row for row in csv.DictReader(text) if "#country+name" not in row.values())


def numbers(cell: str | None) -> set[int]:
    """Gleditsch-Ward numbers in a cell: one, a list with commas or semicolons, a float such as ``369.0``, or none."""
    return {int(float(part)) for part in re.split("[,;]", cell or "") if part.strip()}


def test_countries_load_and_loading_again_changes_nothing(db: None, countries: list[Row]) -> None:  # noqa: ARG001  # opens the database
    columns = list(countries[0])
    for _ in range(2):
        call_command("loaddata", "countries.yaml", verbosity=0)
        assert list(Country.objects.order_by("slug").values(*columns)) == sorted(countries, key=lambda row: row["slug"])


def test_countries_pass_the_models_own_validation(countries: list[Row]) -> None:
    for row in countries:
        Country(**row).clean_fields(exclude=["id"])


def test_countries_all_have_the_same_columns_and_one_instant(countries: list[Row]) -> None:
    columns = {field.name for field in Country._meta.concrete_fields if not field.generated} - {"id"}
    assert {frozenset(row) for row in countries} == {frozenset(columns)}
    assert {row[at] for row in countries for at in ("created_at", "updated_at")} == {datetime(2026, 11, 22, tzinfo=UTC)}


@pytest.mark.parametrize("column", ["slug", "name", "iso3", "gwno"])
def test_countries_share_no_name_and_no_code(countries: list[Row], column: str) -> None:
    counted = Counter(row[column] for row in countries if row[column] not in {"", None})
    assert [value for value, count in counted.items() if count > 1] == []


def test_countries_have_the_slug_of_their_name(countries: list[Row]) -> None:
    assert {row["name"]: row["slug"] for row in countries} == {row["name"]: slugify(row["name"]) for row in countries}


def test_countries_stand_in_order_of_name(countries: list[Row]) -> None:
    names = [row["slug"].replace("-", " ") for row in countries]
    assert names == sorted(names)


def test_present_countries_carry_every_iso_code_once_and_no_other(countries: list[Row]) -> None:
    codes = Counter(row["iso3"] for row in countries if row["iso3"] and not row["is_historical"])
    assert codes == Counter(country.alpha_3 for country in pycountry.countries)


def test_present_countries_without_an_iso_code_are_those_iso_leaves_out(countries: list[Row]) -> None:
    names = {row["name"] for row in countries if not row["iso3"] and not row["is_historical"]}
    assert names == {"Abkhazia", "Kosovo", "South Ossetia"}


def test_historical_states_carry_codes_of_iso_3166_3_only(countries: list[Row]) -> None:
    historical = {row["name"]: (row["iso3"], row["gwno"]) for row in countries if row["is_historical"]}
    assert historical == {
        "Czechoslovakia": ("CSK", 315),
        "East Germany": ("DDR", 265),
        "Hyderabad": ("", 751),
        "South Vietnam": ("", 817),
        "South Yemen": ("YMD", 680),
        "Tibet": ("", 711),
        "Yugoslavia": ("YUG", 345),
        "Zanzibar": ("", 511),
    }
    codes = {code for code, _ in historical.values() if code}
    assert codes <= {country.alpha_3 for country in pycountry.historic_countries}


@pytest.mark.parametrize(
    ("slug", "iso3", "gwno", "region"),
    [
        ("abkhazia", "", 396, "europe"),
        ("afghanistan", "AFG", 700, "asia"),
        ("azerbaijan", "AZE", 373, "europe"),
        ("cyprus", "CYP", 352, "europe"),
        ("dr-congo", "COD", 490, "africa"),
        ("egypt", "EGY", 651, "middle_east"),
        ("germany", "DEU", 260, "europe"),
        ("iran", "IRN", 630, "middle_east"),
        ("iraq", "IRQ", 645, "middle_east"),
        ("israel", "ISR", 666, "middle_east"),
        ("ivory-coast", "CIV", 437, "africa"),
        ("kazakhstan", "KAZ", 705, "asia"),
        ("kosovo", "", 347, "europe"),
        ("myanmar", "MMR", 775, "asia"),
        ("north-korea", "PRK", 731, "asia"),
        ("palestine", "PSE", None, "middle_east"),
        ("papua-new-guinea", "PNG", 910, "asia"),
        ("republic-of-the-congo", "COG", 484, "africa"),
        ("russia", "RUS", 365, "europe"),
        ("serbia", "SRB", 340, "europe"),
        ("south-korea", "KOR", 732, "asia"),
        ("south-ossetia", "", 397, "europe"),
        ("sudan", "SDN", 625, "africa"),
        ("syria", "SYR", 652, "middle_east"),
        ("turkey", "TUR", 640, "middle_east"),
        ("united-states", "USA", 2, "americas"),
        ("vietnam", "VNM", 816, "asia"),
        ("yemen", "YEM", 678, "middle_east"),
    ],
)
def test_country_carries_its_known_codes(
    countries: list[Row], slug: str, iso3: str, gwno: int | None, region: str
) -> None:
    (row,) = [row for row in countries if row["slug"] == slug]
    assert (row["iso3"], row["gwno"], row["region"]) == (iso3, gwno, region)


@needs_ucdp
def test_every_country_of_an_ucdp_event_resolves_to_a_row_in_its_region(by_gwno: dict[int, Row]) -> None:
    labels = {region.value: region.term.crosswalk["ucdp"] for region in Region}
    named = {
        (number, row["country"], row["region"]) for row in ucdp_rows(EVENTS) for number in numbers(row["country_id"])
    }
    assert len(named) > 50, "The files were not read: they name more countries than that."
    assert [name for name in sorted(named) if name[0] not in by_gwno] == []
    assert [name for name in sorted(named) if (name[2],) != labels[by_gwno[name[0]]["region"]]] == []


@needs_ucdp
def test_every_state_that_is_a_side_in_ucdp_resolves_to_a_row(by_gwno: dict[int, Row]) -> None:
    named = {number for row in ucdp_rows(EVENTS) for side in ("gwnoa", "gwnob") for number in numbers(row.get(side))}
    assert len(named) > 50, "The files were not read: they name more states than that."
    assert named - by_gwno.keys() == set()


@needs_ucdp
def test_every_location_of_an_ucdp_actor_resolves_to_rows_in_its_regions(by_gwno: dict[int, Row]) -> None:
    wrong = []
    for row in ucdp_rows("ucdp-actor-*.csv"):
        places = numbers(row["GWNOLoc"])
        assert places <= by_gwno.keys(), row["NameData"]
        regions = {ACTOR_REGIONS[str(code)].value for code in numbers(row["Region"])}
        if regions != {by_gwno[place]["region"] for place in places}:
            wrong.append((row["ActorId"], row["NameData"], row["GWNOLoc"], row["Region"]))
    assert wrong == []
