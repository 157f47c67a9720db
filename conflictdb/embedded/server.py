"""One PostgreSQL server and its data folder: created, started, found and stopped. Who uses it is not known here."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from conflictdb.embedded.error import ClusterError
from conflictdb.embedded.locks import PAUSE, is_held, locked, open_owned
from conflictdb.embedded.programs import environment, find_binaries, launch, major_version, unprivileged

PROC = Path("/proc")
USER = "postgres"
PORT = "5432"  # names the socket file, no more; told to every client, so that PGPORT does not lead one astray
SOCKET_PATH_LIMIT = 100  # bytes; the kernel takes 107 on Linux, 103 on macOS
LOG_LIMIT = 10_000_000  # bytes; a longer log is set aside at the next start
LOG_END = 4_000  # bytes of it that an error quotes
START_TIMEOUT = 120.0  # seconds, recovery after a crash included
STOP_TIMEOUT = 60.0  # seconds for a fast shutdown, before an immediate one
READY_LINE = 7  # of postmaster.pid: where the server says how far it is, as pg_ctl reads it too
BUILTIN_LOCALE_SINCE = 17

# On the command line, where no edit of postgresql.conf undoes it.
ESSENTIAL = {
    "cluster_name": "conflictdb",
    "listen_addresses": "",
    "log_timezone": "UTC",
    "port": PORT,
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}
# Everything else is PostgreSQL's default: fsync and full_page_writes are on.
CONFIGURATION = """
# Added by conflictdb when it made this cluster and never written again: change what you like.
max_connections = 100
shared_buffers = 128MB
log_checkpoints = off
"""


class Server:
    """The PostgreSQL server whose data is in ``folder / "data"``.

    Its callers hold the start lock around ``ensure_started`` and ``stop``; looking needs no lock.
    """

    def __init__(self, folder: Path, binaries: Path | None = None) -> None:
        """Name the server and, where it is not ``find_binaries()``, the folder of PostgreSQL's programs."""
        self.folder = folder
        self.data = folder / "data"
        self.lock = folder / "server.lock"
        self.log = folder / "server.log"
        self._binaries = binaries

    @property
    def binaries(self) -> Path:
        """The folder of PostgreSQL's programs; ``ClusterError`` where there are none."""
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    def is_alive(self) -> bool:
        """Whether any process of PostgreSQL works on the data, ready or not."""
        return is_held(self.lock)

    def open_log(self) -> BinaryIO:
        """Open the log for PostgreSQL and the waiter to append to."""
        return os.fdopen(open_owned(self.log, os.O_APPEND), "ab")

    def address(self) -> dict[str, str] | None:
        """Return ``host``, ``port`` and ``user`` for a client; None unless the server is ready to answer."""
        lines = self._pid_file() if self.is_alive() else []
        if len(lines) <= READY_LINE or lines[READY_LINE].strip() != "ready":
            return None
        if not _lives(int(lines[0]), self.data):  # it was killed, and its children are still on their way out
            return None
        return {"host": lines[4], "port": lines[3], "user": USER}

    def ensure_started(self) -> dict[str, str]:
        """Return the address of a server that is ready, after creating and starting what is missing."""
        deadline = time.monotonic() + START_TIMEOUT
        log_before: int | None = None
        while (address := self.address()) is None:
            if time.monotonic() > deadline:
                message = f"PostgreSQL was not ready after {START_TIMEOUT:.0f} s. {self.end_of_log(log_before or 0)}"
                raise ClusterError(message)
            if not self.is_alive():
                if log_before is not None:
                    message = f"PostgreSQL did not start. {self.end_of_log(log_before)}"
                    raise ClusterError(message)
                log_before = self._start()
            time.sleep(PAUSE)  # it is starting; or one that was killed or told to stop is still on its way out
        return address

    def stop(self) -> None:
        """Shut the server down and wait until nothing of it is left; ``ClusterError`` where it does not go."""
        started = time.monotonic()
        socket_folder = Path(next(iter(self._pid_file()[4:5]), self.folder))
        while self.is_alive():
            waited = time.monotonic() - started
            if waited > 2 * STOP_TIMEOUT:
                message = f"The PostgreSQL server of {self.data} does not stop. {self.end_of_log()}"
                raise ClusterError(message)
            if pid := self._postmaster():
                with suppress(ProcessLookupError):
                    # Repeated, because one that is just starting may not hear the first. SIGINT is PostgreSQL's fast
                    # shutdown, SIGQUIT its immediate one.
                    os.kill(pid, signal.SIGINT if waited < STOP_TIMEOUT else signal.SIGQUIT)
            time.sleep(PAUSE)
        if socket_folder != self.folder:
            with suppress(OSError):  # not empty or already gone: harmless in the temporary folder
                socket_folder.rmdir()

    def _start(self) -> int:
        """Create the cluster if there is none, clear away what a dead server left, launch; the log's length before."""
        if pid := self._postmaster():
            message = f"Process {pid} serves {self.data} but was not started by conflictdb: stop it and try again."
            raise ClusterError(message)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.old"))
        with locked(self.lock) as lock, self.open_log() as log:
            log_before = log.tell()
            prefix = unprivileged(self.folder)
            major = major_version(self.binaries, prefix)
            if not self.data.exists():
                self._create(prefix, major, lock, log)
            self._check_version(major)
            socket_folder = self._socket_folder()
            for left in (self.data / "postmaster.pid", *socket_folder.glob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)  # PostgreSQL would believe it if its number now is another process's
            command = [*prefix, str(self.binaries / "postgres"), "-D", str(self.data)]
            # A list of folders to PostgreSQL, hence the quotes.
            settings = {**ESSENTIAL, "unix_socket_directories": '"' + str(socket_folder).replace('"', '""') + '"'}
            command += [f"--{name}={value}" for name, value in settings.items()]
            launch(command, locks=[lock], log=log, folder=self.folder, env=environment(self.data))
        return log_before

    def _create(self, prefix: list[str], major: int, lock: int, log: BinaryIO) -> None:
        """Make the cluster in a folder beside and rename it: half a cluster is never taken for a whole one."""
        new = self.folder / "data.new"
        # Order by code point, everywhere and for ever. Before 17 that means collating by C; macOS has no C.UTF-8.
        locales = [["--locale=C", "--lc-ctype=C.UTF-8"], ["--locale=C"]]
        if major >= BUILTIN_LOCALE_SINCE:
            locales = [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
        command = [*prefix, str(self.binaries / "initdb"), "-D", str(new), f"--username={USER}"]
        command += ["--auth=trust", "--encoding=UTF8", "--no-instructions"]  # trust: only its owner gets to the socket
        log_before = log.tell()
        for locale in locales:
            shutil.rmtree(new, ignore_errors=True)
            # It inherits the lock, so that if we are killed the next user waits until it is out of the way.
            done = subprocess.run(  # noqa: S603 - our own command, no input of anybody's
                [*command, *locale],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
                cwd=self.folder,
                env=environment(new),
                check=False,
            )
            if done.returncode == 0:
                break
        else:
            message = f"PostgreSQL could not create a cluster. {self.end_of_log(log_before)}"
            raise ClusterError(message)
        with (new / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(CONFIGURATION)
        new.rename(self.data)

    def _check_version(self, major: int) -> None:
        try:
            version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            message = f"{self.data} exists but is no PostgreSQL data folder: move it away and try again."
            raise ClusterError(message) from None
        if version != str(major):
            message = (
                f"{self.data} was made by PostgreSQL {version}; the programs in {self.binaries} are PostgreSQL {major}"
                f" and cannot read it. Dump and restore: start it with the programs of PostgreSQL {version}"
                f" (pg_ctl -D {self.data} start), dump it (pg_dumpall -U {USER} -f all.sql), stop it, move the folder"
                f" away, run your command again and load the dump (psql -U {USER} -f all.sql)."
            )
            raise ClusterError(message)

    def _socket_folder(self) -> Path:
        """Return the folder for the socket: the cluster's, unless its path is too long for one or reads as a list."""
        if _fits(self.folder):
            return self.folder
        name = "conflictdb-" + hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        short = next(path for path in (Path(tempfile.gettempdir(), name), Path("/tmp", name)) if _fits(path))  # noqa: S108 - owner and mode are seen to
        owner = self.folder.stat()
        with suppress(FileExistsError):
            short.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(short, owner.st_uid, owner.st_gid)
        found = short.lstat()
        if not short.is_dir() or short.is_symlink() or found.st_uid != owner.st_uid:
            message = f"{short} is needed for the socket but is not yours: remove it, or choose a shorter data folder."
            raise ClusterError(message)
        short.chmod(0o700)
        return short

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return []

    def _postmaster(self) -> int | None:
        """Return the process id in postmaster.pid, if that process really is a server of this data."""
        first = next(iter(self._pid_file()), "").strip()
        return int(first) if first.isdigit() and _serves(int(first), self.data) else None

    def end_of_log(self, start: int = 0) -> str:
        """Quote the last lines of the log, none from before byte ``start``."""
        with self.log.open("rb") as log:
            log.seek(max(start, log.seek(0, os.SEEK_END) - LOG_END))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join([f"The end of {self.log}:", *(f"  {line}" for line in lines[-15:])])


def _fits(folder: Path) -> bool:
    # A comma would split the path in two for the client.
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) < SOCKET_PATH_LIMIT and "," not in str(folder)


def _lives(pid: int, data: Path) -> bool:
    """Whether process ``pid``, known to have served ``data``, still does; cheap, for it is asked at each connection."""
    if PROC.joinpath("self").exists():
        return _serves(pid, data)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _serves(pid: int, data: Path) -> bool:
    """Whether process ``pid`` is a PostgreSQL server of ``data``: a number alone may be anybody's by now."""
    if PROC.joinpath("self").exists():
        try:
            name = PROC.joinpath(str(pid), "comm").read_text(encoding="utf-8", errors="replace").strip()
            return name in {"postgres", "postmaster"} and PROC.joinpath(str(pid), "cwd").readlink() == data
        except OSError:  # no such process, or another user's
            return False
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a number
    return "postgres" in told and str(data) in told
