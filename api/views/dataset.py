"""Reading datasets."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.coverage import Span, of_dataset
from api.filters.dataset import DatasetFilterSet
from api.reading import Answer
from api.serializers.dataset import SPAN, DatasetDetailSerializer, DatasetSerializer, span_as_shown
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
    span: Span | None = None

    def values_of(self, slug: str, slots: Collection[str]) -> Mapping[str, Any]:
        """Give what the dataset's records span, if it is to be shown."""
        if SPAN not in slots:
            return {}
        dataset = self.queryset.all().public().filter(slug=slug).first()
        self.span = of_dataset(dataset) if dataset else None
        return {SPAN: json.dumps(span_as_shown(self.span)) if self.span else None}

    def revision_of(self, answer: Answer) -> str | None:
        """Name none where the dataset changed between the reading of what its records span and of the rest."""
        return None if self.span and self.span.revision != answer.revision else answer.revision
