"""The rows of one file on their way into the database, batch by batch, inside the import's transaction.

While PostgreSQL stores one batch Python reads the next, each on a core of its own.
"""

import gc
import hashlib
import sys
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import psycopg

from conflictdb.ingest.changes import GONE, Updater, move
from conflictdb.ingest.files import InputFile, RawRow
from conflictdb.ingest.formats.base import Format
from conflictdb.ingest.keys import Keys
from conflictdb.ingest.problems import BadRows, Fault
from conflictdb.ingest.records import Incident, Key, Records, Relation
from conflictdb.ingest.report import Report
from conflictdb.ingest.store import MAKE_BESIDE, Ids, add_incidents
from conflictdb.ingest.values import BadCell
from conflictdb.refusals import column_of, refusal_of

BATCH = 5_000  # rows; about 20 MB on their way
TWICE = "{} stands on an earlier line of this file too."
ANALYSED = {1, 10, 100}  # parts after which the planner is told how the tables have grown
SWITCH = 0.0001  # seconds after which a thread that computes gives way to one that has heard from PostgreSQL
SEEN = "CREATE TEMPORARY TABLE ingest_seen (id bigint PRIMARY KEY) ON COMMIT DROP"
KNOWN = """
    SELECT incident.external_id, incident.id, translate(incident.row_digest::text, '-', ''), incident.dataset_id,
           incident.status, incident.status_reason,
           EXISTS (SELECT FROM ingest_seen WHERE ingest_seen.id = incident.id)
    FROM conflictdb_incident AS incident WHERE incident.external_id <> '' AND incident.external_id = ANY (%s)
"""


class Line(NamedTuple):
    """A row that can be read, with what names its record and tells whether it changed."""

    raw: RawRow
    key: Key
    digest: str  # in hexadecimal


class Known(NamedTuple):
    """What is there of a row's incident."""

    id: int
    digest: str | None
    dataset: int
    status: str
    reason: str  # of its retraction
    is_seen: bool


@dataclass
class Part:
    """Rows and what they become."""

    lines: list[Line]
    known: dict[Key, Known]
    records: Records = field(default_factory=Records)
    new: list[tuple[Incident, str]] = field(default_factory=list)
    changed: dict[int, tuple[Incident, str]] = field(default_factory=dict)
    unchanged: list[int] = field(default_factory=list)
    newer: list[int] = field(default_factory=list)  # those that a newer release has told of
    sums: list[int] = field(default_factory=list)  # of the rows' own figures
    updated: list[str] = field(default_factory=list)  # slugs of incidents that turned out to differ


