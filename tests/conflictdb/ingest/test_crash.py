"""``manage.py ingest`` cut off half-way, met by others, and watched by readers: real processes on a cluster of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conflictdb.embedded import Cluster
from conflictdb.ingest.loader import BATCH
from tests.bench.ged import write

PROJECT = Path(__file__).resolve().parents[3]
KEY = "xQ2v-7sTn4Lw9bKfYd3HgUe6RjZp1MaCk8NrViWt5oXEqPzSuB"
DEADLINE = 60.0  # seconds; a whole import takes a tenth of it
ROWS, SOME, FEW = BATCH + 1_000, 3_000, 500  # the first are stored in more than one part
PATIENCE = 2_000  # milliseconds that a reader waits for an answer


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` holds; fail, naming ``what``, when it does not."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE:.0f} s: {what}"
        time.sleep(0.01)


class Command:
    """A run of ``manage.py``, and what it wrote."""

    def __init__(self, data: Path, log: Path, *arguments: str | Path) -> None:
        """Start it."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        own = {"CONFLICTDB_SECRET_KEY": KEY, "CONFLICTDB_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *map(str, arguments)],
                cwd=PROJECT,
                env=kept | own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def output(self) -> str:
        """All that was written so far."""
        return self.log.read_text(encoding="utf-8")

    def succeed(self) -> None:
        """Wait for its end, which must be a good one."""
        assert self.process.wait(DEADLINE) == 0, self.output

    def kill(self) -> None:
        """End it without a last word."""
        assert self.process.poll() is None, f"it ended too early: {self.output}"
        self.process.kill()
        assert self.process.wait(DEADLINE) == -signal.SIGKILL


class Site:
    """A data folder with a cluster of its own."""

    def __init__(self, data: Path) -> None:
        """Name the folder."""
        self.data = data
        self.cluster = Cluster(data / "pg")
        self.commands: list[Command] = []

    def manage(self, *arguments: str | Path) -> Command:
        """Start a command."""
        self.commands.append(Command(self.data, self.data / f"command-{len(self.commands)}.log", *arguments))
        return self.commands[-1]

    def ingest(self, path: Path, release: str) -> Command:
        """Start an import of made-up rows, which hold no release whole."""
        return self.manage("ingest", "ucdp-ged", path, "--release", release, "--vanished", "keep")

    def connect(self, **more: Any) -> psycopg.Connection:
        """Connect to the database; the server is started where it does not run."""
        return psycopg.connect(**self.cluster.ensure_running(), dbname="conflictdb", autocommit=True, **more)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask on a connection of its own."""
        with self.connect() as connection:
            return connection.execute(query.encode()).fetchall()

    def state(self) -> dict[str, tuple[Any, ...]]:
        """Count and sum up every table of the dataset but that of imports."""
        names = self.rows("SELECT tablename FROM pg_tables WHERE tablename LIKE 'conflictdb\\_%' ORDER BY 1")
        return {
            name: self.rows(f"SELECT count(*), sum(hashtextextended(each::text, 0)) FROM {name} AS each")[0]  # noqa: S608
            for (name,) in names
            if name not in {"conflictdb_import", "conflictdb_revision"}
        }

    def structure(self) -> set[tuple[str, ...]]:
        """Read which indexes are there and whole, and which constraints and triggers hold."""
        return set(
            self.rows(
                "SELECT pg_get_indexdef(indexrelid), indisvalid::text FROM pg_index"
                " WHERE indrelid::regclass::text LIKE 'conflictdb\\_%'"
                " UNION SELECT conrelid::regclass || ' ' || conname, convalidated::text FROM pg_constraint"
                " UNION SELECT tgrelid::regclass || ' ' || tgname, tgenabled::text FROM pg_trigger"
            )
        )

    def imports(self) -> list[tuple[Any, ...]]:
        """Tell how each import ended, in their order."""
        return self.rows("SELECT file_name, outcome, problem FROM conflictdb_import ORDER BY id")

    def events(self) -> int:
        """Count the events, each once."""
        ((events,),) = self.rows(
            "SELECT count(DISTINCT external_id) FROM conflictdb_incident WHERE external_id LIKE 'ucdp-ged:%'"
        )
        return int(events)

    def numbered(self) -> int:
        """Tell how many incidents were ever given a number, committed or not."""
        return int(self.rows("SELECT last_value FROM conflictdb_incident_id_seq")[0][0])

    def remove(self) -> None:
        """End everything."""
        for command in self.commands:
            with suppress(ProcessLookupError):
                command.process.kill()
            command.process.wait(DEADLINE)
        assert self.cluster.stop(DEADLINE)


@contextmanager
def temporary_site() -> Iterator[Site]:
    """Yield a site in a folder with a short path; leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="crash-")).resolve()
    site = Site(folder)
    try:
        yield site
    finally:
        site.remove()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Make up rows; each file is mostly about other events than the others."""
    folder = tmp_path_factory.mktemp("rows")
    files = {number: folder / f"made-{number}.csv" for number in (ROWS, SOME, FEW)}
    for number, path in files.items():
        write(path, number)
    return files


@pytest.fixture(scope="module")
def template(made: dict[int, Path]) -> Iterator[dict[str, Path]]:
    """Yield stopped data folders to copy: one with the seed dataset, one with an earlier release besides."""
    with temporary_site() as site, tempfile.TemporaryDirectory(prefix="crash-") as kept:
        site.manage("migrate", "--verbosity", "0").succeed()
        site.manage("loaddata", "countries", "seed", "--verbosity", "0").succeed()
        copies = {name: Path(kept) / name for name in ("first", "later")}
        assert site.cluster.stop(DEADLINE)
        shutil.copytree(site.data / "pg" / "data", copies["first"])
        site.ingest(made[FEW], "22.1").succeed()
        assert site.cluster.stop(DEADLINE)
        shutil.copytree(site.data / "pg" / "data", copies["later"])
        yield copies


@pytest.fixture
def site(template: dict[str, Path], release: str) -> Iterator[Site]:
    """Yield a site of one's own, with or without an earlier release."""
    with temporary_site() as site:
        (site.data / "pg").mkdir(mode=0o700)
        shutil.copytree(template[release], site.data / "pg" / "data")
        site.cluster.ensure_running()
        yield site


