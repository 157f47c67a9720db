"""The harness notices what goes wrong: a measurement that cannot fail proves nothing."""

import math
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.bench.client import LOOPBACK, Load, Order, load
from tests.bench.equality import difference
from tests.bench.measure import Contender, Sample
from tests.bench.report import times
from tests.bench.servers import OURS
from tests.bench.subjects import SUBJECTS

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
ANSWERS = {
    "kept": WHOLE,
    "closing": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody",
    "closed-unannounced": WHOLE,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    "ended-by-closing": b"HTTP/1.0 200 OK\r\n\r\nbody",
    "not-modified": b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    "failing": b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
    "broken-off": b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nbody",
}
KEPT = {"kept", "chunked", "not-modified", "failing"}


@pytest.fixture
def port() -> Iterator[int]:
    """Serve ``ANSWERS`` by their names, and the port of who does."""
    with socket.create_server((LOOPBACK, 0)) as server:
        threading.Thread(target=accept, args=[server], daemon=True).start()
        yield server.getsockname()[1]


def accept(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # the test is over
            return
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def answer(connection: socket.socket) -> None:
    with connection:
        while asked := connection.recv(1000):
            name = asked.split()[1].decode().strip("/")
            connection.sendall(ANSWERS[name])
            if name not in KEPT:
                return


def asked(port: int, name: str, status: int = 200) -> Load:
    return load(Order(port, [f"/{name}"], clients=3, seconds=10, most=30, status=status))


@pytest.mark.parametrize("name", ["kept", "closing", "chunked", "ended-by-closing"])
def test_client_counts_whole_answers(port: int, name: str) -> None:
    found = asked(port, name)
    assert (found.answers, found.errors, found.lost) == (30, 0, 0)
    assert 0 < found.p50 <= found.p99 < 1


def test_client_takes_a_304_where_one_is_asked_for(port: int) -> None:
    assert asked(port, "not-modified", status=304).answers == 30
    assert asked(port, "not-modified").errors == 30


@pytest.mark.parametrize(("name", "error"), [("failing", "status 500, 0 bytes"), ("broken-off", "broken off")])
def test_client_counts_what_fails(port: int, name: str, error: str) -> None:
    found = asked(port, name)
    assert (found.answers, found.errors, found.error) == (0, 30, error)


def test_difference_names_the_first_place() -> None:
    assert difference({"a": [1, {"b": None}], "c": 1.5}, {"c": 1.5, "a": [1, {"b": None}]}) == ""
    assert difference({"a": [1, {"b": None}]}, {"a": [1, {"b": 2}]}) == "at .a.1.b: None here, 2 there"
    assert difference({"a": 1}, {"b": 1}) == "at the top: {'a': 1} here, {'b': 1} there"
    assert difference([True], [1]) == "at .0: True here, 1 there"
    assert difference([1], [1, 2]) == "at the top: [1] here, [1, 2] there"


def test_client_asks_again_where_a_kept_connection_was_closed(port: int) -> None:
    found = asked(port, "closed-unannounced")
    assert (found.answers, found.errors, found.lost) == (30, 0, 0)
    assert found.resent == 27  # all but the first of each of three clients


def test_a_subject_is_compared_with_another_as_one_client_asks_for_both() -> None:
    results = {
        Contender(subject, name, 1, clients, Sample): [Sample(rate) for rate in rates]
        for subject, name, clients, *rates in (
            ("page", OURS, 1, 25, 30, 90),
            ("page", OURS, 16, 1),
            ("page", "another", 1, 1),
            ("lens", OURS, 1, 12, 2, 10),
        )
    }
    assert times(results, "lens", "page") == 3
    assert math.isnan(times(results, "page", "not measured"))


def test_subjects_are_compared_with_subjects() -> None:
    names = {subject.name for subject in SUBJECTS}
    assert [name for subject in SUBJECTS for name in subject.at_most if name not in names] == []
