"""Who is who: actors found by identifier, by name or alias, or made anew; and what may not be passed on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from conflictdb.ingest import keys, loader
from conflictdb.models import Actor, Claim, Conflict, Incident, Source
from tests.conflictdb.ingest.conftest import Ged
from tests.conflictdb.ingest.loading import assert_figures_follow, event, incident, killed, load, tables, write
from tests.conflictdb.ingest.test_acled import ROW as ACLED
from tests.conflictdb.ingest.test_ucdp_actors import ROW as UCDP_ACTOR
from tests.make import make_actor, make_conflict, make_dataset

Read = Callable[..., Any]
Acled = Callable[..., Any]
FRONT, UNION = "Sylvanian Front", "Sylvanian Union"


@pytest.fixture
def acled(ged: Ged, tmp_path: Path) -> Acled:  # noqa: ARG001 – the country has to be there
    """Load rows as an export of ACLED's."""

    def run(*rows: dict[str, str], release: str = "2024-01-05", **order: Any) -> Any:
        return load(write(tmp_path / "export.csv", list(rows)), "acled", release=release, **order)

    return run


def sides(number: int) -> list[str]:
    """Name the participants of an event by their slugs."""
    return list(incident(number).participations.order_by("id").values_list("actor__slug", flat=True))


def test_actor_is_found_by_its_identifier(ged: Ged) -> None:
    own = make_actor(slug="front", name="The Front", external_id="ucdp-actor:8004", description="Ours.")
    namesake = make_actor(slug="namesake", name=FRONT)
    before = [Actor.objects.filter(pk=one.pk).values().get() for one in (own, namesake)]
    ged("22.1", event(1))
    assert sides(1) == ["government-of-freedonia", "front"]
    assert [Actor.objects.filter(pk=one.pk).values().get() for one in (own, namesake)] == before
    assert not own.aliases.exists()


def test_file_of_actors_has_the_word_on_them(ged: Ged, tmp_path: Path) -> None:
    """Its identifiers are not named as its series is: events and actors share them."""
    ged("22.1", event(1))
    front = UCDP_ACTOR | {"ActorId": "8004", "NameData": "SF", "Org": "3", "Version": "23.1"}
    load(write(tmp_path / "actors.csv", [front]), "ucdp-actors")
    told = ("slug", "name", "kind", "country__slug", "dataset__slug")
    assert Actor.objects.filter(external_id="ucdp-actor:8004").values_list(*told).get() == (
        *("sylvanian-front", "SF", "militia", "freedonia", "ucdp-actors-23-1"),
    )
    ged("24.1", event(1))
    assert Actor.objects.filter(external_id="ucdp-actor:8004").values_list(*told).get()[1:3] == ("SF", "militia")