@pytest.fixture(params=["first", "later"])
def release(request: pytest.FixtureRequest) -> str:
    """Tell whether the import to be cut off is of the first release or of a later one."""
    return str(request.param)


only_first = pytest.mark.parametrize("release", ["first"])
only_later = pytest.mark.parametrize("release", ["later"])


def until_some_are_stored(site: Site, before: int, command: Command) -> None:
    """Wait until an import's first part is written and its second one begun."""
    until(lambda: site.numbered() > before + BATCH or command.process.poll() is not None, "rows are stored")
    assert command.process.poll() is None, command.output


def is_waiting(site: Site, query: str) -> bool:
    """Whether a query that begins so waits for somebody's lock."""
    found = "SELECT FROM pg_stat_activity WHERE query LIKE '{}%' AND wait_event_type = 'Lock'"
    return bool(site.rows(found.format(query)))


@contextmanager
def held_at_indexes(site: Site, command: Command, before: int) -> Iterator[None]:
    """Hold a first load where it builds its last indexes, by the lock of somebody who writes to that table."""
    until(lambda: site.numbered() > before or command.process.poll() is not None, "indexes are out of the way")
    with site.connect() as writer, writer.transaction():
        writer.execute("LOCK TABLE conflictdb_source IN ROW EXCLUSIVE MODE")
        until(lambda: is_waiting(site, "CREATE INDEX") or command.process.poll() is not None, "it builds indexes")
        assert command.process.poll() is None, command.output
        assert "All rows are read; finishing …" in command.output
        yield


@contextmanager
def held_at_rows(site: Site, path: Path) -> Iterator[Command]:
    """Start an import and hold it in the midst of its rows: claims are written, participants and incidents are not."""
    with site.connect() as writer, writer.transaction():
        writer.execute("LOCK TABLE conflictdb_participation IN SHARE MODE")
        command = site.ingest(path, "23.1")
        until(lambda: is_waiting(site, "COPY") or command.process.poll() is not None, "it writes rows")
        assert command.process.poll() is None, command.output
        yield command


# --- what is cut off --------------------------------------------------------------------------------------------------


def test_killed_import_leaves_nothing_and_the_next_one_mends(site: Site, release: str, made: dict[int, Path]) -> None:
    state, structure, imports, before = site.state(), site.structure(), site.imports(), site.numbered()
    killed = site.ingest(made[ROWS], "23.1")
    until_some_are_stored(site, before, killed)
    killed.kill()
    assert site.state() == state
    assert site.imports() == [*imports, (made[ROWS].name, "running", "")]
    assert (site.structure() == structure) == (release == "later"), "indexes are set aside for the first load only"

    site.ingest(made[FEW], "23.1").succeed()
    cut_off, loaded = site.imports()[len(imports) :]
    assert cut_off[:2] == (made[ROWS].name, "failed")
    assert cut_off[2].startswith("Cut off: the importer or the database ended")
    assert loaded == (made[FEW].name, "loaded", "")
    assert site.structure() == structure
    assert site.events() == FEW


@only_first
def test_import_killed_while_it_builds_indexes_leaves_nothing(site: Site, made: dict[int, Path]) -> None:
    state, structure, before = site.state(), site.structure(), site.numbered()
    killed = site.ingest(made[SOME], "23.1")
    with held_at_indexes(site, killed, before):
        killed.kill()
        following = site.ingest(made[FEW], "23.1")
        until(
            lambda: "waiting for its end" in following.output, "the next import sees what PostgreSQL has not given up"
        )
        assert site.state() == state
    following.succeed()
    assert [outcome for _, outcome, _ in site.imports()] == ["failed", "loaded"]
    assert site.structure() == structure


