"""Boats, helicopters and porters as speed classes of the travel times, on the shipped map."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.closures import parse_closure
from geodata.crs import geodesic_km
from geodata.gazetteer import load_gazetteer
from geodata.off_road import Errands, OffRoadTravel
from geodata.roads import RoadNetwork, load_roads
from geodata.travel import RoadTravel
from relief.errors import UnreachablePlace
from relief.places import Place
from relief.plan.travel import Location, TravelTimes
from relief.supply.fleet import OFF_ROAD, CarrierRules

RANGE_M = 513_000


def located(name: str) -> Location:
    return location(load_gazetteer().find(name))


def location(place: Place) -> Location:
    return Location(
        code=place.code, name_zh=place.name_zh, name_en=place.name_en, point=place.point
    )


def travel(
    roads: RoadNetwork,
    depots: list[Location],
    goals: list[Location],
    *,
    fuelled: list[Location] | None = None,
    range_m: int = RANGE_M,
) -> OffRoadTravel:
    return OffRoadTravel(
        RoadTravel(roads),
        roads,
        Errands(
            speed_classes=tuple(OFF_ROAD),
            depot_codes=frozenset(one.code for one in depots),
            fuel_codes=frozenset(one.code for one in (depots if fuelled is None else fuelled)),
            goal_codes=frozenset(one.code for one in goals),
            range_m=range_m,
            limits=CarrierRules(),
        ),
    )


def hours(times: TravelTimes, speed_class: str, start: Location, end: Location) -> float:
    row = times.index()
    index = times.speed_classes.index(speed_class)
    return float(times.duration_h[index, row[start.code], row[end.code]])


WUHAN, YICHANG, BADONG, LICHUAN, ENSHI = (
    located(name) for name in ("江岸区", "宜昌市", "巴东县", "利川市", "恩施市")
)


def test_helicopters_fly_out_and_back_on_one_filling() -> None:
    times = travel(load_roads(), [WUHAN, YICHANG], [LICHUAN, BADONG]).travel_times(
        [WUHAN, YICHANG, LICHUAN, BADONG]
    )
    km = geodesic_km(YICHANG.point, LICHUAN.point)
    # 230 km/h, rounded up to a second
    assert hours(times, "helicopter", YICHANG, LICHUAN) == pytest.approx(km / 230, abs=1 / 3600)
    # Wuhan to Lichuan is more than half of 513 km, and no depot to fill up at.
    assert geodesic_km(WUHAN.point, LICHUAN.point) > 256.5
    assert hours(times, "helicopter", WUHAN, LICHUAN) == np.inf
    # From depot to depot the whole range counts.
    assert np.isfinite(hours(times, "helicopter", WUHAN, YICHANG))
    # One place a flight.
    assert hours(times, "helicopter", LICHUAN, BADONG) == np.inf


def test_no_fuel_no_flight() -> None:
    source = travel(load_roads(), [WUHAN, YICHANG], [BADONG], fuelled=[YICHANG])
    times = source.travel_times([WUHAN, YICHANG, BADONG])
    assert hours(times, "helicopter", WUHAN, YICHANG) == np.inf
    assert hours(times, "helicopter", WUHAN, BADONG) == np.inf
    assert np.isfinite(hours(times, "helicopter", YICHANG, BADONG))


def test_boats_stay_on_one_water() -> None:
    xiangyang = located("襄阳市")
    source = travel(load_roads(), [YICHANG, xiangyang, ENSHI], [BADONG])
    times = source.travel_times([YICHANG, xiangyang, ENSHI, BADONG])
    assert np.isfinite(hours(times, "boat", YICHANG, BADONG))
    assert hours(times, "boat", BADONG, YICHANG) < hours(times, "boat", YICHANG, BADONG)
    assert hours(times, "boat", YICHANG, xiangyang) == np.inf
    assert hours(times, "boat", ENSHI, BADONG) == np.inf
    (path,) = source.paths([(YICHANG, BADONG, "boat")])
    assert path.along == "长江 Yangtze"
    assert path.line[0] == YICHANG.point
    assert path.line[-1] == BADONG.point
    assert path.node_ids == ()


def test_depot_and_place_may_stand_side_by_side() -> None:
    depot = replace(BADONG, code="422823-01")
    source = travel(load_roads(), [depot], [BADONG])
    times = source.travel_times([depot, BADONG])
    (path,) = source.paths([(depot, BADONG, "boat")])
    # To the bank and back
    assert hours(times, "boat", depot, BADONG) < 5
    assert len(path.line) == 4
    assert path.line[1] == path.line[2]
    assert hours(times, "helicopter", depot, BADONG) == 0


def cut_off(name: str) -> RoadNetwork:
    """Return the roads without the stretches at a place's junction."""
    roads = load_roads()
    spot = roads.snap(located(name).point)
    layout = roads.layout
    touching = [
        f"{layout.node_ids[tail]}-{layout.node_ids[head]}"
        for tail, head in zip(layout.tails.tolist(), layout.heads.tolist(), strict=True)
        if spot.row in (tail, head)
    ]
    return roads.closed([parse_closure(f"edge {' '.join(touching)}", load_gazetteer(), roads)])


