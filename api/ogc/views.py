"""What the standard tells before any feature: the landing page, conformance, collections, and the definition."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import caching, coverage, parameters
from api.filters.feature import FeatureFilterSet
from api.filters.values import nearest
from api.ogc.definition import definition, property_types
from api.ogc.features import FeatureViewSet
from api.ogc.links import COLLECTION, CRS84, GEOJSON, JSON, JSON_SCHEMA, OPENAPI, address, link, to_self
from api.ogc.parameters import types
from api.rendering import OneForm

TITLE = "conflictdb: incidents of armed conflicts"
DESCRIPTION = (
    "What happened, where and when, and the figures that the claims about it amount to. Every figure is a claim; "
    "all of them, with claimants, sources and words, are at the address in each feature's property `url`."
)
PART = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMANCE = [f"{PART}/{name}" for name in ("core", "oas30", "geojson")]


class Resource(APIView):
    """A resource of JSON.

    It takes the parameters of items, and is the same with them: a client such as GDAL sends what its user wrote after the
    address (`OAPIF:…/api/ogc/?country=syria`) with every request, not only with those for features.
    """

    schema = None  # the contract of this part is a document of its own

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what items would refuse."""
        super().initial(request, *args, **kwargs)
        parameters.read(request, types(FeatureViewSet, is_detail=False), FeatureFilterSet.faults)


class LandingView(Resource):
    """Where the rest is."""

    def get(self, request: Request) -> Response:
        """Link to all of it."""
        links = [
            to_self(request),
            link(address(request, "definition"), "service-desc", OPENAPI, "The definition of this API"),
            link(
                request.build_absolute_uri("/api/docs/"), "service-doc", "text/html", "The whole API, beside this part"
            ),
            link(address(request, "conformance"), "conformance", JSON, "Conformance classes that are kept"),
            link(address(request, "collections"), "data", JSON, "The collections"),
        ]
        return Response({"title": TITLE, "description": DESCRIPTION, "links": links})


class ConformanceView(Resource):
    """Which classes of the standard are kept."""

    def get(self, _request: Request) -> Response:
        """Name them."""
        return Response({"conformsTo": CONFORMANCE})


class CollectionsView(Resource):
    """All collections: there is one."""

    def get(self, request: Request) -> Response:
        """Describe it."""
        found, revision = collection(request)
        return caching.mark(Response({"links": [to_self(request)], "collections": [found]}), request, revision)


class CollectionView(Resource):
    """One collection."""

    def get(self, request: Request, name: str) -> Response:
        """Describe it."""
        if name != COLLECTION:
            hint = f" Near to it: {COLLECTION}." if nearest(name, [COLLECTION]) else ""
            message = f'There is no collection "{name}".{hint}'
            raise NotFound(message)
        found, revision = collection(request)
        return caching.mark(Response(found), request, revision)


def collection(request: Request) -> tuple[dict[str, Any], str | None]:
    """Describe the collection with its extent in space and time; and tell the revision that it was read at."""
    covered = coverage.of_all()
    extent: dict[str, Any] = {}
    if covered.bbox:
        extent["spatial"] = {"bbox": [covered.bbox], "crs": CRS84}
    if covered.first_day or covered.last_day:
        days = (
            covered.first_day and f"{covered.first_day}T00:00:00Z",
            covered.last_day and f"{covered.last_day}T23:59:59Z",
        )
        extent["temporal"] = {"interval": [days], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
    here = address(request, "collection", COLLECTION)
    described = {
        "id": COLLECTION,
        "title": "Incidents",
        "description": DESCRIPTION,
        "extent": extent,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link(here, "self", JSON, "This collection"),
            link(address(request, "items"), "items", GEOJSON, "Its features"),
            # written as GDAL looks for it; relations are the same in any case (RFC 8288)
            link(address(request, "schema"), "describedBy", JSON_SCHEMA, "Types of their properties"),
            link(request.build_absolute_uri("/api/v1/datasets/"), "license", JSON, "The datasets, with their licences"),
        ],
    }
    return described, covered.revision


class SchemaView(Resource):
    """The types of the properties that features have."""

    content_negotiation_class = OneForm

    def get(self, _request: Request) -> Response:
        """Tell them."""
        return Response(property_types(), content_type=JSON_SCHEMA)


class DefinitionView(Resource):
    """The OpenAPI 3.0 document of this part."""

    content_negotiation_class = OneForm
    throttle_classes = ()

    def get(self, request: Request) -> Response:
        """Give it, with the address of this server."""
        server = {"url": address(request, "landing").rstrip("/")}
        return Response({**definition(), "servers": [server]}, content_type=OPENAPI)
