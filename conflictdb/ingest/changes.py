"""What a newer release, or a corrected file, changes in incidents that are there.

A record keeps its slug. A figure that changed becomes a new claim, and the older one stays, superseded by it. What a release
no longer tells is retracted with a reason, never deleted: incidents, and figures. Participants and citations, which are no
assertions of their own, are replaced. What editors retracted or superseded stays so until its figure changes.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from conflictdb.ingest.keys import Keys
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.records import Claim, Incident
from conflictdb.ingest.release import Release
from conflictdb.ingest.store import PARTICIPATION, TOLD, add_claims, citation_rows, claim_row, told

GONE = "Not in release {version}."  # the reason of every retraction by an importer
GONE_BEGINS = GONE.partition("{")[0]
INCIDENTS = f"""
    SELECT id, status, status_reason, dataset_id, {", ".join(TOLD[:-1])}, other_columns::text
    FROM conflictdb_incident WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 – nobody's input
PARTICIPATIONS = "SELECT incident_id, id, actor_id, role FROM conflictdb_participation WHERE incident_id = ANY (%s)"
CLAIMS = """
    SELECT claim.incident_id, claim.id, claim.status, claim.dataset_id, claim.kind, claim.measure, claim.victims,
           claim.statement, claim.claimant_wording, claim.value_kind, claim.low, claim.best, claim.high,
           claim.is_out_of_order, claim.status_reason,
           (SELECT array_agg(ARRAY[citation.number, citation.source_id] ORDER BY citation.number)
            FROM conflictdb_citation AS citation WHERE citation.claim_id = claim.id)
    FROM conflictdb_claim AS claim JOIN conflictdb_dataset AS dataset ON dataset.id = claim.dataset_id
    WHERE claim.incident_id = ANY (%s) AND dataset.series = %s AND claim.claimant_id = ANY (%s) ORDER BY claim.id
"""
UPDATE_INCIDENT = f"""
    UPDATE conflictdb_incident SET {", ".join(f"{name} = %s" for name in TOLD)}, row_digest = %s, dataset_id = %s,
           status = %s, status_reason = %s, updated_at = %s WHERE id = %s
"""  # noqa: S608 – nobody's input
REDIGEST = """
    UPDATE conflictdb_incident SET row_digest = %(digest)s WHERE id = %(id)s AND row_digest IS DISTINCT FROM %(digest)s
"""
REPLACE = "UPDATE conflictdb_claim SET status = 'superseded', superseded_by_id = %s, updated_at = %s WHERE id = %s"
RETRACT = "UPDATE conflictdb_claim SET status = 'retracted', status_reason = %s, updated_at = %s WHERE id = %s"
REWORD = """
    UPDATE conflictdb_claim SET statement = %s, claimant_wording = %s, dataset_id = %s, updated_at = %s WHERE id = %s
"""
MOVE_INCIDENTS = """
    UPDATE conflictdb_incident SET dataset_id = %(to)s, updated_at = %(now)s WHERE id = ANY (%(ids)s) AND dataset_id <> %(to)s
"""
MOVE_CLAIMS = """
    UPDATE conflictdb_claim SET dataset_id = %(to)s, updated_at = %(now)s
    WHERE incident_id = ANY (%(ids)s) AND status = 'standing' AND dataset_id <> %(to)s
      AND dataset_id IN (SELECT id FROM conflictdb_dataset WHERE series = %(series)s)
"""

Identity = tuple[str, str, str]  # kind, measure, victims: what tells a publisher's claims about one incident apart


@dataclass
class StoredClaim:
    """A claim of the same series that is there."""

    id: int
    status: str
    dataset: int
    statement: str
    wording: str
    figures: tuple[Any, ...]  # value_kind, low, best, high, is_out_of_order
    citations: list[tuple[int, int]]
    reason: str  # of its retraction

    @property
    def is_set_aside(self) -> bool:
        """Whether an editor retracted or superseded it, given that it is the last of its family and none stands."""
        return self.status == "superseded" or not self.reason.startswith(GONE_BEGINS)


