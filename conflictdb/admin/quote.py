"""Shows quotes where they stand: inside the text that their source holds, marked."""

import re
from collections.abc import Iterable
from itertools import pairwise

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conflictdb.models import Citation, Source

AROUND = 160
FEWEST_WORDS = 3


def place_of(citation: Citation) -> tuple[int, int] | None:
    """Give the offsets of words that stand in the source's text verbatim; None where they do not."""
    start, end, exact = citation.start, citation.end, citation.exact
    if start is None or end is None or not exact or citation.source.text[start:end] != exact:
        return None
    return start, end


def in_context(citation: Citation) -> SafeString:
    """Show a quote with the words around it, or a warning where it does not stand there."""
    text = citation.source.text
    if not text:
        return format_html(
            '<span class="quote-unchecked">{}</span>', "The source's text is not held; nothing to check."
        )
    if (place := place_of(citation)) is None:
        return format_html(
            '<p class="quote-warning">⚠ Not verbatim: these words do not stand in the source at their offsets.</p>'
            '<blockquote class="quote">{}</blockquote>',
            citation.exact or "(no words)",
        )
    start, end = place
    before, after = max(start - AROUND, 0), end + AROUND
    return format_html(
        '<blockquote class="quote">{}{}<mark>{}</mark>{}{}</blockquote>'
        '<a href="{}#quote-{}">Characters {} to {} of the text</a>',
        "…" if before else "",
        text[before:start],
        citation.exact,
        text[end:after],
        "…" if after < len(text) else "",
        reverse("admin:conflictdb_source_change", args=[citation.source_id]),
        citation.pk,
        start,
        end,
    )


def whole_text(source: Source, citations: Iterable[Citation]) -> SafeString:
    """Show the held text in a box, every quote from it marked and leading to its claim."""
    quotes = [(citation, place) for citation in citations if (place := place_of(citation)) is not None]
    edges = sorted({0, len(source.text), *(edge for _, place in quotes for edge in place)})
    pieces, anchored = [], set[int]()
    for start, end in pairwise(edges):
        here = [citation for citation, place in quotes if place[0] <= start and end <= place[1]]
        anchors = [citation.pk for citation in here if citation.pk not in anchored]
        anchored.update(anchors)
        pieces.append(_piece(source.text[start:end], here, anchors))
    return format_html(
        '<div class="held-text" tabindex="0" role="region" aria-label="Held text">{}</div>',
        format_html_join("", "{}", ((piece,) for piece in pieces)),
    )


def _piece(words: str, quotes: list[Citation], anchors: list[int]) -> SafeString | str:
    """Show a stretch of the text that the same quotes cover from end to end."""
    if not quotes:
        return words
    return format_html(
        '{}<mark title="{}"><a href="{}">{}</a></mark>',
        format_html_join("", '<span id="quote-{}"></span>', ((pk,) for pk in anchors)),
        "\n".join(quote.claim.statement for quote in quotes),
        reverse("admin:conflictdb_claim_change", args=[quotes[-1].claim_id]),
        words,
    )


def nearest(text: str, exact: str) -> str:
    """Find what a text has in place of words that do not stand in it verbatim; empty where nothing comes near.

    First the same words with other spaces, capitals and punctuation, then ever shorter runs of them; linear in the text
    for each of some dozens of runs.
    """
    words = re.findall(r"\w+", exact)[:60]
    size = len(words)
    while size >= FEWEST_WORDS:
        for first in range(0, len(words) - size + 1, max(size // 2, 1)):
            run = r"\W{1,5}".join(map(re.escape, words[first : first + size]))
            if found := re.search(rf"\b{run}\b", text, re.IGNORECASE):
                return found.group()
        size = size // 2 if size > FEWEST_WORDS * 2 else size - 1
    return ""
