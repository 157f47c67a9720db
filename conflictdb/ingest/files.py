"""Files of rows as publishers hand them out: CSV or one JSON object a line, plain, gzipped or zipped, read as a stream."""

import codecs
import csv
import gzip
import hashlib
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from functools import cached_property, partial
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

NOTES = ("_line", "_column", "_reason")  # what a file of rejected rows says of them; not the publisher's, so not read
CELL_LIMIT = 1 << 20  # characters; the longest cell known has 29,230
ROW_LIMIT = 16 << 20  # bytes
DATA_SUFFIXES = (".csv", ".tsv", ".ndjson", ".jsonl")
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


class BadFile(ValueError):  # noqa: N818  # named for what it is about, as BadCell is
    """A file that cannot be read as a whole. Its text names the file, and the line where one is to blame."""

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        """Say of the file of that name what is wrong with it; ``reason`` is a sentence."""
        super().__init__(f"{file}, line {line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.reason = reason
        self.line = line


class RawRow(NamedTuple):
    """A row of a file. Where ``problem`` is not empty the row cannot be read, and ``row`` is empty."""

    line: int  # the line of the unpacked file on which the row begins; the first is 1
    cells: list[str]  # as in the file
    row: dict[str, str]
    problem: str


class InputFile:
    """A file of rows. It is recognised by its bytes, not by its name, and opened anew each time that rows are read."""

    def __init__(self, path: Path, name: str = "") -> None:
        """Read the file at ``path``, which people know as ``name`` (the last part of the path where none is given)."""
        self.path = path
        self.name = name or path.name
        self.header: list[str] = []  # the names in the file, once its first row has been asked for; without ``NOTES``
        self._bytes: BufferedReader | None = None
        self._consumed = 0

    @cached_property
    def size(self) -> int:
        """Bytes of the file as it is stored. Raises ``BadFile``."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from error

    @cached_property
    def sha256(self) -> str:
        """The hash of the file as it is stored, in hex. Raises ``BadFile``."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._unreadable(error) from error

    @property
    def done(self) -> float:
        """How much of the stored bytes the latest reading has consumed: from 0.0 to 1.0."""
        consumed = self._bytes.tell() if self._bytes and not self._bytes.closed else self._consumed
        return min(consumed / self.size, 1.0) if self.size else 0.0

    def rows(self, columns: Callable[[list[str]], list[str]], required: frozenset[str]) -> Iterator[RawRow]:
        """Give the rows in their order, as they are read; columns are named by what ``columns`` makes of the header.

        Lines without any text are left out, and so is a row of HXL tags under the header. Raises ``BadFile`` where the
        file cannot be read or lacks a required column, as late as it is found: rows may have been given by then.
        """
        self._consumed = 0
        try:
            with self._opened() as stream:
                yield from self._named(_Lines(self.name, stream), columns, required)
            self._consumed = self.size
        except DAMAGE as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> BadFile:
        """Say why the bytes of the file cannot be had."""
        if isinstance(error, OSError) and error.strerror:
            return BadFile(self.name, f"The file cannot be read: {error.strerror}.")
        return BadFile(self.name, f"The file is damaged or cut short: {str(error).rstrip('.')}.")

    @contextmanager
    def _opened(self) -> Iterator[BufferedReader]:
        """Open the file, unpacked, behind the mark that some programs put before UTF-8."""
        with ExitStack() as stack:
            self._bytes = file = stack.enter_context(self.path.open("rb"))
            unpacked: IO[bytes] = file
            if file.peek(4).startswith(b"\x1f\x8b"):
                unpacked = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
            elif file.peek(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
                unpacked = stack.enter_context(self._entry(stack.enter_context(zipfile.ZipFile(file))))
            stream = stack.enter_context(BufferedReader(cast("Any", unpacked), 1 << 16))
            if stream.peek(3).startswith(codecs.BOM_UTF8):
                stream.read(3)
            try:
                yield stream
            finally:
                self._consumed = file.tell()

    def _entry(self, archive: zipfile.ZipFile) -> IO[bytes]:
        """Open the one data file of an archive. What macOS leaves in there, and documents beside the data, do not count."""
        names = [name for name in archive.namelist() if not re.search(r"(^|/)(__MACOSX/|\.[^/]*$)|/$", name)]
        if "xl/workbook.xml" in names:
            raise BadFile(self.name, "This is an Excel workbook. Save its sheet as CSV in UTF-8.")
        names = [name for name in names if name.lower().endswith(DATA_SUFFIXES)] or names
        if len(names) != 1:
            found = f"several: {', '.join(sorted(names))}" if names else "none"
            raise BadFile(self.name, f"The archive should hold one data file; it holds {found}.")
        if archive.getinfo(names[0]).flag_bits & 1:
            raise BadFile(self.name, f"{names[0]} is encrypted. Unpack the archive first.")
        try:
            return archive.open(names[0])
        except NotImplementedError as error:
            raise BadFile(self.name, f"{names[0]} is packed in an unknown way. Unpack the archive first.") from error

    def _named(
        self, lines: "_Lines", columns: Callable[[list[str]], list[str]], required: frozenset[str]
    ) -> Iterator[RawRow]:
        """Read the header, then give the rows below it by its names."""
        first = lines.first()
        rows = _json_rows(lines, first) if first.lstrip().startswith(("{", "[")) else _csv_rows(lines, first)
        line, header, _ = next(rows)
        width = len(header)
        notes = [place for place, name in enumerate(header) if name.strip() in NOTES][::-1]
        _remove(notes, header)
        self.header = header
        names = columns(header)
        self._check(header, names, required, line)
        for number, (line, cells, problem) in enumerate(rows):
            if not number and not problem and _is_hxl(cells):
                continue
            if not problem and len(cells) != width:
                problem = f"The row has {len(cells):,} cells, the header has {width:,}."  # noqa: PLW2901  # the same thing
            _remove(notes, cells)
            problem = problem or _unfit(header, cells)  # noqa: PLW2901  # as above
            yield RawRow(line, cells, {} if problem else dict(zip(names, cells, strict=True)), problem)

    def _check(self, header: list[str], names: list[str], required: frozenset[str], line: int) -> None:
        """Refuse a header that is not text, names a column twice or lacks a required one."""
        if problem := _unfit(["The header"] * len(header), header):
            raise BadFile(self.name, problem, line)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise BadFile(
                self.name, f"Two columns have the same name: {', '.join(name or '(none)' for name in twice)}.", line
            )
        if missing := sorted(required - set(names)):
            known = {name.casefold(): name for name in names}
            wanted = []
            for name in missing:
                near = get_close_matches(name.casefold(), known, n=1)
                wanted.append(f"{name} (is it {known[near[0]]}?)" if near else name)
            raise BadFile(self.name, f"Columns are missing: {', '.join(wanted)}.", line)


class _Lines:
    """The lines of a file as text. Those of the row being read are kept, to tell where a cell began."""

    def __init__(self, file: str, stream: BufferedReader) -> None:
        self.file = file
        self.number = 0  # of the line read last
        self.row: list[str] = []
        self._held = 0
        self._texts = self._read(stream)

    def __iter__(self) -> Iterator[str]:
        return self._texts

    def next_row(self) -> int:
        """Forget the lines of the row that has been read; return the number of the line on which the next one begins."""
        self.row.clear()
        self._held = 0
        return self.number + 1

    def first(self) -> str:
        """Read up to the first line that has text, and return it."""
        for text in self:
            if text.strip():
                return text
            self.next_row()
        raise BadFile(self.file, "The file is empty.")

    def _read(self, stream: BufferedReader) -> Iterator[str]:
        for line in iter(partial(stream.readline, ROW_LIMIT), b""):
            self.number += 1
            self._held += len(line)
            if self._held >= ROW_LIMIT:
                raise BadFile(self.file, f"The row is longer than {ROW_LIMIT >> 20} MB.", self.number - len(self.row))
            try:
                text = str(line, "utf-8")
            except UnicodeDecodeError:
                text = self._halves(line)
            self.row.append(text)
            yield text

    def _halves(self, line: bytes) -> str:
        """Read a line that is UTF-8 but for halves of surrogate pairs; they are the row's problem, not the file's."""
        try:
            return str(line, "utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise BadFile(self.file, "The line is not UTF-8. Save the file as UTF-8.", self.number) from None


def _csv_rows(lines: _Lines, first: str) -> Iterator[tuple[int, list[str], str]]:
    """Give line and cells of each row, the header's first; the delimiter is the mark that the header's line has most of."""
    marks = re.sub(r'"[^"]*"', "", first)
    delimiter = max(",;\t", key=marks.count)
    csv.field_size_limit(CELL_LIMIT)
    begins = lines.number
    try:
        for cells in csv.reader(chain([first], lines), delimiter=delimiter, strict=True):
            if any(cells):
                yield begins, cells, ""
            begins = lines.next_row()
    except csv.Error as error:
        opened = _opened_quote("".join(lines.row), delimiter)
        if opened is None:
            raise BadFile(
                lines.file,
                f"A cell without quotes has a carriage return, or more than {CELL_LIMIT:,} characters.",
                begins,
            ) from error
        raise BadFile(
            lines.file,
            "The cell in quotes that begins here has no proper end: its last quote is missing, a quote inside it is not"
            f" written twice, or it has more than {CELL_LIMIT:,} characters.",
            begins + opened,
        ) from error


def _opened_quote(row: str, delimiter: str) -> int | None:
    """Tell on which line of a row, the first being 0, its first cell in quotes begins that does not end properly."""
    unquoted = rf'[^"{delimiter}\r\n][^{delimiter}\r\n]*+'
    found = re.match(rf'(?:(?:"(?:[^"]|"")*+"|{unquoted}|){delimiter})*+"', row)
    return row.count("\n", 0, found.end()) if found else None


def _json_rows(lines: _Lines, first: str) -> Iterator[tuple[int, list[str], str]]:
    """Give line, cells and problem of each object; before them the names in the first one, which are the header.

    A name that an object lacks is an empty cell. A line that is no object is one cell.
    """
    try:
        header = list(_object(first))
    except ValueError as error:
        raise BadFile(lines.file, f"{error} One JSON object a line is read.", lines.number) from error
    yield lines.number, header.copy(), ""
    for text in chain([first], lines):
        begins = lines.number
        lines.next_row()
        if not text.strip():
            continue
        try:
            record = _object(text)
        except ValueError as error:
            yield begins, [text.rstrip("\r\n")], str(error)
            continue
        cells = [_text(record.pop(name, None)) for name in header]
        more = f"The first object of the file has no {', '.join(record)}." if record else ""
        yield begins, cells, more


def _object(text: str) -> dict[str, Any]:
    """Read a JSON object. Raises ``ValueError`` with a sentence."""
    try:
        value = json.loads(text.rstrip(), object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        message = f"The line is not a JSON object: {error.msg} at character {error.colno}."
        raise ValueError(message) from error
    except RecursionError as error:
        message = "The line is JSON of too many levels."
        raise ValueError(message) from error
    if not isinstance(value, dict):
        message = "The line is JSON, but not an object."
        raise ValueError(message)  # noqa: TRY004  # what a line of a file cannot be is a value
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; a name given twice is refused."""
    made = dict(pairs)
    if len(made) != len(pairs):
        message = "The object gives a name twice."
        raise ValueError(message)
    return made


def _text(value: Any) -> str:
    """Write a JSON value as a cell."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _is_hxl(cells: list[str]) -> bool:
    """Tell whether a row holds HXL tags (https://hxlstandard.org) and nothing else."""
    tags = [cell.lstrip() for cell in cells if cell.strip()]
    return bool(tags) and all(tag.startswith("#") for tag in tags)


def _remove(places: list[int], cells: list[str]) -> None:
    """Take the cells at some places, the last first, out of a row."""
    for place in places:
        if place < len(cells):
            del cells[place]


def _unfit(header: list[str], cells: list[str]) -> str:
    """Say which cell holds text that the database cannot keep; empty where none does."""
    text = "".join(cells)
    if "\0" not in text:
        if text.isascii():
            return ""
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return ""
    places = zip(header, cells, strict=True)
    name, cell = next((name, cell) for name, cell in places if re.search("[\0\ud800-\udfff]", cell))
    return f"{name} has a NUL character." if "\0" in cell else f"{name} has half of a surrogate pair."
