"""The rule of ``conflictdb/estimates.py``, a case for each of its sentences, and the reasons that it gives."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from conflictdb.estimates import REASONS, explain
from conflictdb.models import Claim, Dataset, Disagreement, Source
from tests.conflictdb.claims import DAY, DAYS, NOTHING, Fields, denial, exact, happened, kept, responsible, store, toll
from tests.conflictdb.reference import Estimate, Figures, estimate
from tests.make import (
    make_actor,
    make_citation,
    make_dataset,
    make_incident,
    make_relation,
    make_source,
)

COLLAPSED: list[tuple[str, list[Fields], Figures]] = [
    # 1. what counts
    ("no claim is not reported", [], Figures()),
    ("an unknown number is a claim without figures", [toll("unknown")], Figures(claims=1)),
    ("none reported is neither a zero nor unknown", [toll("none_reported")], Figures()),
    ("none reported beside a number", [toll("none_reported"), exact(2)], Figures(2, 2, 2, is_open=False, claims=1)),
    ("a denial that none was reported is a claim", [toll("none_reported", polarity="denies")], Figures(claims=1)),
    ("vague words without numbers give none", [toll("vague")], Figures(claims=1)),
    ("zero is a number that somebody claimed", [exact(0)], Figures(0, 0, 0, is_open=False, claims=1)),
    ("drafts do not count", [exact(3, status="draft")], Figures()),
    ("retracted claims do not count", [exact(3, status="retracted", status_reason="Wrong.")], Figures()),
    ("other measures do not count", [exact(3, measure="missing")], Figures()),
    # 2. the bounds that a claim sets
    ("exactly", [exact(8)], Figures(8, 8, 8, is_open=False, claims=1)),
    ("a range", [toll("range", 3, None, 9)], Figures(3, None, 9, is_open=False, claims=1)),
    ("a range with a best", [toll("range", 3, 5, 9)], Figures(3, 5, 9, is_open=False, claims=1)),
    ("about is best on both sides", [toll("about", best=50)], Figures(50, 50, 50, is_open=False, claims=1)),
    ("about with a low", [toll("about", 40, 50)], Figures(40, 50, 50, is_open=False, claims=1)),
    ("about with a high", [toll("about", None, 50, 60)], Figures(50, 50, 60, is_open=False, claims=1)),
    ("at least has no upper bound", [toll("at_least", 51)], Figures(51, None, None, is_open=True, claims=1)),
    ("at least with a best", [toll("at_least", 51, 60)], Figures(51, 60, None, is_open=True, claims=1)),
    ("at most starts at zero", [toll("at_most", high=49)], Figures(0, None, 49, is_open=False, claims=1)),
    ("at most from a stated zero", [toll("at_most", 0, None, 49)], Figures(0, None, 49, is_open=False, claims=1)),
    (
        "at most starts at zero, not at best",
        [toll("at_most", None, 30, 49)],
        Figures(0, 30, 49, is_open=False, claims=1),
    ),
    ("vague with a codebook's number", [toll("vague", best=12)], Figures(12, 12, None, is_open=True, claims=1)),
    ("vague up to a number", [toll("vague", high=12)], Figures(0, None, 12, is_open=False, claims=1)),
    ("a denial gives no figure", [exact(8, polarity="denies")], Figures(claims=1)),
    (
        "figures out of order stay as published",
        [toll("range", 9, 7, 8, is_out_of_order=True)],
        Figures(9, 7, 8, is_open=False, claims=1),
    ),
    # 3. groups of victims
    (
        "disjoint groups add up",
        [
            exact(2, victims="civilians"),
            exact(3, victims="side_a"),
            exact(4, victims="side_b"),
            exact(1, victims="unknown"),
        ],
        Figures(10, 10, 10, is_open=False, claims=4),
    ),
    (
        "everyone holds all",
        [exact(9), *(exact(99, victims=group) for group in ("civilians", "combatants", "side_a", "side_b", "unknown"))],
        Figures(9, 9, 9, is_open=False, claims=6),
    ),
    (
        "combatants hold both sides and nobody else",
        [
            exact(9, victims="combatants"),
            exact(5, victims="side_a"),
            exact(5, victims="side_b"),
            exact(2, victims="civilians"),
            exact(1, victims="unknown"),
        ],
        Figures(12, 12, 12, is_open=False, claims=5),
    ),
    (
        "no actor holds each actor",
        [exact(9), exact(4, victim_actor="a"), exact(5, victim_actor="b")],
        Figures(9, 9, 9, is_open=False, claims=3),
    ),
    (
        "actors' people are disjoint, and not everyone",
        [exact(4, victim_actor="a"), exact(5, victim_actor="b")],
        Figures(9, 9, None, is_open=True, claims=2),
    ),
    (
        "an actor's everyone holds the actor's civilians only",
        [
            exact(4, victim_actor="a"),
            exact(2, victims="civilians", victim_actor="a"),
            exact(3, victims="civilians", victim_actor="b"),
            exact(1, victims="unknown"),
        ],
        Figures(8, 8, None, is_open=True, claims=4),
    ),
    (
        "a group without a number holds nothing",
        [toll("unknown"), exact(2, victims="civilians")],
        Figures(2, 2, None, is_open=True, claims=2),
    ),
    (
        "a denial holds nothing",
        [exact(9, polarity="denies"), exact(2, victims="civilians")],
        Figures(2, 2, None, is_open=True, claims=2),
    ),
    # 4. within a group
    (
        "lowest low, highest high",
        [toll("range", 3, 5, 9), toll("range", 4, 6, 20)],
        Figures(3, 5, 20, is_open=False, claims=2),
    ),
    ("the lowest id leads among equals", [exact(3), exact(5)], Figures(3, 3, 5, is_open=False, claims=2)),
    (
        "the latest leads before the lowest id",
        [exact(3, stated_on=DAY), exact(5, stated_on=DAYS[0])],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "a known day leads before an unknown one",
        [exact(3), exact(5, stated_on=DAY)],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "the best source leads before the latest",
        [exact(3, stated_on=DAY, grades="C"), exact(5, grades="EBF")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "a source's day stands in for an unstated one",
        [exact(3, stated_on=DAYS[0]), exact(5, published_on=date(2099, 1, 1))],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "an unknown source comes after the worst",
        [exact(3, grades="F", stated_on=DAY), exact(5, grades="E")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "credibility leads before the source",
        [exact(3, credibility="2", grades="A"), exact(5, credibility="1", grades="E")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "an unknown credibility comes after the worst",
        [exact(3, credibility="6", grades="A"), exact(5, credibility="5")],
        Figures(3, 5, 5, is_open=False, claims=2),
    ),
    (
        "the best is of the leading claim that has one",
        [toll("at_least", 2, credibility="1"), exact(5, credibility="3"), exact(4, credibility="2")],
        Figures(2, 4, None, is_open=True, claims=3),
    ),
    # 5. over the groups
    (
        "an open group leaves the sum open",
        [toll("at_least", 2, 3, victims="civilians"), exact(4, victims="side_a")],
        Figures(6, 7, None, is_open=True, claims=2),
    ),
    (
        "a group without a best leaves the best unknown",
        [toll("range", 2, None, 3, victims="civilians"), exact(4, victims="combatants")],
        Figures(6, None, 7, is_open=False, claims=2),
    ),
    (
        "a claimed zero of some is no zero of all",
        [exact(0, victim_actor="a")],
        Figures(0, 0, None, is_open=True, claims=1),
    ),
    (
        "one side and civilians are not everyone",
        [exact(1, victims="civilians"), exact(4, victims="side_a")],
        Figures(5, 5, None, is_open=True, claims=2),
    ),
    (
        "those of unknown status are not everyone",
        [exact(1, victims="unknown"), exact(4, victims="combatants")],
        Figures(5, 5, None, is_open=True, claims=2),
    ),
    (
        "sums may exceed 32 bits",
        [exact(2_147_483_647, victims=group) for group in ("civilians", "side_a", "side_b")],
        Figures(6_442_450_941, 6_442_450_941, 6_442_450_941, is_open=False, claims=3),
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("claims", "figures"), [pytest.param(it[1], it[2], id=it[0]) for it in COLLAPSED])
@pytest.mark.parametrize("measure", ["killed", "injured"])
def test_figures_follow_the_rule(measure: str, claims: list[Fields], figures: Figures) -> None:
    incident = make_incident()

    store(incident, [{"measure": measure} | described for described in claims])

    kept_figures = {"killed": kept(incident).killed, "injured": kept(incident).injured}
    assert kept_figures == {"killed": NOTHING, "injured": NOTHING} | {measure: figures}


@pytest.mark.django_db
def test_figures_ignore_claims_that_may_not_be_passed_on_unless_the_incident_may_not_either() -> None:
    withheld, other = make_dataset(redistributable=False), make_dataset(redistributable=False)
    incidents = [make_incident(), make_incident(dataset=withheld), make_incident(dataset=other)]

    for incident in incidents:
        store(incident, [exact(3), exact(7, dataset=withheld)])

    assert [kept(incident).killed for incident in incidents] == [
        Figures(3, 3, 3, is_open=False, claims=1),
        Figures(3, 3, 7, is_open=False, claims=2),
        Figures(3, 3, 3, is_open=False, claims=1),
    ]


ABOUT: dict[str, Callable[[Dataset], Fields]] = {
    "an actor": lambda hidden: {"actor": make_actor(dataset=hidden)},
    "a relation": lambda hidden: {"relation": make_relation(dataset=hidden)},
    "its subject": lambda hidden: {"relation": make_relation(subject=make_actor(dataset=hidden))},
    "its object": lambda hidden: {"relation": make_relation(object=make_actor(dataset=hidden))},
}


@pytest.mark.django_db
@pytest.mark.parametrize("about", ABOUT.values(), ids=ABOUT.keys())
def test_figures_and_dispute_ignore_claims_about_what_may_not_be_passed_on(about: Callable[[Dataset], Fields]) -> None:
    incident, hidden = make_incident(), make_dataset(redistributable=False)
    store(incident, [exact(3), exact(50, **about(hidden))])

    withheld = kept(incident)
    Dataset.objects.filter(pk=hidden.pk).update(redistributable=True)

    assert withheld == Estimate(Figures(3, 3, 3, is_open=False, claims=1), NOTHING, disputed=False)
    assert kept(incident) == Estimate(Figures(3, 3, 50, is_open=False, claims=2), NOTHING, disputed=True)
    assert Disagreement.objects.filter(incident=incident).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("about", ABOUT.values(), ids=ABOUT.keys())
def test_what_a_claim_is_about_counts_where_it_is_of_the_same_dataset(about: Callable[[Dataset], Fields]) -> None:
    hidden = make_dataset(redistributable=False)
    incident = make_incident(dataset=hidden)

    store(incident, [exact(50, dataset=hidden, **about(hidden))])

    assert kept(incident).killed == Figures(50, 50, 50, is_open=False, claims=1)


@pytest.mark.django_db
def test_sources_that_may_not_be_passed_on_lend_neither_grade_nor_day() -> None:
    incident, hidden = make_incident(), make_dataset(redistributable=False)
    _, second = store(incident, [toll("range", 1, 3, 9), toll("range", 1, 5, 9)])
    make_citation(claim=second, source=make_source(reliability="A", published_on=DAY, dataset=hidden))

    withheld = kept(incident).killed.best
    Dataset.objects.filter(pk=hidden.pk).update(redistributable=True)
    opened = kept(incident).killed.best
    Source.objects.update(dataset=make_dataset(redistributable=False))

    assert (withheld, opened, kept(incident).killed.best) == (3, 5, 3)


@pytest.mark.django_db
def test_figures_ignore_superseded_claims() -> None:
    incident = make_incident()
    old, new = store(incident, [exact(3), exact(7)])

    Claim.objects.filter(pk=old.pk).update(status="superseded", superseded_by=new)

    assert kept(incident) == Estimate(Figures(7, 7, 7, is_open=False, claims=1), NOTHING, disputed=False)


DISPUTED: list[tuple[str, list[Fields], bool]] = [
    ("nothing claimed", [], False),
    ("one number", [exact(3)], False),
    ("equal numbers", [exact(3), exact(3)], False),
    ("two numbers", [exact(3), exact(5)], True),
    ("ranges that touch", [toll("range", 3, None, 5), toll("range", 5, None, 9)], False),
    ("ranges apart", [toll("range", 3, None, 5), toll("range", 6, None, 9)], True),
    ("at least more than exactly", [toll("at_least", 5), exact(3)], True),
    ("at least fewer than exactly", [toll("at_least", 2), exact(3)], False),
    ("at most more than exactly", [toll("at_most", high=50), exact(3)], False),
    ("at most fewer than exactly", [toll("at_most", high=2), exact(3)], True),
    ("at most with a best above exactly", [toll("at_most", None, 30, 50), exact(3)], False),
    ("two upper bounds", [toll("at_most", high=50), toll("at_most", high=3)], False),
    ("other measures", [exact(3), exact(5, measure="injured")], False),
    ("a part above the whole", [exact(3), exact(5, victims="civilians")], True),
    ("a part below the whole", [exact(5), exact(3, victims="civilians")], False),
    ("a side above the combatants", [exact(3, victims="combatants"), exact(5, victims="side_b")], True),
    ("an actor's people above everybody", [exact(3), exact(5, victim_actor="a")], True),
    ("two groups, neither in the other", [exact(3, victims="civilians"), exact(5, victims="side_a")], False),
    ("two actors' people", [exact(3, victim_actor="a"), exact(5, victim_actor="b")], False),
    ("figures out of order span what they span", [toll("range", 9, 7, 8, is_out_of_order=True), exact(7)], False),
    ("figures out of order, and one outside", [toll("range", 9, 7, 8, is_out_of_order=True), exact(6)], True),
    ("missing people count too", [exact(3, measure="missing"), exact(5, measure="missing")], True),
    # about
    ("about and far off", [toll("about", best=50), exact(500)], False),
    ("about and far below", [toll("about", best=500), exact(50)], False),
    ("about with bounds, and one outside", [toll("about", 40, 50, 60), exact(61)], True),
    ("about with a low, and one below", [toll("about", 40, 50), exact(39)], True),
    ("about with a low, and one above", [toll("about", 40, 50), exact(5000)], False),
    ("about with a high, and one above", [toll("about", None, 50, 60), exact(61)], True),
    ("about with a high, and one below best", [toll("about", None, 50, 60), exact(49)], False),
    # denials
    ("asserted and denied", [exact(3), denial()], True),
    ("about so many, and denied", [toll("about", best=50), denial()], True),
    ("zero asserted, and a toll denied", [exact(0), denial()], False),
    ("at most so many, and denied", [toll("at_most", high=50), denial()], False),
    ("an unknown number, and denied", [toll("unknown"), denial()], False),
    ("denied of a group that holds it", [exact(3, victims="civilians"), denial()], True),
    ("denied of a part", [exact(3), denial(victims="civilians")], False),
    ("denied of another measure", [exact(3), denial(measure="injured")], False),
    ("denied in just this number", [exact(3), denial() | exact(3)], True),
    ("another number denied", [exact(3), denial() | exact(4)], False),
    ("denied that so many were", [exact(60), denial() | toll("at_least", 51)], True),
    ("denied that more were", [exact(40), denial() | toll("at_least", 51)], False),
    ("denied that it was about another number", [exact(500), denial() | toll("about", best=50)], False),
    ("denied that it was within bounds", [exact(50), denial() | toll("about", 40, 50, 60)], True),
    ("only denied", [denial(), denial() | exact(3)], False),
    # responsibility and links
    ("one held responsible", [responsible("a"), responsible("a")], False),
    ("two held responsible", [responsible("a"), responsible("b")], True),
    ("held responsible and cleared", [responsible("a"), responsible("a", "denies")], True),
    ("one held responsible, another cleared", [responsible("a"), responsible("b", "denies")], False),
    ("two cleared", [responsible("a", "denies"), responsible("b", "denies")], False),
    ("two linked", [responsible("a", kind="link"), responsible("b", kind="link")], False),
    ("linked and said not to be", [responsible("a", kind="link"), responsible("a", "denies", "link")], True),
    ("responsible, though not linked", [responsible("a"), responsible("a", "denies", "link")], False),
    ("threatened and not", [responsible("a", kind="threat"), responsible("a", "denies", "threat")], False),
    # what happened
    ("said to have happened, and not", [happened(by="a"), happened("denies", by="b")], True),
    ("said not to have happened by nobody who is named", [happened(by="a"), happened("denies")], True),
    ("said by nobody who is named to have happened, and not", [happened(), happened("denies")], True),
    ("one who says that this happened and that did not", [happened(by="a"), happened("denies", by="a")], False),
    ("said to have happened by two", [happened(by="a"), happened(by="b")], False),
    ("said not to have happened by two", [happened("denies", by="a"), happened("denies", by="b")], False),
    ("it happened, and another had no motive", [happened(by="a"), happened("denies", by="b", kind="motive")], False),
    # answers
    ("confirmed", [exact(3), exact(3, answers=0, answer_kind="confirms")], False),
    ("corrected", [exact(3), toll("unknown", answers=0, answer_kind="corrects")], True),
    ("denied by an answer", [responsible("a"), responsible("a", kind="motive", answers=0, answer_kind="denies")], True),
    ("a draft corrects", [exact(3), exact(5, answers=0, answer_kind="corrects", status="draft")], False),
    (
        "a retracted claim is corrected",
        [exact(3, status="retracted", status_reason="Wrong."), exact(5, answers=0, answer_kind="corrects")],
        False,
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("claims", "disputed"), [pytest.param(it[1], it[2], id=it[0]) for it in DISPUTED])
def test_incident_is_disputed_where_claims_cannot_all_be_right(claims: list[Fields], disputed: bool) -> None:  # noqa: FBT001 - the expected value
    incident = make_incident()

    store(incident, claims)

    assert kept(incident).disputed is disputed
    assert estimate(incident).disputed is disputed


@pytest.mark.django_db
def test_dispute_ignores_claims_that_may_not_be_passed_on() -> None:
    incident = make_incident()

    store(incident, [exact(3), exact(5, dataset=make_dataset(redistributable=False))])

    assert kept(incident).disputed is False


USED = {
    "best": "It leads its group of victims, and gives the best number.",
    "leads": "It leads its group of victims.",
    "bounds": "It bounds its group of victims.",
    "gives best": "It lies within the bounds of its group of victims, and gives the best number.",
}


@pytest.mark.django_db
def test_explain_names_each_counting_claim_once_with_its_verdict(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    incident = make_incident()
    described = {
        "draft": exact(1, status="draft"),
        "retracted": exact(1, status="retracted", status_reason="Wrong."),
        "withheld": exact(1, dataset=make_dataset(redistributable=False)),
        "motive": responsible("a", kind="motive"),
        "denied": denial(victims="combatants", credibility="1"),
        "unknown": toll("unknown", victims="civilians", credibility="1"),
        "doubtful": toll("range", 2, 3, 4, victims="civilians", credibility="4"),
        "open": toll("at_least", 2, victims="civilians", credibility="2"),
        "likely": exact(3, victims="civilians", credibility="3"),
        "side-a": exact(5, victims="side_a"),
        "a-of-side-a": exact(4, victims="side_a", victim_actor="a"),
        "b-of-side-b": exact(6, victims="side_b", victim_actor="b"),
        "hurt": exact(9, measure="injured"),
        "hurt-too": exact(8, measure="injured", victims="unknown"),
        "lost": exact(1, measure="missing"),
    }
    names = dict(zip([claim.pk for claim in store(incident, list(described.values()))], described, strict=True))
    store(make_incident(), [exact(99)])

    with django_assert_num_queries(3):  # the verdicts; the claims with their claimants and victims; their citations
        told = explain(incident)
        _ = [(weighed.claim.claimant, weighed.claim.victim_actor) for weighed in told]

    assert [(names[it.claim.pk], it.measure, it.is_used, it.reason) for it in told] == [
        ("hurt", "injured", True, USED["best"]),
        ("hurt-too", "injured", False, REASONS["held"]),
        ("open", "killed", True, USED["leads"]),
        ("likely", "killed", True, USED["gives best"]),
        ("doubtful", "killed", True, USED["bounds"]),
        ("side-a", "killed", True, USED["best"]),
        ("b-of-side-b", "killed", True, USED["best"]),
        ("unknown", "killed", False, REASONS["no_figure"]),
        ("denied", "killed", False, REASONS["denial"]),
        ("retracted", "killed", False, REASONS["retracted"]),
        ("a-of-side-a", "killed", False, REASONS["held"]),
        ("lost", "missing", True, USED["best"]),
    ]


@pytest.mark.django_db
def test_explain_lets_a_claim_lead_over_claims_that_are_set_aside() -> None:
    incident = make_incident()
    cleared, vague, likely = store(
        incident, [denial(credibility="1"), toll("unknown", credibility="1"), exact(3, credibility="4")]
    )

    assert [(it.claim, it.is_used, it.reason) for it in explain(incident)] == [
        (likely, True, USED["best"]),
        (cleared, False, REASONS["denial"]),
        (vague, False, REASONS["no_figure"]),
    ]


@pytest.mark.django_db
def test_explain_of_an_incident_without_claims_is_empty() -> None:
    assert explain(make_incident()) == []
