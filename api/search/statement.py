"""The one statement that a search is: the best hits of each kind, written as JSON by PostgreSQL."""

# ruff: noqa: S608 – as in kinds.py
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from api.newest import Windows
from api.search.highlights import FRAGMENTS, LONGEST, WHOLE
from api.search.kinds import KINDS, SLOTS, WORDS, Kind
from api.search.words import name_in
from api.statements import Statement, run

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


def find(text: str, base: str, kinds: Iterable[Kind], limit: int, *, is_highlighted: bool) -> Hits:
    """Look for a text in some kinds of record."""
    chosen = tuple(kinds)
    statement = search_statement(tuple((kind.name, kind.windows(text)) for kind in chosen), limit, is_highlighted)
    result = run(statement.filled({"words": text, "name": name_in(text), "base": base}), {})
    found: dict[str, list[bytes]] = {kind.name: [] for kind in chosen}
    revision = None
    for number, document in enumerate(result.written):
        _, kind, revision = result.row(number)
        if document is not None:
            found[chosen[kind].name].append(document)
    return Hits(found, revision)


@lru_cache(maxsize=SHAPES)
def search_statement(asked: tuple[tuple[str, Windows], ...], limit: int, is_highlighted: bool) -> Statement:  # noqa: FBT001 – a cache's key
    """Compile the search of some kinds, each with the windows in which the newest are looked for."""
    kinds = {kind.name: kind for kind in KINDS}
    texts = [
        _of_kind(number, kinds[name], windows, limit, is_highlighted) for number, (name, windows) in enumerate(asked)
    ]
    return Statement(FRAME.format(kinds=" UNION ALL ".join(texts)), tuple(SLOTS))


def _of_kind(number: int, kind: Kind, chosen: Windows, limit: int, is_highlighted: bool) -> str:  # noqa: FBT001 – passed on
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
    return OF_KIND.format(number=number, members=listed, sql=kind.sql(limit + 1, chosen))
