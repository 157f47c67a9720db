"""What aggregates say of nothing, of zero and of the unknown; buckets that are filled; what is refused; how it is read."""

from datetime import date
from typing import Any

import pytest

from tests import make
from tests.api import aggregating

pytestmark = pytest.mark.django_db


def test_zero_unknown_and_not_reported_are_three_things(get: Any) -> None:
    make.make_toll(0, incident=make.make_incident(kind="riot"))
    make.make_toll(None, incident=make.make_incident(kind="strike"))
    make.make_incident(kind="protest")
    aggregating.make_open_toll(5, incident=make.make_incident(kind="arrest"))
    none = {
        "low": None,
        "best": None,
        "high": None,
        "is_open": False,
        "with_best": 0,
        "open": 0,
        "unknown": 0,
        "reported": 0,
        "not_reported": 0,
    }
    assert {key[0]: row["killed"] for key, row in aggregating.read(get("aggregates/?by=kind")).items()} == {
        "arrest": none | {"low": 5, "is_open": True, "open": 1, "reported": 1},
        "protest": none | {"not_reported": 1},
        "riot": none | {"low": 0, "best": 0, "high": 0, "with_best": 1, "reported": 1},
        "strike": none | {"unknown": 1, "reported": 1},
    }


def test_no_incident_is_no_row(get: Any) -> None:
    answer = get("aggregates/?by=country,month&kind=riot&measures=incidents,claims,killed")
    nothing = {"low": None, "best": None, "high": None, "is_open": False}
    counts = dict.fromkeys(("with_best", "open", "unknown", "reported", "not_reported"), 0)
    assert answer == {
        "by": ["country", "month"],
        "measures": ["incidents", "claims", "killed"],
        "totals": {"incidents": 0, "claims": 0, "killed": nothing | counts},
        "spanning": 0,
        "left_out": {"unknown": 0, "spanning": 0},
        "results": [],
    }
    assert get("aggregates/?by=actor&kind=riot&spans=start", 400)["errors"][0]["parameter"] == "spans"


def days(*given: str, **fields: Any) -> None:
    """Store an incident for each of some days."""
    for day in given:
        make.make_toll(2, incident=make.make_incident(started_on=day, ended_on=day, date_precision="day", **fields))


def counts(answer: Any) -> dict[tuple[Any, ...], Any]:
    """Read how many incidents each row has."""
    return {key: row["incidents"] for key, row in aggregating.read(answer).items()}


def test_empty_buckets_are_zeros_between_the_first_and_the_last(get: Any) -> None:
    days("2019-11-30", "2020-02-29")
    assert [*counts(get("aggregates/?by=month")).items()] == [(("2019-11-01",), 1), (("2020-02-01",), 1)]
    answer = get("aggregates/?by=month&fill=zero&measures=incidents,claims,killed")
    assert [*counts(answer).items()] == [
        (("2019-11-01",), 1), (("2019-12-01",), 0), (("2020-01-01",), 0), (("2020-02-01",), 1),
    ]  # fmt: skip
    empty = {"low": 0, "best": 0, "high": 0, "is_open": False}
    none = dict.fromkeys(("with_best", "open", "unknown", "reported", "not_reported"), 0)
    assert answer["results"][1] == {"month": "2019-12-01", "incidents": 0, "claims": 0, "killed": empty | none}
    assert answer["totals"]["incidents"] == 2


@pytest.mark.parametrize(
    ("unit", "first", "buckets"),
    [
        ("day", "2020-01-01", 45),
        ("week", "2019-12-30", 7),
        ("month", "2020-01-01", 2),
        ("quarter", "2020-01-01", 1),
        ("year", 2020, 1),
    ],
)
def test_window_that_was_asked_for_is_filled(get: Any, unit: str, first: Any, buckets: int) -> None:
    days("2020-01-20")
    for window in ("date_from=2020-01-01&date_to=2020-02-14", "started_on__gte=2020-01-01&started_on__lte=2020-02-14"):
        found = counts(get(f"aggregates/?by={unit}&fill=zero&{window}"))
        assert len(found) == buckets
        assert next(iter(found)) == (first,)
        assert sum(found.values()) == 1
    assert len(counts(get("aggregates/?by=day&fill=zero&date_from=2021-01-01&date_to=2021-03-31"))) == 90
    assert counts(get("aggregates/?by=day&fill=zero&date_from=2021-01-01")) == {}


def test_buckets_are_filled_for_each_combination_that_there_is(get: Any) -> None:
    land = make.make_country(slug="land")
    days("2020-01-05", kind="riot", country=land, place_precision="country")
    days("2020-03-05", kind="strike")
    make.make_incident(kind="strike")
    found = counts(get("aggregates/?by=kind,country,month&fill=zero"))
    months = ("2020-01-01", "2020-02-01", "2020-03-01")
    assert [*found.items()] == [
        *((("riot", "land", month), int(month == months[0])) for month in months),
        (("strike", None, None), 1),
        *((("strike", None, month), int(month == months[2])) for month in months),
    ]
    known = counts(get("aggregates/?by=kind,country,month&fill=zero&include_unknown=false"))
    assert known == {("riot", "land", months[0]): 1}


