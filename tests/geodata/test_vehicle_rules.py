from pathlib import Path

import numpy as np
import pytest

from geodata.layout import stretch_rows
from geodata.osm import import_extract
from geodata.road_details import ROAD_CLASSES, RoadDetails
from geodata.roads import RoadNetwork, build_network
from geodata.rules import SPEED_CLASSES
from geodata.travel import RoadTravel
from geodata.vehicle_rules import load_vehicle_rules, roads_for
from relief.places import Point
from relief.plan.travel import Location
from tests.geodata.osm_files import POINTS, TOWN, Ways, write_osm


def town(tmp_path: Path, ways: Ways = TOWN) -> tuple[RoadNetwork, RoadDetails]:
    roads = import_extract(write_osm(tmp_path, ways), anywhere=True)
    return build_network(name="town", layout=roads.layout), roads.details


def row(roads: RoadNetwork, one: int, other: int) -> int:
    (found,) = stretch_rows(roads.layout, [(one, other)])[0].tolist()
    return int(found)


def at(point: int) -> Location:
    lon_deg, lat_deg = POINTS[point]
    place = Point(lon_deg=lon_deg, lat_deg=lat_deg)
    return Location(code=str(point), name_zh="", name_en="", point=place)


def test_the_shipped_rules_are_whole_and_ordered() -> None:
    rules = load_vehicle_rules()
    assert tuple(rules.trucks) == SPEED_CLASSES
    for lighter, heavier in (("light", "medium"), ("medium", "heavy")):
        one, other = rules.trucks[lighter], rules.trucks[heavier]
        assert one.gross_weight_kg < other.gross_weight_kg
        assert one.mountain_factor > other.mountain_factor
        assert len(one.km_h) == len(ROAD_CLASSES)
        assert all(fast >= slow for fast, slow in zip(one.km_h, other.km_h, strict=True))
    # No goods vehicle may drive faster than 100 km/h.
    assert max(rules.trucks["light"].km_h) <= 100
    assert all(truck.source for truck in rules.trucks.values())


@pytest.mark.parametrize(
    ("key", "limit", "passing"),
    [
        # Gross weights are 4.495, 25 and 49 t: a limit that is just kept lets pass.
        ("maxweight", "4.4", ""),
        ("maxweight", "4.495", "light"),
        ("maxweight", "24.9", "light"),
        ("maxweight", "25", "light medium"),
        ("maxweight", "49", "light medium heavy"),
        ("maxheight", "3.1", ""),
        ("maxheight", "3.9", "light"),
        ("maxheight", "4", "light medium heavy"),
        ("maxwidth", "2.2", ""),
        ("maxwidth", "2.5", "light"),
        ("maxwidth", "2.55", "light medium heavy"),
        ("hgv", "no", ""),
        ("hgv", "destination", "light medium heavy"),
    ],
)
def test_limits_hold_for_the_largest_truck(
    tmp_path: Path, key: str, limit: str, passing: str
) -> None:
    limited = {12: ((3, 4), {"highway": "primary", key: limit})}
    roads, details = town(tmp_path, {**TOWN, **limited})
    bridge = row(roads, 3, 4)
    may = {
        name: bool(load_vehicle_rules().may_use(name, details)[bridge]) for name in SPEED_CLASSES
    }
    assert [name for name, passes in may.items() if passes] == passing.split()


def test_speeds_by_class_of_road_and_posted_limit(tmp_path: Path) -> None:
    roads, details = town(tmp_path)
    # It lies at 114 E, outside the mountains. 1-2 is primary, 60 km/h, but posted 36: 10 m/s.
    seconds = load_vehicle_rules().drive_s("light", roads.layout, details)
    posted = row(roads, 1, 2)
    assert seconds[posted] == np.ceil(details.length_m[posted] / 10)
    # 2-5 is residential: 25 km/h for light, 16 km/h for heavy trucks.
    street = row(roads, 2, 5)
    assert seconds[street] == np.ceil(details.length_m[street] / (25 / 3.6))
    heavy = load_vehicle_rules().drive_s("heavy", roads.layout, details)
    assert heavy[street] == np.ceil(details.length_m[street] / (16 / 3.6))


def test_mountains_slow_trucks_down(tmp_path: Path) -> None:
    flat, details = town(tmp_path)
    moved = tmp_path / "west.osm"
    text = (tmp_path / "town.osm").read_text(encoding="utf-8")
    moved.write_text(text.replace('lon="114.', 'lon="110.'), encoding="utf-8")
    steep = import_extract(moved)
    plain_s = load_vehicle_rules().drive_s("heavy", flat.layout, details)
    steep_s = load_vehicle_rules().drive_s("heavy", steep.layout, steep.details)
    street = row(flat, 2, 5)
    # 16 km/h times 0.84.
    assert steep_s[street] == np.ceil(round(details.length_m[street] / (16 * 0.84 / 3.6), 6))
    assert bool((steep_s >= plain_s).all())


def test_ferries_take_their_time(tmp_path: Path) -> None:
    ferry = {"route": "ferry", "motor_vehicle": "yes"}
    ways = {**TOWN, 16: ((1, 6), {**ferry, "duration": "00:10"}), 17: ((2, 4), ferry)}
    roads, details = town(tmp_path, ways)
    seconds = load_vehicle_rules().drive_s("medium", roads.layout, details)
    by_way = {way: int(seconds[i]) for i, way in enumerate(details.way_ids.tolist())}
    # Stated 10 minutes, and 20 for boarding.
    assert by_way[16] == 1_800
    # Not stated: 12 km/h.
    crossing_m = details.length_m[details.way_ids.tolist().index(17)]
    assert by_way[17] == np.ceil(crossing_m / (12 / 3.6) + 1_200)


def test_a_truck_too_heavy_for_a_bridge_goes_round(tmp_path: Path) -> None:
    roads, _details = town(tmp_path)
    travel = RoadTravel(roads)
    light, heavy = travel.paths([(at(3), at(4), "light"), (at(3), at(4), "heavy")])
    # The bridge 3-4 bears 20 t. Round it lies 3-2-1-6-7-4; 4-5 is one way, against us.
    assert light.node_ids == (3, 4)
    assert heavy.node_ids == (3, 2, 1, 4)
    bends = [POINTS[point] for point in (3, 2, 1, 6, 7, 4)]
    assert [(point.lon_deg, point.lat_deg) for point in heavy.line[1:-1]] == bends
    times = travel.travel_times((at(3), at(4)))
    by_class = dict(zip(times.speed_classes, times.distance_km[:, 0, 1].tolist(), strict=True))
    assert by_class["light"] < by_class["medium"] == by_class["heavy"]
    assert heavy.distance_km == by_class["heavy"]


def test_usable_roads_keep_the_closures(tmp_path: Path) -> None:
    roads, details = town(tmp_path)
    is_open = roads.is_open.copy()
    is_open[row(roads, 1, 2)] = False
    shut = RoadNetwork(
        name="town", layout=roads.layout, is_open=is_open, fingerprint="", approximate=False,
        long_haul=False,
    )  # fmt: skip
    usable, _ = roads_for(shut, details, "heavy")
    open_rows = np.flatnonzero(usable.is_open).tolist()
    assert sorted({*range(6)} - set(open_rows)) == sorted({row(roads, 1, 2), row(roads, 3, 4)})
