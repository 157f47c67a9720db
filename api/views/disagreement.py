"""Reading disagreements, and who disagrees with whom."""

import json
from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.caching import mark
from api.exports import formats
from api.exports.answer import answer as answer_with_file
from api.filters.disagreement import DisagreementFilterSet
from api.filters.values import ValueType, whole_number
from api.rendering import Written
from api.serializers.disagreement import DisagreementAggregateSerializer, DisagreementSerializer
from api.speakers import Speakers, read_aggregate
from api.views.base import RecordViewSet
from conflictdb.models import Disagreement

LIMIT = whole_number(1, 1_000)
MOST_PAIRS = 100  # of actors, where the caller says nothing


@extend_schema_view(
    list=extend_schema(summary="List disagreements"),
    retrieve=extend_schema(summary="Read one disagreement"),
)
class DisagreementViewSet(RecordViewSet):
    """Pairs of standing claims about one incident that cannot both be true; an incident is disputed if it has any.

    Tolls of the same people, or of people among them, that lie apart; an assertion and a denial; two actors held responsible;
    an answer that denies or corrects. Each pair stands once, whichever of these hold; pairs of one incident about one
    subject (a measure, responsibility, a link) share their `group`.
    """

    queryset = Disagreement.objects.all()
    serializer_class = DisagreementSerializer
    filterset_class = DisagreementFilterSet
    orders = {"started_on": date.min, "gap": -1, "updated_at": None}
    default_order = "-started_on"

    def parameters(self) -> dict[str, ValueType]:
        """The aggregate takes the list's filters and formats, and how many pairs of actors it shows."""
        if self.action != "aggregate":
            return super().parameters()
        filters = {name: each.type for name, each in self.filterset_class.filters.items()}
        forms = {name: each for name, (each, _, _) in formats.parameters(type(self)).items()}
        return filters | forms | {"limit": LIMIT}

    @extend_schema(
        operation_id="disagreements_aggregate",
        summary="Who disagrees with whom",
        description="The disagreements that match, counted by the two actors that speak in them: how often, on how many "
        "incidents, by how much, for which reasons. Whoever speaks is the claimant of a claim or, where the source speaks in "
        "its own voice, the publisher of that source. Takes every filter of the list; `between=` there lists what two "
        "actors differ on.",
        parameters=[
            OpenApiParameter(
                "limit",
                {**LIMIT.schema, "default": MOST_PAIRS},
                description=f"Pairs of actors to show; {MOST_PAIRS} where not given, and in other formats than JSON all.",
            )
        ],
        responses=DisagreementAggregateSerializer,
        filters=True,
    )
    @action(detail=False, pagination_class=None, serializer_class=DisagreementAggregateSerializer)
    def aggregate(self, request: Request, *_: Any, **__: Any) -> Any:
        """Count the disagreements that match by who speaks in them."""
        name = request.accepted_renderer.format
        formats.check(self.given, name)
        if name != formats.JSON:
            return answer_with_file(Speakers(self, request), name)
        answer = read_aggregate(self, request, self.given.get("limit", MOST_PAIRS))
        if not answer.documents:
            parameters.verify(self.given, self.parameters())
        number = answer.result.row(0)[1] or 0
        head = json.dumps({"count": number})[:-1].encode()
        body = b"".join((head, b', "results": [', b",".join(answer.documents), b"]}"))
        return mark(Response(Written(body)), request, answer.revision)
