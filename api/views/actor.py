"""Reading actors."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.actor import ActorFilterSet
from api.serializers.actor import ActorDetailSerializer, ActorSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Actor


@extend_schema_view(
    list=extend_schema(summary="List actors"),
    retrieve=extend_schema(summary="Read one actor"),
)
class ActorViewSet(RecordViewSet):
    """Anyone who acts, is acted upon, claims, or publishes."""

    queryset = Actor.objects.all()
    serializer_class = ActorSerializer
    detail_serializer_class = ActorDetailSerializer
    filterset_class = ActorFilterSet
    orders = {"name": None, "updated_at": None}
    default_order = "name"
