"""Rows that cannot be taken in: they end a load that leaves nothing behind, or are put aside and loaded when repaired."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from conflictdb.ingest import loader
from conflictdb.ingest.problems import BadRows
from conflictdb.models import Actor, Country, Import, Incident
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import Row, assert_figures_follow, event, killed, load, structure, tables, write
from tests.conflictdb.ingest.test_acled import ROW as ACLED
from tests.make import make_actor

BAD = {
    "number": ({"best": "many"}, "best", "'many' is not a whole number from 0 up."),
    "figure": ({"low": ""}, "low", "'' is not a whole number from 0 up."),
    "key": ({"id": "x"}, "id", "'x' is not a whole number from 0 up."),
    "country": ({"country_id": "991"}, "country", "No country here has the Gleditsch-Ward number '991'."),
    "state": (
        {"gwnoa": "991", "side_a_new_id": "8010"},
        "country",
        "No country here has the Gleditsch-Ward number '991'.",
    ),
    "day": (
        {"date_start": "2021-02-30"},
        "date_start",
        "'2021-02-30' is not a day of the calendar written YYYY-MM-DD.",
    ),
    "same": ({"id": "900001"}, "", "ucdp-ged:900001 stands on an earlier line of this file too."),
    "large": ({"high": "9999999999"}, "", 'value "9999999999" is out of range for type integer'),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("is_first", [True, False])
def test_bad_row_ends_the_load_and_leaves_nothing(ged: Ged, kind: str, *, is_first: bool) -> None:
    cells, column, reason = BAD[kind]
    if not is_first:
        ged("22.1", event(1), event(8))
    before, built = tables(), structure()
    with pytest.raises(BadRows) as caught:
        ged("23.1", event(1), event(2), event(3) | cells, event(4))
    assert caught.value.faults == [(4, column, reason)]
    place = f"line 4, column {column}" if column else "line 4"
    assert str(caught.value) == f"GEDEvent_v23_1.csv was not loaded:\n  {place}: {reason}"
    assert tables() == before
    assert structure() == built
    assert Import.objects.latest("id").problem == str(caught.value)


def test_row_that_lacks_cells_ends_the_load(ged: Ged, tmp_path: Path) -> None:
    ged("22.1", event(1))
    path = write(tmp_path / "GEDEvent_v23_1.csv", [event(1), event(2)])
    path.write_text(path.read_text().rstrip().rpartition(",")[0])
    before = tables()
    with pytest.raises(BadRows) as caught:
        load(path)
    assert caught.value.faults == [(3, "", "The row has 48 cells, the header has 49.")]
    assert tables() == before


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"event_id_cnty": "؟"}, "slug", "slug must be lower-case letters and digits, joined by single hyphens."),
        ({"event_id_cnty": "N" * 200}, "", "value too long for type character varying(120)"),
        (
            {"event_id_cnty": "FRE1235", "fatalities": "9999999999"},
            "",
            'value "9999999999" is out of range for type integer',
        ),
    ],
)
def test_row_that_the_database_refuses_ends_the_load(
    ged: Ged, tmp_path: Path, cells: Row, column: str, reason: str
) -> None:
    ged("22.1", event(1))
    path = write(tmp_path / "export.csv", [ACLED, ACLED | cells, ACLED | {"event_id_cnty": "FRE1236"}])
    before, built = tables(), structure()
    with pytest.raises(BadRows) as caught:
        load(path, "acled", release="2024-01-05")
    assert caught.value.faults == [(3, column, reason)]
    assert tables() == before
    assert structure() == built
    report = load(path, "acled", release="2024-01-05", rejects=tmp_path / "bad.csv")
    assert (report.bad_rows, report.counts["incidents"]) == (1, {"created": 2})
    assert report.sums_here == report.sums_of_file == {"low": 6, "best": 0, "high": 0}


@pytest.mark.parametrize("is_first", [True, False])
def test_same_event_in_another_batch_is_refused(
    ged: Ged, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_first: bool
) -> None:
    monkeypatch.setattr(loader, "BATCH", 3)
    if not is_first:
        ged("22.1", event(1), event(2))
    before = tables()
    rows = [*(event(number) for number in range(1, 6)), event(2, **killed(50))]
    with pytest.raises(BadRows) as caught:
        ged("23.1", *rows)
    assert caught.value.faults == [(7, "", "ucdp-ged:900002 stands on an earlier line of this file too.")]
    assert tables() == before
    report = ged("23.1", *rows, rejects=tmp_path / "bad.csv")
    assert (report.bad_rows, Incident.objects.count(), report.sums_here["best"]) == (1, 5, 35)
    assert_figures_follow()


@pytest.mark.parametrize("batch", [3, 10_000])
@pytest.mark.parametrize("is_first", [True, False])
def test_bad_rows_are_put_aside_and_loaded_when_repaired(
    ged: Ged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, *, is_first: bool
) -> None:
    monkeypatch.setattr(loader, "BATCH", batch)
    if not is_first:
        ged("22.1", *(event(number, **killed(90)) for number in range(1, 11)))
    rows = [event(1), *(event(number) | BAD[kind][0] for number, kind in enumerate(BAD, 2)), event(10), event(11)]
    path = write(tmp_path / "GEDEvent_v23_1.csv", rows)
    out = StringIO()
    call_command("ingest", "ucdp-ged", str(path), "--skip-bad-rows", stdout=out, stderr=StringIO())
    assert "8 bad rows left out." in out.getvalue().splitlines()[0]
    sums = {"low": 21, "best": 21, "high": 27}
    record = Import.objects.latest("id").counts
    assert (record["rows"], record["bad_rows"]) == (11, 8)
    assert record["sums_of_file"] == record["sums_here"] == sums
    assert list(Incident.objects.filter(dataset__version="23.1").order_by("slug").values_list("slug", flat=True)) == [
        "ucdp-ged-900001",
        "ucdp-ged-900010",
        "ucdp-ged-900011",
    ]
    assert set(Incident.objects.values_list("status", flat=True)) == {"published"}
    assert_figures_follow()

    rejects = path.with_name("GEDEvent_v23_1.csv.rejects.csv")
    with rejects.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    told = {int(row["_line"]): (row["_column"], row["_reason"]) for row in found}
    assert told == {line: (column, reason) for line, (_, column, reason) in enumerate(BAD.values(), 3)}
    assert list(told) == sorted(told)
    write(rejects, [repaired(row) for row in found])
    report = load(rejects, release="23.1", vanished="keep")
    assert report.sums_here == report.sums_of_file == {"low": 56, "best": 56, "high": 72}
    whole = ged("23.1", event(1), *(event(number) for number in range(2, 12)))
    assert whole.counts["incidents"] == {"unchanged": 11}
    assert whole.is_unchanged
    assert_figures_follow()


def repaired(row: Row) -> Row:
    """Write a rejected row as it should have been; the notes stay."""
    notes = {name: row[name] for name in ("_line", "_column", "_reason")}
    return notes | event(int(row["_line"]) - 1)


def test_many_bad_rows_are_told_one_by_one(ged: Ged, tmp_path: Path) -> None:
    rows = [event(number, **killed(10_000_000_000 if number % 7 == 0 else 1)) for number in range(50)]
    report = ged("22.1", *rows, rejects=tmp_path / "bad.csv")
    assert (report.bad_rows, Incident.objects.count()) == (8, 42)
    with (tmp_path / "bad.csv").open(encoding="utf-8", newline="") as file:
        assert [int(row["_line"]) for row in csv.DictReader(file)] == [number + 2 for number in range(0, 50, 7)]
    assert report.sums_here == {"low": 42, "best": 42, "high": 42}
    assert report.counts["incidents"] == {"created": 42}
    assert report.counts["claims"] == {"created": 42}
    assert report.counts["actors"]["created"] == Actor.objects.count() == 4


def test_actors_of_rows_beside_a_refused_one_are_counted_once(
    tmp_path: Path, freedonia: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BATCH", 3)
    make_actor(name="Army of Freedonia", country=freedonia)
    rows = [ACLED | {"event_id_cnty": f"FRE{number}", "actor2": "Army of Freedonia"} for number in range(9)]
    rows[4]["fatalities"] = "10000000000"
    path = write(tmp_path / "export.csv", rows)
    report = load(path, "acled", release="2024-01-05", rejects=tmp_path / "bad.csv")
    assert (report.bad_rows, report.counts["incidents"]) == (1, {"created": 8})
    assert report.counts["actors"] == {"matched by name": 1, "created": Actor.objects.count() - 1}
