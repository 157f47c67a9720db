"""An import from its beginning to its end: one file, one transaction, one report."""

import time
from contextlib import closing, nullcontext
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from conflictdb.ingest import indexes, ownfile, publication
from conflictdb.ingest.files import InputFile
from conflictdb.ingest.order import Order
from conflictdb.ingest.ownfile import OWN
from conflictdb.ingest.progress import Progress, Silent
from conflictdb.ingest.rejects import Rejects
from conflictdb.ingest.report import Report
from conflictdb.ingest.turn import turn_of_importers
from conflictdb.models import Import
from conflictdb.vocabularies import ImportOutcome


def ingest(order: Order, progress: Progress | Silent, record: Import | None = None) -> Report:
    """Load a file, and keep the report with the record of the import, which is made where none is given.

    Raises ``IngestError`` or ``BadFile``; then, and after a dry run, the database is as it was, but for the record of a
    failure.
    """
    file = InputFile(order.path, order.name)
    with turn_of_importers(progress.say):
        if record is None and not order.is_dry_run:
            record = Import(format=order.format, file_name=file.name[-255:])
        if record is not None:
            record.sha256 = file.sha256
            record.outcome, record.problem, record.finished_at = ImportOutcome.RUNNING, "", None  # it may have waited
            record.started_at = timezone.now()
            record.save()
        try:
            indexes.restore()
            if order.format != OWN:
                publication.prepare(order)
            report = _load(order, file, progress, record)
        except BaseException as error:
            if record is not None:
                Import.objects.filter(pk=record.pk).update(
                    outcome=ImportOutcome.FAILED, problem=str(error) or "Interrupted.", finished_at=timezone.now()
                )
            raise
        finally:
            progress.finish()
            indexes.restore()
        if record is not None and order.is_dry_run:  # what was written of it was undone with the rest
            Import.objects.filter(pk=record.pk).update(
                outcome=ImportOutcome.DRY_RUN, counts=report.as_json(), finished_at=timezone.now()
            )
        return report


def _load(order: Order, file: InputFile, progress: Progress | Silent, record: Import | None) -> Report:
    """Do the work of an import, in one transaction."""
    load = ownfile.load if order.format == OWN else publication.load
    report = Report(is_dry_run=order.is_dry_run)
    began = time.monotonic()
    with closing(Rejects(order.rejects, file)) if order.rejects else nullcontext() as rejects, transaction.atomic():
        report.began_at = _now()
        dataset = load(order, file, rejects, report, progress)
        report.dataset = dataset.slug if dataset else file.name
        report.seconds = time.monotonic() - began
        if record is not None:
            record.dataset, record.started_at = dataset, report.began_at
            record.counts = report.as_json()
            record.outcome = ImportOutcome.UNCHANGED if report.is_unchanged else ImportOutcome.LOADED
            record.finished_at = timezone.now()
            record.save()
        if rejects:
            rejects.keep()
        transaction.set_rollback(order.is_dry_run)
    report.seconds = time.monotonic() - began  # the commit too
    return report


def _now() -> datetime:
    """The instant that the database gives to all rows of this transaction, and to nobody else's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchone()[0]
    return now
