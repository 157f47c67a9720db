"""Progress: a bar that is redrawn on a terminal, lines in a log, and a clock that the test moves."""

from io import StringIO

import pytest

from conflictdb.ingest.progress import Progress, Silent, duration


class Terminal(StringIO):
    """A stream on a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        """Give the seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")


def test_bar_is_redrawn_at_most_five_times_a_second(clock: Clock) -> None:
    """Updates in between are not shown, and what was longer is wiped."""
    stream = Terminal()
    progress = Progress(stream, "ged.csv", clock)
    progress.update(0, 0.0)
    for _ in range(100):
        clock.now += 0.01
        progress.update(1_500, 0.5)
    progress.finish()
    drawn = stream.getvalue().split("\r")
    assert len(drawn) == 9
    assert drawn[:3] == [
        "",
        "ged.csv: [                        ] 0 %, 0 rows, 0 a second",
        "ged.csv: [############            ] 50 %, 1,500 rows, 7,500 a second",
    ]
    assert drawn[6].rstrip() == "ged.csv: [############            ] 50 %, 1,500 rows, 1,500 a second, 1 s left"
    assert drawn[7:] == [" " * len(drawn[6]), "ged.csv: 1,500 rows in 1 s, 1,500 a second\n"]


def test_bar_moves_down_for_a_line(clock: Clock) -> None:
    """The bar is wiped, and drawn again below."""
    stream = Terminal()
    progress = Progress(stream, "ged.csv", clock)
    progress.say("Reading ged.csv")
    clock.now += 4
    progress.update(12, 0.25)
    progress.say("line 7: odd")
    progress.finish()
    bar = "ged.csv: [######                  ] 25 %, 12 rows, 3 a second, 12 s left"
    wiped = f"\r{' ' * len(bar)}\r"
    assert stream.getvalue() == (
        f"Reading ged.csv\n\r{bar}{wiped}line 7: odd\n\r{bar}{wiped}ged.csv: 12 rows in 4 s, 3 a second\n"
    )


def test_bar_stays_on_its_line(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that a narrow terminal would break could not be wiped."""
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    Progress(stream, "ged.csv", clock).update(1, 1.0)
    assert stream.getvalue() == "\rged.csv: [#########"


def test_log_has_a_line_every_ten_seconds_and_one_at_the_end(clock: Clock) -> None:
    """Nothing is redrawn."""
    stream = StringIO()
    progress = Progress(stream, "ged.csv", clock)
    for number in range(1, 251):
        clock.now += 0.125
        progress.update(1_000 * number, number / 250)
        if number == 100:
            progress.say("line 7: odd")
    progress.finish()
    assert stream.getvalue() == (
        "ged.csv: 32 %, 80,000 rows, 8,000 a second, 21 s left\n"
        "line 7: odd\n"
        "ged.csv: 64 %, 160,000 rows, 8,000 a second, 11 s left\n"
        "ged.csv: 96 %, 240,000 rows, 8,000 a second, 1 s left\n"
        "ged.csv: 250,000 rows in 31 s, 8,000 a second\n"
    )


@pytest.mark.parametrize("stream", [Terminal(), StringIO()])
def test_progress_that_never_began_ends(stream: StringIO, clock: Clock) -> None:
    """No division by the time that did not pass."""
    Progress(stream, "ged.csv", clock).finish()
    assert stream.getvalue() == "ged.csv: 0 rows in 0 s, 0 a second\n"


def test_silent_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever it is told."""
    silent = Silent()
    silent.update(1, 0.5)
    silent.say("odd")
    silent.finish()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (83, "1:23"), (3599.4, "59:59"), (3600, "1:00:00"), (7387, "2:03:07")],
)
def test_duration_is_written_as_clocks_do(seconds: float, text: str) -> None:
    """Only seconds have a unit."""
    assert duration(seconds) == text
