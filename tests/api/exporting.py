"""Reading exports back: what a file says, in the form in which the pages of the list say it."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from api.serializers.base import FigureSerializer
from api.urls import router
from tests.api.walking import walk

RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}
ALL = {"incidents": "status__in=published,retracted", "claims": "status__in=standing,superseded,retracted"}


def export(client: Client, path: str, **headers: str) -> bytes:
    """Read a file whole."""
    answer: Any = client.get(f"/api/v1/{path}", headers=headers)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200, body
    return body


def pages(get: Callable[..., Any], path: str) -> list[dict[str, Any]]:
    """Read all pages of a list."""
    return [row for page in walk(get, path) for row in page]


def cells(body: bytes) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def flat(row: dict[str, Any], serializer: Any) -> dict[str, Any]:
    """Flatten a row as its serializer is built: values by the path of their fields, lists and free objects as they are."""
    found: dict[str, Any] = {}
    for name, field in serializer.fields.items():
        if name not in row:
            continue
        if isinstance(field, FigureSerializer) or (hasattr(field, "fields") and not hasattr(field, "child")):
            nested = dict.fromkeys(names(field)) if row[name] is None else flat(row[name], field)
            found |= {f"{name}.{below}": value for below, value in nested.items()}
        else:
            found[name] = row[name]
    return found


def names(serializer: Any) -> list[str]:
    """List the columns of a serializer."""
    listed: list[str] = []
    for name, field in serializer.fields.items():
        is_nested = hasattr(field, "fields") and not hasattr(field, "child")
        listed += [f"{name}.{below}" for below in names(field)] if is_nested else [name]
    return listed


def as_cell(value: Any) -> str:
    """Write a value as CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def told(cell: str, expected: Any) -> Any:
    """Read a cell for a comparison: JSON as what it means, numbers as numbers, all else as it stands."""
    if isinstance(expected, list | dict):
        return json.loads(cell)
    if isinstance(expected, float):
        return float(cell)
    return cell
