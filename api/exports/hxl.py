"""Hashtags of the Humanitarian Exchange Language, a second header of CSV (`hxl=true`): what each column is about."""

import re
from collections.abc import Sequence
from typing import Any

from conflictdb.models import Actor, Claim, Conflict, Country, Dataset, Disagreement, Incident, Source

# Columns that mean the same wherever they stand.
EVERYWHERE = {
    "url": "#meta+url",
    "slug": "#meta+id",
    "external_id": "#meta+id+external",
    "country.name": "#country+name",
    "country.iso3": "#country+code",
    "conflict.name": "#event+name+conflict",
    "dataset.title": "#meta+source",
    "dataset.licence": "#meta+license",
    "created_at": "#date+created",
    "updated_at": "#date+updated",
}
OWN: dict[type[Any], dict[str, str]] = {
    Incident: {
        "kind": "#event+type",
        "title": "#event+name",
        "summary": "#description",
        "started_on": "#date+start",
        "ended_on": "#date+end",
        "admin1": "#adm1+name",
        "admin2": "#adm2+name",
        "place_name": "#loc+name",
        "latitude": "#geo+lat",
        "longitude": "#geo+lon",
        "killed.low": "#affected+killed+min",
        "killed.best": "#affected+killed",
        "killed.high": "#affected+killed+max",
        "injured.low": "#affected+injured+min",
        "injured.best": "#affected+injured",
        "injured.high": "#affected+injured+max",
    },
    Claim: {
        "statement": "#description",
        "incident.title": "#event+name",
        "actor.name": "#group+name",
        "claimant.name": "#group+name+claimant",
        "stated_on": "#date+reported",
        "measure": "#affected+type",
        "low": "#affected+min",
        "best": "#affected",
        "high": "#affected+max",
    },
    Disagreement: {
        "incident.title": "#event+name",
        "sentence": "#description",
        "measure": "#affected+type",
        "started_on": "#date+start",
    },
    Actor: {"name": "#group+name", "kind": "#group+type", "description": "#description"},
    Source: {
        "title": "#meta+source",
        "publisher.name": "#meta+source+publisher",
        "published_on": "#date+reported",
        "published_at_url": "#meta+source+url",
    },
    Conflict: {"name": "#event+name+conflict", "started_on": "#date+start", "ended_on": "#date+end"},
    Country: {"name": "#country+name", "iso3": "#country+code", "region": "#region+name"},
    Dataset: {"title": "#meta+source", "licence": "#meta+license", "released_on": "#date+reported"},
}
# Of aggregates. Sums are tagged as the figures of single incidents are; how many incidents they come from has no hashtag.
AGGREGATED = {
    "day": "#date",
    "week": "#date+start+week",
    "month": "#date+start+month",
    "quarter": "#date+start+quarter",
    "year": "#date+year",
    "country.name": "#country+name",
    "country.iso3": "#country+code",
    "region": "#region+name",
    "admin1": "#adm1+name",
    "admin2": "#adm2+name",
    "priogrid": "#loc+code+priogrid",
    "kind": "#event+type",
    "actor.name": "#group+name",
    "actor.kind": "#group+type",
    "role": "#group+role",
    "conflict.name": "#event+name+conflict",
    "dyad.name": "#event+name+dyad",
    "dataset.title": "#meta+source",
    "dataset.licence": "#meta+license",
    "claimant.name": "#group+name+claimant",
    "claimant.kind": "#group+type+claimant",
    "publisher.name": "#meta+source+publisher",
    "incidents": "#event+num",
    "claims": "#meta+num+claims",
    **{
        f"{name}.{part}": OWN[Incident][f"{name}.{part}"]
        for name in ("killed", "injured")
        for part in ("low", "best", "high")
    },
}
# Of who disagrees with whom.
OF_SPEAKERS = {
    "first.name": "#group+name+first",
    "first.kind": "#group+type+first",
    "second.name": "#group+name+second",
    "second.kind": "#group+type+second",
    "incidents": "#event+num",
}
LENS = re.compile(r"(lens_\d)\.(.+)")


def tags_of_aggregates(columns: Sequence[str]) -> list[str]:
    """Give each column's hashtag as below; that of a figure under one of several lenses names the lens."""
    found = []
    for column in columns:
        lens = LENS.fullmatch(column)
        tag = AGGREGATED.get(lens[2] if lens else column, "")
        found.append(f"{tag}+{lens[1]}" if lens and tag else tag)
    return found


def tags_of_speakers(columns: Sequence[str]) -> list[str]:
    """Give each column's hashtag as below."""
    return [OF_SPEAKERS.get(column, "") for column in columns]


def tags(model: type[Any], columns: Sequence[str]) -> list[str]:
    """Give each column's hashtag; an empty one where the language has none for it."""
    known = EVERYWHERE | OWN[model]
    return [known.get(column, "") for column in columns]
