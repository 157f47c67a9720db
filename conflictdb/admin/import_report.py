"""The report of an import, as it is kept with it, laid out for its page."""

from typing import Any

from conflictdb.models import Incident

FIGURES = ("low", "best", "high")
NO_KINDS = {"sums_of_file", "sums_here", "examples"}  # parts of a report that are no counts of a kind of record
# The database keeps a report's parts in an order of its own. What is not named here comes last.
KINDS = ("incidents", "claims", "sources", "actors", "relations", "conflicts")
CHANGES = ("created", "updated", "restored", "superseded", "dated", "retracted", "moved to this release", "unchanged")


def laid_out(counts: dict[str, Any], *, may_see_incidents: bool) -> dict[str, Any]:
    """Lay out a report: numbers as texts, tables as rows, named incidents with their ids where they may be opened.

    Empty where there is none.
    """
    if not counts:
        return {}
    kinds = {kind: part for kind, part in counts.items() if isinstance(part, dict) and kind not in NO_KINDS}
    changes = _ordered({what for part in kinds.values() for what in part}, CHANGES)
    columns = _ordered(set(kinds), KINDS)
    rows, seconds = counts.get("rows", 0), counts.get("seconds", 0)
    sums = [("In the file", counts.get("sums_of_file", {})), ("Here", counts.get("sums_here", {}))]
    return {
        "rows": f"{rows:,}",
        "bad_rows": f"{counts['bad_rows']:,}" if counts.get("bad_rows") else "",
        "seconds": f"{seconds:,.1f}",
        "pace": f"{rows / seconds:,.0f}" if seconds else "",
        "kinds": columns,
        "changes": [
            (what, [f"{kinds[kind][what]:,}" if what in kinds[kind] else "" for kind in columns]) for what in changes
        ],
        "sums": [(place, [f"{part.get(name, 0):,}" for name in FIGURES]) for place, part in sums]
        if any(sums[0][1].values())
        else [],
        "sums_differ": sums[0][1] != sums[1][1],
        "examples": _examples(counts.get("examples", {}), may_see_incidents=may_see_incidents),
        "notes": counts.get("notes", []),
    }


def _ordered(words: set[str], known: tuple[str, ...]) -> list[str]:
    """Put known words first, in their order, and the others behind them."""
    return [*(word for word in known if word in words), *sorted(words - set(known))]


def _examples(
    examples: dict[str, list[str]], *, may_see_incidents: bool
) -> list[tuple[str, list[tuple[str, int | None]]]]:
    """Find the incidents that are named; those of a dry run may not be there."""
    slugs = [slug for named in examples.values() for slug in named]
    there = (
        dict(Incident.objects.filter(slug__in=slugs).values_list("slug", "pk")) if slugs and may_see_incidents else {}
    )
    return [(what, [(slug, there.get(slug)) for slug in examples[what]]) for what in _ordered(set(examples), CHANGES)]
