"""Reading conflicts."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.conflict import ConflictFilterSet
from api.serializers.conflict import ConflictDetailSerializer, ConflictSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Conflict


@extend_schema_view(
    list=extend_schema(summary="List conflicts"),
    retrieve=extend_schema(summary="Read one conflict"),
)
class ConflictViewSet(RecordViewSet):
    """Named conflicts, and below them the dyads of their parties."""

    queryset = Conflict.objects.all()
    serializer_class = ConflictSerializer
    detail_serializer_class = ConflictDetailSerializer
    filterset_class = ConflictFilterSet
    orders = {"name": None, "updated_at": None}
    default_order = "name"
