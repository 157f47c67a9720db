"""Statements prepared once in each connection."""

import socket
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import NotSupportedError, OperationalError, ProgrammingError, connection, transaction
from django.test import Client

from api import prepared, reading
from api.caching import REVISION
from api.prepared import Plans
from api.statements import Statement, run
from tests.make import make_country

SUM = Statement("SELECT ($1::int + 1)::text", ("number",))


def kept(text: str = "%") -> int:
    """Count the statements that the connection keeps for readers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'conflictdb%%' AND statement LIKE %s", [text]
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_once_for_all_values() -> None:
    connection.close()  # what it kept goes with it
    found = [run(SUM, {"number": number}).written for number in (1, 2, 300)]

    assert found == [[b"2"], [b"3"], [b"301"]]
    assert kept("SELECT ($1::int + 1)%") == 1


@pytest.mark.django_db
def test_the_statements_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 2)
    texts = [f"SELECT 'number {number}'" for number in range(4)]

    for text in (texts[0], texts[1], texts[0], texts[2]):
        run(Statement(text, ()), {})

    assert (kept(texts[0]), kept(texts[1]), kept(texts[2])) == (1, 0, 1)
    assert run(Statement(texts[1], ()), {}).written == [b"number 1"]
    assert kept() == prepared.MOST


@pytest.mark.django_db
def test_rows_come_as_python_values() -> None:
    text = "VALUES ('a', DATE '2023-11-15', 1.50, NULL), ('b', NULL, 2, 7)"

    result = run(Statement(text, ()), {})

    assert result.written == [b"a", b"b"]
    assert result.row(1) == ("b", None, Decimal(2), 7)
    assert result.row(0) == ("a", date(2023, 11, 15), Decimal("1.50"), None)


@pytest.mark.django_db
def test_lists_nulls_and_odd_text_are_values() -> None:
    asked = Statement("SELECT $1::text WHERE $2::text = ANY ($3) OR $4::int IS NULL", ("odd", "one", "all", "none"))
    odd = "\\ ' \" $1 % ä\n"

    assert run(asked, {"odd": odd, "one": "a", "all": ["b", "a"], "none": 1}).written == [odd.encode()]
    assert run(asked, {"odd": odd, "one": "c", "all": ["b", "a"], "none": 1}).written == []
    assert run(asked, {"odd": None, "one": "c", "all": ["b"], "none": None}).written == [None]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_begins_with_the_first_statement() -> None:
    begun = Statement("SELECT now()::text", ())
    with transaction.atomic():
        within = [run(begun, {}).written for _ in range(2)]
    without = [run(begun, {}).written for _ in range(2)]

    assert within[0] == within[1]
    assert without[0] != without[1]


@pytest.mark.django_db(transaction=True)
def test_a_failure_names_what_failed_and_leaves_the_connection_usable() -> None:
    with pytest.raises(ProgrammingError, match="nowhere"):
        run(Statement("SELECT a FROM nowhere", ()), {})

    assert run(SUM, {"number": 1}).written == [b"2"]


def cut() -> None:
    """Break the connection off, as a server that dies does, which sends no word of it."""
    with socket.fromfd(connection.connection.pgconn.socket, socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.shutdown(socket.SHUT_RDWR)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_off_is_opened_anew() -> None:
    run(SUM, {"number": 1})
    cut()

    assert run(SUM, {"number": 2}).written == [b"3"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_broke_off_is_not_taken_for_another() -> None:
    def begin_and_break_off() -> None:
        with transaction.atomic():
            run(SUM, {"number": 1})
            cut()
            run(SUM, {"number": 2})

    with pytest.raises(OperationalError, match="closed"):
        begin_and_break_off()

    assert run(SUM, {"number": 2}).written == [b"3"]


@pytest.mark.django_db(transaction=True)
def test_a_table_that_changed_is_read_after_one_failure() -> None:
    asked = Statement("SELECT * FROM changing", ())
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE changing AS SELECT 1 AS number")
        assert run(asked, {}).written == [b"1"]
        cursor.execute("ALTER TABLE changing ALTER number TYPE text USING 'one'")

        with pytest.raises(NotSupportedError):
            run(asked, {})
        assert run(asked, {}).written == [b"one"]
        cursor.execute("DROP TABLE changing")


@pytest.mark.django_db(transaction=True)
def test_statements_whose_values_tell_nothing_are_planned_once() -> None:
    """Others are planned for their values: how many rows are of a country differs from one to the next."""
    connection.close()
    of_page = Statement("SELECT token::text FROM conflictdb_revision WHERE $1::text <> ''", ("base",), Plans.ONCE)
    of_country = Statement("SELECT slug::text FROM conflictdb_country WHERE iso3 = $1", ("country",))
    for _ in range(2):
        run(of_page, {"base": "https://example.org"})
        run(of_country, {"country": "FRD"})

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements WHERE name LIKE 'conflictdb%'"
        )
        plans = {statement: counts for statement, *counts in cursor.fetchall()}
    assert plans == {of_page.text: [2, 0], of_country.text: [0, 2]}


def mode() -> str:
    """How the connection plans now."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_statement_without_values_leaves_plans_as_they_are() -> None:
    """The revision is asked for before many a page: the connection would be told twice for each."""
    run(Statement("SELECT $1::text", ("base",), Plans.ONCE), {"base": "https://example.org"})
    run(REVISION, {})

    assert (REVISION.plans, mode()) == (Plans.AS_IT_SEES_FIT, Plans.ONCE)


@pytest.mark.parametrize(("before", "within"), [tuple(Plans), tuple(reversed(Plans))])
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_undone_takes_no_plans_with_it(before: Plans, within: Plans) -> None:
    """Files are read in such transactions, on connections that lists are read on afterwards."""
    asked = "SELECT current_setting('plan_cache_mode') WHERE $1::text <> ''"

    def planned(plans: Plans) -> list[bytes | None]:
        return run(Statement(asked, ("base",), plans), {"base": "https://example.org"}).written

    assert planned(before) == [before.encode()]
    with transaction.atomic():
        assert planned(within) == [within.encode()]
        assert planned(before) == [before.encode()], "within it they change too"
        assert planned(within) == [within.encode()]
        transaction.set_rollback(True)
    assert planned(within) == [within.encode()]
    assert planned(before) == [before.encode()]


@pytest.mark.parametrize(
    ("query", "plans"),
    [
        ("", Plans.ONCE),
        ("?kind=strike&min_credibility=2", Plans.ONCE),
        ("?country=freedonia", Plans.ONCE),
        ("?started_on__gte=2020-01-01", Plans.AS_IT_SEES_FIT),
        ("?country=freedonia&killed_best__gte=5", Plans.AS_IT_SEES_FIT),
        ("?country__in=freedonia,sylvania", Plans.AS_IT_SEES_FIT),
    ],
)
@pytest.mark.django_db
def test_a_list_is_planned_for_values_that_tell_how_many_rows_there_are(
    client: Client, monkeypatch: pytest.MonkeyPatch, query: str, plans: Plans
) -> None:
    make_country(slug="freedonia")
    make_country(slug="sylvania")
    asked: list[Statement] = []

    def noted(statement: Statement, values: Mapping[str, Any]) -> Any:
        asked.append(statement)
        return run(statement, values)

    monkeypatch.setattr(reading, "run", noted)
    assert client.get(f"/api/v1/incidents/{query}").status_code == 200
    assert [statement.plans for statement in asked] == [plans]
