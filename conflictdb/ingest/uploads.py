"""Files that were uploaded, each imported by a process of its own, for a request must not last as long as an import.

Every such import has a folder under the data folder. It holds the file until the import has ended; the importer's log and
the rows that it rejected stay.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TextIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils import timezone

from conflictdb.embedded.error import ClusterError
from conflictdb.embedded.locks import is_held, locked, open_owned
from conflictdb.embedded.programs import launch
from conflictdb.ingest import turn
from conflictdb.ingest.progress import Progress
from conflictdb.models import Import
from conflictdb.vocabularies import ImportOutcome

NOTE_SECONDS = 1.0  # between two notes of the progress
GRACE = timedelta(seconds=10)  # in which the process of an upload takes its lock; a tenth of a second is enough
LEFT_BEHIND = 86_400.0  # seconds after which a file that nobody reads is the remains of something cut off
LOG_END = 4_000  # bytes of the log that people are shown
UNFINISHED = (ImportOutcome.WAITING, ImportOutcome.RUNNING)


class Told(NamedTuple):
    """How far an import is, as it told last."""

    rows: int = 0
    fraction: float = 0.0
    said: str = ""


class Upload:
    """What is kept of an import whose file was uploaded. Other imports have no folder."""

    def __init__(self, record: Import) -> None:
        """Name the paths. Ids begin anew with each database, so the folder bears the file's hash too."""
        self.folder = _root() / f"{record.pk}-{record.sha256[:12]}"
        self.file = self.folder / "file"  # the name that it came under is in the record, and never part of a path
        self.rejects = self.folder / "file.rejects.csv"
        self.log = self.folder / "log"
        self.lock = self.folder / "lock"  # held by the importer as long as it lives
        self._note = self.folder / "progress.json"

    def told(self) -> Told:
        """Read how far the import is."""
        with suppress(OSError, ValueError, TypeError):
            return Told(*json.loads(self._note.read_text(encoding="utf-8")))
        return Told()

    def tell(self, told: Told) -> None:
        """Note how far the import is. That a disk is full is no reason for the import to end."""
        with suppress(OSError):
            fresh = self._note.with_suffix(".new")
            fresh.write_text(json.dumps(told), encoding="utf-8")
            fresh.replace(self._note)

    def end_of_log(self) -> str:
        """Read the last lines that the importer wrote; empty where there are none."""
        with suppress(OSError), self.log.open("rb") as log:
            begin = max(0, log.seek(0, os.SEEK_END) - LOG_END)
            log.seek(begin)
            text = log.read().decode(errors="replace").strip()
            return text.partition("\n")[2] if begin else text
        return ""

    def end(self) -> None:
        """Remove what nobody needs once the import has ended: whoever uploaded the file has it."""
        for path in (self.file, self._note):
            path.unlink(missing_ok=True)


class NotedProgress(Progress):
    """Progress that is told to readers of the import's page, too."""

    def __init__(self, stream: TextIO, label: str, upload: Upload) -> None:
        """Write to ``stream`` about ``label``, and into the upload's folder."""
        super().__init__(stream, label)
        self._upload = upload
        self._told = Told()
        self._next_note = 0.0

    def update(self, rows: int, fraction: float) -> None:
        """Tell that ``rows`` rows are read; noted once a second at most."""
        super().update(rows, fraction)
        self._told = Told(rows, fraction)
        if time.monotonic() >= self._next_note:
            self._next_note = time.monotonic() + NOTE_SECONDS
            self._upload.tell(self._told)

    def say(self, line: str) -> None:
        """Note a line for people."""
        super().say(line)
        self._told = Told(self._told.rows, self._told.fraction, line)
        self._upload.tell(self._told)


class StoredFile(UploadedFile):
    """A file on its way in, which is gone once closed unless it was moved elsewhere."""

    def __init__(self, name: str, content_type: str) -> None:
        """Make an empty file that only its owner reads, on the file system on which it will stay."""
        handle, path = tempfile.mkstemp(suffix=".upload", dir=prepare())
        super().__init__(os.fdopen(handle, "w+b"), name, content_type, 0)
        self.path = Path(path)

    def sha256(self) -> str:
        """Hash all that was written."""
        self.flush()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def close(self) -> None:
        """Close it and leave nothing behind."""
        super().close()
        self.path.unlink(missing_ok=True)


