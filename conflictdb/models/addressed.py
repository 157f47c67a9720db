"""What every public record has in common: an address, and the times of its row."""

from typing import Any, Self

from django.contrib.postgres.functions import TransactionNow
from django.db import models

from conflictdb import rules


class AddressedQuerySet(models.QuerySet):
    """Records found by their public address."""

    def get_by_natural_key(self, slug: str) -> Any:
        """Find a record by its slug, as fixtures name it."""
        return self.get(slug=slug)

    @classmethod
    def visible(cls, path: str = "") -> models.Q:  # noqa: ARG003 – of what everybody may see
        """The condition on which anonymous readers may see the records at the end of a path (``"claimant__"``)."""
        return models.Q()

    def public(self) -> Self:
        """Records that anonymous readers may see."""
        return self.filter(self.visible())

    def for_reading(self) -> Self:
        """Bring what a list shows."""
        return self.all()

    def for_detail(self) -> Self:
        """Bring what one record's own page shows."""
        return self.for_reading()


class Addressed(models.Model):
    """A record with a public address."""

    slug = models.SlugField(
        max_length=120,
        db_index=False,  # the constraint below has the one index, which in this collation also finds how slugs begin
        db_collation="C",
        help_text="Public identifier, used in addresses and filters; never changes once public.",
    )
    # The database knows the time too, so that whoever writes by other ways than Django's need not tell it.
    created_at = models.DateTimeField(
        auto_now_add=True, db_default=TransactionNow(), help_text="When this row was first stored (UTC)."
    )
    updated_at = models.DateTimeField(
        auto_now=True, db_default=TransactionNow(), help_text="When this row last changed (UTC)."
    )

    class Meta:
        abstract = True
        constraints = [
            rules.slug_form(),
            models.UniqueConstraint(
                fields=["slug"],
                name="%(class)s_slug_is_unique",
                violation_error_message="Another record already has this slug.",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def natural_key(self) -> tuple[str]:
        """Name the record as fixtures do."""
        return (self.slug,)
