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
    """Ask for an address, holding an answer."""
    return client.get(path, headers={**({"if-none-match": held} if held else {}), **headers})


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


def test_without_a_revision_nothing_is_kept(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conflictdb_revision")
    answer = ask(client, LIST)
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    assert ask(client, LIST, 'W/"made-up"').status_code == 200
