"""Answers given again: the same bytes for one tiny query, never of another question or another state of the dataset."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.caching import KEEPER, REVISION
from api.keeping import BESIDE, LARGEST
from conflictdb.models import Dataset, Incident
from tests import make

LIST = "/api/v1/incidents/?fields=slug,url"
ROOM = 40_000


@pytest.fixture(autouse=True)
def _keep_little(_keep_nothing: None, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 – an order, and a database with commits
    """Keep a few answers, none of them from before."""
    monkeypatch.setattr(KEEPER, "room", ROOM)
    monkeypatch.setattr(KEEPER, "taken", 0)
    KEEPER.answers.clear()


@pytest.fixture(autouse=True)
def incident(_keep_little: None) -> Incident:
    """Store one incident."""
    return make.make_incident(slug="one")


def asked(client: Client, path: str = LIST, **headers: str) -> tuple[Any, list[str]]:
    """Ask for an address; give the answer, and what the database was asked for it."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path, headers=headers)
    return answer, [query["sql"] for query in queries]


@pytest.mark.parametrize("path", [LIST, "/api/v1/incidents/one/", "/api/v1/incidents/?count=exact"])
def test_second_reader_gets_the_same_bytes_for_one_tiny_query(client: Client, path: str) -> None:
    first, _ = asked(client, path)
    again, queries = asked(client, path)
    assert queries == [REVISION.text]
    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    assert again.json()


def test_kept_answers_are_packed_for_those_who_take_it(client: Client) -> None:
    for _ in range(20):
        make.make_incident()
    plain, _ = asked(client)
    packed, queries = asked(client, **{"accept-encoding": "gzip"})
    assert queries == [REVISION.text]
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert asked(client)[0].content == plain.content


def test_any_write_makes_the_answer_anew(client: Client) -> None:
    asked(client)
    Dataset.objects.update(redistributable=False)
    answer, queries = asked(client)
    assert answer.json()["results"] == []
    assert len(queries) == 2  # the revision, and the list
    assert asked(client)[1] == [REVISION.text]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/incidents/?fields=url,slug", {}),
        (LIST, {"host": "localhost"}),
        (LIST, {"accept": "application/json"}),
    ],
    ids=["fields", "host", "accept"],
)
def test_another_question_is_answered_by_itself(client: Client, path: str, headers: dict[str, str]) -> None:
    asked(client)
    answer, queries = asked(client, path, **headers)
    assert REVISION.text not in queries  # what was never asked is not looked for
    assert answer.json()["results"][0]["url"].startswith(f"http://{headers.get('host', 'testserver')}/")


@pytest.mark.parametrize("path", ["/api/v1/incidents/?kind=no", "/api/v1/incidents/none/", f"{LIST}&format=csv", "/"])
def test_refusals_files_and_pages_are_not_kept(client: Client, path: str) -> None:
    answer, _ = asked(client, path)
    assert answer.getvalue()
    assert not KEEPER.answers


def test_room_is_bounded_and_the_longest_unasked_goes_first(client: Client) -> None:
    paths = [f"{LIST}&page_size={size}" for size in range(1, 200)]
    for path in paths:
        asked(client, path)
        asked(client, paths[0])
    held = [path for _, _, path, _ in KEEPER.answers]
    assert paths[0] in held
    assert paths[1] not in held
    assert KEEPER.taken == sum(len(kept.body) + BESIDE for kept in KEEPER.answers.values()) <= ROOM


def test_one_answer_may_not_push_out_all_others(client: Client) -> None:
    for number in range(100):
        make.make_incident(slug=f"of-many-{number}")
    answer, _ = asked(client)
    assert len(answer.content) > ROOM // LARGEST
    assert not KEEPER.answers
