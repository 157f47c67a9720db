"""An import as a whole: a first load, the same file again, and what leaves nothing behind."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conflictdb.ingest import indexes
from conflictdb.ingest.problems import BadRows
from conflictdb.models import Actor, Claim, Conflict, Country, Dataset, Import, Incident, Participation, Source
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import (
    assert_figures_follow,
    event,
    incident,
    killed,
    load,
    structure,
    tables,
    visible,
    write,
)
from tests.conflictdb.ingest.ucdp_row import ONE_SIDED, digest
from tests.make import make_incident, make_toll

POST = f"freedonia-post-2021-03-02-{digest('Freedonia Post', '2021-03-02', 'Seven die at the mill')[:10]}"
ROWS = (event(1), event(2, **killed(3, 4, 5)), event(3, **ONE_SIDED, deaths_unknown="1", low="9", best="8", high="7"))


def test_first_load_stores_incidents(ged: Ged) -> None:
    ged("22.1", event(1))
    unasked = {"id", "created_at", "updated_at", "row_digest", "search"}
    fields = [one.name for one in Incident._meta.fields if one.name not in unasked]
    links = {"dataset": "dataset__slug", "country": "country__slug", "conflict": "conflict__slug"}
    (found,) = Incident.objects.values(*(links.get(name, name) for name in fields))
    assert found == {
        "slug": "ucdp-ged-900001",
        "external_id": "ucdp-ged:900001",
        "dataset__slug": "ucdp-ged-22-1",
        "kind": "state_based_violence",
        "title": "Government of Freedonia – Sylvanian Front, Old Mill village",
        "summary": "",
        "weapons": [],
        "started_on": date(2021, 3, 1),
        "ended_on": date(2021, 3, 1),
        "date_precision": "day",
        "country__slug": "freedonia",
        "admin1": "North province",
        "admin2": "Mill district",
        "place_name": "Old Mill village",
        "latitude": 10.25,
        "longitude": -20.5,
        "place_precision": "exact",
        "conflict__slug": "government-of-freedonia-sylvanian-front",
        "parent": None,
        "status": "published",
        "status_reason": "",
        "quality_note": "",
        "other_columns": {
            "relid": "FRE-2021-1-8002-7",
            "country": "Freedonia",
            "where_description": "by the mill",
        },
        "killed_low": 7,
        "killed_best": 7,
        "killed_high": 9,
        "killed_is_open": False,
        "killed_claims": 4,
        "injured_low": None,
        "injured_best": None,
        "injured_high": None,
        "injured_is_open": False,
        "injured_claims": 0,
        "killed_most": 9,
        "injured_most": None,
        "disputed": False,
    }
    assert list(Participation.objects.order_by("id").values_list("incident__slug", "actor__slug", "role")) == [
        ("ucdp-ged-900001", "government-of-freedonia", "side_a"),
        ("ucdp-ged-900001", "sylvanian-front", "side_b"),
    ]


def test_first_load_stores_claims_with_their_citations(ged: Ged) -> None:
    ged("22.1", event(1), released_on=date(2022, 6, 1))
    told = (
        *("slug", "statement", "victims", "value_kind", "low", "best", "high"),
        *("kind", "polarity", "measure", "status", "credibility", "stated_on", "is_out_of_order"),
        *("claimant__slug", "claimant_wording", "dataset__slug", "incident__slug", "external_id"),
    )
    same = ("toll", "asserts", "killed", "standing", "6", date(2022, 6, 1), False)
    same += ("ucdp", "police", "ucdp-ged-22-1", "ucdp-ged-900001", "")
    of = "UCDP counts {} of those killed as {}.".format
    about = ("about", None)
    begin = "ucdp-ged-900001-killed"
    assert list(Claim.objects.order_by("id").values_list(*told)) == [
        (f"{begin}-everyone", "UCDP counts 7 people killed (7 to 9).", "everyone", "range", 7, 7, 9, *same),
        (f"{begin}-side-a", of(1, "a combatant of Government of Freedonia"), "side_a", *about, 1, None, *same),
        (f"{begin}-side-b", of(4, "combatants of Sylvanian Front"), "side_b", *about, 4, None, *same),
        (f"{begin}-civilians", of(2, "civilians"), "civilians", *about, 2, None, *same),
    ]
    cited = ("number", "source__slug", "exact", "prefix", "suffix", "start", "end")
    for claim in Claim.objects.all():
        assert list(claim.citations.values_list(*cited)) == [(1, POST, "", "", "", None, None)]


def test_first_load_stores_what_rows_mention(ged: Ged, freedonia: Country) -> None:
    ged("22.1", event(1))
    release = Dataset.objects.get()
    told = ("slug", "external_id", "name", "kind", "country", "dataset")
    assert set(Actor.objects.values_list(*told)) == {
        (
            *("government-of-freedonia", "ucdp-actor:8003", "Government of Freedonia", "government"),
            *(freedonia.pk, release.pk),
        ),
        ("sylvanian-front", "ucdp-actor:8004", "Sylvanian Front", "rebel_group", None, release.pk),
        ("ucdp", "", "Uppsala Conflict Data Program", "monitor", None, release.pk),
        ("freedonia-post", "ucdp-office:Freedonia Post", "Freedonia Post", "media", None, release.pk),
    }
    (alias,) = Actor.objects.get(slug="ucdp").aliases.all()
    assert (alias.name, alias.kind, alias.language) == ("UCDP", "acronym", "en")
    told = ("slug", "external_id", "name", "kind", "parent__slug", "dataset")
    dyad = "Government of Freedonia - Sylvanian Front"
    assert set(Conflict.objects.values_list(*told)) == {
        ("freedonia-government", "ucdp-conflict:8001", "Freedonia: Government", "state_based", None, release.pk),
        (
            *("government-of-freedonia-sylvanian-front", "ucdp-dyad:8002", dyad, "state_based"),
            *("freedonia-government", release.pk),
        ),
    }
    told = ("slug", "title", "kind", "publisher__slug", "published_on", "reliability", "url", "text", "dataset")
    assert list(Source.objects.values_list(*told)) == [
        (POST, "Seven die at the mill", "article", "freedonia-post", date(2021, 3, 2), "F", "", "", release.pk)
    ]


def test_first_load_makes_figures_and_search(ged: Ged, get: Callable[..., Any]) -> None:
    ged("22.1", *ROWS)
    assert_figures_follow()
    assert [(one.killed_low, one.killed_best, one.killed_high, one.disputed) for one in map(incident, (1, 2, 3))] == [
        (7, 7, 9, False),
        (3, 4, 5, False),
        (9, 8, 7, False),
    ]
    assert len(get("incidents/?q=mill")["results"]) == 3
    for table in ("incident", "claim", "actor", "conflict", "source"):
        assert all(row["search"] for row in tables()[f"conflictdb_{table}"]), table


def test_release_and_import_are_recorded(ged: Ged, tmp_path: Path) -> None:
    report = ged("22.1", *ROWS, released_on=date(2022, 6, 1))
    release, record = Dataset.objects.get(), Import.objects.get()
    assert (release.slug, release.series, release.version) == ("ucdp-ged-22-1", "ucdp-ged", "22.1")
    assert (release.title, release.publisher) == ("UCDP Georeferenced Event Dataset", "Uppsala Conflict Data Program")
    assert (release.licence, release.redistributable, release.released_on) == ("CC-BY-4.0", True, date(2022, 6, 1))
    assert release.citation.endswith("version 22.1.")
    path = tmp_path / "GEDEvent_v22_1.csv"
    assert (record.dataset, record.format, record.file_name) == (release, "ucdp-ged", path.name)
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (record.outcome, record.problem, record.started_by) == ("loaded", "", None)
    assert record.started_at <= record.finished_at
    seconds = record.counts.pop("seconds")
    assert 0 <= seconds < 60
    sums = {"low": 19, "best": 19, "high": 21}
    assert record.counts == {
        "rows": 3,
        "bad_rows": 0,
        "incidents": {"created": 3},
        "claims": {"created": 10, "with figures out of order": 1},
        "actors": {"created": 5},
        "conflicts": {"created": 2},
        "sources": {"created": 1},
        "sums_of_file": sums,
        "sums_here": sums,
        "examples": {},
        "notes": [],
    }
    assert (report.sums_here, report.dataset) == (sums, "ucdp-ged-22-1")


def test_structure_is_as_before_whatever_happens(ged: Ged, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = []
    real = indexes.set_aside
    monkeypatch.setattr(indexes, "set_aside", lambda: (real(), dropped.append(before - structure())))
    before = structure()
    with pytest.raises(BadRows):
        ged("22.1", event(1), event(2, best="many"))
    assert structure() == before
    ged("22.1", event(1), is_dry_run=True)
    assert structure() == before
    ged("22.1", event(1))
    assert structure() == before
    assert [len(found) > 15 for found in dropped] == [True, True, True]
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


def test_same_file_again_changes_nothing(ged: Ged, tmp_path: Path) -> None:
    ged("22.1", *ROWS)
    before = tables()
    out = StringIO()
    call_command("ingest", "ucdp-ged", str(tmp_path / "GEDEvent_v22_1.csv"), stdout=out, stderr=StringIO())
    assert tables() == before
    assert out.getvalue().splitlines()[-1] == "Nothing new: the database is as it was."
    assert list(Import.objects.order_by("id").values_list("outcome", flat=True)) == ["loaded", "unchanged"]
    assert Import.objects.latest("id").counts["incidents"] == {"unchanged": 3}


@pytest.mark.parametrize("form", ["columns", "gzip", "mark", "semicolons"])
def test_same_rows_in_another_form_change_nothing(ged: Ged, tmp_path: Path, form: str) -> None:
    ged("22.1", *ROWS)
    before, seen, path = tables(), visible(), tmp_path / "GEDEvent_v22_1.csv"
    content = path.read_bytes()
    if form == "columns":
        write(path, [dict(reversed(row.items())) for row in ROWS])
    elif form == "gzip":
        path.write_bytes(gzip.compress(content))
    elif form == "mark":
        path.write_bytes(b"\xef\xbb\xbf" + content)
    else:
        write(path, list(ROWS), delimiter=";")
    report = load(path)
    assert visible() == seen
    assert report.is_unchanged
    assert not any(report.examples.values())
    after = tables()
    if form == "columns":  # the digest is made of the cells in their order
        digests = [row.pop("row_digest") for found in (before, after) for row in found["conflictdb_incident"]]
        assert len(set(digests)) == 6
    assert after == before


def test_dry_run_reports_and_keeps_nothing(ged: Ged, tmp_path: Path) -> None:
    before = tables()
    report = ged("22.1", *ROWS, is_dry_run=True)
    assert tables() == before
    assert report.counts["incidents"] == {"created": 3}
    assert list(report.lines())[-1] == "Dry run: nothing was kept."
    ged("22.1", *ROWS)
    before = tables()
    out = StringIO()
    path = write(tmp_path / "GEDEvent_v23_1.csv", [event(1, **killed(8)), event(2)])
    call_command("ingest", "ucdp-ged", str(path), "--dry-run", stdout=out, stderr=StringIO())
    assert "  incidents: 2 updated, 1 retracted\n" in out.getvalue()
    assert out.getvalue().endswith("Dry run: nothing was kept.\n")
    assert tables() == before
    assert Import.objects.count() == 1


def test_dry_run_gives_no_other_revision(ged: Ged) -> None:
    def revision() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT token FROM conflictdb_revision")
            return cursor.fetchone()

    ged("22.1", *ROWS)
    before = revision()
    ged("23.1", event(1, **killed(8)), is_dry_run=True, vanished="keep")
    assert revision() == before


def test_failed_import_is_recorded_and_told(freedonia: Country, tmp_path: Path) -> None:
    path = write(tmp_path / "GEDEvent_v22_1.csv", [event(1), event(2, best="many")])
    message = f"{path.name} was not loaded:\n  line 3, column best: 'many' is not a whole number from 0 up."
    before = tables()
    with pytest.raises(CommandError) as caught:
        call_command("ingest", "ucdp-ged", str(path), stdout=StringIO(), stderr=StringIO())
    assert str(caught.value) == message
    assert tables() == before
    record = Import.objects.get()
    assert (record.outcome, record.problem, record.dataset, record.counts) == ("failed", message, None, {})
    assert record.finished_at is not None
    assert freedonia.incidents.count() == 0


def test_without_the_right_to_quieten_the_same_is_stored(ged: Ged, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = []
    emptied = ", ".join({*tables(), "conflictdb_import"} - {"conflictdb_country"})
    for is_quiet in (True, False):
        if not is_quiet:
            monkeypatch.setattr("conflictdb.ingest.publication._quieten", lambda _: False)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {emptied} RESTART IDENTITY")
        ged("22.1", *ROWS)
        first = visible()
        ged("23.1", event(1, **killed(8)), event(3, **ONE_SIDED), event(4))
        stages.append((first, visible()))
        assert_figures_follow()
    assert stages[0] == stages[1]


def test_triggers_are_awake_after_an_import(ged: Ged) -> None:
    ged("22.1", event(1))
    make_toll(20, incident=incident(1))
    assert incident(1).killed_high == 20


def test_other_records_are_left_alone(ged: Ged) -> None:
    own = make_incident(title="Ours")
    make_toll(5, incident=own)
    before = {name: rows.copy() for name, rows in tables().items()}
    ged("22.1", *ROWS)
    ged("23.1", event(1))
    after = tables()
    for name, rows in before.items():
        assert [row for row in after[name] if row in rows] == rows, name
