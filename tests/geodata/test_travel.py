import json
from contextlib import suppress
from itertools import chain, pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geodata.closing import close_area, close_disc
from geodata.closures import parse_closure
from geodata.engine import ENGINES
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.layout import stretches_touching
from geodata.roads import RoadNetwork, load_roads
from geodata.rules import SPEED_CLASSES
from geodata.travel import RoadTravel
from relief.errors import InvalidInput, UnreachablePlace
from relief.places import Place, Point
from relief.plan.travel import Closure, ClosureKind, Location, TravelTimes
from tests.geodata.five_junctions import RULES, at, five_junctions, spot

INF = float("inf")


def location_of(place: Place) -> Location:
    return Location(
        code=place.code, name_zh=place.name_zh, name_en=place.name_en, point=place.point
    )


def km_and_h(times: TravelTimes, start: str, end: str, layer: int = 1) -> tuple[float, float]:
    rows = times.index()
    cell = layer, rows[start], rows[end]
    return float(times.distance_km[cell]), float(times.duration_h[cell])


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return load_roads()


@pytest.fixture(scope="module")
def counties(gazetteer: Gazetteer) -> list[Location]:
    return [location_of(county) for county in gazetteer.counties]


@pytest.fixture(scope="module")
def travel(roads: RoadNetwork) -> RoadTravel:
    return RoadTravel(roads)


@pytest.fixture(scope="module")
def open_times(travel: RoadTravel, counties: list[Location]) -> TravelTimes:
    return travel.travel_times(counties)


# By hand, on five junctions ------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_times_between_places_on_junctions(engine: str) -> None:
    times = RoadTravel(five_junctions(), engine, rules=RULES).travel_times([at(1), at(4), at(5)])
    # 36 km/h: 19 km are 1900 s, 30 km 3000 s, 15 km 1500 s, 4 km 400 s which the least leg of
    # 10 min lifts to 600 s; 4 km stay 4 km, being more than 3.
    assert times.seconds()[0].tolist() == [[0, 1900, 1500], [3000, 0, 600], [3400, 600, 0]]
    assert times.metres()[2].tolist() == [[0, 19000, 15000], [30000, 0, 4000], [34000, 4000, 0]]
    assert times.location_codes == ("1", "4", "5")
    assert times.speed_classes == SPEED_CLASSES
    assert times.unreachable == ()


def test_two_places_on_one_junction_are_the_least_leg_apart() -> None:
    times = RoadTravel(five_junctions(), rules=RULES).travel_times([at(1), at(1, "1-01")])
    assert times.seconds()[0].tolist() == [[0, 600], [600, 0]]
    assert times.metres()[0].tolist() == [[0, 3000], [3000, 0]]


def test_a_place_beside_the_road_has_an_access_leg() -> None:
    # 0.05 degree of latitude south of junction 1 are 5.5428 km (M(30) - M(29.95)); times 1.5
    # detour 8.315 km, at 36 km/h 831.5 s; and 10 km to junction 2 in 1000 s.
    travel = RoadTravel(five_junctions(), rules=RULES)
    times = travel.travel_times([spot("a", 114.0, 29.95), at(2)])
    assert times.duration_h[0, 0, 1] * 3600 == pytest.approx(1000 + 831.5, abs=1)
    assert times.distance_km[0, 0, 1] == pytest.approx(10 + 8.315, abs=0.01)
    assert times.seconds()[0, 0, 1] == times.seconds()[0, 1, 0]


def test_a_place_off_the_network_has_a_slow_access_leg() -> None:
    # 0.2 degree south are 22.17 km, beyond 15: times 2.0 detour 44.34 km at 18 km/h, 8868 s.
    travel = RoadTravel(five_junctions(), rules=RULES)
    times = travel.travel_times([spot("a", 114.0, 29.8), at(2)])
    assert times.duration_h[0, 0, 1] * 3600 == pytest.approx(1000 + 8868, abs=3)
    assert times.distance_km[0, 0, 1] == pytest.approx(10 + 44.34, abs=0.02)


