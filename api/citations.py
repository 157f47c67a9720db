"""How a dataset is cited, for reference managers: as CSL-JSON and as BibTeX."""

import re
from typing import Any

from conflictdb.models import Dataset

# What TeX takes for something else; the rest of Unicode is read as it is by biber, and by BibTeX under today's LaTeX.
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts braces, escaped ones too
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
SPECIAL = re.compile("|".join(map(re.escape, TEX)))


def as_csl(dataset: Dataset, address: str) -> list[dict[str, Any]]:
    """Cite a dataset in CSL-JSON: a list of one item. What is not known is left out."""
    day = dataset.released_on
    item = {
        "id": dataset.slug,
        "type": "dataset",
        "title": dataset.title,
        "author": [{"literal": dataset.publisher}],
        "publisher": dataset.publisher,
        "version": dataset.version,
        "issued": day and {"date-parts": [[day.year, day.month, day.day]]},
        "URL": dataset.url or address,
        "note": dataset.citation,
        "custom": {"licence": dataset.licence},
    }
    return [{name: value for name, value in item.items() if value}]


def as_bibtex(dataset: Dataset, address: str) -> str:
    """Cite a dataset in BibTeX: an entry of a kind that every style knows. What is not known is left out."""
    day = dataset.released_on
    edition = f"Version {dataset.version}. " if dataset.version else ""
    members = {
        "title": f"{{{tex(dataset.title)}}}",
        "author": f"{{{tex(dataset.publisher)}}}",  # braced: an organisation has no first name
        "year": str(day.year) if day else "",
        "month": str(day.month) if day else "",
        "url": verbatim(dataset.url or address),
        "note": tex(f"{edition}{dataset.citation} Licence: {dataset.licence}"),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in members.items() if value]
    return f"@misc{{{dataset.slug},\n{''.join(lines)}}}\n"


def tex(text: str) -> str:
    """Write words for TeX, on one line."""
    return SPECIAL.sub(lambda found: TEX[found[0]], " ".join(text.split()))


def verbatim(address: str) -> str:
    """Write an address for a member that is read as it stands; what would end the member is percent-encoded."""
    return re.sub(r"[{}\\\s]", lambda found: f"%{ord(found[0]):02X}", address)
