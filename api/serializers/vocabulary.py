"""Vocabularies as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from conflictdb.vocabularies import Vocabulary


class TermSerializer(serializers.Serializer):
    """One term of a closed list."""

    code = serializers.CharField(help_text="The value as it stands in records and filters.")
    label = serializers.CharField(help_text="Name for people.")  # type: ignore[assignment]  # a field named so
    definition = serializers.CharField(help_text="When the term applies.")
    crosswalk = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(help_text="A code or name there.")),
        help_text="Counterparts in other codebooks (ucdp, acled, plover, gtd, gdelt, edtf, misp): their codes or names.",
    )


class VocabularySerializer(serializers.Serializer):
    """A closed list, its terms in its own order."""

    url = serializers.URLField(help_text="Address of this vocabulary.")
    slug = serializers.CharField(help_text="Name of the vocabulary in addresses.")
    title = serializers.CharField(help_text="Name for people.")
    definition = serializers.CharField(help_text="What the list is for.")
    terms = TermSerializer(many=True, help_text="The terms; where the list is a scale, from one end to the other.")

    def to_representation(self, instance: type[Vocabulary]) -> dict[str, Any]:
        """Read a vocabulary class."""
        return super().to_representation(
            {
                "url": reverse("api:vocabulary-detail", [instance.slug()], request=self.context["request"]),
                "slug": instance.slug(),
                "title": instance.title(),
                "definition": instance.definition(),
                "terms": [member.term for member in instance],
            }
        )


@extend_schema_serializer(many=False)  # one envelope, though it answers a list
class VocabularyListSerializer(serializers.Serializer):
    """Every closed list."""

    count = serializers.IntegerField(min_value=0, help_text="How many vocabularies there are.")
    next = serializers.URLField(allow_null=True, help_text="Always null: there is only one page.")
    results = VocabularySerializer(many=True, help_text="The vocabularies, by name.")
