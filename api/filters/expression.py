r"""The bracketed expression of ``filter=``: conditions joined by ``and``, ``or``, ``not`` and parentheses, read into a tree.

    either    = all ("or" all)*
    all       = operand ("and" operand)*
    operand   = "not" operand | "(" either ")" | condition
    condition = name "=" value         a name of a single parameter; a value in double quotes where it holds blanks, quotes
                                       or parentheses, with \" and \\ inside

``and`` binds closer than ``or``. The conditions that one ``and`` joins are read as single parameters are: those on
participants (claims, citations) hold for one and the same. What stands in parentheses, or after ``not``, holds by itself.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never, TypeAlias

from django.db.models import BooleanField, ExpressionWrapper, Func, Q

from api.filters.values import BadValue, ValueType, flat, nearest, text

if TYPE_CHECKING:
    from api.filters.base import FilterSet  # which imports this module

FilterSets: TypeAlias = "type[FilterSet]"

LONGEST = 2_000  # characters
DEEPEST = 8  # parentheses and negations within each other
MOST_CONDITIONS = 50
BLANKS = re.compile(r"\s*")
NAME = re.compile(r"\w+", re.ASCII)
QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
BARE = re.compile(r'[^\s()"]+')


@dataclass(frozen=True)
class All:
    """Conditions that hold together, as single parameters do, and further parts that hold besides."""

    given: tuple[tuple[str, Any], ...]
    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Either:
    """At least one of several parts holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """A part does not hold: it is false, or for want of a value neither true nor false."""

    part: "Node"


Node = All | Either | Not


DESCRIPTION = (
    "One expression over the names of the single parameters, with `and`, `or`, `not` and parentheses, such as "
    "`(country=syria or country=iraq) and not kind=protest and killed_best__gte=10` for incidents. `not` binds closest, then "
    "`and`; `not` also finds rows without a value. Conditions that one `and` joins are read as single parameters are: "
    "`actor=x and role=target` is about one participant; in parentheses, `(actor=x) and (actor=y)`, each holds by itself. A "
    "value with blanks, quotes or parentheses stands in double quotes, with a backslash before a quote or backslash inside. "
    f"At most {MOST_CONDITIONS} conditions, nested {DEEPEST} levels deep; a fault is named with the character it begins at."
)


def names(node: Node) -> Iterator[str]:
    """List the names that an expression mentions."""
    if isinstance(node, Not):
        yield from names(node.part)
        return
    if isinstance(node, All):
        yield from (name for name, _ in node.given)
    for part in node.parts:
        yield from names(part)


def weakened(node: Node, says: Callable[[str, Any], bool], is_exact: Callable[[str], bool]) -> Node | None:
    """Leave of an expression what its rows meet at least, where some conditions say nothing, or less; None for any rows.

    ``says`` tells whether a condition says anything, ``is_exact`` whether that of a name says all.
    """
    if isinstance(node, Not):
        return node if all(map(is_exact, names(node))) else None
    parts = [weakened(part, says, is_exact) for part in node.parts]
    if isinstance(node, Either):
        whole = tuple(part for part in parts if part is not None)
        return Either(whole) if len(whole) == len(parts) else None
    left = All(tuple(pair for pair in node.given if says(*pair)), tuple(part for part in parts if part is not None))
    return left if left.given or left.parts else None


def condition(node: Node, table: FilterSets) -> Q:
    """Turn an expression over a table's names into a Q."""
    if isinstance(node, Not):
        if behind := _behind_one(
            node.part, table
        ):  # never null, and the planner knows how to look for what is not there
            return Q(~table.exists(*behind))
        return Q(IsNotTrue(condition(node.part, table)))
    if isinstance(node, All):
        return Q(*table.together(dict(node.given)), *(condition(part, table) for part in node.parts))
    # That there is a row of one sort or a row of another: that there is a row of either, which is looked for once.
    rows: dict[str, Q] = {}
    others = []
    for part in node.parts:
        if behind := _behind_one(part, table):
            accessor, row = behind
            rows[accessor] = rows.get(accessor, Q()) | row
        else:
            others.append(condition(part, table))
    return Q(*others, *(table.exists(*row) for row in rows.items()), _connector=Q.OR)


def _behind_one(node: Node, table: FilterSets) -> tuple[str, Q] | None:
    """The accessor and the condition on a row behind it, where that is all that a part of an expression is about."""
    if not isinstance(node, All) or node.parts:
        return None
    own, behind = table.sides(dict(node.given))
    return next(iter(behind.items())) if not own and len(behind) == 1 else None


class IsNotTrue(Func):
    """Whether a condition is false or null: with the condition itself, it divides all rows into two."""

    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BooleanField()

    def __init__(self, negated: Q) -> None:
        """Take the condition."""
        super().__init__(ExpressionWrapper(negated, output_field=BooleanField()))


def expression_of(table: FilterSets, reserved: Sequence[str] = ()) -> ValueType:
    """The type of expressions over a table's names but the ``reserved`` ones."""

    def parse(written: str) -> Node:
        if len(written) > LONGEST:
            message = f"Longer than {LONGEST:,} characters."
            raise BadValue(message)
        return Reader(written, table, reserved).read()

    return ValueType(parse, text(LONGEST).schema)


