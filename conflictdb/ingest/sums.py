"""The figures of a file's incidents as they are in the database."""

from conflictdb.ingest.changes import GONE_BEGINS
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.release import Release
from conflictdb.ingest.report import FIGURES

SUMS = """
    SELECT coalesce(sum(claim.low), 0)::bigint, coalesce(sum(claim.best), 0)::bigint, coalesce(sum(claim.high), 0)::bigint
    FROM ({claims}) AS claim
"""
EVERY = """
    SELECT low, best, high FROM conflictdb_claim
    WHERE dataset_id = %(release)s AND measure = 'killed' AND victims = 'everyone'
"""
LATEST = """
    SELECT low, best, high FROM (
        SELECT DISTINCT ON (claim.incident_id) claim.low, claim.best, claim.high, claim.status_reason
        FROM ingest_seen AS seen JOIN conflictdb_claim AS claim ON claim.incident_id = seen.id
        JOIN conflictdb_dataset AS dataset ON dataset.id = claim.dataset_id
        WHERE dataset.series = %(series)s
          AND claim.claimant_id = %(claimant)s AND claim.measure = 'killed' AND claim.victims = 'everyone'
        ORDER BY claim.incident_id, claim.id DESC
    ) AS latest
    WHERE NOT starts_with(status_reason, %(gone)s)
"""


def sums_here(pipe: Pipe, release: Release, claimant: int | None) -> dict[str, int]:
    """Add up what the publisher claimed last of everyone killed in the file's incidents, whatever editors made of it."""
    query = SUMS.format(claims=EVERY if release.is_first else LATEST)
    (sums,) = pipe.rows(
        query, {"release": release.id, "series": release.series, "claimant": claimant, "gone": GONE_BEGINS}
    )
    return dict(zip(FIGURES, sums, strict=True))
