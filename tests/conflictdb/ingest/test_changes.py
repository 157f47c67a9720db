"""What a newer release changes in incidents that are there, and what it leaves to editors."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conflictdb.ingest.report import Report
from conflictdb.lens import Lens
from conflictdb.models import Actor, ActorRelation, Claim, Dataset, Incident, KeptFigure
from tests.conflictdb import keeping
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import (
    Row,
    assert_figures_follow,
    claims,
    event,
    incident,
    killed,
    load,
    tables,
    visible,
    write,
)
from tests.conflictdb.ingest.test_ucdp_actors import ROW as ACTOR
from tests.make import make_actor, make_claim, make_dataset, make_toll

Read = Callable[..., Any]
SECOND = {"side_b": "Sylvanian Union", "side_b_new_id": "8005", "side_b_dset_id": "8005"}


def test_changed_figure_is_a_new_claim_that_supersedes(ged: Ged, get: Read) -> None:
    ged("22.1", event(1, **killed(7)), event(2, **killed(3)), released_on=date(2022, 6, 1))
    report = ged("23.1", event(1, **killed(8)), event(2, **killed(3)), released_on=date(2023, 6, 1))
    assert claims(1) == [
        ("killed-everyone", (7, 7, 7), "superseded", "22.1", "killed-everyone-2"),
        ("killed-everyone-2", (8, 8, 8), "standing", "23.1", None),
    ]
    assert claims(2) == [("killed-everyone", (3, 3, 3), "standing", "23.1", None)]
    stated = dict(Claim.objects.values_list("slug", "stated_on"))
    assert stated == {
        "ucdp-ged-900001-killed-everyone": date(2022, 6, 1),
        "ucdp-ged-900001-killed-everyone-2": date(2023, 6, 1),
        "ucdp-ged-900002-killed-everyone": date(2022, 6, 1),
    }
    old, new = (get(f"claims/ucdp-ged-900001-killed-everyone{number}/") for number in ("", "-2"))
    assert (old["status"], old["best"], old["superseded_by"]["slug"]) == ("superseded", 7, new["slug"])
    assert (new["status"], new["best"], new["superseded_by"]) == ("standing", 8, None)
    assert [one["source"]["slug"] for one in new["citations"]] == [one["source"]["slug"] for one in old["citations"]]
    assert new["citations"]
    assert (incident(1).killed_best, incident(1).dataset.version, incident(1).slug) == (8, "23.1", "ucdp-ged-900001")
    assert_figures_follow()
    assert report.counts == {
        "incidents": {"updated": 1, "moved to this release": 1},
        "claims": {"superseded": 1},
    }
    assert report.examples == {"updated": ["ucdp-ged-900001"]}
    assert not report.is_unchanged


def test_three_releases_make_a_chain_of_three_claims(ged: Ged) -> None:
    for version, number in (("22.1", 7), ("23.1", 8), ("24.1", 7)):
        ged(version, event(1, **killed(number)))
    assert claims(1) == [
        ("killed-everyone", (7, 7, 7), "superseded", "22.1", "killed-everyone-2"),
        ("killed-everyone-2", (8, 8, 8), "superseded", "23.1", "killed-everyone-3"),
        ("killed-everyone-3", (7, 7, 7), "standing", "24.1", None),
    ]
    assert incident(1).killed_best == 7
    assert_figures_follow()


def test_unchanged_incidents_and_standing_claims_move_to_the_new_release(ged: Ged) -> None:
    ged("22.1", event(1, **killed(6)), event(2))
    ged("23.1", event(1, **killed(7)), event(2))
    report = ged("24.1", event(1, **killed(7)), event(2))
    assert report.counts == {"incidents": {"moved to this release": 2}}
    assert not report.is_unchanged
    assert {one.dataset.version for one in Incident.objects.all()} == {"24.1"}
    assert sorted(Claim.objects.values_list("status", "dataset__version")) == [
        *[("standing", "24.1")] * 5,
        ("superseded", "22.1"),
    ]


def test_figures_under_kept_lenses_follow_every_release(ged: Ged) -> None:
    keeping.keep(Lens(min_credibility="2"), Lens(resolve="median"))
    ged("22.1", event(1, **killed(6)), event(2), event(3))
    first = Dataset.objects.get(version="22.1")
    keeping.keep(Lens(datasets=[first.pk]))
    heard = KeptFigure.objects.filter(lens__datasets=[first.pk]).values_list("is_spoken_of", flat=True)
    assert [*heard.all()] == [True] * 3
    for version, rows in {
        "23.1": (event(1, **killed(7)), event(2), event(4)),  # one changed, one moved, one gone, one new
        "24.1": (event(1, **killed(7)), event(2), event(3), event(4)),
    }.items():
        ged(version, *rows)
        assert keeping.wrong() == []
    assert [*heard.all()] == [False] * 4


def test_new_layout_of_the_same_rows_moves_them_too(ged: Ged) -> None:
    ged("22.1", event(1))
    before = visible()
    report = ged("23.1", dict(reversed(event(1).items())))
    assert report.counts["incidents"] == {"moved to this release": 1}
    assert report.counts["claims"] == {"unchanged": 4}
    assert not report.is_unchanged
    assert {one.dataset.version for one in (*Incident.objects.all(), *Claim.objects.all())} == {"23.1"}
    after = visible()
    for table in ("conflictdb_incident", "conflictdb_claim"):
        assert [row | {"dataset_id": 0} for row in after[table]] == [row | {"dataset_id": 0} for row in before[table]]
    for table in ("conflictdb_participation", "conflictdb_citation", "conflictdb_source", "conflictdb_actor"):
        assert after[table] == before[table]


def test_changed_wording_is_updated_in_place(ged: Ged) -> None:
    ged("22.1", event(1, **killed(7), source_original="police"), released_on=date(2022, 6, 1))
    (before,) = Claim.objects.all()
    ged("23.1", event(1, **killed(7), source_original="army"), released_on=date(2023, 6, 1))
    (after,) = Claim.objects.all()
    assert (after.pk, after.slug, after.claimant_wording) == (before.pk, before.slug, "army")
    assert (after.stated_on, after.dataset.version) == (date(2022, 6, 1), "23.1")
    assert after.updated_at > before.updated_at


def test_changed_reports_are_cited_anew_in_place(ged: Ged) -> None:
    ged("22.1", event(1, **killed(7)))
    ged("23.1", event(1, **killed(7), source_headline="Eight", source_article='"Freedonia Post,2021-03-02,Eight"'))
    (claim,) = Claim.objects.all()
    assert [(one.number, one.source.title) for one in claim.citations.all()] == [(1, "Eight")]


def test_category_that_is_gone_is_retracted_and_may_come_back(ged: Ged) -> None:
    ged("22.1", event(1, deaths_civilians="2"))
    ged("23.1", event(1, deaths_civilians="0"))
    gone = Claim.objects.get(slug="ucdp-ged-900001-killed-civilians")
    assert (gone.status, gone.status_reason, gone.dataset.version) == ("retracted", "Not in release 23.1.", "22.1")
    assert incident(1).killed_claims == 3
    assert_figures_follow()
    ged("24.1", event(1, deaths_civilians="2"))
    assert [one for one in claims(1) if "civilians" in one[0]] == [
        ("killed-civilians", (None, 2, None), "retracted", "22.1", None),
        ("killed-civilians-2", (None, 2, None), "standing", "24.1", None),
    ]
    assert_figures_follow()


def test_renamed_side_keeps_its_slug_and_its_former_name(ged: Ged) -> None:
    ged("22.1", event(1))
    front = Actor.objects.get(external_id="ucdp-actor:8004")
    report = ged("23.1", event(1, side_b="Sylvanian Army"))
    after = Actor.objects.get(external_id="ucdp-actor:8004")
    assert (after.pk, after.slug, after.name) == (front.pk, "sylvanian-front", "Sylvanian Army")
    assert after.dataset.version == "23.1"
    assert list(after.aliases.values_list("name", "kind")) == [("Sylvanian Front", "former")]
    assert Actor.objects.count() == 4
    assert incident(1).title == "Government of Freedonia – Sylvanian Army, Old Mill village"
    assert list(incident(1).participations.values_list("actor__slug", flat=True)) == [
        "government-of-freedonia",
        "sylvanian-front",
    ]
    assert report.counts["actors"] == {"updated": 1}


def test_changed_dyad_replaces_participants(ged: Ged) -> None:
    ged("22.1", event(1), event(2))
    kept = list(incident(2).participations.values_list("id", flat=True))
    ged("23.1", event(1, **SECOND, dyad_name="Freedonia - Union", dyad_new_id="8006"), event(2))
    assert list(incident(1).participations.order_by("id").values_list("actor__slug", "role")) == [
        ("government-of-freedonia", "side_a"),
        ("sylvanian-union", "side_b"),
    ]
    conflict = incident(1).conflict
    assert (conflict.external_id, conflict.parent.external_id) == ("ucdp-dyad:8006", "ucdp-conflict:8001")
    assert list(incident(2).participations.values_list("id", flat=True)) == kept


def test_vanished_incident_is_retracted_and_published_again(ged: Ged, get: Read) -> None:
    ged("22.1", event(1), event(2))
    report = ged("23.1", event(2))
    assert (incident(1).status, incident(1).status_reason) == ("retracted", "Not in release 23.1.")
    assert get("incidents/ucdp-ged-900001/")["status"] == "retracted"
    assert report.counts["incidents"] == {"moved to this release": 1, "retracted": 1}
    assert report.examples["retracted"] == ["ucdp-ged-900001"]
    assert ged("24.1", event(1), event(2)).counts["incidents"] == {"restored": 1, "moved to this release": 1}
    assert (incident(1).status, incident(1).status_reason) == ("published", "")
    assert (incident(1).dataset.version, claims(1)[0][3]) == ("24.1", "24.1")
    assert_figures_follow()


def test_incident_retracted_by_an_editor_stays_retracted(ged: Ged) -> None:
    ged("22.1", event(1), event(2))
    Incident.objects.filter(pk=incident(1).pk).update(status="retracted", status_reason="A duplicate.")
    before = tables()
    assert ged("22.1", event(1), event(2)).is_unchanged
    assert tables() == before
    ged("23.1", event(1, **killed(9)), event(2))
    assert (incident(1).status, incident(1).status_reason) == ("retracted", "A duplicate.")
    assert claims(1)[-1] == ("killed-everyone-2", (9, 9, 9), "standing", "23.1", None)


@pytest.mark.parametrize("wording", ["police", "army"])
def test_claim_retracted_by_an_editor_stays_retracted_until_its_figure_changes(ged: Ged, wording: str) -> None:
    ged("22.1", event(1, **killed(7)), event(2))
    Claim.objects.filter(incident=incident(1)).update(status="retracted", status_reason="Misread.")
    retracted = [("killed-everyone", (7, 7, 7), "retracted", "22.1", None)]
    ged("23.1", event(1, **killed(7), source_original=wording), event(2))
    assert claims(1) == retracted
    assert incident(1).killed_best is None
    ged("24.1", event(1, **killed(8)), event(2))
    assert claims(1) == [*retracted, ("killed-everyone-2", (8, 8, 8), "standing", "24.1", None)]
    assert_figures_follow()


@pytest.mark.parametrize("wording", ["police", "army"])
def test_claim_superseded_by_an_editors_stays_superseded(ged: Ged, wording: str) -> None:
    ged("22.1", event(1, **killed(7)))
    own = make_toll(5, slug="ours", incident=incident(1), stated_on=date(2022, 1, 1))
    Claim.objects.filter(incident=incident(1)).exclude(pk=own.pk).update(status="superseded", superseded_by=own)
    before = tables()["conflictdb_claim"]
    ged("23.1", event(1, **killed(7), source_original=wording))
    assert tables()["conflictdb_claim"] == before
    assert incident(1).killed_best == 5
    assert_figures_follow()


def test_claims_that_editors_put_into_the_publishers_dataset_are_theirs(ged: Ged) -> None:
    """The admin suggests it for claims about the publisher's incidents."""
    ged("22.1", event(1, **killed(7)))
    there = {"incident": incident(1), "dataset": incident(1).dataset}
    make_toll(20, slug="ours", claimant=make_actor(name="Radio Sylvania"), **there)
    make_claim(slug="unclaimed", kind="occurrence", claimant=None, **there)
    told = ("slug", "status", "status_reason", "best", "superseded_by")
    before = list(Claim.objects.filter(slug__in=["ours", "unclaimed"]).order_by("id").values_list(*told))
    assert ged("22.1", event(1, **killed(7))).is_unchanged
    report = ged("23.1", event(1, **killed(8)))
    assert report.counts["claims"] == {"superseded": 1}
    assert list(Claim.objects.filter(slug__in=["ours", "unclaimed"]).order_by("id").values_list(*told)) == before
    assert (incident(1).killed_low, incident(1).killed_high) == (8, 20)
    assert_figures_follow()


