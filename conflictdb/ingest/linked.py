"""Rows on their way into a table, and those among them that name others further down: they wait until these have come."""

from dataclasses import dataclass, field
from typing import Any

from conflictdb.ingest.files import RawRow
from conflictdb.ingest.slugs import ids_of


@dataclass(eq=False, slots=True)
class Entry:
    """A row and the record that it is to be."""

    raw: RawRow
    values: dict[str, Any] = field(default_factory=dict)  # by attribute of the model
    links: dict[str, str] = field(default_factory=dict)  # slugs of records of the same table, by attribute
    key: tuple[Any, ...] = ()  # what tells the record from others of its table
    id: int = 0
    stored: Any = None  # the record as it is; None where it is new
    changed: list[str] = field(default_factory=list)  # attributes that are stored otherwise
    record: Any = None  # the record as it is to be

    @property
    def line(self) -> int:
        """The line it begins on."""
        return self.raw.line


class Waiting:
    """The entries of one table that name records which are neither stored nor have come yet.

    Each waits under one such name. That one may itself be waiting, under another: whoever comes releases all that waited for
    it, and all that waited for those, so that records which name each other are stored together.
    """

    def __init__(self, model: Any) -> None:
        """Let nothing wait yet."""
        self.model = model
        self._entries: dict[str, list[tuple[Entry, str]]] = {}  # by name, each with the attribute that holds the name

    def released(self, entries: list[Entry]) -> list[Entry]:
        """Give those of the entries, and of the waiting ones, whose names lead somewhere, in the order of their lines.

        Their ids are put into the values; the other entries wait.
        """
        if not self._entries and not any(entry.links for entry in entries):
            return entries
        pool = list(entries)
        for entry in pool:  # which grows meanwhile
            pool += [waiting for waiting, _ in self._entries.pop(entry.key[0], ())]
        pool.sort(key=lambda entry: entry.line)
        known = {entry.key[0]: entry.id for entry in pool}
        known |= ids_of(self.model, {name for entry in pool for name in entry.links.values()} - known.keys())
        while stuck := {entry: lost for entry in pool if (lost := _lost(entry, known))}:
            for entry, (attribute, name) in stuck.items():
                self._entries.setdefault(name, []).append((entry, attribute))
                if entry.stored is None:
                    del known[entry.key[0]]
            pool = [entry for entry in pool if entry not in stuck]
        for entry in pool:
            entry.values |= {attribute: known[name] for attribute, name in entry.links.items()}
        return pool

    def left(self) -> list[tuple[Entry, str, str]]:
        """Give the entries that still wait, each with the attribute and the name that leads nowhere."""
        return [(entry, attribute, name) for name, entries in self._entries.items() for entry, attribute in entries]


def _lost(entry: Entry, known: dict[str, int]) -> tuple[str, str] | None:
    """Tell the first link of an entry that leads nowhere, by attribute and name."""
    return next(((attribute, name) for attribute, name in entry.links.items() if name not in known), None)
