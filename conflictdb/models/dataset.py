"""Datasets, where records come from and under what terms, and the imports that brought them."""

from typing import Self

from django.conf import settings
from django.db import models

from conflictdb import rules
from conflictdb.models.addressed import Addressed, AddressedQuerySet
from conflictdb.vocabularies import ImportOutcome


class DatasetQuerySet(AddressedQuerySet):
    """Datasets and who may read them."""

    @classmethod
    def visible(cls, path: str = "") -> models.Q:
        """Datasets whose records anonymous readers may see."""
        return models.Q(**{f"{path}redistributable": True})

    def withheld(self) -> Self:
        """Datasets whose records anonymous readers may not see; there are few."""
        return self.filter(redistributable=False)

    def for_detail(self) -> Self:
        """Bring what one dataset's page shows: besides, one query for its imports."""
        return self.prefetch_related("imports")


class Dataset(Addressed):
    """One release of a body of records, with its publisher, licence and citation."""

    series = models.SlugField(
        max_length=60,
        help_text="What the releases of one dataset have in common (`ucdp-ged`); external identifiers are unique in it.",
    )
    title = models.CharField(max_length=200, help_text="Full title.")
    version = models.CharField(
        max_length=40, blank=True, help_text="The publisher's name of the release; empty if none."
    )
    publisher = models.CharField(max_length=200, help_text="Who publishes the dataset.")
    licence = models.CharField(
        max_length=200, help_text="SPDX identifier of the licence, or the address of the terms of use."
    )
    citation = models.TextField(help_text="How the publisher asks to be cited.")
    redistributable = models.BooleanField(
        default=False,
        help_text="Whether the terms allow passing the records on. If not, the API shows none of them to anonymous readers.",
    )
    withdrawn_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the records stopped being passed on (UTC); null while they are, and where they never were. Kept by "
        "the database; whatever is written here is put back.",
    )
    url = models.URLField(max_length=500, blank=True, help_text="Where the dataset is published; empty if nowhere.")
    released_on = models.DateField(null=True, blank=True, help_text="Day of the release; null if not known.")
    description = models.TextField(blank=True, help_text="What the dataset holds and how it was made.")

    objects = DatasetQuerySet.as_manager()

    class Meta(Addressed.Meta):
        ordering = ["title", "version"]
        constraints = [
            *Addressed.Meta.constraints,
            models.UniqueConstraint(
                fields=["series", "version"],
                name="dataset_series_and_version_are_unique",
                violation_error_message="This series already has a release of that version.",
            ),
            rules.filled("licence"),
            rules.filled("citation"),
            rules.when(
                models.Q(withdrawn_at__isnull=False),
                models.Q(redistributable=False),
                name="withdrawn_is_not_redistributable",
                message="A dataset that may be passed on is not withdrawn.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}".strip()

    @property
    def is_public(self) -> bool:
        """Whether anonymous readers may see this dataset's records; agrees with ``public()``."""
        return self.redistributable


class Import(models.Model):
    """One run of an importer over one file."""

    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="imports",
        help_text="The release that was loaded; null if it was not.",
    )
    format = models.SlugField(max_length=60, help_text="The importer's name (`ucdp-ged`).")
    file_name = models.CharField(max_length=255, help_text="Name of the file, without its folder.")
    sha256 = models.CharField(max_length=64, help_text="SHA-256 of the file's bytes, in hexadecimal.")
    outcome = models.CharField(
        max_length=20,
        choices=ImportOutcome.choices,
        default=ImportOutcome.RUNNING,
        help_text="How far the run is, or how it ended.",
    )
    counts = models.JSONField(
        default=dict,
        blank=True,
        help_text="The report: rows read; records created, updated, unchanged and retracted, by kind; sums of the figures "
        "in the file and here.",
    )
    problem = models.TextField(blank=True, help_text="Why it failed; empty if it did not.")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The person who ran it in the admin; null from the command line.",
    )
    started_at = models.DateTimeField(
        auto_now_add=True, help_text="When the run began (UTC); while it waits, when the file was uploaded."
    )
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When it ended (UTC); null until then.")

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            rules.term_of("outcome", ImportOutcome),
            rules.letters("sha256", r"^[0-9a-f]{64}$", "sha256 must be 64 hexadecimal digits."),
            *rules.in_order("started_at", "finished_at"),
            rules.exactly_when(
                models.Q(outcome__in=[ImportOutcome.WAITING, ImportOutcome.RUNNING]),
                models.Q(finished_at__isnull=True),
                name="is_running_until_finished",
                message="An import has a finishing time exactly when it no longer waits or runs.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format}: {self.file_name}"
