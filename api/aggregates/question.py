"""A question about aggregates: what one request asks, and what the text of its statement depends on."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from api.aggregates.comparison import COMPARISON, NAMES, shaped
from api.aggregates.comparison import DESCRIPTION as COMPARING
from api.aggregates.dimensions import DIMENSIONS, TIMES
from api.aggregates.measures import DEFAULT, FIGURES, MEASURES, Measure, measures_of, orders_of
from api.exports import formats
from api.filters.incident import IncidentFilterSet
from api.filters.values import FLAG, BadValue, ValueType, nearest, one_of
from api.lens import KEPT

MOST_DIMENSIONS = 3
MOST_ROWS = 100_000
FILTERS = IncidentFilterSet.filters
START, EXCLUDE, SPREAD = "start", "exclude", "spread"
WINDOW = (("date_from", "started_on__gte", "started_on"), ("date_to", "started_on__lte", "started_on"))
AS_THEY_STAND = "Counts claims as they stand, whatever a lens lets through"
ORDERS = [*DIMENSIONS, *dict(orders_of(MEASURES)), *dict(orders_of(measures_of(FIGURES, NAMES)))]


def several(names: list[str], most: int, default: tuple[str, ...]) -> ValueType:
    """Some of a few names, each once, separated by commas."""

    def parse(text: str) -> tuple[str, ...]:
        given = text.split(",")
        if faults := [
            BadValue(f'"{name}" is none of: {", ".join(names)}.', nearest(name, names))
            for name in given
            if name not in names
        ]:
            message = "Some names are unknown."
            raise ExceptionGroup(message, faults)
        if len({*given}) < len(given) or len(given) > most:
            message = f"Holds {len(given)} names; it takes up to {most}, each once."
            raise BadValue(message)
        return tuple(given)

    items = {"type": "string", "enum": names}
    schema = {"type": "array", "items": items, "minItems": 1, "maxItems": most, "uniqueItems": True}
    return ValueType(parse, {**schema, "default": [*default]})


PARAMETERS: Mapping[str, tuple[ValueType, str]] = {
    "by": (
        several([*DIMENSIONS], MOST_DIMENSIONS, ("year",)),
        (
            "What to count by: one to three of these, separated by commas, at most one of them of time. There is a row for "
            "each combination of values that incidents have."
        ),
    ),
    "measures": (
        several([*MEASURES], len(MEASURES), DEFAULT),
        (
            "What to tell of each row's incidents, separated by commas: how many there are (`incidents`), how many public "
            "standing claims about them (`claims`), how many people were `killed` and `injured`."
        ),
    ),
    "compare": (COMPARISON, COMPARING),
    "spans": (
        one_of([START, EXCLUDE, SPREAD]),
        (
            "How to count incidents whose days, from the first to the last on which they may have happened, do not all lie "
            "in one bucket of time; those are such too whose days are known less closely than that, or whose last day is not "
            "known. `start` (where not given): where they begin. `exclude`: left out, their number told under `left_out`. "
            "`spread`: each of their days has an equal share, so that all counts and sums become decimal, to six places; "
            "those whose last day is not known have no bucket: null. Needs a dimension of time."
        ),
    ),
    "fill": (
        one_of(["zero"]),
        (
            "`zero` adds rows of zeros for buckets of time without incidents: from the first to the last that there are, and "
            "over the whole window of `date_from` and `date_to` (or `started_on__gte` and `started_on__lte`); beside other "
            "dimensions, for each combination of their values that there is. Needs a dimension of time."
        ),
    ),
    "include_unknown": (
        FLAG,
        (
            "`false` leaves out rows in which a dimension is null, and tells under `left_out` how many incidents these "
            "counted; they stay in `totals`. Where not given they are shown."
        ),
    ),
    "ordering": (
        several([sign + name for name in ORDERS for sign in ("", "-")], MOST_DIMENSIONS, ()),
        (
            "Order of the rows: dimensions asked for, or parts of measures asked for, `-` for descending; the dimensions of "
            "`by` in their order follow, so that no tie is left. Records are ordered by slug; null sorts below every value."
        ),
    ),
    "format": (
        one_of([formats.JSON, *formats.FORMATS]),
        (
            "Format of the answer; where not given, what the header `Accept` prefers, else `json`. The rows of a file are "
            "those of `results`: no row holds the totals, which a sum over the column would count again. `totals`, "
            "`spanning` and `left_out` are in the header `Conflictdb-Totals`, as JSON, in `geojson` also in `metadata`, in "
            "`parquet` in its metadata under `conflictdb`, in `xlsx` on the sheet About; licences, citations, query and "
            "revision travel as with lists. `geojson` shows cells: it needs `by=priogrid`."
        ),
    ),
    "hxl": (FLAG, formats.HXL),
}


class Question(NamedTuple):
    """What the text of a statement depends on: requests of one question's shape differ in values only."""

    by: tuple[str, ...]
    measures: tuple[str, ...]
    spans: str = START
    is_filled: bool = False
    window: tuple[date | None, date | None] = (None, None)  # to be filled
    has_unknown: bool = True
    ordering: tuple[str, ...] = ()
    constants: tuple[tuple[str, Any], ...] = ()  # filters whose values stand in the text
    slots: tuple[str, ...] = ()  # filters whose values do not
    lenses: tuple[tuple[tuple[str, Any], ...], ...] = ()  # to be compared: the parameters of each

    @property
    def compared(self) -> list[str]:
        """Name the lenses that are compared."""
        return NAMES[: len(self.lenses)]

    @property
    def told(self) -> dict[str, Measure]:
        """The measures of a row of the answer, by name."""
        return measures_of(self.measures, self.compared)

    @property
    def time(self) -> int | None:
        """Which of the dimensions is of time; None where none is."""
        return next((place for place, name in enumerate(self.by) if name in TIMES), None)


