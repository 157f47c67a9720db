"""Load fixtures as Django does, but write only what differs, say what was done, and name the place of every mistake."""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core import serializers
from django.core.management.base import CommandError
from django.core.management.commands import loaddata
from django.core.serializers.base import DEFER_FIELD, DeserializedObject
from django.core.serializers.python import Deserializer as PythonDeserializer
from django.db import DatabaseError, models

from conflictdb.fixture_files import READERS, Place, display, place_of
from conflictdb.fixture_problems import (
    MISTAKES,
    column_of_link,
    diagnosis_of,
    key_in,
    own_columns,
    reading_problems,
    saving_problems,
)
from conflictdb.models import Disagreement


class Record(DeserializedObject):
    """One record of a fixture, on its way into the database."""

    def __init__(self, read: DeserializedObject, place: Place, counts: Counter[str], using: str) -> None:
        """Take over what Django read, to be written to the database ``using``."""
        super().__init__(read.object, read.m2m_data, read.deferred_fields)
        self.place = place
        self.counts = counts
        self.using = using
        self.outcome = ""

    def save(self, save_m2m: bool = True, using: str | None = None, **kwargs: object) -> None:  # noqa: FBT001, FBT002  # Django's own signature
        """Write the record unless the stored one equals it; count what was done."""
        if isinstance(self.object, Disagreement):  # the database finds these itself, whatever a dump of rows says
            self.counts["unchanged"] += 1
            return
        using = using or self.using
        try:
            stored = self.object._meta.base_manager.using(using).filter(pk=self.object.pk).first()
            outcome = "created" if stored is None else "updated" if self.differs_from(stored) else "unchanged"
            if outcome != "unchanged":
                if self.outcome in {"", "unchanged"}:
                    self.stamp(stored)
                super().save(save_m2m=save_m2m, using=using, **kwargs)
        except MISTAKES as error:
            self.place.fail(saving_problems(self, error), error)
        if self.outcome in {"", "unchanged"}:  # a record with links further down comes here twice
            self.counts[self.outcome] -= 1
            self.counts[outcome] += 1
            self.outcome = outcome

    def save_deferred_fields(self, using: str | None = None) -> None:
        """Write the links to records that stand further down."""
        try:
            super().save_deferred_fields(using or self.using)
        except MISTAKES as error:
            fields = {field.name: value for field, value in self.deferred_fields.items()}
            problems = reading_problems(type(self.object), fields, using or self.using)
            self.place.fail(problems or [str(error)], error)

    def differs_from(self, stored: models.Model) -> bool:
        """Whether any column that the fixture decides is stored otherwise.

        Columns that are not editable are the database's own unless the fixture gives them; a row's times never count.
        """
        given = self.place.fields
        return any(
            getattr(self.object, field.attname) != getattr(stored, field.attname)
            for field in own_columns(self.object)
            if not is_time_of_row(field) and (field.editable or given is None or field.name in given)
        ) or any(
            {getattr(value, "pk", value) for value in values} != set(getattr(stored, name).values_list("pk", flat=True))
            for name, values in (self.m2m_data or {}).items()
        )

    def stamp(self, stored: models.Model | None) -> None:
        """Set the times of the row: a new one keeps what the fixture gives, a changed one changed now."""
        for field in filter(is_time_of_row, own_columns(self.object)):
            if stored is None and getattr(self.object, field.attname) is None:
                field.pre_save(self.object, add=True)
            elif stored is not None and field.auto_now:
                field.pre_save(self.object, add=False)
            elif stored is not None:
                setattr(self.object, field.attname, getattr(stored, field.attname))


class Reader(PythonDeserializer):
    """Django's reader of records, which asks the database only once where a natural key leads."""

    def __init__(self, entries: Iterable[dict], **options: Any) -> None:
        """Read records one by one as they are asked for."""
        super().__init__(entries, **options)
        self.known: dict[tuple[type[models.Model], str, str], Any] = {}

    def _handle_fk_field_node(self, field: Any, field_value: Any) -> Any:
        """Resolve a link to another record."""
        key = (field.remote_field.model, field.remote_field.field_name, repr(field_value))
        if key in self.known:
            return self.known[key]
        value = super()._handle_fk_field_node(field, field_value)  # type: ignore[misc]  # the stubs leave it out
        if value != DEFER_FIELD:
            self.known[key] = value
        return value


