"""Claims and citations as JSON."""

from typing import Any

from django.db.models import Case, CharField, Exists, Func, OuterRef, Q, Value, When
from rest_framework import serializers

from api.serializers.actor import ActorRelationSerializer
from api.serializers.base import Expressed, link
from api.serializers.summary import (
    ActorSummarySerializer,
    ClaimSummarySerializer,
    ConflictSummarySerializer,
    DatasetSummarySerializer,
    IncidentSummarySerializer,
    SourceSummarySerializer,
)
from conflictdb.models import Citation, Claim


class CitationSerializer(serializers.ModelSerializer):
    """Where a claim was read: the source and its words (a W3C TextQuoteSelector with offsets)."""

    source = SourceSummarySerializer(read_only=True, help_text="The source it was read in.")  # type: ignore[assignment]  # the contract's name

    class Meta:
        model = Citation
        fields = ["source", "exact", "prefix", "suffix", "start", "end"]


class WithheldField(Expressed, serializers.ListField):
    """Names the links of a claim that its reader may not follow, so that their null is not taken for none."""

    links = (
        "actor",
        "relation",
        "claimant",
        "victim_actor",
        "named_actor",
        "named_conflict",
        "superseded_by",
        "answers",
    )
    child = serializers.ChoiceField(links, help_text="Name of a field of this claim.")

    def __init__(self, **kwargs: Any) -> None:
        """Read the whole claim."""
        super().__init__(**{**kwargs, "source": "*", "read_only": True})

    def to_representation(self, data: Any) -> list[str]:
        """Look at each link that is there."""
        links = {name: getattr(data, name) for name in self.links if getattr(data, f"{name}_id")}
        return [name for name, record in links.items() if not record.is_public]

    def expression(self) -> Any:
        """The same in SQL."""
        return Func(*map(self._name_if_hidden, self.links), template="array_remove(ARRAY[%(expressions)s], NULL)")

    @staticmethod
    def _name_if_hidden(name: str) -> Case:
        model: Any = Claim._meta.get_field(name).related_model
        shown = model._default_manager.public()
        hidden = Q(**{f"{name}__isnull": False}) & ~Exists(shown.filter(pk=OuterRef(f"{name}_id")))
        return Case(When(hidden, then=Value(name)), output_field=CharField())


class ClaimSerializer(serializers.ModelSerializer):
    """One assertion or denial, with who makes it, in which source, in which words."""

    url = link("claim")
    incident = IncidentSummarySerializer(
        read_only=True, allow_null=True, help_text="The incident it is about; null if none."
    )
    actor = ActorSummarySerializer(read_only=True, allow_null=True, help_text="The actor it is about; null if none.")
    relation = ActorRelationSerializer(
        read_only=True, allow_null=True, help_text="The relation it is about; null if none."
    )
    claimant = ActorSummarySerializer(
        read_only=True, allow_null=True, help_text="Who says so; null where the source speaks in its own voice."
    )
    victim_actor = ActorSummarySerializer(
        read_only=True,
        allow_null=True,
        help_text="The actor whose people a toll counts; null where it counts whoever they belonged to.",
    )
    named_actor = ActorSummarySerializer(
        read_only=True,
        allow_null=True,
        help_text="The actor whom the claim holds responsible, threatens, asks, condemns or links; null if none.",
    )
    named_conflict = ConflictSummarySerializer(
        read_only=True,
        allow_null=True,
        help_text="The conflict that the claim links its subject to, or says it has nothing to do with; null if none.",
    )
    superseded_by = ClaimSummarySerializer(
        read_only=True, allow_null=True, help_text="The later claim that replaces this one; null if none does."
    )
    answers = ClaimSummarySerializer(
        read_only=True, allow_null=True, help_text="The claim that this one confirms, denies or corrects; null if none."
    )
    withheld = WithheldField(
        help_text="Links of this claim that may not be shown to you: null here does not mean none."
    )
    citations = CitationSerializer(many=True, read_only=True, help_text="Where it was read, and the words.")
    dataset = DatasetSummarySerializer(
        read_only=True, help_text="The dataset whose terms the record is published under."
    )

    class Meta:
        model = Claim
        fields = [
            "url",
            "slug",
            "kind",
            "polarity",
            "statement",
            "incident",
            "actor",
            "relation",
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
            "is_out_of_order",
            "status",
            "status_reason",
            "superseded_by",
            "answers",
            "answer_kind",
            "withheld",
            "citations",
            "dataset",
            "external_id",
            "created_at",
            "updated_at",
        ]


class IncidentClaimSerializer(ClaimSerializer):
    """A claim within its incident's page."""

    class Meta(ClaimSerializer.Meta):
        fields = [name for name in ClaimSerializer.Meta.fields if name != "incident"]