def question_of(given: Mapping[str, Any]) -> Question:
    """Tell what parameters, read before, ask for."""
    filters = {name: value for name, value in given.items() if name in FILTERS}
    is_filled = "fill" in given
    first, last = (next((given[name] for name in names if given.get(name)), None) for names in WINDOW)
    return Question(
        by=given.get("by", ("year",)),
        measures=given.get("measures", DEFAULT),
        spans=given.get("spans", START),
        is_filled=is_filled,
        window=(first, last) if is_filled else (None, None),
        has_unknown=given.get("include_unknown", True),
        ordering=given.get("ordering", ()),
        constants=tuple(
            (name, value)
            for name, value in given.items()
            if name == KEPT or (name in filters and FILTERS[name].is_constant)
        ),
        slots=tuple(name for name in filters if not FILTERS[name].is_constant),
        lenses=shaped(given.get("compare", ())),
    )


def faults(given: Mapping[str, Any]) -> dict[str, str]:
    """Find parameters, each read well, that lack or contradict others: what is wrong with each, by name."""
    asked = question_of(given)
    return IncidentFilterSet.faults(given) | dict(_faults(asked, given)) | dict(_faults_of_lenses(asked, given))


def _faults(asked: Question, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    times = [name for name in asked.by if name in TIMES]
    if len(times) > 1:
        yield "by", f"Takes one dimension of time, not {' and '.join(times)}: the coarser follows from the finer."
    for name in ("spans", "fill"):
        if name in given and not times:
            yield name, f"Needs a dimension of time: by={', '.join(TIMES)}."
    orders = [*asked.by, *dict(orders_of(asked.told))]
    if unfit := [name for name in asked.ordering if name.removeprefix("-") not in orders]:
        yield "ordering", f"Not asked for: {', '.join(unfit)}; what is: {', '.join(orders)}."
    bare = [name.removeprefix("-") for name in asked.ordering]
    if len({*bare}) < len(bare):
        yield "ordering", "Names something twice."


def _faults_of_lenses(asked: Question, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    lens = [name for name in IncidentFilterSet.modifying if name in given]
    if asked.lenses:
        if lens:
            yield "compare", f"Says which lenses there are: leave {' and '.join(lens)} out, or say it in each of them."
        if not {*FIGURES} & {*asked.measures}:
            yield "measures", f"Holds no figure to compare: {', '.join(FIGURES)}."
        if "disputed" in asked.by:
            yield (
                "by",
                "An incident may be disputed under one lens and not under another: leave disputed or compare out.",
            )
    if lens or asked.lenses:
        if "claims" in asked.measures:
            yield "measures", f"{AS_THEY_STAND}: leave claims or the lens out."
        if told := [name for name in asked.by if DIMENSIONS[name].behind == "claims"]:
            yield "by", f"{AS_THEY_STAND}: leave {' and '.join(told)} or the lens out."
