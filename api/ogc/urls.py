"""Addresses of this part, as the standard has them: none ends in a slash but the landing page's."""

from django.urls import path

from api.ogc.features import FeatureViewSet
from api.ogc.links import COLLECTION
from api.ogc.views import CollectionsView, CollectionView, ConformanceView, DefinitionView, LandingView, SchemaView

items, item = (
    FeatureViewSet.as_view({"get": "list"}, detail=False),
    FeatureViewSet.as_view({"get": "retrieve"}, detail=True),
)
urlpatterns = [
    path("", LandingView.as_view(), name="ogc-landing"),
    path("api", DefinitionView.as_view(), name="ogc-definition"),
    path("conformance", ConformanceView.as_view(), name="ogc-conformance"),
    path("collections", CollectionsView.as_view(), name="ogc-collections"),
    path("collections/<slug:name>", CollectionView.as_view(), name="ogc-collection"),
    path(f"collections/{COLLECTION}/schema", SchemaView.as_view(), name="ogc-schema"),
    path(f"collections/{COLLECTION}/items", items, name="ogc-items"),
    path(f"collections/{COLLECTION}/items/<slug:slug>", item, name="ogc-item"),
]
