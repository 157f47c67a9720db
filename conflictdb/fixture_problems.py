"""Why a record of a fixture cannot be read or stored, in words that name the field or the rule."""

import inspect
import re
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.core.serializers.base import (
    DeserializationError,
    DeserializedObject,
    M2MDeserializationError,
    deserialize_fk_value,
    deserialize_m2m_values,
)
from django.db import DatabaseError, models

# What a broken record makes Django and psycopg raise, besides errors of the loader itself.
MISTAKES = (
    AttributeError,
    DatabaseError,
    DeserializationError,
    FieldDoesNotExist,
    LookupError,
    ObjectDoesNotExist,
    TypeError,
    ValidationError,
    ValueError,
)


def reading_problems(model: type[models.Model], fields: dict[str, Any], using: str) -> list[str]:
    """Tell what is wrong with the fields of a record, one by one."""
    return [
        f"{name}: {problem}" for name, value in fields.items() if (problem := field_problem(model, name, value, using))
    ]


def field_problem(model: type[models.Model], name: str, value: Any, using: str) -> str:
    """Tell what is wrong with one field; empty if nothing is."""
    columns: dict[str, Any] = {one.name: one for one in (*model._meta.fields, *model._meta.many_to_many)}
    if name not in columns:
        nearest = get_close_matches(name, columns, n=3)
        return "no such field" + (f"; did you mean {' or '.join(nearest)}?" if nearest else ".")
    field = columns[name]
    try:
        if isinstance(field, models.ManyToManyField):
            deserialize_m2m_values(field, value, using, handle_forward_references=False)
        elif isinstance(field, models.ForeignKey):
            deserialize_fk_value(field, value, using, handle_forward_references=False)
        else:
            field.to_python(value)
    except M2MDeserializationError as error:
        return link_problem(field, error.pk, error.original_exc)
    except MISTAKES as error:
        return link_problem(field, value, error) if field.is_relation else words_of(error)
    return ""


def link_problem(field: Any, value: Any, error: Exception) -> str:
    """Tell why a link to another record leads nowhere."""
    model = field.related_model
    label = model._meta.label_lower
    if isinstance(error, ObjectDoesNotExist):
        return f"no {label} is named {' / '.join(map(str, value))}."
    if names := natural_key_of(model):
        return f"a {label} is named by a list, [{', '.join(names)}], not by {value!r}."
    return words_of(error)


def saving_problems(record: DeserializedObject, error: Exception) -> list[str]:
    """Tell why the database refused a record."""
    model = type(record.object)
    diagnosis = diagnosis_of(error)
    name, column = diagnosis.get("constraint_name", ""), diagnosis.get("column_name", "")
    options = [model._meta, *(parent._meta for parent in model._meta.get_parent_list())]
    for constraint in (constraint for option in options for constraint in option.constraints):
        if constraint.name == name:
            return [str(constraint.get_violation_error_message())]
    for field, value in (record.deferred_fields or {}).items():
        if field.column == column and isinstance(field, models.ForeignKey):
            return [f"{field.name}: {link_problem(field, value, ObjectDoesNotExist())}"]
    for field in own_columns(record.object):
        if field.column == column and getattr(record.object, field.attname) is None:
            return [f"{field.name}: must be given."]
    if found := [
        f"{f.name}: {problem}" for f in own_columns(record.object) if (problem := value_problem(f, record.object))
    ]:
        return found
    message = " ".join(
        filter(None, (diagnosis.get(part) for part in ("message_primary", "message_detail", "message_hint")))
    )
    return [message or words_of(error)]


def value_problem(field: models.Field, instance: models.Model) -> str:
    """Tell why a column cannot hold a value, where the database itself does not say which column it was."""
    value = getattr(instance, field.attname)
    if isinstance(value, str) and "\x00" in value:
        return "holds a NUL character."
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "holds half of a surrogate pair."
    try:
        field.run_validators(value)
    except ValidationError as error:
        return words_of(error)
    return ""


def diagnosis_of(error: BaseException) -> dict[str, str]:
    """Give what PostgreSQL itself says about an error, by part; empty if it says nothing."""
    diagnosis = getattr(error.__cause__, "diag", None)
    parts = ("constraint_name", "column_name", "table_name", "message_primary", "message_detail", "message_hint")
    return {part: getattr(diagnosis, part, None) or "" for part in parts} if diagnosis else {}


def key_in(detail: str) -> tuple[str, str]:
    """Find the column and value that PostgreSQL names in an error's detail."""
    found = re.search(r"\((.+?)\)=\((.*?)\)", detail)
    return (found[1], found[2]) if found else ("", "")


def words_of(error: Exception) -> str:
    """Give an error's own words."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error) or type(error).__name__


def natural_key_of(model: type[models.Model]) -> list[str]:
    """List the parts of a model's natural key; empty if it has none."""
    find = getattr(model._meta.default_manager, "get_by_natural_key", None)
    return list(inspect.signature(find).parameters) if find and hasattr(model, "natural_key") else []


def own_columns(instance: models.Model) -> list[Any]:
    """List the columns of an instance's own table that a fixture may decide."""
    model: Any = instance._meta.concrete_model
    return [field for field in model._meta.local_concrete_fields if not field.primary_key and not field.generated]


def column_of_link(model: type[models.Model], name: str) -> str:
    """Give the column of a foreign key; empty for any other field."""
    links = {field.name: field.column or "" for field in model._meta.fields if isinstance(field, models.ForeignKey)}
    return links.get(name, "")
