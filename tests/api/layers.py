"""Asking for features as a client of the standard does."""

from collections.abc import Callable, Iterator
from typing import Any

from django.test import Client

ITEMS = "collections/incidents/items"
Ask = Callable[..., Any]


def asker(client: Client) -> Ask:
    """Make what reads a resource; the answer's status must be the one expected (200)."""

    def read(path: str = "", status: int = 200) -> Any:
        response = client.get(f"/api/ogc/{path}")
        assert response.status_code == status, response.content
        return response.json()

    return read


def slugs(page: dict[str, Any]) -> set[str]:
    """Tell which incidents are on a page."""
    return {feature["id"] for feature in page["features"]}


def linked(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The links of a document, by what they are to it."""
    return {link["rel"]: link for link in document["links"]}


def walk(ask: Ask, path: str) -> Iterator[dict[str, Any]]:
    """Follow the links to the next page, to the last."""
    following: str | None = path
    while following:
        page = ask(following)
        yield page
        link = linked(page).get("next")
        following = link and link["href"].split("/api/ogc/")[1]
