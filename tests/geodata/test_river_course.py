"""Where the Yangtze flows between its banks, and that nobody drives over it to reach a road."""

import pytest
import shapely

from geodata.access import find_accesses
from geodata.gazetteer import load_gazetteer
from geodata.river_course import YANGTZE, find_river, river_names_like, yangtze_course
from geodata.roads import load_roads
from geodata.rules import load_rules
from geodata.sources import read_table
from relief.places import Place
from relief.plan.travel import Location

FAR_RIGHT = (113.0, 26.0)
"""A point in Hunan, on the right side of the river."""


def crossings_to(lon_deg: float, lat_deg: float, end: tuple[float, float]) -> int:
    """Return how often a straight line crosses the course: an odd number changes banks."""
    line = shapely.LineString([(lon_deg, lat_deg), end])
    return int(shapely.get_num_geometries(shapely.intersection(yangtze_course(), line))) * int(
        shapely.intersects(yangtze_course(), line)
    )


def test_every_seat_near_the_river_lies_on_its_bank() -> None:
    banks = {row["county_code"]: row["bank"] for row in read_table("river_banks.csv")}
    assert len(banks) == 34
    for code, bank in banks.items():
        seat = load_gazetteer().place(code).point
        crossed = crossings_to(seat.lon_deg, seat.lat_deg, FAR_RIGHT)
        assert crossed % 2 == (bank == "left"), code


def test_all_seats_near_the_line_are_known() -> None:
    river = find_river("长江")
    assert river is not None
    assert river.name_en == YANGTZE
    near = {
        county.code
        for county in load_gazetteer().counties
        if shapely.distance(shapely.Point(county.point.lon_deg, county.point.lat_deg), river.whole)
        < 15 / 111.2
    }
    assert near == {row["county_code"] for row in read_table("river_banks.csv")}


def test_the_course_runs_through_the_whole_network() -> None:
    west, _, east, _ = yangtze_course().bounds
    assert (west, east) == (105.0, 120.0)
    # Far west, in the middle and far east, north and south are apart.
    for lon_deg in (105.01, 110.0, 114.5, 119.99):
        assert crossings_to(lon_deg, 36.0, (lon_deg, 25.0)) % 2 == 1


@pytest.mark.parametrize(("code", "junction"), [("420113", 416937), ("421102", 471092)])
def test_the_way_to_the_road_stays_on_the_bank(code: str, junction: int) -> None:
    # The nearest junctions of Hannan (3.6 km) and Huangzhou (3.3 km) lie beyond the river.
    roads = load_roads()
    place = load_gazetteer().place(code)
    (access,) = find_accesses([location_of(place)], roads, load_rules())
    assert access is not None
    assert roads.snap(place.point).row != access.row
    assert int(roads.layout.node_ids[access.row]) == junction


def test_rivers_are_found_by_either_name() -> None:
    for text in ("汉江", "Han", "han river"):
        river = find_river(text)
        assert river is not None
        assert river.name_en == "Han"
    assert find_river("Amazon") is None
    assert "Yangtze" in river_names_like("Yangtse")


def location_of(place: Place) -> Location:
    return Location(
        code=place.code, name_zh=place.name_zh, name_en=place.name_en, point=place.point
    )
