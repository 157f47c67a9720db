"""What people type into a search, as PostgreSQL is asked for it: words for its text search, a name for likeness."""

import re
from dataclasses import replace
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db import connection
from django.db.models import BooleanField, F, Func, Q

from api.filters import values
from api.filters.values import BadValue
from conflictdb.models.words import CONFIG

OPERATORS = re.compile(r'"|(?:^|\s)-\S|(?:^|\s)or(?:\s|$)', re.IGNORECASE)


def _hold_words(text: str) -> None:
    """Refuse a text in which text search finds nothing to look for, signs and words as common as "the" alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT numnode(websearch_to_tsquery(%s, %s))", [CONFIG, text])
        (parts,) = cursor.fetchone()
    if not parts:
        message = 'Holds no word to look for: signs, and words as common as "the", find nothing.'
        raise BadValue(message)


# A text that is looked for by its words. One without any may still be a name, so it is refused where nothing was found.
SOUGHT = replace(values.text(), verify=_hold_words)


def name_in(text: str) -> str:
    """Give the name that may be meant; nothing where the text says exactly what it wants, by quotes, ``-`` or ``or``."""
    return "" if OPERATORS.search(text) else text


def query(text: str) -> SearchQuery:
    """Ask for the words of a text."""
    return SearchQuery(text, config=CONFIG, search_type="websearch")


def held_in(*columns: str, text: str) -> Q:
    """Ask whether columns that keep no words of theirs hold the words of a text."""
    return Q(SearchVectorExact(SearchVector(*columns, config=CONFIG), query(text)))


def held_by_row(words: Any) -> Func:
    """Ask whether a row's own words hold some, as ``@@`` does, but for which PostgreSQL would take an index."""
    return Func(F("search"), words, function="ts_match_vq", output_field=BooleanField())


def alike(plain: str, name: str) -> str:
    """Write the condition, in SQL, that a plain name is another one, begins like it or looks like it.

    It is the name as it was typed; from three letters on what begins so, or a word of which does; from four on what shares
    most of its letters with it, or with whole words of it. Of one or two letters too many names are made.
    """
    return f"""(
        {plain} = {name}
        OR length({name}) > 2 AND ({plain} LIKE {name} || '%' OR {plain} LIKE '% ' || {name} || '%')
        OR length({name}) > 3 AND ({plain} %> {name} OR {plain} %>> {name})
    )"""
