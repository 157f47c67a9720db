"""Where UCDP's figures moved from candidate to final release, asked of the API and held against the published rows."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.conflictdb.ingest.loading import load

FILE = Path(__file__).resolve().parents[2].parent / "shared/data/ucdp/ged_fixture_quirks.csv"
# how the file calls each release, and the release's own number: candidates of 2021, and the final ones of two countries
RELEASES = {"candidate 21.01.21.12": "21.01.21.12", "GED 24.1 (Mexico)": "24.1", "GED 24.1 (Myanmar)": "24.1"}
FIGURES = ("low", "best", "high")
FINAL = "ucdp-ged-24-1"

pytestmark = [pytest.mark.real_data, pytest.mark.django_db(transaction=True)]  # each load is committed


@pytest.fixture
def released(tmp_path: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Load each release as it was published; give their rows by release and event."""
    if not FILE.exists():
        pytest.skip(f"{FILE.name} is not beside the checkout")
    call_command("loaddata", "countries", verbosity=0)
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        published = list(csv.DictReader(file))
    rows = {}
    for number, (name, release) in enumerate(RELEASES.items()):
        own = [
            {key: text for key, text in row.items() if key != "_release"}
            for row in published
            if row["_release"] == name
        ]
        path = tmp_path / f"release-{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, own[0])
            writer.writeheader()
            writer.writerows(own)
        load(path, release=release, vanished="keep")
        rows[name] = {row["id"]: row for row in own}
    return rows


def figures(row: dict[str, str]) -> tuple[int, ...]:
    """Read the figures for everyone that a row gives."""
    return tuple(int(row[name]) for name in FIGURES)


def test_figures_that_moved_are_superseded_claims_of_the_final_release(
    get: Callable[..., Any], released: dict[str, dict[str, dict[str, str]]]
) -> None:
    candidates, *finals = released.values()
    final = {number: row for rows in finals for number, row in rows.items()}
    both = candidates.keys() & final.keys()
    moved = {number: (figures(candidates[number]), figures(final[number])) for number in both}
    moved = {number: pair for number, pair in moved.items() if pair[0] != pair[1]}
    assert 0 < len(moved) < len(both)

    query = "measure=killed&victims=everyone&status=superseded&page_size=1000"
    rows = get(f"claims/?{query}&fields=incident.slug,low,best,high,superseded_by.slug")["results"]
    found = {}
    for row in rows:
        later = get(f"claims/{row['superseded_by']['slug']}/?fields=low,best,high,status,dataset.slug")
        assert (later["status"], later["dataset"]["slug"]) == ("standing", FINAL)
        number = row["incident"]["slug"].rpartition("-")[2]
        found[number] = tuple(tuple(claim[name] for name in FIGURES) for claim in (row, later))
    assert found == moved


def test_dataset_tells_the_releases_apart(
    get: Callable[..., Any], released: dict[str, dict[str, dict[str, str]]]
) -> None:
    _, *finals = released.values()
    query = f"claims/?dataset={FINAL}&measure=killed&victims=everyone&page_size=1000&fields=incident.slug,low,best,high"
    told = {
        row["incident"]["slug"].rpartition("-")[2]: tuple(row[name] for name in FIGURES)
        for row in get(query)["results"]
    }
    assert told == {number: figures(row) for rows in finals for number, row in rows.items()}


@pytest.mark.usefixtures("released")
def test_disagreements_of_real_releases_are_between_claims_that_stand(get: Callable[..., Any]) -> None:
    """A superseded figure is history: a disagreement is between claims that both stand."""
    disputed = get("incidents/?disputed=true&count=exact&fields=slug&page_size=1000")
    pairs = get("disagreements/?fields=incident.slug&page_size=1000")["results"]
    assert {row["incident"]["slug"] for row in pairs} == {row["slug"] for row in disputed["results"]}
