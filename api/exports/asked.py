"""What an export is about: whose rows, in which order and shape; and what must travel along with them.

Writers know a question as an ``Asked`` and nothing else. Whoever has rows of another kind than records to give subclasses it
(``records.py`` is the example): tells the rows as SQL, once as a table with typed columns and once as JSON documents, and
where they are from. ``answer(asked, name)`` then answers in any format.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from rest_framework.request import Request

from api import caching
from api.documents import BASE
from api.exports.kinds import Column
from conflictdb.models import Dataset

SPDX = "https://spdx.org/licenses/{}.html"
ADDRESS = ":/?#[]@!$&'()*+,;=%"  # what stands in an address as it is


@dataclass(frozen=True)
class Terms:
    """A dataset that some of the rows are from: under which licence they may be used, and how they are to be cited."""

    dataset: str
    title: str
    version: str
    publisher: str
    licence: str
    citation: str
    url: str

    @property
    def licence_url(self) -> str:
        """Where the licence can be read: a dataset names it by its SPDX identifier or by its address; empty if by neither."""
        if re.fullmatch(r"[A-Za-z0-9.+-]+", self.licence):
            return SPDX.format(self.licence)
        return quote(self.licence, safe=ADDRESS) if re.match(r"https?://", self.licence) else ""


@dataclass(frozen=True)
class About:
    """Where a file comes from: the question that it answers, the revision of the dataset that it was read at, its terms."""

    query: str
    revision: str | None
    terms: list[Terms]
    beside: Mapping[str, Any] = field(default_factory=dict)  # what is said of all rows together, which is no row itself

    def as_json(self) -> dict[str, Any]:
        """Give it as the formats write it that have a place for it."""
        datasets = [asdict(terms) for terms in self.terms]
        return {"query": self.query, "revision": self.revision, **self.beside, "datasets": datasets}


class Rows(NamedTuple):
    """The rows of a file as SQL: a query with its values in it, its columns' names, and their order.

    A writer selects from it as from a table ``rows``; ``order`` is what stands behind ORDER BY there.
    """

    query: str
    names: Sequence[str]
    order: str


class Table(NamedTuple):
    """Rows with a column for each value: what each column is, and the rows, in which each has its place."""

    columns: list[Column]
    rows: Rows
    point: tuple[str, str] | None = None  # where in the rows longitude and latitude stand, if they are places on a map


class Asked(ABC):
    """One request for a file."""

    noun: str  # what the file is called by
    given: Mapping[str, Any]  # the parameters, as they were read

    def __init__(self, request: Request) -> None:
        """Take the request, whose parameters were read."""
        self.request = request
        # What has no value until it is asked for: the address of this server, as the links in its answers begin.
        self.slots = {BASE: request.build_absolute_uri("/")[:-1]}

    @abstractmethod
    def table(self) -> Table:
        """Give the rows as a table."""

    @abstractmethod
    def documents(self) -> Rows:
        """Give the rows as JSON, in a column ``document``, each as a page of the list has it."""

    @abstractmethod
    def datasets(self) -> Iterable[Dataset]:
        """The public datasets that the rows are from, in the order of their slugs."""

    def features(self) -> Rows:
        """Give the rows as features of GeoJSON, in a column ``feature``. Asked for where they are places on a map."""
        raise NotImplementedError

    def bounds(self) -> list[float] | None:
        """The smallest box around all rows that have a place: west, south, east, north; None where none has. As above."""
        raise NotImplementedError

    def hashtags(self, names: Sequence[str]) -> list[str]:
        """Give each column's hashtag of HXL; an empty one where the language has none for it."""
        return [""] * len(names)

    def beside(self) -> Mapping[str, Any]:
        """What is said of all rows together."""
        return {}

    @abstractmethod
    def exceeds(self, most: int) -> bool:
        """Whether there are more rows than so many."""

    def verify(self) -> None:  # noqa: B027 – rows may be asked for by values that name nothing
        """Look whether every value names something, where no row matches. Raises ``InvalidParameters``."""

    def about(self) -> About:
        """Read what travels along."""
        return About(
            query=self.request.build_absolute_uri(),
            revision=caching.current(),
            beside=self.beside(),
            terms=[
                Terms(
                    **{
                        name: getattr(dataset, name)
                        for name in ("title", "version", "publisher", "licence", "citation")
                    },
                    dataset=dataset.slug,
                    url=self.slots[BASE] + reverse("api:dataset-detail", args=[dataset.slug]),
                )
                for dataset in self.datasets()
            ],
        )


def datasets_of(rows: QuerySet) -> QuerySet:
    """The public datasets that records are from. Countries are from none."""
    if rows.model is Dataset:
        return rows.order_by("slug")
    paths = getattr(rows.model, "DATASETS", ("dataset",) if hasattr(rows.model, "dataset") else ())
    if not paths:
        return Dataset.objects.none()
    its_own = (Q(Exists(rows.filter(**{path: OuterRef("pk")}))) for path in paths)
    return Dataset.objects.public().filter(Q(*its_own, _connector=Q.OR)).order_by("slug")