class Loader:
    """Loads the rows of a file."""

    def __init__(self, layout: Format, file: InputFile, keys: Keys, report: Report, *, overwrites: bool) -> None:
        """Prepare; ``overwrites`` lets this release replace what newer ones tell."""
        self.format = layout
        self.file = file
        self.keys = keys
        self.pipe = pipe = keys.pipe
        self.release = release = keys.release
        self.report = report
        self.tally: Counter[tuple[str, str]] = Counter()  # of the part being stored: it may be undone
        keys.count = self._count
        self.updater = Updater(pipe, self.keys, release)
        self.reject: Callable[[RawRow, Fault], None] | None = None  # takes bad rows; without it they end the load
        self.parts = 0  # stored so far
        self.relations: dict[Key, Relation] = {}
        pipe.execute(SEEN)
        pipe.execute(MAKE_BESIDE)
        releases = pipe.rows("SELECT id, version FROM conflictdb_dataset WHERE series = %s", [release.series])
        order = layout.order(release.version)
        newer = {} if overwrites else {version: one for one, version in releases if layout.order(version) > order}
        self.newer = self.keys.newer = set(newer.values())
        self.gone_since = {GONE.format(version=version) for version in newer}

    def load(self, progress: Callable[[int, float], None]) -> None:
        """Take in all rows. Raises ``BadRows``, ``BadFile``."""
        storing: Generator[None, None, None] = (None for _ in ())  # nothing yet
        part: Part | None = None
        with _undisturbed(), closing(self._lines()) as rows:
            try:
                ahead = list(islice(rows, BATCH))
                while lines := ahead:
                    known: dict[Key, Known] = {}
                    if not self.release.is_first:
                        next(storing, None)
                        asked = self._ask(lines)
                        ahead = list(islice(rows, BATCH))  # while PostgreSQL looks
                        known = self._known(asked)
                    stored, part = part, self._part(lines, known)
                    next(storing, None)
                    storing = self._store(part)
                    next(storing, None)
                    del stored  # not sooner: to free so many rows takes a while, and now PostgreSQL is busy
                    progress(self.report.rows, self.file.done)
                    if self.release.is_first:
                        ahead = list(islice(rows, BATCH))
                next(storing, None)
            finally:
                storing.close()
        progress(self.report.rows, 1.0)

    def _lines(self) -> Generator[Line, None, None]:
        """Read the rows; those that have no key are bad."""
        salt = f"{self.format.slug}\x1f{self.format.revision}\x1f".encode()
        for raw in self.file.rows(self.format.columns, self.format.required):
            self.report.rows += 1
            try:
                if raw.problem:
                    raise BadCell(column="", reason=raw.problem)  # noqa: TRY301 – told as every bad row is
                key = self.format.key(raw.row)
            except BadCell as bad:
                self._refuse(raw, bad.column, bad.reason)
                continue
            text = "\x1f".join(raw.cells).encode(errors="surrogatepass")
            yield Line(raw, key, hashlib.md5(salt + text, usedforsecurity=False).hexdigest())

    def _refuse(self, raw: RawRow, column: str, reason: str) -> None:
        """Put a bad row aside, or end the load."""
        fault = Fault(raw.line, column, reason)
        if self.reject is None:
            raise BadRows(self.file.name, [fault])
        self.reject(raw, fault)
        self.report.bad_rows += 1

    def _count(self, kind: str, what: str, number: int) -> None:
        """Count what happened to records of a kind."""
        self.tally[kind, what] += number

    def _ask(self, lines: Iterable[Line]) -> Future[list[tuple[Any, ...]]]:
        """Ask the database which rows' incidents are there."""
        return self.pipe.ask(KNOWN, [[line.key for line in lines]])

    def _known(self, asked: Future[list[tuple[Any, ...]]]) -> dict[Key, Known]:
        """Wait for what it says."""
        return {key: Known(*rest) for key, *rest in asked.result()}

    def _part(self, lines: list[Line], known: dict[Key, Known]) -> Part:
        """Turn rows into records, but for those that did not change."""
        part = Part([], known)
        given: set[Key] = set()
        told: list[tuple[int | None, ...]] = []
        for line in lines:
            there = known.get(line.key)
            try:
                if line.key in given or (there and there.is_seen):
                    raise BadCell(column="", reason=TWICE.format(line.key))  # noqa: TRY301
                figures = self.format.figures(line.raw.row)
                if there and (there.dataset in self.newer or there.reason in self.gone_since):
                    part.newer.append(there.id)
                elif there and there.digest == line.digest and there.status != "retracted":
                    part.unchanged.append(there.id)
                else:
                    self._convert(line, there, part)
            except BadCell as bad:
                self._refuse(line.raw, bad.column, bad.reason)
                continue
            given.add(line.key)
            part.lines.append(line)
            told.append(figures)
        part.sums = [sum(filter(None, column)) for column in zip(*told, strict=True)]
        return part

    def _convert(self, line: Line, there: Known | None, part: Part) -> None:
        """Turn one row into records; a bad one leaves nothing behind."""
        records, find = part.records, self.keys.countries.find
        mentioned: tuple[dict[Key, Any], ...] = (records.actors, records.conflicts, records.sources)
        before = (len(records.actors), len(records.conflicts), len(records.sources))
        number = len(records.incidents)
        try:
            self.format.add(line.raw.row, records)
            if fresh := len(records.actors) - before[0]:
                for actor in islice(reversed(records.actors.values()), fresh):
                    find(actor.country)
            made = records.incidents[number:]
            for incident in made:
                find(incident.country)
        except BadCell:
            del records.incidents[number:]
            for kind, length in zip(mentioned, before, strict=True):
                while len(kind) > length:
                    kind.popitem()
            raise
        for incident in made:
            if there:
                part.changed[there.id] = (incident, line.digest)
            else:
                part.new.append((incident, line.digest))

    def _store(self, part: Part) -> Generator[None, None, None]:
        """Send a part to the database, stop while it is taken in, and see to the end of it.

        Where the database refuses it, find the rows to blame by halves.
        """
        self.tally.clear()
        self.keys.begin()
        try:
            with self.pipe.savepoint():
                self._write(part)
                yield
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            self.keys.forget()
            if len(part.lines) == 1:
                (line,) = part.lines
                came_since = None if line.key in part.known else self._known(self._ask([line])).get(line.key)
                if came_since and came_since.dataset == self.release.id:
                    self._refuse(line.raw, "", TWICE.format(line.key))
                else:
                    self._refuse(line.raw, column_of(error), refusal_of(error))
                return
            half = len(part.lines) // 2
            for lines in (part.lines[:half], part.lines[half:]):
                deque(self._store(self._part(lines, part.known)), maxlen=0)
            return
        for (kind, what), number in self.tally.items():
            self.report.count(kind, what, number)
        self.report.add_figures(part.sums)
        self.report.name("updated", part.updated)
        self.relations.update({relation.key: relation for relation in part.records.relations})

    def _write(self, part: Part) -> None:
        """Write everything that a part's rows became."""
        records, keys, count = part.records, self.keys, self._count
        keys.add_actors(records.actors)
        keys.add_conflicts(records.conflicts)
        ids = Ids.of(self.pipe, [incident for incident, _ in part.new])  # now: whatever is on its way is waited for
        keys.add_sources(records.sources)
        seen = [*part.unchanged, *part.newer, *part.changed]
        if part.new:
            # in the order of the unique indexes, whose pages then come one after another and not any of them for each row
            incidents, digests = zip(*sorted(part.new, key=lambda new: new[0].slug), strict=True)
            self.parts += 1
            analyse = self.parts in ANALYSED
            add_incidents(keys, incidents, digests, ids, analyse=analyse)
            seen += ids.incidents
            count("incidents", "created", len(incidents))
            count("claims", "created", sum(len(incident.claims) for incident in incidents))
        if part.changed:
            changes = self.updater.update(part.changed)
            self.tally.update(changes.counts)
            part.updated = changes.updated
        if part.unchanged:
            moved = move(self.pipe, part.unchanged, self.release)
            count("incidents", "moved to this release", moved)
            count("incidents", "unchanged", len(part.unchanged) - moved)
        count("incidents", "left as a newer release tells them", len(part.newer))
        told = [incident for incident, _ in (*part.new, *part.changed.values())]
        count("incidents", "flagged by the dataset", sum(bool(incident.quality_note) for incident in told))
        out_of_order = sum(claim.is_out_of_order for incident in told for claim in incident.claims)
        count("claims", "with figures out of order", out_of_order)
        if not self.release.is_first:
            self.pipe.later("INSERT INTO ingest_seen SELECT unnest(%s::bigint[])", [seen])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Spare the search for circular garbage, of which rows make none: it takes a third of the time to convert them.

    And let threads take turns more often: what one does mostly is to wait for PostgreSQL.
    """
    was_enabled, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if was_enabled:
            gc.enable()
