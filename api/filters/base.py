"""The filter language: a table of columns and lookups for each resource, one way to read, refuse and describe them.

django-filter is not used: what makes this language ours (refusing every unknown name and value with the nearest valid one,
conditions on one and the same participant or claim, slugs of public records only, a contract that lists every term) would
have to be written around it.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from api.filters import values
from api.filters.columns import EXACT, Condition, Given, condition_on, describe, public, type_of
from api.filters.common import common
from api.filters.expression import DESCRIPTION, condition, expression_of, names
from api.filters.parts import DESCENDANTS, pairs_of
from api.filters.values import ValueType
from api.search.words import SOUGHT, query

SIMILAR = (
    "From three letters on their beginnings match, from four on names that share most of their letters; not where `q` holds "
    "quotes, `-` or `or`. Needs `q`."
)


@dataclass(frozen=True)
class Filter:
    """One query parameter: its value's type, what it filters by, and what the contract says of it.

    ``condition`` turns the read value, or a slot for it, into a Q; what is given besides may modify it. ``through`` names
    the to-many accessor whose rows the Q is about; all such conditions of one accessor hold for one and the same row.
    ``needs`` lists parameters of which one must be given too; ``refuse`` says what is wrong with values that were each
    read well, or nothing. ``shapes`` holds where the text of the statement depends on the value; ``has_parts`` where it names
    records that may be taken with their parts. ``link`` is the column that names a record by its slug, where it matters to
    the planner whether that is named often. ``is_telling`` holds where a value tells the planner how many rows there may be;
    a slug, which the statement itself looks up, does not.
    """

    type: ValueType
    condition: Condition
    description: str
    through: str = ""
    needs: tuple[str, ...] = ()
    refuse: Callable[[Given], str] | None = None
    shapes: bool = False
    has_parts: bool = False
    link: Any = None
    is_telling: bool = True

    @property
    def is_constant(self) -> bool:
        """Whether the value stands in the text of the statement: it shapes it, or is a term whose share the planner knows."""
        return self.shapes or self.type is values.FLAG or "enum" in self.type.schema

    def fault(self, given: Given) -> str:
        """Say what this parameter lacks among those given with it, or how it contradicts them; nothing if it does not."""
        if self.needs and not any(name in given for name in self.needs):
            return f"Needs {' or '.join(self.needs)}."
        return self.refuse(given) if self.refuse else ""


def modifier(type_: ValueType, description: str, needs: tuple[str, ...]) -> Filter:
    """Make a parameter that changes what others mean, and means nothing without them."""
    return Filter(type_, lambda *_: Q(), description, needs=needs, shapes=True)


class FilterSet:
    """The filters of one resource. A subclass is a table; everything is derived from the model's columns and their help."""

    model: ClassVar[type[models.Model]]
    # column → lookups
    columns: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # parameter → path to a record, which is named by its slug
    relations: ClassVar[Mapping[str, str]] = {}
    # parameter → (path to a column behind a to-many accessor, lookups)
    through: ClassVar[Mapping[str, tuple[str, tuple[str, ...]]]] = {}
    # parameter → its filter, where no column's table makes it
    special: ClassVar[Mapping[str, Filter]] = {}
    # special parameters that are no conditions, so that no expression holds them
    modifying: ClassVar[tuple[str, ...]] = ()
    # parameter → what it is about, where the column at the end of its path does not tell
    about: ClassVar[Mapping[str, str]] = {}
    # what is found by `similar` besides; nothing where there are no names
    likeness: ClassVar[str] = ""
    # column → value that holds where the caller says nothing
    defaults: ClassVar[Mapping[str, str]] = {}
    # parameter of a column → the condition that takes the place of its column's, made of the value that it is given
    shaping: ClassVar[Mapping[str, Condition]] = {}
    # parameter → column whose default does not hold beside it, since it says what that would
    settling: ClassVar[Mapping[str, str]] = {}
    # parameter of other resources → why it is none here, for those who may expect it
    foreign: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[dict[str, Filter]] = {}

    def __init_subclass__(cls) -> None:
        """Work the table out once, when the class is made."""
        cls.filters = {}  # in the order that the contract shows them in: what most people ask for comes first
        cls.filters["q"] = Filter(
            SOUGHT,
            lambda words, given: cls.matching(words) | (cls.looking_like(words) if given.get("similar") else Q()),
            'Full text: words, "quoted phrases", -excluded words, `or`. English stems match, and letters with and without '
            "accents.",
            shapes=True,  # how many rows hold a word decides how they are best found, which the planner must know
        )
        if cls.likeness:
            cls.filters["similar"] = modifier(
                values.FLAG, f"`true` to find by `q` {cls.likeness} too. {SIMILAR}", needs=("q",)
            )
        cls.filters["filter"] = Filter(
            expression_of(cls, reserved=("filter", *cls.modifying)),
            lambda node, _: condition(node, cls),
            DESCRIPTION,
            shapes=True,
        )
        for name, path in cls.relations.items():
            nullable = "__" not in path and cls.model._meta.get_field(path).null
            cls._add(name, path, (*EXACT, "isnull") if nullable else EXACT)
        for name, (path, lookups) in cls.through.items():
            cls._add(name, path, lookups)
        cls.filters |= cls.special
        if wholes := tuple(name for name, each in cls.filters.items() if each.has_parts):
            cls.filters["descendants"] = modifier(values.FLAG, DESCENDANTS, needs=wholes)
        for column, lookups in cls.columns.items():
            cls._add(column, column, lookups)
        for name, by_value in cls.shaping.items():
            cls.filters[name] = replace(cls.filters[name], condition=by_value, shapes=True)
        if "updated_at" in cls.columns:
            cls.filters["updated_since"] = replace(
                cls.filters["updated_at__gte"],
                description="Stored or changed then or later: `updated_at__gte` in short.",
            )

    @classmethod
    def matching(cls, words: str) -> Q:
        """Rows whose text holds the words."""
        return Q(search=query(words))

    @classmethod
    def read_for(cls, words: str) -> Any:  # noqa: ARG003 – of what may be very many
        """What ``matching`` asks in a form that takes no index, for words that very many rows hold; None without one."""
        return None

    @classmethod
    def looking_like(cls, words: str) -> Q:  # noqa: ARG003 – of what has names
        """Rows with a name that begins or looks like the words, where they may be a name."""
        return Q()

    @classmethod
    def _add(cls, name: str, path: str, lookups: tuple[str, ...]) -> None:
        """Derive the filters of one column, which may lie behind relations."""
        *hops, last = path.split("__")
        model, accessor = cast("Any", cls.model), ""
        for hop in hops:
            field = model._meta.get_field(hop)
            if field.one_to_many and not accessor:
                accessor = hop
            model = field.related_model
        column = model._meta.get_field(last)
        inner = path.removeprefix(f"{accessor}__") if accessor else path
        for lookup in lookups:
            cls.filters[name if lookup == "exact" else f"{name}__{lookup}"] = Filter(
                type=type_of(column, lookup),
                condition=condition_on(column, inner, lookup),
                description=describe(column, lookup, cls.about.get(name), cls.defaults.get(name)),
                through=accessor,
                has_parts=lookup != "isnull" and column.is_relation and pairs_of(column.related_model) is not None,
                link=column if accessor and lookup == "exact" and column.is_relation else None,
                is_telling=not (lookup == "exact" and column.is_relation),
            )

    @classmethod
    def faults(cls, given: Given) -> dict[str, str]:
        """Find parameters, each read well, that lack or contradict others: what is wrong with each, by name."""
        found = {name: cls.filters[name].fault(given) for name in given if name in cls.filters}
        return {name: fault for name, fault in found.items() if fault}

    @classmethod
    def conditions(cls, given: Given) -> list[Q | Exists]:
        """Turn parameters, read before, into conditions; those that cut, order or shape the answer are not its matter."""
        return cls.together(cls.with_defaults(given))

    @classmethod
    def together(cls, given: Given) -> list[Q | Exists]:
        """Turn parameters into conditions, those on the rows behind one accessor into one about one and the same row."""
        own, behind = cls.sides(given)
        return [*own, *(cls.exists(accessor, condition) for accessor, condition in behind.items())]

    @classmethod
    def sides(cls, given: Given) -> tuple[list[Q], dict[str, Q]]:
        """Turn parameters into conditions on a record itself, and on a row behind each of its accessors."""
        own: list[Q] = []
        behind: dict[str, Q] = defaultdict(Q)
        for name, value in given.items():
            each = cls.filters.get(name)
            condition = each.condition(value, given) if each else Q()
            if each and each.through:
                behind[each.through] &= condition
            elif condition:
                own.append(condition)
        return own, behind

    @classmethod
    def parted(cls, given: Given) -> tuple[dict[str, Any], dict[str, Any]]:
        """Part the values that stand in the text of a statement from those that it has places for."""
        constants: dict[str, Any] = {}
        placed: dict[str, Any] = {}
        for name, value in given.items():
            each = cls.filters[name]
            often = common(each.link, value) if each.link and not given.get("descendants") else None
            (constants if often or each.is_constant else placed)[name] = often or value
        return constants, placed

    @classmethod
    def mentioning(cls, columns: Container[str], given: Given) -> dict[str, Any]:
        """Pick the parameters that read some of the columns, an expression too that mentions one."""

        def reads(name: str) -> bool:
            column = name if name in cls.columns else name.rpartition("__")[0]
            return column in cls.columns and column in columns

        return {
            name: value
            for name, value in given.items()
            if reads(name) or (name == "filter" and any(map(reads, names(value))))
        }

    @classmethod
    def with_defaults(cls, given: Given) -> dict[str, Any]:
        """Add the defaults of columns that the caller does not mention in any way."""
        spoken = [*given, *(names(given["filter"]) if "filter" in given else ())]
        mentioned = {cls.settling.get(name, name.split("__")[0]) for name in spoken}
        return {**{name: value for name, value in cls.defaults.items() if name not in mentioned}, **given}

    @classmethod
    def exists(cls, accessor: str, condition: Q) -> Exists:
        """At least one public row behind a to-many accessor meets the whole condition."""
        field: Any = cls.model._meta.get_field(accessor)
        owner = field.remote_field.name
        rows = field.related_model._default_manager.all()
        rows = rows.public_of(owner) if hasattr(rows, "public_of") else public(field.related_model)
        return Exists(rows.filter(condition, **{owner: OuterRef("pk")}))


class RecordFilterBackend(BaseFilterBackend):
    """Describes a view's filter set to the contract. `api.reading` applies it."""

    def filter_queryset(self, _request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        """Narrow a list; details are found by their slug alone."""
        return queryset if view.detail else queryset.filter(*view.filterset_class.conditions(view.given))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe every filter of a list."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": each.description,
                "schema": each.type.schema,
                **({"style": "form", "explode": False} if each.type.schema["type"] == "array" else {}),
            }
            for name, each in view.filterset_class.filters.items()
        ]
