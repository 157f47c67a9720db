"""Conflicts and their dyads."""

from django.contrib import admin

from conflictdb.admin.base import RECORD, RecordAdmin
from conflictdb.models import Conflict


@admin.register(Conflict)
class ConflictAdmin(RecordAdmin):
    """The pages of conflicts."""

    route = "conflict"
    list_display = ("name", "kind", "parent", "started_on", "ended_on", "dataset")
    list_select_related = ("parent", "dataset")
    list_filter = ("kind", ("parent", admin.EmptyFieldListFilter), "dataset")
    search_fields = ("name", "slug")
    ordering = ("name", "id")
    autocomplete_fields = ("parent", "dataset")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "parent"), "description", ("started_on", "ended_on"))}),
        RECORD,
    )
