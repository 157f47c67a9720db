"""A lens: whom a reader trusts, and how what they say becomes one figure. ``estimates.py`` states what it does."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from conflictdb.vocabularies import Resolve

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

    @property
    def plain(self) -> "Lens":
        """The same lens in the one form that compares equal and can be looked up: keys once each, in their order."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        keys = {name: (*sorted({*value}),) for name, value in given.items() if isinstance(value, (tuple, list))}
        return Lens(**given | keys | ({"resolve": None} if self.resolve == Resolve.RANGE else {}))

    def values(self) -> list[Any]:
        """Give what fills ``PLACES``."""
        given = [getattr(self, each.name) for each in fields(self)]
        return [list(value) if isinstance(value, (tuple, list)) else value for value in given]


EVERYONE = Lens()  # the default: every standing claim
