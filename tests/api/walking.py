"""Walking through the pages of a list, as a client does."""

from collections.abc import Callable, Iterator
from typing import Any

ASKED = {"search": "?q=strikes"}  # what lists must be asked that answer nobody who asks for nothing


def walk(get: Callable[..., Any], path: str) -> Iterator[list[Any]]:
    """Follow ``next`` from an address to the last page."""
    following: str | None = path
    while following:
        page = get(following)
        yield page["results"]
        following = page["next"] and page["next"].split("/api/v1/")[1]
