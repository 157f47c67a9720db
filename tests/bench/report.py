"""What was measured, as one table and as JSON, with the issue's targets beside; runs of full size go to RESULTS.md."""

import json
import math
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.databases import Database
from tests.bench.measure import Contender, Sample, median
from tests.bench.servers import OURS
from tests.bench.subjects import BARE, FLATNESSES, SOAKED, STEADINESS, SUBJECTS, Flatness

RESULTS = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "## The API", "## Exports"
PACKAGES = ("django", "djangorestframework", "psycopg", "granian", "fastapi", "asyncpg", "uvicorn", "datasette")
MANY = 16
GROWTH = 1.05  # of the server's memory under 200 clients, at most: its measure is not exact
HEADINGS = (
    *("what", "who", "incidents", "clients", "requests/s", "p50 ms", "p99 ms", "server CPU ms", "PostgreSQL CPU ms"),
    *("server MB", "kB", "the API is, times"),
)

Results = dict[Contender, list[Sample]]
Row = tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """A target, what was measured, and whether it is enough."""

    target: str
    measured: str
    is_met: bool


def tell(results: Results, soak: dict[str, float], database: Database, *, is_full: bool) -> None:
    """Print the tables, write the JSON beside the database, and keep a run of full size."""
    rows = [row_of(each, samples, results) for each, samples in results.items()]
    verdicts = list(judge(results, soak))
    rows += [
        (subject.name, OURS, "", "", "no ETag", *[""] * 7)
        for subject in SUBJECTS
        if subject.is_conditional and not any(each.subject == subject.name for each in results)
    ]
    told = "\n\n".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d}, {machine(database)}. Medians of {len(next(iter(results.values())))} rounds.",
            table(HEADINGS, rows),
            table(
                ("target", "measured", ""),
                [(each.target, each.measured, "met" if each.is_met else "**missed**") for each in verdicts],
            ),
            soak_line(soak),
        )
    )
    print(told)
    file = database.folder / "results.json"
    file.write_text(json.dumps(as_data(results, verdicts, soak, database), indent=1) + "\n", encoding="utf-8")
    print(f"\nThe same as JSON: {file}")
    if is_full:
        keep(told)


def row_of(each: Contender, samples: list[Sample], results: Results) -> Row:
    """Write a line of the table."""
    middle = median(samples)
    faults = f" ({middle.errors} errors: {middle.error}; {middle.lost} lost)" if middle.errors or middle.lost else ""
    against = "" if each.name == OURS else number(ratio(results, each.subject, each.name, each.clients), 2)
    return (
        *(each.subject, each.name, f"{each.incidents:,}", str(each.clients), f"{middle.rate:,.0f}{faults}"),
        *(number(value, 1) for value in (middle.p50, middle.p99)),
        *(number(value, 2) for value in (middle.server_cpu, middle.database_cpu)),
        *(number(middle.memory, 0), number(middle.size / 1000 if middle.size else math.nan, 1), against),
    )


def ratio(results: Results, subject: str, name: str, clients: int = MANY) -> float:
    """Tell how many times as fast as a reference the API is: the median of the rounds' ratios.

    The bare SQL of a round is the better of all numbers of connections. Not a number where either was not measured.
    """
    ours = [samples for each, samples in results.items() if same(each, subject, OURS) and each.clients == clients]
    if name == BARE:
        ours = [samples for each, samples in results.items() if same(each, subject, OURS) and each.clients == MANY]
    theirs = [
        samples
        for each, samples in results.items()
        if same(each, subject, name) and (name == BARE or each.clients == clients)
    ]
    if not ours or not theirs:
        return math.nan
    best = [max(sample.rate for sample in samples) for samples in zip(*theirs, strict=True)]
    return statistics.median(sample.rate / other for sample, other in zip(ours[0], best, strict=True))


def times(results: Results, subject: str, other: str) -> float:
    """Tell how many times as long as another subject the API takes for one, a client alone: the quotient of the medians."""
    rates = [
        median(samples).rate
        for name in (other, subject)
        for each, samples in results.items()
        if same(each, name, OURS) and each.clients == 1
    ]
    return rates[0] / rates[1] if len(rates) == len((other, subject)) and rates[1] else math.nan


def same(each: Contender, subject: str, name: str) -> bool:
    """Whether a contender is this one, at whatever number of clients."""
    return each.subject == subject and each.name == name


