"""UCDP's published files through the whole import, held against a few lines that read the same files with `csv` alone.

Each file is loaded into the test database for good, not within a test's transaction, and taken out again after its tests.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from pytest_django import DjangoDbBlocker

from conflictdb.ingest import records
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.progress import Progress
from conflictdb.ingest.report import Report
from conflictdb.ingest.run import Order, ingest
from conflictdb.models import (
    Actor,
    ActorAlias,
    Citation,
    Claim,
    Conflict,
    Country,
    Import,
    Incident,
    Participation,
    Source,
)
from tests.conflictdb.ingest.test_ucdp_real import REAL, published
from tests.conflictdb.ingest.ucdp_row import as_published, rebuilt

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not beside the checkout"),
]

Row = dict[str, str]
Cuts = dict[str, tuple[Path, list[Row]]]  # by the name of the release: the file, and its rows
QUIET = Progress(StringIO(), "real")
RELEASES = {  # of files; empty where the file's name tells
    "GEDEvent_v21_01_21_12.csv.zip": "",
    "ged_syria_20160101_20191130.csv.gz": "",
    "hdx_bangladesh_ged191.csv": "",
    "ged_sample1000_v23.csv": "23.1",
}
SLOW = "ged_syria_20160101_20191130.csv.gz"  # as many rows as the first, of a layout that the others have too
FLAGGED = {"GEDEvent_v21_01_21_12.csv.zip": 2_971}  # rows whose code_status says "Check …", as UCDP's users count them
CUTS = {  # of ged_fixture_quirks.csv, in the order in which the releases came; what it calls them, and their numbers
    "HDX Ukraine (TijmenKort copy)": "19.1",
    "GED 19.1 (Bangladesh, Myanmar)": "19.1",
    "GED Syria 652.1601.1911": "652.1601.1911",
    "HDX Ukraine to 2019 (GED 20.1)": "20.1",
    "candidate 21.01.21.12": "21.01.21.12",
    "candidate 22.0.2": "22.0.2",
    "HDX Ukraine to 2021 (GED 22.1)": "22.1",
    "GED 23.1 (Central African Republic)": "23.1",
    "GED 23.1 sample of 1000": "23.1",
    "GED 24.1 (Mexico)": "24.1",
    "GED 24.1 (Myanmar)": "24.1",
}
EXCERPTS = {"GED 23.1 sample of 1000"}  # all others hold whole what they are about, for the sake of the test
DAYS = {
    "652.1601.1911": ("2016-01-01", "2019-11-30"),
    "21.01.21.12": ("2021-01-01", "2021-12-31"),
    "22.0.2": ("2022-02-01", "2022-02-28"),
}
ACTORS = "ucdp-actor-221.csv"
GROUPS = {"deaths_a": "side_a", "deaths_b": "side_b", "deaths_civilians": "civilians", "deaths_unknown": "unknown"}


@dataclass
class Loaded:
    """What was loaded, as the file has it, and what the import said of it."""

    name: str
    rows: list[Row] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def load(path: Path, layout: str = "ucdp-ged", **order: Any) -> Report:
    return ingest(Order(format=layout, path=path, **order), QUIET)


@pytest.fixture(scope="module")
def loaded(
    request: pytest.FixtureRequest,
    django_db_setup: None,  # noqa: ARG001 – needs the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Loaded]:
    """Load a file for good into empty tables, and empty them again; of no file, see to it that no other one is there."""
    if not request.param:
        yield Loaded("")
        return
    with django_db_blocker.unblock():
        try:
            call_command("loaddata", "countries", verbosity=0)
            rows = list(published(request.param))
            yield Loaded(request.param, rows, load(REAL / request.param, release=RELEASES[request.param]))
        finally:
            empty_tables()


def empty_tables() -> None:
    names = ", ".join(model._meta.db_table for model in apps.get_app_config("conflictdb").get_models())
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names} CASCADE")


@pytest.fixture
def countries(loaded: Loaded, transactional_db: None) -> None:  # noqa: ARG001 – what is stored is taken out again
    """Load nothing but countries."""
    assert not loaded.rows
    call_command("loaddata", "countries", verbosity=0)


each_file = pytest.mark.parametrize("loaded", RELEASES, indirect=True)
from_nothing = pytest.mark.parametrize("loaded", [""], indirect=True, ids=["from nothing"])


def number_of(row: Row) -> int:
    return int(float(row["id"]))


def figures_of(row: Row) -> tuple[int, ...]:
    return tuple(int(float(row[column])) for column in ("low", "best", "high"))


def is_out_of_order(row: Row) -> bool:
    low, best, high = figures_of(row)
    return low > best or best > high


def pages(client: Client, address: str) -> Iterator[dict[str, Any]]:
    """Walk a list of the API to its end."""
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        yield from page["results"]
        address = page["next"]


# --- one file ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@each_file
def test_report_and_record_of_an_import_count_what_the_file_holds(loaded: Loaded) -> None:
    rows, report = loaded.rows, loaded.report
    sums = dict(zip(("low", "best", "high"), map(sum, zip(*map(figures_of, rows), strict=True)), strict=True))
    assert (report.rows, report.bad_rows) == (len(rows), 0)
    assert report.counts["incidents"]["created"] == Incident.objects.count() == len(rows)
    assert report.sums_of_file == report.sums_here == sums
    disordered = sum(map(is_out_of_order, rows))
    assert report.counts["claims"].get("with figures out of order", 0) == disordered
    assert Claim.objects.filter(is_out_of_order=True).count() == disordered
    (record,) = Import.objects.all()
    assert (record.outcome, record.file_name, record.dataset.slug) == ("loaded", loaded.name, report.dataset)
    assert record.counts == report.as_json() | {"seconds": record.counts["seconds"]}


@pytest.mark.django_db
@each_file
def test_api_tells_every_figure_as_published(client: Client, loaded: Loaded) -> None:
    """Not the sums alone: each event's own low, best and high, and with them the sums by country and year."""
    told, sums = {}, Counter[tuple[str, str, str]]()
    address = "/api/v1/incidents/?page_size=1000&fields=external_id,started_on,country.slug,killed"
    for one in pages(client, address):
        killed = one["killed"]
        told[one["external_id"]] = tuple(killed[name] for name in ("low", "best", "high"))
        for name in ("low", "best", "high"):
            sums[one["country"]["slug"], one["started_on"][:4], name] += killed[name]
    assert told == {f"ucdp-ged:{number_of(row)}": figures_of(row) for row in loaded.rows}

    slugs = {str(number): slug for number, slug in Country.objects.values_list("gwno", "slug")}
    expected = Counter[tuple[str, str, str]]()
    for row in loaded.rows:
        for name, number in zip(("low", "best", "high"), figures_of(row), strict=True):
            expected[slugs[row["country_id"]], row["year"], name] += number
    assert sums == expected


