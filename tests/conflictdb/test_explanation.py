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
        [
            toll("at_least", 1200, claimant_wording="A", credibility="3"),
            exact(4, claimant_wording="B", credibility="2"),
        ],
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
    ([toll("at_least", 1, claimant_wording="A")], "At least 1 person and perhaps more were killed, according to A;"),
    (
        [exact(0, victims="side_a", claimant_wording="A")],
        "How many people were killed is open, from none upwards, according to A;",
    ),
    (
        [
            toll("vague", None, 6, None, victims="side_a", claimant_wording="A"),
            toll("at_most", None, 2, 3, victims="side_b"),
        ],
        "At least 6 people, most likely 8, and perhaps more were killed, according to A and a source in its own voice;",
    ),
    ([toll("at_most", None, None, 1, claimant_wording="A")], "At most 1 person was killed, according to A;"),
    ([toll("range", 0, 2, 5, claimant_wording="A")], "At most 5 people, most likely 2, were killed, according to A;"),
    ([toll("about", None, 10, None, claimant_wording="A")], "About 10 people were killed, according to A;"),
    (
        [toll("about", None, 10, None, claimant_wording="A"), exact(12, claimant_wording="B")],
        "10 to 12 people, most likely 10,",
    ),
    (
        [toll("range", 10, 20, 15, is_out_of_order=True, claimant_wording="A")],
        "The figures of the killed are out of order as published (low 10, best 20, high 15), according to A;",
    ),
    (
        [toll("vague", 9, 4, None, is_out_of_order=True, claimant_wording="A")],
        "The figures of the killed are out of order as published (low 9, best 4, high open), according to A;",
    ),
    (
        [exact(5, claimant_wording=voice) for voice in "ABCDEFG"],
        "5 people were killed, according to A, B, C, D, E and 2 others;",
    ),
    (
        [denial(), exact(0, measure="injured")],
        (
            "How many were killed is not known, for no claim that speaks of it gives a number; nobody was injured, "
            "according to a source in its own voice; no claim contradicts another."
        ),
    ),
]


@pytest.mark.parametrize(("claims", "said"), SAID)
def test_sentence_states_the_estimate_and_its_grounds(claims: list[Fields], said: str) -> None:
    assert told(claims).startswith(said) if said[-1] != "." else told(claims) == said


def test_sentence_names_the_claimant_or_the_publisher_who_speaks_for_himself() -> None:
    incident, ministry, paper = make_incident(), make_actor(name="Ministry"), make_actor(name="The Paper")
    own, _ = store(incident, [exact(3), exact(3, claimant=ministry, credibility="1")])
    make_citation(claim=own, source=make_source(publisher=paper))

    said = sentence(estimate(incident), explain(incident))
    assert said.startswith("3 people were killed, according to Ministry and The Paper;")


def test_sentence_does_not_put_the_words_of_somebody_withheld_into_the_mouth_of_a_publisher() -> None:
    hidden = make_actor(name="Secret Informant", dataset=make_dataset(redistributable=False))
    incident, paper = make_incident(), make_actor(name="The Paper")
    for claim in store(incident, [exact(3, claimant=hidden), exact(3, claimant=hidden, claimant_wording="a witness")]):
        make_citation(claim=claim, source=make_source(publisher=paper))

    said = sentence(estimate(incident), explain(incident))
    assert said.startswith("3 people were killed, according to somebody who is not named here and a witness;")


def test_only_a_claim_that_sets_a_bound_is_said_to() -> None:
    incident = make_incident()
    claims = [
        toll("range", 5, 7, 20, credibility="1"),
        exact(6),
        exact(20),
        toll("range", 5, None, 9),
        exact(8, measure="injured"),
    ]
    store(incident, claims)
    assert [(it.claim.low, it.claim.high, it.reason) for it in explain(incident) if it.measure == "killed"] == [
        (5, 20, "It leads its group of victims, and gives the best number."),
        (6, 6, "It lies within the bounds of its group of victims."),
        (20, 20, "It bounds its group of victims."),
        (5, 9, "It bounds its group of victims."),
    ]
    store(incident, [toll("at_least", 7)])
    assert [it.reason for it in explain(incident) if it.measure == "killed"] == [
        "It leads its group of victims, and gives the best number.",
        "It lies within the bounds of its group of victims.",
        "It lies within the bounds of its group of victims.",  # the highest number bounds nothing where one is open
        "It bounds its group of victims.",
        "It bounds its group of victims.",
    ]


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
