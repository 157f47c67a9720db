"""Files of rows: every packing gives the same rows, and what cannot be read is named by file and line."""

import gzip
import hashlib
import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from conflictdb.ingest.files import CELL_LIMIT, ROW_LIMIT, BadFile, InputFile, RawRow

TEXT = "id,name\n1,Ada\n2,Bo\n"
ROWS = [RawRow(2, ["1", "Ada"], {"id": "1", "name": "Ada"}, ""), RawRow(3, ["2", "Bo"], {"id": "2", "name": "Bo"}, "")]
DATA = Path(__file__).resolve().parents[3].parent / "shared/data"


def read(path: Path, content: bytes | str, required: frozenset[str] = frozenset()) -> list[RawRow]:
    """Write a file and read its rows."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(InputFile(path).rows(list, required))


def refusal(path: Path, content: bytes | str, required: frozenset[str] = frozenset()) -> str:
    """Write a file that cannot be read; return what is said of it."""
    with pytest.raises(BadFile) as caught:
        read(path, content, required)
    return str(caught.value)


def zipped(content: bytes) -> bytes:
    """Compress as gzip does, at no time in particular: contents name tests, which every worker must name alike."""
    return gzip.compress(content, mtime=0)


def archive(entries: dict[str, str]) -> bytes:
    """Make a zip file."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in entries.items():
            file.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.rstrip().encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        b'"id","name"\n"1","Ada"\n"2","Bo"\n',
        zipped(TEXT.encode()),
        zipped(b"\xef\xbb\xbf" + TEXT.encode()),
        zipped(TEXT[:10].encode()) + zipped(TEXT[10:].encode()),
        archive({"a/rows.csv": TEXT}),
        archive({"rows.txt": TEXT}),
        archive({"rows.csv": TEXT, "__MACOSX/._rows.csv": "", "a/.DS_Store": "", "a/": "", "codebook.pdf": "%PDF"}),
    ],
)
def test_file_gives_the_same_rows_however_it_is_packed(tmp_path: Path, content: bytes) -> None:
    """The file's name says nothing of what is in it."""
    assert read(tmp_path / "data", content) == ROWS


@pytest.mark.parametrize("pack", [bytes, zipped, lambda content: archive({"rows.jsonl": content.decode()})])
def test_file_of_json_lines_gives_cells_as_texts(tmp_path: Path, pack) -> None:  # noqa: ANN001  # a callable of any kind
    """Null is empty, numbers stay as JSON writes them, what is nested stays JSON; a name left out is an empty cell."""
    lines = [
        {"a": None, "b": True, "c": 1.5, "d": [1, {"é": None}], "e": "x\ny"},
        {},
        {"e": "", "a": -3},
    ]
    content = "".join(f"{json.dumps(line, ensure_ascii=False)}\n\n" for line in lines).encode()
    assert read(tmp_path / "rows.ndjson", pack(content)) == [
        RawRow(
            1,
            ["", "true", "1.5", '[1, {"é": null}]', "x\ny"],
            {"a": "", "b": "true", "c": "1.5", "d": '[1, {"é": null}]', "e": "x\ny"},
            "",
        ),
        RawRow(3, [""] * 5, dict.fromkeys("abcde", ""), ""),
        RawRow(5, ["-3", "", "", "", ""], {"a": "-3", "b": "", "c": "", "d": "", "e": ""}, ""),
    ]


@pytest.mark.parametrize(
    ("line", "cells", "problem"),
    [
        (
            '{"id": 1,',
            ['{"id": 1,'],
            "The line is not a JSON object: Expecting property name enclosed in double quotes at character 10.",
        ),
        ("[1]", ["[1]"], "The line is JSON, but not an object."),
        ('{"id": 1, "id": 2}', ['{"id": 1, "id": 2}'], "The object gives a name twice."),
        ("[" * 100_000, ["[" * 100_000], "The line is JSON of too many levels."),
        ('{"id": 1, "more": 2, "most": 3}', ["1", ""], "The first object of the file has no more, most."),
        ('{"id": 1, "name": "\\u0000"}', ["1", "\0"], "name has a NUL character."),
        ('{"id": 1, "name": "\\ud800"}', ["1", "\ud800"], "name has half of a surrogate pair."),
    ],
)
def test_line_that_is_no_object_of_the_file_is_a_bad_row(
    tmp_path: Path, line: str, cells: list[str], problem: str
) -> None:
    """Only that row is bad: the next line begins the next one."""
    good = '{"id": 7, "name": "Ada"}'
    first, bad, last = read(tmp_path / "rows.ndjson", f"{good}\n{line}\n{good}\n")
    assert bad == RawRow(2, cells, {}, problem)
    assert (first, last) == (
        RawRow(1, ["7", "Ada"], {"id": "7", "name": "Ada"}, ""),
        RawRow(3, ["7", "Ada"], {"id": "7", "name": "Ada"}, ""),
    )


