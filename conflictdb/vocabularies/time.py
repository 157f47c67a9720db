"""Closed lists about when things happened."""

from conflictdb.vocabularies.base import Vocabulary, term


class DatePrecision(Vocabulary):
    """How closely the days of an incident are known, from the finest to none."""

    DAY = term(
        "day", "Day", "The day is known; the first and the last day are the same.", ucdp="1", acled="1", edtf="day"
    )
    DAYS = term("days", "2 to 6 days", "Within two to six known days.", ucdp="2", acled="2", edtf="interval")
    WEEK = term("week", "Week", "Within a known week.", ucdp="3", acled="2", edtf="interval")
    MONTH = term(
        "month", "Month", "Within eight to 31 known days, or a known month.", ucdp="4", acled="3", edtf="month"
    )
    YEAR = term("year", "Year", "Within more than a month, up to a year.", ucdp="5", edtf="year")
    LONGER = term("longer", "Longer than a year", "Between two known days that lie more than a year apart.")
    UNKNOWN = term(
        "unknown",
        "Unknown",
        "No source that was read bounds it on both sides: the first day, the last day or both are null.",
    )
