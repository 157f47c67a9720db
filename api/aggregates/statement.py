"""The statement that answers a question: incidents as ``rows``, gathered into ``groups``, ``shown`` with what they name.

The incidents are Django's own query, by the filters and the visibility that lists have. The rest is written here, out of the
tables of dimensions and measures: the ORM knows neither a lateral join nor rows that are not there.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In

from api import reading
from api.aggregates import buckets
from api.aggregates.comparison import named
from api.aggregates.dimensions import BEHIND, DIMENSIONS, Dimension
from api.aggregates.measures import Gathered, columns_of, measures_of, orders_of
from api.aggregates.question import EXCLUDE, MOST_ROWS, SPREAD, START, Question
from api.documents import document
from api.lens import FIGURES, figures_of, is_lensed, lensed, under_several
from api.statements import Slot, Statement, compiled, numbered
from conflictdb.models import Citation

PLACES = 6  # decimal places of what is shared among buckets
SHARE = "coalesce(spread.share, 1)"
REVISION = "(SELECT token::text FROM conflictdb_revision)"


class Aggregation:
    """The parts of one question's statement, as SQL."""

    def __init__(self, view: Any, asked: Question, given: Any, write: Callable[[Slot], str]) -> None:
        """Take the question, the view of the incidents, the filters' values or slots for them, and what writes slots."""
        self.view, self.asked, self.given, self.write = view, asked, given, write
        self.dimensions: dict[str, Dimension] = {
            f"key_{place}": DIMENSIONS[name] for place, name in enumerate(asked.by)
        }
        self.lenses = dict(named(given.get("compare", ())))
        told = {name: figures_of(name) for name, lens in self.lenses.items() if lens}  # everyone's are stored
        self.measures = measures_of(dict.fromkeys(("incidents", *asked.measures)), self.lenses, told)
        self.gathered = [each for measure in self.measures.values() for each in measure.gathered]
        self.time = next((key for key, each in self.dimensions.items() if each.unit), "")
        self.unit = self.dimensions[self.time].unit if self.time else ""
        self.accessors = list(dict.fromkeys(each.behind for each in self.dimensions.values() if each.behind))
        self.is_shared = asked.spans == SPREAD and bool(self.time)
        self.is_lensed = is_lensed(view, given)

    @property
    def is_once(self) -> bool:
        """Whether each incident that matches is in one group, so that groups add up to the totals."""
        return self.asked.spans == START and not self.accessors

    def tables(self) -> str:
        """Write the tables that an answer is read from."""
        known = " AND ".join(f"{key} IS NOT NULL" for key in self.dimensions)
        # what a lens tells is computed once, where it is read more than once
        again = "" if self.is_lensed or self.lenses else "NOT MATERIALIZED "
        tables = {
            f"rows ({', '.join(self.columns)})": f"{again}({self._rows()})",
            "groups": f"({self._groups()})",
            "totals": f"({self._totals()})",
            "kept": f"(SELECT * FROM groups {'' if self.asked.has_unknown else f'WHERE {known}'})",
            "shown": f"({self._filled() if self.asked.is_filled else 'SELECT * FROM kept'})",
        }
        return "WITH " + ", ".join(f"{name} AS {table}" for name, table in tables.items())

    @cached_property
    def columns(self) -> dict[str, Any]:
        """What is read of each incident."""
        keys = {key: each.key for key, each in self.dimensions.items() if each.key and not each.behind}
        days = {name: F(name) for name in ("started_on", "ended_on") if self.time}
        items = {name: F(name) for name in self.accessors if name not in BEHIND}
        read = {"pk": F("pk"), **days, **keys, **items, **columns_of(self.measures.values())}
        if not self.is_lensed:
            return read
        return {name: FIGURES.get(getattr(column, "name", ""), column) for name, column in read.items()}

    def _rows(self) -> str:
        tables, rows = "", reading.matching(self.view, self.given).order_by()
        if self.is_lensed:
            tables, rows = reading.told(self.view, self.given, self.write)
        elif self.lenses:
            tables, rows = self._compared(rows)
        rows = rows.annotate(**{f"{name}_here": column for name, column in self.columns.items()})
        text = compiled(rows.values_list(*(f"{name}_here" for name in self.columns)), self.write)
        return f"WITH {tables} {text}" if tables else text

    def _compared(self, found: QuerySet) -> tuple[str, QuerySet]:
        """Write the table of the figures under each lens of what was found; and the rows, joined to it."""
        narrowing = {name: lens for name, lens in self.lenses.items() if lens}
        tables = under_several(narrowing, compiled(found.values_list("pk"), self.write), self.write)
        return tables, lensed(self.view.queryset.order_by())

    def _groups(self) -> str:
        """Gather the rows by the values of the dimensions."""
        joins = [self._behind(name) for name in self.accessors]
        if "claims" in self.measures and "claims" not in self.accessors:
            joins.append(self._behind("claims"))
        if self.is_shared:
            joins.append(buckets.shares(self.unit))
        gathered = [f"{self._aggregate(each)} AS {each.name}" for each in self.gathered]
        if self.time and self.is_once:
            gathered.append(f"count(*) FILTER (WHERE {buckets.is_spanning(self.unit)}) AS spanning")
        where = f"WHERE NOT {buckets.is_spanning(self.unit)}" if self.asked.spans == EXCLUDE else ""
        keys = [f"{self._key(key, each)} AS {key}" for key, each in self.dimensions.items()]
        places = ", ".join(str(place + 1) for place in range(len(keys)))
        return f"SELECT {', '.join((*keys, *gathered))} FROM rows {' '.join(joins)} {where} GROUP BY {places}"

    def _key(self, key: str, dimension: Dimension) -> str:
        if not dimension.unit:
            return f"{dimension.behind or 'rows'}.{key}"
        return "spread.bucket" if self.is_shared else buckets.bucket(dimension.unit, "rows.started_on")

    def _aggregate(self, each: Gathered, *, of_groups: bool = True) -> str:
        """Write an aggregate of rows; of those of one group, or of all that match, each once."""
        is_shared = self.is_shared and of_groups
        condition = f" FILTER (WHERE {each.condition})" if each.condition else ""
        if not each.column:
            count = f"coalesce(sum({SHARE}){condition}, 0)" if is_shared else f"count(*){condition}"
        else:
            count = f"sum({each.table}.{each.column}{f' * {SHARE}' if is_shared else ''})"
        return f"trim_scale(round({count}, {PLACES}))" if is_shared else count

    def _behind(self, accessor: str, *, is_counted_by: bool = True) -> str:
        """Join the different values that an incident has behind an accessor, and how many claims have each."""
        keys = {key: each.key for key, each in self.dimensions.items() if each.behind == accessor and is_counted_by}
        if accessor not in BEHIND:  # a column of several items
            (key,) = keys
            return f"LEFT JOIN LATERAL (SELECT DISTINCT unnest(rows.{accessor}) AS {key}) AS {accessor} ON true"
        rows = BEHIND[accessor]().filter(In(F("incident_id"), RawSQL("SELECT pk FROM rows", [])))
        if keys:
            _, behind = self.view.filterset_class.sides(self.given)
            rows = rows.filter(behind.get(accessor, Q()))
        rows = rows.annotate(**{f"{key}_here": column for key, column in keys.items()})
        rows = rows.values_list("incident_id", *(f"{key}_here" for key in keys))
        if accessor == "claims":
            is_cited = Citation._meta.db_table in {each.table_name for each in rows.query.alias_map.values()}
            rows = rows.annotate(claims_here=Count("pk", distinct=is_cited))
        names = ["incident", *keys, *(["claims"] if accessor == "claims" else [])]
        text = compiled(rows if accessor == "claims" else rows.distinct(), self.write)
        return f"LEFT JOIN ({text}) AS {accessor} ({', '.join(names)}) ON {accessor}.incident = rows.pk"

    def _totals(self) -> str:
        """Gather all that matches, each incident once."""
        spanning = ["coalesce(sum(spanning), 0) AS spanning"] if self.time else []
        if self.is_once:
            counts = [
                f"sum({each.name}) AS {each.name}" if each.column else f"coalesce(sum({each.name}), 0) AS {each.name}"
                for each in self.gathered
            ]
            return f"SELECT {', '.join((*counts, *spanning))} FROM groups"
        counts = [f"{self._aggregate(each, of_groups=False)} AS {each.name}" for each in self.gathered]
        spanning = [f"count(*) FILTER (WHERE {buckets.is_spanning(self.unit)}) AS spanning"] if self.time else []
        joined = self._behind("claims", is_counted_by=False) if "claims" in self.measures else ""
        return f"SELECT {', '.join((*counts, *spanning))} FROM rows {joined}"

    def _filled(self) -> str:
        """Add the buckets of time that hold nothing, to those that hold something: the sum of both is either."""
        others = [key for key in self.dimensions if key != self.time]
        names = [each.name for each in self.gathered]
        empty = [f"NULL::numeric AS {each.name}" if each.column else f"0 AS {each.name}" for each in self.gathered]
        zeros = ", ".join((*self.dimensions, *empty))
        rows = buckets.filled(self.unit, self.asked.window, self.time, others, zeros)
        keys, sums = ", ".join(self.dimensions), ", ".join(f"sum({name}) AS {name}" for name in names)
        kept = f"SELECT {keys}, {', '.join(names)} FROM kept"
        return f"SELECT {keys}, {sums} FROM ({kept} UNION ALL ({rows})) AS both_kinds GROUP BY {keys}"

    def labels(self, values: Callable[[Any, QuerySet], dict[str, Any]]) -> str:
        """Write a table for each dimension of records: those that are shown, each with ``values`` of its serializer."""
        texts = []
        for key, dimension in self.dimensions.items():
            if dimension.record is None:
                continue
            records = dimension.record.objects.all()
            wanted = Func(template=f"ARRAY(SELECT {key} FROM shown)", output_field=ArrayField(BigIntegerField()))
            columns = {f"{name}_here": each for name, each in values(dimension.field(), records).items()}
            rows = records.order_by().filter(pk__any_of=wanted).annotate(**columns)
            text = compiled(rows.values_list("pk", "slug", *columns), self.write)
            names = ", ".join(("pk", "slug", *(name.removesuffix("_here") for name in columns)))
            texts.append(f", of_{key} ({names}) AS MATERIALIZED ({text})")
        return "".join(texts)

    def named(self) -> str:
        """Write the rows of the answer, joined with the records that they name."""
        joins = [
            f"LEFT JOIN of_{key} ON of_{key}.pk = shown.{key}" for key, each in self.dimensions.items() if each.record
        ]
        return " ".join(("shown", *joins))

    def order(self) -> str:
        """Write the order of the rows, without a tie; null below every value."""
        named = {name.removeprefix("-") for name in self.asked.ordering}
        ordered = (*self.asked.ordering, *(name for name in self.asked.by if name not in named))
        ways = {name: self._ordered_by(name) for name in self.asked.by}
        ways |= {name: self.shown(text, "shown") for name, text in orders_of(self.measures)}
        return ", ".join(
            f"{ways[name.removeprefix('-')]} {'DESC NULLS LAST' if name.startswith('-') else 'ASC NULLS FIRST'}"
            for name in ordered
        )

    def _ordered_by(self, name: str) -> str:
        key = f"key_{self.asked.by.index(name)}"
        return f"of_{key}.slug" if self.dimensions[key].record else f"shown.{key}"

    def shown(self, text: str, here: str) -> str:
        """Write what is shown of a measure, on a row of the answer or on the totals."""
        is_zero = f"{here}.incidents = 0" if here == "shown" and self.asked.is_filled else "false"
        exact = "trim_scale" if here == "shown" and self.is_shared else ""
        return text.format(here=here, is_zero=is_zero, exact=exact)

    def value(self, key: str) -> str:
        """Write what is shown of a dimension that names no record."""
        is_year = self.dimensions[key].unit == "year"
        return f"extract(year FROM shown.{key})::integer" if is_year else f"shown.{key}"

    def document(self) -> str:
        """Write a row of the answer as JSON."""
        members = {
            name: f"of_{key}.document::json" if each.record else self.value(key)
            for (key, each), name in zip(self.dimensions.items(), self.asked.by, strict=True)
        }
        return object_of(members | self._figures("shown"))

    def head(self) -> str:
        """Write what stands beside the rows, as JSON."""
        unknown = " OR ".join(f"{key} IS NULL" for key in self.dimensions)
        left_out = {
            "unknown": "0"
            if self.asked.has_unknown
            else f"(SELECT coalesce(sum(incidents), 0) FROM groups WHERE {unknown})",
            "spanning": "totals.spanning" if self.asked.spans == EXCLUDE else "0",
        }
        members = {
            "totals": object_of(self._figures("totals", is_total=True)),
            "spanning": "totals.spanning" if self.time else "NULL::integer",
            "left_out": object_of(left_out),
            "revision": REVISION,
        }
        return f"(SELECT {object_of(members)} FROM totals)"

    def _figures(self, here: str, *, is_total: bool = False) -> dict[str, str]:
        members: dict[str, str] = {}
        compared: dict[str, dict[str, str]] = {}
        for name in self.measures if is_total else self.asked.told:
            each = self.measures[name].shown
            parts = {} if isinstance(each, str) else {part: self.shown(text, here) for part, text in each.items()}
            lens, _, figure = name.rpartition(".")
            (compared.setdefault(lens, {}) if lens else members)[figure] = (
                self.shown(each, here) if isinstance(each, str) else object_of(parts)
            )
        return members | {lens: object_of(figures) for lens, figures in compared.items()}


def object_of(members: Mapping[str, str]) -> str:
    """Write a JSON object of named expressions, as the records' documents are written."""
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in members.items())
    return f"(SELECT row_to_json(members) FROM (SELECT {columns}) AS members)"


def whole(field: Any, records: QuerySet) -> dict[str, Any]:
    """What a record is shown as within JSON."""
    return {"document": document(field, records)}


@lru_cache(maxsize=reading.SHAPES)
def statement_for(view: type[Any], asked: Question) -> Statement:
    """Compile the statement of a question: the first row is what stands beside the rows of the answer, which follow."""
    slots: list[str] = []
    given = {**dict(asked.constants), **{name: Slot(name) for name in asked.slots}}
    given["compare"] = [dict(lens) for lens in asked.lenses]
    made = Aggregation(view, asked, given, numbered(slots))
    tables = made.tables() + made.labels(whole)
    rows = f"SELECT {made.document()} FROM {made.named()} ORDER BY {made.order()} LIMIT {MOST_ROWS + 1}"
    return Statement(f"{tables} SELECT {made.head()} UNION ALL ({rows})", tuple(slots))
