"""Searching real data: a thousand of UCDP's events, and the names of its actors."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from tests.conflictdb.ingest.loading import load
from tests.conflictdb.ingest.test_ucdp_real import REAL

pytestmark = [
    pytest.mark.django_db(transaction=True),  # two loads, a transaction each
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not beside the checkout"),
]
# What people type, and the name that UCDP has for it.
ACTORS = {
    "hezbolah": "Hezbollah",
    "al qaida": "al-Qaida",
    "shining path": "Sendero Luminoso",
    "sendero luminozo": "Sendero Luminoso",
    "lords resistance army": "LRA",
    "PKK": "PKK",
}


def without_accents(name: str) -> str:
    """Take what Unicode writes above and below letters from a name."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))


def test_names_and_places_of_real_records_are_found(get: Callable[..., Any]) -> None:
    call_command("loaddata", "countries", verbosity=0)
    load(REAL / "ged_sample1000_v23.csv", release="23.1")
    load(REAL / "ucdp-actor-221.csv", "ucdp-actors")
    found = {
        typed: [hit["title"] for hit in get(f"search/?q={typed}&kinds=actors")["results"][0]["hits"]]
        for typed in ACTORS
    }
    assert {typed for typed, name in ACTORS.items() if not any(name in title for title in found[typed])} == set()
    places = {row["place_name"] for row in get("incidents/?fields=place_name&page_size=1000")["results"]}
    chosen = [place for place in sorted(places) if len(place) > 7 and place.replace(" ", "").isalpha()][::40]
    assert len(chosen) > 5
    for place in chosen:
        without_a_letter = f"{place[:4]}{place[5:]}".strip()
        for typed in (place, place.upper(), without_accents(place), without_a_letter):
            (group,) = get(f"search/?q={typed}&kinds=places&limit=50")["results"]
            assert place in {hit["title"] for hit in group["hits"]}, typed