@dataclass
class Changes:
    """What is to be written for some incidents, gathered so that each kind of it is one command."""

    incidents: list[tuple[Any, ...]] = field(default_factory=list)
    digests: list[dict[str, Any]] = field(default_factory=list)  # of rows that tell the same in another form
    claims: list[tuple[Any, ...]] = field(default_factory=list)
    citations: list[tuple[Any, ...]] = field(default_factory=list)
    uncited: list[int] = field(default_factory=list)  # claims whose citations are written anew
    replaced: list[tuple[Any, ...]] = field(default_factory=list)
    retracted: list[tuple[Any, ...]] = field(default_factory=list)
    reworded: list[tuple[Any, ...]] = field(default_factory=list)
    parts: list[tuple[Any, ...]] = field(default_factory=list)
    unparted: list[int] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: list[int] = field(default_factory=list)  # incidents whose figures may be others now
    updated: list[str] = field(default_factory=list)  # slugs of those that differ in more than the release they are of


class Updater:
    """Brings incidents that are there up to what a release says of them."""

    def __init__(self, pipe: Pipe, keys: Keys, release: Release) -> None:
        """Write with the import's own pipe."""
        self.pipe = pipe
        self.keys = keys
        self.release = release

    def update(self, incidents: dict[int, tuple[Incident, str]]) -> Changes:
        """Compare incidents, by id, with what is stored, write what differs, and say what that was."""
        changes = Changes()
        ids = list(incidents)
        stored = {row[0]: row[1:] for row in self._rows(INCIDENTS, [ids])}
        claimants = {
            self.keys.actors[claim.claimant] for incident, _ in incidents.values() for claim in incident.claims
        }
        parts, claims = self._stored_parts(ids), self._stored_claims(ids, list(claimants))
        fresh_ids = iter(self.pipe.new_ids("claim", sum(len(incident.claims) for incident, _ in incidents.values())))
        for identity, (incident, digest) in incidents.items():
            is_changed = self._compare_parts(identity, incident, parts[identity], changes)
            for claim in incident.claims:
                key = (claim.kind, claim.measure, claim.victims)
                is_changed |= self._compare_claim(
                    (identity, incident.slug, next(fresh_ids)), claim, claims[identity].pop(key, []), changes
                )
            for left in (claim for family in claims[identity].values() for claim in family):
                if left.status == "standing":
                    reason = GONE.format(version=self.release.version)
                    changes.retracted.append((reason, self.release.now, left.id))
                    changes.counts["claims", "retracted"] += 1
                    is_changed = True
            self._compare_incident(identity, (incident, digest), stored[identity], changes, is_changed=is_changed)
        self._write(changes)
        return changes

    def _rows(self, query: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Read all rows of a query."""
        return self.pipe.rows(query, arguments)

    def _stored_parts(self, ids: list[int]) -> dict[int, dict[tuple[int, str], int]]:
        """Give each incident's participations by actor and role."""
        parts: dict[int, dict[tuple[int, str], int]] = defaultdict(dict)
        for incident, identity, actor, role in self._rows(PARTICIPATIONS, [ids]):
            parts[incident][actor, role] = identity
        return parts

    def _stored_claims(self, ids: list[int], claimants: list[int]) -> dict[int, dict[Identity, list[StoredClaim]]]:
        """Give what the publisher claims of each incident in this series, older ones first, by what tells it apart.

        Editors may have put claims by others into the same dataset.
        """
        claims: dict[int, dict[Identity, list[StoredClaim]]] = defaultdict(dict)
        for incident, identity, status, dataset, kind, measure, victims, *rest in self._rows(
            CLAIMS, [ids, self.release.series, claimants]
        ):
            statement, wording, *figures, reason, cited = rest
            citations = [tuple(pair) for pair in cited or []]
            claim = StoredClaim(identity, status, dataset, statement, wording, tuple(figures), citations, reason)
            claims[incident].setdefault((kind, measure, victims), []).append(claim)
        return claims

    def _compare_parts(
        self, identity: int, incident: Incident, stored: dict[tuple[int, str], int], changes: Changes
    ) -> bool:
        """Take in who takes part; tell whether that changed."""
        wanted = dict.fromkeys((self.keys.actors[actor], role) for actor, role in incident.participations)
        if wanted.keys() == stored.keys():
            return False
        changes.unparted.append(identity)  # all of them, so that they stand in the dataset's order
        changes.parts += [(identity, actor, role) for actor, role in wanted]
        return True

    def _compare_claim(
        self, about: tuple[int, str, int], claim: Claim, family: list[StoredClaim], changes: Changes
    ) -> bool:
        """Take in a claim, given the family of claims on the same figure; tell whether anything changed.

        ``about`` is the incident's id and slug, and an id for a new claim.
        """
        incident, slug, fresh = about
        current = next((one for one in family if one.status == "standing"), None)
        figures = (claim.value_kind, claim.low, claim.best, claim.high, claim.is_out_of_order)
        if current and current.figures == figures:
            return self._reword(current, claim, changes)
        if not current and family and family[-1].is_set_aside and family[-1].figures == figures:
            changes.counts["claims", "left as editors have them"] += 1
            return False
        number = f"-{len(family) + 1}" if family else ""
        row = claim_row(fresh, f"{slug}-{claim.name}{number}", claim, self.keys, (incident, None))
        changes.claims.append(row)
        changes.citations += citation_rows(fresh, claim, self.keys)
        if current:
            changes.replaced.append((fresh, self.release.now, current.id))
        changes.counts["claims", "superseded" if current else "created"] += 1
        return True

    def _reword(self, current: StoredClaim, claim: Claim, changes: Changes) -> bool:
        """Take in what is said beside an unchanged figure; tell whether anything but its release changed."""
        cited = [(number, self.keys.sources[source]) for number, source in claim.citations]
        is_recited = cited != current.citations
        is_reworded = (current.statement, current.wording) != (claim.statement, claim.claimant_wording)
        if is_recited:
            changes.uncited.append(current.id)
            changes.citations += citation_rows(current.id, claim, self.keys)
        if is_recited or is_reworded or current.dataset != self.release.id:
            row = (claim.statement, claim.claimant_wording, self.release.id, self.release.now, current.id)
            changes.reworded.append(row)
        changes.counts["claims", "updated" if is_recited or is_reworded else "unchanged"] += 1
        return is_recited or is_reworded

    def _compare_incident(
        self, identity: int, row: tuple[Incident, str], stored: tuple[Any, ...], changes: Changes, *, is_changed: bool
    ) -> None:
        """Take in the incident itself, which is published again if an importer had retracted it."""
        (incident, digest), (status, reason, dataset, *columns) = row, stored
        columns[-1] = _sorted(columns[-1])
        now_told = told(incident, self.keys)
        is_back = status == "retracted" and reason.startswith(GONE_BEGINS)
        differs = is_changed or is_back or _plain((*now_told[:-1], _sorted(now_told[-1]))) != _plain(columns)
        is_moved = dataset != self.release.id
        kind = "restored" if is_back else "updated" if differs else "moved to this release" if is_moved else "unchanged"
        changes.counts["incidents", kind] += 1
        if differs:
            changes.updated.append(incident.slug)
        if not (differs or is_moved):
            changes.digests.append({"digest": digest, "id": identity})
            return
        if is_back:
            status, reason = "published", ""
        changes.incidents.append((*now_told, digest, self.release.id, status, reason, self.release.now, identity))
        changes.changed.append(identity)

    def _write(self, changes: Changes) -> None:
        """Write everything, each kind at once."""
        pipe = self.pipe
        if changes.unparted:
            pipe.execute("DELETE FROM conflictdb_participation WHERE incident_id = ANY (%s)", [changes.unparted])
            pipe.copy("participation", PARTICIPATION, changes.parts)
        if changes.uncited:
            pipe.execute("DELETE FROM conflictdb_citation WHERE claim_id = ANY (%s)", [changes.uncited])
        pipe.execute_many(UPDATE_INCIDENT, changes.incidents)
        pipe.execute_many(REDIGEST, changes.digests)
        add_claims(self.keys, changes.claims, changes.citations)
        pipe.execute_many(REPLACE, changes.replaced)
        pipe.execute_many(RETRACT, changes.retracted)
        pipe.execute_many(REWORD, changes.reworded)
        pipe.execute("SELECT conflictdb_refresh(%s)", [changes.changed])
        pipe.execute("SELECT conflictdb_file_disagreements(%s)", [changes.changed])


def _sorted(text: str) -> dict[str, str]:
    """Read a JSON object, so that two of them compare by what they hold."""
    return dict(json.loads(text))


def _plain(columns: Sequence[Any]) -> list[Any]:
    """Write days as texts, as they are written in what rows tell."""
    return [value.isoformat() if isinstance(value, date) else value for value in columns]


def move(pipe: Pipe, incidents: list[int], release: Release) -> int:
    """Count unchanged incidents, with their standing claims, to the release that repeats them; return how many moved."""
    arguments = {"ids": incidents, "to": release.id, "now": release.now, "series": release.series}
    moved = pipe.touched(MOVE_INCIDENTS, arguments)
    if moved:
        pipe.execute(MOVE_CLAIMS, arguments)
        pipe.execute("SELECT conflictdb_keep(%s)", [incidents])  # a lens may hear some datasets only
    return moved
