"""Aggregates of UCDP's published files, held against a few lines that add up the same files with `csv` alone."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from conflictdb.models import Actor, Conflict, Country
from conflictdb.vocabularies import DatePrecision, IncidentKind, PlacePrecision, Region
from tests.conflictdb.ingest.test_real_loads import Loaded, Row, each_file, figures_of, loaded  # noqa: F401 – a fixture
from tests.conflictdb.ingest.test_ucdp_real import REAL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not beside the checkout"),
    each_file,
]
# Three rows of 2021 have the cell of another point, 15 east and 1 south, than the one that they are at, 25 east and 0 north.
MOVED = dict.fromkeys(("419588", "425569", "425327"), 130_011)
UNIT = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
}


def first_day(row: Row) -> date:
    """Read the first day of a row, of whichever layout."""
    return date.fromisoformat(row["date_start"][:10])


def last_day(row: Row) -> date:
    """Read the last day of a row."""
    return date.fromisoformat(row["date_end"][:10])


def added(rows: Iterable[Row], keys: Callable[[Row], Iterable[Any]]) -> dict[Any, tuple[int, ...]]:
    """Count rows, and add up their figures, by each of the keys that a row has."""
    found: dict[Any, Counter[str]] = {}
    for row in rows:
        for key in set(keys(row)):
            figures = dict(zip(("low", "best", "high"), figures_of(row), strict=True))
            found.setdefault(key, Counter()).update({"incidents": 1, **figures})
    return {key: tuple(sums[name] for name in ("incidents", "low", "best", "high")) for key, sums in found.items()}


def told(answer: Any) -> dict[Any, tuple[int, ...]]:
    """Read an answer's rows in that form; of records, their slugs. All of UCDP's figures are known and closed."""
    found = {}
    for row in answer["results"]:
        values = [row[name]["slug"] if isinstance(row[name], dict) else row[name] for name in answer["by"]]
        killed = row["killed"]
        assert (killed["is_open"], killed["open"], killed["unknown"], killed["not_reported"]) == (False, 0, 0, 0)
        assert killed["reported"] == killed["with_best"] == row["incidents"]
        found[tuple(values)] = (row["incidents"], killed["low"], killed["best"], killed["high"])
    assert len(found) == len(answer["results"])
    return found


def slugs(model: Any, column: str) -> dict[str, str]:
    """Map what UCDP calls records to our slugs."""
    return {str(key): slug for key, slug in model.objects.values_list(column, "slug")}


@pytest.mark.parametrize("unit", UNIT)
def test_deaths_by_time_and_country(get: Any, loaded: Loaded, unit: str) -> None:  # noqa: F811 – the fixture
    country = slugs(Country, "gwno")
    expected = added(loaded.rows, lambda row: [(str(UNIT[unit](first_day(row))), country[row["country_id"]])])
    answer = get(f"aggregates/?by={unit},country")
    assert told(answer) == expected
    assert answer["totals"]["killed"]["best"] == sum(figures_of(row)[1] for row in loaded.rows)
    assert answer["spanning"] == sum(UNIT[unit](first_day(row)) != UNIT[unit](last_day(row)) for row in loaded.rows)


def test_deaths_by_year_and_actor(get: Any, loaded: Loaded) -> None:  # noqa: F811 – the fixture
    actor = slugs(Actor, "external_id")

    def keys(row: Row) -> list[Any]:
        sides = (actor[f"ucdp-actor:{int(float(row[f'side_{side}_new_id']))}"] for side in "ab")
        return [(first_day(row).year, side) for side in sides]

    answer = get("aggregates/?by=year,actor")
    assert told(answer) == added(loaded.rows, keys)
    assert answer["totals"]["incidents"] == len(loaded.rows)


def test_deaths_by_kind_region_and_dyad(get: Any, loaded: Loaded) -> None:  # noqa: F811 – the fixture
    kinds = {code: term.value for term in IncidentKind for code in term.term.crosswalk.get("ucdp", ())}
    regions = {name: term.value for term in Region for name in term.term.crosswalk.get("ucdp", ())}
    dyad, conflict = slugs(Conflict, "external_id"), slugs(Conflict, "external_id")
    assert told(get("aggregates/?by=kind,region,dyad")) == added(
        loaded.rows,
        lambda row: [
            (kinds[row["type_of_violence"]], regions[row["region"]], dyad[f"ucdp-dyad:{int(row['dyad_new_id'])}"])
        ],
    )
    assert told(get("aggregates/?by=conflict")) == added(
        loaded.rows, lambda row: [(conflict[f"ucdp-conflict:{int(row['conflict_new_id'])}"],)]
    )


def test_deaths_by_cell_are_where_ucdp_puts_them(get: Any, loaded: Loaded) -> None:  # noqa: F811 – the fixture
    expected = added(loaded.rows, lambda row: [(MOVED.get(row["id"]) or int(row["priogrid_gid"]),)])
    assert told(get("aggregates/?by=priogrid")) == expected


def test_deaths_by_precision(get: Any, loaded: Loaded) -> None:  # noqa: F811 – the fixture
    places = {code: term.value for term in PlacePrecision for code in term.term.crosswalk.get("ucdp", ())}
    expected = added(loaded.rows, lambda row: [(places[row["where_prec"]],)])
    assert told(get("aggregates/?by=place_precision")) == expected
    dates = Counter(row["date_precision"] for row in get("aggregates/?by=date_precision")["results"])
    assert set(dates) <= set(DatePrecision.values)


def test_deaths_spread_by_days(get: Any, loaded: Loaded) -> None:  # noqa: F811 – the fixture
    expected: Counter[str] = Counter()
    for row in loaded.rows:
        days = (last_day(row) - first_day(row)).days + 1
        for number in range(days):
            day = first_day(row) + timedelta(days=number)
            expected[str(day.replace(day=1))] += figures_of(row)[1] / days  # type: ignore[assignment]  # parts of people
    answer = get("aggregates/?by=month&spans=spread")
    assert {row["month"]: row["killed"]["best"] for row in answer["results"]} == pytest.approx(dict(expected), abs=1e-5)
    without = get("aggregates/?by=month&spans=exclude")
    inside = [
        row
        for row in loaded.rows
        if (first_day(row).year, first_day(row).month) == (last_day(row).year, last_day(row).month)
    ]
    assert told(without) == added(inside, lambda row: [(str(first_day(row).replace(day=1)),)])
    assert without["left_out"] == {"unknown": 0, "spanning": len(loaded.rows) - len(inside)}


@pytest.mark.usefixtures("loaded")
def test_filters_are_those_of_the_list(get: Any) -> None:
    for asked in (
        "killed_best__gte=5",
        "max_place_precision=near&max_date_precision=day",
        "q=police",
        "bbox=0,0,60,40",
    ):
        count = get(f"incidents/?{asked}&count=exact&page_size=1")["count"]
        answer = get(f"aggregates/?by=month,country&{asked}")
        assert answer["totals"]["incidents"] == sum(row["incidents"] for row in answer["results"]) == count
