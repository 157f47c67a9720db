"""Installs the functions and triggers of ``sql/`` after every migration, so that the database always runs the code's rules.

They are code, not history: one file a subject, replaced as a whole when it changes, never migrated step by step.
"""

import hashlib
from pathlib import Path
from typing import Any

from django.db import connections, transaction

SQL = Path(__file__).resolve().parent / "sql"
# The digest of what is installed stands in the comment of a function that is always there.
MARKED = "FUNCTION conflictdb_refresh(bigint[], timestamptz)"
INSTALLED = """
    SELECT obj_description(to_regprocedure('conflictdb_refresh(bigint[], timestamptz)')::oid, 'pg_proc'),
           to_regclass('conflictdb_citation') IS NOT NULL
"""
OLD = """
    SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'conflictdb\\_%'
    UNION ALL
    SELECT format('DROP FUNCTION %s', oid::regprocedure)
    FROM pg_proc WHERE proname LIKE 'conflictdb\\_%' AND pronamespace = current_schema()::regnamespace
"""
REFRESH_ALL = "SELECT conflictdb_refresh(array_agg(id)) FROM conflictdb_incident HAVING count(*) > 0"


def install(using: str) -> bool:
    """Bring the database's functions and triggers to the code's; return whether anything had to change.

    When it had to, every stored estimate is computed anew under the rule that now holds. One transaction: readers see
    the old rule with the old figures or the new with the new.
    """
    files = sorted(SQL.glob("*.sql"))
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    digest = hashlib.sha256(code.encode()).hexdigest()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(INSTALLED)
        installed, has_tables = cursor.fetchone()
        if not has_tables or installed == digest:
            return False
        cursor.execute(OLD)
        for (drop,) in cursor.fetchall():
            cursor.execute(drop)
        cursor.execute(code)
        cursor.execute(f"COMMENT ON {MARKED} IS '{digest}'")
        cursor.execute(REFRESH_ALL)
    return True


def install_after_migrations(using: str, **_: Any) -> None:
    """Receive ``post_migrate``."""
    install(using)
