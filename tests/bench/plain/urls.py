"""Views and addresses. All rows are prefetched, the connection is kept; pages have numbers and a count."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.db.models.functions import Coalesce
from django.urls import include, path
from rest_framework.pagination import PageNumberPagination
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from conflictdb.models import Actor, Citation, Claim, Conflict, Country, Dataset, Incident, Participation, Source
from tests.bench.plain.serializers import (
    ActorSerializer,
    ClaimSerializer,
    ConflictSerializer,
    CountrySerializer,
    DatasetSerializer,
    IncidentDetailSerializer,
    IncidentSerializer,
    SourceSerializer,
)

PARAMETERS = {
    "country": "country__slug",
    "kind": "kind",
    "started_on__gte": "started_on__gte",
    "started_on__lte": "started_on__lte",
}
CLAIMS = (
    Claim.objects.exclude(status="draft")
    .select_related(
        *(
            "actor",
            "relation__subject",
            "relation__object",
            "claimant",
            "victim_actor",
            "named_actor",
            "named_conflict",
        ),
        *("superseded_by", "answers", "dataset"),
    )
    .prefetch_related(
        Prefetch("citations", Citation.objects.select_related("source__publisher").order_by("claim_id", "number"))
    )
    .order_by("id")
)


class UncountedPaginator(Paginator):
    """Pages that nobody counts: as if the count cost nothing."""

    count = 1_000_000_000


class UncountedPagination(PageNumberPagination):
    """Pages by number without a query for the count."""

    django_paginator_class = UncountedPaginator


class IncidentViewSet(ReadOnlyModelViewSet):
    """Incidents, newest first."""

    lookup_field = "slug"

    @property
    def pagination_class(self) -> type[PageNumberPagination]:
        """Count, unless ``uncounted`` is given."""
        return UncountedPagination if "uncounted" in self.request.query_params else PageNumberPagination

    def get_serializer_class(self) -> type[IncidentSerializer]:
        """Show claims where only one incident is shown."""
        return IncidentDetailSerializer if self.detail else IncidentSerializer

    def get_queryset(self) -> Any:
        """Bring what is shown, filtered by what is asked for."""
        participations = Participation.objects.select_related("actor").order_by("id")
        rows = (
            Incident.objects.select_related("country", "conflict", "parent", "dataset")
            .prefetch_related(Prefetch("participations", participations))
            .filter(dataset__redistributable=True)
        )
        if self.detail:
            children = Incident.objects.exclude(status="draft").order_by("id")
            return rows.exclude(status="draft").prefetch_related(
                Prefetch("claims", CLAIMS), Prefetch("children", children)
            )
        given = self.request.query_params
        conditions = {column: given[name] for name, column in PARAMETERS.items() if name in given}
        order = Coalesce("started_on", date.min).desc()  # as the index has it
        return rows.filter(status="published", **conditions).order_by(order, "-id")


router = SimpleRouter()
router.register("incidents", IncidentViewSet, basename="incident")
for model, serializer in {  # where links lead
    Actor: ActorSerializer,
    Claim: ClaimSerializer,
    Conflict: ConflictSerializer,
    Country: CountrySerializer,
    Dataset: DatasetSerializer,
    Source: SourceSerializer,
}.items():
    fields = {"queryset": model.objects.all(), "serializer_class": serializer, "lookup_field": "slug"}
    noun = model._meta.model_name
    plural = "countries" if noun == "country" else f"{noun}s"
    router.register(plural, type(f"{model.__name__}ViewSet", (ReadOnlyModelViewSet,), fields), basename=noun)
urlpatterns = [path("api/v1/", include(router.urls))]
