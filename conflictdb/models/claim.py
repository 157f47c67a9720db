"""Claims: what an actor asserted, as sources reported it. Every figure of the dataset is one."""

from datetime import date
from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from conflictdb import rules
from conflictdb.models.citation import Citation
from conflictdb.models.dataset import Dataset
from conflictdb.models.record import Record, RecordQuerySet
from conflictdb.models.words import vector, words_of
from conflictdb.vocabularies import (
    AnswerKind,
    ClaimKind,
    ClaimStatus,
    Credibility,
    IncidentStatus,
    Measure,
    Polarity,
    ValueKind,
    Victims,
)

# What nearly all claims of large datasets are: whoever asks for it finds it in the list's order; only the rest is indexed.
USUAL: dict[str, str] = {
    "kind": ClaimKind.TOLL,
    "polarity": Polarity.ASSERTS,
    "credibility": Credibility.UNKNOWN,
    "measure": Measure.KILLED,
    "status": ClaimStatus.STANDING,
    "answer_kind": "",
    "value_wording": "",
}
NO_FIGURE = Q(low__isnull=True, best__isnull=True, high__isnull=True)

# What a claim may be about, and whose terms decide whether that may be shown.
ABOUT = {
    "incident": ("incident",),
    "actor": ("actor",),
    "relation": ("relation", "relation__subject", "relation__object"),
}


class ClaimQuerySet(RecordQuerySet):
    """Claims, one or many."""

    @classmethod
    def visible(cls, path: str = "") -> Q:
        """No drafts, nothing of a dataset that may not be passed on, and about nothing that is itself withheld."""
        withheld = Dataset.objects.withheld()
        condition = super().visible(path) & ~Q(**{f"{path}status": ClaimStatus.DRAFT})
        for name, ends in ABOUT.items():
            shown = ~Q(**{f"{path}incident__status": IncidentStatus.DRAFT}) if name == "incident" else Q()
            for end in ends:
                shown &= ~Q(**{f"{path}{end}__dataset__in": withheld})
            condition &= Q(**{f"{path}{name}__isnull": True}) | shown
        return condition

    def standing(self) -> Self:
        """Claims that are upheld: neither drafts nor superseded nor retracted."""
        return self.filter(status=ClaimStatus.STANDING)

    def for_reading(self) -> Self:
        """Bring what a list of claims shows: one query for the claims, one for their citations with sources."""
        return self.select_related(
            "incident",
            "actor",
            "relation__subject",
            "relation__object",
            "claimant",
            "victim_actor",
            "named_actor",
            "named_conflict",
            "superseded_by",
            "answers",
            "dataset",
        ).prefetch_related(models.Prefetch("citations", queryset=Citation.objects.for_reading()))


