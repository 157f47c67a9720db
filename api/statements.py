"""SQL texts with places for values: compiled by Django once for each shape of request, prepared once in each connection.

Django takes most of a millisecond to compile a query, and PostgreSQL another to plan one: as long as the answer itself takes.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple, cast

from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, Expression, Field, Func, Lookup, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from psycopg import sql

from api.prepared import Plans, PreparedCursor

PLACE = re.compile("%[%s]")


class Slot(Expression):
    """A place for a value that is known when the query is run."""

    def __init__(self, name: str, output_field: Field | None = None) -> None:
        """Name the place."""
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, *_: Any, **__: Any) -> Any:
        """Leave the place open, for ``compiled`` to write."""
        return "%s", [self]


@Field.register_lookup
class AnyOf(Lookup):
    """``column__any_of=values``: equal to one of them; a single argument, or an array that the database makes."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Write ``column = ANY (values)``."""
        left, arguments = self.process_lhs(compiler, connection)
        if isinstance(self.rhs, (Func, RawSQL, Subquery)):
            array, more = compiler.compile(self.rhs)
            return f"{left} = ANY ({array})", [*arguments, *more]
        right = self.rhs if isinstance(self.rhs, Slot) else list(self.rhs)
        return f"{left} = ANY (%s)", [*arguments, right]


class Comparison(Func):
    """A comparison of two row values, ``ROW(a, b) < ROW(c, d)``: the form that follows an index of (a, b) at any depth."""

    output_field = BooleanField()

    def __init__(self, left: Sequence[Any], sign: str, right: Sequence[Any]) -> None:
        """Compare the rows of some expressions."""
        rows = (Func(*row, function="ROW", output_field=BooleanField()) for row in (left, right))
        super().__init__(*rows, template="%(expressions)s", arg_joiner=f" {sign} ")


class Statement(NamedTuple):
    """A text for PostgreSQL, and which slots its ``$1``, ``$2`` … stand for."""

    text: str
    slots: tuple[str, ...]
    plans: Plans = Plans.AS_IT_SEES_FIT

    def filled(self, values: Mapping[str, Any]) -> "Statement":
        """Write the values out, so that the planner knows them. For texts without constants that came from a reader."""
        written = [literal(values[name]) for name in self.slots]
        return Statement(re.sub(r"\$(\d+)", lambda place: written[int(place[1]) - 1], self.text), ())


def statement_of(query: QuerySet, frame: str = "{}", plans: Plans = Plans.AS_IT_SEES_FIT) -> Statement:
    """Compile a query, within the ``frame`` of a larger one."""
    slots: list[str] = []
    return Statement(frame.format(compiled(query, numbered(slots))), tuple(slots), plans)


def numbered(slots: list[str]) -> Callable[[Slot], str]:
    """Write slots as ``$1``, ``$2`` …, and gather their names in that order, behind those of other parts of a statement."""

    def written(slot: Slot) -> str:
        if slot.name not in slots:
            slots.append(slot.name)
        return f"${slots.index(slot.name) + 1}"

    return written


def filled(values: Mapping[str, Any]) -> Callable[[Slot], str]:
    """Write slots as the values that they stand for, where a statement takes no arguments."""
    return lambda slot: literal(values[slot.name])


def literal(value: Any) -> str:
    """Write a value out, as the database reads it."""
    connection.ensure_connection()
    return sql.Literal(value).as_string(connection.connection)


def compiled(query: QuerySet, write: Callable[[Slot], str]) -> str:
    """Compile a query, which may be part of a larger one; its slots are written by ``write``.

    Values that are no slots are written out: they are constants to the planner, which then knows the index of an expression
    or of a condition.
    """
    text, arguments = query.query.get_compiler(connection=connection).as_sql()
    return put(text, arguments, write)


def put(text: str, arguments: Iterable[Any], write: Callable[[Slot], str]) -> str:
    """Put values into the places that a compiled text has for them; slots are written by ``write``."""
    rest = iter(arguments)

    def written(place: re.Match[str]) -> str:
        if place[0] == "%%":
            return "%"
        value = next(rest)
        return write(value) if isinstance(value, Slot) else literal(value)

    return PLACE.sub(written, text)


class Result(NamedTuple):
    """What a statement found: the first column of each row as the bytes that PostgreSQL wrote, the rest where it is asked."""

    written: list[bytes | None]
    cursor: PreparedCursor

    def row(self, number: int) -> tuple[Any, ...]:
        """Give one whole row as Python values."""
        return self.cursor.row(number)


def run(statement: Statement, values: Mapping[str, Any]) -> Result:
    """Run a statement. ``values`` may hold more than it has slots.

    Reading is safe to repeat: where the server closed the kept connection a new one is opened, without asking beforehand.
    """
    try:
        return _run(statement, values)
    except OperationalError:
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _run(statement, values)


def _run(statement: Statement, values: Mapping[str, Any]) -> Result:
    if connection.connection is None:
        connection.connect()
    raw = PreparedCursor(connection.connection, [values[name] for name in statement.slots], statement.plans)
    cursor = connection.make_debug_cursor(cast("Any", raw))
    with cursor.debug_sql(statement.text) if connection.queries_logged else nullcontext():
        CursorWrapper.execute(cursor, statement.text)  # of a prepared statement the log would not know the text
    return Result(raw.written, raw)
