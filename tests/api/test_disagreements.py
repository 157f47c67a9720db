"""Disagreements as readers see them: five claimants who differ in every way, who differs with whom, and what stays hidden."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.test import Client

from api import contract
from api.exports.formats import FORMATS
from api.views.disagreement import MOST_PAIRS, DisagreementViewSet
from conflictdb.models import Actor, Claim, Dataset, Disagreement, Incident, Source
from tests import make
from tests.api.walking import walk
from tests.five_claimants import PAIRS, shelling

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
MARKET = "2021-shelling-of-wadi-market"


@pytest.fixture
def market() -> Incident:
    """Store the incident of which five claimants differ."""
    return shelling()


def pairs(get: Get, query: str = "") -> set[tuple[str, str]]:
    """Read which claims disagree, as pairs of slugs."""
    rows = get(f"disagreements/?fields=one.slug,other.slug&page_size=1000&{query}")["results"]
    return {(row["one"]["slug"], row["other"]["slug"]) for row in rows}


def of_kind(*kinds: str) -> set[tuple[str, str]]:
    """Choose the pairs of some kinds."""
    return {pair for pair, told in PAIRS.items() if told[0] in kinds}


def holding(*words: str) -> set[tuple[str, str]]:
    """Choose the pairs in which each word stands in one of the claims' slugs."""
    return {pair for pair in PAIRS if all(any(word in slug for slug in pair) for word in words)}


@pytest.mark.usefixtures("market")
def test_five_claimants_differ_in_every_way_and_in_no_other(get: Get) -> None:
    rows = get("disagreements/")["results"]
    told = {
        (row["one"]["slug"], row["other"]["slug"]): tuple(
            row[name] for name in ("kind", "subject", "measure", "victims", "gap", "ratio")
        )
        for row in rows
    }
    assert told == PAIRS
    assert get(f"incidents/{MARKET}/")["disputed"] is True
    assert {told[0] for told in PAIRS.values()} == {"toll", "denial", "responsibility", "answer"}


def test_row_tells_who_says_what_in_which_words(get: Get, market: Incident) -> None:
    (row,) = get("disagreements/?claim=front-at-least-thirty&ordering=-gap&page_size=1")["results"]
    assert row["incident"]["slug"] == market.slug
    assert row["group"] == f"{market.slug}:toll:killed"
    assert (row["at_most"], row["at_least"], row["gap"], row["ratio"]) == (5, 30, 25, 6.0)
    assert row["one"]["claimant"]["name"] == "Ministry of Defence of Dar"
    assert row["other"]["citations"][0]["exact"] == "The front spoke of at least thirty dead."
    assert row["other"]["citations"][0]["source"]["publisher"]["slug"] == "levant-wire"
    assert get(row["url"].split("/api/v1/")[1]) == row


SENTENCES = {
    ("ministry-at-most-five", "hospital-fourteen-civilians"): (
        "Ministry of Defence of Dar said that at most 5 were killed, Wadi General Hospital that at least 14 were "
        "(civilians): 9 or more apart."
    ),
    ("wire-about-forty-injured", "ministry-denies-injured"): (
        "Levant Wire said: “About forty people were hurt.” Ministry of Defence of Dar denied it: “Nobody was injured, "
        "contrary to reports, the ministry said.”"
    ),
    ("front-blames-army", "ministry-blames-front"): (
        "Northern Front held Army of Dar responsible; Ministry of Defence of Dar held Northern Front responsible."
    ),
    ("hospital-at-noon", "monitor-corrects-the-hour"): (
        "Wadi General Hospital said: “The shells fell at noon, the hospital said.” Dar Casualty Monitor corrected it: “They "
        "fell at two, not at noon, the monitor said.”"
    ),
}


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(("pair", "sentence"), SENTENCES.items(), ids=[one for one, _ in SENTENCES])
def test_sentence_says_it_in_plain_words(get: Get, pair: tuple[str, str], sentence: str) -> None:
    found = [
        row["sentence"] for row in get(f"disagreements/?claim={pair[0]}")["results"] if pair[1] == row["other"]["slug"]
    ]
    assert found == [sentence]


