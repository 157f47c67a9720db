"""What every list and detail of records has in common."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from api import paging, parameters
from api.caching import mark
from api.documents import document
from api.exports import formats
from api.exports.answer import answer
from api.exports.records import Records
from api.filters.base import FilterSet
from api.filters.values import ValueType, similar_slugs
from api.kept import with_kept
from api.lens import is_lensed, stated
from api.ranking import RELEVANCE
from api.reading import Answer, read_detail
from api.rendering import Written
from api.shaping import Shaping


class RecordViewSet(ReadOnlyModelViewSet):
    """Reads records of one noun. A subclass declares what is read, how it is filtered, ordered and shown."""

    content_negotiation_class = formats.FormatNegotiation
    queryset: Any  # each subclass names its own
    lookup_field = "slug"
    lookup_value_converter = "slug"
    filterset_class: ClassVar[type[FilterSet]]
    # the same filters of figures under a lens, where records have figures
    lensed_filterset_class: ClassVar[type[FilterSet] | None] = None
    # column → the stand-in that sorts for null; None for a column that is never null
    orders: ClassVar[Mapping[str, Any]]
    default_order: ClassVar[str]
    detail_serializer_class: ClassVar[type[BaseSerializer] | None] = None
    # columns of longitude and latitude, where rows are places on a map
    place: ClassVar[tuple[str, str] | None] = None
    # how the serializer of a row becomes the JSON of an answer
    written = staticmethod(document)

    # parameter → value, as read from the request
    given: Mapping[str, Any] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the parameters, and refuse what the view does not know, before anything is looked up."""
        super().initial(request, *args, **kwargs)
        if self.action:  # else the method is none of this view's, which is the fault to name
            foreign = self.filterset_class.foreign
            given = parameters.read(request, self.parameters(), self.faults, foreign)
            self.given = with_kept(given) if is_lensed(self, given) else given

    def parameters(self) -> dict[str, ValueType]:
        """Every parameter that this view takes, with its type."""
        return _parameters(type(self), is_detail=bool(self.detail))

    def faults(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Find what is wrong between parameters that were each read well."""
        shaping = self.shaping(is_detail=bool(self.detail))
        found = self.filterset_class.faults(given) | paging.faults(given) | shaping.faults(given)
        if given.get("ordering") == RELEVANCE and is_lensed(self, given):
            found["ordering"] = "Is not for figures under a lens: leave one of the two out."
        return found

    @classmethod
    def shaping(cls, *, is_detail: bool) -> Shaping:
        """What rows of the list, or single records, show and may show."""
        row: Any = cls.serializer_class
        whole = cls.detail_serializer_class or row
        return Shaping(whole if is_detail else row, whole, is_detail)

    @classmethod
    def plan(cls, *, is_detail: bool, is_expanded: bool) -> Any:
        """How what is nested in rows is read; lists that are expanded may nest what a single record does."""
        records = cls.queryset.all()
        return records.for_detail() if is_detail or is_expanded else records.for_reading()

    def get_renderers(self) -> list[BaseRenderer]:
        """Offer lists in every format."""
        return [*super().get_renderers(), *([] if self.detail else formats.renderers_of(self))]

    def list(self, request: Request, *_: Any, **__: Any) -> Any:
        """Read one page; or, in another format than JSON, every row that matches."""
        name = request.accepted_renderer.format
        formats.check(self.given, name)
        if name != formats.JSON:
            return answer(Records(self, request), name)
        paginator: Any = self.paginator  # DRF knows of no pages that are answers already
        return paginator.page(request, self)

    def retrieve(self, request: Request, slug: str, *_: Any, **__: Any) -> Response:
        """Read the record at this address."""
        answer = read_detail(self, request, slug)
        if not answer.documents:
            raise self.nothing_at(slug)
        (document,) = answer.documents
        if is_lensed(self, self.given):
            document = b"".join((b'{"lens": ', json.dumps(stated(request)).encode(), b", ", document[1:]))
        return mark(Response(Written(document)), request, self.revision_of(answer))

    def values_of(self, _slug: str, _slots: Collection[str]) -> Mapping[str, Any]:
        """Give what the statement of a single record has slots for, besides its slug and the address of this server."""
        return {}

    def revision_of(self, answer: Answer) -> str | None:
        """Tell the revision that all of an answer was read at; None where it was not read at one."""
        return answer.revision

    def nothing_at(self, slug: str) -> NotFound:
        """Say that there is no such record, and which addresses look like it."""
        records = self.queryset.all().public()
        similar = similar_slugs(records, slug)
        hint = f" Near to it: {', '.join(similar)}." if similar else ""
        return NotFound(f'There is no {records.model._meta.verbose_name} "{slug}".{hint}')

    def get_serializer_class(self) -> type[BaseSerializer]:
        """Show more of a single record than of the rows of a list."""
        shown = self.detail_serializer_class if self.detail else None
        return shown or super().get_serializer_class()


def lens_parameters(view: type[RecordViewSet]) -> tuple[str, ...]:
    """Name the parameters that make a lens, where a view's records have figures."""
    names = view.filterset_class.modifying
    return (*names, "descendants") if names else ()


@cache
def _parameters(view: type[RecordViewSet], *, is_detail: bool) -> dict[str, ValueType]:
    """Work out once what a view takes."""
    shape = {name: value_type for name, (value_type, _, _) in view.shaping(is_detail=is_detail).parameters().items()}
    filters = {name: each.type for name, each in view.filterset_class.filters.items()}
    if is_detail:
        return {name: type_ for name, type_ in filters.items() if name in lens_parameters(view)} | shape
    cuts = {name: value_type for name, (value_type, _, _) in paging.parameters(view).items()}
    forms = {name: value_type for name, (value_type, _, _) in formats.parameters(view).items()}
    return filters | cuts | forms | shape
