"""Aggregates as files: each format says what the answer says, and what is known of files travels along."""

import io
import json
from typing import Any

import openpyxl
import pandas as pd
import pytest
from django.test import Client
from pyarrow import parquet

from api.aggregates.dimensions import DIMENSIONS
from api.exports import hxl
from tests import make
from tests.api.exporting import as_cell, cells, export, sheet, typed

pytestmark = pytest.mark.django_db
QUESTIONS = [
    "by=month,country,disputed&measures=incidents,claims,killed,injured",
    "by=actor,role&measures=killed",
    "by=year,conflict,dataset&fill=zero&include_unknown=false",
    "by=week,kind&spans=spread&ordering=-killed_best",
]


@pytest.fixture(autouse=True)
def _incidents() -> None:
    land = make.make_country(slug="land", name="Land, “with” quotes", iso3="LND")
    somewhere = {"latitude": 0.1, "longitude": 0.1}
    sydney = {"latitude": -33.75, "longitude": 150.9}
    for day, precision, point in (
        ("2020-02-20", "month", somewhere),
        ("2020-03-02", "day", sydney),
        ("2020-03-02", "day", {}),
    ):
        incident = make.make_incident(
            started_on=day, ended_on="2020-03-02", date_precision=precision, country=land, place_precision="near",
            conflict=make.make_conflict(), **point,
        )  # fmt: skip
        make.make_toll(3, 4, 6, incident=incident)
        make.make_participation(incident=incident)
    make.make_incident(country=land, place_precision="country")


