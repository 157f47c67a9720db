"""Sources: the documents that claims were read in."""

import hashlib
from datetime import date
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce

from conflictdb import rules
from conflictdb.models.record import Record, RecordQuerySet
from conflictdb.models.words import vector, words_of
from conflictdb.vocabularies import Reliability, SourceKind


class SourceQuerySet(RecordQuerySet):
    """Sources, one or many."""

    def for_reading(self) -> "SourceQuerySet":
        """Bring what a list of sources shows, in one query; the held text stays in the database."""
        return self.select_related("publisher", "dataset").defer("text", "search")

    def for_detail(self) -> "SourceQuerySet":
        """Bring what one source's page shows, its held text too, in one query."""
        return self.select_related("publisher", "dataset").defer("search")


class Source(Record):
    """A document that can be read."""

    kind = models.CharField(max_length=20, choices=SourceKind.choices, help_text="What kind of document it is.")
    title = models.CharField(max_length=500, help_text="Title, or the opening words where it has none.")
    publisher = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="publications",
        help_text="Who published it; null if not known.",
    )
    url = models.URLField(max_length=2000, blank=True, help_text="Where it was published; empty if not known.")
    archive_url = models.URLField(max_length=2000, blank=True, help_text="An archived copy; empty if there is none.")
    published_on = models.DateField(null=True, blank=True, help_text="Day of publication; null if not known.")
    retrieved_at = models.DateTimeField(null=True, blank=True, help_text="When it was read (UTC); null if not known.")
    language = models.CharField(
        max_length=35, blank=True, help_text="Language as a BCP 47 tag (`en`); empty if not known."
    )
    reliability = models.CharField(
        max_length=1,
        choices=Reliability.choices,
        default=Reliability.F,
        help_text="Admiralty grade of the source, A to F; F is unknown, not bad.",
    )
    text = models.TextField(
        blank=True,
        help_text="The document's own words, where its terms allow holding them; offsets of quotes count in it. Else empty.",
    )
    sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 of the held text as UTF-8 bytes, or of the document as retrieved; in hexadecimal.",
    )
    search = words_of(
        vector("title", weight="A") + vector("text", weight="C"),
        "Words of the title and the held text, for `q=`.",
    )

    objects = SourceQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-published_on", "-id"]
        constraints = [
            *Record.Meta.constraints,
            rules.term_of("kind", SourceKind),
            rules.term_of("reliability", Reliability),
            rules.filled("title"),
            rules.letters("sha256", r"^[0-9a-f]{64}$", "sha256 must be 64 hexadecimal digits."),
            rules.letters(
                "language", r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "language must be a BCP 47 tag such as `en`."
            ),
            rules.when(
                ~models.Q(text=""),
                ~models.Q(sha256=""),
                name="held_text_has_its_sha256",
                message="A held text needs its SHA-256.",
            ),
        ]
        indexes = [
            models.Index(Coalesce("published_on", date.min), "id", name="source_by_publication"),
            models.Index(fields=["updated_at", "id"], name="source_by_change"),
            GinIndex(fields=["search"], name="source_by_words"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs: Any) -> None:
        """Store the source with the SHA-256 of the text that it holds."""
        if self.text:
            self.sha256 = hashlib.sha256(self.text.encode()).hexdigest()
        super().save(**kwargs)
