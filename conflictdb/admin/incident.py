"""Incidents: what happened, who took part, what is claimed, and the figures that follow, on one page."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import F, Prefetch, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conflictdb.admin.base import RECORD, badge
from conflictdb.admin.claim import ClaimForm, value_of
from conflictdb.admin.forms import RecordForm
from conflictdb.admin.participation import ParticipationInline
from conflictdb.admin.status import StatusAdmin
from conflictdb.disagreements import in_words
from conflictdb.estimates import estimate, explain, sentence
from conflictdb.models import Actor, Citation, Claim, Disagreement, Incident
from conflictdb.vocabularies import ClaimStatus, IncidentStatus, Weapon

MOST_CLAIMS_INLINE = 40
MOST_DISAGREEMENTS = 100


class IncidentForm(RecordForm):
    """An incident; its figures are nobody's to type."""

    weapons = forms.MultipleChoiceField(
        choices=Weapon.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Weapons that the sources name; empty where they name none.",
    )

    class Meta:
        model = Incident
        exclude = ("status", "status_reason")

    def words_for_slug(self) -> str:
        """Name the incident after its month and title."""
        started_on = self.instance.started_on
        return f"{started_on:%Y-%m} {self.instance.title}" if started_on else self.instance.title


class InlineClaimForm(ClaimForm):
    """A claim on its incident's page, in the incident's dataset."""

    filled_on_storing = ("slug", "incident", "dataset")

    def save(self, commit: bool = True) -> models.Model:  # noqa: FBT001, FBT002  # Django's own signature
        """Put a new claim under the terms of its incident."""
        if self.instance.dataset_id is None:
            self.instance.dataset_id = self.instance.incident.dataset_id
        return super().save(commit)


