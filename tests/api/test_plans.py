"""How PostgreSQL finds what is asked: each documented filter of incidents and claims by an index, no page by counting."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from api import changes
from api.documents import BASE
from api.filters.base import FilterSet
from api.filters.lens import BY_SLUGS
from api.newest import KNOWN, Windows, holding_of
from api.ranking import ranked_statement, windows_of
from api.reading import Shape, detail_statement, list_statement
from api.search.kinds import KINDS
from api.search.statement import search_statement
from api.statements import Statement
from api.urls import router
from api.walking import PLANNED
from tests import make
from tests.conftest import Undo

pytestmark = pytest.mark.django_db
VIEWS: dict[str, Any] = {prefix: view for prefix, view, _ in router.registry if prefix in {"incidents", "claims"}}
FILTERS = [(prefix, name) for prefix, view in VIEWS.items() for name in view.filterset_class.filters]
ROWS = 30_000
FILL = """
    SET LOCAL session_replication_role = replica;
    INSERT INTO conflictdb_incident (
        slug, external_id, kind, title, summary, weapons, started_on, ended_on, date_precision, country_id, admin1, admin2,
        place_name, latitude, longitude, place_precision, quality_note, other_columns, status, status_reason, killed_low,
        killed_best, killed_high, killed_is_open, killed_claims, injured_is_open, injured_claims, disputed,
        killed_most, injured_most, dataset_id, created_at, updated_at
    )
    SELECT 'n-' || n, 'n:' || n, (ARRAY['armed_clash', 'strike', 'riot'])[1 + n % 3], 'Clash ' || n, '', '{}', day, day,
           'day', country.id, 'Province ' || n % 30, 'District ' || n % 300, 'Place ' || n % 900, n % 80, n % 170, 'near',
           '', '{}', 'published', '', n % 9, n % 10, n % 12, false, 1, false, 0, n % 100 = 0,
           n % 12, n % 7, dataset.id, day, day
    FROM generate_series(1, :rows) AS n CROSS JOIN LATERAL (SELECT date '1989-01-01' + n * 7919 % 12000 AS day) AS drawn
    CROSS JOIN (SELECT max(id) AS id FROM conflictdb_country) AS country
    CROSS JOIN (SELECT max(id) AS id FROM conflictdb_dataset) AS dataset;
    INSERT INTO conflictdb_participation (incident_id, actor_id, role)
    SELECT incident.id, actor.id, 'present' FROM conflictdb_incident AS incident
    JOIN (SELECT id, row_number() OVER () AS n, count(*) OVER () AS all FROM conflictdb_actor) AS actor
         ON actor.n = 1 + incident.id % actor.all;
    INSERT INTO conflictdb_claim (
        slug, external_id, kind, polarity, statement, incident_id, claimant_id, claimant_wording, stated_on, credibility,
        measure, victims, value_kind, low, best, high, value_wording, is_out_of_order, status, status_reason, answer_kind,
        dataset_id, created_at, updated_at
    )
    SELECT 'c-' || incident.id, '', 'toll', 'asserts', 'So many were killed.', incident.id, actor_id, '', started_on, '6',
           'killed', 'everyone', 'exact', incident.id % 9, incident.id % 9, incident.id % 9, '', false, 'standing', '', '',
           dataset_id, created_at, created_at
    FROM conflictdb_incident AS incident JOIN conflictdb_participation ON incident_id = incident.id;
    SET LOCAL session_replication_role = DEFAULT;
    ANALYZE
