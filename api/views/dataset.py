"""Reading datasets."""

from datetime import date

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.dataset import DatasetFilterSet
from api.serializers.dataset import DatasetDetailSerializer, DatasetSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Dataset


@extend_schema_view(
    list=extend_schema(summary="List datasets"),
    retrieve=extend_schema(summary="Read one dataset"),
)
class DatasetViewSet(RecordViewSet):
    """Where records come from and under what terms; only datasets that may be passed on are listed."""

    queryset = Dataset.objects.all()
    serializer_class = DatasetSerializer
    detail_serializer_class = DatasetDetailSerializer
    filterset_class = DatasetFilterSet
    orders = {"slug": None, "released_on": date.min}
    default_order = "slug"
