"""Rows of our own tables: what is new is created, what differs is updated, and every mistake is told with its line."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from conflictdb.ingest import own, slugs
from conflictdb.ingest.files import RawRow
from conflictdb.ingest.own import Outcome, load
from conflictdb.ingest.problems import BadRows, Fault
from conflictdb.ingest.tables import table_named
from conflictdb.models import ActorAlias, Citation, Claim, Dataset, Incident, Participation, Source
from tests.make import (
    make_actor,
    make_claim,
    make_conflict,
    make_country,
    make_incident,
    make_source,
    make_toll,
    the_dataset,
)

pytestmark = pytest.mark.django_db


def rows(*records: dict[str, str]) -> list[RawRow]:
    """Make rows of a file with a header and a line each."""
    return [RawRow(line, list(record.values()), record, "") for line, record in enumerate(records, 2)]


def take(table: str, *records: dict[str, str], **options: Any) -> Outcome:
    """Load records of a table; new ones belong to the tests' dataset unless they name another."""
    return load(table_named(table), rows(*records), **{"default_dataset": the_dataset()} | options)


def faults(table: str, *records: dict[str, str], **options: Any) -> list[tuple[int, str, str]]:
    """Load records that are refused; tell why. Nothing of them is stored."""
    model = table_named(table).model
    before = list(model.objects.order_by("id").values())
    with pytest.raises(BadRows) as caught:
        take(table, *records, **options)
    assert list(model.objects.order_by("id").values()) == before
    return [tuple(fault) for fault in caught.value.faults]


def incident(slug: str, **cells: str) -> dict[str, str]:
    """Write an incident as a row with few columns."""
    return {"slug": slug, "kind": "armed_attack", "title": slug.capitalize()} | cells


def claim(slug: str, **cells: str) -> dict[str, str]:
    """Write a claim as a row with few columns."""
    return {"slug": slug, "kind": "occurrence", "statement": "It happened."} | cells


# --- what is stored ---


def test_spreadsheet_of_incidents_loads() -> None:
    make_country(slug="syria", iso3="SYR")
    make_country(slug="iraq", iso3="IRQ")
    first = {
        "slug": "attack-on-al-tanf",
        "title": "Attack on al-Tanf",
        "kind": "armed_attack",
        "started_on": "2023-10-18",
        "ended_on": "2023-10-18",
        "date_precision": "day",
        "country": "SYR",
        "dataset": the_dataset().slug,
        "place_precision": "country",
    }
    second = first | {"slug": "attack-on-ain-al-asad", "country": "iraq"}
    assert take("incidents", first, second, default_dataset=None) == Outcome(created=2)
    stored = Incident.objects.select_related("country").get(slug="attack-on-al-tanf")
    assert (stored.country.slug, stored.started_on, stored.date_precision) == ("syria", date(2023, 10, 18), "day")
    assert (stored.status, stored.weapons, stored.summary, stored.latitude) == ("published", [], "", None)
    assert Incident.objects.get(slug="attack-on-ain-al-asad").country.slug == "iraq"


def test_same_rows_again_change_nothing() -> None:
    cells = incident("one", weapons="rockets;drones", latitude="33.5", longitude="38.6", place_precision="exact")
    assert take("incidents", cells, incident("two")) == Outcome(created=2)
    before = list(Incident.objects.order_by("id").values())
    assert take("incidents", incident("two"), cells) == Outcome(unchanged=2)
    assert list(Incident.objects.order_by("id").values()) == before


def test_only_what_differs_is_written(django_assert_num_queries: Callable[..., Any]) -> None:
    take("incidents", incident("one", summary="Kept."), incident("two"), incident("three"))
    before = {one["slug"]: one for one in Incident.objects.values()}
    table, dataset = table_named("incidents"), the_dataset()
    batch = rows(incident("one", title="Another"), incident("two"), incident("four"))
    with django_assert_num_queries(13):  # what is stored; an id; the write; the check, of 2; savepoints of 4 parts, 8
        assert load(table, batch, dataset) == Outcome(created=1, updated=1, unchanged=1)
    after = {one["slug"]: one for one in Incident.objects.values()}
    assert after["two"] == before["two"]
    assert after["three"] == before["three"]
    assert after["one"]["updated_at"] > before["one"]["updated_at"]
    assert after["one"] | {"title": "One", "updated_at": 0, "search": 0} == before["one"] | {
        "updated_at": 0,
        "search": 0,
    }
    assert after["four"]["created_at"] > before["one"]["updated_at"]