def test_a_place_too_far_from_any_road_is_named_and_not_an_error() -> None:
    # 0.4 degree south are 44 km; a far point is no better without long hauls.
    travel = RoadTravel(five_junctions(), rules=RULES)
    times = travel.travel_times([at(1), spot("far", 114.0, 29.6), spot("sea", 125, 30), at(2)])
    assert times.unreachable == ("far", "sea")
    assert times.duration_h[0, 0].tolist() == [0.0, INF, INF, 1000 / 3600]
    assert times.duration_h[0, 1].tolist() == [INF, 0.0, INF, INF]


def test_only_unreachable_places() -> None:
    travel = RoadTravel(five_junctions(), rules=RULES)
    assert travel.travel_times([spot("sea", 125, 30)]).unreachable == ("sea",)
    assert travel.travel_times([]).duration_h.shape == (3, 0, 0)


def test_a_place_that_can_be_left_but_not_reached_counts_as_unreachable() -> None:
    shut = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((4, 5),))
    travel = RoadTravel(five_junctions().closed([shut]), rules=RULES)
    # 5 can now be reached by 2->5 and never left; so it is not unreachable itself.
    assert travel.travel_times([at(2), at(5)]).unreachable == ("2",)
    assert travel.travel_times([at(2), at(5), at(3)]).unreachable == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_path_of_a_leg(engine: str) -> None:
    travel = RoadTravel(five_junctions(), engine, rules=RULES)
    beside = spot("a", 114.0, 29.95)
    there, back, same = travel.paths(
        [(beside, at(4), "light"), (at(4), beside, "heavy"), (at(1), at(1, "1-01"), "light")]
    )
    assert there.node_ids == (1, 2, 5, 4)
    assert back.node_ids == (4, 3, 2, 1)
    assert there.line[0] == beside.point
    assert there.line[1:] == tuple(at(junction).point for junction in (1, 2, 5, 4, 4))
    times = travel.travel_times([beside, at(4)])
    assert there.distance_km == km_and_h(times, "a", "4")[0]
    assert back.distance_km == km_and_h(times, "4", "a")[0]
    assert same.node_ids == ()
    assert same.line == (at(1).point,) * 3
    assert same.distance_km == 3.0


def test_the_path_from_a_place_to_itself_is_of_no_length() -> None:
    (path,) = RoadTravel(five_junctions(), rules=RULES).paths([(at(1), at(1), "light")])
    assert path.distance_km == 0.0


def test_legs_without_a_road_are_all_named() -> None:
    shut = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((1, 2),))
    travel = RoadTravel(five_junctions().closed([shut]), rules=RULES)
    legs = [(at(1), at(2), "light"), (at(2), at(3), "light"), (at(4), spot("z", 120, 30), "light")]
    with pytest.raises(UnreachablePlace, match=r"from 地1 \(Place 1\) to 地2 \(Place 2\)") as e:
        travel.paths(legs)
    assert [fault.where for fault in e.value.faults] == ["leg 1-2", "leg 4-z"]


def test_a_closed_area_bars_access_too() -> None:
    # The area holds junction 1 and the way to it from the place south of it; the next junctions
    # are 2 (10.6 km off) and 3. The line to 2 runs east of the area.
    ring = [(113.9, 29.97), (114.02, 29.97), (114.02, 30.05), (113.9, 30.05)]
    corners = [Point(lon_deg=lon, lat_deg=lat) for lon, lat in ring]
    roads = five_junctions()
    closed = roads.closed([close_area(corners, roads, name="flood")])
    beside, inside = spot("a", 114.0, 29.95), spot("b", 113.95, 30.0)
    travel = RoadTravel(closed, rules=RULES)
    times = travel.travel_times([beside, inside, at(2)])
    assert times.unreachable == ("b",)
    # sqrt((0.1 degree of longitude = 9.65 km)^2 + 5.54^2) = 11.13 km, times 1.5 detour.
    assert times.distance_km[0, 0, 2] == pytest.approx(16.7, abs=0.05)
    (path,) = travel.paths([(beside, at(3), "light")])
    assert path.node_ids == (2, 3)
    before = RoadTravel(roads, rules=RULES).travel_times([beside, inside, at(2)])
    assert before.unreachable == ()


