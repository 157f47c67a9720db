"""What incidents can be counted by: each dimension in one entry, from which SQL, refusals, answer and contract follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Floor, Mod, NullIf
from django.db.models.lookups import In
from rest_framework import serializers

from api.aggregates.cells import CELLS_A_DEGREE, COLUMNS, ROWS
from api.serializers.summary import (
    ActorSummarySerializer,
    ConflictSummarySerializer,
    CountrySummarySerializer,
    DatasetSummarySerializer,
)
from conflictdb.models import Actor, ActorRelation, Claim, Conflict, Country, Dataset, Participation

# unit of time → how far one bucket is from the next
UNITS = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months", "year": "1 year"}
HALF, WHOLE = 180.0, 360.0  # degrees


@dataclass(frozen=True)
class Dimension:
    """One thing to count by: how a row shows it, and where its value comes from.

    A ``unit`` makes buckets of the days. Else ``key`` is an expression on an incident, or, where ``behind`` names a to-many
    accessor, on one of the rows behind it: then an incident counts once for each different value that it has there.
    ``record`` is the model that the key names, shown as its summary ``field`` has it.
    """

    description: str
    field: Callable[..., Any]
    key: Any = None
    unit: str = ""
    behind: str = ""
    record: Any = None

    def shown(self, **options: Any) -> Any:
        """Make the field of the answer's row."""
        return self.field(allow_null=True, help_text=self.description, **options)


def _hidden(model: Any) -> QuerySet:
    """The keys of the few records that readers may not see."""
    records = model.objects.all()
    return records.exclude(records.visible()).order_by().values("pk")


def _visible(key: Any, model: Any) -> Any:
    """A key of a record; null where readers may not see that."""
    return Case(When(~Q(In(key, _hidden(model))), then=key))


def _degrees(column: str) -> Any:
    """Count the edges of cells that lie between a coordinate's end of the scale and a place."""
    end = HALF if column == "longitude" else HALF / 2
    return Func(
        Floor((F(column) + end) * CELLS_A_DEGREE),
        function="",
        output_field=IntegerField(),
        template="(%(expressions)s)::integer",
    )


def _cell() -> Any:
    """Number the cells of the grid from 1, from west to east and row by row from south to north."""
    row = Func(_degrees("latitude"), Value(ROWS - 1), function="LEAST", output_field=IntegerField())
    return row * COLUMNS + Mod(_degrees("longitude"), Value(COLUMNS), output_field=IntegerField()) + 1


def _time(unit: str, what: str) -> Dimension:
    return Dimension(
        f"{what} null where the first day is not known; see `spans` for incidents of several.",
        serializers.IntegerField if unit == "year" else serializers.DateField,
        unit=unit,
    )


def _term(name: str, words: str, vocabulary: str, **where: Any) -> Dimension:
    return Dimension(
        f"{words} A term of the vocabulary `{vocabulary}`.", serializers.CharField, **{"key": F(name), **where}
    )


