"""``manage.py run`` and ``make run`` as a person starts and ends them: the real product in folders of its own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg
import pytest

from conflictdb.embedded import Cluster

PROJECT = Path(__file__).resolve().parents[1]
KEY = "xQ2v-7sTn4Lw9bKfYd3HgUe6RjZp1MaCk8NrViWt5oXEqPzSuB"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
DEADLINE = 60.0  # seconds; a first start takes a tenth of it
Start = Callable[..., "Run"]


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` holds; fail, naming ``what``, when it does not."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE:.0f} s: {what}"
        time.sleep(0.05)


class Run:
    """A run of the command, and what it wrote."""

    def __init__(self, data: Path, *options: str, command: tuple[str, ...] = (), **environment: str) -> None:
        """Start it in a process group of its own, as a terminal does."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self.data = data
        self.log = Path(tempfile.mkstemp(prefix="run-", suffix=".log")[1])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*(command or (sys.executable, "manage.py", "run", "--port", "0", "--workers", "2")), *options],
                cwd=PROJECT,
                env={
                    **kept,
                    "CONFLICTDB_SECRET_KEY": KEY,
                    "CONFLICTDB_DATA_DIR": str(data),
                    "PYTHONUNBUFFERED": "1",
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All that was written so far."""
        return self.log.read_text(encoding="utf-8")

    def ready(self) -> str:
        """Wait until it serves; return its origin."""
        until(lambda: "Ctrl-C stops" in self.output or self.process.poll() is not None, "the addresses are shown")
        assert self.process.poll() is None, self.output
        found = re.search(r"Start here +(http://\S+)/", self.output)
        assert found, self.output
        return found.group(1)

    def end(self, number: int = signal.SIGINT, *, group: bool = True) -> int:
        """Send a signal, to the whole group as Ctrl-C does; return the status it ends with."""
        (os.killpg if group else os.kill)(self.process.pid, number)
        return self.process.wait(DEADLINE)

    def processes(self) -> set[int]:
        """Whoever is left of it: processes whose session is the command's; the workers have groups of their own."""
        left = set()
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                told = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                state, _, _, session = told.split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    left.add(int(status.parent.name))
        return left

    def cluster_is_down(self) -> bool:
        """Whether no server runs in the data folder."""
        return not Cluster(self.data / "pg").server.is_alive()


def read(address: str) -> str:
    """Return what an address answers."""
    with urlopen(address, timeout=10) as response:
        body: bytes = response.read()
    return body.decode()


@pytest.fixture
def data() -> Iterator[Path]:
    """Yield a data folder with a short path; no server is left in it."""
    folder = Path(tempfile.mkdtemp(prefix="run-")).resolve()
    yield folder
    for lock in folder.rglob("waiter.lock"):
        Cluster(lock.parent).stop(DEADLINE)
    shutil.rmtree(folder)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start runs; whatever the test does, they are ended after it."""
    runs: list[Run] = []

    def start(data: Path, *options: str, **more: str | tuple[str, ...]) -> Run:
        runs.append(Run(data, *options, **more))  # type: ignore[arg-type]
        return runs[-1]

    yield start
    for run in runs:
        with suppress(ProcessLookupError):
            os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait(DEADLINE)
        run.log.unlink()


def test_first_start_prepares_everything_and_the_second_keeps_it(data: Path, start: Start) -> None:
    first = start(data)
    origin = first.ready()
    assert json.loads(read(f"{origin}/readyz")) == {"status": "ready"}
    assert "Syrian Observatory" in read(f"{origin}/api/v1/actors/?fields=name")
    assert read(f"{origin}/static/admin/css/base.css")
    steps = ["Starting PostgreSQL", "Migrating the database", "Making the admin", "Loading the seed dataset", "Serving"]
    assert [line.split(" … ")[0].split(" with")[0] for line in first.output.splitlines()[:5]] == steps
    assert re.search(r"\(user admin, password \S{16} – shown only this once\)", first.output)
    with psycopg.connect(host=str(data / "pg"), user="postgres", dbname="conflictdb", autocommit=True) as editor:
        editor.execute("UPDATE conflictdb_actor SET description = 'An editor wrote this.' WHERE slug = 'israel'")
    assert first.end() == 0
    assert "Traceback" not in first.output
    assert first.cluster_is_down()

    second = start(data)
    origin = second.ready()
    assert "An editor wrote this." in read(f"{origin}/api/v1/actors/israel/")
    assert second.output.count("not again") == 2
    assert "user admin, password" not in second.output
    assert second.end(signal.SIGTERM, group=False) == 0
    assert second.cluster_is_down()
    assert second.processes() == set()


def test_question_that_takes_too_long_is_ended_with_what_to_narrow(data: Path, start: Start) -> None:
    run = start(data, CONFLICTDB_STATEMENT_TIMEOUT="1")
    origin = run.ready()
    with psycopg.connect(host=str(data / "pg"), user="postgres", dbname="conflictdb") as another:
        another.execute("LOCK TABLE conflictdb_incident IN ACCESS EXCLUSIVE MODE")
        for address in ("incidents/", "incidents/us-entry-into-syria/"):
            began = time.monotonic()
            with pytest.raises(HTTPError) as refusal:
                read(f"{origin}/api/v1/{address}")
            assert 1 <= time.monotonic() - began < 5
            assert (refusal.value.code, refusal.value.headers["Content-Type"]) == (503, "application/problem+json")
            problem = json.loads(refusal.value.read())
            assert problem["type"] == "urn:conflictdb:problem:took-too-long"
            assert "Ask for less" in problem["detail"]
    assert read(f"{origin}/api/v1/incidents/")


def test_password_of_the_admin_may_be_given(data: Path, start: Start) -> None:
    run = start(data, CONFLICTDB_ADMIN_PASSWORD="a password of one's own")
    run.ready()
    assert "(user admin, password from CONFLICTDB_ADMIN_PASSWORD)" in run.output
    assert "one's own" not in run.output
    with psycopg.connect(host=str(data / "pg"), user="postgres", dbname="conflictdb") as connection:
        assert connection.execute("SELECT username, is_superuser FROM auth_user").fetchall() == [("admin", True)]


def test_two_starts_at_once_share_one_database(data: Path, start: Start) -> None:
    runs = [start(data), start(data)]
    origins = [run.ready() for run in runs]
    assert origins[0] != origins[1]
    assert sum("shown only this once" in run.output for run in runs) == 1
    assert runs[0].end() == 0
    assert "PostgreSQL goes on: another process uses it." in runs[0].output
    assert read(f"{origins[1]}/readyz")
    assert runs[1].end() == 0
    assert runs[1].cluster_is_down()


def test_port_in_use_is_named_before_anything_is_started(data: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start(data, "--port", str(port))
        assert run.process.wait(DEADLINE) == 1
    assert f"Cannot listen on 127.0.0.1 port {port}: another program listens there." in run.output
    assert f"make run PORT={port + 1}" in run.output
    assert "Traceback" not in run.output
    assert not (data / "pg").exists()


@pytest.mark.parametrize(
    "options", [("--port", "70000"), ("--host", "192.0.2.1"), ("--host", "no such host"), ("--port", "http")]
)
def test_address_that_cannot_be_had_is_named(data: Path, start: Start, options: tuple[str, str]) -> None:
    run = start(data, *options)
    assert run.process.wait(DEADLINE) != 0
    assert options[1] in run.output.splitlines()[-1]
    assert "Traceback" not in run.output


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")
def test_nothing_outlives_a_killed_command(data: Path, start: Start) -> None:
    run = start(data)
    run.ready()
    run.end(signal.SIGKILL, group=False)
    until(lambda: not run.processes(), "the workers notice that their master is gone")
    until(run.cluster_is_down, "the cluster is stopped when its last user is gone")


def test_closed_terminal_ends_it(data: Path, start: Start) -> None:
    run = start(data)
    origin = run.ready()
    assert run.end(signal.SIGHUP) == 0
    assert run.cluster_is_down()
    with pytest.raises(URLError):
        read(origin)


def test_interrupt_before_it_serves_is_quiet(data: Path, start: Start) -> None:
    run = start(data)
    until(lambda: "Migrating" in run.output, "the database is started")
    assert run.end() == 0
    assert "Traceback" not in run.output
    assert run.cluster_is_down()


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may write anywhere")
def test_data_folder_that_cannot_be_made_is_named(data: Path, start: Start) -> None:
    (data / "file").write_text("", encoding="utf-8")
    run = start(data / "file")
    assert run.process.wait(DEADLINE) == 1
    assert str(data / "file") in run.output
    assert "set DATABASE_URL" in run.output
    assert "Traceback" not in run.output


@pytest.fixture(params=["wheel", "debian"])
def server(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Yield the address of a server that is not the command's to start."""
    if request.param == "debian" and not DEBIAN_15.exists():
        pytest.skip(f"needs PostgreSQL 15 in {DEBIAN_15} (Debian's package `postgresql-15`)")
    folder = Path(tempfile.mkdtemp(prefix="own-")).resolve()
    cluster = Cluster(folder / "pg", DEBIAN_15 if request.param == "debian" else None)
    address = cluster.ensure_running()
    cluster.ensure_database("mine")
    yield address
    assert cluster.stop(DEADLINE)
    shutil.rmtree(folder)


def url(address: dict[str, str], database: str = "mine", user: str = "postgres:hidden") -> str:
    """Spell the address of a database as DATABASE_URL wants it."""
    return f"postgresql://{user}@{address['host'].replace('/', '%2F')}/{database}"


def test_server_of_ones_own_is_used(data: Path, start: Start, server: dict[str, str]) -> None:
    run = start(data, DATABASE_URL=url(server))
    origin = run.ready()
    assert "not needed, DATABASE_URL names one (version 1" in run.output
    assert json.loads(read(f"{origin}/readyz")) == {"status": "ready"}
    assert json.loads(read(f"{origin}/api/v1/claims/?count=exact&page_size=1"))["count"] >= 20
    assert run.end() == 0
    assert "hidden" not in run.output
    assert list(data.iterdir()) == []
    with psycopg.connect(host=server["host"], user="postgres", dbname="mine") as connection:
        assert connection.execute("SELECT count(*) FROM conflictdb_dataset").fetchone() == (1,)


def test_server_that_refuses_is_told_by_the_name_of_its_variable(
    data: Path, start: Start, server: dict[str, str]
) -> None:
    for address in (url(server, database="none"), url(server, user="nobody:hidden"), url({"host": "/nowhere"})):
        run = start(data, DATABASE_URL=address)
        assert run.process.wait(DEADLINE) == 1
        assert "The server that DATABASE_URL names does not let us in" in run.output
        assert "Traceback" not in run.output
        assert "hidden" not in run.output


def test_make_passes_on_what_it_is_told_and_ends_quietly(data: Path, start: Start) -> None:
    if not shutil.which("make") or not (PROJECT / ".venv" / "run").exists():
        pytest.skip("needs make and the environment that `make run` makes")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = start(
        data, command=("make", "run", f"PORT={port}", "HOST=127.0.0.1", f"DATA_DIR={data}"), CONFLICTDB_SECRET_KEY=""
    )
    assert run.ready() == f"http://127.0.0.1:{port}"
    assert (data / "secret_key").stat().st_mode & 0o777 == 0o600
    assert run.end() in {0, -signal.SIGINT}
    assert "make:" not in run.output
    assert run.cluster_is_down()
    assert run.processes() == set()


def test_make_tells_about_an_old_python(tmp_path: Path) -> None:
    if not shutil.which("make"):
        pytest.skip("needs make")
    old = tmp_path / "old"
    old.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && shift && exec {sys.executable} -c '
        "\"import sys; sys.version_info = (3, 9); sys.version = '3.9.6 (default)'\n$1\"\nexit 7\n",
        encoding="utf-8",
    )
    old.chmod(0o700)
    shutil.copy(PROJECT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("", encoding="utf-8")
    done = subprocess.run(
        ["make", "run", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=DEADLINE
    )
    assert done.returncode != 0
    assert f"conflictdb needs Python 3.11 or later, and {old} is 3.9.6." in done.stderr
    assert "make run PYTHON=python3.12" in done.stderr
    assert not (tmp_path / ".venv").exists()