def test_a_place_on_its_junction_is_barred_by_an_area_over_it() -> None:
    ring = [(113.99, 29.99), (114.01, 29.99), (114.01, 30.01), (113.99, 30.01)]
    corners = [Point(lon_deg=lon, lat_deg=lat) for lon, lat in ring]
    roads = five_junctions()
    closed = roads.closed([close_area(corners, roads, name="flood")])
    assert RoadTravel(closed, rules=RULES).travel_times([at(1), at(2), at(3)]).unreachable == ("1",)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="Engine 'osrm' is unknown; known are cch, scipy"):
        RoadTravel(five_junctions(), "osrm", rules=RULES)


def test_a_place_all_of_whose_junctions_are_hidden_is_unreachable() -> None:
    # A closed ring road of land around the place: it stands free in the gap of a horseshoe that
    # opens to the south, away from every junction.
    horseshoe = [
        (114.05, 29.90), (114.05, 29.97), (114.15, 29.97), (114.15, 29.90),
        (114.149, 29.90), (114.149, 29.969), (114.051, 29.969), (114.051, 29.90),
    ]  # fmt: skip
    corners = [Point(lon_deg=lon, lat_deg=lat) for lon, lat in horseshoe]
    flood = Closure(
        name="flood",
        kind=ClosureKind.POLYGON,
        reason="",
        edges=((4, 5),),
        polygon=tuple(corners),
    )
    travel = RoadTravel(five_junctions().closed([flood]), rules=RULES)
    assert travel.travel_times([spot("a", 114.1, 29.95), at(1)]).unreachable == ("a", "1")


def test_a_place_is_reached_through_the_one_gap_in_a_closed_area(roads: RoadNetwork) -> None:
    # A ring some 80 m around a point in central Wuhan, open only for 6 m in the south: the 16
    # nearest junctions are hidden, some junction farther south is not.
    gap = [
        (114.29997, 30.5992), (114.2992, 30.5992), (114.2992, 30.6008), (114.3008, 30.6008),
        (114.3008, 30.5992), (114.30003, 30.5992), (114.30003, 30.5993), (114.3007, 30.5993),
        (114.3007, 30.6007), (114.2993, 30.6007), (114.2993, 30.5993), (114.29997, 30.5993),
    ]  # fmt: skip
    corners = tuple(Point(lon_deg=lon, lat_deg=lat) for lon, lat in gap)
    ring = Closure(
        name="ring", kind=ClosureKind.POLYGON, reason="", edges=((406638, 406640),), polygon=corners
    )
    place, far = spot("a", 114.30, 30.60), spot("b", 114.35, 30.40)
    (near,) = roads.junctions_near([place.point], count=16)
    travel = RoadTravel(roads.closed([ring]))
    (path,) = travel.paths([(place, far, "light")])
    assert path.line[1] not in {roads.point_of(snap.row) for snap in near}
    assert path.line[1].lat_deg < 30.5992
    area = shapely.Polygon(gap)
    leg = [(point.lon_deg, point.lat_deg) for point in path.line[:2]]
    assert not area.intersects(shapely.LineString(leg))


# On the shipped network ----------------------------------------------------------------------


def test_all_counties_reach_each_other(open_times: TravelTimes) -> None:
    assert open_times.unreachable == ()
    assert bool(np.isfinite(open_times.duration_h).all())
    assert open_times.approximate
    off_diagonal = ~np.eye(103, dtype=np.bool_)
    assert float(open_times.duration_h[:, off_diagonal].min()) >= 10 / 60
    assert float(open_times.distance_km[:, off_diagonal].min()) >= 3.0
    # The shipped network knows no one-way roads, so times are the same both ways.
    assert np.array_equal(open_times.seconds()[0], open_times.seconds()[0].T)


