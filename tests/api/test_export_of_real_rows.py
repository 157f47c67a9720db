"""UCDP's published figures, imported, exported and added up by pandas."""

import io

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from conflictdb.ingest.progress import Silent
from conflictdb.ingest.run import Order, ingest
from tests.api.exporting import export

SAMPLE = settings.BASE_DIR.parent / "shared" / "data" / "ucdp" / "ged_sample1000_v23.csv"


@pytest.fixture
def real(transactional_db: None) -> None:  # noqa: ARG001 – an import commits by itself
    """Load the published sample of a thousand events."""
    call_command("loaddata", "countries", verbosity=0)
    ingest(Order("ucdp-ged", SAMPLE, release="23.1"), Silent())


@pytest.mark.real_data
@pytest.mark.skipif(not SAMPLE.exists(), reason="the published files are not beside the checkout")
@pytest.mark.usefixtures("real")
def test_figures_of_published_rows_add_up_in_every_format(client: Client) -> None:
    published = pd.read_csv(SAMPLE)
    asked = "incidents/?ordering=started_on&fields=external_id,started_on,ended_on,latitude,longitude,killed"
    read = {
        "parquet": pd.read_parquet(io.BytesIO(export(client, f"{asked}&format=parquet"))),
        "csv": pd.read_csv(io.BytesIO(export(client, f"{asked}&format=csv")), parse_dates=["started_on"]),
        "xlsx": pd.read_excel(io.BytesIO(export(client, f"{asked}&format=xlsx"))),
    }
    for name, table in read.items():
        assert len(table) == len(published) == 1_000, name
        table["id"] = table["external_id"].str.removeprefix("ucdp-ged:").astype("int64")
        both = published.merge(table, on="id", validate="one_to_one", suffixes=("", "_here"))
        assert len(both) == 1_000
        assert table["killed.best"].sum() == published["best"].sum() > 0, name
        assert table["killed.low"].sum() == published["low"].sum(), name
        assert (both["killed.best"] == both["best"]).all(), name
        assert (both["latitude_here"] == both["latitude"]).all(), name
        assert (pd.to_datetime(both["started_on"]) == pd.to_datetime(both["date_start"])).all(), name
