"""A second way to count incidents, in plain Python on the models: what the API's statements are held against."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

from conflictdb.models import Actor, Claim, Incident, Participation
from tests import make

FIRST = date(2019, 12, 20)
NIGHTS = (0, 0, 0, 1, 3, 6, 20, 40, 200, 500)
TIMES = ("day", "week", "month", "quarter", "year")
Row = dict[str, Any]


def precision(first: date | None, last: date | None) -> str:
    """Name the finest precision that two days may have."""
    if first is None or last is None:
        return "unknown"
    nights = (last - first).days
    scale = ((0, "day"), (5, "days"), (6, "week"), (31, "month"), (366, "year"))
    return next((name for most, name in scale if nights <= most), "longer")


def make_world(number: int = 60) -> None:
    """Store incidents of every sort: with and without days, places, parties, claims; open, unknown; some not to be seen."""
    rng = random.Random(5)  # noqa: S311 – numbers that nobody is to keep secret
    withheld = make.make_dataset(slug="withheld", redistributable=False)
    datasets = [make.make_dataset(slug=f"data-{name}") for name in "ab"]
    countries = [
        make.make_country(slug=f"land-{name}", region=region)
        for name, region in zip("abc", ("africa", "asia", "asia"), strict=True)
    ]
    actors = [make.make_actor(slug=f"actor-of-{name}") for name in "abcd"] + [
        make.make_actor(slug="hidden", dataset=withheld)
    ]
    conflict = make.make_conflict(slug="whole")
    conflicts = [
        None, conflict, make.make_conflict(slug="dyad-a", parent=conflict),
        make.make_conflict(slug="dyad-b", parent=conflict), make.make_conflict(slug="hidden-conflict", dataset=withheld),
    ]  # fmt: skip
    conflicts.append(make.make_conflict(slug="dyad-of-hidden", parent=conflicts[-1]))
    sources = [make.make_source(slug=f"source-{place}", publisher=actor) for place, actor in enumerate([*actors, None])]
    sources.append(make.make_source(slug="source-withheld", publisher=actors[0], dataset=withheld))
    for place in range(number):
        first = rng.choice([None, *[FIRST + timedelta(days=rng.randrange(500))] * 5])
        last = rng.choice([None, *[first and first + timedelta(days=rng.choice(NIGHTS))] * 8])
        country = rng.choice([None, *countries])
        point = rng.choice([None, (rng.uniform(-90, 90), rng.uniform(-180, 180)), (10.2, 20.3), (90, 180), (-90, -180)])
        incident = make.make_incident(
            slug=f"made-{place}", started_on=first, ended_on=last, date_precision=precision(first, last), country=country,
            place_precision="country" if country or point else "unknown", admin1=rng.choice(["", "North", "South"]),
            admin2=rng.choice(["", "Hills"]), kind=rng.choice(["riot", "strike"]), conflict=rng.choice(conflicts),
            weapons=rng.choice([[], ["drones"], ["drones", "missiles"]]), dataset=rng.choice([*datasets * 4, withheld]),
            status=rng.choice([*["published"] * 9, "draft"]),
            **({"latitude": point[0], "longitude": point[1]} if point else {}),
        )  # fmt: skip
        for actor, role in rng.sample([*product(actors, ("side_a", "victim"))], rng.randrange(4)):
            make.make_participation(incident=incident, actor=actor, role=role)
        for _ in range(rng.randrange(4)):
            _make_claim(rng, incident, actors, sources)


def _make_claim(rng: random.Random, incident: Incident, actors: Sequence[Actor], sources: Sequence[Any]) -> None:
    given = {
        "incident": incident, "claimant": rng.choice([None, *actors]), "dataset": incident.dataset,
        "status": rng.choice([*["standing"] * 6, "draft"]),
    }  # fmt: skip
    if rng.random() < 0.1:
        given["actor"] = actors[-1]  # a claim about somebody who is not to be seen is not to be seen
    measure, low, sort = rng.choice(["killed", "injured"]), rng.randrange(9), rng.randrange(5)
    if sort == 0:
        claim = make.make_claim(**given)
    elif sort == 1:
        claim = make_open_toll(low, measure=measure, **given)
    else:
        bounds = rng.choice([(low, None, None), (low, low + 1, low + 3), (None, None, None), (0, 0, 0)])
        claim = make.make_toll(*bounds, measure=measure, **given)
    for source in rng.sample([*sources], rng.randrange(3)):
        make.make_citation(claim=claim, source=source)


def make_open_toll(low: int, **fields: Any) -> Claim:
    """Store a claim of so many or more."""
    given = {"kind": "toll", "measure": "killed", "victims": "everyone", "value_kind": "at_least", "low": low}
    return make.make_claim(**given | fields)


def bucket(unit: str, day: date | None) -> Any:
    """Name the bucket of a day as an answer does."""
    if day is None:
        return None
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
        "year": day.year,
    }[unit]
    return first if unit == "year" else str(first)


def is_spanning(unit: str, incident: Incident) -> bool:
    """Whether an incident is not known to lie in one bucket."""
    first, last = incident.started_on, incident.ended_on
    return first is not None and (last is None or bucket(unit, first) != bucket(unit, last))


def cell(incident: Incident) -> int | None:
    """Number the cell of PRIO-GRID that an incident lies in, by counting cells from the south-west."""
    if incident.latitude is None or incident.longitude is None:
        return None
    row = min(int((incident.latitude + 90) // 0.5), 359)
    return row * 720 + int((incident.longitude + 180) // 0.5) % 720 + 1


def shown(record: Any) -> str | None:
    """Name a record that may be seen."""
    return record.slug if record and record.is_public else None


OWN = {
    "country": lambda each: each.country and each.country.slug,
    "region": lambda each: each.country and each.country.region,
    "admin1": lambda each: each.admin1 or None,
    "admin2": lambda each: each.admin2 or None,
    "priogrid": cell,
    "kind": lambda each: each.kind,
    "conflict": lambda each: shown(each.conflict and (each.conflict.parent or each.conflict)),
    "dyad": lambda each: shown(each.conflict if each.conflict and each.conflict.parent else None),
    "dataset": lambda each: each.dataset.slug,
    "date_precision": lambda each: each.date_precision,
    "place_precision": lambda each: each.place_precision,
    "disputed": lambda each: each.disputed,
}


def claims_of(incident: Incident) -> list[Claim]:
    """The public standing claims about an incident."""
    return [each for each in incident.claims.all() if each.status == "standing" and each.is_public]


def behind(incident: Incident, names: Sequence[str]) -> list[tuple[dict[str, Any], int | None]]:
    """List the combinations of values behind an incident's accessors; and of how many claims each is, if it is of claims."""
    found: list[tuple[dict[str, Any], int | None]] = [({}, None)]
    if "weapon" in names:
        found = [({"weapon": weapon}, None) for weapon in incident.weapons or [None]]
    if {"actor", "role"} & {*names}:
        parts: list[Participation] = [each for each in incident.participations.all() if each.actor.is_public]
        values = {(("actor", each.actor.slug), ("role", each.role)) for each in parts}
        kept = {tuple(pair for pair in value if pair[0] in names) for value in values} or {
            tuple((name, None) for name in ("actor", "role") if name in names)
        }
        found = [(row | dict(value), count) for row, count in found for value in kept]
    if {"claimant", "publisher"} & {*names}:
        told: dict[Any, set[int]] = defaultdict(set)
        for claim in claims_of(incident):
            publishers = [None]
            if "publisher" in names:
                cited = [each.source for each in claim.citations.all()]
                publishers = [shown(source.publisher) if source.is_public else None for source in cited] or [None]
            for publisher in publishers:
                pairs = (("claimant", shown(claim.claimant)), ("publisher", publisher))
                told[tuple(pair for pair in pairs if pair[0] in names)].add(claim.pk)
        if not told:
            told[tuple((name, None) for name in ("claimant", "publisher") if name in names)] = set()
        found = [(row | dict(value), len(claims)) for row, _ in found for value, claims in told.items()]
    return found


