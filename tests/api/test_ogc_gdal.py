"""GDAL reads incidents as a layer, as QGIS does: its own driver for OGC API Features asks a live server."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.signals import request_started

from tests import make

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("ogrinfo"), reason="needs ogrinfo (Debian: gdal-bin)"),
]
ROWS = 25  # more than two of the pages that GDAL asks for here


@pytest.fixture
def layer(live_server: Any) -> str:
    """Serve incidents, one a day; every fifth has no coordinates."""
    land = make.make_country(slug="land", iso3="LND")
    for number in range(ROWS):
        place = {"latitude": float(number), "longitude": -number / 2, "place_precision": "exact"} if number % 5 else {}
        if number % 3:
            place = {"place_precision": "country", **place, "country": land}
        day = f"2023-10-{number + 1:02}"
        incident = make.make_incident(
            slug=f"n-{number}", kind="riot" if number % 2 else "strike", started_on=day, ended_on=day,
            date_precision="day", **place,
        )  # fmt: skip
        if number > 1:
            make.make_toll(number, number, number, incident=incident)
    return f"OAPIF:{live_server.url}/api/ogc/"


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Write down what the server is asked of items."""
    queries: list[str] = []

    def note(environ: dict[str, Any], **_: Any) -> None:
        if environ["PATH_INFO"].endswith("/items"):
            queries.append(environ["QUERY_STRING"])

    request_started.connect(note)
    yield queries
    request_started.disconnect(note)


def gdal(program: str, *arguments: str) -> str:
    """Run a program of GDAL; a warning is a failure, as an error is."""
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def features(layer: str, *arguments: str) -> list[dict[str, Any]]:
    """Read what GDAL reads of the layer."""
    read = gdal("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", layer, "incidents", "-oo", "PAGE_SIZE=10", *arguments)
    return json.loads(read)["features"]  # type: ignore[no-any-return]


def test_layer_is_listed_with_its_extent_and_fields(layer: str) -> None:
    assert "1: incidents (title: Incidents)" in gdal("ogrinfo", layer)
    told = gdal("ogrinfo", "-so", layer, "incidents")
    assert "Geometry: Point" in told
    assert f"Feature Count: {ROWS}" in told
    assert "Extent: (-12.000000, 1.000000) - (-0.500000, 24.000000)" in told
    for field in ("slug: String", "kind: String", "started_on: Date", "latitude: Real", "disputed: Integer(Boolean)"):
        assert f"\n{field} " in told


def test_types_do_not_hang_on_the_first_features(layer: str) -> None:
    """Were they guessed, whole degrees would be integers, and what no feature of the first page has would be text."""
    told = gdal("ogrinfo", "-so", layer, "incidents")
    assert "\nkilled.best: Integer " in told
    assert "\nkilled.is_open: Integer(Boolean) " in told
    assert "\ncountry.iso3: String " in told
    assert "\nparticipants: String(JSON) " in told
    assert not [line for line in told.splitlines() if line.startswith(("killed: ", "country: "))]
    assert "\nlatitude: Real " in told
    assert "\ncreated_at: DateTime " in told


def test_all_features_are_read_over_several_pages(layer: str, asked: list[str]) -> None:
    read = features(layer)
    assert [feature["properties"]["slug"] for feature in read] == [f"n-{number}" for number in reversed(range(ROWS))]
    assert sum("cursor=" in query for query in asked) == 2
    for feature in read:
        number = int(feature["properties"]["slug"].removeprefix("n-"))
        point = {"type": "Point", "coordinates": [-number / 2, float(number)]}
        assert feature["geometry"] == (point if number % 5 else None)


def test_boxes_are_found_by_the_server(layer: str, asked: list[str]) -> None:
    read = features(layer, "-spat", "-5", "2", "-1", "9")
    assert {feature["properties"]["slug"] for feature in read} == {f"n-{number}" for number in (2, 3, 4, 6, 7, 8, 9)}
    boxes = [parse_qs(query)["bbox"] for query in asked if "bbox=" in query]
    assert boxes == [["-5,2,-1,9"]] * 2  # two pages: beside those 7 the 5 of no place, which GDAL leaves out again


def test_windows_of_days_are_found_by_the_server(layer: str, asked: list[str]) -> None:
    read = features(layer, "-where", "started_on >= '2023/10/05' AND started_on <= '2023/10/08'")
    assert {feature["properties"]["slug"] for feature in read} == {f"n-{number}" for number in (4, 5, 6, 7)}
    assert [parse_qs(query)["datetime"] for query in asked if "datetime=" in query] == [["2023-10-05T/2023-10-08T"]]


def test_conditions_on_properties_are_found_by_the_server(layer: str, asked: list[str]) -> None:
    assert len(features(layer, "-where", "kind = 'riot'")) == ROWS // 2
    assert "riot" in {value for query in asked for value in parse_qs(query).get("kind", [])}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('"killed.best" > 10', {*range(11, ROWS)}),
        ("\"killed.best\" > 10 AND kind = 'riot'", {*range(11, ROWS, 2)}),
        ('"killed.low" IS NULL', {0, 1}),
        ('"country.slug" = \'land\' AND "killed.high" < 6', {2, 4, 5}),
        ('"country.slug" IS NULL', {*range(0, ROWS, 3)}),
        ('"killed.is_open" = 0 AND "killed.claims" = 1', {*range(2, ROWS)}),
    ],
)
def test_nested_figures_and_names_are_columns_to_filter_by(layer: str, condition: str, expected: set[int]) -> None:
    wanted = {f"n-{number}" for number in expected}
    assert {feature["properties"]["slug"] for feature in features(layer, "-where", condition)} == wanted
    question = f'SELECT slug, "killed.best" FROM incidents WHERE {condition}'  # noqa: S608 – of our own making
    read = json.loads(gdal("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", layer, "-sql", question))
    assert {feature["properties"]["slug"] for feature in read["features"]} == wanted


def test_what_a_filter_finds_is_counted_by_the_server(layer: str, asked: list[str]) -> None:
    told = gdal("ogrinfo", "-so", layer, "incidents", "-where", "kind = 'riot'")
    assert f"Feature Count: {ROWS // 2}" in told
    assert [query for query in asked if "resultType=hits" in query] == ["resultType=hits&kind=riot"]


def test_parameters_in_the_address_hold_for_the_whole_layer(layer: str, asked: list[str]) -> None:
    assert len(features(f"{layer}?kind=riot&injured_claims=0")) == ROWS // 2
    assert asked
