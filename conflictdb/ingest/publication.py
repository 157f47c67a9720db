"""A publisher's file: its rows, and what follows from all of them together, in the transaction of its import."""

from contextlib import closing, suppress

import psycopg
from django.db import connection

from conflictdb.ingest import indexes
from conflictdb.ingest.dating import date_claims
from conflictdb.ingest.files import BadFile, InputFile
from conflictdb.ingest.formats import FORMATS
from conflictdb.ingest.keys import Keys
from conflictdb.ingest.loader import Loader
from conflictdb.ingest.order import Order
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.progress import Progress, Silent
from conflictdb.ingest.rejects import Rejects
from conflictdb.ingest.relations import add_relations
from conflictdb.ingest.release import open_release, version_of
from conflictdb.ingest.report import Report
from conflictdb.ingest.sums import sums_here
from conflictdb.ingest.vanished import retract_vanished
from conflictdb.models import Dataset

# What one import may take of the server's memory, no compilation of queries that are run once a batch, and indexes rather
# than whole tables for what a batch looks up: the pages that it needs were written a moment ago.
TUNING = """
    SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL jit = off;
    SET LOCAL random_page_cost = 1.1
"""
ANALYSE = """
    ANALYZE conflictdb_incident, conflictdb_participation, conflictdb_claim, conflictdb_citation, conflictdb_source,
            conflictdb_actor
"""
NAMED = 5  # relations without their other end that a report names


def prepare(order: Order) -> None:
    """Make ready what cannot wait for the transaction."""
    if not Dataset.objects.filter(series=order.format).exists():
        indexes.set_aside()


def load(
    order: Order, file: InputFile, rejects: Rejects | None, report: Report, progress: Progress | Silent
) -> Dataset:
    """Load the file, and return the dataset of its release. Raises ``IngestError`` or ``BadFile``."""
    layout = FORMATS[order.format]()
    version = order.release or version_of(layout, file)
    with connection.wrap_database_errors, connection.cursor() as cursor, closing(Pipe(cursor.connection)) as pipe:
        pipe.execute(TUNING)
        release = open_release(layout, version, order, report.began_at)
        is_quiet = _quieten(pipe)
        if order.released_on or release.released_on != release.former_day:
            report.count("claims", "dated", date_claims(pipe, release))
        loader = Loader(layout, file, Keys(pipe, release), report, overwrites=order.older == "overwrite")
        loader.reject = rejects.take if rejects else None
        loader.load(progress.update)
        if report.rows == 0:
            raise BadFile(file.name, "There is no row in it.")
        progress.say("All rows are read; finishing …")
        loader.keys.look_up([layout.claimant])
        lost = add_relations(pipe, loader.relations.values(), loader.keys, layout.claimant, report.count)
        report.notes += [*layout.notes(), *_told(lost)]
        if not release.is_first:
            retract_vanished(pipe, layout, release, order.vanished, report)
        pipe.execute("SET CONSTRAINTS ALL IMMEDIATE")  # of those that do not rest
        indexes.restore(pipe)
        report.sums_here = sums_here(pipe, release, loader.keys.actors.get(layout.claimant))
        _check_sums(report)
        if not release.released_on and any(report.sums_here.values()):
            report.notes.append(
                "The day of the release is not known: its claims have no day of statement (--released-on)."
            )
        if is_quiet:
            pipe.execute("SET LOCAL session_replication_role = DEFAULT")
        if not report.is_unchanged:
            pipe.execute(ANALYSE)
        return Dataset.objects.get(pk=release.id)


def _quieten(pipe: Pipe) -> bool:
    """Let triggers and foreign keys rest where we may: what is written holds together, and figures come with incidents.

    Whatever the rows name was looked up and kept from deletion, or made, in this transaction. A user of the database
    without that right loads just as well, at half the speed.
    """
    with suppress(psycopg.errors.InsufficientPrivilege), pipe.savepoint():
        pipe.execute("SET LOCAL session_replication_role = replica")
        return True
    return False


def _told(lost: list[str]) -> list[str]:
    """Say which relations were left out."""
    if not lost:
        return []
    more = ", …" if len(lost) > NAMED else ""
    return [
        f"{len(lost):,} relations are left out, whose other actor is nowhere to be found: {', '.join(lost[:NAMED])}{more}"
    ]


def _check_sums(report: Report) -> None:
    """Compare the figures of the file with those that are here now. Raises ``IngestError`` where any was lost."""
    left = report.counts["incidents"]["left as a newer release tells them"] if "incidents" in report.counts else 0
    if not left and report.sums_here != report.sums_of_file:
        message = f"The figures here, {report.sums_here}, are not those of the file, {report.sums_of_file}."
        raise IngestError(message)
