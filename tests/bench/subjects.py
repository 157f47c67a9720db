"""What is measured: each subject in one entry, with what it is measured against and the ratios that it must reach.

A new endpoint is a new entry here. Its ``paths`` are asked of the API and of the peers named in ``targets``; where a peer has
another address for it, ``paths_of`` says so. Its ``sql``, if any, is what the same answer costs PostgreSQL alone: it
returns a JSON document a row, and the harness compares these with the API's answer before it measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bench import queries
from tests.bench.servers import DATASETTE, FASTAPI, PLAIN, UNCOUNTED

BARE = "bare SQL"
KIND, SINCE, UNTIL = "shelling", "2004-01-01", "2013-12-31"
FILTERED = f"incidents/?country={{country}}&kind={KIND}&started_on__gte={SINCE}&started_on__lte={UNTIL}"
DETAILS = range(1, 40_000, 40)  # of generated incidents; all of them published
PAGE = 100  # rows, unless the caller says otherwise
# The newest of one table, without what is nested in an incident; `_size` and the rest are datasette's own.
FLAT = "incidents/incident.json?_shape=objects&_sort_desc=started_on&_size=100&_nocount=1&_nofacet=1"


@dataclass(frozen=True)
class Query:
    """SQL with parameters ``:name``. ``{country}`` and ``{base}`` in values are filled in when it runs.

    ``drawn`` names a parameter that is a number of ``DETAILS``, drawn anew for each run.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    drawn: str = ""


@dataclass(frozen=True)
class Subject:
    """One thing that readers ask for."""

    name: str
    paths: tuple[str, ...]  # asked in turn; {country} is the busiest country's slug
    sql: Query | None = None
    # reference → how many times as many requests a second as it the API must answer; 0 where nothing is demanded
    targets: Mapping[str, float] = field(default_factory=dict)
    paths_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_conditional: bool = False  # asked with the ETag of an answer: 304 is what must come
    rows_before: int = 0  # rows of the list that lie before the page that is asked for


@dataclass(frozen=True)
class Flatness:
    """Pages that must cost about the same: at each size by itself, or each page at both sizes."""

    name: str
    pages: tuple[Subject, ...]
    within: float  # the fastest answers at most so many times as many requests a second as the slowest
    is_across_sizes: bool = False


NEWEST = Query(queries.page())
BY_FILTERS = Query(
    queries.page(queries.OF_COUNTRY, queries.OF_KIND, queries.SINCE, queries.UNTIL),
    {"country": "{country}", "kind": KIND, "since": SINCE, "until": UNTIL},
)

SUBJECTS = (
    Subject(
        "list: the newest 100 with participants",
        ("incidents/",),
        NEWEST,
        # With a count it is mostly the count that is measured, so the target holds without one too.
        {PLAIN: 8, UNCOUNTED: 8, BARE: 0.65, FASTAPI: 1, DATASETTE: 0},
        paths_of={DATASETTE: (FLAT,), UNCOUNTED: ("incidents/?uncounted=1",)},
    ),
    Subject(
        "filtered list: country, kind, dates",
        (FILTERED,),
        BY_FILTERS,
        {PLAIN: 0, BARE: 0, FASTAPI: 0, DATASETTE: 0},
        paths_of={
            DATASETTE: (f"{FLAT}&country={{country}}&kind={KIND}&started_on__gte={SINCE}&started_on__lte={UNTIL}",)
        },
    ),
    Subject(
        "detail with claims and sources",
        tuple(f"incidents/bench-{number}/" for number in DETAILS),
        Query(queries.detail().replace(":slug", "'bench-' || :number"), drawn="number"),
        {PLAIN: 7, BARE: 0, FASTAPI: 0},
    ),
    Subject("304: the list, unchanged", ("incidents/",), NEWEST, {BARE: 5}, is_conditional=True),
    Subject(
        "aggregate by month and country", ("aggregates/?by=month,country",), Query(queries.AGGREGATE), {BARE: 0.85}
    ),
    Subject("list with count=estimate", ("incidents/?count=estimate",)),
    Subject("filtered list with count=estimate", (f"{FILTERED}&count=estimate",)),
)

FLATNESSES = (
    Flatness(
        "page 1, page 1,000 and the last page",
        (
            Subject("page 1", ("incidents/",)),
            Subject("page 1,000", ("incidents/",), rows_before=999 * PAGE),
            Subject("last page, first of the opposite order", ("incidents/?ordering=started_on",)),
        ),
        within=1.2,
    ),
    Flatness("the same filtered page", (Subject("filtered page", (FILTERED,)),), within=1.3, is_across_sizes=True),
)
STEADINESS = 4.0  # p99 at most so many times p50, with 16 clients
SOAKED = Subject("soak: the list, 200 clients", ("incidents/",))
