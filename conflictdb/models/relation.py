"""Relations between actors, each supported by claims."""

from django.db import models

from conflictdb import rules
from conflictdb.models.dataset import Dataset
from conflictdb.models.record import Record, RecordQuerySet
from conflictdb.vocabularies import RelationKind


class ActorRelationQuerySet(RecordQuerySet):
    """Relations, one or many."""

    @classmethod
    def visible(cls, path: str = "") -> models.Q:
        """Relations whose own terms and those of both actors allow it."""
        withheld = Dataset.objects.withheld()
        of_actors = (models.Q(**{f"{path}{end}__dataset__in": withheld}) for end in ("subject", "object"))
        return super().visible(path) & ~next(of_actors) & ~next(of_actors)

    def for_reading(self) -> "ActorRelationQuerySet":
        """Bring what is shown of a relation, in one query."""
        return self.select_related("subject", "object").order_by("slug")


class ActorRelation(Record):
    """How one actor stands to another, and when; claims about it say who says so."""

    subject = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.CASCADE,
        related_name="relations_as_subject",
        help_text="The actor of whom the relation is told.",
    )
    kind = models.CharField(
        max_length=20, choices=RelationKind.choices, help_text="How the subject stands to the object."
    )
    object = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.CASCADE,
        related_name="relations_as_object",
        help_text="The actor to whom the subject stands so.",
    )
    started_on = models.DateField(null=True, blank=True, help_text="First day of the relation; null if not known.")
    ended_on = models.DateField(null=True, blank=True, help_text="Last day; null if it lasts or is not known.")

    objects = ActorRelationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["slug"]
        verbose_name = "relation"
        constraints = [
            *Record.Meta.constraints,
            rules.term_of("kind", RelationKind),
            rules.different("subject", "object"),
            *rules.in_order("started_on", "ended_on"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} – {self.get_kind_display().lower()} – {self.object}"

    @property
    def is_public(self) -> bool:
        """Whether anonymous readers may see this relation; agrees with ``public()``."""
        return super().is_public and self.subject.is_public and self.object.is_public
