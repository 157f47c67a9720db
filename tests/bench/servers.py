"""The servers that are measured: how each is started, and what it uses."""

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Self

from tests.bench import processes
from tests.bench.client import LOOPBACK
from tests.bench.databases import Database

START = 60.0  # seconds
OURS, PLAIN, FASTAPI, DATASETTE = "conflictdb", "plain DRF", "FastAPI + asyncpg", "datasette"
UNCOUNTED = "plain DRF, no count"
KEEPING = "conflictdb, kept answers"  # as it is set up for readers; all others make every answer anew
# As README.md says for production. What is tried instead is tried here.
SERVING = ("conflictdb.serving", "--host", LOOPBACK, "--port", "{port}")
COMMANDS = {
    OURS: SERVING,
    KEEPING: SERVING,
    PLAIN: (*SERVING, "tests.bench.plain.wsgi.application"),
    UNCOUNTED: (*SERVING, "tests.bench.plain.wsgi.application"),
    FASTAPI: ("uvicorn", "tests.bench.peer:app", "--port", "{port}", "--workers", "2", "--no-access-log"),
    DATASETTE: (
        *("datasette", "serve", "{folder}/incidents.sqlite", "--port", "{port}"),
        *("--setting", "suggest_facets", "off", "--setting", "allow_download", "off"),
    ),
}
PREFIXES = {DATASETTE: "/"}  # of what a subject asks for
KEPT_ANSWERS = {KEEPING: "16"}  # MB a process


class Server:
    """One of ``COMMANDS`` over one database, on a free port of the loopback, until it is told to stop."""

    def __init__(self, name: str, database: Database) -> None:
        """Start it, and wait until it answers."""
        self.name, self.database = name, database
        self.prefix = PREFIXES.get(name, "/api/v1/")
        with socket.create_server((LOOPBACK, 0)) as free:
            self.port = free.getsockname()[1]
        values = {"port": self.port, "folder": database.folder}
        command = [sys.executable, "-m", *(part.format(**values) for part in COMMANDS[name])]
        self.log = database.folder / f"{name}.log"
        environment = (
            database.environment | database.variables | {"CONFLICTDB_KEPT_ANSWERS": KEPT_ANSWERS.get(name, "0")}
        )
        if name != OURS:  # a thread keeps a connection, and those of all servers must leave some to pgbench
            environment["CONFLICTDB_FILES_AT_ONCE"] = "1"
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("")
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        message = f"{self.name} ended, or did not answer within {START:.0f} s; see {self.log}."
        raise RuntimeError(message)

    @property
    def base(self) -> str:
        """The address that all addresses in its answers begin with."""
        return f"http://{LOOPBACK}:{self.port}{self.prefix}"

    def paths(self, asked: Sequence[str]) -> list[str]:
        """Write what subjects ask for as paths of this server."""
        return [self.prefix + path for path in asked]

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Ask once: status, headers by their names in small letters, and the body."""
        http = HTTPConnection(LOOPBACK, self.port, timeout=START)
        try:
            http.request("GET", self.prefix + path)
            answer = http.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            http.close()

    def cpu(self) -> float:
        """Seconds of CPU that its processes have used so far."""
        return processes.cpu_of(self.process.pid)

    def memory(self) -> float:
        """MB that its processes hold."""
        return processes.memory_of(self.process.pid)

    def stop(self) -> None:
        """End it and wait until it is gone."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
