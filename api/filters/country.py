"""Filters of countries."""

from django.db.models import Q

from api.filters.base import EXACT, TEXT, FilterSet
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

    @classmethod
    def matching(cls, words: str) -> Q:
        """Countries whose name holds the words as they stand."""
        return Q(name__icontains=words)
