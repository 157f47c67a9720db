"""Processes that make files of rows: Parquet and XLSX take seconds of computing, which a server has no time for.

One process a server waits for orders and forks a maker for each, with Arrow in it already; it ends with the server. Makers
yield to whoever answers pages, know neither Django nor the database, and end where nobody reads any more.
"""

import os
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain

from api.exports import parquet, spreadsheet
from api.exports.channel import Channel, Order

NICENESS = 10  # a tenth of the time of who has none, where both want a core
MAKERS: dict[str, Callable[[Order, Iterator[bytes]], Iterator[bytes]]] = {
    "parquet": parquet.make,
    "xlsx": spreadsheet.make,
}


def main(number: int) -> None:
    """Fork a maker for each socket that comes over the one of this number, until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the server, and this ends with it
    signal.signal(signal.SIGCHLD, lambda *_: gather())
    with socket.socket(fileno=number) as control:
        while handed := socket.recv_fds(control, 1, 1)[1]:
            if os.fork() == 0:
                control.close()
                make(handed[0])
                os._exit(0)
            os.close(handed[0])


def gather() -> None:
    """Wait for makers that have ended, so that what they used counts as this process's."""
    with suppress(ChildProcessError):  # none is left
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def make(number: int) -> None:
    """Make one file. Whatever goes wrong, the server sees that its end was not said."""
    try:
        with socket.socket(fileno=number) as connection:
            channel = Channel(connection)
            order = pickle.loads(channel.receive())  # noqa: S301 – it is the server's own
            pieces = MAKERS[order.name](order, iter(channel.receive, b""))
            first = next(pieces)
            os.nice(NICENESS)  # a reader waits for the first piece, and has time for the others
            for piece in chain([first], pieces):
                if piece:
                    channel.send(piece)
            channel.send(b"")
    except (EOFError, ConnectionError):
        pass  # the reader went away, or the rows broke off, of which the server tells
    except Exception:  # noqa: BLE001 – told, and there is nobody to raise it to
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
