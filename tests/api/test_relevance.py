"""Lists in the order of relevance: what comes first, each row once whatever is stored meanwhile, and no list cut short."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api import ranking
from tests import make
from tests.api.walking import walk

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
BY_RELEVANCE = "incidents/?q=quorvath&ordering=-relevance&fields=slug"


@pytest.fixture(params=[3, 5, 1_000])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Weigh so many matches. Statements are compiled for that number."""
    monkeypatch.setattr(ranking, "POOL", request.param)
    ranking.ranked_statement.cache_clear()
    yield request.param
    ranking.ranked_statement.cache_clear()


def store(title: str, summary: str, day: int | None) -> str:
    """Store an incident, and give its slug."""
    on = f"2024-01-{day:02}" if day else None
    days = {"started_on": on, "ended_on": on, "date_precision": "day"} if day else {}
    return make.make_incident(title=title, summary=summary, **days).slug


def store_nine() -> list[str]:
    """Store incidents of nine days, the newest first; every third has the word in its title, the others in their summary."""
    return [
        store(f"Quorvath {day}" if day % 3 == 0 else f"Clash {day}", "It happened in Quorvath.", day)
        for day in range(9, 0, -1)
    ]


def test_titles_come_before_summaries_and_the_newer_of_equals_first(get: Get) -> None:
    slugs = store_nine()
    titled = [slugs[place] for place in (0, 3, 6)]
    found = [row["slug"] for row in get(BY_RELEVANCE)["results"]]
    assert found == [*titled, *(slug for slug in slugs if slug not in titled)]
    newest = [row["slug"] for row in get("incidents/?q=quorvath&fields=slug")["results"]]
    assert newest == slugs  # where nobody asks for relevance, the order is the list's own


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9, 10])
def test_walk_gives_each_row_once(get: Get, pool: int, size: int) -> None:
    undated = [store("Quorvath", "", None), store("None", "Quorvath", None)]
    slugs = [*store_nine(), *reversed(undated)]
    weighed = slugs[:pool]
    rows = [row["slug"] for page in walk(get, f"{BY_RELEVANCE}&page_size={size}") for row in page]
    first = get(f"{BY_RELEVANCE}&page_size=1000")["results"]
    assert sorted(rows) == sorted(slugs)
    assert set(rows[: len(weighed)]) == set(weighed)
    assert rows[: len(first)] == [row["slug"] for row in first]
    assert rows[len(weighed) :] == slugs[pool:][: len(slugs) - len(weighed)]  # the rest, in the list's own order


def test_rows_stored_meanwhile_neither_repeat_nor_skip_others(get: Get, pool: int) -> None:  # noqa: ARG001 – of each size
    slugs = store_nine()
    seen = []
    for page in walk(get, f"{BY_RELEVANCE}&page_size=2"):
        seen += [row["slug"] for row in page]
        store("Quorvath of today", "Quorvath, Quorvath", 20)
        store("Something old", "in Quorvath", None)
    assert [slug for slug in seen if slug in slugs] == sorted(set(seen) & set(slugs), key=seen.index)
    assert set(slugs) <= set(seen)
    assert len(seen) == len(set(seen))


def test_list_that_begins_with_the_first_name_keeps_its_direction(get: Get, pool: int) -> None:  # noqa: ARG001 – of each size
    for name in ("C quorvath", "A quorvath", "B quorvath", "D"):
        make.make_actor(name=name, description="Of Quorvath.")
    path = "actors/?q=quorvath&ordering=-relevance&fields=name&page_size=1"
    assert [row["name"] for page in walk(get, path) for row in page][:3] == ["A quorvath", "B quorvath", "C quorvath"]


def test_cursor_of_another_order_is_refused(get: Get) -> None:
    store_nine()
    following = get(f"{BY_RELEVANCE}&page_size=2")["next"].split("/api/v1/")[1]
    (error,) = get(following.replace("&ordering=-relevance", ""), 400)["errors"]
    assert error["parameter"] == "cursor"
    (error,) = get(following.replace("quorvath", "clash"), 400)["errors"]
    assert error["parameter"] == "cursor"
