"""How conflictdb is served: granian's options, and its workers.

``python -m conflictdb.serving`` in production; ``manage.py run`` shares all but the access log.

Each process keeps several threads, though one of them at a time computes: whoever reads a long answer slowly holds a thread
until the end of it, and the others go on answering.
"""

import gc
import logging
import multiprocessing
import os
import socket
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.module_loading import import_string
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketSpec
from granian.server.mp import MPServer

APPLICATION = "conflictdb.wsgi.application"
WORKERS = os.cpu_count() or 1
THREADS = 3  # a process: requests that it answers at once beside files; each keeps a connection to the database
# Seconds for which a thread computes before another gets its turn. Most answers need a millisecond of Python, and a thread
# that comes back from the database for one would wait five, Python's own, for each of the others.
TURN = 0.001
# Threads for files, as many as the settings let be sent at once. The settings are the application's, and refuse what is no
# number; the server may serve another one that has none.
_files = os.environ.get("CONFLICTDB_FILES_AT_ONCE", "").strip()
FILES_AT_ONCE = int(_files) if _files.isdecimal() else 4
CONNECTIONS = 512  # a process: that it keeps open, idle ones too; those beyond wait in the backlog
BACKLOG = 2_048
IDLE = 30_000  # milliseconds for which a connection is kept without a request, or with a part of one
GRACE = 10  # seconds for answers that are under way when the server is to end
STARTING = 0.05  # seconds between two looks whether it serves

PLAIN = "/:@!$&'()*+,;=~[]"  # that an address may hold as it is
LINE = '%(addr)s - - [%(time)s] "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms "%(header{user-agent})s"'
LOGS: dict[str, Any] = {
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s granian: %(message)s"},
        "access": {"format": "%(message)s"},
    },
    "filters": {"written": {"()": "conflictdb.serving.AsWritten"}, "news": {"()": "conflictdb.serving.News"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["news"]},
        "stdout": {
            "class": "logging.StreamHandler",
            "formatter": "access",
            "filters": ["written"],
            "stream": "ext://sys.stdout",
        },
    },
    "loggers": {
        "_granian": {"handlers": ["stderr"], "propagate": False},
        "granian.access": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
    },
}


class News(logging.Filter):
    """Leaves out that there are more threads than cores: most of them wait, for the database and for slow readers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep all other lines."""
        return "Python threads" not in record.getMessage()


class AsWritten(logging.Filter):
    """Has the access log show what was asked as clients write it: granian decodes paths, and line breaks in them too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Encode the path again, add the query, and let nothing end a quoted part."""
        told: Any = record.args
        told["path"] = quote(told["path"], safe=PLAIN, encoding="latin-1")
        if query := told["query_string"]:
            told["path"] += "?" + quote(query, safe=f"{PLAIN}%?", encoding="latin-1")
        told["_h0"] = told["_h0"].replace('"', "'")  # granian's name for the first header of the line
        return True


class Server(MPServer):
    """granian on a socket that listens already, with worker processes that never outlive this one."""

    def __init__(
        self,
        listener: socket.socket,
        workers: int,
        *,
        application: str = APPLICATION,
        hosts: Sequence[str] = (),
        log_access: bool = True,
    ) -> None:
        """Take the socket over. ``application`` is the dotted path of a WSGI application, ``hosts`` are its ALLOWED_HOSTS."""
        address, port = listener.getsockname()[:2]
        super().__init__(
            application,
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=THREADS + FILES_AT_ONCE,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=IDLE, keep_alive=True),
            respawn_failed_workers=True,
            workers_kill_timeout=GRACE,
            log_level=LogLevels.info if log_access else LogLevels.warning,
            log_dictconfig=LOGS,
            log_access=log_access,
            log_access_format=LINE,
        )
        self.listener, self.hosts = listener, hosts
        self._shd: Any  # granian's own annotation knows its None only
        self.when_ready: Callable[[], None] | None = None

    def run(self, when_ready: Callable[[], None] | None = None) -> None:
        """Serve until SIGINT or SIGTERM; ``when_ready`` is called once a worker has answered."""
        self.when_ready = when_ready
        import_string(self.target)  # what is wrong with the settings shows here, and forked workers share the code
        self.serve(target_loader=partial(load, hosts=self.hosts))

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, and say when they serve."""
        super().startup(spawn_target, target_loader)
        if self.when_ready:
            while not (self._is_answering() or self.main_loop_interrupt.wait(STARTING)):
                pass
            if not self.main_loop_interrupt.is_set():
                self.when_ready()

    def _is_answering(self) -> bool:
        """Whether a worker answers, whatever it says."""
        with (
            suppress(OSError, HTTPException),
            closing(HTTPConnection(self.bind_addr, self.bind_port, timeout=1)) as http,
        ):
            http.request("GET", "/healthz")
            http.getresponse()
            return True
        return False

    def _init_shared_socket(self) -> None:
        """Give the workers the one socket instead of one each.

        granian would have each worker bind the port with SO_REUSEPORT: a second server would get it too, and take half of
        the requests, with not a word about it.
        """
        self._shd = SocketSpec("127.0.0.1", 0, BACKLOG).build()
        os.dup2(self.listener.fileno(), self._shd.get_fd())
        self.listener.close()
        self._sso = socket.socket(fileno=self._shd.get_fd())


def load(application: str, hosts: Sequence[str]) -> Callable[..., Any]:
    """Bring the application, in a worker that has just begun."""
    os.setpgid(0, 0)  # Ctrl-C and a closed terminal reach the main process only, which ends its workers itself
    threading.Thread(target=end_with_parent, daemon=True).start()
    loaded: Callable[..., Any] = import_string(application)
    if hosts:  # a worker that was not forked has its own settings
        settings.ALLOWED_HOSTS = list(hosts)
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()  # the code is there to stay, and need not be looked through for garbage again and again
    return loaded


def end_with_parent() -> None:
    """End this worker once the main process is gone, however it went: an orphan would keep the port and the database."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()  # on a pipe that the kernel closes
        os._exit(1)


def listen(host: str, port: int) -> socket.socket:
    """Take the port; OSError or OverflowError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Connections inherit it. granian writes an answer's head and body apart; without it Linux keeps the body back until the
    # head is acknowledged, which a client that waits for the body may put off for 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def main() -> None:
    """Serve in production."""
    parser = ArgumentParser(prog="python -m conflictdb.serving", description="Serve conflictdb until SIGTERM.")
    parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: %(default)s).")
    parser.add_argument("--port", type=int, default=8000, help="Port to listen on (default: %(default)s).")
    parser.add_argument("application", nargs="?", default=APPLICATION, help="WSGI application (default: %(default)s).")
    told = parser.parse_args()
    try:
        listener = listen(told.host, told.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Cannot listen on {told.host} port {told.port}: {error}")
    Server(listener, int(os.environ.get("WEB_CONCURRENCY") or WORKERS), application=told.application).run()


if __name__ == "__main__":
    main()
