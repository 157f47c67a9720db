"""Which claims of one incident cannot both be true, once more in plain Python: every claim against every other.

Written from the prose of ``conflictdb/estimates.py`` and the help of the model's columns; the tests hold the database's
pairs against it.
"""

from dataclasses import dataclass, replace
from itertools import combinations

from conflictdb.models import Claim, Disagreement, Incident
from tests.conflictdb.reference import counting, denies, gives_a_number, group_of, is_above_zero, span


@dataclass(frozen=True)
class Pair:
    """Two claims that cannot both be true, and why."""

    one: int
    other: int
    kind: str
    is_answer: bool
    subject: str
    measure: str
    victims: str
    at_most: int | None = None
    at_least: int | None = None


def kept(incident: Incident) -> set[Pair]:
    """Read the pairs that the database keeps of an incident."""
    rows = Disagreement.objects.filter(incident=incident)
    return {
        Pair(it.one_id, it.other_id, it.kind, it.is_answer, it.subject, it.measure, it.victims, it.at_most, it.at_least)
        for it in rows
    }


def disagreements(incident: Incident) -> set[Pair]:
    """Compute the pairs that the database should keep."""
    claims = sorted(counting(incident), key=lambda claim: claim.pk)
    return {pair for first, second in combinations(claims, 2) if (pair := compared(first, second))}


def compared(first: Claim, second: Claim) -> Pair | None:
    """Tell why two claims, the one stored first named first, cannot both be true; None where they can."""
    is_answer = answers(first, second) or answers(second, first)
    for one, other in ((first, second), (second, first)):
        if lie_apart(one, other):
            bounds = span(one)[1], span(other)[0]
            pair = _pair(one, other, "toll", other, is_answer=is_answer)
            return replace(pair, at_most=int(bounds[0]), at_least=int(bounds[1]))
        if is_denied(one, other):
            return _pair(one, other, "denial", one, is_answer=is_answer)
    if {(it.kind, it.polarity) for it in (first, second)} == {("responsibility", "asserts")} and (
        first.named_actor_id != second.named_actor_id
    ):
        return _pair(first, second, "responsibility", first, is_answer=is_answer)
    for one, other in ((first, second), (second, first)):
        if answers(other, one):
            return _pair(one, other, "answer", one, is_answer=True)
    return None


def _pair(one: Claim, other: Claim, kind: str, counted: Claim, *, is_answer: bool) -> Pair:
    return Pair(one.pk, other.pk, kind, is_answer, one.kind, one.measure, counted.victims if one.measure else "")


def lie_apart(lower: Claim, higher: Claim) -> bool:
    """Whether a group's lowest possible number is above the highest one of a group that holds it."""
    if {(it.kind, it.polarity) for it in (lower, higher)} != {("toll", "asserts")} or lower.measure != higher.measure:
        return False
    if not gives_a_number(lower) or not gives_a_number(higher) or not group_of(lower).holds(group_of(higher)):
        return False
    return span(higher)[0] > span(lower)[1]


def is_denied(asserted: Claim, denial: Claim) -> bool:
    """Whether what one claim asserts is what the other denies."""
    if (asserted.polarity, denial.polarity) != ("asserts", "denies") or asserted.kind != denial.kind:
        return False
    if asserted.kind == "toll":
        is_about_it = asserted.measure == denial.measure and group_of(denial).holds(group_of(asserted))
        return is_about_it and is_above_zero(asserted) and denies(denial, span(asserted))
    if asserted.kind == "occurrence":
        return asserted.claimant_id is None or asserted.claimant_id != denial.claimant_id
    named = (asserted.named_actor_id, asserted.named_conflict_id)
    is_named = named != (None, None) and named == (denial.named_actor_id, denial.named_conflict_id)
    return asserted.kind in {"responsibility", "link"} and is_named


def answers(answer: Claim, answered: Claim) -> bool:
    """Whether a claim denies or corrects another."""
    return answer.answers_id == answered.pk and answer.answer_kind in {"denies", "corrects"}
