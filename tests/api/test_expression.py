"""``filter=``: what an expression finds is what its single conditions find, joined as sets; a fault names its character."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from api import reading
from api.filters.incident import IncidentFilterSet
from api.filters.values import BadValue
from conflictdb.models import Claim, Incident
from tests import make
from tests.api.walking import walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]


def found(get: Callable[..., Any], expression: str, prefix: str = "incidents") -> set[str]:
    """Read which records an expression finds."""
    path = f"{prefix}/?filter={quote(expression)}&fields=slug&page_size=1000"
    return {row["slug"] for row in get(path)["results"]}


def listed(get: Callable[..., Any], query: str = "") -> set[str]:
    """Read which incidents single parameters find."""
    return {row["slug"] for row in get(f"incidents/?{query}&fields=slug&page_size=1000")["results"]}


@pytest.fixture
def everything() -> None:
    """Store, beside the seed dataset, incidents with and without days, figures, places and participants."""
    country = make.make_country(slug="nowhere", region="africa")
    for number in range(8):
        known = {"latitude": 10.0 * number, "longitude": 20.0, "country": country, "place_precision": "near"}
        incident = make.make_incident(kind="riot" if number % 2 else "protest", **(known if number % 3 else {}))
        if number % 4:
            make.make_toll(number, incident=incident)
        for role in ("initiator", "target")[: number % 3]:
            make.make_participation(incident=incident, role=role)


LEAVES = [
    "kind=riot", "kind__in=protest,armed_attack", "country=syria", "country__isnull=true", "region=africa",
    "killed_best__gte=3", "killed_best__isnull=true", "disputed=true", "role=target", "actor=united-states",
    "claimant=syrian-observatory-for-human-rights", "date_from=2023-10-18", "bbox=0,5,30,45", "max_place_precision=near",
    "q=strikes", "place_name__icontains=a", "updated_since=2000-01-01T00:00:00Z", "weapons=rockets", "has_claims_by=iran",
]  # fmt: skip


@pytest.mark.usefixtures("everything")
def test_expression_finds_what_its_conditions_find_joined_as_sets(get: Callable[..., Any]) -> None:
    rng = random.Random(7)  # noqa: S311 – trees that nobody is to keep secret
    single = {leaf: listed(get, leaf) for leaf in LEAVES}
    whole = listed(get)
    assert all(single.values())

    def grown(depth: int) -> tuple[str, set[str]]:
        """Grow a tree: as it is written, every operand in parentheses, and what it finds."""
        how = rng.choice(["and", "or", "not"]) if depth else "leaf"
        if how == "leaf":
            leaf = rng.choice(LEAVES)
            return leaf, single[leaf]
        written, rows = grown(depth - 1)
        if how == "not":
            return f"not ({written})", whole - rows
        other, more = grown(depth - 1)
        return f"({written}) {how} ({other})", rows & more if how == "and" else rows | more

    for turn in range(60):
        written, rows = grown(1 + turn % 4)
        assert found(get, written) == rows, written
    for leaf, rows in single.items():
        assert found(get, leaf) == rows
        assert found(get, f"not {leaf}") == whole - rows, leaf


@pytest.mark.usefixtures("everything")
def test_and_binds_closer_than_or_and_not_closest(get: Callable[..., Any]) -> None:
    riot, protest, deadly = (listed(get, query) for query in ("kind=riot", "kind=protest", "killed_best__gte=3"))
    whole = listed(get)
    assert found(get, "kind=protest or kind=riot and killed_best__gte=3") == protest | (riot & deadly)
    assert found(get, "kind=riot and killed_best__gte=3 or kind=protest") == protest | (riot & deadly)
    assert found(get, "(kind=protest or kind=riot) and killed_best__gte=3") == (protest | riot) & deadly
    assert found(get, "not kind=riot and killed_best__gte=3") == (whole - riot) & deadly
    assert found(get, "not (kind=riot and killed_best__gte=3)") == whole - (riot & deadly)
    assert found(get, "not not kind=riot") == riot
    assert found(get, " ( kind = riot OR kind=protest )AND NOT(killed_best__gte=3) ") == (riot | protest) - deadly


def test_conditions_beside_one_and_hold_for_one_participant(get: Callable[..., Any]) -> None:
    x, y = make.make_actor(slug="x"), make.make_actor(slug="y")
    incident = make.make_incident(slug="both")
    make.make_participation(incident=incident, actor=x, role="initiator")
    make.make_participation(incident=incident, actor=y, role="target")
    assert found(get, "actor=x and role=initiator") == {"both"}
    assert found(get, "actor=x and role=target") == set()
    assert found(get, "actor=x and kind=armed_attack and role=target") == set()
    assert found(get, "(actor=x) and role=target and kind=armed_attack") == {"both"}
    assert found(get, "(actor=x) and (actor=y)") == {"both"}
    assert found(get, "(actor=x and role=target) or actor=y and role=target") == {"both"}
    assert found(get, "actor=x and not role=victim") == {"both"}
    assert found(get, "actor=x and not (role=target)") == set()  # nobody is a target, of all who took part
    assert listed(get, "actor=x&filter=role%3Dtarget") == {"both"}  # single parameters are a group of their own


def test_modifiers_hold_within_their_group(get: Callable[..., Any]) -> None:
    whole, half = make.make_actor(slug="whole"), make.make_actor(slug="half")
    make.make_relation(subject=half, object=whole, kind="part_of")
    make.make_participation(incident=make.make_incident(slug="of-half"), actor=half)
    make.make_participation(incident=make.make_incident(slug="of-whole"), actor=whole)
    make.make_incident(slug="here", latitude=1, longitude=1, place_precision="exact")
    assert found(get, "actor=whole and descendants=true") == {"of-half", "of-whole"}
    assert found(get, "(actor=whole and descendants=true) and not actor=whole") == {"of-half"}
    assert found(get, "(near=1,1 and radius_km=1) or actor=whole") == {"here", "of-whole"}


def test_values_may_hold_anything_in_quotes(get: Callable[..., Any]) -> None:
    for number, place in enumerate(['a "quoted" (word)', "back\\slash", "it's 100% {0} $1 %s and or", "plain"]):
        make.make_incident(slug=f"odd-{number}", place_name=place)
    assert found(get, r'place_name__icontains="\"quoted\" (wo"') == {"odd-0"}
    assert found(get, r'place_name__icontains="k\\s"') == {"odd-1"}
    assert found(get, 'place_name__icontains="100% {0} $1 %s and or"') == {"odd-2"}
    assert found(get, "place_name__icontains=it's") == {"odd-2"}
    assert found(get, "slug__in=odd-0,odd-3") == {"odd-0", "odd-3"}
    assert found(get, 'slug__in="odd-0,odd-3"') == {"odd-0", "odd-3"}


def test_default_status_holds_until_the_expression_names_one(get: Callable[..., Any]) -> None:
    make.make_incident(slug="gone", status="retracted", status_reason="Twice.", kind="riot")
    make.make_incident(slug="kept", kind="riot")
    assert found(get, "kind=riot") == {"kept"}
    assert found(get, "kind=riot and (status=retracted or disputed=true)") == {"gone"}
    assert found(get, "kind=riot and not status__in=retracted") == {"kept"}
    assert "draft" not in repr(get("incidents/?filter=status%3Ddraft", 400)["errors"][0]["nearest"])


def test_drafts_stay_hidden_from_negations(get: Callable[..., Any]) -> None:
    make.make_incident(slug="draft", status="draft")
    hidden = make.make_actor(dataset=make.make_dataset(redistributable=False))
    make.make_participation(incident=make.make_incident(slug="by-hidden"), actor=hidden, role="side_a")
    rows = found(get, "not status=retracted or not kind=riot")
    assert "draft" not in rows
    assert "by-hidden" in found(get, "not role=side_a")
    assert "by-hidden" not in found(get, "role=side_a")


def test_every_list_reads_expressions(get: Callable[..., Any]) -> None:
    assert found(get, "kind=monitor or kind=person", "actors") == {
        row["slug"] for row in get("actors/?kind__in=monitor,person&page_size=1000")["results"]
    }
    killed = Claim.objects.public().filter(status="standing", measure="killed", low__isnull=False)
    assert found(get, "measure=killed and not low__isnull=true", "claims") == {claim.slug for claim in killed}
    for prefix in ("sources", "conflicts", "datasets", "countries"):
        assert found(get, "not slug=x", prefix)


@pytest.mark.usefixtures("everything")
def test_pages_follow_an_expression(get: Callable[..., Any]) -> None:
    path = f"incidents/?filter={quote('kind=riot or not country=syria')}&page_size=3&fields=slug"
    met = [row["slug"] for page in walk(get, path) for row in page]
    assert sorted(met) == sorted(found(get, "kind=riot or not country=syria"))
    cursor = urlsplit(get(path)["next"]).query.split("cursor=")[1].split("&")[0]
    (error,) = get(f"incidents/?filter=kind%3Driot&cursor={cursor}", 400)["errors"]
    assert error["parameter"] == "cursor"
    assert get(f"{path}&count=exact")["count"] == len(met)


def test_expression_is_compiled_once(get: Callable[..., Any], django_assert_num_queries: Any) -> None:
    found(get, "kind=riot or kind=protest")
    before = reading.list_statement.cache_info().misses
    with django_assert_num_queries(1):
        found(get, "kind=riot  or  kind=protest")  # the same expression, differently written
    assert reading.list_statement.cache_info().misses == before


DEEP = "(" * 9 + "kind=riot" + ")" * 9


@pytest.mark.parametrize(
    ("expression", "detail", "nearest"),
    [
        ("contry=syria", 'At character 1: there is no filter "contry" here.', "country"),
        ("kind=riot and contry=syria", 'At character 15: there is no filter "contry" here.', "country"),
        ("kind=riott", 'At character 6: kind: "riott" is not a term of the vocabulary incident-kind:', "riot"),
        ("kind=riot or country=siria", 'At character 22: country: There is no country "siria".', None),
        ("kind=riot or country=syri", 'At character 22: country: There is no country "syri".', "syria"),
        ("country__in=syria,iraqq", 'At character 13: country__in: There is no country "iraqq".', "iraq"),
        ("kind=riot country=syria", 'At character 11: expected "and", "or" or the end.', None),
        ("(kind=riot", 'At character 11: expected "and", "or" or the ")" for the "(" at 1.', None),
        ("kind=riot)", 'At character 10: this ")" closes nothing.', None),
        ("(kind=riot or (q=us) kind=riot)", 'At character 22: expected "and", "or" or the ")" for the "(" at 1.', None),
        ("kind=riot and", 'At character 14: expected a condition (name=value), "not" or "(".', None),
        ("not", 'At character 4: expected a condition (name=value), "not" or "(".', None),
        ("()", 'At character 2: expected a condition (name=value), "not" or "(".', None),
        ("kind=", "At character 6: expected a value for kind.", None),
        ("kind", 'At character 5: expected "=" after kind.', None),
        ("killed_best>=10", 'At character 12: expected "=" after killed_best. Bounds are written name__gte=1', None),
        ('place_name__icontains="a', "At character 23: this quote is not closed,", None),
        (r'place_name__icontains="a\b"', "At character 23: this quote is not closed,", None),
        ('place_name__icontains="a" b', 'At character 27: expected "and", "or" or the end.', None),
        ('place_name__icontains="  "', "At character 23: place_name__icontains: Is empty.", None),
        ("kind=riot and kind=protest", 'At character 15: kind stands twice beside the same "and";', None),
        ("disputed=true and near=1,2", "At character 19: near: Needs radius_km.", None),
        ("near=1,2 and not radius_km=2", "At character 18: radius_km: Needs near.", None),
        ("date_from=2020-01-02 and date_to=2020-01-01", "At character 26: date_to: Lies before date_from, 2020-01-02.", None),
        ("bbox=1,2,3", "At character 6: bbox: Holds 3 values; 4 are needed: west,south,east,north.", None),
        ("filter=kind", 'At character 1: there is no filter "filter" here.', None),
        ("ordering=kind", 'At character 1: there is no filter "ordering" here.', None),
        (DEEP, "At character 9: nested deeper than 8 levels.", None),
        ("not " * 9 + "kind=riot", "At character 33: nested deeper than 8 levels.", None),
        (" or ".join(["kind=riot"] * 51), "At character 651: more than 50 conditions.", None),
        ("kind=riot or " * 200 + "kind=riot", "Longer than 2,000 characters.", None),
        ("' OR 1=1 --", 'At character 1: expected a condition (name=value), "not" or "(".', None),
    ],
)  # fmt: skip
def test_fault_names_its_character(get: Callable[..., Any], expression: str, detail: str, nearest: str | None) -> None:
    (error,) = get(f"incidents/?filter={quote(expression)}", 400)["errors"]
    assert error["parameter"] == "filter"
    assert error["detail"].startswith(detail)
    assert nearest is None or error["nearest"][0] == nearest


def test_every_bad_value_of_a_list_in_an_expression_is_named(get: Callable[..., Any]) -> None:
    errors = get("incidents/?filter=kind__in%3Da,riot,b", 400)["errors"]
    assert [error["detail"][:32] for error in errors] == [
        'At character 10: kind__in: "a" i',
        'At character 10: kind__in: "b" i',
    ]


def test_largest_expressions_are_answered(client: Client) -> None:
    deep = "(" * 8 + "kind=riot" + ")" * 8
    broad = " or ".join(["(role=target and actor=iran)"] * 25)
    mixed = " and ".join(["not (q=mine or country=iraq)"] * 25)
    for expression in (deep, broad, mixed):
        assert client.get(f"/api/v1/incidents/?filter={quote(expression)}").status_code == 200


def test_noise_is_refused_or_read_never_failed() -> None:
    rng = random.Random(11)  # noqa: S311 – noise that nobody is to keep secret
    pieces = [
        "(",
        ")",
        " ",
        "and",
        "or",
        "not",
        "kind",
        "=",
        "riot",
        '"',
        "\\",
        "killed_best__gte",
        "3",
        ",",
        "é",
        "\t",
        "q",
    ]
    read = IncidentFilterSet.filters["filter"].type.parse
    outcomes = set()
    for _ in range(3_000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 14)))
        try:
            read(text)
            outcomes.add("read")
        except* BadValue:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
    assert Incident.objects.exists()
