"""Disagreements: pairs of standing claims about one incident that cannot both be true. The database finds and keeps them."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from conflictdb import rules
from conflictdb.disagreements import in_words
from conflictdb.models.addressed import Addressed, AddressedQuerySet
from conflictdb.models.citation import Citation
from conflictdb.models.claim import Claim
from conflictdb.models.incident import Incident
from conflictdb.vocabularies import ClaimKind, DisagreementKind, IncidentStatus, Measure, Victims


class DisagreementQuerySet(AddressedQuerySet):
    """Disagreements, one or many."""

    @classmethod
    def visible(cls, path: str = "") -> Q:
        """About published incidents, between two claims that are both public."""
        return (
            Q(**{f"{path}incident__status": IncidentStatus.PUBLISHED})
            & Incident.objects.all().visible(f"{path}incident__")
            & Claim.objects.all().visible(f"{path}one__")
            & Claim.objects.all().visible(f"{path}other__")
        )

    def for_reading(self) -> Self:
        """Bring what a list of disagreements shows: the incident, both claims, and the words that each was read in."""
        links = ("claimant", "victim_actor", "named_actor", "named_conflict", "dataset")
        sides = ("one", "other")
        words = [models.Prefetch(f"{side}__citations", queryset=Citation.objects.for_reading()) for side in sides]
        linked = self.select_related("incident", *(f"{side}__{link}" for side in sides for link in links))
        return linked.prefetch_related(*words).annotate(sentence=in_words())


class Disagreement(Addressed):
    """Two standing claims about one incident that cannot both be true."""

    DATASETS = ("one__dataset", "other__dataset")  # paths to those under whose terms it is published

    incident = models.ForeignKey(
        "conflictdb.Incident",
        on_delete=models.DO_NOTHING,  # triggers keep these rows, whoever writes the claims
        related_name="disagreements",
        help_text="The incident that both claims are about.",
    )
    group = models.CharField(
        max_length=200,
        help_text="What all disagreements of one incident about one subject share: the incident's slug, the subject and, "
        "for tolls, the measure, joined by colons.",
    )
    kind = models.CharField(
        max_length=20, choices=DisagreementKind.choices, help_text="Why the two claims cannot both be true."
    )
    subject = models.CharField(
        max_length=20,
        choices=ClaimKind.choices,
        help_text="What the two disagree about: the kind of the claim that is contradicted.",
    )
    measure = models.CharField(
        max_length=20,
        choices=Measure.choices,
        blank=True,
        help_text="What the contradicted toll counts; empty where they disagree about something else.",
    )
    victims = models.CharField(
        max_length=20,
        choices=Victims.choices,
        blank=True,
        help_text="Whom the contradicted toll counts, the narrower group where one claim counts more people than the other; "
        "empty where they disagree about something else.",
    )
    one = models.ForeignKey(
        "conflictdb.Claim",
        on_delete=models.DO_NOTHING,
        related_name="+",
        help_text="One of the claims: the lower of two tolls, what is denied, what is answered; else the one stored first.",
    )
    other = models.ForeignKey(
        "conflictdb.Claim",
        on_delete=models.DO_NOTHING,
        related_name="+",
        help_text="The other: the higher of two tolls, the denial, the answer; else the one stored last.",
    )
    is_answer = models.BooleanField(
        help_text="Whether one of the two was made in answer to the other, to deny or correct it."
    )
    at_most = models.PositiveIntegerField(
        null=True, help_text="People: the highest number that the lower toll allows; null unless two tolls lie apart."
    )
    at_least = models.PositiveIntegerField(
        null=True, help_text="People: the lowest number that the higher toll allows; null unless two tolls lie apart."
    )
    gap = models.PositiveIntegerField(
        null=True,
        help_text="People: how far two tolls lie apart at the least, `at_least` less `at_most`; null where it has no size.",
    )
    ratio = models.FloatField(
        null=True,
        help_text="How many times the lower toll the higher is at the least, `at_least` by `at_most`; null where it has no "
        "size, or `at_most` is zero.",
    )
    started_on = models.DateField(
        null=True, help_text="First day on which the incident may have happened; null where no source bounds it."
    )

    objects = DisagreementQuerySet.as_manager()

    class Meta(Addressed.Meta):
        constraints = [
            *Addressed.Meta.constraints,
            rules.term_of("kind", DisagreementKind),
            rules.term_of("subject", ClaimKind),
            rules.term_of("measure", Measure, blank=True),
            rules.term_of("victims", Victims, blank=True),
            rules.different("one", "other"),
            rules.exactly_when(
                Q(kind=DisagreementKind.TOLL),
                Q(at_most__isnull=False, at_least__isnull=False, gap__isnull=False),
                name="only_tolls_lie_apart",
                message="Two tolls lie apart by some number of people; nothing else does.",
            ),
        ]
        indexes = [
            models.Index(Coalesce("started_on", date.min), "id", name="disagreement_by_start"),
            models.Index(Coalesce("gap", -1), "id", name="disagreement_by_gap"),
            models.Index(fields=["group"], name="disagreement_by_group"),
            models.Index(fields=["updated_at", "id"], name="disagreement_by_change"),
        ]
