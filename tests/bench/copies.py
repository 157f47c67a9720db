"""A copy of the incidents in SQLite, one flat table, for datasette."""

import sqlite3
from datetime import date, datetime
from pathlib import Path
from typing import Any

from psycopg import sql

from tests.bench.databases import Database

COLUMNS = (
    *("slug", "kind", "title", "summary", "weapons", "started_on", "ended_on", "date_precision", "country", "admin1"),
    *("admin2", "place_name", "latitude", "longitude", "place_precision", "quality_note", "conflict", "killed_low"),
    *("killed_best", "killed_high", "killed_is_open", "killed_claims", "injured_low", "injured_best", "injured_high"),
    *("injured_is_open", "injured_claims", "disputed", "status", "external_id", "created_at", "updated_at"),
)
INDEXES = """
CREATE INDEX by_start ON incident (started_on);
CREATE INDEX by_filters ON incident (country, kind, started_on);
ANALYZE;
"""
PUBLISHED = """
SELECT {} FROM (
    SELECT incident.*, country.slug AS country, conflict.slug AS conflict
    FROM conflictdb_incident AS incident LEFT JOIN conflictdb_country AS country ON country.id = country_id
    LEFT JOIN conflictdb_conflict AS conflict ON conflict.id = conflict_id WHERE status = 'published'
) AS flat
"""


def copy_to_sqlite(database: Database) -> Path:
    """Make the copy where there is none as new as the database; return its file."""
    file = database.folder / "incidents.sqlite"
    with database.connect() as connection:
        (mark,) = connection.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')").fetchone() or (
            "",
        )
        marked = file.with_suffix(".made_from")
        if file.exists() and marked.exists() and marked.read_text(encoding="utf-8") == mark:
            return file
        file.unlink(missing_ok=True)
        copy = sqlite3.connect(file)
        copy.execute(f"CREATE TABLE incident ({', '.join(COLUMNS)})")
        names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
        places = ", ".join("?" * len(COLUMNS))
        with connection.transaction(), connection.cursor("all_incidents") as cursor:
            cursor.itersize = 10_000
            rows = cursor.execute(sql.SQL(PUBLISHED).format(names))
            insert = f"INSERT INTO incident VALUES ({places})"  # noqa: S608 – question marks
            copy.executemany(insert, ([plain(value) for value in row] for row in rows))
        copy.executescript(INDEXES)
        copy.close()
        marked.write_text(mark, encoding="utf-8")
    return file


def plain(value: Any) -> Any:
    """Write a value as SQLite holds it."""
    if isinstance(value, list):
        return ",".join(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
