"""Actors, with their other names and how they stand to each other."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conflictdb.admin.base import RECORD, RecordAdmin
from conflictdb.admin.forms import RecordForm
from conflictdb.admin.relation import RelationInline
from conflictdb.models import Actor, ActorAlias


class AliasForm(RecordForm):
    """Another name."""

    filled_on_storing = ("actor",)

    class Meta:
        model = ActorAlias
        fields = ("name", "kind", "language")


class AliasInline(admin.TabularInline):
    """Other names on an actor's page."""

    model = ActorAlias
    form = AliasForm

    def get_extra(self, request: HttpRequest, obj: Actor | None = None, **kwargs: Any) -> int:  # noqa: ARG002  # Django's own signature
        """Offer one empty row to a new actor."""
        return 0 if obj is not None else 1


@admin.register(Actor)
class ActorAdmin(RecordAdmin):
    """The pages of actors."""

    route = "actor"
    inlines = (AliasInline, RelationInline)
    list_display = ("name", "kind", "country", "active_from", "active_to", "dataset")
    list_select_related = ("country", "dataset")
    list_filter = ("kind", "country__region", "dataset")
    search_fields = ("name", "slug", "aliases__name")
    search_help_text = "Part of a name, another name or the slug."
    ordering = ("name", "id")
    autocomplete_fields = ("country", "dataset")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "country"), "description", ("active_from", "active_to"))}),
        RECORD,
    )
