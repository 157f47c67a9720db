"""What the fields of serializers hold, as columns of files."""

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

from api.exports.kinds import Kind, Part
from api.serializers.base import Expressed


def is_one(field: Any) -> bool:
    """Whether a field holds another record, or nothing, and not several."""
    return isinstance(field, serializers.BaseSerializer) and not isinstance(field, serializers.ListSerializer)


def flat(serializer: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """List a serializer's fields as files have them: what one record nests in another by its path (`country.slug`)."""
    for name, field in serializer.fields.items():
        if is_one(field):
            yield from flat(field, f"{path}{name}.")
        else:
            yield f"{path}{name}", field


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


def _part(name: str, field: Any) -> Part:
    return Part(name, kind_of(field), parts_of(field))
