"""Importers take turns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection, transaction
from django.utils import timezone

from conflictdb.models import Import
from conflictdb.vocabularies import ImportOutcome

TURN = 0x696E6765  # the advisory lock of importers
CUT_OFF = "Cut off: the importer or the database ended before the import did."


@contextmanager
def turn_of_importers(say: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other import runs, and keep others waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
        if not cursor.fetchone()[0]:
            say("Another import is running; waiting for its end …")
            cursor.execute("SELECT pg_advisory_lock(%s)", [TURN])
    try:
        _end_cut_off()
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])


def end_cut_off() -> None:
    """Mark imports that were cut off as failed, unless an importer runs: then it has done so itself. Waits for nobody."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        if cursor.fetchone()[0]:
            _end_cut_off()


def _end_cut_off() -> None:
    """Do it in one's turn: nobody else runs, so what looks as if it ran was cut off.

    Where nothing does, nothing is written: any statement that writes gives the dataset another revision.
    """
    running = Import.objects.filter(outcome=ImportOutcome.RUNNING)
    if running.exists():
        running.update(outcome=ImportOutcome.FAILED, problem=CUT_OFF, finished_at=timezone.now())
