"""Sources as JSON."""

from rest_framework import serializers

from api.serializers.base import AddressField, link
from api.serializers.summary import ActorSummarySerializer, DatasetSummarySerializer
from conflictdb.models import Source


class SourceSerializer(serializers.ModelSerializer):
    """A document that can be read."""

    url = link("source")
    publisher = ActorSummarySerializer(
        read_only=True, allow_null=True, help_text="Who published it; null if not known."
    )
    published_at_url = AddressField(source="url", read_only=True, help_text=Source._meta.get_field("url").help_text)
    archive_url = AddressField(read_only=True, help_text=Source._meta.get_field("archive_url").help_text)
    dataset = DatasetSummarySerializer(
        read_only=True, help_text="The dataset whose terms the record is published under."
    )

    class Meta:
        model = Source
        fields = [
            "url",
            "slug",
            "kind",
            "title",
            "publisher",
            "published_on",
            "published_at_url",
            "archive_url",
            "retrieved_at",
            "language",
            "reliability",
            "sha256",
            "dataset",
            "external_id",
            "created_at",
            "updated_at",
        ]


class SourceDetailSerializer(SourceSerializer):
    """A document, with its own words where they may be held."""

    class Meta(SourceSerializer.Meta):
        fields = [*SourceSerializer.Meta.fields, "text"]
