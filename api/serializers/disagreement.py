"""Disagreements, and who disagrees with whom, as JSON."""

from typing import Any

from rest_framework import serializers

from api.serializers.base import Expressed, link
from api.serializers.claim import ClaimSerializer
from api.serializers.summary import ActorSummarySerializer, IncidentSummarySerializer
from conflictdb.disagreements import in_words
from conflictdb.models import Disagreement
from conflictdb.vocabularies import DisagreementKind, Measure

UNKNOWN = "null where nobody knows, or it may not be shown."


class DisagreeingClaimSerializer(ClaimSerializer):
    """One side of a disagreement: who says what, in which words."""

    class Meta(ClaimSerializer.Meta):
        fields = [
            "url",
            "slug",
            "kind",
            "polarity",
            "statement",
            "claimant",
            "claimant_wording",
            "stated_on",
            "credibility",
            "measure",
            "victims",
            "victim_actor",
            "named_actor",
            "named_conflict",
            "value_kind",
            "low",
            "best",
            "high",
            "value_wording",
            "answer_kind",
            "withheld",
            "citations",
            "dataset",
        ]


class SentenceField(Expressed, serializers.CharField):
    """The sentence that the reading plan brings."""

    def expression(self) -> Any:
        """The same in SQL."""
        return in_words()


class DisagreementSerializer(serializers.ModelSerializer):
    """Two standing claims about one incident that cannot both be true."""

    url = link("disagreement")
    incident = IncidentSummarySerializer(read_only=True, help_text="The incident that both claims are about.")
    sentence = SentenceField(read_only=True, help_text="The disagreement in plain English; names as they are today.")
    one = DisagreeingClaimSerializer(
        read_only=True,
        help_text="One of the claims: the lower of two tolls, what is denied, what is answered; else the one stored first.",
    )
    other = DisagreeingClaimSerializer(
        read_only=True,
        help_text="The other: the higher of two tolls, the denial, the answer; else the one stored last.",
    )

    class Meta:
        model = Disagreement
        fields = [
            "url",
            "slug",
            "incident",
            "sentence",
            "group",
            "kind",
            "subject",
            "measure",
            "victims",
            "one",
            "other",
            "is_answer",
            "at_most",
            "at_least",
            "gap",
            "ratio",
            "started_on",
            "created_at",
            "updated_at",
        ]


class DifferenceSerializer(serializers.Serializer):
    """How often, and by how much."""

    disagreements = serializers.IntegerField(min_value=1, help_text="Pairs of claims that cannot both be true.")
    incidents = serializers.IntegerField(min_value=1, help_text="Incidents that these are about.")
    gap_median = serializers.FloatField(
        allow_null=True,
        help_text="People: the median of the gaps between tolls (of two in the middle, halfway); null where none has a size.",
    )
    gap_total = serializers.IntegerField(
        allow_null=True, help_text="People: the sum of the gaps between tolls; null where none has a size."
    )


class DifferenceOfKindSerializer(DifferenceSerializer):
    """How often, and by how much, for one reason and measure."""

    kind = serializers.ChoiceField(DisagreementKind.choices, help_text="Why the claims cannot both be true.")
    measure = serializers.ChoiceField(
        Measure.choices, allow_blank=True, help_text="What the tolls count; empty for what is no toll."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Put what they are about before how many they are."""
        fields = super().get_fields()
        return {name: fields[name] for name in ("kind", "measure", *DifferenceSerializer().fields)}


class SpeakersSerializer(DifferenceSerializer):
    """Two actors, and how often and by how much what they say differs."""

    first = ActorSummarySerializer(
        allow_null=True,
        help_text="One actor: a claimant, or the publisher of a source that speaks in its own voice; the two stand in "
        f"alphabetical order of their slugs; {UNKNOWN}",
    )
    second = ActorSummarySerializer(
        allow_null=True, help_text=f"The other; the same where an actor contradicts itself; {UNKNOWN}"
    )
    first_says_more = serializers.IntegerField(
        min_value=0, help_text="Of the pairs of tolls, those in which the first names the higher one."
    )
    second_says_more = serializers.IntegerField(
        min_value=0, help_text="Of the pairs of tolls, those in which the second names the higher one."
    )
    kinds = DifferenceOfKindSerializer(many=True, help_text="The same by kind and measure, the most frequent first.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Put who they are first, and the parts last."""
        fields = super().get_fields()
        names = ("first", "second", *DifferenceSerializer().fields, "first_says_more", "second_says_more", "kinds")
        return {name: fields[name] for name in names}


class DisagreementAggregateSerializer(serializers.Serializer):
    """Who disagrees with whom."""

    count = serializers.IntegerField(min_value=0, help_text="Pairs of actors that disagree, shown or not.")
    results = SpeakersSerializer(
        many=True, help_text="Those that disagree most often, the most frequent first; equals by incidents and slugs."
    )
