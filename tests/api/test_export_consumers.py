"""Files as the programs read them that researchers, journalists and cartographers use."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import pandas as pd
import pytest
from django.test import Client

from tests.api.exporting import ALL, RECORDS, export

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
OGRINFO = shutil.which("ogrinfo")
EVERY = f"incidents/?{ALL['incidents']}&ordering=started_on"
needs_gdal = pytest.mark.skipif(not OGRINFO, reason="GDAL's ogrinfo (Debian's gdal-bin) is not installed")


@pytest.fixture
def saved(client: Client, tmp_path: Path) -> Any:
    """Save files as a reader does."""

    def save(question: str, name: str) -> Path:
        path = tmp_path / f"incidents.{name}"
        path.write_bytes(export(client, f"{question}&format={name}"))
        return path

    return save


def run(*command: str | Path) -> str:
    """Run a program, and give what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_pandas_reads_one_table_from_three_formats(saved: Any) -> None:
    table = pd.read_parquet(saved(EVERY, "parquet"))
    text = pd.read_csv(saved(EVERY, "csv"), keep_default_na=False, na_values=[""])
    book = pd.read_excel(saved(EVERY, "xlsx"), sheet_name=["Data", "About"])
    assert list(table.columns) == [*text.columns, "geometry"]
    assert list(text.columns) == list(book["Data"].columns)
    assert len(table) == len(text) == len(book["Data"]) > 5
    for name in ("killed.low", "killed.best", "killed.high", "killed.claims", "injured.low"):
        assert table[name].sum() == text[name].sum() == book["Data"][name].sum()
    assert str(table["updated_at"].dtype) == "datetime64[us, UTC]"
    assert [len(each) for each in table["participants"]] == [len(json.loads(each)) for each in text["participants"]]
    assert "licence" in list(book["About"]["What"])


def test_duckdb_asks_files_by_sql(saved: Any) -> None:
    parquet, delimited = saved(EVERY, "parquet"), saved(EVERY, "csv")
    lines = saved(EVERY, "ndjson")
    asked = 'SELECT count(*), sum("killed.low"), min(started_on) FROM'
    expected = duckdb.sql(f"{asked} '{parquet}'").fetchall()
    assert expected[0][0] > 5
    assert duckdb.sql(f"{asked} read_csv('{delimited}')").fetchall() == expected
    nested = "SELECT count(*), sum(killed.low), min(started_on::date) FROM"
    assert duckdb.sql(f"{nested} read_json('{lines}', format='newline_delimited')").fetchall() == expected
    actors = "SELECT DISTINCT unnest(participants).actor.slug FROM"
    assert ("us-forces",) in duckdb.sql(f"{actors} '{parquet}'").fetchall()


def test_geopandas_reads_points(saved: Any) -> None:
    for layer in (geopandas.read_parquet(saved(EVERY, "parquet")), geopandas.read_file(saved(EVERY, "geojson"))):
        assert layer.crs.equals("OGC:CRS84") or layer.crs.equals("EPSG:4326")
        known = layer[layer.geometry.notna()]
        assert list(known.geometry.x) == list(known["longitude"])
        assert list(known.geometry.y) == list(known["latitude"])


@needs_gdal
@pytest.mark.parametrize(("name", "layer"), [("geojson", "incidents"), ("csv", "incidents"), ("xlsx", "Data")])
def test_gdal_reads_a_layer(saved: Any, name: str, layer: str) -> None:
    path = saved(EVERY, name)
    told = run(str(OGRINFO), "-so", path, layer)
    rows = len(pd.read_csv(saved(EVERY, "csv")))
    assert f"Feature Count: {rows}" in told
    assert not [line for line in told.splitlines() if "ERROR" in line or "Warning" in line]
    assert "updated_at: DateTime" in told or name == "csv"


@needs_gdal
def test_maps_filter_by_the_columns_of_tables(saved: Any) -> None:
    path = saved(EVERY, "geojson")
    table = pd.read_csv(saved(EVERY, "csv"))
    wanted = set(table[(table["killed.low"] >= 1) & (table["country.slug"] == "syria")]["slug"])
    assert 0 < len(wanted) < len(table)
    condition = '"killed.low" >= 1 AND "country.slug" = \'syria\''
    told = run(str(OGRINFO), "-q", "-where", condition, path, "incidents")
    assert set(re.findall(r"^  slug \(String\) = (.*)$", told, re.MULTILINE)) == wanted
    question = f'SELECT slug, "killed.low" FROM incidents WHERE {condition}'  # noqa: S608 – of our own making
    told = run(str(OGRINFO), "-q", "-sql", question, path)
    assert set(re.findall(r"^  slug \(String\) = (.*)$", told, re.MULTILINE)) == wanted
    assert set(geopandas.read_file(path, where=condition)["slug"]) == wanted
    layer = geopandas.read_file(path)
    assert set(layer.columns) - {"geometry", "id"} == set(table.columns)
    assert set(layer[(layer["killed.low"] >= 1) & (layer["country.slug"] == "syria")]["slug"]) == wanted


@pytest.mark.parametrize("prefix", RECORDS)
def test_csvkit_finds_nothing_to_clean(client: Client, tmp_path: Path, prefix: str) -> None:
    path = tmp_path / f"{prefix}.csv"
    path.write_bytes(export(client, f"{prefix}/?{ALL.get(prefix, '')}&format=csv"))
    scripts = Path(sysconfig.get_path("scripts"))
    assert "error" not in run(sys.executable, scripts / "csvclean", "--length-mismatch", path).lower()
    counted = run(sys.executable, scripts / "csvstat", "--count", path)
    assert int(counted.split()[-1]) == len(pd.read_csv(path))
