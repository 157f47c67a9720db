"""A dataset's metadata in the forms that other programs read: its citation, and its tables described as a Data Package."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import caching, citations, parameters
from api.exports.tableschema import package
from api.rendering import OneForm, RecordRenderer
from api.schema import SLUG
from api.views.actor import ActorViewSet
from api.views.claim import ClaimViewSet
from api.views.conflict import ConflictViewSet
from api.views.dataset import DatasetViewSet
from api.views.incident import IncidentViewSet
from api.views.source import SourceViewSet
from conflictdb.models import Dataset

TABLES: dict[str, Any] = {
    "incidents": IncidentViewSet.serializer_class,
    "claims": ClaimViewSet.serializer_class,
    "actors": ActorViewSet.serializer_class,
    "sources": SourceViewSet.serializer_class,
    "conflicts": ConflictViewSet.serializer_class,
}
CSL = "application/vnd.citationstyles.csl+json"
BIBTEX = "application/x-bibtex"
LIST = {"type": "array", "items": {"type": "object"}}


class CslRenderer(RecordRenderer):
    """Names what the answer is."""

    media_type = CSL


class BibtexRenderer(BaseRenderer):
    """Writes text as it is."""

    media_type = BIBTEX
    format = "bib"
    charset = "utf-8"

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        """Encode it."""
        return str(data).encode()


def described(name: str, summary: str, media_type: str, schema: Any, about: str) -> Any:
    """Describe one of these files to the contract."""
    slug = OpenApiParameter("slug", SLUG, OpenApiParameter.PATH, description="The slug of the dataset.")
    response = OpenApiResponse(schema, about)
    return extend_schema(
        operation_id=f"datasets_{name}",
        summary=summary,
        description=about,
        parameters=[slug],
        responses={(200, media_type): response},
    )


class DatasetFileView(APIView):
    """One file about one dataset."""

    content_negotiation_class = OneForm
    queryset: ClassVar[Any] = Dataset.objects.all()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse every parameter: there is nothing to choose."""
        super().initial(request, *args, **kwargs)
        parameters.read(request, {})

    def answer(self, request: Request, slug: str) -> Response:
        """Write the file about the public dataset at an address."""
        revision = caching.current()  # before the dataset, which may then be newer than it says, but not older
        dataset = self.queryset.all().public().filter(slug=slug).first()
        if dataset is None:
            raise DatasetViewSet().nothing_at(slug)
        return caching.mark(Response(self.content(dataset, request.build_absolute_uri("/")[:-1])), request, revision)

    def content(self, dataset: Dataset, base: str) -> Any:
        """Make it, for readers who reach this server at ``base``."""
        raise NotImplementedError


class CslView(DatasetFileView):
    """Citations as CSL-JSON."""

    renderer_classes = [CslRenderer]

    @described("csl", "Cite a dataset in CSL-JSON", CSL, LIST, "A list of one item, for Zotero, citeproc or pandoc.")
    def get(self, request: Request, slug: str) -> Response:
        """Give it."""
        return self.answer(request, slug)

    def content(self, dataset: Dataset, base: str) -> Any:
        """Cite the dataset."""
        return citations.as_csl(dataset, f"{base}/api/v1/datasets/{dataset.slug}/")


class BibtexView(DatasetFileView):
    """Citations as BibTeX."""

    renderer_classes = [BibtexRenderer]

    @described("bibtex", "Cite a dataset in BibTeX", BIBTEX, OpenApiTypes.STR, "One entry of kind `@misc`, in UTF-8.")
    def get(self, request: Request, slug: str) -> Response:
        """Give it."""
        return self.answer(request, slug)

    def content(self, dataset: Dataset, base: str) -> Any:
        """Cite the dataset."""
        return citations.as_bibtex(dataset, f"{base}/api/v1/datasets/{dataset.slug}/")


class PackageView(DatasetFileView):
    """Datasets as Data Packages."""

    @described(
        "package",
        "Describe a dataset as a Data Package",
        "application/json",
        OpenApiTypes.OBJECT,
        "Frictionless `datapackage.json`: terms, and each table of the dataset with its address as CSV and what its columns "
        "hold.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """Give it."""
        return self.answer(request, slug)

    def content(self, dataset: Dataset, base: str) -> Any:
        """Describe the dataset."""
        return package(dataset, base, TABLES)
