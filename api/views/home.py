"""The plain page at `/`: what this is, how many records of what, and where to go."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conflictdb.models import Actor, Claim, Conflict, Country, Dataset, Incident, Source
from conflictdb.vocabularies import ClaimStatus, IncidentStatus


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the page. One small query a count, and one for the disputed incident that serves as the example."""
    incidents = Incident.objects.public().filter(status=IncidentStatus.PUBLISHED)
    counts = [
        ("incidents", incidents.count()),
        ("claims", Claim.objects.public().filter(status=ClaimStatus.STANDING).count()),
        ("actors", Actor.objects.public().count()),
        ("sources", Source.objects.public().count()),
        ("conflicts", Conflict.objects.public().count()),
        ("datasets", Dataset.objects.public().count()),
        ("countries", Country.objects.count()),
    ]
    example = incidents.filter(disputed=True, killed_best__isnull=False).order_by("-killed_claims", "id").first()
    claims = (
        Claim.objects.public()
        .standing()
        .filter(incident=example, kind="toll", measure="killed")
        .select_related("claimant")
        .prefetch_related("citations__source")
        .order_by("id")[:4]
        if example
        else []
    )
    return render(request, "api/home.html", {"counts": counts, "example": example, "claims": claims})
