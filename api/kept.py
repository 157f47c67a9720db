"""Lenses whose figures the database keeps: what is asked under one reads its figures as those without a lens are read.

The key of the kept lens stands beside the parameters that make it, under a name that no parameter has, wherever they go:
`api.lens` then writes the table of its figures in place of what computes them. Which lenses are kept is asked once in a few
seconds. A statement that counts on one that went meanwhile fails (`conflictdb_kept`), never answers without its figures.
"""

import time

from api.filters.columns import Given
from api.filters.lens import BY_ACTORS
from api.lens import KEPT, MEMBERS, lens_of
from conflictdb.lens import Lens
from conflictdb.models import KeptLens

FRESH = 10  # seconds for which a process takes the lenses that it knows for those that are kept


class Known:
    """The kept lenses as this process knows them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.lenses: dict[Lens, int] = {}
        self.until = 0.0

    def find(self, lens: Lens) -> int | None:
        """Give the key of a lens; None where it is not kept."""
        if time.monotonic() > self.until:
            self.lenses = {kept.lens: kept.pk for kept in KeptLens.objects.all()}
            self.until = time.monotonic() + FRESH
        return self.lenses.get(lens.plain)

    def forget(self) -> None:
        """Ask again before the next answer."""
        self.until = 0.0


KNOWN = Known()


def with_kept(given: Given) -> Given:
    """Add to parameters the key of the lens that they make, and to those of each lens that is compared, where it is kept."""
    if "compare" in given:
        return {**given, "compare": [with_kept(lens) for lens in given["compare"]]}
    if MEMBERS.keys().isdisjoint(given):
        return given
    if given.get("descendants") and not given.keys().isdisjoint(BY_ACTORS):  # whose parts may be others tomorrow
        return given
    key = KNOWN.find(lens_of(given))
    return given if key is None else {**given, KEPT: key}
