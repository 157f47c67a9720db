"""Made-up rows in the shape of the UCDP Georeferenced Event Dataset, for measuring: `python -m tests.bench.ged PATH ROWS`.

Nobody and nothing in them exists but the countries. Shares, skew and lengths are those of the published files.
"""

import csv
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import yaml

COLUMNS = (  # noqa: SIM905  # as a list it would fill a screen
    "id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name dyad_dset_id"
    " dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b number_of_sources"
    " source_article source_office source_date source_headline source_original where_prec where_coordinates"
    " where_description adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id region event_clarity"
    " date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob"
).split()
COUNTRIES = 120
GROUPS = 1900  # with a government a country and the civilians, about 2,000 sides
DYADS = {
    1: 700,
    2: 600,
    3: 500,
}  # by type_of_violence; with 1,500 conflicts, since some of type 1 share one
CONFLICTS = 400  # of type 1
TYPES = {1: 70, 2: 15, 3: 15}  # per cent of rows
OFFICES = 3000
PLACES = 6000
YEARS = range(1989, 2024)
NIGHTS = {1: (0, 0), 2: (1, 5), 3: (6, 6), 4: (7, 30), 5: (31, 360)}  # between first and last day, by date_prec
DATE_PRECISIONS = [85, 10.5, 1.5, 2.5, 0.5]
WHERE_PRECISIONS = [179745, 92676, 55381, 36336, 16648, 4881, 251]  # rows of GED 25.1
SOURCES = [*range(1, 11), 15, 30]
SOURCES_WEIGHTS = [74.6, 15.5, 5.5, 1.9, 0.9, 0.6, 0.3, 0.2, 0.1, 0.1, 0.2, 0.1]
UNSPLIT = 0.25  # share of rows whose sources are free text
BROKEN_DESCRIPTIONS = 0.05  # share with a line break; with the headlines', 7 % of rows have one
BROKEN_HEADLINES = 0.017
REPEATED = 0.2  # share of rows with the sources of one of the last rows
RECENT = 200
POOL = 50_000  # texts that rows are put together from
REGIONS = {"africa": "Africa", "americas": "Americas", "asia": "Asia", "europe": "Europe", "middle_east": "Middle East"}
CIVILIANS = ("9999", "1", "Civilians", "")
SYLLABLES = (  # noqa: SIM905  # as a list it would fill a screen
    "ba da ka la ma na ra sa ta za bel dar gor hal jir kan lom mir nor pol qar rem sul tor var wen yam zor ai en ir os um"
).split()
WORDS = (  # noqa: SIM905  # as a list it would fill a screen
    "soldiers rebels clash village attack killed district report police near checkpoint town army says fighting dead on"
    " the in after ambush forces least people wounded militants raid night border province market road from and three two"
).split()

Side = tuple[str, str, str, str]  # the four columns about a side: old id, id, name, number where it is a government


class Dyad(NamedTuple):
    """Two sides, what they fight over, and where."""

    kind: int
    columns: tuple[str, ...]  # type_of_violence to side_b
    numbers: tuple[str, str]  # gwnoa, gwnob
    country: dict[str, Any]


