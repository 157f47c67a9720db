"""Factories of records for tests: minimal, valid, public unless told otherwise, each under a slug of its own.

Every function takes the model's own fields by name and stores one record. What is not given is the least that the
constraints ask for; links that must exist are made along.
"""

from itertools import count
from typing import Any

from conflictdb.models import (
    Actor,
    ActorRelation,
    Citation,
    Claim,
    Conflict,
    Country,
    Dataset,
    Disagreement,
    Incident,
    Participation,
    Source,
)
from conflictdb.vocabularies import (
    ActorKind,
    ClaimKind,
    ClaimStatus,
    IncidentKind,
    IncidentStatus,
    Region,
    RelationKind,
    Role,
    SourceKind,
    ValueKind,
    Victims,
)

NUMBERS = count(1)


def make_dataset(**fields: Any) -> Dataset:  # the model's fields, of every type
    """Store a dataset that may be redistributed."""
    number = next(NUMBERS)
    defaults = {
        "slug": f"dataset-{number}",
        "series": f"dataset-{number}",
        "title": f"Dataset {number}",
        "publisher": "Its publisher",
        "licence": "CC-BY-4.0",
        "citation": f"Its publisher: Dataset {number}.",
        "redistributable": True,
    }
    return Dataset.objects.create(**defaults | fields)


def the_dataset() -> Dataset:
    """Give the one dataset that records belong to where a test names none; stores it where it is missing."""
    return Dataset.objects.filter(slug="tests").first() or make_dataset(slug="tests", series="tests", title="Tests")


def make_country(**fields: Any) -> Country:  # the model's fields, of every type
    """Store a country that carries neither an ISO code nor a Gleditsch-Ward number."""
    number = next(NUMBERS)
    defaults = {"slug": f"country-{number}", "name": f"Country {number}", "region": Region.MIDDLE_EAST}
    return Country.objects.create(**defaults | fields)


def make_actor(**fields: Any) -> Actor:  # the model's fields, of every type
    """Store an actor: a militia of no country."""
    number = next(NUMBERS)
    defaults = {"slug": f"actor-{number}", "name": f"Actor {number}", "kind": ActorKind.MILITIA}
    return Actor.objects.create(**_with_dataset(defaults | fields))


def make_relation(**fields: Any) -> ActorRelation:  # the model's fields, of every type
    """Store a relation between two actors, which are made where they are not given."""
    defaults = {"slug": f"relation-{next(NUMBERS)}", "kind": RelationKind.BACKED_BY}
    made = {name: make_actor() for name in ("subject", "object") if name not in fields}
    return ActorRelation.objects.create(**_with_dataset(defaults | made | fields))


def make_conflict(**fields: Any) -> Conflict:  # the model's fields, of every type
    """Store a conflict without a parent."""
    number = next(NUMBERS)
    return Conflict.objects.create(
        **_with_dataset({"slug": f"conflict-{number}", "name": f"Conflict {number}"} | fields)
    )


def make_source(**fields: Any) -> Source:  # the model's fields, of every type
    """Store a source; it holds no text unless ``text`` is given."""
    number = next(NUMBERS)
    defaults = {"slug": f"source-{number}", "title": f"Source {number}", "kind": SourceKind.ARTICLE}
    return Source.objects.create(**_with_dataset(defaults | fields))


def make_incident(**fields: Any) -> Incident:  # the model's fields, of every type
    """Store a published incident of unknown place and time, without claims."""
    number = next(NUMBERS)
    defaults = {
        "slug": f"incident-{number}",
        "title": f"Incident {number}",
        "kind": IncidentKind.ARMED_ATTACK,
        "status": IncidentStatus.PUBLISHED,
    }
    return Incident.objects.create(**_with_dataset(defaults | fields))


def make_participation(**fields: Any) -> Participation:  # the model's fields, of every type
    """Store an actor's part in an incident; either is made where it is not given."""
    makers = {"incident": make_incident, "actor": make_actor}
    made = {name: make() for name, make in makers.items() if name not in fields}
    return Participation.objects.create(**{"role": Role.PRESENT} | made | fields)


def make_claim(**fields: Any) -> Claim:  # the model's fields, of every type
    """Store a standing claim that something occurred; about a new incident where it is about nothing else."""
    number = next(NUMBERS)
    defaults: dict[str, Any] = {
        "slug": f"claim-{number}",
        "statement": f"Claim {number}.",
        "kind": ClaimKind.OCCURRENCE,
        "status": ClaimStatus.STANDING,
    }
    if not {"incident", "actor", "relation"} & fields.keys():
        defaults["incident"] = make_incident()
    return Claim.objects.create(**_with_dataset(defaults | fields))


def make_toll(
    low: int | None, best: int | None = None, high: int | None = None, **fields: Any
) -> Claim:  # the model's fields, of every type
    """Store a standing claim on the killed: exactly ``low``, or from ``low`` to ``high``.

    Three times ``None`` is a number that the claimant calls unknown; ``value_kind`` among the fields overrules.
    """
    if low is None and best is None and high is None:
        kind = ValueKind.UNKNOWN
    elif best is None and high is None:
        kind, best, high = ValueKind.EXACT, low, low
    else:
        kind = ValueKind.RANGE
    defaults = {
        "kind": ClaimKind.TOLL,
        "measure": "killed",
        "victims": Victims.EVERYONE,
        "value_kind": kind,
        "low": low,
        "best": best,
        "high": high,
    }
    return make_claim(**defaults | fields)


def make_disagreement(**fields: Any) -> Disagreement:  # the fields of both claims, of every type
    """Store two claims that cannot both be true, about one incident, and give the disagreement that the database finds."""
    incident = fields.pop("incident", None) or make_incident()
    lower, _ = (make_toll(number, incident=incident, **fields) for number in (3, 9))
    return Disagreement.objects.get(one=lower)


def make_citation(**fields: Any) -> Citation:  # the model's fields, of every type
    """Store a citation of a source, without words unless ``exact`` is given.

    Where the source holds the words and no offsets are given, they are those of the first place where it does.
    """
    makers = {"claim": make_claim, "source": make_source}
    values = fields | {name: make() for name, make in makers.items() if name not in fields}
    exact, text = values.get("exact", ""), values["source"].text
    if exact and exact in text and "start" not in values:
        start = text.index(exact)
        values |= {"start": start, "end": start + len(exact)}
    values.setdefault("number", values["claim"].citations.count() + 1)
    return Citation.objects.create(**values)


def _with_dataset(fields: dict[str, Any]) -> dict[str, Any]:
    """Let a record belong to the tests' dataset where it belongs to none."""
    return fields if "dataset" in fields else fields | {"dataset": the_dataset()}
