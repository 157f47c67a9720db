"""CSV: one header of names, as the JSON has them, and a line a row; null is empty, an empty text is quoted, zero is 0.

Cells stand as they are, though a spreadsheet takes one that begins with `=`, `+`, `-` or `@` for a formula: a mark before it
would be read as data by everybody else, and spoil negative numbers. Who opens files in a spreadsheet is served by XLSX, whose
cells of text are never worked out.
"""

from collections.abc import Iterator

from api.exports.asked import About, Asked
from api.exports.copying import CSV, blocks, copied
from api.exports.kinds import Column


def write(asked: Asked, _about: About) -> Iterator[bytes]:
    """Write the file, piece by piece."""
    columns, rows, _ = asked.table()
    names = [column.name for column in columns]
    head = line(names)
    if asked.given.get("hxl"):
        head += line(asked.hashtags(names))
    with copied(asked, rows, shown(columns), CSV) as lines:
        for block in blocks(lines):
            yield head + b"".join(block)
            head = b""
    if head:
        yield head


def shown(columns: list[Column]) -> list[str]:
    """Write the columns as SQL. A row of one null would be an empty line, which readers leave out; it becomes `""`."""
    places = [column.place for column in columns]
    return places if len(places) > 1 else [f"coalesce({places[0]}::text, '')"]


def line(cells: list[str]) -> bytes:
    """Write a line of words that need no quotes."""
    return ",".join(cells).encode() + b"\n"
