"""Files that are made by processes of their own: rows go to the maker, and what it makes passes through."""

import atexit
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from threading import Lock

from django.conf import settings

from api.exports.channel import Channel, Order

PROGRAM = "from api.exports.making import main; main({})"


class Workshop:
    """The process that makers are forked from, started with the first file that needs one, and again where it has ended."""

    def __init__(self) -> None:
        """Begin without a process."""
        self.lock = Lock()
        self.control: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def maker(self) -> socket.socket:
        """Have a maker forked; give the socket that it listens to."""
        ours, theirs = socket.socketpair()
        with self.lock, theirs:
            try:
                self._hand(theirs)
            except OSError:  # none was started yet, or it has ended
                self._start()
                self._hand(theirs)
        return ours

    def _hand(self, connection: socket.socket) -> None:
        if self.control is None:
            raise ConnectionError
        socket.send_fds(self.control, [b"."], [connection.fileno()])

    def _start(self) -> None:
        self.end()
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 – our own program
                [sys.executable, "-c", PROGRAM.format(theirs.fileno())],
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def end(self) -> None:
        """End the process; makers that are at work go on to the end of their files."""
        if self.control and self.process:
            self.control.close()
            self.process.kill()
            self.process.wait()
            self.control = self.process = None


workshop = Workshop()
atexit.register(workshop.end)


def made(order: Order, found: Iterable[bytes]) -> Iterator[bytes]:
    """Have a file made of blocks of rows, and give it piece by piece. Who closes this before its end ends the maker.

    Raises ``EOFError`` or ``OSError`` where the maker failed, which has said why in the log.
    """
    with workshop.maker() as connection:
        channel = Channel(connection)
        channel.send(pickle.dumps(order))
        yield channel.receive()
        for block in found:
            yield from channel.exchange(block)
        yield from channel.exchange(b"")
        yield from iter(channel.receive, b"")
