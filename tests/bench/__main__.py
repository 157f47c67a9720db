"""``make bench``: builds what is missing, starts every server, measures in turns, and reports.

N=400000 is the size that the targets are meant for, with a database of 3,000,000 beside it (LARGE=0 for none); any other N is
a quick look, with a larger database only where LARGE names one. ROUNDS tells how often each is measured.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

from tests.bench import equality, report
from tests.bench.client import Order
from tests.bench.copies import copy_to_sqlite
from tests.bench.data import build
from tests.bench.databases import Database
from tests.bench.measure import Contender, Sample, in_turns, over_http, over_sql, send
from tests.bench.servers import OURS, Server
from tests.bench.subjects import BARE, FLATNESSES, KEPT, OF_AN_ACTOR, PAGE, SOAKED, SUBJECTS, Subject

FULL = 400_000
N = int(os.environ.get("N") or FULL)
LARGE = int(os.environ.get("LARGE") or (3_000_000 if N == FULL else 0))
ROUNDS, SECONDS = int(os.environ.get("ROUNDS") or 3), 1.5 if N == FULL else 1.0
CLIENTS = (1, 16)
CONNECTIONS = (2, 16)
SOAK_CLIENTS, SOAK_SECONDS, SOAK_REQUESTS = 200, 10 * SECONDS, 100_000
# Of what most incidents name: what {country} and {actor} in addresses and values stand for.
BUSIEST = """
SELECT (SELECT country.slug FROM conflictdb_incident JOIN conflictdb_country AS country ON country.id = country_id
        GROUP BY country.slug ORDER BY count(*) DESC LIMIT 1) AS country,
       (SELECT actor.slug FROM conflictdb_participation JOIN conflictdb_actor AS actor ON actor.id = actor_id
        GROUP BY actor.slug ORDER BY count(*) DESC LIMIT 1) AS actor
"""

Results = dict[Contender, list[Sample]]


def main() -> None:
    """Measure everything."""
    began = time.monotonic()
    databases = [Database(size) for size in (N, LARGE) if size]
    for database in databases:
        build(database)
    copy_to_sqlite(databases[0])
    with databases[0].connect() as connection:
        busiest = dict(zip(("country", "actor"), connection.execute(BUSIEST).fetchone() or ("", ""), strict=True))
    keep_lenses(databases[0], busiest)
    measured = time.monotonic()
    results: Results = {}
    with ExitStack() as stack:
        names = dict.fromkeys([OURS, *(name for subject in SUBJECTS for name in subject.targets if name != BARE)])
        servers = {name: stack.enter_context(Server(name, databases[0])) for name in names}
        large = [stack.enter_context(Server(OURS, database)) for database in databases[1:]]
        for subject in SUBJECTS:
            equality.check(subject, servers, databases[0], busiest)
        for subject in SUBJECTS:
            say(subject.name)
            results |= in_turns(contenders(subject, servers, databases[0], busiest), ROUNDS, SECONDS)
        ours = [servers[OURS], *large]
        pages = [(page, server) for flatness in FLATNESSES for page in flatness.pages for server in ours]
        say(", ".join(flatness.name for flatness in FLATNESSES))
        results |= in_turns([each for page, server in pages for each in over(page, server, busiest)], ROUNDS, SECONDS)
        say(SOAKED.name)
        soak = soaked(servers[OURS])
    print(f"Measured in {time.monotonic() - measured:.0f} s, {time.monotonic() - began:.0f} s in all.", file=sys.stderr)
    report.tell(results, soak, databases[0], is_full=N == FULL)


def keep_lenses(database: Database, busiest: Mapping[str, str]) -> None:
    """Have the database keep the lenses that are measured as kept, and no others."""
    lenses = [each.format(**busiest) for each in (*KEPT.values(), OF_AN_ACTOR)]
    with database.connect() as connection:
        connection.execute("DELETE FROM conflictdb_keptlens WHERE NOT words = ANY (%s)", [lenses])
    for lens in lenses:
        database.manage("keep_lens", lens)


def say(text: str) -> None:
    """Tell whoever waits what is measured now."""
    print(f"… {text}", file=sys.stderr, flush=True)


def contenders(
    subject: Subject, servers: dict[str, Server], database: Database, busiest: Mapping[str, str]
) -> list[Contender]:
    """Give everybody who answers a subject: the API, and its references."""
    made = over(subject, servers[OURS], busiest)
    for name in subject.targets if made else ():
        if name == BARE and subject.sql:
            values = equality.parameters(subject, servers[OURS].base, busiest)
            made += [
                Contender(subject.name, BARE, database.size, count, over_sql(database, subject.sql, values, count))
                for count in CONNECTIONS
            ]
        elif name != BARE:
            made += over(subject, servers[name], busiest)
    return made


def over(subject: Subject, server: Server, busiest: Mapping[str, str]) -> list[Contender]:
    """Give a server at each number of clients; nobody where a conditional request has no ETag to send."""
    asked = [path.format(**busiest) for path in subject.paths_of.get(server.name, subject.paths)]
    if subject.rows_before:
        asked = [deep(server, asked[0], min(subject.rows_before, server.database.size // 2))]
    headers, status = {}, 200
    if subject.is_conditional:
        _, answered, _ = server.get(asked[0])
        if "etag" not in answered:
            return []
        headers, status = {"If-None-Match": answered["etag"]}, 304
    paths = server.paths(asked)
    return [
        Contender(
            subject.name, server.name, server.database.size, count, over_http(server, paths, count, headers, status)
        )
        for count in CLIENTS
        if count <= subject.most_clients
    ]


def deep(server: Server, path: str, rows_before: int) -> str:
    """Walk a list until so many rows lie behind, in the largest steps; return the address of the page that follows."""
    cursor, join = "", "&" if "?" in path else "?"
    while rows_before:
        size = min(rows_before, 10 * PAGE)
        _, _, body = server.get(f"{path}{join}page_size={size}{cursor}")
        cursor = f"&cursor={parse_qs(urlsplit(json.loads(body)['next']).query)['cursor'][0]}"
        rows_before -= size
    return f"{path}{join}{cursor.removeprefix('&')}"


def soaked(server: Server) -> dict[str, float]:
    """Let many clients ask for a while; tell of requests that failed or were lost, and of the server's memory."""
    order = Order(server.port, server.paths(SOAKED.paths), SOAK_CLIENTS, SOAK_SECONDS, SOAK_REQUESTS)
    send(order)
    before = server.memory()
    load = send(order)
    return {
        "answers": load.answers,
        "rate": load.rate,
        "p50": load.p50 * 1000,
        "p99": load.p99 * 1000,
        "errors": load.errors,
        "lost": load.lost,
        "resent": load.resent,
        "before": before,
        "after": server.memory(),
    }


if __name__ == "__main__":
    main()
