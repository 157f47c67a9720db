"""The day of a release, told with a later load of it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conflictdb.ingest.report import Report
from conflictdb.models import Claim, Country, Dataset
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import assert_figures_follow, event, incident, killed, load, tables, write
from tests.conflictdb.ingest.test_acled import ROW as ACLED
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


def test_export_named_by_its_day_is_stated_on_it(freedonia: Country, tmp_path: Path) -> None:  # noqa: ARG001 – where it was
    def take(release: str, fatalities: str, **order: Any) -> Report:
        path = write(tmp_path / "export.csv", [ACLED | {"fatalities": fatalities}])
        return load(path, "acled", release=release, **order)

    def stated() -> list[tuple[int | None, date | None]]:
        return list(Claim.objects.order_by("id").values_list("low", "stated_on"))

    report = take("2024-01-05", "3")
    assert stated() == [(3, date(2024, 1, 5))]
    assert Dataset.objects.get(series="acled").released_on == date(2024, 1, 5)
    assert not any("--released-on" in note for note in report.notes)
    take("2024-02-05", "4", released_on=JUNE)
    assert stated() == [(3, date(2024, 1, 5)), (4, JUNE)]
    assert take("2024-02-05", "4").is_unchanged
    assert Dataset.objects.get(version="2024-02-05").released_on == JUNE, "what people say stands"

    Claim.objects.update(stated_on=None)  # as they were before the name was read
    Dataset.objects.update(released_on=None)
    assert take("2024-02-05", "4").counts["claims"] == {"dated": 1}
    assert stated() == [(3, None), (4, date(2024, 2, 5))]
