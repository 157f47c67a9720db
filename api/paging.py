"""Keyset paging: a cursor names the last row seen, the next page is what comes after it, at the same cost at any depth.

Not DRF's CursorPagination: it compares the first column by itself and works around ties with an offset, which grows with
depth and can return one page for ever where more rows tie than a page holds.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.core.signing import BadSignature, Signer
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api import reading
from api.caching import mark
from api.errors import InvalidParameters, ParameterError
from api.filters.values import FLAG, BadValue, ValueType, one_of, whole_number
from api.lens import is_lensed, stated
from api.parameters import verify
from api.ranking import PLACE, POOL, RELEVANCE, read_ranked
from api.rendering import Written
from api.search.highlights import searched
from conflictdb.models import Dataset

LENS_SCHEMA = {
    "type": "object",
    "description": "Under a lens only: the lens that the figures were computed under, in the request's own words.",
    "required": ["resolve"],
    "additionalProperties": True,
    "properties": {"resolve": {"type": "string", "description": "How claims became one figure."}},
}
DEFAULT_PAGE = 100
LARGEST_PAGE = 1_000
COUNTED = 10_000  # rows: what the planner takes for no more is counted, in a few milliseconds
# Parameters that change how an answer is cut or shaped, not which rows it is about.
FREE = {"cursor", "page_size", "limit", "count", "fields", "expand", "format", "highlight"}
BY_RELEVANCE = (
    f" `{RELEVANCE}`, which needs `q`: of the first {POOL:,} matches in the list's own order those come first that hold the "
    "words in weightier places and more often; then all others, in the list's own order."
)
HIGHLIGHT = (
    "`true` for `highlights` in each row: its texts that hold words of `q`, as HTML, escaped, with each word between "
    "`<mark>` and `</mark>`; of long texts the pieces where they stand. Needs `q`."
)
SIGNER = Signer(salt="api.paging.cursor")


class Page(NamedTuple):
    """Some rows of a list as JSON, the address of the page after them (None on the last), and the revision read at."""

    documents: list[bytes]
    following: str | None
    revision: str | None


@cache
def parameters(view: type[Any]) -> dict[str, tuple[ValueType, Any, str]]:
    """List what a view's paging reads: each parameter's type, its default (None where there is none), what it does."""
    is_ranked = bool(searched(view.queryset.model))
    highlight = {"highlight": (FLAG, None, HIGHLIGHT)} if is_ranked else {}
    return {
        "ordering": (
            one_of([sign + name for name in view.orders for sign in ("", "-")] + [RELEVANCE] * is_ranked),
            view.default_order,
            "Order of the rows, `-` for descending; where no value is known a row sorts below all others."
            + BY_RELEVANCE * is_ranked,
        ),
        "page_size": (
            whole_number(1, LARGEST_PAGE),
            DEFAULT_PAGE,
            f"Rows in a page; {DEFAULT_PAGE} where not given.",
        ),
        "cursor": (
            CURSOR,
            None,
            (
                "Where the page begins: taken from `next` of the page before, never made up. It belongs to the filters and "
                "the order it came from, and rows stored meanwhile neither repeat nor skip others."
            ),
        ),
        "count": (
            one_of(["none", "exact", "estimate"]),
            "none",
            (
                "Whether to count all rows that match: `exact` (costs as much as reading them), `estimate` (the database "
                f"planner's, at little cost; exact where that is {COUNTED:,} or less, and where some datasets are withheld, "
                "of which it would tell) or `none`."
            ),
        ),
        **highlight,
    }


def faults(given: Mapping[str, Any]) -> dict[str, str]:
    """Find what cannot be done without words to look for: what is wrong with each parameter, by name."""
    asks = {"ordering": given.get("ordering") == RELEVANCE, "highlight": bool(given.get("highlight"))}
    return {name: "Needs q." for name, is_asked in asks.items() if is_asked and "q" not in given}


def _cursor(text: str) -> Any:
    """Read what a cursor belongs to, and the row that it names."""
    try:
        return SIGNER.unsign_object(text, serializer=Scalars)
    except (BadSignature, ValueError):
        message = "Not a cursor of this server; follow `next` from the first page."
        raise BadValue(message) from None


CURSOR = ValueType(_cursor, {"type": "string", "pattern": "^[A-Za-z0-9_:=-]+$"})


class KeysetPagination(BasePagination):
    """Pages of a view's list in one of its ``orders``; the primary key breaks every tie.

    A view names its orders as ``{column: stand-in for null}``; the stand-in (None where the column is never null) sorts
    below every value, so that rows without a value come first going up and last going down.
    """

    def page(self, request: Request, view: Any) -> Response:
        """Answer with one page."""
        given = {name: default for name, (_, default, _) in parameters(type(view)).items()} | view.given  # type: ignore[arg-type]  # a class is hashable
        page = self.read(request, view, given["ordering"], given["page_size"], given["cursor"])
        lens = {"lens": stated(request)} if is_lensed(view, view.given) else {}
        head = json.dumps({**lens, "count": self.count(view, given["count"]), "next": page.following})[:-1].encode()
        rows = [part for row in page.documents for part in (b",", row)][1:]  # one join, since each copies the page
        body = b"".join((head, b', "results": [', *rows, b"]}"))
        return mark(Response(Written(body)), request, page.revision)

    def read(self, request: Request, view: Any, order: str, size: int, cursor: Any) -> Page:
        """Read one page, and one row more to know whether another follows."""
        after = self._after(cursor, request, order, view) if cursor else None
        answer, place, rest = self._read(view, request, order, size + 1, after)
        documents = answer.documents
        if not documents:
            verify(view.given, view.parameters())
        following = None
        if len(documents) > size:
            documents.pop()
            rest = place(size - 1)
        if rest:
            cursor = SIGNER.sign_object([self._query(request, order), *rest], serializer=Scalars)
            following = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        return Page(documents, following, answer.revision)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the wrapping to the contract."""
        return {
            "type": "object",
            "description": "One page of a list.",
            "required": ["count", "next", "results"],
            "properties": {
                "count": {
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": "Rows that match, over all pages; null unless asked for with `count`.",
                },
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "Address of the next page; null on the last one.",
                },
                "results": {**schema, "description": "The rows of this page, in order."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the paging parameters to the contract."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": description,
                "schema": {**value_type.schema, **({} if default is None else {"default": default})},
            }
            for name, (value_type, default, description) in parameters(type(view)).items()  # type: ignore[arg-type]  # a class is hashable
        ]

    @staticmethod
    def count(view: Any, how: str) -> int | None:
        """Count the rows that match, over all pages: exactly, by an estimate, or not at all."""
        if how == "none":
            return None
        if (told := reading.count(view)) is not None:
            return told
        queryset = reading.matching(type(view), view.given)
        if how == "estimate" and not Dataset.objects.withheld().exists():  # the planner's statistics are of all rows
            rows = view.queryset.order_by().filter(*view.filterset_class.conditions(view.given))
            (plan,) = json.loads(rows.explain(format="json"))
            if (planned := int(plan["Plan"]["Plan Rows"])) > COUNTED:
                return planned
        return queryset.count()

    @staticmethod
    def _query(request: Request, order: str) -> str:
        """Digest what a cursor belongs to: the list, its filters and its order."""
        given = request.query_params.lists()
        filters = sorted((name, ",".join(dict.fromkeys(texts))) for name, texts in given if name not in FREE)
        return hashlib.sha256(repr((request.path, order, filters)).encode()).hexdigest()[:16]

    @staticmethod
    def _read(view: Any, request: Request, order: str, size: int, after: Any) -> tuple[reading.Answer, Any, Any]:
        """Read rows, with what tells the place of each, and the place behind them where a list goes on in another order."""
        if order == RELEVANCE and (after is None or len(after) == len(PLACE)):
            ranked = read_ranked(view, request, size, after)
            return ranked.found, ranked.place, ranked.last()
        answer = reading.read_list(view, request, view.default_order if order == RELEVANCE else order, size, after)
        return answer, answer.place, None

    def _after(self, cursor: Any, request: Request, order: str, view: Any) -> Any:
        """Read the row that a cursor names: the value it is ordered by, and its key."""
        query, *place = cursor
        if query != self._query(request, order):
            detail = "Belongs to other filters or another order; start again from the first page."
            raise InvalidParameters([ParameterError("cursor", detail)])
        column = view.default_order if order == RELEVANCE else order
        read = view.queryset.model._meta.get_field(column.removeprefix("-")).to_python
        if len(place) == len(PLACE):
            weight, key, pk, last_key, last_pk = place
            return weight, read(key), pk, read(last_key), last_pk
        value, pk = place
        return read(value), pk


class Scalars:
    """Writes a cursor's content as JSON, days and instants as text."""

    def dumps(self, content: Any) -> bytes:
        """Encode."""
        return json.dumps(content, default=self._text, separators=(",", ":")).encode("latin-1")

    def loads(self, content: bytes) -> Any:
        """Decode."""
        return json.loads(content.decode("latin-1"))

    @staticmethod
    def _text(value: date | datetime | Decimal) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)
