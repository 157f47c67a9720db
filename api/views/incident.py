"""Reading incidents."""

from datetime import date

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.incident import IncidentFilterSet
from api.serializers.incident import IncidentDetailSerializer, IncidentSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Incident


@extend_schema_view(
    list=extend_schema(summary="List incidents"),
    retrieve=extend_schema(summary="Read one incident"),
)
class IncidentViewSet(RecordViewSet):
    """What happened, when, where, and the figures that the claims about it amount to."""

    queryset = Incident.objects.all()
    serializer_class = IncidentSerializer
    detail_serializer_class = IncidentDetailSerializer
    filterset_class = IncidentFilterSet
    orders = {"started_on": date.min, "killed_best": -1, "injured_best": -1, "updated_at": None}
    default_order = "-started_on"
    place = ("longitude", "latitude")
