"""What a search found, as JSON. PostgreSQL writes the hits; this describes them to the contract."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.search.kinds import KINDS

NAMES = [(kind.name, kind.name) for kind in KINDS]
MATCHES = {
    "name": "it is called what was typed",
    "words": "it holds the words",
    "similar": "its name looks like what was typed",
}


class HighlightsSerializer(serializers.Serializer):
    """Title and snippet as HTML: escaped, so that a page may show them as they are, with `<mark>` round the words."""

    title = serializers.CharField(help_text="The title, escaped for HTML, with `<mark>…</mark>` round each word found.")
    snippet = serializers.CharField(
        allow_null=True, help_text="The snippet, escaped for HTML, with `<mark>…</mark>` round each word found."
    )


class HitSerializer(serializers.Serializer):
    """One record that was found."""

    url = serializers.URLField(help_text="Address of the record; of a place, the list of its incidents.")
    slug = serializers.CharField(
        allow_null=True, help_text="The record's slug; of a quote, its claim's; null for a place."
    )
    title = serializers.CharField(help_text="What the record is called; of a quote, the claim that it is quoted for.")
    snippet = serializers.CharField(
        allow_null=True,
        help_text="Plain text: up to two pieces of the record's words, where the words asked for stand, joined by ` … `; "
        "else its beginning. Another name, where that is what matched. Null if there is no text.",
    )
    match = serializers.ChoiceField(
        choices=list(MATCHES.items()),
        help_text="Why it was found: " + "; ".join(f"`{code}`, {label}" for code, label in MATCHES.items()) + ".",
    )
    rank = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text="From 0 to 1, how well it matches; for comparison with hits of the same kind only.",
    )
    highlights = HighlightsSerializer(required=False, help_text="Only with `highlight=true`.")


class GroupSerializer(serializers.Serializer):
    """The hits of one kind."""

    kind = serializers.ChoiceField(choices=NAMES, help_text="Kind of the records.")
    has_more = serializers.BooleanField(help_text="Whether there are more hits than are shown.")
    more = serializers.URLField(
        help_text="Address of the list that holds all of them: of quotes, their claims; of places, the incidents there."
    )
    hits = HitSerializer(many=True, help_text="The best hits, best first; equal ones in an order that stays.")


@extend_schema_serializer(many=False)
class SearchSerializer(serializers.Serializer):
    """What was found, kind by kind."""

    results = GroupSerializer(many=True, help_text="One group for each kind that was asked for, in a fixed order.")
