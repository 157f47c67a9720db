"""Reading the closed lists: the codebook as data."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from api import parameters
from api.filters.values import nearest
from api.serializers.vocabulary import VocabularyListSerializer, VocabularySerializer
from conflictdb import vocabularies

BY_SLUG = {vocabulary.slug(): vocabulary for vocabulary in vocabularies.ALL}


class VocabularyViewSet(ViewSet):
    """The closed lists: every term with its label, its definition and its counterparts in other codebooks."""

    lookup_field = "slug"
    lookup_value_converter = "slug"
    serializer_class = VocabularySerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse every parameter: there is nothing to choose."""
        super().initial(request, *args, **kwargs)
        if self.action:  # else the method is none of this view's, which is the fault to name
            parameters.read(request, {})

    @extend_schema(summary="List vocabularies", responses=VocabularyListSerializer)
    def list(self, request: Request) -> Response:
        """Every closed list, in the envelope that all lists share; there is only one page."""
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
            )
        ],
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """One closed list with its terms."""
        if slug not in BY_SLUG:
            near = nearest(slug, BY_SLUG)
            hint = f" Near to it: {', '.join(near)}." if near else ""
            message = f'There is no vocabulary "{slug}".{hint}'
            raise NotFound(message)
        return Response(VocabularySerializer(BY_SLUG[slug], context={"request": request}).data)
