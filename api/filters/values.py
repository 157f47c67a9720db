"""The types of filter values: how each is read, refused and described."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from api.parameters import nearest
from conflictdb.vocabularies import Vocabulary

LONGEST_LIST = 100


class BadValue(ValueError):  # noqa: N818 – reads as what it is: a bad value
    """A value that its type refuses; ``nearest`` holds the valid values that look most like it."""

    def __init__(self, detail: str, nearest: list[str] | None = None) -> None:
        """Take a sentence for people and, where there are any, the nearest valid values."""
        self.nearest = nearest or []
        super().__init__(detail)


@dataclass(frozen=True)
class ValueType:
    """A type of value: reads a text or raises `BadValue`; ``schema`` is its JSON Schema."""

    parse: Callable[[str], Any]
    schema: dict[str, Any] = field(default_factory=dict)

    def listed(self) -> "ValueType":
        """The type of a comma-separated list of such values."""

        def parse(text: str) -> list[Any]:
            items = text.split(",")
            if len(items) > LONGEST_LIST:
                message = f"Holds {len(items)} values; at most {LONGEST_LIST} are allowed."
                raise BadValue(message)
            return [self.parse(item) for item in items]

        return ValueType(parse, {"type": "array", "items": self.schema, "minItems": 1, "maxItems": LONGEST_LIST})


def term(vocabulary: type[Vocabulary], *, without: tuple[str, ...] = ()) -> ValueType:
    """A code of a closed list."""
    codes = [code for code in vocabulary.values if code not in without]

    def parse(text: str) -> str:
        if text not in codes:
            message = f'"{text}" is not a term of the vocabulary {vocabulary.slug()}: {", ".join(codes)}.'
            raise BadValue(message, nearest(text, codes))
        return text

    return ValueType(parse, {"type": "string", "enum": codes})


def text(longest: int = 200) -> ValueType:
    """A piece of text."""

    def parse(value: str) -> str:
        if len(value) > longest:
            message = f"Longer than {longest} characters."
            raise BadValue(message)
        if not value.strip():
            message = "Is empty."
            raise BadValue(message)
        return value

    return ValueType(parse, {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"\S"})


def whole_number(lowest: int = 0, highest: int = 2**31 - 1) -> ValueType:
    """A whole number in decimal digits."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII) or not lowest <= int(value) <= highest:
            message = f'"{value}" is not a whole number from {lowest} to {highest}.'
            raise BadValue(message)
        return int(value)

    return ValueType(parse, {"type": "integer", "minimum": lowest, "maximum": highest})


def number(lowest: float, highest: float) -> ValueType:
    """A decimal number."""

    def parse(value: str) -> float:
        try:
            result = float(value) if re.fullmatch(r"[-+0-9.eE]+", value, re.ASCII) else math.nan
        except ValueError:
            result = math.nan
        if not lowest <= result <= highest:  # not a number is not within any bounds
            message = f'"{value}" is not a number from {lowest:g} to {highest:g}.'
            raise BadValue(message)
        return result

    return ValueType(parse, {"type": "number", "minimum": lowest, "maximum": highest})


def _day(value: str) -> date:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    message = f'"{value}" is not a day of the calendar written YYYY-MM-DD.'
    raise BadValue(message)


def _instant(value: str) -> datetime:
    # An unescaped "+" of a zone arrives as a space.
    written = value.replace(" ", "+") if re.fullmatch(r"\S+ \d\d:\d\d", value, re.ASCII) else value
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", written, re.ASCII):
        try:
            return datetime.fromisoformat(written.upper())
        except ValueError:
            pass
    message = f'"{value}" is not an instant written YYYY-MM-DDThh:mm:ssZ (or with an offset such as +02:00).'
    raise BadValue(message)


def _flag(value: str) -> bool:
    if value not in {"true", "false"}:
        message = f'"{value}" is neither "true" nor "false".'
        raise BadValue(message)
    return value == "true"


DAY = ValueType(_day, {"type": "string", "format": "date"})
INSTANT = ValueType(_instant, {"type": "string", "format": "date-time"})
FLAG = ValueType(_flag, {"type": "boolean"})


def slug_of(records: Callable[[], QuerySet], noun: str) -> ValueType:
    """The slug of a record that anonymous readers may see; read as its primary key."""

    def parse(value: str) -> int:
        found = records().filter(slug=value).values_list("pk", flat=True).first() if _is_slug(value) else None
        if found is None:
            message = f'There is no {noun} "{value}".'
            raise BadValue(message, similar_slugs(records(), value))
        return int(found)

    return ValueType(parse, {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 120})


def _is_slug(value: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9-]{1,120}", value))


def similar_slugs(records: QuerySet, value: str) -> list[str]:
    """Find slugs that begin alike, or share their first word, and look most like a value."""
    wanted = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    alike = records.filter(slug__startswith=wanted[:2]).order_by("slug").values_list("slug", flat=True)
    return nearest(wanted, alike[:2_000])
