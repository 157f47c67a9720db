"""ETags: a reader who has the answer gets a 304 for one tiny query, and never for an answer that would be another."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api import caching
from conflictdb.models import Dataset, Incident
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/incidents/?fields=slug"


@pytest.fixture(autouse=True)
def incident() -> Incident:
    """Store one incident."""
    return make.make_incident(slug="one")


def ask(client: Client, path: str, held: str = "", **headers: str) -> Any:
    """Ask for an address, holding an answer; read to the end what comes."""
    answer: Any = client.get(path, headers={**({"if-none-match": held} if held else {}), **headers})
    if answer.streaming:
        assert list(answer.streaming_content) or "ndjson" in path
    return answer


@pytest.mark.parametrize("path", [LIST, "/api/v1/incidents/one/", "/api/v1/incidents/?kind=riot"])
def test_answer_that_is_held_costs_one_tiny_query(client: Client, path: str) -> None:
    first = ask(client, path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    with CaptureQueriesContext(connection) as queries:
        again = ask(client, path, f'"other", {first.headers["ETag"]}')
    assert (again.status_code, again.content) == (304, b"")
    assert [query["sql"] for query in queries] == ["SELECT token::text FROM conflictdb_revision"]
    assert {name: again.headers[name] for name in ("ETag", "Cache-Control", "Access-Control-Allow-Origin")} == {
        "ETag": first.headers["ETag"],
        "Cache-Control": first.headers["Cache-Control"],
        "Access-Control-Allow-Origin": "*",
    }


def test_head_is_answered_alike(client: Client) -> None:
    tag = client.head(LIST).headers["ETag"]
    assert tag == ask(client, LIST).headers["ETag"]
    assert client.head(LIST, headers={"if-none-match": tag}).status_code == 304


def test_any_write_makes_another_answer(client: Client) -> None:
    held = ask(client, LIST).headers["ETag"]
    Dataset.objects.update(redistributable=False)
    answer = ask(client, LIST, held)
    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert answer.headers["ETag"] != held


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/incidents/?fields=title", {}),
        (f"{LIST}&page_size=1", {}),
        (LIST, {"host": "localhost"}),
        (LIST, {"accept": "application/json"}),
    ],
    ids=["fields", "page", "host", "accept"],
)
def test_another_question_has_another_name(client: Client, path: str, headers: dict[str, str]) -> None:
    held = ask(client, LIST).headers["ETag"]
    answer = ask(client, path, held, **headers)
    assert answer.status_code == 200
    assert answer.headers["ETag"] != held


def test_another_contract_makes_another_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    held = ask(client, LIST).headers["ETag"]
    monkeypatch.setattr(caching, "CONTRACT", "newer")
    assert ask(client, LIST, held).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/api/v1/incidents/?kind=no", 400), ("/api/v1/incidents/none/", 404)])
def test_refusals_are_not_kept(client: Client, path: str, status: int) -> None:
    answer = ask(client, path)
    assert answer.status_code == status
    assert not {"ETag", "Cache-Control"} & set(answer.headers)


def test_without_a_revision_an_answer_is_named_by_its_content(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conflictdb_revision")
    answer = ask(client, LIST)
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers
    assert ask(client, LIST, 'W/"made-up"').status_code == 200
    assert ask(client, LIST, answer.headers["ETag"]).status_code == 304
    Incident.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conflictdb_revision")
    assert ask(client, LIST, answer.headers["ETag"]).status_code == 200


def revise(instant: str) -> None:
    """Let the dataset have changed at an instant."""
    change = "UPDATE conflictdb_revision SET changed_at = %s, token = conflictdb_revision_token(%s)"
    with connection.cursor() as cursor:
        cursor.execute(change, [instant, instant])


@pytest.fixture
def old_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the contract be older than every change."""
    monkeypatch.setattr(caching, "CONTRACT_FROM", 0)


PATHS = [
    LIST,
    "/api/v1/incidents/one/",
    f"{LIST}&format=csv",
    "/api/v1/claims/?format=ndjson",
    "/api/v1/incidents/?expand=claims",
]


