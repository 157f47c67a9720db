"""A made-up incident: the shelling of a market. Five claimants differ about it in every way there is.

A ministry, a rebel front, a hospital, a monitor and a news agency that speaks in its own voice. ``PAIRS`` says, by hand,
which of their claims cannot both be true and why.
"""

from datetime import date
from typing import Any

from conflictdb.models import Claim, Incident
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_incident,
    make_participation,
    make_source,
)

DAY = date(2021, 4, 12)
ACTORS = {
    "dar-ministry": ("Ministry of Defence of Dar", "government"),
    "dar-army": ("Army of Dar", "state_forces"),
    "northern-front": ("Northern Front", "rebel_group"),
    "wadi-hospital": ("Wadi General Hospital", "other"),
    "dar-monitor": ("Dar Casualty Monitor", "monitor"),
    "levant-wire": ("Levant Wire", "media"),
}
TOLL = {"kind": "toll", "measure": "killed", "victims": "everyone"}
EXACT_14 = {"value_kind": "exact", "low": 14, "best": 14, "high": 14}
# slug → who says it (None: the agency in its own voice), how the source puts it, and what it comes to
CLAIMS: dict[str, tuple[str | None, str, dict[str, Any]]] = {
    "ministry-at-most-five": (
        "dar-ministry",
        "No more than five people died, the ministry said.",
        TOLL | {"value_kind": "at_most", "high": 5},
    ),
    "front-at-least-thirty": (
        "northern-front",
        "The front spoke of at least thirty dead.",
        TOLL | {"value_kind": "at_least", "low": 30},
    ),
    "hospital-fourteen-civilians": (
        "wadi-hospital",
        "The hospital counted fourteen civilians among the dead.",
        TOLL | EXACT_14 | {"victims": "civilians"},
    ),
    "monitor-twelve-to-eighteen": (
        "dar-monitor",
        "Between twelve and eighteen people were killed, most likely fifteen, the monitor found.",
        TOLL | {"value_kind": "range", "low": 12, "best": 15, "high": 18},
    ),
    "ministry-denies-fourteen": (
        "dar-ministry",
        "It is not true that fourteen civilians died, the ministry said.",
        TOLL | EXACT_14 | {"victims": "civilians", "polarity": "denies"},
    ),
    "wire-about-forty-injured": (
        None,
        "About forty people were hurt.",
        TOLL | {"measure": "injured", "value_kind": "about", "best": 40},
    ),
    "ministry-denies-injured": (
        "dar-ministry",
        "Nobody was injured, contrary to reports, the ministry said.",
        TOLL | {"measure": "injured", "value_kind": "unknown", "polarity": "denies"},
    ),
    "hospital-injured-unknown": (
        "wadi-hospital",
        "How many were injured is not known, the hospital said.",
        TOLL | {"measure": "injured", "value_kind": "unknown"},
    ),
    "front-blames-army": (
        "northern-front",
        "The army shelled the market, the front said.",
        {"kind": "responsibility", "named_actor": "dar-army"},
    ),
    "ministry-blames-front": (
        "dar-ministry",
        "The front's own rockets fell short, the ministry said.",
        {"kind": "responsibility", "named_actor": "northern-front"},
    ),
    "ministry-clears-army": (
        "dar-ministry",
        "The army did not fire, the ministry said.",
        {"kind": "responsibility", "named_actor": "dar-army", "polarity": "denies"},
    ),
    "front-links-to-war": (
        "northern-front",
        "The front called it part of the war over the river.",
        {"kind": "link", "named_conflict": "river-war"},
    ),
    "monitor-denies-link": (
        "dar-monitor",
        "The monitor found nothing that ties it to the war over the river.",
        {"kind": "link", "named_conflict": "river-war", "polarity": "denies"},
    ),
    "hospital-at-noon": ("wadi-hospital", "The shells fell at noon, the hospital said.", {"kind": "occurrence"}),
    "monitor-corrects-the-hour": (
        "dar-monitor",
        "They fell at two, not at noon, the monitor said.",
        {"kind": "occurrence", "answers": "hospital-at-noon", "answer_kind": "corrects"},
    ),
}
REPORT = "\n".join(words for _, words, _ in CLAIMS.values())
# (one, other) → kind, subject, measure, whom both count, gap, ratio
PAIRS: dict[tuple[str, str], tuple[str, str, str, str, int | None, float | None]] = {
    ("ministry-at-most-five", "front-at-least-thirty"): ("toll", "toll", "killed", "everyone", 25, 6.0),
    ("ministry-at-most-five", "hospital-fourteen-civilians"): ("toll", "toll", "killed", "civilians", 9, 2.8),
    ("ministry-at-most-five", "monitor-twelve-to-eighteen"): ("toll", "toll", "killed", "everyone", 7, 2.4),
    ("monitor-twelve-to-eighteen", "front-at-least-thirty"): ("toll", "toll", "killed", "everyone", 12, 30 / 18),
    ("hospital-fourteen-civilians", "ministry-denies-fourteen"): ("denial", "toll", "killed", "civilians", None, None),
    ("wire-about-forty-injured", "ministry-denies-injured"): ("denial", "toll", "injured", "everyone", None, None),
    ("front-blames-army", "ministry-blames-front"): ("responsibility", "responsibility", "", "", None, None),
    ("front-blames-army", "ministry-clears-army"): ("denial", "responsibility", "", "", None, None),
    ("front-links-to-war", "monitor-denies-link"): ("denial", "link", "", "", None, None),
    ("hospital-at-noon", "monitor-corrects-the-hour"): ("answer", "occurrence", "", "", None, None),
}


def shelling(**fields: Any) -> Incident:
    """Store the incident, its actors, the agency's report with its text, and every claim with the words it was read in."""
    actors = {slug: make_actor(slug=slug, name=name, kind=kind) for slug, (name, kind) in ACTORS.items()}
    war = make_conflict(slug="river-war", name="War over the river")
    incident = make_incident(
        slug="2021-shelling-of-wadi-market",
        title="Shelling of the market of Wadi",
        kind="shelling",
        started_on=DAY,
        ended_on=DAY,
        date_precision="day",
        **fields,
    )
    make_participation(incident=incident, actor=actors["northern-front"], role="side_b")
    source = make_source(slug="levant-wire-report", publisher=actors["levant-wire"], published_on=DAY, text=REPORT)
    claims: dict[str, Claim] = {}
    records = {"named_actor": actors, "named_conflict": {war.slug: war}, "answers": claims}
    for slug, (claimant, words, described) in CLAIMS.items():
        links = {name: records[name][described[name]] for name in records.keys() & described.keys()}
        claims[slug] = make_claim(
            slug=slug,
            incident=incident,
            statement=words,
            claimant=actors[claimant] if claimant else None,
            **described | links,
        )
        make_citation(claim=claims[slug], source=source, exact=words)
    return incident
