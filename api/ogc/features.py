"""Incidents as GeoJSON features: the pages, filters and properties of our lists, in the standard's envelope."""

import json
from functools import partial
from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import caching, paging
from api.exports.geojson import feature
from api.filters.feature import FeatureFilterSet, LensedFeatureFilterSet
from api.filters.values import ValueType
from api.lens import is_lensed, stated
from api.ogc import parameters
from api.ogc.links import COLLECTION, GEOJSON, JSON, address, link, to_self
from api.reading import read_detail
from api.rendering import RecordRenderer, Written
from api.serializers.incident import IncidentSerializer
from api.views.incident import IncidentViewSet


class FeatureRenderer(RecordRenderer):
    """Names what the answer is."""

    media_type = GEOJSON
    format = "geojson"


class FeatureViewSet(IncidentViewSet):
    """The items of the collection, and each of them."""

    schema = None  # the contract of this part is a document of its own: definition.py
    filterset_class = FeatureFilterSet
    lensed_filterset_class = LensedFeatureFilterSet
    detail_serializer_class = IncidentSerializer  # type: ignore[assignment]  # a feature is the same by itself as among others
    written = staticmethod(partial(feature, place=IncidentViewSet.place))

    def parameters(self) -> dict[str, ValueType]:
        """The standard's parameters, and our filters."""
        return parameters.types(type(self), is_detail=bool(self.detail))

    def get_renderers(self) -> list[BaseRenderer]:
        """GeoJSON, under either of its names."""
        return [FeatureRenderer(), RecordRenderer()]

    def list(self, request: Request, *_: Any, **__: Any) -> Response:
        """Read one page of features; or count those that match."""
        given: dict[str, Any] = {name: each[1] for name, each in parameters.of_items(type(self)).items()} | dict(
            self.given
        )
        paginator: Any = self.paginator
        if given["resultType"] == "hits":
            revision = caching.current()  # before the count, which may then be of a later state, but not of an earlier
            page, matched = paging.Page([], None, revision), paginator.count(self, "exact")
        else:
            page = paginator.read(request, self, given["ordering"], given["limit"], given["cursor"])
            is_whole = not given["cursor"] and not page.following
            matched = len(page.documents) if is_whole else None
        links = [to_self(request, GEOJSON), _to_collection(request)]
        if page.following:
            links.append(link(page.following, "next", GEOJSON, "The next page"))
        head = {"type": "FeatureCollection", **self._lens(), "links": links, "numberReturned": len(page.documents)}
        if matched is not None:  # the standard lets it be left out where it would have to be counted
            head["numberMatched"] = matched
        body = (json.dumps(head)[:-1].encode(), b', "features": [', b",".join(page.documents), b"]}")
        return caching.mark(Response(Written(b"".join(body))), request, page.revision)

    def retrieve(self, request: Request, slug: str, *_: Any, **__: Any) -> Response:
        """Read one feature."""
        answer = read_detail(self, request, slug)
        if not answer.documents:
            raise self.nothing_at(slug)
        links = [to_self(request, GEOJSON), _to_collection(request)]
        beside = json.dumps({**self._lens(), "links": links}).encode()
        body = b"".join((answer.documents[0][:-1], b", ", beside[1:]))
        return caching.mark(Response(Written(body)), request, answer.revision)

    def _lens(self) -> dict[str, Any]:
        """State the lens, where there is one: GeoJSON leaves room for members of one's own."""
        return {"lens": stated(self.request)} if is_lensed(self, self.given) else {}


def _to_collection(request: Request) -> dict[str, str]:
    """Link to what the features belong to."""
    return link(address(request, "collection", COLLECTION), "collection", JSON, "The collection")
