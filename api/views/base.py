"""What every list and detail of records has in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404
from django.utils.functional import SimpleLazyObject
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from api import paging, parameters
from api.filters.base import FilterSet
from api.filters.values import ValueType, similar_slugs
from api.serializers.base import cut, fields_of
from conflictdb.models import Dataset


class RecordViewSet(ReadOnlyModelViewSet):
    """Reads records of one noun. A subclass declares what is read, how it is filtered, ordered and shown."""

    queryset: Any  # each subclass names its own
    lookup_field = "slug"
    lookup_value_converter = "slug"
    filterset_class: ClassVar[type[FilterSet]]
    # column → the stand-in that sorts for null; None for a column that is never null
    orders: ClassVar[Mapping[str, Any]]
    default_order: ClassVar[str]
    detail_serializer_class: ClassVar[type[BaseSerializer] | None] = None

    # parameter → value, as read from the request
    given: Mapping[str, Any] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the parameters, and refuse what the view does not know, before anything is looked up."""
        super().initial(request, *args, **kwargs)
        if self.action:  # else the method is none of this view's, which is the fault to name
            self.given = parameters.read(request, self.parameters())

    def parameters(self) -> dict[str, ValueType]:
        """Every parameter that this view takes, with its type."""
        shape = {"fields": fields_of(self.get_serializer_class())}
        if self.detail:
            return shape
        filters = {name: each.type for name, each in self.filterset_class.filters.items()}
        cuts = {name: value_type for name, (value_type, _, _) in paging.parameters(self).items()}
        return filters | cuts | shape

    def get_queryset(self) -> Any:
        """Bring what a list or a detail shows."""
        queryset = self.queryset.all().public()
        return queryset.for_detail() if self.detail else queryset.for_reading()

    def get_object(self) -> Any:
        """Find the record at this address, or say which addresses look like it."""
        try:
            return super().get_object()
        except Http404:
            noun, slug = self.queryset.model._meta.verbose_name, self.kwargs["slug"]
            similar = similar_slugs(self.queryset.all().public(), slug)
            hint = f" Near to it: {', '.join(similar)}." if similar else ""
            message = f'There is no {noun} "{slug}".{hint}'
            raise NotFound(message) from None

    def get_serializer_class(self) -> type[BaseSerializer]:
        """Show more of a single record than of the rows of a list."""
        shown = self.detail_serializer_class if self.detail else None
        return shown or super().get_serializer_class()

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell serializers which datasets are withheld, for the records that are nested in others.

        Looked up when it is first asked for: the contract is made without a database.
        """
        withheld = SimpleLazyObject(lambda: set(Dataset.objects.withheld().values_list("pk", flat=True)))
        return {**super().get_serializer_context(), "withheld": withheld}

    def get_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer:
        """Cut the answer to the fields asked for."""
        serializer = super().get_serializer(*args, **kwargs)
        if "fields" in self.given:
            cut(serializer, self.given["fields"])
        return serializer