def test_sentence_names_nobody_whom_readers_may_not_know(get: Get, market: Incident) -> None:
    hidden = make.make_actor(name="Secret Informant", dataset=make.make_dataset(redistributable=False))
    Claim.objects.filter(slug="front-blames-army").update(claimant=hidden, named_actor=hidden)
    Claim.objects.filter(slug="wire-about-forty-injured").update(claimant=hidden, claimant_wording="a witness")
    answer = json.dumps([get("disagreements/"), get("disagreements/aggregate/")])
    assert "Secret Informant" not in answer
    assert hidden.slug not in answer
    assert "Somebody who is not named here held somebody who is not named here responsible" in answer
    assert "A witness said: " in answer
    row = next(row for row in get(f"disagreements/?incident={market.slug}&kind=responsibility")["results"])
    assert row["one"]["withheld"] == ["claimant", "named_actor"]


def test_source_that_speaks_in_its_own_voice_without_a_publisher_is_the_source_itself(get: Get) -> None:
    incident = make.make_incident()
    for number in (3, 9):
        make.make_citation(claim=make.make_toll(number, incident=incident))
    (row,) = get("disagreements/")["results"]
    sentence = (
        "The source itself said that at most 3 were killed, the source itself that at least 9 were: 6 or more apart."
    )
    assert row["sentence"] == sentence
    assert [each[name] for each in get("disagreements/aggregate/")["results"] for name in ("first", "second")] == [
        None
    ] * 2


def test_words_of_the_source_for_who_speaks_come_before_its_publisher(get: Get) -> None:
    incident = make.make_incident()
    for number, words in ((1, "US officials"), (9, "")):
        claim = make.make_toll(number, incident=incident, claimant_wording=words)
        make.make_citation(claim=claim, source=make.make_source(publisher=make.make_actor(name="The Paper")))
    (row,) = get("disagreements/")["results"]
    assert row["sentence"] == (
        "US officials said that at most 1 was killed, The Paper that at least 9 were: 8 or more apart."
    )


# each filter, and the pairs that it finds
FILTERS: list[tuple[str, set[tuple[str, str]]]] = [
    (f"incident={MARKET}", set(PAIRS)),
    (f"group={MARKET}:toll:killed", {pair for pair, told in PAIRS.items() if told[2] == "killed"}),
    ("kind=denial", of_kind("denial")),
    ("kind__in=toll,answer", of_kind("toll", "answer")),
    ("subject=responsibility", {pair for pair, told in PAIRS.items() if told[1] == "responsibility"}),
    ("measure=injured", holding("injured")),
    ("victims=civilians", holding("fourteen")),
    ("is_answer=true", of_kind("answer")),
    ("gap__gte=10", {pair for pair, told in PAIRS.items() if (told[4] or 0) >= 10}),
    ("gap__lte=9", {pair for pair, told in PAIRS.items() if told[4] and told[4] <= 9}),
    ("gap__isnull=false", of_kind("toll")),
    ("ratio__gte=2.8", {pair for pair, told in PAIRS.items() if (told[5] or 0) >= 2.8}),
    ("claim=monitor-denies-link", {("front-links-to-war", "monitor-denies-link")}),
    ("claimant=dar-monitor", holding("monitor")),
    ("claimant__in=dar-monitor,wadi-hospital", holding("monitor") | holding("hospital")),
    ("claimant=levant-wire", set()),
    ("speaker=levant-wire", holding("wire")),
    ("speaker=wadi-hospital", holding("hospital")),
    ("between=dar-ministry,northern-front", holding("ministry", "front")),
    ("between=northern-front,dar-ministry", holding("ministry", "front")),
    ("between=dar-ministry,levant-wire", holding("wire")),
    ("between=wadi-hospital,levant-wire", set()),
    ("actor=northern-front&role=side_b", set(PAIRS)),
    ("actor=northern-front&role=target", set()),
    ("date_from=2021-04-12&date_to=2021-04-12&date_match=within", set(PAIRS)),
    ("date_from=2021-04-13", set()),
    ("started_on__gte=2021-04-13", set()),
    ("incident__kind=shelling", set(PAIRS)),
    ("incident__kind__in=riot,protest", set()),
    ("killed_high__isnull=true", set(PAIRS)),
    ("q=noon", of_kind("answer")),
    ("q=market", set(PAIRS)),
    ("filter=kind=toll+and+not+(claimant=dar-ministry+or+incident__kind=riot)", of_kind("toll") - holding("ministry")),
    ("filter=(actor=northern-front)+and+(kind=answer+or+measure=injured)", of_kind("answer") | holding("injured")),
]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[query for query, _ in FILTERS])
def test_filter_finds_what_it_says(get: Get, query: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(get, query) == expected
    counted = get(f"disagreements/aggregate/?{query}")["results"]
    assert sum(row["disagreements"] for row in counted) == len(expected)


def test_descendants_hold_for_participants_and_claimants(get: Get, market: Incident) -> None:
    dar, ministry = make.make_actor(slug="dar"), Actor.objects.get(slug="dar-ministry")
    make.make_relation(subject=ministry, object=dar, kind="part_of")
    make.make_participation(incident=market, actor=ministry)
    assert pairs(get, "claimant=dar") == pairs(get, "actor=dar") == set()
    assert pairs(get, "claimant=dar&descendants=true") == holding("ministry")
    assert pairs(get, "actor=dar&descendants=true") == set(PAIRS)


REFUSED = [
    ("between=dar-ministry", "between", '"dar-ministry" does not name two different actors, separated by a comma.'),
    (
        "between=dar-army,dar-army",
        "between",
        '"dar-army,dar-army" does not name two different actors, separated by a comma.',
    ),
    ("between=dar-army,dar-navy", "between", 'There is no actor "dar-navy".'),
    ("speaker=levant-wir", "speaker", 'There is no actor "levant-wir".'),
    ("claim=hospital-at-non", "claim", 'There is no claim "hospital-at-non".'),
    (
        "kind=tol",
        "kind",
        '"tol" is not a term of the vocabulary disagreement-kind: toll, denial, responsibility, answer.',
    ),
    ("date_match=within", "date_match", "Needs date_from or date_to."),
    ("ratio__gte=0.5", "ratio__gte", '"0.5" is not a number from 1 to 2.14748e+09.'),
    ("claimants=dar-army", "claimants", "There is no such parameter here."),
]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("path", ["disagreements/", "disagreements/aggregate/"])
@pytest.mark.parametrize(("query", "parameter", "detail"), REFUSED, ids=[query for query, *_ in REFUSED])
def test_bad_question_is_refused_by_name(get: Get, path: str, query: str, parameter: str, detail: str) -> None:
    (error,) = get(f"{path}?{query}", 400)["errors"]
    assert (error["parameter"], error["detail"]) == (parameter, detail)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "fields=count",
        "format=geojson",
        "ordering=gap",
        "cursor=a",
        "page_size=1",
        "count=exact",
    ],
)
def test_aggregate_takes_filters_and_a_limit_alone(get: Get, query: str) -> None:
    (error,) = get(f"disagreements/aggregate/?{query}", 400)["errors"]
    assert error["parameter"] == query.split("=", maxsplit=1)[0]


