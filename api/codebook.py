"""The closed lists as files: a row a term. They are no rows of the database, which is handed them as values."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rest_framework.request import Request

from api.exports.asked import About, Asked, Rows, Table
from api.exports.kinds import Column, Kind, Part
from api.statements import literal
from conflictdb import vocabularies
from conflictdb.models import Dataset
from conflictdb.vocabularies import Term, Vocabulary

# Other codebooks that terms have counterparts in; each is a column.
SYSTEMS = [*dict.fromkeys(name for each in vocabularies.ALL for member in each for name in member.term.crosswalk)]
TEXTS = ("vocabulary", "code", "label", "definition")


class Codebook(Asked):
    """One request for a file of terms."""

    def __init__(self, request: Request, noun: str, shown: Sequence[type[Vocabulary]]) -> None:
        """Take the vocabularies that are shown."""
        super().__init__(request)
        self.noun, self.given = noun, {}
        self.terms = [(each.slug(), member.term) for each in shown for member in each]

    def table(self) -> Table:
        """Give the terms as a table, with a column for each codebook that they have counterparts in."""
        counterparts = (Part("", Kind.TEXT),)
        columns = [
            *(Column(name, Kind.TEXT, f"rows.{name}") for name in TEXTS),
            *(Column(f"crosswalk.{name}", Kind.LIST, f"rows.{name}", counterparts) for name in SYSTEMS),
        ]
        return Table(columns, _rows([*TEXTS, *SYSTEMS], [_cells(*each) for each in self.terms]))

    def documents(self) -> Rows:
        """Give the terms as JSON: as within their vocabulary, behind its name."""
        return _rows(["document"], [[_document(*each)] for each in self.terms])

    def datasets(self) -> Iterable[Dataset]:
        """None: terms are the program's own."""
        return Dataset.objects.none()

    def exceeds(self, most: int) -> bool:
        """Whether there are more terms than so many."""
        return len(self.terms) > most

    def about(self) -> About:
        """Name no revision: terms change with the program, and never with the dataset."""
        return replace(super().about(), revision=None)


def _cells(vocabulary: str, term: Term) -> list[Any]:
    found = [term.crosswalk.get(system) for system in SYSTEMS]
    counterparts = [None if each is None else json.dumps(each, ensure_ascii=False) for each in found]
    return [vocabulary, term.code, term.label, term.definition, *counterparts]


def _document(vocabulary: str, term: Term) -> str:
    members = {name: getattr(term, name) for name in ("code", "label", "definition", "crosswalk")}
    return json.dumps({"vocabulary": vocabulary, **members}, ensure_ascii=False)


def _rows(names: list[str], rows: list[list[Any]]) -> Rows:
    """Write rows as values, in their order."""
    values = ", ".join(f"({', '.join(map(literal, row))}, {place})" for place, row in enumerate(rows))
    return Rows(f"VALUES {values}", [*names, "place"], "rows.place")
