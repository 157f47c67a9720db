"""One cell of our own tables: from text to what its column holds, and back. What cannot be read is refused, never guessed."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches
from math import isfinite
from typing import Any, NoReturn

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from conflictdb.ingest import values
from conflictdb.ingest.values import BadCell

Reader = Callable[[str], Any]
BOOLEANS = {"true": True, "false": False}
FEW = 12  # terms that are all named where none is near


def reader_of(field: Any) -> Reader:
    """Make the reader of a column's cells; it raises ``BadCell``.

    Texts are taken as they stand, everything else without the spaces around it. A link is read as the name of its record.
    An empty cell is an empty text or list, or null; where the column allows none of them, it is refused.
    """
    is_text = isinstance(field, models.CharField | models.TextField)
    is_verbatim = is_text and not field.choices
    convert = _converter(field)
    validators = [] if field.is_relation else field.validators

    def read(cell: str) -> Any:
        text = cell if is_verbatim else cell.strip()
        if not text:
            if not (field.null or field.blank):
                raise BadCell(field.name, "must not be empty.")
            return "" if is_text else None if field.null else field.get_default()
        try:
            value = convert(text)
            for validate in validators:
                validate(value)
        except ValidationError as error:
            raise BadCell(field.name, " ".join(error.messages)) from error
        return value

    return read


def as_cell(value: Any) -> str:
    """Write what a column holds as the cell that its reader makes the same of."""
    return WRITERS.get(type(value), str)(value)


def did_you_mean(name: str, names: Iterable[str], end: str = ".") -> str:
    """End a sentence with the names nearest to one that there is not; with ``end`` where none is near."""
    nearest = get_close_matches(name, list(names), n=3)
    return f"; did you mean {' or '.join(nearest)}?" if nearest else end


def _converter(field: Any) -> Reader:
    """Choose what makes a value of a text that is not empty, by the kind of column."""
    if field.is_relation or isinstance(field, models.CharField | models.TextField):
        return _term_of(field) if field.choices else str
    if isinstance(field, ArrayField):
        return _list_of(field)
    if isinstance(field, models.JSONField):
        return _json_of(field)
    for kind, make in CONVERTERS.items():
        if isinstance(field, kind):
            return lambda text: make(field.name, text)
    return field.to_python  # a reader that raises ValidationError


def _term_of(field: Any) -> Reader:
    """Read a code of a closed list."""
    name, terms = field.name, {value for value, _ in field.flatchoices}

    def read(text: str) -> str:
        if text not in terms:
            codes = [value for value, _ in field.flatchoices]
            rest = f", but one of {', '.join(codes)}." if len(codes) <= FEW else "."
            raise BadCell(name, f"{text!r} is none of its terms{did_you_mean(text.lower(), codes, rest)}")
        return text

    return read


def _list_of(field: Any) -> Reader:
    """Read a list, its items joined by semicolons or written as JSON."""
    item = _term_of(field.base_field) if field.base_field.choices else str

    def read(text: str) -> list[str]:
        items = _json(field.name, text) if text.startswith("[") else text.split(";")
        if not all(isinstance(one, str) for one in items):
            raise BadCell(field.name, f"{text!r} is not a list of texts.")
        try:
            return [item(one.strip()) for one in items if one.strip()]
        except BadCell as error:
            raise BadCell(field.name, error.reason) from error

    return read


def _json_of(field: Any) -> Reader:
    """Read JSON of the kind that the column holds where nothing else is given."""
    kind = type(field.get_default())

    def read(text: str) -> Any:
        value = _json(field.name, text)
        if kind is dict and not isinstance(value, dict):
            raise BadCell(field.name, "is not a JSON object.")
        return value

    return read


def _json(name: str, text: str) -> Any:
    """Read JSON, without the numbers that only Python writes."""

    def refuse(number: str) -> NoReturn:
        raise BadCell(name, f"{number} is not JSON.")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise BadCell(name, f"is not JSON: {error.msg} at character {error.colno}.") from error
    except RecursionError as error:
        raise BadCell(name, "is JSON of too many levels.") from error


def _boolean(name: str, text: str) -> bool:
    """Read true or false; spreadsheets write them in capitals."""
    if text.lower() not in BOOLEANS:
        raise BadCell(name, f"{text!r} is neither true nor false.")
    return BOOLEANS[text.lower()]


def _whole(name: str, text: str) -> int:
    """Read a whole number."""
    return values.whole({name: text}, name)


def _number(name: str, text: str) -> float:
    """Read a number."""
    try:
        number = float(text.replace("_", "x"))  # which Python would pass over
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise BadCell(name, f"{text!r} is not a number.")
    return number


def _day(name: str, text: str) -> date:
    """Read a day."""
    return date.fromisoformat(values.day({name: text}, name))


def _instant(name: str, text: str) -> datetime:
    """Read an instant in ISO 8601; UTC where it names no zone."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadCell(name, f"{text!r} is not an instant written like 2023-11-15T08:30:00Z.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    float: repr,
    list: ";".join,
    dict: lambda value: json.dumps(value, ensure_ascii=False),
    datetime: lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    date: date.isoformat,
}
# In this order: an instant's column is also a day's in Django's classes.
CONVERTERS: dict[type[models.Field], Callable[[str, str], Any]] = {
    models.BooleanField: _boolean,
    models.IntegerField: _whole,
    models.FloatField: _number,
    models.DateTimeField: _instant,
    models.DateField: _day,
}
