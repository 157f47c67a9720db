"""Incidents under a lens: figures, orders and filters are the rule's own for those whom the reader trusts."""

import json
import random
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from rest_framework.test import APIRequestFactory

from api.lens import FIGURES
from api.serializers.incident import IncidentDetailSerializer, IncidentSerializer
from conflictdb.lens import PLACES, Lens
from conflictdb.models import Citation, Claim, Incident
from tests import make
from tests.api.walking import walk
from tests.conflictdb.claims import World, exact, random_citations, random_claim, store
from tests.conflictdb.reference import Estimate, counting, estimate

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
STRIKES = "2023-us-retaliatory-strikes-in-syria"
NOT_SPOKEN_OF = {"low": None, "best": None, "high": None, "is_open": False, "claims": 0}


@pytest.fixture
def world() -> World:
    """Store incidents with claims of every sort, made up from a seed of their own."""
    choose = random.Random(11)  # noqa: S311 – claims that nobody is to keep secret
    world = World(incidents=15)
    pks = list(Incident.objects.values_list("pk", flat=True))
    claims: list[Claim] = []
    for number in range(170):
        claims.append(random_claim(world, choose, choose.choice(pks), 10**9 + number, claims))
    Claim.objects.bulk_create(claims)
    Citation.objects.bulk_create(random_citations(world, choose, claims))
    store(make.make_incident(), [exact(3, credibility="1"), exact(5, credibility="2")])
    return world


def lenses(world: World) -> dict[str, Lens]:
    """Give lenses as an address writes them, and as the rule takes them."""
    one, other = world.actors
    own = world.datasets[0]
    return {
        "resolve=median": Lens(resolve="median"),
        "min_credibility=2": Lens(min_credibility="2"),
        "min_reliability=C&resolve=highest": Lens(min_reliability="C", resolve="highest"),
        f"according_to={one.slug}": Lens(according_to=[one.pk]),
        f"according_to={one.slug},{other.slug}&resolve=latest": Lens(according_to=[one.pk, other.pk], resolve="latest"),
        f"exclude_claimant={one.slug}&claims_dataset={own.slug}": Lens(not_according_to=[one.pk], datasets=[own.pk]),
        "stated_before=2023-10-18": Lens(stated_before=date(2023, 10, 18)),
    }


def walked(get: Get, path: str) -> list[dict[str, Any]]:
    """Read all pages of a list, three rows each."""
    return [row for page in walk(get, f"{path}&page_size=3") for row in page]


def expected(lens: Lens) -> dict[str, tuple[int, Estimate, bool]]:
    """Compute the figures of all public incidents in Python: by slug, with the key and whether anybody speaks of it."""
    return {it.slug: (it.pk, estimate(it, lens), bool(counting(it, lens))) for it in Incident.objects.public()}


def figures(row: dict[str, Any]) -> tuple[Any, ...]:
    """Take the figures out of a row."""
    return (*row["killed"].values(), *row["injured"].values(), row["disputed"], row["is_spoken_of"])


def figures_of(told: Estimate, *, is_spoken_of: bool) -> tuple[Any, ...]:
    """Write figures as ``figures`` does."""
    sides = [(it.low, it.best, it.high, it.is_open, it.claims) for it in (told.killed, told.injured)]
    return (*sides[0], *sides[1], told.disputed, is_spoken_of)


def test_rows_and_details_tell_the_rules_figures_in_every_order(get: Get, world: World) -> None:
    for written, lens in lenses(world).items():
        rule = expected(lens)
        told = {slug: figures_of(it, is_spoken_of=spoken) for slug, (_, it, spoken) in rule.items()}
        for order in ("killed_best", "-killed_best", "-injured_best", "-started_on"):
            rows = walked(get, f"incidents/?{written}&ordering={order}&fields=slug,killed,injured,disputed")
            assert {row["slug"]: figures(row) for row in rows} == told
            assert len(rows) == len(told)  # each once
            if order != "-started_on":
                measure, sign = order.lstrip("-").partition("_")[0], -1 if order.startswith("-") else 1

                def place(slug: str, measure: str = measure, sign: int = sign) -> tuple[int, int]:
                    best = getattr(rule[slug][1], measure).best  # noqa: B023 – used at once
                    return sign * (-1 if best is None else best), sign * rule[slug][0]  # noqa: B023 – as above

                assert [row["slug"] for row in rows] == sorted(told, key=place)
        for slug in [*told][:4]:
            assert figures(get(f"incidents/{slug}/?{written}")) == told[slug]


