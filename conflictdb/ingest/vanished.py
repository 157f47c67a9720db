"""Incidents that a newer release covers and no longer holds: retracted with a reason, never deleted.

All are kept, unless told otherwise, where nobody knows what the release holds, since rows were left out as bad, or what it
covers: an export of ACLED has what its maker chose (days, countries, kinds of event), and says nowhere what that was.
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
        SELECT incident.country_id, min(incident.started_on) AS first, max(incident.ended_on) AS last
        FROM ingest_seen AS seen JOIN conflictdb_incident AS incident ON incident.id = seen.id GROUP BY 1
    )
    SELECT {what}
    FROM conflictdb_incident AS incident
    JOIN conflictdb_dataset AS dataset ON dataset.id = incident.dataset_id
    WHERE dataset.series = %(series)s AND incident.status = 'published'
      AND incident.started_on >= coalesce(%(first)s, (SELECT min(first) FROM held))
      AND incident.ended_on <= coalesce(%(last)s, (SELECT max(last) FROM held))
      AND incident.country_id IN (SELECT country_id FROM held)
"""
NUMBER = COVERED.format(what="count(*)")
MISSING = (
    COVERED.format(what="incident.id, incident.slug, incident.dataset_id = %(release)s")
    + """
      AND incident.dataset_id <> ALL (%(newer)s)
      AND NOT EXISTS (SELECT FROM ingest_seen AS seen WHERE seen.id = incident.id)
"""
)
RETRACT = """
    UPDATE conflictdb_incident SET status = 'retracted', status_reason = %s, updated_at = %s WHERE id = ANY (%s)
"""


def retract_vanished(pipe: Pipe, layout: Format, release: Release, what: str, report: Report) -> None:
    """Retract what the release covers and does not hold, or keep it where ``what`` is "keep" or nobody knows what it covers.

    Raises ``IngestError`` where the file looks like an excerpt, unless ``what`` is "retract": so much is missing, or what
    is missing was told by this very release.
    """
    releases = pipe.rows("SELECT id, version FROM conflictdb_dataset WHERE series = %s", [release.series])
    order = layout.order(release.version)
    newer = [identity for identity, version in releases if layout.order(version) > order]
    days = layout.days(release.version)
    first, last = days or (None, None)
    asked = {"series": release.series, "first": first, "last": last, "newer": newer, "release": release.id}
    gone = pipe.rows(MISSING, asked)
    if not gone:
        return
    if what == "keep" or (what != "retract" and (report.bad_rows or not days)):
        report.count("incidents", "not in this release and kept", len(gone))
        return
    is_excerpt = any(is_of_release for *_, is_of_release in gone)
    ((covered,),) = pipe.rows(NUMBER, asked)
    if what != "retract" and (is_excerpt or len(gone) > max(FEW, MOST * covered)):
        message = (
            f"{len(gone):,} of the {covered:,} incidents that this release covers are not in the file. If it is "
            "an excerpt, or rejected rows repaired, --vanished=keep leaves them as they are; if they are really gone, "
            "--vanished=retract retracts them."
        )
        raise IngestError(message)
    pipe.execute(RETRACT, [GONE.format(version=release.version), release.now, [identity for identity, *_ in gone]])
    report.count("incidents", "retracted", len(gone))
    report.name("retracted", [slug for _, slug, _ in gone])