@pytest.mark.usefixtures("market")
def test_aggregate_counts_who_differs_with_whom_and_by_how_much(get: Get) -> None:
    answer = get("disagreements/aggregate/")
    assert answer["count"] == 6
    rows = {(row["first"]["slug"], row["second"]["slug"]): row for row in answer["results"]}
    assert list(rows) == [
        ("dar-ministry", "northern-front"),
        ("dar-ministry", "wadi-hospital"),
        ("dar-monitor", "northern-front"),
        ("dar-ministry", "dar-monitor"),
        ("dar-ministry", "levant-wire"),
        ("dar-monitor", "wadi-hospital"),
    ]


@pytest.mark.usefixtures("market")
def test_aggregate_tells_gaps_kinds_and_who_says_more(get: Get) -> None:
    (row,) = [each for each in get("disagreements/aggregate/")["results"] if each["second"]["slug"] == "northern-front"
              and each["first"]["slug"] == "dar-ministry"]  # fmt: skip
    assert {name: value for name, value in row.items() if name not in {"first", "second"}} == {
        "disagreements": 3,
        "incidents": 1,
        "gap_median": 25.0,
        "gap_total": 25,
        "first_says_more": 0,
        "second_says_more": 1,
        "kinds": [
            {"kind": "denial", "measure": "", "disagreements": 1, "incidents": 1, "gap_median": None, "gap_total": None},
            {"kind": "responsibility", "measure": "", "disagreements": 1, "incidents": 1, "gap_median": None,
             "gap_total": None},
            {"kind": "toll", "measure": "killed", "disagreements": 1, "incidents": 1, "gap_median": 25.0, "gap_total": 25},
        ],
    }  # fmt: skip
    assert row["first"] == {name: get("actors/dar-ministry/")[name] for name in ("slug", "name", "kind", "url")}