@pytest.mark.django_db
def test_known_incidents_are_found_by_an_index() -> None:
    """Without the words that its condition asks for, each part of a file would read all incidents that there are."""
    with connection.cursor() as cursor:
        cursor.execute(loader.SEEN)
        cursor.execute("SET LOCAL enable_seqscan = off")  # tables of a test are read whole, if they may be
        many = [f"ucdp-ged:{number}" for number in range(1_000)]  # of up to 100 PostgreSQL looks at each
        cursor.execute(f"EXPLAIN {loader.KNOWN}", [many])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: ((external_id)::text = ANY" in plan


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", [1, 10_000])
def test_file_of_actors_counts_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(loader, "BATCH", batch)
    front = UCDP_ACTOR | {"ActorId": "8004", "NameData": "SF", "ActorIdAlliance": "8005", "GWNOLoc": ""}
    union = front | {"ActorId": "8005", "NameData": "SU", "ActorIdAlliance": "8006"}
    army = front | {"ActorId": "8006", "NameData": "SA", "ActorIdAlliance": ""}

    def counts(version: str, **changes: str) -> dict[str, dict[str, int]]:
        rows = [row | {"Version": version} for row in (front, union, army | changes)]
        return load(write(tmp_path / "actors.csv", rows), "ucdp-actors").as_json()

    assert counts("22.1")["actors"] == {"created": 4}, "and UCDP itself"
    again = counts("22.1")
    assert (again["actors"], again["relations"]) == ({"unchanged": 3}, {"unchanged": 2})
    newer = counts("23.1", NameData="Sylvanian Army")
    assert newer["actors"] == {"moved to this release": 2, "updated": 1}
    assert newer["relations"] == {"moved to this release": 2}


@pytest.mark.parametrize("by", ["name", "alias", "letters"])
def test_actor_of_another_series_is_found_by_name(ged: Ged, by: str) -> None:
    own = make_actor(slug="front", name={"name": FRONT, "alias": "The Front", "letters": "SYLVANIAN front"}[by])
    if by == "alias":
        own.aliases.create(name=FRONT, kind="alternative")
    before = Actor.objects.filter(pk=own.pk).values().get()
    report = ged("22.1", event(1))
    assert sides(1) == ["government-of-freedonia", "front"]
    assert Actor.objects.filter(pk=own.pk).values().get() == before
    assert report.counts["actors"] == {"matched by name": 1, "created": 3}
    ged("23.1", event(1, **killed(8)))
    assert sides(1) == ["government-of-freedonia", "front"]


def test_one_of_two_namesakes_is_not_guessed(ged: Ged) -> None:
    for slug in ("front", "other-front"):
        make_actor(slug=slug, name=FRONT)
    ged("22.1", event(1))
    assert sides(1) == ["government-of-freedonia", "sylvanian-front"]
    assert Actor.objects.filter(name=FRONT).count() == 3


def test_two_new_actors_of_one_name_are_not_one(ged: Ged) -> None:
    make_actor(slug="front", name=FRONT)
    ged("22.1", event(1), event(2, side_b_new_id="8005", side_b_dset_id="8005"))
    assert sides(1)[1] != sides(2)[1]
    assert "front" not in {sides(1)[1], sides(2)[1]}


def test_withheld_namesake_is_not_found(ged: Ged) -> None:
    hidden = make_dataset(slug="hidden", redistributable=False)
    make_actor(slug="sylvanian-front", name=FRONT, dataset=hidden)
    ged("22.1", event(1))
    assert sides(1) == ["government-of-freedonia", "sylvanian-front-ucdp-actor-8004"]


def test_namesake_of_the_same_series_is_somebody_else(ged: Ged) -> None:
    ged("22.1", event(1))
    ged("23.1", event(1), event(2, side_b_new_id="8005", side_b_dset_id="8005", dyad_new_id="8006"))
    assert sides(2) == ["government-of-freedonia", "sylvanian-front-ucdp-actor-8005"]


@pytest.mark.parametrize("batch", [1, 10_000])
def test_press_office_is_no_side_of_the_same_name(ged: Ged, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(loader, "BATCH", batch)
    article = {"source_office": FRONT, "source_article": f'"{FRONT},2021-03-02,Seven die at the mill"'}
    ged("22.1", event(1), event(2, **article), event(3, side_b="Freedonia Post", side_b_new_id="8005"))
    told = Actor.objects.filter(name__in=[FRONT, "Freedonia Post"]).values_list("name", "external_id", "kind")
    assert set(told) == {
        (FRONT, "ucdp-actor:8004", "rebel_group"),
        (FRONT, f"ucdp-office:{FRONT}", "media"),
        ("Freedonia Post", "ucdp-actor:8005", "rebel_group"),
        ("Freedonia Post", "ucdp-office:Freedonia Post", "media"),
    }


def test_press_office_is_no_party_of_another_publisher(ged: Ged, acled: Acled) -> None:
    article = {"source_office": "Radio Mill", "source_article": '"Radio Mill,2021-03-02,Seven die at the mill"'}
    ged("22.1", event(1, **article))
    report = acled(ACLED | {"actor1": FRONT, "assoc_actor_1": "Radio Mill", "source": "Radio Mill"})
    assert report.counts["actors"]["matched by name"] == 2
    told = Incident.objects.get(slug="acled-fre1234").participations.order_by("id")
    assert list(told.values_list("actor__external_id", flat=True)) == [
        "ucdp-actor:8004",
        "acled-actor:Military Forces of Freedonia (2019-)",
        "acled-actor:Radio Mill",
    ]
    assert Source.objects.get(dataset__series="acled").publisher == Actor.objects.get(kind="media")


@pytest.mark.parametrize("batch", [1, 10_000])
def test_taken_slugs_get_the_identifier_behind(ged: Ged, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(loader, "BATCH", batch)
    make_actor(slug="sylvanian-union", name="Somebody else")
    make_conflict(slug="freedonia-government", name="Something else")
    other = {"side_b": "Sylvanian, Front!", "side_b_new_id": "8006", "side_b_dset_id": "8006"}
    ged("22.1", event(1), event(2, side_b=UNION, side_b_new_id="8005"), event(3, **other))
    assert [sides(number)[1] for number in (1, 2, 3)] == [
        "sylvanian-front",
        "sylvanian-union-ucdp-actor-8005",
        "sylvanian-front-ucdp-actor-8006",
    ]
    assert set(Conflict.objects.filter(external_id="ucdp-conflict:8001").values_list("slug", flat=True)) == {
        "freedonia-government-ucdp-conflict-8001"
    }


def test_long_names_that_begin_alike_are_told_apart(acled: Acled) -> None:
    """Their slugs are cut, and their identifiers are too long to stand behind."""
    beginning = "Union of the workers of " * 6
    report = acled(*(ACLED | {"event_id_cnty": f"FRE{end}", "actor1": f"{beginning}{end}"} for end in "123"))
    assert report.counts["incidents"] == {"created": 3}
    slugs = Actor.objects.filter(name__startswith=beginning).values_list("slug", flat=True)
    assert len(set(slugs)) == 3
    assert all(len(slug) <= 120 for slug in slugs)


def test_actor_under_two_names_takes_part_once(acled: Acled) -> None:
    own = make_actor(name="Union", slug="union", dataset=make_dataset(redistributable=True))
    own.aliases.create(name="Workers", kind="alternative")
    row = ACLED | {"assoc_actor_1": "Union; Workers"}
    assert acled(row).counts["actors"]["matched by name"] == 1
    assert Incident.objects.get().participations.filter(actor=own).count() == 1
    acled(row | {"assoc_actor_1": "Workers; Union"}, release="2024-02-05")
    assert Incident.objects.get().participations.filter(actor=own).count() == 1


def test_anonymous_readers_see_nothing_of_acled(ged: Ged, acled: Acled, get: Read) -> None:
    ged("22.1", event(1))
    acled(ACLED, ACLED | {"event_id_cnty": "FRE1235", "fatalities": "0"})
    hidden = {"incidents": Incident, "claims": Claim, "actors": Actor, "sources": Source}
    for name, model in hidden.items():
        slugs = set(model.objects.filter(dataset__series="acled").values_list("slug", flat=True))
        assert slugs, name
        listed = {one["slug"] for one in get(f"{name}/")["results"]}
        assert listed == set(model.objects.filter(dataset__series="ucdp-ged").values_list("slug", flat=True)), name
        assert listed, name
        for slug in slugs:
            get(f"{name}/{slug}/", status=404)


def test_acled_counts_what_is_reported(acled: Acled) -> None:
    report = acled(ACLED, ACLED | {"event_id_cnty": "FRE1235", "fatalities": "0"})
    told = ("slug", "value_kind", "low", "best", "high", "status")
    assert list(Claim.objects.order_by("slug").values_list(*told)) == [
        ("acled-fre1234-killed-lowest-reported", "lowest_reported", 3, None, None, "standing"),
        ("acled-fre1235-killed-lowest-reported", "none_reported", None, None, None, "standing"),
    ]
    figures = ("killed_low", "killed_best", "killed_high", "killed_is_open", "killed_claims")
    assert list(Incident.objects.order_by("slug").values_list(*figures)) == [
        (3, None, None, True, 1),
        (None, None, None, False, 0),
    ]
    assert report.sums_here == report.sums_of_file == {"low": 3, "best": 0, "high": 0}
    assert_figures_follow()
    assert acled(ACLED | {"fatalities": "0"}, ACLED | {"event_id_cnty": "FRE1235"}, release="2024-02-05").counts[
        "claims"
    ] == {"superseded": 2}
    assert list(Incident.objects.order_by("slug").values_list(*figures)) == [
        (None, None, None, False, 0),
        (3, None, None, True, 1),
    ]
    assert_figures_follow()


def test_two_series_do_not_disturb_each_other(ged: Ged, acled: Acled) -> None:
    same = {"actor1": FRONT, "actor2": "Government of Freedonia", "location": "Old Mill village"}
    ged("22.1", event(1), event(2))
    of_ged = tables()
    acled(ACLED | same)
    assert {name: [row for row in rows if row in of_ged[name]] for name, rows in tables().items()} == of_ged
    assert list(Incident.objects.get(slug="acled-fre1234").participations.values_list("actor__slug", flat=True)) == [
        "sylvanian-front",
        "government-of-freedonia",
    ]
    of_acled = {name: [row for row in rows if row not in of_ged[name]] for name, rows in tables().items()}
    ged("23.1", event(1, **killed(8)))
    after = tables()
    for name, rows in of_acled.items():
        assert [row for row in after[name] if row in rows] == rows, name
    assert incident(2).status == "retracted"
    acled(ACLED | same | {"event_id_cnty": "FRE9"}, release="2024-02-05", vanished="retract")
    assert incident(1).status == "published"
    assert Incident.objects.get(slug="acled-fre1234").status == "retracted"
    assert_figures_follow()


@pytest.mark.parametrize("remembered", [0, 200_000])
def test_places_are_noted_once(ged: Ged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remembered: int) -> None:
    monkeypatch.setattr(loader, "BATCH", 2)
    monkeypatch.setattr(keys, "REMEMBERED", remembered)
    undone = event(
        3, where_coordinates="Nowhere", high="9999999999"
    )  # refused by the database, with the batch it is in
    places = ("Quorvath", "Quorvath", "Kiwengwa", "Quorvath")
    rows = [event(number, where_coordinates=place) for number, place in zip((1, 2, 4, 5), places, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conflictdb_place")
        ged("22.1", *rows[:2], undone, *rows[2:], rejects=tmp_path / "bad.csv")
        ged("23.1", event(1, where_coordinates="Moved"), *rows[1:], event(6, where_coordinates="New", adm_2=""))
        cursor.execute('SELECT level, name FROM conflictdb_place ORDER BY level, name COLLATE "C"')
        assert cursor.fetchall() == [
            ("admin1", "North province"),
            ("admin2", "Mill district"),
            *(("place_name", name) for name in ("Kiwengwa", "Moved", "New", "Quorvath")),
        ]