def test_absent_columns_keep_what_is_stored() -> None:
    draft = make_incident(slug="one", status="draft", summary="Kept.", weapons=["rockets"], title="Old")
    other = make_claim().dataset  # the tests' own
    assert take("incidents", {"slug": "one", "title": "New"}, default_dataset=None) == Outcome(updated=1)
    draft.refresh_from_db()
    assert (draft.title, draft.summary, draft.weapons, draft.status) == ("New", "Kept.", ["rockets"], "draft")
    assert draft.dataset == other


def test_empty_cells_empty_what_is_stored() -> None:
    stored = make_incident(slug="one", summary="Gone", weapons=["rockets"], conflict=make_conflict())
    cells = {"slug": "one", "summary": "", "weapons": "", "conflict": ""}
    assert take("incidents", cells) == Outcome(updated=1)
    stored.refresh_from_db()
    assert (stored.summary, stored.weapons, stored.conflict) == ("", [], None)


def test_times_of_rows_are_not_read() -> None:
    old = incident("one", created_at="2001-01-01T00:00:00Z", updated_at="nonsense")
    assert take("incidents", old) == Outcome(created=1)
    assert Incident.objects.get(slug="one").created_at.year > 2001


def test_claims_are_standing_and_move_the_figures_of_their_incident() -> None:
    incidents = [make_incident(), make_incident()]
    toll = {"kind": "toll", "measure": "killed", "victims": "everyone", "value_kind": "exact"}
    eight = {"low": "8", "best": "8", "high": "8"}
    records = [claim(f"toll-{one.slug}", incident=one.slug, **toll, **eight) for one in incidents]
    assert take("claims", *records) == Outcome(created=2)
    assert set(Claim.objects.values_list("status", flat=True)) == {"standing"}
    assert list(Incident.objects.values_list("killed_best", "killed_claims")) == [(8, 1), (8, 1)]
    nine = {"low": "9", "best": "9", "high": "9"}
    assert take("claims", records[0] | nine, records[1]) == Outcome(updated=1, unchanged=1)
    assert set(Incident.objects.values_list("killed_best", flat=True)) == {8, 9}


def test_records_without_slug_are_found_by_their_key() -> None:
    actor, other, happened = make_actor(slug="a"), make_actor(slug="b"), make_incident(slug="i")
    alias = {"actor": "a", "name": 'The "A", or\nso', "kind": "acronym"}
    assert take("aliases", alias, alias | {"actor": "b"}) == Outcome(created=2)
    assert take("aliases", alias | {"kind": "former"}, alias | {"actor": "b"}) == Outcome(updated=1, unchanged=1)
    assert ActorAlias.objects.get(actor=actor).kind == "former"
    part = {"incident": "i", "actor": "a", "role": "initiator"}
    assert take("participations", part, part | {"role": "victim"}, part | {"actor": "b"}) == Outcome(created=3)
    assert take("participations", part | {"actor": "b"}, part | {"role": "present"}) == Outcome(created=1, unchanged=1)
    assert Participation.objects.filter(incident=happened, actor=actor).count() == 3
    assert Participation.objects.get(actor=other).role == "initiator"


def test_citation_is_the_first_where_no_number_is_given() -> None:
    source, said = make_source(slug="s", text="Eight were killed."), make_claim(slug="c")
    cells = {"claim": "c", "source": "s", "exact": "Eight", "start": "0", "end": "5"}
    assert take("citations", cells) == Outcome(created=1)
    assert take("citations", cells | {"exact": "Eight were", "end": "10"}) == Outcome(updated=1)
    assert Citation.objects.get(claim=said, number=1, source=source).exact == "Eight were"


