"""Load fixtures as Django does, but write only what differs, say what was done, and name the place of every mistake."""

import inspect
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, NoReturn

import yaml
from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.core.management.commands import loaddata
from django.core.serializers.base import (
    DEFER_FIELD,
    DeserializationError,
    DeserializedObject,
    M2MDeserializationError,
    deserialize_fk_value,
    deserialize_m2m_values,
)
from django.core.serializers.python import Deserializer as PythonDeserializer
from django.db import DatabaseError, models

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without its C part
    from yaml import SafeLoader  # type: ignore[assignment]

# What a broken record makes Django and psycopg raise, besides errors of the loader itself.
MISTAKES = (
    AttributeError,
    DatabaseError,
    DeserializationError,
    FieldDoesNotExist,
    LookupError,
    ObjectDoesNotExist,
    TypeError,
    ValidationError,
    ValueError,
)


class FixtureLoader(SafeLoader):
    """YAML's safe loader, refusing a key that stands twice: of two values one would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:  # noqa: FBT001, FBT002  # PyYAML's own signature
        """Make a dict of a YAML mapping."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                message = f"{key.value!r} stands twice in one mapping"
                raise yaml.MarkedYAMLError(problem=message, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass
class Place:
    """Where in which file a record stands; ``fields`` is what the file gives it, None where the format hides it."""

    file: str
    number: int
    label: str = ""
    key: str = ""
    fields: dict[str, Any] | None = None

    def __str__(self) -> str:
        named = f" ({' '.join(filter(None, [self.label, self.key]))})" if self.label else ""
        return f"{self.file}, record {self.number}{named}"

    def fail(self, problems: Iterable[str], cause: Exception | None = None) -> NoReturn:
        """Refuse the record, one line a problem."""
        raise CommandError("\n".join(f"{self}: {problem}" for problem in problems)) from cause


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


def read_yaml(file: str, stream: IO) -> list:
    """Read a YAML file of records."""
    try:
        return listed(file, yaml.load(stream.read(), Loader=FixtureLoader))  # noqa: S506  # a subclass of the safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        message = f"{file}, line {line}: not valid YAML: {error.problem}."
        raise CommandError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{file}: not valid YAML: {' '.join(str(error).split())}"
        raise CommandError(message) from error


def read_json(file: str, stream: IO) -> list:
    """Read a JSON file of records."""
    try:
        return listed(file, json.load(stream))
    except json.JSONDecodeError as error:
        message = f"{file}, line {error.lineno}: not valid JSON: {error.msg}."
        raise CommandError(message) from error
    except UnicodeDecodeError as error:
        message = f"{file}: not valid JSON: {error}"
        raise CommandError(message) from error


def read_jsonl(file: str, stream: IO) -> Iterator[Any]:
    """Read a file with one record a line; empty lines are passed over."""
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                yield json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                message = f"{file}, line {number}: not valid JSON: {getattr(error, 'msg', error)}."
                raise CommandError(message) from error


READERS = {"json": read_json, "jsonl": read_jsonl, "yaml": read_yaml}


def listed(file: str, content: object) -> list:
    """Give back a file's content if it is a list."""
    if not isinstance(content, list):
        message = f"{file}: a fixture is a list of records."
        raise CommandError(message)
    return content


def place_of(file: str, number: int, entry: object) -> Place:
    """Name a record's place, with the natural key that its own fields spell out; refuse what is no record."""
    if not isinstance(entry, dict) or "model" not in entry or not isinstance(entry.get("fields"), dict):
        Place(file, number).fail(['a record is a mapping with "model" and "fields".'])
    fields = entry["fields"]
    try:
        model = apps.get_model(entry["model"])
    except (LookupError, ValueError, TypeError, AttributeError):
        return Place(file, number)
    names = natural_key_of(model)
    if "pk" in entry:
        key = str(entry["pk"])
    elif names and all(name in fields for name in names):
        parts = [fields[name] for name in names]
        key = " / ".join(str(word) for part in parts for word in (part if isinstance(part, list) else [part]))
    else:
        key = ""
    return Place(file, number, model._meta.label_lower, key, fields)


def reading_problems(model: type[models.Model], fields: dict[str, Any], using: str) -> list[str]:
    """Tell what is wrong with the fields of a record, one by one."""
    return [
        f"{name}: {problem}" for name, value in fields.items() if (problem := field_problem(model, name, value, using))
    ]


def field_problem(model: type[models.Model], name: str, value: Any, using: str) -> str:
    """Tell what is wrong with one field; empty if nothing is."""
    columns: dict[str, Any] = {one.name: one for one in (*model._meta.fields, *model._meta.many_to_many)}
    if name not in columns:
        nearest = get_close_matches(name, columns, n=3)
        return "no such field" + (f"; did you mean {' or '.join(nearest)}?" if nearest else ".")
    field = columns[name]
    try:
        if isinstance(field, models.ManyToManyField):
            deserialize_m2m_values(field, value, using, handle_forward_references=False)
        elif isinstance(field, models.ForeignKey):
            deserialize_fk_value(field, value, using, handle_forward_references=False)
        else:
            field.to_python(value)
    except M2MDeserializationError as error:
        return link_problem(field, error.pk, error.original_exc)
    except MISTAKES as error:
        return link_problem(field, value, error) if field.is_relation else words_of(error)
    return ""


def link_problem(field: Any, value: Any, error: Exception) -> str:
    """Tell why a link to another record leads nowhere."""
    model = field.related_model
    label = model._meta.label_lower
    if isinstance(error, ObjectDoesNotExist):
        return f"no {label} is named {' / '.join(map(str, value))}."
    if names := natural_key_of(model):
        return f"a {label} is named by a list, [{', '.join(names)}], not by {value!r}."
    return words_of(error)


def saving_problems(record: Record, error: Exception) -> list[str]:
    """Tell why the database refused a record."""
    model = type(record.object)
    diagnosis = diagnosis_of(error)
    name, column = diagnosis.get("constraint_name", ""), diagnosis.get("column_name", "")
    options = [model._meta, *(parent._meta for parent in model._meta.get_parent_list())]
    for constraint in (constraint for option in options for constraint in option.constraints):
        if constraint.name == name:
            return [str(constraint.get_violation_error_message())]
    for field, value in (record.deferred_fields or {}).items():
        if field.column == column and isinstance(field, models.ForeignKey):
            return [f"{field.name}: {link_problem(field, value, ObjectDoesNotExist())}"]
    for field in own_columns(record.object):
        if field.column == column and getattr(record.object, field.attname) is None:
            return [f"{field.name}: must be given."]
    if found := [
        f"{f.name}: {problem}" for f in own_columns(record.object) if (problem := value_problem(f, record.object))
    ]:
        return found
    message = " ".join(
        filter(None, (diagnosis.get(part) for part in ("message_primary", "message_detail", "message_hint")))
    )
    return [message or words_of(error)]


def value_problem(field: models.Field, instance: models.Model) -> str:
    """Tell why a column cannot hold a value, where the database itself does not say which column it was."""
    value = getattr(instance, field.attname)
    if isinstance(value, str) and "\x00" in value:
        return "holds a NUL character."
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "holds half of a surrogate pair."
    try:
        field.run_validators(value)
    except ValidationError as error:
        return words_of(error)
    return ""


def diagnosis_of(error: BaseException) -> dict[str, str]:
    """Give what PostgreSQL itself says about an error, by part; empty if it says nothing."""
    diagnosis = getattr(error.__cause__, "diag", None)
    parts = ("constraint_name", "column_name", "table_name", "message_primary", "message_detail", "message_hint")
    return {part: getattr(diagnosis, part, None) or "" for part in parts} if diagnosis else {}


def key_in(detail: str) -> tuple[str, str]:
    """Find the column and value that PostgreSQL names in an error's detail."""
    found = re.search(r"\((.+?)\)=\((.*?)\)", detail)
    return (found[1], found[2]) if found else ("", "")


def words_of(error: Exception) -> str:
    """Give an error's own words."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error) or type(error).__name__


def natural_key_of(model: type[models.Model]) -> list[str]:
    """List the parts of a model's natural key; empty if it has none."""
    find = getattr(model._meta.default_manager, "get_by_natural_key", None)
    return list(inspect.signature(find).parameters) if find and hasattr(model, "natural_key") else []


def own_columns(instance: models.Model) -> list[Any]:
    """List the columns of an instance's own table that a fixture may decide."""
    model: Any = instance._meta.concrete_model
    return [field for field in model._meta.local_concrete_fields if not field.primary_key and not field.generated]


def is_time_of_row(field: models.Field) -> bool:
    """Whether a column tells when its row was stored or changed."""
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


def column_of_link(model: type[models.Model], name: str) -> str:
    """Give the column of a foreign key; empty for any other field."""
    links = {field.name: field.column or "" for field in model._meta.fields if isinstance(field, models.ForeignKey)}
    return links.get(name, "")


def display(path: str) -> str:
    """Write a path as seen from the current folder, where it lies below it."""
    if path == loaddata.READ_STDIN:
        return "standard input"
    absolute = Path(path).absolute()
    return str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute)
