"""Rows arrive as they were sent, whatever their texts hold."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from conflictdb.ingest.pipe import Pipe

pytestmark = pytest.mark.django_db
COLUMNS = ("claim_id", "number", "exact", "start")


@pytest.mark.parametrize(
    "text", ["", "None", "NULL", '"', "\\N", "\\.", "\t", "\n", "\r", "a\r\nb", "\x1e", "\x1f", "ü–\x1f\n\x1e"]
)
def test_copied_rows_hold_what_was_sent(text: str) -> None:
    rows = [(1, 1, "plain", None), (2, 1, text, 0), (3, 2, f"{text}{text}", None)]
    with connection.cursor() as cursor, closing(Pipe(cursor.connection)) as pipe:
        pipe.execute(
            "CREATE TEMPORARY TABLE copied (claim_id bigint, number int, exact text, start int) ON COMMIT DROP"
        )
        pipe.copy("citation", COLUMNS, rows, table="copied")
        assert pipe.rows("SELECT * FROM copied ORDER BY claim_id") == rows


def test_rows_go_in_one_copy_whether_they_need_quotes_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conflictdb.ingest.pipe.FIRST", 2)
    monkeypatch.setattr("conflictdb.ingest.pipe.CHUNK", 3)
    texts = ["plain", "", "\r", "\x1f\r\n", "\x1e", "plain", "plain", "None", "\n\n", "a\rb", "last"]
    rows = [(number, 1, text, None) for number, text in enumerate(texts)]
    with connection.cursor() as cursor, closing(Pipe(cursor.connection)) as pipe:
        pipe.execute(
            "CREATE TEMPORARY TABLE copied (claim_id bigint, number int, exact text, start int) ON COMMIT DROP"
        )
        pipe.copy("citation", COLUMNS, (row for row in rows), table="copied")
        assert pipe.rows("SELECT * FROM copied ORDER BY claim_id") == rows


def test_rows_that_cannot_be_made_leave_none_of_those_before() -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        yield from ((number, 1, "made", None) for number in range(1_000))
        raise LookupError

    with connection.cursor() as cursor, closing(Pipe(cursor.connection)) as pipe:
        pipe.execute(
            "CREATE TEMPORARY TABLE copied (claim_id bigint, number int, exact text, start int) ON COMMIT DROP"
        )
        with pytest.raises(LookupError), pipe.savepoint():
            pipe.copy("citation", COLUMNS, rows(), table="copied")
        assert pipe.rows("SELECT count(*) FROM copied") == [(0,)]


def test_new_ids_are_nobody_elses() -> None:
    with connection.cursor() as cursor, closing(Pipe(cursor.connection)) as pipe:
        assert pipe.new_ids("claim", 0) == []
        first, second = pipe.new_ids("claim", 3), pipe.new_ids("claim", 1)
        assert [*first, *second] == list(range(first[0], first[0] + 4))
        pipe.execute("ALTER SEQUENCE conflictdb_claim_id_seq INCREMENT 7")  # as if somebody took the six between
        assert pipe.new_ids("claim", 3) == [second[0] + 7, second[0] + 14, second[0] + 21]
