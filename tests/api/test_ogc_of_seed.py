"""The seed dataset as a layer: features are the rows of our own lists, and keep the definition."""

import json
from typing import Any

import jsonschema
import pytest
from django.test import Client

from tests.api.exporting import export
from tests.api.layers import ITEMS, Ask, asker, linked, slugs, walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]


@pytest.fixture
def ask(client: Client) -> Ask:
    """Read a resource."""
    return asker(client)


def test_features_are_those_of_the_geojson_export(client: Client, ask: Ask) -> None:
    exported = json.loads(export(client, "incidents/?format=geojson"))
    pages = [*walk(ask, f"{ITEMS}?limit=5")]
    assert [feature for page in pages for feature in page["features"]] == exported["features"]
    assert [page["numberReturned"] for page in pages] == [len(page["features"]) for page in pages] == [5, 5, 2]
    assert all(page["type"] == "FeatureCollection" for page in pages)


def test_feature_by_itself_is_the_one_of_the_list(ask: Ask) -> None:
    (listed,) = ask(f"{ITEMS}?slug=us-entry-into-syria")["features"]
    alone = ask(f"{ITEMS}/us-entry-into-syria")
    links = linked(alone)
    assert links.keys() == {"self", "collection"}
    assert links["self"]["href"].endswith(f"/api/ogc/{ITEMS}/us-entry-into-syria")
    assert {name: value for name, value in alone.items() if name != "links"} == listed


def test_our_filters_hold_too(ask: Ask, get: Any) -> None:
    question = "filter=(country=syria+or+country=iraq)+and+actor=iran-backed-groups+and+role=initiator"
    expected = {row["slug"] for row in get(f"incidents/?{question}")["results"]}
    assert slugs(ask(f"{ITEMS}?{question}")) == expected
    assert len(expected) == 2
    fields = ask(f"{ITEMS}?{question}&fields=title,country.name")["features"][0]["properties"]
    assert fields.keys() == {"title", "country.name"}


def test_answers_keep_the_definition(ask: Ask) -> None:
    definition = ask("api")
    for path, operations in definition["paths"].items():
        answer = ask(path.removeprefix("/").replace("{slug}", "us-entry-into-syria"))
        ((_, media),) = operations["get"]["responses"]["200"]["content"].items()
        schema = {**nullable(media["schema"]), "components": nullable(definition["components"])}
        jsonschema.Draft202012Validator(schema).validate(answer)


def nullable(schema: Any) -> Any:
    """Say in JSON Schema what OpenAPI 3.0 says with ``nullable``."""
    if isinstance(schema, list):
        return [nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: nullable(each) for name, each in schema.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner
