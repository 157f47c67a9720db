"""Records asked for as a file: the rows of a list, all of them, as its view describes them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import F, Max, Min, QuerySet
from rest_framework.request import Request

from api import reading
from api.documents import document
from api.exports import columns, geojson, hxl
from api.exports.asked import Asked, Rows, Table, datasets_of
from api.lens import FIGURES, is_lensed
from api.parameters import verify
from api.statements import compiled, filled
from conflictdb.models import Dataset


class Records(Asked):
    """One request for a file of records."""

    def __init__(self, view: Any, request: Request) -> None:
        """Take the view, which has read the parameters, and the request."""
        super().__init__(request)
        self.view, self.given = view, view.given
        self.noun = request.path.strip("/").rpartition("/")[2]
        order = view.given.get("ordering", view.default_order)
        self.column, self.is_descending = order.removeprefix("-"), order.startswith("-")

    @property
    def plan(self) -> QuerySet:
        """The records with the plan that they are read by, which tells what is nested in them."""
        return self.view.plan(is_detail=False, is_expanded="expand" in self.given)

    @property
    def is_lensed(self) -> bool:
        """Whether figures are computed under a lens."""
        return is_lensed(self.view, self.given)

    @property
    def figures(self) -> Mapping[str, Any]:
        """What stands for stored figures."""
        return FIGURES if self.is_lensed else {}

    def matching(self) -> QuerySet:
        """The records that match."""
        return reading.found(type(self.view), self.given, filled(self.slots))

    @cached_property
    def serializer(self) -> Any:
        """What describes a row, in the shape asked for."""
        shaping = self.view.shaping(is_detail=False)
        return shaping.serializer(self.given.get("fields"), self.given.get("expand", ()), is_lensed=self.is_lensed)

    def table(self) -> Table:
        """Give the rows as a table."""
        flat = columns.table(self.serializer, self.plan, self.figures)
        if not self.view.place:
            return Table(flat.columns, self._rows(flat.values))
        longitude, latitude = self.view.place
        point = {"x": F(longitude), "y": F(latitude)}
        return Table(flat.columns, self._rows({**flat.values, **point}), ("rows.x", "rows.y"))

    def documents(self) -> Rows:
        """Give the rows as JSON."""
        return self._rows({"document": document(self.serializer, self.plan, instead=self.figures)})

    def features(self) -> Rows:
        """Give the rows as features of GeoJSON."""
        return self._rows({"feature": geojson.feature(self.serializer, self.plan, self.view.place, self.figures)})

    def bounds(self) -> list[float] | None:
        """The smallest box around all rows that have a place."""
        longitude, latitude = self.view.place
        sides = {"west": Min(longitude), "south": Min(latitude), "east": Max(longitude), "north": Max(latitude)}
        found = self.matching().aggregate(**sides)
        return None if found["west"] is None else [found[side] for side in sides]

    def datasets(self) -> Iterable[Dataset]:
        """The datasets that the rows are from."""
        return datasets_of(self.matching())

    def hashtags(self, names: Sequence[str]) -> list[str]:
        """Give each column's hashtag."""
        return hxl.tags(self.view.queryset.model, names)

    def exceeds(self, most: int) -> bool:
        """Whether there are more rows than so many; ids tell where there are not so many records at all."""
        ids = self.view.queryset.aggregate(first=Min("pk"), last=Max("pk"))
        if ids["last"] is None or ids["last"] - ids["first"] < most:
            return False
        return self.matching()[most : most + 1].exists()

    def verify(self) -> None:
        """Look whether every value names something."""
        verify(self.view.given, self.view.parameters())

    def _rows(self, values: Mapping[str, Any]) -> Rows:
        """Write the query of some expressions, in the order of the list."""
        sign, direction = ("-", "DESC") if self.is_descending else ("", "ASC")
        tables, rows = "", reading.matching(type(self.view), self.given)
        if self.is_lensed:
            tables, rows = reading.told(type(self.view), self.given, filled(self.slots))
        key = reading.key_of(type(self.view), self.column, is_lensed=self.is_lensed)
        rows = rows.annotate(key=key, **values).order_by(f"{sign}key", f"{sign}pk")
        query = compiled(rows.values_list(*values, "key", "pk"), filled(self.slots))
        query = f"WITH {tables} {query}" if tables else query
        return Rows(query, [*values, "key", "pk"], f"rows.key {direction}, rows.pk {direction}")
