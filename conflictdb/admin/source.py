"""Sources, with every quote marked in the text that they hold."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from conflictdb.admin.base import RECORD, RecordAdmin
from conflictdb.admin.forms import LinesField, RecordForm
from conflictdb.admin.quote import whole_text
from conflictdb.models import Source


class SourceForm(RecordForm):
    """A source; its text is held as it was pasted, letter by letter."""

    text = LinesField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "vLargeTextField"}),
        help_text="The document's own words, where its terms allow holding them; quotes are found in it. Else empty.",
    )

    def clean_text(self) -> str:
        """Keep the held text's own line ends where nothing else was changed."""
        text = self.cleaned_data["text"]
        return text if self.fields["text"].has_changed(self.instance.text, text) else self.instance.text


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    """The pages of sources."""

    form = SourceForm
    route = "source"
    is_searched_by_words = True
    list_display = ("title", "kind", "publisher", "published_on", "reliability", "language", "dataset")
    list_select_related = ("publisher", "dataset")
    list_filter = ("kind", "reliability", "dataset")
    search_fields = ("title", "slug")
    search_help_text = "Words of the title and the held text, or the beginning of a slug."
    date_hierarchy = "published_on"
    ordering = ("-published_on", "-id")
    autocomplete_fields = ("publisher", "dataset")
    readonly_fields = ("held_text", "sha256")
    fieldsets = (
        (
            None,
            {
                "fields": ("title", ("kind", "language"), ("publisher", "published_on"), "reliability"),
                "description": "A source is public as soon as it is saved, with the text that it holds.",
            },
        ),
        ("Where it was read", {"fields": ("url", "archive_url", "retrieved_at")}),
        ("Text", {"classes": ["wide-text"], "fields": ("text", "held_text", "sha256")}),
        RECORD,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave the texts in the database but for the one page that shows one."""
        return super().get_queryset(request).defer("text", "search")

    def get_fieldsets(self, request: HttpRequest, obj: Source | None = None) -> Any:  # Django's own signature
        """Show the text once: to be pasted while nothing is quoted from it, marked from then on."""
        is_quoted = obj is not None and obj.citations.exists() and bool(obj.text)
        shown = ("held_text", "sha256") if is_quoted else ("text", "sha256")
        return [
            (name, {**options, "fields": shown}) if name == "Text" else (name, options)
            for name, options in super().get_fieldsets(request, obj)
        ]

    @admin.display(description="Text")
    def held_text(self, source: Source) -> SafeString:
        """Show the text with its quotes marked."""
        return whole_text(
            source, source.citations.select_related("claim").defer("claim__search").order_by("start", "pk")
        )
