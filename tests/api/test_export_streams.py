"""Files as the real server sends them: in constant memory, freed where the reader goes away, never whole by mistake."""

import csv
import gzip
import io
import json
import os
import re
import shutil
import signal
import socket
import statistics
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from django.conf import settings
from pyarrow import parquet

from tests.bench.processes import PARENT, PROC, family, memory_of
from tests.test_run import Run, until

ROWS = 60_000
GROWTH = {"csv": 30, "ndjson": 30, "gzip": 30, "parquet": 200, "xlsx": 200}  # MB; the last two with Arrow itself
FORMATS = ["csv", "ndjson"]
MADE = ["parquet", "xlsx"]  # by processes of their own
# Long enough, all together, not to find room in the buffers between the database and the reader.
FILL = f"""
INSERT INTO conflictdb_source (slug, title, kind, dataset_id, external_id, url, archive_url, language, reliability, sha256,
                               text, created_at, updated_at)
SELECT 'filler-' || n, 'Filler ' || repeat(md5(n::text), 8), kind, dataset_id, '', '', '', language, reliability, '', '',
       now(), now()
FROM generate_series(1, {ROWS}) AS n, (SELECT * FROM conflictdb_source ORDER BY id LIMIT 1) AS seed
"""  # noqa: S608 – our own number
COPYING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY (%' AND state <> 'idle'"
Database = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def product() -> Iterator[tuple[Run, str, Database]]:
    """Run the product with one worker and many rows: it, its origin and a connection to its database."""
    folder = Path(tempfile.mkdtemp(prefix="stream-")).resolve()
    run = Run(folder, "--workers", "1")
    try:
        origin = run.ready().removeprefix("http://")
        with psycopg.connect(
            host=str(folder / "pg"), user="postgres", dbname="conflictdb", autocommit=True
        ) as database:
            database.execute(FILL.encode())
            yield run, origin, database
    finally:
        run.end()
        run.log.unlink()
        shutil.rmtree(folder)


@contextmanager
def opened(origin: str, name: str) -> Iterator[Any]:
    """Ask for a long file (``gzip`` is csv, packed), give the answer, unread, and go away in the end."""
    connection = HTTPConnection(origin, timeout=30)
    packed = name == "gzip"
    headers = {"Accept-Encoding": "gzip" if packed else "identity"}
    connection.request("GET", f"/api/v1/sources/?format={'csv' if packed else name}", headers=headers)
    with connection.getresponse() as answer, closing(connection):
        yield answer


def all_are_gone(database: Database) -> None:
    """Return once every reader who went away has been noticed, and his place is free again."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
    until(lambda: database.execute(f"{busy} AND pid <> pg_backend_pid()").fetchone() == (0,), "no transaction is open")
    time.sleep(0.2)  # from the end of its transaction to that of its answer


@pytest.fixture(autouse=True)
def nobody_is_reading(product: tuple[Run, str, Database]) -> None:
    """Begin each test when the readers of the one before are gone."""
    all_are_gone(product[2])
    until(lambda: not workers(product[0])[1], "no file is being made")


@pytest.mark.parametrize("name", GROWTH)
def test_whole_file_streams_in_constant_memory(product: tuple[Run, str, Database], name: str) -> None:
    run, origin, _ = product
    for _ in range(1 if GROWTH[name] > 30 else 2):  # whatever the first one of text brings in is not the file
        with opened(origin, name) as answer:
            assert answer.headers["Content-Length"] is None
            before, size, most = memory_of(run.process.pid), 0, 0.0
            while piece := answer.read(1 << 16):
                size += len(piece)
                if size % (1 << 20) < 1 << 16:
                    most = max(most, memory_of(run.process.pid))
    assert size > (30_000_000 if name in FORMATS else 1_000_000)
    assert 0 < most < before + GROWTH[name]


@pytest.mark.parametrize("name", [*FORMATS, *MADE])
def test_reader_who_goes_away_frees_the_query(product: tuple[Run, str, Database], name: str) -> None:
    _, origin, database = product
    for _ in range(6):  # more often than the server has threads, each with its connection
        with opened(origin, name) as answer:
            assert answer.read(1_000 if name in FORMATS else 4)
            assert len(database.execute(COPYING).fetchall()) == 1
        until(lambda: not database.execute(COPYING).fetchall(), "the COPY has ended")
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    until(lambda: database.execute(idle).fetchone() == (0,), "the transaction has ended")


@pytest.mark.parametrize("name", GROWTH)
def test_file_that_breaks_off_is_not_taken_for_whole(product: tuple[Run, str, Database], name: str) -> None:
    run, origin, database = product
    with opened(origin, name) as answer:
        body = answer.read(4)
        ((copying,),) = database.execute(COPYING).fetchall()
        database.execute("SELECT pg_terminate_backend(%s)", [copying])
        with suppress(IncompleteRead, ConnectionError):  # granian ends the answer as if it were whole
            while piece := answer.read1(1 << 16):
                body += piece
    assert b"The file breaks off here" in body[-80:] or name not in FORMATS
    with pytest.raises((csv.Error, json.JSONDecodeError, EOFError, pa.ArrowInvalid, zipfile.BadZipFile)):
        read(name, body)
    until(lambda: "An export broke off" in run.output, "the fault is in the log")
    with opened(origin, name) as answer:  # on a connection that was opened anew
        assert answer.status == 200


def workers(run: Run) -> tuple[list[int], list[int]]:
    """The processes that makers of files are forked from, and the makers."""
    stats = family(run.process.pid)
    found = []
    for each in stats:
        with suppress(OSError):  # it has ended meanwhile
            if b"api.exports.making" in (PROC / str(each) / "cmdline").read_bytes():
                found.append(each)
    makers = [each for each in found if int(stats[each][PARENT]) in found]
    return [each for each in found if each not in makers], makers


@pytest.mark.parametrize("name", MADE)
def test_maker_yields_to_the_server_and_ends_with_its_reader(product: tuple[Run, str, Database], name: str) -> None:
    run, origin, _ = product
    with opened(origin, name) as answer:
        assert answer.read(4)
        _, (maker,) = workers(run)
        assert os.getpriority(os.PRIO_PROCESS, maker) > os.getpriority(os.PRIO_PROCESS, run.process.pid)
    until(lambda: not workers(run)[1], "the maker has ended")
    assert "making.py" not in run.output  # where a maker that failed would say so


@pytest.mark.parametrize("name", MADE)
def test_maker_that_dies_breaks_the_file_off(product: tuple[Run, str, Database], name: str) -> None:
    run, origin, _ = product
    with opened(origin, name) as answer:
        body = answer.read(4)
        _, (maker,) = workers(run)
        os.kill(maker, signal.SIGKILL)
        with suppress(IncompleteRead, ConnectionError):
            while piece := answer.read1(1 << 16):
                body += piece
    with pytest.raises((pa.ArrowInvalid, zipfile.BadZipFile)):
        read(name, body)
    (waiting,), _ = workers(run)
    os.kill(waiting, signal.SIGKILL)
    until(lambda: waiting not in workers(run)[0], "it is gone")
    with opened(origin, name) as answer:  # by another process
        assert read(name, answer.read())


def read(name: str, body: bytes) -> Any:
    """Read a file strictly."""
    match name:
        case "csv":
            return list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
        case "ndjson":
            return [json.loads(line) for line in body.decode().splitlines()]
        case "gzip":
            return gzip.decompress(body)
        case "parquet":
            return parquet.read_table(pa.BufferReader(body))
        case _:
            return zipfile.ZipFile(io.BytesIO(body))


def test_first_byte_comes_at_once(product: tuple[Run, str, Database]) -> None:
    _, origin, database = product
    times = []
    for _ in range(5):
        all_are_gone(database)
        began = time.monotonic()
        with opened(origin, "csv") as answer:
            assert (answer.status, bool(answer.read(1))) == (200, True)
            times.append(time.monotonic() - began)
    assert min(times) < 1.0, times  # a tenth of it on a machine that does nothing else


def test_slow_readers_hold_up_nobody(product: tuple[Run, str, Database]) -> None:
    """As many files as there are places wait for their readers: lists are answered meanwhile, one more file is put off."""
    _, origin, database = product
    with ExitStack() as readers:
        for number in range(settings.FILES_AT_ONCE):
            reader = readers.enter_context(opened(origin, FORMATS[number % 2]))
            assert (reader.status, bool(reader.read(1_000))) == (200, True)
        times = []
        for _ in range(20):
            began = time.monotonic()
            with closing(HTTPConnection(origin, timeout=5)) as connection:
                connection.request("GET", "/api/v1/incidents/")
                assert connection.getresponse().status == 200
            times.append(time.monotonic() - began)
        assert statistics.median(times) < 1.0, times
        for name in GROWTH:
            with opened(origin, name) as refused:
                assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
                assert json.load(refused)["type"] == "urn:conflictdb:problem:too-many-files"
    all_are_gone(database)
    with opened(origin, "csv") as answer:
        assert answer.status == 200


def test_slow_reader_is_waited_for(product: tuple[Run, str, Database]) -> None:
    """What the database sends faster than the reader takes it is neither lost nor kept in the server."""
    _, origin, _ = product
    host, port = origin.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        reader.sendall(b"GET /api/v1/sources/?format=ndjson&fields=slug HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        received = b""
        while piece := reader.recv(1 << 16):
            received += piece
            if len(received) < 1 << 20:
                time.sleep(0.05)
    assert len(re.findall(rb'"slug":"filler-\d+"', received)) == ROWS
