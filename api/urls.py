"""Addresses of the API, its documentation, its health checks and the front page."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from api.views.actor import ActorViewSet
from api.views.aggregate import AggregateViewSet
from api.views.change import ChangesView
from api.views.claim import ClaimViewSet
from api.views.conflict import ConflictViewSet
from api.views.country import CountryViewSet
from api.views.dataset import DatasetViewSet
from api.views.dataset_files import BibtexView, CslView, PackageView
from api.views.disagreement import DisagreementViewSet
from api.views.docs import RedocView, SchemaView, SwaggerView
from api.views.health import healthz, readyz
from api.views.home import home
from api.views.incident import IncidentViewSet
from api.views.root import RootView
from api.views.search import SearchViewSet
from api.views.source import SourceViewSet
from api.views.vocabulary import VocabularyViewSet

app_name = "api"

router = DefaultRouter(use_regex_path=False)
router.include_format_suffixes = False
router.APIRootView = RootView
router.register("incidents", IncidentViewSet)
router.register("claims", ClaimViewSet)
router.register("disagreements", DisagreementViewSet)
router.register("actors", ActorViewSet)
router.register("sources", SourceViewSet)
router.register("conflicts", ConflictViewSet)
router.register("datasets", DatasetViewSet)
router.register("countries", CountryViewSet)
router.register("aggregates", AggregateViewSet, basename="aggregate")
router.register("vocabularies", VocabularyViewSet, basename="vocabulary")
router.register("search", SearchViewSet, basename="search")

urlpatterns = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/docs/", SwaggerView.as_view(), name="docs"),
    path("api/redoc/", RedocView.as_view(), name="redoc"),
    path("api/v1/schema/", SchemaView.as_view(), name="schema"),
    path("api/v1/", include(router.urls)),
    path("api/v1/changes/", ChangesView.as_view(), name="changes"),
    path("api/v1/datasets/<slug:slug>/citation.json", CslView.as_view(), name="dataset-csl"),
    path("api/v1/datasets/<slug:slug>/citation.bib", BibtexView.as_view(), name="dataset-bibtex"),
    path("api/v1/datasets/<slug:slug>/datapackage.json", PackageView.as_view(), name="dataset-package"),
    path("api/ogc/", include("api.ogc.urls")),
]
