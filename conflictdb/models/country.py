"""Countries: states and territories of today, and the historical states that conflict datasets name."""

from django.db import models

from conflictdb import rules
from conflictdb.models.addressed import Addressed, AddressedQuerySet
from conflictdb.models.words import likeness, plain_of
from conflictdb.vocabularies import Region


class CountryQuerySet(AddressedQuerySet):
    """Countries, one or many; all of them are public."""


class Country(Addressed):
    """A state or territory, as a place and not as a party; the party is an actor of kind "state"."""

    name = models.CharField(max_length=120, unique=True, help_text="English short name.")
    iso3 = models.CharField(
        max_length=3,
        blank=True,
        help_text="ISO 3166-1 alpha-3 code, or ISO 3166-3's for a state that is no more; empty where ISO has none.",
    )
    gwno = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        unique=True,
        verbose_name="Gleditsch-Ward number",
        help_text="Gleditsch-Ward number of the independent state; null for territories that the list does not hold.",
    )
    region = models.CharField(
        max_length=20, choices=Region.choices, help_text="Region of the world, as UCDP divides it."
    )
    is_historical = models.BooleanField(default=False, help_text="Whether the state no longer exists.")

    plain = plain_of("name")

    objects = CountryQuerySet.as_manager()

    class Meta(Addressed.Meta):
        verbose_name_plural = "countries"
        ordering = ["name"]
        constraints = [
            *Addressed.Meta.constraints,
            rules.letters("iso3", r"^[A-Z]{3}$", "iso3 must be three capital letters."),
            models.UniqueConstraint(
                fields=["iso3"],
                condition=~models.Q(iso3=""),
                name="country_iso3_is_unique",
                violation_error_message="Another country already carries this ISO code.",
            ),
            rules.term_of("region", Region),
        ]
        indexes = [likeness("country_by_likeness")]

    def __str__(self) -> str:
        return self.name