class IntoDataFolder(FileUploadHandler):
    """Writes what is uploaded into the data folder as it comes: not into memory, nor where a small disk may be."""

    file: StoredFile  # once one has begun; Django asks whether there is one

    def __init__(self, request: HttpRequest) -> None:
        """Take what comes with a request."""
        super().__init__(request)
        self.files: list[StoredFile] = []

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Open the file."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments, passed on
        self.file = StoredFile(self.file_name or "", self.content_type or "")
        self.files.append(self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  # Django's own signature
        """Append."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> StoredFile:
        """Hand the file over."""
        self.file.flush()
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        """Leave nothing behind."""
        for file in self.files:
            file.close()


def prepare() -> Path:
    """Make the folder of all uploads, which only its owner reads. Raises ``OSError`` where that cannot be."""
    _root().mkdir(mode=0o700, parents=True, exist_ok=True)
    return _root()


def receive(request: HttpRequest) -> None:
    """Read the whole of a request that was not looked into yet. Raises ``OSError``; nothing is left behind then."""
    handler = IntoDataFolder(request)
    request.upload_handlers = [handler]
    try:
        request.POST  # noqa: B018  # it is read when first asked for
    except BaseException:
        handler.upload_interrupted()
        raise


def start(uploaded: Sequence[tuple[Import, Path]], options: list[str]) -> None:
    """Take over uploaded files and start a process that imports them in turn, with options of ``manage.py ingest``.

    Returns at once. The process outlives this one; a failure to start it is the imports'.
    """
    uploads = [Upload(record) for record, _ in uploaded]
    command = [sys.executable, str(Path(settings.BASE_DIR, "manage.py")), "ingest", uploaded[0][0].format]
    command += [str(upload.file) for upload in uploads]
    command += [f"--import={record.pk}" for record, _ in uploaded] + options
    env = {**os.environ, "CONFLICTDB_DATA_DIR": str(settings.DATA_DIR), "PYTHONUNBUFFERED": "1"}
    try:
        _tidy()
        with ExitStack() as stack:
            locks = []
            for (_, file), upload in zip(uploaded, uploads, strict=True):
                upload.folder.mkdir(mode=0o700, exist_ok=True)
                locks.append(stack.enter_context(locked(upload.lock, 0)))
                file.rename(upload.file)
            for upload in uploads[1:]:
                upload.tell(Told(said="The files before it come first."))
            log = stack.enter_context(os.fdopen(open_owned(uploads[0].log, os.O_APPEND), "ab"))
            launch(command, locks=locks, log=log, folder=Path.cwd(), env=env)
    except (OSError, ClusterError, subprocess.CalledProcessError) as error:
        give_up([record for record, _ in uploaded], f"The importer could not be started: {error}")


def give_up(records: Iterable[Import], problem: str) -> None:
    """Mark imports that still wait as failed."""
    for record in records:
        Import.objects.filter(pk=record.pk, outcome=ImportOutcome.WAITING).update(
            outcome=ImportOutcome.FAILED, problem=problem, finished_at=timezone.now()
        )
        Upload(record).end()


def end_cut_off() -> None:
    """Mark imports that were cut off as failed: those that ran, and those whose process ended before their turn came."""
    unfinished = list(Import.objects.filter(outcome__in=UNFINISHED))
    if any(one.outcome == ImportOutcome.RUNNING for one in unfinished):
        turn.end_cut_off()
    for one in unfinished:
        is_due = one.started_at < timezone.now() - GRACE
        if one.outcome == ImportOutcome.WAITING and is_due and not is_held(Upload(one).lock):
            give_up([one], "Cut off: the importer ended before its turn came.")


def _tidy() -> None:
    """Remove files whose import, or whose upload, was cut off a day ago or more."""
    for file in (*_root().glob("*.upload"), *_root().glob("*/file")):
        with suppress(OSError):
            if file.stat().st_mtime < time.time() - LEFT_BEHIND and not is_held(file.with_name("lock")):
                file.unlink()


def _root() -> Path:
    return Path(settings.DATA_DIR, "imports")
