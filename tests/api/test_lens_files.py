"""Files and features under a lens: they hold what the pages of the list hold under it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from api.filters.feature import FeatureFilterSet, LensedFeatureFilterSet
from api.filters.incident import IncidentFilterSet, LensedIncidentFilterSet
from api.lens import FIGURES
from tests import make
from tests.api import lensing
from tests.api.exporting import cells, export, flat, pages
from tests.api.layers import ITEMS, Ask, asker, linked, slugs, walk
from tests.api.test_exports import compare, described_by
from tests.conflictdb.claims import World, exact, store

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]


@pytest.fixture
def world() -> World:
    """Store incidents and claims."""
    return lensing.make_world()


@pytest.fixture
def ask(client: Client) -> Ask:
    """Read a resource of OGC API Features."""
    return asker(client)


def test_files_under_a_lens_hold_what_its_pages_hold(client: Client, get: Get, world: World) -> None:
    for written in lensing.lenses(world):
        found = compare(client, get, "incidents", f"{written}&ordering=-killed_best")
        assert 0 < compare(client, get, "incidents", f"{written}&killed_claims__gte=1&fields=slug,killed") < found


def test_file_under_a_lens_marks_what_nobody_speaks_of(client: Client) -> None:
    make.make_actor(slug="paper")
    store(make.make_incident(place_name="100 %s"), [exact(7)])
    asked = "incidents/?according_to=paper&fields=slug,killed&place_name__icontains=0%20%25s&format=csv"
    (row,) = cells(export(client, f"{asked}&killed_best__isnull=true"))
    assert (row["killed.best"], row["killed.claims"], row["is_spoken_of"]) == ("", "0", "false")
    _, row = cells(export(client, f"{asked}&hxl=true"))
    assert row["is_spoken_of"] == "false"


def test_features_under_a_lens_are_the_rows_under_it(ask: Ask, get: Get, world: World) -> None:
    for written in lensing.lenses(world):
        asked = f"{written}&killed_best__gte=1&ordering=-killed_best"
        rows = pages(get, f"incidents/?{asked}&page_size=4")
        features = [each for page in walk(ask, f"{ITEMS}?{asked}&limit=4") for each in page["features"]]
        assert [each["properties"] for each in features] == [
            flat(row, described_by("incidents", written)) for row in rows
        ]
        assert ask(f"{ITEMS}?{asked}&resultType=hits")["numberMatched"] == len(rows)
        for feature in features[:2]:
            single = ask(f"{ITEMS}/{feature['id']}?{written}")
            assert (single["properties"], single["lens"]) == (
                feature["properties"],
                get(f"incidents/?{written}")["lens"],
            )
            assert linked(single).keys() == {"self", "collection"}


def test_standard_filters_hold_under_a_lens(ask: Ask) -> None:
    make.make_actor(slug="paper")
    for slug, day, longitude in (("far", "2020-01-01", 99), ("late", "2023-01-01", 1), ("here", "2020-01-01", 1)):
        incident = make.make_incident(
            slug=slug, started_on=day, ended_on=day, date_precision="day",
            longitude=longitude, latitude=1, place_precision="exact",
        )  # fmt: skip
        store(incident, [exact(3)])
    make.make_incident(slug="nowhere", started_on="2020-01-01", ended_on="2020-01-01", date_precision="day")
    asked = f"{ITEMS}?bbox=0,0,-5,9,9,5&datetime=2020-01-01&resolve=latest"
    assert slugs(ask(asked)) == {"here", "nowhere"}
    assert slugs(ask(f"{asked}&killed_best__gte=1")) == {"here"}
    assert slugs(ask(f"{asked}&killed_best__isnull=true")) == {"nowhere"}
    page = ask(f"{asked}&killed_best__gte=1")
    assert page["lens"] == {"resolve": "latest"}
    assert "lens" not in ask(ITEMS)


@pytest.mark.parametrize(
    ("stored", "lensed"),
    [(IncidentFilterSet, LensedIncidentFilterSet), (FeatureFilterSet, LensedFeatureFilterSet)],
)
def test_lens_leaves_no_filter_out_and_changes_none_but_of_figures(stored: Any, lensed: Any) -> None:
    assert [*lensed.filters] == [*stored.filters]
    for name, each in stored.filters.items():
        if name in stored.special:
            assert lensed.filters[name] == each
        assert (lensed.filters[name].type.schema, lensed.filters[name].needs) == (each.type.schema, each.needs)
    figures = {name for name in stored.filters if name != "filter" and stored.mentioning(FIGURES, {name: None})}
    assert {"killed_best__gte", "injured_is_open", "disputed"} < figures


def test_list_given_in_parts_is_stated_whole(get: Get) -> None:
    make.make_incident(slug="blast")
    for slug in ("ministry", "paper"):
        make.make_actor(slug=slug)
    for path in ("incidents/", "incidents/blast/", "aggregates/"):
        lens = get(f"{path}?according_to=ministry&according_to=paper")["lens"]
        assert lens == {"resolve": "range", "according_to": ["ministry", "paper"]}


def test_definition_of_features_tells_what_a_lens_adds(ask: Ask) -> None:
    definition = ask("api")
    lens = {*IncidentFilterSet.modifying, "descendants"}
    taken = {each["name"]: each for each in definition["paths"][f"/{ITEMS}/{{slug}}"]["get"]["parameters"]}
    assert {*taken} == {"slug", "fields", "crs"} | lens
    assert all(taken[name]["description"] for name in lens)
    schemas = definition["components"]["schemas"]
    assert all("lens" in schemas[name]["properties"] for name in ("Feature", "FeatureCollection"))
    assert schemas["Feature"]["properties"]["properties"]["properties"]["is_spoken_of"]["type"] == "boolean"