def test_typical_times_of_trucks_from_wuhan(travel: RoadTravel, gazetteer: Gazetteer) -> None:
    codes = ("420100", "420500", "422800")
    times = travel.travel_times([location_of(gazetteer.place(code)) for code in codes])
    km, h = km_and_h(times, "420100", "422800")
    assert km == pytest.approx(520, rel=0.05)
    assert 8.0 <= h <= 9.0
    km, h = km_and_h(times, "420100", "420500")
    assert km == pytest.approx(320, rel=0.05)
    assert 4.5 <= h <= 5.0
    # Heavier is slower, lighter is faster.
    assert km_and_h(times, "420100", "422800", 0)[1] < 8.1
    assert km_and_h(times, "420100", "422800", 2)[1] > 8.5


def test_both_engines_time_the_counties_alike(
    roads: RoadNetwork, counties: list[Location], open_times: TravelTimes
) -> None:
    some = counties[::6]
    rows = np.arange(0, len(counties), 6)
    slow = RoadTravel(roads, "scipy").travel_times(some)
    block = np.ix_(np.arange(3), rows, rows)
    assert np.array_equal(slow.seconds(), open_times.seconds()[block])
    assert np.array_equal(slow.metres(), open_times.metres()[block])


def test_paths_are_as_long_as_the_table_says(
    travel: RoadTravel, counties: list[Location], open_times: TravelTimes
) -> None:
    legs = [(counties[7], end, "heavy") for end in counties]
    for path in travel.paths(legs):
        km, _ = km_and_h(open_times, path.from_code, path.to_code, layer=2)
        assert path.distance_km == km


def test_the_road_from_lichuan_to_enshi_can_be_cut(
    roads: RoadNetwork, gazetteer: Gazetteer, counties: list[Location], open_times: TravelTimes
) -> None:
    closed = roads.closed([parse_closure("利川市-恩施市", gazetteer, roads)])
    times = RoadTravel(closed).travel_times(counties)
    assert times.network_fingerprint != open_times.network_fingerprint
    assert [closure.name for closure in times.closures] == ["利川市-恩施市"]
    detour_h = km_and_h(times, "422802", "422801")[1]
    assert detour_h > 1.5 * km_and_h(open_times, "422802", "422801")[1]
    assert np.isfinite(detour_h)
    assert bool((times.seconds() >= open_times.seconds()).all())


def test_townships_off_the_network_are_reached_slowly_or_named(
    travel: RoadTravel, gazetteer: Gazetteer
) -> None:
    wufeng = [location_of(place) for place in gazetteer.townships_of("420529")]
    times = travel.travel_times([location_of(gazetteer.place("420529")), *wufeng])
    names = {gazetteer.place(code).name_zh for code in times.unreachable}
    assert names == {"牛庄乡", "采花乡"}


# Road distances from Wuhan as customarily given: 1,180, 1,150 and 3,300 km.
@pytest.mark.parametrize(
    ("code", "bounds_km", "least_h"),
    [
        ("110000", (1_100, 1_250), 15),
        ("510100", (1_050, 1_250), 14),
        ("650100", (3_000, 3_500), 42),
    ],
    ids=["Beijing", "Chengdu", "Urumqi"],
)
def test_central_depots_beyond_the_edge_have_long_hauls(
    travel: RoadTravel,
    gazetteer: Gazetteer,
    code: str,
    bounds_km: tuple[float, float],
    least_h: float,
) -> None:
    places = [location_of(gazetteer.place(code)), location_of(gazetteer.place("420112"))]
    km, h = km_and_h(travel.travel_times(places), code, "420112")
    assert bounds_km[0] < km < bounds_km[1]
    assert h > least_h


def test_a_far_place_near_no_known_city_has_a_modelled_long_haul(travel: RoadTravel) -> None:
    # Guangzhou, 23.13 N, lies 170 km or so beyond the southern edge; about 1,000 km by road.
    places = [spot("gz", 113.26, 23.13), spot("wh", 114.3, 30.6), spot("moon", 0.0, 51.5)]
    times = travel.travel_times(places)
    km, _ = km_and_h(times, "gz", "wh")
    assert 900 < km < 1_100
    assert times.unreachable == ("moon",)


