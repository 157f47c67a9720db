"""Answers are never silently partial, wider, or of another form: a test for each way in which the field's APIs are.

What they do, and who was hurt: unknown filters ignored (ViEWS); `Mali` finding Somalia (HAPI); a value that means nothing
giving an empty table (ACLED); two filters at once giving nothing; totals and names of keys that changed over night (ACLED);
codes and flags that changed their type (ACLED, UCDP); pages counted from 0, one page beyond the end, pages of 100,000 (UCDP),
and a number of pages that is one too high on exact multiples (ViEWS).
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from api.paging import LARGEST_PAGE
from api.urls import router
from tests import make
from tests.api.exporting import ALL, cells, export
from tests.api.test_contract import CONTRACT, OPERATIONS
from tests.api.test_documents import MAKERS
from tests.api.walking import walk

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}
ADDRESSES = [f"{prefix}/" for prefix, _, _ in router.registry]
FILTERS = [
    pytest.param(prefix, name, id=f"{prefix}-{name}")
    for prefix, view in RECORDS.items()
    for name, each in view.filterset_class.filters.items()
    if "minLength" not in each.type.schema  # a free text, which may be any
]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (address, name)
        for address in ("", *ADDRESSES)
        for name in ("location_name", "page", "limit", "offset", "per_page", "Kind", "kind[]", "_", "fatalities")
        if (address, name) != ("search/", "limit")  # which is a parameter there
    ],
)
def test_filter_that_is_not_known_is_not_ignored(get: Get, address: str, name: str) -> None:
    (error,) = get(f"{address}?{name}=1", 400)["errors"]
    assert (error["parameter"], error["detail"]) == (name, "There is no such parameter here.")


@pytest.mark.parametrize(("prefix", "name"), FILTERS)
def test_value_that_is_not_understood_is_not_ignored(get: Get, prefix: str, name: str) -> None:
    """Nor is it understood as nothing, everything, or the part that can be."""
    errors = get(f"{prefix}/?{name}=%20,(=,?", 400)["errors"]
    assert name in {error["parameter"] for error in errors}


def test_name_finds_what_bears_it_and_not_what_contains_it(get: Get) -> None:
    mali, somalia = (make.make_country(slug=slug, name=slug.title()) for slug in ("mali", "somalia"))
    for country in (mali, somalia):
        make.make_incident(slug=f"in-{country.slug}", country=country, admin1=country.name, place_precision="country")

    def found(question: str) -> list[str]:
        return sorted(row["slug"] for row in get(f"incidents/?{question}&fields=slug")["results"])

    for question in ("country=mali", "country__in=mali", "admin1=Mali", "admin1__in=Mali", "filter=country=mali"):
        assert found(question) == ["in-mali"], question
    assert found("admin1=mali") == []  # exact in case too
    assert found("admin1__icontains=mali") == ["in-mali", "in-somalia"]  # only who asks for it


@pytest.mark.parametrize("prefix", RECORDS)
def test_record_that_is_not_there_is_no_empty_table(client: Client, prefix: str) -> None:
    """In no format: an empty answer means that nothing matches, never that the question named nothing."""
    MAKERS[prefix][0]()
    for name in RECORDS[prefix].filterset_class.relations:
        for question in (f"{name}=no-such-record", f"{name}__in=no-such-record", f"filter={name}=no-such-record"):
            for form in ("json", "csv", "ndjson"):
                answer: Any = client.get(f"/api/v1/{prefix}/?{question}&format={form}")
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                assert answer.status_code == 400, (question, form)
                assert b"no-such-record" in body


def test_several_filters_narrow_and_do_not_cancel_each_other(get: Get) -> None:
    one_actor, other = make.make_actor(slug="one"), make.make_actor(slug="other")
    there = {"country": make.make_country(slug="there"), "place_precision": "country"}
    for slug, who, kind, where in (
        ("both", one_actor, "riot", there), ("first", one_actor, "riot", {}),
        ("second", other, "riot", there), ("third", one_actor, "strike", there),
    ):  # fmt: skip
        make.make_participation(actor=who, incident=make.make_incident(slug=slug, kind=kind, **where))
    questions = {
        "actor=one": {"both", "first", "third"},
        "kind=riot": {"both", "first", "second"},
        "country=there": {"both", "second", "third"},
    }
    for one, of_one in questions.items():
        for two, of_two in questions.items():
            if one != two:
                assert {row["slug"] for row in get(f"incidents/?{one}&{two}")["results"]} == of_one & of_two
    assert [row["slug"] for row in get(f"incidents/?{'&'.join(questions)}")["results"]] == ["both"]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7])
def test_pages_end_where_the_rows_do(get: Get, size: int) -> None:
    """Six rows: no page is empty, none lies beyond the end, and the count is that of the rows met, on every page."""
    slugs = sorted(make.make_country().slug for _ in range(6))
    pages, following = [], f"countries/?page_size={size}&count=exact"
    while following:
        page = get(following)
        assert page["count"] == 6
        pages.append([row["slug"] for row in page["results"]])
        following = page["next"] and page["next"].split("/api/v1/")[1]
    assert [len(page) for page in pages] == [size] * (6 // size) + [6 % size] * bool(6 % size)
    assert sorted(slug for page in pages for slug in page) == slugs


def test_list_without_rows_is_one_page(get: Get) -> None:
    assert get("incidents/?count=exact") == {"count": 0, "next": None, "results": []}


@pytest.mark.parametrize("size", ["0", "-1", "1001", "100000", "1e2", "all", "10.0"])
def test_page_size_that_cannot_be_had_is_not_made_another(get: Get, size: str) -> None:
    make.make_incident()
    (error,) = get(f"incidents/?page_size={size}", 400)["errors"]
    assert error["detail"] == f'"{size}" is not a whole number from 1 to {LARGEST_PAGE}.'


@pytest.mark.parametrize("prefix", RECORDS)
def test_file_holds_every_row_that_pages_do(client: Client, get: Get, prefix: str) -> None:
    for make_one in MAKERS[prefix]:
        make_one()
    paged = [row["slug"] for page in walk(get, f"{prefix}/?{ALL.get(prefix, '')}&page_size=2") for row in page]
    assert [row["slug"] for row in cells(export(client, f"{prefix}/?{ALL.get(prefix, '')}&format=csv"))] == paged
    assert get(f"{prefix}/?{ALL.get(prefix, '')}&count=exact&page_size=1")["count"] == len(paged) > 0


def kinds(schema: dict[str, Any]) -> set[str]:
    """Which types of JSON a schema of the contract admits."""
    if "$ref" in schema:
        return kinds(CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for way in ("oneOf", "anyOf", "allOf"):
        if way in schema:
            return set().union(*map(kinds, schema[way]))
    given = schema.get("type", [])
    return {given} if isinstance(given, str) else {*given}


ASKED_FOR = {"lens", "is_spoken_of", "highlights", "estimate"}  # told only where they are asked for


def leaves(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any, set[str]]]:
    """Go through an answer: each value with the types that the contract has for it."""
    yield path, value, kinds(schema)
    for inner in [schema, *schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]:
        whole = CONTRACT["components"]["schemas"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
        if isinstance(value, dict) and "properties" in whole:
            assert value.keys() == whole["properties"].keys() - ASKED_FOR, path  # no key is renamed, missing or new
            for name, below in value.items():
                yield from leaves(below, whole["properties"][name], f"{path}.{name}")
        if isinstance(value, list) and "items" in whole:
            for below in value:
                yield from leaves(below, whole["items"], f"{path}[]")


NAMES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


@pytest.mark.parametrize("prefix", RECORDS)
def test_keys_and_types_are_those_of_the_contract_whatever_the_values(get: Get, prefix: str) -> None:
    """Codes stay texts, flags stay true or false, counts stay numbers, totals stay there: full, empty or null."""
    slugs = [make_one().slug for make_one in MAKERS[prefix]]
    met: dict[str, set[str]] = {}
    answers = [
        (f"{prefix}_list", f"{prefix}/?{ALL.get(prefix, '')}&count={count}") for count in ("none", "exact", "estimate")
    ]
    answers += [(f"{prefix}_retrieve", f"{prefix}/{slug}/") for slug in slugs]
    for operation, address in answers:
        schema = OPERATIONS[operation]["responses"]["200"]["content"]["application/json"]["schema"]
        for path, value, admitted in leaves(get(address), schema):
            kind = NAMES[type(value)]
            met.setdefault(path, set()).add(kind)
            assert not admitted or {kind, "number" if kind == "integer" else kind} & admitted, (path, value)
    assert len(met) > 10
    for path, seen in met.items():
        assert len(seen - {"null"} - ({"integer"} if "number" in seen else set())) <= 1, (path, seen)


@pytest.mark.parametrize("count", ["exact", "estimate"])
def test_total_that_is_asked_for_is_a_number_and_else_null(get: Get, count: str) -> None:
    make.make_incident()
    assert isinstance(get(f"incidents/?count={count}")["count"], int)
    assert get("incidents/")["count"] is None
