"""UCDP GED: every column of every row of the published files can be had back from the records."""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from conflictdb.ingest.formats.ucdp_ged import UcdpGed
from conflictdb.ingest.records import Records
from tests.conflictdb.ingest.ucdp_row import as_published, rebuilt

REAL = Path(__file__).resolve().parents[3].parent / "shared/data/ucdp"
REAL_FILES = {
    "GEDEvent_v21_01_21_12.csv.zip": (17_407, 115_471),
    "ged_syria_20160101_20191130.csv.gz": (16_566, 112_337),
    "hdx_bangladesh_ged191.csv": (601, None),
    "ged_sample1000_v23.csv": (1_000, None),
    "ged_fixture_quirks.csv": (266, None),
}


def published(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a real file, without HDX's row of tags."""
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout")
    data = path.read_bytes()
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(io.BytesIO(data))
        data = archive.read(next(member for member in archive.namelist() if not member.startswith("__MACOSX")))
    elif path.suffix == ".gz":
        data = gzip.decompress(data)
    for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        if row["id"]:
            yield row


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL_FILES)
def test_every_column_of_every_published_row_is_had_back(name: str) -> None:
    reader, records, killed = UcdpGed(), Records(), 0
    rows = list(published(name))
    for row in rows:
        reader.add(row, records)
        killed += reader.figures(row)[1]
    count, best = REAL_FILES[name]
    assert len(records.incidents) == len(rows) == count
    assert best in {None, killed}
    for row, incident in zip(rows, records.incidents, strict=True):
        assert rebuilt(incident, records, row) == as_published(row)


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL_FILES)
def test_published_rows_fit_the_columns_of_the_database(name: str) -> None:
    reader, records = UcdpGed(), Records()
    for row in published(name):
        reader.add(row, records)
    nights = {"day": 0, "days": 5, "week": 6, "month": 31, "year": 366}
    for incident in records.incidents:
        apart = date.fromisoformat(incident.ended_on) - date.fromisoformat(incident.started_on)
        assert 0 <= apart.days <= nights.get(incident.date_precision, 10**6)
        assert 0 < len(incident.title) <= 300
        assert len(incident.quality_note) <= 500
    for record in [*records.actors.values(), *records.conflicts.values(), *records.sources.values()]:
        words = record.slug.split("-")
        assert all(word.isascii() and word.isalnum() and word == word.lower() for word in words)
        assert len(record.slug) <= 120
    assert max(len(key) for key in records.actors) <= 200
    assert all(len(source.title.splitlines()) == 1 for source in records.sources.values())
