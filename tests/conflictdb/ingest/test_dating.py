"""The day of a release, told with a later load of it."""

from datetime import date
from pathlib import Path

import pytest

from conflictdb.models import Claim
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import assert_figures_follow, event, incident, killed, load, tables, write
from tests.conflictdb.ingest.test_ucdp_actors import ROW as ACTOR
from tests.make import make_actor, make_toll

JUNE, JULY, NEXT_JUNE = date(2022, 6, 1), date(2022, 7, 1), date(2023, 6, 1)


def days() -> dict[str, date | None]:
    """Tell on which day each claim is stated, by the end of its slug."""
    return {slug[14:]: day for slug, day in Claim.objects.order_by("id").values_list("slug", "stated_on")}


def test_claims_that_are_there_get_the_day(ged: Ged) -> None:
    rows = [event(1, **killed(7)), event(2, **killed(3))]
    ged("22.1", *rows)
    own = make_toll(5, slug="ours", incident=incident(1), claimant=make_actor(name="Radio Sylvania"))
    Claim.objects.filter(incident=incident(2)).update(stated_on=NEXT_JUNE)
    report = ged("22.1", *rows, released_on=JUNE)
    assert days() == {"1-killed-everyone": JUNE, "2-killed-everyone": NEXT_JUNE, "": None}
    assert report.counts == {"claims": {"dated": 1}, "incidents": {"unchanged": 2}}
    assert "  claims: 1 dated" in report.lines()
    assert not report.is_unchanged
    assert report.notes == []
    assert incident(1).dataset.released_on == JUNE
    before = tables()
    assert ged("22.1", *rows, released_on=JUNE).is_unchanged
    assert tables() == before
    own.refresh_from_db()
    assert own.stated_on is None


def test_day_decides_which_claim_leads(ged: Ged) -> None:
    """The figures come with it, though triggers rest during an import."""
    ged("22.1", event(1, **killed(7)))
    make_toll(5, slug="ours", incident=incident(1), stated_on=date(2022, 1, 1))
    assert incident(1).killed_best == 5
    ged("22.1", event(1, **killed(7)), released_on=JUNE)
    assert incident(1).killed_best == 7
    assert_figures_follow()


def test_corrected_day_replaces_the_former_one(ged: Ged) -> None:
    ged("22.1", event(1, **killed(7)), released_on=JUNE)
    report = ged("22.1", event(1, **killed(7)), released_on=JULY)
    assert (days(), report.counts["claims"]) == ({"1-killed-everyone": JULY}, {"dated": 1})


def test_each_release_dates_its_own_claims(ged: Ged) -> None:
    """Whichever release the claims are counted to by now."""
    first, then = [event(1, **killed(7)), event(2)], [event(1, **killed(8)), event(2)]
    ged("22.1", *first)
    ged("23.1", *then)
    groups = {f"2-killed-{group}": None for group in ("everyone", "side-a", "side-b", "civilians")}
    assert days() == {"1-killed-everyone": None, **groups, "1-killed-everyone-2": None}
    ged("23.1", *then, released_on=NEXT_JUNE)
    assert days() == {"1-killed-everyone": None, **groups, "1-killed-everyone-2": NEXT_JUNE}
    report = ged("22.1", *first, released_on=JUNE, older="add")
    assert days() == {"1-killed-everyone": JUNE, **dict.fromkeys(groups, JUNE), "1-killed-everyone-2": NEXT_JUNE}
    assert report.counts == {"claims": {"dated": 5}, "incidents": {"left as a newer release tells them": 2}}
    assert_figures_follow()


def test_dry_run_dates_nothing(ged: Ged) -> None:
    ged("22.1", event(1, **killed(7)))
    before = tables()
    report = ged("22.1", event(1, **killed(7)), released_on=JUNE, is_dry_run=True)
    assert (report.counts["claims"], tables()) == ({"dated": 1}, before)


@pytest.mark.django_db(transaction=True)
def test_claims_about_relations_get_the_day_too(tmp_path: Path) -> None:
    rows = [ACTOR | {"GWNOLoc": "", "ActorIdAlliance": "9002"}, ACTOR | {"GWNOLoc": "", "ActorId": "9002"}]
    path = write(tmp_path / "actors.csv", rows)
    load(path, "ucdp-actors")
    assert load(path, "ucdp-actors", released_on=JUNE).counts["claims"] == {"dated": 1}
    assert Claim.objects.get().stated_on == JUNE
