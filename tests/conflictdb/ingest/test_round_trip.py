"""What is exported loads back to the same records, field by field, in both formats."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conflictdb.ingest.files import InputFile
from conflictdb.ingest.own import Outcome, load
from conflictdb.ingest.tables import table_for, tables
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_dataset,
    make_incident,
    make_source,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]

# What a spreadsheet, a parser or a programmer may take for something else.
ODD = [
    'a "quoted" word, and a comma; and a semicolon',
    "two\nlines",
    "two\r\nlines, as Windows writes them",
    "old\rMac",
    "=1+1",
    "@SUM(A1)",
    "+49",
    "-",
    "'",
    '"',
    "NULL",
    "null",
    "None",
    "true",
    "007",
    "1.0",
    "2023-11-15",
    '{"a": 1}',
    "[1, 2]",
    "  spaces around  ",
    "\ttabs\t",
    "back\\slash \\n",
    "a #tag",
    "Ünïcödé, العربية, 中文, 🕊",
    "left-to-right\u200e, no-break\u00a0space, \u2028 line separator, \ufeff mark",
    "e\u0301 is not é",
    "%s {} $1",
]


def exported(folder: Path, *options: str) -> dict[str, Path]:
    """Export to a folder; give the files by table."""
    call_command("export", str(folder), *options, stdout=StringIO(), stderr=StringIO())
    return {path.stem: path for path in sorted(folder.iterdir())}


def loaded(files: dict[str, Path]) -> dict[str, Outcome]:
    """Load files, each table after those that it names."""
    outcomes = {}
    for name in (name for name in tables() if name in files):
        file = InputFile(files[name])
        table = table_for(file.name, [])
        outcomes[name] = load(table, file.rows(lambda header: header, table.key_columns), file=file.name)
    return outcomes


def contents(*, times: bool) -> dict[str, list[dict[str, Any]]]:
    """Read all tables in the order of their ids, with slugs for ids."""
    result = {}
    for table in tables().values():
        fields = [one for one in table.model._meta.concrete_fields if not one.primary_key]
        fields = [one for one in fields if times or one.name not in table.times]
        paths = [f"{one.name}__slug" if one.is_relation else one.name for one in fields]
        result[table.name] = list(table.model.objects.order_by("id").values(*paths))
    return result


def empty_tables() -> None:
    """Delete all records but countries."""
    with connection.cursor() as cursor:
        for table in reversed(tables().values()):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")  # nothing may be pending
            cursor.execute(f"TRUNCATE {table.model._meta.db_table} CASCADE")
    assert not any(table.model.objects.exists() for table in tables().values())


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_seed_comes_back_as_it_was(tmp_path: Path, suffix: str) -> None:
    before = contents(times=False)
    files = exported(tmp_path, "--format", suffix)
    assert list(files) == sorted(tables())
    empty_tables()
    outcomes = loaded(files)
    assert outcomes == {name: Outcome(created=len(rows)) for name, rows in before.items()}
    assert contents(times=False) == before

    once = contents(times=True)
    assert loaded(files) == {name: Outcome(unchanged=len(rows)) for name, rows in before.items()}
    assert contents(times=True) == once


def test_files_of_a_folder_load_in_whatever_order_they_are_named(tmp_path: Path) -> None:
    before = contents(times=False)
    files = exported(tmp_path)
    empty_tables()
    # aliases before their actors, and then claims before their incidents
    for paths in (files.values(), reversed(files.values())):
        call_command("ingest", "conflictdb", *map(str, paths), stdout=StringIO(), stderr=StringIO())
        assert contents(times=False) == before


def test_file_that_cannot_be_read_is_refused_before_the_others_are_loaded(tmp_path: Path) -> None:
    files = exported(tmp_path)
    empty_tables()
    files["claims"].write_bytes(b"")
    with pytest.raises(CommandError, match=r"claims\.csv: The file is empty"):
        call_command("ingest", "conflictdb", *map(str, files.values()), stdout=StringIO(), stderr=StringIO())
    assert not any(contents(times=False).values())


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_odd_texts_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    actor = make_actor(slug="someone", name="=cmd()")
    for number, odd in enumerate(ODD):
        make_incident(
            slug=f"odd-{number}",
            title=odd,
            summary=odd * 2,
            admin1=odd,
            other_columns={odd: odd, "list": [odd, 1.5, None, True], "empty": ""},
            weapons=["rockets", "drones"][: number % 3],
            latitude=number / 3 - 7,
            longitude=1e-7 * number,
            place_precision="exact",
        )
        actor.aliases.create(name=odd, kind="alternative")
    make_source(retrieved_at="2023-11-15T08:30:00.123456+02:00", text='\ufeffA text\r\nof "two" lines\n')
    before = contents(times=False)
    files = exported(tmp_path, "--format", suffix)
    empty_tables()
    loaded(files)
    assert contents(times=False) == before


def test_what_may_be_passed_on_loads_by_itself(tmp_path: Path) -> None:
    rows = {name: len(found) for name, found in contents(times=False).items()}
    shut = make_dataset(slug="shut", redistributable=False)
    hidden = make_claim(dataset=shut, incident=make_incident(conflict=make_conflict(dataset=shut)))
    make_citation(claim=hidden, source=make_source(publisher=make_actor(dataset=shut)))
    make_citation(claim=make_claim(incident=hidden.incident))
    files = exported(tmp_path)
    empty_tables()
    assert {name: outcome.created for name, outcome in loaded(files).items()} == rows | {
        "datasets": 2,  # the tests' own, of which all but a source is hidden
        "sources": 2,
    }
