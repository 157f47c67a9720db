"""The cluster as its users see it: ask for it, hold it, let it go."""

import fcntl
import os
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

from conflictdb.embedded.error import ClusterError
from conflictdb.embedded.locks import PAUSE, is_held, is_shared, locked, open_owned, try_lock
from conflictdb.embedded.programs import environment, launch
from conflictdb.embedded.server import Server

LASTING_USE = 0.2  # seconds for which others must use the cluster before a stop counts as theirs to do
MISSING_DATABASE = """
SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
"""


class Cluster:
    """The PostgreSQL cluster in ``folder``, shared by every process that names the same folder.

    Making one does nothing; ``ensure_running`` creates, starts and holds it. Safe to use from several threads; a forked
    child holds it on its own account.
    """

    def __init__(self, folder: Path, binaries: Path | None = None) -> None:
        """Name the cluster and, where it is not ``find_binaries()``, the folder of PostgreSQL's programs."""
        self.folder = folder.resolve()
        self.start_lock = self.folder / "start.lock"
        self.users_lock = self.folder / "users.lock"
        self.waiter_lock = self.folder / "waiter.lock"
        self.server = Server(self.folder, binaries)
        self._hold: int | None = None  # the descriptor that carries this process's shared lock
        self._holder: int | None = None  # the process that took it
        self._databases: set[str] = set()  # known to exist
        with _turn:
            _clusters.add(self)

    def ensure_running(self) -> dict[str, str]:
        """Return ``host``, ``port`` and ``user`` of a server that answers, as psycopg takes them.

        The first call in a process holds the cluster until the process ends or calls ``release``, and where no server
        runs starts it, after creating the cluster where there is none. Later calls look, and start it again if it died.
        Raises ``ClusterError``.
        """
        with _turn:
            if self._is_holding() and is_held(self.waiter_lock) and (address := self.server.address()):
                return address
            self._databases.clear()
            self._prepare_folder()
            with locked(self.start_lock):
                self._take_hold()
                self._ensure_waiter()
                return self.server.ensure_started()

    def ensure_database(self, name: str) -> None:
        """Create the database ``name`` where it is missing, on a server started if need be. Raises ``ClusterError``."""
        with _turn:
            address = self.ensure_running()
            if name in self._databases:
                return
            command = [str(self.server.binaries / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
            command += [f"--set=name={name}", f"--host={address['host']}", f"--port={address['port']}"]
            command += [f"--username={address['user']}", "--dbname=postgres"]
            with locked(self.start_lock):  # of two processes that both miss it one must not fail
                done = subprocess.run(  # noqa: S603 - our own command, no input of anybody's
                    command,
                    input=MISSING_DATABASE,
                    capture_output=True,
                    text=True,
                    env=environment(self.server.data),
                    check=False,
                )
            if done.returncode != 0:
                message = f"The database {name!r} cannot be created: {done.stderr.strip()}"
                raise ClusterError(message)
            self._databases.add(name)

    def release(self) -> None:
        """Drop this process's hold. The server stops when nobody is left who holds it; this does not wait for that."""
        with _turn:
            if self._hold is not None:
                os.close(self._hold)  # not unlocked: that would take the lock from a child that inherited it
                self._hold = self._holder = None

    def stop(self, timeout: float = 60) -> bool:
        """Drop this process's hold, then ``wait_until_stopped``: what a foreground command does on Ctrl-C."""
        with _turn:
            if self.server.is_alive():
                with locked(self.start_lock):
                    self._ensure_waiter()  # somebody may have killed it
            self.release()
        return self.wait_until_stopped(timeout)

    def wait_until_stopped(self, timeout: float = 60) -> bool:
        """Wait until server and waiter are gone; False where others use them or ``timeout`` seconds are over."""
        deadline = time.monotonic() + timeout
        free_at = time.monotonic()
        while self.server.is_alive() or is_held(self.waiter_lock):
            now = time.monotonic()
            if not is_shared(self.users_lock):
                free_at = now
            if now > deadline or now - free_at > LASTING_USE:
                return False
            time.sleep(PAUSE)
        return True

    def _prepare_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            message = (
                f"{error}. The cluster's folder must belong to the user who runs this command; or set DATABASE_URL to a"
                " server that runs elsewhere."
            )
            raise ClusterError(message) from error

    def _is_holding(self) -> bool:
        if self._hold is None or self._holder != os.getpid():
            return False
        with suppress(FileNotFoundError):  # somebody removed the folder, and a lock on what is gone holds nothing
            return os.path.samestat(os.fstat(self._hold), self.users_lock.stat())
        return False

    def _take_hold(self) -> None:
        """Make this process a user. Under the start lock: no stop is under way that it could come too late for."""
        hold = open_owned(self.users_lock)
        fcntl.flock(hold, fcntl.LOCK_SH)  # waits an instant at most, while somebody looks whether there are users
        self.release()
        self._hold, self._holder = hold, os.getpid()

    def _take_hold_after_fork(self) -> None:
        """Exchange the lock shared with the parent for one of our own, without a moment between them."""
        if self._hold is None:
            return
        with suppress(OSError):  # the folder is gone: the inherited lock then is as good as any
            hold = open_owned(self.users_lock)
            if try_lock(hold, fcntl.LOCK_SH):
                self.release()
                self._hold, self._holder = hold, os.getpid()
            else:  # somebody looks at this very instant: the inherited one lasts as long as we do
                os.close(hold)

    def _ensure_waiter(self) -> None:
        """Start the waiter where none lives. Under the start lock, and before a server that it would have to stop."""
        if is_held(self.waiter_lock):
            return
        with locked(self.waiter_lock) as lock, self.server.open_log() as log:
            os.truncate(lock, 0)
            command = [sys.executable, "-P", "-m", "conflictdb.embedded.waiter", str(self.folder), str(lock)]
            env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
            launch(command, locks=[lock], log=log, folder=self.folder, env=env)
        while not self.waiter_lock.stat().st_size:  # where it leaves its sign of life
            if not is_held(self.waiter_lock):
                message = f"The process that is to stop PostgreSQL did not start. {self.server.end_of_log()}"
                raise ClusterError(message)
            time.sleep(PAUSE)


_turn = threading.RLock()  # one thread at a time, and none in the middle of something when the process forks
_clusters: weakref.WeakSet[Cluster] = weakref.WeakSet()
_shared: dict[Path, Cluster] = {}


def shared_cluster(folder: Path) -> Cluster:
    """Return this process's one ``Cluster`` of ``folder``."""
    with _turn:
        return _shared.setdefault(folder.resolve(), Cluster(folder))


def _after_fork() -> None:
    try:
        for cluster in list(_clusters):
            cluster._take_hold_after_fork()  # noqa: SLF001 - this module's own
    finally:
        _turn.release()


os.register_at_fork(before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_after_fork)
