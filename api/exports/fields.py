"""What the fields of serializers hold, as columns of files."""

from typing import Any

from rest_framework import serializers

from api.exports.kinds import Kind, Part
from api.serializers.base import Expressed


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
