"""A file says what the pages of the list say, field by field and row by row, in every format."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from api.lens import is_lensed
from api.serializers.base import fields_of
from conflictdb.models import Dataset, Incident
from tests import make
from tests.api.exporting import (
    ALL,
    RECORDS,
    as_cell,
    cells,
    export,
    flat,
    is_same_cell,
    names,
    pages,
    sheet,
    told,
    typed,
)
from tests.api.test_documents import MAKERS, ODD_ONES

pytestmark = pytest.mark.django_db


def compare(client: Client, get: Any, prefix: str, question: str) -> int:
    """Compare the files that answer a question with its pages; return the number of rows."""
    expected = pages(get, f"{prefix}/?{question}&page_size=7")
    lines = export(client, f"{prefix}/?{question}&format=ndjson").decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == expected
    rows = cells(export(client, f"{prefix}/?{question}&format=csv"))
    assert len(rows) == len(expected)
    for row, described in zip(rows, expected, strict=True):
        flattened = flat(described, described_by(prefix, question))
        assert list(row) == list(flattened)
        for name, value in flattened.items():
            assert told(row[name], value) == (value if isinstance(value, list | dict | float) else as_cell(value)), name
    compare_typed(client, prefix, question, expected)
    if RECORDS[prefix].place:
        compare_map(client, get, prefix, question, expected)
    return len(expected)


def compare_typed(client: Client, prefix: str, question: str, expected: list[dict[str, Any]]) -> None:
    """Compare the files whose cells have types with the pages."""
    table = typed(export(client, f"{prefix}/?{question}&format=parquet"))
    cells_of = sheet(export(client, f"{prefix}/?{question}&format=xlsx"))
    assert len(table) == len(cells_of) == len(expected)
    for row, line, described in zip(table, cells_of, expected, strict=True):
        flattened = flat(described, described_by(prefix, question))
        assert list(row) == list(line) == list(flattened)
        for name, value in flattened.items():
            is_text = isinstance(row[name], str) and not isinstance(value, str)  # of a list of nobody knows what
            assert (json.loads(row[name]) if is_text else row[name]) == value, name
            assert is_same_cell(line[name], value), (name, line[name], value)


def described_by(prefix: str, question: str) -> Any:
    """Give the serializer of a list in the shape that a question asks for."""
    shaping, given = RECORDS[prefix].shaping(is_detail=False), dict(parse_qsl(question))
    shape = {name: each.parse(given[name]) for name, (each, _, _) in shaping.parameters().items() if name in given}
    lens = {"is_lensed": True} if is_lensed(RECORDS[prefix], given) else {}
    return shaping.serializer(shape.get("fields"), shape.get("expand", ()), **lens)


def compare_map(client: Client, get: Any, prefix: str, question: str, expected: list[dict[str, Any]]) -> None:
    """Compare a map with the pages, and its points with the rows' own columns."""
    collection = json.loads(export(client, f"{prefix}/?{question}&format=geojson"))
    assert list(collection)[:3] == ["type", "metadata", "features"]
    shown = [flat(row, described_by(prefix, question)) for row in expected]
    assert [[*feature["properties"].items()] for feature in collection["features"]] == [[*row.items()] for row in shown]
    whole = pages(get, f"{prefix}/?{question.partition('&fields=')[0]}&page_size=7")
    points = [None if row["latitude"] is None else [row["longitude"], row["latitude"]] for row in whole]
    for feature, row, point in zip(collection["features"], whole, points, strict=True):
        assert (feature["type"], feature["id"]) == ("Feature", row["slug"])
        assert feature["geometry"] == (point and {"type": "Point", "coordinates": point})
    known = [point for point in points if point]
    corners = [pick(point[axis] for point in known) for pick in (min, max) for axis in (0, 1)] if known else None
    assert collection.get("bbox") == corners


@pytest.mark.parametrize("prefix", RECORDS)
def test_odd_records_are_exported_as_they_are_paged(client: Client, get: Any, prefix: str) -> None:
    """Every text hard to write, every number at a bound, every link filled, and every link null."""
    for make_one in MAKERS[prefix]:
        make_one()
    assert compare(client, get, prefix, ALL.get(prefix, "")) >= len(MAKERS[prefix])


@pytest.mark.parametrize("prefix", RECORDS)
def test_withheld_links_are_null_in_files_too(client: Client, get: Any, prefix: str) -> None:
    record = MAKERS[prefix][-1]()
    Dataset.objects.exclude(pk=getattr(record, "dataset_id", record.pk)).update(redistributable=False)
    compare(client, get, prefix, ALL.get(prefix, ""))


