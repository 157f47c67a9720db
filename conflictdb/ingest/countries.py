"""Countries by whatever a dataset calls them: Gleditsch-Ward number, ISO code, slug or name."""

import re

from django.utils.text import slugify

from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.records import Key
from conflictdb.ingest.values import BadCell

# Names in use elsewhere that do not become ours by leaving out what stands in brackets; and our slugs.
OTHER_NAMES = {
    "bosnia-herzegovina": "bosnia-and-herzegovina",
    "burma": "myanmar",
    "cabo-verde": "cape-verde",
    "congo": "republic-of-the-congo",
    "congo-brazzaville": "republic-of-the-congo",
    "congo-kinshasa": "dr-congo",
    "cote-divoire": "ivory-coast",
    "czechia": "czech-republic",
    "democratic-republic-of-congo": "dr-congo",
    "democratic-republic-of-the-congo": "dr-congo",
    "kingdom-of-eswatini": "eswatini",
    "macedonia": "north-macedonia",
    "north-yemen": "yemen",
    "republic-of-congo": "republic-of-the-congo",
    "soviet-union": "russia",
    "swaziland": "eswatini",
    "the-gambia": "gambia",
    "timor-leste": "east-timor",
    "turkiye": "turkey",
    "united-states-of-america": "united-states",
    "zaire": "dr-congo",
}


COUNTRIES = "SELECT id, slug, name, iso3, gwno FROM conflictdb_country"


class Countries:
    """All countries, loaded once."""

    def __init__(self, pipe: Pipe) -> None:
        """Read them; there are a few hundred."""
        self.ids: dict[Key, int] = {}
        for identity, slug, name, iso3, gwno in pipe.rows(COUNTRIES):
            keys = (slug, f"name:{slugify(name)}", f"iso3:{iso3}", f"gw:{gwno}")
            self.ids.update(dict.fromkeys(keys, identity))

    def find(self, key: Key | None) -> int | None:
        """Give a country's id; none for none. Raises ``BadCell`` for one that is not there."""
        if not key:
            return None
        if key in self.ids:
            return self.ids[key]
        kind, _, value = key.rpartition(":")
        if kind == "name":
            for name in (slugify(value), slugify(re.sub(r"\(.*?\)", "", value))):
                for known in (f"name:{name}", name, OTHER_NAMES.get(name, "")):
                    if known in self.ids:
                        self.ids[key] = self.ids[known]
                        return self.ids[key]
        what = {"gw": "Gleditsch-Ward number", "iso3": "ISO 3166-1 alpha-3 code", "name": "name"}.get(kind, "slug")
        raise BadCell(column="country", reason=f"No country here has the {what} {value!r}.")