FILTERS: dict[str, Callable[[Estimate], bool | None]] = {
    "killed_best__gte=2": lambda it: it.killed.best is not None and it.killed.best >= 2,
    "killed_low__lte=1": lambda it: it.killed.low is not None and it.killed.low <= 1,
    "killed_best__isnull=true": lambda it: it.killed.best is None,
    "killed_high__isnull=false": lambda it: it.killed.high is not None,
    "injured_is_open=true": lambda it: it.injured.is_open,
    "killed_claims=1": lambda it: it.killed.claims == 1,
    "disputed=true": lambda it: it.disputed,
    "disputed=false&killed_claims__gte=1": lambda it: not it.disputed and it.killed.claims >= 1,
    f"filter={quote('killed_best__gte=3 or injured_claims__gte=2')}": lambda it: (
        (it.killed.best or 0) >= 3 or it.injured.claims >= 2
    ),
    f"filter={quote('kind=armed_attack and not killed_best__gte=3')}": lambda it: (it.killed.best or 0) < 3,
}


def test_filters_read_the_figures_under_the_lens(get: Get, world: World) -> None:
    found = set()
    for written, lens in lenses(world).items():
        rule = expected(lens)
        for asked, holds in FILTERS.items():
            path = f"incidents/?{written}&{asked}&fields=slug"
            slugs = {slug for slug, (_, it, _) in rule.items() if holds(it)}
            found |= {asked} if slugs else set()
            assert {row["slug"] for row in walked(get, path)} == slugs, path
            assert get(f"{path}&count=exact&page_size=1")["count"] == len(slugs)
    assert found == FILTERS.keys()  # each found something under some lens


@pytest.mark.usefixtures("world")
def test_rows_are_served_as_their_serializer_describes_them(get: Get) -> None:
    lens, written = Lens(min_credibility="2"), "min_credibility=2"
    rows = {row["slug"]: row for row in get(f"incidents/?{written}&page_size=1000")["results"]}
    for incident in Incident.objects.public().for_detail():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM conflictdb_told(%s, {PLACES})", [incident.pk, *lens.values()])  # noqa: S608 – our own words
            (row,) = cursor.fetchall()
            names = [column.name for column in cursor.description]
        for name in FIGURES:
            setattr(incident, name, row[names.index(name)])
        context = {"request": APIRequestFactory().get("/")}
        for serializer, served in (
            (IncidentSerializer, rows[incident.slug]),
            (IncidentDetailSerializer, get(f"incidents/{incident.slug}/?{written}")),
        ):
            described = json.loads(json.dumps(serializer(incident, is_lensed=True, context=context).data))
            assert {name: served[name] for name in served if name != "lens"} == described
            assert served.get("lens", {"resolve": "range", "min_credibility": "2"}) == {
                "resolve": "range",
                "min_credibility": "2",
            }


