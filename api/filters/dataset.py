"""Filters of datasets."""

from django.db.models import Q

from api.filters.base import EXACT, NULLABLE_WINDOW, TEXT, FilterSet
from conflictdb.models import Dataset


class DatasetFilterSet(FilterSet):
    """Datasets by series, version, publisher and terms."""

    model = Dataset
    columns = {
        "slug": EXACT,
        "series": EXACT,
        "version": EXACT,
        "title": TEXT,
        "publisher": TEXT,
        "licence": EXACT,
        "released_on": NULLABLE_WINDOW,
    }

    @classmethod
    def matching(cls, words: str) -> Q:
        """Datasets whose title, publisher or description holds the words as they stand; there are few of them."""
        return Q(title__icontains=words) | Q(publisher__icontains=words) | Q(description__icontains=words)
