"""Filters by place: boxes and circles on the globe, and how closely a place is known."""

from math import asin, cos, degrees, pi, radians, sin
from typing import Any

from django.db.models import F, FloatField, Func, Q
from django.db.models.functions import Cos, Power, Radians, Sin
from django.db.models.lookups import LessThanOrEqual

from api.filters import values
from api.filters.base import Filter, modifier
from api.filters.columns import Given
from api.filters.dates import at_least_as_precise
from conflictdb.vocabularies import PlacePrecision

EARTH = 6_371.008_8  # km, the mean radius
FARTHEST = 20_000  # km: nearly half the way round, where everything is near
ROUNDING = 1e-6  # km: a pole and the 180th meridian have many names, which the arithmetic puts a little apart
MARGIN = 1e-9  # degrees by which a circle's box is wider than the arithmetic says: a tenth of a millimetre
HALF, WHOLE = 180.0, 360.0


def _in_box(box: tuple[float, float, float, float], _: Given) -> Q:
    """Points in a box, its edges included."""
    west, south, east, north = box
    return Q(latitude__range=(south, north)) & _between(west, east)


def _between(west: float, east: float) -> Q:
    """Points from one meridian eastwards to another, over the 180th where west lies east of east."""
    if west > east:
        return Q(longitude__gte=west) | Q(longitude__lte=east)
    inside = Q(longitude__range=(west, east))
    for edge in {west, east} & {-HALF, HALF}:  # one meridian with two names
        inside |= Q(longitude=-edge)
    return inside


def _near(point: tuple[float, float], given: Given) -> Q:
    """Points within a great circle's distance: those of a box that an index finds, then exactly."""
    latitude, longitude = point
    angle = min((given["radius_km"] + ROUNDING) / EARTH, pi)
    haversine: Any = Power(Sin(_half_turn("latitude", latitude)), 2) + (
        Cos(Radians(F("latitude"))) * cos(radians(latitude)) * Power(Sin(_half_turn("longitude", longitude)), 2)
    )
    return _around(latitude, longitude, angle) & Q(LessThanOrEqual(haversine, sin(angle / 2) ** 2))


def _half_turn(column: str, degree: float) -> Func:
    """Half the angle between a coordinate and a degree, in radians."""
    return Radians((F(column) - degree) / 2.0, output_field=FloatField())


def _around(latitude: float, longitude: float, angle: float) -> Q:
    """Points in the smallest box round a circle; all meridians where it holds a pole."""
    reach = degrees(angle) + MARGIN
    within = Q(latitude__range=(latitude - reach, latitude + reach))
    if abs(latitude) + reach >= HALF / 2:
        return within
    wide = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude))))) + MARGIN
    if wide >= HALF:
        return within
    return within & _between(_turned(longitude - wide), _turned(longitude + wide))


def _turned(degree: float) -> float:
    """The same meridian between -180 and 180 degrees."""
    return degree if -HALF <= degree <= HALF else (degree + HALF) % WHOLE - HALF


PLACES = {
    "bbox": Filter(
        values.degrees("west", "south", "east", "north"),
        _in_box,
        "West, south, east and north edge of a box, in WGS 84 degrees; the edges belong to it. It crosses the 180th meridian "
        "where west is more than east. What has no coordinates is never in it.",
        shapes=True,
    ),
    "near": Filter(
        values.degrees("latitude", "longitude"),
        _near,
        "Latitude and longitude of a point, in WGS 84 degrees: incidents within `radius_km` of it, which it needs. What has "
        "no coordinates is never near.",
        needs=("radius_km",),
        shapes=True,
    ),
    "radius_km": modifier(
        values.number(0, FARTHEST),
        "Kilometres along a great circle of the mean Earth (6,371.0088 km) from the point `near`, which it needs.",
        needs=("near",),
    ),
    "max_place_precision": at_least_as_precise(
        PlacePrecision,
        "place_precision",
        "The place is known at least this closely, in the order of the vocabulary: `district` takes `exact`, `near` and "
        "`district`. `unknown` never passes.",
    ),
}
