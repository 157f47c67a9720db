"""What the pages of every record share: bounded lists, search by words, safe deletion, refusals as form errors."""

import re
from typing import Any

from django.contrib import admin
from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, IntegrityError, models
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conflictdb.admin.forms import RecordForm
from conflictdb.admin.paging import BoundedPaginator
from conflictdb.models import Dataset
from conflictdb.models.words import CONFIG
from conflictdb.refusals import refusal_of

RECORD: Any = (
    "Record",
    {"classes": ["collapse"], "fields": ("dataset", "slug", "external_id", "created_at", "updated_at")},
)


def badge(code: str, label: str) -> SafeString:
    """Show a term as a small coloured label."""
    return format_html('<span class="badge badge-{}">{}</span>', code, label)


def words_query(text: str) -> SearchQuery | None:
    """Ask for all words of a text, the last of which may be unfinished; None where it has no word."""
    words = re.findall(r"\w+", text)
    if not words:
        return None
    return SearchQuery(" & ".join([*words[:-1], f"{words[-1]}:*"]), config=CONFIG, search_type="raw")


class RecordAdmin(admin.ModelAdmin):
    """Pages of one kind of record with a public address."""

    form = RecordForm
    save_on_top = True
    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    route = ""  # the name of the record's page in the API; empty where it has none
    is_searched_by_words = False  # by the words of its ``search`` column rather than letter by letter

    class Media:
        css = {"all": ["conflictdb/admin.css"]}
        js = ["conflictdb/admin.js"]

    # --- reading ---

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave the words for searching in the database."""
        records = super().get_queryset(request)
        return records.defer("search") if _has(self.model, "search") else records

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by words of the indexed text, or by how the slug begins: neither reads the whole table."""
        if not self.is_searched_by_words:
            return super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return queryset, False
        found = Q(slug__startswith=search_term.strip().lower())
        if (words := words_query(search_term)) is not None:
            found |= Q(search=words)
        return queryset.filter(found), False

    def view_on_site(self, obj: Any) -> str | None:
        """Give the record's address in the API; None where anonymous readers do not see it."""
        if not self.route or not getattr(obj, "is_public", True):
            return None
        return reverse(f"api:{self.route}-detail", kwargs={"slug": obj.slug})

    # --- what may be done ---

    def get_actions(self, request: HttpRequest) -> dict:
        """Offer no deletion of many at once."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def is_address_fixed(self, obj: Any) -> bool:
        """Tell whether the slug can no longer change; a record without a status is public from its first day."""
        return getattr(obj, "status", "") != "draft"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Fix the address of what was public."""
        fixed = ("slug",) if obj is not None and self.is_address_fixed(obj) else ()
        return (*super().get_readonly_fields(request, obj), "created_at", "updated_at", *fixed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let drafts be deleted; what was public is retracted instead."""
        if obj is not None and getattr(obj, "status", "draft") != "draft":
            return False
        return super().has_delete_permission(request, obj)

    # --- storing ---

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Suggest the dataset that this person coded into last, or the newest one that no importer fills."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        if _has(self.model, "dataset") and "dataset" not in initial:
            curated = Dataset.objects.filter(imports__isnull=True).order_by("-id").values_list("id", flat=True)
            initial["dataset"] = request.session.get("dataset") or curated.first()
        return initial

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001  # Django's own signature
        """Store the record and remember its dataset as the next one's."""
        super().save_model(request, obj, form, change)
        if _has(self.model, "dataset"):
            request.session["dataset"] = obj.dataset_id

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:  # noqa: FBT001, FBT002  # Django's own signature
        """Tell the form what the database refused when it was stored a moment ago."""
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", "")
        return type(form.__name__, (form,), {"refusal": refusal}) if refusal else form

    def changeform_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:  # Django's own signature
        """Show a refusal by the database, such as a trigger's, as an error of the form with all that was typed."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (IntegrityError, DataError) as error:
            if request.method != "POST" or hasattr(request, "refusal"):
                raise
            request.refusal = refusal_of(error)  # type: ignore[attr-defined]  # carried to the form that is built next
            return super().changeform_view(request, *args, **kwargs)


def _has(model: type[models.Model], column: str) -> bool:
    """Tell whether a table has a column."""
    try:
        model._meta.get_field(column)  # public in all but its name
    except FieldDoesNotExist:
        return False
    return True
