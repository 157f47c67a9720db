"""``descendants=true``: an actor with its parts, a conflict with its dyads, through public links only, circles and all."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from conflictdb.models import Actor, Conflict
from tests import make

pytestmark = pytest.mark.django_db


def slugs(get: Callable[..., Any], path: str) -> set[str]:
    """Read which records a query finds."""
    return {row["slug"] for row in get(f"{path}&fields=slug&page_size=1000")["results"]}


def part(subject: Actor, whole: Actor, **fields: Any) -> None:
    """Let one actor be part of another."""
    make.make_relation(**{"subject": subject, "object": whole, "kind": "part_of", **fields})


@pytest.fixture
def army() -> dict[str, Actor]:
    """Store an army of brigades, one of which is of battalions, a friend of it, and an incident of each, named after it."""
    names = ("army", "brigade", "battalion", "disbanded", "friend", "stranger")
    actors = {name: make.make_actor(slug=name) for name in names}
    part(actors["brigade"], actors["army"])
    part(actors["battalion"], actors["brigade"])
    part(actors["disbanded"], actors["army"], started_on=date(1950, 1, 1), ended_on=date(1951, 1, 1))
    part(actors["friend"], actors["army"], kind="allied_with")
    for name, actor in actors.items():
        incident = make.make_incident(slug=name)
        make.make_participation(incident=incident, actor=actor, role="initiator")
        make.make_participation(incident=incident, role="target")
        make.make_claim(slug=name, incident=incident, claimant=actor)
    return actors


ARMY = {"army", "brigade", "battalion", "disbanded"}


@pytest.mark.usefixtures("army")
@pytest.mark.parametrize("parameter", ["actor", "actor__in", "claimant", "claimant__in", "has_claims_by"])
def test_actor_is_taken_with_its_parts(get: Callable[..., Any], parameter: str) -> None:
    path = f"incidents/?{parameter}="
    assert slugs(get, f"{path}army") == slugs(get, f"{path}army&descendants=false") == {"army"}
    assert slugs(get, f"{path}army&descendants=true") == ARMY
    assert slugs(get, f"{path}brigade&descendants=true") == {"brigade", "battalion"}
    assert slugs(get, f"{path}stranger&descendants=true") == {"stranger"}
    assert get(f"{path}army&descendants=true&count=exact")["count"] == len(ARMY)
    if parameter.endswith("__in"):
        assert slugs(get, f"{path}brigade,friend&descendants=true") == {"brigade", "battalion", "friend"}


@pytest.mark.usefixtures("army")
def test_parts_hold_for_claims_and_sources_too(get: Callable[..., Any], army: dict[str, Actor]) -> None:
    assert slugs(get, "claims/?claimant=army&descendants=true") == ARMY
    make.make_source(slug="paper", publisher=army["battalion"])
    assert slugs(get, "sources/?publisher=army&descendants=true") == {"paper"}


@pytest.mark.usefixtures("army")
def test_role_is_that_of_the_part(get: Callable[..., Any]) -> None:
    assert slugs(get, "incidents/?actor=army&descendants=true&role=initiator") == ARMY
    assert slugs(get, "incidents/?actor=army&descendants=true&role=target") == set()


def test_circle_of_parts_ends(get: Callable[..., Any], army: dict[str, Actor]) -> None:
    part(army["army"], army["battalion"])
    for name in ("army", "brigade", "battalion"):
        assert slugs(get, f"incidents/?actor={name}&descendants=true") == ARMY


def test_withheld_links_lead_nowhere(get: Callable[..., Any], army: dict[str, Actor]) -> None:
    withheld = make.make_dataset(redistributable=False)
    part(army["stranger"], army["army"], dataset=withheld)
    assert slugs(get, "incidents/?actor=army&descendants=true") == ARMY
    Actor.objects.filter(slug="brigade").update(dataset=withheld)
    assert slugs(get, "incidents/?actor=army&descendants=true") == {"army", "disbanded"}


def test_conflict_is_taken_with_its_dyads(get: Callable[..., Any]) -> None:
    war = make.make_conflict(slug="war")
    dyad = make.make_conflict(slug="dyad", parent=war)
    make.make_conflict(slug="other")
    for conflict in Conflict.objects.all():
        make.make_incident(slug=conflict.slug, conflict=conflict)
    assert slugs(get, "incidents/?conflict=war") == {"war"}
    assert slugs(get, "incidents/?conflict=war&descendants=true") == {"war", "dyad"}
    assert slugs(get, "incidents/?conflict__in=dyad,other&descendants=true") == {"dyad", "other"}
    make.make_conflict(slug="part", parent=dyad)
    assert slugs(get, "conflicts/?parent=war&descendants=true") == {"dyad", "part"}
    Conflict.objects.filter(pk=dyad.pk).update(dataset=make.make_dataset(redistributable=False))
    assert slugs(get, "incidents/?conflict=war&descendants=true") == {"war"}


@pytest.mark.usefixtures("army")
def test_parts_of_nothing_are_refused(get: Callable[..., Any]) -> None:
    (error,) = get("sources/?descendants=true", 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("descendants", "Needs publisher or publisher__in.")
    (error,) = get("incidents/?actor__isnull=true&descendants=true", 400)["errors"]
    assert error["parameter"] == "actor__isnull"
    (error,) = get("incidents/?actor=nobody&descendants=true", 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("actor", 'There is no actor "nobody".')


@pytest.mark.usefixtures("army")
def test_parts_cost_no_query(get: Callable[..., Any], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert get("incidents/?actor=army&descendants=true&fields=slug")["results"]
