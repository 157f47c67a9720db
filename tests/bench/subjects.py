"""What is measured: each subject in one entry, with what it is measured against and the ratios that it must reach.

A new endpoint is a new entry here. Its ``paths`` are asked of the API and of the peers named in ``targets``; where a peer has
another address for it, ``paths_of`` says so. Its ``sql``, if any, is what the same answer costs PostgreSQL alone: it
returns a JSON document a row, and the harness compares these with the API's answer before it measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bench import queries
from tests.bench.servers import DATASETTE, FASTAPI, KEEPING, PLAIN, UNCOUNTED

BARE = "bare SQL"
COMMON = "attack"  # a word that a quarter of the generated incidents hold
YEAR = "date_from=2012-01-01&date_to=2012-12-31"
KIND, SINCE, UNTIL = "shelling", "2004-01-01", "2013-12-31"
FILTERED = f"incidents/?country={{country}}&kind={KIND}&started_on__gte={SINCE}&started_on__lte={UNTIL}"
NEWEST_100, BY_MONTH = "list: the newest 100 with participants", "aggregate by month"
MANY_KILLED, DEADLIEST, A_COUNTRYS_DEADLIEST = (
    "the newest 100 of many killed",
    "the deadliest of all",
    "a country's deadliest",
)
A_YEAR_BY_MONTH = "aggregate a year by month"
# Lenses whose figures the database keeps, and others, whose figures it computes with each answer.
KEPT = {
    "credible claims only": "min_credibility=2",
    "reliable sources only": "min_reliability=B",
    "the median claim": "resolve=median",
}
OF_AN_ACTOR = "according_to={actor}"
COMPUTED = {
    "not kept: improbable claims left out": "min_credibility=4",
    "not kept: fairly reliable sources only": "min_reliability=C",
    "not kept: the latest claim": "resolve=latest",
}
LENSES = KEPT | COMPUTED
DETAILS = range(1, 40_000, 40)  # of generated incidents; all of them published
PAGE = 100  # rows, unless the caller says otherwise
# The newest of one table, without what is nested in an incident; `_size` and the rest are datasette's own.
FLAT = "incidents/incident.json?_shape=objects&_sort_desc=started_on&_size=100&_nocount=1&_nofacet=1"


@dataclass(frozen=True)
class Query:
    """SQL with parameters ``:name``. ``{country}``, ``{actor}`` and ``{base}`` in values are filled in when it runs.

    ``drawn`` names a parameter that is a number of ``DETAILS``, drawn anew for each run.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    drawn: str = ""