def test_row_begins_on_the_line_that_an_editor_shows(tmp_path: Path) -> None:
    """Line breaks inside quotes count; lines without any text are no rows."""
    rows = read(tmp_path / "rows.csv", '\n"id","a ""b""\nc"\n\n1,"two\nlines\r\nthree"\n,\n2,"x, y"\n')
    assert rows == [
        RawRow(5, ["1", "two\nlines\r\nthree"], {"id": "1", 'a "b"\nc': "two\nlines\r\nthree"}, ""),
        RawRow(9, ["2", "x, y"], {"id": "2", 'a "b"\nc': "x, y"}, ""),
    ]


def test_delimiter_is_the_one_that_the_header_has_most_of_outside_quotes(tmp_path: Path) -> None:
    """Other marks are text."""
    assert read(tmp_path / "rows.csv", '"a,b,c,d";e;"f\tg"\n1,5;2\t;3\n') == [
        RawRow(2, ["1,5", "2\t", "3"], {"a,b,c,d": "1,5", "e": "2\t", "f\tg": "3"}, "")
    ]


def test_file_of_one_column_has_no_delimiter(tmp_path: Path) -> None:
    """A comma is then one all the same, so that a row with a stray one is noticed."""
    assert read(tmp_path / "rows.csv", "id\n1\n2,3\n") == [
        RawRow(2, ["1"], {"id": "1"}, ""),
        RawRow(3, ["2", "3"], {}, "The row has 2 cells, the header has 1."),
    ]


def test_columns_are_named_by_the_format(tmp_path: Path) -> None:
    """The header stays as it is in the file."""
    (tmp_path / "rows.csv").write_text("ID , Name\n1,Ada\n")
    file = InputFile(tmp_path / "rows.csv")
    rows = list(file.rows(lambda header: [name.strip().lower() for name in header], frozenset({"id"})))
    assert rows == [RawRow(2, ["1", "Ada"], {"id": "1", "name": "Ada"}, "")]
    assert file.header == ["ID ", " Name"]


@pytest.mark.parametrize("tags", ["#meta+id,#group+name", " #meta+id,", ",#group+name"])
def test_row_of_hxl_tags_under_the_header_is_left_out(tmp_path: Path, tags: str) -> None:
    """Lines are counted with it."""
    assert read(tmp_path / "rows.csv", f"id,name\n{tags}\n1,Ada\n") == [
        RawRow(3, ["1", "Ada"], {"id": "1", "name": "Ada"}, "")
    ]


def test_hashes_further_down_or_beside_other_text_are_no_tags(tmp_path: Path) -> None:
    """A name may begin with a hash."""
    assert [row.cells for row in read(tmp_path / "rows.csv", "id,name\n1,#tag\n#2,#tag\n")] == [
        ["1", "#tag"],
        ["#2", "#tag"],
    ]
    assert [row.cells for row in read(tmp_path / "rows.jsonl", '{"a": null}\n{"a": "#b"}\n')] == [[""], ["#b"]]


@pytest.mark.parametrize(
    ("line", "cells", "problem"),
    [
        ("1", ["1"], "The row has 1 cells, the header has 2."),
        ("1,2,3", ["1", "2", "3"], "The row has 3 cells, the header has 2."),
        ("1,A\0", ["1", "A\0"], "name has a NUL character."),
        ("1,\udc00é", ["1", "\udc00é"], "name has half of a surrogate pair."),
    ],
)
def test_bad_row_says_what_is_wrong_with_it(tmp_path: Path, line: str, cells: list[str], problem: str) -> None:
    """The rows around it are given as if it were not there."""
    content = f"id,name\n1,Ada\n{line}\n2,Bo\n".encode(errors="surrogatepass")
    assert read(tmp_path / "rows.csv", content) == [
        ROWS[0],
        RawRow(3, cells, {}, problem),
        RawRow(4, ["2", "Bo"], {"id": "2", "name": "Bo"}, ""),
    ]


