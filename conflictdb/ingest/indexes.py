"""The indexes that only serve readers, which cost more to keep up during a first load than to build after it."""

import time
from contextlib import suppress
from typing import Any, cast

from django.db import OperationalError, connection, models, transaction

from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.turn import TURN
from conflictdb.models import Citation, Claim, Incident, Participation, Source

TABLES: tuple[type[models.Model], ...] = (Incident, Participation, Claim, Citation, Source)
NEEDED = {("claim", "incident_id")}  # figures are made of an incident's claims
FEW = 1_000  # incidents that may be read one by one while a first load goes on
TRIES, PAUSE = 10, 0.05  # and seconds between: readers may be in the way; then the load is slower


def commands_of(table: type[models.Model]) -> dict[str, str]:
    """Give the commands that build a table's indexes, by name: those that models list, and those of foreign keys.

    But for those of few rows, which stay: to see of each new row that it is none of them takes less than to read all again.
    """
    editor = connection.schema_editor(collect_sql=True)
    commands = [str(index.create_sql(table, editor)) for index in table._meta.indexes if index.condition is None]
    commands += [
        str(cast("Any", editor)._create_index_sql(table, fields=[field]))  # noqa: SLF001 – as Django's migrations do
        for field in table._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and cast("Any", field).db_index
        and not field.unique
        and (table._meta.model_name, field.column) not in NEEDED
    ]
    return {command.split('"')[1]: command for command in commands}


def set_aside() -> None:
    """Drop them where the tables are as good as empty, in a step of its own, so that no reader waits for an import.

    Whoever calls this calls ``restore`` in the end, whatever happens; an import that was killed leaves that to the next
    one, or to ``migrate``. Until then what would use them reads the few rows that there are.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM conflictdb_incident LIMIT %s) AS few", [FEW + 1])
        if cursor.fetchone()[0] > FEW:
            return
    tables = ", ".join(table._meta.db_table for table in TABLES)
    for _ in range(TRIES):
        with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            # All or none, and at once: whoever waited for such a lock would make every reader wait behind it.
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT")
            for table in TABLES:
                for name in commands_of(table):
                    cursor.execute(f'DROP INDEX IF EXISTS "{name}"')
            return
        time.sleep(PAUSE)


def restore(pipe: Pipe | None = None) -> None:
    """Build those that are missing; through an import's own pipe, within its transaction."""
    with connection.cursor() as own:
        run = pipe or own
        own.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        there = {name for (name,) in own.fetchall()}
        for table in TABLES:
            for name, command in commands_of(table).items():
                if name not in there:
                    run.execute(command)


def restore_after_migrations(using: str, **_: Any) -> None:
    """Receive ``post_migrate``: build what a killed import left unbuilt; a running one sees to that itself."""
    if using == connection.alias and "conflictdb_citation" in connection.introspection.table_names():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
            if cursor.fetchone()[0]:
                restore()
