"""Filters of conflicts."""

from api.filters.base import EXACT, NULLABLE_WINDOW, TEXT, FilterSet
from conflictdb.models import Conflict


class ConflictFilterSet(FilterSet):
    """Conflicts and dyads by name and kind."""

    model = Conflict
    columns = {
        "slug": EXACT,
        "external_id": EXACT,
        "name": TEXT,
        "kind": EXACT,
        "started_on": NULLABLE_WINDOW,
        "ended_on": NULLABLE_WINDOW,
        "created_at": ("gte", "lte"),
        "updated_at": ("gte", "lte"),
    }
    relations = {"parent": "parent", "dataset": "dataset"}
