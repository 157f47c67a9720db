"""Datasets: where records come from and under what terms."""

from django.contrib import admin

from conflictdb.admin.base import RecordAdmin
from conflictdb.models import Dataset


@admin.register(Dataset)
class DatasetAdmin(RecordAdmin):
    """The pages of datasets."""

    route = "dataset"
    list_display = ("title", "version", "publisher", "licence", "redistributable", "released_on")
    list_filter = ("redistributable", "series")
    search_fields = ("title", "slug", "series")
    ordering = ("title", "version", "id")
    fieldsets = (
        (None, {"fields": ("title", ("series", "version"), "publisher", "description", "url", "released_on")}),
        ("Terms", {"fields": ("licence", "redistributable", "citation")}),
        ("Record", {"classes": ["collapse"], "fields": ("slug", "created_at", "updated_at")}),
    )
