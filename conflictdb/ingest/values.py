"""Reading the cells of a row. What cannot be read is refused by column, never guessed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Row = Mapping[str, str]
SHOWN = 40  # characters of a number that is none
LONGEST = 18  # digits that any number's column holds


class BadCell(ValueError):  # noqa: N818 – named for what it is about
    """A cell that cannot be read: which column, and what is wrong with it."""

    def __init__(self, column: str, reason: str) -> None:
        """Name the column and say what is wrong with what stands in it."""
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason


def whole(row: Row, column: str) -> int:
    """Read a whole number from zero up, written as an integer or as a float without a fraction (``3.0``)."""
    text = row[column]
    if text.isascii() and text.isdigit() and len(text) <= LONGEST:
        return int(text)
    before, _, after = text.partition(".")
    if before.isascii() and before.isdigit() and len(before) <= LONGEST and after and not after.strip("0"):
        return int(before)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    raise BadCell(column, f"{shown!r} is not a whole number from 0 up.")


def wholes(row: Row, columns: Sequence[str]) -> list[int]:
    """Read whole numbers from zero up; together where they are short, in a third of the time."""
    cells = [row[column] for column in columns]
    text = "".join(cells)
    if len(text) <= LONGEST and text.isascii() and text.isdigit() and all(cells):
        return list(map(int, cells))
    return [whole(row, column) for column in columns]


def identifier(row: Row, column: str) -> str:
    """Read a number that names something; empty where none is given."""
    text = row.get(column, "").strip()
    return str(whole({column: text}, column)) if text else ""


def number_within(row: Row, column: str, limit: float) -> float:
    """Read a number between ``-limit`` and ``limit``, both included."""
    try:
        number = float(row[column])
    except ValueError:
        number = float("nan")
    if -limit <= number <= limit:
        return number
    raise BadCell(column, f"{row[column]!r} is not a number from {-limit:g} to {limit:g}.")


def day(row: Row, column: str) -> str:
    """Read a day, with or without a time of midnight behind it (``2021-01-01 00:00:00.000``), as ``2021-01-01``."""
    text = row[column].strip()
    first, rest = text[:10], text[10:]
    try:
        is_day = date.fromisoformat(first).isoformat() == first  # not one by the number of its week
    except ValueError:
        is_day = False
    if not is_day:
        raise BadCell(column, f"{text!r} is not a day of the calendar written YYYY-MM-DD.")
    if rest.strip("T 0:.Z"):
        raise BadCell(column, f"{text!r} has a time of the day that is not midnight.")
    return first


def term(row: Row, column: str, terms: Mapping[str, Any]) -> Any:
    """Read a code of a closed list, numeric ones also as floats (``1.0``)."""
    text = row[column].strip().removesuffix(".0")
    try:
        return terms[text]
    except KeyError:
        raise BadCell(column, f"{row[column]!r} is none of: {', '.join(filter(None, terms))}.") from None


def filled(row: Row, column: str) -> str:
    """Read a text that must not be empty, without blanks around it."""
    if text := row[column].strip():
        return text
    raise BadCell(column, "it is empty.")
