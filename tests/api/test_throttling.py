"""Throttling: so many requests in any window of time, and told truly when the next may come."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from rest_framework.request import Request

from api.throttling import WindowThrottle

LIMIT, MINUTE = 10, 60


class Clock:
    """Asks at chosen times, a new throttle each time as views do."""

    def __init__(self) -> None:
        """Begin at the beginning of a window."""
        self.now = 1_000 * MINUTE
        self.last: Any = None

    def ask(self, address: str = "192.0.2.1") -> bool:
        """Ask once, from an address."""
        self.last = WindowThrottle()
        self.last.num_requests, self.last.duration, self.last.timer = LIMIT, MINUTE, lambda: self.now
        request = Request(RequestFactory().get("/", REMOTE_ADDR=address))
        return bool(self.last.allow_request(request, None))

    def passing(self, requests: int) -> int:
        """Count how many of some requests pass."""
        return sum(self.ask() for _ in range(requests))


@pytest.fixture
def clock() -> Clock:
    """Start at the beginning of a window, with nothing counted."""
    cache.clear()
    return Clock()


def test_so_many_pass_and_no_more(clock: Clock) -> None:
    assert clock.passing(LIMIT + 5) == LIMIT
    assert clock.ask(address="192.0.2.2")


def test_refused_requests_do_not_count(clock: Clock) -> None:
    clock.passing(LIMIT * 5)
    clock.now += 2 * MINUTE
    assert clock.passing(LIMIT * 2) == LIMIT


@pytest.mark.parametrize(("later", "passes"), [(MINUTE, 0), (1.5 * MINUTE, LIMIT // 2), (2 * MINUTE, LIMIT)])
def test_last_window_fades(clock: Clock, later: float, passes: int) -> None:
    """A window's whole number at its end and the next one's at its beginning would be twice what may be asked."""
    clock.passing(LIMIT)
    clock.now += later
    assert clock.passing(LIMIT * 2) == passes


@pytest.mark.parametrize("spent", [(0, 0), (LIMIT // 2, 20), (3, 75), (LIMIT, 40)])
def test_wait_is_true(clock: Clock, spent: tuple[int, int]) -> None:
    requests, seconds = spent
    clock.passing(requests)
    clock.now += seconds
    clock.passing(LIMIT * 2)
    assert not clock.ask()
    wait = clock.last.wait()
    clock.now += wait - 0.01
    assert not clock.ask()
    clock.now += 0.02
    assert clock.ask()
