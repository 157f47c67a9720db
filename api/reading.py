"""Reading records as JSON documents: which statement a request takes, compiled once for all requests of its shape."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from rest_framework.request import Request

from api.documents import BASE
from api.search.highlights import highlights
from api.statements import Comparison, Result, Slot, Statement, run, statement_of

SHAPES = 1_000  # statements that a process keeps; about 10 kB each
# One row at least, with the revision of the dataset that the others were read at.
FRAME = """
    SELECT page.document::text, page.pk, page.key, (SELECT token::text FROM conflictdb_revision)
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
    is_highlighted: bool = False


class Answer(NamedTuple):
    """The records read, as JSON, and the revision of the dataset that they were read at; None where there is none yet."""

    documents: list[bytes]
    revision: str | None
    result: Result

    def place(self, number: int) -> tuple[Any, int]:
        """Give the value that the list is ordered by and the primary key of one of the records."""
        _, pk, key, *_ = self.result.row(number)
        return key, pk


def read_list(view: Any, request: Request, order: str, size: int, after: tuple[Any, int] | None) -> Answer:
    """Read up to ``size`` records of a view's list, from the one that follows the key and primary key ``after``."""
    shape = shape_of(view, request, order, size, is_continued=after is not None)
    values = values_of(view, request)
    if after:
        values["after_key"], values["after_pk"] = after
    return answer(list_statement(shape), values)


def shape_of(view: Any, request: Request, order: str, size: int, *, is_continued: bool) -> Shape:
    """Tell what the statement of a list depends on."""
    filters = view.filterset_class.filters
    given = {name: value for name, value in view.given.items() if name in filters}
    constants, placed = view.filterset_class.parted(given)
    return Shape(
        view=type(view),
        is_detail=False,
        fields=_fields(request),
        expand=view.given.get("expand", ()),
        constants=(*constants.items(),),
        slots=(*placed,),
        order=order,
        size=size,
        is_continued=is_continued,
        is_highlighted=view.given.get("highlight", False),
    )


def values_of(view: Any, request: Request) -> dict[str, Any]:
    """Give what a list's statement is run with."""
    return {**view.given, BASE: base(request)}


def read_detail(view: Any, request: Request, slug: str) -> Answer:
    """Read the record at an address; no row where there is none."""
    shape = Shape(
        view=type(view),
        is_detail=True,
        fields=_fields(request),
        expand=view.given.get("expand", ()),
    )
    statement = detail_statement(shape)
    return answer(statement, {"slug": slug, BASE: base(request), **view.values_of(slug, statement.slots)})


def matching(view: type[Any], given: Mapping[str, Any]) -> QuerySet:
    """The public records that a list is about, given its filters' values or slots for them."""
    return view.queryset.all().public().filter(*view.filterset_class.conditions(given))


@lru_cache(maxsize=SHAPES)
def list_statement(shape: Shape) -> Statement:
    """Compile the reading of a list."""
    sign = "-" if shape.order.startswith("-") else ""
    rows = rows_of(shape).annotate(key=key_of(shape.view, shape.order))
    if shape.is_continued:
        here, there = (F("key"), F("pk")), (Slot("after_key"), Slot("after_pk"))
        rows = rows.filter(Comparison(here, "<" if sign else ">", there))
    rows = rows.order_by(f"{sign}key", f"{sign}pk")[: shape.size]
    return statement_of(documents(shape, rows), FRAME.format(direction="DESC" if sign else "ASC"))


def rows_of(shape: Shape) -> QuerySet:
    """The records that requests of a shape are about, with slots for what differs between them."""
    return matching(shape.view, {**dict(shape.constants), **{name: Slot(name) for name in shape.slots}})


def key_of(view: type[Any], order: str) -> F | Coalesce:
    """What a list is ordered by: a column, with a stand-in for null."""
    column = order.removeprefix("-")
    stand_in = view.orders[column]
    return F(column) if stand_in is None else Coalesce(F(column), Value(stand_in))


@lru_cache(maxsize=SHAPES)
def detail_statement(shape: Shape) -> Statement:
    """Compile the reading of one record."""
    rows = shape.view.queryset.all().public().filter(slug=Slot("slug")).annotate(key=F("slug"))
    return statement_of(documents(shape, rows), FRAME.format(direction="ASC"))


def documents(shape: Shape, rows: QuerySet, *besides: str) -> QuerySet:
    """Bring rows as the view's serializer describes them, with their keys and what else is named."""
    shaping = shape.view.shaping(is_detail=shape.is_detail)
    fields = shaping.parameters()["fields"][0].parse(shape.fields) if shape.fields else None
    serializer = shaping.serializer(fields, shape.expand)
    plan = shape.view.plan(is_detail=shape.is_detail, is_expanded=bool(shape.expand))
    written = shape.view.written(serializer, plan)
    if shape.is_highlighted:
        written = written.with_member("highlights", highlights(shape.view.queryset.model, dict(shape.constants)["q"]))
    return rows.annotate(document=written).values_list("document", "pk", "key", *besides)


def answer(statement: Statement, values: Mapping[str, Any]) -> Answer:
    """Run a statement that finds documents, with the revision in its last column."""
    result = run(statement, values)
    *_, revision = result.row(0)
    return Answer([document for document in result.written if document is not None], revision, result)


def _fields(request: Request) -> str:
    """The fields asked for, as they were written: what a statement is kept by must be hashable, which their tree is not."""
    return ",".join(request.query_params.getlist("fields"))


def base(request: Request) -> str:
    """The address of this server, as the links in its answers begin."""
    return request.build_absolute_uri("/")[:-1]