@pytest.mark.django_db
@each_file
def test_api_counts_the_events_of_a_country_and_a_year(client: Client, loaded: Loaded) -> None:
    expected = Counter((row["country_id"], row["year"]) for row in loaded.rows)
    for (number, year), count in expected.most_common(5):
        window = f"started_on__gte={year}-01-01&started_on__lte={year}-12-31"
        answer = client.get(f"/api/v1/incidents/?country__gwno={number}&{window}&count=exact&page_size=1").json()
        assert answer["count"] == count


@pytest.mark.django_db
@each_file
def test_every_claim_is_ucdps_and_cited(loaded: Loaded) -> None:
    claims = Claim.objects.annotate(number_of_citations=Count("citations"))
    stored: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for key, victims, *rest in claims.values_list(
        "incident__external_id", "victims", "low", "best", "high", "number_of_citations", "claimant__slug", "status"
    ):
        stored[key][victims] = tuple(rest)
    for row in loaded.rows:
        told = stored[f"ucdp-ged:{number_of(row)}"]
        cited = told["everyone"][3]
        groups = {victims: int(row[column]) for column, victims in GROUPS.items() if int(row[column])}
        assert told == {
            "everyone": (*figures_of(row), cited, "ucdp", "standing"),
            **{victims: (None, number, None, cited, "ucdp", "standing") for victims, number in groups.items()},
        }
        parts = [len(row[column].split(";")) for column in ("source_office", "source_date", "source_headline")]
        assert cited >= 1
        if row["source_date"] and len(set(parts)) == 1:
            assert cited == parts[0]


