"""A load generator: many keep-alive clients in one process, cheap enough a request not to be what is measured.

``python -m tests.bench.client`` reads an ``Order`` as JSON and writes a ``Load``; in a process of its own, so that it takes
no turn from whoever measures.
"""

import json
import math
import selectors
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import cycle
from time import perf_counter

LOOPBACK = "127.0.0.1"  # the only address that is ever asked
PIECE = 1 << 18  # bytes read at once
PATIENCE = 60.0  # seconds for answers that are outstanding when the time is over
END_OF_CHUNKS = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Order:
    """What to ask, and when to stop: after ``seconds``, or ``most`` requests if these come first."""

    port: int
    paths: list[str]
    clients: int = 1
    seconds: float = 1.0
    most: int = 1_000_000
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What came of it; times in seconds. ``lost`` were never answered, ``resent`` met a connection that had just closed."""

    answers: int
    seconds: float
    p50: float
    p99: float
    size: int
    errors: int
    lost: int
    resent: int
    error: str

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


class Client:
    """One client: a connection, kept where the server keeps it, and the answer that is on its way."""

    def __init__(self, order: Order, requests: Iterator[bytes], selector: selectors.BaseSelector) -> None:
        """Take requests from ``requests``, and tell ``selector`` about the connection."""
        self.order, self.requests, self.selector = order, requests, selector
        self.connection: socket.socket | None = None
        self.is_fresh = True
        self.resent = 0
        self.request = b""
        self.began = 0.0
        self._begin_answer()

    def _begin_answer(self) -> None:
        self.head = b""  # until it is whole
        self.status = 0
        self.received = 0  # bytes of the body
        self.length: float = 0  # of the body; infinite where the connection's end, or the last chunk, ends it
        self.is_chunked = self.closes = False
        self.tail = b""

    def ask(self) -> None:
        """Send the next request."""
        self.request = next(self.requests)
        self.began = perf_counter()
        self.send()

    def send(self) -> None:
        """Send the request, over a new connection if there is none."""
        self._begin_answer()
        self.is_fresh = self.connection is None
        if self.connection is None:
            self.connection = socket.create_connection((LOOPBACK, self.order.port), timeout=PATIENCE)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(self.connection, selectors.EVENT_READ, self)
        try:
            self.connection.sendall(self.request)
        except (BrokenPipeError, ConnectionResetError):
            if self.is_fresh:
                raise
            self.resend()

    def resend(self) -> None:
        """Send it over a new connection: the server closed the kept one just when it was sent, and RFC 9112 has it so."""
        self.close()
        self.resent += 1
        self.send()

    def close(self) -> None:
        """Give the connection up."""
        if self.connection is not None:
            self.selector.unregister(self.connection)
            self.connection.close()
            self.connection = None

    def read(self) -> bool | None:
        """Take in what has come: True where the answer is whole, None where more is to come, False where it broke off.

        An error of the connection, as its end, breaks off what is not whole.
        """
        try:
            piece = self.connection.recv(PIECE) if self.connection else b""
        except OSError:
            piece = b""
        if not piece:
            self.close()
            return bool(self.status) and math.isinf(self.length) and not self.is_chunked
        if self.status:
            return self._take(piece)
        self.head += piece
        head, found, body = self.head.partition(b"\r\n\r\n")
        if not found:
            return None
        self._read_head(head.lower())
        return self._take(body)

    def _read_head(self, head: bytes) -> None:
        self.status = int(head[9:12])
        headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        self.closes = headers.get(b"connection") == b"close"
        self.is_chunked = headers.get(b"transfer-encoding") == b"chunked"
        if self.status != 304:
            self.length = int(headers[b"content-length"]) if b"content-length" in headers else math.inf

    def _take(self, body: bytes) -> bool | None:
        self.received += len(body)
        if self.is_chunked:
            self.tail = (self.tail + body)[-len(END_OF_CHUNKS) :]
            is_whole = self.tail == END_OF_CHUNKS
        else:
            is_whole = self.received >= self.length
        if not is_whole:
            return None
        if self.closes:
            self.close()
        return True


def load(order: Order) -> Load:
    """Let all clients ask, each anew as soon as it is answered."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in order.headers.items())
    requests = cycle(
        f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{order.port}\r\n{extra}\r\n".encode() for path in order.paths
    )
    selector = selectors.DefaultSelector()
    times: list[float] = []
    errors = size = 0
    error = ""
    began = ended = perf_counter()
    clients = [Client(order, requests, selector) for _ in range(min(order.clients, order.most))]
    for client in clients:
        client.ask()
    waiting = sent = len(clients)
    while waiting and perf_counter() - began < order.seconds + PATIENCE:
        for key, _ in selector.select(timeout=1):
            client = key.data
            whole = client.read()
            if whole is None:
                continue
            if not whole and not client.is_fresh and not client.status:
                client.resend()
                continue
            ended = perf_counter()
            waiting -= 1
            if whole and client.status == order.status:
                times.append(ended - client.began)
                size = client.received
            else:
                errors += 1
                error = f"status {client.status}, {client.received} bytes" if whole else "broken off"
            if ended - began < order.seconds and sent < order.most:
                client.ask()
                sent += 1
                waiting += 1
            else:
                client.close()  # it has nothing to wait for, and the server's closing would look like an answer
    for client in clients:
        client.close()
    selector.close()
    times.sort()
    return Load(
        *(len(times), ended - began, nearest(times, 0.5), nearest(times, 0.99)),
        *(size, errors, waiting, sum(client.resent for client in clients), error),
    )


def nearest(ordered: list[float], share: float) -> float:
    """Read a percentile off sorted values."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


if __name__ == "__main__":
    json.dump(asdict(load(Order(**json.load(sys.stdin)))), sys.stdout)
