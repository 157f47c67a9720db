"""Keyset paging: a cursor names the last row seen, the next page is what comes after it, at the same cost at any depth.

Not DRF's CursorPagination: it compares the first column by itself and works around ties with an offset, which grows with
depth and can return one page for ever where more rows tie than a page holds.
"""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.signing import BadSignature, Signer
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api import reading
from api.caching import mark
from api.errors import InvalidParameters, ParameterError
from api.filters.values import BadValue, ValueType, one_of, whole_number
from api.lens import is_lensed, stated
from api.parameters import verify
from api.rendering import Written

LENS_SCHEMA = {
    "type": "object",
    "description": "Under a lens only: the lens that the figures were computed under, in the request's own words.",
    "required": ["resolve"],
    "additionalProperties": True,
    "properties": {"resolve": {"type": "string", "description": "How claims became one figure."}},
}
DEFAULT_PAGE = 100
LARGEST_PAGE = 1_000
# Parameters that change how an answer is cut or shaped, not which rows it is about.
FREE = {"cursor", "page_size", "count", "fields", "format"}
SIGNER = Signer(salt="api.paging.cursor")


@cache
def parameters(view: type[Any]) -> dict[str, tuple[ValueType, Any, str]]:
    """List what a view's paging reads: each parameter's type, its default (None where there is none), what it does."""
    return {
        "ordering": (
            one_of([sign + name for name in view.orders for sign in ("", "-")]),
            view.default_order,
            "Order of the rows, `-` for descending; where no value is known a row sorts below all others.",
        ),
        "page_size": (
            whole_number(1, LARGEST_PAGE),
            DEFAULT_PAGE,
            f"Rows in a page; {DEFAULT_PAGE} where not given.",
        ),
        "cursor": (
            ValueType(_cursor, {"type": "string", "pattern": "^[A-Za-z0-9_:=-]+$"}),
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
                "planner's, at no cost) or `none`."
            ),
        ),
    }


def _cursor(text: str) -> Any:
    """Read what a cursor belongs to, and the row that it names."""
    try:
        return SIGNER.unsign_object(text, serializer=Scalars)
    except (BadSignature, ValueError):
        message = "Not a cursor of this server; follow `next` from the first page."
        raise BadValue(message) from None


class KeysetPagination(BasePagination):
    """Pages of a view's list in one of its ``orders``; the primary key breaks every tie.

    A view names its orders as ``{column: stand-in for null}``; the stand-in (None where the column is never null) sorts
    below every value, so that rows without a value come first going up and last going down.
    """

    def page(self, request: Request, view: Any) -> Response:
        """Read one page, and one row more to know whether another follows."""
        given = {name: default for name, (_, default, _) in parameters(type(view)).items()} | view.given  # type: ignore[arg-type]  # a class is hashable
        size, order = given["page_size"], given["ordering"]
        after = self._after(given["cursor"], request, order, view) if given["cursor"] else None
        answer = reading.read_list(view, request, order, size + 1, after)
        documents = answer.documents
        if not documents:
            verify(view.given, view.parameters())
        following = None
        if len(documents) > size:
            documents.pop()
            cursor = SIGNER.sign_object([self._query(request, order), *answer.place(size - 1)], serializer=Scalars)
            following = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        count = self._count(view, given["count"])
        lens = {"lens": stated(request)} if is_lensed(view, view.given) else {}
        head = json.dumps({**lens, "count": count, "next": following})[:-1].encode()
        body = b"".join((head, b', "results": [', b",".join(documents), b"]}"))
        return mark(Response(Written(body)), request, answer.revision)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the wrapping to the contract."""
        return {
            "type": "object",
            "description": "One page of a list.",
            "required": ["count", "next", "results"],
            "properties": {
                "lens": LENS_SCHEMA,
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
    def _count(view: Any, how: str) -> int | None:
        if how == "none":
            return None
        if (told := reading.count(view)) is not None:
            return told
        queryset = reading.matching(type(view), view.given)
        if how == "exact":
            return queryset.count()
        (plan,) = json.loads(queryset.order_by().explain(format="json"))
        return int(plan["Plan"]["Plan Rows"])

    @staticmethod
    def _query(request: Request, order: str) -> str:
        """Digest what a cursor belongs to: the list, its filters and its order."""
        filters = sorted((name, value) for name, value in request.query_params.items() if name not in FREE)
        return hashlib.sha256(repr((request.path, order, filters)).encode()).hexdigest()[:16]

    def _after(self, cursor: Any, request: Request, order: str, view: Any) -> tuple[Any, int]:
        """Read the row that a cursor names: the value it is ordered by, and its key."""
        query, value, pk = cursor
        if query != self._query(request, order):
            detail = "Belongs to other filters or another order; start again from the first page."
            raise InvalidParameters([ParameterError("cursor", detail)])
        column = view.queryset.model._meta.get_field(order.removeprefix("-"))
        return column.to_python(value), pk


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