@pytest.mark.django_db(transaction=True)
def test_claims_of_editors_about_relations_are_theirs(tmp_path: Path) -> None:
    allied = ACTOR | {"GWNOLoc": "", "ActorIdAlliance": "9002"}
    union = ACTOR | {"GWNOLoc": "", "ActorId": "9002"}

    def take(version: str, *rows: Row) -> Report:
        path = write(tmp_path / "actors.csv", [row | {"Version": version} for row in rows])
        return load(path, "ucdp-actors")

    take("22.1", allied, union)
    own = make_claim(slug="ours", kind="relation", incident=None, relation=ActorRelation.objects.get())
    before = Claim.objects.filter(pk=own.pk).values().get()
    take("23.1", allied, union)
    assert take("24.1", allied | {"ActorIdAlliance": ""}, union).counts["relations"] == {"retracted": 1}
    assert Claim.objects.filter(pk=own.pk).values().get() == before
    theirs = Claim.objects.exclude(pk=own.pk).get()
    assert (theirs.status, theirs.dataset.version, theirs.status_reason) == (
        "retracted",
        "23.1",
        "Not in release 24.1.",
    )


def test_editors_own_claims_are_untouched_and_count(ged: Ged) -> None:
    ged("22.1", event(1, **killed(7)))
    press = make_actor(name="Radio Sylvania", dataset=make_dataset(slug="ours", redistributable=True))
    make_toll(20, slug="ours", incident=incident(1), claimant=press, dataset=press.dataset, credibility="2")
    own = Claim.objects.filter(slug="ours").values().get()
    assert incident(1).killed_best == 20
    ged("23.1", event(1, **killed(8)))
    assert Claim.objects.filter(slug="ours").values().get() == own
    found = incident(1)
    assert (found.killed_low, found.killed_best, found.killed_high) == (8, 20, 20)
    assert (found.killed_claims, found.disputed) == (2, True)
    ged("24.1", event(1, **killed(20)))
    assert Claim.objects.filter(slug="ours").values().get() == own
    assert (incident(1).killed_low, incident(1).disputed) == (20, False)
    assert_figures_follow()
