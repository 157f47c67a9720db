"""Reading countries."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.country import CountryFilterSet
from api.serializers.country import CountrySerializer
from api.views.base import RecordViewSet
from conflictdb.models import Country


@extend_schema_view(
    list=extend_schema(summary="List countries"),
    retrieve=extend_schema(summary="Read one country"),
)
class CountryViewSet(RecordViewSet):
    """States and territories of today, and the historical states that conflict datasets name."""

    queryset = Country.objects.all()
    serializer_class = CountrySerializer
    filterset_class = CountryFilterSet
    orders = {"name": None, "slug": None}
    default_order = "name"
