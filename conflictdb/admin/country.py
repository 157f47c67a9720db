"""Countries."""

from django.contrib import admin

from conflictdb.admin.base import RecordAdmin
from conflictdb.models import Country


@admin.register(Country)
class CountryAdmin(RecordAdmin):
    """The pages of countries."""

    route = "country"
    list_display = ("name", "iso3", "gwno", "region", "is_historical")
    list_filter = ("region", "is_historical")
    search_fields = ("name", "slug", "iso3")
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": ("name", ("iso3", "gwno"), ("region", "is_historical"))}),
        ("Record", {"classes": ["collapse"], "fields": ("slug", "created_at", "updated_at")}),
    )
