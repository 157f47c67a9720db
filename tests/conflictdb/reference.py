"""The rule of ``conflictdb/estimates.py`` once more, in plain Python, one incident at a time.

Written from the prose there and nowhere else; slow and simple on purpose. The tests hold the database against it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import NamedTuple

from conflictdb.lens import EVERYONE, Lens
from conflictdb.models import Claim, Incident, Source
from conflictdb.models.record import Record

NO_BOUND = float("inf")


class Group(NamedTuple):
    """Whom a claim counts: the victims' category and, if named, the actor whose people they were."""

    victims: str
    actor: int | None

    def holds(self, other: "Group") -> bool:
        """Whether everybody whom the other group counts is among those whom this one counts."""
        categories = {
            "everyone": {"everyone", "civilians", "combatants", "side_a", "side_b", "unknown"},
            "combatants": {"combatants", "side_a", "side_b"},
        }.get(self.victims, {self.victims})
        return other.victims in categories and self.actor in {None, other.actor}


@dataclass(frozen=True)
class Figures:
    """What the rule makes of the claims on one measure."""

    low: int | None = None
    best: int | None = None
    high: int | None = None
    is_open: bool = False
    claims: int = 0


@dataclass(frozen=True)
class Estimate:
    """What the rule makes of all claims about one incident."""

    killed: Figures
    injured: Figures
    disputed: bool


def stored(incident: Incident) -> Estimate:
    """Read what the database keeps on the incident's row."""
    killed, injured = (
        Figures(*(getattr(incident, f"{measure}_{part}") for part in ("low", "best", "high", "is_open", "claims")))
        for measure in ("killed", "injured")
    )
    return Estimate(killed, injured, incident.disputed)


def estimate(incident: Incident, lens: Lens = EVERYONE) -> Estimate:
    """Compute what the incident's row should hold; or under a lens, what is to be said of it."""
    claims = counting(incident, lens)
    return Estimate(
        figures(claims, "killed", lens.resolve), figures(claims, "injured", lens.resolve), is_disputed(claims)
    )


def counting(incident: Incident, lens: Lens = EVERYONE) -> list[Claim]:
    """Give the claims about the incident that stand, pass the lens, and may be seen by those who may see it."""
    claims = Claim.objects.filter(incident=incident).select_related(
        "dataset",
        "actor__dataset",
        "relation__dataset",
        "relation__subject__dataset",
        "relation__object__dataset",
        "superseded_by",
    )
    claims = claims.prefetch_related("citations__source__dataset", "superseded_by__citations__source__dataset")
    return [
        claim
        for claim in claims
        if stands(claim, lens.stated_before)
        and (claim.dataset.redistributable or claim.dataset_id == incident.dataset_id)
        and all(may_be_seen(record, claim) for record in besides(claim))
        and passes(claim, lens)
    ]


def besides(claim: Claim) -> list[Record]:
    """List the records that a claim is about besides an incident: an actor; a relation and its ends."""
    relation = claim.relation
    return [*filter(None, [claim.actor]), *([relation, relation.subject, relation.object] if relation else [])]


def may_be_seen(record: Record, claim: Claim) -> bool:
    """Whether a record may be seen by those who may see a claim."""
    return record.dataset.redistributable or record.dataset_id == claim.dataset_id


def sources(claim: Claim) -> list[Source]:
    """Give the sources of a claim that may be seen by those who may see it."""
    return [it.source for it in claim.citations.all() if may_be_seen(it.source, claim)]


def stands(claim: Claim, before: date | None) -> bool:
    """Whether a claim is upheld, or before some day still was: until the one that replaces it was known."""
    if claim.status == "superseded" and before is not None:
        successor = known_on(claim.superseded_by)
        return successor is None or successor >= before
    return claim.status == "standing"


def passes(claim: Claim, lens: Lens) -> bool:
    """Whether a claim meets every condition of a lens; what is not known meets none."""
    grades = sorted({source.reliability for source in sources(claim)} - {"F"})
    day = known_on(claim)
    return (
        (lens.according_to is None or bool(voices(claim) & set(lens.according_to)))
        and (lens.not_according_to is None or not voices(claim) & set(lens.not_according_to))
        and (lens.datasets is None or claim.dataset_id in lens.datasets)
        and (lens.min_reliability is None or (bool(grades) and grades[0] <= lens.min_reliability))
        and (lens.min_credibility is None or claim.credibility <= lens.min_credibility)
        and (lens.stated_before is None or (day is not None and day < lens.stated_before))
    )