class Claim(Record):
    """One assertion or denial about an incident, an actor or a relation."""

    kind = models.CharField(max_length=20, choices=ClaimKind.choices, help_text="What sort of thing is claimed.")
    polarity = models.CharField(
        max_length=10,
        choices=Polarity.choices,
        default=Polarity.ASSERTS,
        help_text="Whether it is said to be so or not to be so.",
    )
    statement = models.TextField(help_text="The claim in one plain sentence, hedges kept.")

    incident = models.ForeignKey(
        "conflictdb.Incident",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="claims",
        help_text="The incident it is about; null if it is about none.",
    )
    actor = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="claims_about",
        help_text="The actor it is about; null if it is about none.",
    )
    relation = models.ForeignKey(
        "conflictdb.ActorRelation",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="claims",
        help_text="The relation it is about; null if it is about none.",
    )

    claimant = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claims_made",
        help_text="Who says so; null where the source speaks in its own voice.",
    )
    claimant_wording = models.CharField(
        max_length=500,
        blank=True,
        help_text="How the source names the claimant (`US military officials`), or whom a compiler names as having told; "
        "empty where the source speaks in its own voice.",
    )
    stated_on = models.DateField(
        null=True, blank=True, help_text="Day the claim was made; where only its report is dated, null."
    )
    credibility = models.CharField(
        max_length=1,
        choices=Credibility.choices,
        default=Credibility.UNKNOWN,
        help_text="Admiralty grade of the information, 1 to 6; 6 is unknown, not improbable.",
    )

    measure = models.CharField(
        max_length=20, choices=Measure.choices, blank=True, help_text="What a toll counts; empty for other claims."
    )
    victims = models.CharField(
        max_length=20, choices=Victims.choices, blank=True, help_text="Whom a toll counts; empty for other claims."
    )
    victim_actor = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        help_text="The actor whose people a toll counts; null where it counts whoever they belonged to.",
    )
    named_actor = models.ForeignKey(
        "conflictdb.Actor",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="claims_naming",
        help_text="The actor whom the claim holds responsible, threatens, asks, condemns or links; null if none.",
    )
    named_conflict = models.ForeignKey(
        "conflictdb.Conflict",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="claims_naming",
        help_text="The conflict that the claim links its subject to, or says it has nothing to do with; null if none.",
    )

    value_kind = models.CharField(
        max_length=20, choices=ValueKind.choices, default=ValueKind.NONE, help_text="What sort of number is given."
    )
    low = models.PositiveIntegerField(
        null=True, blank=True, help_text="Lowest number claimed (people, or events); null if none is given."
    )
    best = models.PositiveIntegerField(
        null=True, blank=True, help_text="The number that the claimant holds likeliest; null if none is given."
    )
    high = models.PositiveIntegerField(
        null=True, blank=True, help_text="Highest number claimed; null if none is given or the bound is open."
    )
    value_wording = models.CharField(
        max_length=300,
        blank=True,
        help_text="The value in the source's own words (`more than 50 times`); empty if none.",
    )
    is_out_of_order = models.BooleanField(
        default=False,
        help_text="Whether the figures were published with low, best and high out of order; they are kept as published.",
    )

    status = models.CharField(
        max_length=20,
        choices=ClaimStatus.choices,
        default=ClaimStatus.DRAFT,
        help_text="Where the claim stands in its life.",
    )
    status_reason = models.TextField(blank=True, help_text="Why it was retracted; empty otherwise.")
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="supersedes",
        help_text="The later claim that replaces this one, about the same incident; null if none does.",
    )
    answers = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="answered_by",
        help_text="The claim, about the same incident, that this one confirms, denies or corrects; null if none.",
    )
    answer_kind = models.CharField(
        max_length=10,
        choices=AnswerKind.choices,
        blank=True,
        help_text="What it does to the claim that it answers; empty if it answers none.",
    )
    search = words_of(
        vector("statement", weight="A") + vector("value_wording", "claimant_wording", weight="B"),
        "Words of the statement and wordings, for `q=`.",
    )

    objects = ClaimQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-stated_on", "-id"]
        constraints = [
            *Record.Meta.constraints,
            rules.term_of("kind", ClaimKind),
            rules.term_of("polarity", Polarity),
            rules.term_of("credibility", Credibility),
            rules.term_of("measure", Measure, blank=True),
            rules.term_of("victims", Victims, blank=True),
            rules.term_of("value_kind", ValueKind),
            rules.term_of("status", ClaimStatus),
            rules.term_of("answer_kind", AnswerKind, blank=True),
            rules.filled("statement"),
            rules.any_given(
                ["incident", "actor", "relation"],
                name="is_about_something",
                message="A claim must be about an incident, an actor or a relation.",
            ),
            rules.exactly_when(
                Q(kind=ClaimKind.TOLL),
                ~Q(measure="") & ~Q(victims=""),
                name="toll_has_measure_and_victims",
                message="A toll says what it counts (measure) and whom (victims); other claims leave both empty.",
            ),
            rules.when(
                ~Q(kind=ClaimKind.TOLL),
                Q(measure="", victims="", victim_actor__isnull=True),
                name="only_tolls_count_victims",
                message="Only a toll has a measure, victims and a victim actor.",
            ),
            rules.when(
                Q(kind=ClaimKind.RESPONSIBILITY),
                Q(named_actor__isnull=False),
                name="responsibility_names_an_actor",
                message="A claim of responsibility names the actor.",
            ),
            rules.when(
                Q(kind=ClaimKind.RELATION),
                Q(relation__isnull=False),
                name="relation_claim_has_its_relation",
                message="A claim of kind relation is about a relation.",
            ),
            rules.when(
                Q(kind__in=[ClaimKind.TOLL, ClaimKind.EVENT_COUNT]),
                ~Q(value_kind=ValueKind.NONE),
                name="count_says_its_value_kind",
                message="A toll or number of events says what sort of number it gives (value_kind).",
            ),
            rules.when(
                ~Q(kind__in=[ClaimKind.TOLL, ClaimKind.EVENT_COUNT, ClaimKind.DAMAGE]),
                Q(value_kind=ValueKind.NONE),
                name="only_counts_have_a_value",
                message="Only a toll, a number of events or damage has a value.",
            ),
            *rules.in_order("low", "best", "high", unless=Q(is_out_of_order=True)),
            rules.when(
                Q(value_kind=ValueKind.EXACT),
                Q(low__isnull=False, best__isnull=False, high__isnull=False, low=F("best"), best=F("high")),
                name="exact_value_is_one_number",
                message="An exact value has the same low, best and high.",
            ),
            rules.when(
                Q(value_kind=ValueKind.AT_LEAST),
                Q(low__isnull=False, high__isnull=True),
                name="at_least_has_low_and_no_high",
                message='"At least" has a low and leaves high open.',
            ),
            rules.when(
                Q(value_kind=ValueKind.LOWEST_REPORTED),
                Q(low__gt=0, best__isnull=True, high__isnull=True),
                name="lowest_reported_is_low_alone",
                message="The lowest number reported is a low above zero, without best or high.",
            ),
            rules.when(
                Q(value_kind=ValueKind.AT_MOST),
                Q(high__isnull=False) & (Q(low__isnull=True) | Q(low=0)),
                name="at_most_has_high_and_no_low",
                message='"At most" has a high; its low is empty or zero.',
            ),
            rules.when(
                Q(value_kind=ValueKind.ABOUT),
                Q(best__isnull=False),
                name="about_has_best",
                message='"About" has a best number.',
            ),
            rules.when(
                Q(value_kind=ValueKind.RANGE),
                Q(low__isnull=False, high__isnull=False),
                name="range_has_low_and_high",
                message="A range has a low and a high.",
            ),
            rules.when(
                Q(value_kind__in=[ValueKind.NONE, ValueKind.UNKNOWN, ValueKind.NONE_REPORTED]),
                NO_FIGURE,
                name="unknown_value_has_no_number",
                message="An unknown, unreported or absent value has no numbers: zero is a number.",
            ),
            rules.exactly_when(
                Q(status=ClaimStatus.SUPERSEDED),
                Q(superseded_by__isnull=False),
                name="superseded_by_a_claim",
                message="A superseded claim names the claim that replaces it, and only a superseded one does.",
            ),
            rules.exactly_when(
                Q(status=ClaimStatus.RETRACTED),
                ~Q(status_reason=""),
                name="retracted_with_a_reason",
                message="A retracted claim needs a reason, and only a retracted one has it.",
            ),
            rules.exactly_when(
                Q(answers__isnull=False),
                ~Q(answer_kind=""),
                name="answer_says_what_it_does",
                message="A claim that answers another says how, and only such a claim does.",
            ),
            rules.different("superseded_by", "id"),
            rules.different("answers", "id"),
        ]
        indexes = [
            models.Index(Coalesce("stated_on", date.min), "id", name="claim_by_statement_day"),
            models.Index(fields=["updated_at", "id"], name="claim_by_change"),
            GinIndex(fields=["search"], name="claim_by_words"),
            # Whoever asks for what few rows have would otherwise read all of them; equal values share their space here.
            *(
                models.Index(fields=[column], name=f"claim_by_{column}")
                for column in ("victims", "value_kind", "low", "best", "high", "claimant_wording")
            ),
            *(
                models.Index(fields=[column], condition=~Q(**{column: usual}), name=f"claim_by_{column}")
                for column, usual in USUAL.items()
            ),
            models.Index(fields=["id"], condition=Q(is_out_of_order=True), name="claim_if_out_of_order"),
            # Most claims leave these links empty; an index of the rest is small and found by the same questions.
            *(
                models.Index(fields=[link], condition=Q(**{f"{link}__isnull": False}), name=f"claim_by_{link}")
                for link in (
                    *("actor", "relation", "victim_actor", "named_actor", "named_conflict"),
                    *("superseded_by", "answers"),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.statement

    @property
    def is_public(self) -> bool:
        """Whether anonymous readers may see this claim; agrees with ``public()``."""
        about = (self.incident, self.actor, self.relation)
        return (
            super().is_public
            and self.status != ClaimStatus.DRAFT
            and all(record.is_public for record in about if record is not None)
        )
