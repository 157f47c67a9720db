"""Filters of actors."""

from django.db.models import Q

from api.filters.base import FilterSet
from api.filters.columns import EXACT, NULLABLE_WINDOW, TEXT
from api.filters.likeness import named_like
from api.search.words import held_in
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

    likeness = "actors with a name that looks like it, or another name that does"

    @classmethod
    def matching(cls, words: str) -> Q:
        """Actors whose name, description or any other name holds the words."""
        named = ActorAlias.objects.filter(held_in("name", text=words))
        return super().matching(words) | Q(pk__in=named.order_by().values("actor"))

    @classmethod
    def looking_like(cls, words: str) -> Q:
        """Actors with any name that looks like the words."""
        return named_like(words, ("conflictdb_actor", "id"), ("conflictdb_actoralias", "actor_id"))