def test_held_text_gets_its_digest() -> None:
    source = {"slug": "s", "kind": "article", "title": "S", "text": "A text."}
    assert take("sources", source) == Outcome(created=1)
    assert take("sources", source | {"text": "Another."}, source | {"slug": "t", "sha256": ""}) == Outcome(1, 1)
    digests = dict(Source.objects.values_list("slug", "sha256"))
    assert digests == {"s": hashlib.sha256(b"Another.").hexdigest(), "t": hashlib.sha256(b"A text.").hexdigest()}


def test_dataset_is_made_of_its_row() -> None:
    cells = {"slug": "d", "series": "d", "title": "D", "publisher": "P", "licence": "CC0-1.0", "citation": "P: D."}
    assert take("datasets", cells | {"redistributable": "TRUE", "released_on": "2024-02-29"}) == Outcome(created=1)
    assert Dataset.objects.get(slug="d").released_on == date(2024, 2, 29)


# --- names of rows further down ---


@pytest.mark.parametrize("batch", [1, 2, 3, 2_000])
def test_rows_may_name_rows_further_down(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(own, "BATCH", batch)
    make_incident(slug="i")
    records = [
        claim("a", status="superseded", superseded_by="d"),
        claim("b", answers="a", answer_kind="denies"),
        claim("c", answers="b", answer_kind="corrects"),
        claim("d", answers="a", answer_kind="corrects"),
        claim("e", answers="d", answer_kind="confirms"),
    ]
    empty = {"incident": "i", "status": "standing", "superseded_by": "", "answers": "", "answer_kind": ""}
    records = [empty | one for one in records]
    assert take("claims", *records) == Outcome(created=5)
    links = Claim.objects.order_by("id").values_list("slug", "superseded_by__slug", "answers__slug")
    assert list(links) == [("a", "d", None), ("b", None, "a"), ("c", None, "b"), ("d", None, "a"), ("e", None, "d")]
    assert take("claims", *records) == Outcome(unchanged=5)


@pytest.mark.parametrize("batch", [1, 2_000])
def test_names_that_never_come_are_told(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(own, "BATCH", batch)
    make_incident(slug="stored-series")
    assert faults(
        "incidents",
        incident("one", parent="two"),
        incident("two", parent="stored-serie"),
        incident("three", parent="stored-series"),
        incident("four", parent=""),
    ) == [
        (2, "parent", "the record that it names, on line 3, cannot be stored."),
        (3, "parent", "no incident is named 'stored-serie'; did you mean stored-series?"),
    ]


def test_stored_record_may_be_named_while_its_own_row_cannot_be_stored() -> None:
    make_incident(slug="stored")
    rows_of_file = incident("stored", parent="nothing"), incident("new", parent="stored")
    outcome = take("incidents", *rows_of_file, skip_bad=lambda *_: None)
    assert (outcome.created, outcome.updated, outcome.skipped) == (1, 0, 1)
    assert set(Incident.objects.values_list("slug", "parent__slug")) == {("stored", None), ("new", "stored")}


# --- what is refused ---


def test_every_bad_cell_of_a_batch_is_told() -> None:
    make_country(slug="syria", iso3="SYR")
    make_country(slug="iraq", iso3="IRQ")
    assert faults(
        "incidents",
        incident("one", kind="armed_atack", started_on="soon", country=""),
        incident("two", kind="armed_attack", started_on="", country="syira"),
        incident("three", started_on="", country="IRN"),
        incident("four", started_on="", country="SYR", conflict="x"),
        incident("five", started_on="", country="", title=""),
    ) == [
        (2, "kind", "'armed_atack' is none of its terms; did you mean armed_attack or armed_clash?"),
        (2, "started_on", "'soon' is not a day of the calendar written YYYY-MM-DD."),
        (3, "country", "no country is named 'syira'; did you mean syria or iraq?"),
        (4, "country", "no country is named 'IRN'."),
        (5, "conflict", "no conflict is named 'x'."),
        (6, "title", "must not be empty."),
    ]


def test_nearest_names_among_many_begin_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slugs, "CANDIDATES", 1)
    monkeypatch.setattr(slugs, "LOOKED_UP", 2)
    make_conflict(slug="syrian-civil-war")
    make_conflict(slug="civil-war")
    told = faults("incidents", *(incident(f"i-{n}", conflict=f"Syrian civl war {n}") for n in range(3)))
    assert [reason for _, _, reason in told] == [
        "no conflict is named 'Syrian civl war 0'; did you mean syrian-civil-war?",
        "no conflict is named 'Syrian civl war 1'; did you mean syrian-civil-war?",
        "no conflict is named 'Syrian civl war 2'.",
    ]


def test_unreadable_row_is_told() -> None:
    with pytest.raises(BadRows, match=r"line 7: The row has 3 cells, the header has 2\.$"):
        load(table_named("actors"), [RawRow(7, [], {}, "The row has 3 cells, the header has 2.")])


def test_unknown_and_lacking_columns_end_the_load_at_once() -> None:
    def skip(*_: object) -> None:
        pytest.fail("a column is no row's mistake")

    assert faults("incidents", {"titel": "One", "kind": "armed_attack"}, skip_bad=skip) == [
        (2, "titel", "incidents have no such column; did you mean title or latitude?"),
        (2, "slug", "the file must have this column."),
    ]


def test_new_record_needs_its_columns() -> None:
    make_incident(slug="stored")
    assert faults(
        "incidents", {"slug": "stored", "title": "S"}, {"slug": "new", "title": "N"}, default_dataset=None
    ) == [(3, "dataset", "a new record needs it."), (3, "kind", "a new record needs it.")]
    assert faults("claims", {"slug": "new", "kind": "occurrence"}) == [(2, "statement", "a new record needs it.")]


@pytest.mark.parametrize("batch", [1, 2_000])
def test_record_named_twice_is_told(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(own, "BATCH", batch)
    make_actor(slug="a")
    alias = {"actor": "a", "name": "A", "kind": "acronym"}
    assert faults("aliases", alias, alias | {"name": "B"}, alias | {"kind": "former"}) == [
        (4, "actor and name", "names the same record as line 2.")
    ]


def test_refusals_of_the_database_name_line_rule_and_column() -> None:
    make_incident(slug="public")
    assert faults(
        "incidents",
        incident("good"),
        incident("bad_slug"),
        incident("backwards", started_on="2023-02-01", ended_on="2023-01-01", date_precision="month"),
        incident("better"),
        incident("public", status="draft"),
        incident("half", latitude="3"),
        incident("first", external_id="x:1"),
        incident("second", external_id="x:1"),
    ) == [
        (3, "slug", "slug must be lower-case letters and digits, joined by single hyphens."),
        (4, "", "started_on must not exceed ended_on."),
        (6, "status", '"public" is public and cannot become a draft again; retract it instead.'),
        (7, "", "latitude and longitude must be given together or not at all."),
        (9, "external_id", "Another record already carries this external_id."),
    ]


def test_quotes_must_stand_in_their_source() -> None:
    make_source(slug="s", text="Eight were killed.")
    make_claim(slug="c")
    words = {"claim": "c", "source": "s", "start": "0", "end": "5"}
    assert faults(
        "citations", words | {"number": "1", "exact": "Eight"}, words | {"number": "2", "exact": "Seven"}
    ) == [(3, "exact", 'Citation 2 of claim "c" does not stand verbatim in its source "s": "Seven".')]


def test_circle_of_parents_is_told() -> None:
    told = faults("incidents", incident("one", parent="two"), incident("two", parent="one"))
    assert told == [
        (2, "parent", "the record that it names, on line 3, cannot be stored."),
        (3, "parent", '"two" cannot be part of what is part of it.'),
    ]


def test_what_is_checked_at_the_end_names_its_line_and_is_never_left_out() -> None:
    make_incident(slug="i")
    make_incident(slug="j")
    told = faults(
        "claims",
        claim("a", incident="i", answers="", answer_kind=""),
        claim("b", incident="j", answers="a", answer_kind="denies"),
        skip_bad=lambda *_: None,
    )
    assert told == [(3, "", 'Claim "b" is linked to "a", which is about another incident.')]


def test_linked_claims_may_move_to_another_incident_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "BATCH", 1)
    here, there = make_incident(slug="here"), make_incident(slug="there")
    first = make_toll(8, slug="a", incident=here)
    make_toll(9, slug="b", incident=here, answers=first, answer_kind="corrects")
    moved = [{"slug": slug, "incident": "there"} for slug in ("a", "b")]
    assert take("claims", *moved) == Outcome(updated=2)
    there.refresh_from_db()
    assert (there.killed_low, there.killed_high) == (8, 9)


def test_error_shows_twenty_faults() -> None:
    bad = [incident(f"incident-{number}", kind="?") for number in range(25)]
    with pytest.raises(BadRows) as caught:
        take("incidents", *bad, file="incidents.csv")
    lines = str(caught.value).splitlines()
    assert len(caught.value.faults) == 25
    assert lines[0] == "incidents.csv was not loaded:"
    assert lines[1].startswith("  line 2, column kind: '?' is none of its terms")
    assert lines[21:] == ["  and 5 more"]


# --- leaving bad rows out ---


@pytest.mark.parametrize("batch", [1, 3, 2_000])
def test_bad_rows_are_left_out_with_those_that_name_them(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(own, "BATCH", batch)
    left: list[tuple[int, Fault]] = []
    outcome = take(
        "incidents",
        incident("one", parent=""),
        incident("two", parent="bad_slug"),
        incident("bad_slug", parent="one"),
        incident("three", parent="two"),
        incident("four", parent="one"),
        incident("five", kind="?", title=""),
        skip_bad=lambda raw, fault: left.append((raw.line, fault)),
    )
    assert (outcome.created, outcome.skipped) == (2, 4)
    assert set(Incident.objects.values_list("slug", "parent__slug")) == {("one", None), ("four", "one")}
    assert sorted(line for line, _ in left) == [3, 4, 5, 7]
    assert dict(left) == {fault.line: fault for fault in outcome.faults}
    told = {line: (fault.column, fault.reason) for line, fault in left}
    assert told[4] == ("slug", "slug must be lower-case letters and digits, joined by single hyphens.")
    assert told[3] == ("parent", "the record that it names, on line 4, cannot be stored.")
    assert told[5] == ("parent", "the record that it names, on line 3, cannot be stored.")
    assert told[7][0] == "kind, title"
    assert told[7][1].endswith(" title: must not be empty.")


def test_refused_change_leaves_the_record_as_it_is() -> None:
    stored = make_incident(slug="stored", title="Old")
    change = incident("stored", title="New", status="draft")
    outcome = take("incidents", change, incident("new", status="draft"), skip_bad=lambda *_: None)
    assert (outcome.created, outcome.updated, outcome.skipped) == (1, 0, 1)
    stored.refresh_from_db()
    assert stored.title == "Old"


def test_many_bad_rows_among_good_ones_are_found() -> None:
    records = [incident(f"bad_{n}" if n % 10 == 3 else f"good-{n}") for n in range(200)]
    outcome = take("incidents", *records, skip_bad=lambda *_: None)
    assert (outcome.created, outcome.skipped) == (180, 20)
    assert Incident.objects.count() == 180
    assert [fault.line for fault in outcome.faults] == list(range(5, 202, 10))


def test_constraints_wait_for_the_end_again_after_a_load() -> None:
    take("incidents", incident("one"))
    with connection.cursor() as cursor:  # a link to nothing, mended before it is looked at
        cursor.execute("UPDATE conflictdb_incident SET parent_id = 0")
        cursor.execute("UPDATE conflictdb_incident SET parent_id = NULL")
