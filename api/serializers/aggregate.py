"""Aggregates as JSON. The dimensions' own table names their fields; what is not asked for is not in a row."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.aggregates.comparison import NAMES
from api.aggregates.dimensions import DIMENSIONS
from api.aggregates.measures import FIGURES, MEASURES

NUMBER: dict[str, Any] = {"min_value": 0}


class FigureSumSerializer(serializers.Serializer):
    """A figure of several incidents together, in people: sums over those that give a number, and how many do not."""

    low = serializers.FloatField(
        allow_null=True,
        **NUMBER,
        help_text="Sum of the lowest numbers; null where no incident has one, which is not zero.",
    )
    best = serializers.FloatField(
        allow_null=True,
        **NUMBER,
        help_text="Sum of the best numbers of the `with_best` incidents that have one; null where none has.",
    )
    high = serializers.FloatField(
        allow_null=True,
        **NUMBER,
        help_text="Sum of the highest numbers; null where no incident has one, and where one of them is open: see `is_open`.",
    )
    is_open = serializers.BooleanField(
        help_text="Whether there may be more than all of the claims count: the upper bound of an incident here is open."
    )
    with_best = serializers.FloatField(**NUMBER, help_text="Incidents that have a best number.")
    open = serializers.FloatField(**NUMBER, help_text="Incidents whose upper bound is open.")
    unknown = serializers.FloatField(
        **NUMBER, help_text="Incidents that claims speak of without giving any number; in no sum, which is not zero."
    )
    reported = serializers.FloatField(**NUMBER, help_text="Incidents that a standing claim speaks of, in this regard.")
    not_reported = serializers.FloatField(
        **NUMBER,
        help_text="Incidents of which no claim speaks in this regard; in no sum, which is neither zero nor unknown.",
    )


def measures(names: Any = MEASURES, *, is_required: bool = True) -> dict[str, serializers.Field]:
    """Make the fields of some measures."""
    fields: dict[str, serializers.Field] = {
        "incidents": serializers.FloatField(required=is_required, **NUMBER, help_text="How many incidents."),
        "claims": serializers.FloatField(
            required=is_required, **NUMBER, help_text="How many public standing claims about them."
        ),
        "killed": FigureSumSerializer(required=is_required, help_text="People killed, as the standing claims have it."),
        "injured": FigureSumSerializer(
            required=is_required, help_text="People injured, as the standing claims have it."
        ),
    }
    return {name: fields[name] for name in names}


class ComparedSerializer(serializers.Serializer):
    """The figures under one of the lenses that are compared."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Take the measures that lenses change."""
        return measures(FIGURES, is_required=False)


def compared() -> dict[str, serializers.Field]:
    """Make the fields of the lenses that may be compared."""
    return {
        name: ComparedSerializer(
            required=False, help_text=f"With `compare` only: the figures under `{name}` of `lenses`."
        )
        for name in NAMES
    }


class AggregateSerializer(serializers.Serializer):
    """A row: one combination of values of the dimensions asked for, with the measures asked for."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Take the fields from the tables of dimensions and measures."""
        fields = {name: each.shown(required=False) for name, each in DIMENSIONS.items()}
        return fields | measures(is_required=False) | compared()


class TotalsSerializer(serializers.Serializer):
    """All incidents that match, each counted once, whichever rows it is in and whether it is in any."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Take the measures; those not asked for are left out, but for the number of incidents."""
        others = measures([name for name in MEASURES if name != "incidents"], is_required=False)
        return measures(["incidents"]) | others | compared()


class LeftOutSerializer(serializers.Serializer):
    """Incidents that match and are in no row, as it was asked for."""

    unknown = serializers.FloatField(
        **NUMBER,
        help_text="Counted in rows that `include_unknown=false` left out; an incident once for each of these rows.",
    )
    spanning = serializers.IntegerField(
        **NUMBER, help_text="Left out by `spans=exclude`: their days do not all lie in one bucket of time."
    )


@extend_schema_serializer(many=False)
class AggregateAnswerSerializer(serializers.Serializer):
    """Rows of incidents counted and added up, whole, and what they leave out."""

    by = serializers.ListField(
        child=serializers.ChoiceField([*DIMENSIONS]), help_text="The dimensions, in their order."
    )
    measures = serializers.ListField(child=serializers.ChoiceField([*MEASURES]), help_text="What is told of each row.")
    totals = TotalsSerializer(help_text="All incidents that match, each once.")
    spanning = serializers.IntegerField(
        allow_null=True,
        **NUMBER,
        help_text="Incidents that match and whose days do not all lie in one bucket of time, which `spans` tells how to "
        "count; null where no dimension is of time.",
    )
    left_out = LeftOutSerializer(help_text="Incidents that match and are in no row.")
    results = AggregateSerializer(many=True, help_text="The rows, in order.")
