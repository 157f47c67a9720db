"""Reading sources."""

from datetime import date

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.source import SourceFilterSet
from api.serializers.source import SourceDetailSerializer, SourceSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Source


@extend_schema_view(
    list=extend_schema(summary="List sources"),
    retrieve=extend_schema(summary="Read one source"),
)
class SourceViewSet(RecordViewSet):
    """The documents that claims were read in."""

    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    detail_serializer_class = SourceDetailSerializer
    filterset_class = SourceFilterSet
    orders = {"published_on": date.min, "title": None, "updated_at": None}
    default_order = "-published_on"