@pytest.mark.django_db
@each_file
def test_both_sides_take_part(loaded: Loaded) -> None:
    stored: dict[str, dict[str, str]] = defaultdict(dict)
    for key, role, actor in Participation.objects.values_list("incident__external_id", "role", "actor__external_id"):
        stored[key][role] = actor
    assert stored == {
        f"ucdp-ged:{number_of(row)}": {
            f"side_{side}": f"ucdp-actor:{int(float(row[f'side_{side}_new_id']))}" for side in "ab"
        }
        for row in loaded.rows
    }
    names: dict[str, set[str]] = defaultdict(set)
    for row in loaded.rows:
        for side in "ab":
            names[f"ucdp-actor:{row[f'side_{side}_new_id']}"].add(row[f"side_{side}"])
    for key, name in Actor.objects.filter(external_id__in=names).values_list("external_id", "name"):
        assert any(one.strip().startswith(name.removesuffix("…")) for one in names[key])


@pytest.mark.django_db
@each_file
def test_what_ucdp_flags_is_noted(loaded: Loaded) -> None:
    notes = dict(Incident.objects.values_list("external_id", "quality_note"))
    flagged = [row for row in loaded.rows if row.get("code_status", "").startswith("Check")]
    assert len(flagged) == FLAGGED.get(loaded.name, 0)
    assert all(notes[f"ucdp-ged:{number_of(row)}"].startswith(f"{row['code_status']}.") for row in flagged)
    assert sum(note.startswith("Check") for note in notes.values()) == len(flagged)


@pytest.mark.django_db
@pytest.mark.parametrize("loaded", [name for name in RELEASES if name != SLOW], indirect=True)
def test_every_column_of_every_row_is_had_back_from_the_database(loaded: Loaded) -> None:
    stored = stored_records()
    incidents = {incident.key: incident for incident in stored.incidents}
    assert len(incidents) == len(loaded.rows)
    for row in loaded.rows:
        assert rebuilt(incidents[f"ucdp-ged:{number_of(row)}"], stored, row) == as_published(row)


def stored_records() -> records.Records:
    """Read the tables as the records that rows become, so that the way back from those serves here too."""
    found = records.Records()
    countries = {identity: f"gw:{number}" for identity, number in Country.objects.values_list("id", "gwno")}
    actors = {one.id: one for one in Actor.objects.all()}
    keys = {one.id: one.external_id or one.slug for one in actors.values()}
    for one in actors.values():
        country = countries[one.country_id] if one.country_id else None
        found.actors[keys[one.id]] = records.Actor(keys[one.id], one.slug, one.name, one.kind, country)
    for conflict in Conflict.objects.select_related("parent"):
        parent = conflict.parent and conflict.parent.external_id
        found.conflicts[conflict.external_id] = records.Conflict(
            conflict.external_id, conflict.slug, conflict.name, conflict.kind, parent
        )
    for source in Source.objects.defer("text", "search"):
        day = source.published_on and source.published_on.isoformat()
        publisher = keys[source.publisher_id] if source.publisher_id else None
        found.sources[source.slug] = records.Source(source.slug, source.kind, source.title, publisher, day, source.url)
    parts, claims = stored_parts(keys), stored_claims(keys)
    for one in Incident.objects.select_related("conflict").defer("search").order_by("id"):
        found.incidents.append(
            records.Incident(
                *(one.external_id, one.slug, one.kind, one.title, one.summary),
                *(one.started_on.isoformat(), one.ended_on.isoformat(), one.date_precision),
                *(countries[one.country_id], one.admin1, one.admin2, one.place_name, one.latitude, one.longitude),
                *(one.place_precision, one.conflict.external_id, one.quality_note, one.other_columns),
                *(tuple(parts[one.id]), tuple(claims[one.id])),
            )
        )
    return found


