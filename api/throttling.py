"""How many requests a client may make: counted in two windows of time, at the same small cost whatever the limit.

DRF's own throttle keeps the instant of every request of the last window and writes all of them anew each time: a hundred
kilobytes a request for a client of a thousand requests a minute. It also loses some where processes count together.
"""

from typing import Any

from rest_framework.throttling import AnonRateThrottle


class WindowThrottle(AnonRateThrottle):
    """Counts the requests of this window, and those of the last one by the share of it that is less than a window ago."""

    duration: float  # seconds in a window
    num_requests: int  # that may pass in one

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count the request if it may pass."""
        self.key = self.get_cache_key(request, view)
        if self.rate is None or self.key is None:
            return True
        window, gone = divmod(self.timer(), self.duration)
        this, last = f"{self.key}:{window:.0f}", f"{self.key}:{window - 1:.0f}"
        self.gone = gone / self.duration
        counts = self.cache.get_many([this, last])
        self.here, self.before = counts.get(this, 0), counts.get(last, 0)
        if self.here + self.before * (1 - self.gone) + 1 > self.num_requests:
            return False
        if not self.cache.add(this, 1, timeout=2 * self.duration):
            self.cache.incr(this)
        return True

    def wait(self) -> float:
        """Tell after how many seconds the next request may pass, if there is none before."""
        room = self.num_requests - 1
        if self.here > room:  # not in this window; in the next one these fade
            return (1 - self.gone + 1 - room / self.here) * self.duration
        return (1 - (room - self.here) / self.before - self.gone) * self.duration
