"""Filters of incidents."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import GreaterThanOrEqual, IsNull

from api.filters import values
from api.filters.base import Filter, FilterSet
from api.filters.called import MOST, actors_called
from api.filters.columns import EXACT, NULLABLE_WINDOW, TEXT, WINDOW, WINDOWS, Condition, Given, condition_on, public
from api.filters.dates import DATES, ended_from
from api.filters.expression import All, condition, weakened
from api.filters.lens import LENS
from api.filters.likeness import at_places_like
from api.filters.places import PLACES
from api.lens import FIGURES, Lensed
from api.search.words import held_by_row, query
from conflictdb.models import Actor, Claim, Incident

BOUNDS = ("low", "best", "high")  # of a figure: columns that hold numbers of people


def _has_claims_by(claimant: Any, given: Given) -> Q:
    """Incidents with a standing claim by an actor, whatever else is asked of their claims."""
    by = condition_on(Claim._meta.get_field("claimant"), "claimant", "exact")
    return Q(Exists(Claim.objects.public().standing().filter(by(claimant, given), incident=OuterRef("pk"))))


def _on_figure(figure: Lensed, lookup: str) -> Condition:
    """Turn a read value into a Q on a figure under the lens."""
    if lookup == "isnull":
        return lambda is_null, _: Q(IsNull(figure, is_null))
    return lambda value, _: Q(WINDOWS[lookup](figure, value))


def bound_of(figure: str) -> F:
    """What no lens exceeds, of a column of a measure's figures; null where no lens makes one."""
    return F(f"{figure.partition('_')[0]}_most")


def is_of_value(name: str, value: Any) -> bool:
    """Whether a parameter finds only incidents that some number of people, or a dispute, is told of."""
    column, _, lookup = name.rpartition("__") if "__" in name else (name, "", "exact")
    if column.partition("_")[2] in BOUNDS:
        return lookup != "isnull" or not value
    return column == "disputed" and bool(value)


def _on_bound(bound: F, lookup: str) -> Condition:
    """Turn a read value into a Q on the bound of a figure: it reaches the value, or any at all."""
    if lookup in {"exact", "gte"}:
        return lambda value, _: Q(GreaterThanOrEqual(bound, value))
    return lambda *_: Q(GreaterThanOrEqual(bound, 0))


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
    shaping = {"ended_on__gte": ended_from}
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


class BoundedIncidentFilterSet(IncidentFilterSet):
    """The same names and values, where what is asked of a figure becomes what must hold for it under any lens at all.

    No lens makes a figure of more than the bound that the database keeps, nor any where there is none. But for what was
    superseded, it hears no more claims than count without it: claims are not more, and no more of them contradict each other.
    """

    @classmethod
    def _add(cls, name: str, path: str, lookups: tuple[str, ...]) -> None:
        """Ask for numbers by their bounds; all else is asked as it is."""
        super()._add(name, path, lookups)
        if path.endswith("_claims"):
            at_least = replace(cls.filters[name], condition=cls.filters[f"{name}__gte"].condition)
            cls.filters[name] = at_least
        if path not in FIGURES or path.partition("_")[2] not in BOUNDS:
            return
        for lookup in lookups:
            own = name if lookup == "exact" else f"{name}__{lookup}"
            cls.filters[own] = replace(cls.filters[own], condition=_on_bound(bound_of(path), lookup))

    @classmethod
    def necessary(cls, given: Given, lens: Given) -> list[Q | Exists]:
        """Turn parameters into what incidents must meet at least, for their figures under a lens to meet them."""

        def says(name: str, value: Any) -> bool:
            if is_exact(name):
                return True
            if name == "disputed" or name.partition("_")[2] in {"claims", "claims__gte"}:  # more claims, more of them
                return bool(value) and "stated_before" not in lens
            return is_of_value(name, value)

        def is_exact(name: str) -> bool:
            return not cls.mentioning(FIGURES, {name: None})

        whole = All(
            tuple(pair for pair in given.items() if pair[0] != "filter"),
            (given["filter"],) if "filter" in given else (),
        )
        left = weakened(whole, says, is_exact)
        return [] if left is None else [condition(left, cls)]


class LensedIncidentFilterSet(IncidentFilterSet):
    """The same names and values, where figures are those under a lens: rows must be ``lensed``."""

    bounded: ClassVar[type[BoundedIncidentFilterSet]] = BoundedIncidentFilterSet

    @classmethod
    def _add(cls, name: str, path: str, lookups: tuple[str, ...]) -> None:
        """Read a figure off the statement's own table, all else off the incident."""
        super()._add(name, path, lookups)
        if path not in FIGURES:
            return
        for lookup in lookups:
            own = name if lookup == "exact" else f"{name}__{lookup}"
            cls.filters[own] = replace(cls.filters[own], condition=_on_figure(FIGURES[path], lookup))