class ClaimInline(admin.StackedInline):
    """Claims on an incident's page; quotes are typed on the claim's own."""

    model = Claim
    form = InlineClaimForm
    template = "admin/conflictdb/edit_inline/claim.html"
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("id",)
    autocomplete_fields = ("claimant", "victim_actor", "named_actor")
    fields = (
        ("kind", "polarity"),
        "statement",
        ("claimant", "claimant_wording"),
        ("stated_on", "credibility"),
        ("measure", "victims", "victim_actor"),
        ("value_kind", "low", "best", "high"),
        "value_wording",
        "named_actor",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Bring each claim with its claimant and its quotes, in two queries."""
        citations = Citation.objects.select_related("source").defer("source__text", "source__search")
        claims = super().get_queryset(request).select_related("claimant", "incident").defer("search")
        return claims.prefetch_related(Prefetch("citations", queryset=citations.order_by("number")))


@admin.register(Incident)
class IncidentAdmin(StatusAdmin):
    """The pages of incidents."""

    form = IncidentForm
    route = "incident"
    public_status = IncidentStatus.PUBLISHED.value
    is_searched_by_words = True
    inlines = (ParticipationInline, ClaimInline)
    list_display = ("title", "life", "kind", "days", "country", "killed", "injured")
    list_select_related = ("country",)
    list_filter = ("status", "disputed", "kind", "country__region", "date_precision", "place_precision", "dataset")
    search_fields = ("title", "slug")
    search_help_text = "Words of the title, places and summary, or the beginning of a slug."
    date_hierarchy = "started_on"
    ordering = (Coalesce("started_on", Value(date.min)).desc(), "-id")
    autocomplete_fields = ("country", "conflict", "parent", "dataset")
    readonly_fields = ("life", "status_reason")
    fieldsets = (
        (None, {"fields": ("life", "status_reason", "title", "kind", "summary", "weapons")}),
        ("When", {"fields": (("started_on", "ended_on", "date_precision"),)}),
        (
            "Where",
            {
                "fields": (
                    ("country", "place_precision"),
                    ("place_name", "admin1", "admin2"),
                    ("latitude", "longitude"),
                ),
            },
        ),
        ("Part of", {"classes": ["collapse"], "fields": (("conflict", "parent"),)}),
        RECORD,
    )

    @admin.display(description="killed", ordering=Coalesce("killed_best", Value(-1)))
    def killed(self, incident: Incident) -> str:
        """Write the killed as low, best and high."""
        return figures_of(incident, "killed")["short"]

    @admin.display(description="injured", ordering=Coalesce("injured_best", Value(-1)))
    def injured(self, incident: Incident) -> str:
        """Write the injured as low, best and high."""
        return figures_of(incident, "injured")["short"]

    @admin.display(description="days", ordering=Coalesce("started_on", Value(date.min)))
    def days(self, incident: Incident) -> str:
        """Write the first and the last day within which it happened."""
        first, last = incident.started_on, incident.ended_on
        if first is None and last is None:
            return "unknown"
        return str(first) if first == last else f"{first or '?'} to {last or '?'}"

    @admin.display(description="status", ordering="status")
    def life(self, incident: Incident) -> SafeString:
        """Show where the incident stands in its life, and whether its claims disagree."""
        shown = badge(incident.status or IncidentStatus.DRAFT, incident.get_status_display() or "Draft")
        return format_html("{} {}", shown, badge("disputed", "Disputed")) if incident.disputed else shown

    def get_inlines(self, request: HttpRequest, obj: Incident | None) -> list:  # noqa: ARG002  # Django's own signature
        """Leave claims to their own list where there are more than one page holds."""
        has_many = obj is not None and obj.claims.order_by()[: MOST_CLAIMS_INLINE + 1].count() > MOST_CLAIMS_INLINE
        return [ParticipationInline] if has_many else [ParticipationInline, ClaimInline]

    def render_change_form(  # noqa: PLR0913, PLR0917  # Django's own signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        change: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        form_url: str = "",
        obj: Incident | None = None,
    ) -> HttpResponse:
        """Show the figures, what each claim does to them, and the claims that wait to be published."""
        if obj is not None:
            weighed = explain(obj)
            drafts = obj.claims.filter(status=ClaimStatus.DRAFT).order_by("id").values_list("id", flat=True)
            context |= {
                "figures": [figures_of(obj, measure) for measure in ("killed", "injured")],
                "weighed": [{"claim": it.claim, "value": value_of(it.claim), "told": it} for it in weighed],
                "sentence": sentence(estimate(obj), weighed),
                "disagreements": disagreements_of(obj),
                "draft_claims": list(drafts[:MOST_CLAIMS_INLINE]),
                "has_many_claims": ClaimInline not in self.get_inlines(request, obj),
                "may_change_claims": request.user.has_perm("conflictdb.change_claim"),
                "may_add_claims": request.user.has_perm("conflictdb.add_claim"),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)


def disagreements_of(incident: Incident) -> QuerySet:
    """Which of its standing claims cannot both be true, in words that hide nobody from editors; one query."""
    its_own = Disagreement.objects.filter(incident=incident)
    told = its_own.annotate(sentence=in_words(Actor.objects.all())).select_related("one", "other")
    return told.order_by("group", "kind", F("gap").desc(nulls_last=True), "id")[:MOST_DISAGREEMENTS]


def figures_of(incident: Incident, measure: str) -> dict[str, Any]:
    """Lay out one measure's figures for people: unknown, not reported and zero stay apart."""
    low, best, high = (getattr(incident, f"{measure}_{bound}") for bound in ("low", "best", "high"))
    claims = getattr(incident, f"{measure}_claims")
    is_open = getattr(incident, f"{measure}_is_open")
    top = "open" if is_open else high
    if not claims:
        short = ""
    elif low is None and best is None and high is None:
        short = "unknown"
    elif low == best == high:
        short = f"{low:,}"
    else:
        ends = " to ".join("?" if end is None else f"{end:,}" if isinstance(end, int) else "open" for end in (low, top))
        short = f"{ends} (best {best:,})" if best is not None else ends
    return {
        "measure": measure.capitalize(), "low": low, "best": best, "high": top, "claims": claims, "short": short,
    }  # fmt: skip
