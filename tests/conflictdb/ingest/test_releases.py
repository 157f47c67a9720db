"""Releases beside each other: older ones, excerpts, the candidates of a month, and what other series hold."""

from pathlib import Path
from typing import Any

import pytest

from conflictdb.ingest.files import BadFile
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.report import Report
from conflictdb.models import Actor, Conflict, Incident
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import (
    assert_figures_follow,
    claims,
    event,
    incident,
    killed,
    load,
    tables,
    write,
)
from tests.conflictdb.ingest.test_acled import ROW as ACLED

OLDER = (
    "22.1 is older than 24.1, which is loaded and covers its days. --older=add takes in what newer releases do not hold and "
    "leaves the rest alone; --older=overwrite puts this release in their place."
)


def on(day: str) -> dict[str, str]:
    """Give the day of an event."""
    return {"date_start": day, "date_end": day, "year": day[:4], "source_date": ""}


def statuses() -> dict[str, str]:
    """Tell the status of every incident by the end of its number."""
    return {slug[-1]: status for slug, status in Incident.objects.order_by("slug").values_list("slug", "status")}


def test_older_release_is_refused(ged: Ged) -> None:
    ged("23.1", event(1))
    ged("24.1", event(1, **killed(8)))
    before = tables()
    with pytest.raises(IngestError) as caught:
        ged("22.1", event(1), event(2))
    assert str(caught.value) == OLDER
    assert tables() == before


def test_older_release_adds_what_newer_ones_do_not_hold(ged: Ged) -> None:
    ged("23.1", event(1), event(3))
    ged("24.1", event(1, **killed(8)))
    assert statuses() == {"1": "published", "3": "retracted"}
    before = tables()
    report = ged("22.1", event(1, **killed(5)), event(2, **killed(4)), event(3, **killed(3)), older="add")
    after = tables()
    for name in ("conflictdb_incident", "conflictdb_claim", "conflictdb_citation", "conflictdb_participation"):
        assert after[name][: len(before[name])] == before[name]
    assert statuses() == {"1": "published", "2": "published", "3": "retracted"}
    assert claims(2) == [("killed-everyone", (4, 4, 4), "standing", "22.1", None)]
    assert report.counts["incidents"] == {"created": 1, "left as a newer release tells them": 2}
    assert_figures_follow()


def test_older_release_that_adds_leaves_newer_names(ged: Ged) -> None:
    ged("24.1", event(1, side_b="Sylvanian Army", conflict_name="Freedonia: All", dyad_name="Freedonia - Army"))
    before = tables()
    ged("22.1", event(1), event(2), older="add")
    after = tables()
    for name in ("conflictdb_actor", "conflictdb_actoralias", "conflictdb_conflict"):
        assert after[name] == before[name]
    ged("22.1", event(1), event(2), older="overwrite")
    assert Actor.objects.get(external_id="ucdp-actor:8004").name == "Sylvanian Front"
    assert Conflict.objects.get(external_id="ucdp-conflict:8001").name == "Freedonia: Government"


def test_older_release_overwrites(ged: Ged) -> None:
    ged("22.1", event(1, **killed(5)), event(2, **killed(4)))
    ged("24.1", event(1, **killed(8)), event(3))
    ged("22.1", event(1, **killed(5)), event(2, **killed(4)), older="overwrite")
    assert claims(1) == [
        ("killed-everyone", (5, 5, 5), "superseded", "22.1", "killed-everyone-2"),
        ("killed-everyone-2", (8, 8, 8), "superseded", "24.1", "killed-everyone-3"),
        ("killed-everyone-3", (5, 5, 5), "standing", "22.1", None),
    ]
    assert (incident(1).dataset.version, incident(1).killed_best) == ("22.1", 5)
    assert statuses() == {"1": "published", "2": "published", "3": "published"}
    assert incident(3).dataset.version == "24.1"
    assert_figures_follow()


