"""The day of a release, learnt after claims were made: they are stated on it too."""

from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.release import Release

AT_ONCE = 10_000  # incidents whose figures are computed by one command
# Records bear the instant at which their import began, so its claims are known among those of editors, wherever a newer
# release has moved them. A day that an editor wrote stays.
DATE = """
    WITH dated AS (
        UPDATE conflictdb_claim AS claim SET stated_on = %(day)s, updated_at = %(now)s
        FROM conflictdb_import AS import
        WHERE import.dataset_id = %(release)s AND claim.created_at = import.started_at
          AND (claim.stated_on IS NULL OR claim.stated_on = %(former)s::date) AND claim.stated_on IS DISTINCT FROM %(day)s
        RETURNING claim.incident_id
    )
    SELECT incident_id, count(*) FROM dated GROUP BY incident_id
"""


def date_claims(pipe: Pipe, release: Release) -> int:
    """Date the claims that earlier imports of the release made, if they have no day or the one that it had before.

    Returns how many there were. Which claim leads may change with it, so the figures are computed anew.
    """
    asked = {"day": release.released_on, "now": release.now, "release": release.id, "former": release.former_day}
    dated = pipe.rows(DATE, asked)
    incidents = sorted(incident for incident, _ in dated if incident)
    for start in range(0, len(incidents), AT_ONCE):
        pipe.execute("SELECT conflictdb_refresh(%s)", [incidents[start : start + AT_ONCE]])
    return sum(number for _, number in dated)
