"""The rows that an import could not read, with the reasons, in a file that can be repaired and read again."""

import csv
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from conflictdb.ingest.files import NOTES, BadFile, InputFile, RawRow
from conflictdb.ingest.problems import Fault


class Rejects:
    """A CSV file of rejected rows. It is there once kept, and only if a row was added; until then under another name."""

    def __init__(self, path: Path, file: InputFile) -> None:
        """Write rows of ``file`` to ``path``. Raises ``BadFile`` where something is there, or no folder to hold it."""
        self.path = path
        self.count = 0
        self._file = file
        self._unfinished = path.with_name(f".{path.name}.{token_hex(4)}.part")
        self._out: IO[str] | None = None
        self._writer: Any = None  # the type of csv.writer has no name
        self._refuse_to_overwrite()
        if not path.parent.is_dir():
            raise BadFile(path.name, f"There is no folder {path.parent} to hold the rejected rows.")

    def add(self, raw: RawRow, column: str, reason: str) -> None:
        """Write a row as it was in its file, behind its line there, the column to blame (or nothing) and the reason."""
        if self._out is None:
            try:
                # Halves of surrogate pairs are written as they were read.
                self._out = self._unfinished.open("x", encoding="utf-8", errors="surrogatepass", newline="")
            except OSError as error:
                raise BadFile(self.path.name, f"Rejected rows cannot be written: {error.strerror}.") from error
            self._writer = csv.writer(self._out)
            self._writer.writerow([*NOTES, *self._file.header])
        self._writer.writerow([raw.line, column, reason, *raw.cells])
        self.count += 1

    def take(self, raw: RawRow, fault: Fault) -> None:
        """Write a row with what is wrong with it."""
        self.add(raw, fault.column, fault.reason)

    def keep(self) -> None:
        """Put the file in its place, if a row was added. Raises ``BadFile`` where something has come to be there."""
        if self._out is not None:
            self._out.close()
            self._refuse_to_overwrite()
            self._unfinished.rename(self.path)
            self._out = None

    def close(self) -> None:
        """Leave no file, unless it was kept."""
        if self._out is not None:
            self._out.close()
            self._unfinished.unlink()
            self._out = None

    def _refuse_to_overwrite(self) -> None:
        if self.path.exists():
            raise BadFile(self.path.name, "The file for rejected rows is there already. Move it, or name another.")
