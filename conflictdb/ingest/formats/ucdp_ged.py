"""UCDP GED: one event a row, from 1989 on. The yearly releases, the candidate events of the running year and HDX's copies."""

from bisect import bisect
from datetime import date
from math import floor

from conflictdb.ingest.formats import ucdp_releases
from conflictdb.ingest.formats.base import Format, Span, Terms
from conflictdb.ingest.formats.ucdp_parties import COLUMNS as PARTY_COLUMNS
from conflictdb.ingest.formats.ucdp_parties import Parties, PartyBook
from conflictdb.ingest.formats.ucdp_reports import COLUMNS as REPORT_COLUMNS
from conflictdb.ingest.formats.ucdp_reports import Press
from conflictdb.ingest.records import Actor, Alias, Citation, Claim, Incident, Key, Records
from conflictdb.ingest.texts import by_code, cut
from conflictdb.ingest.values import BadCell, Row, day, number_within, term, whole, wholes
from conflictdb.vocabularies import (
    ActorKind,
    AliasKind,
    ClaimKind,
    DatePrecision,
    Measure,
    PlacePrecision,
    ValueKind,
    Victims,
)

UCDP = Actor(
    key="ucdp",
    slug="ucdp",
    name="Uppsala Conflict Data Program",
    kind=ActorKind.MONITOR.value,
    aliases=(Alias("UCDP", AliasKind.ACRONYM.value, "en"),),
)

YOUNGER = frozenset({"relid", "code_status", "where_description", "gwnoa", *(c for c in PARTY_COLUMNS if "dset" in c)})
REQUIRED = frozenset(
    {
        *PARTY_COLUMNS,
        *REPORT_COLUMNS,
        *("id", "year", "active_year", "source_original", "event_clarity", "date_prec", "date_start", "date_end"),
        *("where_prec", "where_coordinates", "adm_1", "adm_2", "latitude", "longitude", "geom_wkt", "priogrid_gid"),
        *("country", "country_id", "region", "best", "high", "low"),
        *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"),
    }
    - YOUNGER
)

PLACE_PRECISIONS = by_code(PlacePrecision, "ucdp")
DATE_PRECISIONS = by_code(DatePrecision, "ucdp")
# Nights between the first and the last day, as the database allows them.
NIGHTS = {"day": 0, "days": 5, "week": 6, "month": 31, "year": 366, "longer": 10**6}
FIRST_STATES = (200, 400, 630, 700)  # the numbers at which each region but the first begins
REGIONS = ("Americas", "Europe", "Africa", "Middle East", "Asia")
YUGOSLAVIA, SERBIA, LAST_DAY_OF_YUGOSLAVIA = 345, 340, "2006-06-05"

