"""Citations: the source a claim was read in, and the words."""

from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from conflictdb import rules
from conflictdb.models.dataset import Dataset
from conflictdb.models.words import vector, words_of


class CitationQuerySet(models.QuerySet):
    """Citations, one or many."""

    def get_by_natural_key(self, claim: str, number: int) -> Any:
        """Find a citation by its claim's slug and its number there, as fixtures name it."""
        return self.get(claim__slug=claim, number=number)

    def public(self) -> Self:
        """Citations that anonymous readers may see, given that they may see the claim."""
        return self.exclude(source__dataset__in=Dataset.objects.withheld())

    def for_reading(self) -> Self:
        """Bring the public citations of claims with their sources, in one query, without any held text."""
        return (
            self.public()
            .select_related("source__publisher")
            .defer("search", "source__text", "source__search")
            .order_by("claim_id", "number")
        )


class Citation(models.Model):
    """One place in one source where a claim stands: a W3C TextQuoteSelector with offsets."""

    claim = models.ForeignKey(
        "conflictdb.Claim",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="citations",
        help_text="The claim that was read here.",
    )
    number = models.PositiveSmallIntegerField(default=1, help_text="Place among the claim's citations, from 1.")
    source = models.ForeignKey(
        "conflictdb.Source", on_delete=models.PROTECT, related_name="citations", help_text="The source it was read in."
    )
    exact = models.TextField(
        blank=True,
        help_text="The words that carry the claim, verbatim; empty where the source's words are not at hand.",
    )
    prefix = models.CharField(max_length=200, blank=True, help_text="The words right before, verbatim; may be empty.")
    suffix = models.CharField(max_length=200, blank=True, help_text="The words right after, verbatim; may be empty.")
    start = models.PositiveIntegerField(
        null=True, blank=True, help_text="Offset of the first character in the held text, from 0; null if none is held."
    )
    end = models.PositiveIntegerField(
        null=True, blank=True, help_text="Offset after the last character in the held text; null if none is held."
    )
    search = words_of(vector("exact", weight="A"), "Words of the quote, for `quote=`.")

    objects = CitationQuerySet.as_manager()

    class Meta:
        ordering = ["claim_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "number"],
                name="citation_number_is_unique_for_its_claim",
                violation_error_message="The claim already has a citation of that number.",
            ),
            rules.both_or_neither("start", "end"),
            *rules.in_order("start", "end"),
            rules.when(
                models.Q(exact=""),
                models.Q(prefix="", suffix="", start__isnull=True),
                name="without_words_has_no_offsets",
                message="Without quoted words there is no context and no offset.",
            ),
        ]
        indexes = [
            # Most citations of an import are without words: an index of the rest is small.
            GinIndex(fields=["search"], condition=~models.Q(exact=""), name="citation_by_words"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: “{self.exact}”" if self.exact else str(self.source)

    def natural_key(self) -> tuple[str, int]:
        """Name the citation as fixtures do."""
        return (self.claim.slug, self.number)

    natural_key.dependencies = ["conflictdb.claim"]  # type: ignore[attr-defined]  # Django reads it off the function
