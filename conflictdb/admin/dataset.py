"""Datasets, and the record of what was imported into them."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from conflictdb.admin.base import RecordAdmin
from conflictdb.admin.paging import BoundedPaginator
from conflictdb.models import Dataset, Import


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


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):
    """The runs of importers: written by them, read here."""

    list_display = ("file_name", "format", "dataset", "outcome", "started_by", "started_at", "finished_at")
    list_select_related = ("dataset", "started_by")
    list_filter = ("outcome", "format", "dataset")
    search_fields = ("file_name", "sha256")
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-id")
    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's own signature
        """Let only importers write."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002  # Django's own signature
        """Let only importers write."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's own signature
        """Keep what was done."""
        return False