@pytest.mark.parametrize("prefix", RECORDS)
def test_each_field_alone_is_a_file(client: Client, get: Any, prefix: str) -> None:
    slug = MAKERS[prefix][-1]().slug
    for name in fields_of(RECORDS[prefix].serializer_class).schema["items"]["enum"]:
        assert compare(client, get, prefix, f"{ALL.get(prefix, '')}&slug={slug}&fields={name}") == 1


@pytest.mark.parametrize("prefix", RECORDS)
def test_each_full_record_is_in_the_files_as_in_the_pages(client: Client, get: Any, prefix: str) -> None:
    for make_one in (MAKERS[prefix][0], *ODD_ONES.get(prefix, []), MAKERS[prefix][-1]):
        make_one()
    # What is nested deeper is in files what it is in pages: part of a column of JSON.
    for path in [path for path in RECORDS[prefix].shaping(is_detail=False).paths() if "." not in path]:
        assert compare(client, get, prefix, f"{ALL.get(prefix, '')}&expand={path}") > 1


def test_zero_unknown_and_empty_are_three_cells(client: Client) -> None:
    make.make_toll(
        0,
        incident=make.make_incident(slug="none", started_on="2020-01-01", ended_on="2020-01-01", date_precision="day"),
    )
    make.make_incident(slug="unknown", status_reason="")
    body = export(client, "incidents/?format=csv&fields=slug,killed.best,status_reason,country.slug")
    assert body.decode() == 'slug,country.slug,killed.best,status_reason\nnone,,0,""\nunknown,,,""\n'


def test_lone_unknown_is_a_line_that_readers_keep(client: Client) -> None:
    make.make_incident()
    assert export(client, "incidents/?format=csv&fields=killed.best") == b'killed.best\n""\n'


def test_cells_that_look_like_formulas_stay_as_they_are(client: Client) -> None:
    make.make_incident(title="=1+1")
    assert export(client, "incidents/?format=csv&fields=title") == b"title\n=1+1\n"


def test_no_row_is_a_file_of_no_rows(client: Client) -> None:
    assert export(client, "incidents/?format=csv&fields=slug,title") == b"slug,title\n"
    assert export(client, "incidents/?format=ndjson") == b""
    collection = json.loads(export(client, "incidents/?format=geojson"))
    assert (collection["features"], "bbox" in collection) == ([], False)


@pytest.mark.parametrize("prefix", RECORDS)
def test_columns_are_the_fields_of_the_contract(client: Client, prefix: str) -> None:
    MAKERS[prefix][0]()
    header = export(client, f"{prefix}/?{ALL.get(prefix, '')}&format=csv").decode().splitlines()[0]
    assert header.split(",") == names(RECORDS[prefix].serializer_class())


def test_hashtags_follow_the_header(client: Client) -> None:
    make.make_incident(slug="one", country=make.make_country(name="Land"), place_precision="country")
    fields = "slug,started_on,country.name,participants,killed.best"
    assert export(client, f"incidents/?format=csv&hxl=true&fields={fields}").decode().splitlines() == [
        "slug,started_on,country.name,participants,killed.best",
        "#meta+id,#date+start,#country+name,,#affected+killed",
        "one,,Land,[],",
    ]


@pytest.mark.parametrize("prefix", RECORDS)
def test_hashtags_are_of_columns_that_there_are(client: Client, prefix: str) -> None:
    from api.exports import hxl  # noqa: PLC0415 – beside what it is about

    known = names(RECORDS[prefix].serializer_class())
    assert set(hxl.OWN[RECORDS[prefix].queryset.model]) <= set(known)
    lines = export(client, f"{prefix}/?format=csv&hxl=true").decode().splitlines()
    assert len(lines[1].split(",")) == len(known)


def test_values_are_quoted_and_never_read_as_sql(client: Client) -> None:
    odd = "it's 100% \\ $1 %s 'x'"
    make.make_incident(slug="odd", title=odd, admin1=odd)
    make.make_incident(slug="other")
    answer = client.get("/api/v1/incidents/", {"format": "csv", "fields": "slug", "admin1": odd})
    assert b"".join(answer) == b"slug\nodd\n"  # type: ignore[arg-type]  # a streaming response
    assert Incident.objects.count() == 2