def incidents() -> list[Incident]:
    """The incidents that a list shows by default."""
    rows = Incident.objects.select_related("dataset", "country", "conflict__dataset", "conflict__parent__dataset")
    rows = rows.prefetch_related(
        "participations__actor__dataset",
        "claims__dataset",
        "claims__actor__dataset",
        "claims__claimant__dataset",
        "claims__citations__source__dataset",
        "claims__citations__source__publisher__dataset",
    )
    return [each for each in rows if each.is_public and each.status == "published"]


def shares(incident: Incident, unit: str, spans: str) -> list[tuple[Any, float]]:
    """The buckets that an incident counts in, and how much of it in each."""
    first, last = incident.started_on, incident.ended_on
    if spans == "exclude" and is_spanning(unit, incident):
        return []
    if spans == "spread":
        if first is None or last is None:
            return [(None, 1)]
        days = (last - first).days + 1
        found: dict[Any, float] = defaultdict(float)
        for number in range(days):
            found[bucket(unit, first + timedelta(days=number))] += 1 / days
        return [*found.items()]
    return [(bucket(unit, first), 1)]


def grouped(world: Iterable[Incident], by: Sequence[str], spans: str = "start") -> dict[tuple[Any, ...], Row]:
    """Count incidents by dimensions."""
    groups: dict[tuple[Any, ...], list[tuple[Incident, float, int]]] = defaultdict(list)
    unit = next((name for name in by if name in TIMES), None)
    for incident in world:
        for time, share in shares(incident, unit, spans) if unit else [(None, 1)]:
            for values, claims in behind(incident, by):
                row = {unit: time} | {name: OWN[name](incident) for name in by if name in OWN} | values
                groups[tuple(row[name] for name in by)].append(
                    (incident, share, len(claims_of(incident)) if claims is None else claims)
                )
    return {key: measured(members) for key, members in groups.items()}


