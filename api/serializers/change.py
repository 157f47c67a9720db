"""Changes as JSON, for the contract: PostgreSQL writes them."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import changes


class ChangeSerializer(serializers.Serializer):
    """The last change of one record."""

    kind = serializers.ChoiceField([*changes.KINDS], help_text="What kind of record it is.")
    slug = serializers.CharField(help_text="The record's slug.")
    url = serializers.URLField(
        help_text="Where it is shown: its own page; of a relation, that of its subject. A withdrawn dataset is there no more."
    )
    happened = serializers.ChoiceField(
        [*changes.HAPPENED],
        help_text="`created`: not changed since it was stored; `retracted`, `superseded`: it is that now; `withdrawn`: a "
        "dataset that may no longer be passed on, nor may its records; `updated`: anything else. A mirror that was away may "
        "see a record for the first time as any of them.",
    )
    at = serializers.DateTimeField(help_text="When it last changed (UTC).")


@extend_schema_serializer(many=False)  # one envelope, though it answers a list
class ChangePageSerializer(serializers.Serializer):
    """One page of changes."""

    until = serializers.DateTimeField(
        help_text="All that changed before this instant (UTC) is told, here or on the pages after."
    )
    next = serializers.URLField(
        allow_null=True, help_text="Address of the next page; null where there is no more by now."
    )
    follow = serializers.URLField(help_text="Address to ask for what comes after this page, now or later; never null.")
    results = ChangeSerializer(
        many=True, help_text="The changes, oldest first; of the same instant by kind, then as stored."
    )