def judge(results: Results, soak: dict[str, float]) -> Iterator[Verdict]:
    """Compare what was measured with what is demanded."""
    for subject in SUBJECTS:
        for name, least in subject.targets.items():
            if least:
                found = ratio(results, subject.name, name)
                measured = "no ETag" if subject.is_conditional and math.isnan(found) else number(found, 2)
                yield Verdict(f"{subject.name}: at least {least:g} × {name}", measured, found >= least)
    for subject in SUBJECTS:
        for each, samples in results.items():
            if same(each, subject.name, OURS) and each.clients == MANY:
                middle = median(samples)
                found = middle.p99 / middle.p50
                target = f"{subject.name}: p99 at most {STEADINESS:g} × p50, {MANY} clients"
                yield Verdict(target, number(found, 2), found <= STEADINESS)
    for subject in SUBJECTS:
        for name, most in subject.at_most.items():
            found = times(results, subject.name, name)
            yield Verdict(f"{subject.name}: at most {most:g} × {name}", number(found, 2), found <= most)
    for flatness in FLATNESSES:
        yield from judge_flatness(results, flatness)
    faults = soak["errors"] + soak["lost"]
    yield Verdict(f"{SOAKED.name}: no error, no lost request", f"{faults:.0f} of {soak['answers']:,.0f}", not faults)
    growth = soak["after"] / soak["before"]
    yield Verdict(f"{SOAKED.name}: memory at most {GROWTH:g} × what it was", number(growth, 2), growth <= GROWTH)


def judge_flatness(results: Results, flatness: Flatness) -> Iterator[Verdict]:
    """Compare pages of one size with each other, or of all sizes."""
    sizes = sorted({each.incidents for each in results})
    for group in [sizes] if flatness.is_across_sizes else [[size] for size in sizes]:
        rates = [
            [sample.rate for sample in samples]
            for page in flatness.pages
            for each, samples in results.items()
            if same(each, page.name, OURS) and each.clients == MANY and each.incidents in group
        ]
        if len(rates) > 1:
            found = statistics.median(max(each) / min(each) for each in zip(*rates, strict=True))
            target = f"{flatness.name}: within {flatness.within:g} ×, {' and '.join(f'{size:,}' for size in group)} incidents"
            yield Verdict(target, number(found, 2), found <= flatness.within)


def soak_line(soak: dict[str, float]) -> str:
    """Tell of the soak in a sentence."""
    return (
        f"{SOAKED.name}: {soak['answers']:,.0f} answers, {soak['rate']:,.0f}/s, p50 {soak['p50']:,.0f} ms, "
        f"p99 {soak['p99']:,.0f} ms, {soak['errors']:.0f} errors, {soak['lost']:.0f} lost, {soak['resent']:.0f} sent again; "
        f"server {soak['before']:,.0f} MB before, {soak['after']:,.0f} MB after."
    )


def number(value: float, places: int) -> str:
    """Write a number, or nothing where there is none."""
    return "" if math.isnan(value) else f"{value:,.{places}f}"


def table(headings: Row, rows: list[Row]) -> str:
    """Write a table in Markdown, in columns that line up for a terminal too."""
    lines = [headings, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    written = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    rule = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([f"| {written[0]} |", f"|{rule}|", *(f"| {line} |" for line in written[1:])])


def machine(database: Database, named: Sequence[str] = PACKAGES) -> str:
    """Say where it was measured, and with what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    with database.connect() as connection:
        server = connection.info.server_version // 10_000
    packages = ", ".join(f"{name} {version(name)}" for name in named)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, PostgreSQL {server}, {packages}"
    )


def as_data(results: Results, verdicts: list[Verdict], soak: dict[str, float], database: Database) -> dict[str, Any]:
    """Write everything as JSON has it; what is not a number is null."""

    def clean(sample: Sample) -> dict[str, Any]:
        values = asdict(sample).items()
        return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values}

    runs = [
        {
            "subject": each.subject,
            "who": each.name,
            "incidents": each.incidents,
            "clients": each.clients,
            "median": clean(median(samples)),
            "rounds": [clean(sample) for sample in samples],
        }
        for each, samples in results.items()
    ]
    targets = [asdict(verdict) for verdict in verdicts]
    return {
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(database),
        "runs": runs,
        "targets": targets,
        "soak": soak,
    }


def keep(told: str) -> None:
    """Put the run in the place of the last one; earlier ones are in git."""
    text = RESULTS.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    RESULTS.write_text(f"{before}{BEGIN}\n\n{told}\n\n{END}{after}", encoding="utf-8")