DIMENSIONS: Mapping[str, Dimension] = {
    "day": _time("day", "The day,"),
    "week": _time("week", "First day, a Monday, of the week (ISO 8601);"),
    "month": _time("month", "First day of the month;"),
    "quarter": _time("quarter", "First day of the quarter of the year;"),
    "year": _time("year", "The year;"),
    "country": Dimension(
        "Country it happened in; null where not known or several.",
        CountrySummarySerializer,
        F("country_id"),
        record=Country,
    ),
    "region": _term("country__region", "Region of the country, as UCDP divides the world; null without a country.", "region"),
    "admin1": Dimension(
        "First-order division (province) as the dataset names it, null where not known. Provinces of different countries "
        "share some names: count by `country` too.",
        serializers.CharField,
        NullIf("admin1", Value("")),
    ),
    "admin2": Dimension(
        "Second-order division (district) as the dataset names it, null where not known: see `admin1`.",
        serializers.CharField,
        NullIf("admin2", Value("")),
    ),
    "priogrid": Dimension(
        "Cell of PRIO-GRID, 0.5 degrees wide and high, by its number there (`gid`): from 1 in the south-west, eastwards, "
        "then northwards, up to 259,200. Null without coordinates. A point coarser than `near` stands for an area "
        "that may lie in other cells: `max_place_precision=near` leaves such out.",
        serializers.IntegerField,
        Case(When(Q(latitude__isnull=False), then=_cell())),
    ),
    "kind": _term("kind", "What happened.", "incident-kind"),
    "weapon": _term(
        "weapons",
        "A weapon that the sources name, null where they name none; an incident counts once for each of its weapons.",
        "weapon",
        behind="weapons",
    ),
    "actor": Dimension(
        "An actor that took part, null where none is coded; an incident counts once for each of its actors, so that rows add "
        "up to more than there is. Where `role` or `actor` is given, only participants that meet it are counted by.",
        ActorSummarySerializer,
        F("actor_id"),
        behind="participations",
        record=Actor,
    ),
    "role": _term(
        "role",
        "A role that somebody took part in, null where nobody is coded; an incident counts once for each of its roles, and "
        "beside `actor` once for each actor in a role.",
        "role",
        behind="participations",
    ),
    "conflict": Dimension(
        "Conflict it belongs to; of a dyad, the conflict above it. Null if none is coded.",
        ConflictSummarySerializer,
        _visible(Coalesce("conflict__parent_id", "conflict_id"), Conflict),
        record=Conflict,
    ),
    "dyad": Dimension(
        "Dyad that it is coded under; null where none is, or only a conflict.",
        ConflictSummarySerializer,
        _visible(
            Case(When(conflict__parent__isnull=False, then=F("conflict_id"))),
            Conflict,
        ),
        record=Conflict,
    ),
    "dataset": Dimension(
        "Dataset whose terms the records are published under.", DatasetSummarySerializer, F("dataset_id"), record=Dataset
    ),
    "date_precision": _term("date_precision", "How closely the days are known.", "date-precision"),
    "place_precision": _term("place_precision", "How closely the place is known.", "place-precision"),
    "disputed": Dimension(
        "Whether standing claims about the incident cannot all be right.", serializers.BooleanField, F("disputed")
    ),
    "claimant": Dimension(
        "An actor that makes a standing claim about it, null for claims in a source's own voice and where there is none; an "
        "incident counts once for each of its claimants, and `claims` are theirs alone. `claimant` and `source`, where "
        "given, hold for the claims counted.",
        ActorSummarySerializer,
        _visible(F("claimant_id"), Actor),
        behind="claims",
        record=Actor,
    ),
    "publisher": Dimension(
        "The publisher of a source of a standing claim about it, null where not known; an incident counts once for each of "
        "its publishers, and `claims` are those read there. Beside `claimant`: of the claims by that claimant.",
        ActorSummarySerializer,
        _visible(
            Case(
                When(
                    ~Q(In(F("citations__source__dataset_id"), Dataset.objects.withheld().values("pk"))),
                    then=F("citations__source__publisher_id"),
                )
            ),
            Actor,
        ),
        behind="claims",
        record=Actor,
    ),
}  # fmt: skip
TIMES = [name for name, each in DIMENSIONS.items() if each.unit]


def standing_claims() -> QuerySet:
    """Public standing claims, given that the incidents that they are about are public.

    These are ``Claim.objects.public().standing()``, without joins: there are millions, and few records are hidden.
    """
    rows = Claim.objects.standing().filter(~Q(In(F("dataset_id"), Dataset.objects.withheld().values("pk"))))
    for name, model in (("actor", Actor), ("relation", ActorRelation)):
        rows = rows.filter(Q(**{f"{name}__isnull": True}) | ~Q(In(F(f"{name}_id"), _hidden(model))))
    return rows.order_by()


def participations() -> QuerySet:
    """Participations of public actors."""
    return Participation.objects.filter(~Q(In(F("actor_id"), _hidden(Actor)))).order_by()


# accessor → the public rows behind incidents that these are counted by
BEHIND: Mapping[str, Callable[[], QuerySet]] = {"participations": participations, "claims": standing_claims}
