"""A file of one of our own tables: a newsroom's spreadsheet, or what ``manage.py export`` wrote."""

from collections.abc import Iterator

from conflictdb.ingest import own
from conflictdb.ingest.files import BadFile, InputFile, RawRow
from conflictdb.ingest.order import Order
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.progress import Progress, Silent
from conflictdb.ingest.rejects import Rejects
from conflictdb.ingest.report import Report
from conflictdb.ingest.tables import Table, UnknownTable, table_for, table_named, tables
from conflictdb.models import Dataset

OWN = "conflictdb"  # the format of our own tables
EVERY = 500  # rows between two looks at the progress


def load(
    order: Order, file: InputFile, rejects: Rejects | None, report: Report, progress: Progress | Silent
) -> Dataset | None:
    """Load the file, and return the dataset that was named for its records, if one was.

    Raises ``IngestError`` or ``BadFile``.
    """
    table = table_of(file, order.table)
    dataset = Dataset.objects.filter(slug=order.dataset).first()
    if order.dataset and dataset is None:
        message = f"There is no dataset {order.dataset!r}. Load a file of datasets first, or make it in the admin."
        raise IngestError(message)
    rows = _counted(file, table, report, progress)
    outcome = own.load(table, rows, dataset, rejects.take if rejects else None, file.name)
    report.count(table.name, "created", outcome.created)
    report.count(table.name, "updated", outcome.updated)
    report.count(table.name, "unchanged", outcome.unchanged)
    report.bad_rows = outcome.skipped
    return dataset


def table_of(file: InputFile, told: str = "") -> Table:
    """Find which table the file holds: as told, by its name, or by its columns. Raises ``BadFile``."""
    next(iter(file.rows(_stripped, frozenset())), None)  # for its header
    try:
        return table_named(told) if told else table_for(file.name, _stripped(file.header))
    except UnknownTable as error:
        raise BadFile(file.name, str(error)) from error


def place_of(file: InputFile, told: str = "") -> int:
    """Which place the file's table has among all: what its links lead to stands in those before it.

    A file that cannot be read comes first of all, so that it is refused before another is loaded.
    """
    try:
        return [*tables()].index(table_of(file, told).name)
    except BadFile:
        return -1


def _stripped(header: list[str]) -> list[str]:
    return [name.strip() for name in header]


def _counted(file: InputFile, table: Table, report: Report, progress: Progress | Silent) -> Iterator[RawRow]:
    """Read the rows, and tell how far that is."""
    for raw in file.rows(_stripped, table.key_columns):
        report.rows += 1
        yield raw
        if report.rows % EVERY == 0:
            progress.update(report.rows, file.done)
    progress.update(report.rows, 1.0)
