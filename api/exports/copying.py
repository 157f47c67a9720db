"""Rows straight from PostgreSQL's COPY: it writes the bytes, and they pass through without an object made of any of them."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

from django.db import connection, transaction

from api import busy
from api.exports.asked import Asked, Rows

BLOCK = 1 << 17  # bytes that are sent at once, at least
CSV = "FORMAT csv"
# One text a row, as it is: quoted and escaped it would be for bytes only that JSON never holds.
VERBATIM = r"FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02'"
# Whatever the database's own settings are: days are ISO 8601, and numbers are exact.
# The name tells whoever looks at what runs that this transaction writes nothing, however long it lasts.
READING = "conflictdb reading"
SETTINGS = f"SET LOCAL datestyle = 'ISO'; SET LOCAL extra_float_digits = 1; SET LOCAL application_name = '{READING}'"
# A COPY lasts as long as its reader takes. What was read before it, by the same conditions, had the limit of all statements.
PATIENCE = "SET LOCAL statement_timeout = 0"


@contextmanager
def snapshot() -> Iterator[None]:
    """Read all that belongs to one file from one state of the dataset, however long it takes."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if is_outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(SETTINGS)
        try:
            yield
        finally:
            transaction.set_rollback(
                True
            )  # nothing was written, and a COPY that was broken off leaves nothing to commit


@contextmanager
def copied(asked: Asked, rows: Rows, shown: Iterable[str], options: str) -> Iterator[Iterator[bytes]]:
    """Open a COPY of all rows, in their order; ``shown`` is SQL on ``rows``.

    Leaving ends the COPY, wherever it stands. Raises ``InvalidParameters`` where there is no row and a value names nothing.
    """
    # The subquery is there so that a value is worked out once, though several columns show parts of it.
    table = f"({rows.query}) AS rows ({', '.join(rows.names)})"
    command = f"COPY (SELECT {', '.join(shown)} FROM {table} ORDER BY {rows.order}) TO STDOUT ({options})"  # noqa: S608 – compiled by Django
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(command) as copy:
        if first := bytes(copy.read()):
            yield chain([first], copy)
            return
    asked.verify()  # it asks the database, which a COPY leaves no room for
    yield iter(())


def blocks(rows: Iterable[bytes], many: int = BLOCK) -> Iterator[list[bytes]]:
    """Gather rows: the first by itself, so that a reader sees at once that something comes; then many at a time.

    Between these it lets pages go first, and PostgreSQL, which writes no further than it is read, does too.
    """
    held, size, least, began = [], 0, 0, time.monotonic()
    for row in rows:
        held.append(row)
        size += len(row)
        if size > least:
            took = time.monotonic() - began
            yield held
            busy.rest(took)
            held, size, least, began = [], 0, many, time.monotonic()
    if held:
        yield held
