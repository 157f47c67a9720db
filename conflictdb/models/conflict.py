"""Conflicts, and below them their dyads."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from conflictdb import rules
from conflictdb.models.record import Record, RecordQuerySet
from conflictdb.models.words import likeness, plain_of, vector, words_of
from conflictdb.vocabularies import ConflictKind


class ConflictQuerySet(RecordQuerySet):
    """Conflicts, one or many."""

    def for_reading(self) -> "ConflictQuerySet":
        """Bring what a list of conflicts shows, in one query."""
        return self.select_related("parent", "dataset")

    def for_detail(self) -> "ConflictQuerySet":
        """Bring what one conflict's page shows: besides, one query for its dyads."""
        dyads = Conflict.objects.public().order_by("name", "id")
        return self.for_reading().prefetch_related(models.Prefetch("dyads", queryset=dyads))


class Conflict(Record):
    """A named conflict, or a dyad of two parties within one."""

    name = models.CharField(max_length=300, help_text="Name in English.")
    kind = models.CharField(
        max_length=20,
        choices=ConflictKind.choices,
        default=ConflictKind.UNKNOWN,
        help_text="Which sort of parties it sets against each other.",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dyads",
        help_text="The conflict that this dyad belongs to; null for a conflict.",
    )
    description = models.TextField(blank=True, help_text="What it is about, in a sentence or two.")
    started_on = models.DateField(null=True, blank=True, help_text="First day; null if not known.")
    ended_on = models.DateField(null=True, blank=True, help_text="Last day; null if it lasts or is not known.")
    search = words_of(
        vector("name", weight="A") + vector("description", weight="B"),
        "Words of the name and description, for `q=`.",
    )
    plain = plain_of("name")

    objects = ConflictQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name", "id"]
        constraints = [
            *Record.Meta.constraints,
            rules.term_of("kind", ConflictKind),
            rules.filled("name"),
            rules.different("parent", "id"),
            *rules.in_order("started_on", "ended_on"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="conflict_by_name"),
            GinIndex(fields=["search"], name="conflict_by_words"),
            likeness("conflict_by_likeness"),
        ]

    def __str__(self) -> str:
        return self.name