def test_porters_walk_from_the_end_of_the_road() -> None:
    roads = cut_off("利川市")
    source = travel(roads, [ENSHI, YICHANG], [LICHUAN])
    times = source.travel_times([ENSHI, YICHANG, LICHUAN])
    assert hours(times, "light", ENSHI, LICHUAN) == np.inf
    whole = RoadTravel(load_roads()).travel_times([ENSHI, LICHUAN])
    on_foot_h = hours(times, "foot", ENSHI, LICHUAN)
    assert hours(whole, "light", ENSHI, LICHUAN) < on_foot_h < 20
    # Between depots they ride.
    assert hours(times, "foot", ENSHI, YICHANG) == hours(times, "light", ENSHI, YICHANG)
    (path,) = source.paths([(ENSHI, LICHUAN, "foot")])
    walk_km = geodesic_km(*path.line[-2:])
    assert 0 < walk_km <= 10
    # What is driven, and the walk times 1.3
    (road,) = RoadTravel(roads).paths(
        [(ENSHI, Location(code="end", name_zh="", name_en="", point=path.line[-2]), "light")]
    )
    assert path.distance_km == pytest.approx(road.distance_km + 1.3 * walk_km, abs=0.002)
    assert path.node_ids == road.node_ids


def test_nobody_walks_through_a_closed_area() -> None:
    roads = load_roads()
    area = parse_closure("buffer 108.94,30.29 15 km", load_gazetteer(), roads)
    closed = roads.closed([area])
    times = travel(closed, [ENSHI], [LICHUAN]).travel_times([ENSHI, LICHUAN])
    assert hours(times, "foot", ENSHI, LICHUAN) == np.inf
    assert np.isfinite(hours(times, "helicopter", ENSHI, LICHUAN))


def test_only_goals_are_served() -> None:
    spots = [YICHANG, ENSHI, BADONG, LICHUAN]
    times = travel(load_roads(), [YICHANG, ENSHI], [LICHUAN]).travel_times(spots)
    row = times.index()[BADONG.code]
    for name in OFF_ROAD:
        seconds = times.duration_h[times.speed_classes.index(name)].copy()
        assert seconds[row, row] == 0
        seconds[row, row] = np.inf
        assert not np.isfinite(seconds[row]).any()
        assert not np.isfinite(seconds[:, row]).any()


def test_trucks_are_timed_as_before() -> None:
    spots = [YICHANG, ENSHI, LICHUAN]
    alone = RoadTravel(load_roads()).travel_times(spots)
    times = travel(load_roads(), [YICHANG, ENSHI], [LICHUAN]).travel_times(spots)
    assert times.speed_classes == (*alone.speed_classes, *OFF_ROAD)
    np.testing.assert_array_equal(times.duration_h[:3], alone.duration_h)
    np.testing.assert_array_equal(times.distance_km[:3], alone.distance_km)
    assert times.unreachable == alone.unreachable
    assert times.network_fingerprint == alone.network_fingerprint


def test_a_way_that_is_not_is_refused() -> None:
    source = travel(load_roads(), [WUHAN, ENSHI], [LICHUAN])
    with pytest.raises(UnreachablePlace, match="nothing gets from") as refused:
        source.paths(
            [
                (WUHAN, LICHUAN, "helicopter"),
                (ENSHI, LICHUAN, "boat"),
                (LICHUAN, LICHUAN, "foot"),
                (ENSHI, LICHUAN, "helicopter"),
            ]
        )
    assert len(refused.value.faults) == 3


@settings(max_examples=12)
@given(st.data())
def test_every_finite_leg_has_a_way_of_its_length(data: st.DataObject) -> None:
    counties = load_gazetteer().counties
    chosen = data.draw(st.lists(st.sampled_from(counties), min_size=4, max_size=7, unique=True))
    spots = [location(place) for place in chosen]
    depots, goals = spots[:3], spots[3:]
    range_m = data.draw(st.sampled_from([100_000, 300_000, RANGE_M]))
    source = travel(load_roads(), depots, goals, fuelled=depots[:2], range_m=range_m)
    times = source.travel_times(spots)
    metres = times.metres()
    for name in OFF_ROAD:
        index = times.speed_classes.index(name)
        finite = np.isfinite(times.duration_h[index])
        np.testing.assert_array_equal(finite, np.isfinite(times.distance_km[index]))
        legs = [
            (spots[one], spots[other], name)
            for one, other in np.argwhere(finite).tolist()
            if one != other
        ]
        for leg, path in zip(legs, source.paths(legs), strict=True):
            row = times.index()
            assert path.line[0] == leg[0].point
            assert path.line[-1] == leg[1].point
            leg_m = int(metres[index, row[leg[0].code], row[leg[1].code]])
            assert abs(round(path.distance_km * 1000) - leg_m) <= 1
            # Nothing is shorter than the straight line.
            assert leg_m >= geodesic_km(leg[0].point, leg[1].point) * 1000 - 1
            if name == "helicopter" and not {leg[0], leg[1]} <= set(depots):
                assert 2 * leg_m <= range_m
