"""The definition of this part as OpenAPI 3.0, which the standard's class `oas30` asks for; the API's own contract is 3.1."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from api.exports.fields import flat, is_one, kind_of
from api.exports.kinds import Kind
from api.filters.feature import FeatureFilterSet
from api.ogc import parameters
from api.ogc.features import FeatureViewSet
from api.ogc.links import COLLECTION, GEOJSON, JSON, JSON_SCHEMA, OPENAPI
from api.paging import LENS_SCHEMA
from api.schema import PROBLEM, PROBLEM_SCHEMA, RESPONSES, SLUG
from api.serializers.base import FigureSerializer
from api.serializers.incident import IncidentSerializer
from api.views.base import lens_parameters

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.LIST: {"type": "array", "items": {}},
    Kind.JSON: {"type": "object"},
}
LINK = {
    "type": "object",
    "description": "Where something is.",
    "required": ["href", "rel"],
    "properties": {
        "href": {"type": "string", "description": "Its address."},
        "rel": {"type": "string", "description": "What it is to this document."},
        "type": {"type": "string", "description": "Its media type."},
        "title": {"type": "string", "description": "What it is called."},
    },
}
LINKS = {"type": "array", "description": "Related documents.", "items": {"$ref": "#/components/schemas/Link"}}
POINT = {
    "type": "object",
    "nullable": True,
    "description": "Where it happened; null where no place is known.",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": ["Point"], "description": "What GeoJSON calls it."},
        "coordinates": {
            "type": "array",
            "description": "Longitude and latitude in WGS 84 degrees.",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
        },
    },
}
LENS = {"type": "object", "description": LENS_SCHEMA["description"]}
COLLECTION_SCHEMA = {
    "type": "object",
    "description": "A collection of features.",
    "required": ["id", "links"],
    "properties": {
        "id": {"type": "string", "description": "Its name in addresses."},
        "title": {"type": "string", "description": "Its name for people."},
        "description": {"type": "string", "description": "What it holds."},
        "extent": {"type": "object", "description": "What it covers in space and time."},
        "itemType": {"type": "string", "description": "What its items are."},
        "crs": {"type": "array", "items": {"type": "string"}, "description": "Reference systems of its coordinates."},
        "links": LINKS,
    },
}


@cache
def definition() -> dict[str, Any]:
    """Make the document, but for the address of the server."""
    here = f"/collections/{COLLECTION}"
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "conflictdb as OGC API Features",
            "description": "Incidents of armed conflicts as GeoJSON features. What else this server tells, claims and their "
            "sources first of all, is under /api/v1/, whose contract is /api/v1/schema/.",
            "version": "1",
            "license": {"name": "BSD-3-Clause"},
        },
        "paths": {
            "/": _operation("landing", "Landing page", _shown(JSON, _object(title=_words("Name."), links=LINKS))),
            "/conformance": _operation(
                "conformance", "Conformance classes", _shown(JSON, _object(conformsTo=_listed()))
            ),
            "/api": _operation("definition", "This document", _shown(OPENAPI, {"type": "object"})),
            "/collections": _operation(
                "collections",
                "Collections",
                _shown(JSON, _object(links=LINKS, collections={"type": "array", "items": _ref("Collection")})),
            ),
            f"{here}/schema": _operation("schema", "Types of properties", _shown(JSON_SCHEMA, {"type": "object"})),
            here: _operation("collection", "One collection", _shown(JSON, _ref("Collection"))),
            f"{here}/items": _operation(
                "items", "Features", _shown(GEOJSON, _ref("FeatureCollection")), "A page of those that match."
            ),
            f"{here}/items/{{slug}}": _operation(
                "item",
                "One feature",
                _shown(GEOJSON, _ref("Feature")),
                "By its slug.",
                [_slug(), *_others(is_detail=True)],
            ),
        },
        "components": {"schemas": _schemas(), "parameters": _parameters()},
    }


@cache
def property_types() -> dict[str, Any]:
    """Tell of which type each property is where it has a value, for readers that otherwise guess by a few features.

    A property without a value is null, which for GeoJSON is as good as absent; one that holds others is found in features.
    """
    shown = {
        name: {"description": str(field.help_text or ""), **TYPES[kind_of(field)]}
        for name, field in flat(IncidentSerializer(is_lensed=True))
        if kind_of(field) not in {Kind.LIST, Kind.JSON}
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"properties": {"type": "object", "properties": shown}},
    }


def _operation(
    name: str,
    summary: str,
    content: dict[str, Any],
    about: str = "The parameters of items are taken, and change nothing: some clients send them with every request.",
    given: list[dict[str, Any]] | None = None,
) -> Any:
    """Describe reading one resource, with everything that can go wrong."""
    given = given or [{"$ref": f"#/components/parameters/{each}"} for each in _parameters()]
    problem = {"content": {PROBLEM: {"schema": _ref("Problem")}}}
    statuses = [status for status in RESPONSES if status != "404" or name == "item"]
    responses = {status: {**RESPONSES[status], **problem} for status in statuses}
    answers = {"200": {"description": "What was asked for.", "content": content}, **responses}
    words = {"operationId": name, "summary": summary, "description": about}
    return {"get": {**words, "parameters": given, "responses": answers}}


@cache
def _parameters() -> dict[str, dict[str, Any]]:
    """Describe what a request for items may say, once for all resources that take it."""
    return {each["name"]: each for each in [*_filters(), *_others(is_detail=False)]}


def _shown(media_type: str, schema: Any) -> dict[str, Any]:
    return {media_type: {"schema": schema}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*members], "properties": members}


def _words(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _listed() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}}


def _parameter(name: str, schema: Mapping[str, Any], description: str, default: Any = None) -> dict[str, Any]:
    """Describe a query parameter; lists are separated by commas."""
    described = dict(schema) if default is None else {**schema, "default": default}
    listed = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": described, **listed}


def _filters() -> Iterator[dict[str, Any]]:
    """Describe the filters: the standard's first, as readers look for them."""
    known = {name: FeatureFilterSet.filters[name] for name in ("bbox", "datetime")} | FeatureFilterSet.filters
    for name, each in known.items():
        yield _parameter(name, each.type.schema, each.description)