def write(path: Path, rows: int, seed: int = 1) -> None:
    """Write a CSV file of ``rows`` events; the same number and seed make the same file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(events(rows, random.Random(seed)))  # noqa: S311  # numbers that nobody is to keep secret


def events(rows: int, rng: random.Random) -> Iterator[list[Any]]:
    """Make rows in the order of ``COLUMNS``."""
    countries = the_countries()
    places = the_places(rng, countries)
    dyads = the_dyads(rng, countries)
    ranks = {kind: list(accumulate(1 / rank for rank in range(1, number + 1))) for kind, number in DYADS.items()}
    sources = Sources(rng)
    tolls = [toll(rng) for _ in range(POOL)]
    descriptions = [broken(rng, BROKEN_DESCRIPTIONS, sentence(rng, 20, 150)) for _ in range(POOL)]
    wordings = [sentence(rng, 0, 35) for _ in range(POOL)]
    spans = [span(rng) for _ in range(POOL)]
    kinds = rng.choices(list(TYPES), TYPES.values(), k=rows)
    precisions = rng.choices(range(1, 8), WHERE_PRECISIONS, k=rows)
    for number, name in enumerate(rng.sample(range(1, 2 * rows + 1), rows)):
        kind = kinds[number]
        dyad = rng.choices(dyads[kind], cum_weights=ranks[kind])[0]
        country = dyad.country
        year, *days, last = rng.choice(spans)
        place, admin, point = rng.choice(places[country["gwno"]])
        article = sources.draw(last)
        deaths = rng.choice(tolls)
        if kind == 3:  # all of them civilians
            deaths = ("0", "0", deaths[4], "0", *deaths[4:])
        yield [
            name,
            f"{country['iso3'] or 'XXX'}-{year}-{kind}-{dyad.columns[4]}-{number}",
            year,
            1 if number % 33 else 0,
            "Clear",
            *dyad.columns,
            *article,
            rng.choice(wordings),
            precisions[number],
            place,
            rng.choice(descriptions),
            *admin,
            *point,
            country["name"],
            country["gwno"],
            REGIONS[country["region"]],
            1 if number % 14 else 2,
            *days,
            *deaths,
            *dyad.numbers,
        ]


def the_countries() -> list[dict[str, Any]]:
    """Give countries of the project's own list, spread over it, that have a number of Gleditsch and Ward."""
    path = Path(__file__).resolve().parents[2] / "fixtures/countries.yaml"
    with path.open(encoding="utf-8") as file:
        fields = [entry["fields"] for entry in yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))]  # noqa: S506  # both are the safe loader, one of them in C
    numbered = [country for country in fields if country["gwno"] and not country["is_historical"]]
    return numbered[:: len(numbered) // COUNTRIES][:COUNTRIES]


def the_places(rng: random.Random, countries: list[dict[str, Any]]) -> dict[int, list[tuple[Any, ...]]]:
    """Make places by number of country: name, both admin units, and the columns from latitude to priogrid_gid."""
    places = {}
    for country in countries:
        provinces = [f"{name(rng)} province" for _ in range(12)]
        centre = (rng.uniform(-35, 60), rng.uniform(-110, 140))
        places[country["gwno"]] = [
            (
                f"{name(rng)} {rng.choice(['town', 'city', 'village', 'district'])}",
                (rng.choice(provinces), f"{name(rng)} district" if rng.random() < 0.85 else ""),
                point(centre[0] + rng.gauss(0, 2), centre[1] + rng.gauss(0, 2)),
            )
            for _ in range(PLACES // COUNTRIES)
        ]
    return places


def point(latitude: float, longitude: float) -> tuple[str, str, str, int]:
    """Write a point, and the half degree of PRIO-GRID that it is in."""
    cell = int((latitude + 90) * 2) * 720 + int((longitude + 180) * 2) + 1
    return f"{latitude:.6f}", f"{longitude:.6f}", f"POINT ({longitude:.6f} {latitude:.6f})", cell


def the_dyads(rng: random.Random, countries: list[dict[str, Any]]) -> dict[int, list[Dyad]]:
    """Make the dyads by type_of_violence, those with the most events first."""
    governments: list[tuple[Side, dict[str, Any]]] = []
    for number, country in enumerate(countries, 11):
        side = (str(number), str(number), f"Government of {country['name']}", str(country["gwno"]))
        governments.append((side, country))
    rng.shuffle(governments)
    groups: list[Side] = [(str(n), str(n + 1), f"{name(rng)} {name(rng)} Front", "") for n in range(200, 200 + GROUPS)]
    fresh = iter(groups)  # each stands in one dyad at least: 700 of type 1, 1,200 of type 2
    rank = list(accumulate(1 / place for place in range(1, COUNTRIES + 1)))
    conflicts = [(f"{name(rng)} region", *rng.choices(governments, cum_weights=rank)[0]) for _ in range(CONFLICTS)]
    dyads: dict[int, list[Dyad]] = {kind: [] for kind in DYADS}
    for number, kind in enumerate((kind for kind, count in DYADS.items() for _ in range(count)), 1):
        place = number % CONFLICTS if kind == 1 else number
        over, side_a, country = conflicts[place % CONFLICTS]
        side_b = CIVILIANS if kind == 3 else next(fresh)
        if kind == 2:
            side_a = next(fresh)
        if kind == 3 and number % 2:
            side_a = rng.choice(groups)
        if number % 50 == 0 and kind == 1:  # allies
            side_a = (*side_a[:3], f"{side_a[3]};2;200")
        label = f"{side_a[2]} - {side_b[2]}"
        conflict = (str(10_000 + place), str(10_000 + place), f"{country['name']}: {over}" if kind == 1 else label)
        columns = (str(kind), *conflict, str(number), str(number + 1), label)
        dyads[kind].append(Dyad(kind, (*columns, *side_a[:3], *side_b[:3]), (side_a[3], side_b[3]), country))
    return dyads


class Sources:
    """Draws what a row says of its sources."""

    def __init__(self, rng: random.Random) -> None:
        """Make the offices and headlines."""
        self.rng = rng
        self.offices = [
            f"{name(rng)} {rng.choice(['News', 'Press Agency', 'Daily', 'Radio', 'Observer'])}" for _ in range(OFFICES)
        ]
        rank = list(accumulate(1 / place for place in range(1, OFFICES + 1)))
        self.drawn = rng.choices(self.offices, cum_weights=rank, k=POOL)
        self.headlines = [broken(rng, BROKEN_HEADLINES, sentence(rng, 40, 120)) for _ in range(POOL)]
        self.numbers = rng.choices(SOURCES, SOURCES_WEIGHTS, k=POOL)
        self.recent: list[tuple[int, str, str, str, str]] = []

    def draw(self, last: date) -> tuple[int, str, str, str, str]:
        """Give the columns from number_of_sources to source_headline of an event with that last day."""
        if len(self.recent) == RECENT and self.rng.random() < REPEATED:
            return self.rng.choice(self.recent)
        made = self.make(last)
        if len(self.recent) == RECENT:
            self.recent[self.rng.randrange(RECENT)] = made
        else:
            self.recent.append(made)
        return made

    def make(self, last: date) -> tuple[int, str, str, str, str]:
        """Make such columns."""
        choice = self.rng.choice
        if self.rng.random() < UNSPLIT:
            return -1, f'{choice(self.drawn)} {last} "{choice(self.headlines)}"', "", "", ""
        number = choice(self.numbers)
        parts = [(choice(self.drawn), str(last + timedelta(shift)), choice(self.headlines)) for shift in range(number)]
        article = ";".join([f'"{",".join(part)}"' for part in parts])
        office, day, headline = (";".join(column) for column in zip(*parts, strict=True))
        return number, article, office, day, headline


def span(rng: random.Random) -> tuple[Any, ...]:
    """Give year, date_prec, date_start and date_end, which are of that year, and the last day once more as a day."""
    (precision,) = rng.choices(list(NIGHTS), DATE_PRECISIONS)
    nights = rng.randint(*NIGHTS[precision])
    first = date(rng.choice(YEARS), 1, 1) + timedelta(rng.randrange(365 - nights))
    last = first + timedelta(nights)
    return first.year, precision, f"{first} 00:00:00.000", f"{last} 00:00:00.000", last


def toll(rng: random.Random) -> tuple[str, ...]:
    """Give the deaths of the four categories, then best, high and low: few, rarely many, in 1 % out of order."""
    best = 0 if rng.random() < 0.07 else min(int(1.2 * rng.paretovariate(0.95)), 3000)
    parts = [0, 0, 0, 0]
    place = rng.choices(range(4), [20, 35, 25, 20])[0]
    parts[place] = best
    if best > 1 and rng.random() < 0.2:
        other = rng.randint(1, best - 1)
        parts[place] -= other
        parts[place - 1] += other
    high = best + (rng.randint(1, best + 2) if rng.random() < 0.2 else 0)
    low = best - (rng.randint(0, best) if rng.random() < 0.15 else 0)
    if rng.random() < 0.01:
        low, high = rng.choice([(high + 1, high), (low, best - 1 if best else 0)])
    return tuple(map(str, (*parts, best, high, low)))


def name(rng: random.Random) -> str:
    """Make up a name."""
    return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))).capitalize()


def sentence(rng: random.Random, shortest: int, longest: int) -> str:
    """Make up words of so many characters in all."""
    length = rng.randint(shortest, longest)
    return " ".join(rng.choices(WORDS, k=length // 3 + 1))[:length].strip().capitalize()


def broken(rng: random.Random, share: float, text: str) -> str:
    """Break a share of the texts into two lines."""
    return text.replace(" ", "\n", 1) if rng.random() < share else text


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
