"""Actors and their relations as JSON."""

from rest_framework import serializers

from api.serializers.base import link
from api.serializers.summary import (
    ActorSummarySerializer,
    CountrySummarySerializer,
    DatasetSummarySerializer,
    SummarySerializer,
)
from conflictdb.models import Actor, ActorAlias, ActorRelation


class ActorAliasSerializer(serializers.ModelSerializer):
    """Another name of an actor."""

    class Meta:
        model = ActorAlias
        fields = ["name", "kind", "language"]


class ActorRelationSerializer(SummarySerializer):
    """How one actor stands to another; `claims/?relation=` lists who says so."""

    subject = ActorSummarySerializer(read_only=True, help_text="The actor of whom the relation is told.")
    object = ActorSummarySerializer(read_only=True, help_text="The actor to whom the subject stands so.")

    class Meta:
        model = ActorRelation
        fields = ["slug", "subject", "kind", "object", "started_on", "ended_on"]


class ActorSerializer(serializers.ModelSerializer):
    """Anyone who acts, is acted upon, claims, or publishes."""

    url = link("actor")
    country = CountrySummarySerializer(
        read_only=True, allow_null=True, help_text="The country it belongs to; null if none."
    )
    aliases = ActorAliasSerializer(many=True, read_only=True, help_text="Its other names.")
    dataset = DatasetSummarySerializer(
        read_only=True, help_text="The dataset whose terms the record is published under."
    )

    class Meta:
        model = Actor
        fields = [
            "url",
            "slug",
            "name",
            "kind",
            "aliases",
            "country",
            "description",
            "active_from",
            "active_to",
            "dataset",
            "external_id",
            "created_at",
            "updated_at",
        ]


class ActorDetailSerializer(ActorSerializer):
    """An actor, with how it stands to others."""

    relations_as_subject = ActorRelationSerializer(
        many=True, read_only=True, help_text="How the actor stands to others (it is backed by them, part of them …)."
    )
    relations_as_object = ActorRelationSerializer(many=True, read_only=True, help_text="How others stand to the actor.")

    class Meta(ActorSerializer.Meta):
        fields = [*ActorSerializer.Meta.fields, "relations_as_subject", "relations_as_object"]