@pytest.mark.usefixtures("old_contract")
@pytest.mark.parametrize("path", PATHS)
def test_last_change_is_told_and_asked_for(client: Client, path: str) -> None:
    revise("2024-02-29T12:34:56.789Z")
    first = ask(client, path)
    assert first.headers["Last-Modified"] == "Thu, 29 Feb 2024 12:34:56 GMT"
    again = client.get(path, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Last-Modified", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert "Accept" in again.headers["Vary"]
    assert client.head(path, headers={"if-modified-since": first.headers["Last-Modified"]}).status_code == 304


@pytest.mark.usefixtures("old_contract")
@pytest.mark.parametrize(
    "since",
    [
        "Thu, 29 Feb 2024 12:34:55 GMT",
        "Thu, 29 Feb 2024 12:34:57 GMT",  # a later second was never told: it is from the reader's own clock
        "Fri, 01 Jan 2999 00:00:00 GMT",
        "2024-02-29T12:34:56Z",
        "nonsense",
        "",
    ],
)
def test_only_the_second_that_was_told_is_answered_with_304(client: Client, since: str) -> None:
    revise("2024-02-29T12:34:56.789Z")
    assert client.get(LIST, headers={"if-modified-since": since}).status_code == 200


@pytest.mark.usefixtures("old_contract")
def test_name_wins_over_date(client: Client) -> None:
    revise("2024-02-29T12:34:56Z")
    first = ask(client, LIST).headers
    assert ask(client, LIST, '"other"', **{"if-modified-since": first["Last-Modified"]}).status_code == 200
    earlier = {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert ask(client, LIST, first["ETag"], **earlier).status_code == 304


@pytest.mark.usefixtures("old_contract")
def test_no_two_states_share_a_date(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes that follow each other at once: each state has a second of its own, which is not told before it has come."""
    revise("2024-02-29T12:34:56Z")
    told = [ask(client, LIST).headers["Last-Modified"]]
    for _ in range(3):
        make.make_country()
        answer = client.get(LIST, headers={"if-modified-since": told[-1]})
        assert answer.status_code == 200
        monkeypatch.setattr(caching.time, "time", lambda: 4e9)
        told.append(ask(client, LIST).headers["Last-Modified"])
        monkeypatch.undo()
        monkeypatch.setattr(caching, "CONTRACT_FROM", 0)
    assert len(set(told)) == len(told)


@pytest.mark.usefixtures("old_contract")
def test_second_that_has_not_come_is_not_told(client: Client) -> None:
    revise("2999-01-01T00:00:00Z")
    answer = ask(client, LIST)
    assert "Last-Modified" not in answer.headers
    assert answer.headers["ETag"]
    assert client.get(LIST, headers={"if-modified-since": "Tue, 01 Jan 2999 00:00:00 GMT"}).status_code == 200


def test_answer_is_no_older_than_the_contract(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    revise("2024-02-29T12:34:56Z")
    monkeypatch.setattr(caching, "CONTRACT_FROM", 1_735_689_600)
    assert ask(client, LIST).headers["Last-Modified"] == "Wed, 01 Jan 2025 00:00:00 GMT"


@pytest.mark.usefixtures("old_contract")
@pytest.mark.parametrize(("path", "status"), [("/api/v1/incidents/?kind=no", 400), ("/api/v1/incidents/none/", 404)])
@pytest.mark.parametrize("condition", ["if-modified-since", "if-none-match"])
def test_conditions_hide_no_refusal(client: Client, path: str, status: int, condition: str) -> None:
    revise("2024-02-29T12:34:56Z")
    held = ask(client, LIST).headers
    value = held["Last-Modified"] if condition == "if-modified-since" else "*"
    assert client.get(path, headers={condition: value}).status_code == status


@pytest.mark.parametrize("path", [LIST, f"{LIST}&format=csv", "/api/v1/vocabularies/", "/api/v1/schema/"])
def test_any_answer_at_all_is_what_the_star_asks_for(client: Client, path: str) -> None:
    assert client.get(path, headers={"if-none-match": "*"}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/vocabularies/", "/api/v1/vocabularies/measure/", "/api/v1/schema/"]
)
def test_what_holds_no_record_is_named_by_its_content(client: Client, path: str) -> None:
    first = ask(client, path)
    assert first.headers["Cache-Control"] == caching.POLICY
    assert "Accept" in first.headers["Vary"]
    make.make_country()
    assert ask(client, path, first.headers["ETag"]).status_code == 304
    assert ask(client, path, 'W/"other"').status_code == 200