def voices(claim: Claim) -> set[int]:
    """Whom a claim is according to: its claimant; where none is named, the publishers of its sources."""
    if claim.claimant_id is not None:
        return {claim.claimant_id}
    return {source.publisher_id for source in sources(claim)} - {None}


def known_on(claim: Claim) -> date | None:
    """Give the day on which a claim was stated, or else first published."""
    days = [source.published_on for source in sources(claim) if source.published_on]
    return claim.stated_on or min(days, default=None)


def figures(claims: Iterable[Claim], measure: str, resolve: str | None = None) -> Figures:
    """Add up the groups of victims that nobody else's group holds."""
    tolls = [claim for claim in claims if claim.kind == "toll" and claim.measure == measure]
    telling = [claim for claim in tolls if claim.polarity == "denies" or claim.value_kind != "none_reported"]
    groups = {group: chosen(members, resolve) for group, members in used(tolls).items()}
    if not groups:
        return Figures(claims=len(telling))
    lows, bests, highs = zip(*(collapsed(group) for group in groups.values()), strict=True)
    is_open = NO_BOUND in highs or not make_up_everyone(groups)
    return Figures(
        low=sum(lows),
        best=None if None in bests else sum(bests),
        high=None if is_open else sum(highs),
        is_open=is_open,
        claims=len(telling),
    )


