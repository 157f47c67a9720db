"""The closed lists as files: a row a term, with all that the JSON says of it."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client
from pyarrow import parquet

from conflictdb import vocabularies
from tests.api.exporting import cells, export, sheet, typed

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
PATHS = ["vocabularies/", "vocabularies/place-precision/", "vocabularies/region/"]


def terms(get: Get, path: str) -> list[dict[str, Any]]:
    """Read the terms off the JSON, each behind the name of its vocabulary."""
    answer = get(path)
    shown = answer.get("results", [answer])
    return [{"vocabulary": each["slug"], **term} for each in shown for term in each["terms"]]


def told(row: dict[str, Any], read: Callable[[Any], Any] = list) -> dict[str, Any]:
    """Read a row of a table as the JSON says it; ``read`` reads a cell of counterparts, where there are any."""
    found = {name: value for name, value in row.items() if not name.startswith("crosswalk.")}
    others = {name.removeprefix("crosswalk."): value for name, value in row.items() if name not in found}
    return {**found, "crosswalk": {name: read(value) for name, value in others.items() if value}}


@pytest.mark.parametrize("path", PATHS)
def test_tables_of_terms_say_what_the_json_says(client: Client, get: Get, path: str) -> None:
    expected = terms(get, path)
    assert expected
    assert [json.loads(line) for line in export(client, f"{path}?format=ndjson").splitlines()] == expected
    assert [told(row, json.loads) for row in cells(export(client, f"{path}?format=csv"))] == expected
    assert [told(row, json.loads) for row in sheet(export(client, f"{path}?format=xlsx"))] == expected
    assert [told(row) for row in typed(export(client, f"{path}?format=parquet"))] == expected


def test_all_terms_are_there_under_the_same_columns(client: Client) -> None:
    whole = export(client, "vocabularies/?format=csv").decode().splitlines()
    assert len(cells(export(client, "vocabularies/?format=csv"))) == sum(len(each) for each in vocabularies.ALL)
    assert whole[0].startswith("vocabulary,code,label,definition,crosswalk.")
    one = export(client, "vocabularies/measure/?format=csv").decode().splitlines()
    assert one[0] == whole[0]
    assert set(one) <= set(whole)


def test_file_has_a_name_and_no_revision(client: Client) -> None:
    answer: Any = client.get("/api/v1/vocabularies/measure/", headers={"accept": "text/csv"})
    assert b"".join(answer.streaming_content).startswith(b"vocabulary,code,")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="conflictdb-vocabulary-measure.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert "Conflictdb-Revision" not in answer.headers
    body = export(client, "vocabularies/?format=parquet")
    about = json.loads(parquet.read_schema(pa.BufferReader(body)).metadata[b"conflictdb"])
    assert about == {
        "query": "http://testserver/api/v1/vocabularies/?format=parquet",
        "revision": None,
        "datasets": [],
    }


@pytest.mark.parametrize("path", ["vocabularies/", "vocabularies/measure/"])
@pytest.mark.parametrize("query", ["format=geojson", "format=csv&hxl=true", "format=csv&page_size=1", "kind=x"])
def test_nothing_else_is_taken(get: Get, path: str, query: str) -> None:
    (error,) = get(f"{path}?{query}", 400)["errors"]
    assert error["parameter"] == query.rpartition("&")[2].partition("=")[0]


def test_vocabulary_that_is_not_there_is_no_file(get: Get) -> None:
    assert "Near to it: measure" in get("vocabularies/measur/?format=csv", 404)["detail"]
