"""Measures the list and the detail of incidents against main columns of the same rows as JSON straight from SQL.

N=… sets the number of incidents. Then measures imports, as ``tests/bench/ingest.py`` says; ROWS=… sets their rows.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

ROUNDS = 5
SECONDS = 1.0
with socket.create_server(("127.0.0.1", 0)) as free:
    PORT = free.getsockname()[1]
N = int(os.environ.get("N") or 40_000)

os.environ["DJANGO_SETTINGS_MODULE"] = "conflictdb.settings"
os.environ.setdefault("CONFLICTDB_SECRET_KEY", "a key for measuring only, of no use to anybody else at all")
os.environ["CONFLICTDB_THROTTLE"] = "100000000/min"
os.environ["CONFLICTDB_LOG_LEVEL"] = "ERROR"
# A cluster of its own for each size, kept for the next time; DATABASE_URL would name a server with other people's data.
DATA = Path(os.environ.get("CONFLICTDB_DATA_DIR") or "var")
os.environ["CONFLICTDB_DATA_DIR"] = str(DATA / f"bench-{N}")
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402 – after the environment that its settings read

django.setup()

from django.db import connection  # noqa: E402 – as above

from tests.bench.data import fill  # noqa: E402 – as above

PAGE = """
    SELECT row_to_json(page) FROM (
        SELECT incident.slug, incident.kind, incident.title, incident.summary, incident.started_on, incident.ended_on,
               incident.latitude, incident.longitude, incident.killed_low, incident.killed_best, incident.killed_high,
               row_to_json(country) AS country,
               (SELECT json_agg(row_to_json(part)) FROM (
                    SELECT participation.role, actor.slug, actor.name
                    FROM conflictdb_participation AS participation JOIN conflictdb_actor AS actor ON actor.id = actor_id
                    WHERE incident_id = incident.id ORDER BY participation.id) AS part) AS participants
        FROM conflictdb_incident AS incident LEFT JOIN conflictdb_country AS country ON country.id = country_id
        WHERE {where} ORDER BY coalesce(started_on, '0001-01-01') DESC, incident.id DESC LIMIT 100) AS page
"""


def rate(ask: Callable[[], int]) -> float:
    """Ask again and again for a while; return how many answers came in a second."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        ask()
        done += 1
    return done / (time.perf_counter() - began)


def over_http(path: str) -> Callable[[], int]:
    """Make a client that asks for one address."""

    def ask() -> int:
        http = HTTPConnection("127.0.0.1", PORT)
        http.request("GET", path)
        answer = http.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answers {answer.status}: {body[:300]!r}")
        return len(body)

    return ask


def over_sql(where: str) -> Callable[[], int]:
    """Make a client that fetches the same rows as JSON from the database."""

    def ask() -> int:
        with connection.cursor() as cursor:
            cursor.execute(PAGE.format(where=where))
            return sum(len(str(row)) for row in cursor.fetchall())

    return ask


def main() -> None:
    """Fill, serve, measure in turns, print one table."""
    began = time.perf_counter()
    if fill(N):
        print(f"Made {N:,} incidents with their participants and claims in {time.perf_counter() - began:.0f} s.")
    subjects = {
        "list, newest 100": (over_http("/api/v1/incidents/"), over_sql("status = 'published'")),
        "list of one kind": (over_http("/api/v1/incidents/?kind=shelling"), over_sql("kind = 'shelling'")),
        "detail": (over_http("/api/v1/incidents/incident-77/"), over_sql("incident.slug = 'incident-77'")),
    }
    command = [sys.executable, "-m", "gunicorn", "conflictdb.wsgi", "--bind", f"127.0.0.1:{PORT}", "--workers", "2"]
    with subprocess.Popen([*command, "--no-control-socket", "--log-level", "error"]) as server:
        try:
            wait(server)
            print(
                f"{'':<20}{'requests/s':>12}{'bare SQL/s':>12}{'ratio':>8}   one client, medians of {ROUNDS} rounds, N={N:,}"
            )
            for name, (ours, reference) in subjects.items():
                rounds = [(rate(ours), rate(reference)) for _ in range(ROUNDS)]
                mine, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
                ratio = statistics.median(a / b for a, b in rounds)
                print(f"{name:<20}{mine:>12.0f}{bare:>12.0f}{ratio:>8.3f}")
        finally:
            server.terminate()
    print("\nImports:")
    environment = {**os.environ, "CONFLICTDB_DATA_DIR": str(DATA)}
    subprocess.run([sys.executable, "-m", "tests.bench.ingest"], env=environment, check=True)


def wait(server: subprocess.Popen[bytes]) -> None:
    """Return once the server answers; end where it has ended or does not."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            over_http("/readyz")()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The server ended, or did not answer within a minute.")


main()
