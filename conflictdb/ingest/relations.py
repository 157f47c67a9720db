"""Relations between actors, taken in after all rows: either end may stand anywhere in the file."""

from collections.abc import Callable, Iterable

from conflictdb.ingest.changes import GONE
from conflictdb.ingest.keys import Keys
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.records import Key, Relation
from conflictdb.ingest.store import Row, add_claims, citation_rows, claim_row

RELATION = ("id", "slug", "external_id", "dataset_id", "subject_id", "kind", "object_id")
STORED = """
    SELECT relation.external_id, relation.id, relation.dataset_id
    FROM conflictdb_actorrelation AS relation JOIN conflictdb_dataset AS dataset ON dataset.id = relation.dataset_id
    WHERE dataset.series = %s AND relation.external_id <> '' FOR NO KEY UPDATE OF relation
"""
MOVE = """
    UPDATE conflictdb_actorrelation SET dataset_id = %(to)s, updated_at = %(now)s
    WHERE id = ANY (%(ids)s) AND dataset_id <> %(to)s
"""
MOVE_CLAIMS = """
    UPDATE conflictdb_claim SET dataset_id = %(to)s, updated_at = %(now)s
    WHERE relation_id = ANY (%(ids)s) AND claimant_id = %(claimant)s AND status = 'standing' AND dataset_id <> %(to)s
"""
RETRACT = """
    UPDATE conflictdb_claim SET status = 'retracted', status_reason = %s, updated_at = %s
    WHERE relation_id = ANY (%s) AND claimant_id = %s AND status = 'standing'
"""
Count = Callable[[str, str, int], None]


def add_relations(pipe: Pipe, relations: Iterable[Relation], keys: Keys, claimant: Key, count: Count) -> list[Key]:
    """Store the relations and the claims that say so; return the keys of those whose other end is not to be found.

    What the claimant said of relations that the series no longer tells is retracted with a reason.
    """
    release = keys.release
    known = {relation.key: relation for relation in relations}
    keys.look_up(end for relation in known.values() for end in (relation.subject, relation.object))
    ends = keys.actors
    told = {key: one for key, one in known.items() if one.subject in ends and one.object in ends}
    stored = {key: (identity, dataset) for key, identity, dataset in pipe.rows(STORED, [release.series])}
    _make(pipe, [one for key, one in told.items() if key not in stored], keys, count)
    ids = [stored[key][0] for key in told if key in stored]
    move = {"to": release.id, "now": release.now, "ids": ids, "claimant": ends.get(claimant)}
    moved = pipe.touched(MOVE, move)
    pipe.execute(MOVE_CLAIMS, move)
    count("relations", "moved to this release", moved)
    count("relations", "unchanged", len(ids) - moved)
    gone = [identity for key, (identity, _) in stored.items() if key not in told]
    reason = GONE.format(version=release.version)
    count("relations", "retracted", pipe.touched(RETRACT, [reason, release.now, gone, ends.get(claimant)]))
    return [key for key in known if key not in told]


def _make(pipe: Pipe, relations: list[Relation], keys: Keys, count: Count) -> None:
    """Store new relations with their claims."""
    ids = pipe.new_ids("actorrelation", len(relations))
    release = keys.release
    rows = [
        (
            *(identity, relation.slug, relation.key, release.id),
            *(keys.actors[relation.subject], relation.kind, keys.actors[relation.object]),
        )
        for identity, relation in zip(ids, relations, strict=True)
    ]
    pipe.copy("actorrelation", RELATION, rows)
    claims: list[Row] = []
    citations: list[Row] = []
    claim_ids = iter(pipe.new_ids("claim", sum(len(relation.claims) for relation in relations)))
    for identity, relation in zip(ids, relations, strict=True):
        for claim in relation.claims:
            claim_id, slug = next(claim_ids), f"{relation.slug[:100].rstrip('-')}-{claim.name}"
            claims.append(claim_row(claim_id, slug, claim, keys, (None, identity)))
            citations += citation_rows(claim_id, claim, keys)
    add_claims(keys, claims, citations)
    count("relations", "created", len(relations))
    count("claims", "created", len(claims))
