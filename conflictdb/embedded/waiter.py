"""The process that stops the server when its last user is gone: ``python -m conflictdb.embedded.waiter FOLDER LOCK``.

``LOCK`` is the inherited descriptor that holds the waiter's lock. Users start it; nobody else needs to.
"""

import fcntl
import math
import os
import sys
from contextlib import suppress
from pathlib import Path

from conflictdb.embedded.cluster import Cluster
from conflictdb.embedded.locks import locked, open_owned, try_lock


def wait_and_stop(cluster: Cluster, waiter_lock: int) -> None:
    """Sleep until nobody uses ``cluster``, then stop its server."""
    while True:
        _wait_for_last_user(cluster.users_lock)
        with locked(cluster.start_lock, patience=math.inf):  # from here on nobody becomes a user
            if not os.path.samestat(os.fstat(waiter_lock), cluster.waiter_lock.stat()):
                return  # the folder was removed and made anew: what is there now has a waiter of its own
            users = open_owned(cluster.users_lock)
            try:
                if try_lock(users, fcntl.LOCK_EX):
                    cluster.server.stop()
                    os.close(waiter_lock)  # while new users are still kept out: they must find no waiter, and start one
                    return
            finally:
                os.close(users)


def _wait_for_last_user(users_lock: Path) -> None:
    """Return when no process holds the shared lock; the lock is let go, for it is taken in earnest further on."""
    users = open_owned(users_lock)
    try:
        fcntl.flock(users, fcntl.LOCK_EX)
    finally:
        os.close(users)


if __name__ == "__main__":
    os.write(int(sys.argv[2]), f"{os.getpid()}\n".encode())  # a sign of life for its starter; the number is for people
    with suppress(FileNotFoundError):  # the folder was removed; PostgreSQL sees that by itself and ends
        wait_and_stop(Cluster(Path(sys.argv[1])), int(sys.argv[2]))
