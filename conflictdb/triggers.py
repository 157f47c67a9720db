"""Installs the functions and triggers of ``sql/`` after every migration, so that the database always runs the code's rules.

They are code, not history: one file a subject, replaced as a whole when it changes, never migrated step by step.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from django.db import connections, transaction

SQL = Path(__file__).resolve().parent / "sql"
RULE = ("bounds.sql", "counting.sql", "estimates.sql")  # a change of these changes figures; the others build on them
PAIRS = ("counting.sql", "estimates.sql", "disagreements.sql")  # a change of these changes pairs
# The digests of what is installed stand in the comment of a function that is always there.
MARKED = "conflictdb_refresh(bigint[], timestamptz)"
INSTALLED = f"""
    SELECT obj_description(to_regprocedure('{MARKED}')::oid, 'pg_proc'), to_regclass('conflictdb_disagreement') IS NOT NULL
"""
OURS = "proname LIKE 'conflictdb\\_%%' AND pronamespace = current_schema()::regnamespace"
# Triggers that the code no longer names, then all functions but those of triggers: a changed one may answer otherwise, and
# could not be replaced. Triggers that stay are replaced where they stand, which stops writers for a moment, not readers.
OLD = f"""
    SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass)
    FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'conflictdb\\_%%' AND tgname <> ALL (%s)
    UNION ALL
    SELECT format('DROP FUNCTION %%s', oid::regprocedure) FROM pg_proc WHERE {OURS} AND prorettype <> 'trigger'::regtype
"""  # noqa: S608 – nobody\'s input
# Whoever writes may have another search path, as pg_restore has none. The functions that only read take their caller's.
ENTRANCES = f"""
    SELECT format('ALTER FUNCTION %%s SET search_path FROM CURRENT', oid::regprocedure)
    FROM pg_proc WHERE {OURS} AND (prorettype = 'trigger'::regtype OR proname ~ '^conflictdb_(refresh|keep$|file_)')
"""  # noqa: S608 – nobody's input
SLICE = (
    50_000  # incidents whose figures are computed at once: of millions, their claims would have to be sorted on disk
)
REFRESH = """
    SELECT max(id), conflictdb_refresh(array_agg(id))
    FROM (SELECT id FROM conflictdb_incident WHERE id > %s ORDER BY id LIMIT %s) AS slice HAVING count(*) > 0
"""
FILE_ALL = """
    SELECT conflictdb_file_disagreements(array_agg(id)) FROM (
        SELECT id FROM conflictdb_incident WHERE disputed UNION SELECT incident_id FROM conflictdb_disagreement
    ) AS touched HAVING count(*) > 0
"""


def install(using: str) -> bool:
    """Bring the database's functions and triggers to the code's; return whether anything had to change.

    Where the rule of the figures changed, every stored one is computed anew, and so are the pairs that disagree. One
    transaction: readers, who need not wait, see the old rule with the old figures or the new with the new; writers wait.
    """
    code = {file.name: file.read_text(encoding="utf-8") for file in _files()}
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in code.items()}
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(INSTALLED)
        comment, has_tables = cursor.fetchone()
        installed = digests_in(comment)
        if not has_tables or installed == digests:
            return False
        whole = "\n".join(code.values())
        run_each(cursor, OLD, [re.findall(r"TRIGGER (conflictdb_\w+)", whole)])
        cursor.execute(whole)
        run_each(cursor, ENTRANCES)
        cursor.execute(f"COMMENT ON FUNCTION {MARKED} IS '{json.dumps(digests)}'")
        if any(installed.get(name) != digests[name] for name in RULE):
            refresh_all(cursor)
        if any(installed.get(name) != digests[name] for name in PAIRS):
            cursor.execute(FILE_ALL)
    return True


def refresh_all(cursor: Any) -> None:
    """Compute the figures of every incident anew, slice after slice."""
    last = 0
    while True:
        cursor.execute(REFRESH, [last, SLICE])
        if (told := cursor.fetchone()) is None:
            return
        last = told[0]


def _files() -> list[Path]:
    """List the files, the rule before those that build on it."""
    return sorted(SQL.glob("*.sql"), key=lambda file: (file.name not in RULE, file.name))


def digests_in(comment: str | None) -> dict[str, str]:
    """Read the digests of what is installed; none where nothing is, or where somebody wrote another comment."""
    try:
        return dict(json.loads(comment or "{}"))
    except ValueError:
        return {}


def run_each(cursor: Any, query: str, arguments: list[Any] | None = None) -> None:
    """Run every statement that a query writes."""
    cursor.execute(query, arguments or [])
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)


def install_after_migrations(using: str, **_: Any) -> None:
    """Receive ``post_migrate``."""
    install(using)
