"""Pages of incidents that a figure under a lens orders or filters, found without computing the figures of all that match.

A *walk* goes through candidates in batches, computes the figures of each batch under the lens, keeps the best rows so far,
and ends as soon as no candidate that is left could be on the page. Candidates are the incidents that meet all conditions
but those on figures, and of these what they need at least (`BoundedIncidentFilterSet`): under no lens are more killed than
``killed_most``, which the database keeps (`sql/bounds.sql`).

- A list in an order of its own is walked in this order, from behind the cursor, until the page is full.
- A list in the falling order of a figure is walked in that of the figure's bound. What is left has figures of at most the
  bound of the batch's last: once the page's last row is not below that, the page is found (Fagin's threshold algorithm).
  A lens may make any figure null, and null sorts below all values: so that is a walk for what has a value, and where it does
  not fill the page another one, by key, for what has none.
- Nothing bounds a figure from below, since a lens may make it null: the rising order of a figure is walked by key, and ends
  early only where the page is full of nulls.

Whatever has a value under ``according_to`` is spoken of by those actors. Where they speak of few incidents these are the
candidates, as they are found when it is run.

Candidates come out of common tables, of which PostgreSQL makes only so many rows as are asked for: the first few thousand by
a plan for few, the rest by plans for many. A walk is a recursive one with a row a batch, which holds the page so far in two
arrays; each doubles what was computed, so that a walk to the end costs what computing all at once does.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan

from api.filters.incident import bound_of, is_of_value
from api.filters.lens import voiced_by
from api.lens import FIGURES, Under, lensed
from api.statements import Comparison, Slot, compiled

FIRST, LARGEST = 200, 25_600  # candidates of the first batch, and of any
PLANNED = (2_000, 40_000, None)  # so many candidates are found by one plan, so many more by another, and all others
FEW = 10_000  # claims of those whom a reader hears, up to which the incidents are found by them
UNKNOWN = -1  # what stands for null in the orders by a figure; no value is below zero
BEHIND_ALL = 2**63 - 1  # a key that no incident has
WALK = """
{name} (taken, size, keys, pks, is_over) AS (
    {begin}
    UNION ALL
    SELECT {name}.taken + {name}.size, least({name}.taken + {name}.size, {largest}), found.keys, found.pks,
           batch.rows < {name}.size
           OR cardinality(found.pks) = {page} AND (found.keys[{page}], found.pks[{page}]) {reaches} (batch.bound, batch.pk)
    FROM {name}
    CROSS JOIN LATERAL (
        SELECT count(*) AS rows, array_agg(pk) AS pks, (array_agg(bound))[count(*)] AS bound, (array_agg(pk))[count(*)] AS pk
        FROM ({candidates} OFFSET {name}.taken LIMIT {name}.size) AS next
    ) AS batch
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(key ORDER BY key {direction}, pk {direction}), '{{}}') AS keys,
               coalesce(array_agg(pk ORDER BY key {direction}, pk {direction}), '{{}}') AS pks
        FROM (
            SELECT pk, key FROM (
                SELECT pk, key FROM unnest({name}.pks, {name}.keys) AS kept (pk, key)
                UNION ALL
                (WITH lensed AS ({seen}) {told})
            ) AS known ORDER BY key {direction}, pk {direction} LIMIT {page}
        ) AS best
    ) AS found
    WHERE NOT {name}.is_over
)"""
BEGIN = "SELECT 0::bigint, {first}::bigint, '{{}}'::{type}[], '{{}}'::bigint[], false"
GO_ON = "SELECT 0::bigint, {first}::bigint, keys, pks, false FROM {before} WHERE is_over AND cardinality(pks) < {page}"


class Walk(NamedTuple):
    """Candidates, what no key among them exceeds (falling; else none falls below), and conditions on ``key`` and ``pk``."""

    candidates: QuerySet
    bound: Any  # an expression, or a number that holds for all
    takes: tuple[Any, ...] = ()
    is_told: bool = False  # whether all that it finds have a figure under the lens


class Page:
    """A page of a list under a lens, written as common tables of a recursive statement."""

    def __init__(self, shape: Any, key: Any, write: Callable[[Slot], str]) -> None:
        """Take the shape of the request, what its rows are ordered by, and what writes slots."""
        self.shape, self.key, self.write = shape, key, write
        self.rows = shape.view.queryset.order_by()
        self.column, self.is_falling = shape.order.removeprefix("-"), shape.order.startswith("-")
        self.filters = shape.view.lensed_filterset_class
        self.given: Mapping[str, Any] = self.filters.with_defaults(shape.given)
        self.told_of = self.filters.mentioning(FIGURES, self.given)
        self.hears_some = "according_to" in self.given
        self.is_told = any(map(is_of_value, self.told_of, self.told_of.values()))

    def tables(self) -> str:
        """Write the walks, and `page` with the rows that they found: ``pk`` and ``key``."""
        walks = [self._written(number, walk) for number, walk in enumerate(self.walks())]
        # a walk that goes on holds what the one before it found
        ends = (f"SELECT pks, keys FROM walk_{number} WHERE is_over" for number in range(len(walks)))  # noqa: S608 – our own names
        last = f"SELECT pks, keys FROM ({' UNION ALL '.join(ends)}) AS ended ORDER BY cardinality(pks) DESC LIMIT 1"  # noqa: S608 – as above
        page = f"page AS MATERIALIZED (SELECT found.* FROM ({last}) AS last, unnest(pks, keys) AS found (pk, key))"  # noqa: S608 – as above
        return ", ".join((*self._spoken(), *walks, page))

    def _spoken(self) -> list[str]:
        """Write the table of incidents that those are heard about whom the lens names, if there are not too many."""
        if not self.hears_some:
            return []
        claims = compiled(voiced_by(self.given["according_to"], self.given), self.write)
        return [f"spoken (pk) AS MATERIALIZED (SELECT * FROM ({claims}) AS claims LIMIT {FEW + 1})"]  # noqa: S608 – compiled by Django

    def walks(self) -> list[Walk]:
        """Choose the walks, in the order in which they find rows."""
        if self.column not in FIGURES:
            rows = self._candidates()
            rows = rows.filter(*self._behind((self.key, F("pk")))) if self.shape.is_continued else rows
            return [Walk(rows, self.key, is_told=self.is_told)]
        if not self.is_falling:
            takes = self._behind((F("key"), F("pk"))) if self.shape.is_continued else ()
            return [Walk(self._candidates(), UNKNOWN, (*takes,), is_told=self.is_told)]
        asked = {name: self.given[name] for name in self.given if name.partition("__")[0] == self.column}
        if not asked:
            return [self._of_values(), self._of_nulls()]
        return [self._of_nulls() if asked.get(f"{self.column}__isnull") else self._of_values()]

    def _of_values(self) -> Walk:
        """Walk where a figure is known, falling: it may be known only where it has a bound."""
        bound = bound_of(self.column)
        rows, takes = self._candidates().filter(GreaterThanOrEqual(bound, 0)), [GreaterThanOrEqual(F("key"), 0)]
        if self.shape.is_continued:
            rows = rows.filter(GreaterThanOrEqual(Slot("after_key", BigIntegerField()), 0))
            takes += self._behind((F("key"), F("pk")))
        return Walk(rows, bound, (*takes,), is_told=True)

    def _of_nulls(self) -> Walk:
        """Walk where a figure is null, falling: behind the cursor's key where the cursor's own is null, else all."""
        rows = self._candidates()
        if self.shape.is_continued:
            after = (Slot(name, BigIntegerField()) for name in ("after_key", "after_pk"))
            case = {"template": f"CASE %(expressions)s ELSE {BEHIND_ALL} END", "arg_joiner": f" WHEN {UNKNOWN} THEN "}
            rows = rows.filter(LessThan(F("pk"), Func(*after, **case, output_field=BigIntegerField())))
        return Walk(rows, UNKNOWN, (Exact(F("key"), UNKNOWN),))

    def _candidates(self) -> QuerySet:
        """Find what may be on some page."""
        besides = {name: self.given[name] for name in self.given if name not in self.told_of}
        needed = self.filters.bounded.necessary(self.told_of, self.given)
        return self.rows.public().filter(*self.filters.together(besides), *needed)

    def _behind(self, here: tuple[Any, Any]) -> list[Any]:
        """Leave out what comes before the cursor, and its own row."""
        return [Comparison(here, "<" if self.is_falling else ">", (Slot("after_key"), Slot("after_pk")))]

    def _written(self, number: int, walk: Walk) -> str:
        """Write the tables of a walk."""
        name = f"walk_{number}"
        names = {"first": FIRST, "page": self.shape.size, "before": f"walk_{number - 1}"}
        names["type"] = str(self.shape.view.queryset.model._meta.get_field(self.column).db_type(connection))
        begin = (GO_ON if number else BEGIN).format(**names)
        tables = self._candidate_tables(name, walk)
        told = lensed(self.rows).annotate(key=self.key).filter(*self.filters.together(self.told_of), *walk.takes)
        table = WALK.format(
            **names,
            name=name,
            begin=begin,
            largest=LARGEST,
            candidates=" UNION ALL ".join(f"SELECT pk, bound FROM {each}" for each in tables),  # noqa: S608 – our own names
            seen=Under(self.shape.given).figures("unnest(batch.pks) AS page (pk)", self.write),
            told=compiled(told.values_list("pk", "key"), self.write),
            direction="DESC" if self.is_falling else "ASC",
            reaches=">=" if self.is_falling else "<=",
        )
        return ", ".join((*(f"{each} AS MATERIALIZED ({query})" for each, query in tables.items()), table))

    def _candidate_tables(self, walk_name: str, walk: Walk) -> dict[str, str]:
        """Write the queries for candidates in order, by the names of their tables: each begins behind the one before it."""
        is_constant = isinstance(walk.bound, int)
        order = ("pk",) if is_constant else ("bound", "pk")
        bound = Value(walk.bound, BigIntegerField()) if is_constant else walk.bound
        rows = walk.candidates.annotate(bound=bound).order_by(*(f"{'-' * self.is_falling}{each}" for each in order))
        tables: dict[str, str] = {}
        before, most = "", 0
        if self.hears_some and walk.is_told:
            few = f"(SELECT count(*) <= {FEW} FROM spoken)"  # noqa: S608 – our own names
            spoken = rows.filter(RawSQL(few, [], BooleanField()), pk__any_of=RawSQL("ARRAY(SELECT pk FROM spoken)", []))  # noqa: S611 – our own names
            tables[f"{walk_name}_spoken"] = compiled(spoken.values_list("pk", "bound"), self.write)
            rows = rows.filter(RawSQL(f"NOT {few}", [], BooleanField()))  # noqa: S611 – as above
        for number, limit in enumerate(PLANNED):
            if before:
                last = [RawSQL(f"SELECT {each} FROM {before} OFFSET {most - 1} LIMIT 1", []) for each in order]  # noqa: S608, S611 – our own names
                rows = rows.filter(Comparison([F(each) for each in order], "<" if self.is_falling else ">", last))
            before, most = f"{walk_name}_near_{number}", limit or 0
            tables[before] = compiled(rows.values_list("pk", "bound")[:limit], self.write)
        return tables
