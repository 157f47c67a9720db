"""Serializers compiled to SQL: PostgreSQL writes the JSON that a serializer describes, and no Python object is made of a row.

A serializer stays the one description of a record's shape. Its fields become expressions of Django's ORM: a column, a nested
record (a subquery by its key) or nested records (an array of them); the related rows, and their order, are those that the
queryset's own reading plan prefetches. What cannot be said so is refused when it is compiled, never guessed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.urls import reverse
from rest_framework import serializers

from api.serializers.base import AddressField, Expressed, FigureSerializer
from api.serializers.summary import SummarySerializer
from api.spelling import Address, Document, JSONText, PlainText
from api.statements import Slot
from conflictdb.models.addressed import AddressedQuerySet

INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'  # as DRF's DATETIME_FORMAT in the settings
AS_THEY_ARE = (
    serializers.CharField,
    serializers.ChoiceField,
    serializers.IntegerField,
    serializers.FloatField,
    serializers.BooleanField,
    serializers.DateField,
    serializers.JSONField,
    serializers.DictField,
    serializers.ListField,
    AddressField,
)
BASE = "base"  # the slot that holds the address of this server


def document(
    serializer: Any,
    records: QuerySet,
    path: str = "",
    *,
    of_many: bool = False,
    instead: Mapping[str, Any] = MappingProxyType({}),
) -> Document:
    """Compile a serializer of the record at the end of a path, read by the plan of ``records``.

    ``instead`` holds expressions that stand for columns of the records themselves.

    ``of_many`` tells that the rows are all shown, so that what they link to may be joined to them. Of a list only a page is
    shown, which joins would slow down where the page must be sorted out of many rows. Raises ``TypeError``.
    """
    compiler = _Compiler(records, path, of_many=of_many, instead=instead)
    return Document({name: compiler.expression(field) for name, field in serializer.fields.items()})


class _Compiler:
    """Turns the fields of one serializer into expressions on its rows."""

    def __init__(self, records: QuerySet, path: str, *, of_many: bool, instead: Mapping[str, Any]) -> None:
        self.records, self.path, self.of_many, self.instead = records, path, of_many, instead

    def expression(self, field: Any) -> Any:
        """Turn a field into an expression. Raises ``TypeError``."""
        if isinstance(field, Expressed) and not self.path:
            return field.expression()
        if isinstance(field, FigureSerializer):  # of the same row
            return Document({name: self._column(child.source) for name, child in field.fields.items()})
        if isinstance(field, serializers.ListSerializer) and not self.path:
            return self._records(field)
        if isinstance(field, serializers.ModelSerializer):
            return self._record(field)
        return self._leaf(field)

    def _leaf(self, field: Any) -> Any:
        """Turn a field without fields of its own into an expression. Raises ``TypeError``."""
        if isinstance(field, serializers.HyperlinkedIdentityField):
            address = reverse(str(field.view_name), args=["a"]).removesuffix("a/")
            parts = (Slot(BASE), Value(address), self._column(field.lookup_field), Value("/"))
            return Address(*parts)
        if isinstance(field, serializers.DateTimeField):
            return Func(self._column(field.source), Value(INSTANT), function="to_char", output_field=PlainText())
        if isinstance(field, AS_THEY_ARE) and str(field.source).isidentifier():
            return self._column(field.source)
        message = f"{type(field).__name__} {field.field_name} cannot be compiled to SQL; let it be Expressed."
        raise TypeError(message)

    def _column(self, name: Any) -> Any:
        return self.instead.get(name) or F(f"{self.path}{name}")

    def _record(self, field: Any) -> Any:
        """The record that a link names; null where there is none, or where the reader may not see it."""
        link: Any = self.records.model._meta.get_field(field.source)
        related = link.related_model._default_manager.for_reading()
        visible = related.visible if isinstance(field, SummarySerializer) else AddressedQuerySet.visible
        if self.of_many and link.related_model is not self.records.model and _is_flat(field):
            path = f"{self.path}{field.source}__"
            shown = Q(**{f"{path}isnull": False}) & visible(path)
            return Case(When(shown, then=document(field, related, path, of_many=True)), output_field=JSONText())
        related = related.order_by().filter(visible(), pk=OuterRef(f"{self.path}{field.source}_id"))
        return Subquery(related.values(document=document(field, related.for_reading())))

    def _records(self, field: Any) -> ArraySubquery:
        """The records behind a to-many accessor that the reading plan brings, in its order; an empty array for none."""
        accessor: Any = self.records.model._meta.get_field(field.source)
        related = _plan(self.records).get(field.source)
        if related is None:
            message = (
                f"{self.records.model.__name__} is shown with {field.source}, which its reading plan does not bring."
            )
            raise TypeError(message)
        owner = {accessor.remote_field.name: OuterRef("pk")}
        plan = related.for_reading() if isinstance(related, AddressedQuerySet) else related
        return ArraySubquery(related.filter(**owner).values(document=document(field.child, plan, of_many=True)))


def _is_flat(field: Any) -> bool:
    """Whether all of a record can be read off a row that is joined: neither has it rows of its own, nor expressions."""
    return not any(isinstance(each, (serializers.ListSerializer, Expressed)) for each in field.fields.values())


def _plan(records: QuerySet) -> dict[str, QuerySet]:
    """Read which related rows a queryset prefetches: by accessor, a queryset of them."""
    plan = {}
    for lookup in records._prefetch_related_lookups:  # type: ignore[attr-defined]  # noqa: SLF001 – no public way to ask
        each = lookup if isinstance(lookup, Prefetch) else Prefetch(lookup)
        related = records.model._meta.get_field(each.prefetch_through).related_model
        plan[each.prefetch_through] = each.queryset if each.queryset is not None else related._default_manager.all()
    return plan
