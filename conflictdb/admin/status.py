"""Publishing, retracting and reinstating: the steps of a record's life, each confirmed before it is taken.

A status is never typed into a form. A step is chosen in the list for many records, or by a button on the record's page;
both lead to one page that says what will change, what already is so, and what is refused and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from conflictdb.admin.base import RecordAdmin
from conflictdb.refusals import refusal_of
from conflictdb.vocabularies import ClaimStatus, IncidentStatus

MOST_AT_ONCE = 1_000
DRAFT, RETRACTED = IncidentStatus.DRAFT.value, IncidentStatus.RETRACTED.value
PUBLIC = {IncidentStatus.PUBLISHED.value, ClaimStatus.STANDING.value}


@dataclass(frozen=True)
class Step:
    """One step in a record's life; ``after`` may be empty for "public", which each kind of record names its own way."""

    name: str
    label: str
    done: str
    before: str
    after: str
    effect: str
    asks_reason: bool = False


PUBLISH = Step(
    "publish", "Publish", "published", DRAFT, "", "Anyone can read it from now on, and its address stays for good."
)
RETRACT = Step(
    "retract",
    "Retract",
    "retracted",
    "",
    RETRACTED,
    "It stays readable under its address, with the reason; a retracted claim no longer counts.",
    asks_reason=True,
)
REINSTATE = Step(
    "reinstate", "Reinstate", "reinstated", RETRACTED, "", "It is upheld again, and the reason is dropped."
)
STEPS = {step.name: step for step in (PUBLISH, RETRACT, REINSTATE)}


