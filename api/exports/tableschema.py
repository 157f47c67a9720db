"""The columns of CSV files described as data: Table Schema and Data Package of Frictionless, from the serializers' fields."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from api.exports.asked import Terms
from api.exports.fields import flat, kind_of
from api.exports.kinds import Kind
from api.filters.columns import HIDDEN_TERMS
from conflictdb.models import Dataset

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DAY: {"type": "date"},
    Kind.INSTANT: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
    Kind.LIST: {"type": "array"},
    Kind.JSON: {"type": "object"},
}


def table_schema(serializer: Any) -> dict[str, Any]:
    """Describe the columns of a list's CSV. An empty cell is null: Table Schema knows no empty text besides."""
    return {
        "fields": [_column(name, field) for name, field in flat(serializer)],
        "missingValues": [""],
        "primaryKey": "slug",
    }


def _column(name: str, field: Any) -> dict[str, Any]:
    """Describe one column."""
    described = {"name": name, **TYPES[kind_of(field)]}
    if isinstance(field, serializers.HyperlinkedIdentityField):
        described["format"] = "uri"
    if field.help_text:
        described["description"] = str(field.help_text)
    if isinstance(field, serializers.ChoiceField):
        described["constraints"] = {"enum": [code for code in field.choices if code and code not in HIDDEN_TERMS]}
    return described


def package(dataset: Dataset, base: str, serializers_by_list: dict[str, Any]) -> dict[str, Any]:
    """Describe a dataset as a Data Package, whose resources are its exports as CSV. What is not known is left out."""
    page = base + reverse("api:dataset-detail", args=[dataset.slug])
    words = {name: getattr(dataset, name) for name in ("title", "version", "publisher", "licence", "citation")}
    terms = Terms(dataset=dataset.slug, url=page, **words)
    named = {} if "://" in dataset.licence else {"name": dataset.licence}
    described = {
        "profile": "data-package",
        "name": dataset.slug,
        "id": page,
        "title": dataset.title,
        "version": dataset.version,
        "description": dataset.description,
        "homepage": dataset.url,
        "licenses": [{**named, **({"path": terms.licence_url} if terms.licence_url else {})}],
        "contributors": [{"title": dataset.publisher, "role": "publisher"}],
        "citation": dataset.citation,
        "resources": [_resource(name, dataset, base, each()) for name, each in serializers_by_list.items()],
    }
    return {name: value for name, value in described.items() if value}


def _resource(name: str, dataset: Dataset, base: str, serializer: Any) -> dict[str, Any]:
    """Describe one list of a dataset as a table."""
    noun = serializer.Meta.model._meta.model_name
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{base}{reverse(f'api:{noun}-list')}?dataset={dataset.slug}&format=csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": table_schema(serializer),
    }
