"""What every record that came with a dataset has in common."""

from django.db import models

from conflictdb import rules
from conflictdb.models.addressed import Addressed, AddressedQuerySet
from conflictdb.models.dataset import Dataset


class RecordQuerySet(AddressedQuerySet):
    """Records that came with a dataset."""

    @classmethod
    def visible(cls, path: str = "") -> models.Q:
        """Records of datasets that may be passed on."""
        return ~models.Q(**{f"{path}dataset__in": Dataset.objects.withheld()})


class Record(Addressed):
    """A public record that belongs to a dataset."""

    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        help_text="The dataset whose terms this record is published under.",
    )
    external_id = models.CharField(
        max_length=200,
        blank=True,
        help_text="The record's identifier at its publisher, after the series of identifiers and a colon "
        "(`ucdp-ged:423583`, `ucdp-actor:118`); kept across releases. Empty where the publisher gives none.",
    )

    class Meta(Addressed.Meta):
        abstract = True
        constraints = [
            *Addressed.Meta.constraints,
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~models.Q(external_id=""),
                name="%(class)s_external_id_is_unique",
                violation_error_message="Another record already carries this external_id.",
            ),
            rules.letters(
                "external_id",
                r"^[a-z0-9-]+:.+$",
                "external_id must be a series of identifiers, a colon and the identifier there.",
            ),
        ]

    @property
    def is_public(self) -> bool:
        """Whether anonymous readers may see this record; agrees with ``public()``."""
        return self.dataset.redistributable
