"""Lenses whose figures the database keeps, so that questions under them cost what questions without one do."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from conflictdb.lens import TYPES, Lens


def _null(field: type[models.Field], **options: Any) -> models.Field:
    """Make a column for one condition of a lens; null narrows nothing, as in the database's own type of lenses."""
    return field(null=True, blank=True, **options)


class KeptLens(models.Model):
    """A lens with the figures of all incidents under it, as long as it stands here: the database's triggers see to that.

    Storing one computes its figures, which takes some ten seconds for a million incidents; no figure of another lens or of
    none changes meanwhile. Deleting one deletes them.
    """

    words = models.CharField(
        max_length=2_000, unique=True, help_text="The lens as readers write it, its parameters joined by `and`."
    )
    according_to = _null(ArrayField, base_field=models.BigIntegerField(), help_text="Keys of actors.")
    not_according_to = _null(ArrayField, base_field=models.BigIntegerField(), help_text="Keys of actors.")
    datasets = _null(ArrayField, base_field=models.BigIntegerField(), help_text="Keys of datasets.")
    min_reliability = _null(models.CharField, max_length=1, help_text="The lowest grade of a source.")
    min_credibility = _null(models.CharField, max_length=1, help_text="The lowest grade of a claim.")
    stated_before = _null(models.DateField, help_text="The day before which claims were known.")
    resolve = _null(models.CharField, max_length=20, help_text="How the claims of a group become one figure.")
    created_at = models.DateTimeField(auto_now_add=True, help_text="When it was stored here (UTC).")

    class Meta:
        verbose_name = "kept lens"
        verbose_name_plural = "kept lenses"
        ordering = ("words",)
        constraints = (models.UniqueConstraint(fields=(*TYPES,), nulls_distinct=False, name="lens_is_kept_once"),)

    def __str__(self) -> str:
        return self.words

    @classmethod
    def of(cls, words: str, lens: Lens) -> "KeptLens":
        """Make the record of a lens, unsaved."""
        plain = lens.plain
        values = {name: getattr(plain, name) for name in TYPES}
        return cls(
            words=words, **{name: list(each) if isinstance(each, tuple) else each for name, each in values.items()}
        )

    @property
    def lens(self) -> Lens:
        """The lens, in its plain form."""
        return Lens(**{name: getattr(self, name) for name in TYPES}).plain


FIGURES = (
    *("killed_low", "killed_best", "killed_high", "killed_is_open", "killed_claims"),
    *("injured_low", "injured_best", "injured_high", "injured_is_open", "injured_claims"),
    *("disputed", "is_spoken_of"),
)


def _people() -> models.BigIntegerField:
    return models.BigIntegerField(null=True)


class KeptFigure(models.Model):
    """What the claims about an incident that pass a kept lens make of it, written by the database alone (`by_lens.sql`)."""

    pk = models.CompositePrimaryKey("lens_id", "incident_id")
    # no foreign keys: to check them costs half of what the figures do, and the triggers that write these rows delete them
    lens = models.ForeignKey(
        KeptLens, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="figures"
    )
    incident = models.ForeignKey(
        "conflictdb.Incident", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    killed_low, killed_best, killed_high = _people(), _people(), _people()
    killed_is_open = models.BooleanField()
    killed_claims = models.IntegerField()
    injured_low, injured_best, injured_high = _people(), _people(), _people()
    injured_is_open = models.BooleanField()
    injured_claims = models.IntegerField()
    disputed = models.BooleanField()
    is_spoken_of = models.BooleanField()

    class Meta:
        indexes = tuple(
            # the lists' orders by a figure, as those of incidents themselves
            models.Index(
                F("lens"), Coalesce(f"{measure}_best", Value(-1)), F("incident"), name=f"kept_figure_by_{measure}"
            )
            for measure in ("killed", "injured")
        )
        constraints = (
            # read without the row: those of the incidents of a year lie all over the table
            models.UniqueConstraint(fields=("lens", "incident"), include=FIGURES, name="kept_figure_is_one"),
        )

    def __str__(self) -> str:
        return f"{self.incident_id} under {self.lens_id}"
