"""Claims for the tests of the rule: described in a line, stored, or made up at random."""

import random
from datetime import date
from typing import Any

from django.db import connection

from conflictdb.lens import Lens
from conflictdb.models import Actor, Citation, Claim, Incident
from conflictdb.vocabularies import Resolve
from tests.conflictdb.reference import Estimate, Figures, stored
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_dataset,
    make_incident,
    make_relation,
    make_source,
    the_dataset,
)

Fields = dict[str, Any]
NOTHING = Figures()
DAY = date(2023, 10, 17)
BEFORE, AFTER = date(2023, 10, 1), date(2023, 11, 1)
DAYS = (date(2023, 10, 18), DAY, None)


def toll(kind: str, low: int | None = None, best: int | None = None, high: int | None = None, **fields: Any) -> Fields:
    """Describe a toll by its value kind and numbers."""
    return {"value_kind": kind, "low": low, "best": best, "high": high} | fields


def exact(number: int, **fields: Any) -> Fields:
    """Describe a toll of exactly so many."""
    return toll("exact", number, number, number, **fields)


def denial(**fields: Any) -> Fields:
    """Describe a denial that anyone was killed."""
    return toll("unknown", polarity="denies") | fields


def responsible(name: str, polarity: str = "asserts", kind: str = "responsibility", **fields: Any) -> Fields:
    """Describe a claim on whom an incident goes back to."""
    return {"kind": kind, "polarity": polarity, "named_actor": name, "measure": "", "victims": ""} | fields


def happened(polarity: str = "asserts", by: str = "", **fields: Any) -> Fields:
    """Describe a claim that something happened, or how; by an actor, or by nobody who is named."""
    told = {"kind": "occurrence", "polarity": polarity, "measure": "", "victims": ""}
    return told | ({"claimant": by} if by else {}) | fields


def store(incident: Incident, claims: list[Fields]) -> list[Claim]:
    """Store claims about an incident in the order given.

    ``actors`` are named by slug and made along, ``grades`` make one citation each, ``answers`` counts from 0.
    """
    rows: list[Claim] = []
    for described in claims:
        fields = dict(described)
        grades = fields.pop("grades", "")
        published_on = fields.pop("published_on", None)
        for column in fields.keys() & {"victim_actor", "named_actor", "claimant"}:
            if not isinstance(fields[column], str):
                continue
            fields[column] = Actor.objects.filter(slug=fields[column]).first() or make_actor(slug=fields[column])
        if "answers" in fields:
            fields["answers"] = rows[fields["answers"]]
        rows.append(
            make_claim(incident=incident, **{"kind": "toll", "measure": "killed", "victims": "everyone"} | fields)
        )
        for grade in grades or ("F" if published_on else ""):
            make_citation(claim=rows[-1], source=make_source(reliability=grade, published_on=published_on))
    return rows


def kept(incident: Incident) -> Estimate:
    """Read an incident's figures anew."""
    return stored(Incident.objects.get(pk=incident.pk))


class World:
    """Records that random claims point to: an incident or more, datasets, actors, relations and sources of every sort.

    Of each kind some belong to the dataset that may not be passed on.
    """

    def __init__(self, incidents: int) -> None:
        """Store so many incidents, in datasets by turns, and what else there is."""
        self.datasets = [the_dataset(), make_dataset(), make_dataset(redistributable=False)]
        self.actors = [make_actor(), make_actor()]
        self.conflict = make_conflict()
        withheld = {"dataset": self.datasets[2]}
        self.sources = [
            make_source(reliability=grade, published_on=day, publisher=publisher, **of)
            for grade, day, publisher, of in (
                ("A", None, None, {}),
                ("C", date(2020, 5, 5), self.actors[0], {}),
                ("E", None, self.actors[1], {}),
                ("F", None, self.actors[0], {}),
                ("F", date(2021, 1, 1), None, {}),
                ("A", date(2019, 1, 1), self.actors[1], withheld),
            )
        ]
        one, other = self.actors
        hidden = make_actor(**withheld)
        self.subjects = [one, one, hidden]
        self.relations = [
            make_relation(subject=subject, object=object_, **of)
            for subject, object_, of in (
                (one, other, {}),
                (one, other, withheld),
                (hidden, other, {}),
                (one, hidden, {}),
            )
        ]
        for number in range(incidents):
            make_incident(dataset=self.datasets[number % len(self.datasets)])


