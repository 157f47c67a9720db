"""The parts of a whole: an actor with all that is part of it, a conflict with its dyads, however far down."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Func, QuerySet, Subquery

from conflictdb.models import Actor, ActorRelation, Conflict
from conflictdb.vocabularies import RelationKind

DESCENDANTS = (
    "`true` takes an actor together with every actor that is part of it, or of a part of it, by public relations of the kind "
    "`part_of`, whichever days these name; and a conflict together with its dyads. Needs one of the parameters that name an "
    "actor or a conflict, and holds for all of them."
)


def pairs_of(model: Any) -> QuerySet | None:
    """The public links of part and whole among a model's records, as pairs of keys; None where it knows no parts."""
    if model is Actor:
        part_of = ActorRelation.objects.public().filter(kind=RelationKind.PART_OF)
        return part_of.order_by().values_list("subject_id", "object_id")
    if model is Conflict:
        return Conflict.objects.public().filter(parent__isnull=False).order_by().values_list("pk", "parent_id")
    return None


class WithParts(Func):
    """An array of keys: those of some records and of all their parts. A record met twice ends its line, so circles end."""

    template = (
        "ARRAY(WITH RECURSIVE member (id) AS (%(expressions)s AS link (part, whole) ON link.whole = member.id) "
        "SELECT id FROM member)"
    )
    arg_joiner = " UNION SELECT link.part FROM member JOIN "
    output_field = ArrayField(BigIntegerField())

    def __init__(self, wholes: QuerySet, pairs: QuerySet) -> None:
        """Take the records to begin with, and the pairs of part and whole."""
        super().__init__(Subquery(wholes.order_by().values("pk")), Subquery(pairs))
