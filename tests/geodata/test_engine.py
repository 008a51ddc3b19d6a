from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.engine import ENGINES, CchEngine, StretchCosts, contraction_order, make_engine
from geodata.layout import RoadLayout, stretch_ends
from geodata.metric import NO_WAY
from geodata.roads import RoadNetwork, build_network, load_roads
from geodata.rules import SPEED_CLASSES, load_rules
from relief.plan.travel import Closure, ClosureKind
from tests.geodata.five_junctions import STRETCHES_HM, five_junctions

ROWS = np.arange(5)


def costs_of(roads: RoadNetwork, seconds_per_hm: int = 10) -> StretchCosts:
    length_hm = roads.layout.length_hm
    return StretchCosts(seconds=length_hm * seconds_per_hm, length_hm=length_hm)


@pytest.mark.parametrize("name", ENGINES)
def test_ways_through_five_junctions(name: str) -> None:
    roads = five_junctions()
    ways = make_engine(name, roads, costs_of(roads)).table(ROWS, ROWS)
    # From 1: 2 at 10 km, 3 at 20, 5 at 15 (2->5), 4 at 19 by way of 5.
    assert ways.length_hm[0].tolist() == [0, 100, 200, 190, 150]
    assert ways.seconds[0].tolist() == [0, 1000, 2000, 1900, 1500]
    # Back from 4 the one-way stretch bars: 5 at 4, 3 at 10, 2 at 20, 1 at 30 km.
    assert ways.length_hm[3].tolist() == [300, 200, 100, 0, 40]


@pytest.mark.parametrize("name", ENGINES)
def test_the_way_itself(name: str) -> None:
    roads = five_junctions()
    engine = make_engine(name, roads, costs_of(roads))
    assert engine.way(0, 3) == (0, 1, 4, 3)
    assert engine.way(3, 0) == (3, 2, 1, 0)
    assert engine.way(2, 2) == (2,)


@pytest.mark.parametrize("name", ENGINES)
def test_where_there_is_no_way(name: str) -> None:
    cut = Closure(name="cut", kind=ClosureKind.EDGE, reason="", edges=((4, 5), (3, 4)))
    roads = five_junctions().closed([cut])
    engine = make_engine(name, roads, costs_of(roads))
    ways = engine.table(ROWS, ROWS)
    # 4 is alone; 5 can still be reached from 2 but not left, 2->5 being one way.
    assert ways.seconds[:, 3].tolist() == [NO_WAY, NO_WAY, NO_WAY, 0, NO_WAY]
    assert ways.seconds[4].tolist() == [NO_WAY, NO_WAY, NO_WAY, NO_WAY, 0]
    assert ways.length_hm[4].tolist() == [NO_WAY, NO_WAY, NO_WAY, NO_WAY, 0]
    assert ways.length_hm[0, 4] == 150
    assert engine.way(0, 3) == ()
    assert engine.way(4, 0) == ()


@pytest.mark.parametrize("name", ENGINES)
def test_of_equally_fast_ways_the_shortest_counts(name: str) -> None:
    roads = five_junctions()
    # 1-2-3-4 and 1-2-5-4 both take 300 s; the second is 19 km against 30.
    seconds = np.array([100, 100, 100, 100, 100])
    costs = StretchCosts(seconds=seconds, length_hm=roads.layout.length_hm)
    engine = make_engine(name, roads, costs)
    ways = engine.table(ROWS[:1], ROWS[3:4])
    assert (ways.seconds[0, 0], ways.length_hm[0, 0]) == (300, 190)
    assert engine.way(0, 3) == (0, 1, 4, 3)


@pytest.mark.parametrize("name", ENGINES)
def test_of_stretches_side_by_side_the_best_counts(name: str) -> None:
    layout = five_junctions().layout
    double = RoadLayout(
        node_ids=layout.node_ids,
        lon_deg=layout.lon_deg,
        lat_deg=layout.lat_deg,
        tails=np.append(layout.tails, 1),
        heads=np.append(layout.heads, 0),
        length_hm=np.append(layout.length_hm, 70),
        one_way=np.append(layout.one_way, False),
        contraction_rank=layout.contraction_rank,
    )
    roads = build_network(name="double", layout=double)
    ways = make_engine(name, roads, costs_of(roads)).table(ROWS[:2], ROWS[:2])
    assert ways.length_hm.tolist() == [[0, 70], [70, 0]]