def chosen(members: list[Claim], resolve: str | None) -> list[Claim]:
    """Choose among a group's claims, the leading one first, those that make its figure."""
    match resolve:
        case "leading":
            return members[:1]
        case "latest":
            return [max(members, key=lambda claim: known_on(claim) or date.min)]
        case "lowest":
            return [min(members, key=number_of)]
        case "highest":
            return [max(members, key=number_of)]
        case "median":
            return [sorted(members, key=number_of)[(len(members) - 1) // 2]]
    return members


def number_of(claim: Claim) -> float:
    """Give the one number that a claim stands for among others: its best, the middle of its bounds, or its low."""
    low, high = bounds_of(claim)
    if claim.best is not None:
        return claim.best
    return low if high == NO_BOUND else (low + high) / 2


def make_up_everyone(groups: Iterable[Group]) -> bool:
    """Whether nobody is left whom no group counts."""
    whole = {group.victims for group in groups if group.actor is None}
    return "everyone" in whole or ("civilians" in whole and ("combatants" in whole or {"side_a", "side_b"} <= whole))


def used(tolls: Iterable[Claim]) -> dict[Group, list[Claim]]:
    """Sort the claims that set bounds into groups, the leading one first, and drop groups that another holds."""
    groups = defaultdict(list)
    for claim in sorted(tolls, key=lead):
        if claim.polarity == "asserts" and gives_a_number(claim):
            groups[group_of(claim)].append(claim)
    return {
        group: members
        for group, members in groups.items()
        if not any(other != group and other.holds(group) for other in groups)
    }


def lead(claim: Claim) -> tuple[bool, str, bool, str, bool, int, int]:
    """Order claims by credibility, reliability, day they were known (latest first) and id; what is unknown comes last."""
    grades = sorted({source.reliability for source in sources(claim)} - {"F"})
    day = known_on(claim)
    return (
        claim.credibility == "6",
        claim.credibility,
        not grades,
        grades[0] if grades else "",
        day is None,
        -(day or date.min).toordinal(),
        claim.pk,
    )


def collapsed(members: list[Claim]) -> tuple[int, int | None, float]:
    """Give a group's lowest low, the best of the leading claim that has one, and the highest high."""
    bounds = [bounds_of(claim) for claim in members]
    return (
        min(low for low, _ in bounds),
        next((claim.best for claim in members if claim.best is not None), None),
        max(high for _, high in bounds),
    )


def bounds_of(claim: Claim) -> tuple[int, float]:
    """Give the low and the high that a claim sets for the figures."""
    low, high = claim.low, claim.high
    if claim.value_kind == "at_most":
        low = 0
    if low is None:
        low = claim.best if claim.best is not None else 0
    if high is None and claim.value_kind == "about":
        high = claim.best
    return low, NO_BOUND if high is None else high


def is_disputed(claims: list[Claim]) -> bool:
    """Whether the claims cannot all be right."""
    return (
        numbers_part(claims)
        or toll_is_denied(claims)
        or any(one_is_named_and_cleared(claims, kind) for kind in ("responsibility", "link"))
        or what_happened_is_denied(claims)
        or two_are_held_responsible(claims)
        or an_answer_contradicts(claims)
    )


def numbers_part(claims: list[Claim]) -> bool:
    """Whether the lowest possible number of a group is above the highest of itself or of one that holds it."""
    asserted = [
        claim for claim in claims if claim.kind == "toll" and claim.polarity == "asserts" and gives_a_number(claim)
    ]
    return any(
        span(narrow)[0] > span(wide)[1]
        for narrow, wide in product(asserted, asserted)
        if narrow.measure == wide.measure and group_of(wide).holds(group_of(narrow))
    )


def toll_is_denied(claims: list[Claim]) -> bool:
    """Whether a toll above zero is asserted, and denied as such or in numbers that take in all it may be."""
    tolls = [claim for claim in claims if claim.kind == "toll"]
    return any(
        is_above_zero(asserted) and group_of(denied).holds(group_of(asserted)) and denies(denied, span(asserted))
        for asserted, denied in product(tolls, tolls)
        if (asserted.polarity, denied.polarity) == ("asserts", "denies") and asserted.measure == denied.measure
    )


def denies(denial: Claim, numbers: tuple[float, float]) -> bool:
    """Whether a denial leaves nothing of the numbers: it gives none itself, or takes them all in."""
    if not gives_a_number(denial):
        return True
    if denial.value_kind == "about" and None in {denial.low, denial.high}:
        return False
    low, high = span(denial)
    return low <= numbers[0] and numbers[1] <= high


def is_above_zero(claim: Claim) -> bool:
    """Whether what a toll claims is more than nobody."""
    if claim.value_kind == "about" and claim.low is None:
        return bool(claim.best)
    return gives_a_number(claim) and span(claim)[0] > 0


def span(claim: Claim) -> tuple[float, float]:
    """Give the lowest and the highest number that a claim leaves possible; figures out of order span all of them.

    An "about" bounds nothing on a side that it does not state.
    """
    given = [number for number in (claim.low, claim.best, claim.high) if number is not None]
    starts_at_zero = claim.low is None and (claim.value_kind in {"about", "at_most"} or claim.best is None)
    return 0 if starts_at_zero else min(given), NO_BOUND if claim.high is None else max(given)


def one_is_named_and_cleared(claims: list[Claim], kind: str) -> bool:
    """Whether one actor or conflict is said to be it, and not to be it."""
    named: dict[str, set[tuple[int | None, int | None]]] = {"asserts": set(), "denies": set()}
    for claim in claims:
        target = (claim.named_actor_id, claim.named_conflict_id)
        if claim.kind == kind and target != (None, None):
            named[claim.polarity].add(target)
    return bool(named["asserts"] & named["denies"])


def what_happened_is_denied(claims: list[Claim]) -> bool:
    """Whether an occurrence is asserted and denied, and not by one and the same claimant."""
    told = [claim for claim in claims if claim.kind == "occurrence"]
    return any(
        asserted.claimant_id is None or asserted.claimant_id != denied.claimant_id
        for asserted, denied in product(told, told)
        if (asserted.polarity, denied.polarity) == ("asserts", "denies")
    )


def two_are_held_responsible(claims: list[Claim]) -> bool:
    """Whether claims name different actors."""
    return len({it.named_actor_id for it in claims if (it.kind, it.polarity) == ("responsibility", "asserts")}) > 1


def an_answer_contradicts(claims: list[Claim]) -> bool:
    """Whether a claim denies or corrects another one that stands."""
    standing = {claim.pk for claim in claims}
    return any(claim.answer_kind in {"denies", "corrects"} and claim.answers_id in standing for claim in claims)


def group_of(claim: Claim) -> Group:
    """Tell whom a toll counts."""
    return Group(claim.victims, claim.victim_actor_id)


def gives_a_number(claim: Claim) -> bool:
    """Whether any of the three figures is given."""
    return any(number is not None for number in (claim.low, claim.best, claim.high))
