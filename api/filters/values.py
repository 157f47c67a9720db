"""The types of filter values: how each is read, refused and described."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any

from django.db.models import QuerySet

from conflictdb.vocabularies import Vocabulary

LONGEST_LIST = 100
LONGEST_TEXT = 200
BLANK = r"\s\x1c-\x1f\x85"  # what Python strips; other languages' `\s` leaves out the separators of old
LATITUDES = ("south", "north", "latitude")  # what is called so lies within 90 degrees, all else within 180
MOST_HINTS = 3  # unknown slugs of one list that get hints; each costs a query


def nearest(given: str, valid: Iterable[str]) -> list[str]:
    """Choose up to three valid names that look most like what was given."""
    return get_close_matches(given.lower(), list(valid), n=3, cutoff=0.5)


class BadValue(ValueError):  # noqa: N818 – reads as what it is: a bad value
    """A value that its type refuses; ``nearest`` holds the valid values that look most like it."""

    def __init__(self, detail: str, nearest: list[str] | None = None) -> None:
        """Take a sentence for people and, where there are any, the nearest valid values."""
        self.nearest = nearest or []
        super().__init__(detail)


def flat(faults: BaseExceptionGroup[BadValue]) -> Iterator[BadValue]:
    """List the faults of a value, which may itself be a list of values with a fault each."""
    for fault in faults.exceptions:
        yield from flat(fault) if isinstance(fault, BaseExceptionGroup) else [fault]


@dataclass(frozen=True)
class ValueType:
    """A type of value: reads a text or raises `BadValue`, or a group of them; ``schema`` is its JSON Schema.

    ``parse_all`` reads several texts, where that is cheaper than reading one after the other; ``item_schema`` describes one
    of several, where that is narrower. ``verify`` raises `BadValue` for a value that only the database can refuse: such a
    value finds nothing, so it is asked when nothing was found.
    """

    parse: Callable[[str], Any]
    schema: dict[str, Any] = field(default_factory=dict)
    parse_all: Callable[[Sequence[str]], list[Any]] | None = None
    item_schema: dict[str, Any] | None = None
    verify: Callable[[Any], None] | None = None

    def listed(self) -> "ValueType":
        """The type of a comma-separated list of such values."""

        def parse(text: str) -> list[Any]:
            items = text.split(",")
            if len(items) > LONGEST_LIST:
                message = f"Holds {len(items)} values; at most {LONGEST_LIST} are allowed."
                raise BadValue(message)
            return (self.parse_all or self._each)(items)

        return ValueType(
            parse,
            {"type": "array", "items": self.item_schema or self.schema, "minItems": 1, "maxItems": LONGEST_LIST},
        )

    def _each(self, items: Sequence[str]) -> list[Any]:
        """Read one text after the other, and refuse every bad one."""
        values, faults = [], []
        for item in items:
            try:
                values.append(self.parse(item))
            except BadValue as fault:
                faults.append(fault)
        if faults:
            message = "Some values are bad."
            raise ExceptionGroup(message, faults)
        return values


def one_of(codes: Sequence[str]) -> ValueType:
    """One of a few words."""

    def parse(text: str) -> str:
        if text not in codes:
            message = f'"{text}" is none of: {", ".join(codes)}.'
            raise BadValue(message, nearest(text, codes))
        return text

    return ValueType(parse, {"type": "string", "enum": list(codes)})


def term(vocabulary: type[Vocabulary], *, without: tuple[str, ...] = ()) -> ValueType:
    """A code of a closed list, or of what is left of it."""
    codes = [code for code in vocabulary.values if code not in without]

    def parse(text: str) -> str:
        if text not in codes:
            message = f'"{text}" is not a term of the vocabulary {vocabulary.slug()}: {", ".join(codes)}.'
            raise BadValue(message, nearest(text, codes))
        return text

    return ValueType(parse, {"type": "string", "enum": codes})


def text(longest: int = LONGEST_TEXT) -> ValueType:
    """A piece of text."""

    def parse(value: str) -> str:
        if len(value) > longest:
            message = f"Longer than {longest} characters."
            raise BadValue(message)
        if not value.strip():
            message = "Is empty."
            raise BadValue(message)
        return value

    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return ValueType(
        parse,
        {**schema, "pattern": rf"^[^\x00]*[^{BLANK}\x00][^\x00]*$"},  # something to see, and no NUL
        item_schema={**schema, "pattern": rf"^[^\x00,]*[^{BLANK}\x00,][^\x00,]*$"},  # a comma would end it
    )


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


def degrees(*names: str) -> ValueType:
    """Coordinates in a fixed order, separated by commas: WGS 84 degrees, each under its name in messages.

    Where they are a box, its south is not to lie north of its north; its west may lie east of its east.
    """
    types = [number(-90, 90) if name in LATITUDES else number(-180, 180) for name in names]

    def parse(text: str) -> tuple[float, ...]:
        items = text.split(",")
        if len(items) != len(names):
            message = f"Holds {len(items)} values; {len(names)} are needed: {','.join(names)}."
            raise BadValue(message)
        values, faults = {}, []
        for name, each, item in zip(names, types, items, strict=True):
            try:
                values[name] = each.parse(item)
            except BadValue as fault:
                faults.append(BadValue(f"{name}: {fault}"))
        if faults:
            message = "Some coordinates are bad."
            raise ExceptionGroup(message, faults)
        if values.get("south", 0) > values.get("north", 0):
            message = f"Holds a south ({values['south']:g}) that lies north of its north ({values['north']:g})."
            raise BadValue(message)
        return tuple(values.values())

    item = {"type": "number", "minimum": -180, "maximum": 180}
    return ValueType(parse, {"type": "array", "items": item, "minItems": len(names), "maxItems": len(names)})


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
            # PostgreSQL reads no offset beyond 15:59, though the format knows it.
            return datetime.fromisoformat(written.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
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
    """The slug of a record that anonymous readers may see.

    One stays a slug, which the query itself looks up; several are read as primary keys.
    """

    def parse(slug: str) -> str:
        if not _is_slug(slug):
            raise unknown(slug)
        return slug

    def verify(slug: str) -> None:
        if not records().filter(slug=slug).exists():
            raise unknown(slug)

    def unknown(slug: str, *, hints: bool = True) -> BadValue:
        return BadValue(f'There is no {noun} "{slug}".', similar_slugs(records(), slug) if hints else [])

    def parse_all(slugs: Sequence[str]) -> list[int]:
        found = dict(records().filter(slug__in=filter(_is_slug, slugs)).values_list("slug", "pk"))
        missing = [slug for slug in slugs if slug not in found]
        if missing:
            message = f"Some values are no slugs of a public {noun}."
            faults = [unknown(slug, hints=place < MOST_HINTS) for place, slug in enumerate(missing)]
            raise ExceptionGroup(message, faults)
        return [found[slug] for slug in slugs]

    schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 120}
    return ValueType(parse, schema, parse_all, verify=verify)


def _is_slug(value: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9-]{1,120}", value))


def similar_slugs(records: QuerySet, value: str) -> list[str]:
    """Find slugs that begin alike, or share their first word, and look most like a value."""
    wanted = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    alike = records.filter(slug__startswith=wanted[:2]).order_by("slug").values_list("slug", flat=True)
    return nearest(wanted, alike[:2_000])
