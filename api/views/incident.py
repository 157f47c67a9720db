"""Reading incidents."""

import json
from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.caching import current, mark
from api.explaining import explanation
from api.filters.incident import IncidentFilterSet, LensedIncidentFilterSet
from api.filters.values import FLAG, ValueType
from api.rendering import Written
from api.serializers.estimate import EstimateSerializer
from api.serializers.incident import IncidentDetailSerializer, IncidentSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Incident


@extend_schema_view(
    list=extend_schema(summary="List incidents"),
    retrieve=extend_schema(
        summary="Read one incident",
        parameters=[OpenApiParameter("explain", bool, description="`true` adds `estimate`: its figures, explained.")],
    ),
)
class IncidentViewSet(RecordViewSet):
    """What happened, when, where, and the figures that the claims about it amount to."""

    queryset = Incident.objects.all()
    serializer_class = IncidentSerializer
    detail_serializer_class = IncidentDetailSerializer
    filterset_class = IncidentFilterSet
    lensed_filterset_class = LensedIncidentFilterSet
    orders = {"started_on": date.min, "killed_best": -1, "injured_best": -1, "updated_at": None}
    default_order = "-started_on"
    place = ("longitude", "latitude")

    @extend_schema(
        summary="Explain an incident's estimate",
        description="The figures that the claims about an incident amount to under a lens, every toll claim with what the "
        "rule made of it and why, the words it was read in, and one sentence that states the estimate and its grounds.",
        responses=EstimateSerializer,
    )
    @action(detail=True)
    def estimate(self, request: Request, slug: str) -> Response:
        """Explain the figures of the incident at this address."""
        revision = current()  # before what is read: an answer is never taken for one of a later state
        return mark(Response(self._explained(request, slug)), request, revision)

    def retrieve(self, request: Request, slug: str, *_: Any, **__: Any) -> Response:
        """Read the incident at this address, with its explanation where that is asked for."""
        response = super().retrieve(request, slug)
        if self.given.get("explain"):
            told = json.dumps(self._explained(request, slug)).encode()
            response.data = Written(b"".join((response.data.body[:-1], b', "estimate": ', told, b"}")))
        return response

    def parameters(self) -> dict[str, ValueType]:
        """Take besides what only one incident's page can tell; an estimate is not cut to fields."""
        taken = super().parameters()
        if self.action == "estimate":
            return {name: taken[name] for name in taken if name not in {"fields", "expand"}}
        return taken | {"explain": FLAG} if self.action == "retrieve" else taken

    def _explained(self, request: Request, slug: str) -> dict[str, Any]:
        incident = self.queryset.public().select_related("dataset").defer("search").filter(slug=slug).first()
        if incident is None:
            raise self.nothing_at(slug)
        return explanation(request, incident, self.given)
