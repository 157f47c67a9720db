"""Reading exports back: what a file says, in the form in which the pages of the list say it."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pyarrow as pa
from django.test import Client
from openpyxl.utils.escape import unescape
from pyarrow import parquet

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


def typed(body: bytes) -> list[dict[str, Any]]:
    """Read Parquet, days and instants as JSON writes them; the points are left out."""
    table = parquet.read_table(pa.BufferReader(body))
    columns = {name: table[name].to_pylist() for name in table.column_names if name != "geometry"}
    return [{name: plain(values[number]) for name, values in columns.items()} for number in range(table.num_rows)]


def sheet(body: bytes, name: str = "Data") -> list[dict[str, Any]]:
    """Read a sheet of XLSX, the first of whose rows are the names; days and instants as JSON writes them."""
    head, *rows = openpyxl.load_workbook(io.BytesIO(body))[name].iter_rows(values_only=True)
    return [{str(name): plain(value) for name, value in zip(head, row, strict=True)} for row in rows]


def plain(value: Any) -> Any:
    """Write what formats have types for as JSON writes it."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC) if value.tzinfo else value:%Y-%m-%dT%H:%M:%S.%fZ}"
    if isinstance(value, date):
        return value.isoformat()
    return unescape(value) if isinstance(value, str) else value


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


def is_instant(value: Any) -> bool:
    """Whether a value of JSON is an instant."""
    return isinstance(value, str) and bool(re.fullmatch(r"[-0-9]{10}T[:0-9]{8}\.\d{6}Z", value))


def is_same_cell(cell: Any, value: Any) -> bool:
    """Whether a cell of a sheet holds a value: lists as text, days as instants, which are read to the millisecond."""
    if isinstance(value, list | dict):
        return bool(json.loads(cell) == value)
    if is_instant(value) and is_instant(cell):
        difference = datetime.fromisoformat(cell) - datetime.fromisoformat(value)
        return abs(difference) <= timedelta(milliseconds=1)
    if is_instant(cell):
        return bool(cell == f"{value}T00:00:00.000000Z")
    return type(cell) is type(value) and bool(cell == value)


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
