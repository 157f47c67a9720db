"""A lens: whom a reader trusts, and how what they say becomes one figure. ``estimates.py`` states what it does."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from conflictdb.vocabularies.base import Vocabulary, term


class Resolve(Vocabulary):
    """How the claims on one group of victims become one figure."""

    RANGE = term("range", "Range", "The lowest low, the best of the leading claim that has one, the highest high.")
    LEADING = term("leading", "Leading", "The figures of the leading claim alone.")
    LATEST = term("latest", "Latest", "The figures of the claim that was known last; of several, of the leading one.")
    LOWEST = term(
        "lowest", "Lowest", "The figures of the claim with the lowest number; of several, of the leading one."
    )
    HIGHEST = term(
        "highest", "Highest", "The figures of the claim with the highest number; of several, of the leading one."
    )
    MEDIAN = term(
        "median", "Median", "The figures of the claim in the middle by number; the lower of two in the middle."
    )


# Members of the database's type ``conflictdb_lens``, in its order, each with its type.
TYPES = {
    "according_to": "bigint[]",
    "not_according_to": "bigint[]",
    "datasets": "bigint[]",
    "min_reliability": "text",
    "min_credibility": "text",
    "stated_before": "date",
    "resolve": "text",
}
PLACES = f"ROW({', '.join(f'%s::{type_}' for type_ in TYPES.values())})::conflictdb_lens"


@dataclass(frozen=True)
class Lens:
    """Which claims count, and how they become figures; what is None narrows nothing. Records are named by their keys."""

    according_to: Sequence[int] | None = None
    not_according_to: Sequence[int] | None = None
    datasets: Sequence[int] | None = None
    min_reliability: str | None = None
    min_credibility: str | None = None
    stated_before: date | None = None
    resolve: str | None = None

    def values(self) -> list[object]:
        """Give what fills ``PLACES``."""
        given = [getattr(self, each.name) for each in fields(self)]
        return [list(value) if isinstance(value, (tuple, list)) else value for value in given]


EVERYONE = Lens()  # the default: every standing claim
