"""What is counted and added up: each measure as SQL on the ``rows`` of a statement, once to gather and once to show.

Zero, unknown and not reported stay three things: a sum takes in those incidents alone that give a number, and beside it
stands how many speak of it, how many of these give none, and how many do not speak of it at all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import F

FIGURES = ("killed", "injured")
BOUNDS = ("low", "best", "high")


class Gathered(NamedTuple):
    """An aggregate of a group: the sum of a column of its rows, null where none has a value; or how many meet a condition.

    Either adds up over groups.
    """

    name: str
    column: str = ""
    condition: str = ""
    table: str = "rows"


@dataclass(frozen=True)
class Measure:
    """What a row of the answer says about its incidents.

    ``columns`` are what it needs of each incident, ``gathered`` of each group; ``shown`` is what the answer has of these, on
    a table ``{here}``: a figure has several members. Where ``{is_zero}``, a row of nothing was asked for as zeros;
    ``{exact}`` takes needless zeros off what is shared.
    """

    columns: Mapping[str, Any]
    gathered: tuple[Gathered, ...]
    shown: str | Mapping[str, str]


def figure(of: str, under: str = "", told: Mapping[str, Any] = MappingProxyType({})) -> Measure:
    """Make the measure of a figure: of the stored one, or of what is ``told`` under one of several lenses, by its name."""
    name = f"{under}_{of}" if under else of
    is_reported = f"rows.{name}_claims > 0"
    has_none = " AND ".join(f"rows.{name}_{bound} IS NULL" for bound in BOUNDS)
    zero, end = "CASE WHEN {is_zero} THEN 0 ELSE ", " END"
    return Measure(
        columns={
            f"{name}_{part}": told.get(f"{of}_{part}", F(f"{of}_{part}")) for part in (*BOUNDS, "is_open", "claims")
        },
        gathered=(
            *(Gathered(f"{name}_{bound}", column=f"{name}_{bound}") for bound in BOUNDS),
            Gathered(f"{name}_with_best", condition=f"rows.{name}_best IS NOT NULL"),
            Gathered(f"{name}_open", condition=f"rows.{name}_is_open"),
            Gathered(f"{name}_unknown", condition=f"{is_reported} AND {has_none}"),
            Gathered(f"{name}_reported", condition=is_reported),
        ),
        shown={
            "low": f"{zero}{{here}}.{name}_low{end}",
            "best": f"{zero}{{here}}.{name}_best{end}",
            "high": f"{zero}CASE WHEN {{here}}.{name}_open = 0 THEN {{here}}.{name}_high END{end}",
            "is_open": f"{{here}}.{name}_open > 0",
            "with_best": f"{{here}}.{name}_with_best",
            "open": f"{{here}}.{name}_open",
            "unknown": f"{{here}}.{name}_unknown",
            "reported": f"{{here}}.{name}_reported",
            "not_reported": f"{{exact}}({{here}}.incidents - {{here}}.{name}_reported)",
        },
    )


MEASURES: Mapping[str, Measure] = {
    "incidents": Measure({}, (Gathered("incidents"),), "{here}.incidents"),
    "claims": Measure({}, (Gathered("claims", column="claims", table="claims"),), "coalesce({here}.claims, 0)"),
    **{name: figure(name) for name in FIGURES},
}
DEFAULT = ("incidents", "killed")


def measures_of(
    names: Iterable[str], lenses: Iterable[str] = (), told: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Measure]:
    """Give measures by name; where lenses are compared, each figure once a lens (``lens_1.killed``), with what each tells."""
    found = {name: MEASURES[name] for name in names}
    under = {
        f"{lens}.{name}": figure(name, lens, told.get(lens, {})) for lens in lenses for name in found if name in FIGURES
    }
    return {name: each for name, each in found.items() if name not in FIGURES} | under if under else found


def columns_of(measures: Iterable[Measure]) -> dict[str, Any]:
    """What some measures need of each incident."""
    return {name: column for each in measures for name, column in each.columns.items()}


def orders_of(measures: Mapping[str, Measure]) -> Iterator[tuple[str, str]]:
    """What rows can be ordered by, as lists name it (``killed_best``), and the SQL of each."""
    for name, each in measures.items():
        shown = each.shown
        if isinstance(shown, str):
            yield name, shown
        else:
            yield from ((f"{name}_{bound}", shown[bound]) for bound in BOUNDS)