def numbers(kind: str, choose: random.Random) -> Fields:
    """Choose numbers that a value kind allows; ranges and vague ones may be out of order."""
    some = sorted(choose.choice([0, 0, 1, 2, 3, 5, 8, 2_147_483_647]) for _ in range(3))
    if kind == "exact":
        some = [some[0]] * 3
    is_out_of_order = kind in {"range", "vague"} and choose.random() < 0.2
    if is_out_of_order:
        choose.shuffle(some)
    low, best, high = some
    allowed = {
        "exact": [(low, best, high)],
        "at_least": [(low, best, None), (low, None, None)],
        "lowest_reported": [(low or 1, None, None)],
        "at_most": [(None, None, high), (None, best, high), (0, None, high), (0, best, high)],
        "about": [(None, best, None), (low, best, None), (None, best, high), (low, best, high)],
        "range": [(low, best, high), (low, None, high)],
        "vague": [(None, None, None), (low, None, None), (None, best, None), (None, None, high), (None, best, high)],
    }
    chosen = choose.choice(allowed.get(kind, [(None, None, None)]))
    return dict(zip(("low", "best", "high"), chosen, strict=True)) | {"is_out_of_order": is_out_of_order}


def random_claim(world: World, choose: random.Random, incident: int, key: int, others: list[Claim]) -> Claim:
    """Make up a claim about an incident, under a primary key of its own; it may answer one of the others."""
    kind = choose.choice(["toll"] * 6 + ["responsibility", "link", "motive", "occurrence"])
    status = choose.choice(["standing"] * 6 + ["draft", "retracted", "superseded"])
    claim = Claim(
        pk=key,
        slug=f"made-up-{key}",
        statement="Made up.",
        kind=kind,
        incident_id=incident,
        dataset=choose.choice(world.datasets),
        polarity=choose.choice(["asserts", "asserts", "asserts", "denies"]),
        credibility=choose.choice("1256"),
        stated_on=choose.choice(DAYS),
        claimant=choose.choice([None, *world.actors]),
        actor=choose.choice([*[None] * 9, *world.subjects]),
        relation=choose.choice([*[None] * 9, *world.relations]),
        status=status,
    )
    if kind == "toll":
        claim.measure = choose.choice(["killed", "killed", "injured", "missing"])
        claim.victims = choose.choice(["everyone", "civilians", "combatants", "side_a", "side_b", "unknown"])
        claim.victim_actor = choose.choice([None, None, *world.actors])
        claim.value_kind = choose.choice(
            ["exact", "at_least", "lowest_reported", "at_most", "about", "range", "vague", "unknown", "none_reported"]
        )
        for column, value in numbers(claim.value_kind, choose).items():
            setattr(claim, column, value)
    elif kind in {"responsibility", "link"}:
        claim.named_actor = choose.choice(world.actors)
        if kind == "link":
            claim.named_actor = choose.choice([claim.named_actor, None])
            claim.named_conflict = choose.choice([world.conflict, None])
    others = [other for other in others if other.incident_id == incident]
    if others and choose.random() < 0.15:
        claim.answers, claim.answer_kind = choose.choice(others), choose.choice(["confirms", "denies", "corrects"])
    if status == "superseded" and others:
        claim.superseded_by = choose.choice(others)
    elif status == "superseded":
        claim.status = "standing"
    claim.status_reason = "Wrong." if claim.status == "retracted" else ""
    return claim


def random_lens(world: World, choose: random.Random) -> Lens:
    """Make up a lens of few or many conditions."""

    def some(values: list[Any]) -> Any:
        return choose.choice(values) if choose.random() < 0.35 else None

    actors, datasets = [it.pk for it in world.actors], [it.pk for it in world.datasets]
    return Lens(
        according_to=some([(), (actors[0],), tuple(actors)]),
        not_according_to=some([(actors[0],), tuple(actors)]),
        datasets=some([(datasets[0],), tuple(datasets[1:])]),
        min_reliability=some(["A", "B", "C", "E"]),
        min_credibility=some(["1", "2", "4", "5"]),
        stated_before=some([BEFORE, DAY, date(2023, 10, 18), AFTER]),
        resolve=choose.choice([None, *Resolve.values]),
    )


def random_citations(world: World, choose: random.Random, claims: list[Claim]) -> list[Citation]:
    """Make up none to two citations of each claim."""
    return [
        Citation(claim=claim, number=number, source=choose.choice(world.sources))
        for claim in claims
        for number in range(1, choose.choice([1, 2, 3]))
    ]


def sql(statement: str, *values: Any) -> None:
    """Execute plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def settle() -> None:
    """Let everything that waits for the commit happen now, as a commit would."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")
