"""Our own tables as files hold them, read off the models: their columns, and which table a file is of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.db import models

from conflictdb.fixture_problems import natural_key_of
from conflictdb.ingest.cells import Reader, did_you_mean, reader_of
from conflictdb.models import (
    Actor,
    ActorAlias,
    ActorRelation,
    Citation,
    Claim,
    Conflict,
    Dataset,
    Incident,
    Participation,
    Source,
)
from conflictdb.vocabularies import ClaimStatus, IncidentStatus

# In this order each table's links lead to records of the tables before it, or of its own.
MODELS: tuple[type[models.Model], ...] = (
    *(Dataset, Actor, ActorAlias, ActorRelation, Source),
    *(Conflict, Incident, Participation, Claim, Citation),
)
# What is handed over as a file is meant to be seen, unless it says otherwise.
FIRST_STATUS: dict[type[models.Model], str] = {Incident: IncidentStatus.PUBLISHED, Claim: ClaimStatus.STANDING}


class UnknownTable(ValueError):  # noqa: N818 – named for what is wrong, as BadFile is
    """It cannot be told which table a file holds, or there is no table of that name."""


@dataclass(frozen=True)
class Column:
    """One column of a table; its name is that of the model's field."""

    field: Any
    read: Reader  # raises BadCell

    @property
    def name(self) -> str:
        """Its name in files."""
        return str(self.field.name)

    @property
    def linked(self) -> type[models.Model] | None:
        """The model whose records it names, by their slugs; None where it names none."""
        return self.field.related_model if self.field.is_relation else None

    @property
    def path(self) -> str:
        """Where a query finds what a file says."""
        return f"{self.name}__slug" if self.linked else self.name


@dataclass(frozen=True)
class Table:
    """One table; ``name`` is its plural, as in the API's addresses."""

    name: str
    model: Any
    columns: tuple[Column, ...]  # those read in, in the model's order
    times: tuple[str, ...]  # the times of a row: files may have them, the database keeps its own
    key: tuple[str, ...]  # the columns that tell which record a row is

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns that are read in."""
        return {column.name: column for column in self.columns}

    @cached_property
    def key_columns(self) -> frozenset[str]:
        """The columns that every file needs."""
        return frozenset(name for name in self.key if not self.by_name[name].field.has_default())

    @cached_property
    def required(self) -> frozenset[str]:
        """The columns that a new record needs, besides its dataset."""
        needed = {
            column.name
            for column in self.columns
            if not (column.field.null or column.field.blank or column.field.has_default() or column.linked is Dataset)
        }
        return self.key_columns | needed

    @cached_property
    def first_status(self) -> str:
        """The status of a new record whose file has no such column; empty in tables without."""
        return FIRST_STATUS.get(self.model, "")

    @property
    def header(self) -> list[str]:
        """All columns of an export, in the model's order."""
        known = self.by_name.keys() | set(self.times)
        return [field.name for field in self.model._meta.concrete_fields if field.name in known]

    def problem_of(self, name: str) -> str:
        """Say why a file cannot have a column; empty where it can."""
        if name in self.by_name or name in self.times:
            return ""
        return f"{self.name} have no such column{did_you_mean(name.strip().lower(), self.by_name)}"


@cache
def tables() -> dict[str, Table]:
    """All tables by name, each after those that its links lead to."""
    return {table.name: table for table in map(_table_of, MODELS)}


def table_named(name: str) -> Table:
    """Give a table by its name. Raises ``UnknownTable``."""
    if name not in tables():
        rest = f"; there are {', '.join(tables())}."
        message = f"There is no table {name!r}{did_you_mean(name.lower(), tables(), rest)}"
        raise UnknownTable(message)
    return tables()[name]


def table_for(file_name: str, columns: Iterable[str]) -> Table:
    """Tell which table a file holds: by a word of its name (``2024-incidents.csv.gz``), else by its columns.

    Raises ``UnknownTable``.
    """
    stem = re.split(r"[/\\]", file_name)[-1].split(".")[0]
    named = {word for word in re.split(r"[^a-z]+", stem.lower()) if word in tables()}
    if len(named) == 1:
        return tables()[named.pop()]
    names = set(columns)
    fitting = [table for table in tables().values() if table.required <= names]
    exact = [table for table in fitting if not any(map(table.problem_of, names))]
    for found in (fitting, exact):
        if len(found) == 1:
            return found[0]
    could = f"could be {' or '.join(table.name for table in exact or fitting)}" if fitting else "is none of our tables"
    message = f"By its columns it {could}. Name its table with --table: {', '.join(tables())}."
    raise UnknownTable(message)


def _table_of(model: Any) -> Table:
    """Describe a model's table."""
    times = [field for field in model._meta.concrete_fields if _is_time_of_row(field)]
    return Table(
        name=str(model._meta.verbose_name_plural),
        model=model,
        columns=tuple(
            Column(field, reader_of(field))
            for field in model._meta.concrete_fields
            if field.editable and not field.primary_key and not field.generated and field not in times
        ),
        times=tuple(field.name for field in times),
        key=tuple(natural_key_of(model)),
    )


def _is_time_of_row(field: Any) -> bool:
    """Whether a column says when its row was stored or changed."""
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
