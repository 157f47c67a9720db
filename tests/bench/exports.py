"""How fast files leave, against psql receiving the bytes of the same COPY in the same minutes: ``make bench-exports``.

Also how soon the first byte comes, what is computed, what a file adds to the server's memory, and how lists fare meanwhile.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import processes
from tests.bench.client import LOOPBACK, Load, Order
from tests.bench.data import build
from tests.bench.databases import Database
from tests.bench.measure import WARM_UP, send
from tests.bench.report import RESULTS, machine, number, table
from tests.bench.servers import OURS, Server

FULL = 400_000
N = int(os.environ.get("N") or FULL)
ROUNDS, TURNS = (2, 3) if N >= FULL else (3, 5)  # of whole files, and of lists; short files end while lists are read
CLIENTS = 4  # who read lists
ANSWERS = 1_500  # in one turn: fifteen of them are slower than its p99
LONGEST = 60.0  # seconds of a turn, on a machine that has no time for so many
LIST = "/api/v1/incidents/"
TEXTS, TYPED = ("csv", "ndjson", "geojson"), ("parquet", "xlsx")
# What a format is held to: its share of psql's rate, seconds to the first byte, MB of memory, times the p99 of lists alone.
LEAST_SHARE, MOST_FIRST, MOST_CSV, MOST_P99 = 0.8, 0.1, 2.0, 3.0
MOST_MEMORY = dict.fromkeys(TEXTS, 30.0) | dict.fromkeys(TYPED, 200.0)
PACKAGES = ("django", "psycopg", "granian", "pyarrow", "isal")
BEGIN, END = "## Exports", "## Imports"
HEADINGS = (
    *("format", "MB", "seconds", "MB/s", "psql, seconds", "of psql's rate", "× CSV's time", "server's CPU, s"),
    *("PostgreSQL's CPU, s", "first byte, ms", "memory, MB more", "p99 of lists, ms", "× alone"),
)
FIRST = 16  # files that nobody counts: each process is to have sent one of each format
SLICE = 1 << 20  # bytes read at once
SAMPLING = 0.1  # seconds between two looks at the memory, or whether a file has ended
RUNNING = "SELECT FROM pg_stat_activity WHERE query LIKE 'COPY (%' AND state <> 'idle'"


@dataclass(frozen=True)
class Transfer:
    """One file received: seconds to its first byte and to its last, its bytes, and seconds of CPU that it took."""

    first: float
    seconds: float
    size: int
    server_cpu: float = 0.0
    database_cpu: float = 0.0


@dataclass(frozen=True)
class Turn:
    """Lists read without a file, and right after beside one."""

    alone: Load
    beside: Load

    @property
    def slower(self) -> float:
        """How many times as long p99 is beside a file."""
        return self.beside.p99 / self.alone.p99


def main() -> None:
    """Measure every format."""
    database = Database(N)
    build(database)
    copies = commands(database)
    received: dict[str, list[Transfer]] = {name: [] for name in MOST_MEMORY}
    bare: dict[str, list[float]] = {name: [] for name in TEXTS}
    turns: dict[str, list[Turn]] = {name: [] for name in MOST_MEMORY}
    with Server(OURS, database) as server:
        lists(server)
        for name in MOST_MEMORY:
            for _ in range(FIRST):
                receive(server, name, "&date_from=2100-01-01")  # no row, but what a process brings in once: Arrow
        for _ in range(ROUNDS):
            for name in MOST_MEMORY:
                print(f"… {name}", file=sys.stderr, flush=True)
                if name in bare:
                    bare[name].append(psql(database, copies[name]))
                received[name].append(counted(server, name))
        for _ in range(TURNS):
            for name, measured in turns.items():
                print(f"… lists beside {name}", file=sys.stderr, flush=True)
                alone = lists(server)
                with sending(server, name):
                    measured.append(Turn(alone, lists(server)))
    print("… memory", file=sys.stderr, flush=True)
    memory = {name: growth(database, name) for name in MOST_MEMORY}
    told = tell(database, received, bare, turns, memory)
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


def counted(server: Server, name: str) -> Transfer:
    """Receive one file, and count what its server and the database compute meanwhile."""
    before = server.cpu(), processes.cpu_of(server.database.postmaster)
    got = receive(server, name)
    after = server.cpu(), processes.cpu_of(server.database.postmaster)
    return replace(got, server_cpu=after[0] - before[0], database_cpu=after[1] - before[1])


def receive(server: Server, name: str, question: str = "", is_enough: Callable[[], bool] = lambda: False) -> Transfer:
    """Receive one file, and throw it away; go away before its end where it ``is_enough``."""
    request = f"GET {LIST}?format={name}{question} HTTP/1.0\r\nHost: {LOOPBACK}\r\n\r\n".encode()
    began, first, size = time.monotonic(), 0.0, 0
    with socket.create_connection((LOOPBACK, server.port)) as connection:
        connection.sendall(request)
        head, room = b"", bytearray(SLICE)
        while not is_enough() and (count := connection.recv_into(room)):
            if not first:
                head += room[:count]
                body = head.partition(b"\r\n\r\n")[2]
                if body:
                    first = time.monotonic() - began
                    size = len(body)
            else:
                size += count
    if head and not head.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200")):
        raise RuntimeError(head[:200].decode())
    return Transfer(first, time.monotonic() - began, size)


def lists(server: Server) -> Load:
    """Let some clients read pages."""
    send(Order(server.port, [LIST], CLIENTS, seconds=5, most=WARM_UP))
    return send(Order(server.port, [LIST], CLIENTS, LONGEST, most=ANSWERS))


@contextmanager
def sending(server: Server, name: str) -> Iterator[None]:
    """Have one file after the other sent meanwhile, and the last one broken off and ended before it goes on."""
    is_over = threading.Event()

    def send_on() -> None:
        while not is_over.is_set():
            receive(server, name, is_enough=is_over.is_set)

    sender = threading.Thread(target=send_on)
    with server.database.connect() as connection:
        sender.start()
        try:
            yield
        finally:
            is_over.set()
            sender.join()
            while connection.execute(RUNNING).fetchone() is not None:
                time.sleep(SAMPLING)


def growth(database: Database, name: str) -> float:
    """Measure what a file adds to the memory of a server of one process that has only answered lists, in MB."""
    alone = Database(database.size)
    alone.environment = database.environment | {"WEB_CONCURRENCY": "1"}
    with Server(OURS, alone) as server:
        lists(server)
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
    turns: dict[str, list[Turn]],
    memory: dict[str, float],
) -> str:
    """Write the tables: medians, and of ratios the medians of the rounds' own."""
    rows, verdicts = [], []
    all_turns = [turn for each in turns.values() for turn in each]
    alone = 1000 * statistics.median(turn.alone.p99 for turn in all_turns)
    fewest = min(load.answers for turn in all_turns for load in (turn.alone, turn.beside))
    for name, transfers in received.items():
        seconds, first = (statistics.median(getattr(each, of) for each in transfers) for of in ("seconds", "first"))
        size = transfers[-1].size / 1_000_000
        share = statistics.median(
            least / each.seconds for least, each in zip(bare.get(name, []), transfers, strict=False)
        ) if name in bare else float("nan")  # fmt: skip
        times = statistics.median(
            each.seconds / csv.seconds for each, csv in zip(transfers, received["csv"], strict=True)
        )
        slower = statistics.median(turn.slower for turn in turns[name])
        cpu = (statistics.median(getattr(each, of) for each in transfers) for of in ("server_cpu", "database_cpu"))
        beside = 1000 * statistics.median(turn.beside.p99 for turn in turns[name])
        psql_seconds = statistics.median(bare[name]) if name in bare else float("nan")
        rows.append(
            (
                *(name, number(size, 1), number(seconds, 2), number(size / seconds, 0), number(psql_seconds, 2)),
                *(number(share, 2), number(times, 2), *(number(each, 2) for each in cpu)),
                *(number(first * 1000, 0), number(memory[name], 0), number(beside, 1), number(slower, 2)),
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
    how = (
        f"Medians of {ROUNDS} rounds of whole files, and of {TURNS} turns in which {CLIENTS} clients read lists, alone and "
        f"right after beside a file: at least {fewest:,} answers each time, p99 alone {alone:.1f} ms."
    )
    return "\n\n".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d}, `make bench-exports`, {N:,} incidents, {machine(database, PACKAGES)}.",
            how,
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
