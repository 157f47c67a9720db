"""The private PostgreSQL cluster of a checkout that has no ``DATABASE_URL``. Standard library only.

Everything is decided by locks (``flock``) on files in the cluster's folder, never by a list of process ids: the kernel
drops the lock of a process that dies, however it dies, and nobody inherits its number.

* ``start.lock`` is held while somebody starts, stops or changes the cluster; the other locks are taken under it.
* ``users.lock`` is held shared by every process that uses the cluster.
* ``server.lock`` is held by PostgreSQL itself: initdb, the server and its children inherit it. Held means alive.
* ``waiter.lock`` is held by the waiter, the process that stops the server when ``users.lock`` has no holder left.

Beside them lie ``data`` (PostgreSQL's own folder), ``server.log`` and the socket.
"""

from conflictdb.embedded.cluster import Cluster, shared_cluster
from conflictdb.embedded.error import ClusterError
from conflictdb.embedded.programs import find_binaries

__all__ = ["Cluster", "ClusterError", "find_binaries", "shared_cluster"]
