"""Reading records as JSON documents: which statement a request takes, compiled once for all requests of its shape."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from rest_framework.request import Request

from api.documents import BASE, document
from api.lens import FIGURES, PageKey, Under, is_lensed, lensed, on_page
from api.serializers.base import cut, fields_of
from api.serializers.incident import ONLY_LENSED
from api.statements import Comparison, Result, Slot, Statement, compiled, run, statement_of, written_out

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
    constants: tuple[tuple[str, Any], ...] = ()  # filters whose values stand in the text
    slots: tuple[str, ...] = ()  # filters whose values do not
    order: str = ""
    size: int = 0
    is_continued: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """The parameters, with slots for those whose values do not stand in the text."""
        return {**dict(self.constants), **{name: Slot(name) for name in self.slots}}

    @property
    def is_lensed(self) -> bool:
        """Whether figures are computed under a lens."""
        return is_lensed(self.view, self.given)


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
    shape = _shape(view, request, order=order, size=size, is_continued=after is not None)
    values = {**view.given, BASE: _base(request)}
    if after:
        values["after_key"], values["after_pk"] = after
    return _answer(list_statement(shape), values)


def read_detail(view: Any, request: Request, slug: str) -> Answer:
    """Read the record at an address; no row where there is none."""
    shape = _shape(view, request, is_detail=True)
    return _answer(detail_statement(shape), {**view.given, "slug": slug, BASE: _base(request)})


def _shape(view: Any, request: Request, *, is_detail: bool = False, **how: Any) -> Shape:
    """Sort a request's parameters into those that shape the statement and those that fill it."""
    filters = view.filterset_class.filters
    given = {name: value for name, value in view.given.items() if name in filters}
    return Shape(
        type(view),
        is_detail=is_detail,
        fields=request.query_params.get("fields", ""),
        constants=tuple((name, value) for name, value in given.items() if filters[name].is_constant),
        slots=tuple(name for name in given if not filters[name].is_constant),
        **how,
    )


def matching(view: type[Any], given: Mapping[str, Any]) -> QuerySet:
    """The public records that a list is about, given its filters' values or slots for them."""
    return view.queryset.all().public().filter(*view.filterset_class.conditions(given))


@lru_cache(maxsize=SHAPES)
def list_statement(shape: Shape) -> Statement:
    """Compile the reading of a list."""
    column, sign = shape.order.removeprefix("-"), "-" if shape.order.startswith("-") else ""
    frame = FRAME.format(direction="DESC" if sign else "ASC")
    if not shape.is_lensed:
        return statement_of(_documents(shape, _page(shape, matching(shape.view, shape.given), F(column))), frame)
    told = shape.view.filterset_class.mentioning(FIGURES, shape.given)
    if not told and column not in FIGURES:
        return _on_page(shape, _page(shape, matching(shape.view, shape.given), F(column)), frame)
    # the figures of all that may be found come first
    tables, arguments, rows = _told(shape.view, shape.given)
    shown, more = compiled(_documents(shape, _page(shape, rows, FIGURES.get(column, F(column)))))
    return written_out(f"WITH {tables} {shown}", [*arguments, *more], frame)


def _page(shape: Shape, rows: QuerySet, ordered_by: Any) -> QuerySet:
    """Cut a page out of rows: those that follow the one that it continues, in order."""
    sign = "-" if shape.order.startswith("-") else ""
    stand_in = shape.view.orders[shape.order.removeprefix("-")]
    rows = rows.annotate(key=ordered_by if stand_in is None else Coalesce(ordered_by, Value(stand_in)))
    if shape.is_continued:
        here, there = (F("key"), F("pk")), (Slot("after_key"), Slot("after_pk"))
        rows = rows.filter(Comparison(here, "<" if sign else ">", there))
    return rows.order_by(f"{sign}key", f"{sign}pk")[: shape.size]


def _told(view: type[Any], given: Mapping[str, Any]) -> tuple[str, list[Any], QuerySet]:
    """Find what matches where figures under a lens decide: the tables that hold these, and the rows that they leave."""
    table = view.lensed_filterset_class
    whole = table.with_defaults(given)
    told = table.mentioning(FIGURES, whole)
    found = view.queryset.public().filter(*table.together({name: whole[name] for name in whole if name not in told}))
    tables, arguments = Under(given).tables(*compiled(found.order_by().values_list("pk")))
    return tables, arguments, lensed(view.queryset.order_by()).filter(*table.together(told))


def count(view: Any) -> int | None:
    """Count what matches where figures under a lens decide; None where they do not, and the database can count by itself."""
    filters = view.filterset_class
    if not is_lensed(view, view.given) or not filters.mentioning(FIGURES, view.given):
        return None
    tables, arguments, rows = _told(type(view), view.given)
    found, more = compiled(rows.values_list("pk"))
    result = run(written_out(f"WITH {tables} SELECT count(*) FROM ({found}) AS rows", [*arguments, *more]), {})  # noqa: S608 – compiled by Django
    return int(result.written[0] or 0)


@lru_cache(maxsize=SHAPES)
def detail_statement(shape: Shape) -> Statement:
    """Compile the reading of one record."""
    rows = shape.view.queryset.all().public().filter(slug=Slot("slug")).annotate(key=F("slug"))
    frame = FRAME.format(direction="ASC")
    return _on_page(shape, rows, frame) if shape.is_lensed else statement_of(_documents(shape, rows), frame)


def _on_page(shape: Shape, rows: QuerySet, frame: str) -> Statement:
    """Write the reading of rows with their figures under a lens, which are computed once the rows are found."""
    tables, arguments = Under(shape.given).tables(*compiled(rows.values_list("pk", "key")))
    shown, more = compiled(_documents(shape, on_page(shape.view.queryset.order_by()).annotate(key=PageKey())))
    return written_out(f"WITH {tables} {shown}", [*arguments, *more], frame)


def _documents(shape: Shape, rows: QuerySet) -> QuerySet:
    """Bring rows as the view's serializer describes them."""
    view = shape.view
    serializer_class = (shape.is_detail and view.detail_serializer_class) or view.serializer_class
    serializer = serializer_class(is_lensed=True) if shape.is_lensed else serializer_class()
    if shape.fields:
        cut(serializer, fields_of(serializer_class).parse(shape.fields), always=ONLY_LENSED)
    plan = view.queryset.all().for_detail() if shape.is_detail else view.queryset.all().for_reading()
    instead = FIGURES if shape.is_lensed else {}
    return rows.annotate(document=document(serializer, plan, instead=instead)).values_list("document", "pk", "key")


def _answer(statement: Statement, values: Mapping[str, Any]) -> Answer:
    result = run(statement, values)
    *_, revision = result.row(0)
    return Answer([document for document in result.written if document is not None], revision, result)


def _base(request: Request) -> str:
    """The address of this server, as the links in its answers begin."""
    return request.build_absolute_uri("/")[:-1]
