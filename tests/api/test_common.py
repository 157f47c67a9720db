"""Actors that many incidents name: the planner sees who they are, and their lists are walked instead of sorted."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from api.filters import common
from conflictdb.models import Actor, Incident, Participation
from tests import make
from tests.conftest import Undo

pytestmark = pytest.mark.django_db
MANY, FEW = 3_000, 30


@pytest.fixture(scope="module", autouse=True)
def actors(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001 – needs the database
    """Let one actor take part in every third incident, and 1,000 others in one each, and have the statistics gathered."""
    with django_db_blocker.unblock(), suppress(Undo), transaction.atomic(), connection.cursor() as cursor:
        dataset = make.make_dataset()
        everywhere = make.make_actor(slug="everywhere", dataset=dataset)
        seldom = [make.make_actor(slug=f"seldom-{number}", dataset=dataset) for number in range(MANY // 3)]
        one = make.make_incident(dataset=dataset, slug="first")
        fields = [field.attname for field in Incident._meta.concrete_fields if not field.generated]
        rows = [
            Incident(
                **{name: getattr(one, name) for name in fields} | {"id": None, "slug": f"n-{number}", "external_id": ""}
            )
            for number in range(MANY)
        ]
        Incident.objects.bulk_create(rows)
        Participation.objects.bulk_create(
            Participation(incident=row, actor=everywhere if number % 3 == 0 else seldom[number // 3], role="target")
            for number, row in enumerate(rows)
        )
        cursor.execute("ANALYZE conflictdb_participation, conflictdb_incident, conflictdb_actor")
        yield
        raise Undo


SHARES = common.shares


@pytest.fixture(autouse=True)
def _forget(_keep_nothing: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask for the statistics anew, and leave none of these to other tests."""
    monkeypatch.setattr(common, "shares", SHARES)
    common.KNOWN.clear()
    yield
    common.KNOWN.clear()


@pytest.fixture
def listed(get: Callable[..., Any]) -> Callable[[str], tuple[int, str]]:
    """Count the incidents of an answer, and give the statement that found them."""

    def read(query: str) -> tuple[int, str]:
        with CaptureQueriesContext(connection) as queries:
            rows = get(f"incidents/?page_size=1000&fields=slug&{query}")["results"]
        return len(rows), queries[-1]["sql"]

    return read


def test_common_record_is_a_constant_to_the_planner(listed: Callable[[str], tuple[int, str]]) -> None:
    pk = Actor.objects.get(slug="everywhere").pk
    count, statement = listed("actor=everywhere")
    assert count == MANY // 3
    assert f'"actor_id" = {pk}' in statement


@pytest.mark.parametrize(("query", "count"), [("actor=seldom-7", 2), ("actor=everywhere&descendants=true", MANY // 3)])
def test_any_other_is_looked_up(listed: Callable[[str], tuple[int, str]], query: str, count: int) -> None:
    found, statement = listed(query)
    assert found == count
    assert f'"actor_id" = {Actor.objects.get(slug="everywhere").pk}' not in statement


def test_role_is_of_the_same_participant(listed: Callable[[str], tuple[int, str]]) -> None:
    assert listed("actor=everywhere&role=target")[0] == MANY // 3
    assert listed("actor=everywhere&role=initiator")[0] == 0


def test_statistics_are_asked_for_once_in_a_while(get: Callable[..., Any]) -> None:
    get("incidents/?actor=everywhere")
    with CaptureQueriesContext(connection) as queries:
        get("incidents/?actor=seldom-1")
    assert len(queries) == 1


def test_record_that_was_withheld_since_is_not_found(get: Callable[..., Any]) -> None:
    get("incidents/?actor=everywhere")
    hidden = make.make_dataset(redistributable=False)
    Actor.objects.filter(slug="everywhere").update(dataset=hidden)
    assert get("incidents/?actor=everywhere", status=400)["errors"][0]["parameter"] == "actor"
