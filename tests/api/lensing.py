"""Incidents with claims of every sort, and lenses to see them under: as an address has them, and as the rule has them."""

import random
from datetime import date

from conflictdb.lens import Lens
from conflictdb.models import Citation, Claim, Incident
from conflictdb.vocabularies import Resolve
from tests.api import aggregating
from tests.conflictdb.claims import World, random_citations, random_claim
from tests.conflictdb.reference import counting, estimate

INCIDENTS, CLAIMS = 25, 150


def make_world() -> World:
    """Store the incidents of the aggregates' tests, most of them with claims made up besides."""
    choose = random.Random(23)  # noqa: S311 – claims that nobody is to keep secret
    aggregating.make_world(INCIDENTS)
    pks = [*Incident.objects.order_by("pk").values_list("pk", flat=True)]
    world = World(incidents=0)
    claims: list[Claim] = []
    for number in range(CLAIMS):
        claims.append(random_claim(world, choose, choose.choice(pks[5:]), 10**9 + number, claims))
    Claim.objects.bulk_create(claims)
    Citation.objects.bulk_create(random_citations(world, choose, claims))
    return world


def lenses(world: World) -> dict[str, Lens]:
    """Give a lens of each kind, and each way to resolve claims."""
    one, other = world.actors
    own = world.datasets[0]
    return {
        **{f"resolve={way}": Lens(resolve=way) for way in Resolve.values},
        f"according_to={one.slug}": Lens(according_to=[one.pk]),
        f"according_to={one.slug},{other.slug}&descendants=true&resolve=latest": Lens(
            according_to=[one.pk, other.pk], resolve="latest"
        ),
        f"exclude_claimant={one.slug}": Lens(not_according_to=[one.pk]),
        f"claims_dataset={own.slug}": Lens(datasets=[own.pk]),
        "min_reliability=C": Lens(min_reliability="C"),
        "min_credibility=2&resolve=highest": Lens(min_credibility="2", resolve="highest"),
        "stated_before=2023-10-18": Lens(stated_before=date(2023, 10, 18)),
    }


def seen(incidents: list[Incident], lens: Lens) -> list[Incident]:
    """Put the rule's figures under a lens where the stored ones stand."""
    for incident in incidents:
        told = estimate(incident, lens)
        for measure in ("killed", "injured"):
            for part in ("low", "best", "high", "is_open", "claims"):
                setattr(incident, f"{measure}_{part}", getattr(getattr(told, measure), part))
        incident.disputed = told.disputed
        incident.is_spoken_of = bool(counting(incident, lens))  # type: ignore[attr-defined]  # known only under a lens
    return incidents
