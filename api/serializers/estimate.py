"""An incident's estimate with its grounds, as JSON."""

from rest_framework import serializers

from api.serializers.base import FigureSerializer
from api.serializers.claim import IncidentClaimSerializer
from api.serializers.summary import IncidentSummarySerializer


class WeighedClaimSerializer(serializers.Serializer):
    """One toll claim, and what the rule made of it."""

    measure = serializers.CharField(read_only=True, help_text="What it counts: killed, injured, missing …")
    is_used = serializers.BooleanField(read_only=True, help_text="Whether the figures use it.")
    reason = serializers.CharField(read_only=True, help_text="What it contributes, or why it is set aside.")
    claim = IncidentClaimSerializer(read_only=True, help_text="The claim, with its sources and the words.")


class EstimateSerializer(serializers.Serializer):
    """What the claims about an incident amount to under a lens, and why."""

    incident = IncidentSummarySerializer(read_only=True, help_text="The incident that it is about.")
    lens = serializers.DictField(
        read_only=True, help_text="The lens that it was computed under, in the request's own words; always `resolve`."
    )
    method = serializers.CharField(read_only=True, help_text="How the claims became one figure.")
    sentence = serializers.CharField(read_only=True, help_text="The estimate and its grounds in one English sentence.")
    killed = FigureSerializer(read_only=True, help_text="People killed.")
    injured = FigureSerializer(read_only=True, help_text="People injured.")
    disputed = serializers.BooleanField(
        read_only=True, help_text="Whether the claims that count contradict each other."
    )
    is_spoken_of = serializers.BooleanField(
        read_only=True,
        help_text="Whether any claim that counts is about the incident; where none is, figures are null.",
    )
    claims = WeighedClaimSerializer(
        many=True,
        read_only=True,
        help_text="Every public toll claim: by measure, those in use first, the leading one of its group before others.",
    )
