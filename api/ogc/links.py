"""Addresses of this part of the API as the standard links them, and the media types that it speaks."""

from typing import Any

from django.urls import reverse
from rest_framework.request import Request

GEOJSON = "application/geo+json"
JSON = "application/json"
JSON_SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
COLLECTION = "incidents"


def address(request: Request, name: str, *arguments: str) -> str:
    """The whole address of one of the resources, as the reader reaches this server."""
    return request.build_absolute_uri(reverse(f"api:ogc-{name}", args=arguments))


def link(href: str, rel: str, media_type: str, title: str) -> dict[str, str]:
    """A link as all resources here have them."""
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def to_self(request: Request, media_type: str = JSON) -> dict[str, Any]:
    """Link an answer to itself, with its parameters."""
    return link(request.build_absolute_uri(), "self", media_type, "This document")
