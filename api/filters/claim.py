"""Filters of claims."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Subquery

from api.filters.base import Filter, FilterSet
from api.filters.columns import EXACT, NULLABLE_WINDOW
from api.filters.lens import CLAIM_LENS, NO_RESOLVE
from api.search.words import SOUGHT, held_by_row, query
from conflictdb.models import Citation, Claim


def _quoted(words: str) -> Q:
    """Claims that words are quoted for which hold those asked for."""
    quoted = Citation.objects.public().exclude(exact="").filter(search=query(words)).order_by()
    return Q(pk__any_of=ArraySubquery(quoted.values("claim")))


class ClaimFilterSet(FilterSet):
    """Claims by what they are about, who makes them, what they say, and where they stand."""

    model = Claim
    columns = {
        "slug": EXACT,
        "external_id": EXACT,
        "kind": EXACT,
        "polarity": EXACT,
        "claimant_wording": EXACT,
        "stated_on": NULLABLE_WINDOW,
        "credibility": EXACT,
        "measure": EXACT,
        "victims": EXACT,
        "value_kind": EXACT,
        "low": NULLABLE_WINDOW,
        "best": NULLABLE_WINDOW,
        "high": NULLABLE_WINDOW,
        "value_wording": EXACT,
        "is_out_of_order": ("exact",),
        "status": EXACT,
        "answer_kind": EXACT,
        "updated_at": ("gte", "lte"),
    }
    relations = {
        "incident": "incident",
        "actor": "actor",
        "relation": "relation",
        "claimant": "claimant",
        "victim_actor": "victim_actor",
        "named_actor": "named_actor",
        "named_conflict": "named_conflict",
        "answers": "answers",
        "superseded_by": "superseded_by",
        "dataset": "dataset",
        "source": "citations__source",
        "publisher": "citations__source__publisher",
    }
    through = {
        "incident__kind": ("incident__kind", EXACT),
        "incident__country": ("incident__country", EXACT),
        "source__reliability": ("citations__source__reliability", EXACT),
    }
    about = {
        "source": "A source that it was read in.",
        "publisher": "The publisher of a source that it was read in.",
        "incident__kind": "Kind of the incident that it is about.",
        "incident__country": "Country of the incident that it is about.",
        "source__reliability": "Admiralty grade of a source that it was read in, A to F; F is unknown, not bad.",
    }
    special = CLAIM_LENS | {
        "quote": Filter(
            SOUGHT,
            lambda words, _: _quoted(words),
            "Full text of the words that are quoted for it, as `q` searches its own.",
            shapes=True,
        ),
    }
    defaults = {"status": "standing"}
    settling = {"stated_before": "status"}
    foreign = NO_RESOLVE

    @classmethod
    def matching(cls, words: str) -> Q:
        """Claims that hold the words, or that words which do are quoted for."""
        return super().matching(words) | _quoted(words)

    @classmethod
    def read_for(cls, words: str) -> Any:
        """Claims that hold the words, or a quote of theirs does, each looked at by itself."""
        quotes = Citation.objects.public().exclude(exact="").filter(held_by_row(query(words)), claim=OuterRef("pk"))
        # EXISTS would be hashed, of all quotes
        return Q(held_by_row(query(words))) | Q(pk=Subquery(quotes.values("claim")[:1]))
