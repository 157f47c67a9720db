"""Searching all kinds of record at once."""

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from api import parameters
from api.caching import mark
from api.errors import InvalidParameters, ParameterError
from api.filters.base import modifier
from api.filters.lens import BY_ACTORS, CLAIM_LENS, NO_RESOLVE
from api.filters.parts import DESCENDANTS
from api.filters.values import FLAG, one_of, whole_number
from api.rendering import Written
from api.search.kinds import KINDS, POOL, Kind
from api.search.statement import find
from api.search.words import SOUGHT
from api.serializers.search import SearchSerializer

DEFAULT_LIMIT, MOST = 5, 50
NAMES = [kind.name for kind in KINDS]
LENS = CLAIM_LENS | {"descendants": modifier(FLAG, DESCENDANTS, needs=BY_ACTORS)}
# parameter → its type, what it does
PARAMETERS = {
    "q": (
        SOUGHT,
        (
            'What to look for: words, "quoted phrases", -excluded words, `or`. Inflected forms match, and letters with and '
            "without accents. Names are found too by how they begin and by likeness, so that a slip does no harm; not where "
            "quotes, `-` or `or` say exactly what is wanted."
        ),
    ),
    "kinds": (
        one_of(NAMES).listed(),
        f"Only these kinds, separated by commas. {'; '.join(kind.description for kind in KINDS)}.",
    ),
    "limit": (whole_number(1, MOST), f"Hits of each kind that are shown; {DEFAULT_LIMIT} where not given."),
    "highlight": (
        FLAG,
        "`true` for `highlights`: title and snippet as HTML, escaped, with each word found between `<mark>` and `</mark>`.",
    ),
    **{name: (each.type, each.description) for name, each in LENS.items()},
}
TYPES = {name: value_type for name, (value_type, _) in PARAMETERS.items()}


class SearchViewSet(ViewSet):
    """All kinds of record at once, by words and names."""

    serializer_class = SearchSerializer

    @extend_schema(
        summary="Search everything",
        description=(
            "Looks through all kinds of record at once, by words and names. Each kind's hits are a group of their own, since "
            "their ranks cannot be compared; `more` is the list that holds all of them. Of incidents, claims, quotes and "
            f"sources the {POOL} newest that hold the words are weighed against each other, so that a common word costs no "
            "more than a rare one. A lens (`according_to` and those after it) narrows claims and quotes to the claims that "
            "it lets through, as it does the list of claims; other kinds are found as without it. It is JSON alone: the best "
            "hits on one page, for people; the lists behind `more` come in every format."
        ),
        responses=SearchSerializer,
        parameters=[
            OpenApiParameter(
                name,
                {**value_type.schema, **({"default": DEFAULT_LIMIT} if name == "limit" else {})},
                required=name == "q",
                description=description,
                **({"style": "form", "explode": False} if value_type.schema["type"] == "array" else {}),  # type: ignore[arg-type]
            )
            for name, (value_type, description) in PARAMETERS.items()
        ],
    )
    def list(self, request: Request) -> Response:
        """Look for what was typed."""
        given = parameters.read(request, TYPES, _faults, NO_RESOLVE)
        if "q" not in given:
            raise InvalidParameters([ParameterError("q", "Is missing: what shall be looked for?")])
        kinds = [kind for kind in KINDS if kind.name in given.get("kinds", NAMES)]
        limit, base = given.get("limit", DEFAULT_LIMIT), request.build_absolute_uri("/")[:-1]
        lens = {name: given[name] for name in LENS if name in given}
        hits = find(given["q"], base, kinds, limit, lens, is_highlighted=given.get("highlight", False))
        if not any(hits.of.values()):
            parameters.verify(given, TYPES)
        written = {name: ",".join(dict.fromkeys(request.query_params.getlist(name))) for name in lens}
        groups = [_group(kind, hits.of[kind.name], limit, f"{base}{kind.more(given['q'], written)}") for kind in kinds]
        return mark(Response(Written(b'{"results": [%b]}' % b",".join(groups))), request, hits.revision)


def _faults(given: Mapping[str, Any]) -> dict[str, str]:
    """Find parameters of the lens, each read well, that lack others."""
    found = {name: each.fault(given) for name, each in LENS.items() if name in given}
    return {name: fault for name, fault in found.items() if fault}


def _group(kind: Kind, documents: list[bytes], limit: int, more: str) -> bytes:
    """Write the hits of one kind, as PostgreSQL wrote each."""
    head = json.dumps({"kind": kind.name, "has_more": len(documents) > limit, "more": more})
    return b'%b, "hits": [%b]}' % (head[:-1].encode(), b",".join(documents[:limit]))
