"""What a server and the maker of a file say to each other, over a socket of their own: an order, blocks of rows, pieces."""

import select
import socket
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from api.exports.kinds import Column

HEAD = struct.Struct("<I")  # how long what follows is; nothing follows at the end, which a side that died never says


class Order(NamedTuple):
    """A file to be made of rows that come as CSV.

    ``has_point`` tells that two columns follow those of the file, longitude and latitude; ``about`` is an ``About`` as JSON.
    """

    name: str
    columns: list[Column]
    has_point: bool
    about: dict[str, Any]


class Channel:
    """One end of the socket. Raises ``EOFError`` or ``OSError`` where the other side is gone."""

    def __init__(self, connection: socket.socket) -> None:
        """Take the socket."""
        self.connection = connection
        self.both = select.poll()
        self.both.register(connection, select.POLLIN | select.POLLOUT)

    def send(self, piece: bytes) -> None:
        """Send a piece; an empty one is the end."""
        self.connection.sendall(HEAD.pack(len(piece)))
        self.connection.sendall(piece)

    def receive(self) -> bytes:
        """Wait for a piece; an empty one is the end."""
        (size,) = HEAD.unpack(self._exactly(HEAD.size))
        return self._exactly(size)

    def exchange(self, piece: bytes) -> Iterator[bytes]:
        """Send a piece, and give those that come meanwhile: the other side takes nothing while it is not rid of its own."""
        rest = memoryview(HEAD.pack(len(piece)) + piece)
        while rest:
            ((_, events),) = self.both.poll()
            if events & ~select.POLLOUT:
                yield self.receive()
            else:
                rest = rest[self.connection.send(rest, socket.MSG_DONTWAIT) :]

    def _exactly(self, size: int) -> bytes:
        room = bytearray(size)
        rest = memoryview(room)
        while rest:
            count = self.connection.recv_into(rest)
            if not count:
                message = "The other side ended before it had said all."
                raise EOFError(message)
            rest = rest[count:]
        return bytes(room)
