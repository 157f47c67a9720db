"""Nested model serializers of the shape of api/serializers, without what those do about withheld records."""

from typing import Any

from rest_framework import serializers

from conflictdb.models import (
    Actor,
    ActorRelation,
    Citation,
    Claim,
    Conflict,
    Country,
    Dataset,
    Incident,
    Participation,
    Source,
)


def link(noun: str) -> serializers.HyperlinkedIdentityField:
    """Make the field that holds a record's address."""
    return serializers.HyperlinkedIdentityField(view_name=f"{noun}-detail", lookup_field="slug")


class CountrySerializer(serializers.ModelSerializer):
    """A country."""

    url = link("country")

    class Meta:
        model = Country
        fields = ["slug", "name", "iso3", "url"]


class DatasetSerializer(serializers.ModelSerializer):
    """A dataset."""

    url = link("dataset")

    class Meta:
        model = Dataset
        fields = ["slug", "title", "version", "licence", "citation", "url"]


class ActorSerializer(serializers.ModelSerializer):
    """An actor."""

    url = link("actor")

    class Meta:
        model = Actor
        fields = ["slug", "name", "kind", "url"]


class ConflictSerializer(serializers.ModelSerializer):
    """A conflict."""

    url = link("conflict")

    class Meta:
        model = Conflict
        fields = ["slug", "name", "url"]


class SourceSerializer(serializers.ModelSerializer):
    """A source."""

    url = link("source")
    publisher = ActorSerializer(read_only=True)

    class Meta:
        model = Source
        fields = ["slug", "title", "publisher", "published_on", "reliability", "url"]


class IncidentSummarySerializer(serializers.ModelSerializer):
    """An incident named by another."""

    url = link("incident")

    class Meta:
        model = Incident
        fields = ["slug", "title", "url"]


class ClaimSummarySerializer(serializers.ModelSerializer):
    """A claim named by another."""

    url = link("claim")

    class Meta:
        model = Claim
        fields = ["slug", "statement", "url"]


class ActorRelationSerializer(serializers.ModelSerializer):
    """How one actor stands to another."""

    subject = ActorSerializer(read_only=True)
    object = ActorSerializer(read_only=True)

    class Meta:
        model = ActorRelation
        fields = ["slug", "subject", "kind", "object", "started_on", "ended_on"]


class CitationSerializer(serializers.ModelSerializer):
    """Where a claim was read."""

    source = SourceSerializer(read_only=True)

    class Meta:
        model = Citation
        fields = ["source", "exact", "prefix", "suffix", "start", "end"]


class ClaimSerializer(serializers.ModelSerializer):
    """A claim."""

    url = link("claim")
    actor = ActorSerializer(read_only=True)
    relation = ActorRelationSerializer(read_only=True)
    claimant = ActorSerializer(read_only=True)
    victim_actor = ActorSerializer(read_only=True)
    named_actor = ActorSerializer(read_only=True)
    named_conflict = ConflictSerializer(read_only=True)
    superseded_by = ClaimSummarySerializer(read_only=True)
    answers = ClaimSummarySerializer(read_only=True)
    withheld = serializers.SerializerMethodField()
    citations = CitationSerializer(many=True, read_only=True)
    dataset = DatasetSerializer(read_only=True)

    class Meta:
        model = Claim
        fields = [
            *("url", "slug", "kind", "polarity", "statement", "actor", "relation", "claimant", "claimant_wording"),
            *("stated_on", "credibility", "measure", "victims", "victim_actor", "named_actor", "named_conflict"),
            *("value_kind", "low", "best", "high", "value_wording", "is_out_of_order", "status", "status_reason"),
            *("superseded_by", "answers", "answer_kind", "withheld", "citations", "dataset", "external_id"),
            *("created_at", "updated_at"),
        ]

    def get_withheld(self, _: Claim) -> list[str]:
        """Nothing is."""
        return []


class ParticipationSerializer(serializers.ModelSerializer):
    """Who took part."""

    actor = ActorSerializer(read_only=True)

    class Meta:
        model = Participation
        fields = ["role", "actor"]


class IncidentSerializer(serializers.ModelSerializer):
    """An incident of a list."""

    url = link("incident")
    country = CountrySerializer(read_only=True)
    conflict = ConflictSerializer(read_only=True)
    parent = IncidentSummarySerializer(read_only=True)
    participants = ParticipationSerializer(source="participations", many=True, read_only=True)
    killed = serializers.SerializerMethodField()
    injured = serializers.SerializerMethodField()
    dataset = DatasetSerializer(read_only=True)

    class Meta:
        model = Incident
        fields = [
            *(
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
            ),
            *("admin1", "admin2", "place_name", "latitude", "longitude", "place_precision", "quality_note", "conflict"),
            *("parent", "participants", "killed", "injured", "disputed", "status", "status_reason", "dataset"),
            *("external_id", "created_at", "updated_at"),
        ]

    def get_killed(self, incident: Incident) -> dict[str, Any]:
        """Show the figure of the killed."""
        return {name: getattr(incident, f"killed_{name}") for name in ("low", "best", "high", "is_open", "claims")}

    def get_injured(self, incident: Incident) -> dict[str, Any]:
        """Show the figure of the injured."""
        return {name: getattr(incident, f"injured_{name}") for name in ("low", "best", "high", "is_open", "claims")}


class IncidentDetailSerializer(IncidentSerializer):
    """An incident with its claims."""

    claims = ClaimSerializer(many=True, read_only=True)
    children = IncidentSummarySerializer(many=True, read_only=True)

    class Meta(IncidentSerializer.Meta):
        fields = [*IncidentSerializer.Meta.fields, "claims", "children", "other_columns"]
