"""Rows of our own tables into the database: what is new is created, what differs is updated, what is equal stays untouched.

A row is one record, found by its table's key. Columns that a file lacks keep what is stored, or have the model's default on
a new record. The database's own rules decide what may be stored, and each refusal is told with the line it is about.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from conflictdb.ingest.cells import BadCell
from conflictdb.ingest.files import RawRow
from conflictdb.ingest.linked import Entry, Waiting
from conflictdb.ingest.problems import BadRows, Fault
from conflictdb.ingest.slugs import Missing, ids_of
from conflictdb.ingest.tables import Column, Table
from conflictdb.models import Dataset, Source
from conflictdb.refusals import column_of, refusal_of

BATCH = 2_000
PARTS = 16  # that refused rows are looked for in: measured the quickest, with 1 bad row in 20 as in 500
LOST = "the record that it names, on line {line:,}, cannot be stored."
KEPT = 1_000  # faults of rows left out that an outcome remembers


SkipBad = Callable[[RawRow, Fault], None]


@dataclass
class Outcome:
    """What a load did, in rows. ``faults`` are those of rows left out, the first thousand."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    faults: list[Fault] = field(default_factory=list)


def load(
    table: Table,
    rows: Iterable[RawRow],
    default_dataset: Dataset | None = None,
    skip_bad: SkipBad | None = None,
    file: str = "The file",
) -> Outcome:
    """Store the rows of a table, all or none of them.

    ``default_dataset`` is the dataset of new records whose file does not name one. Bad rows are handed to ``skip_bad`` and
    left out; without it the first batch of 2,000 that has any ends the load. A column that the table does not have, and a
    broken rule that can only be checked at the end, end it in any case. ``file`` is its name for people.

    Memory holds a batch, each row's key, and the rows that name a record further down. Raises ``BadRows``.
    """
    with transaction.atomic():
        return _Load(table, default_dataset, skip_bad, file).run(rows)


