from typing import TYPE_CHECKING

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.closures import parse_closure
from geodata.crs import geodesic_km
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.modes import load_mode_rules
from geodata.reach import Reach, find_reach
from geodata.roads import RoadNetwork, load_roads

if TYPE_CHECKING:
    from relief.places import Place

CUT = "polygon 108.85,30.2 109.05,30.2 109.05,30.4 108.85,30.4"
"""An area around the seat of Lichuan."""


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return load_roads()


def by_name(found: tuple[Reach, ...]) -> dict[str, Reach]:
    return {one.name_en: one for one in found}


def reach(
    gazetteer: Gazetteer, roads: RoadNetwork, start: str, end: str, *cuts: str
) -> dict[str, Reach]:
    closures = [parse_closure(cut, gazetteer, roads) for cut in cuts]
    open_roads = roads.closed(closures) if closures else roads
    return by_name(find_reach(gazetteer.find(start), gazetteer.find(end), open_roads))


def test_along_the_yangtze(gazetteer: Gazetteer, roads: RoadNetwork) -> None:
    found = reach(gazetteer, roads, "宜昌市", "巴东县")
    boat = found["assault boat"]
    assert boat.distance_km is not None
    assert boat.seconds is not None
    assert "长江" in str(boat.how)
    straight_km = geodesic_km(gazetteer.find("宜昌市").point, gazetteer.find("巴东县").point)
    # The river is no shorter than the straight line less the landings, and no labyrinth.
    assert straight_km - 10 <= boat.distance_km <= 1.5 * straight_km
    # Loaded at 20 km/h, goods carried at 3 km/h.
    assert boat.distance_km / 20 <= boat.seconds / 3600 <= boat.distance_km / 3
    assert found["flat-bottomed work boat"].seconds > boat.seconds  # type: ignore[operator]
    # Upstream and downstream are the same to this model.
    back = reach(gazetteer, roads, "巴东县", "宜昌市")["assault boat"]
    assert back.distance_km == pytest.approx(boat.distance_km)


def test_helicopters_fly_straight_within_their_range(
    gazetteer: Gazetteer, roads: RoadNetwork
) -> None:
    near = reach(gazetteer, roads, "宜昌市", "巴东县")["Mi-171 helicopter"]
    km = geodesic_km(gazetteer.find("宜昌市").point, gazetteer.find("巴东县").point)
    assert near.distance_km == pytest.approx(km)
    # 230 km/h.
    assert near.seconds == pytest.approx(km / 230 * 3600, abs=1)
    # There and back and 50 minutes of handling, at 40,000 yuan an hour.
    assert near.cost_fen == pytest.approx((2 * km / 230 + 5 / 6) * 4_000_000, rel=1e-3)
    # 570 km less a tenth, there and back: 256.5 km. Wuhan to Lichuan is farther.
    far = reach(gazetteer, roads, "江岸区", "利川市")
    assert far["Mi-171 helicopter"].distance_km is None
    assert "256.5" in str(far["Mi-171 helicopter"].how)
    # 900 km: 405 km.
    assert far["AC313 helicopter"].distance_km is None or far["AC313 helicopter"].distance_km <= 405


def test_what_trucks_cannot_reach_others_can(gazetteer: Gazetteer, roads: RoadNetwork) -> None:
    whole = reach(gazetteer, roads, "恩施市", "利川市")
    assert whole["heavy trucks"].distance_km is not None
    cut = reach(gazetteer, roads, "恩施市", "利川市", CUT)
    for name in ("light trucks", "medium trucks", "heavy trucks"):
        assert cut[name].distance_km is None
        assert "No open road" in str(cut[name].how)
    assert cut["Mi-171 helicopter"] == whole["Mi-171 helicopter"]
    # The place itself lies inside the closed area: nobody walks through it.
    assert cut["20 porters on foot"].distance_km is None


def test_porters_carry_goods_over_the_last_kilometres(
    gazetteer: Gazetteer, roads: RoadNetwork
) -> None:
    end = gazetteer.find("利川市")
    spot = roads.snap(end.point)
    layout = roads.layout
    touching = [
        f"{layout.node_ids[tail]}-{layout.node_ids[head]}"
        for tail, head in zip(layout.tails.tolist(), layout.heads.tolist(), strict=True)
        if spot.row in (tail, head)
    ]
    cut = reach(gazetteer, roads, "恩施市", "利川市", f"edge {' '.join(touching)}")
    assert cut["light trucks"].distance_km is None
    porters = cut["20 porters on foot"]
    assert porters.distance_km is not None
    assert porters.payload_kg == 400
    assert "on foot" in str(porters.how)
    # A truck that could drive all the way is faster.
    whole = reach(gazetteer, roads, "恩施市", "利川市")
    assert whole["light trucks"].seconds < porters.seconds  # type: ignore[operator]


def test_no_water_no_boat(gazetteer: Gazetteer, roads: RoadNetwork) -> None:
    boat = reach(gazetteer, roads, "恩施市", "利川市")["assault boat"]
    assert boat.distance_km is None
    assert "No named water" in str(boat.how)


def test_lakes_are_crossed(gazetteer: Gazetteer, roads: RoadNetwork) -> None:
    lake = shapely.Point(114.55, 30.25)
    shores = [
        place
        for place in gazetteer.townships
        if shapely.Point(place.point.lon_deg, place.point.lat_deg).distance(lake) < 0.25
    ]
    ways = [
        find_reach(one, other, roads) for one, other in zip(shores[:6], shores[6:12], strict=False)
    ]
    boats = [by_name(found)["assault boat"] for found in ways]
    assert any("梁子湖" in str(boat.how) for boat in boats)


@settings(max_examples=15)
@given(st.data())
def test_modes_are_possible_or_say_why(data: st.DataObject) -> None:
    counties: tuple[Place, ...] = load_gazetteer().counties
    one = data.draw(st.sampled_from(counties))
    other = data.draw(st.sampled_from([place for place in counties if place != one]))
    straight_km = geodesic_km(one.point, other.point)
    for way in find_reach(one, other, load_roads())[3:-1]:
        assert (way.distance_km is None) == (way.seconds is None)
        if way.distance_km is not None and way.seconds is not None:
            assert way.distance_km >= straight_km - 2 * load_mode_rules().landing_km
            assert way.cost_fen > 0
        assert str(way.how)


def test_rules_name_their_sources() -> None:
    rules = load_mode_rules()
    carriers = [*(one for one, _ in rules.helicopters), *rules.boats, rules.porters]
    assert all("modelled" in carrier.source for carrier in carriers)
    assert rules.porters.payload_kg == 400
