"""Filters of countries."""

from django.db.models import Q

from api.filters.base import FilterSet
from api.filters.columns import EXACT, TEXT
from api.filters.likeness import named_like
from api.search.words import held_in
from conflictdb.models import Country


class CountryFilterSet(FilterSet):
    """Countries by name, code and region."""

    model = Country
    columns = {
        "slug": EXACT,
        "name": TEXT,
        "iso3": EXACT,
        "gwno": EXACT,
        "region": EXACT,
        "is_historical": ("exact",),
    }

    likeness = "countries with a name that looks like it"

    @classmethod
    def matching(cls, words: str) -> Q:
        """Countries whose name holds the words."""
        return held_in("name", text=words)

    @classmethod
    def looking_like(cls, words: str) -> Q:
        """Countries with a name that looks like the words."""
        return named_like(words, ("conflictdb_country", "id"))
