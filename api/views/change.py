"""Following what changes."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from api import changes, paging, parameters
from api.errors import InvalidParameters, ParameterError
from api.filters.values import INSTANT, ValueType, one_of, whole_number
from api.rendering import Written
from api.serializers.change import ChangePageSerializer

KIND = one_of([*changes.KINDS])
PARAMETERS: dict[str, tuple[ValueType, Any, str]] = {
    "updated_since": (INSTANT, None, "Stored or changed then or later; where not given, from the first record on."),
    "kind": (KIND, None, "Records of this kind only."),
    "kind__in": (KIND.listed(), None, "Records of any of these kinds, separated by commas."),
    "page_size": (whole_number(1, paging.LARGEST_PAGE), paging.DEFAULT_PAGE, "Changes in a page, at most."),
    "cursor": (
        paging.CURSOR,
        None,
        "Where the page begins: taken from `next` or `follow`, never made up. It holds as long as this server keeps its key.",
    ),
}
ABOUT = f"""
Every public record once, under the instant of its last change, oldest first: a mirror reads on from its cursor, and reads
anew each record that it is told of. Nothing is missed: what a running transaction may still bring holds back all that is
younger, and nothing is told sooner than {changes.BEHIND.seconds} seconds after it happened.

A record is told with its own changes, and an incident with those of its figures. An incident is to be read whole where it
comes up: its claims become public together with it. What was deleted is not told; what was public is retracted instead.

A dataset whose terms no longer allow passing it on is told as `withdrawn`, and nothing else of it, nor its records one by
one: a mirror drops the dataset and every record of it, and reads anew what else names any of these, and claims about
relations; what is not found is dropped too. Actors whose relations go are told. Where the terms allow it again, or for
the first time, all of these records are told as if they had changed then.

It is JSON alone: a mirror needs the cursor that stands beside each page, and reads the records themselves in any format.
""".strip()
BEGINNING: changes.Place = (datetime(1, 1, 2, tzinfo=UTC), "", 0)


def described() -> list[OpenApiParameter]:
    """Describe the parameters to the contract."""
    shown = {
        name: OpenApiParameter(name, each.schema, description=words, default=default)
        for name, (each, default, words) in PARAMETERS.items()
    }
    shown["kind__in"].style, shown["kind__in"].explode = "form", False
    return [*shown.values()]


class ChangesView(APIView):
    """What was stored, changed, retracted or superseded, oldest first."""

    @extend_schema(
        operation_id="changes_list",
        summary="Follow changes",
        description=ABOUT,
        parameters=described(),
        responses=ChangePageSerializer,
        tags=["changes"],
    )
    def get(self, request: Request) -> Response:
        """Read one page."""
        given = parameters.read(request, {name: each for name, (each, _, _) in PARAMETERS.items()}, _faults)
        kinds = tuple(sorted({given["kind"]} if "kind" in given else {*given.get("kind__in", changes.KINDS)}))
        size = given.get("page_size", paging.DEFAULT_PAGE)
        asked = hashlib.sha256(repr((kinds, str(given.get("updated_since")))).encode()).hexdigest()[:16]
        place = _place(given, asked)
        until = changes.horizon()
        found = changes.read(kinds, size + 1, place, until, request.build_absolute_uri("/")[:-1])
        documents = [document for document in found.written[:size] if document]
        if documents:
            _, at, kind, pk = found.row(len(documents) - 1)
            place = (at, kind, pk)
        cursor = paging.SIGNER.sign_object([asked, *place], serializer=paging.Scalars)
        here = replace_query_param(remove_query_param(request.build_absolute_uri(), "cursor"), "cursor", cursor)
        more = len(found.written) > size
        head = {
            "until": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "next": here if more else None,
            "follow": here,
        }
        body = b"".join((json.dumps(head)[:-1].encode(), b', "results": [', b",".join(documents), b"]}"))
        # More may be told a moment later though nothing was written since: no revision names this answer.
        return Response(Written(body), headers={"Cache-Control": "no-cache"})


def _faults(given: Any) -> dict[str, str]:
    """Find what contradicts each other."""
    return (
        {"kind__in": "Says what kind would say; leave one of them out."} if {"kind", "kind__in"} <= given.keys() else {}
    )


def _place(given: Any, asked: str) -> changes.Place:
    """Find where a page begins."""
    if "cursor" not in given:
        at, kind, pk = BEGINNING
        return given.get("updated_since", at), kind, pk
    match given["cursor"]:
        case [str(belongs), str(when), str(kind), int(pk)] if belongs == asked:
            return datetime.fromisoformat(when), kind, pk
    detail = "Belongs to other filters; start again without it."
    raise InvalidParameters([ParameterError("cursor", detail)])
