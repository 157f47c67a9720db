"""Parquet: typed columns under the names that CSV has, lists as lists; rows that are places on a map are GeoParquet 1.1.

Where the file comes from stands in its metadata under ``conflictdb``, as JSON. Group after group of rows is written as the
rows come, so that a file of any length takes the memory of one group.
"""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from api.exports.channel import Order
from api.exports.kinds import Column, Kind
from api.exports.typed import batches, schema_of

GROUP = 12 << 20  # bytes of a group of rows in memory, at least
GEOMETRY = "geometry"
NAME = "conflictdb"  # under which the metadata tell where the file comes from
POINT = b"\x01\x01\x00\x00\x00"  # how a point in WKB begins: little-endian, a point; longitude and latitude follow
SIZE = len(POINT) + 16


class Sink:
    """What the writer writes to: pieces, to be taken as they are there."""

    closed = False

    def __init__(self) -> None:
        """Begin empty."""
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Hold nothing back."""

    def close(self) -> None:
        """Stay, for what was written last."""

    def taken(self) -> bytes:
        """Hand over what is there."""
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def make(order: Order, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Make the file of blocks of rows, piece by piece; the first before any row."""
    schema, read = schema_of(order.columns), list(order.columns)
    if order.has_point:
        schema = schema.append(pa.field(GEOMETRY, pa.binary()))
        read += [Column(axis, Kind.NUMBER, axis) for axis in "xy"]
    sink, corners = Sink(), Corners()
    # Arrow's own schema says no more than that of Parquet; but where it is stored Arrow's readers show no metadata of ours.
    with parquet.ParquetWriter(sink, schema, compression="zstd", compression_level=1, store_schema=False) as file:
        yield sink.taken()
        found = batches(blocks, read, lists=True)
        for group in groups(placed(found, schema, corners) if order.has_point else found):
            file.write_table(pa.Table.from_batches(group, schema))
            pa.default_memory_pool().release_unused()
            yield sink.taken()
        file.add_key_value_metadata({NAME: json.dumps(order.about, ensure_ascii=False)})
        if order.has_point:
            file.add_key_value_metadata({"geo": json.dumps(corners.metadata())})
    yield sink.taken()


def groups(found: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Gather batches."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in found:
        held.append(batch)
        size += batch.nbytes
        if size > GROUP:
            yield held
            held, size = [], 0
    if held:
        yield held


class Corners:
    """The smallest box around all points seen so far."""

    def __init__(self) -> None:
        """Begin without a point."""
        self.west = self.south = float("inf")
        self.east = self.north = float("-inf")

    def add(self, longitudes: pa.Array, latitudes: pa.Array) -> None:
        """See points."""
        x, y = pc.min_max(longitudes).as_py(), pc.min_max(latitudes).as_py()
        if x["min"] is not None:
            self.west, self.east = min(self.west, x["min"]), max(self.east, x["max"])
            self.south, self.north = min(self.south, y["min"]), max(self.north, y["max"])

    def metadata(self) -> dict[str, Any]:
        """Write GeoParquet's metadata. Coordinates are of WGS 84, longitude first, as where it names no system."""
        column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"]}
        if self.west <= self.east:
            column["bbox"] = [self.west, self.south, self.east, self.north]
        return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def placed(found: Iterator[pa.RecordBatch], schema: pa.Schema, corners: Corners) -> Iterator[pa.RecordBatch]:
    """Turn the last two columns, longitude and latitude, into one of points."""
    for batch in found:
        *others, longitudes, latitudes = batch.columns
        corners.add(longitudes, latitudes)
        yield pa.RecordBatch.from_arrays([*others, points(longitudes, latitudes)], schema=schema)


def points(longitudes: pa.Array, latitudes: pa.Array) -> pa.Array:
    """Write points as WKB, null where there is none."""
    count = len(longitudes)
    written = bytearray(POINT + bytes(16)) * count
    for start, axis in ((len(POINT), longitudes), (len(POINT) + 8, latitudes)):
        numbers = memoryview(axis.buffers()[1])[8 * axis.offset : 8 * (axis.offset + count)]
        for place in range(8):
            written[start + place :: SIZE] = bytes(numbers[place::8])
    validity = pc.and_(longitudes.is_valid(), latitudes.is_valid())
    fixed = pa.Array.from_buffers(pa.binary(SIZE), count, [validity.buffers()[1], pa.py_buffer(written)])
    return fixed.cast(pa.binary())
