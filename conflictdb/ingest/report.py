"""What an import did, for people and for the record of it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

SHOWN = 10  # slugs of each sort of change that a report names
FIGURES = ("low", "best", "high")


@dataclass
class Report:
    """Counts, sums and examples of one import."""

    rows: int = 0
    bad_rows: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)  # by kind of record: created, updated …
    sums_of_file: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    sums_here: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    examples: dict[str, list[str]] = field(default_factory=dict)  # slugs of incidents by what happened to them
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    dataset: str = ""  # slug
    is_dry_run: bool = False
    began_at: datetime = field(default_factory=timezone.now)  # what the import writes bears this instant

    def count(self, kind: str, what: str, number: int = 1) -> None:
        """Add to what happened to a kind of record."""
        if number:
            self.counts.setdefault(kind, Counter())[what] += number

    def name(self, what: str, slugs: list[str]) -> None:
        """Name incidents to which something happened, the first few of them."""
        named = self.examples.setdefault(what, [])
        named += slugs[: SHOWN - len(named)]

    def add_figures(self, sums: Iterable[int]) -> None:
        """Add the figures of some rows to the file's sums."""
        for name, number in zip(FIGURES, sums, strict=False):  # of no rows there are none
            self.sums_of_file[name] += number

    @property
    def is_unchanged(self) -> bool:
        """Whether the file held nothing new."""
        return not any(number for changes in self.counts.values() for what, number in changes.items() if what in NEW)

    def as_json(self) -> dict[str, Any]:
        """Give the report as it is kept with the import."""
        return {
            "rows": self.rows,
            "bad_rows": self.bad_rows,
            **{kind: dict(changes) for kind, changes in self.counts.items()},
            "sums_of_file": self.sums_of_file,
            "sums_here": self.sums_here,
            "examples": {what: slugs for what, slugs in self.examples.items() if slugs},
            "notes": self.notes,
            "seconds": round(self.seconds, 1),
        }

    def lines(self) -> Iterator[str]:
        """Tell it in lines for people."""
        rate = f", {self.rows / self.seconds:,.0f} rows/s" if self.seconds else ""
        bad = f", {self.bad_rows:,} bad rows left out" if self.bad_rows else ""
        yield f"{self.dataset}: {self.rows:,} rows read in {self.seconds:.1f} s{rate}{bad}."
        for kind, changes in self.counts.items():
            yield f"  {kind}: " + ", ".join(f"{number:,} {what}" for what, number in changes.items())
        if any(self.sums_of_file.values()):
            for place, sums in (("in the file", self.sums_of_file), ("here", self.sums_here)):
                yield f"  killed {place}: " + ", ".join(f"{name} {number:,}" for name, number in sums.items())
        for what, slugs in self.examples.items():
            if slugs:
                yield f"  {what}: {', '.join(slugs)}{' …' if len(slugs) == SHOWN else ''}"
        yield from (f"  Note: {note}" for note in self.notes)
        if self.is_dry_run:
            yield "Dry run: nothing was kept."
        elif self.is_unchanged:
            yield "Nothing new: the database is as it was."


NEW = frozenset({"created", "updated", "restored", "retracted", "superseded", "dated", "moved to this release"})
