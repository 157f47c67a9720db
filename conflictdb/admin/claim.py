"""Claims: coded with their quote on one page, or as rows of their incident's page."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from conflictdb.admin.base import RECORD, badge
from conflictdb.admin.citation import CitationInline
from conflictdb.admin.forms import RecordForm
from conflictdb.admin.status import PUBLISH, StatusAdmin, Step
from conflictdb.models import Citation, Claim, Incident
from conflictdb.vocabularies import ClaimStatus, IncidentStatus, ValueKind

LINKS = ("answers", "superseded_by")


class ClaimForm(RecordForm):
    """A claim; one exact number is typed once, and naming a later claim is what supersedes this one."""

    class Meta:
        model = Claim
        exclude = ("status", "status_reason")

    def clean(self) -> dict[str, Any]:
        """Fill an exact value from one number, keep links within the incident, and let a later claim supersede this."""
        cleaned = super().clean()
        figures = {cleaned[column] for column in ("low", "best", "high") if cleaned.get(column) is not None}
        if cleaned.get("value_kind") == ValueKind.EXACT and len(figures) == 1:
            cleaned["low"] = cleaned["best"] = cleaned["high"] = figures.pop()
        about = cleaned["incident"] if "incident" in self.fields else self.instance.incident
        for column in LINKS:
            other = cleaned.get(column)
            if other is not None and other.incident_id != (about.pk if about else None):
                self.add_error(column, "That claim is about another incident.")
        if "superseded_by" in self.fields:
            self._supersede(cleaned.get("superseded_by"))
        return cleaned

    def _supersede(self, later: Claim | None) -> None:
        """Let the status follow the link."""
        if later is None and self.instance.status == ClaimStatus.SUPERSEDED:
            self.instance.status = ClaimStatus.STANDING
        elif later is not None and self.instance.status == ClaimStatus.STANDING:
            self.instance.status = ClaimStatus.SUPERSEDED
        elif later is not None and self.instance.status != ClaimStatus.SUPERSEDED:
            status = self.instance.get_status_display().lower()
            self.add_error("superseded_by", f"Only a standing claim is superseded; this one is {status}.")

    def words_for_slug(self) -> str:
        """Name the claim after its incident and what it tells of it."""
        about = self.instance.incident or self.instance.actor or self.instance.relation
        told = self.instance.measure or self.instance.kind
        return f"{about.slug[:70] if about else ''} {told.replace('_', ' ')}"


def value_of(claim: Claim) -> str:
    """Write a claim's number: ``8``, ``51 or more``, ``10 to 20``; the source's words where there is no number."""
    low, best, high = claim.low, claim.best, claim.high
    if low is None and best is None and high is None:
        return claim.value_wording or (
            "" if claim.value_kind == ValueKind.NONE else claim.get_value_kind_display().lower()
        )
    if low is not None and low == high:
        return f"{low:,}"
    if claim.value_kind == ValueKind.AT_LEAST:
        return f"{low:,} or more"
    if claim.value_kind == ValueKind.AT_MOST:
        return f"{high:,} or fewer"
    bounds = " to ".join("?" if bound is None else f"{bound:,}" for bound in (low, high))
    return f"about {best:,}" if low is None and high is None else bounds


@admin.register(Claim)
class ClaimAdmin(StatusAdmin):
    """The pages of claims."""

    form = ClaimForm
    route = "claim"
    public_status = ClaimStatus.STANDING.value
    is_searched_by_words = True
    inlines = (CitationInline,)
    list_display = ("said", "claimant", "polarity", "kind", "value", "life", "stated_on", "incident")
    list_select_related = ("incident", "claimant")
    list_filter = ("status", "kind", "measure", "polarity", "value_kind", "credibility", "dataset")
    search_fields = ("statement", "slug")
    search_help_text = "Words of the statement and wordings, or the beginning of a slug."
    date_hierarchy = "stated_on"
    ordering = (Coalesce("stated_on", Value(date.min)).desc(), "-id")
    autocomplete_fields = (
        "incident", "actor", "relation", "claimant", "victim_actor", "named_actor", "named_conflict", "superseded_by",
        "answers", "dataset",
    )  # fmt: skip
    readonly_fields = ("life", "status_reason")
    fieldsets = (
        (None, {"fields": ("life", "status_reason", "incident", ("kind", "polarity"), "statement")}),
        ("Who says so", {"fields": (("claimant", "claimant_wording"), ("stated_on", "credibility"))}),
        (
            "Number",
            {
                "classes": ["claim-number"],
                "fields": (
                    ("measure", "victims", "victim_actor"), ("value_kind", "low", "best", "high"), "value_wording",
                ),
            },
        ),
        ("Held responsible, threatened, asked, condemned or linked", {"fields": (("named_actor", "named_conflict"),)}),
        ("About an actor or a relation", {"classes": ["collapse"], "fields": (("actor", "relation"),)}),
        (
            "Other claims",
            {"classes": ["collapse"], "fields": (("answers", "answer_kind"), "superseded_by", "is_out_of_order")},
        ),
        RECORD,
    )  # fmt: skip

    @admin.display(description="statement", ordering="statement")
    def said(self, claim: Claim) -> str:
        """Shorten the statement for a list."""
        return claim.statement if len(claim.statement) <= 120 else f"{claim.statement[:119]}…"  # noqa: PLR2004  # two lines of a list

    @admin.display(description="value")
    def value(self, claim: Claim) -> str:
        """Write the claim's number."""
        return value_of(claim)

    @admin.display(description="status", ordering="status")
    def life(self, claim: Claim) -> SafeString:
        """Show where the claim stands in its life."""
        return badge(claim.status or ClaimStatus.DRAFT, claim.get_status_display() or "Draft")

    def refusals(self, step: Step, records: Iterable[Any]) -> dict[int, str]:
        """Publish no claim that cites nothing."""
        if step is not PUBLISH:
            return {}
        keys = [claim.pk for claim in records]
        cited = set(Citation.objects.filter(claim__in=keys).values_list("claim_id", flat=True))
        return {key: "it has no citation" for key in keys if key not in cited}

    def notes(self, step: Step, records: Iterable[Any]) -> list[str]:
        """Warn that a claim about a draft stays unseen."""
        keys = [claim.pk for claim in records]
        drafts = Incident.objects.filter(status=IncidentStatus.DRAFT, claims__in=keys).distinct()
        if step is not PUBLISH or not (unseen := ", ".join(f"“{draft}”" for draft in drafts[:5])):
            return []
        return [f"Readers see claims about {unseen} only once that is published too."]

    # --- the way from an incident and back ---

    def get_formset_kwargs(
        self, request: HttpRequest, obj: models.Model, inline: admin.options.InlineModelAdmin, prefix: str
    ) -> dict[str, Any]:
        """Suggest the source that the incident's last citation named: one document mostly tells several things."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        incident = request.GET.get("incident", "")
        if obj.pk is None and incident.isdecimal():
            cited = (
                Citation.objects.filter(claim__incident=int(incident)).order_by("-id").values_list("source", flat=True)
            )
            if (source := cited.first()) is not None:
                kwargs["initial"] = [{"source": source}]
        return kwargs

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start in the dataset of the incident that the claim is about."""
        initial = super().get_changeform_initial_data(request)
        asked = request.GET.get("incident", "")
        incident = Incident.objects.filter(pk=asked).first() if asked.isdecimal() else None
        if incident is not None:
            initial["dataset"] = incident.dataset_id
        return initial

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:  # noqa: FBT001  # Django's own signature
        """Store the citations, and say what a claim without any lacks."""
        super().save_related(request, form, formsets, change)
        if not form.instance.citations.exists():
            messages.warning(request, "The claim has no citation yet: quote its words, and it can be published.")

    def response_add(self, request: HttpRequest, obj: Claim, post_url_continue: str | None = None) -> HttpResponse:
        """Go on with the same incident where another claim is added."""
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST and obj.incident_id:
            return HttpResponseRedirect(f"{request.path}?{urlencode({'incident': obj.incident_id})}")
        return response

    def response_post_save_add(self, request: HttpRequest, obj: Claim) -> HttpResponseRedirect:
        """Return to the incident."""
        return self._to_incident(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Claim) -> HttpResponseRedirect:
        """Return to the incident where the claim was opened from it."""
        return self._to_incident(request, obj) or super().response_post_save_change(request, obj)

    def _to_incident(self, request: HttpRequest, obj: Claim) -> HttpResponseRedirect | None:
        """Lead back to the incident whose page the coder came from."""
        if "incident" not in request.GET or not obj.incident_id:
            return None
        return HttpResponseRedirect(
            reverse("admin:conflictdb_incident_change", args=[obj.incident_id]) + "#claims-group"
        )
