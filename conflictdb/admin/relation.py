"""Relations between actors."""

from typing import Any

from django.contrib import admin

from conflictdb.admin.base import RECORD, RecordAdmin
from conflictdb.admin.forms import RecordForm
from conflictdb.models import ActorRelation


class RelationForm(RecordForm):
    """How one actor stands to another."""

    def words_for_slug(self) -> str:
        """Name the relation after its ends."""
        return f"{self.instance.subject.slug[:40]} {self.instance.get_kind_display()} {self.instance.object.slug[:40]}"


class InlineRelationForm(RelationForm):
    """A relation on its subject's page, in the subject's dataset."""

    filled_on_storing = ("slug", "dataset", "subject")

    class Meta:
        model = ActorRelation
        fields = ("kind", "object", "started_on", "ended_on")

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  # Django's own signature
        """Put a new relation under the terms of its subject."""
        if self.instance.dataset_id is None:
            self.instance.dataset_id = self.instance.subject.dataset_id
        return super().save(commit)


class RelationInline(admin.TabularInline):
    """Relations on the page of the actor of whom they are told."""

    model = ActorRelation
    form = InlineRelationForm
    fk_name = "subject"
    autocomplete_fields = ("object",)
    fields = ("kind", "object", "started_on", "ended_on")
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = "how it stands to other actors"


@admin.register(ActorRelation)
class RelationAdmin(RecordAdmin):
    """The pages of relations."""

    form = RelationForm
    list_display = ("subject", "kind", "object", "started_on", "ended_on", "dataset")
    list_display_links = ("subject", "kind")
    list_select_related = ("subject", "object", "dataset")
    list_filter = ("kind", "dataset")
    search_fields = ("subject__name", "object__name", "slug")
    ordering = ("slug",)
    autocomplete_fields = ("subject", "object", "dataset")
    fieldsets = (
        (None, {"fields": (("subject", "kind", "object"), ("started_on", "ended_on"))}),
        RECORD,
    )