class ReasonForm(forms.Form):
    """Why a record is retracted."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="Public; one or two sentences.",
    )


@dataclass
class Sorted:
    """Chosen records by what a step would do to them."""

    changing: list[Any] = field(default_factory=list)
    already: list[Any] = field(default_factory=list)
    refused: list[tuple[Any, str]] = field(default_factory=list)


class StatusAdmin(RecordAdmin):
    """Pages of records that are drafted, published and retracted."""

    public_status = ""
    actions = ("publish", "retract", "reinstate")

    @admin.action(description="Publish…", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Make drafts public."""
        return self.take(PUBLISH, request, queryset)

    @admin.action(description="Retract…", permissions=["change"])
    def retract(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Withdraw what is public, with a reason."""
        return self.take(RETRACT, request, queryset)

    @admin.action(description="Reinstate…", permissions=["change"])
    def reinstate(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Take back a retraction."""
        return self.take(REINSTATE, request, queryset)

    def refusals(self, step: Step, records: Iterable[Any]) -> dict[int, str]:  # noqa: ARG002  # for kinds of record with rules of their own
        """Say by primary key why a step is not open to records whose status would allow it."""
        return {}

    def notes(self, step: Step, records: Iterable[Any]) -> list[str]:  # noqa: ARG002  # likewise
        """Say what a person should know before and after taking a step."""
        return []

    def steps_for(self, request: HttpRequest, obj: Any) -> list[Step]:
        """List the steps that a record's page offers."""
        if obj is None or not self.has_change_permission(request, obj):
            return []
        return [step for step in STEPS.values() if (step.before or self.public_status) == obj.status]

    def take(self, step: Step, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Ask for a confirmation, or take the step where it is given."""
        back = self._back(request)
        chosen = self.model.objects.filter(
            pk__in=list(queryset.order_by().values("pk")[: MOST_AT_ONCE + 1].values_list("pk", flat=True))
        )
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        confirmed = "confirmed" in request.POST and (not step.asks_reason or form.is_valid())
        with transaction.atomic():
            records = list(
                chosen.select_for_update(of=("self",)).order_by("pk") if confirmed else chosen.order_by("pk")
            )
            if len(records) > MOST_AT_ONCE:
                told = f"A step is taken for at most {MOST_AT_ONCE:,} records at once; narrow the list."
                messages.error(request, told)
                return HttpResponseRedirect(back)
            result = self._sort(step, records)
            if result.changing and not confirmed:
                return self._confirmation(step, request, result, form, back)
            if result.changing:
                reason = form.cleaned_data["reason"] if step.asks_reason else ""
                try:
                    with transaction.atomic():
                        self._store(step, request, result.changing, reason)
                except (IntegrityError, DataError) as error:
                    messages.error(request, refusal_of(error))
                    return HttpResponseRedirect(back)
        self._report(step, request, result)
        return HttpResponseRedirect(back)

    def render_change_form(  # noqa: PLR0913, PLR0917  # Django's own signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        change: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Offer the open steps as buttons."""
        context["steps"] = self.steps_for(request, obj)
        context["steps_url"] = reverse(f"admin:conflictdb_{self.opts.model_name}_changelist")
        context["back"] = request.get_full_path()
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the status once there is one, and the reason where it is retracted."""
        hidden = {"life", "status_reason"} if obj is None else {"status_reason"} if obj.status != RETRACTED else set()
        return [
            (name, {**options, "fields": [field for field in options["fields"] if field not in hidden]})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def _sort(self, step: Step, records: list[Any]) -> Sorted:
        """Tell which records the step changes, which are there already, and which it is not open to."""
        before, after = step.before or self.public_status, step.after or self.public_status
        result = Sorted()
        refusals = self.refusals(step, [record for record in records if record.status == before])
        for record in records:
            if record.status == after:
                result.already.append(record)
            elif record.status != before:
                result.refused.append((record, f"its status is “{record.get_status_display().lower()}”"))
            elif record.pk in refusals:
                result.refused.append((record, refusals[record.pk]))
            else:
                result.changing.append(record)
        return result

    def _store(self, step: Step, request: HttpRequest, records: list[Any], reason: str) -> None:
        """Change all records in one statement, and write it into the history of each."""
        changing = self.model.objects.filter(pk__in=[record.pk for record in records])
        changing.update(status=step.after or self.public_status, status_reason=reason, updated_at=timezone.now())
        note = f"{step.done.capitalize()}: {reason}" if reason else f"{step.done.capitalize()}."
        LogEntry.objects.log_actions(request.user.pk, records, CHANGE, note)  # type: ignore[arg-type]  # nobody gets here without logging in

    def _confirmation(
        self, step: Step, request: HttpRequest, result: Sorted, form: ReasonForm, back: str
    ) -> TemplateResponse:
        """Show what will happen."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"{step.label}: {self._named(len(result.changing))}",
            "opts": self.opts,
            "step": step,
            "result": result,
            "notes": self.notes(step, result.changing),
            "form": form if step.asks_reason else None,
            "back": back,
            "media": self.media,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/conflictdb/status_confirmation.html", context)

    def _report(self, step: Step, request: HttpRequest, result: Sorted) -> None:
        """Say how many were changed, how many were so already, and name what was refused."""
        if result.changing:
            messages.success(request, f"{self._named(len(result.changing))} {step.done}.")
            for note in self.notes(step, result.changing):
                messages.warning(request, note)
        if result.already:
            status = dict(self.model._meta.get_field("status").choices)[step.after or self.public_status].lower()
            messages.info(request, f"{self._named(len(result.already))} already {status}.")
        for record, why in result.refused[:20]:
            messages.error(request, f"{record.slug} is not {step.done}: {why}.")
        if len(result.refused) > 20:  # noqa: PLR2004  # as many as are named above
            messages.error(request, f"{len(result.refused) - 20} more are not {step.done}.")

    def _named(self, number: int) -> str:
        """Count the records in words: ``3 claims``."""
        return f"{number:,} {self.opts.verbose_name if number == 1 else self.opts.verbose_name_plural}"

    def _back(self, request: HttpRequest) -> str:
        """Return to the page that the step was chosen on; never off this site."""
        asked = request.POST.get("back", "")
        if url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
            return asked
        return request.get_full_path()
