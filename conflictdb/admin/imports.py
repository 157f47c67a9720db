"""Imports: what importers did, and the page on which a file is uploaded (the singular is a word of Python's own)."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget, AdminRadioSelect, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt

from conflictdb.admin.base import badge
from conflictdb.admin.import_report import laid_out
from conflictdb.admin.paging import BoundedPaginator
from conflictdb.ingest import uploads
from conflictdb.ingest.formats import FORMATS
from conflictdb.models import Import
from conflictdb.vocabularies import ImportOutcome

OPTIONS = ("release", "released_on", "older", "vanished")  # fields that are options of `manage.py ingest` with a value
FLAGS = ("skip_bad_rows", "dry_run")


def formats() -> list[tuple[str, SafeString]]:
    """List the formats with where their files come from."""
    shown = '{} <code>{}</code><span class="hint">{}</span>'
    return [(slug, format_html(shown, kind.label, slug, kind.hint)) for slug, kind in FORMATS.items()]


class UploadForm(ModelForm):
    """A file, what it is, and what to do with it."""

    format = forms.ChoiceField(choices=formats, widget=AdminRadioSelect(attrs={"class": "radiolist"}))
    file = forms.FileField(
        max_length=255,
        help_text="csv or ndjson, plain, gzipped or zipped, as the publisher hands it out. Leave it its name, which often "
        "tells the release.",
    )
    release = forms.CharField(
        required=False,
        max_length=40,
        widget=AdminTextInputWidget,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9]+([ .-][A-Za-z0-9]+)*$",
                "Write letters and digits, with single points between, as in 22.1.",
            )
        ],
        help_text="Such as 22.1; only where neither the file's name nor its rows tell (<code>--release</code> in reports).",
    )
    released_on = forms.DateField(
        required=False,
        widget=AdminDateWidget,
        help_text="Figures that it brings, or has brought, are stated on this day (<code>--released-on</code> in reports).",
    )
    older = forms.ChoiceField(
        required=False,
        label="If a newer release is loaded",
        choices=[
            ("", "Refuse this file"),
            ("add", "Add what newer releases do not hold"),
            ("overwrite", "Put this release in their place"),
        ],
        help_text="Only of the days that both cover (<code>--older</code> in reports).",
    )
    vanished = forms.ChoiceField(
        required=False,
        label="Incidents that it no longer holds",
        choices=[
            ("", "Retract them; if they are more than a third, refuse this file"),
            ("retract", "Retract them, however many"),
            ("keep", "Keep them"),
        ],
        help_text="Those of earlier releases, on the days that this one covers (<code>--vanished</code> in reports).",
    )
    skip_bad_rows = forms.BooleanField(
        required=False,
        label="Leave out bad rows",
        help_text="You can download them with the reasons, repair them and upload them. Otherwise the first bad row ends the "
        "import, and nothing is kept (<code>--skip-bad-rows</code> in reports).",
    )
    dry_run = forms.BooleanField(
        required=False, label="Dry run", help_text="Report what would happen, and keep nothing of it."
    )

    class Meta:
        model = Import
        fields = ("format",)

    def options(self) -> list[str]:
        """Give what was chosen as options of `manage.py ingest`; with ``=``, so that none is taken for another."""
        given = [(name.replace("_", "-"), self.cleaned_data[name]) for name in (*OPTIONS, *FLAGS)]
        return [f"--{name}" if value is True else f"--{name}={value}" for name, value in given if value]


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):
    """The runs of importers, written by them. Who may add one uploads its file; nobody changes what was done."""

    list_display = ("file_name", "how", "format", "dataset", "started_by", "started_at")
    list_select_related = ("dataset", "started_by")
    list_filter = ("outcome", "format", "dataset")
    search_fields = ("file_name", "sha256")
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-id")
    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50

    class Media:
        css = {"all": ["conflictdb/admin.css"]}
        js = ["conflictdb/import.js"]

    @admin.display(description="outcome", ordering="outcome")
    def how(self, record: Import) -> SafeString:
        """Show how it ended, or how far it is."""
        return badge(record.outcome, record.get_outcome_display())

    @admin.display(description="format")
    def kind(self, record: Import) -> str:
        """Name the format for people."""
        return FORMATS[record.format].label if record.format in FORMATS else record.format

    # --- what may be done ---

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those look who may upload."""
        return super().has_view_permission(request, obj) or self.has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002  # Django's own signature
        """Let only importers write."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's own signature
        """Keep what was done."""
        return False

    # --- uploading ---

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:  # noqa: FBT001, FBT002  # Django's own signature
        """Ask for a file on the page to add; a run that is there is only shown."""
        return super().get_form(request, obj, change, **({"form": UploadForm} if obj is None else {}) | kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002  # Django's own signature
        """Lay out the form, or what is known of a run besides its report."""
        if obj is None:
            return [
                (None, {"fields": ("format", "file")}),
                ("Release", {"fields": ("release", "released_on", "older", "vanished")}),
                ("How", {"fields": FLAGS}),
            ]
        told = ("file_name", "kind", "dataset", "started_by", "started_at", "finished_at", "sha256")
        return [("Run", {"fields": told, "classes": ["import-run"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002  # Django's own signature
        """Show what is no column."""
        return () if obj is None else ("kind",)

    @method_decorator(csrf_exempt)  # only until the upload knows where to go: Django's own view checks it then
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take an upload into the data folder, from nobody who may not."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            uploads.prepare()
            if request.method == "POST":
                uploads.receive(request)
        except UnreadablePostError:
            raise  # whoever sent it is gone
        except OSError as error:
            messages.error(request, f"Files cannot be taken in: {error.strerror}. Tell whoever runs this server.")
            return HttpResponseRedirect(reverse("admin:conflictdb_import_changelist"))
        shown = {"title": "Import a file", "show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Import, form: ModelForm, change: bool) -> None:  # noqa: FBT001  # Django's own signature
        """Put the import down, and start it as soon as that is stored."""
        file: uploads.StoredFile = form.cleaned_data["file"]
        obj.file_name = file.name or ""
        obj.sha256 = file.sha256()
        obj.started_by = request.user  # type: ignore[assignment]  # nobody gets here without logging in
        obj.outcome = ImportOutcome.WAITING
        super().save_model(request, obj, form, change)
        options = form.options()  # type: ignore[attr-defined]  # get_form made it an UploadForm
        transaction.on_commit(partial(uploads.start, obj, file.path, options))

    def response_add(self, request: HttpRequest, obj: Import, post_url_continue: str | None = None) -> HttpResponse:  # noqa: ARG002  # Django's own signature
        """Go on to the page that shows how far it is."""
        return HttpResponseRedirect(reverse("admin:conflictdb_import_change", args=[obj.pk]))

    # --- what came of it ---

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show none as running that was cut off."""
        uploads.end_cut_off()
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show it as running only if it runs."""
        uploads.end_cut_off()
        return super().change_view(request, object_id, form_url, extra_context)

    def render_change_form(  # noqa: PLR0913, PLR0917  # Django's own signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        change: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        form_url: str = "",
        obj: Import | None = None,
    ) -> HttpResponse:
        """Show how far it is, or the report."""
        if obj is not None:
            upload = uploads.Upload(obj)
            may_upload = self.has_add_permission(request)
            told = upload.told()
            context |= {
                "title": "Import",
                "meaning": next(one.term.definition for one in ImportOutcome if one == obj.outcome),
                "is_unfinished": obj.outcome in uploads.UNFINISHED,
                "told": told,
                "rows_read": f"{told.rows:,}" if told.rows else "",
                "percent": int(told.fraction * 100),
                "report": laid_out(obj.counts, may_see_incidents=request.user.has_perm("conflictdb.view_incident")),
                "has_rejects": may_upload and upload.rejects.exists(),
                "log": upload.end_of_log() if may_upload and obj.outcome == ImportOutcome.FAILED else "",
                "has_ended_early": obj.problem.startswith("Cut off"),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the rejected rows."""
        view = self.admin_site.admin_view(self.rejects_view)
        return [path("<int:pk>/rejects/", view, name="conflictdb_import_rejects"), *super().get_urls()]

    def rejects_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send the rows that were left out, to those who may upload them again."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        record = get_object_or_404(Import, pk=pk)
        try:
            file = uploads.Upload(record).rejects.open("rb")
        except FileNotFoundError:
            message = "No rows were left out of this import."
            raise Http404(message) from None
        return FileResponse(
            file, as_attachment=True, filename=f"{record.file_name}.rejects.csv", content_type="text/csv"
        )
