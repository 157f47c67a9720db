"""XLSX: a sheet of rows with typed cells, and a sheet that tells where they come from; sent as it is written.

The libraries that write spreadsheets make a file on the disk, cell by cell in Python, before its first byte can be sent: some
minutes for what takes seconds here. What is written is the smallest book that the standard (ECMA-376) knows.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyarrow import RecordBatch

from api.exports import cells
from api.exports.archive import Archive
from api.exports.channel import Order
from api.exports.kinds import Column, Kind
from api.exports.typed import batches

WIDTHS = {Kind.DAY: 11, Kind.INSTANT: 20}
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEETS = ("Data", "About")
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{MEDIA}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{MEDIA}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{MEDIA}.worksheet+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{MEDIA}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    f'<sheet name="{SHEETS[0]}" sheetId="1" r:id="r1"/><sheet name="{SHEETS[1]}" sheetId="2" r:id="r2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Formats of cells: as it comes, a day, an instant, a heading (``cells.DAY`` …).
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    "<fonts><font/><font><b/></font></fonts>"
    '<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
SHEET = (
    f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
END = b"</sheetData></worksheet>"


def make(order: Order, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Make the file of blocks of rows, piece by piece; the first before any row."""
    archive = Archive()
    for name, part in PARTS.items():
        yield from archive.add(name, [HEAD.encode() + part.encode()])
    yield from archive.add("xl/worksheets/sheet2.xml", [told(order.about)])
    found = batches(blocks, order.columns, lists=False)
    yield from archive.add("xl/worksheets/sheet1.xml", sheet(order.columns, numbered(found)))
    yield archive.end()


def sheet(columns: Sequence[Column], found: Iterable[memoryview]) -> Iterator[bytes | memoryview]:
    """Write the sheet of rows."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{WIDTHS[column.kind]}" customWidth="1"/>'
        for number, column in enumerate(columns, 1)
        if column.kind in WIDTHS
    )
    cols = f"<cols>{widths}</cols>" if widths else ""
    yield f"{SHEET}{cols}<sheetData>{line([column.name for column in columns], 1, cells.BOLD)}".encode()
    yield from found
    yield END


def numbered(found: Iterable[RecordBatch]) -> Iterator[memoryview]:
    """Write rows, counted from the one below the header."""
    following = 2
    for batch in found:
        yield cells.rows(batch, following)
        following += batch.num_rows


def told(about: dict[str, Any]) -> bytes:
    """Write the sheet that tells where the rows come from."""
    facts = [fact for name, value in about.items() if name != "datasets" for fact in flat(name, value)]
    for terms in about["datasets"]:
        facts += terms.items()
    lines = [line(fact, number) for number, fact in enumerate(facts, 2)]
    return f"{SHEET}<sheetData>{line(('What', 'Value'), 1, cells.BOLD)}{''.join(lines)}".encode() + END


def flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Give the values of an object by their paths."""
    if isinstance(value, dict):
        for below, each in value.items():
            yield from flat(f"{name}.{below}", each)
    else:
        yield name, value


def line(values: Iterable[Any], number: int, style: int = 0) -> str:
    """Write a row of texts, numbers, booleans and nothing."""
    return f'<row r="{number}">{"".join(cell(value, style) for value in values)}</row>'


def cell(value: Any, style: int) -> str:
    """Write one cell."""
    if value is None:
        return cells.NOTHING
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    before, after = cells.TEXT
    styled = before.replace("<c ", f'<c s="{style}" ', 1)
    return f"{styled}{cells.escaped(value)}{after}"
