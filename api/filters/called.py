"""Actors by what they are called, so that records are found by names whose actors they bear by keys."""

from dataclasses import replace

from django.db.models import Q, Value

from api.filters import values
from api.filters.values import BadValue, ValueType
from api.search.words import held_in, query
from conflictdb.models import Actor, ActorAlias
from conflictdb.models.words import plain

MOST = 1_000  # actors of one name: a statement that names more takes longer to plan than to run


def actors_called() -> ValueType:
    """The type of a name, read as the keys of public actors: those of which a name holds all its words, or is it.

    As keys they stand in the text of the statement, whose planner then knows how many records bear them.
    """
    words = values.text()

    def parse(text: str) -> tuple[int, ...]:
        name = words.parse(text)
        is_it = Q(plain=plain(Value(name))) & ~Q(plain="")
        named = Q(held_in("name", text=name), search=query(name))  # the second has an index
        others = ActorAlias.objects.filter(Q(held_in("name", text=name)) | is_it).order_by()
        found = Actor.objects.public().filter(named | is_it | Q(pk__in=others.values("actor"))).order_by("pk")
        keys = tuple(found.values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            message = f'More than {MOST:,} actors are called "{name}".'
            raise BadValue(message)
        return keys

    return replace(words, parse=parse)
