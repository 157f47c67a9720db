"""UCDP's releases of GED: which one a file is of, which are newer, the days that they cover, and how they are cited.

UCDP numbers a yearly release 24.1, the candidates of a month 24.0.3, those of several months 21.01.21.12, and what it
publishes of one country by the number of that country and its months: 652.1601.1911.
"""

import re
from datetime import date, timedelta

from conflictdb.ingest.formats.base import Span
from conflictdb.ingest.values import Row

NAMES = "numbered as in 24.1, 24.0.3 (a month), 21.01.21.12 (months) or 652.1601.1911 (months of a country)"
YEARLY = (
    "Sundberg and Melander (2013), “Introducing the UCDP Georeferenced Event Dataset”, Journal of Peace Research 50(4)"
)
CANDIDATE = (
    "Hegre, Croicu, Eck and Högbladh (2020), “Introducing the UCDP Candidate Events Dataset”, Research & Politics 7(3)"
)
OF_THE_YEAR = {
    19: "Pettersson, Högbladh and Öberg (2019)",
    20: "Pettersson and Öberg (2020)",
    21: "Pettersson et al. (2021)",
}
OF_A_COUNTRY = OF_THE_YEAR[21]  # as UCDP asks for Syria's
COUNTRY = r"(\d{1,3})\.(\d\d)(\d\d)\.(\d\d)(\d\d)"
FIRST_YEAR = 1989
MONTHS = 12


def release_of(file_name: str, first: Row) -> str:
    """Read the release from a file's name, and the number of a country's from the first row; empty where neither tells."""
    name = file_name.lower()
    if told := re.search(r"gedevent_v(\d\d(?:_\d+)+)", name):
        return told[1].replace("_", ".")
    if told := re.search(r"ged(\d\d)(\d)(?!\d)", name):
        return f"{told[1]}.{told[2]}"
    months = re.search(r"ged_[a-z_]+_\d\d(\d{4})01_\d\d(\d{4})\d\d(?!\d)", name)
    country = first.get("country_id", "").removesuffix(".0")
    return f"{country}.{months[1]}.{months[2]}" if months and country else ""


def order_of(version: str) -> tuple[int, ...]:
    """Order releases by their numbers; a country's comes after the yearly release of the year in which its months end."""
    if told := re.fullmatch(COUNTRY, version):
        return _year(told[4]) - 2000, 1, int(told[5])
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d\d?(\.\d\d?)+", version) else ()


def days_of(version: str) -> Span | None:
    """Tell the days that a release covers: all to the end of the year before, or months."""
    if told := re.fullmatch(r"(\d\d)\.1", version):
        return _months(FIRST_YEAR, 1, _year(told[1]) - 1, MONTHS)
    if told := re.fullmatch(r"(\d\d)\.0\.(\d+)", version):
        return _months(_year(told[1]), int(told[2]), _year(told[1]), int(told[2]))
    if told := re.fullmatch(r"(\d\d)\.01\.\1\.(\d+)", version):
        return _months(_year(told[1]), 1, _year(told[1]), int(told[2]))
    if told := re.fullmatch(COUNTRY, version):
        return _months(_year(told[2]), int(told[3]), _year(told[4]), int(told[5]))
    return None


def is_candidate(version: str) -> bool:
    """Whether a release holds candidate events, published before the yearly revision."""
    return version.count(".") > 1 and not re.fullmatch(COUNTRY, version)


def works_of(version: str) -> str:
    """Name what UCDP asks to cite for a release."""
    if is_candidate(version):
        return CANDIDATE
    if re.fullmatch(COUNTRY, version):
        return f"{OF_A_COUNTRY}; {YEARLY}"
    year = version.split(".", maxsplit=1)[0]
    if not year.isdigit():
        return f"Davies, Pettersson and Öberg for the yearly release in use; {YEARLY}"
    return f"{OF_THE_YEAR.get(int(year), f'Davies, Pettersson and Öberg (20{year})')}; {YEARLY}"


def _year(digits: str) -> int:
    """Give the year of its last two digits."""
    year = 2000 + int(digits)
    return year if year < FIRST_YEAR + 100 else year - 100


def _months(year: int, month: int, last_year: int, last_month: int) -> Span | None:
    """Give the days from one month to another, both included; None where either is no month."""
    if not (1 <= month <= MONTHS and 1 <= last_month <= MONTHS):
        return None
    after = date(last_year + last_month // MONTHS, last_month % MONTHS + 1, 1)
    return date(year, month, 1), after - timedelta(days=1)
