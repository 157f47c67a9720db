"""Kept lenses: what is asked under them is answered as under lenses whose figures are computed, from the figures kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api import kept
from conflictdb.lens import Lens
from conflictdb.models import KeptFigure, KeptLens
from tests import make
from tests.api import lensing, test_lens, test_lens_aggregates
from tests.conflictdb.claims import World, exact, store

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
world = test_lens.world
TABLE = "conflictdb_keptfigure"


def keep(lenses: dict[str, Lens]) -> None:
    """Keep lenses, by the words of their addresses, and have the API look them up."""
    for words, lens in lenses.items():
        KeptLens.of(words, lens).save()
    kept.KNOWN.forget()


@contextmanager
def reading_kept_figures() -> Iterator[None]:
    """Make sure that what is read of figures is what is kept."""
    with CaptureQueriesContext(connection) as asked:
        yield
    texts = [query["sql"] for query in asked.captured_queries]
    assert any(TABLE in text for text in texts)
    # who is a part of whom is asked when it is run
    assert all("of_told" in text for text in texts if "conflictdb_told" in text)


@pytest.mark.parametrize(
    "check",
    [
        test_lens.test_rows_and_details_tell_the_rules_figures_in_every_order,
        test_lens.test_filters_read_the_figures_under_the_lens,
    ],
)
def test_lists_and_details_tell_what_is_kept(check: Callable[[Get, World], None], get: Get, world: World) -> None:
    keep(test_lens.lenses(world))
    with reading_kept_figures():
        check(get, world)


def test_aggregates_add_up_what_is_kept(get: Get) -> None:
    world = lensing.make_world()
    keep(lensing.lenses(world))
    with reading_kept_figures():
        test_lens_aggregates.test_groups_and_sums_are_the_rules_under_every_lens(get, world)


def test_comparisons_tell_what_is_kept_beside_what_is_not(get: Get) -> None:
    question = "aggregates/?by=kind&compare=min_credibility=2;min_reliability=C;everyone"
    lensing.make_world()
    computed = get(question)
    keep({"min_credibility=2": Lens(min_credibility="2")})
    with CaptureQueriesContext(connection) as asked:
        assert get(question) == computed
    (text,) = [query["sql"] for query in asked.captured_queries if TABLE in query["sql"]]
    assert text.count("conflictdb_told(") == 1


@pytest.mark.parametrize(
    "path",
    [
        "incidents/?{lens}&format=csv&fields=slug,killed,disputed",
        "incidents/?{lens}&format=ndjson&killed_best__gte=2&ordering=-killed_best",
        "aggregates/?{lens}&format=csv&by=kind,year",
        "/api/ogc/collections/incidents/items?{lens}&limit=50",
    ],
)
def test_files_and_features_tell_what_is_kept(client: Client, path: str) -> None:
    world = lensing.make_world()
    for words, lens in test_lens.lenses(world).items():
        asked = path.format(lens=words)
        asked = asked if asked.startswith("/") else f"/api/v1/{asked}"
        computed = client.get(asked).getvalue()
        keep({words: lens})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(asked).getvalue() == computed
        assert (
            any(TABLE in query["sql"] for query in queries.captured_queries) or "format=" in path
        )  # COPY is not captured


@pytest.mark.django_db(transaction=True)
def test_lens_that_is_put_away_is_missed_once(get: Get) -> None:
    store(make.make_incident(), [exact(3, credibility="1")])
    keep({"min_credibility=2": Lens(min_credibility="2")})
    path = "incidents/?min_credibility=2&fields=killed"
    answer = get(path)
    KeptLens.objects.all().delete()
    problem = get(path, 503)
    assert problem["detail"] == "The figures under this lens were put away a moment ago; ask again."
    assert get(path) == answer


def told(*arguments: str) -> str:
    """Run the command; return what it says."""
    said = StringIO()
    call_command("keep_lens", *arguments, stdout=said)
    return said.getvalue()


@pytest.mark.django_db(transaction=True)
def test_command_keeps_lists_and_drops() -> None:
    ministry = make.make_actor(slug="ministry")
    store(make.make_incident(), [exact(3, claimant=ministry), exact(5)])
    assert told() == "No lens is kept.\n"
    words = "according_to=ministry and resolve=latest"
    assert told(words) == f"Kept: {words}. Incidents: 1.\n"
    assert KeptLens.objects.get().lens == Lens(according_to=(ministry.pk,), resolve="latest")
    assert KeptFigure.objects.get().killed_high == 3
    assert told("resolve=latest and according_to=ministry,ministry") == f"Already kept: {words}\n"
    assert told() == f"{words}\n"
    assert told("--drop", "resolve=latest and according_to=ministry") == f"Dropped: {words}\n"
    assert not KeptFigure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_lens_of_an_actor_that_is_gone_can_be_dropped() -> None:
    ministry = make.make_actor(slug="ministry")
    told("according_to=ministry")
    ministry.delete()
    assert told("--drop", "according_to=ministry") == "Dropped: according_to=ministry\n"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nonsense"], '"nonsense" is none of: according_to=…'),
        (["min_credibility=9"], '"9" is none of: 1, 2'),
        (["according_to=nobody,no-one"], 'There is no actor "nobody". There is no actor "no-one".'),
        (["according_to=nobody and descendants=true"], "descendants: who is a part of whom changes"),
        ([f"according_to={'a,' * 1_000}a"], "It is longer than 2,000 characters."),
        (["resolve=range"], "What everyone says needs no keeping"),
        (["everyone"], "What everyone says needs no keeping"),
        (["--drop"], "Say which lens is to be dropped."),
        (["--drop", "min_credibility=2"], "This lens is not kept: min_credibility=2"),
    ],
)
def test_command_says_what_is_wrong(arguments: list[str], fault: str) -> None:
    with pytest.raises(CommandError) as caught:
        told(*arguments)
    assert fault in str(caught.value)
