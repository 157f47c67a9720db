"""The parameters of items beside the filters: each one's type, its default (None where there is none), what it does."""

from functools import cache
from typing import Any

from api import paging
from api.filters.feature import FeatureFilterSet
from api.filters.values import BadValue, ValueType, one_of
from api.ogc.links import CRS84
from api.serializers.base import fields_of
from api.serializers.incident import IncidentSerializer
from api.views.base import lens_parameters

Described = tuple[ValueType, Any, str]
MOST_DIGITS = 9


def _limit(text: str) -> int:
    """Read how many features a page may hold; the standard wants more than the maximum to mean the maximum."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text)):
        message = f'"{text}" is not a whole number from 1 up.'
        raise BadValue(message)
    return min(int(text), paging.LARGEST_PAGE)


@cache
def of_items(view: type[Any]) -> dict[str, Described]:
    """What a request for items may say beside its filters."""
    ours = paging.parameters(view)  # type: ignore[arg-type]  # a class is hashable
    return {
        "limit": (
            ValueType(_limit, {"type": "integer", "minimum": 1, "maximum": paging.LARGEST_PAGE}),
            paging.DEFAULT_PAGE,
            f"Features in a page, at most; more than {paging.LARGEST_PAGE:,} means that many.",
        ),
        "cursor": (ours["cursor"][0], None, "Where the page begins: taken from the link `next`, never made up."),
        "ordering": ours["ordering"],
        "resultType": (
            one_of(["results", "hits"]),
            "results",
            "`hits` for no features, but the number of all that match (`numberMatched`), which is as dear as reading them.",
        ),
        **of_item(),
    }


@cache
def of_item() -> dict[str, Described]:
    """What a request for one feature may say."""
    return {
        "fields": (
            fields_of(IncidentSerializer),
            None,
            "Only these properties, separated by commas; a dot reaches into nested ones (`title,country.name`).",
        ),
        "crs": (
            one_of([CRS84]),
            CRS84,
            "Reference system of the coordinates: longitude and latitude in WGS 84 degrees.",
        ),
        "bbox-crs": (one_of([CRS84]), CRS84, "Reference system of `bbox`: the same."),
    }


@cache
def types(view: type[Any], *, is_detail: bool) -> dict[str, ValueType]:
    """Every parameter that a view of features takes, with its type."""
    if is_detail:
        lens = {name: FeatureFilterSet.filters[name].type for name in lens_parameters(view)}
        return lens | {name: each for name, (each, _, _) in of_item().items() if name != "bbox-crs"}
    filters = {name: each.type for name, each in FeatureFilterSet.filters.items()}
    return filters | {name: each for name, (each, _, _) in of_items(view).items()}  # type: ignore[arg-type]  # a class is hashable
