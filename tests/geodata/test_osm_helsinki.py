"""The imported centre of Helsinki against graphs made in another way from the same file."""

import tomllib
from itertools import pairwise

import networkx as nx
import numpy as np
import osmium
import pytest
from numpy.typing import NDArray
from pyproj import Geod

from geodata.engine import ENGINES, StretchCosts, make_engine
from geodata.layout import stretch_ends
from geodata.metric import NO_WAY
from geodata.osm import import_extract
from geodata.road_details import RoadDetails
from geodata.roads import RoadNetwork, build_network
from geodata.rules import SPEED_CLASSES
from geodata.sources import data_file
from geodata.vehicle_rules import roads_for
from relief.plan.travel import Closure, ClosureKind
from tests.geodata.osm_files import helsinki

NUM_PAIRS = 1_000
GEOD = Geod(ellps="GRS80")
RULES = tomllib.loads(data_file("vehicles.toml").read_text(encoding="utf-8"))
CAR_KEYS = ("goods", "motor_vehicle", "vehicle", "access")
BARRED = {"no", "private", "service"}
SIDE_SERVICES = {"driveway", "parking_aisle"}


@pytest.fixture(scope="module")
def roads() -> RoadNetwork:
    return build_network(name="Helsinki", layout=import_extract(helsinki(), anywhere=True).layout)


@pytest.fixture(scope="module")
def details(roads: RoadNetwork) -> RoadDetails:
    assert roads.layout.details is not None
    return roads.layout.details


