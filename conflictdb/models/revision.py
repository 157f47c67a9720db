"""The revision of the dataset: one row that tells whether anything changed. The database keeps it (``sql/revision.sql``)."""

from django.db import models


class Revision(models.Model):
    """What the latest commit that wrote any record left behind."""

    token = models.UUIDField(help_text="Another one after each such commit, and never the same for another state.")
    changed_at = models.DateTimeField(help_text="When that commit was (UTC).")

    def __str__(self) -> str:
        return f"{self.token} of {self.changed_at:%Y-%m-%d %H:%M:%S} UTC"


class RevisionMark(models.Model):
    """A transaction that has written records and not ended yet. Its row is gone when it commits: nobody ever sees one."""

    marked_at = models.DateTimeField(help_text="When it first wrote a record (UTC).")

    def __str__(self) -> str:
        return f"{self.marked_at:%Y-%m-%d %H:%M:%S} UTC"
