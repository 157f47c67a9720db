"""What an export is about: whose rows, in which order and shape; and what must travel along with them."""

import re
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from rest_framework.request import Request

from api import caching, reading
from api.documents import BASE
from api.serializers.base import cut
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

    def as_json(self) -> dict[str, Any]:
        """Give it as the formats write it that have a place for it."""
        return {"query": self.query, "revision": self.revision, "datasets": [asdict(terms) for terms in self.terms]}


class Asked:
    """One request for an export."""

    def __init__(self, view: Any, request: Request) -> None:
        """Take the view, which has read the parameters, and the request."""
        self.view = view
        self.request = request
        order = view.given.get("ordering", view.default_order)
        self.column, self.is_descending = order.removeprefix("-"), order.startswith("-")
        # What has no value until it is asked for: the address of this server, as the links in its answers begin.
        self.slots = {BASE: request.build_absolute_uri("/")[:-1]}

    @property
    def records(self) -> QuerySet:
        """The records with the plan that they are read by, which tells what is nested in them."""
        return self.view.queryset.all().for_reading()

    def rows(self) -> QuerySet:
        """The records that match."""
        return reading.matching(type(self.view), self.view.given)

    @cached_property
    def serializer(self) -> Any:
        """What describes a row, cut to the fields asked for."""
        serializer = self.view.serializer_class()
        if fields := self.view.given.get("fields"):
            cut(serializer, fields)
        return serializer

    def about(self) -> About:
        """Read what travels along."""
        return About(
            query=self.request.build_absolute_uri(),
            revision=caching.current(),
            terms=[
                Terms(
                    **{
                        name: getattr(dataset, name)
                        for name in ("title", "version", "publisher", "licence", "citation")
                    },
                    dataset=dataset.slug,
                    url=self.slots[BASE] + reverse("api:dataset-detail", args=[dataset.slug]),
                )
                for dataset in self._datasets()
            ],
        )

    def _datasets(self) -> QuerySet:
        """The datasets that the rows are from. Countries are from none."""
        rows = self.rows()
        if rows.model is Dataset:
            return rows.order_by("slug")
        paths = getattr(rows.model, "DATASETS", ("dataset",) if hasattr(rows.model, "dataset") else ())
        if not paths:
            return Dataset.objects.none()
        its_own = (Q(Exists(rows.filter(**{path: OuterRef("pk")}))) for path in paths)
        return Dataset.objects.public().filter(Q(*its_own, _connector=Q.OR)).order_by("slug")
