"""The records that a file names by their slugs: found many at once, and the nearest ones where there is none."""

from collections.abc import Collection
from typing import Any

from django.utils.text import slugify

from conflictdb.ingest.cells import did_you_mean
from conflictdb.models import Country

CANDIDATES = 2_000  # slugs that a name is compared with at most
LOOKED_UP = 50  # wrong names that nearest ones are looked up for at most: a wrong column is wrong in every row


def ids_of(model: Any, names: Collection[str]) -> dict[str, int]:
    """Find the records of some names: one query, a second one for countries that are named by their ISO 3166 alpha-3 code."""
    if not names:
        return {}
    found = dict(model.objects.filter(slug__in=names).values_list("slug", "id"))
    if model is Country and (codes := set(names) - found.keys()):
        found |= dict(Country.objects.filter(iso3__in=codes).values_list("iso3", "id"))
    return found


class Missing:
    """Sentences about names that no record has."""

    def __init__(self) -> None:
        """Know no sentence yet."""
        self._told: dict[tuple[Any, str], str] = {}

    def sentence(self, model: Any, name: str) -> str:
        """Say that no record has a name, and which slugs are nearest to it."""
        told = self._told.get((model, name))
        if told is None:
            known = self._candidates(model, name) if len(self._told) < LOOKED_UP else []
            told = f"no {model._meta.verbose_name} is named {name!r}{did_you_mean(slugify(name), known)}"
            if len(self._told) < LOOKED_UP:
                self._told[model, name] = told
        return told

    def _candidates(self, model: Any, name: str) -> list[str]:
        """List the slugs that may be near: all of them where they are few, else those that begin alike."""
        slugs = model.objects.order_by("slug").values_list("slug", flat=True)
        few = list(slugs[: CANDIDATES + 1])
        return few if len(few) <= CANDIDATES else list(slugs.filter(slug__startswith=slugify(name)[:4])[:CANDIDATES])
