"""Fixture files as they are read: record by record, each with the place to name where it is wrong."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import yaml
from django.apps import apps
from django.core.management.base import CommandError
from django.core.management.commands import loaddata

from conflictdb.fixture_problems import natural_key_of

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without its C part
    from yaml import SafeLoader  # type: ignore[assignment]


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


def listed(file: str, content: object) -> list:
    """Give back a file's content if it is a list."""
    if not isinstance(content, list):
        message = f"{file}: a fixture is a list of records."
        raise CommandError(message)
    return content


READERS = {"json": read_json, "jsonl": read_jsonl, "yaml": read_yaml}


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


def display(path: str) -> str:
    """Write a path as seen from the current folder, where it lies below it."""
    if path == loaddata.READ_STDIN:
        return "standard input"
    absolute = Path(path).absolute()
    return str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute)