def flat(row: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Flatten a row of an answer; a record that there is none of has one null."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        found |= flat(value, f"{path}{name}.") if isinstance(value, dict) else {f"{path}{name}": value}
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_files_say_what_the_answer_says(client: Client, get: Any, question: str) -> None:
    answer = get(f"aggregates/?{question}")
    lines = export(client, f"aggregates/?{question}&format=ndjson").decode().splitlines()
    assert [json.loads(line) for line in lines] == answer["results"]
    rows = cells(export(client, f"aggregates/?{question}&format=csv"))
    assert len(rows) == len(answer["results"]) > 0
    for row, expected in zip(rows, answer["results"], strict=True):
        for name, value in flat(expected).items():
            if name in row:
                assert row[name] == as_cell(value), name
            else:
                assert value is None
                assert {row[column] for column in row if column.startswith(f"{name}.")} == {""}
        assert {column.split(".")[0] for column in row} == expected.keys()


@pytest.mark.parametrize(
    ("question", "tags"),
    [
        ("by=month,country&measures=incidents", "#date+start+month,,#country+name,#country+code,,#event+num"),
        ("by=year&measures=killed", "#date+year,#affected+killed+min,#affected+killed,#affected+killed+max"),
        ("by=kind&measures=killed&compare=resolve=lowest;everyone", "#event+type,#affected+killed+min+lens_1"),
        ("by=weapon,admin1,publisher&measures=claims", ",#adm1+name,,#meta+source+publisher,,,"),
    ],
)
def test_each_column_has_a_hashtag_or_none(client: Client, question: str, tags: str) -> None:
    header, line, *rows = export(client, f"aggregates/?{question}&format=csv&hxl=true").decode().splitlines()
    assert line.startswith(tags)
    assert line.count(",") == header.count(",")
    assert [header, *rows] == export(client, f"aggregates/?{question}&format=csv").decode().splitlines()


def test_parquet_has_whole_numbers_unless_incidents_are_shared(client: Client) -> None:
    types = {}
    for spans in ("start", "spread"):
        body = export(client, f"aggregates/?by=month,country&spans={spans}&format=parquet")
        schema = parquet.read_table(io.BytesIO(body)).schema
        types[spans] = [
            str(schema.field(name).type)
            for name in ("month", "country.name", "incidents", "killed.best", "killed.is_open")
        ]
    assert types["start"] == ["date32[day]", "string", "int64", "int64", "bool"]
    assert types["spread"] == ["date32[day]", "string", "double", "double", "bool"]


def test_spreadsheet_opens(client: Client, get: Any) -> None:
    body = export(client, "aggregates/?by=year,country&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(body))["Data"]
    names, *rows = sheet.iter_rows(values_only=True)
    best = names.index("killed.best")
    assert [row[best] for row in rows] == [
        row["killed"]["best"] for row in get("aggregates/?by=year,country")["results"]
    ]


@pytest.mark.parametrize(
    "question", [*QUESTIONS, "by=priogrid", "by=kind&kind=riot", "by=year&compare=everyone;resolve=lowest"]
)
def test_totals_travel_beside_the_rows_and_not_among_them(client: Client, get: Any, question: str) -> None:
    """A sum over a column is that of the rows: what they leave out, or count twice, is told beside them."""
    answer = get(f"aggregates/?{question}")
    beside = {name: answer[name] for name in ("totals", "spanning", "left_out")}
    file: Any = client.get(f"/api/v1/aggregates/?{question}&format=csv")
    table = pd.read_csv(io.BytesIO(b"".join(file.streaming_content)))
    assert len(table) == len(answer["results"])
    if "incidents" in table:
        assert table["incidents"].sum() == pytest.approx(sum(row["incidents"] for row in answer["results"]))
    assert json.loads(file.headers["Conflictdb-Totals"]) == beside
    book = export(client, f"aggregates/?{question}&format=xlsx")
    assert len(sheet(book)) == len(answer["results"])
    told = pd.read_excel(io.BytesIO(book), sheet_name="About", index_col="What")["Value"]
    expected = flat({"totals": answer["totals"], "left_out": answer["left_out"]})
    for name, value in expected.items():
        cell = told[name]
        assert pd.isna(cell) if value is None else cell == value, name
        assert isinstance(cell, bool) == isinstance(value, bool)
    file = parquet.ParquetFile(io.BytesIO(export(client, f"aggregates/?{question}&format=parquet")))
    metadata = json.loads(file.metadata.metadata[b"conflictdb"])
    assert {name: metadata[name] for name in beside} == beside
    if "priogrid" in question:
        collection = json.loads(export(client, f"aggregates/?{question}&format=geojson"))
        assert {name: collection["metadata"][name] for name in beside} == beside


def test_rows_of_actors_add_up_to_more_than_the_totals_say(client: Client) -> None:
    incident = make.make_incident()
    for _ in range(2):
        make.make_participation(incident=incident)
    answer: Any = client.get("/api/v1/aggregates/?by=actor&include_unknown=false&format=csv")
    rows = cells(b"".join(answer.streaming_content))
    told = json.loads(answer.headers["Conflictdb-Totals"])
    assert (sum(int(row["incidents"]) for row in rows), told["totals"]["incidents"]) == (5, 5)
    assert told["left_out"] == {"unknown": 1, "spanning": 0}


def test_head_tells_totals_too(client: Client) -> None:
    whole: Any = client.get("/api/v1/aggregates/?by=kind&format=csv")
    assert b"".join(whole.streaming_content)
    head = client.head("/api/v1/aggregates/?by=kind&format=csv")
    assert head.headers["Conflictdb-Totals"] == whole.headers["Conflictdb-Totals"]
    assert "Conflictdb-Totals" not in client.head("/api/v1/incidents/?format=csv").headers


def test_hashtags_follow_the_header(client: Client) -> None:
    lines = export(client, "aggregates/?by=year,country&measures=killed&format=csv&hxl=true").decode().splitlines()
    assert lines[:2] == [
        (
            "year,country.slug,country.name,country.iso3,country.url,killed.low,killed.best,killed.high,killed.is_open,"
            "killed.with_best,killed.open,killed.unknown,killed.reported,killed.not_reported"
        ),
        "#date+year,,#country+name,#country+code,,#affected+killed+min,#affected+killed,#affected+killed+max,,,,,,",
    ]
    asked = "aggregates/?by=kind&measures=killed&compare=everyone;resolve=lowest&format=csv&hxl=true"
    names, tags, *_ = (line.split(",") for line in export(client, asked).decode().splitlines())
    assert dict(zip(names, tags, strict=True))["lens_2.killed.best"] == "#affected+killed+lens_2"
    assert len({tag for tag in tags if tag}) == len([tag for tag in tags if tag])


def test_hashtags_are_of_columns_that_there_are(client: Client) -> None:
    known = set()
    for name in DIMENSIONS:
        measures = "incidents,claims,killed,injured"
        known |= set(
            export(client, f"aggregates/?by={name}&measures={measures}&format=csv").decode().splitlines()[0].split(",")
        )
    assert set(hxl.AGGREGATED) <= known


def test_cells_are_a_map(client: Client, get: Any) -> None:
    question = "by=priogrid,country"
    collection = json.loads(export(client, f"aggregates/?{question}&format=geojson"))
    properties = [feature["properties"] for feature in collection["features"]]
    assert properties == typed(export(client, f"aggregates/?{question}&format=parquet"))
    assert [each["killed.best"] for each in properties] == [
        row["killed"]["best"] for row in get(f"aggregates/?{question}")["results"]
    ]
    shapes = {feature["properties"]["priogrid"]: feature["geometry"] for feature in collection["features"]}
    assert shapes == {
        None: None,
        # 112 rows of 720 from the south pole, 661 cells of half a degree east of 180 degrees west
        112 * 720 + 662: {
            "type": "Polygon",
            "coordinates": [[[150.5, -34], [151, -34], [151, -33.5], [150.5, -33.5], [150.5, -34]]],
        },
        180 * 720 + 361: {"type": "Polygon", "coordinates": [[[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5], [0, 0]]]},
    }
    assert collection["bbox"] == [0, -34, 151, 0.5]
    assert collection["metadata"]["datasets"][0]["dataset"] == "tests"
    empty = json.loads(export(client, "aggregates/?by=priogrid&kind=riot&format=geojson"))
    assert (empty["features"], "bbox" in empty) == ([], False)


def test_licence_query_and_revision_travel_along(client: Client) -> None:
    answer: Any = client.get("/api/v1/aggregates/?by=month&format=csv")
    assert b"".join(answer.streaming_content)
    revision = answer.headers["Conflictdb-Revision"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="conflictdb-aggregates-{revision[:13]}.csv"'
    assert '<https://spdx.org/licenses/CC-BY-4.0.html>; rel="license"' in answer.headers["Link"]
    assert "ETag" in answer.headers
    accepted: Any = client.get("/api/v1/aggregates/?by=month", headers={"accept": "text/csv"})
    assert b"".join(accepted.streaming_content).startswith(b"month,incidents,killed.low,")
    (error,) = client.get("/api/v1/aggregates/?by=month&format=csv&country=x").json()["errors"]
    assert error["parameter"] == "country"
