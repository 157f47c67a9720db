"""Rejected rows: a file that is whole or not there, and that can be read again."""

from pathlib import Path

import pytest

from conflictdb.ingest.files import BadFile, InputFile, RawRow
from conflictdb.ingest.rejects import Rejects

CONTENT = '"id";"name"\n1;Ada\n2;"B;o, ""x""\r\ny\rz"\n3\n4;\0\n5;\ud800\n'


@pytest.fixture
def file(tmp_path: Path) -> InputFile:
    """A file with good and bad rows."""
    path = tmp_path / "rows.csv"
    path.write_bytes(CONTENT.encode(errors="surrogatepass"))
    return InputFile(path)


def reject_all(file: InputFile, rejects: Rejects) -> list[RawRow]:
    """Reject every row, whether good or bad, for what is wrong with it."""
    rows = list(file.rows(list, frozenset()))
    for raw in rows:
        rejects.add(raw, "" if raw.problem else "name", raw.problem or "Not a name.")
    return rows


def test_rejects_are_kept_as_they_were_with_their_reasons(tmp_path: Path, file: InputFile) -> None:
    """Line, column and reason stand before the publisher's columns."""
    rejects = Rejects(tmp_path / "bad.csv", file)
    reject_all(file, rejects)
    assert rejects.count == 5
    rejects.keep()
    assert (tmp_path / "bad.csv").read_bytes().decode(errors="surrogatepass") == (
        "_line,_column,_reason,id,name\r\n"
        "2,name,Not a name.,1,Ada\r\n"
        '3,name,Not a name.,2,"B;o, ""x""\r\ny\rz"\r\n'
        '5,,"The row has 1 cells, the header has 2.",3\r\n'
        "6,,name has a NUL character.,4,\0\r\n"
        "7,,name has half of a surrogate pair.,5,\ud800\r\n"
    )


def test_rejects_can_be_read_and_rejected_again(tmp_path: Path, file: InputFile) -> None:
    """The rows are the same but for their lines, and the notes do not pile up."""
    rejects = Rejects(tmp_path / "bad.csv", file)
    rows = reject_all(file, rejects)
    rejects.keep()
    again = InputFile(tmp_path / "bad.csv")
    worse = Rejects(tmp_path / "worse.csv", again)
    assert [(raw.cells, raw.row) for raw in reject_all(again, worse)] == [(raw.cells, raw.row) for raw in rows]
    worse.keep()
    assert (
        (tmp_path / "worse.csv")
        .read_bytes()
        .startswith(b"_line,_column,_reason,id,name\r\n2,name,Not a name.,1,Ada\r\n")
    )


def test_rejects_have_no_file_until_they_are_kept(tmp_path: Path, file: InputFile) -> None:
    """What was discarded is gone; what was kept stays."""
    path = tmp_path / "bad.csv"
    discarded = Rejects(path, file)
    reject_all(file, discarded)
    assert not path.exists()
    assert len(list(tmp_path.iterdir())) == 2
    discarded.close()
    discarded.close()
    assert list(tmp_path.iterdir()) == [file.path]
    kept = Rejects(path, file)
    reject_all(file, kept)
    kept.keep()
    kept.keep()
    kept.close()
    assert sorted(tmp_path.iterdir()) == [path, file.path]


def test_rejects_without_a_row_leave_nothing(tmp_path: Path, file: InputFile) -> None:
    """Nor is a folder touched."""
    rejects = Rejects(tmp_path / "bad.csv", file)
    assert rejects.count == 0
    rejects.keep()
    rejects.close()
    assert list(tmp_path.iterdir()) == [file.path]


THERE = "bad.csv: The file for rejected rows is there already. Move it, or name another."


def test_rejects_do_not_overwrite(tmp_path: Path, file: InputFile) -> None:
    """Neither what was there before, nor what came in the meantime; the rows are then discarded as after any failure."""
    path = tmp_path / "bad.csv"
    rejects = Rejects(path, file)
    reject_all(file, rejects)
    path.write_text("mine")
    with pytest.raises(BadFile) as caught:
        rejects.keep()
    assert str(caught.value) == THERE
    rejects.close()
    with pytest.raises(BadFile) as caught:
        Rejects(path, file)
    assert str(caught.value) == THERE
    assert path.read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == [path, file.path]


def test_rejects_need_a_folder(tmp_path: Path, file: InputFile) -> None:
    """Said before the import begins, and when the folder went away since."""
    folder = tmp_path / "folder"
    with pytest.raises(BadFile) as caught:
        Rejects(folder / "bad.csv", file)
    assert str(caught.value) == f"bad.csv: There is no folder {folder} to hold the rejected rows."
    folder.mkdir()
    rejects = Rejects(folder / "bad.csv", file)
    folder.rmdir()
    with pytest.raises(BadFile) as caught:
        reject_all(file, rejects)
    assert str(caught.value) == "bad.csv: Rejected rows cannot be written: No such file or directory."
    rejects.close()


def test_rejects_stand_in_the_order_of_their_lines(tmp_path: Path, file: InputFile) -> None:
    """Whichever was found first; each is whole, and no other file is left."""
    rows = list(file.rows(list, frozenset()))
    kept = []
    for name, order in (("sorted.csv", (0, 1, 2, 3, 4)), ("mixed.csv", (3, 4, 1, 0, 2))):
        rejects = Rejects(tmp_path / name, file)
        for number in order:
            rejects.add(rows[number], "", "Bad.")
        rejects.keep()
        kept.append((tmp_path / name).read_bytes())
    assert kept[0] == kept[1]
    assert [raw.line for raw in rows] == [2, 3, 5, 6, 7]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "mixed.csv", file.path, tmp_path / "sorted.csv"]
