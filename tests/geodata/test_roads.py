import networkx as nx
import numpy as np
import pytest

from geodata.gazetteer import load_gazetteer
from geodata.layout import main_junctions
from geodata.roads import ACCESS_LIMIT_KM, SNAP_LIMIT_KM, RoadNetwork, load_roads
from relief.errors import InvalidInput, UnreachablePlace
from relief.places import Point
from relief.plan.travel import Closure, ClosureKind
from tests.geodata.five_junctions import POINTS, STRETCHES_HM, five_junctions


def closure(*edges: tuple[int, int], name: str = "closure") -> Closure:
    return Closure(name=name, kind=ClosureKind.EDGE, reason="", edges=edges)


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return load_roads()


def test_the_shipped_network_is_whole(roads: RoadNetwork) -> None:
    assert len(roads.layout.node_ids) == 57_746
    assert len(roads.layout.tails) == 89_772
    assert len(main_junctions(roads.layout)) == 57_441
    assert roads.approximate
    assert bool(roads.is_open.all())
    assert int(roads.layout.length_hm.min()) >= 1


def test_the_shipped_contraction_order_names_every_junction_once(roads: RoadNetwork) -> None:
    ranks = np.sort(roads.layout.contraction_rank)
    assert ranks.tolist() == list(range(57_746))


def test_every_county_seat_is_on_the_network(roads: RoadNetwork) -> None:
    distance_km = {
        county.name_en: roads.snap(county.point).straight_km for county in load_gazetteer().counties
    }
    farthest = max(distance_km, key=lambda name: distance_km[name])
    assert farthest == "Shennongjia"
    # Measured independently on the sphere before building: worst 13.1 km, median 1.0 km.
    assert distance_km[farthest] == pytest.approx(13.1, abs=0.1)
    assert float(np.median(list(distance_km.values()))) == pytest.approx(1.0, abs=0.1)


def test_a_snap_is_the_nearest_junction_of_all(roads: RoadNetwork) -> None:
    point = Point(lon_deg=114.3, lat_deg=30.6)
    snap = roads.snap(point)
    rows = main_junctions(roads.layout)
    flat = np.hypot(
        (roads.layout.lon_deg[rows] - point.lon_deg) * np.cos(np.radians(point.lat_deg)),
        roads.layout.lat_deg[rows] - point.lat_deg,
    )
    assert snap.row == int(rows[flat.argmin()])
    assert snap.straight_km == pytest.approx(float(flat.min()) * 111, rel=0.01)


def test_a_point_beyond_the_limit_is_off_the_network() -> None:
    roads = five_junctions()
    # A degree of latitude is 110.9 km: 0.13 degree is 14.4 km, 0.14 degree 15.5 km.
    assert roads.snap(Point(lon_deg=114.0, lat_deg=29.87)).node_id == 1
    with pytest.raises(UnreachablePlace, match=r"No road junction .* within 15\.0 km"):
        roads.snap(Point(lon_deg=114.0, lat_deg=29.86))
    assert SNAP_LIMIT_KM == 15.0


def test_junctions_near_come_nearest_first_and_within_the_access_limit() -> None:
    roads = five_junctions()
    (near,) = roads.junctions_near([Point(lon_deg=114.11, lat_deg=30.0)], count=9)
    # 114.1 lies 0.96 km off, 114.2 8.7 km, 114.0 10.6 km, 5 14.1 km, 114.3 18.3 km.
    assert [snap.node_id for snap in near] == [2, 3, 1, 5, 4]
    assert near[0].straight_km == pytest.approx(0.965, abs=0.001)
    (none,) = roads.junctions_near([Point(lon_deg=114.0, lat_deg=29.63)], count=9)
    assert none == []
    assert ACCESS_LIMIT_KM == 40.0
    assert roads.junctions_near([], count=3) == []


def test_closing_gives_a_new_network_and_leaves_the_old_one() -> None:
    roads = five_junctions()
    before = roads.is_open.copy()
    closed = roads.closed([closure((3, 2))])
    assert closed.is_open.tolist() == [True, False, True, True, True]
    assert roads.is_open.tolist() == before.tolist() == [True] * 5
    assert closed.layout is roads.layout
    assert closed.fingerprint != roads.fingerprint
    assert closed.closures == (closure((3, 2)),)
    assert roads.closures == ()


def test_closures_add_up() -> None:
    roads = five_junctions()
    first, second = closure((1, 2)), closure((4, 5), name="other")
    twice = roads.closed([first]).closed([second])
    assert twice.is_open.tolist() == [False, True, True, True, False]
    assert twice.closures == (first, second)
    assert twice.fingerprint == roads.closed([first, second]).fingerprint


def test_the_fingerprint_is_of_the_content() -> None:
    assert five_junctions().fingerprint == five_junctions().fingerprint
    assert load_roads().fingerprint != five_junctions().fingerprint
    area = Closure(
        name="x",
        kind=ClosureKind.POLYGON,
        reason="",
        edges=((1, 2),),
        polygon=(Point(lon_deg=1, lat_deg=2),),
    )
    # An area also bars access legs, so it is not the same as its stretches.
    assert (
        five_junctions().closed([area]).fingerprint
        != five_junctions().closed([closure((1, 2))]).fingerprint
    )


def test_arrays_cannot_be_changed() -> None:
    roads = five_junctions()
    for array in (roads.is_open, roads.layout.length_hm, roads.closed([closure((1, 2))]).is_open):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_closures_that_match_nothing_are_refused_all_at_once() -> None:
    roads = five_junctions()
    with pytest.raises(InvalidInput, match="no such stretch") as caught:
        roads.closed([closure((1, 3), (9, 10)), closure(name="empty"), closure((1, 2))])
    assert [(fault.where, fault.value) for fault in caught.value.faults] == [
        ("closure closure", "1-3"),
        ("closure closure", "9-10"),
        ("closure empty", ""),
    ]


def test_the_graph_holds_the_open_stretches_in_their_directions() -> None:
    graph = five_junctions().closed([closure((1, 2))]).graph()
    assert sorted(graph.nodes) == sorted(POINTS)
    assert sorted(graph.edges) == [(2, 3), (2, 5), (3, 2), (3, 4), (4, 3), (4, 5), (5, 4)]
    assert graph.edges[2, 5]["length_km"] == STRETCHES_HM[2, 5] / 10
    assert graph.nodes[5] == {"lon_deg": 114.2, "lat_deg": 30.1}


def test_the_shipped_network_can_be_read_as_a_graph(roads: RoadNetwork) -> None:
    graph = roads.graph()
    assert graph.number_of_nodes() == 57_746
    assert graph.number_of_edges() == 2 * 89_772
    assert max(map(len, nx.weakly_connected_components(graph))) == 57_441
    assert graph.graph["fingerprint"] == roads.fingerprint
