"""Counting incidents and adding up their figures."""

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from api import parameters
from api.aggregates.answer import answer
from api.aggregates.question import PARAMETERS, faults
from api.filters.incident import IncidentFilterSet
from api.filters.values import ValueType
from api.serializers.aggregate import AggregateAnswerSerializer
from conflictdb.models import Incident


class AggregateViewSet(GenericViewSet):
    """Incidents counted, and their figures added up, by one to three dimensions: deaths by month and country, for example.

    Filters are those of the list of incidents, and count the same incidents. The answer is whole, without pages: one that
    would have more than 100,000 rows is refused. What is unknown is never taken for zero: a row tells from how many incidents
    its sums come, how many are open, give no number or are not spoken of; `totals` and `left_out` tell what the rows leave out.
    """

    queryset = Incident.objects.all()
    serializer_class = AggregateAnswerSerializer
    filterset_class = IncidentFilterSet
    pagination_class = None
    given: Any = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the parameters, and refuse what is unknown, before anything is looked up."""
        super().initial(request, *args, **kwargs)
        if self.action:  # else the method is none of this view's, which is the fault to name
            self.given = parameters.read(request, self.parameters(), faults)

    @staticmethod
    @cache
    def parameters() -> dict[str, ValueType]:
        """Every parameter that this view takes, with its type."""
        filters = {name: each.type for name, each in IncidentFilterSet.filters.items()}
        return filters | {name: value_type for name, (value_type, _) in PARAMETERS.items()}

    @extend_schema(
        summary="Count incidents and add up their figures",
        filters=True,
        parameters=[
            OpenApiParameter(
                name,
                value_type.schema,
                description=description,
                **({"style": "form", "explode": False} if value_type.schema["type"] == "array" else {}),
            )
            for name, (value_type, description) in PARAMETERS.items()
        ],
    )
    def list(self, request: Request) -> Any:
        """Answer with all rows."""
        return answer(self, request)
