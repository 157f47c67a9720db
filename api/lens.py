"""The lens of a request: whom its reader trusts. The statement itself then computes the figures, of the rows that it shows.

A lens narrows claims, never incidents. Everything that reads incidents takes it through one seam: `Under` writes, for a query
that finds incidents, the common table `lensed` with their figures under the lens; `lensed(rows)` joins it to a queryset; and
`Lensed("killed_low")` is a column of it, to be used where ``F("killed_low")`` reads the stored figure. Aggregates and files
take the three together from ``reading.told``; the database computes only those figures that the lens changes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, Expression, Field, IntegerField, QuerySet, TextField
from rest_framework.request import Request

from api.filters.columns import Given, public
from api.filters.lens import BY_ACTORS, BY_SLUGS
from api.filters.parts import WithParts, pairs_of
from api.statements import Slot, literal, put
from conflictdb.lens import TYPES, Lens
from conflictdb.models import Actor
from conflictdb.vocabularies import Resolve

# Parameter → the member of the database's lens that it sets.
MEMBERS = {
    "according_to": "according_to",
    "exclude_claimant": "not_according_to",
    "claims_dataset": "datasets",
    "min_reliability": "min_reliability",
    "min_credibility": "min_credibility",
    "stated_before": "stated_before",
    "resolve": "resolve",
}
TYPES_OF_FIGURES: dict[str, Field] = {
    **{
        f"{measure}_{bound}": BigIntegerField()
        for measure in ("killed", "injured")
        for bound in ("low", "best", "high")
    },
    **{f"{measure}_is_open": BooleanField() for measure in ("killed", "injured")},
    **{f"{measure}_claims": IntegerField() for measure in ("killed", "injured")},
    "disputed": BooleanField(),
    "is_spoken_of": BooleanField(),
}


class Lensed(Expression):
    """A figure under the lens: a column of the common table `lensed`."""

    def __init__(self, name: str, lens: str = "") -> None:
        """Name the column as the incident names its stored one, behind the name of the lens where there are several."""
        super().__init__(output_field=TYPES_OF_FIGURES[name])
        self.column = f"{lens}_{name}" if lens else name

    def as_sql(self, *_: Any, **__: Any) -> Any:
        """Write it."""
        return f'"lensed"."{self.column}"', []


def figures_of(lens: str = "") -> dict[str, Lensed]:
    """Give each figure's name, as stored, with its expression under the lens, for rows that are ``lensed``."""
    return {name: Lensed(name, lens) for name in TYPES_OF_FIGURES}


FIGURES = figures_of()


class PageKey(Expression):
    """What a page is ordered by: a column of the common table `page`, of whatever type."""

    output_field = TextField()

    def as_sql(self, *_: Any, **__: Any) -> Any:
        """Write it."""
        return '"page"."key"', []


def is_lensed(view: Any, names: Iterable[str]) -> bool:
    """Whether parameters make a lens for the figures that a view, or its class, shows."""
    return not set(view.filterset_class.modifying).isdisjoint(names)


def lensed(rows: QuerySet) -> QuerySet:
    """Join incidents to their figures under the lens, or under several."""
    where = ['"lensed"."incident_id" = "conflictdb_incident"."id"']
    return rows.extra(tables=["lensed"], where=where)  # noqa: S610 – our own names; the ORM joins no common table otherwise


def on_page(rows: QuerySet) -> QuerySet:
    """Join incidents to the page that found them, and to their figures."""
    where = ['"page"."pk" = "conflictdb_incident"."id"']
    return lensed(rows).extra(tables=["page"], where=where)  # noqa: S610 – as above


