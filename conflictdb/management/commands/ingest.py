"""``manage.py ingest``: load a publisher's file."""

from argparse import SUPPRESS, ArgumentParser
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import Error

from conflictdb.ingest.files import BadFile, InputFile
from conflictdb.ingest.formats import FORMATS
from conflictdb.ingest.order import Order
from conflictdb.ingest.ownfile import OWN, place_of
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.progress import Progress
from conflictdb.ingest.run import ingest
from conflictdb.ingest.uploads import NotedProgress, Upload, give_up
from conflictdb.models import Import


class Command(BaseCommand):
    """Loads files, each in one transaction, and tells what came of it."""

    help = "Load files of a format: csv or ndjson, plain, gzipped or zipped. Each file is loaded whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what to load and how."""
        formats = "; ".join(f"{slug}: {kind.label}" for slug, kind in FORMATS.items())
        parser.add_argument("format", choices=[*FORMATS, OWN], help=f"{formats}; {OWN}: tables of our own.")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--release", default="", help="The release, where the file does not tell (`22.1`).")
        parser.add_argument(
            "--released-on",
            type=date.fromisoformat,
            metavar="DAY",
            help="Its day: figures that it brought, or brings, are stated on it.",
        )
        parser.add_argument(
            "--older",
            choices=["add", "overwrite"],
            default="",
            help="What a release may do that is older than one that is loaded: add what newer ones do not hold, or "
            "overwrite them. It is refused otherwise.",
        )
        parser.add_argument(
            "--vanished",
            choices=["keep", "retract"],
            default="",
            help="What to do with incidents that the release covers and the file does not hold. They are retracted, "
            "unless they are more than a third: then you are asked. Those of a file that does not say what it covers, such "
            "as an export of ACLED, are kept.",
        )
        parser.add_argument("--table", default="", help=f"Of {OWN}: the table, where name and columns do not tell.")
        parser.add_argument("--dataset", default="", help=f"Of {OWN}: slug of the dataset of rows that name none.")
        parser.add_argument(
            "--skip-bad-rows",
            action="store_true",
            help="Write bad rows to FILE.rejects.csv beside the file, with line, column and reason, and load the rest.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Report, and keep nothing.")
        # the admin's: the records of the files, uploaded
        parser.add_argument("--import", dest="records", action="append", type=int, default=[], help=SUPPRESS)

    def handle(self, *, files: list[Path], records: list[int], **options: Any) -> None:
        """Load the files in their order; tables of our own in that of their links."""
        uploaded = Import.objects.in_bulk(records)
        waiting = list(zip_longest(files, (uploaded[pk] for pk in records)))
        if options["format"] == OWN:
            waiting.sort(
                key=lambda one: place_of(InputFile(one[0], one[1].file_name if one[1] else ""), options["table"])
            )
        while waiting:
            path, record = waiting.pop(0)
            try:
                self.load(path, record, options)
            except BaseException:
                rest = [each for _, each in waiting if each]
                give_up(rest, f"Not begun, because {record.file_name if record else path.name} was not loaded.")
                raise

    def load(self, path: Path, record: Import | None, options: dict[str, Any]) -> None:
        """Load one file, whose upload ends with it if it was one. Raises ``CommandError``."""
        order = Order(
            format=options["format"],
            path=path,
            name=record.file_name if record else path.name,
            release=options["release"],
            released_on=options["released_on"],
            older=options["older"],
            vanished=options["vanished"],
            table=options["table"],
            dataset=options["dataset"],
            rejects=path.with_name(f"{path.name}.rejects.csv") if options["skip_bad_rows"] else None,
            is_dry_run=options["dry_run"],
        )
        stream: Any = self.stderr._out  # noqa: SLF001 – the stream itself
        upload = Upload(record) if record else None
        try:
            progress = NotedProgress(stream, order.name, upload) if upload else Progress(stream, order.name)
            report = ingest(order, progress, record)
        except (IngestError, BadFile) as error:
            raise CommandError(str(error)) from error
        except Error as error:
            message = f"The database failed, and nothing was kept: {str(error).strip()}"
            raise CommandError(message) from error
        finally:
            if upload:
                upload.end()
        for line in report.lines():
            self.stdout.write(line)
