"""Closures by disc, bridge, river and road name, with effects and times."""

from datetime import datetime
from math import pi

import networkx as nx
import numpy as np
import pytest
import shapely

from geodata.access import find_accesses
from geodata.closing import close_disc
from geodata.closures import closure_effects, parse_closure
from geodata.crossings import known_crossings
from geodata.crs import geodesic_km
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.roads import RoadNetwork, load_roads
from geodata.rules import load_rules
from geodata.travel import RoadTravel
from relief.errors import InvalidInput, UnknownPlace
from relief.places import Place, Point
from relief.plan.travel import ClosureKind, Location
from relief.units import SHANGHAI
from tests.geodata.five_junctions import POINTS, five_junctions

WUHAN_BRIDGE = "bridge near 114.29,30.55"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return load_roads()


def location_of(place: Place) -> Location:
    return Location(
        code=place.code, name_zh=place.name_zh, name_en=place.name_en, point=place.point
    )


# Places --------------------------------------------------------------------------------------


def test_a_disc_closes_what_lies_within() -> None:
    # Around junction 1; junction 2 lies 9.65 km east of it, 1-2 begins at the centre.
    centre = Point(lon_deg=POINTS[1][0], lat_deg=POINTS[1][1])
    closure = close_disc(centre, 5.0, five_junctions(), name="x")
    assert closure.edges == ((1, 2),)
    assert closure.kind is ClosureKind.BUFFER
    assert close_disc(centre, 9.7, five_junctions(), name="x").edges == ((1, 2), (2, 3), (2, 5))
    # It holds the circle: 1 % more for rounding, and 1/cos(pi/32) at the corners.
    off_km = [geodesic_km(centre, corner) for corner in closure.polygon]
    assert min(off_km) > 5.0
    assert max(off_km) < 5.0 * 1.02
    sides = shapely.Polygon([(p.lon_deg, p.lat_deg) for p in closure.polygon]).exterior
    nearest = sides.interpolate(sides.project(shapely.Point(centre.lon_deg, centre.lat_deg)))
    assert geodesic_km(centre, Point(lon_deg=nearest.x, lat_deg=nearest.y)) >= 5.0
    assert (
        pi * 5.0**2
        < shapely.Polygon(
            [((p.lon_deg - 114) * 96.49, (p.lat_deg - 30) * 110.85) for p in closure.polygon]
        ).area
        < 1.03 * pi * 5.0**2
    )


