"""How fast `manage.py ingest` is, against a bare COPY of the same records in the same minutes: `make bench-ingest`."""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GIVEN = dict(os.environ)  # connecting changes it
FULL = 418_000  # about the events of GED 25.1
ROWS = int(os.environ.get("ROWS") or FULL)
# A cluster of its own, kept for the next time; DATABASE_URL would name a server with other people's data.
FOLDER = Path(os.environ.get("CONFLICTDB_DATA_DIR") or "var") / "bench"
FILE = FOLDER / f"{ROWS}-rows" / "GEDEvent_v26_1.csv"
RESULTS = Path(__file__).with_name("RESULTS.md")
TABLES = ("actor", "actoralias", "conflict", "source", "incident", "participation", "claim", "citation")
PIECE = 1 << 20  # bytes of a dump that are sent at a time
COLUMNS = {  # of the table: what a load tells, how it is written
    "rows": "{:,.0f}",
    "first load, rows/s": "{:,.0f}",
    "of it finishing, s": "{:.1f}",
    "again unchanged, rows/s": "{:,.0f}",
    "times as fast": "{:.1f}",
    "bare COPY, rows/s": "{:,.0f}",
    "times as fast as the load": "{:.1f}",
    "importer, MB": "{:.0f}",
    "its backend, MB": "{:.0f}",
    "importer, CPU µs a row": "{:.0f}",  # of the first load; on a busy machine these tell more than the time
    "its backend, CPU µs a row": "{:.0f}",
}


def main() -> None:
    """Load, and load again, each in a process of its own; copy before and after; print and keep what it took."""
    from tests.bench import ged  # noqa: PLC0415 – none of it in the processes that are measured

    if not FILE.exists():
        FILE.parent.mkdir(parents=True, exist_ok=True)
        unfinished = FILE.with_suffix(".new")
        ged.write(unfinished, ROWS)
        unfinished.rename(FILE)
    in_a_process("empty")
    first = in_a_process("load")
    dump()
    copies = [bare_copy()]
    again = in_a_process("load")
    copies.append(bare_copy())
    rate, bare = first["rows"] / first["seconds"], first["rows"] / statistics.median(copies)
    values = (
        *(
            first["rows"],
            rate,
            first["finishing"],
            again["rows"] / again["seconds"],
            first["seconds"] / again["seconds"],
        ),
        *(bare, bare / rate, max(first["importer"], again["importer"]), max(first["backend"], again["backend"])),
        *(first[f"{process} CPU"] / first["rows"] * 1e6 for process in ("importer", "backend")),
    )
    told = dict(zip(COLUMNS, values, strict=True))
    for name, value in told.items():
        print(f"{name:<28}{COLUMNS[name].format(value):>12}")
    told |= {"on": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()}
    FILE.with_name("result.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if ROWS == FULL:
        keep(told)


def in_a_process(what: str) -> dict[str, Any]:
    """Run one of the steps below, and give what it says."""
    command = [sys.executable, "-m", "tests.bench.ingest", what]
    done = subprocess.run(command, env=GIVEN, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout or "{}")


def connected() -> Any:
    """Set Django up on the bench's own cluster, and return its connection."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "conflictdb.settings"
    os.environ.setdefault("CONFLICTDB_SECRET_KEY", "a key for measuring only, of no use to anybody else at all")
    os.environ["CONFLICTDB_DATA_DIR"] = str(FOLDER)
    os.environ.pop("DATABASE_URL", None)
    import django  # noqa: PLC0415 – after the environment that its settings read

    django.setup()
    from django.db import connection  # noqa: PLC0415 – as above

    return connection


def empty() -> None:
    """Make the database anew, with the countries and nothing else."""
    with connected().cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    from django.core.management import call_command  # noqa: PLC0415 – after the set-up

    call_command("migrate", verbosity=0)
    call_command("loaddata", "countries", verbosity=0)


def load() -> None:
    """Load the file, and write what it took."""
    with connected().cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    from conflictdb.ingest.order import Order  # noqa: PLC0415 – after the set-up
    from conflictdb.ingest.progress import Silent  # noqa: PLC0415 – as above
    from conflictdb.ingest.run import ingest  # noqa: PLC0415 – as above

    said = []

    class Watch(Silent):
        def say(self, text: str) -> None:
            said.append((time.monotonic(), text))

    computed, computed_there = time.process_time(), computing_of(backend)
    began = time.monotonic()
    report = ingest(Order("ucdp-ged", FILE), Watch())
    ended = time.monotonic()
    finishing = next((ended - at for at, text in said if "finishing" in text), 0.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(
        json.dumps(
            {
                "rows": report.rows,
                "seconds": ended - began,
                "finishing": finishing,
                "importer": peak,
                "backend": peak_of(backend),
                "importer CPU": time.process_time() - computed,
                "backend CPU": computing_of(backend) - computed_there,
            }
        )
    )


def peak_of(process: int) -> float:
    """Read the most memory that another process held, shared buffers included, in MB; not a number where none tells."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def computing_of(process: int) -> float:
    """Read how long another process has computed, in seconds, without those that help it; not a number where none tells."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def dump() -> None:
    """Write what was loaded to files, and make tables for it without index, constraint or trigger."""
    from django.apps import apps  # noqa: PLC0415 – only the parent needs it

    with connected().cursor() as cursor:
        for name in TABLES:
            fields = apps.get_model("conflictdb", name)._meta.local_concrete_fields
            columns = ", ".join(f'"{field.column}"' for field in fields if not field.generated)
            rows = f"SELECT {columns} FROM conflictdb_{name}"  # noqa: S608 – nobody's input
            cursor.execute(f"CREATE TABLE bare_{name} AS {rows} WITH NO DATA")
            with (
                FILE.with_name(f"{name}.csv").open("wb") as file,
                cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT csv)") as stream,
            ):
                for piece in stream:
                    file.write(piece)


def bare_copy() -> float:
    """Copy the files into the tables in one transaction, and return the seconds that it took."""
    from django.db import connection, transaction  # noqa: PLC0415 – after the set-up

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(f'bare_{name}' for name in TABLES)}; CHECKPOINT")
        began = time.monotonic()
        with transaction.atomic():
            for name in TABLES:
                with (
                    FILE.with_name(f"{name}.csv").open("rb") as file,
                    cursor.copy(f"COPY bare_{name} FROM STDIN (FORMAT csv)") as stream,
                ):
                    while piece := file.read(PIECE):
                        stream.write(piece)
        return time.monotonic() - began


def machine() -> str:
    """Say where it was measured."""
    from django.db import connection  # noqa: PLC0415 – after the set-up

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    server = connection.pg_version // 10_000
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, PostgreSQL {server}"


def keep(told: dict[str, Any]) -> None:
    """Add a line to the results of full size, whose last table this is."""
    with RESULTS.open("a", encoding="utf-8") as file:
        cells = [told["on"], *(form.format(told[name]) for name, form in COLUMNS.items()), told["machine"]]
        file.write(f"| {' | '.join(cells)} |\n")


if __name__ == "__main__":
    {"empty": empty, "load": load}.get(sys.argv[-1], main)()
