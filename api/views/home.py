"""The plain page at `/`: what this is, how many records of what, and where to go."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conflictdb.models import Actor, Claim, Conflict, Country, Dataset, Incident, Source
from conflictdb.vocabularies import IncidentStatus

SHOWN_CLAIMS = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the page. One small query a count, and three for the disputed incident that serves as the example."""
    incidents = Incident.objects.public().filter(status=IncidentStatus.PUBLISHED)
    claims = Claim.objects.public().standing()
    others = [model.objects.public() for model in (Actor, Source, Conflict, Dataset, Country)]
    counts = [(rows.model._meta, rows.count()) for rows in (incidents, claims, *others)]
    disputed = incidents.filter(disputed=True, killed_best__isnull=False)
    example = disputed.order_by("-killed_claims", "id").first()
    tolls = claims.filter(incident=example, kind="toll", measure="killed") if example else claims.none()
    tolls = tolls.annotate(is_claimant_public=Exists(Actor.objects.public().filter(pk=OuterRef("claimant"))))
    shown = tolls.for_reading().order_by("id")[:SHOWN_CLAIMS]
    return render(request, "api/home.html", {"counts": counts, "example": example, "claims": shown})
