"""Reading claims."""

from datetime import date

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.filters.claim import ClaimFilterSet
from api.serializers.claim import ClaimSerializer
from api.views.base import RecordViewSet
from conflictdb.models import Claim


@extend_schema_view(
    list=extend_schema(summary="List claims"),
    retrieve=extend_schema(summary="Read one claim"),
)
class ClaimViewSet(RecordViewSet):
    """What actors asserted or denied, as sources reported it, in which words."""

    queryset = Claim.objects.all()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilterSet
    orders = {"stated_on": date.min, "updated_at": None}
    default_order = "-stated_on"
