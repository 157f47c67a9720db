"""What columns of a file hold, said once for all formats; without Django, which the makers of files do without."""

from enum import StrEnum
from typing import NamedTuple


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


def is_unknown(part: Part) -> bool:
    """Whether nobody knows what a part holds, or a part of it: a list of such is no column of a type."""
    return part.kind is Kind.JSON or any(map(is_unknown, part.parts))