"""


@pytest.fixture(scope="module", autouse=True)
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001 – needs the database
    """Store so many rows that reading all of them would be the wrong way."""
    with django_db_blocker.unblock(), suppress(Undo), transaction.atomic(), connection.cursor() as cursor:
        make.make_country(slug="somewhere")
        make.make_dataset(slug="data")
        for number in range(300):
            make.make_actor(slug=f"a-{number}", name=f"Army {number}")
        cursor.execute(FILL.replace(":rows", str(ROWS)))
        KNOWN.clear()
        holding_of.cache_clear()
        yield
        KNOWN.clear()
        holding_of.cache_clear()
        raise Undo


# What filters of a form of their own are asked, as they are written in an address; and what they need beside them.
WRITTEN = {
    "filter": 'killed_best__gte=8 and place_name="Place 7"',
    "near": "7,7",
    "bbox": "7,7,8,8",
    "actor_named": "army 7",
}
BESIDE = {"near": {"radius_km": 5.0}, "similar": {"q": "Plaze 7"}}


def value_for(filters: type[FilterSet], name: str) -> Any:
    """Choose a value that a filter takes and that few rows have, as its schema says."""
    if name in WRITTEN:
        asked = WRITTEN[name] if filters is VIEWS["incidents"].filterset_class else "low=8 and kind=toll"
        return filters.filters[name].type.parse(asked)
    schema = filters.filters[name].type.schema
    if schema["type"] == "array":
        item = schema["items"]
        if "enum" in item:
            return item["enum"][-1:]
        is_slug = name.removesuffix("__in") in {*filters.relations, *BY_SLUGS} or name == "incident__country__in"
        return [3] if is_slug or item["type"] == "integer" else ["Place 7"]
    chosen = {"boolean": True, "integer": 8, "number": 79}
    if schema["type"] in chosen:
        return chosen[schema["type"]]
    if "enum" in schema:
        return schema["enum"][-1]
    written = {"date": "1991-02-03", "date-time": "1991-02-03T00:00:00Z"}.get(schema.get("format", ""), "Place 7")
    return filters.filters[name].type.parse(written) if "format" in schema else written


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """List the steps of a plan."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def plan_of(statement: Statement, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask PostgreSQL how it would run a statement."""
    cursor = psycopg.RawCursor(connection.connection)
    given = [{BASE: "http://here", **values}[slot] for slot in statement.slots]
    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.text}", given)
    (found,) = cursor.fetchall()
    return list(nodes(found[0][0]["Plan"] if isinstance(found[0], list) else json.loads(found[0])[0]["Plan"]))