def _others(*, is_detail: bool) -> Iterator[dict[str, Any]]:
    """Describe what shapes the answer; of one feature, the lens too, which is else among the filters."""
    taken = parameters.types(FeatureViewSet, is_detail=is_detail)
    for name in lens_parameters(FeatureViewSet) if is_detail else ():
        yield _parameter(name, taken[name].schema, FeatureFilterSet.filters[name].description)
    for name, (each, default, description) in parameters.of_items(FeatureViewSet).items():
        if name in taken:
            yield _parameter(name, each.schema, description, default)


def _slug() -> dict[str, Any]:
    return {"name": "slug", "in": "path", "required": True, "description": "The incident's slug.", "schema": SLUG}


def _schemas() -> dict[str, Any]:
    """Describe features: their properties are the columns of the list of incidents."""
    feature = {
        "type": "object",
        "description": "An incident.",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"], "description": "What GeoJSON calls it."},
            "id": _words("The incident's slug."),
            "geometry": POINT,
            "properties": {
                "type": "object",
                "description": "The incident.",
                "properties": _properties(),
            },
            "lens": LENS,
            "links": LINKS,
        },
    }
    collection = {
        "type": "object",
        "description": "A page of features.",
        "required": ["type", "features", "links", "numberReturned"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"], "description": "What GeoJSON calls it."},
            "features": {"type": "array", "description": "The features.", "items": _ref("Feature")},
            "lens": LENS,
            "links": LINKS,
            "numberReturned": {"type": "integer", "minimum": 0, "description": "Features in this page."},
            "numberMatched": {
                "type": "integer",
                "minimum": 0,
                "description": "Features that match, over all pages; where they would have to be counted, only with "
                "`resultType=hits`.",
            },
        },
    }
    return {
        "Link": LINK,
        "Collection": COLLECTION_SCHEMA,
        "Feature": feature,
        "FeatureCollection": collection,
        "Problem": PROBLEM_SCHEMA,
    }


def _properties() -> dict[str, Any]:
    """Describe the properties. What a record says that is nested in another is null, too, where there is no such record."""
    serializer = IncidentSerializer(is_lensed=True)
    found = {}
    for name, field in flat(serializer):
        found[name] = _property(field)
        first = serializer.fields[name.partition(".")[0]]
        if is_one(first) and not isinstance(first, FigureSerializer):
            found[name]["nullable"] = True
    return found


def _property(field: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": str(field.help_text or "")}
    if inner := getattr(getattr(field, "child", field), "fields", None):
        shown: dict[str, Any] = {
            "type": "object",
            "properties": {name: _property(each) for name, each in inner.items()},
        }
        if hasattr(field, "child"):
            shown = {"type": "array", "items": shown}
    else:
        shown = dict(TYPES[kind_of(field)])
    if getattr(field, "allow_null", False):
        described["nullable"] = True
    return {**described, **shown}
