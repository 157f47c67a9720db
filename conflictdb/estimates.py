"""From claims to figures: the rule, and the reasons behind one incident's figures. ``sql/estimates.sql`` does the work.

The rule, for an incident and a measure (killed, injured …):

1. What counts are the standing toll claims about the incident whose dataset may be passed on, or is the incident's own.
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

No claim at all (``claims`` is 0) is "not reported"; claims without a number leave the figures null: "unknown"; zero is a
number that somebody claimed.

An incident is ``disputed`` where its standing claims contradict each other: a group's lowest possible number lies above
the highest possible number of itself or of a group that holds it; a toll above zero is asserted, and denied for its group
or one that holds it, as such or in numbers that take in all it may be; an actor is held responsible, or an actor or a
conflict linked, and said not to be; two different actors are held responsible; or a claim denies or corrects another and
both stand. Figures published out of order span from the lowest to the highest of them. An "about" bounds nothing on a side
that it does not state: nobody can say how far off is too far. Where it states neither bound, only the denial of any number
contradicts it.
"""

from dataclasses import dataclass

from django.db import connections

from conflictdb.models import Claim, Incident

REASONS = {
    "denial": "A denial tells what is not so, and gives no figure.",
    "no_figure": "It gives no number.",
    "none_reported": "It found no figure reported, which is no figure and not zero.",
    "held": "Another claim already counts these people within a wider group.",
}
WEIGHED = """
    SELECT claim_id, measure, verdict, rank,
           best IS NOT NULL AND count(best) OVER (group_to_here) = 1 AS gives_best
    FROM conflictdb_weighed(ARRAY[%s::bigint])
    WINDOW group_to_here AS (PARTITION BY measure, victims, victim_actor_id, verdict ORDER BY rank)
    ORDER BY measure, verdict <> 'used', victims, victim_actor_id NULLS FIRST, rank
"""


@dataclass(frozen=True)
class WeighedClaim:
    """One standing toll claim and what the rule made of it."""

    claim: Claim
    measure: str
    is_used: bool
    reason: str


def explain(incident: Incident) -> list[WeighedClaim]:
    """Tell for each counting toll claim about an incident whether its figures use it, and why.

    Ordered by measure, claims in use first, the leading one of each group of victims before the others. Two queries.
    """
    with connections[incident._state.db or "default"].cursor() as cursor:
        cursor.execute(WEIGHED, [incident.pk])
        verdicts = cursor.fetchall()
    claims = Claim.objects.select_related("claimant", "victim_actor").in_bulk([row[0] for row in verdicts])
    return [
        WeighedClaim(
            claim=claims[claim_id],
            measure=measure,
            is_used=verdict == "used",
            reason=REASONS.get(verdict) or _why_used(rank, gives_best=gives_best),
        )
        for claim_id, measure, verdict, rank, gives_best in verdicts
    ]


def _why_used(rank: int, *, gives_best: bool) -> str:
    """Say what a claim in use contributes to its group."""
    place = "It leads its group of victims" if rank == 1 else "It bounds its group of victims"
    return f"{place}, and gives the best number." if gives_best else f"{place}."
