"""Who took part: rows on the incident's page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conflictdb.admin.forms import RecordForm
from conflictdb.models import Incident, Participation


class ParticipationForm(RecordForm):
    """One actor's part."""

    filled_on_storing = ("incident",)

    class Meta:
        model = Participation
        fields = ("actor", "role")


class ParticipationInline(admin.TabularInline):
    """Participations on an incident's page."""

    model = Participation
    form = ParticipationForm
    autocomplete_fields = ("actor",)
    ordering = ("id",)
    verbose_name_plural = "who took part"

    def get_extra(self, request: HttpRequest, obj: Incident | None = None, **kwargs: Any) -> int:  # noqa: ARG002  # Django's own signature
        """Offer two empty rows to a new incident."""
        return 0 if obj is not None else 2
