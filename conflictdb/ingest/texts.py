"""Texts and codes as our columns take them."""

from django.utils.text import slugify

from conflictdb.vocabularies import Vocabulary

LONGEST_SLUG = 100  # of the 120 that a column holds: a key may have to go behind it


def by_code(vocabulary: type[Vocabulary], system: str) -> dict[str, str]:
    """Map another system's codes to the terms of a list."""
    return {code: each.value for each in vocabulary for code in each.term.crosswalk.get(system, ())}


def cut(text: str, limit: int) -> str:
    """Shorten a text to what its column holds, and show that something is missing."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def slug_of(name: str, otherwise: str) -> str:
    """Make a slug of at most 100 characters, cut between words; ``otherwise`` where no letter is left."""
    slug = slugify(name.replace("_", " "))
    if len(slug) > LONGEST_SLUG:
        slug = slug[: LONGEST_SLUG + 1].rpartition("-")[0] or slug[:LONGEST_SLUG]
    return slug or otherwise