class _Load:
    """One load of one table."""

    def __init__(self, table: Table, default_dataset: Dataset | None, skip_bad: SkipBad | None, file: str) -> None:
        self.table = table
        self.model = table.model
        self.skip_bad = skip_bad
        self.file = file
        self.outcome = Outcome()
        self.faults: list[Fault] = []  # of the batch at hand, where none may be skipped
        self.lines: dict[tuple[Any, ...], int] = {}  # by key
        self.waiting = Waiting(table.model)
        self.missing = Missing()
        self.columns: dict[tuple[str, ...], list[Column]] = {}
        self.names = {column.field.attname: column.name for column in table.columns}
        self.key = [table.by_name[name].field for name in table.key]
        self.defaults: dict[str, Any] = {"status": table.first_status} if table.first_status else {}
        self.has_dataset = "dataset" not in table.by_name or default_dataset is not None
        if default_dataset is not None and "dataset" in table.by_name:
            self.defaults["dataset_id"] = default_dataset.pk

    def run(self, rows: Iterable[RawRow]) -> Outcome:
        """Store all rows."""
        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            entries = [entry for raw in batch if (entry := self.read(raw)) is not None]
            entries = self.found(self.resolved(entries))
            self.store([entry for entry in self.waiting.released(entries) if self.prepare(entry)])
            self.end_batch()
        for entry, attribute, name in self.waiting.left():
            line = self.lines.get((name,))
            reason = LOST.format(line=line) if line else self.missing.sentence(self.model, name)
            self.drop(entry.raw, [Fault(entry.line, self.names[attribute], reason)])
        self.end_batch()
        self.check_what_was_deferred()
        return self.outcome

    def end_batch(self) -> None:
        """End the load where rows of the batch are bad and none may be left out."""
        if self.faults:
            raise BadRows(self.file, sorted(self.faults))

    def drop(self, raw: RawRow, faults: list[Fault]) -> None:
        """Leave a row out, for one fault or several."""
        if self.skip_bad is None:
            self.faults += faults
            return
        if len(faults) > 1:
            reasons = " ".join(f"{fault.column}: {fault.reason}" for fault in faults)
            faults = [Fault(raw.line, ", ".join(fault.column for fault in faults), reasons)]
        self.skip_bad(raw, faults[0])
        self.outcome.skipped += 1
        if len(self.outcome.faults) < KEPT:
            self.outcome.faults += faults

    # --- reading ---

    def read(self, raw: RawRow) -> Entry | None:
        """Read the cells of a row; None where it is left out."""
        if raw.problem:
            self.drop(raw, [Fault(raw.line, "", raw.problem)])
            return None
        names = tuple(raw.row)
        if names not in self.columns:
            self.columns[names] = self.columns_of(raw)
        entry, faults = Entry(raw), []
        for column in self.columns[names]:
            try:
                entry.values[column.field.attname] = column.read(raw.row[column.name])
            except BadCell as error:
                faults.append(Fault(raw.line, column.name, error.reason))
        if faults:
            self.drop(raw, faults)
            return None
        if self.model is Source and (text := entry.values.get("text")) and not entry.values.get("sha256"):
            entry.values["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        return entry

    def columns_of(self, raw: RawRow) -> list[Column]:
        """List the columns that a row has. Raises ``BadRows`` where it has others, or lacks those that tell its record."""
        faults = [Fault(raw.line, name, problem) for name in raw.row if (problem := self.table.problem_of(name))]
        lacking = sorted(self.table.key_columns - raw.row.keys())
        faults += [Fault(raw.line, name, "the file must have this column.") for name in lacking]
        if faults:
            raise BadRows(self.file, faults)
        return [column for column in self.table.columns if column.name in raw.row]

    def resolved(self, entries: list[Entry]) -> list[Entry]:
        """Put ids for the names of linked records, those of other tables; give the entries whose names are all known."""
        bad: dict[Entry, list[Fault]] = {}
        for column in (column for column in self.table.columns if column.linked):
            attribute = column.field.attname
            naming = [entry for entry in entries if entry.values.get(attribute) is not None]
            if column.linked is self.model:
                for entry in naming:
                    entry.links[attribute] = entry.values.pop(attribute)
                continue
            ids = ids_of(column.linked, {entry.values[attribute] for entry in naming})
            for entry in naming:
                name = entry.values[attribute]
                entry.values[attribute] = ids.get(name)
                if name not in ids:
                    reason = self.missing.sentence(column.linked, name)
                    bad.setdefault(entry, []).append(Fault(entry.line, column.name, reason))
        for entry, faults in bad.items():
            self.drop(entry.raw, faults)
        return [entry for entry in entries if entry not in bad]

    # --- comparing ---

    def found(self, entries: list[Entry]) -> list[Entry]:
        """Find the stored records; give the entries that are a record's first, new ones with an id of their own."""
        for entry in entries:
            entry.key = tuple(entry.values.get(one.attname, one.get_default()) for one in self.key)
        stored = {}
        if entries:
            firsts = {entry.key[0] for entry in entries}
            generated = [one.name for one in self.model._meta.concrete_fields if one.generated]
            records = self.model.objects.filter(**{f"{self.key[0].attname}__in": firsts}).defer(*generated)
            stored = {tuple(getattr(record, one.attname) for one in self.key): record for record in records}
        kept = []
        for entry in entries:
            if (first := self.lines.setdefault(entry.key, entry.line)) != entry.line:
                reason = f"names the same record as line {first:,}."
                self.drop(entry.raw, [Fault(entry.line, " and ".join(self.table.key), reason)])
                continue
            entry.stored = stored.get(entry.key)
            entry.id = entry.stored.id if entry.stored else 0
            kept.append(entry)
        new = [entry for entry in kept if not entry.id]
        for entry, number in zip(new, self.new_ids(len(new)), strict=True):
            entry.id = number
        return kept

    def new_ids(self, count: int) -> list[int]:
        """Take ids for new records, in the order of their lines: which of two claims came first may decide a figure."""
        with connection.cursor() as cursor:
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [self.model._meta.db_table, count])
            return [number for (number,) in cursor.fetchall()]

    def prepare(self, entry: Entry) -> bool:
        """Make the record as it is to be; tell whether there is anything to write."""
        if entry.stored:
            entry.record = entry.stored
            entry.changed = [name for name, value in entry.values.items() if getattr(entry.stored, name) != value]
            for name in entry.changed:
                setattr(entry.record, name, entry.values[name])
            self.outcome.unchanged += not entry.changed
            return bool(entry.changed)
        lacking = sorted(self.table.required - entry.raw.row.keys())
        if not self.has_dataset and "dataset" not in entry.raw.row:
            lacking.append("dataset")
        if lacking:
            self.drop(entry.raw, [Fault(entry.line, name, "a new record needs it.") for name in lacking])
            return False
        entry.record = self.model(id=entry.id, **self.defaults | entry.values)
        return True

    # --- writing ---

    def store(self, entries: list[Entry]) -> None:
        """Write records; those that the database refuses are left out, and with them those that name them."""
        while entries:
            with transaction.atomic():
                refused = self.attempt(entries)
                lost = self.naming(refused, entries)
                transaction.set_rollback(bool(lost))
            for entry, fault in (refused | lost).items():
                self.drop(entry.raw, [fault])
            entries = [entry for entry in entries if entry not in refused and entry not in lost]
            if not lost:
                break
        created = sum(entry.stored is None for entry in entries)
        self.outcome.created += created
        self.outcome.updated += len(entries) - created

    def attempt(self, entries: list[Entry]) -> dict[Entry, Fault]:
        """Write records; where the database refuses, write parts of them, down to the very ones that it refuses."""
        try:
            with transaction.atomic():
                self.write(entries)
        except (IntegrityError, DataError) as error:
            if len(entries) == 1:
                return {entries[0]: Fault(entries[0].line, column_of(error), refusal_of(error))}
            size = -(-len(entries) // PARTS)
            parts = [self.attempt(entries[start : start + size]) for start in range(0, len(entries), size)]
            return {entry: fault for part in parts for entry, fault in part.items()}
        return {}

    def naming(self, refused: dict[Entry, Fault], entries: list[Entry]) -> dict[Entry, Fault]:
        """Tell which other entries name a record that is not there: a new one that is refused, or that names such a one."""
        naming: dict[int, list[tuple[Entry, str]]] = {}
        for entry in entries if refused else ():
            for attribute in entry.links:
                naming.setdefault(entry.values[attribute], []).append((entry, attribute))
        lost: dict[Entry, Fault] = {}
        gone = [entry for entry in refused if entry.stored is None]
        for one in gone:  # which grows meanwhile
            for entry, attribute in naming.get(one.id, ()):
                if entry not in refused and entry not in lost:
                    lost[entry] = Fault(entry.line, self.names[attribute], LOST.format(line=one.line))
                    gone += [entry] if entry.stored is None else []
        return lost

    def write(self, entries: list[Entry]) -> None:
        """Write new and changed records in one statement."""
        changed = sorted({self.names[name] for entry in entries for name in entry.changed})
        records = [entry.record for entry in entries]
        if not changed:
            self.model.objects.bulk_create(records)
            return
        times = [name for name in self.table.times if self.model._meta.get_field(name).auto_now]
        self.model.objects.bulk_create(
            records, update_conflicts=True, unique_fields=["id"], update_fields=[*changed, *times]
        )

    def check_what_was_deferred(self) -> None:
        """Have the database check now what it would at the commit. Raises ``BadRows``."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except IntegrityError as error:
            reason = refusal_of(error)
            named = [(reason.find(f'"{key[0]}"'), line) for key, line in self.lines.items()]
            _, line = min((one for one in named if one[0] >= 0), default=(0, 0))
            raise BadRows(self.file, [Fault(line, column_of(error), reason)]) from error
