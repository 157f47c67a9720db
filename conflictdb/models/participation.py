"""Who took part in an incident, and as what."""

from typing import Any, Self

from django.db import models

from conflictdb import rules
from conflictdb.models.dataset import Dataset
from conflictdb.vocabularies import IncidentStatus, Role


class ParticipationQuerySet(models.QuerySet):
    """Participations, one or many."""

    def get_by_natural_key(self, incident: str, actor: str, role: str) -> Any:
        """Find a participation by the slugs of its ends and the role, as fixtures name it."""
        return self.get(incident__slug=incident, actor__slug=actor, role=role)

    def public(self) -> Self:
        """Participations that anonymous readers may see: of public actors in public incidents."""
        return self.public_of("actor").public_of("incident")

    def public_of(self, end: str) -> Self:
        """Participations that anonymous readers may see, given that they may see this end (``"actor"``, ``"incident"``)."""
        withheld = Dataset.objects.withheld()
        if end == "incident":
            return self.exclude(actor__dataset__in=withheld)
        return self.exclude(incident__dataset__in=withheld).exclude(incident__status=IncidentStatus.DRAFT)

    def for_reading(self) -> Self:
        """Bring the public participants of incidents that may be read, in one query, in the order they were coded."""
        return self.public_of("incident").select_related("actor").order_by("id")


class Participation(models.Model):
    """One actor's part in one incident."""

    incident = models.ForeignKey(
        "conflictdb.Incident",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="participations",
        help_text="The incident.",
    )
    actor = models.ForeignKey(
        "conflictdb.Actor", on_delete=models.PROTECT, related_name="participations", help_text="Who took part."
    )
    role = models.CharField(max_length=20, choices=Role.choices, help_text="As what the actor took part.")

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "actor", "role"],
                name="participation_is_unique",
                violation_error_message="The actor already takes part in the incident in this role.",
            ),
            rules.term_of("role", Role),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.get_role_display().lower()}"

    def natural_key(self) -> tuple[str, str, str]:
        """Name the participation as fixtures do."""
        return (self.incident.slug, self.actor.slug, self.role)

    natural_key.dependencies = ["conflictdb.incident", "conflictdb.actor"]  # type: ignore[attr-defined]  # Django reads it
