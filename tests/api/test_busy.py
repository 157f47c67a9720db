"""Files let pages go first: a file rests between its blocks while answers are being made, and never otherwise."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from api import busy
from api.busy import LONGEST, MAKING, BusyMiddleware
from api.exports.copying import blocks

ROWS = [b"x" * 1_000] * 10


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Gather how long is rested, without resting."""
    found: list[float] = []
    monkeypatch.setattr(busy.time, "sleep", found.append)
    return found


@pytest.fixture
def pages() -> Iterator[None]:
    """Have a page being made."""
    MAKING.add(1)
    yield
    MAKING.add(-1)


@pytest.mark.usefixtures("pages")
def test_file_rests_after_each_block_while_pages_are_made(rests: list[float]) -> None:
    assert [len(block) for block in blocks(ROWS, 2_500)] == [1, 3, 3, 3]
    assert len(rests) == 4
    assert all(0 < each < LONGEST for each in rests)


@pytest.mark.usefixtures("pages")
def test_file_never_rests_long(rests: list[float]) -> None:
    busy.rest(60)
    assert rests == [LONGEST]


def test_file_does_not_rest_where_nobody_waits(rests: list[float]) -> None:
    assert b"".join(row for block in blocks(ROWS, 2_500) for row in block) == b"".join(ROWS)
    assert rests == []


def test_answer_is_counted_while_it_is_made_whatever_becomes_of_it() -> None:
    def answer(request: Any) -> Any:
        return MAKING.number if request else 1 / 0

    made: Callable[[Any], Any] = BusyMiddleware(answer)
    assert made("a request") == 1
    with pytest.raises(ZeroDivisionError):
        made(None)
    assert MAKING.number == 0


@pytest.mark.django_db
def test_every_answer_of_the_server_is_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    monkeypatch.setattr(MAKING, "add", counted.append)
    assert client.get("/api/v1/countries/").status_code == 200
    assert counted == [1, -1]


@pytest.mark.django_db
def test_file_on_its_way_does_not_hold_up_itself(client: Client, rests: list[float]) -> None:
    response = client.get("/api/v1/countries/?format=csv")
    assert response.status_code == 200
    assert b"".join(response.streaming_content)
    assert rests == []
