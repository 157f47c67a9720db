"""What columns of a file hold, said once for all formats."""

from enum import StrEnum
from typing import Any, NamedTuple

from rest_framework import serializers

from api.serializers.base import Expressed


class Kind(StrEnum):
    """What a column holds, or a part of it."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAY = "day"
    INSTANT = "instant"
    LIST = "list"  # as JSON; its one part is what each item is
    OBJECT = "object"  # within a list: a record with named parts
    JSON = "json"  # an object or list of which nobody knows the parts


class Part(NamedTuple):
    """A part of a list or an object: its name (an item has none), what it holds, and its own parts."""

    name: str
    kind: Kind
    parts: tuple["Part", ...] = ()


class Column(NamedTuple):
    """A column: its name, what it holds, where in ``rows`` it stands, as SQL, and what a list is made of.

    SQL gives texts for what is a BOOLEAN (``true``), a LIST or JSON, and ISO 8601 for an INSTANT; all else as it is.
    """

    name: str
    kind: Kind
    place: str
    parts: tuple[Part, ...] = ()


def kind_of(field: Any) -> Kind:
    """Tell what a field holds."""
    for types, kind in (
        (serializers.BooleanField, Kind.BOOLEAN),
        (serializers.IntegerField, Kind.INTEGER),
        (serializers.FloatField, Kind.NUMBER),
        (serializers.DateTimeField, Kind.INSTANT),
        (serializers.DateField, Kind.DAY),
        ((serializers.ListSerializer, serializers.ListField), Kind.LIST),
        (serializers.BaseSerializer, Kind.OBJECT),
        (serializers.CharField, Kind.TEXT),
        ((serializers.DictField, serializers.JSONField, Expressed), Kind.JSON),
    ):
        if isinstance(field, types):
            return kind
    return Kind.TEXT


def parts_of(field: Any) -> tuple[Part, ...]:
    """Tell what a list or an object is made of; nothing where a field holds one value."""
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return (_part("", field.child),)
    if isinstance(field, serializers.BaseSerializer):
        return tuple(_part(name, child) for name, child in field.fields.items())  # type: ignore[attr-defined]  # of one record
    return ()


def is_unknown(part: Part) -> bool:
    """Whether nobody knows what a part holds, or a part of it: a list of such is no column of a type."""
    return part.kind is Kind.JSON or any(map(is_unknown, part.parts))


def _part(name: str, field: Any) -> Part:
    return Part(name, kind_of(field), parts_of(field))
