"""Filters of disagreements: by what is disputed and by whom, and by everything that finds incidents."""

from dataclasses import replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import Exact

from api.filters import values
from api.filters.base import Filter, FilterSet
from api.filters.columns import EXACT, NULLABLE_WINDOW, Condition, Given, condition_on, public
from api.filters.dates import WINDOW, begun_within
from api.filters.incident import IncidentFilterSet
from api.filters.values import BadValue, ValueType
from api.search.words import query
from api.statements import AnyOf
from conflictdb.disagreements import speaker
from conflictdb.models import Actor, Claim, Disagreement, Incident
from conflictdb.models.incident import UNBOUNDED

SIDES = ("one", "other")
# Filters of incidents that mean something else here, or nothing.
NOT_TAKEN = (
    *("q", "filter", "descendants", "slug", "external_id", "claimant", "has_claims_by", "source", "disputed", "status"),
    *("started_on", "created_at", "updated_at", "updated_since"),
    *IncidentFilterSet.modifying,
)
RENAMED = {"kind": "incident__kind", "kind__in": "incident__kind__in"}
TAKEN = {
    RENAMED.get(name, name): name
    for name in IncidentFilterSet.filters
    if not any(name == each or name.startswith(f"{each}__") for each in NOT_TAKEN)
}


def _on_either(path: str, lookup: str = "exact") -> Condition:
    """A condition on the claims that holds for one of the two, or for both."""
    field = Claim._meta.get_field(path)
    conditions = [condition_on(field, f"{side}__{path}", lookup) for side in SIDES]
    return lambda value, given: Q(*(each(value, given) for each in conditions), _connector=Q.OR)


def _of_claim(slug: Any, _: Given) -> Q:
    key = Subquery(Claim.objects.public().filter(slug=slug).order_by().values("pk"))
    return Q(one=key) | Q(other=key)


def _speaks(slug: Any, _: Given) -> Q:
    """Either claim is the actor's own, or a source's of which the actor is the publisher."""
    key = Subquery(Actor.objects.public().filter(slug=slug).order_by().values("pk"))
    return Q(Exact(speaker("one"), key)) | Q(Exact(speaker("other"), key))


def _speak(keys: Any, _: Given) -> Q:
    """The two claims are two actors', one each."""
    one, other = speaker("one"), speaker("other")
    return Q(AnyOf(one, keys)) & Q(AnyOf(other, keys)) & ~Q(Exact(one, other))


def _begun(asked: Given) -> Q:
    """What a window of days says of the first day, which pairs hold too: it bounds those whose incidents are looked at."""
    begun, is_partial = begun_within(asked)
    if not is_partial:
        return begun
    unbounded = Incident.objects.filter(date_precision__in=UNBOUNDED, disputed=True)
    others = Disagreement.objects.filter(incident__in=unbounded.order_by()).order_by()
    return begun | Q(pk__any_of=ArraySubquery(others.values("pk")))


def _two_actors() -> ValueType:
    """The type of two different actors, separated by a comma."""
    actors = values.slug_of(lambda: public(Actor), "actor").listed()

    def parse(text: str) -> Any:
        if len(slugs := text.split(",")) != 2 or slugs[0] == slugs[1]:  # noqa: PLR2004 – a pair
            message = f'"{text}" does not name two different actors, separated by a comma.'
            raise BadValue(message)
        return actors.parse(text)

    return ValueType(parse, {**actors.schema, "minItems": 2, "maxItems": 2, "uniqueItems": True})


ACTOR = values.slug_of(lambda: public(Actor), "actor")
CLAIMANT = "An actor that makes either of the two claims, as its claimant."


class DisagreementFilterSet(FilterSet):
    """Disagreements by what they are about, who disagrees, by how much; and by the incidents they are about."""

    model = Disagreement
    columns = {
        "slug": EXACT,
        "group": EXACT,
        "kind": EXACT,
        "subject": EXACT,
        "measure": EXACT,
        "victims": EXACT,
        "is_answer": ("exact",),
        "at_most": NULLABLE_WINDOW,
        "at_least": NULLABLE_WINDOW,
        "gap": NULLABLE_WINDOW,
        "started_on": NULLABLE_WINDOW,
        "created_at": ("gte", "lte"),
        "updated_at": ("gte", "lte"),
    }
    relations = {"incident": "incident"}
    special = {
        "claim": Filter(
            values.slug_of(lambda: public(Claim), "claim"), _of_claim, "One of the two claims. Given by slug."
        ),
        "claimant": Filter(ACTOR, _on_either("claimant"), f"{CLAIMANT} Given by slug.", has_parts=True),
        "claimant__in": Filter(
            ACTOR.listed(),
            _on_either("claimant", "in"),
            f"Any of these, separated by commas. {CLAIMANT} Given by slug.",
            has_parts=True,
        ),
        "speaker": Filter(
            ACTOR,
            _speaks,
            "An actor that speaks in either of the two claims: its claimant or, where the source speaks in its own voice, "
            "the publisher of that source. Given by slug.",
        ),
        "between": Filter(
            _two_actors(),
            _speak,
            "Two actors, separated by a comma, that each speak in one of the two claims (see `speaker`): what the one "
            "says against the other. Given by slug.",
        ),
        "ratio__gte": Filter(
            values.number(1, 2**31),
            lambda ratio, _: Q(ratio__gte=ratio),
            "This or more. How many times the lower toll the higher is at the least.",
        ),
        **{taken: replace(IncidentFilterSet.filters[name], through="") for taken, name in TAKEN.items()},
    }

    @classmethod
    def matching(cls, words: str) -> Q:
        """Disagreements whose incident, or one of whose claims, holds the words."""
        fields = ("incident__search", "one__search", "other__search")
        return Q(*(Q(**{name: query(words)}) for name in fields), _connector=Q.OR)

    @classmethod
    def sides(cls, given: Given) -> tuple[list[Q], dict[str, Q]]:
        """Turn what is asked of incidents into one condition on the incident, all else into conditions as elsewhere."""
        own, behind = super().sides({name: value for name, value in given.items() if name not in TAKEN})
        asked = {TAKEN[name]: value for name, value in given.items() if name in TAKEN}
        if asked:
            modifiers = {name: given[name] for name in ("descendants",) if name in given}
            incidents = Incident.objects.filter(*IncidentFilterSet.together({**asked, **modifiers}))
            own.append(Q(Exists(incidents.filter(pk=OuterRef("incident")))))
        if any(name in asked for name in WINDOW):
            own.append(_begun(asked))
        return own, behind
