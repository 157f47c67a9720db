"""How far an import is, for the people who wait for it: a bar on a terminal, now and then a line in a log."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

REDRAW_SECONDS = 0.2
LOG_SECONDS = 10.0
BAR = 24  # characters


class Progress:
    """Shows how many rows are read, how fast, and how long the rest will take at the pace so far."""

    def __init__(self, stream: TextIO, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Write to ``stream`` about ``label``; ``clock`` gives seconds."""
        self._stream = stream
        self._label = label
        self._clock = clock
        self._terminal = stream.isatty()
        self._began = clock()
        self._next = self._began + (0.0 if self._terminal else LOG_SECONDS)
        self._rows = 0
        self._drawn = ""  # what stands on the terminal's last line

    def update(self, rows: int, fraction: float) -> None:
        """Tell that ``rows`` rows are read, and how much of the file they are, from 0.0 to 1.0; shown at times only."""
        self._rows = rows
        now = self._clock()
        if now < self._next:
            return
        line = self._line(fraction, now - self._began)
        if self._terminal:
            self._next = now + REDRAW_SECONDS
            self._draw(line)
        else:
            self._next = now + LOG_SECONDS
            self._print(line)

    def say(self, line: str) -> None:
        """Print a line of its own; a bar moves down."""
        drawn = self._drawn
        self._draw("")
        self._print(line)
        self._draw(drawn)

    def finish(self) -> None:
        """Put a line of the whole in the place of the bar. Call it once, also where the import failed."""
        elapsed = self._clock() - self._began
        self._draw("")
        self._print(f"{self._label}: {self._rows:,} rows in {duration(elapsed)}, {self._pace(elapsed)}")

    def _line(self, fraction: float, elapsed: float) -> str:
        bar = f"[{'#' * int(fraction * BAR):{BAR}}] " if self._terminal else ""
        # The first moments tell nothing of the rest.
        left = f", {duration(elapsed * (1 - fraction) / fraction)} left" if fraction > 0 and elapsed >= 1 else ""
        return f"{self._label}: {bar}{int(fraction * 100)} %, {self._rows:,} rows, {self._pace(elapsed)}{left}"

    def _pace(self, elapsed: float) -> str:
        return f"{self._rows / elapsed if elapsed else 0:,.0f} a second"

    def _draw(self, line: str) -> None:
        """Write over the terminal's last line; spaces wipe what was longer. Understood by every terminal."""
        if line or self._drawn:
            line = line[: shutil.get_terminal_size().columns - 1]
            self._stream.write(f"\r{line:{len(self._drawn)}}" + ("" if line else "\r"))
            self._stream.flush()
            self._drawn = line

    def _print(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


class Silent:
    """Stands where nobody waits."""

    def update(self, rows: int, fraction: float) -> None:
        """Show nothing."""

    def say(self, line: str) -> None:
        """Print nothing."""

    def finish(self) -> None:
        """Show nothing."""


def duration(seconds: float) -> str:
    """Write a time as ``7 s``, ``1:23`` (minutes) or ``2:03:07`` (hours)."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
