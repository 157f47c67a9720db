"""What serializers have in common: links, figures, and answers cut to the fields asked for."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.errors import InvalidParameters, ParameterError
from api.parameters import nearest


def link(noun: str) -> serializers.HyperlinkedIdentityField:
    """Make the field that holds a record's own address."""
    return serializers.HyperlinkedIdentityField(
        view_name=f"api:{noun}-detail", lookup_field="slug", help_text="Address of the full record."
    )


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
    is_open = serializers.BooleanField(help_text="Whether a claim in use sets no upper bound.")
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
        for name, field in fields.items():
            field.source = f"{self.measure}_{name}"
        return fields


def fields_tree(given: str) -> dict[str, Any]:
    """Read ``a,b.c`` as ``{"a": {}, "b": {"c": {}}}``."""
    tree: dict[str, Any] = {}
    for path in given.split(","):
        level = tree
        for name in path.strip().split("."):
            level = level.setdefault(name, {})
    return tree


def cut(serializer: serializers.BaseSerializer, tree: Mapping[str, Any], path: str = "") -> None:
    """Keep only the fields of a tree in a serializer, nested ones too; an unknown name is refused with the nearest ones."""
    inner = getattr(serializer, "child", serializer)
    fields = getattr(inner, "fields", {})
    errors = [
        ParameterError(
            "fields", f'There is no field "{path}{name}" here.', [path + near for near in nearest(name, fields)]
        )
        for name in tree
        if name not in fields
    ]
    if errors:
        raise InvalidParameters(errors)
    for name in list(fields):
        if name not in tree:
            fields.pop(name)
        elif tree[name]:
            cut(fields[name], tree[name], f"{path}{name}.")
