"""A claim's citations: the curator types the words, the offsets find themselves."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from conflictdb import quotes
from conflictdb.admin.forms import LinesField, RecordForm
from conflictdb.admin.quote import in_context, nearest
from conflictdb.models import Citation, Claim, Source
from conflictdb.vocabularies import ClaimStatus

CONTEXT = 32


class CitationForm(RecordForm):
    """The source and the words; offsets and the words around are looked up in the text that the source holds."""

    filled_on_storing = ("number", "claim")
    exact = LinesField(
        required=False,
        label="Quote",
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="The words that carry the claim, copied from the source. Their place in the text is found by itself.",
    )
    prefix = LinesField(  # type: ignore[assignment]  # a field, which Django keeps apart from the form's own prefix
        required=False,
        strip=False,
        max_length=200,
        label="Words before",
        widget=forms.Textarea(attrs={"rows": 1, "class": "vLargeTextField"}),
        help_text="Found by itself. Type the words right before only where the quote stands more than once.",
    )
    suffix = LinesField(
        required=False,
        strip=False,
        max_length=200,
        label="Words after",
        widget=forms.Textarea(attrs={"rows": 1, "class": "vLargeTextField"}),
        help_text="Likewise.",
    )

    class Meta:
        model = Citation
        fields = ("source", "exact", "prefix", "suffix")

    def clean(self) -> dict[str, Any]:
        """Find the quote in the source's text, and fill its offsets and the words around it."""
        cleaned = super().clean()
        source = cleaned.get("source")
        if self.instance.pk and not self.has_changed():
            return cleaned
        if source is None or not {"exact", "prefix", "suffix"} <= cleaned.keys():
            return cleaned
        for column in ("exact", "prefix", "suffix"):
            cleaned[column] = _as_held(cleaned[column], source)
        self.instance.start = self.instance.end = None
        if not source.text:
            return cleaned
        if not cleaned["exact"]:
            self.add_error("exact", "The source's text is held: quote the words that carry the claim.")
            return cleaned
        place = self._place(source, cleaned)
        if place is not None:
            start, end = place
            self.instance.start, self.instance.end = start, end
            cleaned["prefix"] = source.text[max(start - CONTEXT, 0) : start]
            cleaned["suffix"] = source.text[end : end + CONTEXT]
        return cleaned

    def _place(self, source: Source, cleaned: dict[str, Any]) -> tuple[int, int] | None:
        """Look the quote up; where it is not there, or there more than once, say so at the field that helps."""
        exact = cleaned["exact"]
        # Words around that were found for another quote do not tell this one apart.
        moved = {"exact", "source"} & set(self.changed_data)
        prefix, suffix = (
            "" if moved and column not in self.changed_data else cleaned[column] for column in ("prefix", "suffix")
        )
        try:
            return quotes.locate(source.text, exact, prefix, suffix)
        except quotes.QuoteError as error:
            told = str(error)
            if exact not in source.text:
                near = nearest(source.text, exact)
                told = "These words do not stand verbatim in the source. " + (
                    quotes.hint(source.text, exact) or (near and f"The nearest words there: {quotes.shown(near)}.")
                )
            self.add_error("exact", told.rstrip())
        return None


class CitationFormSet(forms.BaseInlineFormSet):
    """The citations of one claim, numbered from 1."""

    def clean(self) -> None:
        """Let no claim that left its draft lose its last citation."""
        super().clean()
        if not self.instance.pk or self.instance.status == ClaimStatus.DRAFT or any(self.errors):
            return
        kept = [
            form for form in self.forms if (form.instance.pk or form.has_changed()) and form not in self.deleted_forms
        ]
        if self.initial_form_count() and not kept:
            message = "A claim that is no longer a draft keeps at least one citation."
            raise ValidationError(message)

    def save_new(self, form: forms.ModelForm, commit: bool = True) -> Citation:  # noqa: FBT001, FBT002  # Django's own signature
        """Give a new citation the next number of its claim."""
        claim: Claim = self.instance
        last = claim.citations.order_by("number").values_list("number", flat=True).last()
        form.instance.number = (last or 0) + 1
        return super().save_new(form, commit)


class CitationInline(admin.StackedInline):
    """Citations on a claim's page."""

    model = Citation
    form = CitationForm
    formset = CitationFormSet
    autocomplete_fields = ("source",)
    readonly_fields = ("in_source",)
    fields = ("source", "exact", "in_source", ("prefix", "suffix"))
    ordering = ("number",)

    def get_extra(self, request: HttpRequest, obj: Claim | None = None, **kwargs: Any) -> int:  # noqa: ARG002  # Django's own signature
        """Offer one empty citation to a claim that has none."""
        return 0 if obj is not None and obj.citations.exists() else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Bring each source with the text that it holds."""
        return super().get_queryset(request).select_related("source").defer("source__search")

    @admin.display(description="In the source")
    def in_source(self, citation: Citation) -> SafeString | str:
        """Show the quote where it stands."""
        return in_context(citation) if citation.pk else "Shown once the citation is saved."


def _as_held(words: str, source: Source) -> str:
    """Give words the line ends of the source."""
    return words.replace("\n", "\r\n") if "\r\n" in source.text else words
