"""Counting incidents and adding up their figures."""

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from api import parameters
from api.aggregates.answer import answer
from api.aggregates.files import CELL, Aggregates
from api.aggregates.question import PARAMETERS, faults
from api.errors import InvalidParameters, ParameterError
from api.exports import formats
from api.exports.answer import answer as answer_with_file
from api.filters.incident import IncidentFilterSet, LensedIncidentFilterSet
from api.filters.values import ValueType
from api.kept import with_kept
from api.serializers.aggregate import AggregateAnswerSerializer
from conflictdb.models import Incident

LISTED: dict[str, Any] = {"style": "form", "explode": False}


class AggregateViewSet(GenericViewSet):
    """Incidents counted, and their figures added up, by one to three dimensions: deaths by month and country, for example.

    Filters are those of the list of incidents, and count the same incidents. The answer is whole, without pages: one that
    would have more than 100,000 rows is refused. What is unknown is never taken for zero: a row tells from how many incidents
    its sums come, how many are open, give no number or are not spoken of; `totals` and `left_out` tell what rows leave out.
    """

    content_negotiation_class = formats.FormatNegotiation
    queryset = Incident.objects.all()
    serializer_class = AggregateAnswerSerializer
    filterset_class = IncidentFilterSet
    lensed_filterset_class = LensedIncidentFilterSet
    pagination_class = None
    place = ("longitude", "latitude")  # of cells, which are on a map
    given: Any = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the parameters, and refuse what is unknown, before anything is looked up."""
        super().initial(request, *args, **kwargs)
        if self.action:  # else the method is none of this view's, which is the fault to name
            self.given = with_kept(parameters.read(request, self.parameters(), faults))

    @staticmethod
    @cache
    def parameters() -> dict[str, ValueType]:
        """Every parameter that this view takes, with its type."""
        filters = {name: each.type for name, each in IncidentFilterSet.filters.items()}
        return filters | {name: value_type for name, (value_type, _) in PARAMETERS.items()}

    def get_renderers(self) -> list[BaseRenderer]:
        """Offer every format."""
        return [*super().get_renderers(), *formats.renderers_of(self)]

    @extend_schema(
        summary="Count incidents and add up their figures",
        filters=True,
        parameters=[
            OpenApiParameter(name, each.schema, description=text, **(LISTED if each.schema["type"] == "array" else {}))
            for name, (each, text) in PARAMETERS.items()
        ],
    )
    def list(self, request: Request) -> Any:
        """Answer with all rows."""
        name = request.accepted_renderer.format
        formats.check(self.given, name)
        if name == formats.JSON:
            return answer(self, request)
        if name == "geojson" and CELL not in self.given.get("by", ()):
            detail = f"Needs cells, which are places on a map: by={CELL}, which other dimensions may follow."
            raise InvalidParameters([ParameterError("format", detail)])
        return answer_with_file(Aggregates(self, request), name)
