"""Who disagrees with whom: the actors that speak in two claims, how often they differ, and by how much."""

from functools import lru_cache
from typing import Any

from django.db.models import TextField
from django.urls import reverse
from rest_framework.request import Request

from api import reading
from api.documents import BASE
from api.statements import Slot, Statement, statement_of
from conflictdb.disagreements import speaker

# Pairs of speakers in alphabetical order, those who are not known last: each pair as a whole, and by kind and measure. Who
# speaks is looked up once for each, before it is compared.
FRAME = """
    WITH pair (one, other, incident, kind, measure, gap, base) AS MATERIALIZED ({{}}),
    told AS (
        SELECT CASE WHEN is_turned THEN other ELSE one END AS first, CASE WHEN is_turned THEN one ELSE other END AS second,
               incident, kind, measure, gap, base, kind = 'toll' AND is_turned AS first_says_more,
               kind = 'toll' AND NOT is_turned AS second_says_more
        FROM pair CROSS JOIN LATERAL (
            SELECT other IS NOT NULL AND (one IS NULL OR other < one) AS is_turned
        ) AS sides
    ), counted AS (
        SELECT first, second, kind, measure, grouping(kind) = 1 AS is_whole, count(*) AS disagreements,
               count(DISTINCT incident) AS incidents, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap_median,
               sum(gap) AS gap_total, count(*) FILTER (WHERE first_says_more) AS first_says_more,
               count(*) FILTER (WHERE second_says_more) AS second_says_more, min(base) AS base
        FROM told GROUP BY GROUPING SETS ((first, second), (first, second, kind, measure))
    ), whole AS (
        SELECT *, row_number() OVER (ORDER BY disagreements DESC, incidents DESC, first, second) AS place,
               count(*) OVER () AS number
        FROM counted WHERE is_whole
    ), shown AS (
        SELECT whole.number, whole.place, (SELECT row_to_json(members) FROM (SELECT
            {actors},
            whole.disagreements, whole.incidents, whole.gap_median, whole.gap_total, whole.first_says_more,
            whole.second_says_more,
            ARRAY(SELECT row_to_json(part) FROM (
                SELECT kind, measure, disagreements, incidents, gap_median, gap_total FROM counted
                WHERE NOT is_whole AND counted.first IS NOT DISTINCT FROM whole.first
                  AND counted.second IS NOT DISTINCT FROM whole.second
                ORDER BY disagreements DESC, kind, measure
            ) AS part) AS kinds
        ) AS members) AS document
        FROM whole WHERE place <= {limit}
    )
    SELECT shown.document, shown.number, (SELECT token::text FROM conflictdb_revision)
    FROM (VALUES (1)) AS least LEFT JOIN shown ON true ORDER BY shown.place
"""
ACTOR = """(SELECT row_to_json(members) FROM (
                SELECT slug, name, kind, whole.base || '{address}' || slug || '/' AS url FROM conflictdb_actor
                WHERE slug = whole.{side}
            ) AS members) AS {side}"""


def read_aggregate(view: Any, request: Request, limit: int) -> reading.Answer:
    """Count the disagreements that match, by who speaks on either side; the answer's place of a row is their number."""
    shape = reading.shape_of(view, request, view.default_order, limit, is_continued=False)
    return reading.answer(statement(shape), reading.values_of(view, request))


@lru_cache(maxsize=reading.SHAPES)
def statement(shape: reading.Shape) -> Statement:
    """Compile the counting of the disagreements that match."""
    rows = (
        reading.rows_of(shape)
        .order_by()
        .annotate(first=speaker("one", "slug"), second=speaker("other", "slug"), base=Slot(BASE, TextField()))
    )
    rows = rows.values_list("first", "second", "incident_id", "kind", "measure", "gap", "base")
    address = reverse("api:actor-detail", args=["a"]).removesuffix("a/")
    actors = ",\n            ".join(ACTOR.format(address=address, side=side) for side in ("first", "second"))
    return statement_of(rows, FRAME.format(actors=actors, limit=shape.size))
