"""Serializers as flat tables: a column for each field, nested ones by their path (`country.slug`), named as in the JSON.

Files have them as columns, and features of maps as properties, which map programs filter and style by.

What one record nests in another becomes columns; what it nests any number of (participants, citations) or what is a list or
an object by itself stays one column, and holds the JSON that the JSON answer has there: nothing is lost, `fields=` shapes
it (`fields=slug,participants.role,participants.actor.slug`), and one call reads it in any language. A writing of our own
(`target:us-forces; …`) would have room for two of its fields and a grammar to be learned.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from api.documents import document
from api.exports.fields import flat, is_one, kind_of, parts_of
from api.exports.kinds import Column, Kind, Part, is_unknown
from api.serializers.base import FigureSerializer
from api.serializers.summary import SummarySerializer
from api.spelling import Document, InJSON, Members, Spread
from conflictdb.models.addressed import AddressedQuerySet


class Table(NamedTuple):
    """The columns of a table, and what its query must bring for them."""

    columns: list[Column]
    values: dict[str, Any]


class Leaf(NamedTuple):
    """A field that becomes one column."""

    name: str
    kind: Kind
    expression: Any
    parts: tuple[Part, ...]


class Branch(NamedTuple):
    """A field that becomes the columns of another record."""

    name: str
    field: Any


def table(serializer: Any, records: QuerySet, instead: Mapping[str, Any] = MappingProxyType({})) -> Table:
    """Flatten a serializer of rows that are read by the plan of ``records``; ``instead`` stands for some of their columns."""
    columns: list[Column] = []
    values: dict[str, Any] = {}
    for part in parts(serializer, records, instead):
        alias = f"v{len(values)}"
        if isinstance(part, Leaf):
            values[alias] = cell(part)
            columns.append(Column(part.name, part.kind, f"rows.{alias}", part.parts))
        else:
            below, values[alias] = texts(part.field, records)
            columns += [
                Column(f"{part.name}.{each.name}", each.kind, f"rows.{alias}[{place}]", each.parts)
                for each, place in below
            ]
    return Table(columns, values)


def properties(serializer: Any, records: QuerySet, instead: Mapping[str, Any] = MappingProxyType({})) -> Document:
    """Write the columns of a row as the members of one JSON object; lists stay lists."""
    return Document(dict(members(serializer, records, instead)))


def members(
    serializer: Any, records: QuerySet, instead: Mapping[str, Any] = MappingProxyType({}), path: str = ""
) -> Iterator[tuple[str, Any]]:
    """Name the columns and give their expressions; those of one nested record come together, by one subquery."""
    for part in parts(serializer, records, instead):
        name = f"{path}{part.name}"
        if isinstance(part, Leaf):
            yield name, part.expression
        else:
            related: Any = linked(part.field, records)
            below = Members(dict(members(part.field, related.for_reading(), path=f"{name}.")))
            names = [each for each, _ in flat(part.field, f"{name}.")]
            yield name, Spread(Subquery(related.values(members=below)), names)


def parts(
    serializer: Any, records: QuerySet, instead: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[Leaf | Branch]:
    """Go through a serializer's fields, compiled as for JSON; those of a figure stand in the same row."""
    compiled = document(serializer, records, instead=instead)
    for (name, field), expression in zip(serializer.fields.items(), compiled.get_source_expressions(), strict=True):
        if isinstance(field, FigureSerializer):
            for child, inner in zip(field.fields.values(), expression.get_source_expressions(), strict=True):
                yield leaf(f"{name}.{child.field_name}", child, inner)
        elif is_one(field):
            yield Branch(name, field)
        else:
            yield leaf(name, field, expression)


def texts(field: Any, records: QuerySet) -> tuple[list[tuple[Leaf, int]], Subquery]:
    """Read the record that a link names as an array of texts, with what stands where in it, from 1 up; null for no record.

    One subquery a record: one for each of its columns would look it up as many times.
    """
    related: Any = linked(field, records)
    shown: list[tuple[Leaf, int | tuple[int, int]]] = []
    leaves: list[Any] = []
    arrays: list[tuple[int, Any]] = []
    for part in parts(field, related.for_reading()):
        if isinstance(part, Leaf):
            leaves.append(Cast(cell(part), TextField()))
            shown.append((part, len(leaves)))
        else:
            below, array = texts(part.field, related)
            for each, place in below:
                name = f"{part.name}.{each.name}"
                shown.append((Leaf(name, each.kind, each.expression, each.parts), (len(arrays), place)))
            arrays.append((len(below), array))
    starts = [len(leaves) + sum(length for length, _ in arrays[:number]) for number in range(len(arrays))]
    placed = [(each, place if isinstance(place, int) else starts[place[0]] + place[1]) for each, place in shown]
    whole = Func(
        Func(*leaves, template="ARRAY[%(expressions)s]::text[]", output_field=ArrayField(TextField())),
        *(filled(array, length) for length, array in arrays),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=ArrayField(TextField()),
    )
    return placed, Subquery(related.values(texts=whole))


def linked(field: Any, records: QuerySet) -> QuerySet:
    """The record that a link names, for a subquery; none where there is none, or where the reader may not see it."""
    link: Any = records.model._meta.get_field(field.source)
    related = link.related_model._default_manager.for_reading()
    visible = related.visible if isinstance(field, SummarySerializer) else AddressedQuerySet.visible
    return related.order_by().filter(visible(), pk=OuterRef(f"{field.source}_id"))


def filled(array: Any, length: int) -> Func:
    """Keep the places of a record that is not there."""
    template = f"coalesce(%(expressions)s, array_fill(NULL::text, ARRAY[{length}]))"
    return Func(array, template=template, output_field=ArrayField(TextField()))


def leaf(name: str, field: Any, expression: Any) -> Leaf:
    """Make one column of a field."""
    kind, its_parts = kind_of(field), parts_of(field)
    if kind is Kind.LIST and any(map(is_unknown, its_parts)):
        kind, its_parts = Kind.JSON, ()
    return Leaf(name, kind, expression, its_parts)


def cell(column: Leaf) -> Any:
    """Give the expression of a column for COPY; what it would write otherwise than JSON does is written as text before."""
    expression = column.expression
    if column.kind in {Kind.LIST, Kind.JSON}:
        expression = InJSON(expression)
    if column.kind in {Kind.LIST, Kind.JSON, Kind.BOOLEAN}:
        expression = Cast(expression, TextField())
    return expression
