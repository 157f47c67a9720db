"""The form on which files are uploaded: what they are, and the options of ``manage.py ingest``."""

from functools import partial
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminRadioSelect, AdminTextInputWidget
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.forms import ModelForm
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conflictdb.ingest.files import BadFile, InputFile
from conflictdb.ingest.formats import FORMATS
from conflictdb.ingest.ownfile import OWN, table_of
from conflictdb.ingest.tables import tables
from conflictdb.ingest.uploads import StoredFile
from conflictdb.models import Dataset, Import

# Fields that are options of `manage.py ingest`.
OF_PUBLISHERS = ("release", "released_on", "older", "vanished")
OF_OURS = ("dataset", "table")
FLAGS = ("skip_bad_rows", "dry_run")
LABELS = {slug: kind.label for slug, kind in FORMATS.items()} | {OWN: "Our own tables"}
HINTS = {slug: kind.hint for slug, kind in FORMATS.items()} | {
    OWN: "csv or ndjson files with columns as manage.py export writes them, one file or several"
}


def formats() -> list[tuple[str, SafeString]]:
    """List the formats with where their files come from."""
    shown = '{} <code>{}</code><span class="hint">{}</span>'
    return [(slug, format_html(shown, label, slug, HINTS[slug])) for slug, label in LABELS.items()]


class FilesInput(forms.ClearableFileInput):
    """Lets several files be chosen."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; a list of them."""

    widget = FilesInput

    def clean(self, data: list[UploadedFile], initial: Any = None) -> list[UploadedFile]:
        """Clean each; that there is none is refused as where one is asked for."""
        check = super().clean
        return [check(file, initial) for file in data] or [check(None, initial)]


class UploadForm(ModelForm):
    """Files, what they are, and what to do with them."""

    format = forms.ChoiceField(choices=formats, widget=AdminRadioSelect(attrs={"class": "radiolist"}))
    file = FilesField(
        max_length=255,
        help_text="csv or ndjson, plain, gzipped or zipped, as the publisher hands it out. Leave it its name, which often "
        "tells the release. Of our own tables several files may be chosen: each is loaded whole or not at all, those that "
        "others name first.",
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
        help_text="Those of earlier releases, on the days that this one covers (<code>--vanished</code> in reports). "
        "A file that does not say what it covers, such as an export of ACLED, retracts none unless you say so.",
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.order_by("title", "version"),
        required=False,
        to_field_name="slug",
        empty_label="The one that each row names",
        help_text="Of new records whose file does not name one (<code>--dataset</code> in reports).",
    )
    table = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "By its name or its columns"), *((name, name) for name in tables())],
        help_text="What the file holds (<code>--table</code> in reports).",
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

    def clean(self) -> dict[str, Any]:
        """Refuse what the format has no use for, and put several files in the order in which they can be loaded."""
        given = super().clean() or {}
        is_own = given.get("format") == OWN
        for name in OF_PUBLISHERS if is_own else OF_OURS:
            if given.get(name):
                self.add_error(name, f"Only for {'files of publishers' if is_own else 'our own tables'}.")
        if len(given.get("file", [])) > 1:
            if not is_own:
                self.add_error("file", "Choose one file; only of our own tables several are taken at once.")
            for name in ("table", "dry_run"):
                if given.get(name):
                    self.add_error(name, "Only for one file; of several, each finds what those before it have brought.")
        if is_own and "file" in given and not self.errors:
            try:
                given["file"].sort(key=partial(place_of, told=given["table"]))
            except BadFile as error:
                self.add_error("file", str(error))
        return given

    def options(self) -> list[str]:
        """Give what was chosen as options of `manage.py ingest`; with ``=``, so that none is taken for another."""
        given = [(name.replace("_", "-"), self.cleaned_data[name]) for name in (*OF_PUBLISHERS, *OF_OURS, *FLAGS)]
        return [
            f"--{name}" if value is True else f"--{name}={getattr(value, 'slug', value)}"
            for name, value in given
            if value
        ]


def place_of(file: StoredFile, told: str) -> int:
    """Tell where an uploaded file's table stands among those that must be loaded before. Raises ``BadFile``."""
    return list(tables()).index(table_of(InputFile(file.path, file.name or ""), told).name)
