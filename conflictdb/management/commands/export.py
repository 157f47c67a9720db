"""Write our own tables to files that load back to the same records."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from conflictdb.ingest.cells import as_cell, did_you_mean
from conflictdb.ingest.tables import Table, tables
from conflictdb.models import Dataset

CHUNK = 2_000  # rows in memory
Rows = Iterator[tuple[Any, ...]]


class Command(BaseCommand):
    """Export tables, all as they are at one moment."""

    help = (
        "Writes datasets, actors, incidents, claims and the other tables to a folder, a file each, all as they are at one "
        "moment. The files load back to the same records; countries are not among them. Drafts are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is written where."""
        add = parser.add_argument
        add("folder", type=Path, metavar="FOLDER", help="Where the files go; it is made if it is not there.")
        add("--format", choices=list(WRITERS), default="csv", help="CSV, or one JSON object a line.")
        add(
            "--dataset",
            action="append",
            default=[],
            metavar="SLUG",
            help="Records of this dataset alone; may be repeated.",
        )
        add("--table", action="append", default=[], choices=list(tables()), help="This table alone; may be repeated.")
        add(
            "--include-withheld",
            action="store_true",
            help="Write records, too, that may not be passed on, by their datasets' terms.",
        )

    def handle(self, *, folder: Path, dataset: list[str], table: list[str], **options: Any) -> None:
        """Write the files under other names; put them all in place once they are whole."""
        suffix, include_withheld = options["format"], options["include_withheld"]
        chosen = [one for name, one in tables().items() if name in (table or tables())]
        files = {one.name: folder / f"{one.name}.{suffix}" for one in chosen}
        if there := [str(path) for path in files.values() if path.exists()]:
            message = f"There already: {', '.join(there)}. Move them away, or name another folder."
            raise CommandError(message)
        counts = {}
        with unfinished(files) as parts, snapshot():
            datasets, withheld = self.choose(dataset, include_withheld=include_withheld)
            for one in chosen:
                rows = rows_of(one, datasets, withheld)
                with parts[one.name].open("w", encoding="utf-8", newline="") as out:
                    counts[one.name] = WRITERS[suffix](out, one.header, rows)
                if not counts[one.name]:
                    del files[one.name]  # there are no files without a row: they could not be told from damaged ones
        if options["verbosity"]:
            for name, count in counts.items():
                self.stdout.write(f"{count:>12,} {name}  {files.get(name, '(no file)')}")

    def choose(self, slugs: list[str], *, include_withheld: bool) -> tuple[list[int], list[int]]:
        """Give the ids of the datasets to be written, empty for all, and of those whose records are left out; say so."""
        known = {one.slug: one for one in Dataset.objects.order_by("slug")}
        for slug in slugs:
            if slug not in known:
                message = f"There is no dataset {slug!r}{did_you_mean(slug, known)}"
                raise CommandError(message)
        shut = [one for one in known.values() if not one.redistributable]
        if shut and include_withheld:
            named = ", ".join(one.slug for one in shut)
            self.stderr.write(f"Not to be passed on: the files may hold records of {named}, whose terms forbid it.")
        elif shut:
            named = ", ".join(one.slug for one in shut)
            self.stderr.write(f"Left out, with all that names their records: {named} (--include-withheld writes them).")
        return [known[slug].pk for slug in slugs], [] if include_withheld else [one.pk for one in shut]


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is at one moment, without writing; inside somebody's transaction, as that one sees it."""
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def unfinished(files: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """Give other names for files, which have their own once all are written; after a failure none is left."""
    parts = {name: path.with_name(f".{path.name}.part") for name, path in files.items()}
    try:
        for path in files.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        yield parts
        for name, path in files.items():
            parts[name].rename(path)
    except OSError as error:
        message = f"Cannot write {error.filename}: {error.strerror}."
        raise CommandError(message) from error
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)


def rows_of(table: Table, datasets: list[int], withheld: list[int]) -> Rows:
    """Read a table's rows by its header, oldest first: records that are loaded in this order come in it again."""
    records = table.model.objects.order_by("id")
    if datasets:
        records = records.filter(**{f"{path_to_dataset(table)}__in": datasets})
    if withheld:
        records = records.filter(~Exists(withheld_rows(table, withheld).filter(pk=OuterRef("pk"))))
    paths = [table.by_name[name].path if name in table.by_name else name for name in table.header]
    return iter(records.values_list(*paths).iterator(chunk_size=CHUNK))


def path_to_dataset(table: Table) -> str:
    """Name the dataset of a table's rows: their own, or that of the record that they hang on."""
    if table.model is Dataset:
        return "id"
    return "dataset" if "dataset" in table.by_name else f"{table.key[0]}__dataset"


def withheld_rows(table: Table, withheld: list[int]) -> QuerySet:
    """Rows of the datasets that may not be passed on, and rows that name such a row: they would tell of it."""
    by_model = {one.model: one for one in tables().values()}
    condition = Q(id__in=withheld) if table.model is Dataset else Q()
    for column in table.columns:
        if column.linked is Dataset:
            condition |= Q(**{f"{column.name}__in": withheld})
        elif column.linked is table.model:
            condition |= Q(**{f"{column.name}__dataset__in": withheld})
        elif column.linked in by_model:
            named = withheld_rows(by_model[column.linked], withheld).filter(pk=OuterRef(column.field.attname))
            condition |= Q(Exists(named))
    return table.model.objects.filter(condition).order_by()


def write_csv(out: IO[str], header: list[str], rows: Rows) -> int:
    """Write rows as CSV by RFC 4180; return their number."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 – counted as they go by
        writer.writerow(map(as_cell, row))
    return count


def write_ndjson(out: IO[str], header: list[str], rows: Rows) -> int:
    """Write rows as one JSON object a line, with JSON's own null, numbers, booleans and lists; return their number."""
    encode = json.JSONEncoder(ensure_ascii=False, default=as_cell).encode
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 – counted as they go by
        out.write(encode(dict(zip(header, row, strict=True))) + "\n")
    return count


WRITERS: dict[str, Callable[[IO[str], list[str], Rows], int]] = {"csv": write_csv, "ndjson": write_ndjson}
