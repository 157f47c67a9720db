"""Filters of incidents."""

from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import IsNull

from api.filters import values
from api.filters.base import Filter, FilterSet
from api.filters.called import MOST, actors_called
from api.filters.columns import EXACT, NULLABLE_WINDOW, TEXT, WINDOW, WINDOWS, Condition, Given, condition_on, public
from api.filters.dates import DATES
from api.filters.lens import LENS
from api.filters.likeness import at_places_like
from api.filters.places import PLACES
from api.lens import FIGURES, Lensed
from api.search.words import held_by_row, query
from conflictdb.models import Actor, Claim, Incident


def _has_claims_by(claimant: Any, given: Given) -> Q:
    """Incidents with a standing claim by an actor, whatever else is asked of their claims."""
    by = condition_on(Claim._meta.get_field("claimant"), "claimant", "exact")
    return Q(Exists(Claim.objects.public().standing().filter(by(claimant, given), incident=OuterRef("pk"))))


def _on_figure(figure: Lensed, lookup: str) -> Condition:
    """Turn a read value into a Q on a figure under the lens."""
    if lookup == "isnull":
        return lambda is_null, _: Q(IsNull(figure, is_null))
    return lambda value, _: Q(WINDOWS[lookup](figure, value))


class IncidentFilterSet(FilterSet):
    """Incidents by what, when, where, who, and what is claimed about them."""

    model = Incident
    columns = {
        "slug": EXACT,
        "external_id": EXACT,
        "kind": EXACT,
        "weapons": EXACT,
        "started_on": NULLABLE_WINDOW,
        "ended_on": NULLABLE_WINDOW,
        "date_precision": EXACT,
        "admin1": TEXT,
        "admin2": TEXT,
        "place_name": TEXT,
        "latitude": ("gte", "lte"),
        "longitude": ("gte", "lte"),
        "place_precision": EXACT,
        "quality_note": EXACT,
        "killed_low": NULLABLE_WINDOW,
        "killed_best": NULLABLE_WINDOW,
        "killed_high": NULLABLE_WINDOW,
        "killed_is_open": ("exact",),
        "killed_claims": WINDOW,
        "injured_low": NULLABLE_WINDOW,
        "injured_best": NULLABLE_WINDOW,
        "injured_high": NULLABLE_WINDOW,
        "injured_is_open": ("exact",),
        "injured_claims": WINDOW,
        "disputed": ("exact",),
        "status": EXACT,
        "created_at": ("gte", "lte"),
        "updated_at": ("gte", "lte"),
    }
    relations = {
        "country": "country",
        "conflict": "conflict",
        "parent": "parent",
        "dataset": "dataset",
        "actor": "participations__actor",
        "claimant": "claims__claimant",
        "source": "claims__citations__source",
    }
    through = {
        "country__iso3": ("country__iso3", EXACT),
        "country__gwno": ("country__gwno", EXACT),
        "country__region": ("country__region", EXACT),
        "region": ("country__region", EXACT),
        "role": ("participations__role", EXACT),
    }
    special = {
        **DATES,
        **PLACES,
        "has_claims_by": Filter(
            values.slug_of(lambda: public(Actor), "actor"),
            _has_claims_by,
            "An actor that makes a standing claim about it; unlike with `claimant`, not necessarily the claim that `source` "
            "asks for. Given by slug.",
            has_parts=True,
        ),
        "actor_named": Filter(
            actors_called(),
            lambda keys, _: Q(actor__pk__any_of=keys),
            "Words of a name of an actor that took part, other names included (acronyms, former names, transliterations), "
            "with or without accents: all of them stand in the same name. With `role`, an actor in that role. Refused where "
            f"more than {MOST:,} actors are called so.",
            through="participations",
            shapes=True,
        ),
        **LENS,
    }
    modifying = tuple(LENS)
    about = {
        "actor": "An actor that took part; with `role`, in that role.",
        "role": "A role in which somebody took part; with `actor`, that actor.",
        "claimant": "An actor that makes a claim about it; with `source`, in that source.",
        "source": "A source of a claim about it; with `claimant`, of a claim by that actor.",
        "country__iso3": "ISO 3166-1 alpha-3 code of the country it happened in, or ISO 3166-3's for a former state.",
        "country__gwno": "Gleditsch-Ward number of the country it happened in.",
        "country__region": "Region of the country it happened in, as UCDP divides the world.",
        "region": "Region of the country it happened in, as UCDP divides the world: `country__region` in short.",
    }
    defaults = {"status": "published"}
    likeness = "incidents at places with a name that looks like it"

    @classmethod
    def read_for(cls, words: str) -> Any:
        """Incidents whose own text holds the words."""
        return held_by_row(query(words))

    @classmethod
    def looking_like(cls, words: str) -> Q:
        """Incidents at places whose names look like the words."""
        return at_places_like(words)


class LensedIncidentFilterSet(IncidentFilterSet):
    """The same names and values, where figures are those under a lens: rows must be ``lensed``."""

    @classmethod
    def _add(cls, name: str, path: str, lookups: tuple[str, ...]) -> None:
        """Read a figure off the statement's own table, all else off the incident."""
        super()._add(name, path, lookups)
        if path not in FIGURES:
            return
        for lookup in lookups:
            own = name if lookup == "exact" else f"{name}__{lookup}"
            cls.filters[own] = replace(cls.filters[own], condition=_on_figure(FIGURES[path], lookup))
