"""The formats that lists come in: their names, media types and writers, and how one of them is chosen."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches

from api.errors import InvalidParameters, ParameterError
from api.exports import delimited, geojson, handed, lines
from api.exports.asked import About, Asked
from api.filters.values import FLAG, ValueType, one_of
from api.ranking import RELEVANCE

JSON = "json"
HXL = "`true` for a second header of HXL hashtags; with `csv` only."
WEIGHT = re.compile(r";\s*q=([01](?:\.\d{0,3})?)\s*$")
# Parameters that a whole file has no use for: it has no pages, and its rows can be counted.
OF_PAGES = ("page_size", "cursor", "count", "highlight")


@dataclass(frozen=True)
class Format:
    """A format other than JSON's pages; ``torn`` ends a file that broke off so that no reader takes it for whole."""

    name: str
    media_type: str
    description: str
    write: Callable[[Asked, About], Iterator[bytes]]
    torn: bytes = b""
    parameters: str = ""  # of the media type
    needs_place: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})

    @property
    def content_type(self) -> str:
        """What the header says."""
        return self.media_type + self.parameters


BYTES = {"type": "string", "format": "binary"}


FORMATS = {
    each.name: each
    for each in (
        Format(
            "csv",
            "text/csv",
            "A header and a line a row, in UTF-8. Nested fields are columns named by their path (`country.slug`); what is "
            'nested any number of times is one column of JSON. Null is empty, an empty text is `""`.',
            delimited.write,
            torn=b'"The file breaks off here: the server failed. Ask again.\n',  # no reader finds the end of this quote
            parameters="; charset=utf-8; header=present",
        ),
        Format(
            "ndjson",
            "application/x-ndjson",
            "A line a row, each as in a page's `results`.",
            lines.write,
            torn=b'{"error": "The file breaks off here: the server failed. Ask again."\n',  # no object ends so
        ),
        Format(
            "geojson",
            "application/geo+json",
            geojson.SCHEMA["description"],
            geojson.write,
            schema=geojson.SCHEMA,
            needs_place=True,
        ),
        Format(
            "parquet",
            "application/vnd.apache.parquet",
            "Typed columns under the names that CSV has: days, instants, numbers, and lists as lists. Query, revision, "
            "licences and citations are in the metadata under `conflictdb`. Incidents have a point in `geometry` "
            "(GeoParquet 1.1).",
            handed.parquet,
            schema=BYTES,
        ),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "A sheet of typed cells under the names that CSV has, and a sheet with query, revision, licences and citations. "
            "No text is ever a formula. Lists are text of JSON, as in CSV. More than 1,048,575 rows are refused.",
            handed.xlsx,
            schema=BYTES,
        ),
    )
}


def formats_of(view: Any) -> list[Format]:
    """The formats that a view's lists come in, besides JSON."""
    return [each for each in FORMATS.values() if view.place or not each.needs_place]


def renderers_of(view: Any) -> list[BaseRenderer]:
    """Stand for the formats in the choice of a media type; what is chosen is written by ``answer``."""
    return [_renderer(each.name, each.media_type)() for each in formats_of(view)]


@cache
def _renderer(name: str, media_type: str) -> type[BaseRenderer]:
    return type("ExportRenderer", (BaseRenderer,), {"media_type": media_type, "format": name})


class FormatNegotiation(DefaultContentNegotiation):
    """Chooses by ``format=``, else by what the reader accepts, and how much he likes it: DRF does not read the weights."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Give the renderer and its media type. A format that is not there is left to the gate for parameters."""
        asked = format_suffix or request.query_params.get("format")
        if not asked and request.META.get("HTTP_ACCEPT", "*/*") == "*/*":  # as most do who are no browsers
            first = next(iter(renderers))
            return first, str(first.media_type)
        for renderer in renderers:
            if renderer.format == asked:
                return renderer, str(renderer.media_type)
        for accepted in sorted(self.get_accept_list(request), key=_liking, reverse=True):
            for renderer in renderers:
                if _liking(accepted)[0] and media_type_matches(renderer.media_type, accepted):
                    return renderer, str(renderer.media_type)
        raise NotAcceptable(available_renderers=[*renderers])


def _liking(accepted: str) -> tuple[float, int]:
    """Weigh a media type of the header ``Accept``: what is liked as much is the better the more exact it is."""
    weight = WEIGHT.search(accepted)
    return (float(weight[1]) if weight else 1.0), -accepted.count("*")


def parameters(view: type[Any]) -> dict[str, tuple[ValueType, Any, str]]:
    """List what chooses and shapes a file: each parameter's type, its default (None where there is none), what it does."""
    return {
        "format": (
            one_of([JSON, *(each.name for each in formats_of(view))]),
            None,
            (
                "Format of the answer; where not given, what the header `Accept` prefers, else `json`. Other formats than "
                "`json` hold every row that matches, in one file without pages: "
                f"{', '.join(OF_PAGES)} are refused with them."
            ),
        ),
        "hxl": (
            FLAG,
            None,
            HXL,
        ),
    }


def check(given: Mapping[str, Any], name: str) -> None:
    """Refuse parameters that the chosen format has no use for. Raises ``InvalidParameters``."""
    unfit = [each for each in OF_PAGES if each in given and name != JSON]
    errors = [ParameterError(each, f"Is for pages; {name} holds every row that matches.") for each in unfit]
    if given.get("ordering") == RELEVANCE and name != JSON:
        errors.append(ParameterError("ordering", f"{RELEVANCE} is for pages; {name} holds every row that matches."))
    if given.get("hxl") and name != "csv":
        errors.append(ParameterError("hxl", f"Is for csv; the answer would be {name}."))
    if errors:
        raise InvalidParameters(errors)