def stored_parts(keys: dict[int, str]) -> dict[int, list[records.Participation]]:
    found = defaultdict(list)
    for incident, actor, role in Participation.objects.order_by("id").values_list("incident_id", "actor_id", "role"):
        found[incident].append(records.Participation(keys[actor], role))
    return found


def stored_claims(keys: dict[int, str]) -> dict[int, list[records.Claim]]:
    cited = defaultdict(list)
    for claim, number, source in Citation.objects.order_by("number").values_list("claim_id", "number", "source__slug"):
        cited[claim].append(records.Citation(number, source))
    found = defaultdict(list)
    told = ("low", "best", "high", "is_out_of_order")
    for identity, incident, slug, start, claimant, *rest in Claim.objects.order_by("id").values_list(
        *("id", "incident_id", "slug", "incident__slug", "claimant_id"),
        *("kind", "statement", "claimant_wording", "measure", "victims", "value_kind", *told),
    ):
        kind, statement, *others = rest
        name = slug.removeprefix(f"{start}-")
        claim = records.Claim(name, kind, statement, keys[claimant], *others, tuple(cited[identity]))
        found[incident].append(claim)
    return found


# --- releases that overlap --------------------------------------------------------------------------------------------


@dataclass
class Told:
    """What the releases tell of one event, one after the other."""

    rows: list[Row] = field(default_factory=list)
    version: str = ""  # of the last release that holds it
    gone_since: str = ""  # the release that ought to hold it and does not