def test_aggregate_takes_medians_and_sums_over_incidents(get: Get) -> None:
    low, high = make.make_actor(slug="z-low"), make.make_actor(slug="a-high")
    for gap in (2, 3, 10, 40):
        incident = make.make_incident()
        make.make_toll(1, incident=incident, claimant=low)
        make.make_toll(1 + gap, incident=incident, claimant=high)
    make.make_toll(1, incident=incident, claimant=low)
    (row,) = get("disagreements/aggregate/")["results"]
    assert (row["first"]["slug"], row["second"]["slug"]) == ("a-high", "z-low")
    assert (row["disagreements"], row["incidents"], row["gap_median"], row["gap_total"]) == (5, 4, 10.0, 95)
    assert (row["first_says_more"], row["second_says_more"]) == (5, 0)
    assert get("disagreements/aggregate/?gap__lte=3")["results"][0]["gap_median"] == 2.5


@pytest.mark.usefixtures("market")
def test_aggregate_is_cut_and_says_how_many_there_are(get: Get) -> None:
    whole = get("disagreements/aggregate/")
    cut = get("disagreements/aggregate/?limit=2")
    assert cut == {"count": whole["count"], "results": whole["results"][:2]}
    assert whole["count"] == len(whole["results"])


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("query", ["", "kind=toll&measure=killed&gap__gte=1", "claimant={0}&actor={0}&country={1}"])
def test_aggregate_stays_within_its_budget(get: Get, django_assert_num_queries: Any, rows: int, query: str) -> None:
    actor, country = make.make_actor(), make.make_country()
    for _ in range(rows):
        incident = make.make_participation(
            incident=make.make_incident(country=country, place_precision="country"), actor=actor
        ).incident
        make.make_toll(1, incident=incident, claimant=actor)
        make.make_toll(9, incident=incident, claimant=make.make_actor())
    with django_assert_num_queries(1):  # everything, with the revision that it was read at
        assert get(f"disagreements/aggregate/?{query.format(actor.slug, country.slug)}")["count"] == rows


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("path", ["disagreements/", "disagreements/aggregate/"])
def test_unchanged_answer_is_a_304_until_a_claim_changes(client: Client, path: str) -> None:
    tag = client.get(f"/api/v1/{path}").headers["ETag"]
    assert client.get(f"/api/v1/{path}", headers={"if-none-match": tag}).status_code == 304
    assert client.get(f"/api/v1/{path}?kind=toll").headers["ETag"] != tag


@pytest.mark.parametrize("order", [sign + order for order in DisagreementViewSet.orders for sign in ("", "-")])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_walk_meets_every_pair_once_in_every_order(get: Get, order: str, size: int) -> None:
    shelling()
    for day in ("2021-01-01", None, "2022-02-02"):
        incident = make.make_incident(started_on=day, ended_on=day, date_precision="day" if day else "unknown")
        for number in (1, 3, 3, 9):
            make.make_toll(number, incident=incident)
    rows = [row for page in walk(get, f"disagreements/?ordering={order}&page_size={size}") for row in page]
    assert len(rows) == len({row["slug"] for row in rows}) == len(PAIRS) + 3 * 5
    keys = [row[order.removeprefix("-")] for row in rows]
    known = [key for key in keys if key is not None]
    assert known == sorted(known, reverse=order.startswith("-"))
    nulls = [None] * (len(keys) - len(known))
    assert keys == (known + nulls if order.startswith("-") else nulls + known)


@pytest.mark.parametrize("match", ["overlaps", "within"])
@pytest.mark.parametrize(
    "window", ["date_from=2020-03-01", "date_to=2020-03-01", "date_from=2020-03-01&date_to=2020-03-20"]
)
def test_window_finds_the_pairs_of_the_incidents_that_it_finds(get: Get, window: str, match: str) -> None:
    for first, last, precision in (
        ("2020-03-05", "2020-03-05", "day"),
        ("2020-03-01", "2020-03-01", "day"),
        ("2019-12-01", "2020-11-30", "year"),
        ("2019-01-01", "2019-12-31", "year"),
        ("2010-01-01", "2021-01-01", "longer"),
        ("2010-01-01", "2012-01-01", "longer"),
        ("2020-06-01", None, "unknown"),
        (None, "2020-03-10", "unknown"),
        (None, "2019-03-10", "unknown"),
        (None, None, "unknown"),
    ):
        incident = make.make_incident(started_on=first, ended_on=last, date_precision=precision)
        for number in (1, 9):
            make.make_toll(number, incident=incident)
    asked = f"{window}&date_match={match}"
    incidents = sorted(row["slug"] for row in get(f"incidents/?fields=slug&{asked}")["results"])
    found = get(f"disagreements/?fields=incident.slug&{asked}")["results"]
    assert sorted(row["incident"]["slug"] for row in found) == incidents
    assert 0 < len(incidents) < 10


