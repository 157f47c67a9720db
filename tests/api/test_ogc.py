"""OGC API Features: what the standard asks of each resource, and that features are the rows of our own lists."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from drf_spectacular.validation import validate_schema

from api.filters.feature import FeatureFilterSet
from api.filters.incident import IncidentFilterSet
from api.ogc.definition import property_types
from api.ogc.links import CRS84
from api.serializers.incident import IncidentSerializer
from conflictdb.models import Dataset, Incident
from tests import make
from tests.api.exporting import names
from tests.api.layers import ITEMS, Ask, asker, linked, slugs, walk

pytestmark = pytest.mark.django_db
GEOJSON = "application/geo+json"


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    """Forget what was worked out at a revision: what tests write is undone, and never has one of its own."""
    cache.clear()


@pytest.fixture
def ask(client: Client) -> Ask:
    """Read a resource."""
    return asker(client)


def happened(slug: str, first: str | None, last: str | None, **fields: Any) -> Incident:
    """Store an incident of some days."""
    precision = "unknown" if None in {first, last} else "day" if first == last else "month"
    return make.make_incident(slug=slug, started_on=first, ended_on=last, date_precision=precision, **fields)


def at(slug: str, longitude: float, latitude: float) -> Incident:
    """Store an incident of a place."""
    return make.make_incident(slug=slug, longitude=longitude, latitude=latitude, place_precision="exact")


def test_every_link_of_the_landing_page_leads_somewhere(client: Client, ask: Ask) -> None:
    links = linked(ask())
    assert links.keys() == {"self", "service-desc", "service-doc", "conformance", "data"}
    for link in links.values():
        answer = client.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].split("; charset")[0] == link["type"]


def test_conformance_names_the_classes_that_are_kept(ask: Ask) -> None:
    part = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    assert ask("conformance") == {"conformsTo": [f"{part}/core", f"{part}/oas30", f"{part}/geojson"]}


def test_collection_tells_what_it_covers(client: Client, ask: Ask) -> None:
    happened("early", "2001-02-03", "2001-02-03")
    happened("late", "2020-01-01", "2020-01-20", longitude=20.5, latitude=-3.0, place_precision="exact")
    at("west", -70.25, 10.0)
    (collection,) = ask("collections")["collections"]
    assert collection == ask("collections/incidents")
    assert (collection["id"], collection["itemType"], collection["crs"]) == ("incidents", "feature", [CRS84])
    assert collection["extent"]["spatial"] == {"bbox": [[-70.25, -3.0, 20.5, 10.0]], "crs": CRS84}
    assert collection["extent"]["temporal"]["interval"] == [["2001-02-03T00:00:00Z", "2020-01-20T23:59:59Z"]]
    for link in collection["links"]:
        assert client.get(link["href"]).headers["Content-Type"].split("; charset")[0] == link["type"]


def test_nothing_is_covered_where_nothing_is(ask: Ask) -> None:
    assert ask("collections/incidents")["extent"] == {}
    assert ask(ITEMS)["features"] == []


def test_unknown_collection_is_not_found(ask: Ask) -> None:
    assert ask("collections/incident", 404)["detail"] == 'There is no collection "incident". Near to it: incidents.'


def test_feature_that_is_not_there_is_not_found(ask: Ask) -> None:
    make.make_incident(slug="one-thing")
    assert "Near to it: one-thing." in ask(f"{ITEMS}/one-thin", 404)["detail"]


def test_page_costs_one_query(ask: Ask, django_assert_num_queries: Any) -> None:
    for number in range(3):
        at(f"n-{number}", number, number)
    for path in (ITEMS, f"{ITEMS}?limit=2&bbox=0,0,9,9", f"{ITEMS}/n-1"):
        with django_assert_num_queries(1):
            ask(path)


@pytest.mark.parametrize(
    ("accept", "given"),
    [(GEOJSON, GEOJSON), ("*/*", GEOJSON), ("application/json", "application/json"), ("text/html,*/*;q=0.8", GEOJSON)],
)
def test_items_are_geojson_under_either_name(client: Client, accept: str, given: str) -> None:
    assert client.get(f"/api/ogc/{ITEMS}", headers={"accept": accept}).headers["Content-Type"] == given


def test_items_are_kept_by_revision(client: Client) -> None:
    for path in (ITEMS, "collections", "collections/incidents"):
        tag = client.get(f"/api/ogc/{path}").headers["ETag"]
        assert client.get(f"/api/ogc/{path}", headers={"if-none-match": tag}).status_code == 304


def test_number_matched_is_told_where_it_is_known_or_asked(ask: Ask) -> None:
    for number in range(3):
        make.make_incident(slug=f"n-{number}")
    first, last = walk(ask, f"{ITEMS}?limit=2")
    assert "numberMatched" not in first
    assert "numberMatched" not in last
    assert ask(ITEMS)["numberMatched"] == 3
    hits = ask(f"{ITEMS}?limit=2&resultType=hits")
    assert (hits["features"], hits["numberReturned"], hits["numberMatched"]) == ([], 0, 3)
    assert "next" not in linked(hits)


def test_limit_above_the_maximum_means_the_maximum(ask: Ask) -> None:
    make.make_incident()
    assert ask(f"{ITEMS}?limit=100000")["numberReturned"] == 1
    for bad in ("0", "-1", "ten", "1e3", "9" * 30):
        (error,) = ask(f"{ITEMS}?limit={bad}", 400)["errors"]
        assert (error["parameter"], error["detail"]) == ("limit", f'"{bad}" is not a whole number from 1 up.')


def test_cursor_of_other_filters_is_refused(ask: Ask) -> None:
    for number in range(3):
        make.make_incident(slug=f"n-{number}", kind="riot")
    following = linked(ask(f"{ITEMS}?limit=1"))["next"]["href"].split("/api/ogc/")[1]
    assert slugs(ask(following.replace("limit=1", "limit=2"))) == {"n-1", "n-0"}
    assert ask(f"{following}&kind=riot", 400)["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ("10,0,20,10", {"in"}),
        ("10,0,-500,20,10,9000", {"in"}),
        ("170,-20,-170,0", {"fiji", "samoa"}),
        ("170,-20,0,-170,0,1", {"fiji", "samoa"}),
        ("-180,-90,180,90", {"in", "fiji", "samoa"}),
        ("15,5,15,5", {"in"}),
    ],
)
def test_boxes(ask: Ask, box: str, expected: set[str]) -> None:
    at("in", 15, 5)
    at("fiji", 178, -18)
    at("samoa", -172, -14)
    make.make_incident(slug="nowhere")
    asked = f"{ITEMS}?bbox={box}&bbox-crs={CRS84}"
    assert slugs(ask(asked)) == {*expected, "nowhere"}  # the standard: what has no geometry matches, too
    assert slugs(ask(f"{asked}&latitude__gte=-90")) == expected


@pytest.mark.parametrize(
    ("box", "detail"),
    [
        ("1,2,3", "Holds 3 values; 4 are needed, west,south,east,north, or 6, west,south,low,east,north,high."),
        ("1,2,3,4,5", "Holds 5 values; 4 are needed, west,south,east,north, or 6, west,south,low,east,north,high."),
        ("1,2,9,3,4,5", "Holds a low (9) that lies above its high (5)."),
        ("1,9,3,4", "Holds a south (9) that lies north of its north (4)."),
        ("1,2,x,3,4,5", '"x" is not a number from -1e+07 to 1e+07.'),
        ("1,2,200,4", 'east: "200" is not a number from -180 to 180.'),
    ],
)
def test_bad_boxes_are_refused(ask: Ask, box: str, detail: str) -> None:
    (error,) = ask(f"{ITEMS}?bbox={box}", 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("bbox", detail)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2020-01-10T12:00:00Z", {"month", "unknown", "from-2019"}),
        ("2020-01-10", {"month", "unknown", "from-2019"}),
        ("2020-01-10T23:30:00-02:00", {"month", "day", "unknown", "from-2019"}),  # the 11th in UTC
        ("2020-01-11/2020-02-01", {"month", "day", "unknown", "from-2019"}),
        ("2020-01-11T00:00:00Z/..", {"month", "day", "later", "unknown", "from-2019"}),
        ("2020-01-11T/", {"month", "day", "later", "unknown", "from-2019"}),
        ("../2019-12-31T23:59:59Z", {"unknown", "from-2019"}),
        ("/2019-06-30", {"unknown"}),
        ("2020-01-11/2020-12-31&date_match=within", {"day", "later"}),
    ],
)
def test_days_and_intervals(ask: Ask, when: str, expected: set[str]) -> None:
    happened("day", "2020-01-11", "2020-01-11")
    happened("month", "2020-01-01", "2020-01-31")
    happened("later", "2020-06-01", "2020-06-01")
    happened("unknown", None, None)
    happened("from-2019", "2019-07-01", None)
    assert slugs(ask(f"{ITEMS}?datetime={when}")) == expected


@pytest.mark.parametrize(
    ("when", "detail"),
    [
        ("../..", "Is open on both ends; leave the parameter out instead."),
        ("..", '".." is not a day of the calendar written YYYY-MM-DD.'),
        ("/", "Is open on both ends; leave the parameter out instead."),
        ("a/b/c", '"a/b/c" is neither an instant nor an interval, which has one "/".'),
        ("2020-01-02/2020-01-01", "Ends (2020-01-01) before it begins (2020-01-02)."),
        ("2020-02-30", '"2020-02-30" is not a day of the calendar written YYYY-MM-DD.'),
        (
            "2020-01-01T25:00:00Z",
            '"2020-01-01T25:00:00Z" is not an instant written YYYY-MM-DDThh:mm:ssZ (or with an offset such as +02:00).',
        ),
        ("2020-01-01&date_to=2021-01-01", "Says what date_to would say; leave one of them out."),
    ],
)  # fmt: skip
def test_bad_times_are_refused(ask: Ask, when: str, detail: str) -> None:
    (error,) = ask(f"{ITEMS}?datetime={when}", 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("datetime", detail)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("?f=json", "f"),
        ("conformance?f=json", "f"),
        ("collections?page_size=1", "page_size"),
        ("collections/incidents?crs=x", "crs"),
        ("api?x=1", "x"),
        (f"{ITEMS}?page_size=3", "page_size"),
        (f"{ITEMS}?format=csv", "format"),
        (f"{ITEMS}?crs=http://www.opengis.net/def/crs/EPSG/0/4326", "crs"),
        (f"{ITEMS}?country=no-such-country", "country"),
        (f"{ITEMS}/a?bbox=1,2,3,4", "bbox"),
    ],
)
def test_unknown_parameters_and_values_are_refused(ask: Ask, path: str, parameter: str) -> None:
    assert [error["parameter"] for error in ask(path, 400)["errors"]] == [parameter]


def test_what_is_not_public_is_no_feature(ask: Ask) -> None:
    make.make_incident(slug="draft", status="draft")
    at("withheld", 1, 1)
    Dataset.objects.update(redistributable=False)
    assert ask(ITEMS)["features"] == []
    assert ask("collections/incidents")["extent"] == {}
    ask(f"{ITEMS}/draft", 404)
    ask(f"{ITEMS}/withheld", 404)


def test_definition_is_valid_and_names_every_parameter(ask: Ask) -> None:
    definition = ask("api")
    assert definition["openapi"] == "3.0.3"
    validate_schema(definition)
    references = [each["$ref"] for each in definition["paths"][f"/{ITEMS}"]["get"]["parameters"]]
    items = [
        definition["components"]["parameters"][each.removeprefix("#/components/parameters/")] for each in references
    ]
    ours = {"limit", "cursor", "ordering", "resultType", "fields", "crs", "bbox-crs"}
    assert {each["name"] for each in items} == {*FeatureFilterSet.filters, *ours}
    assert {*IncidentFilterSet.filters} < {*FeatureFilterSet.filters}
    assert all(each["description"] for each in items)
    (limit,) = [each for each in items if each["name"] == "limit"]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    assert definition["servers"] == [{"url": "http://testserver/api/ogc"}]


def test_types_of_properties_are_those_of_the_serializer(ask: Ask) -> None:
    types = ask("collections/incidents/schema")
    assert types == property_types()
    flat = types["properties"]["properties"]["properties"]
    lists = {"weapons", "participants"}
    assert flat.keys() == {*names(IncidentSerializer(is_lensed=True))} - lists
    assert (flat["killed.best"]["type"], flat["killed.is_open"]["type"], flat["country.iso3"]["type"]) == (
        "integer", "boolean", "string",
    )  # fmt: skip
    assert (flat["started_on"]["format"], flat["latitude"]["type"], flat["disputed"]["type"]) == (
        "date", "number", "boolean",
    )  # fmt: skip
