"""Made-up files into the test database, and what stands there afterwards."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection

from conflictdb.ingest.order import Order
from conflictdb.ingest.progress import Progress
from conflictdb.ingest.report import Report
from conflictdb.ingest.run import ingest
from conflictdb.models import Claim, Incident
from tests.conflictdb.ingest.ucdp_row import ROW
from tests.conflictdb.reference import estimate, stored

Row = dict[str, str]
QUIET = Progress(StringIO(), "test")


def event(number: int, **changes: str) -> Row:
    """Make a row of UCDP GED: the event 90000… of that number."""
    return ROW | {"id": str(900000 + number)} | changes


def killed(low: int, best: int | None = None, high: int | None = None) -> Row:
    """Give the figures of a row in which nobody is counted by group."""
    best, high = low if best is None else best, low if high is None else high
    groups = dict.fromkeys(("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"), "0")
    return {"low": str(low), "best": str(best), "high": str(high), **groups}


def write(path: Path, rows: list[Row], delimiter: str = ",") -> Path:
    """Write rows under the first one's columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(path: Path, layout: str = "ucdp-ged", **order: Any) -> Report:
    """Load a file."""
    return ingest(Order(format=layout, path=path, **order), QUIET)


def load_ged(folder: Path, version: str, *rows: Row, **order: Any) -> Report:
    """Load rows as a release of UCDP GED."""
    path = folder / f"GEDEvent_v{version.replace('.', '_')}.csv"
    return load(write(path, list(rows)), **order)


def tables() -> dict[str, list[dict[str, Any]]]:
    """Read all that is stored, by table, but for the records of imports."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("conflictdb").get_models():
            name = model._meta.db_table
            if model.__name__ != "Import":
                keys = ", ".join(field.column for field in model._meta.pk_fields)  # type: ignore[attr-defined]  # new in Django 5.2
                cursor.execute(f"SELECT * FROM {name} ORDER BY {keys}")  # noqa: S608 – our own tables
                columns = [column.name for column in cursor.description]
                found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def visible() -> dict[str, list[dict[str, Any]]]:
    """Read all that readers could see: no times of rows, no digests."""
    unseen = {"created_at", "updated_at", "row_digest"}
    return {
        table: [{name: value for name, value in row.items() if name not in unseen} for row in rows]
        for table, rows in tables().items()
    }


def structure() -> set[tuple[str, ...]]:
    """Read which indexes and constraints there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
            " UNION SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) || convalidated::text"
            " FROM pg_constraint WHERE connamespace = current_schema()::regnamespace"
            " UNION SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger"
        )
        return set(cursor.fetchall())


def incident(number: int) -> Incident:
    """Find the incident of an event."""
    return Incident.objects.get(external_id=f"ucdp-ged:{900000 + number}")


def claims(number: int) -> list[tuple[Any, ...]]:
    """Tell what is claimed of an event: the end of the slug, figures, status, release and what came after."""
    start = len(f"ucdp-ged-{900000 + number}-")
    return [
        (
            claim.slug[start:],
            (claim.low, claim.best, claim.high),
            claim.status,
            claim.dataset.version,
            claim.superseded_by and claim.superseded_by.slug[start:],
        )
        for claim in Claim.objects.filter(incident=incident(number)).order_by("id")
    ]


def assert_figures_follow() -> None:
    """Hold every incident's figures against the rule."""
    for one in Incident.objects.all():
        assert stored(one) == estimate(one), one