@only_later
def test_interrupted_import_says_so_and_leaves_nothing(site: Site, made: dict[int, Path]) -> None:
    state, imports = site.state(), site.imports()
    with held_at_rows(site, made[SOME]) as interrupted:
        interrupted.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    assert interrupted.process.wait(DEADLINE) != 0
    assert site.state() == state
    assert site.imports() == [*imports, (made[SOME].name, "failed", "Interrupted.")]


@only_later
def test_import_without_its_database_fails_in_a_sentence(site: Site, made: dict[int, Path]) -> None:
    state, structure, imports = site.state(), site.structure(), site.imports()
    with suppress(psycopg.OperationalError), held_at_rows(site, made[SOME]) as failing:
        postmaster = (site.data / "pg" / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        os.kill(int(postmaster), signal.SIGKILL)
        assert failing.process.wait(DEADLINE) == 1, failing.output
    assert site.state() == state, "it was started again, with what was committed"
    site.ingest(made[FEW], "23.1").succeed()
    assert [outcome for _, outcome, _ in site.imports()] == [*(one[1] for one in imports), "failed", "loaded"]
    assert site.structure() == structure
    assert "The database failed, and nothing was kept" in failing.output
    assert "Traceback" not in failing.output


# --- who else is there ------------------------------------------------------------------------------------------------


@only_first
def test_second_import_waits_for_the_first(site: Site, made: dict[int, Path]) -> None:
    structure, before = site.structure(), site.numbered()
    first = site.ingest(made[SOME], "22.1")
    with held_at_indexes(site, first, before):
        second = site.ingest(made[FEW], "23.1")
        until(lambda: "Another import is running; waiting for its end …" in second.output, "the second one says so")
        assert site.imports() == [(made[SOME].name, "running", "")]
    first.succeed()
    second.succeed()
    assert site.imports() == [(made[SOME].name, "loaded", ""), (made[FEW].name, "loaded", "")]
    assert site.structure() == structure
    assert SOME < site.events() <= SOME + FEW


class Reader(threading.Thread):
    """Asks the same again and again, until it is told to stop."""

    ASKED = """
        SELECT (SELECT count(*) FROM conflictdb_incident), (SELECT count(*) FROM conflictdb_claim),
               (SELECT count(*) FROM conflictdb_citation), (SELECT count(*) FROM conflictdb_participation),
               (SELECT count(*) FROM conflictdb_source), (SELECT count(*) FROM conflictdb_actor),
               (SELECT sum(killed_best) FROM conflictdb_incident WHERE status = 'published'),
               (SELECT count(*) FROM conflictdb_dataset)
    """

    def __init__(self, site: Site) -> None:
        """Connect."""
        super().__init__()
        self.connection = site.connect(options=f"-c statement_timeout={PATIENCE}")
        self.seen: list[tuple[Any, ...]] = []
        self.failure: psycopg.Error | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Ask."""
        with self.connection:
            while not self.ended.is_set() and not self.failure:
                try:
                    answer = self.connection.execute(self.ASKED).fetchall()[0]
                except psycopg.Error as error:
                    self.failure = error
                    return
                if not self.seen or self.seen[-1] != answer:
                    self.seen.append(answer)

    def stop(self) -> None:
        """End it."""
        self.ended.set()
        self.join(DEADLINE)


def test_readers_see_the_old_state_until_the_new_one_is_whole(site: Site, release: str, made: dict[int, Path]) -> None:
    before = site.numbered()
    reader = Reader(site)
    reader.start()
    command = site.ingest(made[SOME], "23.1")
    if release == "first":
        with held_at_indexes(site, command, before):
            time.sleep(1)
            assert len(reader.seen) == 1
    command.succeed()
    done = site.rows(Reader.ASKED)[0]
    until(lambda: reader.failure or reader.seen[-1] == done, "the new state is seen")
    reader.stop()
    assert reader.failure is None
    assert len(reader.seen) == 2
    assert reader.seen[1] == done


@only_first
@pytest.mark.parametrize("table", ["incident", "source"])
def test_slow_reader_neither_stops_an_import_nor_other_readers(site: Site, made: dict[int, Path], table: str) -> None:
    """A report that reads one table for minutes, say: what it is in the way of is left undone."""
    structure = site.structure()
    reader = Reader(site)
    with site.connect() as slow, slow.transaction():
        slow.execute(f"SELECT count(*) FROM conflictdb_{table}")  # noqa: S608 – ours
        reader.start()
        command = site.ingest(made[FEW], "23.1")
        command.succeed()
    reader.stop()
    assert reader.failure is None, f"a reader was kept waiting for {PATIENCE} ms"
    assert len(reader.seen) == 2
    assert site.structure() == structure
