"""Buckets of time, as SQL on the ``rows`` of a statement: which one a day lies in, what lies in several, which are empty."""

from collections.abc import Sequence
from datetime import date

from api.aggregates.dimensions import UNITS
from api.aggregates.question import MOST_ROWS
from api.statements import literal


def bucket(unit: str, day: str) -> str:
    """The first day of the bucket that a day lies in."""
    return day if unit == "day" else f"date_trunc('{unit}', {day}::timestamp)::date"


def is_spanning(unit: str) -> str:
    """Whether an incident that begins on a known day is not known to end in the bucket where it begins."""
    begun, ended = (bucket(unit, f"rows.{day}") for day in ("started_on", "ended_on"))
    return (
        "(rows.started_on IS NOT NULL AND rows.ended_on IS DISTINCT FROM rows.started_on"
        f" AND (rows.ended_on IS NULL OR {begun} <> {ended}))"
    )


def shares(unit: str) -> str:
    """The buckets that an incident's days lie in, as a lateral join: the share of its days in each."""
    begun, ended = (f"date_trunc('{unit}', rows.{day}::timestamp)" for day in ("started_on", "ended_on"))
    step = f"interval '{UNITS[unit]}'"
    days = f"least(rows.ended_on, (bucket + {step})::date - 1) - greatest(rows.started_on, bucket::date) + 1"
    return (
        "LEFT JOIN LATERAL ("
        f"SELECT bucket::date AS bucket, ({days})::numeric / (rows.ended_on - rows.started_on + 1) AS share"
        f" FROM generate_series({begun}, {ended}, {step}) AS bucket) AS spread ON true"
    )


def filled(unit: str, window: tuple[date | None, date | None], key: str, others: Sequence[str], zeros: str) -> str:
    """Rows of ``zeros`` for every bucket of the window, and between the first and last group, at each value of the others.

    No more are made than would be refused. ``zeros`` begins with the keys, in their order, under their names.
    """
    first, last = (bucket(unit, f"{literal(day)}::date") if day else "NULL" for day in window)
    beside = f"SELECT DISTINCT {', '.join(others)} FROM kept" if others else "SELECT"
    return f"""
        SELECT {zeros}
        FROM (
            SELECT generate_series(ends.first::timestamp, ends.last::timestamp, interval '{UNITS[unit]}')::date AS {key}
            FROM (SELECT least(min({key}), {first}) AS first, greatest(max({key}), {last}) AS last FROM kept) AS ends
            LIMIT {MOST_ROWS + 1}
        ) AS bucket CROSS JOIN ({beside}) AS beside
        LIMIT {MOST_ROWS + 1}
    """
