"""The server as production starts it, over an application that shows what reaches it: no database, no Django."""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from conflictdb.serving import listen

PROJECT = Path(__file__).resolve().parents[1]
DEADLINE = 30.0  # seconds
CHUNK = b"x" * 131_072
SEEN = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "PATH_INFO", "QUERY_STRING")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes] | Iterator[bytes]:
    """Answer what was asked, by whom, and who answers; or stream half a gigabyte, and tell when that is over."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/stream":
        return stream()
    about = {"pid": os.getpid(), "frozen": gc.get_freeze_count()}
    return [json.dumps(about | {name: environ.get(name) for name in SEEN}).encode()]


def stream() -> Iterator[bytes]:
    """Yield the long answer."""
    sent = 0
    try:
        while sent < 4_000:
            sent += 1
            yield CHUNK
    finally:
        sys.stderr.write(f"ended after {sent}\n")


class Served:
    """A server, its port and its logs."""

    def __init__(self, folder: Path) -> None:
        """Start it, and wait until it answers."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.access, self.log = folder / "access", folder / "log"
        with self.access.open("wb") as access, self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT,
                env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
                | {"WEB_CONCURRENCY": "2"},
                stdout=access,
                stderr=log,
            )
        self.until(lambda: self.log.read_text(encoding="utf-8").count("Started worker") == 2)

    @property
    def command(self) -> list[str]:
        """What it is started with."""
        return [
            sys.executable,
            *("-m", "conflictdb.serving", "--port", str(self.port), "tests.test_serving.application"),
        ]

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def ask(self, path: str = "/", headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Ask on a new connection; return what the application tells."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as http:
            http.request("GET", path, headers=headers or {})
            answer: dict[str, Any] = json.loads(http.getresponse().read())
            return answer

    def answer_to(self, head: bytes) -> bytes:
        """Send what no client library would; return the status line and the headers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as caller:
            caller.sendall(head + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return caller.recv(10_000)

    def begin_stream(self) -> socket.socket:
        """Ask for the long answer, and read no more than its beginning."""
        reader = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        reader.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reader.recv(100).startswith(b"HTTP/1.1 200 OK")
        return reader

    def workers(self) -> set[int]:
        """Find the processes that answer."""
        return {self.ask()["pid"] for _ in range(20)}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Yield a running server."""
    server = Served(tmp_path)
    yield server
    with suppress(ProcessLookupError):
        server.process.kill()
    server.process.wait(DEADLINE)


def lives(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    return False


def memory_of(processes: set[int]) -> int:
    """Bytes that processes hold."""
    pages = [int(Path(f"/proc/{each}/statm").read_text(encoding="utf-8").split()[1]) for each in processes]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def test_port_is_one_servers_alone(served: Served) -> None:
    second = subprocess.run(served.command, cwd=PROJECT, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert second.returncode == 1
    assert second.stderr.startswith(f"Cannot listen on 127.0.0.1 port {served.port}: [Errno ")
    assert "Traceback" not in second.stderr


def test_workers_look_for_no_garbage_in_the_code(served: Served) -> None:
    assert served.ask()["frozen"] > 10_000


def test_no_answer_waits_for_acknowledgements() -> None:
    with (
        closing(listen("127.0.0.1", 0)) as listener,
        closing(socket.create_connection(listener.getsockname())),
        closing(listener.accept()[0]) as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_client_and_proxies_are_told(served: Served) -> None:
    assert served.ask()["REMOTE_ADDR"] == "127.0.0.1"
    assert (
        served.ask(headers={"X-Forwarded-For": "192.0.2.7, 192.0.2.8"})["HTTP_X_FORWARDED_FOR"]
        == "192.0.2.7, 192.0.2.8"
    )
    answer = served.answer_to(b"GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 192.0.2.8")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["HTTP_X_FORWARDED_FOR"] == "192.0.2.7,192.0.2.8"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /?" + b"a" * 65_532 + b" HTTP/1.1", b"200 OK"),
        (b"GET /?" + b"a" * 65_533 + b" HTTP/1.1", b"414 URI Too Long"),
        (b"GET / HTTP/1.1" + b"\r\na: b" * 98, b"200 OK"),
        (b"GET / HTTP/1.1" + b"\r\na: b" * 99, b"431 Request Header Fields Too Large"),
    ],
)
def test_limits_are_those_of_the_contract(served: Served, head: bytes, status: bytes) -> None:
    answer = served.answer_to(head)
    assert answer.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert (b"content-length: 0\r\n" in answer) == (status != b"200 OK")


def test_access_log_shows_what_was_asked_on_one_line(served: Served) -> None:
    served.ask("/a%0A%1B%22b/?q=%0A&c=%22", headers={"User-Agent": 'r"r'})
    served.answer_to('GET /é?q=é" HTTP/1.1'.encode())
    served.until(lambda: served.access.read_text(encoding="utf-8").count("\n") == 1)
    (line,) = served.access.read_text(encoding="utf-8").splitlines()
    assert line.startswith("127.0.0.1 - - [")
    assert '] "GET /a%0A%1B%22b/?q=%0A&c=%22 HTTP/1.1" 200 ' in line
    assert line.endswith(' ms "r\'r"')


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")
def test_slow_readers_hold_up_nobody_and_fill_no_memory(served: Served) -> None:
    workers = served.workers()
    before = memory_of(workers)
    readers = [served.begin_stream() for _ in range(3)]
    time.sleep(1)
    assert len({served.ask()["pid"] for _ in range(40)}) == len(workers) == 2
    assert memory_of(workers) - before < 30_000_000
    for reader in readers:
        reader.close()
    served.until(lambda: served.log.read_text(encoding="utf-8").count("ended after") == 3)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")
def test_worker_that_dies_is_replaced(served: Served) -> None:
    workers = served.workers()
    gone = workers.pop()
    os.kill(gone, signal.SIGKILL)
    served.until(lambda: served.log.read_text(encoding="utf-8").count("Started worker") == 3)
    assert gone not in served.workers()
    assert served.process.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")
def test_no_worker_outlives_the_main_process(served: Served) -> None:
    workers = served.workers()
    with closing(served.begin_stream()):
        served.process.kill()
        served.until(lambda: not any(map(lives, workers)))
    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", served.port)) != 0


def test_end_waits_for_no_idle_connection(served: Served) -> None:
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=5)) as kept:
        kept.request("GET", "/")
        kept.getresponse().read()
        began = time.monotonic()
        served.process.terminate()
        assert served.process.wait(DEADLINE) == 0
    assert time.monotonic() - began < 5


def test_end_does_not_wait_for_ever_for_a_slow_reader(served: Served) -> None:
    with closing(served.begin_stream()):
        served.process.terminate()
        assert served.process.wait(DEADLINE) == 0