class Reader:
    """Reads one expression from its first character to its last, or raises `BadValue` with the place where it went wrong."""

    def __init__(self, text: str, table: FilterSets, reserved: Sequence[str]) -> None:
        """Begin at the first character."""
        self.text, self.table = text, table
        self.known = {name: each.type for name, each in table.filters.items() if name not in reserved}
        self.place, self.conditions = 0, 0

    def read(self) -> Node:
        """Read all of it."""
        node = self._either(0)
        if self.place < len(self.text):
            closed = self.text[self.place] == ")"
            self._refuse(self.place, 'this ")" closes nothing.' if closed else 'expected "and", "or" or the end.')
        return node

    def _either(self, depth: int) -> Node:
        """Read what ``or`` joins."""
        parts = [self._all(depth)]
        while self._word("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self, depth: int) -> Node:
        """Read what ``and`` joins."""
        group = Group()
        self._operand(group, depth)
        while self._word("and"):
            self._operand(group, depth)
        return self._closed(group)

    def _operand(self, group: "Group", depth: int) -> None:
        """Read one operand into a group."""
        begin = self._skip()
        deeper = self._taken("(") or (self._word("not") and "not")
        if deeper and depth == DEEPEST:
            self._refuse(begin, f"nested deeper than {DEEPEST} levels.")
        if deeper == "not":
            inner = Group()
            self._operand(inner, depth + 1)
            group.parts.append(Not(self._closed(inner)))
        elif deeper:
            group.parts.append(self._either(depth + 1))
            if not self._taken(")"):
                self._refuse(self.place, f'expected "and", "or" or the ")" for the "(" at {begin + 1}.')
        else:
            self._condition(group)

    def _condition(self, group: "Group") -> None:
        """Read a name, an equals sign and a value into a group."""
        begin = self._skip()
        if not (found := NAME.match(self.text, begin)):
            self._refuse(begin, 'expected a condition (name=value), "not" or "(".')
        name = found[0]
        if name not in self.known:
            self._refuse(begin, f'there is no filter "{name[:40]}" here.', nearest(name, self.known))
        if name in group.given:
            self._refuse(
                begin, f'{name} stands twice beside the same "and"; put one in parentheses to have it hold by itself.'
            )
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            self._refuse(begin, f"more than {MOST_CONDITIONS} conditions.")
        self.place = found.end()
        if not self._taken("="):
            hint = (
                " Bounds are written name__gte=1, name__lte=1."
                if self.text[self.place : self.place + 1] in "<>!"
                else ""
            )
            self._refuse(self.place, f'expected "=" after {name}.{hint}')
        group.places[name] = begin
        group.given[name] = self._value(name)

    def _value(self, name: str) -> Any:
        """Read the value of a condition as its type says."""
        begin = self._skip()
        if self.text[begin : begin + 1] == '"':
            found = QUOTED.match(self.text, begin)
            if not found:
                self._refuse(
                    begin, "this quote is not closed, or holds a backslash that escapes neither a quote nor itself."
                )
            written = re.sub(r"\\(.)", r"\1", found[1])
        else:
            found = BARE.match(self.text, begin)
            if not found:
                self._refuse(begin, f"expected a value for {name}.")
            written = found[0]
        self.place = found.end()
        try:
            value = self.known[name].parse(written)
            if verify := self.known[name].verify:  # now: beside an "or" a value that names nothing would go unnoticed
                verify(value)
        except* BadValue as faults:
            raise faults.derive([_placed(begin, f"{name}: {fault}", fault.nearest) for fault in flat(faults)]) from None
        return tuple(value) if isinstance(value, list) else value

    def _closed(self, group: "Group") -> Node:
        """End a group, once its conditions agree."""
        for name, fault in self.table.faults(group.given).items():
            self._refuse(group.places[name], f"{name}: {fault}")
        if not group.given and len(group.parts) == 1:
            return group.parts[0]
        return All(tuple(group.given.items()), tuple(group.parts))

    def _skip(self) -> int:
        """Go to the next character that is no blank."""
        found = BLANKS.match(self.text, self.place)
        self.place = found.end() if found else self.place
        return self.place

    def _taken(self, sign: str) -> str:
        """Go past a sign where it comes next."""
        if not self.text.startswith(sign, self._skip()):
            return ""
        self.place += len(sign)
        return sign

    def _word(self, word: str) -> bool:
        """Go past a joining word, in any case, where it comes next."""
        found = NAME.match(self.text, self._skip())
        if not found or found[0].lower() != word:
            return False
        self.place = found.end()
        return True

    @staticmethod
    def _refuse(place: int, what: str, near: list[str] | None = None) -> Never:
        raise _placed(place, what, near)


class Group:
    """Conditions and parts that one ``and`` joins, while they are read."""

    def __init__(self) -> None:
        """Begin with none."""
        self.given: dict[str, Any] = {}
        self.places: dict[str, int] = {}
        self.parts: list[Node] = []


def _placed(place: int, what: str, near: list[str] | None = None) -> BadValue:
    """Say what is wrong at a character, counted from 1."""
    return BadValue(f"At character {place + 1}: {what}", near)
