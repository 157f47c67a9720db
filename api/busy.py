"""How many answers this process is making, so that files, whose readers wait for minutes anyway, let pages go first."""

import time
from collections.abc import Callable
from threading import Lock

from django.http import HttpRequest, HttpResponse

SHARE = 2  # times as long as some rows of a file took to read that it rests after them
LONGEST = 0.05  # seconds that it rests at once


class Making:
    """Counts the answers that are being made; a file is no longer one of them once its first bytes are on their way."""

    def __init__(self) -> None:
        """Count from none."""
        self.number = 0
        self._lock = Lock()

    def add(self, number: int) -> None:
        """Count more, or fewer."""
        with self._lock:
            self.number += number


MAKING = Making()


class BusyMiddleware:
    """Counts what is being made behind it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count the answer for as long as it is made."""
        MAKING.add(1)
        try:
            return self.get_response(request)
        finally:
            MAKING.add(-1)


def rest(took: float) -> None:
    """Let pages go first, if any are being made, before more of a file is read than what ``took`` so many seconds."""
    if MAKING.number:
        time.sleep(min(took * SHARE, LONGEST))
