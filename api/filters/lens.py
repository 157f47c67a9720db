"""The parameters of a lens: they narrow the claims that figures are computed from, and leave the incidents as they are."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from api.filters import values
from api.filters.base import Filter
from api.filters.columns import Condition, Given, public
from api.filters.expression import IsNotTrue
from api.filters.parts import WithParts, pairs_of
from api.filters.values import ValueType
from conflictdb.models import Actor, Citation, Claim, Dataset
from conflictdb.vocabularies import ClaimStatus, Credibility, Reliability, Resolve

BY_ACTORS = ("according_to", "exclude_claimant")
BY_SLUGS = (*BY_ACTORS, "claims_dataset")


def _nothing(*_: Any) -> Q:
    return Q()


def _narrowing(
    type_: ValueType, description: str, condition: Condition = _nothing, *, has_parts: bool = False
) -> Filter:
    """Make a parameter that finds no incidents: `api.lens` reads it."""
    return Filter(type_, condition, f"Lens: {description}", has_parts=has_parts)


ACTORS = values.slug_of(lambda: public(Actor), "actor").listed()
WAYS = " ".join(f"`{way.value}`: {way.term.definition}" for way in Resolve)
LENS = {
    "according_to": _narrowing(
        ACTORS,
        "only what these actors claim, separated by commas; with `descendants`, their parts too. A claim without a claimant "
        "is its source's own, and according to whoever published that.",
        has_parts=True,
    ),
    "exclude_claimant": _narrowing(
        ACTORS, "nothing that these actors claim, told as by `according_to`, separated by commas.", has_parts=True
    ),
    "claims_dataset": _narrowing(
        values.slug_of(lambda: public(Dataset), "dataset").listed(),
        "only claims of these datasets, separated by commas; `dataset` is about the incident's own.",
    ),
    "min_reliability": _narrowing(
        values.one_of([code for code in Reliability.values if code != Reliability.F]),
        "only claims with a source of this Admiralty grade or better. F is unknown, which is not bad, but meets no grade.",
    ),
    "min_credibility": _narrowing(
        values.one_of([code for code in Credibility.values if code != Credibility.UNKNOWN]),
        "only claims of this Admiralty grade or better. 6 is unknown, which is not improbable, but meets no grade.",
    ),
    "stated_before": _narrowing(
        values.DAY,
        "only claims that were stated, or else first published, before this day; one that was superseded later counts as it "
        "did then. Retracted ones do not: of a retraction no day is known. Nor do claims of which no day is known.",
    ),
    "resolve": _narrowing(
        values.one_of(Resolve.values), f"how the claims on one group of victims become one figure. {WAYS}"
    ),
}


def _whole(actors: Any, given: Given) -> Any:
    """Take actors with their parts, where that is asked for."""
    if not given.get("descendants"):
        return actors
    return WithParts(public(Actor).filter(pk__any_of=actors), pairs_of(Actor))  # type: ignore[arg-type]  # of actors there are parts


def _voiced_by(actors: Any, given: Given) -> Q:
    """Claims that are according to actors: their own, and those without a claimant in what they published."""
    actors = _whole(actors, given)
    published = Citation.objects.public().filter(claim=OuterRef("pk"), source__publisher__pk__any_of=actors)
    return Q(claimant__pk__any_of=actors) | Q(Exists(published), claimant__isnull=True)


def voiced_by(actors: Any, given: Given) -> QuerySet:
    """The incidents that any such claim is about, found from the actors' side; one as often as it has claims."""
    actors = _whole(actors, given)
    published = Q(claimant__isnull=True, citations__source__publisher__pk__any_of=actors)
    own, told = (
        Claim.objects.order_by().filter(each, incident__isnull=False)
        for each in (Q(claimant__pk__any_of=actors), published)
    )
    return own.values_list("incident_id").union(told.values_list("incident_id"), all=True)


def _voiced_by_others(actors: Any, given: Given) -> Q:
    return Q(IsNotTrue(_voiced_by(actors, given)))


def _reliable(grade: str, _: Given) -> Q:
    """Claims with a source of a grade or better."""
    grades = [code for code in Reliability.values if code <= grade]
    return Q(Exists(Citation.objects.public().filter(claim=OuterRef("pk"), source__reliability__in=grades)))


def _credible(grade: str, _: Given) -> Q:
    return Q(credibility__in=[code for code in Credibility.values if code <= grade])


def _of_datasets(datasets: Any, _: Given) -> Q:
    return Q(dataset__pk__any_of=datasets)


def _known_before(day: Any) -> Q:
    """Claims that were stated, or where no day is told first published, before a day."""
    # as conflictdb_cited reads them: of a superseded claim's successor, which may be withheld, its own dataset's too
    read = ~Q(source__dataset__in=Dataset.objects.withheld()) | Q(source__dataset=F("claim__dataset"))
    published = Citation.objects.filter(read, claim=OuterRef("pk"), source__published_on__lt=day)
    # the lists' order, which bounds what is read for it
    begun = Q(LessThan(Coalesce(F("stated_on"), Value(date.min, DateField())), day))
    return begun & (Q(stated_on__isnull=False) | Q(Exists(published)))


def _stood_before(day: Any, _: Given) -> Q:
    """Claims that were known before a day and stood then: until its successor was known, a superseded one did."""
    successor = Claim.objects.order_by().filter(_known_before(day), pk=OuterRef("superseded_by"))
    stood = Q(status=ClaimStatus.STANDING) | Q(~Exists(successor), status=ClaimStatus.SUPERSEDED)
    return _known_before(day) & stood


# The same for claims themselves: which of them a lens lets through. `resolve` lets all of them through.
CLAIM_LENS = {
    name: replace(LENS[name], condition=condition)
    for name, condition in {
        "according_to": _voiced_by,
        "exclude_claimant": _voiced_by_others,
        "claims_dataset": _of_datasets,
        "min_reliability": _reliable,
        "min_credibility": _credible,
    }.items()
} | {
    "stated_before": _narrowing(
        values.DAY,
        "only claims that were stated, or else first published, before this day and stood then, which those did too that "
        "were superseded later: they are found as well, unless `status` says otherwise. Retracted ones are not: of a "
        "retraction no day is known. Nor are claims of which no day is known.",
        _stood_before,
    ),
}
NO_RESOLVE = {
    "resolve": "Says how figures are made of claims, not which claims are found: ask incidents, their estimates or "
    "aggregates."
}
