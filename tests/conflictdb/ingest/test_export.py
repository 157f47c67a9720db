"""Exports: whole tables as they are at one moment, that load back to the same records."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conflictdb.ingest.tables import tables
from conflictdb.management.commands import export
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_country,
    make_dataset,
    make_incident,
    make_participation,
    make_relation,
    make_source,
    make_toll,
)


def exported(folder: Path, *options: str) -> dict[str, Path]:
    """Export to a folder; give the files by table."""
    call_command("export", str(folder), *options, stdout=StringIO(), stderr=StringIO())
    return {path.stem: path for path in sorted(folder.iterdir())}


@pytest.mark.django_db
def test_csv_is_what_spreadsheets_read(tmp_path: Path) -> None:
    series = make_incident(slug="series")
    make_incident(
        slug="one",
        title='A "name"',
        country=make_country(slug="syria"),
        place_precision="country",
        weapons=["rockets", "drones"],
        started_on="2023-10-18",
        parent=series,
        latitude=33.5,
        longitude=38,
    )
    text = exported(tmp_path)["incidents"].read_bytes().decode()
    assert text.startswith("slug,created_at,updated_at,dataset,external_id,kind,title,")
    assert (text.count("\r\n"), text.count("\n")) == (3, 3)
    assert '"A ""name"""' in text
    row = list(csv.DictReader(StringIO(text, newline="")))[1]
    assert row["updated_at"].endswith("Z")
    shown = ("slug", "dataset", "weapons", "started_on", "ended_on", "country", "latitude", "longitude", "parent")
    assert [row[name] for name in shown] == [
        *("one", "tests", "rockets;drones", "2023-10-18", "", "syria", "33.5", "38.0", "series")
    ]
    assert row["other_columns"] == "{}"


@pytest.mark.django_db
def test_ndjson_has_values_of_their_own_kinds(tmp_path: Path) -> None:
    make_toll(8, 9, None, slug="toll", is_out_of_order=False, value_kind="about", stated_on="2023-10-18")
    make_incident(slug="armed", weapons=["rockets"], latitude=1, longitude=2, place_precision="exact")
    files = exported(tmp_path, "--format", "ndjson")
    toll = json.loads(files["claims"].read_text(encoding="utf-8"))
    assert [
        toll[name] for name in ("slug", "low", "best", "high", "is_out_of_order", "stated_on", "actor", "measure")
    ] == [*("toll", 8, 9, None, False, "2023-10-18", None, "killed")]
    armed = [json.loads(line) for line in files["incidents"].read_text(encoding="utf-8").splitlines()][1]
    assert (armed["weapons"], armed["latitude"], armed["other_columns"]) == (["rockets"], 1.0, {})


@pytest.mark.django_db
def test_what_was_written_is_counted(tmp_path: Path) -> None:
    make_incident()
    make_incident()
    out = StringIO()
    call_command("export", str(tmp_path / "new" / "folder"), "--table", "claims", "--table", "incidents", stdout=out)
    assert [line.split()[:2] for line in out.getvalue().splitlines()] == [["2", "incidents"], ["0", "claims"]]
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["incidents.csv"]


@pytest.mark.django_db
def test_export_of_some_datasets(tmp_path: Path) -> None:
    mine, other = make_dataset(slug="mine"), make_dataset(slug="other")
    actor, incident = make_actor(dataset=mine, slug="a"), make_incident(dataset=mine, slug="i")
    actor.aliases.create(name="A", kind="acronym")
    make_participation(incident=incident, actor=make_actor(dataset=other, slug="b"))
    make_participation(incident=make_incident(dataset=other), actor=actor)
    make_citation(claim=make_claim(dataset=mine, slug="c", incident=incident), source=make_source(dataset=other))
    files = exported(tmp_path, "--dataset", "mine")
    assert {name: path.read_text().count("\n") - 1 for name, path in files.items()} == dict.fromkeys(
        ["actors", "aliases", "citations", "claims", "datasets", "incidents", "participations"], 1
    )
    with pytest.raises(CommandError, match=r"^There is no dataset 'mien'; did you mean mine\?$"):
        exported(tmp_path / "more", "--dataset", "mine", "--dataset", "mien")


