"""What can be wrong with an import: whatever it is, nothing is kept."""

from typing import NamedTuple

SHOWN = 20


class IngestError(ValueError):
    """An import that cannot be done, with a sentence for people that says why and what to do."""


class Fault(NamedTuple):
    """What is wrong with one row."""

    line: int
    column: str  # empty where no one column is to blame
    reason: str

    def __str__(self) -> str:
        """Tell it with its place."""
        place = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.reason}"


class BadRows(IngestError):  # noqa: N818 – named for what it is about
    """Rows that cannot be taken in."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        """Name the first of them."""
        shown = "\n".join(f"  {fault}" for fault in faults[:SHOWN])
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        super().__init__(f"{file} was not loaded:\n{shown}{more}")
        self.faults = faults
