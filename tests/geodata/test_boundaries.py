import numpy as np
import pytest
import shapely

from geodata.boundaries import (
    counties_at,
    county_at,
    county_polygon,
    county_polygons,
    lake_at,
    lakes,
    province_outline,
    rivers,
)
from geodata.gazetteer import load_gazetteer
from geodata.sources import read_table
from relief.places import Point


def test_there_is_a_polygon_for_each_county_and_no_other() -> None:
    polygons = county_polygons()
    counties = load_gazetteer().counties
    assert polygons.crs.to_epsg() == 4490
    assert list(polygons["code"]) == [county.code for county in counties]
    assert list(polygons["name_zh"]) == [county.name_zh for county in counties]
    assert bool(polygons.geometry.is_valid.all())


def test_every_seat_lies_in_its_own_county() -> None:
    counties = load_gazetteer().counties
    lon_deg = np.array([county.point.lon_deg for county in counties])
    lat_deg = np.array([county.point.lat_deg for county in counties])
    assert counties_at(lon_deg, lat_deg).tolist() == [county.code for county in counties]


def test_every_township_lies_in_its_county() -> None:
    townships = load_gazetteer().townships
    for township in townships:
        polygon = county_polygon(township.parent_code)
        spot = shapely.Point(township.point.lon_deg, township.point.lat_deg)
        assert polygon.distance(spot) < 0.001, township


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg", "code"),
    [
        (114.30367, 30.60246, "420102"),  # the seat of Jiang'an
        (113.0, 28.2, None),  # Changsha
        (125.0, 30.0, None),  # the East China Sea
        (30.6, 114.3, None),  # Wuhan with latitude first
    ],
)
def test_the_county_of_a_point(lon_deg: float, lat_deg: float, code: str | None) -> None:
    assert county_at(Point(lon_deg=lon_deg, lat_deg=lat_deg)) == code


def test_a_point_on_a_boundary_belongs_to_the_smaller_code() -> None:
    # Lichuan (422802) and Enshi (422801) share a boundary; its vertices lie on both polygons.
    shared = shapely.get_coordinates(
        county_polygon("422801").boundary.intersection(county_polygon("422802").boundary)
    )
    lon_deg, lat_deg = shared[len(shared) // 2].tolist()
    assert county_at(Point(lon_deg=lon_deg, lat_deg=lat_deg)) == "422801"


def test_the_outline_is_the_whole_province_and_nothing_else() -> None:
    outline = province_outline()
    parts = county_polygons().geometry.to_numpy()
    assert outline.area == pytest.approx(shapely.area(parts).sum(), rel=1e-9)
    west, south, east, north = outline.bounds
    assert (round(west, 1), round(south, 1)) == (108.4, 29.0)
    assert (round(east, 1), round(north, 1)) == (116.1, 33.3)


def test_areas_of_the_counties_make_up_the_province() -> None:
    # The official area is given as about 185,900 km2.
    area_km2 = sum(float(row["area_km2"]) for row in read_table("counties.csv"))
    assert area_km2 == pytest.approx(185_900, rel=0.001)


def test_waters_have_names_and_lie_in_the_region() -> None:
    assert {"长江", "汉江"} <= set(rivers()["name_zh"])
    assert {"洪湖", "梁子湖", "洞庭湖"} <= set(lakes()["name_zh"])
    for table in (rivers(), lakes()):
        assert bool(table.geometry.is_valid.all())
        assert table.crs.to_epsg() == 4490
        west, south, east, north = table.total_bounds
        assert (west, south, east, north) == pytest.approx((112, 31, 112, 31), abs=6)


def test_a_point_far_out_on_a_lake_is_in_it() -> None:
    lake = lakes().set_index("name_zh").geometry["洪湖"]
    spot = shapely.maximum_inscribed_circle(lake).coords[0]
    assert lake_at(Point(lon_deg=spot[0], lat_deg=spot[1])) == "洪湖 (Honghu)"


def test_a_point_by_the_shore_or_on_land_is_in_no_lake() -> None:
    lake = lakes().set_index("name_zh").geometry["洪湖"]
    on_shore = lake.exterior.coords[0]
    assert lake_at(Point(lon_deg=on_shore[0], lat_deg=on_shore[1])) is None
    for county in load_gazetteer().counties:
        assert lake_at(county.point) is None, county.name_en
