"""Rows as Arrow's record batches: COPY writes CSV, and Arrow reads it into the types that the columns have.

Arrow takes a fifth of a second to be imported, and 70 MB: only the process that makes files (``making.py``) has it.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, json

from api.exports.kinds import Column, Kind, Part

TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DAY: pa.date32(),
    Kind.INSTANT: pa.timestamp("us", "UTC"),
    Kind.JSON: pa.string(),
}
# What Arrow's reader of JSON reads texts as where it does not know the type that is meant.
READ = {pa.date32(): pa.timestamp("s")}


def type_of(kind: Kind, parts: Sequence[Part]) -> pa.DataType:
    """Give Arrow's type of what a column or a part of one holds."""
    if kind is Kind.LIST:
        (item,) = parts
        return pa.list_(type_of(item.kind, item.parts))
    if kind is Kind.OBJECT:
        return pa.struct([(part.name, type_of(part.kind, part.parts)) for part in parts])
    return TYPES[kind]


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Give Arrow's schema of a table, whose lists are lists."""
    return pa.schema([(column.name, type_of(column.kind, column.parts)) for column in columns])


def batches(blocks: Iterator[bytes], columns: Sequence[Column], *, lists: bool) -> Iterator[pa.RecordBatch]:
    """Read blocks of whole rows; ``lists`` tells that lists are to be lists, else they are the text of their JSON."""
    return map(_Reader(columns, lists=lists).read, blocks)


class _Reader:
    """Reads CSV as PostgreSQL writes it."""

    def __init__(self, columns: Sequence[Column], *, lists: bool) -> None:
        self.schema = schema_of(columns)
        self.nested = [number for number, column in enumerate(columns) if lists and column.kind is Kind.LIST]
        self.names = [f"c{number}" for number in range(len(columns))]  # a file may have a name twice, a schema may not
        types = {
            name: pa.string() if column.kind is Kind.LIST else self.schema.field(number).type
            for number, (name, column) in enumerate(zip(self.names, columns, strict=True))
        }
        self.conversion = csv.ConvertOptions(
            check_utf8=False,  # PostgreSQL has
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        self.parsing = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
        read_as = [(self.names[number], _read_as(self.schema.field(number).type)) for number in self.nested]
        self.parsing_lists = json.ParseOptions(
            explicit_schema=pa.schema(read_as), newlines_in_values=False, unexpected_field_behavior="error"
        )

    def read(self, block: bytes) -> pa.RecordBatch:
        """Read whole lines."""
        reading = csv.ReadOptions(column_names=self.names, block_size=len(block) + 1, use_threads=False)
        table = csv.read_csv(pa.BufferReader(block), reading, self.parsing, self.conversion)
        arrays = [column.combine_chunks() for column in table.columns]
        for number, array in zip(self.nested, self._lists([arrays[number] for number in self.nested]), strict=True):
            arrays[number] = array.cast(self.schema.field(number).type)
        return pa.RecordBatch.from_arrays(arrays, names=self.schema.names)

    def _lists(self, texts: list[pa.Array]) -> list[pa.Array]:
        """Read columns of JSON: each row becomes an object with a member a column."""
        if not texts:
            return []
        parts: list[pa.Array | str] = []
        for name, text in zip((self.names[number] for number in self.nested), texts, strict=True):
            parts += [f'{"," if parts else "{"}"{name}":', text]
        lines = pc.binary_join_element_wise(*parts, "}\n", "", null_handling="replace", null_replacement="null")
        _, _, data = lines.buffers()
        reading = json.ReadOptions(block_size=data.size + 1, use_threads=False)
        table = json.read_json(pa.BufferReader(data), reading, self.parsing_lists)
        return [column.combine_chunks() for column in table.columns]


def _read_as(wanted: pa.DataType) -> pa.DataType:
    """Give the type to read a list of JSON as, which can be cast to the one wanted."""
    if pa.types.is_list(wanted):
        return pa.list_(_read_as(wanted.value_type))
    if pa.types.is_struct(wanted):
        return pa.struct([(field.name, _read_as(field.type)) for field in wanted])
    return READ.get(wanted, wanted)