@pytest.mark.parametrize(("there", "gone", "is_refused"), [(20, 10, False), (20, 11, True), (33, 11, False)])
def test_excerpt_is_refused(ged: Ged, there: int, gone: int, *, is_refused: bool) -> None:
    rows = [event(number) for number in range(there)]
    ged("22.1", *rows)
    before = tables()
    if not is_refused:
        assert ged("23.1", *rows[gone:]).counts["incidents"]["retracted"] == gone
        return
    with pytest.raises(IngestError) as caught:
        ged("23.1", *rows[gone:])
    assert str(caught.value) == (
        "11 of the 20 incidents that this release covers are not in the file. If it is an excerpt, or rejected "
        "rows repaired, --vanished=keep leaves "
        "them as they are; if they are really gone, --vanished=retract retracts them."
    )
    assert tables() == before


def test_vanished_incidents_are_kept_or_retracted_as_told(ged: Ged) -> None:
    rows = [event(number) for number in range(9)]
    ged("22.1", *rows, *(event(number) for number in range(10, 20)))
    before = {row["id"]: row for row in tables()["conflictdb_incident"]}
    report = ged("23.1", *rows[:2], vanished="keep")
    assert report.counts["incidents"] == {"moved to this release": 2, "not in this release and kept": 17}
    after = tables()["conflictdb_incident"]
    assert [before[row["id"]] == row for row in after] == [False] * 2 + [True] * 17
    report = ged("24.1", *rows[:2], vanished="retract")
    assert report.counts["incidents"] == {"moved to this release": 2, "retracted": 17}
    assert set(Incident.objects.filter(status="retracted").values_list("status_reason", flat=True)) == {
        "Not in release 24.1."
    }


def test_excerpt_of_the_same_release_is_kept(ged: Ged) -> None:
    ged("22.1", event(1), event(2))
    before = tables()
    report = ged("22.1", event(2), vanished="keep")
    assert tables() == before
    assert report.sums_here == report.sums_of_file == {"low": 7, "best": 7, "high": 9}
    assert report.is_unchanged


def test_release_retracts_only_what_it_covers(ged: Ged) -> None:
    ged("22.1", event(1, **on("2021-12-31")))
    ged("22.0.1", event(2, **on("2022-01-31")), event(3, **on("2022-01-30")))
    ged("22.0.2", event(4, **on("2022-02-01")))
    assert statuses() == dict.fromkeys("1234", "published")
    again = ged("22.0.1", event(2, **on("2022-01-31")), vanished="retract")
    assert again.counts["incidents"] == {"unchanged": 1, "retracted": 1}
    assert statuses() == dict.fromkeys("124", "published") | {"3": "retracted"}
    ged("23.1", event(1, **on("2021-12-31")), event(4, **on("2022-02-01")))
    assert statuses() == {"1": "published", "2": "retracted", "3": "retracted", "4": "published"}
    assert incident(2).status_reason == "Not in release 23.1."


def test_month_is_older_only_than_what_covers_it(ged: Ged) -> None:
    ged("22.0.2", event(4, **on("2022-02-01")))
    assert ged("22.0.1", event(2, **on("2022-01-31"))).counts["incidents"] == {"created": 1}
    ged("23.1", event(2, **on("2022-01-31")), event(4, **on("2022-02-01")))
    with pytest.raises(IngestError, match=r"^22\.0\.3 is older than 23\.1, which is loaded"):
        ged("22.0.3", event(5, **on("2022-03-01")))
    assert ged("23.0.1", event(6, **on("2023-01-01"))).counts["incidents"] == {"created": 1}


