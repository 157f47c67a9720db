"""Reading records as JSON documents: which statement a request takes, compiled once for all requests of its shape."""

from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from rest_framework.request import Request

from api.documents import BASE
from api.lens import FIGURES, KEPT, PageKey, Under, is_lensed, lensed, on_page
from api.prepared import Plans
from api.search.highlights import highlights
from api.statements import Comparison, Result, Slot, Statement, compiled, numbered, run, statement_of
from api.walking import Page

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

    @property
    def given(self) -> dict[str, Any]:
        """The parameters, with slots for those whose values do not stand in the text."""
        return {**dict(self.constants), **{name: Slot(name) for name in self.slots}}

    @property
    def plans(self) -> Plans:
        """How its statements are to be planned: once, where no value tells PostgreSQL how many rows it will find.

        To plan what a page under a lens is read with takes five times as long as to read it.
        """
        filters = self.view.filterset_class.filters
        return Plans.AS_IT_SEES_FIT if any(filters[name].is_telling for name in self.slots) else Plans.ONCE

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
    is_highlighted = view.given.get("highlight", False)
    return _shape(view, request, order=order, size=size, is_continued=is_continued, is_highlighted=is_highlighted)


def _shape(view: Any, request: Request, *, is_detail: bool = False, **how: Any) -> Shape:
    """Sort a request's parameters into those that shape the statement and those that fill it."""
    filters = view.filterset_class.filters
    constants, placed = view.filterset_class.parted({name: view.given[name] for name in view.given if name in filters})
    if KEPT in view.given:
        constants[KEPT] = view.given[KEPT]
    return Shape(
        type(view),
        is_detail=is_detail,
        fields=_fields(request),
        expand=view.given.get("expand", ()),
        constants=(*constants.items(),),
        slots=(*placed,),
        **how,
    )


def values_of(view: Any, request: Request) -> dict[str, Any]:
    """Give what a list's statement is run with."""
    return {**view.given, BASE: base(request)}


def read_detail(view: Any, request: Request, slug: str) -> Answer:
    """Read the record at an address; no row where there is none."""
    shape = _shape(view, request, is_detail=True)
    statement = detail_statement(shape)
    return answer(statement, {**values_of(view, request), "slug": slug, **view.values_of(slug, statement.slots)})


def matching(view: type[Any], given: Mapping[str, Any]) -> QuerySet:
    """The public records that a list is about, given its filters' values or slots for them."""
    return view.queryset.all().public().filter(*view.filterset_class.conditions(given))


@lru_cache(maxsize=SHAPES)
def list_statement(shape: Shape) -> Statement:
    """Compile the reading of a list."""
    direction = "DESC" if shape.order.startswith("-") else "ASC"
    frame = FRAME.format(direction=direction)
    if not shape.is_lensed:
        return statement_of(documents(shape, page_of(shape, rows_of(shape))), frame, shape.plans)
    told_of = shape.view.filterset_class.mentioning(FIGURES, shape.given)
    is_by_figure = shape.order.removeprefix("-") in FIGURES
    if KEPT in shape.given and (not is_narrowed(shape, told_of) if is_by_figure else not told_of):
        return _by_kept_figures(shape, frame)
    if not told_of and not is_by_figure:
        return _on_page(shape, page_of(shape, rows_of(shape)), frame)
    slots: list[str] = []
    write = numbered(slots)
    tables = Page(shape, key_of(shape.view, shape.order, is_lensed=True), write).tables()
    shown = compiled(documents(shape, on_page(shape.view.queryset.order_by()).annotate(key=PageKey())), write)
    text = frame.format(f"WITH RECURSIVE {tables}, {Under(shape.given).table(write)} {shown}")
    return Statement(text, tuple(slots), shape.plans)


def is_narrowed(shape: Shape, told_of: Container[str]) -> bool:
    """Whether anything but figures decides which records a list has."""
    return any(
        name not in told_of and name != KEPT and name not in shape.view.filterset_class.modifying
        for name in shape.given
    )


def rows_of(shape: Shape) -> QuerySet:
    """The records that requests of a shape are about, with slots for what differs between them."""
    return matching(shape.view, shape.given)


def key_of(view: type[Any], order: str, *, is_lensed: bool = False) -> Any:
    """What a list is ordered by: a column, or a figure under a lens, with a stand-in for null."""
    column = order.removeprefix("-")
    stand_in = view.orders[column]
    key = FIGURES.get(column, F(column)) if is_lensed else F(column)
    return key if stand_in is None else Coalesce(key, Value(stand_in))


