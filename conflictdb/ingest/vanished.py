"""Incidents that a newer release covers and no longer holds: retracted with a reason, never deleted.

Where rows were left out as bad nobody knows what the release holds: then all are kept, unless told otherwise.
"""

from conflictdb.ingest.changes import GONE
from conflictdb.ingest.formats.base import Format
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.release import Release
from conflictdb.ingest.report import Report

MOST = 1 / 3  # of what a release covers may vanish without a question
FEW = 10  # and so many in any case
# What the release covers: its days, or those of its incidents, in the countries of its incidents.
COVERED = """
    WITH held AS (
        SELECT incident.country_id, incident.started_on, incident.ended_on
        FROM ingest_seen AS seen JOIN conflictdb_incident AS incident ON incident.id = seen.id
    )
    SELECT incident.id, incident.slug, seen.id IS NULL AND incident.dataset_id <> ALL (%(newer)s),
           incident.dataset_id = %(release)s
    FROM conflictdb_incident AS incident
    JOIN conflictdb_dataset AS dataset ON dataset.id = incident.dataset_id
    LEFT JOIN ingest_seen AS seen ON seen.id = incident.id
    WHERE dataset.series = %(series)s AND incident.status = 'published'
      AND incident.started_on >= coalesce(%(first)s, (SELECT min(started_on) FROM held))
      AND incident.ended_on <= coalesce(%(last)s, (SELECT max(ended_on) FROM held))
      AND incident.country_id IN (SELECT country_id FROM held)
"""
RETRACT = """
    UPDATE conflictdb_incident SET status = 'retracted', status_reason = %s, updated_at = %s WHERE id = ANY (%s)
"""


def retract_vanished(pipe: Pipe, layout: Format, release: Release, what: str, report: Report) -> None:
    """Retract what the release covers and does not hold, or keep it where ``what`` is "keep".

    Raises ``IngestError`` where the file looks like an excerpt, unless ``what`` is "retract": so much is missing, or what
    is missing was told by this very release.
    """
    releases = pipe.rows("SELECT id, version FROM conflictdb_dataset WHERE series = %s", [release.series])
    order = layout.order(release.version)
    newer = [identity for identity, version in releases if layout.order(version) > order]
    first, last = layout.days(release.version) or (None, None)
    asked = {"series": release.series, "first": first, "last": last, "newer": newer, "release": release.id}
    covered = pipe.rows(COVERED, asked)
    gone = [(identity, slug) for identity, slug, is_gone, _ in covered if is_gone]
    is_excerpt = any(is_gone and is_of_release for _, _, is_gone, is_of_release in covered)
    if not gone:
        return
    if what == "keep" or (report.bad_rows and what != "retract"):
        report.count("incidents", "not in this release and kept", len(gone))
        return
    if what != "retract" and (is_excerpt or len(gone) > max(FEW, MOST * len(covered))):
        message = (
            f"{len(gone):,} of the {len(covered):,} incidents that this release covers are not in the file. If it is "
            "an excerpt, or rejected rows repaired, --vanished=keep leaves them as they are; if they are really gone, "
            "--vanished=retract retracts them."
        )
        raise IngestError(message)
    pipe.execute(RETRACT, [GONE.format(version=release.version), release.now, [identity for identity, _ in gone]])
    report.count("incidents", "retracted", len(gone))
    report.name("retracted", [slug for _, slug in gone])