def test_notes_of_rejected_rows_are_not_read(tmp_path: Path) -> None:
    """They may stand anywhere; the number of cells is that of the file."""
    path = tmp_path / "rows.csv"
    path.write_text("_line,id,_column,name,_reason\n7,1,id,Ada,odd\n7,1,id,Ada\n8,2\n")
    file = InputFile(path)
    assert list(file.rows(list, frozenset())) == [
        RawRow(2, ["1", "Ada"], {"id": "1", "name": "Ada"}, ""),
        RawRow(3, ["1", "Ada"], {}, "The row has 4 cells, the header has 5."),
        RawRow(4, ["2"], {}, "The row has 2 cells, the header has 5."),
    ]
    assert file.header == ["id", "name"]


def test_long_cell_is_read(tmp_path: Path) -> None:
    """Longer ones than the csv module allows by itself."""
    long = "x" * (CELL_LIMIT - 1)
    assert read(tmp_path / "rows.csv", f"id,name\n1,{long}\n") == [
        RawRow(2, ["1", long], {"id": "1", "name": long}, "")
    ]


NO_END = (
    "The cell in quotes that begins here has no proper end: its last quote is missing, a quote inside it is not written"
    " twice, or it has more than 1,048,576 characters."
)
LONG_BARE = "A cell without quotes has a carriage return, or more than 1,048,576 characters."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "rows.csv: The file is empty."),
        (" \n\r\n", "rows.csv: The file is empty."),
        (b"", "rows.csv: The file is empty."),
        (zipped(b""), "rows.csv: The file is empty."),
        (TEXT.encode("utf-16"), "rows.csv, line 1: The line is not UTF-8. Save the file as UTF-8."),
        (b"id,name\n1,Ada\n2,Ren\xe9\n", "rows.csv, line 3: The line is not UTF-8. Save the file as UTF-8."),
        (TEXT.encode("utf-16-le"), "rows.csv, line 1: The header has a NUL character."),
        ("id,name,id,name,x\n", "rows.csv, line 1: Two columns have the same name: id, name."),
        (",id,\n", "rows.csv, line 1: Two columns have the same name: (none)."),
        ('id,name\n1,"A\n2,B\n3,C\n', f"rows.csv, line 2: {NO_END}"),
        ('id,name\n1,A\n"2\n","B\n3,C\n', f"rows.csv, line 4: {NO_END}"),
        ('id,name\n1,"A\n2,"B",C\n', f"rows.csv, line 2: {NO_END}"),
        ('id,name\n"a\nb",5" "" gun\n1,"Ada "Bo" Cy"\n', f"rows.csv, line 4: {NO_END}"),
        ('id,name\n1,A\n2,"' + "\n" * (CELL_LIMIT + 1) + '"\n', f"rows.csv, line 3: {NO_END}"),
        ("id,name\n1,A\n2," + "x" * (CELL_LIMIT + 1) + "\n", f"rows.csv, line 3: {LONG_BARE}"),
        ("id,name\r1,A\r", f"rows.csv, line 1: {LONG_BARE}"),
        ("id,name\n1," + "x," * (ROW_LIMIT // 2), "rows.csv, line 2: The row is longer than 16 MB."),
        (
            '{"id": 1\n}\n',
            (
                "rows.csv, line 1: The line is not a JSON object: Expecting ',' delimiter at character 9."
                " One JSON object a line is read."
            ),
        ),
        ('[{"id": 1}]', "rows.csv, line 1: The line is JSON, but not an object. One JSON object a line is read."),
        (archive({}), "rows.csv: The archive should hold one data file; it holds none."),
        (
            archive({"b.csv": TEXT, "a.csv": TEXT, "read me.txt": ""}),
            "rows.csv: The archive should hold one data file; it holds several: a.csv, b.csv.",
        ),
        (
            archive({"[Content_Types].xml": "", "xl/workbook.xml": ""}),
            "rows.csv: This is an Excel workbook. Save its sheet as CSV in UTF-8.",
        ),
        (
            zipped(TEXT.encode())[:-9],
            (
                "rows.csv: The file is damaged or cut short: Compressed file ended before the end-of-stream marker was"
                " reached."
            ),
        ),
        (
            archive({"a.csv": TEXT})[:-30],
            "rows.csv: The file is damaged or cut short: File is not a zip file.",
        ),
    ],
)
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | str, message: str) -> None:
    """The sentence names the file, and the line where one is to blame."""
    assert refusal(tmp_path / "rows.csv", content) == message


