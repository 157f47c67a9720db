"""Filters of sources."""

from api.filters.base import FilterSet
from api.filters.columns import EXACT, NULLABLE_WINDOW, TEXT
from conflictdb.models import Source


class SourceFilterSet(FilterSet):
    """Sources by kind, publisher, day and grade."""

    model = Source
    columns = {
        "slug": EXACT,
        "external_id": EXACT,
        "kind": EXACT,
        "title": TEXT,
        "url": EXACT,
        "published_on": NULLABLE_WINDOW,
        "language": EXACT,
        "reliability": EXACT,
        "sha256": EXACT,
        "created_at": ("gte", "lte"),
        "updated_at": ("gte", "lte"),
    }
    relations = {"publisher": "publisher", "dataset": "dataset"}