def test_answer_states_its_lens_and_marks_what_nobody_speaks_of(get: Get) -> None:
    ministry, paper = make.make_actor(slug="ministry"), make.make_actor(slug="paper")
    incident = make.make_incident(slug="blast")
    store(incident, [exact(7, claimant=ministry)])
    bureau = make.make_actor(slug="bureau")
    make.make_relation(subject=bureau, object=ministry, kind="part_of")
    store(incident, [exact(9, claimant=bureau)])

    default = get("incidents/blast/")
    answer = get("incidents/?according_to=ministry&resolve=leading")

    assert ("lens" in default, "is_spoken_of" in default) == (False, False)
    assert answer["lens"] == {"resolve": "leading", "according_to": ["ministry"]}
    (row,) = answer["results"]
    assert (row["killed"]["best"], row["is_spoken_of"], row["disputed"]) == (7, True, False)
    whole = get("incidents/blast/?according_to=ministry&descendants=true")
    assert whole["lens"] == {"resolve": "range", "according_to": ["ministry"], "descendants": True}
    assert (whole["killed"]["low"], whole["killed"]["high"], whole["disputed"]) == (7, 9, True)
    silent = get(f"incidents/blast/?according_to={paper.slug}")
    assert (silent["killed"], silent["injured"], silent["disputed"]) == (NOT_SPOKEN_OF, NOT_SPOKEN_OF, False)
    assert silent["is_spoken_of"] is False


@pytest.mark.parametrize(
    ("query", "parameter", "nearest"),
    [
        ("according_to=minstry", "according_to", ["ministry"]),
        ("exclude_claimant=ministry,minister", "exclude_claimant", ["ministry"]),
        ("claims_dataset=test", "claims_dataset", ["tests"]),
        ("resolve=meddian", "resolve", ["median"]),
        ("min_reliability=F", "min_reliability", []),
        ("min_credibility=6", "min_credibility", []),
        ("stated_before=yesterday", "stated_before", []),
        ("acording_to=ministry", "acording_to", ["according_to"]),
        ("resolve=median&q=blast&ordering=-relevance", "ordering", []),
        ("filter=resolve=median", "filter", []),
    ],
)
def test_bad_lens_is_refused_by_name(get: Get, query: str, parameter: str, nearest: list[str]) -> None:
    make.make_actor(slug="ministry")
    paths = ["incidents/", "incidents/blast/"] if parameter not in {"ordering", "filter"} else ["incidents/"]
    make.make_incident(slug="blast")
    for path in paths:
        (fault,) = get(f"{path}?{query}", status=400)["errors"]
        assert fault["parameter"] == parameter
        assert set(nearest) <= set(fault["nearest"])


@pytest.mark.parametrize(
    ("query", "budget"),
    [
        ("resolve=median", 1),  # the list
        ("min_credibility=2&ordering=-killed_best&killed_best__gte=1", 1),  # the list
        ("according_to=ministry", 2),  # the list; the slugs, however many
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
def test_lens_stays_within_its_budget(
    get: Get, django_assert_num_queries: Any, query: str, budget: int, rows: int
) -> None:
    ministry = make.make_actor(slug="ministry")
    for _ in range(rows):
        store(make.make_incident(), [exact(7, claimant=ministry, credibility="1"), exact(9)])
    with django_assert_num_queries(budget):
        assert len(get(f"incidents/?{query}")["results"]) == rows
    slug = Incident.objects.first().slug
    if "ordering" not in query:
        with django_assert_num_queries(budget):
            get(f"incidents/{slug}/?{query}")


def slugs_of(get: Get, query: str) -> set[str]:
    """Read which claims a list finds."""
    return {row["slug"] for page in walk(get, f"claims/?{query}&fields=slug") for row in page}


def test_claims_are_listed_as_far_as_a_lens_lets_them_through(get: Get, world: World) -> None:
    for written, lens in lenses(world).items():
        if set(written.replace("&", "=").split("=")) & {"resolve", "stated_before", "claims_dataset"}:
            continue
        passing = {claim.slug for incident in Incident.objects.all() for claim in counting(incident, lens)}
        public = set(Claim.objects.public().standing().values_list("slug", flat=True))
        assert slugs_of(get, written) == passing & public
        assert passing & public < public
    one = world.actors[0]
    heard = {claim.slug for it in Incident.objects.all() for claim in counting(it, Lens(not_according_to=[one.pk]))}
    assert slugs_of(get, f"exclude_claimant={one.slug}") == heard & public
    heard = {claim.slug for it in Incident.objects.all() for claim in counting(it, Lens(min_reliability="C"))}
    assert slugs_of(get, "min_reliability=C") == heard & public
