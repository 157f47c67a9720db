"""What of a record an answer shows: `fields=` leaves out, `expand=` adds; in lists, details and files alike."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from rest_framework import serializers

from api.filters.values import BadValue, ValueType, one_of
from api.serializers.base import cut, fields_below, fields_of
from api.serializers.expansion import expand, expandable
from api.serializers.incident import ONLY_LENSED

MOST_EXPANDED = 8  # paths; each may double a row
LARGEST_EXPANDED_PAGE = 100  # rows
FIELDS = (
    "Only these fields, separated by commas; a dot reaches into nested ones (`slug,dataset.title`). The others are left out "
    "of the answer, those too that its schema requires. Fields that only a full record has need its `expand`."
)
EXPAND = (
    f"Links to show as the full records that they lead to, as these stand in their own lists, separated by commas; {{more}}"
    f"at most {MOST_EXPANDED}. What a full record links to is a summary again, unless it is listed here too. What you may "
    "not see is null as ever."
)
LEFT_OUT = "`{}` adds to each row what lists leave out; "
OF_PAGES = f" With it `page_size` is at most {LARGEST_EXPANDED_PAGE}."


class Shaping(NamedTuple):
    """The serializer that shows a record where nothing is said, and the one of its own page, from which lists may borrow."""

    shown: type[serializers.BaseSerializer]
    whole: type[serializers.BaseSerializer]
    is_detail: bool

    def serializer(
        self, fields: Mapping[str, Any] | None = None, expanded: Iterable[str] = (), *, is_lensed: bool = False
    ) -> Any:
        """Make the serializer of an answer: with the full records named, then cut to a tree of fields.

        What is only known under a lens is shown there whatever the fields.
        """
        shown = self.shown(is_lensed=True) if is_lensed else self.shown()  # type: ignore[call-arg]  # of incidents
        serializer = expand(shown, self.whole(), [*expanded])
        if fields:
            cut(serializer, fields, always=ONLY_LENSED if is_lensed else ())
        return serializer

    def widest(self) -> Any:
        """Make the serializer that shows everything that can be asked for."""
        return self.serializer(expanded=self.paths())

    def paths(self) -> list[str]:
        """List what can be expanded."""
        return [*expandable(self.shown(), self.whole())]

    def parameters(self) -> dict[str, tuple[ValueType, Any, str]]:
        """List what shapes an answer: each parameter's type, its default (None where there is none), what it does."""
        return _parameters(self)

    def faults(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Find what is wrong between values that were each read well, by parameter."""
        fields, expanded = given.get("fields"), given.get("expand", ())
        found = {}
        if expanded and given.get("page_size", 0) > LARGEST_EXPANDED_PAGE:
            found["page_size"] = f"Is at most {LARGEST_EXPANDED_PAGE} with expand."
        if fields and (unused := [path for path in expanded if not _is_within(fields, path)]):
            found["expand"] = f"Is for naught: fields leaves out {', '.join(unused)}."
        if fields and (needed := self._needed(fields, expanded)):
            found["fields"] = f"Needs expand={','.join(needed)}, whose full records alone have such fields."
        return found

    def _needed(self, fields: Mapping[str, Any], expanded: Iterable[str]) -> list[str]:
        """Find what would have to be expanded for the fields of a tree to be there."""
        missing = _missing(self.serializer(expanded=expanded), fields)
        paths = self.paths()
        # the last that holds the field is the nearest to it
        return [*dict.fromkeys([path for path in paths if f"{name}.".startswith(f"{path}.")][-1] for name in missing)]


@cache
def _parameters(shaping: Shaping) -> dict[str, tuple[ValueType, Any, str]]:
    listed: dict[str, tuple[ValueType, Any, str]] = {"fields": (fields_of(shaping.widest), None, FIELDS)}
    if paths := shaping.paths():
        names = one_of(paths).listed()

        def each_once(text: str) -> tuple[str, ...]:
            """Read paths, each once and in one order, so that what means the same is the same."""
            told = names.parse(text)
            if len(told) > MOST_EXPANDED:
                message = f"Holds {len(told)} paths; at most {MOST_EXPANDED} are allowed."
                raise BadValue(message)
            return tuple(sorted(set(told)))

        unique = ValueType(each_once, {**names.schema, "maxItems": MOST_EXPANDED})
        added = [path for path in paths if path not in fields_below(shaping.shown()) and "." not in path]
        more = LEFT_OUT.format("`, `".join(added)) if added else ""
        text = EXPAND.format(more=more) + ("" if shaping.is_detail else OF_PAGES)
        listed["expand"] = (unique, None, text)
    return listed


def _missing(serializer: Any, fields: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """List the fields of a tree, those without others below, that a serializer does not have though a wider one does."""
    there = fields_below(serializer)
    for name, below in fields.items():
        if below:
            yield from _missing(there.get(name), below, f"{path}{name}.")
        elif name not in there:
            yield f"{path}{name}"


def _is_within(fields: Mapping[str, Any], path: str) -> bool:
    """Whether a tree of fields keeps what a path leads to, or something of it."""
    for name in path.split("."):
        if not fields:  # all that is below is kept
            return True
        if name not in fields:
            return False
        fields = fields[name]
    return True
