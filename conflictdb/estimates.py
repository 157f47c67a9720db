"""From claims to figures: the rule, and the reasons behind one incident's figures. ``sql/estimates.sql`` does the work.

The rule, for an incident and a measure (killed, injured …):

1. What counts are the standing toll claims about the incident that those who may see it may see: the claim's dataset may be
   passed on, or is the incident's own; and so may the datasets of what else it is about (an actor; a relation and its two
   ends), or they are the claim's own. Of its sources those count whose dataset may be passed on, or is the claim's own:
   where reliability, a publisher or a day of publication is spoken of below, others are as if not cited.
2. A claim sets bounds: its low and high; "about" its best on a side that it does not state; "at most" starts at zero; "at
   least" and "lowest reported" have no upper bound; vague words with a number start at their low, else their best, else
   zero, and have an upper bound only if they give one. Claims that give no number, and denials, set none and are set aside.
   A claim that none was reported is not counted among the claims: nothing is reported.
3. Claims are grouped by whom they count: the victims' category and, if named, the actor whose people they were. A group
   that another group holds (everyone holds all, combatants hold both sides, no actor holds each actor) is set aside, so
   that nobody is counted twice. What remains is taken as disjoint.
4. Within a group: the lowest low, the best of the leading claim that has one, the highest high. The leading claim has the
   best credibility, then the best reliability among its sources, then the latest day on which it was known (stated, or
   else first published), then the lowest id; unknown grades and days come after all known ones.
5. Over the groups: the sums. An open upper bound in any group leaves ``high`` null and ``is_open`` true, and so do groups
   that do not make up everyone (everyone; or civilians with combatants or with both sides): how many more there were,
   nobody says. A group without a best number leaves ``best`` null.

A reader's lens (``lens.py``) changes 1 and 4. It lets claims through by who makes them (a claim without a claimant is
according to the publishers of its sources), by dataset, by the best known grade of their sources, by credibility, and by the
day on which they were known; what is unknown meets no condition. On an earlier day a superseded claim stood until its
successor was known; of a retraction no day is known. It may resolve a group to one of its claims instead of the range of
all: the leading, the latest, the lowest, the highest or the one in the middle; a claim's number is then its best, else the
middle of its bounds, else its low, and of equals the one that leads comes first (of two in the middle, the lower).

No claim at all (``claims`` is 0) is "not reported"; claims without a number leave the figures null: "unknown"; zero is a
number that somebody claimed.

An incident is ``disputed`` where its standing claims contradict each other: a group's lowest possible number lies above
the highest possible number of itself or of a group that holds it; a toll above zero is asserted, and denied for its group
or one that holds it, as such or in numbers that take in all it may be; an actor is held responsible, or an actor or a
conflict linked, and said not to be; it is asserted that something happened, or how, and denied, but for what one and the
same claimant asserts and denies, which are two things; two different actors are held responsible; or a claim denies or
corrects another and both stand. Figures published out of order span from the lowest to the highest of them. An "about"
bounds nothing on a side that it does not state: nobody can say how far off is too far. Where it states neither bound, only
the denial of any number contradicts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections
from django.db.models import Prefetch

from conflictdb.disagreements import HIDDEN
from conflictdb.lens import EVERYONE, PLACES, Lens
from conflictdb.models import Citation, Claim, Incident
from conflictdb.vocabularies import ValueKind

REASONS = {
    "denial": "A denial tells what is not so, and gives no figure.",
    "no_figure": "It gives no number.",
    "none_reported": "It found no figure reported, which is no figure and not zero.",
    "held": "Another claim already counts these people within a wider group.",
    "superseded": "A later claim replaces it.",
    "retracted": "It was retracted.",
    "according_to": "Outside the lens: it is according to others than those asked for (according_to).",
    "exclude_claimant": "Outside the lens: it is according to somebody who is left out (exclude_claimant).",
    "claims_dataset": "Outside the lens: it is of another dataset than those asked for (claims_dataset).",
    "min_reliability": "Outside the lens: its best source is less reliable than asked for (min_reliability).",
    "min_reliability_unknown": "Outside the lens: how reliable its sources are is not known (min_reliability).",
    "min_credibility": "Outside the lens: it is less credible than asked for (min_credibility).",
    "min_credibility_unknown": "Outside the lens: how credible it is is not known (min_credibility).",
    "stated_before": "Outside the lens: it was not known before the day asked for (stated_before).",
    "stated_before_unknown": "Outside the lens: the day on which it was known is not known (stated_before).",
}
CHOSEN = {
    "leading": "leads its group of victims",
    "latest": "is the latest of its group of victims",
    "lowest": "has the lowest number of its group of victims",
    "highest": "has the highest number of its group of victims",
    "median": "has the middle number of its group of victims",
}
WEIGHED = f"SELECT * FROM conflictdb_explained(%s, {PLACES})"  # noqa: S608 – our own words
SEEN = f"SELECT * FROM conflictdb_seen_alone(%s, {PLACES})"  # noqa: S608 – our own words
MEASURES = ("killed", "injured")
MOST_VOICES = 6  # that a sentence names


@dataclass(frozen=True)
class WeighedClaim:
    """One toll claim and what the rule made of it."""

    claim: Claim
    measure: str
    is_used: bool
    reason: str


@dataclass(frozen=True)
class Figure:
    """How many people, as the claims have it."""

    low: int | None
    best: int | None
    high: int | None
    is_open: bool
    claims: int


@dataclass(frozen=True)
class Estimate:
    """What the claims about an incident make of it: the figure of each measure, and whether they contradict each other."""

    figures: dict[str, Figure]
    disputed: bool
    is_spoken_of: bool


def estimate(incident: Incident, lens: Lens = EVERYONE) -> Estimate:
    """Compute the figures of an incident under a lens. One query."""
    with connections[incident._state.db or "default"].cursor() as cursor:
        cursor.execute(SEEN, [incident.pk, *lens.values()])
        (row,) = cursor.fetchall()
    figures = {measure: Figure(*row[1 + 5 * place : 6 + 5 * place]) for place, measure in enumerate(MEASURES)}
    return Estimate(figures, *row[-2:])


def explain(incident: Incident, lens: Lens = EVERYONE) -> list[WeighedClaim]:
    """Tell for each public toll claim about an incident whether its figures under a lens use it, and why.

    Ordered by measure, claims in use first, the leading one of each group of victims before the others. Three queries: the
    verdicts; the claims with whom they name; their public citations with the sources.
    """
    with connections[incident._state.db or "default"].cursor() as cursor:
        cursor.execute(WEIGHED, [incident.pk, *lens.values()])
        verdicts = cursor.fetchall()
    cited = Citation.objects.for_reading().select_related("source__publisher__dataset")
    named = Claim.objects.select_related("claimant__dataset", "victim_actor").defer("search")
    claims = named.prefetch_related(Prefetch("citations", queryset=cited)).in_bulk([row[0] for row in verdicts])
    return [
        WeighedClaim(
            claim=claims[claim_id],
            measure=measure,
            is_used=verdict == "used",
            reason=_reason(verdict, rank, lens.resolve or "range", is_bound=is_bound, gives_best=gives_best),
        )
        for claim_id, measure, verdict, rank, is_bound, gives_best in verdicts
    ]


def _reason(verdict: str, rank: int, resolve: str, *, is_bound: bool, gives_best: bool) -> str:
    """Say why a claim is set aside, or what it contributes to its group."""
    if verdict == "passed_over":
        return f"Only the claim that {CHOSEN[resolve]} is taken, and another is it."
    if verdict != "used":
        return REASONS[verdict]
    if resolve in CHOSEN:
        place = f"It {CHOSEN[resolve]}"
    elif rank == 1:
        place = "It leads its group of victims"
    else:
        place = "It bounds its group of victims" if is_bound else "It lies within the bounds of its group of victims"
    return f"{place}, and gives the best number." if gives_best else f"{place}."


def sentence(told: Estimate, weighed: Iterable[WeighedClaim]) -> str:
    """State an estimate and its grounds in one sentence of plain English."""
    if not told.is_spoken_of:
        return "No claim that counts here is about this incident, so nothing is said of the killed or the injured."
    weighed = list(weighed)
    parts = [_clause(measure, figure, weighed) for measure, figure in told.figures.items()]
    end = "the claims contradict each other" if told.disputed else "no claim contradicts another"
    whole = "; ".join([*parts, end])
    return f"{whole[0].upper()}{whole[1:]}."


def _clause(measure: str, figure: Figure, weighed: list[WeighedClaim]) -> str:
    """Say how many, and who says so."""
    if not figure.claims:
        return f"of the {measure} nothing is reported"
    if figure.low is None:
        return f"how many were {measure} is not known, for no claim that speaks of it gives a number"
    used = [it.claim for it in weighed if it.measure == measure and it.is_used]
    is_loose = any(it.value_kind == ValueKind.ABOUT and None in {it.low, it.high} for it in used)
    voices = list(dict.fromkeys(map(voice, used))) or [HIDDEN.lower()]
    return f"{_amount(measure, figure, is_loose=is_loose)}, according to {listed(_shortened(voices))}"


def _amount(measure: str, figure: Figure, *, is_loose: bool) -> str:
    """Write a figure in words: what is open stays open, what was published out of order is told as it was."""
    low, best, high = figure.low or 0, figure.best, figure.high or 0
    known = [bound for bound in (figure.low, best, figure.high) if bound is not None]
    if known != sorted(known):
        bounds = {"low": low, "best": best, "high": None if figure.is_open else high}
        told = ", ".join(f"{name} {'open' if bound is None else f'{bound:,}'}" for name, bound in bounds.items())
        return f"the figures of the {measure} are out of order as published ({told})"
    is_told = best is None or low == high or (figure.is_open and best == low)
    likely = "" if is_told else f", most likely {best:,},"
    if figure.is_open:
        at_least = f"at least {_people(low)}{likely} and perhaps more were {measure}"
        return at_least if low else f"how many people were {measure} is open, from none upwards{likely[:-1]}"
    were = "was" if high == 1 else "were"
    if low == high:
        return f"{'about ' if is_loose else ''}{_people(high)} {were} {measure}" if high else f"nobody was {measure}"
    return f"{f'{low:,} to' if low else 'at most'} {_people(high)}{likely} {were} {measure}"


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _shortened(names: list[str]) -> list[str]:
    """Name the first of very many, and count the others."""
    first, others = names[: MOST_VOICES - 1], len(names) - MOST_VOICES + 1
    return [*first, f"{others} others"] if others > 1 else names


def voice(claim: Claim) -> str:
    """Name whose word a claim is: its claimant; or the publisher of its first source, whose own voice it is then."""
    if claim.claimant is not None:
        return claim.claimant.name if claim.claimant.is_public else claim.claimant_wording or HIDDEN.lower()
    publishers = [citation.source.publisher for citation in claim.citations.all()]
    names = [publisher.name for publisher in publishers if publisher is not None and publisher.is_public]
    return claim.claimant_wording or (names[0] if names else "a source in its own voice")


def listed(names: Iterable[str]) -> str:
    """Join names as prose does."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
