"""Measuring: who answers a subject, in turns, round by round."""

import json
import math
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from tests.bench import bare, processes
from tests.bench.client import Load, Order
from tests.bench.databases import Database
from tests.bench.servers import Server
from tests.bench.subjects import Query

WARM_UP = 32  # requests that nobody counts


@dataclass(frozen=True)
class Sample:
    """What one run, or the medians of several, came to. Times in milliseconds, of CPU a request; memory in MB."""

    rate: float
    p50: float = math.nan
    p99: float = math.nan
    server_cpu: float = math.nan
    database_cpu: float = math.nan
    memory: float = math.nan
    size: int = 0
    errors: int = 0
    lost: int = 0
    error: str = ""


@dataclass(frozen=True)
class Contender:
    """Somebody who answers a subject at some number of clients."""

    subject: str
    name: str
    incidents: int
    clients: int
    run: Callable[[float], Sample]


def send(order: Order) -> Load:
    """Let the load generator work in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.client"]
    done = subprocess.run(command, input=json.dumps(asdict(order)), stdout=subprocess.PIPE, text=True, check=True)
    return Load(**json.loads(done.stdout))


def over_http(
    server: Server, paths: list[str], clients: int, headers: Mapping[str, str], status: int
) -> Callable[[float], Sample]:
    """Make the run of so many clients against a server."""

    def run(seconds: float) -> Sample:
        order = Order(server.port, paths, clients, seconds, status=status, headers=headers)
        server_cpu, database_cpu = server.cpu(), processes.cpu_of(server.database.postmaster)
        load = send(order)
        each = 1000 / max(1, load.answers)
        return Sample(
            rate=load.rate,
            p50=load.p50 * 1000,
            p99=load.p99 * 1000,
            server_cpu=(server.cpu() - server_cpu) * each,
            database_cpu=(processes.cpu_of(server.database.postmaster) - database_cpu) * each,
            memory=server.memory(),
            size=load.size,
            errors=load.errors,
            lost=load.lost,
            error=load.error,
        )

    send(Order(server.port, paths, clients, seconds=5, most=WARM_UP, status=status, headers=headers))
    return run


def over_sql(database: Database, query: Query, values: Mapping[str, str], clients: int) -> Callable[[float], Sample]:
    """Make the run of pgbench over so many connections."""
    file = database.folder / "pgbench.sql"
    text = bare.script(query)

    def run(seconds: float) -> Sample:
        file.write_text(text, encoding="utf-8")
        before = processes.cpu_of(database.postmaster)
        rate = bare.rate(database, file, values, clients, math.ceil(seconds))
        used = processes.cpu_of(database.postmaster) - before
        return Sample(rate=rate, database_cpu=1000 * used / max(1, rate * math.ceil(seconds)))

    return run


def in_turns(contenders: Iterable[Contender], rounds: int, seconds: float) -> dict[Contender, list[Sample]]:
    """Let each run once a round, every other round in the opposite order."""
    order = list(contenders)
    samples: dict[Contender, list[Sample]] = {each: [] for each in order}
    for number in range(rounds):
        for each in order if number % 2 == 0 else reversed(order):
            samples[each].append(each.run(seconds))
    return samples


def median(samples: list[Sample]) -> Sample:
    """Take the median of every number, the worst of the memory, and all errors."""
    middle = {
        name: statistics.median(getattr(sample, name) for sample in samples)
        for name in ("rate", "p50", "p99", "server_cpu", "database_cpu")
    }
    return Sample(
        **middle,
        memory=max(sample.memory for sample in samples),
        size=samples[-1].size,
        errors=sum(sample.errors for sample in samples),
        lost=sum(sample.lost for sample in samples),
        error=next((sample.error for sample in samples if sample.error), ""),
    )