BOUNDS = ("low", "best", "high")
FIGURES = (*BOUNDS, "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
TOLL, KILLED = ClaimKind.TOLL.value, Measure.KILLED.value
EXACT, RANGE, ABOUT = ValueKind.EXACT.value, ValueKind.RANGE.value, ValueKind.ABOUT.value
EVERYONE = Victims.EVERYONE.value
BY_UCDP = UCDP.key


class UcdpGed(Format):
    """UCDP's georeferenced events, of every layout since 19.1."""

    slug = "ucdp-ged"
    label = "UCDP Georeferenced Event Dataset"
    hint = "csv files of https://ucdp.uu.se/downloads/: GEDEvent_v…, ged…-csv.zip, candidate events; HDX's copies too"
    claimant = UCDP.key
    releases = ucdp_releases.NAMES
    required = REQUIRED

    def __init__(self) -> None:
        """Start a file."""
        self._parties = PartyBook()
        self._press = Press()
        self._unknown: list[str] | None = None

    def version_of(self, file_name: str, first: Row) -> str:
        """Read the release from the file's name: ``GEDEvent_v21_01_21_12.csv.zip`` or ``ged231-csv.zip``."""
        return ucdp_releases.release_of(file_name, first)

    def order(self, version: str) -> tuple[int, ...]:
        """Order releases by when UCDP published them."""
        return ucdp_releases.order_of(version)

    def terms(self, version: str) -> Terms:
        """Say what UCDP says of a release."""
        is_candidate = ucdp_releases.is_candidate(version)
        return Terms(
            title="UCDP Candidate Events Dataset" if is_candidate else self.label,
            publisher=UCDP.name,
            licence="CC-BY-4.0",
            citation=f"Cite UCDP: {ucdp_releases.works_of(version)}; "
            f"{f'version {version}' if version else 'the version in use'}.",
            redistributable=True,
            url="https://ucdp.uu.se/downloads/",
            description="Events of organised violence with at least one person killed, by day and place."
            + (" Candidates: published monthly, before the yearly revision." if is_candidate else ""),
        )

    def days(self, version: str) -> Span | None:
        """Tell the days that a release covers."""
        return ucdp_releases.days_of(version)

    def key(self, row: Row) -> Key:
        """Read the event's number, which stays the same across releases."""
        return f"ucdp-ged:{whole(row, 'id')}"

    def figures(self, row: Row) -> tuple[int | None, int | None, int | None]:
        """Read the row's own low, best and high number of people killed, in or out of order."""
        low, best, high = wholes(row, BOUNDS)
        return low, best, high

    def add(self, row: Row, into: Records) -> None:
        """Turn an event into an incident, its two sides, and UCDP's claims of who was killed."""
        key = self.key(row)
        parties = self._parties.of(row)
        kept, notes = parties.kept.copy(), remarks(row)
        first, last, date_precision = span_of(row, kept, notes)
        latitude, longitude = point_of(row, kept)
        place = fitting(row, "where_coordinates", 300, kept)
        admin1, admin2 = fitting(row, "adm_1", 200, kept), fitting(row, "adm_2", 200, kept)
        place_precision = term(row, "where_prec", PLACE_PRECISIONS)
        country = country_of(row, first, kept)
        killed = wholes(row, FIGURES)
        wording = fitting(row, "source_original", 500, kept)
        reports = self._press.read(row, kept)
        self._keep_others(row, kept)
        # Nothing can be refused from here on: a row is entered as a whole or not at all.
        parties.enter(into)
        into.actors.setdefault(UCDP.key, UCDP)
        citations = self._press.cite(reports, into)
        into.incidents.append(
            Incident(
                key,
                f"ucdp-ged-{key[9:]}",
                parties.kind,
                titled(parties.title, place or admin2 or admin1 or row["country"]),
                "",
                first,
                last,
                date_precision,
                country,
                admin1,
                admin2,
                place,
                latitude,
                longitude,
                place_precision,
                parties.dyad,
                cut(" ".join(notes), 500),
                kept,
                parties.participations,
                tolls(killed, parties, wording, citations),
            )
        )

    def _keep_others(self, row: Row, kept: dict[str, str]) -> None:
        """Keep the columns that have no place in the records, each only where it says more than what is usual.

        Rows with a ``relid`` are of the layouts that have a status and a description too; empty ones are kept there.
        """
        if self._unknown is None:
            self._unknown = [name for name in row if name not in REQUIRED | YOUNGER and not name.startswith("_")]
        for column in self._unknown:
            if row[column]:
                kept[column] = row[column]
        kept["country"] = row["country"]
        relid, usual_status, usual_description = row.get("relid", ""), "", ""
        if relid:
            kept["relid"] = relid
            usual_status, usual_description = "Clear", row["where_coordinates"]
        if (status := row.get("code_status", "")) != usual_status:
            kept["code_status"] = status
        if (description := row.get("where_description", "")) != usual_description:
            kept["where_description"] = description
        if row["active_year"] not in {"1", "true"}:
            kept["active_year"] = row["active_year"]
        if row["event_clarity"] not in {"1", "2"}:
            kept["event_clarity"] = row["event_clarity"]


def remarks(row: Row) -> list[str]:
    """Say what UCDP itself holds against the row."""
    notes = []
    status, clarity = row.get("code_status", ""), row["event_clarity"].removesuffix(".0")
    if status not in {"", "Clear"}:
        notes.append(f"{status}.")
    if clarity == "2":
        notes.append("UCDP aggregates several events here.")
    elif clarity != "1":
        notes.append(f"event_clarity is {clarity!r}, which UCDP does not explain.")
    return notes


def span_of(row: Row, kept: dict[str, str], notes: list[str]) -> tuple[str, str, str]:
    """Read the first and the last day and how closely they are known: as UCDP says, unless the days contradict it."""
    first = day(row, "date_start")
    last = first if row["date_end"] == row["date_start"] else day(row, "date_end")
    if last < first:
        raise BadCell(column="date_end", reason=f"{last} is before date_start, {first}.")
    if row["year"] != first[:4]:
        kept["year"] = row["year"]
    code = row["date_prec"].removesuffix(".0")
    precision = DATE_PRECISIONS.get(code, "")
    nights = (date.fromisoformat(last) - date.fromisoformat(first)).days if last != first else 0
    if precision and nights <= NIGHTS[precision]:
        return first, last, precision
    kept["date_prec"] = row["date_prec"]
    notes.append(f"date_prec {code!r} does not go with the days given; the precision is taken from them.")
    return first, last, next(wider for wider, most in NIGHTS.items() if wider != "day" and nights <= most)


def point_of(row: Row, kept: dict[str, str]) -> tuple[float, float]:
    """Read the coordinates. Their texts, the point and the grid cell are kept where the numbers do not give them back."""
    latitude, longitude = number_within(row, "latitude", 90), number_within(row, "longitude", 180)
    north, east = repr(latitude).removesuffix(".0"), repr(longitude).removesuffix(".0")
    if row["latitude"] != north:
        kept["latitude"] = row["latitude"]
    if row["longitude"] != east:
        kept["longitude"] = row["longitude"]
    if row["geom_wkt"] != f"POINT ({east} {north})":
        kept["geom_wkt"] = row["geom_wkt"]
    # PRIO-GRID: cells of half a degree, 720 in a row, the first in the south-west.
    cell = floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1
    if row["priogrid_gid"] != str(cell):
        kept["priogrid_gid"] = row["priogrid_gid"]
    return latitude, longitude


def country_of(row: Row, first: str, kept: dict[str, str]) -> Key:
    """Read the country by its Gleditsch-Ward number; UCDP carries Yugoslavia's on for Serbia."""
    number = whole(row, "country_id")
    if row["region"] != REGIONS[bisect(FIRST_STATES, number)]:
        kept["region"] = row["region"]
    if number == YUGOSLAVIA and first > LAST_DAY_OF_YUGOSLAVIA:
        kept["country_id"] = row["country_id"]
        number = SERBIA
    return f"gw:{number}"


def fitting(row: Row, column: str, limit: int, kept: dict[str, str]) -> str:
    """Read a text without blanks around it, cut to what its column holds; where that changes it, the whole is kept."""
    text = cut(row[column].strip(), limit)
    if text != row[column]:
        kept[column] = row[column]
    return text


def titled(sides: str, place: str) -> str:
    """Name an incident by who and where; a place that the sides' names hold is not said again."""
    return sides if not place or f" {place} " in f" {sides} " else cut(f"{sides}, {place}", 300)


def tolls(killed: list[int], parties: Parties, wording: str, citations: tuple[Citation, ...]) -> tuple[Claim, ...]:
    """Make UCDP's claims: how many were killed in all, and how many of each group where it counts any."""
    low, best, high, *groups = killed
    is_exact = low == best == high
    is_out_of_order = not low <= best <= high
    people = "person" if best == 1 else "people"
    span = "" if is_exact else f" (low {low}, high {high})" if is_out_of_order else f" ({low} to {high})"
    everyone = f"UCDP counts {best} {people} killed{span}."
    kind = EXACT if is_exact else RANGE
    claims = [
        Claim(
            "killed-everyone",
            TOLL,
            everyone,
            BY_UCDP,
            wording,
            KILLED,
            EVERYONE,
            kind,
            low,
            best,
            high,
            is_out_of_order,
            citations,
        )
    ]
    for number, (name, victims, one, several) in zip(groups, parties.groups, strict=True):
        if number:
            statement = f"UCDP counts {number} of those killed as {one if number == 1 else several}."
            claims.append(
                Claim(name, TOLL, statement, BY_UCDP, wording, KILLED, victims, ABOUT, best=number, citations=citations)
            )
    return tuple(claims)