@pytest.mark.parametrize("name", ENGINES)
def test_empty_questions_have_empty_answers(name: str) -> None:
    roads = five_junctions()
    engine = make_engine(name, roads, costs_of(roads))
    none = np.empty(0, dtype=np.int64)
    assert engine.table(none, ROWS).seconds.shape == (0, 5)
    assert engine.table(ROWS, none).length_hm.shape == (5, 0)


def test_ways_too_long_for_31_bits_are_found_all_the_same() -> None:
    # At 10,000 s a hectometre (1 km in 28 hours) every leg overflows the hierarchy's weights.
    roads = five_junctions()
    costs = costs_of(roads, seconds_per_hm=1_000_000)
    fast, slow = (make_engine(name, roads, costs) for name in ENGINES)
    assert fast.table(ROWS, ROWS).seconds.tolist() == slow.table(ROWS, ROWS).seconds.tolist()
    assert fast.table(ROWS, ROWS).length_hm[0].tolist() == [0, 100, 200, 190, 150]
    assert fast.way(0, 3) == slow.way(0, 3) == (0, 1, 4, 3)
    assert fast.way(3, 0) == (3, 2, 1, 0)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 90)), min_size=1, max_size=40))
def test_time_and_length_never_mix_below_the_limit(stretches: list[tuple[int, int]]) -> None:
    costs = StretchCosts(
        seconds=np.array([seconds for seconds, _ in stretches]),
        length_hm=np.array([length for _, length in stretches]),
    )
    scale = costs.narrow_scale()
    for seconds, length_hm in stretches:
        # So many of one stretch that the sum just stays below the limit.
        times = (2**31 - 1) // (seconds * scale + length_hm)
        total = times * (seconds * scale + length_hm)
        assert divmod(total, scale) == (times * seconds, times * length_hm)


@st.composite
def networks(draw: st.DrawFn) -> tuple[RoadNetwork, StretchCosts]:
    """Return a small network with one-way, parallel and closed stretches, and costs."""
    size = draw(st.integers(2, 9))
    junction = st.integers(0, size - 1)
    pairs = draw(
        st.lists(st.tuples(junction, junction).filter(lambda p: p[0] != p[1]), max_size=24)
    )
    number = len(pairs)
    flags = st.lists(st.booleans(), min_size=number, max_size=number)
    small = st.lists(st.integers(1, 6), min_size=number, max_size=number)
    layout = RoadLayout(
        node_ids=np.arange(size) * 7 + 3,
        lon_deg=np.linspace(114, 115, size),
        lat_deg=np.linspace(30, 31, size)[::-1].copy(),
        tails=np.array([one for one, _ in pairs], dtype=np.int64),
        heads=np.array([other for _, other in pairs], dtype=np.int64),
        length_hm=np.array(draw(small), dtype=np.int64),
        one_way=np.array(draw(flags), dtype=np.bool_),
        contraction_rank=np.empty(0, dtype=np.int64),
    )
    roads = build_network(name="drawn", layout=layout)
    shut = np.flatnonzero(np.array(draw(flags), dtype=np.bool_))
    if len(shut):
        edges = stretch_ends(layout, shut)
        shutting = Closure(name="shut", kind=ClosureKind.EDGE, reason="", edges=edges)
        roads = roads.closed([shutting])
    return roads, StretchCosts(
        seconds=np.array(draw(small), dtype=np.int64), length_hm=layout.length_hm
    )


@settings(max_examples=60, deadline=None)
@given(networks())
def test_both_engines_agree_with_each_other_and_with_networkx(
    case: tuple[RoadNetwork, StretchCosts],
) -> None:
    roads, costs = case
    rows = np.arange(len(roads.layout.node_ids))
    fast, slow = (make_engine(name, roads, costs) for name in ENGINES)
    one, other = fast.table(rows, rows), slow.table(rows, rows)
    assert one.seconds.tolist() == other.seconds.tolist()
    assert one.length_hm.tolist() == other.length_hm.tolist()

    # A third answer: lexicographic weights on a plain graph.
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(rows.tolist())
    layout = roads.layout
    for row in np.flatnonzero(roads.is_open).tolist():
        tail, head = int(layout.tails[row]), int(layout.heads[row])
        weight = int(costs.seconds[row]) * 1000 + int(costs.length_hm[row])
        for start, end in [(tail, head)] + ([] if layout.one_way[row] else [(head, tail)]):
            known = graph.edges[start, end]["weight"] if graph.has_edge(start, end) else weight
            graph.add_edge(start, end, weight=min(weight, known))
    for start, found in nx.all_pairs_dijkstra_path_length(graph):
        for end in rows.tolist():
            expected = divmod(found[end], 1000) if end in found else (NO_WAY, NO_WAY)
            assert (int(one.seconds[start, end]), int(one.length_hm[start, end])) == expected
            way = fast.way(start, end)
            assert bool(way) == (end in found)
            if way:
                assert sum(graph.edges[leg]["weight"] for leg in pairwise(way)) == found[end]


