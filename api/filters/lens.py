"""The parameters of a lens: they narrow the claims that figures are computed from, and leave the incidents as they are."""

from typing import Any

from django.db.models import Q

from api.filters import values
from api.filters.base import Filter, public
from api.filters.values import ValueType
from conflictdb.lens import Resolve
from conflictdb.models import Actor, Dataset
from conflictdb.vocabularies import Credibility, Reliability

BY_ACTORS = ("according_to", "exclude_claimant")
BY_SLUGS = (*BY_ACTORS, "claims_dataset")


def _narrowing(type_: ValueType, description: str, *, has_parts: bool = False) -> Filter:
    """Make a parameter that finds no incidents: `api.lens` reads it."""
    return Filter(type_, _nothing, f"Lens: {description}", has_parts=has_parts)


def _nothing(*_: Any) -> Q:
    return Q()


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
