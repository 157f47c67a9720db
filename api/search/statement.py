"""The one statement that a search is: the best hits of each kind, written as JSON by PostgreSQL."""

# ruff: noqa: S608 – as in kinds.py
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from api.filters.claim import ClaimFilterSet
from api.newest import Windows
from api.search.highlights import FRAGMENTS, LONGEST, WHOLE
from api.search.kinds import KINDS, SLOTS, WORDS, Kind, Sought
from api.search.words import name_in
from api.statements import Slot, Statement, numbered, run

SHAPES = 1_000
# One row at least, with the revision of the dataset that the others were read at.
FRAME = """
    SELECT hits.document, hits.kind, (SELECT token::text FROM conflictdb_revision)
    FROM (VALUES (1)) AS one LEFT JOIN ({kinds}) AS hits ON true ORDER BY hits.kind, hits.number
"""
OF_KIND = """
    SELECT {number} AS kind, row_number() OVER () AS number,
           (SELECT row_to_json(members) FROM (SELECT {members}) AS members) AS document
    FROM ({sql}) AS hit
"""


class Hits(NamedTuple):
    """What was found: for each kind its hits as JSON, one more than are shown where there are more; and the revision."""

    of: dict[str, list[bytes]]
    revision: str | None


class Lens(NamedTuple):
    """The parameters that narrow claims: those whose values stand in the text of a statement, and those it has slots for."""

    constants: tuple[tuple[str, Any], ...] = ()
    slots: tuple[str, ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """The parameters, with slots for those whose values do not stand in the text."""
        return {**dict(self.constants), **{name: Slot(name) for name in self.slots}}


NO_LENS = Lens()


def find(  # noqa: PLR0913 – all that a search is asked
    text: str, base: str, kinds: Iterable[Kind], limit: int, lens: Mapping[str, Any], *, is_highlighted: bool
) -> Hits:
    """Look for a text in some kinds of record; under a lens, in those claims alone that it lets through."""
    chosen = tuple(kinds)
    asked = tuple((kind.name, kind.windows(text)) for kind in chosen)
    constants, placed = ClaimFilterSet.parted(lens)
    statement = search_statement(asked, limit, is_highlighted, Lens((*constants.items(),), (*placed,)))
    result = run(statement.filled({"words": text, "name": name_in(text), "base": base, **placed}), {})
    found: dict[str, list[bytes]] = {kind.name: [] for kind in chosen}
    revision = None
    for number, document in enumerate(result.written):
        _, kind, revision = result.row(number)
        if document is not None:
            found[chosen[kind].name].append(document)
    return Hits(found, revision)


@lru_cache(maxsize=SHAPES)
def search_statement(
    asked: tuple[tuple[str, Windows], ...],
    limit: int,
    is_highlighted: bool,  # noqa: FBT001 – a cache's key
    lens: Lens = NO_LENS,
) -> Statement:
    """Compile the search of some kinds, each with the windows in which the newest are looked for."""
    kinds = {kind.name: kind for kind in KINDS}
    slots = [*SLOTS]
    texts = []
    for number, (name, windows) in enumerate(asked):
        sought = Sought(limit + 1, windows, lens.given, numbered(slots))
        texts.append(_of_kind(number, kinds[name], sought, is_highlighted=is_highlighted))
    return Statement(FRAME.format(kinds=" UNION ALL ".join(texts)), tuple(slots))


def _of_kind(number: int, kind: Kind, sought: Sought, *, is_highlighted: bool) -> str:
    snippet = f"conflictdb_marked(left(hit.text, {LONGEST}), {WORDS}, '{FRAGMENTS}')"
    members: dict[str, Any] = {
        "url": f"$3 || '{kind.path}' || hit.address" + ("" if kind.name == "places" else " || '/'"),
        "slug": "hit.slug",
        "title": "hit.title",
        "snippet": f"nullif(conflictdb_unmarked({snippet}), '')",
        "match": "hit.match",
        "rank": "round(hit.rank::numeric, 4)",
    }
    if is_highlighted:
        members["highlights"] = (
            "(SELECT row_to_json(marked) FROM (SELECT "
            f"conflictdb_marked(hit.title, {WORDS}, '{WHOLE}') AS title, nullif({snippet}, '') AS snippet) AS marked)"
        )
    listed = ", ".join(f"{expression} AS {name}" for name, expression in members.items())
    return OF_KIND.format(number=number, members=listed, sql=kind.sql(sought))
