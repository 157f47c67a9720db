"""``manage.py keep_lens``: has the database keep the figures under a lens, or lists the lenses that it keeps."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from api.aggregates.comparison import parsed, words_of_one
from api.filters.values import BadValue, flat
from api.lens import lens_of
from conflictdb.lens import EVERYONE
from conflictdb.models import Incident, KeptLens

LONGEST = 2_000  # characters of a lens, as its record has room for


class Command(BaseCommand):
    """Stores and deletes kept lenses; the database does the rest."""

    help = (
        "Keeps the figures of all incidents under a lens, so that lists, aggregates and files under it cost no more than "
        "those without one. A lens is written as in compare=: min_reliability=B and resolve=latest. Without one, lists those "
        "that are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the lens, and whether it goes."""
        parser.add_argument("lens", nargs="?", metavar="LENS", help="Parameters of a lens, joined by `and`.")
        parser.add_argument("--drop", action="store_true", help="Keep it no longer.")

    def handle(self, *, lens: str | None, drop: bool, **_: Any) -> str:
        """Keep a lens, drop it, or list; say what was done."""
        if lens is not None:
            return _drop(lens) if drop else _keep(lens)
        if drop:
            message = "Say which lens is to be dropped."
            raise CommandError(message)
        return "\n".join(str(each) for each in KeptLens.objects.all()) or "No lens is kept."


def _keep(text: str) -> str:
    record = _record(text)
    if (there := _find(record)) is not None:
        return f"Already kept: {there}"
    with transaction.atomic():
        record.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) conflictdb_keptfigure")  # so that its index is read alone
    return f"Kept: {record}. Incidents: {Incident.objects.count():,}."


def _drop(text: str) -> str:
    # as it was written it is found even where an actor that it names is gone
    there = KeptLens.objects.filter(words=text.strip()).first() or _find(_record(text))
    if there is None:
        message = f"This lens is not kept: {text}"
        raise CommandError(message)
    there.delete()
    return f"Dropped: {there}"


def _record(text: str) -> KeptLens:
    """Read a lens into a record, unsaved. Raises ``CommandError``."""
    faults: list[str] = []
    words: dict[str, str] = {}
    given: dict[str, Any] = {}
    try:
        words = words_of_one(text.strip())
        given = parsed(words)
    except* BadValue as errors:
        faults = [str(fault) for fault in flat(errors)]
    if "descendants" in words:
        faults.append("descendants: who is a part of whom changes with the data. Name all whom you mean.")
    if len(text) > LONGEST:
        faults.append(f"It is longer than {LONGEST:,} characters.")
    if faults:
        raise CommandError(" ".join(faults))
    record = KeptLens.of(" and ".join(f"{name}={value}" for name, value in words.items()), lens_of(given))
    if record.lens == EVERYONE:
        message = "What everyone says needs no keeping: incidents' own figures are that."
        raise CommandError(message)
    return record


def _find(record: KeptLens) -> KeptLens | None:
    """Find the lens among those kept, however it was written."""
    return next((kept for kept in KeptLens.objects.all() if kept.lens == record.lens), None)