def test_archive_that_is_damaged_or_closed_is_refused(tmp_path: Path) -> None:
    """Found by the sum of its bytes, its flag for encryption, and its way of packing."""
    path = tmp_path / "rows.zip"
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("rows.csv", TEXT)
    content = made.getvalue()
    assert refusal(path, content.replace(b"Ada", b"Ida")) == (
        "rows.zip: The file is damaged or cut short: Bad CRC-32 for file 'rows.csv'."
    )
    entry = content.index(b"PK\x01\x02")
    encrypted = content[: entry + 8] + b"\x01" + content[entry + 9 :]
    assert refusal(path, encrypted) == "rows.zip: rows.csv is encrypted. Unpack the archive first."
    packed = content[: entry + 10] + b"\x09" + content[entry + 11 :]
    assert refusal(path, packed) == "rows.zip: rows.csv is packed in an unknown way. Unpack the archive first."


def test_missing_columns_are_named_with_those_that_look_like_them(tmp_path: Path) -> None:
    """Letter case does not hide a likeness."""
    assert refusal(tmp_path / "rows.csv", "ID,best_est,x\n", frozenset({"id", "best", "latitude"})) == (
        "rows.csv, line 1: Columns are missing: best (is it best_est?), id (is it ID?), latitude."
    )


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """By whatever is asked first, and under the name that people know."""
    file = InputFile(tmp_path / "upload-1", "rows.csv")
    message = "^rows.csv: The file cannot be read: No such file or directory.$"
    with pytest.raises(BadFile, match=message):
        next(file.rows(list, frozenset()))
    with pytest.raises(BadFile, match=message):
        _ = file.size
    with pytest.raises(BadFile, match=message):
        _ = file.sha256


def test_bad_file_keeps_its_parts() -> None:
    """For those who put the sentence elsewhere."""
    error = BadFile("rows.csv", "It is odd.", 3)
    assert (error.file, error.reason, error.line, str(error)) == (
        "rows.csv",
        "It is odd.",
        3,
        "rows.csv, line 3: It is odd.",
    )


def test_file_tells_its_name_size_and_hash(tmp_path: Path) -> None:
    """Of the bytes as they are stored, also where rows are packed."""
    content = zipped(TEXT.encode())
    (tmp_path / "rows.csv.gz").write_bytes(content)
    file = InputFile(tmp_path / "rows.csv.gz")
    assert (file.name, file.size, file.sha256) == ("rows.csv.gz", len(content), hashlib.sha256(content).hexdigest())
    assert InputFile(tmp_path / "rows.csv.gz", "GED.csv.gz").name == "GED.csv.gz"


@pytest.mark.parametrize("pack", [bytes, zipped, lambda content: archive({"rows.csv": content.decode()})])
def test_done_grows_from_nothing_to_all(tmp_path: Path, pack) -> None:  # noqa: ANN001  # a callable of any kind
    """In stored bytes; a second reading begins anew, and one that is broken off stays where it was."""
    lines = "".join(f"{number},{hashlib.sha256(str(number).encode()).hexdigest()}\n" for number in range(20_000))
    path = tmp_path / "rows"
    path.write_bytes(pack(f"id,name\n{lines}".encode()))
    file = InputFile(path)
    assert file.done == 0.0
    seen = [file.done for _ in file.rows(list, frozenset())]
    assert seen == sorted(seen)
    assert seen[0] < 0.3
    assert seen[-1] > 0.7
    assert 0.4 < seen[10_000] < 0.6
    assert file.done == 1.0
    rows = file.rows(list, frozenset())
    next(rows)
    rows.close()
    assert file.done == seen[0]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "count", "last"),
    [
        ("GEDEvent_v21_01_21_12.csv.zip", 17_407, 20_962),
        ("ged_syria_20160101_20191130.csv.gz", 16_566, 0),
        ("hdx_bangladesh_ged191.csv", 601, 0),
        ("ged_sample1000_v23.csv", 1_000, 0),
        ("ged_fixture_quirks.csv", 266, 0),
        ("ucdp-actor-221.csv", 1_725, 0),
    ],
)
def test_real_file_is_read_to_its_end(name: str, count: int, last: int) -> None:
    """Every row, none of them bad, with its line in the unpacked file."""
    path = DATA / "ucdp" / name
    if not path.exists():
        pytest.skip(f"The real file {name} is not here.")
    rows = list(InputFile(path).rows(list, frozenset()))
    assert len(rows) == count
    assert [row for row in rows if row.problem] == []
    assert rows[-1].line == (last or rows[-1].line)
