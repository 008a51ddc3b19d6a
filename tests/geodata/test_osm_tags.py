import pytest

from geodata.osm_tags import (
    RoadTags,
    bars_trucks,
    read_duration_s,
    read_size_cm,
    read_speed_km_h,
    read_way,
    read_weight_kg,
)
from geodata.road_details import ROAD_CLASSES


def read(**tags: str) -> RoadTags:
    road = read_way({"highway": "primary", **{key.replace("_", ":"): v for key, v in tags.items()}})
    assert road is not None
    return road


@pytest.mark.parametrize(
    ("tags", "one_way", "backward"),
    [
        ({}, False, False),
        ({"oneway": "yes"}, True, False),
        ({"oneway": "1"}, True, False),
        ({"oneway": "-1"}, True, True),
        ({"oneway": "reverse"}, True, True),
        ({"oneway": "no"}, False, False),
        ({"junction": "roundabout"}, True, False),
        ({"junction": "circular"}, True, False),
        ({"junction": "roundabout", "oneway": "-1"}, True, True),
        ({"highway": "motorway"}, True, False),
        ({"highway": "motorway", "oneway": "no"}, False, False),
        ({"highway": "motorway_link"}, False, False),
    ],
)
def test_directions(tags: dict[str, str], *, one_way: bool, backward: bool) -> None:
    road = read(**tags)
    assert (road.one_way, road.backward) == (one_way, backward)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "track"},
        {"highway": "construction", "construction": "primary"},
        {"building": "yes"},
        {"highway": "primary", "oneway": "reversible"},
        {"highway": "primary", "access": "no"},
        {"highway": "primary", "motor_vehicle": "private", "access": "yes"},
        {"highway": "service", "service": "driveway"},
        {"highway": "service", "area": "yes"},
        {"route": "ferry"},
        {"route": "ferry", "motor_vehicle": "yes", "access": "private"},
        {"route": "bus"},
    ],
)
def test_ways_that_no_truck_may_use(tags: dict[str, str]) -> None:
    assert read_way(tags) is None


def test_the_most_specific_key_of_access_decides() -> None:
    assert read_way({"highway": "service", "access": "no", "motor_vehicle": "yes"}) is not None
    assert read_way({"highway": "service", "access": "destination"}) is not None
    assert read_way({"highway": "service", "motor_vehicle": "yes", "goods": "no"}) is None


def test_what_a_road_is() -> None:
    road = read(name="解放大道", ref="G107", maxspeed="60", bridge="viaduct", maxheight="4.5")
    assert ROAD_CLASSES[road.road_class] == "primary"
    assert (road.name, road.ref, road.speed_limit_km_h) == ("解放大道", "G107", 60)
    assert (road.bridge, road.tunnel, road.max_height_cm, road.max_weight_kg) == (
        True, False, 450, 0,
    )  # fmt: skip
    assert read(tunnel="building_passage").tunnel
    assert read(bridge="no").bridge is False
    assert read(hgv="no").trucks is False
    assert read(hgv="destination").trucks is True


def test_the_least_limit_counts() -> None:
    road = read(maxweight="30", maxweightrating_hgv="7.5", maxheight="4", maxheight_physical="3.9")
    assert (road.max_weight_kg, road.max_height_cm) == (7_500, 390)
    assert read(maxwidth="2.4").max_width_cm == 240


def test_ferries_that_carry_vehicles() -> None:
    ferry = read_way({"route": "ferry", "motor_vehicle": "yes", "duration": "00:15"})
    assert ferry is not None
    assert ROAD_CLASSES[ferry.road_class] == "ferry"
    assert (ferry.ferry_s, ferry.one_way) == (900, False)
    assert read(duration="00:15").ferry_s == 0


@pytest.mark.parametrize(
    ("text", "km_h"),
    [("50", 50), ("30 mph", 48), ("walk", 7), ("none", 0), ("CN:urban", 0), ("", 0), ("999", 200)],
)
def test_speed_limits(text: str, km_h: int) -> None:
    assert read_speed_km_h(text) == km_h


@pytest.mark.parametrize(
    ("text", "kg"),
    # 16 short tons of 2,000 pounds are 14,514.9 kg.
    [("3.5", 3_500), ("3,5 t", 3_500), ("7500kg", 7_500), ("16 st", 14_514), ("none", 0), ("?", 0)],
)
def test_weight_limits(text: str, kg: int) -> None:
    assert read_weight_kg(text) == kg


@pytest.mark.parametrize(
    ("text", "cm"),
    [("3.8", 380), ("4 m", 400), ("380 cm", 380), ("12'6\"", 381), ("14 ft", 426), ("default", 0)],
)
def test_sizes(text: str, cm: int) -> None:
    assert read_size_cm(text) == cm


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:25", 1_500), ("1:05:30", 3_930), ("PT20M", 1_200), ("15", 900), ("often", 0)],
)
def test_durations(text: str, seconds: int) -> None:
    assert read_duration_s(text) == seconds


def test_barriers() -> None:
    assert bars_trucks({"barrier": "bollard"})
    assert not bars_trucks({"barrier": "bollard", "motor_vehicle": "yes"})
    assert not bars_trucks({"barrier": "gate"})
    assert not bars_trucks({"highway": "crossing"})