def test_release_of_a_country_is_older_than_the_next_yearly_one(ged: Ged) -> None:
    ged("19.1", event(1, **on("2018-05-01")))
    report = ged("", event(1, **on("2018-05-01"), **killed(8)), release="990.1801.1911")
    assert report.counts["incidents"] == {"updated": 1}
    ged("20.1", event(1, **on("2018-05-01")))
    with pytest.raises(
        IngestError, match=r"^990\.1801\.1911 is older than 20\.1, which is loaded and covers its days\."
    ):
        ged("", event(1, **on("2018-05-01"), **killed(8)), release="990.1801.1911")
    assert ged("", event(2, **on("2018-05-02")), release="990.1801.1911", older="add").counts["incidents"] == {
        "created": 1
    }
    assert incident(1).dataset.version == "20.1"


def test_release_must_be_named_as_its_publisher_names_it(ged: Ged, tmp_path: Path) -> None:
    before = tables()
    with pytest.raises(IngestError) as caught:
        ged("22.1", event(1), release="2022.1")
    assert str(caught.value) == (
        "2022.1 is no release of UCDP Georeferenced Event Dataset: they are numbered as in 24.1, 24.0.3 (a month), "
        "21.01.21.12 (months) or 652.1601.1911 (months of a country). Name it with --release."
    )
    with pytest.raises(BadFile) as unnamed:
        load(write(tmp_path / "Syria.csv", [ACLED]), "acled")
    assert str(unnamed.value) == (
        "Syria.csv: Neither its name nor its rows tell which release it is of; name it with --release. Releases are "
        "named by the day of the export, as in 2024-06-01."
    )
    assert tables() == before


def test_bad_row_of_a_known_incident_is_not_taken_for_its_end(ged: Ged, tmp_path: Path) -> None:
    ged("22.1", event(1), event(2))
    rejects = tmp_path / "bad.csv"
    report = ged("23.1", event(1), event(2, best="many"), rejects=rejects)
    assert statuses() == {"1": "published", "2": "published"}
    assert incident(2).dataset.version == "22.1"
    assert report.counts["incidents"] == {"moved to this release": 1, "not in this release and kept": 1}
    assert rejects.exists()


def exported(folder: Path, day: str, *numbers: int, **order: Any) -> Report:
    """Load an export of ACLED of a day, with some events."""
    rows = [ACLED | {"event_id_cnty": f"FRE{number}"} for number in numbers]
    return load(write(folder / "export.csv", rows), "acled", release=day, **order)


def test_export_that_does_not_say_what_it_covers_retracts_nothing_unasked(ged: Ged, tmp_path: Path) -> None:
    """Of 12 events 2 are missing, in the country and on the day of all: a release that knew its days would retract them."""
    ged("22.1", event(1))
    exported(tmp_path, "2024-01-05", *range(12))
    before = {row["id"]: row for row in tables()["conflictdb_incident"]}
    report = exported(tmp_path, "2024-02-05", *range(10))
    assert report.counts["incidents"] == {"moved to this release": 10, "not in this release and kept": 2}
    after = [row for row in tables()["conflictdb_incident"] if row["external_id"].startswith("acled:")]
    assert sorted(before[row["id"]] == row for row in after) == [False] * 10 + [True] * 2
    again = exported(tmp_path, "2024-02-05", 1)  # an excerpt of the same day
    assert (again.counts["incidents"], again.is_unchanged) == (
        {"unchanged": 1, "not in this release and kept": 11},
        True,
    )
    report = exported(tmp_path, "2024-03-05", *range(10), vanished="retract")
    assert report.counts["incidents"] == {"moved to this release": 10, "retracted": 2}
    assert {*report.examples["retracted"]} == {"acled-fre10", "acled-fre11"}
    assert set(Incident.objects.filter(status="retracted").values_list("status_reason", flat=True)) == {
        "Not in release 2024-03-05."
    }
    assert incident(1).status == "published"


def test_release_of_a_number_that_tells_no_days_retracts_nothing_unasked(ged: Ged) -> None:
    ged("22.1", event(1), event(2), event(3))
    report = ged("22.7", event(1), event(2))
    assert report.counts["incidents"] == {"moved to this release": 2, "not in this release and kept": 1}
    assert incident(3).status == "published"
