"""Reading records as JSON documents: which statement a request takes, compiled once for all requests of its shape."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from rest_framework.request import Request

from api.documents import BASE, document
from api.statements import Comparison, Result, Slot, Statement, run, statement_of

SHAPES = 1_000  # statements that a process keeps; about 10 kB each
# One row at least, with the revision of the dataset that the others were read at.
FRAME = """
    SELECT page.document, page.pk, page.key, (SELECT token::text FROM conflictdb_revision)
    FROM (VALUES (1)) AS one LEFT JOIN ({{}}) AS page (document, pk, key) ON true
    ORDER BY page.key {direction}, page.pk {direction}
"""


class Shape(NamedTuple):
    """What the text of a statement depends on: requests of one shape differ in values only."""

    view: type[Any]
    is_detail: bool
    fields: str
    expand: tuple[str, ...] = ()
    constants: tuple[tuple[str, Any], ...] = ()  # filters whose values stand in the text
    slots: tuple[str, ...] = ()  # filters whose values do not
    order: str = ""
    size: int = 0
    is_continued: bool = False


class Answer(NamedTuple):
    """The records read, as JSON, and the revision of the dataset that they were read at; None where there is none yet."""

    documents: list[bytes]
    revision: str | None
    result: Result

    def place(self, number: int) -> tuple[Any, int]:
        """Give the value that the list is ordered by and the primary key of one of the records."""
        _, pk, key, _ = self.result.row(number)
        return key, pk


def read_list(view: Any, request: Request, order: str, size: int, after: tuple[Any, int] | None) -> Answer:
    """Read up to ``size`` records of a view's list, from the one that follows the key and primary key ``after``."""
    filters = view.filterset_class.filters
    given = {name: value for name, value in view.given.items() if name in filters}
    shape = Shape(
        view=type(view),
        is_detail=False,
        fields=_fields(request),
        expand=view.given.get("expand", ()),
        constants=tuple((name, value) for name, value in given.items() if filters[name].is_constant),
        slots=tuple(name for name in given if not filters[name].is_constant),
        order=order,
        size=size,
        is_continued=after is not None,
    )
    values = {**given, BASE: _base(request)}
    if after:
        values["after_key"], values["after_pk"] = after
    return _answer(list_statement(shape), values)


def read_detail(view: Any, request: Request, slug: str) -> Answer:
    """Read the record at an address; no row where there is none."""
    shape = Shape(
        view=type(view),
        is_detail=True,
        fields=_fields(request),
        expand=view.given.get("expand", ()),
    )
    return _answer(detail_statement(shape), {"slug": slug, BASE: _base(request)})


def matching(view: type[Any], given: Mapping[str, Any]) -> QuerySet:
    """The public records that a list is about, given its filters' values or slots for them."""
    return view.queryset.all().public().filter(*view.filterset_class.conditions(given))


@lru_cache(maxsize=SHAPES)
def list_statement(shape: Shape) -> Statement:
    """Compile the reading of a list."""
    column, sign = shape.order.removeprefix("-"), "-" if shape.order.startswith("-") else ""
    stand_in = shape.view.orders[column]
    rows = matching(shape.view, {**dict(shape.constants), **{name: Slot(name) for name in shape.slots}})
    rows = rows.annotate(key=F(column) if stand_in is None else Coalesce(F(column), Value(stand_in)))
    if shape.is_continued:
        here, there = (F("key"), F("pk")), (Slot("after_key"), Slot("after_pk"))
        rows = rows.filter(Comparison(here, "<" if sign else ">", there))
    rows = rows.order_by(f"{sign}key", f"{sign}pk")[: shape.size]
    return statement_of(_documents(shape, rows), FRAME.format(direction="DESC" if sign else "ASC"))


@lru_cache(maxsize=SHAPES)
def detail_statement(shape: Shape) -> Statement:
    """Compile the reading of one record."""
    rows = shape.view.queryset.all().public().filter(slug=Slot("slug")).annotate(key=F("slug"))
    return statement_of(_documents(shape, rows), FRAME.format(direction="ASC"))


def _documents(shape: Shape, rows: QuerySet) -> QuerySet:
    """Bring rows as the view's serializer describes them."""
    shaping = shape.view.shaping(is_detail=shape.is_detail)
    fields = shaping.parameters()["fields"][0].parse(shape.fields) if shape.fields else None
    serializer = shaping.serializer(fields, shape.expand)
    plan = shape.view.plan(is_detail=shape.is_detail, is_expanded=bool(shape.expand))
    return rows.annotate(document=document(serializer, plan)).values_list("document", "pk", "key")


def _answer(statement: Statement, values: Mapping[str, Any]) -> Answer:
    result = run(statement, values)
    *_, revision = result.row(0)
    return Answer([document for document in result.written if document is not None], revision, result)


def _fields(request: Request) -> str:
    """The fields asked for, as they were written: what a statement is kept by must be hashable, which their tree is not."""
    return ",".join(request.query_params.getlist("fields"))


def _base(request: Request) -> str:
    """The address of this server, as the links in its answers begin."""
    return request.build_absolute_uri("/")[:-1]
