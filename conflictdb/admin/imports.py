"""Imports: what importers did, and the page on which a file is uploaded (the singular is a word of Python's own)."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt

from conflictdb.admin.base import badge
from conflictdb.admin.import_form import FLAGS, LABELS, OF_OURS, OF_PUBLISHERS, UploadForm
from conflictdb.admin.import_report import laid_out
from conflictdb.admin.paging import BoundedPaginator
from conflictdb.ingest import uploads
from conflictdb.models import Import
from conflictdb.vocabularies import ImportOutcome

CHANGE = "admin:conflictdb_import_change"


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
        return LABELS.get(record.format, record.format)

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
                ("Release of a publisher", {"fields": OF_PUBLISHERS}),
                ("Our own tables", {"fields": OF_OURS}),
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
        """Put the imports down, one a file, and start them as soon as that is stored."""
        files: list[uploads.StoredFile] = form.cleaned_data["file"]
        records = [obj, *(Import(format=obj.format) for _ in files[1:])]
        for record, file in zip(records, files, strict=True):
            record.file_name = file.name or ""
            record.sha256 = file.sha256()
            record.started_by = request.user  # type: ignore[assignment]  # nobody gets here without logging in
            record.outcome = ImportOutcome.WAITING
            record.dataset = None  # until it is loaded; the form's is an option
            super().save_model(request, record, form, change)
        options = form.options()  # type: ignore[attr-defined]  # get_form made it an UploadForm
        uploaded = [(record, file.path) for record, file in zip(records, files, strict=True)]
        transaction.on_commit(partial(uploads.start, uploaded, options))
        if others := [(reverse(CHANGE, args=[one.pk]), one.file_name) for one in records[1:]]:
            links = format_html_join(", ", '<a href="{}">{}</a>', others)
            messages.info(request, format_html("After this file come, in turn: {}.", links))

    def response_add(self, request: HttpRequest, obj: Import, post_url_continue: str | None = None) -> HttpResponse:  # noqa: ARG002  # Django's own signature
        """Go on to the page that shows how far it is."""
        return HttpResponseRedirect(reverse(CHANGE, args=[obj.pk]))

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
