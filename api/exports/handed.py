"""Parquet and XLSX as a server sees them: the rows of the same COPY as for CSV, handed to a process that makes the file."""

from collections.abc import Iterator

from api.errors import InvalidParameters, ParameterError
from api.exports.asked import About, Asked
from api.exports.channel import Order
from api.exports.copying import CSV, blocks, copied
from api.exports.kinds import Column, Kind
from api.exports.workshop import made

MOST = 1_048_576  # rows of a sheet, its header among them
BLOCK = 1 << 20  # bytes of CSV that are handed over at once, at least


def parquet(asked: Asked, about: About) -> Iterator[bytes]:
    """Write Parquet, piece by piece; rows that are places have their two coordinates once more behind their columns."""
    point = asked.table().point
    axes = [Column(axis, Kind.NUMBER, place) for axis, place in zip("xy", point, strict=True)] if point else []
    yield from _made("parquet", asked, about, axes)


def xlsx(asked: Asked, about: About) -> Iterator[bytes]:
    """Write XLSX, piece by piece. Raises ``InvalidParameters`` where a sheet has not so many rows."""
    if asked.exceeds(MOST - 1):
        message = (
            f"A sheet has no more than {MOST - 1:,} rows below its header, and more match. "
            "Narrow the question, or take csv or parquet."
        )
        raise InvalidParameters([ParameterError("format", message, ["csv", "parquet"])])
    yield from _made("xlsx", asked, about, [])


def _made(name: str, asked: Asked, about: About, axes: list[Column]) -> Iterator[bytes]:
    columns, rows, _ = asked.table()
    order = Order(name, columns, bool(axes), about.as_json())
    with copied(asked, rows, [column.place for column in (*columns, *axes)], CSV) as found:
        yield from made(order, (b"".join(block) for block in blocks(found, BLOCK)))
