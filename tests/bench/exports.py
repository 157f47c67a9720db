"""How fast files leave, against psql receiving the bytes of the same COPY in the same minutes: ``make bench-exports``.

Also how soon the first byte comes, what a file adds to the server's memory, and how lists fare meanwhile.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.client import LOOPBACK, Order
from tests.bench.data import build
from tests.bench.databases import Database
from tests.bench.measure import WARM_UP, send
from tests.bench.report import RESULTS, machine, number, table
from tests.bench.servers import OURS, Server

FULL = 400_000
N = int(os.environ.get("N") or FULL)
ROUNDS, SECONDS = (3, 3.0) if N == FULL else (2, 1.5)
CLIENTS = 4  # who read lists
LIST = "/api/v1/incidents/"
TEXTS, TYPED = ("csv", "ndjson", "geojson"), ("parquet", "xlsx")
# What a format is held to: its share of psql's rate, seconds to the first byte, MB of memory, times the p99 of lists alone.
LEAST_SHARE, MOST_FIRST, MOST_CSV, MOST_P99 = 0.8, 0.1, 2.0, 3.0
MOST_MEMORY = dict.fromkeys(TEXTS, 30.0) | dict.fromkeys(TYPED, 200.0)
PACKAGES = ("django", "psycopg", "granian", "pyarrow", "isal")
BEGIN, END = "## Exports", "## Imports"
HEADINGS = (
    *("format", "MB", "seconds", "MB/s", "psql, seconds", "of psql's rate", "× CSV's time", "first byte, ms"),
    *("memory, MB more", "p99 of lists, ms", "× alone"),
)
SLICE = 1 << 20  # bytes read at once
SAMPLING = 0.1  # seconds between two looks at the memory


@dataclass(frozen=True)
class Transfer:
    """One file received: seconds to its first byte and to its last, and its bytes."""

    first: float
    seconds: float
    size: int


def main() -> None:
    """Measure every format."""
    database = Database(N)
    build(database)
    copies = commands(database)
    received: dict[str, list[Transfer]] = {name: [] for name in MOST_MEMORY}
    bare: dict[str, list[float]] = {name: [] for name in TEXTS}
    latency: dict[str, list[float]] = {name: [] for name in ("", *MOST_MEMORY)}
    with Server(OURS, database) as server:
        lists(server, 1.0)
        for name in MOST_MEMORY:
            receive(server, name)  # its statement's compilation and, once a process, Arrow
        for _ in range(ROUNDS):
            for name in MOST_MEMORY:
                print(f"… {name}", file=sys.stderr, flush=True)
                if name in bare:
                    bare[name].append(psql(database, copies[name]))
                received[name].append(receive(server, name))
            for name, measured in latency.items():
                with sending(server, name):
                    measured.append(lists(server, SECONDS))
    memory = {name: growth(database, name) for name in MOST_MEMORY}
    told = tell(database, received, bare, latency, memory)
    print(told)
    if N == FULL:
        keep(told)


def commands(database: Database) -> dict[str, str]:
    """Ask a process of the API's which COPY each format of text sends."""
    command = [sys.executable, "-m", "tests.bench.exports", "commands"]
    done = subprocess.run(command, env=database.environment, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def write_commands() -> None:
    """Write the COPY of each format of text, as it is sent for all incidents."""
    import django  # noqa: PLC0415 – only in the process that is asked

    django.setup()
    import psycopg  # noqa: PLC0415 – as above
    from django.test import Client  # noqa: PLC0415 – as above

    said, copy = {}, psycopg.Cursor.copy
    name = ""

    def noted(cursor: psycopg.Cursor, statement: str, *more: object, **others: object) -> object:
        said[name] = statement
        return copy(cursor, statement, *more, **others)  # type: ignore[arg-type]  # whatever it was called with

    psycopg.Cursor.copy = noted  # type: ignore[assignment,method-assign]  # once, in a process of its own
    for name in TEXTS:
        Client(headers={"host": LOOPBACK}).get(f"{LIST}?format={name}").close()
    json.dump(said, sys.stdout)


def psql(database: Database, command: str) -> float:
    """Let psql receive the rows of a COPY, and return the seconds that it took."""
    program = Path(database.programs) / "psql"
    began = time.monotonic()
    subprocess.run(
        [program, "--quiet", "--no-psqlrc", "--command", "SET statement_timeout = 0", "--command", command],
        env=database.environment | database.variables,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - began


def receive(server: Server, name: str) -> Transfer:
    """Receive one file, and throw it away."""
    request = f"GET {LIST}?format={name} HTTP/1.0\r\nHost: {LOOPBACK}\r\n\r\n".encode()
    began, first, size = time.monotonic(), 0.0, 0
    with socket.create_connection((LOOPBACK, server.port)) as connection:
        connection.sendall(request)
        head, room = b"", bytearray(SLICE)
        while count := connection.recv_into(room):
            if not first:
                head += room[:count]
                body = head.partition(b"\r\n\r\n")[2]
                if body:
                    first = time.monotonic() - began
                    size = len(body)
            else:
                size += count
    if not head.startswith(b"HTTP/1.0 200") and not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head[:200].decode())
    return Transfer(first, time.monotonic() - began, size)


def lists(server: Server, seconds: float) -> float:
    """Let some clients read pages, and return the p99 in milliseconds."""
    send(Order(server.port, [LIST], CLIENTS, seconds=5, most=WARM_UP))
    return send(Order(server.port, [LIST], CLIENTS, seconds)).p99 * 1000


@contextmanager
def sending(server: Server, name: str) -> Iterator[None]:
    """Have one file after the other sent meanwhile; of no name, none."""
    is_over = threading.Event()

    def send_on() -> None:
        while not is_over.is_set():
            receive(server, name)

    sender = threading.Thread(target=send_on)
    if name:
        sender.start()
    try:
        yield
    finally:
        is_over.set()
        if name:
            sender.join()


def growth(database: Database, name: str) -> float:
    """Measure what a file adds to the memory of a server of one process that has only answered lists, in MB."""
    alone = Database(database.size)
    alone.environment = database.environment | {"WEB_CONCURRENCY": "1"}
    with Server(OURS, alone) as server:
        lists(server, 1.0)
        before, most, is_over = server.memory(), 0.0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not is_over.wait(SAMPLING):
                most = max(most, server.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        receive(server, name)
        is_over.set()
        watcher.join()
        return max(most, server.memory()) - before


def tell(
    database: Database,
    received: dict[str, list[Transfer]],
    bare: dict[str, list[float]],
    latency: dict[str, list[float]],
    memory: dict[str, float],
) -> str:
    """Write the tables: medians, and of ratios the medians of the rounds' own."""
    rows, verdicts = [], []
    alone = statistics.median(latency[""])
    for name, transfers in received.items():
        seconds, first = (statistics.median(getattr(each, of) for each in transfers) for of in ("seconds", "first"))
        size = transfers[-1].size / 1_000_000
        share = statistics.median(
            least / each.seconds for least, each in zip(bare.get(name, []), transfers, strict=False)
        ) if name in bare else float("nan")  # fmt: skip
        times = statistics.median(
            each.seconds / csv.seconds for each, csv in zip(transfers, received["csv"], strict=True)
        )
        slower = statistics.median(busy / idle for busy, idle in zip(latency[name], latency[""], strict=True))
        psql_seconds = statistics.median(bare[name]) if name in bare else float("nan")
        rows.append(
            (
                *(name, number(size, 1), number(seconds, 2), number(size / seconds, 0), number(psql_seconds, 2)),
                *(number(share, 2), number(times, 2), number(first * 1000, 0), number(memory[name], 0)),
                *(number(statistics.median(latency[name]), 1), number(slower, 2)),
            )
        )
        if name in bare:
            verdicts.append((f"{name}: at least {LEAST_SHARE} of psql's rate", share, share >= LEAST_SHARE))
        if name == "parquet":
            verdicts.append((f"{name}: under {MOST_CSV} × CSV's time", times, times < MOST_CSV))
        verdicts += [
            (f"{name}: first byte within {MOST_FIRST} s", first, first <= MOST_FIRST),
            (f"{name}: at most {MOST_MEMORY[name]:.0f} MB more", memory[name], memory[name] <= MOST_MEMORY[name]),
            (f"{name}: p99 of lists within {MOST_P99} × what it is alone", slower, slower <= MOST_P99),
        ]
    judged = [(target, number(value, 2), "met" if is_met else "**missed**") for target, value, is_met in verdicts]
    return "\n\n".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d}, `make bench-exports`, {N:,} incidents, {machine(database, PACKAGES)}.",
            f"Medians of {ROUNDS} rounds; {CLIENTS} clients read lists, p99 alone {alone:.1f} ms.",
            table(HEADINGS, rows),
            table(("target", "measured", ""), judged),
        )
    )


def keep(told: str) -> None:
    """Put the run in the place of the last one; earlier ones are in git."""
    text = RESULTS.read_text(encoding="utf-8")
    before, _, rest = text.partition(END)
    before = before.partition(BEGIN)[0]
    RESULTS.write_text(f"{before}{BEGIN}\n\n{told}\n\n{END}{rest}", encoding="utf-8")


if __name__ == "__main__":
    write_commands() if sys.argv[1:] == ["commands"] else main()
