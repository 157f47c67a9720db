"""Records nested in other records: enough to show and to follow, and null where the reader may not see them."""

from typing import Any

from rest_framework import serializers

from api.serializers.base import link
from conflictdb.models import Actor, Claim, Conflict, Country, Dataset, Incident, Source


class SummarySerializer(serializers.ModelSerializer):
    """A record nested in another one: enough to show and to follow. Null where the reader may not see it."""

    def to_representation(self, instance: Any) -> Any:
        """Show the record only if it is public."""
        return super().to_representation(instance) if instance.is_public else None


class CountrySummarySerializer(serializers.ModelSerializer):
    """A country named by another record."""

    url = link("country")

    class Meta:
        model = Country
        fields = ["slug", "name", "iso3", "url"]


class DatasetSummarySerializer(serializers.ModelSerializer):
    """The dataset of a record, with the terms that its reader must know."""

    url = link("dataset")

    class Meta:
        model = Dataset
        fields = ["slug", "title", "version", "licence", "citation", "url"]


class ActorSummarySerializer(SummarySerializer):
    """An actor named by another record."""

    url = link("actor")

    class Meta:
        model = Actor
        fields = ["slug", "name", "kind", "url"]


class SourceSummarySerializer(SummarySerializer):
    """The source of a citation."""

    url = link("source")
    publisher = ActorSummarySerializer(
        read_only=True, allow_null=True, help_text="Who published it; null if not known."
    )

    class Meta:
        model = Source
        fields = ["slug", "title", "publisher", "published_on", "reliability", "url"]


class ConflictSummarySerializer(SummarySerializer):
    """A conflict named by another record."""

    url = link("conflict")

    class Meta:
        model = Conflict
        fields = ["slug", "name", "url"]


class IncidentSummarySerializer(SummarySerializer):
    """An incident named by another record."""

    url = link("incident")

    class Meta:
        model = Incident
        fields = ["slug", "title", "url"]


class ClaimSummarySerializer(SummarySerializer):
    """A claim that another one answers or gives way to."""

    url = link("claim")

    class Meta:
        model = Claim
        fields = ["slug", "statement", "url"]
