"""Boxes and circles on the globe, held against the same arithmetic done in Python on a grid of points."""

from collections.abc import Callable
from math import acos, asin, cos, radians, sin, sqrt
from typing import Any

import pytest
from django.db import connection

from conflictdb.models import Incident
from tests import make

pytestmark = pytest.mark.django_db
LATITUDES = [-90, -89.9, -60, -12.5, 0, 0.001, 33.3, 60, 89.9, 90]
LONGITUDES = [-180, -179.95, -120, -0.5, 0, 36.3, 90, 179.95, 180]


@pytest.fixture
def globe() -> dict[str, tuple[float, float]]:
    """Store a grid of points, poles and the 180th meridian among them, and an incident of unknown place."""
    make.make_incident(slug="nowhere")
    points = {f"p-{y}-{x}": (lat, lon) for y, lat in enumerate(LATITUDES) for x, lon in enumerate(LONGITUDES)}
    for slug, (latitude, longitude) in points.items():
        make.make_incident(slug=slug, latitude=latitude, longitude=longitude, place_precision="exact")
    return points


def slugs(get: Callable[..., Any], query: str) -> set[str]:
    """Read which incidents a query finds."""
    return {row["slug"] for row in get(f"incidents/?{query}&fields=slug&page_size=1000")["results"]}


def in_box(point: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    """Tell whether a point lies in a box, the 180th meridian having two names."""
    latitude, longitude = point
    west, south, east, north = box
    names = {longitude, -longitude} if abs(longitude) == 180 else {longitude}
    across = [west <= name <= east if west <= east else name >= west or name <= east for name in names]
    return south <= latitude <= north and any(across)


@pytest.mark.parametrize(
    "box",
    [
        (-180, -90, 180, 90), (-1, -13, 37, 34), (0, 0, 0, 0), (36.3, 33.3, 36.3, 33.3), (170, -90, -170, 90),
        (-180, -20, -100, 20), (90, -20, 180, 20), (179.96, -90, -179.99, 90), (37, -90, 36, 90), (-0.5, 89.9, 0, 90),
    ],
)  # fmt: skip
def test_box_holds_its_points(
    get: Callable[..., Any], globe: dict[str, tuple[float, float]], box: tuple[float, float, float, float]
) -> None:
    expected = {slug for slug, point in globe.items() if in_box(point, box)}
    assert slugs(get, f"bbox={','.join(map(str, box))}") == expected


def distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Kilometres along a great circle, by vectors: another formula than the server's."""
    a, b = ([cos(radians(lat)) * cos(radians(lon)), cos(radians(lat)) * sin(radians(lon)), sin(radians(lat))]
            for lat, lon in (here, there))  # fmt: skip
    chord = sqrt(sum((one - other) ** 2 for one, other in zip(a, b, strict=True)))
    angle = 2 * asin(min(1, chord / 2))
    if chord > 1.9:  # where the chord hardly tells
        angle = acos(max(-1, sum(one * other for one, other in zip(a, b, strict=True))))
    return 6_371.0088 * angle


@pytest.mark.parametrize("radius", [0, 0.2, 12, 900, 3_000, 9_000, 15_000, 19_500])
@pytest.mark.parametrize("centre", [(0, 0), (33.3, 36.3), (0, 180), (12, -179.9), (90, 0), (-89.9, 77), (-45, 100.5)])
def test_circle_holds_its_points(
    get: Callable[..., Any], globe: dict[str, tuple[float, float]], centre: tuple[float, float], radius: float
) -> None:
    expected = {slug for slug, point in globe.items() if distance(centre, point) <= radius + 1e-5}
    assert slugs(get, f"near={centre[0]},{centre[1]}&radius_km={radius}") == expected


def test_radius_is_exact(get: Callable[..., Any]) -> None:
    damascus, homs = (33.5138, 36.2765), (34.7324, 36.7137)
    make.make_incident(slug="homs", latitude=homs[0], longitude=homs[1], place_precision="exact")
    apart = distance(damascus, homs)
    near = f"near={damascus[0]},{damascus[1]}&radius_km="
    assert 140 < apart < 142
    assert slugs(get, f"{near}{apart + 0.001}") == {"homs"}
    assert slugs(get, f"{near}{apart - 0.001}") == set()


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("bbox=1,2,3", ["Holds 3 values; 4 are needed: west,south,east,north."]),
        ("bbox=1,2,3,4,5,6", ["Holds 6 values; 4 are needed: west,south,east,north."]),
        (
            "bbox=181,-91,a,",
            [
                'west: "181" is not a number from -180 to 180.',
                'south: "-91" is not a number from -90 to 90.',
                'east: "a" is not a number from -180 to 180.',
                'north: "" is not a number from -90 to 90.',
            ],
        ),
        ("bbox=1,3,2,2.5", ["Holds a south (3) that lies north of its north (2.5)."]),
        ("near=91,0&radius_km=1", ['latitude: "91" is not a number from -90 to 90.']),
        ("near=1&radius_km=1", ["Holds 1 values; 2 are needed: latitude,longitude."]),
        ("near=1,2&radius_km=-1", ['"-1" is not a number from 0 to 20000.']),
        ("near=1,2&radius_km=20001", ['"20001" is not a number from 0 to 20000.']),
    ],
)
def test_place_that_is_none_is_explained(get: Callable[..., Any], query: str, details: list[str]) -> None:
    assert [error["detail"] for error in get(f"incidents/?{query}", 400)["errors"]] == details


def test_region_is_short_for_that_of_the_country(get: Callable[..., Any]) -> None:
    for region in ("africa", "asia"):
        make.make_incident(slug=region, country=make.make_country(region=region), place_precision="country")
    make.make_incident(slug="nowhere")
    assert slugs(get, "region=africa") == slugs(get, "country__region=africa") == {"africa"}
    assert slugs(get, "region__in=africa,asia") == {"africa", "asia"}


def test_claims_by_another_than_the_one_asked_for(get: Callable[..., Any]) -> None:
    one, other, hidden = (make.make_actor(slug=slug) for slug in ("one", "other", "hidden"))
    both, single, gone = (make.make_incident(slug=slug) for slug in ("both", "single", "gone"))
    for incident, claimant in ((both, one), (both, other), (single, one)):
        make.make_claim(incident=incident, claimant=claimant)
    make.make_claim(incident=gone, claimant=other, status="retracted", status_reason="Wrong.")
    make.make_claim(incident=single, claimant=hidden, status="draft")
    assert slugs(get, "claimant=one&has_claims_by=other") == {"both"}
    assert slugs(get, "has_claims_by=one") == {"both", "single"}
    assert slugs(get, "has_claims_by=other") == {"both"}
    assert slugs(get, "has_claims_by=hidden") == set()
    (error,) = get("incidents/?has_claims_by=nobody", 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("has_claims_by", 'There is no actor "nobody".')


def test_updated_since_is_the_window_of_changes(get: Callable[..., Any]) -> None:
    old, new = make.make_incident(slug="old"), make.make_incident(slug="new")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Incident.objects.filter(pk=old.pk).update(updated_at="2020-01-01T00:00:00Z")
        Incident.objects.filter(pk=new.pk).update(updated_at="2021-01-01T00:00:00Z")
        cursor.execute("SET session_replication_role = origin")
    assert slugs(get, "updated_since=2021-01-01T00:00:00Z") == {"new"}
    assert slugs(get, "updated_since=2020-01-01T00:00:00Z") == {"old", "new"}
    for prefix in ("claims", "actors", "sources", "conflicts"):
        assert get(f"{prefix}/?updated_since=9000-01-01T00:00:00Z")["results"] == []
