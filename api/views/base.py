"""What every list and detail of records has in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from api import parameters
from api.filters.base import FilterSet
from api.filters.values import similar_slugs
from api.paging import PARAMETERS
from api.serializers.base import cut, fields_tree
from conflictdb.models import Dataset


class RecordViewSet(ReadOnlyModelViewSet):
    """Reads records of one noun. A subclass declares what is read, how it is filtered, ordered and shown."""

    lookup_field = "slug"
    lookup_value_converter = "slug"
    filterset_class: ClassVar[type[FilterSet]]
    # column → the stand-in that sorts for null; None for a column that is never null
    orders: ClassVar[Mapping[str, Any]]
    default_order: ClassVar[str]
    detail_serializer_class: ClassVar[type[BaseSerializer] | None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what the view does not know before anything is read."""
        super().initial(request, *args, **kwargs)
        known = ["fields"] if self.detail else [*self.filterset_class.filters, "ordering", "fields", *PARAMETERS]
        parameters.check(request, known)

    def get_queryset(self) -> QuerySet:
        """Bring what a list or a detail shows."""
        queryset = super().get_queryset().public()
        return queryset.for_detail() if self.detail else queryset.for_reading()

    def get_object(self) -> Any:
        """Find the record at this address, or say which addresses look like it."""
        try:
            return super().get_object()
        except Http404:
            noun, slug = self.queryset.model._meta.verbose_name, self.kwargs["slug"]
            similar = similar_slugs(super().get_queryset().public(), slug)
            hint = f" Near to it: {', '.join(similar)}." if similar else ""
            message = f'There is no {noun} "{slug}".{hint}'
            raise NotFound(message) from None

    def get_serializer_class(self) -> type[BaseSerializer]:
        """Show more of a single record than of the rows of a list."""
        return (self.detail and self.detail_serializer_class) or self.serializer_class

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell serializers which datasets are withheld, for the records that are nested in others."""
        withheld = set(Dataset.objects.withheld().values_list("pk", flat=True))
        return {**super().get_serializer_context(), "withheld": withheld}

    def get_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer:
        """Cut the answer to the fields asked for."""
        serializer = super().get_serializer(*args, **kwargs)
        if wanted := self.request and self.request.query_params.get("fields"):
            cut(serializer, fields_tree(wanted))
        return serializer

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Let pages of other origins read: there is nothing here that depends on who asks."""
        return {**super().default_response_headers, "Access-Control-Allow-Origin": "*"}