def page_of(shape: Shape, rows: QuerySet) -> QuerySet:
    """Cut a page out of rows: those that follow the one that it continues, in order."""
    sign = "-" if shape.order.startswith("-") else ""
    rows = rows.annotate(key=key_of(shape.view, shape.order, is_lensed=shape.is_lensed))
    if shape.is_continued:
        here, there = (F("key"), F("pk")), (Slot("after_key"), Slot("after_pk"))
        rows = rows.filter(Comparison(here, "<" if sign else ">", there))
    return rows.order_by(f"{sign}key", f"{sign}pk")[: shape.size]


def told(view: type[Any], given: Mapping[str, Any], write: Callable[[Slot], str]) -> tuple[str, QuerySet]:
    """Find what matches under a lens: the tables that a statement begins with, which hold the figures, and the rows."""
    table = view.lensed_filterset_class
    whole = table.with_defaults(given)
    if KEPT in given:
        rows = lensed(view.queryset.public().order_by())
        needed = table.bounded.necessary(table.mentioning(FIGURES, whole), whole)
        return Under(given).kept(), rows.filter(*table.together(whole), *needed)
    told_of = table.mentioning(FIGURES, whole)
    besides = table.together({name: whole[name] for name in whole if name not in told_of})
    rows = view.queryset.public().filter(*besides, *table.bounded.necessary(told_of, whole))
    tables = Under(given).of_all(compiled(rows.order_by().values_list("pk"), write), write)
    return tables, lensed(view.queryset.order_by()).filter(*table.together(told_of))


def found(view: type[Any], given: Mapping[str, Any], write: Callable[[Slot], str]) -> QuerySet:
    """The public records that a list is about; by their keys where figures under a lens decide which they are."""
    if not is_lensed(view, given) or not view.lensed_filterset_class.mentioning(FIGURES, given):
        return matching(view, given)
    tables, rows = told(view, given, write)
    keys = f"WITH {tables} {compiled(rows.values_list('pk'), write)}".replace("%", "%%")
    return view.queryset.filter(pk__in=RawSQL(keys, []))  # noqa: S611 – compiled by Django


def count(view: Any) -> int | None:
    """Count what matches where figures under a lens decide; None where they do not, and the database can count by itself."""
    filters = view.filterset_class
    if not is_lensed(view, view.given) or not filters.mentioning(FIGURES, view.given):
        return None
    tables, rows = told(type(view), view.given, numbered([]))
    keys = compiled(rows.values_list("pk"), numbered([]))
    result = run(Statement(f"WITH {tables} SELECT count(*) FROM ({keys}) AS rows", ()), {})  # noqa: S608 – compiled by Django
    return int(result.written[0] or 0)


@lru_cache(maxsize=SHAPES)
def detail_statement(shape: Shape) -> Statement:
    """Compile the reading of one record."""
    rows = shape.view.queryset.all().public().filter(slug=Slot("slug")).annotate(key=F("slug"))
    frame = FRAME.format(direction="ASC")
    return _on_page(shape, rows, frame) if shape.is_lensed else statement_of(documents(shape, rows), frame, shape.plans)


def _by_kept_figures(shape: Shape, frame: str) -> Statement:
    """Write the reading of a list whose figures under the lens are kept: read as stored columns are, in the order of one.

    Where they are only one condition of several a walk needs fewer of them (`api.walking`).
    """
    slots: list[str] = []
    write = numbered(slots)
    tables, rows = told(shape.view, shape.given, write)
    shown = compiled(documents(shape, page_of(shape, rows)), write)
    return Statement(frame.format(f"WITH {tables} {shown}"), tuple(slots), shape.plans)


def _on_page(shape: Shape, rows: QuerySet, frame: str) -> Statement:
    """Write the reading of rows with their figures under a lens, which are computed once the rows are found."""
    slots: list[str] = []
    write = numbered(slots)
    tables = Under(shape.given).of_page(compiled(rows.values_list("pk", "key"), write), write)
    shown = compiled(documents(shape, on_page(shape.view.queryset.order_by()).annotate(key=PageKey())), write)
    return Statement(frame.format(f"WITH {tables} {shown}"), tuple(slots), shape.plans)


def documents(shape: Shape, rows: QuerySet, *besides: str) -> QuerySet:
    """Bring rows as the view's serializer describes them, with their keys and what else is named."""
    shaping = shape.view.shaping(is_detail=shape.is_detail)
    fields = shaping.parameters()["fields"][0].parse(shape.fields) if shape.fields else None
    serializer = shaping.serializer(fields, shape.expand, is_lensed=shape.is_lensed)
    plan = shape.view.plan(is_detail=shape.is_detail, is_expanded=bool(shape.expand))
    written = shape.view.written(serializer, plan, instead=FIGURES if shape.is_lensed else {})
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
