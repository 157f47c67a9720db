"""Actors of other publishers that are the same as one whom rows mention, told by name and kind."""

from collections import defaultdict

from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.records import Actor, Key
from conflictdb.vocabularies import ActorKind

# Whoever publishes is not whoever fights, however alike their names; bodies of several states do both. Within each of these
# sets publishers differ in what they call the same actor. Any other kind (civilians, a person) is only itself.
KINDRED = (
    {ActorKind.MEDIA, ActorKind.MONITOR, ActorKind.INTERNATIONAL_ORGANISATION},
    {
        *(ActorKind.STATE, ActorKind.GOVERNMENT, ActorKind.STATE_FORCES, ActorKind.REBEL_GROUP, ActorKind.MILITIA),
        *(ActorKind.COALITION, ActorKind.PARTY, ActorKind.INTERNATIONAL_ORGANISATION, ActorKind.OTHER),
    },
)
# From a dataset that may be passed on, so that it hides nothing. Identifiers begin with their publisher: whoever made
# ucdp-office and ucdp-actor told the two apart.
NAMESAKES = """
    SELECT actor.id, actor.kind, lower(named.name)
    FROM (SELECT id AS actor_id, name FROM conflictdb_actor UNION SELECT actor_id, name FROM conflictdb_actoralias) AS named
    JOIN conflictdb_actor AS actor ON actor.id = named.actor_id
    JOIN conflictdb_dataset AS dataset ON dataset.id = actor.dataset_id
    WHERE lower(named.name) = ANY (%(names)s) AND split_part(split_part(actor.external_id, ':', 1), '-', 1) <> %(publisher)s
      AND dataset.redistributable
    FOR KEY SHARE OF actor
"""


def namesakes(pipe: Pipe, fresh: dict[Key, Actor]) -> dict[Key, int]:
    """Find the ids of those who are there: the one who bears the name and may be it; of several on either side, none."""
    found: dict[Key, int] = {}
    for series in {key.partition(":")[0] for key in fresh if ":" in key}:
        bearers: dict[str, list[Key]] = defaultdict(list)
        for key, actor in fresh.items():
            if key.startswith(f"{series}:"):
                bearers[actor.name.lower()].append(key)
        stored: dict[str, set[int]] = defaultdict(set)
        for actor, kind, name in pipe.rows(NAMESAKES, {"names": list(bearers), "publisher": series.partition("-")[0]}):
            if may_be_one(kind, fresh[bearers[name][0]].kind):
                stored[name].add(actor)
        found |= {bearers[name][0]: ids.pop() for name, ids in stored.items() if len(ids) == len(bearers[name]) == 1}
    return found


def may_be_one(kind: str, other: str) -> bool:
    """Whether actors that are coded so, and bear the same name, can be the same."""
    return kind == other or any({kind, other} <= kin for kin in KINDRED)
