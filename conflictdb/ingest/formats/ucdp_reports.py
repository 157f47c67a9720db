"""How UCDP names the press reports behind an event: three columns split on ``;``, one column that holds all, or free text."""

from datetime import date
from hashlib import md5
from typing import NamedTuple

from conflictdb.ingest.records import Actor, Citation, Key, Records, Source
from conflictdb.ingest.texts import cut, slug_of
from conflictdb.ingest.values import Row
from conflictdb.vocabularies import ActorKind, SourceKind

COLUMNS = ("number_of_sources", "source_article", "source_office", "source_date", "source_headline")
ARTICLE = SourceKind.ARTICLE.value
LONGEST_KEY = 200
UNTITLED = "Untitled report"
NOT_COUNTED = "-1"  # number_of_sources of the rows whose reports are free text

DATASET = Source(
    slug="ucdp-ged",
    kind=SourceKind.DATASET.value,
    title="UCDP Georeferenced Event Dataset",
    publisher="ucdp",
    url="https://ucdp.uu.se/downloads/",
)


class Report(NamedTuple):
    """One press report; empty is what the row does not tell, or not as a day of the calendar."""

    office: str
    day: str
    headline: str


class Office(NamedTuple):
    """Who published reports, with the beginning of their slugs."""

    actor: Actor
    slug: str


class Press:
    """The reports of one file's rows. It remembers the offices, which are few, and not the reports."""

    def __init__(self) -> None:
        """Start with no office."""
        self._offices: dict[str, Office] = {}

    def read(self, row: Row, kept: dict[str, str]) -> list[Report]:
        """Read the reports that a row names; columns that their sources would not give back go to ``kept``."""
        dates = row["source_date"]
        if not dates:
            reports = free_texts(row)
        else:
            told = entries(row) if ";" in dates else [(row["source_office"], dates, row["source_headline"])]
            reports = [Report(one_line(name), day if is_day(day) else "", one_line(line)) for name, day, line in told]
        for column, text in zip(COLUMNS, given_back(reports), strict=True):
            if row[column] != text:
                kept[column] = row[column]
        return reports

    def cite(self, reports: list[Report], into: Records) -> tuple[Citation, ...]:
        """Cite the reports in their order, or the dataset itself where there are none."""
        if reports:
            return tuple(Citation(number, self._enter(report, into)) for number, report in enumerate(reports, 1))
        into.sources.setdefault(DATASET.slug, DATASET)
        return (Citation(1, DATASET.slug),)

    def _enter(self, report: Report, into: Records) -> Key:
        name, day, headline = report
        digest = md5("\n".join(report).encode(), usedforsecurity=False).hexdigest()
        publisher, beginning = None, "report"
        if name:
            office = self._offices.get(name) or self._office(name)
            publisher, beginning = office.actor.key, office.slug
            if publisher not in into.actors:
                into.actors[publisher] = office.actor
        slug = f"{beginning}-{day}-{digest[:10]}" if day else f"{beginning}-{digest[:16]}"
        if slug not in into.sources:
            into.sources[slug] = Source(slug, ARTICLE, cut(headline or name or UNTITLED, 500), publisher, day or None)
        return slug

    def _office(self, name: str) -> Office:
        digest = md5(name.encode(), usedforsecurity=False).hexdigest()[:10]
        key = f"ucdp-office:{name}"
        if len(key) > LONGEST_KEY:
            key = f"{key[: LONGEST_KEY - 11]}-{digest}"
        actor = Actor(key, slug_of(name, f"ucdp-office-{digest}"), cut(name, 200), ActorKind.MEDIA.value)
        office = self._offices[name] = Office(actor, slug_of(name, "report")[:60].rstrip("-"))
        return office


def entries(row: Row) -> list[tuple[str, str, str]]:
    """Split the reports of a row that dates more than one, as (office, day, headline).

    A headline may hold a ``;`` of its own: then ``source_article`` tells where it ends. Where that does not help either,
    every office keeps the whole text of the headlines, and where even the offices do not count, one report holds it all.
    """
    days, offices = row["source_date"].split(";"), row["source_office"].split(";")
    headlines = row["source_headline"].split(";")
    if len(offices) == len(headlines) == len(days):
        return list(zip(offices, days, headlines, strict=True))
    if found := from_article(row["source_article"], days):
        return found
    if len(offices) == len(days):
        return [(office, day, row["source_headline"]) for office, day in zip(offices, days, strict=True)]
    return [("", "", row["source_article"] or row["source_headline"] or row["source_office"])]


def from_article(article: str, days: list[str]) -> list[tuple[str, str, str]]:
    """Split ``"office,day,headline";"office,day,headline"`` by the days it must hold; nothing where it does not."""
    parts = article.strip().removeprefix('"').removesuffix('"').split('";"')
    found = [part.partition(f",{day},") for part, day in zip(parts, days, strict=False)]
    if len(parts) != len(days) or not all(middle for _, middle, _ in found):
        return []
    return [(office, middle[1:-1], headline) for office, middle, headline in found]


def free_texts(row: Row) -> list[Report]:
    """Split reports that are written as people liked, at every ``;`` outside quotation marks."""
    text = row["source_article"] or row["source_headline"] or row["source_office"]
    parts = [""]
    for place, piece in enumerate(text.split('"')):
        mark = '"' if place else ""
        first, *more = [piece] if place % 2 else piece.split(";")
        parts[-1] += mark + first
        parts += more
    return [Report("", "", unquoted(part)) for part in parts if part.strip()]


def unquoted(text: str) -> str:
    """A text on one line, without the quotation marks that enclose the whole of it."""
    line = one_line(text)
    return line[1:-1] if line[0] == line[-1] == '"' and line.count('"') == 2 else line  # noqa: PLR2004 - one each side


def given_back(reports: list[Report]) -> tuple[str, str, str, str, str]:
    """Write the five columns as the sources of these reports tell them."""
    if not reports:
        return NOT_COUNTED, "", "", "", ""
    if not any(report.day for report in reports):
        return NOT_COUNTED, ";".join(cut(headline, 500) for _, _, headline in reports), "", "", ""
    told = [told_again(report) for report in reports]
    if len(told) == 1:  # as of most events
        return "1", *told[0]
    articles, offices, days, headlines = map(";".join, zip(*told, strict=True))
    return str(len(told)), articles, offices, days, headlines


def told_again(report: Report) -> tuple[str, str, str, str]:
    """Write a report as its source tells it: all in one, then its office, day and headline."""
    office, day, line = cut(report.office, 200), report.day, report.headline
    headline = "" if line in {office, UNTITLED} else cut(line, 500)
    return f'"{office},{day},{headline}"', office, day, headline


def one_line(text: str) -> str:
    """A text without blanks around it and, where it has line breaks or other controls, with single blanks inside."""
    return text.strip() if text.isprintable() else " ".join(text.split())


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written ``2021-01-31``."""
    if len(text) != len("2021-01-31") or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
