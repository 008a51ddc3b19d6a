"""What needs no road is held to its own rules: each is broken once, by one change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.places import Point
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Rest, Stop, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.verify import verify
from relief.plan.verify_carriers import CIRCLE_ERROR_PPM, _circle_m, _touches
from relief.supply.fleet import CarrierRules, VehicleClass
from tests.relief.plan.three_ways import (
    AREA,
    P1,
    P2,
    P3,
    POINTS,
    A,
    kinds,
    plan_of,
    three_ways,
    ways,
)

BASE = three_ways()
GOOD = plan_of(BASE)
HOUR = timedelta(hours=1)


def broken(
    plan: DispatchPlan, situation: Situation = BASE, paths: tuple[RoadPath, ...] = ()
) -> set[Rule]:
    """Return the rules that a plan breaks; what it claims and is called for is left aside."""
    aside = {Rule.IDENTITY, Rule.OBJECTIVE, Rule.SHORTFALL, Rule.BOUND}
    return {one.rule for one in verify(plan, situation, paths).violations} - aside


def route_to(plan: DispatchPlan, code: str) -> int:
    for number, route in enumerate(plan.vehicle_routes):
        if any(stop.location_code == code for trip in route.trips for stop in trip.stops):
            return number
    raise LookupError(code)


def with_route(
    plan: DispatchPlan, code: str, change: Callable[[VehicleRoute], VehicleRoute]
) -> DispatchPlan:
    """Return the plan with the route that goes to a place changed."""
    routes = list(plan.vehicle_routes)
    number = route_to(plan, code)
    routes[number] = change(routes[number])
    return replace(plan, vehicle_routes=tuple(routes))


def later(stop: Stop, by: timedelta) -> Stop:
    leg = stop.leg
    return replace(
        stop,
        leg=replace(leg, depart_at=leg.depart_at + by, arrive_at=leg.arrive_at + by),
        begin_at=stop.begin_at + by,
        end_at=stop.end_at + by,
    )


def all_later(route: VehicleRoute, by: timedelta) -> VehicleRoute:
    trips = tuple(
        replace(trip, stops=tuple(later(stop, by) for stop in trip.stops)) for trip in route.trips
    )
    return replace(route, trips=trips, home=later(route.home, by))


def test_each_place_is_served_in_its_own_way() -> None:
    certificate = verify(GOOD, BASE, ways())
    assert certificate.holds
    served = {
        stop.location_code: route.class_code
        for route in GOOD.vehicle_routes
        for trip in route.trips
        for stop in trip.stops[1:]
    }
    assert served == {P1: "heli", P2: "boat", P3: "team"}
    checks = dict(certificate.checks)
    assert checks[Rule.FLIGHT] > 0
    assert checks[Rule.LANDING] > 0
    assert checks[Rule.WALK] > 0


def test_a_closed_area_bars_no_flight() -> None:
    # The straight line from A to P1 leads through the area.
    assert _touches((POINTS[A], POINTS[P1]), AREA.polygon)
    assert broken(GOOD, paths=ways()) == set()


def with_kind(code: str, change: Callable[[VehicleClass], VehicleClass]) -> Situation:
    return replace(
        BASE,
        vehicle_classes=tuple(change(kind) if kind.code == code else kind for kind in kinds()),
    )


@pytest.mark.parametrize(("range_m", "found"), [(224_000, set()), (223_999, {Rule.FLIGHT})])
def test_one_filling_lasts_out_and_back(range_m: int, found: set[Rule]) -> None:
    # 112 km to P1 and back
    assert broken(GOOD, with_kind("heli", lambda kind: replace(kind, range_m=range_m))) == found


def test_payload_binds_whatever_carries_it() -> None:
    for code in ("heli", "boat", "team"):
        small = with_kind(code, lambda kind: replace(kind, payload_g=99_999))
        assert broken(GOOD, small) == {Rule.WEIGHT}
        full = with_kind(code, lambda kind: replace(kind, payload_g=100_000))
        assert broken(GOOD, full) == set()


def test_nobody_flies_by_night() -> None:
    # From 8:30 on; 10 h later the way out ends at 19:00 and the way home at 19:45.
    night = with_route(GOOD, P1, lambda route: all_later(route, 10 * HOUR))
    assert broken(night) == {Rule.FLIGHT}
    assert broken(with_route(GOOD, P1, lambda route: all_later(route, 24 * HOUR))) == set()
    allowed = three_ways(carriers=CarrierRules(flies_at_night=True))
    assert broken(night, allowed) == set()
    # Boats and porters go on.
    for code in (P2, P3):
        assert broken(with_route(GOOD, code, lambda route: all_later(route, 10 * HOUR))) == set()


def test_a_flight_over_midnight_is_by_night() -> None:
    whole_day = replace(BASE.policy.carriers, day_begins=timedelta(0), day_ends=timedelta(hours=24))
    situation = three_ways(carriers=whole_day)
    # The way out begins at 23:45 and ends at 0:15.
    late = with_route(GOOD, P1, lambda route: all_later(route, 15 * HOUR + HOUR / 4))
    assert broken(late, situation) == {Rule.FLIGHT}


def test_a_move_on_one_ground_is_no_flight() -> None:
    # The home leg takes no time, as between two depots that stand side by side: any hour will do.
    def at_once(route: VehicleRoute) -> VehicleRoute:
        home = later(route.home, 10 * HOUR)
        leg = replace(home.leg, drive=timedelta(0), arrive_at=home.leg.depart_at)
        home = replace(home, leg=leg, begin_at=leg.arrive_at, end_at=leg.arrive_at)
        return replace(route, home=home)

    # Only that the way home is too fast is wrong with it.
    assert broken(with_route(GOOD, P1, at_once)) == {Rule.TIME}


def test_nobody_rests_in_the_air() -> None:
    def resting(route: VehicleRoute) -> VehicleRoute:
        home = route.home
        rest = Rest(after_drive=timedelta(minutes=10), duration=timedelta(minutes=20))
        leg = replace(home.leg, arrive_at=home.leg.arrive_at + rest.duration, rests=(rest,))
        moved = timedelta(minutes=20)
        return replace(
            route,
            home=replace(home, leg=leg, begin_at=home.begin_at + moved, end_at=home.end_at + moved),
        )

    assert broken(with_route(GOOD, P1, resting)) == {Rule.FLIGHT}
    assert broken(with_route(GOOD, P2, resting)) == set()


def test_no_flight_is_shorter_than_the_straight_line() -> None:
    travel = BASE.travel
    short_km = travel.distance_km.copy()
    # The line has 111.2 km.
    short_km[1] = short_km[1] * 0.98
    short = replace(BASE, travel=replace(travel, distance_km=short_km))
    assert broken(GOOD, short) == {Rule.FLIGHT}


def changed_way(code: str, change: Callable[[RoadPath], RoadPath]) -> tuple[RoadPath, ...]:
    return tuple(change(way) if code in (way.from_code, way.to_code) else way for way in ways())


def test_a_flight_has_a_straight_line() -> None:
    bent = changed_way(P1, lambda way: replace(way, line=(way.line[0], POINTS[P2], way.line[-1])))
    assert broken(GOOD, paths=bent) == {Rule.FLIGHT}


@pytest.mark.parametrize(
    "change",
    [
        lambda way: replace(way, along=""),
        lambda way: replace(way, node_ids=(1, 2)),
        lambda way: replace(way, line=(way.line[0], way.line[-1])),
        lambda way: replace(way, line=(POINTS[P3], *way.line[1:])),
    ],
    ids=["no water", "on a road", "no bank", "from elsewhere"],
)
def test_a_voyage_is_on_a_water(change: Callable[[RoadPath], RoadPath]) -> None:
    found = broken(GOOD, paths=changed_way(P2, change))
    assert Rule.LANDING in found
    assert found <= {Rule.LANDING, Rule.ROAD}


def test_a_boat_stays_on_its_water() -> None:
    elsewhere = tuple(
        replace(way, along="汉江 Han") if way.from_code == P2 else way for way in ways()
    )
    assert broken(GOOD, paths=elsewhere) == {Rule.LANDING}


def test_goods_are_not_carried_too_far() -> None:
    # 963 m from each bank
    for landing_m, found in ((963, set()), (950, {Rule.LANDING})):
        near = three_ways(carriers=CarrierRules(landing_m=landing_m))
        assert broken(GOOD, near, ways()) == found


def test_porters_walk_as_far_as_they_may() -> None:
    # 5,862 m from the end of the road
    for walk_m, found in ((5_870, set()), (5_800, {Rule.WALK})):
        assert broken(GOOD, three_ways(carriers=CarrierRules(walk_m=walk_m)), ways()) == found


def test_nobody_walks_through_a_closed_area() -> None:
    ring = tuple(
        Point(lon_deg=lon_deg, lat_deg=lat_deg)
        for lon_deg, lat_deg in ((113.92, 30.0), (113.93, 30.0), (113.93, 30.1), (113.92, 30.1))
    )
    travel = replace(BASE.travel, closures=(replace(AREA, polygon=ring),))
    flooded = replace(BASE, travel=travel)
    assert broken(GOOD, flooded, ways()) == {Rule.WALK}
    # Slow roads in the area bar no walk.
    slow = replace(
        BASE, travel=replace(travel, closures=(replace(AREA, polygon=ring, speed_share=0.5),))
    )
    assert broken(GOOD, slow, ways()) == set()


def test_porters_ride_in_light_trucks() -> None:
    # The stretch 1-2 is closed for light trucks.
    closed = changed_way(P3, lambda way: replace(way, node_ids=(1, 2)))
    assert broken(GOOD, paths=closed) == {Rule.ROAD}


def test_great_circles_are_geodesics_within_their_error() -> None:
    # A degree of latitude on the sphere of mean radius: pi / 180 * 6,371,008.8 m = 111,195 m;
    # on the ellipsoid between 30 and 31 degrees 110,862 m, which is 0.3 % less.
    assert _circle_m(POINTS[A], POINTS[P1]) == 111_195
    assert abs(110_862 - 111_195) * 1_000_000 // 111_195 < CIRCLE_ERROR_PPM


@given(
    lon_deg=st.floats(min_value=113.0, max_value=115.0),
    lat_deg=st.floats(min_value=29.0, max_value=31.0),
)
def test_a_point_is_in_an_area_as_geometry_has_it(lon_deg: float, lat_deg: float) -> None:
    point = Point(lon_deg=lon_deg, lat_deg=lat_deg)
    inside = 113.98 < lon_deg < 114.12 and 30.4 < lat_deg < 30.5
    on_edge = lon_deg in (113.98, 114.12) or lat_deg in (30.4, 30.5)
    if not on_edge:
        assert _touches((point, point), AREA.polygon) == inside


def test_p3_is_not_reached_otherwise() -> None:
    # Without porters P3 goes short, and no other vehicle takes their place.
    alone = replace(BASE, pools=tuple(pool for pool in BASE.pools if pool.class_code != "team"))
    plan = plan_of(alone)
    assert {one.place_code for one in plan.shortfalls} == {P3}
