"""Reading the closed lists: the codebook as data."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from api import parameters
from api.codebook import Codebook
from api.exports import formats
from api.exports.answer import answer as answer_with_file
from api.filters.values import nearest, one_of
from api.serializers.vocabulary import VocabularyListSerializer, VocabularySerializer
from conflictdb import vocabularies

FORMAT = one_of([formats.JSON, *(name for name, each in formats.FORMATS.items() if not each.needs_place)])
DESCRIBED = OpenApiParameter(
    "format",
    FORMAT.schema,
    description="Format of the answer; where not given, what the header `Accept` prefers, else `json`. Other formats than "
    "`json` are one table: a row a term, with its vocabulary, and a column for each codebook that terms have "
    "counterparts in (`crosswalk.acled`).",
)
BY_SLUG = {vocabulary.slug(): vocabulary for vocabulary in vocabularies.ALL}


class VocabularyViewSet(ViewSet):
    """The closed lists: every term with its label, its definition and its counterparts in other codebooks."""

    content_negotiation_class = formats.FormatNegotiation
    lookup_field = "slug"
    lookup_value_converter = "slug"
    serializer_class = VocabularySerializer
    place = None  # terms are nowhere on a map

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse every parameter but the format: there is nothing else to choose."""
        super().initial(request, *args, **kwargs)
        if self.action:  # else the method is none of this view's, which is the fault to name
            parameters.read(request, {"format": FORMAT})

    def get_renderers(self) -> list[BaseRenderer]:
        """Offer every format."""
        return [*super().get_renderers(), *formats.renderers_of(self)]

    @extend_schema(summary="List vocabularies", responses=VocabularyListSerializer, parameters=[DESCRIBED])
    def list(self, request: Request) -> Any:
        """Every closed list, in the envelope that all lists share; there is only one page."""
        if request.accepted_renderer.format != formats.JSON:
            return self._table(request, "vocabularies", vocabularies.ALL)
        content = {"count": len(BY_SLUG), "next": None, "results": [*BY_SLUG.values()]}
        return Response(VocabularyListSerializer(content, context={"request": request}).data)

    @extend_schema(
        summary="Read one vocabulary",
        responses=VocabularySerializer,
        parameters=[
            OpenApiParameter(
                "slug",
                {"type": "string", "enum": [*BY_SLUG]},
                OpenApiParameter.PATH,
                description="Name of the vocabulary (`place-precision`).",
            ),
            DESCRIBED,
        ],
    )
    def retrieve(self, request: Request, slug: str) -> Any:
        """One closed list with its terms."""
        if slug not in BY_SLUG:
            near = nearest(slug, BY_SLUG)
            hint = f" Near to it: {', '.join(near)}." if near else ""
            message = f'There is no vocabulary "{slug}".{hint}'
            raise NotFound(message)
        if request.accepted_renderer.format != formats.JSON:
            return self._table(request, f"vocabulary-{slug}", [BY_SLUG[slug]])
        return Response(VocabularySerializer(BY_SLUG[slug], context={"request": request}).data)

    def _table(self, request: Request, noun: str, shown: Sequence[type[vocabularies.Vocabulary]]) -> Any:
        """Answer with the terms of some vocabularies as a file."""
        return answer_with_file(Codebook(request, noun, shown), request.accepted_renderer.format)
