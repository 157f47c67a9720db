"""What serializers have in common: links, figures, and answers cut to the fields asked for."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.filters.values import BadValue, ValueType, nearest


class Expressed:
    """A field whose value has an expression of its own, for rows that PostgreSQL writes as JSON."""

    def expression(self) -> Any:
        """Give the expression, on the rows of the field's serializer; it equals what ``to_representation`` gives."""
        raise NotImplementedError


def link(noun: str) -> serializers.HyperlinkedIdentityField:
    """Make the field that holds a record's own address."""
    return serializers.HyperlinkedIdentityField(
        view_name=f"api:{noun}-detail", lookup_field="slug", help_text="Address of the full record."
    )


@extend_schema_field({"type": "string", "format": "uri-reference"})
class AddressField(serializers.URLField):
    """An address outside this API, or the empty string, which is no URI but is a reference to one."""


class FigureSerializer(serializers.Serializer):
    """A figure computed from the claims about an incident, in people."""

    low = serializers.IntegerField(
        allow_null=True, min_value=0, help_text="Lowest number that a claim in use allows; null where none gives one."
    )
    best = serializers.IntegerField(
        allow_null=True,
        min_value=0,
        help_text="Best number of the leading claim; null where no claim in use gives one.",
    )
    high = serializers.IntegerField(
        allow_null=True, min_value=0, help_text="Highest number that a claim in use allows; null where open or unknown."
    )
    is_open = serializers.BooleanField(
        help_text=(
            "Whether there may be more than any claim in use counts: one sets no upper bound, or they do not count everyone."
        )
    )
    claims = serializers.IntegerField(
        min_value=0,
        help_text="Standing claims that speak of it, used or set aside; 0 means that nothing is reported, which is not zero.",
    )

    def __init__(self, *args: Any, measure: str = "", **kwargs: Any) -> None:
        """Read the figure of one measure off the incident's own columns."""
        self.measure = measure
        super().__init__(*args, **{**kwargs, "source": "*", "read_only": True} if measure else kwargs)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Point each field to its column (``killed_low`` …)."""
        fields = super().get_fields()
        for name, field in fields.items() if self.measure else ():
            field.source = f"{self.measure}_{name}"
        return fields


@cache
def fields_of(serializer: Callable[[], serializers.BaseSerializer]) -> ValueType:
    """Make the type of ``fields=``: names of a serializer's fields, read as a tree (``a,b.c`` is ``{a: {}, b: {c: {}}}``).

    The serializer is given by its class, or by whatever else makes one.
    """

    @lru_cache(maxsize=1_000)
    def parse(given: str) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for path in given.split(","):
            level = tree
            for name in path.strip().split("."):
                level = level.setdefault(name, {})
        if faults := list(_unknown(serializer(), tree)):
            message = "Some fields do not exist."
            raise ExceptionGroup(message, faults)
        return tree

    paths = [*paths_of(serializer())]
    schema = {"type": "array", "items": {"type": "string", "enum": paths}, "minItems": 1}
    return ValueType(parse, schema)


def one_of(field: Any) -> Any:
    """Give the serializer of each record of a field that holds several; else the field itself."""
    return field.child if isinstance(field, serializers.ListSerializer) else field


def fields_below(serializer: Any) -> Any:
    """Give the fields of a serializer, or those of each of its items; none where it is a plain field."""
    return getattr(one_of(serializer), "fields", {})


def paths_of(serializer: Any, path: str = "") -> Iterator[str]:
    """List every name that ``fields=`` takes, nested ones with their path."""
    for name, field in fields_below(serializer).items():
        yield f"{path}{name}"
        yield from paths_of(field, f"{path}{name}.")


def _unknown(serializer: Any, tree: Mapping[str, Any], path: str = "") -> Iterator[BadValue]:
    """Find the names of a tree that a serializer does not know, nested ones too."""
    fields = fields_below(serializer)
    for name, below in tree.items():
        if name in fields:
            yield from _unknown(fields[name], below, f"{path}{name}.")
        else:
            hints = [path + near for near in nearest(name, fields)]
            yield BadValue(f'There is no field "{path}{name}" here.', hints)


def cut(serializer: Any, tree: Mapping[str, Any], always: Collection[str] = ()) -> None:
    """Keep only the fields of a tree in a serializer, nested ones too, and those that are shown ``always``."""
    fields = fields_below(serializer)
    for name in list(fields):
        if name not in tree:
            if name not in always:
                fields.pop(name)
        elif tree[name]:
            cut(fields[name], tree[name])