def measured(members: Sequence[tuple[Incident, float, int]]) -> Row:
    """Tell all measures of some incidents."""
    row: Row = {
        "incidents": sum(share for _, share, _ in members),
        "claims": sum(share * claims for _, share, claims in members),
    }
    for name in ("killed", "injured"):
        parts = [
            (share, {part: getattr(each, f"{name}_{part}") for part in ("low", "best", "high", "is_open", "claims")})
            for each, share, _ in members
        ]
        sums = {}
        for bound in ("low", "best", "high"):
            known = [share * each[bound] for share, each in parts if each[bound] is not None]
            sums[bound] = sum(known) if known else None
        is_open = any(each["is_open"] for _, each in parts)
        row[name] = {
            **sums,
            "high": None if is_open else sums["high"],
            "is_open": is_open,
            "with_best": sum(share for share, each in parts if each["best"] is not None),
            "open": sum(share for share, each in parts if each["is_open"]),
            "unknown": sum(
                share for share, each in parts
                if each["claims"] and each["low"] is None and each["best"] is None and each["high"] is None
            ),
            "reported": sum(share for share, each in parts if each["claims"]),
            "not_reported": sum(share for share, each in parts if not each["claims"]),
        }  # fmt: skip
    return row


def read(answer: Any) -> dict[tuple[Any, ...], Row]:
    """Read an answer's rows by the values of its dimensions; of records, their slugs."""
    found = {}
    for row in answer["results"]:
        values = (row[name] for name in answer["by"])
        key = tuple(value["slug"] if isinstance(value, dict) else value for value in values)
        found[key] = {name: value for name, value in row.items() if name not in answer["by"]}
    assert len(found) == len(answer["results"])
    return found
