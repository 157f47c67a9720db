"""Incidents as JSON."""

from typing import Any

from rest_framework import serializers

from api.serializers.base import FigureSerializer, link
from api.serializers.claim import IncidentClaimSerializer
from api.serializers.summary import (
    ActorSummarySerializer,
    ConflictSummarySerializer,
    CountrySummarySerializer,
    DatasetSummarySerializer,
    IncidentSummarySerializer,
)
from conflictdb.models import Incident, Participation

ONLY_LENSED = ("is_spoken_of",)


class ParticipationSerializer(serializers.ModelSerializer):
    """Who took part in an incident, and as what."""

    actor = ActorSummarySerializer(read_only=True, help_text="Who took part.")

    class Meta:
        model = Participation
        fields = ["role", "actor"]


class IncidentSerializer(serializers.ModelSerializer):
    """What happened, when, where and to whom; its figures are computed from the claims about it."""

    url = link("incident")
    country = CountrySummarySerializer(
        read_only=True, allow_null=True, help_text="Country it happened in; null where not known or several."
    )
    conflict = ConflictSummarySerializer(
        read_only=True, allow_null=True, help_text="Conflict or dyad it belongs to; null if none is coded."
    )
    parent = IncidentSummarySerializer(
        read_only=True, allow_null=True, help_text="The series this incident is part of; null if none."
    )
    participants = ParticipationSerializer(
        source="participations", many=True, read_only=True, help_text="Who took part, with their roles."
    )
    killed = FigureSerializer(measure="killed", help_text="People killed, as the standing claims have it.")
    injured = FigureSerializer(measure="injured", help_text="People injured, as the standing claims have it.")
    disputed = serializers.BooleanField(
        read_only=True, help_text="Whether standing claims about the incident cannot all be right."
    )
    is_spoken_of = serializers.BooleanField(
        read_only=True,
        help_text="Under a lens only: whether any claim under it is about the incident. Where none is, nobody whom the lens "
        "hears has said anything: the figures are null, and not zero.",
    )
    dataset = DatasetSummarySerializer(
        read_only=True, help_text="The dataset whose terms the record is published under."
    )

    def __init__(self, *args: Any, is_lensed: bool = False, **kwargs: Any) -> None:
        """Show incidents as they are stored, or ``is_lensed``."""
        self.is_lensed = is_lensed
        super().__init__(*args, **kwargs)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Leave out what is only known under a lens."""
        fields = super().get_fields()
        return {name: field for name, field in fields.items() if self.is_lensed or name not in ONLY_LENSED}

    class Meta:
        model = Incident
        fields = [
            "url",
            "slug",
            "kind",
            "title",
            "summary",
            "weapons",
            "started_on",
            "ended_on",
            "date_precision",
            "country",
            "admin1",
            "admin2",
            "place_name",
            "latitude",
            "longitude",
            "place_precision",
            "quality_note",
            "conflict",
            "parent",
            "participants",
            "killed",
            "injured",
            "disputed",
            "is_spoken_of",
            "status",
            "status_reason",
            "dataset",
            "external_id",
            "created_at",
            "updated_at",
        ]


class IncidentDetailSerializer(IncidentSerializer):
    """An incident with every public claim about it, each with its claimant, its source and the words."""

    claims = IncidentClaimSerializer(
        many=True, read_only=True, help_text="Every public claim about it, in order of coding."
    )
    children = IncidentSummarySerializer(many=True, read_only=True, help_text="The incidents that make up this series.")
    other_columns = serializers.DictField(
        child=serializers.CharField(),
        read_only=True,
        help_text=Incident._meta.get_field("other_columns").help_text,
    )

    class Meta(IncidentSerializer.Meta):
        fields = [*IncidentSerializer.Meta.fields, "claims", "children", "other_columns"]
