"""Aggregates as files: their rows as tables, as JSON documents and, by cells of a grid, as a map."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from rest_framework.request import Request

from api import reading
from api.aggregates import cells
from api.aggregates.answer import too_many
from api.aggregates.question import MOST_ROWS, question_of
from api.aggregates.statement import Aggregation, object_of, whole
from api.documents import document
from api.exports import hxl
from api.exports.asked import Asked, Rows, Table, datasets_of
from api.exports.fields import kind_of
from api.exports.kinds import Column, Kind
from api.parameters import verify
from api.statements import filled
from conflictdb.models import Dataset

CELL = "priogrid"


class Aggregates(Asked):
    """One request for a file of aggregates."""

    noun = "aggregates"

    def __init__(self, view: Any, request: Request) -> None:
        """Take the view, which has read the parameters, and the request."""
        super().__init__(request)
        self.view, self.given = view, view.given

    @cached_property
    def made(self) -> Aggregation:
        """The parts of the statement, with all values in it."""
        return Aggregation(type(self.view), question_of(self.given), self.given, filled(self.slots))

    def table(self) -> Table:
        """Give the rows as a table."""
        found = [*self._dimensions(), *self._measures()]
        columns = [Column(name, kind, f"rows.v{number}") for number, (name, kind, _) in enumerate(found)]
        values = {
            f"v{number}": f"({sql})::text" if kind is Kind.BOOLEAN else sql
            for number, (_, kind, sql) in enumerate(found)
        }
        return Table(columns, self._rows(values, _leaves))

    @cached_property
    def counted(self) -> tuple[Mapping[str, Any], int]:
        """What the answer has beside its rows, and how many these are."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self.made.tables()} SELECT {self.made.head()}::text, (SELECT count(*) FROM shown)")
            said, count = cursor.fetchone()
        members = json.loads(said)
        return {name: members[name] for name in ("totals", "spanning", "left_out")}, count

    def beside(self) -> Mapping[str, Any]:
        """Tell the totals and what rows leave out. Raises ``InvalidParameters`` where there are too many rows."""
        told, count = self.counted
        if count > MOST_ROWS:
            raise too_many()
        return told

    def exceeds(self, most: int) -> bool:
        """Whether there are more rows than so many."""
        return self.counted[1] > most

    def hashtags(self, names: Sequence[str]) -> list[str]:
        """Give each column's hashtag."""
        return hxl.tags_of_aggregates(names)

    def _dimensions(self) -> Iterable[tuple[str, Kind, str]]:
        """List the columns that tell what a row is about: names, kinds and SQL."""
        for (key, each), name in zip(self.made.dimensions.items(), self.made.asked.by, strict=True):
            field = each.shown()
            if each.record is None:
                yield name, kind_of(field), self.made.value(key)
            else:
                for number, (child, below) in enumerate(field.fields.items()):
                    yield f"{name}.{child}", kind_of(below), f"of_{key}.leaf_{number}"

    def _measures(self) -> Iterable[tuple[str, Kind, str]]:
        """List the columns that tell how many: whole numbers, unless incidents are shared."""
        number = Kind.NUMBER if self.made.is_shared else Kind.INTEGER
        for name, measure in self.made.asked.told.items():
            shown = measure.shown
            parts = {"": shown} if isinstance(shown, str) else {f".{part}": text for part, text in shown.items()}
            for part, text in parts.items():
                kind = Kind.BOOLEAN if part == ".is_open" else number
                yield f"{name}{part}", kind, self.made.shown(text, "shown")

    def documents(self) -> Rows:
        """Give the rows as JSON."""
        return self._rows({"document": self.made.document()}, whole)

    def features(self) -> Rows:
        """Give the rows as features, each with its cell."""
        cell = self._cell()
        members = {
            "type": "'Feature'",
            "geometry": cells.polygon(cell),
            "properties": object_of({name: sql for name, _, sql in (*self._dimensions(), *self._measures())}),
        }
        return self._rows({"feature": object_of(members)}, _leaves)

    def bounds(self) -> list[float] | None:
        """The smallest box around all cells."""
        rows = self._rows({"cell": self._cell()}, whole)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT cell FROM ({rows.query}) AS rows WHERE cell IS NOT NULL")
            return cells.box([cell for (cell,) in cursor.fetchall()])

    def _cell(self) -> str:
        return f"shown.key_{self.made.asked.by.index(CELL)}"

    def datasets(self) -> Iterable[Dataset]:
        """The datasets that the incidents are from."""
        return datasets_of(reading.found(type(self.view), self.given, filled(self.slots)))

    def verify(self) -> None:
        """Look whether every value names something."""
        verify(self.given, self.view.parameters())

    def _rows(self, values: Mapping[str, str], labelled: Any) -> Rows:
        """Write the query of some columns, in the order asked for."""
        shown = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
        select = f"SELECT {shown}, row_number() OVER (ORDER BY {self.made.order()}) AS place FROM {self.made.named()}"
        return Rows(f"{self.made.tables()}{self.made.labels(labelled)} {select}", [*values, "place"], "rows.place")


def _leaves(field: Any, records: QuerySet) -> dict[str, Any]:
    """What a record is shown as in columns."""
    return {f"leaf_{number}": each for number, each in enumerate(document(field, records).get_source_expressions())}