def test_group_without_any_report_stays_unknown_where_buckets_are_filled(get: Any) -> None:
    make.make_incident(started_on="2020-01-01", ended_on="2020-01-01", date_precision="day")
    days("2020-01-03")
    killed = [row["killed"]["best"] for row in get("aggregates/?by=day&fill=zero")["results"]]
    assert killed == [None, 0, 2]


@pytest.mark.parametrize(
    "query",
    ["by=day&date_from=0001-01-01&date_to=9999-12-31", "by=day,country&date_from=1800-01-01&date_to=2020-12-31"],
)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_answer_of_too_many_rows_is_refused_and_not_cut(get: Any, query: str, form: str) -> None:
    for _ in range(2):
        days("2020-01-01", country=make.make_country(), place_precision="country")
    (error,) = get(f"aggregates/?{query}&fill=zero&format={form}", 400)["errors"]
    assert error["parameter"] == "by"
    assert error["detail"].startswith("Gives more than 100,000 rows, the most that one answer has.")


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("by=mont", "by", '"mont" is none of: day, week, month, quarter, year, country'),
        ("by=month,month", "by", "Holds 2 names; it takes up to 3, each once."),
        ("by=month,country,kind,region", "by", "Holds 4 names; it takes up to 3, each once."),
        ("by=month,year", "by", "Takes one dimension of time, not month and year: the coarser follows from the finer."),
        ("measures=killd", "measures", '"killd" is none of: incidents, claims, killed, injured.'),
        ("by=kind&fill=zero", "fill", "Needs a dimension of time: by=day, week, month, quarter, year."),
        ("by=kind&spans=spread", "spans", "Needs a dimension of time: by=day, week, month, quarter, year."),
        ("by=month&fill=0", "fill", '"0" is none of: zero.'),
        ("by=kind&ordering=month", "ordering", "Not asked for: month; what is: kind, incidents, killed_low, killed_best"),
        ("by=kind&ordering=kind,-kind", "ordering", "Names something twice."),
        ("by=kind&page_size=5", "page_size", "There is no such parameter here."),
        ("by=kind&hxl=true", "hxl", "Is for csv; the answer would be json."),
        ("by=kind&format=parquet&hxl=true", "hxl", "Is for csv; the answer would be parquet."),
        ("by=kind&format=geojson", "format", "Needs cells, which are places on a map: by=priogrid"),
        ("by=kind&country=nowhere", "country", 'There is no country "nowhere".'),
        ("by=kind&date_match=within", "date_match", "Needs date_from or date_to."),
        ("by=kind&include_unknown=no", "include_unknown", '"no" is neither "true" nor "false".'),
    ],
)  # fmt: skip
def test_bad_question_is_refused_by_name(get: Any, query: str, parameter: str, detail: str) -> None:
    (error,) = get(f"aggregates/?{query}", 400)["errors"]
    assert error["parameter"] == parameter
    assert error["detail"].startswith(detail)


def test_near_names_are_told(get: Any) -> None:
    assert get("aggregates/?by=mont", 400)["errors"][0]["nearest"][0] == "month"
    assert get("aggregates/?measures=killd", 400)["errors"][0]["nearest"] == ["killed"]


@pytest.mark.parametrize(
    "query",
    ["", "by=month,country", "by=actor,role,year&measures=claims,killed", "by=claimant,publisher&measures=claims",
     "by=week&spans=spread&fill=zero&include_unknown=false", "by=priogrid,dataset,conflict&role=target&ordering=-incidents"],
)  # fmt: skip
def test_answer_is_one_statement(get: Any, query: str, django_assert_num_queries: Any) -> None:
    days("2020-01-01", "2020-01-02")
    make.make_participation(role="target")
    with django_assert_num_queries(1):
        assert get(f"aggregates/?{query}")["results"]


def test_answer_is_kept_until_something_changes(client: Any) -> None:
    days("2020-01-01")
    address = "/api/v1/aggregates/?by=month"
    first = client.get(address)
    assert first.headers["Cache-Control"] == client.get("/api/v1/incidents/").headers["Cache-Control"]
    etag = first.headers["ETag"]
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304
    assert client.get(f"{address}&fill=zero", headers={"if-none-match": etag}).status_code == 200


def test_year_is_counted_by_where_nothing_is_asked(get: Any) -> None:
    days("2020-05-01")
    answer = get("aggregates/")
    assert (answer["by"], answer["measures"]) == (["year"], ["incidents", "killed"])
    assert counts(answer) == {(date(2020, 5, 1).year,): 1}