@dataclass(frozen=True)
class Subject:
    """One thing that readers ask for."""

    name: str
    paths: tuple[str, ...]  # asked in turn; {country} and {actor} are slugs of what most incidents name
    sql: Query | None = None
    # reference → how many times as many requests a second as it the API must answer; 0 where nothing is demanded
    targets: Mapping[str, float] = field(default_factory=dict)
    paths_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # another subject → how many times its time at one client the API may take; it is measured before
    at_most: Mapping[str, float] = field(default_factory=dict)
    most_clients: int = 16  # more would wait longer than a statement may run
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
        NEWEST_100,
        ("incidents/",),
        NEWEST,
        # With a count it is mostly the count that is measured, so the target holds without one too.
        {PLAIN: 8, UNCOUNTED: 8, BARE: 0.65, FASTAPI: 1, DATASETTE: 0, KEEPING: 0},
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
        "list of the busiest actor",
        ("incidents/?actor={actor}",),
        Query(queries.page(queries.OF_ACTOR), {"actor": "{actor}"}),
        {BARE: 0},
    ),
    Subject(
        "detail with claims and sources",
        tuple(f"incidents/bench-{number}/" for number in DETAILS),
        Query(queries.detail().replace(":slug", "'bench-' || :number"), drawn="number"),
        {PLAIN: 7, BARE: 0, FASTAPI: 0},
    ),
    Subject(
        "search: a common word among incidents",
        (f"search/?q={COMMON}&kinds=incidents",),
        Query(queries.search(COMMON)),
        {BARE: 0},
    ),
    Subject(
        "list by relevance: a common word",
        (f"incidents/?q={COMMON}&ordering=-relevance",),
        Query(queries.relevance(COMMON)),
        {BARE: 0.8},
    ),
    Subject("disagreements: the newest 100", ("disagreements/",)),
    Subject(
        "disagreements: the widest gaps of a year",
        (f"disagreements/?ordering=-gap&date_from={SINCE}&date_to=2004-12-31",),
    ),
    Subject("disagreements: who with whom", ("disagreements/aggregate/?measure=killed",)),
    Subject("304: the list, unchanged", ("incidents/",), NEWEST, {BARE: 5}, is_conditional=True),
    Subject(
        "aggregate by month and country", ("aggregates/?by=month,country",), Query(queries.AGGREGATE), {BARE: 0.85}
    ),
    *(
        Subject(f"lens: the newest 100, {name}", (f"incidents/?{lens}",), at_most={NEWEST_100: 2})
        for name, lens in LENSES.items()
    ),
    Subject(A_COUNTRYS_DEADLIEST, ("incidents/?country={country}&started_on__gte=2022-01-01&ordering=-killed_best",)),
    Subject(DEADLIEST, ("incidents/?ordering=-killed_best",)),
    Subject(MANY_KILLED, ("incidents/?killed_best__gte=50",)),
    *(
        subject
        for place, (credible, median, own) in {
            "": ("min_credibility=2", "resolve=median", OF_AN_ACTOR),
            "not kept: ": ("min_credibility=4", "resolve=latest", f"{OF_AN_ACTOR}&resolve=latest"),
        }.items()
        for subject in (
            Subject(
                f"lens: {place}a country's deadliest, credible claims only",
                (f"incidents/?country={{country}}&started_on__gte=2022-01-01&{credible}&ordering=-killed_best",),
                at_most={NEWEST_100: 5, A_COUNTRYS_DEADLIEST: 5},
            ),
            Subject(
                f"lens: {place}the deadliest of all, credible claims only",
                (f"incidents/?{credible}&ordering=-killed_best",),
                at_most={NEWEST_100: 5, DEADLIEST: 5},
            ),
            Subject(
                f"lens: {place}the newest 100 of many killed, one claim of a group",
                (f"incidents/?{median}&killed_best__gte=50",),
                at_most={NEWEST_100: 5, MANY_KILLED: 5},
            ),
            Subject(
                f"lens: {place}the deadliest, by an actor's own claims",
                (f"incidents/?{own}&ordering=-killed_best",),
                at_most={NEWEST_100: 5, DEADLIEST: 5},
            ),
        )
    ),
    Subject(BY_MONTH, ("aggregates/?by=month",)),
    *(
        Subject(
            f"lens: aggregate by month, {name}",
            (f"aggregates/?by=month&{lens}",),
            at_most={BY_MONTH: 3},
            most_clients=1,
        )
        for name, lens in LENSES.items()
    ),
    # the statement limit is what it must keep to
    Subject(
        "lens: aggregate by month, three lenses compared",
        ("aggregates/?by=month&compare=min_credibility=2;min_reliability=B;everyone",),
        most_clients=1,
    ),
    Subject(A_YEAR_BY_MONTH, (f"aggregates/?by=month&{YEAR}",)),
    *(
        Subject(
            f"lens: aggregate a year by month, {name}",
            (f"aggregates/?by=month&{YEAR}&{lens}",),
            at_most={A_YEAR_BY_MONTH: 3},
        )
        for name, lens in (*KEPT.items(), *list(COMPUTED.items())[:1])
    ),
    Subject(
        "lens: aggregate a year by month, three lenses compared",
        (f"aggregates/?by=month&{YEAR}&compare=min_credibility=2;min_reliability=B;everyone",),
    ),
    Subject("explain one estimate", tuple(f"incidents/bench-{number}/estimate/" for number in DETAILS)),
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