def cut_files(folder: Path) -> Cuts:
    """Split the file of cuts by release."""
    with (REAL / "ged_fixture_quirks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    cuts = {}
    for number, name in enumerate(CUTS):
        own = [
            {column: text for column, text in row.items() if column != "_release"}
            for row in rows
            if row["_release"] == name
        ]
        path = folder / f"cut-{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, own[0])
            writer.writeheader()
            writer.writerows(own)
        cuts[name] = (path, own)
    assert sum(len(own) for _, own in cuts.values()) == len(rows) == 266
    return cuts


def told_by(cuts: Cuts) -> dict[int, Told]:
    """Work out what must stand in the end, from the rows alone."""
    events: dict[int, Told] = defaultdict(Told)
    for name, (_, rows) in cuts.items():
        version = CUTS[name]
        for row in rows:
            event = events[number_of(row)]
            event.rows.append(row)
            event.version, event.gone_since = version, ""
        if name in EXCERPTS:
            continue
        days = DAYS.get(version) or ("1989-01-01", f"{1999 + int(version[:2])}-12-31")
        held, countries = {number_of(row) for row in rows}, {row["country_id"] for row in rows}
        for number, event in events.items():
            last = event.rows[-1]
            is_covered = days[0] <= last["date_start"][:10] and last["date_end"][:10] <= days[1]
            if number not in held and not event.gone_since and is_covered and last["country_id"] in countries:
                event.gone_since = version
    return events


def without_repeats(values: list[Any]) -> list[Any]:
    return values[:1] + [after for before, after in pairwise(values) if before != after]


@pytest.fixture
def cuts(countries: None, tmp_path: Path) -> Cuts:  # noqa: ARG001 – needs them
    """Load all cuts in their order, and hold their rows."""
    files = cut_files(tmp_path)
    for name, (path, rows) in files.items():
        report = load(path, release=CUTS[name], vanished="keep" if name in EXCERPTS else "")
        assert (report.rows, report.bad_rows) == (len(rows), 0)
    return files


@from_nothing
def test_an_event_of_many_releases_is_one_incident_as_the_last_tells_it(cuts: Cuts) -> None:
    events = told_by(cuts)
    assert (len(events), sum(len(event.rows) > 1 for event in events.values())) == (180, 65)
    stored = Incident.objects.values_list(
        *("external_id", "slug", "dataset__version", "status", "status_reason"),
        *("killed_low", "killed_best", "killed_high", "place_name"),
    )
    assert {row[0]: row[1:] for row in stored} == {
        f"ucdp-ged:{number}": (
            *(f"ucdp-ged-{number}", event.version, "retracted" if event.gone_since else "published"),
            f"Not in release {event.gone_since}." if event.gone_since else "",
            *figures_of(event.rows[-1]),
            event.rows[-1]["where_coordinates"].strip(),
        )
        for number, event in events.items()
    }
    assert sum(bool(event.gone_since) for event in events.values()) > 0


@from_nothing
def test_changed_figures_are_superseded_in_the_order_of_the_releases(cuts: Cuts) -> None:
    changed = 0
    for number, event in told_by(cuts).items():
        told = without_repeats([figures_of(row) for row in event.rows])
        chain = list(
            Claim.objects.filter(incident__external_id=f"ucdp-ged:{number}", victims="everyone").order_by("id")
        )
        assert [(claim.low, claim.best, claim.high) for claim in chain] == told
        assert [claim.status for claim in chain] == ["superseded"] * (len(told) - 1) + ["standing"]
        assert [claim.superseded_by_id for claim in chain] == [*(claim.id for claim in chain[1:]), None]
        assert all(claim.citations.exists() for claim in chain)
        changed += len(told) > 1
        for column, victims in GROUPS.items():
            kept = [int(row[column]) for row in event.rows]
            family = Claim.objects.filter(incident__external_id=f"ucdp-ged:{number}", victims=victims).order_by("id")
            assert [claim.best for claim in family] == [best for best in without_repeats(kept) if best]
            standing = [claim.best for claim in family if claim.status == "standing"]
            assert standing == ([kept[-1]] if kept[-1] else [])
    assert changed == 28


@from_nothing
@pytest.mark.usefixtures("countries")
def test_figures_as_published_are_still_told_after_every_release(client: Client, tmp_path: Path) -> None:
    """What readers get after each release is that release's own, for the events it holds."""
    for name, (path, rows) in cut_files(tmp_path).items():
        load(path, release=CUTS[name], vanished="keep")
        address = "/api/v1/incidents/?page_size=1000&fields=external_id,killed,dataset.version"
        told = {
            one["external_id"]: (
                *(one["killed"][which] for which in ("low", "best", "high")),
                one["dataset"]["version"],
            )
            for one in pages(client, address)
        }
        for row in rows:
            assert told[f"ucdp-ged:{number_of(row)}"] == (*figures_of(row), CUTS[name])


@from_nothing
def test_renamed_sides_keep_their_former_names(cuts: Cuts) -> None:
    names: dict[str, list[str]] = defaultdict(list)
    for _, rows in cuts.values():
        first: dict[str, str] = {}
        for row in rows:
            for side in "ab":
                first.setdefault(f"ucdp-actor:{row[f'side_{side}_new_id']}", row[f"side_{side}"].strip())
        for key, name in first.items():
            names[key].append(name)
    assert any(len(set(own)) > 1 for own in names.values())
    stored = dict(Actor.objects.filter(external_id__startswith="ucdp-actor:").values_list("external_id", "name"))
    assert stored == {key: own[-1] for key, own in names.items()}
    former = set(ActorAlias.objects.filter(kind="former").values_list("actor__external_id", "name"))
    assert former == {(key, old) for key, own in names.items() for old, new in pairwise(own) if old != new}
    for number, event in told_by(cuts).items():
        parts = Participation.objects.filter(incident__external_id=f"ucdp-ged:{number}")
        assert set(parts.values_list("role", "actor__external_id")) == {
            (f"side_{side}", f"ucdp-actor:{event.rows[-1][f'side_{side}_new_id']}") for side in "ab"
        }


@from_nothing
def test_loading_all_releases_again_changes_nothing(cuts: Cuts) -> None:
    before = contents()
    for name, (path, rows) in cuts.items():
        report = load(path, release=CUTS[name], vanished="keep" if name in EXCERPTS else "", older="add")
        assert report.is_unchanged, (name, report.counts)
        assert report.rows == len(rows)
    assert contents() == before
    assert Import.objects.filter(outcome="unchanged").count() == len(cuts)


@from_nothing
def test_excerpts_and_older_releases_are_asked_about(cuts: Cuts) -> None:
    before = contents()
    path, _ = cuts["GED 23.1 (Central African Republic)"]
    with pytest.raises(IngestError, match=re.escape("23.1 is older than 24.1, which is loaded and covers its days.")):
        load(path, release="23.1")
    path, _ = cuts["GED 23.1 sample of 1000"]
    with pytest.raises(IngestError, match=r"of the \d+ incidents that this release covers are not in the file"):
        load(path, release="25.1")
    assert contents() == before


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Read every table but that of imports."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("conflictdb").get_models():
            if model is not Import:
                keys = ", ".join(field.column for field in model._meta.pk_fields)  # type: ignore[attr-defined]  # new in Django 5.2
                cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY {keys}")  # noqa: S608 – our own tables
                found[model._meta.db_table] = cursor.fetchall()
    return found


# --- actors -----------------------------------------------------------------------------------------------------------


def listed_actors() -> dict[str, str]:
    """Read the names of UCDP's actors by their numbers."""
    with (REAL / ACTORS).open(encoding="utf-8-sig", newline="") as file:
        return {f"ucdp-actor:{row['ActorId']}": " ".join(row["NameData"].split()) for row in csv.DictReader(file)}


def stored_actors() -> dict[str, tuple[int, str]]:
    found = Actor.objects.filter(external_id__startswith="ucdp-actor:").values_list("external_id", "id", "name")
    return {key: (identity, name) for key, identity, name in found}


@from_nothing
@pytest.mark.usefixtures("countries")
@pytest.mark.parametrize("actors_first", [True, False], ids=["actors first", "events first"])
def test_events_and_the_file_of_actors_are_about_the_same_actors(*, actors_first: bool) -> None:
    name = "ged_sample1000_v23.csv"
    steps: list[Callable[[], Report]] = [
        lambda: load(REAL / ACTORS, "ucdp-actors"),
        lambda: load(REAL / name, release="23.1"),
    ]
    for step in steps if actors_first else reversed(steps):
        before = stored_actors()
        step()
        after = stored_actors()
        assert all(after[key][0] == identity for key, (identity, _) in before.items())
    listed, stored = listed_actors(), stored_actors()
    assert len(listed) == 1_725
    assert {key: stored[key][1] for key in listed} == listed
    rows = list(published(name))
    sides = {f"ucdp-actor:{row[f'side_{side}_new_id']}" for row in rows for side in "ab"}
    assert stored.keys() == listed.keys() | sides
    assert len(sides & listed.keys()) > 100
    taking_part = Participation.objects.values_list("actor__external_id", flat=True)
    assert set(taking_part) == sides
    load(REAL / ACTORS, "ucdp-actors")  # tells relations to actors that were not there before the events
    assert load(REAL / ACTORS, "ucdp-actors").is_unchanged
    assert load(REAL / name, release="23.1").is_unchanged
    assert not Source.objects.filter(publisher__external_id__startswith="ucdp-actor:").exists(), "a side is the press"
    assert not Participation.objects.filter(actor__external_id__startswith="ucdp-office:").exists()
