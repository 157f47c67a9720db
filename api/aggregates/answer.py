"""The answer as JSON: one statement, whole or refused."""

import json
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api.aggregates import comparison
from api.aggregates.question import MOST_ROWS, question_of
from api.aggregates.statement import statement_for
from api.caching import mark
from api.documents import BASE
from api.errors import InvalidParameters, ParameterError
from api.lens import is_lensed, stated
from api.parameters import verify
from api.rendering import Written
from api.statements import run


def answer(view: Any, request: Request) -> Response:
    """Answer a question that was read."""
    asked = question_of(view.given)
    statement = statement_for(type(view), asked)  # type: ignore[arg-type]  # a class is hashable
    values = {
        **view.given,
        **comparison.values_of(view.given.get("compare", ())),
        BASE: request.build_absolute_uri("/")[:-1],
    }
    head, *rows = run(statement, values).written
    if len(rows) > MOST_ROWS:
        raise too_many()
    beside = json.loads(head or b"null")
    if not beside["totals"]["incidents"]:
        verify(view.given, view.parameters())
    revision = beside.pop("revision")
    lens: dict[str, Any] = {"lens": stated(request)} if is_lensed(view, view.given) else {}
    if "compare" in view.given:
        lens = {"lenses": comparison.stated(request.query_params["compare"])}
    said = json.dumps({**lens, "by": asked.by, "measures": asked.measures, **beside})[:-1].encode()
    body = b"".join((said, b', "results": [', b",".join(row for row in rows if row), b"]}"))
    return mark(Response(Written(body)), request, revision)


def too_many() -> InvalidParameters:
    """Make the refusal of an answer that would have too many rows; it is never cut short."""
    detail = (
        f"Gives more than {MOST_ROWS:,} rows, the most that one answer has. Take fewer or coarser dimensions, or ask "
        "for less: narrow it to a country, a window of days or a kind."
    )
    return InvalidParameters([ParameterError("by", detail)])
