"""Serializers compiled to SQL: PostgreSQL writes the JSON that a serializer describes, and no Python object is made of a row.

A serializer stays the one description of a record's shape. Its fields become expressions of Django's ORM: a column, a nested
record (a subquery by its key) or nested records (an array of them); the related rows, and their order, are those that the
queryset's own reading plan prefetches. What cannot be said so is refused when it is compiled, never guessed.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, Func, JSONField, OuterRef, Prefetch, QuerySet, Subquery, TextField, Value
from django.urls import reverse
from rest_framework import serializers

from api.serializers.base import AddressField, Expressed, FigureSerializer
from api.serializers.summary import SummarySerializer
from api.statements import Slot

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


class Document(Func):
    """A JSON object of named expressions."""

    output_field = JSONField()

    def __init__(self, members: Mapping[str, Any]) -> None:
        """Name the expressions, in the order that the object shows them in."""
        self.names = list(members)
        super().__init__(*members.values())

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """Write a row of the expressions, and turn it into JSON: by far the fastest of the ways that PostgreSQL has."""
        columns, arguments = [], []
        for name, expression in zip(self.names, self.get_source_expressions(), strict=True):
            sql, more = compiler.compile(expression)
            columns.append(f"{sql} AS {connection.ops.quote_name(name)}")
            arguments += more
        return f"(SELECT row_to_json(members) FROM (SELECT {', '.join(columns)}) AS members)", arguments  # noqa: S608 – compiled by Django


def document(serializer: Any, records: QuerySet) -> Document:
    """Compile a serializer of one record, read by the plan of ``records``. Raises ``TypeError`` for a field it cannot say."""
    return Document({name: _expression(field, records) for name, field in serializer.fields.items()})


def _expression(field: Any, records: QuerySet) -> Any:
    """Turn one field into an expression on the rows of its serializer."""
    if isinstance(field, Expressed):
        return field.expression()
    if isinstance(field, FigureSerializer):  # of the same row
        return Document({name: F(str(child.source)) for name, child in field.fields.items()})
    if isinstance(field, serializers.ListSerializer):
        return _nested_records(field, records)
    if isinstance(field, serializers.BaseSerializer):
        return _nested_record(field, records)
    return _column(field)


def _column(field: Any) -> Any:
    """Turn a field without fields of its own into an expression. Raises ``TypeError``."""
    column = str(field.source)
    if isinstance(field, serializers.HyperlinkedIdentityField):
        parts = (Slot(BASE), Value(_path(str(field.view_name))), F(field.lookup_field), Value("/"))
        return Func(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
    if isinstance(field, serializers.DateTimeField):
        return Func(F(column), Value(INSTANT), function="to_char", output_field=CharField())
    if isinstance(field, AS_THEY_ARE) and column.isidentifier():
        return F(column)
    message = f"{type(field).__name__} {field.field_name} cannot be compiled to SQL; let it be Expressed."
    raise TypeError(message)


def linked(field: Any, records: QuerySet) -> QuerySet:
    """The record that a link names, for a subquery; none where there is none, or where the reader may not see it."""
    model = records.model._meta.get_field(field.source).related_model
    related = model._default_manager.all()
    if isinstance(field, SummarySerializer):
        related = related.public()
    return related.order_by().filter(pk=OuterRef(f"{field.source}_id"))


def _nested_record(field: Any, records: QuerySet) -> Subquery:
    """The record that a link names; null where there is none, or where the reader may not see it."""
    related = linked(field, records)
    return Subquery(related.values(document=document(field, related)))


def _nested_records(field: Any, records: QuerySet) -> ArraySubquery:
    """The records behind a to-many accessor that the reading plan brings, in its order; an empty array for none."""
    accessor = records.model._meta.get_field(field.source)
    related = _plan(records).get(field.source)
    if related is None:
        message = f"{records.model.__name__} is shown with {field.source}, which its reading plan does not bring."
        raise TypeError(message)
    owner = {accessor.remote_field.name: OuterRef("pk")}
    return ArraySubquery(related.filter(**owner).values(document=document(field.child, related)))


def _plan(records: QuerySet) -> dict[str, QuerySet]:
    """Read which related rows a queryset prefetches: by accessor, a queryset of them."""
    plan = {}
    for lookup in records._prefetch_related_lookups:  # type: ignore[attr-defined]  # noqa: SLF001 – no public way to ask
        each = lookup if isinstance(lookup, Prefetch) else Prefetch(lookup)
        related = records.model._meta.get_field(each.prefetch_through).related_model
        plan[each.prefetch_through] = each.queryset if each.queryset is not None else related._default_manager.all()
    return plan


def _path(view_name: str) -> str:
    """The path under which a noun's records have their addresses."""
    return reverse(view_name, args=["a"]).removesuffix("a/")
