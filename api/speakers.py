"""Who disagrees with whom: the actors that speak in two claims, how often they differ, and by how much."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet, TextField
from django.urls import reverse
from rest_framework.request import Request

from api import reading
from api.documents import BASE
from api.exports import hxl
from api.exports.asked import Asked, Rows, Table, datasets_of
from api.exports.fields import flat, kind_of, parts_of
from api.exports.kinds import Column
from api.parameters import verify
from api.serializers.disagreement import SpeakersSerializer
from api.statements import Slot, Statement, compiled, filled, statement_of
from conflictdb.disagreements import speaker
from conflictdb.models import Dataset

SIDES = ("first", "second")

# Pairs of speakers in alphabetical order, those who are not known last: each pair as a whole, and by kind and measure. Who
# speaks is looked up once for each, before it is compared.
TABLES = """
    WITH pair (one, other, incident, kind, measure, gap, base) AS MATERIALIZED ({}),
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
    )
"""
COUNTS = ("disagreements", "incidents", "gap_median", "gap_total", "first_says_more", "second_says_more")
KINDS = """ARRAY(SELECT row_to_json(part) FROM (
                SELECT kind, measure, disagreements, incidents, gap_median, gap_total FROM counted
                WHERE NOT is_whole AND counted.first IS NOT DISTINCT FROM whole.first
                  AND counted.second IS NOT DISTINCT FROM whole.second
                ORDER BY disagreements DESC, kind, measure
            ) AS part)"""
DOCUMENT = """(SELECT row_to_json(members) FROM (SELECT
            {actors},
            {counts}, {kinds} AS kinds
        ) AS members)"""
ANSWER = """, shown AS (
        SELECT whole.number, whole.place, {document} AS document FROM whole WHERE place <= {limit}
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
    return statement_of(pairs(reading.rows_of(shape)), TABLES + ANSWER.format(document=document(), limit=shape.size))


def pairs(found: QuerySet) -> QuerySet:
    """Tell of each disagreement what is counted: the rows of ``pair``."""
    speakers = {"first": speaker("one", "slug"), "second": speaker("other", "slug")}
    rows = found.order_by().annotate(**speakers, base=Slot(BASE, TextField()))
    return rows.values_list("first", "second", "incident_id", "kind", "measure", "gap", "base")


def document() -> str:
    """Write a row of the answer as JSON."""
    actors = ",\n            ".join(ACTOR.format(address=address(), side=side) for side in SIDES)
    return DOCUMENT.format(actors=actors, counts=", ".join(f"whole.{name}" for name in COUNTS), kinds=KINDS)


def address() -> str:
    """Tell where actors are, on this server."""
    return reverse("api:actor-detail", args=["a"]).removesuffix("a/")


class Speakers(Asked):
    """One request for a file of who disagrees with whom: all pairs, unless ``limit`` says how many."""

    noun = "disagreements-aggregate"

    def __init__(self, view: Any, request: Request) -> None:
        """Take the view, which has read the parameters, and the request."""
        super().__init__(request)
        self.view, self.given = view, view.given

    @property
    def matching(self) -> QuerySet:
        """The disagreements that match."""
        return reading.found(type(self.view), self.given, filled(self.slots))

    def table(self) -> Table:
        """Give the rows as a table: the fields of the serializer, flat."""
        leaves = [*flat(SpeakersSerializer())]
        columns = [
            Column(name, kind_of(field), f"rows.v{number}", parts_of(field))
            for number, (name, field) in enumerate(leaves)
        ]
        return Table(columns, self._rows({f"v{number}": _cell(name) for number, (name, _) in enumerate(leaves)}))

    def documents(self) -> Rows:
        """Give the rows as JSON."""
        return self._rows({"document": document()})

    def datasets(self) -> Iterable[Dataset]:
        """The datasets that the incidents and claims are from."""
        return datasets_of(self.matching)

    def hashtags(self, names: Sequence[str]) -> list[str]:
        """Give each column's hashtag."""
        return hxl.tags_of_speakers(names)

    def exceeds(self, most: int) -> bool:
        """Whether there are more rows than so many."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self._tables()} SELECT count(*) FROM whole")  # noqa: S608 – compiled by Django
            return bool(cursor.fetchone()[0] > most)

    def verify(self) -> None:
        """Look whether every value names something."""
        verify(self.given, self.view.parameters())

    def _tables(self) -> str:
        return TABLES.format(compiled(pairs(self.matching), filled(self.slots)))

    def _rows(self, values: Mapping[str, str]) -> Rows:
        """Write the query of some expressions, the most frequent pair first."""
        actors = " ".join(f"LEFT JOIN conflictdb_actor AS {side} ON {side}.slug = whole.{side}" for side in SIDES)
        cut = f"WHERE place <= {self.given['limit']}" if "limit" in self.given else ""
        shown = f"SELECT {', '.join(values.values())}, place FROM whole {actors} {cut}"  # noqa: S608 – of our own names
        return Rows(f"{self._tables()} {shown}", [*values, "place"], "rows.place")


def _cell(name: str) -> str:
    """Write a column of the table."""
    side, _, of_actor = name.partition(".")
    if of_actor:
        return f"whole.base || '{address()}' || {side}.slug || '/'" if of_actor == "url" else name
    return f"to_json({KINDS})::text" if name == "kinds" else f"whole.{name}"
