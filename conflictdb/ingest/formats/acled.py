"""ACLED: one event a row, in the layouts that its exports have had.

ACLED does not say who began: its two actors are side a and side b, an order of naming. The actors that it calls
associated carry no code of their kind: it is read off the name where the name tells it, and else is "other".
Whoever has a code anywhere in the file keeps it.

Its one figure is the lowest that it found reported, and a 0 stands for nobody as well as for not known.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import md5

from django.utils.text import slugify

from conflictdb.ingest.formats.base import Format, Span, Terms
from conflictdb.ingest.records import Actor, Alias, Citation, Claim, Incident, Key, Participation, Records, Source
from conflictdb.ingest.texts import cut, slug_of
from conflictdb.ingest.values import BadCell, Row, day, filled, number_within, term, whole
from conflictdb.vocabularies import (
    ActorKind,
    AliasKind,
    ClaimKind,
    DatePrecision,
    IncidentKind,
    Measure,
    PlacePrecision,
    Role,
    SourceKind,
    ValueKind,
    Victims,
)

ACLED = Actor(
    key="acled",
    slug="acled",
    name="Armed Conflict Location & Event Data",
    kind=ActorKind.MONITOR.value,
    aliases=(Alias("ACLED", AliasKind.ACRONYM.value, "en"),),
)

INCIDENT_KINDS = {name.lower(): kind.value for kind in IncidentKind for name in kind.term.crosswalk.get("acled", ())}
# Of two terms with one code the first has it: an army abroad (8) is state forces, an armed group (3) a militia.
ACTOR_KINDS = {code: kind.value for kind in reversed(ActorKind) for code in kind.term.crosswalk.get("acled", ())}
ROLES = {column: role.value for role in Role for column in role.term.crosswalk.get("acled", ())}
# A code of a precision has counterparts in two terms; these are ours.
DATE_PRECISIONS = {"1": DatePrecision.DAY, "2": DatePrecision.WEEK, "3": DatePrecision.MONTH}
PLACE_PRECISIONS = {"1": PlacePrecision.EXACT, "2": PlacePrecision.NEAR, "3": PlacePrecision.PROVINCE}

INTER_CODES = {  # what stands for a code in inter1 and inter2, in newer and in older exports
    "state forces": "1",
    "rebel group": "2",
    "rebel forces": "2",
    "political militia": "3",
    "militia groups": "3",
    "identity militia": "4",
    "communal/identity groups": "4",
    "rioters": "5",
    "protesters": "6",
    "civilians": "7",
    "external/other forces": "8",
    "foreign/others": "8",
}
TELLING_NAMES = {  # how names begin that tell the kind
    "Unidentified ": ActorKind.UNIDENTIFIED,
    "Military Forces of ": ActorKind.STATE_FORCES,
    "Police Forces of ": ActorKind.STATE_FORCES,
    "Government of ": ActorKind.GOVERNMENT,
    "Civilians": ActorKind.CIVILIANS,
    "Protesters": ActorKind.CIVILIANS,
    "Rioters": ActorKind.CIVILIANS,
}

LONGEST_KEY = LONGEST_NAME = 200
MIDDLE_OF_WEEK = timedelta(days=3)  # from the first day and from the last
GIVEN_BACK = frozenset(  # columns that the incident, its participants and its claim hold
    {
        *("event_id_cnty", "event_date", "year", "time_precision", "actor1", "actor2", "iso3", "country", "admin1"),
        *("admin2", "location", "latitude", "longitude", "geo_precision", "source", "fatalities"),
    }
)


class Acled(Format):
    """ACLED's events, as its export tool and its API write them."""

    slug = "acled"
    label = "ACLED"
    hint = "csv files of ACLED's export tool or API, with an account at https://acleddata.com/"
    claimant = ACLED.key
    releases = "named by the day of the export, as in 2024-06-01"
    required = frozenset(
        {
            *("event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "actor2"),
            *("country", "location", "latitude", "longitude", "geo_precision", "source", "fatalities"),
        }
    )

    def __init__(self) -> None:
        """Start a file, of which no release is known and no actor."""
        self._release = ""
        self._kinds: dict[Key, str] = {}

    def columns(self, header: list[str]) -> list[str]:
        """Name the columns as ACLED does today; old exports have capitals."""
        return [name.strip().lower() for name in header]

    def version_of(self, file_name: str, first: Row) -> str:  # noqa: ARG002 - a row tells when it changed, not when it left
        """Read the day of the export from the file's name; of two days there, which are a span of events, neither."""
        found = re.findall(r"(?<!\d)(\d{4})[-_]?(\d\d)[-_]?(\d\d)(?!\d)", file_name)
        try:
            return date(*map(int, found[0])).isoformat() if len(found) == 1 else ""
        except ValueError:
            return ""

    def order(self, version: str) -> tuple[int, ...]:
        """Order exports by their days."""
        try:
            return date.fromisoformat(version).timetuple()[:3]
        except ValueError:
            return ()

    def terms(self, version: str) -> Terms:
        """Say what ACLED says of its data; the release is remembered, for no row tells it."""
        self._release = version
        return Terms(
            title="Armed Conflict Location & Event Data (ACLED)",
            publisher=ACLED.name,
            licence="https://acleddata.com/eula",
            citation=f"{ACLED.name} (ACLED), acleddata.com{version and f', export of {version}'}.",
            redistributable=False,
            url="https://acleddata.com/",
            description="Political violence, demonstrations and strategic developments, by day and place.",
        )

    def days(self, version: str) -> Span | None:  # noqa: ARG002 - whoever exports chooses the days
        """Tell no days: an export holds those that were asked for."""
        return None

    def released_on(self, version: str) -> date | None:
        """Read the day of the export, which is its name."""
        return date.fromisoformat(version)

    def key(self, row: Row) -> Key:
        """Read the event's identifier, which stays the same when the event is revised."""
        return f"acled:{filled(row, 'event_id_cnty')}"

    def figures(self, row: Row) -> tuple[int | None, int | None, int | None]:
        """Read the lowest number reported killed; a 0 is no number."""
        return (whole(row, "fatalities") or None, None, None)

    def add(self, row: Row, into: Records) -> None:
        """Turn an event into an incident, its participants, and ACLED's claim of how many were killed."""
        key = self.key(row)
        first, last, date_precision = _days(row)
        latitude, longitude = _point(row)
        slug = f"acled-{slugify(key.removeprefix('acled:').replace('_', '-'))}"
        incident = Incident(
            key=key,
            slug=slug,
            kind=_kind(row),
            title=_title(row),
            summary="",
            started_on=first.isoformat(),
            ended_on=last.isoformat(),
            date_precision=date_precision,
            country=_country(row),
            admin1=cut(_text(row, "admin1"), LONGEST_NAME),
            admin2=cut(_text(row, "admin2"), LONGEST_NAME),
            place_name=cut(_text(row, "location"), LONGEST_NAME),
            latitude=latitude,
            longitude=longitude,
            place_precision=term(row, "geo_precision", PLACE_PRECISIONS).value,
            conflict=None,
            quality_note="",
            other_columns=_others(row, date_precision),
            participations=self._participations(row, into),
            claims=(self._claim(row, into),),
        )
        into.incidents.append(incident)

    def notes(self) -> Iterator[str]:
        """Say what ACLED's terms and its zeros mean here."""
        yield "ACLED's terms forbid passing its rows on: anonymous readers see none of these records."
        yield "Fatalities 0 stands for nobody as well as for not known: such events carry a claim without a figure."

    def _participations(self, row: Row, into: Records) -> tuple[Participation, ...]:
        """Read who took part, each once in a role."""
        coded = {"actor1": _coded_kind(row, "inter1"), "actor2": _coded_kind(row, "inter2")}
        found = [
            Participation(self._actor(name, coded.get(column, ""), into), role)
            for column, role in ROLES.items()
            for name in (_listed(row, column) if column not in coded else filter(None, [_text(row, column)]))
        ]
        return tuple(dict.fromkeys(found))

    def _actor(self, name: str, coded: str, into: Records) -> Key:
        """Mention an actor; the first code that the file gives it stands."""
        key = _key("acled-actor", name)
        if coded:
            self._kinds.setdefault(key, coded)
        told = next((kind.value for start, kind in TELLING_NAMES.items() if name.startswith(start)), None)
        kind = told if told == ActorKind.UNIDENTIFIED else self._kinds.get(key) or told or ActorKind.OTHER.value
        into.actors[key] = Actor(key, slug_of(name, f"acled-actor-{_digest(name)}"), cut(name, LONGEST_NAME), kind)
        return key

    def _claim(self, row: Row, into: Records) -> Claim:
        """State the lowest number that ACLED found reported, or that it found none."""
        into.actors.setdefault(ACLED.key, ACLED)
        killed = whole(row, "fatalities")
        sources = [_source(name, into) for name in _listed(row, "source")] or [self._export(into)]
        return Claim(
            name="killed-lowest-reported",
            kind=ClaimKind.TOLL.value,
            statement=f"The lowest number of people killed that ACLED found reported is {killed}."
            if killed
            else "ACLED found nobody reported killed.",
            claimant=ACLED.key,
            measure=Measure.KILLED.value,
            victims=Victims.EVERYONE.value,
            value_kind=(ValueKind.LOWEST_REPORTED if killed else ValueKind.NONE_REPORTED).value,
            low=killed or None,
            citations=tuple(Citation(number, source) for number, source in enumerate(dict.fromkeys(sources), 1)),
        )

    def _export(self, into: Records) -> Key:
        """Name the export itself, for the rows that name no source."""
        slug = f"acled-{slugify(self._release) or 'export'}"
        title = f"ACLED, export of {self._release}" if self._release else "ACLED export"
        into.sources[slug] = Source(slug, SourceKind.DATASET.value, title, ACLED.key)
        return slug


def _text(row: Row, column: str) -> str:
    """Read a text with its white space evened; empty where the layout lacks the column."""
    return " ".join(row.get(column, "").split())


def _listed(row: Row, column: str) -> list[str]:
    """Read the names of a ``;`` list."""
    return [name for part in _text(row, column).split(";") if (name := part.strip())]


def _digest(text: str) -> str:
    """Make eight letters and digits of a text, the same ones every time."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()[:8]


def _key(series: str, name: str) -> Key:
    """Make a key of a name; one too long for its column is cut and told apart by what it was made of."""
    key = f"{series}:{name}"
    return key if len(key) <= LONGEST_KEY else f"{key[: LONGEST_KEY - 9]}-{_digest(name)}"


def _kind(row: Row) -> str:
    """Tell what happened by the sub-event type, else by the event type."""
    finer, coarser = "sub_event_type", "event_type"
    for column in (finer, coarser):
        if kind := INCIDENT_KINDS.get(_text(row, column).lower()):
            return kind
    raise BadCell(finer, f"neither {row[finer]!r} nor its event type {row[coarser]!r} is a type that is known here.")


def _title(row: Row) -> str:
    """Name the event in a line: what, who, where."""
    what = _text(row, "sub_event_type") or _text(row, "event_type")
    who = " – ".join(filter(None, (_text(row, "actor1"), _text(row, "actor2"))))
    return cut(", ".join(filter(None, (f"{what}: {who}" if who else what, _text(row, "location")))), 300)


def _days(row: Row) -> tuple[date, date, str]:
    """Read the first and the last day on which it may have happened, and how closely they are known."""
    precision = term(row, "time_precision", DATE_PRECISIONS)
    on = _event_date(row)
    if precision == DatePrecision.WEEK:  # the day given is the middle of it
        return on - MIDDLE_OF_WEEK, on + MIDDLE_OF_WEEK, precision.value
    if precision == DatePrecision.MONTH:
        first = on.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), precision.value
    return on, on, precision.value


def _event_date(row: Row) -> date:
    """Read the day, written 2021-01-31 or, in older exports, 31 January 2021."""
    try:
        return datetime.strptime(_text(row, "event_date"), "%d %B %Y").replace(tzinfo=UTC).date()
    except ValueError:
        return date.fromisoformat(day(row, "event_date"))


def _point(row: Row) -> tuple[float | None, float | None]:
    """Read the coordinates, both or none."""
    if not (_text(row, "latitude") or _text(row, "longitude")):
        return None, None
    return number_within(row, "latitude", 90), number_within(row, "longitude", 180)


def _country(row: Row) -> Key | None:
    """Name the country by its code where an older export gives it; codes from X on are not ISO's (XKX, Kosovo)."""
    code, name = _text(row, "iso3").upper(), _text(row, "country")
    if code and not code.startswith("X"):
        return f"iso3:{code}"
    return f"name:{name}" if name else None


def _coded_kind(row: Row, column: str) -> str:
    """Read an actor's kind from its code or the code's name; empty where there is none."""
    text = _text(row, column)
    code = INTER_CODES.get(re.sub(r" ?/ ?", "/", text.lower()), text).removesuffix(".0")
    return term({column: code}, column, ACTOR_KINDS) if code not in ("", "0") else ""


def _others(row: Row, date_precision: str) -> dict[str, str]:
    """Keep what the records do not give back as it stands: other columns, the day that stands for a month, cut names."""
    kept = GIVEN_BACK - ({"event_date"} if date_precision == DatePrecision.MONTH else set())
    return {
        column: text
        for column, text in row.items()
        if text.strip() and (column not in kept or (len(text) > LONGEST_NAME and column != "source"))
    }


def _source(name: str, into: Records) -> Key:
    """Mention a source, of which ACLED gives only the name, and whoever it is as its publisher."""
    digest = _digest(name)
    publisher = _key("acled-source", name)
    slug = "-".join(filter(None, ("acled-source", slugify(name.replace("_", "-"))[:60].strip("-"), digest)))
    wished = slug_of(name, f"acled-source-{digest}")
    into.actors.setdefault(publisher, Actor(publisher, wished, cut(name, LONGEST_NAME), ActorKind.MEDIA.value))
    into.sources.setdefault(slug, Source(slug, SourceKind.OTHER.value, cut(name, 500), publisher))
    return slug
