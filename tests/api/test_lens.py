"""Incidents under a lens: figures, orders and filters are the rule's own for those whom the reader trusts."""

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from rest_framework.test import APIRequestFactory

from api.lens import FIGURES
from api.serializers.incident import IncidentDetailSerializer, IncidentSerializer
from conflictdb.lens import PLACES, Lens
from conflictdb.models import Citation, Claim, Incident
from tests import make
from tests.api.walking import walk
from tests.conflictdb.claims import BEFORE, DAY, World, exact, random_citations, random_claim, store
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


def claim_lenses(world: World) -> dict[str, Lens]:
    """Give lenses that claims themselves are asked for under."""
    one, other = world.actors
    own, second = world.datasets[:2]
    return {
        f"according_to={one.slug}": Lens(according_to=[one.pk]),
        f"according_to={one.slug},{other.slug}&descendants=true": Lens(according_to=[one.pk, other.pk]),
        f"exclude_claimant={one.slug}": Lens(not_according_to=[one.pk]),
        f"claims_dataset={own.slug}": Lens(datasets=[own.pk]),
        f"claims_dataset={second.slug}&exclude_claimant={one.slug}": Lens(
            datasets=[second.pk], not_according_to=[one.pk]
        ),
        "min_reliability=C": Lens(min_reliability="C"),
        "min_credibility=2": Lens(min_credibility="2"),
        "stated_before=2023-10-18": Lens(stated_before=DAY + timedelta(days=1)),
        "stated_before=2021-01-01": Lens(stated_before=date(2021, 1, 1)),  # by their sources alone
        "stated_before=2023-10-19&min_credibility=2": Lens(stated_before=date(2023, 10, 19), min_credibility="2"),
    }


def passing(lens: Lens) -> set[str]:
    """Find in Python the claims that a lens lets through, of those that may be seen."""
    heard = {claim.slug for incident in Incident.objects.all() for claim in counting(incident, lens)}
    return heard & set(Claim.objects.public().values_list("slug", flat=True))


def test_claims_are_listed_as_far_as_a_lens_lets_them_through(get: Get, world: World) -> None:
    everyone = passing(Lens())
    for written, lens in claim_lenses(world).items():
        assert slugs_of(get, written) == passing(lens), written
        assert passing(lens) != everyone
    assert slugs_of(get, "filter=claims_dataset%3D" + world.datasets[0].slug) == passing(
        Lens(datasets=[world.datasets[0].pk])
    )


def test_claims_that_stood_on_a_day_are_found_by_what_became_of_them(get: Get) -> None:
    """Some still stand, some were corrected that day, before it or one does not know when, one was withdrawn."""
    incident, other = make.make_incident(), make.make_dataset(slug="other")
    told = {"incident": incident, "stated_on": BEFORE}
    make.make_claim(slug="stands", **told)
    make.make_claim(slug="stands-elsewhere", **told, dataset=other)
    make.make_claim(slug="withdrawn", status="retracted", status_reason="Wrong.", **told)
    make.make_claim(slug="undated", incident=incident)
    later = make.make_claim(slug="later", incident=incident, stated_on=DAY)
    early = make.make_claim(slug="early", incident=incident, stated_on=BEFORE + timedelta(days=1))
    undated = make.make_claim(slug="undated-too", incident=incident)
    make.make_claim(slug="corrected-later", status="superseded", superseded_by=later, **told)
    make.make_claim(slug="corrected-early", status="superseded", superseded_by=early, **told)
    make.make_claim(slug="corrected-some-day", status="superseded", superseded_by=undated, **told)
    stand, were = {"stands", "stands-elsewhere", "early"}, {"corrected-later", "corrected-some-day"}
    asked = f"stated_before={DAY}"
    assert slugs_of(get, asked) == stand | were == passing(Lens(stated_before=DAY))
    assert slugs_of(get, f"{asked}&status=standing") == stand
    assert slugs_of(get, f"{asked}&status=superseded") == were
    assert slugs_of(get, f"{asked}&status=retracted") == set()
    assert slugs_of(get, f"filter={quote(f'{asked} and dataset=other')}") == {"stands-elsewhere"}
    assert slugs_of(get, f"{asked}&dataset=other") == slugs_of(get, f"{asked}&claims_dataset=other")
    assert slugs_of(get, "") == {"stands", "stands-elsewhere", "undated", "later", "early", "undated-too"}


def hits(get: Get, query: str) -> dict[str, set[str]]:
    """Search, and give the slugs of each kind's hits."""
    return {group["kind"]: {hit["slug"] for hit in group["hits"]} for group in get(f"search/?{query}")["results"]}


def test_search_finds_the_claims_that_the_list_finds_under_the_same_lens(get: Get, world: World) -> None:
    Claim.objects.update(statement=Concat(Value("Quorvath "), Cast(F("pk") % 4, TextField())))
    Citation.objects.update(exact=Concat(Value("vathquor "), Cast(F("claim_id") % 4, TextField())))
    incident = make.make_incident(title="Quorvath 1", dataset=world.datasets[0])
    found: set[str] = set()
    for written, lens in claim_lenses(world).items():
        for number in range(4):
            words = f"q=quorvath+{number}"
            told = hits(get, f"{words}&{written}&limit=50")
            assert told["claims"] == slugs_of(get, f"{words}&{written}"), written
            assert told["incidents"] == ({incident.slug} if number == 1 else set())
            quoted = hits(get, f"q=vathquor+{number}&kinds=quotes&{written}&limit=50")["quotes"]
            assert quoted == slugs_of(get, f"quote=vathquor+{number}&{written}"), written
            found |= told["claims"] & quoted
        assert found & passing(lens), written


def test_search_under_a_lens_leads_to_the_lists_under_it(get: Get, world: World) -> None:
    Claim.objects.update(statement="Quorvath")
    one, other = world.actors
    lens = f"according_to={one.slug}&according_to={other.slug}&descendants=true"
    groups = {group["kind"]: group for group in get(f"search/?q=quorvath&limit=1&{lens}")["results"]}
    for kind, leads in (("claims", True), ("quotes", True), ("incidents", False), ("sources", False)):
        written = parse_qs(urlsplit(groups[kind]["more"]).query)
        assert (written.get("according_to") == [f"{one.slug},{other.slug}"]) == leads
        assert ("descendants" in written) == leads
    assert groups["claims"]["has_more"]
    assert slugs_of(get, urlsplit(groups["claims"]["more"]).query) == passing(Lens(according_to=[one.pk, other.pk]))


@pytest.mark.parametrize("path", ["claims/?", "search/?q=blast&"])
def test_lens_that_claims_cannot_take_is_refused(get: Get, path: str) -> None:
    make.make_actor(slug="ministry")
    (fault,) = get(f"{path}resolve=median", status=400)["errors"]
    assert fault == {
        "parameter": "resolve",
        "detail": "Says how figures are made of claims, not which claims are found: ask incidents, their estimates or "
        "aggregates.",
        "nearest": [],
    }
    for query, nearest in (("claims_dataset=test", ["tests"]), ("according_to=minstry", ["ministry"])):
        (fault,) = get(f"{path}{query}", status=400)["errors"]
        assert (fault["parameter"], fault["nearest"]) == (query.partition("=")[0], nearest)
    (fault,) = get("search/?q=blast&descendants=true", status=400)["errors"]
    assert fault["detail"] == "Needs according_to or exclude_claimant."