def test_newest_incident_comes_first_and_the_widest_gap_where_asked(get: Get) -> None:
    for year, low in ((2020, 1), (2022, 5), (2021, 3)):
        incident = make.make_incident(started_on=f"{year}-01-01", ended_on=f"{year}-01-01", date_precision="day")
        make.make_toll(low, incident=incident)
        make.make_toll(10, incident=incident)
    assert [row["started_on"][:4] for row in get("disagreements/")["results"]] == ["2022", "2021", "2020"]
    assert [row["gap"] for row in get("disagreements/?ordering=-gap")["results"]] == [9, 7, 5]


def retract_incident(incident: Incident) -> None:
    """Retract the incident."""
    Incident.objects.filter(pk=incident.pk).update(status="retracted", status_reason="Twice.")


def withhold_all(_: Incident) -> None:
    """Withhold the dataset of everything."""
    Dataset.objects.update(redistributable=False)


def retract_claims(_: Incident) -> None:
    """Retract the other claim of each pair."""
    Claim.objects.filter(slug__in=[other for _, other in PAIRS]).update(status="retracted", status_reason="Wrong.")


def supersede_claims(incident: Incident) -> None:
    """Supersede one claim of each pair."""
    later = make.make_claim(incident=incident)
    Claim.objects.filter(slug__in=[one for one, _ in PAIRS]).update(status="superseded", superseded_by=later)


def tie_to_the_withheld(_: Incident) -> None:
    """Have the claims be about an actor as well who is withheld, so that nobody may see them."""
    hidden = make.make_actor(dataset=make.make_dataset(redistributable=False))
    Claim.objects.filter(slug__in=[one for one, _ in PAIRS]).update(actor=hidden)


def withhold_claims(_: Incident) -> None:
    """Put one claim of each pair under a dataset that is withheld."""
    Claim.objects.filter(slug__in=[one for one, _ in PAIRS]).update(dataset=make.make_dataset(redistributable=False))


HIDINGS = [retract_incident, withhold_all, retract_claims, supersede_claims, tie_to_the_withheld, withhold_claims]


@pytest.mark.parametrize("hide", HIDINGS, ids=[hide.__name__ for hide in HIDINGS])
def test_what_is_hidden_disagrees_with_nobody(get: Get, market: Incident, hide: Callable[[Incident], None]) -> None:
    rows = get("disagreements/")["results"]
    assert get("disagreements/aggregate/")["count"] > 0
    hide(market)
    assert get("disagreements/") == {"count": None, "next": None, "results": []}
    assert get("disagreements/?count=exact")["count"] == 0
    assert get("disagreements/aggregate/") == {"count": 0, "results": []}
    for row in rows:
        get(row["url"].split("/api/v1/")[1], 404)


def test_drafts_disagree_with_nobody(get: Get) -> None:
    shelling(status="draft")
    assert Disagreement.objects.count() == len(PAIRS)  # which the editors see
    assert get("disagreements/")["results"] == get("disagreements/aggregate/")["results"] == []


def test_publisher_of_a_withheld_source_speaks_to_nobody(get: Get, market: Incident) -> None:
    Source.objects.update(dataset=make.make_dataset(redistributable=False))
    assert pairs(get, "speaker=levant-wire") == set()
    (row,) = get(f"disagreements/?incident={market.slug}&measure=injured")["results"]
    assert row["sentence"].startswith("The source itself said: ")
    assert "levant" not in json.dumps(get("disagreements/aggregate/")).lower()


def test_contract_of_the_aggregate_is_what_it_takes_and_gives(get: Get, market: Incident) -> None:
    operation = yaml.safe_load(contract.FILE.read_text(encoding="utf-8"))["paths"]["/api/v1/disagreements/aggregate/"][
        "get"
    ]
    view = DisagreementViewSet(detail=False, action="aggregate")
    given = {each["name"]: each["schema"] for each in operation["parameters"]}
    assert {
        name: {key: value for key, value in schema.items() if key != "default"} for name, schema in given.items()
    } == {name: value_type.schema for name, value_type in view.parameters().items()}
    assert given["limit"]["default"] == MOST_PAIRS
    answered = operation["responses"]["200"]
    assert answered["content"].keys() == {"application/json", *(each.media_type for each in FORMATS.values())} - {
        "application/geo+json"
    }
    assert answered["headers"].keys() == {"Conflictdb-Revision", "Content-Disposition", "Link"}
    assert Disagreement.objects.filter(incident=market).exists()
    assert get("disagreements/aggregate/")["results"]
