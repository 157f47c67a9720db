"""Values that very many rows hold. Of a value that stands apart from its statement PostgreSQL expects what is usual.

The incidents of an actor that took part in a tenth of all are best found by walking the list until a page is full, those of
any other through the participations. The planner chooses well where it sees the value and knows its share.
"""

import time
from typing import Any, NamedTuple

from django.db import connection

SHARE = 0.005  # of a table's rows
FRESH = 600  # seconds for which the statistics are taken to hold
COMMON = """
    SELECT record.slug, record.id
    FROM pg_stats, unnest(most_common_vals::text::bigint[], most_common_freqs) AS common (id, share)
    JOIN {table} AS record USING (id)
    WHERE schemaname = current_schema() AND tablename = %s AND attname = %s AND share >= %s
"""


class Common(NamedTuple):
    """A record that very many rows name, as a constant of the statement."""

    slug: str
    pk: int


KNOWN: dict[Any, tuple[float, dict[str, int]]] = {}  # link → when to ask again, and its common records by their slugs


def common(column: Any, slug: str) -> Common | None:
    """Find the record of a slug among those that a link very often leads to; None if it is not one of them."""
    until, found = KNOWN.get(column, (0.0, {}))
    if time.monotonic() > until:
        found = shares(column)
        KNOWN[column] = time.monotonic() + FRESH, found
    return Common(slug, found[slug]) if slug in found else None


def shares(column: Any) -> dict[str, int]:
    """Ask for the statistics, which PostgreSQL gathers by itself after many writes."""
    table = connection.ops.quote_name(column.related_model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(COMMON.format(table=table), [column.model._meta.db_table, column.column, SHARE])
        return dict(cursor.fetchall())