@pytest.mark.parametrize("speed_class", SPEED_CLASSES)
def test_both_engines_agree_on_the_shipped_network(speed_class: str) -> None:
    roads = load_roads()
    layout = roads.layout
    rng = np.random.default_rng(20160706)
    origins = rng.choice(len(layout.node_ids), 12, replace=False)
    destinations = rng.choice(len(layout.node_ids), 300, replace=False)
    closed_rows = rng.choice(len(layout.tails), 5_000, replace=False)
    edges = stretch_ends(layout, closed_rows)
    closed = roads.closed([Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=edges)])
    middle_lon_deg = (layout.lon_deg[layout.tails] + layout.lon_deg[layout.heads]) / 2
    costs = StretchCosts(
        seconds=load_rules().drive_s(speed_class, layout.length_hm, middle_lon_deg),
        length_hm=layout.length_hm,
    )
    tables = []
    for network in (roads, closed):
        fast, slow = (make_engine(name, network, costs) for name in ENGINES)
        one, other = fast.table(origins, destinations), slow.table(origins, destinations)
        assert np.array_equal(one.seconds, other.seconds)
        assert np.array_equal(one.length_hm, other.length_hm)
        tables.append(np.where(one.seconds == NO_WAY, np.iinfo(np.int64).max, one.seconds))
    # Closing roads never makes a way faster.
    assert bool((tables[1] >= tables[0]).all())
    assert bool((tables[1] > tables[0]).any())


def test_the_shipped_order_is_the_one_that_is_computed() -> None:
    layout = load_roads().layout
    unordered = RoadLayout(
        node_ids=layout.node_ids,
        lon_deg=layout.lon_deg,
        lat_deg=layout.lat_deg,
        tails=layout.tails,
        heads=layout.heads,
        length_hm=layout.length_hm,
        one_way=layout.one_way,
        contraction_rank=np.empty(0, dtype=np.int64),
    )
    assert contraction_order(unordered) == contraction_order(layout)


def test_an_engine_for_one_network_leaves_those_for_others_as_they_are() -> None:
    # All four share one metric in turn, with nothing, 2-5, everything and one direction closed.
    roads = five_junctions()
    costs = costs_of(roads)
    cut = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=((2, 5),))
    every = Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=tuple(STRETCHES_HM))
    no_way_back = replace(costs, back=np.zeros(5, dtype=np.bool_))
    cases = [
        (CchEngine(roads, costs), 190),
        (CchEngine(roads.closed([cut]), costs), 300),
        (CchEngine(roads.closed([every]), costs), NO_WAY),
        (CchEngine(roads, no_way_back), 300),
    ]
    for _ in range(2):
        for engine, length_hm in cases:
            assert engine.table(ROWS[:1], ROWS[3:4]).length_hm[0, 0] == length_hm
    assert cases[3][0].table(ROWS[3:4], ROWS[:1]).seconds[0, 0] == NO_WAY


def test_the_loss_of_one_stretch_more() -> None:
    roads = five_junctions()
    engine = CchEngine(roads, costs_of(roads))
    # Without 2->5 the way to 4 is 30 km instead of 19, and 5 is reached round by 4: 34 km.
    assert engine.seconds_without(3, 0, ROWS).tolist() == [0, 1000, 2000, 3000, 3400]
    assert engine.seconds_without(0, 0, ROWS).tolist() == [0, NO_WAY, NO_WAY, NO_WAY, NO_WAY]
    assert engine.table(ROWS[:1], ROWS).seconds.tolist() == [[0, 1000, 2000, 1900, 1500]]
