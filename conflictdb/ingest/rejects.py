"""The rows that an import could not read, with the reasons, in a file that can be repaired and read again.

They are found out of order: some as they are read, others when the database refuses them, a batch later. The file has them in
the order of their lines, for which no more of a row is kept in memory than two numbers.
"""

import csv
import shutil
from array import array
from io import StringIO
from itertools import pairwise
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile
from typing import IO

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
        self._out: IO[bytes] | None = None
        self._lines = array("Q")  # of the rows, in the order in which they were found
        self._starts = array("Q")  # where they begin in the unfinished file
        self._refuse_to_overwrite()
        if not path.parent.is_dir():
            raise BadFile(path.name, f"There is no folder {path.parent} to hold the rejected rows.")

    def add(self, raw: RawRow, column: str, reason: str) -> None:
        """Write a row as it was in its file, behind its line there, the column to blame (or nothing) and the reason."""
        if self._out is None:
            try:
                self._out = self._unfinished.open("x+b")
            except OSError as error:
                raise BadFile(self.path.name, f"Rejected rows cannot be written: {error.strerror}.") from error
            self._out.write(_line([*NOTES, *self._file.header]))
        self._lines.append(raw.line)
        self._starts.append(self._out.tell())
        self._out.write(_line([raw.line, column, reason, *raw.cells]))
        self.count += 1

    def take(self, raw: RawRow, fault: Fault) -> None:
        """Write a row with what is wrong with it."""
        self.add(raw, fault.column, fault.reason)

    def keep(self) -> None:
        """Put the file in its place, if a row was added. Raises ``BadFile`` where something has come to be there."""
        if self._out is not None:
            self._sort(self._out)
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

    def _sort(self, out: IO[bytes]) -> None:
        """Put the rows in the order of their lines."""
        if all(before <= after for before, after in pairwise(self._lines)):
            return
        ends = [*self._starts[1:], out.tell()]
        with TemporaryFile(dir=self.path.parent) as found:
            out.seek(0)
            shutil.copyfileobj(out, found)
            out.seek(self._starts[0])
            for number in sorted(range(self.count), key=self._lines.__getitem__):
                found.seek(self._starts[number])
                out.write(found.read(ends[number] - self._starts[number]))

    def _refuse_to_overwrite(self) -> None:
        if self.path.exists():
            raise BadFile(self.path.name, "The file for rejected rows is there already. Move it, or name another.")


def _line(cells: list[object]) -> bytes:
    """Write a line of CSV; halves of surrogate pairs as they were read."""
    text = StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode(errors="surrogatepass")
