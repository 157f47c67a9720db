"""An incident's estimate, explained: figures, reasons, words and one sentence, as the rule has them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import make
from tests.conflictdb.claims import exact, store

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
STRIKES = "2023-us-retaliatory-strikes-in-syria"


@pytest.mark.usefixtures("seed")
def test_estimate_of_the_seed_tells_each_claim_with_its_reason_and_words(get: Get) -> None:
    detail, told = get(f"incidents/{STRIKES}/"), get(f"incidents/{STRIKES}/estimate/")

    assert {name: told[name] for name in ("killed", "injured", "disputed")} == {
        name: detail[name] for name in ("killed", "injured", "disputed")
    }
    assert (told["lens"], told["is_spoken_of"]) == ({"resolve": "range"}, True)
    tolls = {claim["slug"]: claim for claim in detail["claims"] if claim["kind"] == "toll"}
    assert {it["claim"]["slug"]: it["claim"] for it in told["claims"]} == tolls
    assert all(it["reason"] for it in told["claims"])
    assert any(citation["exact"] for it in told["claims"] for citation in it["claim"]["citations"])
    assert told["sentence"].endswith(".")


def test_estimate_under_a_lens_and_within_the_page(get: Get) -> None:
    ministry = make.make_actor(slug="ministry", name="Ministry")
    incident = make.make_incident(slug="blast")
    store(incident, [exact(7, claimant=ministry), exact(9)])

    told = get("incidents/blast/estimate/?according_to=ministry&resolve=latest")

    assert told["lens"] == {"resolve": "latest", "according_to": ["ministry"]}
    assert told["method"].startswith("Latest. ")
    assert told["sentence"] == (
        "7 people were killed, according to Ministry; of the injured nothing is reported; no claim contradicts another."
    )
    assert [(it["is_used"], it["claim"]["best"]) for it in told["claims"]] == [(True, 7), (False, 9)]
    page = get("incidents/blast/?according_to=ministry&resolve=latest&explain=true")
    assert page.pop("estimate") == told
    assert page == get("incidents/blast/?according_to=ministry&resolve=latest")


def test_estimate_takes_actors_with_their_parts(get: Get) -> None:
    ministry, bureau = make.make_actor(slug="ministry"), make.make_actor(slug="bureau")
    make.make_relation(subject=bureau, object=ministry, kind="part_of")
    store(make.make_incident(slug="blast"), [exact(7, claimant=bureau), exact(9)])

    told = get("incidents/blast/estimate/?according_to=ministry&descendants=true")

    assert (told["killed"]["best"], told["lens"]["descendants"]) == (7, True)
    assert get("incidents/blast/estimate/?according_to=ministry")["is_spoken_of"] is False


def test_withheld_claims_are_not_told(get: Get) -> None:
    incident = make.make_incident(slug="blast")
    store(incident, [exact(7, dataset=make.make_dataset(redistributable=False)), exact(9, status="draft")])

    told = get("incidents/blast/estimate/")

    assert (told["claims"], told["is_spoken_of"], told["killed"]["claims"]) == ([], False, 0)


def test_estimate_is_refused_where_there_is_none_or_its_question_is_bad(get: Get) -> None:
    make.make_incident(slug="blast")
    make.make_incident(slug="secret", dataset=make.make_dataset(redistributable=False))

    assert "Near to it: blast" in get("incidents/blsst/estimate/", status=404)["detail"]
    get("incidents/secret/estimate/", status=404)
    for query, name in (("fields=killed", "fields"), ("explain=true", "explain"), ("resolve=no", "resolve")):
        (fault,) = get(f"incidents/blast/estimate/?{query}", status=400)["errors"]
        assert fault["parameter"] == name


@pytest.mark.parametrize("rows", [1, 3])
def test_estimate_stays_within_its_budget(get: Get, django_assert_num_queries: Any, rows: int) -> None:
    incident = make.make_incident(slug="blast")
    for claim in store(incident, [exact(7, claimant=make.make_actor()) for _ in range(rows)]):
        make.make_citation(claim=claim, source=make.make_source(publisher=make.make_actor()))
    # the revision; the incident; its figures; the verdicts; their claims; the citations; the claims as they are shown
    with django_assert_num_queries(7):
        assert len(get("incidents/blast/estimate/")["claims"]) == rows


@pytest.mark.parametrize("link", ["actor", "relation"])
def test_claim_that_is_about_somebody_withheld_besides_counts_for_nothing(get: Get, link: str) -> None:
    hidden = make.make_actor(name="Secret Informant", dataset=make.make_dataset(redistributable=False))
    about = {"actor": hidden} if link == "actor" else {"relation": make.make_relation(subject=hidden)}
    store(make.make_incident(slug="blast"), [exact(3), exact(50, **about)])

    told = get("incidents/blast/estimate/")

    assert [(claim["is_used"], claim["claim"]["best"]) for claim in told["claims"]] == [(True, 3)]
    assert told["sentence"].startswith("3 people were killed, according to a source in its own voice;")
    assert (told["killed"]["high"], told["disputed"]) == (3, False)
    assert "blast" not in [row["slug"] for row in get("incidents/?disputed=true")["results"]]
    assert get("disagreements/?incident=blast")["results"] == []
