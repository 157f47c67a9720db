"""The sentence that states an estimate and its grounds: what is open, unknown, not reported or contradicted is said so."""

from datetime import date
from typing import Any

import pytest

from conflictdb.estimates import estimate, explain, sentence
from conflictdb.lens import EVERYONE, Lens
from tests.conflictdb.claims import Fields, denial, exact, store, toll
from tests.make import make_actor, make_citation, make_dataset, make_incident, make_source

pytestmark = pytest.mark.django_db


def told(claims: list[Fields], lens: Lens = EVERYONE) -> str:
    """Explain an incident with some claims."""
    incident = make_incident()
    store(incident, claims)
    return sentence(estimate(incident, lens), explain(incident, lens))


SAID: list[tuple[list[dict[str, Any]], str]] = [
    ([], "No claim that counts here is about this incident, so nothing is said of the killed or the injured."),
    (
        [exact(1, claimant_wording="A witness")],
        "1 person was killed, according to A witness; of the injured nothing is reported; no claim contradicts another.",
    ),
    (
        [toll("range", 3, 5, 9, claimant_wording="A"), exact(2, measure="injured", claimant_wording="B")],
        (
            "3 to 9 people, most likely 5, were killed, according to A; 2 people were injured, according to B; "
            "no claim contradicts another."
        ),
    ),
    (
        [toll("at_least", 1200, claimant_wording="A"), exact(4, claimant_wording="B")],
        (
            "At least 4 people and perhaps more were killed, according to B and A; of the injured nothing is reported; "
            "the claims contradict each other."
        ),
    ),
    (
        [toll("unknown", measure="injured")],
        (
            "Of the killed nothing is reported; how many were injured is not known, for no claim that speaks of it gives a "
            "number; no claim contradicts another."
        ),
    ),
    (
        [denial(), exact(0, measure="injured")],
        (
            "How many were killed is not known, for no claim that speaks of it gives a number; 0 people were injured, "
            "according to a source in its own voice; no claim contradicts another."
        ),
    ),
]


@pytest.mark.parametrize(("claims", "said"), SAID)
def test_sentence_states_the_estimate_and_its_grounds(claims: list[Fields], said: str) -> None:
    if claims and claims[0]["value_kind"] == "at_least":
        claims[0]["credibility"] = "3"
        claims[1]["credibility"] = "2"
    assert told(claims) == said


def test_sentence_names_the_claimant_or_the_publisher_who_speaks_for_himself() -> None:
    incident, ministry, paper = make_incident(), make_actor(name="Ministry"), make_actor(name="The Paper")
    own, _ = store(incident, [exact(3), exact(3, claimant=ministry, credibility="1")])
    make_citation(claim=own, source=make_source(publisher=paper))

    said = sentence(estimate(incident), explain(incident))
    assert said.startswith("3 people were killed, according to Ministry and The Paper;")


def test_sentence_gives_no_withheld_claimants_word_to_the_publisher() -> None:
    incident, paper = make_incident(), make_actor(name="The Paper")
    hidden = make_actor(name="Hidden", dataset=make_dataset(redistributable=False))
    unnamed, worded = store(incident, [exact(3, claimant=hidden), exact(3, claimant=hidden, claimant_wording="a man")])
    for claim in (unnamed, worded):
        make_citation(claim=claim, source=make_source(publisher=paper))

    said = sentence(estimate(incident), explain(incident))
    assert said.startswith("3 people were killed, according to somebody who is not named here and a man;")


OUTSIDE = [
    (Lens(min_credibility="2"), exact(3, credibility="4"), "it is less credible than asked for (min_credibility)"),
    (Lens(min_credibility="2"), exact(3), "how credible it is is not known (min_credibility)"),
    (
        Lens(min_reliability="B"),
        exact(3, grades="D"),
        "its best source is less reliable than asked for (min_reliability)",
    ),
    (Lens(min_reliability="B"), exact(3, grades="F"), "how reliable its sources are is not known (min_reliability)"),
    (Lens(stated_before=date(2023, 1, 1)), exact(3), "the day on which it was known is not known (stated_before)"),
    (
        Lens(stated_before=date(2023, 1, 1)),
        exact(3, stated_on=date(2023, 1, 1)),
        "it was not known before the day asked for (stated_before)",
    ),
    (Lens(according_to=[]), exact(3), "it is according to others than those asked for (according_to)"),
    (Lens(datasets=[]), exact(3), "it is of another dataset than those asked for (claims_dataset)"),
]


@pytest.mark.parametrize(("lens", "claim", "reason"), OUTSIDE)
def test_claim_outside_the_lens_is_set_aside_with_the_condition_that_it_fails(
    lens: Lens, claim: Fields, reason: str
) -> None:
    incident = make_incident()
    store(incident, [claim])

    (weighed,) = explain(incident, lens)

    assert (weighed.is_used, weighed.reason) == (False, f"Outside the lens: {reason}.")


def test_claim_that_is_passed_over_says_for_what() -> None:
    incident = make_incident()
    store(incident, [exact(3), exact(5)])

    assert [(it.claim.best, it.is_used, it.reason) for it in explain(incident, Lens(resolve="highest"))] == [
        (5, True, "It has the highest number of its group of victims, and gives the best number."),
        (3, False, "Only the claim that has the highest number of its group of victims is taken, and another is it."),
    ]
