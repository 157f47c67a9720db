"""The newest rows that hold some words, looked for window by window: some thousand rows, then many more, then all others.

Neither way is short for words that one row in a hundred holds: along the list's order very many rows are read for those that
do, and through the index of words all that do are fetched and sorted. Within a window PostgreSQL joins both indexes before it
fetches a row; and where a window gave enough, the others are not looked at. They part all rows between them, so that the
answer is the same wherever they end, and is right too where rows were stored since that was asked.
"""

import json
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import F, Model, QuerySet, Value

from api.filters.common import FRESH
from api.search.words import query
from api.statements import Comparison, Slot, compiled

DEPTHS = (12, 200)  # rows of the windows, for each row that is sought
RARE = 10  # rows that hold the words, for each that is sought: so few are fetched and sorted at once
COMMON = 0.1  # of all rows: the list's order meets enough of them within the first window
SEARCHES = 1_000  # whose words a process remembers
Place = tuple[Any, ...]  # the values of a row that a list is ordered by
KNOWN: dict[Any, tuple[float, tuple[float, tuple[Place, ...]]]] = {}  # what is asked → when to ask again, what was told
ROWS = "SELECT reltuples FROM pg_class WHERE oid = %s::regclass"


class Asked(NamedTuple):
    """A condition, and the same in a form that takes no index, for windows that are read from one end to the other."""

    held: Any
    read: Any = None


class Windows(NamedTuple):
    """The last row of each window but the last one, and whether the first is read from one end to the other."""

    ends: tuple[Place, ...] = ()
    is_read: bool = False


def windows(rows: QuerySet, most: int, words: str) -> Windows:
    """Choose the windows in which the first ``most`` are looked for that hold the words, of all ``rows`` in their order.

    Where few rows hold them, by the planner's estimate, or few are stored, there is but one. For what most rows hold the
    planner would take the index of words too, as it thinks that rows are read from disk.
    """
    stored, ends = _known(rows, most)
    if not ends:
        return Windows()
    holding = holding_of(cast("Any", rows.model), words, int(time.monotonic() // FRESH))
    return Windows(ends, is_read=holding > COMMON * stored) if holding > RARE * most else Windows()


@lru_cache(maxsize=SEARCHES)
def holding_of(model: type[Model], words: str, _: int) -> float:
    """Estimate how many rows hold some words; kept for the words asked for last, until the last argument changes."""
    held = compiled(model._default_manager.filter(search=query(words)).values("pk"), lambda _: "")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {held}")
        (told,) = cursor.fetchone()
    (plan,) = told if isinstance(told, list) else json.loads(told)
    return float(plan["Plan"]["Plan Rows"])


def newest(rows: QuerySet, asked: Asked, most: int, chosen: Windows, write: Callable[[Slot], str]) -> str:
    """Write the SQL of the first ``most`` rows that meet a condition, in any order: their columns, which tell their order."""
    if not chosen.ends:
        return compiled(rows.filter(asked.held)[:most], write)
    names, sign = order_of(rows)
    here = [F(name) for name in names]
    tables: list[str] = []
    for number, (before, end) in enumerate(pairwise((None, *chosen.ends, None))):
        window = rows
        if before:
            window = window.filter(Comparison(here, "<" if sign else ">", [Value(value) for value in before]))
        if end:
            window = window.filter(Comparison(here, ">=" if sign else "<=", [Value(value) for value in end]))
        window = window.filter(asked.read if asked.read and chosen.is_read and not number else asked.held)
        found = "".join(f" - (SELECT count(*) FROM window_{each})" for each in range(number))  # noqa: S608 – our own names
        tables.append(f"window_{number} AS MATERIALIZED ({compiled(window, write)} LIMIT {most}{found})")
    whole = " UNION ALL ".join(f"SELECT * FROM window_{number}" for number in range(len(tables)))  # noqa: S608 – as above
    return f"WITH {', '.join(tables)} {whole}"


def _known(rows: QuerySet, most: int) -> tuple[float, tuple[Place, ...]]:
    """Tell how many rows a table has, and where its windows end. Asked of the database every ten minutes."""
    what = rows.model, rows.query.order_by, most
    until, known = KNOWN.get(what, (0.0, (0.0, ())))
    if time.monotonic() > until:
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [connection.ops.quote_name(rows.model._meta.db_table)])
            (stored,) = cursor.fetchone()
        depths = [most * depth for depth in DEPTHS if most * depth < stored / 2]
        ends = (rows.values_list(*order_of(rows)[0])[depth : depth + 1].first() for depth in depths)
        known = stored, tuple(end for end in ends if end)
        KNOWN[what] = time.monotonic() + FRESH, known
    return known


def order_of(rows: QuerySet) -> tuple[list[str], str]:
    """Tell the columns and annotations by which rows are ordered, all of them up or all down, and its sign."""
    names = [str(name) for name in rows.query.order_by]
    return [name.removeprefix("-") for name in names], "-" if names[0].startswith("-") else ""
