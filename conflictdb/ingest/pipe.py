"""Rows on their way into tables by PostgreSQL's COPY, the fastest road in."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from psycopg import Connection, sql

FIRST, CHUNK = 200, 2_000  # rows that are sent at a time: the first few are taken in while the others are made
CELL, QUOTE = "\x1f", "\x1e"  # hardly any text holds these, so that hardly any needs quotes
# The first and the last tell all, but where somebody else took some meanwhile.
NEW_IDS = """
    SELECT min(id), max(id), CASE WHEN max(id) - min(id) >= count(*) THEN array_agg(id) END
    FROM (SELECT nextval(sequence) AS id
          FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0), generate_series(1, %s)) AS taken
"""


class _BrokenOff(Exception):  # noqa: N818 – no error of its own: what broke it off is raised where it happened
    """Rows of a COPY will not come."""


class Pipe:
    """A cursor that need not be waited for: while PostgreSQL takes in some rows the next ones are made.

    A thread sends COPYs and what is to be done ``later``, in their order. Every other command waits for them, and raises
    their errors.
    """

    def __init__(self, connection: Connection) -> None:
        """Work on an import's own connection."""
        self.connection = connection
        self._cursor = connection.cursor()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="copy")
        self._running: list[Future[Any]] = []

    def copy(
        self,
        model: str,
        columns: Sequence[str],
        rows: Iterable[tuple[Any, ...]],
        same: Mapping[str, Any] = MappingProxyType({}),
        table: str = "",
    ) -> None:
        """Append rows to a model's table, or to another of the same columns; None is null, an empty text stays one.

        ``same`` holds further columns, of which all rows have the same.

        Written as CSV, with ``None`` for null, which only texts can hold otherwise. What makes the rows must not ask the
        database: it is busy with those made before.
        """
        columns = (*columns, *same)
        command = sql.SQL(
            "COPY {} ({}) FROM STDIN (FORMAT csv, DELIMITER {}, QUOTE {}, NULL 'None', FORCE_NOT_NULL ({}))"
        ).format(
            sql.Identifier(table or f"conflictdb_{model}"),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            *(CELL, QUOTE),
            sql.SQL(", ").join(map(sql.Identifier, text_columns(model, columns))),
        )
        left, size = iter(rows), FIRST
        if not (some := list(islice(left, size))):
            return
        texts: SimpleQueue[str | None] = SimpleQueue()
        is_whole = False
        try:
            self._running.append(self._thread.submit(self._send, command, texts))
            while some:
                texts.put(written(some, tuple(same.values())))
                size = CHUNK
                some = list(islice(left, size))
            is_whole = True
        finally:
            texts.put("" if is_whole else None)

    def _send(self, command: sql.Composed, texts: SimpleQueue[str | None]) -> None:
        """Send texts as they come, until an empty one; none instead of it undoes the COPY: its rows could not be made."""
        with suppress(_BrokenOff), self._cursor.copy(command) as stream:
            while text := texts.get():
                stream.write(text)
            if text is None:
                raise _BrokenOff

    def later(self, query: str, arguments: Any = None) -> None:
        """Run a command after what is on its way, without waiting for it."""
        self._running.append(self._thread.submit(self._cursor.execute, query.encode(), arguments))

    def ask(self, query: str, arguments: Any = None) -> Future[list[tuple[Any, ...]]]:
        """Run a query after what is on its way; its rows are waited for by whoever needs them."""
        asked = self._thread.submit(self._answer, query.encode(), arguments)
        self._running.append(asked)
        return asked

    def _answer(self, query: bytes, arguments: Any) -> list[tuple[Any, ...]]:
        return self._cursor.execute(query, arguments).fetchall()

    def wait(self) -> None:
        """See all COPYs to their end; raise the first error of any."""
        running, self._running = self._running, []
        errors = [error for future in running if (error := future.exception())]
        if errors:
            raise errors[0]

    def execute(self, query: Any, arguments: Any = None) -> None:
        """Run a command."""
        self.wait()
        self._cursor.execute(query.encode() if isinstance(query, str) else query, arguments)

    def execute_many(self, query: str, rows: Sequence[Any]) -> int:
        """Run a command for each row; return how many rows it touched."""
        if not rows:
            return 0
        self.wait()
        self._cursor.executemany(query.encode(), rows)
        return self._cursor.rowcount

    def rows(self, query: str, arguments: Any = None) -> list[tuple[Any, ...]]:
        """Run a query and give all its rows."""
        self.execute(query, arguments)
        return self._cursor.fetchall()

    def touched(self, query: str, arguments: Any = None) -> int:
        """Run a command and return how many rows it touched."""
        self.execute(query, arguments)
        return self._cursor.rowcount

    def new_ids(self, model: str, number: int) -> list[int]:
        """Take as many primary keys of a model from its sequence."""
        if not number:
            return []
        ((first, last, each),) = self.rows(NEW_IDS, [f"conflictdb_{model}", number])
        return each or list(range(first, last + 1))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within, if it fails, and nothing else."""
        self.wait()
        with self.connection.transaction():
            try:
                yield
            finally:
                self.wait()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()


def written(rows: Sequence[tuple[Any, ...]], same: tuple[Any, ...] = ()) -> str:
    """Write rows, each with ``same`` behind it, as ``copy`` sends them: in a fifth of the standard library's time.

    Where marks that end cells or lines turn out to stand in a text as well, its writer puts quotes where they belong.
    """
    line = CELL.join([*["%s"] * len(rows[0]), *(str(value).replace("%", "%%") for value in same)]) + "\n"
    plain = "".join([line % row for row in rows])
    marks = len(rows) * line.count(CELL)
    if plain.count("\n") == len(rows) and plain.count(CELL) == marks and QUOTE not in plain and "\r" not in plain:
        return plain
    lines: list[str] = []
    writer = csv.writer(_Written(lines.append), delimiter=CELL, quotechar=QUOTE)
    writer.writerows([[str(value) for value in (*row, *same)] for row in rows])
    return "".join(
        [f"{line[:-2]}\n" for line in lines]
    )  # ended by \r\n, or it would leave a \r in a text without quotes


class _Written(NamedTuple):
    """What the standard library's writer takes for a file."""

    write: Callable[[str], None]


def text_columns(model: str, columns: Sequence[str]) -> list[str]:
    """Name those of the columns that hold texts, which are never null."""
    fields = {field.column: field for field in apps.get_model("conflictdb", model)._meta.concrete_fields}
    texts = (models.CharField, models.TextField)
    return [name for name in columns if isinstance(fields[name], texts) and not fields[name].null]
