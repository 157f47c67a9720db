"""The lens of a request: whom its reader trusts. The statement itself then computes the figures, of the rows that it shows.

A lens narrows claims, never incidents. Everything that reads incidents takes it through one seam: `Under` writes, for a query
that finds incidents, the common table `lensed` with their figures under the lens; `lensed(rows)` joins it to a queryset; and
`Lensed("killed_low")` is a column of it, to be used where ``F("killed_low")`` reads the stored figure. Aggregates and files
take the three together from ``reading.told``; of all that is found the database computes only what is then read.
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

# The name under which the key of a kept lens stands beside its parameters (api/kept.py), and where its figures are.
KEPT = "kept"
KEPT_FIGURES = """
    SELECT incident_id, {names} FROM conflictdb_keptfigure WHERE lens_id = {key} AND (SELECT conflictdb_kept({key}))
"""


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

    def of_page(self, found: str, write: Callable[[Slot], str]) -> str:
        """Write `page`, which is what a query finds (its first column ``pk``), and `lensed`; ``write`` writes slots."""
        return f"page AS MATERIALIZED ({found}), {self.table(write)}"

    def table(self, write: Callable[[Slot], str]) -> str:
        """Write `lensed` for `page`: once, and all that is told."""
        return f"lensed AS MATERIALIZED ({self.figures('page', write)})"

    def of_all(self, found: str, write: Callable[[Slot], str]) -> str:
        """Write `lensed` for all that a query finds: no table by itself, so that only what is read of it is computed."""
        return f"lensed AS NOT MATERIALIZED ({self.figures(f'({found}) AS page', write)})"

    def kept(self) -> str:
        """Write `lensed` of a lens that is kept: its figures of all incidents, a table like that of incidents."""
        return f"lensed AS NOT MATERIALIZED ({self._kept_figures})"

    def figures(self, page: str, write: Callable[[Slot], str]) -> str:
        """Write the query for the figures of each row of a table named `page`."""
        names = ", ".join(f"told.{name}" for name in TYPES_OF_FIGURES)
        return f"SELECT page.pk AS incident_id, {names} FROM {self.joined(page, write)}"  # noqa: S608 – compiled by Django, and our own names

    def joined(self, page: str, write: Callable[[Slot], str], name: str = "told") -> str:
        """Write tables, one of them `page`, joined to the figures of each row of it."""
        if KEPT in self.given:
            return f"{page} JOIN ({self._kept_figures}) AS {name} ON {name}.incident_id = page.pk"
        wholes = ", ".join(f"{put(*self._compiled(each), write)} AS {each}" for each in self.wholes)
        # apart, to be worked out once, not with each row
        asked = f" CROSS JOIN (SELECT {wholes} OFFSET 0) AS of_{name}" if wholes else ""
        members = []
        for member, type_ in TYPES.items():
            parameter = next(parameter for parameter, each in MEMBERS.items() if each == member)
            if parameter in self.wholes:
                members.append(f"of_{name}.{parameter}")
            elif parameter in self.given:
                value = self.given[parameter]
                members.append(f"{write(value) if isinstance(value, Slot) else literal(value)}::{type_}")
            else:
                members.append(f"NULL::{type_}")
        lens = f"ROW({', '.join(members)})::conflictdb_lens"
        return f"{page}{asked} CROSS JOIN LATERAL conflictdb_told(page.pk, {lens}) AS {name}"

    @property
    def _kept_figures(self) -> str:
        return KEPT_FIGURES.format(names=", ".join(TYPES_OF_FIGURES), key=int(self.given[KEPT]))

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
    """Write `lensed` for all that a query finds, as above, with the figures under each lens behind its name."""
    figures = (f"{lens}.{name} AS {lens}_{name}" for lens in lenses for name in TYPES_OF_FIGURES)
    columns = ", ".join(("page.pk AS incident_id", *figures))
    tables = f"({found}) AS page"
    for lens, given in lenses.items():
        tables = Under(given).joined(tables, write, lens)
    return f"lensed AS NOT MATERIALIZED (SELECT {columns} FROM {tables})"  # noqa: S608 – our own names


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
