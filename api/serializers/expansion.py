"""`expand=`: links shown as the full records that they lead to, and what lists leave out because rows have many of it.

One level: an expanded record shows its own links as summaries, as it does in its own list.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from rest_framework import serializers

from api.serializers.actor import ActorSerializer
from api.serializers.base import fields_below, one_of
from api.serializers.claim import ClaimSerializer
from api.serializers.conflict import ConflictSerializer
from api.serializers.country import CountrySerializer
from api.serializers.dataset import DatasetSerializer
from api.serializers.incident import IncidentSerializer
from api.serializers.source import SourceSerializer
from api.serializers.summary import (
    ActorSummarySerializer,
    ClaimSummarySerializer,
    ConflictSummarySerializer,
    CountrySummarySerializer,
    DatasetSummarySerializer,
    IncidentSummarySerializer,
    SourceSummarySerializer,
    SummarySerializer,
)

# How a record is shown where another one names it → how its own list shows it.
FULL: dict[type[serializers.BaseSerializer], type[serializers.ModelSerializer]] = {
    ActorSummarySerializer: ActorSerializer,
    ClaimSummarySerializer: ClaimSerializer,
    ConflictSummarySerializer: ConflictSerializer,
    CountrySummarySerializer: CountrySerializer,
    DatasetSummarySerializer: DatasetSerializer,
    IncidentSummarySerializer: IncidentSerializer,
    SourceSummarySerializer: SourceSerializer,
}


@cache
def expanded(summary: type[serializers.BaseSerializer]) -> type[serializers.BaseSerializer]:
    """Make the serializer of the full record that a summary is of, null wherever the summary would be."""
    full = FULL[summary]
    bases = (SummarySerializer, full) if issubclass(summary, SummarySerializer) else (full,)
    return type(f"Expanded{full.__name__}", bases, {"__doc__": full.__doc__})


def expandable(shown: Any, whole: Any, path: str = "") -> Iterator[str]:
    """List what can be expanded: links below a serializer, and what ``whole`` nests any number of times and it leaves out."""
    for name, field in fields_below(whole).items():
        here = f"{path}{name}"
        left_out = name not in fields_below(shown)
        if left_out and not isinstance(field, serializers.ListSerializer):
            continue
        if left_out or type(one_of(field)) in FULL:
            yield here
        yield from expandable(field, field, f"{here}.")


def expand(serializer: Any, whole: Any, paths: Sequence[str]) -> Any:
    """Expand what paths name, in place; what ``whole`` alone has is taken from there."""
    for path in sorted(paths):  # what holds others before what it holds
        level = serializer
        for name in path.split("."):
            parent, fields = level, fields_below(level)
            if name not in fields:
                fields[name] = deepcopy(fields_below(whole)[name])
            level = fields[name]
        if type(one_of(level)) in FULL:
            fields_below(parent)[name] = _full(level)
    return serializer


def _full(field: Any) -> Any:
    """Show what a field links to whole."""
    options: dict[str, Any] = {"read_only": True, "help_text": field.help_text}
    if field.source != field.field_name:
        options["source"] = field.source
    if field is not one_of(field):
        options["many"] = True
    elif field.allow_null:
        options["allow_null"] = True
    return expanded(type(one_of(field)))(**options)  # type: ignore[arg-type]  # a class is hashable