class Under:
    """Writes the figures of incidents under a lens, as common tables of a statement."""

    def __init__(self, given: Given) -> None:
        """Take a request's parameters: values that are to stand in the text, or slots for them."""
        self.given = given

    def tables(self, found: str, write: Callable[[Slot], str]) -> str:
        """Write `page`, which is what a query finds (its first column ``pk``), and `lensed`; ``write`` writes slots."""
        return f"page AS MATERIALIZED ({found}), {self.table(write)}"

    def table(self, write: Callable[[Slot], str], name: str = "lensed") -> str:
        """Write `lensed` under its own or another name, behind `page`."""
        return f"{name} AS MATERIALIZED ({self.seen('array_agg(page.pk)', write, 'FROM page')})"

    def seen(self, incidents: str, write: Callable[[Slot], str], source: str = "OFFSET 0") -> str:
        """Write the query for the figures of incidents, an array that is read from a source or from what is around it."""
        wholes = "".join(f", {put(*self._compiled(each), write)} AS {each}" for each in self.wholes)
        members = []
        for member, type_ in TYPES.items():
            parameter = next(parameter for parameter, each in MEMBERS.items() if each == member)
            if parameter in self.wholes:
                members.append(f"asked.{parameter}")
            elif parameter in self.given:
                value = self.given[parameter]
                members.append(f"{write(value) if isinstance(value, Slot) else literal(value)}::{type_}")
            else:
                members.append(f"NULL::{type_}")
        return (
            f"SELECT seen.* FROM (SELECT {incidents} AS incidents{wholes} {source}) AS asked "  # noqa: S608 – compiled by Django, and our own names
            f"CROSS JOIN LATERAL conflictdb_seen(asked.incidents, ROW({', '.join(members)})::conflictdb_lens) AS seen"
        )

    @property
    def wholes(self) -> list[str]:
        """Name the parameters whose actors are taken with their parts."""
        return [name for name in BY_ACTORS if name in self.given and self.given.get("descendants")]

    def with_parts(self, name: str) -> list[int]:
        """Find the keys of some actors and of all their parts."""
        text, values = self._compiled(name)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {text}", values)
            return cursor.fetchone()[0]

    def _compiled(self, name: str) -> tuple[str, list[Any]]:
        """Compile the array of some actors with all their parts."""
        query = public(Actor).filter(pk__any_of=self.given[name])
        compiler = query.query.get_compiler(connection=connection)
        text, values = compiler.compile(WithParts(query, pairs_of(Actor)).resolve_expression(query.query))  # type: ignore[arg-type]  # of actors there are parts
        return text, list(values)


def under_several(lenses: Mapping[str, Given], found: str, write: Callable[[Slot], str]) -> str:
    """Write `page`, as above, a table for each lens by its name, and `lensed` with the figures of all of them.

    All hold the same incidents. They are joined as if they did not: a full join is done by hashing, while the planner, which
    cannot know how many there are and takes them for a few, would otherwise compare each row with all.
    """
    first, *others = lenses
    columns = ", ".join(f"{lens}.{name} AS {lens}_{name}" for lens in lenses for name in TYPES_OF_FIGURES)
    joins = " ".join(f"FULL JOIN {lens} ON {lens}.incident_id = {first}.incident_id" for lens in others)
    tables = [Under(given).table(write, lens) for lens, given in lenses.items()]
    whole = f"lensed AS MATERIALIZED (SELECT {first}.incident_id, {columns} FROM {first} {joins})"  # noqa: S608 – our own names
    return ", ".join((f"page AS MATERIALIZED ({found})", *tables, whole))


def lens_of(given: Given) -> Lens:
    """Give the lens of parameters that were read; one query where an actor's parts belong to it."""
    under = Under(given)
    members = {MEMBERS[name]: given[name] for name in MEMBERS if name in given}
    return Lens(**{**members, **{MEMBERS[name]: under.with_parts(name) for name in BY_ACTORS if name in under.wholes}})


def stated(request: Request) -> dict[str, Any]:
    """State a request's lens in its own words, so that the answer tells what it was computed under."""
    # a list may be given in parts, as it is read
    return worded({name: ",".join(dict.fromkeys(texts)) for name, texts in request.query_params.lists()})


def worded(words: Mapping[str, str]) -> dict[str, Any]:
    """State the lens that parameters make, which may be among others, in their own words; always with `resolve`."""
    given = {name: value for name, value in words.items() if name in MEMBERS}
    lists = {name: value.split(",") for name, value in given.items() if name in BY_SLUGS}
    parts = (
        {"descendants": True} if words.get("descendants") == "true" and not lists.keys().isdisjoint(BY_ACTORS) else {}
    )
    return {"resolve": Resolve.RANGE.value, **given, **lists, **parts}