def whole_tables(plan: list[dict[str, Any]]) -> list[str]:
    """Name the large tables that a plan reads from one end to the other."""
    read = (node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan")
    return [name for name in read if name in {"conflictdb_incident", "conflictdb_claim"}]


def shape_of(prefix: str, given: dict[str, Any], order: str = "", *, is_continued: bool = False) -> Shape:
    """Make the shape of a request for a page of a list, in its default order unless told."""
    view = VIEWS[prefix]
    filters = view.filterset_class.filters
    return Shape(
        view=view,
        is_detail=False,
        fields="slug",
        constants=tuple((each, value) for each, value in given.items() if filters[each].is_constant),
        slots=tuple(each for each in given if not filters[each].is_constant),
        order=order or view.default_order,
        size=101,
        is_continued=is_continued,
    )


def plan_of_list(prefix: str, given: dict[str, Any], order: str = "") -> list[dict[str, Any]]:
    """Ask how a page of a list would be read."""
    return plan_of(list_statement(shape_of(prefix, given, order)), given)


@pytest.mark.parametrize(("prefix", "name"), FILTERS)
def test_every_filter_is_served_by_an_index(prefix: str, name: str) -> None:
    filters = VIEWS[prefix].filterset_class
    assert whole_tables(plan_of_list(prefix, {name: value_for(filters, name), **BESIDE.get(name, {})})) == []


def walked(plan: list[dict[str, Any]]) -> list[str]:
    """Name the indexes that a plan reads from one end, however far, by the order of lists alone."""
    orders = {"incident_by_start", "claim_by_statement_day"}
    return [node["Index Name"] for node in plan if node.get("Index Name") in orders and "Index Cond" not in node]


@pytest.mark.parametrize(
    "given",
    [
        {"incident__isnull": True},
        *(
            {f"{link}__isnull": False}
            for link in ("actor", "relation", "victim_actor", "named_actor", "named_conflict", "superseded_by")
        ),
    ],
    ids=str,
)
def test_links_that_few_claims_have_are_not_looked_for_in_all_of_them(given: dict[str, Any]) -> None:
    assert walked(plan_of_list("claims", given)) == []


def test_incidents_that_had_ended_are_not_looked_for_among_those_that_had_not_begun() -> None:
    assert walked(plan_of_list("incidents", {"ended_on__lte": date(1991, 2, 3)})) == []


@pytest.mark.parametrize("order", ["started_on", "-started_on"])
def test_incidents_that_ended_late_are_not_looked_for_among_those_that_began_early(order: str) -> None:
    assert walked(plan_of_list("incidents", {"ended_on__gte": date(2031, 2, 3)}, order)) == []


@pytest.mark.parametrize(("prefix", "name"), [("claims", "dataset"), ("claims", "claimant"), ("incidents", "dataset")])
def test_nothing_is_read_for_a_name_that_nobody_has(prefix: str, name: str) -> None:
    assert any("IS NOT NULL" in node.get("One-Time Filter", "") for node in plan_of_list(prefix, {name: "nobody"}))


LENS = {"resolve": "median"}
UNDER_LENSES: list[tuple[str, dict[str, Any]]] = [
    ("-killed_best", LENS),
    ("-injured_best", {"min_credibility": "2"}),
    ("-killed_best", {"according_to": [3]}),
    ("-killed_best", {**LENS, "country": "somewhere"}),
    ("-killed_best", {**LENS, "killed_high__gte": 11}),
    ("-started_on", {**LENS, "killed_best__gte": 11}),
    ("-started_on", {**LENS, "disputed": True}),
    ("started_on", {**LENS, "killed_low__lte": 2}),
    ("killed_best", {"min_credibility": "2"}),
]


@pytest.mark.parametrize(("order", "given"), UNDER_LENSES)
@pytest.mark.parametrize("is_continued", [False, True])
def test_pages_by_figures_under_a_lens_read_no_more_than_they_need(
    order: str,
    given: dict[str, Any],
    is_continued: bool,  # noqa: FBT001 – both cases
) -> None:
    """But for the last of the tables of candidates, which is for walks that compute everything."""
    shape = shape_of("incidents", given, order, is_continued=is_continued)
    key = date(2001, 2, 3) if "started_on" in order else 5
    plan = plan_of(list_statement(shape), {**given, "after_key": key, "after_pk": 1_000})
    rest = [node for node in plan if node.get("Subplan Name", "").endswith(f"_near_{len(PLANNED) - 1}")]
    assert rest
    last = {id(below) for node in rest for below in nodes(node)}
    assert whole_tables([node for node in plan if id(node) not in last]) == []


@pytest.mark.parametrize("match", ["overlaps", "within"])
def test_window_of_days_is_served_by_indexes(match: str) -> None:
    view = VIEWS["incidents"]
    given = {"date_from": date(1991, 2, 3), "date_to": date(1991, 2, 5), "date_match": match}
    shape = Shape(view, is_detail=False, fields="slug", constants=(*given.items(),), order="-killed_best", size=101)
    assert whole_tables(plan_of(list_statement(shape), given)) == []


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    ("prefix", "order"), [(prefix, order) for prefix, view in VIEWS.items() for order in view.orders]
)
def test_every_order_follows_its_index_at_any_depth(prefix: str, order: str, sign: str) -> None:
    """No sorting of what was found, no counting, no skipping: a page is read where it begins."""
    view = VIEWS[prefix]
    key = {"date": "2001-02-03", "datetime": "2001-02-03T00:00:00Z"}.get(type(view.orders[order]).__name__, 5)
    if order == "updated_at":
        key = "2001-02-03T00:00:00Z"
    shape = Shape(view, is_detail=False, fields="", order=f"{sign}{order}", size=101, is_continued=True)
    statement = list_statement(shape)
    plan = plan_of(statement, {"after_key": key, "after_pk": 1_000})
    limit = next(node for node in plan if node["Node Type"] == "Limit")
    scan = limit
    while not scan["Node Type"].startswith("Index"):  # the first of each step's inputs: the others are looked up by it
        assert "Sort" not in scan["Node Type"]
        scan = scan["Plans"][0]
    assert "ROW(" in scan["Index Cond"]
    assert whole_tables(plan) == []
    assert "count(" not in statement.text.lower()
    assert "OFFSET" not in statement.text


