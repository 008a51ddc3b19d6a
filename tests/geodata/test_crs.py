import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.crs import (
    cgcs2000_to_gcj02,
    declared_datum,
    declared_points,
    from_plane,
    gauss_kruger_zone,
    gcj02_to_cgcs2000,
    geodesic_km,
    great_circles_km,
    on_unit_sphere,
    to_plane,
)
from relief.errors import InvalidInput
from relief.places import Point
from relief.supply.declaration import Datum

hubei_points = st.builds(Point, lon_deg=st.floats(108.3, 116.2), lat_deg=st.floats(29.0, 33.3))


# Shifts computed with an independent program from the published constants (see the geodesic
# lengths in the project's facts): 586, 548, 555 and 569 m.
@pytest.mark.parametrize(
    ("lon_deg", "lat_deg", "shift_m"),
    [
        (114.3, 30.6, 586),
        (109.49, 30.27, 548),
        (110.8, 32.63, 555),
        (114.87, 30.45, 569),
    ],
    ids=["Wuhan", "Enshi", "Shiyan", "Huanggang"],
)
def test_gcj02_lies_as_far_off_as_is_known(lon_deg: float, lat_deg: float, shift_m: float) -> None:
    point = Point(lon_deg=lon_deg, lat_deg=lat_deg)
    assert geodesic_km(point, cgcs2000_to_gcj02(point)) * 1000 == pytest.approx(shift_m, abs=1)


@given(hubei_points)
def test_gcj02_and_back_is_the_same_point(point: Point) -> None:
    there_and_back = gcj02_to_cgcs2000(cgcs2000_to_gcj02(point))
    assert geodesic_km(point, there_and_back) < 1e-6


@given(hubei_points)
def test_the_shift_in_hubei_is_never_small(point: Point) -> None:
    assert 0.45 < geodesic_km(point, cgcs2000_to_gcj02(point)) < 0.75


def test_gcj02_leaves_points_outside_its_box_alone() -> None:
    paris = Point(lon_deg=2.35, lat_deg=48.85)
    assert cgcs2000_to_gcj02(paris) == paris


def test_points_are_converted_only_where_declared() -> None:
    wuhan = Point(lon_deg=114.3, lat_deg=30.6)
    assert declared_points([wuhan], Datum.CGCS2000) == (wuhan,)
    assert declared_points([wuhan], Datum.WGS84) == (wuhan,)
    (converted,) = declared_points([wuhan], Datum.GCJ02)
    assert converted == gcj02_to_cgcs2000(wuhan)
    assert geodesic_km(wuhan, converted) > 0.5


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("CGCS2000", Datum.CGCS2000),
        ("EPSG:4490", Datum.CGCS2000),
        ("wgs 84", Datum.WGS84),
        ("GCJ-02", Datum.GCJ02),
        ("gcj02", Datum.GCJ02),
    ],
)
def test_a_declared_datum_is_understood(text: str, datum: Datum) -> None:
    assert declared_datum(text, where="x") is datum


@pytest.mark.parametrize("text", [None, "", "BD-09", "EPSG:3857"])
def test_an_undeclared_or_unknown_datum_is_refused(text: str | None) -> None:
    with pytest.raises(InvalidInput, match=r"depots\.csv: datum.*not declared or not known.*GCJ"):
        declared_datum(text, where="depots.csv")


# One degree of a meridian circle at 30 N on the ellipsoid: 110.852 km at 30.0 to 31.0 (standard
# table of meridian arcs: M(31) - M(30) = 3431.035 - 3320.113 = 110.86 km within 0.02).
def test_geodesic_length_of_a_degree() -> None:
    one, other = Point(lon_deg=114.0, lat_deg=30.0), Point(lon_deg=114.0, lat_deg=31.0)
    assert geodesic_km(one, other) == pytest.approx(110.86, abs=0.02)
    assert geodesic_km(one, one) == 0.0


@given(hubei_points, hubei_points)
def test_great_circles_are_near_geodesics(one: Point, other: Point) -> None:
    lon_deg, lat_deg = np.array([one.lon_deg]), np.array([one.lat_deg])
    (sphere_km,) = great_circles_km(lon_deg, lat_deg, other)
    assert sphere_km == pytest.approx(geodesic_km(one, other), rel=0.006, abs=1e-6)
    assert math.isclose(float((on_unit_sphere(lon_deg, lat_deg) ** 2).sum()), 1.0)


@pytest.mark.parametrize(
    ("lon_deg", "zone"),
    [(108.4, 4545), (109.5, 4546), (112.4999, 4546), (112.5, 4547), (114.3, 4547), (116.1, 4548)],
)
def test_the_zone_is_chosen_by_longitude(lon_deg: float, zone: int) -> None:
    assert gauss_kruger_zone(Point(lon_deg=lon_deg, lat_deg=30.6)) == zone


@pytest.mark.parametrize("lon_deg", [106.4, 118.5, 30.6])
def test_a_point_beyond_the_zones_is_refused(lon_deg: float) -> None:
    with pytest.raises(InvalidInput, match=r"outside the Gauss-Kruger zones.*106\.5 to 118\.5"):
        gauss_kruger_zone(Point(lon_deg=lon_deg, lat_deg=30.6))


def test_plane_coordinates_have_longitude_first() -> None:
    # On the central meridian 114 E the easting is the false easting, and the northing is the
    # meridian arc from the equator to 30 N, 3,320,113 m.
    east_m, north_m = to_plane(Point(lon_deg=114.0, lat_deg=30.0), 4547)
    assert east_m == pytest.approx(500_000, abs=0.01)
    assert north_m == pytest.approx(3_320_113, abs=1)


@given(hubei_points)
def test_the_plane_and_back_is_the_same_point(point: Point) -> None:
    zone = gauss_kruger_zone(point)
    assert geodesic_km(from_plane(*to_plane(point, zone), zone), point) < 1e-6