@pytest.mark.django_db
def test_withheld_records_are_left_out_with_all_that_names_them(tmp_path: Path) -> None:
    shut, seen = make_dataset(slug="shut", redistributable=False), make_dataset(slug="seen")
    hidden, shown = make_actor(slug="hidden", dataset=shut), make_actor(slug="shown", dataset=seen)
    for actor in (hidden, shown):
        actor.aliases.create(name="A", kind="acronym")
        relation = make_relation(subject=shown, object=make_actor(dataset=actor.dataset), dataset=seen)
        conflict = make_conflict(dataset=actor.dataset)
        make_conflict(parent=conflict, dataset=seen)
        incident = make_incident(conflict=conflict, dataset=seen)
        make_participation(incident=incident, actor=shown)
        make_participation(incident=make_incident(dataset=seen), actor=actor)
        make_citation(claim=make_claim(relation=relation, dataset=seen), source=make_source(dataset=seen))
        make_citation(claim=make_claim(incident=incident, dataset=seen), source=make_source(dataset=seen))
        make_citation(claim=make_claim(actor=shown, dataset=seen), source=make_source(publisher=actor, dataset=seen))
    make_claim(actor=shown, dataset=seen, claimant=hidden)
    err = StringIO()
    call_command("export", str(tmp_path / "open"), stdout=StringIO(), stderr=err)
    assert err.getvalue() == ("Left out, with all that names their records: shut (--include-withheld writes them).\n")
    files = {path.stem: path for path in (tmp_path / "open").iterdir()}
    counts = {name: path.read_text().count("\n") - 1 for name, path in files.items()}
    assert counts == {
        "datasets": 1,
        "actors": 2,
        "aliases": 1,
        "relations": 1,
        "sources": 5,
        "conflicts": 2,
        "incidents": 3,
        "participations": 2,
        "claims": 4,
        "citations": 3,
    }
    assert not any("hidden" in path.read_text() or "shut" in path.read_text() for path in files.values())

    err = StringIO()
    call_command("export", str(tmp_path / "all"), "--include-withheld", stdout=StringIO(), stderr=err)
    assert err.getvalue() == ("Not to be passed on: the files may hold records of shut, whose terms forbid it.\n")
    everything = {path.stem: path.read_text().count("\n") - 1 for path in (tmp_path / "all").iterdir()}
    assert everything == {table.name: table.model.objects.count() for table in tables().values()}


@pytest.mark.django_db
def test_files_that_are_there_are_not_written_over(tmp_path: Path) -> None:
    make_incident()
    (tmp_path / "incidents.csv").write_text("mine")
    with pytest.raises(
        CommandError, match=r"^There already: .*incidents\.csv\. Move them away, or name another folder\.$"
    ):
        exported(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("incidents.csv", "mine")]


@pytest.mark.django_db
def test_nothing_is_left_of_an_export_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_incident()

    def write(out: Any, header: list[str], rows: Iterator[Any]) -> int:
        if "weapons" in header:
            raise OSError(28, "No space left on device", "incidents.csv")
        return export.write_csv(out, header, rows)

    monkeypatch.setitem(export.WRITERS, "csv", write)
    with pytest.raises(CommandError, match=r"^Cannot write incidents\.csv: No space left on device\.$"):
        exported(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"^Cannot write .*file: File exists\.$"):
        exported(tmp_path / "file")


@pytest.mark.django_db(transaction=True)
def test_all_files_show_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of its own: what others store while the export runs is in none of its files."""
    make_claim(incident=make_incident(slug="before"))
    seen: list[tuple[Any, ...]] = []

    def write(out: Any, header: list[str], rows: Iterator[Any]) -> int:
        if not seen:
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                seen.extend(cursor.fetchall())
                cursor.execute("SHOW transaction_read_only")
                seen.extend(cursor.fetchall())
        return export.write_csv(out, header, rows)

    monkeypatch.setitem(export.WRITERS, "csv", write)
    files = exported(tmp_path)
    assert seen == [("repeatable read",), ("on",)]
    assert files["incidents"].read_text().count("\n") == 2
