"""Who disagrees with whom, as files: they say what the answer says, of all pairs, and tell where they are from."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client
from pyarrow import parquet

from api.serializers.disagreement import SpeakersSerializer
from conflictdb.models import Source
from tests import make
from tests.api.exporting import as_cell, cells, export, flat, is_same_cell, names, sheet, told, typed
from tests.five_claimants import shelling

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]


@pytest.fixture
def market() -> None:
    """Store the incident of which five claimants differ."""
    shelling()


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    "query", ["", "kind=toll", "measure=killed&gap__gte=1", "speaker=levant-wire", "gap__gte=9999"]
)
def test_files_of_the_aggregate_say_what_the_answer_says(client: Client, get: Get, query: str) -> None:
    rows = get(f"disagreements/aggregate/?{query}&limit=1000")["results"]
    asked = f"disagreements/aggregate/?{query}&format="
    assert [json.loads(line) for line in export(client, f"{asked}ndjson").splitlines()] == rows
    expected = [flat(row, SpeakersSerializer()) for row in rows]
    assert typed(export(client, f"{asked}parquet")) == expected
    found = cells(export(client, f"{asked}csv"))
    assert len(found) == len(expected)
    for cell, row in zip(found, expected, strict=True):
        assert list(cell) == list(row) == names(SpeakersSerializer())
        for name, value in row.items():
            assert told(cell[name], value) == (value if isinstance(value, list | float) else as_cell(value)), name
    for line, row in zip(sheet(export(client, f"{asked}xlsx")), expected, strict=True):
        assert all(is_same_cell(line[name], value) for name, value in row.items())


def test_speaker_that_nobody_knows_is_null_in_files(client: Client, get: Get) -> None:
    incident = make.make_incident()
    make.make_toll(1, incident=incident)
    make.make_toll(9, incident=incident, claimant=make.make_actor(slug="known"))
    Source.objects.update(publisher=None)
    assert get("disagreements/aggregate/")["results"][0]["second"] is None
    (row,) = typed(export(client, "disagreements/aggregate/?format=parquet"))
    assert (row["first.slug"], row["second.slug"], row["second.url"]) == ("known", None, None)


@pytest.mark.usefixtures("market")
def test_files_of_the_aggregate_hold_all_pairs_and_tell_where_they_are_from(client: Client, get: Get) -> None:
    for number in range(101):
        incident = make.make_incident()
        make.make_toll(1, incident=incident, claimant=make.make_actor(slug=f"one-{number}"))
        make.make_toll(9, incident=incident, claimant=make.make_actor(slug=f"other-{number}"))
    assert len(get("disagreements/aggregate/")["results"]) == 100
    assert len(cells(export(client, "disagreements/aggregate/?format=csv"))) == 107
    assert len(cells(export(client, "disagreements/aggregate/?format=csv&limit=3"))) == 3
    answer: Any = client.get("/api/v1/disagreements/aggregate/?format=parquet&measure=killed")
    about = json.loads(parquet.read_schema(pa.BufferReader(b"".join(answer.streaming_content))).metadata[b"conflictdb"])
    assert about["query"] == "http://testserver/api/v1/disagreements/aggregate/?format=parquet&measure=killed"
    assert [each["dataset"] for each in about["datasets"]] == ["tests"]
    assert about["revision"] == answer.headers["Conflictdb-Revision"]
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="conflictdb-disagreements-aggregate-{about["revision"][:13]}.parquet"'
    )
    assert '<https://spdx.org/licenses/CC-BY-4.0.html>; rel="license"' in answer.headers["Link"]
    header, tags, *_ = export(client, "disagreements/aggregate/?format=csv&hxl=true").decode().splitlines()
    assert header.startswith("first.slug,first.name,first.kind,first.url,second.slug,")
    assert tags.startswith(",#group+name+first,#group+type+first,,,#group+name+second,")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("format=geojson", "format"),
        ("format=csv&claimant=nobody", "claimant"),
        ("format=xlsx&hxl=true", "hxl"),
        ("format=csv&limit=1001", "limit"),
        ("format=csv&page_size=3", "page_size"),
    ],
)
def test_files_of_the_aggregate_refuse_what_is_wrong(get: Get, query: str, parameter: str) -> None:
    (error,) = get(f"disagreements/aggregate/?{query}", 400)["errors"]
    assert error["parameter"] == parameter
