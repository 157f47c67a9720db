"""Lists in the order of relevance: the best of the first matches in the list's own order, then all others in that order.

Of a common word a dataset may hold hundreds of thousands of matches. To weigh each of them for one page would take seconds
and tell little: most weigh the same. So that no list is cut short, the walk goes on behind those that were weighed.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from django.contrib.postgres.search import SearchRank
from django.db.models import F, FloatField, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from rest_framework.request import Request

from api.newest import Asked, Windows, newest, windows
from api.reading import SHAPES, Answer, Shape, answer, documents, key_of, matching, rows_of, shape_of, values_of
from api.search.words import query
from api.statements import Comparison, Slot, Statement, compiled, numbered

RELEVANCE = "-relevance"
POOL = 1_000  # matches that are weighed against each other
# One row at least, with the revision, and with the last of the rows that are weighed, where others follow it.
FRAME = """
    WITH pool AS MATERIALIZED ({{pool}}),
         bound AS (SELECT key, pk FROM pool WHERE (SELECT count(*) FROM pool) > {most}
                   ORDER BY key {direction}, pk {direction} OFFSET {most} - 1 LIMIT 1)
    SELECT page.document, page.pk, page.key, page.weight, bound.key, bound.pk,
           (SELECT token::text FROM conflictdb_revision)
    FROM (VALUES (1)) AS one LEFT JOIN ({{page}}) AS page (document, pk, key, weight) ON true LEFT JOIN bound ON true
    ORDER BY page.weight {direction}, page.key {direction}, page.pk {direction}
"""
WEIGHED = "SELECT pk FROM pool ORDER BY key {direction}, pk {direction} LIMIT {most}"


# What names a row in the order of relevance, behind which the next page begins. Where others follow those that were weighed,
# the last of these goes with it, since what is stored meanwhile would move it.
PLACE = ("weight", "key", "pk", "last_key", "last_pk")


class RankedAnswer(NamedTuple):
    """Records in the order of relevance, read from behind a place."""

    found: Answer
    after: tuple[Any, ...] | None

    def place(self, number: int) -> tuple[Any, ...]:
        """Give the place of one of the records."""
        _, pk, key, weight, *_ = self.found.result.row(number)
        return (weight, key, pk, *(self.last() or (None, None)))

    def last(self) -> tuple[Any, int] | None:
        """Give the last row that was weighed, behind which others follow in the list's own order; nothing where none does."""
        key, pk = self.found.result.row(0)[4:6] if self.after is None else self.after[3:]
        return None if pk is None else (key, pk)


def read_ranked(view: Any, request: Request, size: int, after: tuple[Any, ...] | None) -> RankedAnswer:
    """Read up to ``size`` records of a view's list that were weighed, from the one that follows a place."""
    shape = shape_of(view, request, view.default_order, size, is_continued=after is not None)
    is_cut = after is not None and after[-1] is not None
    values = values_of(view, request) | dict(zip(PLACE, after or (), strict=False))
    chosen = Windows() if shape.is_continued else windows_of(shape)
    return RankedAnswer(answer(ranked_statement(shape, is_cut, chosen), values), after)


def windows_of(shape: Shape) -> Windows:
    """Choose the windows in which the rows that are weighed are looked for."""
    return windows(_everything(cast("Any", shape.view), shape.order), POOL, shape.given["q"])


@cache
def _everything(view: type[Any], order: str) -> QuerySet:
    """All records in a list's order; made once, not for each page."""
    return _ordered(view, order, view.queryset.model._default_manager.all())


def _ordered(view: type[Any], order: str, rows: QuerySet) -> QuerySet:
    """Put records in the list's own order."""
    sign = "-" if order.startswith("-") else ""
    return rows.annotate(key=key_of(view, order)).order_by(f"{sign}key", f"{sign}pk").values_list("pk", "key")


@lru_cache(maxsize=SHAPES)
def ranked_statement(shape: Shape, is_cut: bool, chosen: Windows) -> Statement:  # noqa: FBT001 – a cache's key
    """Compile the reading of a page."""
    sign = "-" if shape.order.startswith("-") else ""
    names = {"direction": "DESC" if sign else "ASC", "most": POOL}
    words, key = dict(shape.constants)["q"], key_of(shape.view, shape.order)
    slots: list[str] = []
    parts = {"pool": _pool(shape, is_cut, chosen, numbered(slots))}
    weighed = "SELECT pk FROM pool" if shape.is_continued else WEIGHED.format(**names)
    rows = shape.view.queryset.all().filter(pk__in=RawSQL(weighed, []))  # noqa: S611 – our own names
    weight = Cast(SearchRank(F("search"), query(words)), FloatField()) * (1 if sign else -1)
    rows = rows.annotate(key=key, weight=weight)
    if shape.is_continued:
        place = Slot("weight"), Slot("key"), Slot("pk")
        rows = rows.filter(Comparison((F("weight"), F("key"), F("pk")), "<" if sign else ">", place))
    rows = rows.order_by(f"{sign}weight", f"{sign}key", f"{sign}pk")[: shape.size]
    parts["page"] = compiled(documents(shape, rows, "weight"), numbered(slots))
    return Statement(FRAME.format(**names).format(**parts), tuple(slots), shape.plans)


def _pool(shape: Shape, is_cut: bool, chosen: Windows, write: Callable[[Slot], str]) -> str:  # noqa: FBT001 – passed on
    """Write the SQL of the rows that are weighed, and of one more that tells whether others follow."""
    filters, given = shape.view.filterset_class, shape.given
    if shape.is_continued:
        last, sign = (Slot("last_key"), Slot("last_pk")), ">=" if shape.order.startswith("-") else "<="
        rows = _ordered(shape.view, shape.order, rows_of(shape))
        return compiled(rows.filter(Comparison((F("key"), F("pk")), sign, last)) if is_cut else rows, write)
    besides = {name: given[name] for name in given if name not in {"q", "similar"}}
    rows = _ordered(shape.view, shape.order, matching(shape.view, besides))
    read = None if given.get("similar") else filters.read_for(given["q"])
    asked = Asked(filters.filters["q"].condition(given["q"], given), read)
    return newest(rows, asked, POOL + 1, chosen, write)