hubei_corner = st.tuples(st.floats(109.0, 115.8), st.floats(29.4, 32.8))


@settings(max_examples=25, deadline=None)
@given(
    centre=hubei_corner,
    radii=st.lists(st.floats(0.05, 0.5), min_size=3, max_size=7),
    pairs=st.lists(
        st.tuples(st.integers(0, 102), st.integers(0, 102)).filter(lambda p: p[0] != p[1]),
        min_size=1,
        max_size=6,
        unique=True,
    ),
)
def test_no_path_touches_a_closed_area(
    centre: tuple[float, float], radii: list[float], pairs: list[tuple[int, int]]
) -> None:
    roads = load_roads()
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    corners = [
        Point(
            lon_deg=centre[0] + radius * float(np.cos(angle)),
            lat_deg=centre[1] + radius * float(np.sin(angle)),
        )
        for radius, angle in zip(radii, angles, strict=True)
    ]
    area = shapely.Polygon([(corner.lon_deg, corner.lat_deg) for corner in corners])
    assume(len(stretches_touching(roads.layout, area)))
    closure = close_area(corners, roads, name="area")
    closed = roads.closed([closure])
    travel = RoadTravel(closed)
    locations = [location_of(county) for county in load_gazetteer().counties]
    times = travel.travel_times(locations)
    finite = np.isfinite(times.duration_h[0])
    for place, location in enumerate(locations):
        if area.intersects(shapely.Point(location.point.lon_deg, location.point.lat_deg)):
            assert location.code in times.unreachable
            assert finite[place].sum() == 1  # only itself
    legs = [(locations[a], locations[b], "light") for a, b in pairs if finite[a, b]]
    for path in travel.paths(legs):
        spots = [(point.lon_deg, point.lat_deg) for point in path.line]
        for one, other in pairwise(spots):
            leg = shapely.Point(one) if one == other else shapely.LineString([one, other])
            assert not area.intersects(leg), json.dumps(spots)
        km, _ = km_and_h(times, path.from_code, path.to_code, layer=0)
        assert path.distance_km == km


@settings(max_examples=15, deadline=None)
@given(
    discs=st.lists(st.tuples(hubei_corner, st.floats(2.0, 40.0)), min_size=2, max_size=4),
    ends=st.lists(
        st.tuples(hubei_corner, hubei_corner).filter(lambda pair: pair[0] != pair[1]),
        min_size=2,
        max_size=5,
    ),
    speed_class=st.sampled_from(SPEED_CLASSES),
)
def test_no_path_between_any_points_touches_one_of_several_closed_discs(
    discs: list[tuple[tuple[float, float], float]],
    ends: list[tuple[tuple[float, float], tuple[float, float]]],
    speed_class: str,
) -> None:
    roads = load_roads()
    closures = []
    for (lon_deg, lat_deg), radius_km in discs:
        centre = Point(lon_deg=lon_deg, lat_deg=lat_deg)
        # Where no road lies within, nothing is to be closed.
        with suppress(InvalidInput):
            closures.append(close_disc(centre, radius_km, roads, name="disc"))
    assume(len(closures) > 1)
    area = shapely.union_all(
        [
            shapely.Polygon([(corner.lon_deg, corner.lat_deg) for corner in closure.polygon])
            for closure in closures
        ]
    )
    locations = [spot(str(place), *end) for place, end in enumerate(chain.from_iterable(ends))]
    travel = RoadTravel(roads.closed(closures))
    times = travel.travel_times(locations)
    finite = np.isfinite(times.duration_h[SPEED_CLASSES.index(speed_class)])
    legs = [
        (locations[row], locations[row + 1], speed_class)
        for row in range(0, len(locations), 2)
        if finite[row, row + 1]
    ]
    for path in travel.paths(legs):
        line = shapely.LineString([(point.lon_deg, point.lat_deg) for point in path.line])
        assert not area.intersects(line)
