"""File locks that last as long as the processes that hold them."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conflictdb.embedded.error import ClusterError

PAUSE = 0.02  # seconds between two looks at a lock
PATIENCE = 180.0  # seconds; longer than any start or stop may take


def open_owned(path: Path, flags: int = 0) -> int:
    """Open the file ``path``, made if missing and belonging to its folder's owner, and return the descriptor."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    if os.geteuid() == 0:  # what root makes in a user's folder must stay usable for the user
        folder = path.parent.stat()
        os.fchown(file, folder.st_uid, folder.st_gid)
    return file


def try_lock(lock: int, mode: int) -> bool:
    """Take ``lock`` in ``mode`` (``LOCK_SH`` or ``LOCK_EX``) if that needs no waiting; say whether it was taken."""
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path, patience: float = PATIENCE) -> Iterator[int]:
    """Hold the exclusive lock on ``path`` and yield its descriptor; a process that inherits it keeps the lock.

    Raises ``ClusterError`` where another process keeps it for more than ``patience`` seconds.
    """
    lock = open_owned(path)
    try:
        deadline = time.monotonic() + patience
        while not try_lock(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                message = f"Another process has kept {path} locked for {patience:.0f} s; see who with `lsof {path}`."
                raise ClusterError(message)
            time.sleep(PAUSE)
        yield lock
    finally:
        os.close(lock)  # not unlocked: that would take the lock from whoever inherited it


def is_held(path: Path) -> bool:
    """Whether a process holds the exclusive lock on ``path``. Asking takes a shared lock, for an instant."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def is_shared(path: Path) -> bool:
    """Whether processes hold shared locks on ``path``; no where one holds the exclusive lock."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(lock, fcntl.LOCK_EX) and try_lock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)