def test_changes_are_read_from_where_they_begin() -> None:
    """Of each large table as many rows as the page may hold, by the index of its changes, without sorting any."""
    statement = changes.statement((*changes.KINDS,), 101)
    at, until = "2001-02-03T00:00:00Z", "2031-02-03T00:00:00Z"
    plan = plan_of(statement, {"at": at, "until": until, **{f"{kind}_pk": 7 for kind in changes.KINDS}})
    assert whole_tables(plan) == []
    scans = {
        node["Index Name"]: node["Index Cond"] for node in plan if node.get("Index Name", "").endswith("_by_change")
    }
    assert {"incident_by_change", "claim_by_change"} <= scans.keys()
    assert all("ROW(" in scans[name] for name in ("incident_by_change", "claim_by_change"))


@pytest.mark.parametrize("prefix", VIEWS)
def test_detail_is_found_by_its_address(prefix: str) -> None:
    statement = detail_statement(Shape(VIEWS[prefix], is_detail=True, fields=""))
    plan = plan_of(statement, {"slug": "n-77"})
    assert whole_tables(plan) == []
    assert any(node.get("Index Name", "").endswith("_slug_is_unique") for node in plan)


def test_windows_are_for_words_that_many_rows_hold() -> None:
    chosen = {words: {kind.name: kind.windows(words) for kind in KINDS} for words in ("clash", "nobody")}
    is_read = {name: windows.is_read for name, windows in chosen["clash"].items() if windows.ends}
    assert is_read == {"incidents": True}  # the others hold no such word, or are few
    assert set(chosen["nobody"].values()) == {Windows()}


@pytest.mark.parametrize("words", ["clash", "Clash 777", "nobody wrote this"])
def test_search_reads_no_large_table_from_one_end_to_the_other(words: str) -> None:
    chosen = tuple((kind.name, kind.windows(words)) for kind in KINDS)
    statement = search_statement(chosen, 5, is_highlighted=True)
    filled = statement.filled({"words": words, "name": words, BASE: "http://here"})
    assert whole_tables(plan_of(filled, {})) == []


@pytest.mark.parametrize("prefix", VIEWS)
@pytest.mark.parametrize(("is_cut", "has_windows"), [(False, False), (False, True), (True, False)])
def test_order_of_relevance_weighs_the_newest_alone(prefix: str, is_cut: bool, has_windows: bool) -> None:  # noqa: FBT001 – cases
    view = VIEWS[prefix]
    words = {"incidents": "clash", "claims": "killed"}[prefix]  # which all rows hold
    shape = Shape(
        *(view, False, "slug"), constants=(("q", words),), order=view.default_order, size=101, is_continued=is_cut
    )
    chosen = windows_of(shape) if has_windows else Windows()
    assert chosen.is_read == has_windows
    statement = ranked_statement(shape, is_cut, chosen)
    place = {"weight": 0.5, "key": "2021-02-03", "pk": 5, "last_key": "2020-10-10", "last_pk": 5}  # of a thousand
    plan = plan_of(statement, place)
    assert whole_tables(plan) == []
    pool = next(node for node in plan if node.get("Subplan Name") == ("CTE window_0" if has_windows else "CTE pool"))
    # It follows the order's index as far as it must; where the last row that is weighed is known, either way is short.
    # What a window of that index holds may be sorted; the index of words, which holds all rows, is not asked.
    if has_windows:
        assert not any(node.get("Index Name", "").endswith("_by_words") for node in nodes(pool))
    else:
        assert is_cut or "Sort" not in {node["Node Type"] for node in nodes(pool)}
