"""What Parquet and XLSX hold beside the rows: types, places, where they are from; and the bounds of a sheet."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from django.conf import settings
from django.test import Client
from pyarrow import parquet as files

from api.exports import archive, cells, handed, parquet
from api.exports.channel import Order
from api.exports.making import MAKERS
from tests import make
from tests.api.exporting import export, sheet, typed

pytestmark = pytest.mark.django_db
TYPES = {
    "slug": pa.string(),
    "weapons": pa.list_(pa.string()),
    "started_on": pa.date32(),
    "latitude": pa.float64(),
    "participants": pa.list_(
        pa.struct([("role", pa.string()), ("actor", pa.struct([("slug", pa.string()), ("kind", pa.string())]))])
    ),
    "killed.low": pa.int64(),
    "killed.is_open": pa.bool_(),
    "updated_at": pa.timestamp("us", "UTC"),
    "geometry": pa.binary(),
}
ASKED = "slug,weapons,started_on,latitude,participants.role,participants.actor.slug,participants.actor.kind,killed.low"
ASKED += ",killed.is_open,updated_at"


def opened(body: bytes) -> Any:
    """Open Parquet."""
    return files.ParquetFile(pa.BufferReader(body))


@pytest.mark.parametrize("rows", [0, 2])
def test_columns_of_parquet_have_types(client: Client, rows: int) -> None:
    for _ in range(rows):
        make.make_incident()
    schema = opened(export(client, f"incidents/?format=parquet&fields={ASKED}")).schema_arrow
    assert {field.name: field.type for field in schema} == TYPES


@pytest.mark.parametrize("path", ["incidents/?format=parquet", "aggregates/?by=kind&format=parquet"])
def test_arrow_shows_the_metadata_of_parquet_with_the_schema(client: Client, path: str) -> None:
    make.make_incident(latitude=1.5, longitude=2.5, place_precision="exact")
    body = export(client, path)
    held = opened(body).metadata.metadata
    for schema in (
        files.read_table(pa.BufferReader(body)).schema,
        files.read_schema(pa.BufferReader(body)),
        opened(body).schema_arrow,
    ):
        assert schema.metadata == held
        assert schema.metadata.keys() == {b"conflictdb", *([b"geo"] if path.startswith("incidents") else [])}
        assert json.loads(schema.metadata[b"conflictdb"])["query"] == f"http://testserver/api/v1/{path}"


def test_parquet_tells_where_it_is_from(client: Client) -> None:
    dataset = make.make_dataset(slug="ours", citation="Ours “quoted”.")
    make.make_incident(dataset=dataset)
    told = json.loads(opened(export(client, "incidents/?format=parquet&kind=strike")).metadata.metadata[b"conflictdb"])
    assert told["query"] == "http://testserver/api/v1/incidents/?format=parquet&kind=strike"
    assert told["revision"] is not None
    assert told["datasets"] == []
    told = json.loads(opened(export(client, "incidents/?format=parquet")).metadata.metadata[b"conflictdb"])
    assert [(terms["dataset"], terms["citation"]) for terms in told["datasets"]] == [("ours", "Ours “quoted”.")]


def test_incidents_are_points_and_other_records_are_not(client: Client) -> None:
    make.make_incident()
    for longitude, latitude in ((36.5, 33.25), (-71.0, -33.5)):
        make.make_incident(latitude=latitude, longitude=longitude, place_precision="exact")
    file = opened(export(client, "incidents/?format=parquet&fields=slug"))
    assert json.loads(file.metadata.metadata[b"geo"]) == {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"], "bbox": [-71.0, -33.5, 36.5, 33.25]}},
    }
    points = file.read()["geometry"].to_pylist()
    assert sorted(points, key=str) == sorted([None, wkb(36.5, 33.25), wkb(-71.0, -33.5)], key=str)
    file = opened(export(client, "incidents/?format=parquet&fields=slug&country__isnull=false"))
    assert "bbox" not in json.loads(file.metadata.metadata[b"geo"])["columns"]["geometry"]
    assert b"geo" not in opened(export(client, "actors/?format=parquet")).metadata.metadata


def wkb(longitude: float, latitude: float) -> bytes:
    """Write a point as its standard has it."""
    import struct  # noqa: PLC0415 – beside its only use

    return struct.pack("<BIdd", 1, 1, longitude, latitude)


def test_groups_of_rows_follow_each_other(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def made_here(order: Order, found: Iterator[bytes]) -> Iterator[bytes]:
        return MAKERS[order.name](order, found)

    monkeypatch.setattr(handed, "made", made_here)
    monkeypatch.setattr(handed, "BLOCK", 1)
    monkeypatch.setattr(parquet, "GROUP", 1)
    slugs = [make.make_incident(title="x" * 100).slug for _ in range(5)]
    body = export(client, "incidents/?format=parquet&ordering=updated_at")
    assert opened(body).num_row_groups == 5
    assert [row["slug"] for row in typed(body)] == slugs
    assert [row["slug"] for row in sheet(export(client, "incidents/?format=xlsx&ordering=updated_at"))] == slugs


def test_sheet_tells_where_it_is_from(client: Client) -> None:
    make.make_incident(dataset=make.make_dataset(slug="ours", title="<Ours> & theirs"))
    facts = {row["What"]: row["Value"] for row in sheet(export(client, "incidents/?format=xlsx"), "About")}
    assert facts["query"] == "http://testserver/api/v1/incidents/?format=xlsx"
    assert (facts["dataset"], facts["title"], facts["licence"]) == ("ours", "<Ours> & theirs", "CC-BY-4.0")
    assert {"revision", "publisher", "version", "citation", "url"} < facts.keys()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "12", "TRUE", "2020-01-01", " x "]
)
def test_no_text_is_taken_for_something_else(client: Client, text: str) -> None:
    make.make_incident(title=text)
    body = export(client, "incidents/?format=xlsx&fields=title")
    cell = openpyxl.load_workbook(io.BytesIO(body))["Data"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s" if cell.data_type == "s" else "inlineStr")


def test_days_that_sheets_do_not_count_are_text(client: Client) -> None:
    for day in ("1900-02-28", "1900-03-01"):
        make.make_incident(started_on=day, ended_on=day, date_precision="day")
    body = export(client, "incidents/?format=xlsx&fields=started_on&ordering=started_on")
    assert [row["started_on"] for row in sheet(body)] == ["1900-02-28", "1900-03-01T00:00:00.000000Z"]


@pytest.mark.parametrize("text", ["x" * 32_767, "x" * 32_768, "😀" * 16_383, "😀" * 16_384, "é" * 32_767])
def test_text_too_long_for_a_cell_says_that_it_is_cut(text: str) -> None:
    written = cells.escaped(text)
    assert len(written.encode("utf-16-le")) <= 2 * 32_767
    assert (written == text) == (len(text.encode("utf-16-le")) <= 2 * 32_767)
    assert written == text or written.endswith(cells.CUT)
    assert cells.texts(pa.array([text, None, "a<b"])).to_pylist() == [written, None, "a&lt;b"]


def test_what_xml_cannot_hold_is_written_as_sheets_do() -> None:
    odd = pa.array(["bell \x07 & _x0041_", "\ufffe", None, "plain"])
    assert cells.texts(odd).to_pylist() == ["bell _x0007_ &amp; _x005F_x0041_", "_xFFFE_", None, "plain"]


def test_more_rows_than_a_sheet_has_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make.make_incident(kind="riot")
    make.make_incident(kind="strike")
    monkeypatch.setattr(handed, "MOST", 3)
    answer = client.get("/api/v1/incidents/?format=xlsx")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "format"
    assert error["detail"].startswith("A sheet has no more than 2 rows below its header, and more match.")
    assert error["nearest"] == ["csv", "parquet"]
    assert client.get("/api/v1/incidents/?format=xlsx&kind=riot").status_code == 400
    assert len(sheet(export(client, "incidents/?format=xlsx&kind=strike"))) == 1


def test_archive_is_whole_and_has_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    made = archive.Archive()
    body = b"".join([*made.add("a.txt", [b"a", b"b" * 1_000_000]), *made.add("é/empty", []), made.end()])
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == {"a.txt": b"a" + b"b" * 1_000_000, "é/empty": b""}
    monkeypatch.setattr(archive, "MOST", 10)
    with pytest.raises(OverflowError, match=r"a\.txt is larger than the 10 bytes"):
        list(archive.Archive().add("a.txt", [b"x" * 11]))


def test_writers_need_no_numpy() -> None:
    """The tests' environment has it, that of a server has not."""
    program = """
import sys
sys.modules["numpy"] = None
import django, pyarrow as pa
django.setup()
from api.exports import cells, parquet
batch = pa.record_batch({"a": [1, None], "b": ["x", "<"], "c": pa.array([0, None], pa.date32())})
print(len(cells.rows(batch, 2)), parquet.points(pa.array([1.5, None]), pa.array([2.5, None])).to_pylist()[1])
sink = parquet.Sink()
with parquet.parquet.ParquetWriter(sink, batch.schema) as file:
    file.write_table(pa.Table.from_batches([batch]))
print(sink.taken()[-4:])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        env={"CONFLICTDB_DEBUG": "true", "DJANGO_SETTINGS_MODULE": "conflictdb.settings"},
    )  # fmt: skip
    assert done.stdout.endswith("None\nb'PAR1'\n"), done.stderr
