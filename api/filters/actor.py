"""Filters of actors."""

from django.db.models import Exists, OuterRef, Q

from api.filters.base import EXACT, NULLABLE_WINDOW, TEXT, FilterSet
from conflictdb.models import Actor, ActorAlias


class ActorFilterSet(FilterSet):
    """Actors by name, kind, country and the part they took."""

    model = Actor
    columns = {
        "slug": EXACT,
        "external_id": EXACT,
        "name": TEXT,
        "kind": EXACT,
        "active_from": NULLABLE_WINDOW,
        "active_to": NULLABLE_WINDOW,
        "created_at": ("gte", "lte"),
        "updated_at": ("gte", "lte"),
    }
    relations = {
        "country": "country",
        "dataset": "dataset",
        "incident": "participations__incident",
    }
    through = {
        "alias": ("aliases__name", TEXT),
        "role": ("participations__role", EXACT),
    }
    about = {
        "incident": "An incident that it took part in; with `role`, in that role.",
        "role": "A role in which it took part; with `incident`, in that incident.",
        "alias": "One of its other names, as it is written.",
    }

    @classmethod
    def matching(cls, words: str) -> Q:
        """Actors whose name, description or any other name holds the words."""
        named = ActorAlias.objects.filter(actor=OuterRef("pk"), name__icontains=words)
        return super().matching(words) | Q(Exists(named))
