"""Filters of conflicts."""

from django.db.models import Q

from api.filters.base import FilterSet
from api.filters.columns import EXACT, NULLABLE_WINDOW, TEXT
from api.filters.likeness import named_like
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
    likeness = "conflicts with a name that looks like it"

    @classmethod
    def looking_like(cls, words: str) -> Q:
        """Conflicts with a name that looks like the words."""
        return named_like(words, ("conflictdb_conflict", "id"))
