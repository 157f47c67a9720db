"""Conflicts as JSON."""

from rest_framework import serializers

from api.serializers.base import link
from api.serializers.summary import ConflictSummarySerializer, DatasetSummarySerializer
from conflictdb.models import Conflict


class ConflictSerializer(serializers.ModelSerializer):
    """A named conflict, or a dyad of two parties within one."""

    url = link("conflict")
    parent = ConflictSummarySerializer(
        read_only=True, allow_null=True, help_text="The conflict that a dyad belongs to; null for a conflict."
    )
    dataset = DatasetSummarySerializer(
        read_only=True, help_text="The dataset whose terms the record is published under."
    )

    class Meta:
        model = Conflict
        fields = [
            "url",
            "slug",
            "name",
            "kind",
            "parent",
            "description",
            "started_on",
            "ended_on",
            "dataset",
            "external_id",
            "created_at",
            "updated_at",
        ]


class ConflictDetailSerializer(ConflictSerializer):
    """A conflict, with its dyads."""

    dyads = ConflictSummarySerializer(many=True, read_only=True, help_text="The dyads below it.")

    class Meta(ConflictSerializer.Meta):
        fields = [*ConflictSerializer.Meta.fields, "dyads"]
