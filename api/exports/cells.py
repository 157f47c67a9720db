"""Cells of a spreadsheet as XML, made of Arrow's columns at once; nothing of them is ever a formula.

Text stands in the cells themselves (an inline string), so that one that begins with `=` is a text like any other, and no
table of all texts must be kept until the end of the file.
"""

import re
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 32_767  # UTF-16 units that a cell may hold
CUT = " … (cut: a cell of a spreadsheet holds no more; CSV has all of it)"
FIRST_DAY = date(1900, 3, 1)  # days before are another number in each program: one of 1900 counts a 29 February
EPOCH = 25_569  # 1 January 1970, as spreadsheets count days
SECONDS = 86_400.0
DAY, INSTANT, BOLD = 1, 2, 3  # numbers of styles, in the order of ``book.STYLES``
NOTHING = "<c/>"
# What XML has no way to hold, and what would be read as the way round it that spreadsheets have (`_x0001_`).
ODD = r"[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]|_x[0-9A-Fa-f]{4}_"
ODD_IN_PYTHON = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
TEXT = ('<c t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>")


def rows(batch: pa.RecordBatch, first: int) -> memoryview:
    """Write the rows of a batch; ``first`` is the number of the first, as a sheet counts."""
    columns = [cells(column) for column in batch.columns]
    numbers = pa.array(range(first, first + batch.num_rows)).cast(pa.string())
    opened = pc.binary_join_element_wise('<row r="', numbers, '">', "")
    return memoryview(pc.binary_join_element_wise(opened, *columns, "</row>", "").buffers()[2])


def cells(column: pa.Array) -> pa.Array:
    """Write the cells of a column."""
    kind = column.type
    if pa.types.is_string(kind):
        written = around(texts(column), *TEXT)
    elif pa.types.is_boolean(kind):
        written = around(pc.if_else(column, "1", "0"), '<c t="b"><v>', "</v></c>")
    elif pa.types.is_date(kind):
        written = days(column)
    elif pa.types.is_timestamp(kind):
        microseconds = column.cast(pa.int64()).cast(pa.float64(), safe=False)
        serial = pc.add(pc.divide(microseconds, SECONDS * 1e6), float(EPOCH))
        written = around(serial.cast(pa.string()), f'<c s="{INSTANT}"><v>', "</v></c>")
    else:
        written = around(column.cast(pa.string()), "<c><v>", "</v></c>")
    return pc.fill_null(written, NOTHING)


def around(values: pa.Array, before: str, after: str) -> pa.Array:
    """Set every value that there is between two texts."""
    return pc.binary_join_element_wise(before, values, after, "")


def days(column: pa.Array) -> pa.Array:
    """Write days as numbers that are shown as days; those that spreadsheets do not count are texts."""
    serial = pc.add(column.cast(pa.int32()), EPOCH).cast(pa.string())
    counted = around(serial, f'<c s="{DAY}"><v>', "</v></c>")
    return pc.if_else(pc.less(column, pa.scalar(FIRST_DAY)), around(column.cast(pa.string()), *TEXT), counted)


def texts(column: pa.Array) -> pa.Array:
    """Escape texts for XML; one by one only where one of them is odd or too long."""
    is_long = pc.greater(pc.binary_length(column), LONGEST)
    if pc.any(pc.or_(is_long, pc.match_substring_regex(column, ODD))).as_py():
        return pa.array([None if text is None else escaped(text) for text in column.to_pylist()], pa.string())
    for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        column = pc.replace_substring(column, character, written)
    return column


def escaped(text: str) -> str:
    """Escape one text; what is too long ends in words that say so."""
    if len(text.encode("utf-16-le")) > 2 * LONGEST:
        room = text.encode("utf-16-le")[: 2 * (LONGEST - len(CUT))]
        text = room.decode("utf-16-le", errors="ignore") + CUT
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return ODD_IN_PYTHON.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