def test_a_bridge_is_the_nearest_known_crossing(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    closure = parse_closure(WUHAN_BRIDGE, gazetteer, roads)
    (expected,) = [
        crossing
        for crossing in known_crossings()
        if (crossing.point.lon_deg, crossing.point.lat_deg) == (114.2787, 30.5591)
    ]
    assert set(closure.edges) == {(min(edge), max(edge)) for edge in expected.edges}
    assert closure.kind is ClosureKind.BRIDGE
    assert "Approximate" in str(closure_effects(closure, roads)[-1])


def test_crossings_between_two_cities(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    closure = parse_closure("crossings of Yangtze between 武汉 and 黄石", gazetteer, roads)
    turned = parse_closure("crossings of 长江 between 黄石 and 武汉", gazetteer, roads)
    assert closure.edges == turned.edges
    inside = {
        (min(edge), max(edge))
        for crossing in known_crossings()
        if crossing.river_en == "Yangtze" and 114.31 < crossing.point.lon_deg < 115.05
        for edge in crossing.edges
    }
    assert set(closure.edges) >= inside
    for crossing in known_crossings():
        if crossing.river_en == "Han" or not 114.2 < crossing.point.lon_deg < 115.15:
            assert not {(min(e), max(e)) for e in crossing.edges} & set(closure.edges)


def test_cutting_all_crossings_names_exactly_the_counties_that_lose_wuhan(
    roads: RoadNetwork, gazetteer: Gazetteer
) -> None:
    closure = parse_closure("crossings of Yangtze", gazetteer, roads)
    places = [gazetteer.place("420100"), *gazetteer.counties]
    times = RoadTravel(roads.closed([closure])).travel_times([location_of(p) for p in places])
    lost = {
        county.code
        for county, hours in zip(gazetteer.counties, times.duration_h[0, 0, 1:], strict=True)
        if not np.isfinite(hours)
    }
    # The same from a plain graph without the stretches, and with every seat's own junction.
    graph = roads.graph().to_undirected()
    graph.remove_edges_from(closure.edges)
    wuhan, *seats = find_accesses([location_of(p) for p in places], roads, load_rules())
    assert wuhan is not None
    ids = roads.layout.node_ids
    held = nx.node_connected_component(graph, int(ids[wuhan.row]))
    assert lost == {
        county.code
        for county, access in zip(gazetteer.counties, seats, strict=True)
        if access is not None and int(ids[access.row]) not in held
    }
    # Geography: Xianning (4212), Enshi (4228), Huangshi (4202) and Ezhou (4207) lie south of the
    # river, and so do these of Wuhan, of Jingzhou and of Yichang; all others north.
    south = {"420106", "420107", "420111", "420115"}
    south |= {"421022", "421081", "421087"}
    south |= {"420504", "420527", "420528", "420529", "420581"}
    cities = {"4212", "4228", "4202", "4207"}
    assert lost == south | {c.code for c in gazetteer.counties if c.code[:4] in cities}


# Effects and times ---------------------------------------------------------------------------


def test_a_speed_factor(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    plain = parse_closure("利川市-恩施市", gazetteer, roads)
    snow = parse_closure("speed 0.4 利川市-恩施市", gazetteer, roads, reason="snow")
    assert (snow.edges, snow.speed_share, snow.reason) == (plain.edges, 0.4, "snow")
    assert str(closure_effects(snow, roads)[0]) == (
        "Slowed to 40 % of the usual speed: 3 stretches, 77 km."
    )


def test_a_weight_limit_bars_by_class(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    # Loaded: light 4.495 t, medium 25 t, heavy 49 t.
    for limit, barred in (("30", ("heavy",)), ("25", ("heavy",)), ("20", ("medium", "heavy"))):
        closure = parse_closure(f"weight {limit} t {WUHAN_BRIDGE}", gazetteer, roads)
        assert closure.speed_classes == barred
    assert closure.max_weight_kg == 20_000
    assert str(closure_effects(closure, roads)[0]).startswith(
        "Closed above 20 t, that is to medium, heavy trucks: 12 stretches"
    )


def test_a_convoy_leads_out_of_the_first_county(roads: RoadNetwork, gazetteer: Gazetteer) -> None:
    closure = parse_closure("convoy 利川市-恩施市", gazetteer, roads)
    assert closure.edges == parse_closure("利川市-恩施市", gazetteer, roads).edges
    assert {(min(way), max(way)) for way in closure.open_ways} == set(closure.edges)
    turned = parse_closure("convoy 恩施市-利川市", gazetteer, roads)
    assert {way[::-1] for way in turned.open_ways} == set(closure.open_ways)
    ends = [location_of(gazetteer.find(name)) for name in ("利川市", "恩施市")]
    before = RoadTravel(roads).travel_times(ends).duration_h[0]
    during = RoadTravel(roads.closed([closure])).travel_times(ends).duration_h[0]
    assert during[0, 1] == before[0, 1]
    assert during[1, 0] > before[1, 0] + 1
    stretch = parse_closure("convoy edge 406640-406638", gazetteer, roads)
    assert stretch.open_ways == ((406640, 406638),)


@pytest.mark.parametrize(
    ("words", "begin", "end"),
    [
        (
            "from 2016-07-06T08:00 until 2016-07-07T20:00",
            datetime(2016, 7, 6, 8, tzinfo=SHANGHAI),
            datetime(2016, 7, 7, 20, tzinfo=SHANGHAI),
        ),
        ("from 2016-07-06 08:30", datetime(2016, 7, 6, 8, 30, tzinfo=SHANGHAI), None),
        ("until 2016-07-07", None, datetime(2016, 7, 7, tzinfo=SHANGHAI)),
        ("UNTIL 2016-07-07T00:00Z", None, datetime(2016, 7, 7, 8, tzinfo=SHANGHAI)),
        ("", None, None),
    ],
)
def test_when_a_closure_holds(
    roads: RoadNetwork,
    gazetteer: Gazetteer,
    words: str,
    begin: datetime | None,
    end: datetime | None,
) -> None:
    closure = parse_closure(f"利川市-恩施市 {words}", gazetteer, roads)
    assert (closure.from_at, closure.until_at) == (begin, end)
    assert len(closure.edges) == 3


@pytest.mark.parametrize(
    ("text", "error", "what"),
    [
        ("bridge near 110,33", InvalidInput, "nearest, over the Han .*22 km off"),
        ("bridge near Wuhan", InvalidInput, "longitude, comma, latitude"),
        ("crossings of Yanktze", InvalidInput, "river is not known.*Yangtze"),
        ("crossings of Yangtze between Wuhan and Shiyan", InvalidInput, "179 km from the river"),
        ("crossings of Yangtze between Wuhan and Wuhann", UnknownPlace, "'Wuhann'"),
        ("crossings of Xiang", InvalidInput, "No road crosses the river there"),
        ("buffer 114.3,30.6 500 km", InvalidInput, "radius.*at most 100 km"),
        ("buffer 114.3,30.6 0 km", InvalidInput, "radius.*above 0"),
        ("buffer 124.3,30.6 5 km", InvalidInput, "touches no road"),
        ("polygon 108,28 116,28 116,34 108,34", InvalidInput, "too much: 22 % of all roads"),
        ("speed 0 利川市-恩施市", InvalidInput, "between 0 and 1"),
        ("speed 1.5 利川市-恩施市", InvalidInput, "between 0 and 1"),
        ("weight 60 t 利川市-恩施市", InvalidInput, "bars no class"),
        ("利川市-恩施市 from 2016-07-08 until 2016-07-07", InvalidInput, "ends before it begins"),
        ("利川市-恩施市 from 2016-13-08", InvalidInput, "no instant"),
        (
            "G50 between Lichuan and Enshi",
            InvalidInput,
            "knows no names of roads.*利川市-恩施市.*import",
        ),
        ("G50 between Lichun and Enshy", UnknownPlace, "'Lichun'(.|\n)*'Enshy'"),
    ],
)
def test_a_closure_that_cannot_be_is_refused(
    roads: RoadNetwork, gazetteer: Gazetteer, text: str, error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        parse_closure(text, gazetteer, roads)


def test_a_small_network_knows_no_bridges(gazetteer: Gazetteer) -> None:
    with pytest.raises(InvalidInput, match="neither bridges nor crossings"):
        parse_closure(WUHAN_BRIDGE, gazetteer, five_junctions())