class Command(loaddata.Command):
    """Load fixtures; loading twice changes nothing and says so."""

    help = (
        "Installs the named fixtures in the database, all or none of them. A record that equals the stored one is not "
        "written again. Mistakes are named with file, record and field."
    )

    def loaddata(self, fixture_labels: Sequence[str]) -> None:
        """Load every fixture, then close with a line of counts."""
        self.counts: Counter[str] = Counter()
        self.links: dict[tuple[str, str, str], Place] = {}
        self.files: list[str] = []
        try:
            super().loaddata(fixture_labels)
        except DatabaseError as error:  # of constraints that wait for the end
            diagnosis = diagnosis_of(error)
            column, value = key_in(diagnosis.get("message_detail", ""))
            place = self.links.get((diagnosis.get("table_name", ""), column, value))
            message = " ".join(filter(None, [diagnosis.get("message_primary"), diagnosis.get("message_detail")]))
            refusal = f"{place or ', '.join(self.files)}: {message or error}"
            raise CommandError(refusal) from error
        if self.verbosity >= 1:
            created, updated, unchanged = (self.counts[name] for name in ("created", "updated", "unchanged"))
            self.stdout.write(f"{created} created, {updated} updated, {unchanged} unchanged.")

    def load_label(self, fixture_label: str) -> None:
        """Load the fixture files of one label."""
        for path, folder, name in self.find_fixtures(fixture_label):
            _, serialization, compression = self.parse_name(path if path == loaddata.READ_STDIN else Path(path).name)
            if self.verbosity >= 2:  # noqa: PLR2004 - Django's levels of verbosity
                self.stdout.write(
                    f"Installing {serialization} fixture '{name}' from {loaddata.humanize(folder or '')}."
                )
            opened, mode = self.compression_formats[compression]  # type: ignore[misc]  # the stubs lose the pair
            self.files.append(display(path))
            found = loaded = 0
            with opened(path, mode) as stream:
                for record in self.records(self.files[-1], serialization, stream):
                    found += 1
                    self.note_links(record)
                    loaded += self.save_obj(record)
            self.fixture_count += 1
            self.fixture_object_count += found
            self.loaded_object_count += loaded
            if not found:
                warnings.warn(
                    f"No fixture data found for '{name}'. (File format may be invalid.)", RuntimeWarning, stacklevel=2
                )

    def records(self, file: str, serialization: str | None, stream: IO) -> Iterator[Record]:
        """Read the records of one file; a record that cannot be read is refused with its place."""
        reader = READERS.get(serialization or "")
        place = Place(file, 0)

        def watched(entries: Iterable[Any]) -> Iterator[dict]:
            nonlocal place
            for number, entry in enumerate(entries, 1):
                place = place_of(file, number, entry)
                yield entry
                if "pk" in entry:  # may have given a stored record another natural key
                    objects.known.clear()

        options = {"using": self.using, "ignorenonexistent": self.ignore, "handle_forward_references": True}
        objects: Any = (
            Reader(watched(reader(file, stream)), **options)
            if reader
            else serializers.deserialize(str(serialization), stream, **options)
        )
        while True:
            try:
                read = next(objects, None)
            except MISTAKES as error:
                label, fields = place.label, place.fields
                problems = reading_problems(apps.get_model(label), fields, self.using) if label and fields else []
                place.fail(problems or [str(error)], error)
            if read is None:
                return
            if reader is None:
                place = Place(file, place.number + 1, read.object._meta.label_lower, str(read.object.pk or ""))
            yield Record(read, place, self.counts, self.using)

    def note_links(self, record: Record) -> None:
        """Remember which record was the first to link to a primary key: the database checks that only at the end."""
        table = record.object._meta.db_table
        for name, value in (record.place.fields or {}).items():
            if isinstance(value, int | str) and (column := column_of_link(type(record.object), name)):
                self.links.setdefault((table, column, str(value)), record.place)


def is_time_of_row(field: models.Field) -> bool:
    """Whether a column tells when its row was stored or changed."""
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