@pytest.fixture(scope="module")
def plain() -> "nx.DiGraph[int]":
    """Return every leg of every drivable way as an edge, with no junctions and no rounding."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    places: dict[int, tuple[float, float]] = {}
    barriers = set()
    for node in osmium.FileProcessor(str(helsinki()), osmium.osm.NODE):
        assert isinstance(node, osmium.osm.Node)
        places[node.id] = (node.lon, node.lat)
        if node.tags.get("barrier") in {"bollard", "block"}:
            barriers.add(node.id)
    for way in osmium.FileProcessor(str(helsinki()), osmium.osm.WAY):
        assert isinstance(way, osmium.osm.Way)
        tags = {tag.k: tag.v for tag in way.tags}
        kind = tags.get("highway", "")
        if kind not in RULES["trucks"]["light"]["km_h"] or tags.get("area") == "yes":
            continue
        if tags.get("service") in SIDE_SERVICES:
            continue
        if next((tags[key] for key in CAR_KEYS if key in tags), "yes") in BARRED:
            continue
        refs = [node.ref for node in way.nodes]
        one_way = tags.get("oneway") == "yes" or (
            tags.get("junction") == "roundabout" and tags.get("oneway") != "no"
        )
        for one, other in pairwise(refs):
            if one not in places or other not in places or barriers & {one, other}:
                continue
            length_m = GEOD.inv(*places[one], *places[other])[2]
            add(graph, one, other, length_m, tags)
            if not one_way:
                add(graph, other, one, length_m, tags)
    return graph


def add(
    graph: "nx.DiGraph[int]", one: int, other: int, length_m: float, tags: dict[str, str]
) -> None:
    speed = float(tags.get("maxspeed", 0)) or 999.0
    weights = {"m": length_m}
    for name, truck in RULES["trucks"].items():
        fits = (
            float(tags.get("maxweight", 99)) * 1000 >= truck["gross_weight_kg"]
            and float(tags.get("maxheight", 9)) * 100 >= truck["height_cm"]
            and tags.get("hgv") != "no"
        )
        km_h = min(speed, truck["km_h"][tags["highway"]])
        weights[name] = length_m / km_h * 3.6 if fits else float("inf")
    if graph.has_edge(one, other):
        known = graph.edges[one, other]
        weights = {key: min(value, known[key]) for key, value in weights.items()}
    graph.add_edge(one, other, **weights)


def pairs(roads: RoadNetwork) -> NDArray[np.int64]:
    rng = np.random.default_rng(2026)
    return rng.integers(0, len(roads.layout.node_ids), (NUM_PAIRS, 2))


def best(graph: "nx.DiGraph[int]", one: int, other: int, weight: str) -> tuple[float, list[int]]:
    path = nx.dijkstra_path(graph, one, other, weight=weight)
    return sum(float(graph.edges[leg][weight]) for leg in pairwise(path)), path


@pytest.mark.parametrize("name", ENGINES)
def test_distances_are_those_of_the_plain_graph(
    name: str, roads: RoadNetwork, details: RoadDetails, plain: "nx.DiGraph[int]"
) -> None:
    # Lengths in decimetres take the place of seconds, so that the shortest way is asked for.
    decimetres = np.maximum(np.rint(10 * details.length_m).astype(np.int64), 1)
    costs = StretchCosts(seconds=decimetres, length_hm=np.zeros(len(decimetres), dtype=np.int64))
    rows = np.arange(len(roads.layout.node_ids))
    table = make_engine(name, roads, costs).table(rows, rows)
    ids = roads.layout.node_ids.tolist()
    known = set(ids)
    worst_m = 0.0
    for one, other in pairs(roads).tolist():
        length_m, path = best(plain, ids[one], ids[other], "m")
        junctions = sum(point in known for point in path)
        off_m = abs(table.seconds[one, other] / 10 - length_m)
        assert off_m <= 0.05 * junctions + 1e-3
        worst_m = max(worst_m, off_m)
    # Stretches are kept to a decimetre.
    assert worst_m < 0.5


@pytest.mark.parametrize("speed_class", SPEED_CLASSES)
def test_times_are_those_of_the_plain_graph_but_for_whole_seconds(
    speed_class: str, roads: RoadNetwork, details: RoadDetails, plain: "nx.DiGraph[int]"
) -> None:
    usable, costs = roads_for(roads, details, speed_class)
    rows = np.arange(len(roads.layout.node_ids))
    table = make_engine("cch", usable, costs).table(rows, rows)
    ids = roads.layout.node_ids.tolist()
    known = set(ids)
    reached = 0
    for one, other in pairs(roads).tolist():
        exact_s, path = best(plain, ids[one], ids[other], speed_class)
        found_s = int(table.seconds[one, other])
        if exact_s == float("inf"):
            assert found_s == NO_WAY
            continue
        reached += 1
        # Every stretch is rounded up: less than a second each.
        junctions = sum(point in known for point in path)
        assert exact_s - 1e-3 <= found_s < exact_s + junctions
    assert reached > 0.85 * NUM_PAIRS


@pytest.mark.parametrize("shut", [False, True])
@pytest.mark.parametrize("speed_class", SPEED_CLASSES)
def test_both_engines_equal_networkx_on_every_pair(
    speed_class: str, roads: RoadNetwork, details: RoadDetails, *, shut: bool
) -> None:
    if shut:
        rows = np.random.default_rng(7).choice(len(roads.layout.tails), 20, replace=False)
        edges = stretch_ends(roads.layout, rows)
        roads = roads.closed([Closure(name="x", kind=ClosureKind.EDGE, reason="", edges=edges)])
    usable, costs = roads_for(roads, details, speed_class)
    everywhere = np.arange(len(roads.layout.node_ids))
    fast, slow = (
        make_engine(name, usable, costs).table(everywhere, everywhere) for name in ENGINES
    )
    assert np.array_equal(fast.seconds, slow.seconds)
    assert np.array_equal(fast.length_hm, slow.length_hm)
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(everywhere.tolist())
    for row in np.flatnonzero(usable.is_open).tolist():
        ends = int(roads.layout.tails[row]), int(roads.layout.heads[row])
        graph.add_edge(*ends, seconds=int(costs.seconds[row]))
        if not roads.layout.one_way[row]:
            graph.add_edge(*ends[::-1], seconds=int(costs.seconds[row]))
    for one, found in nx.all_pairs_dijkstra_path_length(graph, weight="seconds"):
        expected = [found.get(other, NO_WAY) for other in everywhere.tolist()]
        assert fast.seconds[one].tolist() == expected


def test_one_way_streets_make_ways_there_and_back_differ(
    roads: RoadNetwork, details: RoadDetails
) -> None:
    usable, costs = roads_for(roads, details, "light")
    rows = np.arange(len(roads.layout.node_ids))
    seconds = make_engine("cch", usable, costs).table(rows, rows).seconds
    both = (seconds > 0) & (seconds.T > 0)
    assert float((seconds != seconds.T)[both].mean()) > 0.9
    # The same streets without their signs: there and back take the same time.
    ratio = np.maximum(seconds, seconds.T)[both] / np.minimum(seconds, seconds.T)[both]
    assert float(np.median(ratio)) > 1.05


def test_heavier_trucks_reach_less_and_are_slower(roads: RoadNetwork, details: RoadDetails) -> None:
    rows = np.arange(len(roads.layout.node_ids))
    tables = []
    for speed_class in SPEED_CLASSES:
        usable, costs = roads_for(roads, details, speed_class)
        tables.append(make_engine("cch", usable, costs).table(rows, rows).seconds)
    for lighter, heavier in pairwise(tables):
        assert bool((lighter[heavier != NO_WAY] != NO_WAY).all())
        assert bool((heavier >= lighter)[heavier != NO_WAY].all())
        assert int((heavier == NO_WAY).sum()) > int((lighter == NO_WAY).sum())
