"""Filters of datasets."""

from django.db.models import Q

from api.filters.base import FilterSet
from api.filters.columns import EXACT, NULLABLE_WINDOW, TEXT
from api.search.words import held_in
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
        """Datasets whose title, publisher or description holds the words; there are few of them."""
        return held_in("title", "publisher", "description", text=words)
