"""Time the travel matrices of the shipped road network: ``python -m benchmarks.travel``.

130 sources (county seats, then prefecture seats and cities) to all counties and townships, the
three speed classes and the heavy one in snow (0.6 of the speed). CCH answers everything, open and
with 100 closures; SciPy and networkx answer a few
of the sources for one class, and their time is scaled up. Every sampled answer is compared.
"""

import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from geodata.engine import CchEngine, DijkstraEngine, StretchCosts
from geodata.gazetteer import load_gazetteer
from geodata.layout import stretch_ends
from geodata.metric import NO_WAY
from geodata.roads import RoadNetwork, load_roads
from geodata.rules import SPEED_CLASSES, load_rules
from relief.places import Place
from relief.plan.travel import Closure, ClosureKind

NUM_SOURCES = 130
NUM_FOR_SCIPY = 20
NUM_FOR_NETWORKX = 3
NUM_CLOSED = 100
SNOW_SPEED_SHARE = 0.6
SEED = 1
KIB_PER_MIB = 1024

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What took how long; `compare` marks the rows whose ratio to CCH is printed."""

    what: str
    sources: str
    wall_s: float
    compare: bool = False


def clocked(work: Callable[[], Answer]) -> tuple[Answer, float]:
    start_s = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start_s


def costs_of(roads: RoadNetwork, speed_class: str) -> StretchCosts:
    layout = roads.layout
    middle_lon_deg = (layout.lon_deg[layout.tails] + layout.lon_deg[layout.heads]) / 2
    seconds = load_rules().drive_s(speed_class, layout.length_hm, middle_lon_deg)
    return StretchCosts(seconds=seconds, length_hm=layout.length_hm)


def junctions_of(roads: RoadNetwork, places: tuple[Place, ...]) -> NDArray[np.int64]:
    near = roads.junctions_near([place.point for place in places], count=1)
    return np.array([snaps[0].row for snaps in near if snaps], dtype=np.int64)


def timed_graph(roads: RoadNetwork, costs: StretchCosts) -> "nx.DiGraph[int]":
    graph = roads.graph()
    layout = roads.layout
    tails, heads = layout.node_ids[layout.tails], layout.node_ids[layout.heads]
    for one, other, seconds in zip(
        tails.tolist(), heads.tolist(), costs.seconds.tolist(), strict=True
    ):
        graph.edges[one, other]["seconds"] = graph.edges[other, one]["seconds"] = seconds
    return graph


def measure() -> tuple[int, list[Timing]]:
    roads, load_s = clocked(load_roads)
    gazetteer = load_gazetteer()
    sources = junctions_of(roads, (*gazetteer.counties, *gazetteer.prefectures, *gazetteer.cities))[
        :NUM_SOURCES
    ]
    targets = junctions_of(roads, (*gazetteer.counties, *gazetteer.townships))
    costs = [costs_of(roads, name) for name in SPEED_CLASSES]
    slow_s = np.ceil(costs[-1].seconds / SNOW_SPEED_SHARE).astype(np.int64)
    costs.append(StretchCosts(seconds=slow_s, length_hm=roads.layout.length_hm))
    rng = np.random.default_rng(SEED)
    shut_rows = rng.choice(len(roads.layout.tails), NUM_CLOSED, replace=False)
    shut = Closure(
        name="random",
        kind=ClosureKind.EDGE,
        reason="benchmark",
        edges=stretch_ends(roads.layout, shut_rows),
    )

    engines, ready_s = clocked(lambda: [CchEngine(roads, each) for each in costs])
    tables, cch_s = clocked(lambda: [engine.table(sources, targets) for engine in engines])
    again, closed_s = clocked(
        lambda: [CchEngine(roads.closed([shut]), each).table(sources, targets) for each in costs]
    )

    few = sources[:NUM_FOR_SCIPY]
    slow, scipy_s = clocked(
        lambda: DijkstraEngine(roads.closed([shut]), costs[1]).table(few, targets)
    )
    assert np.array_equal(slow.seconds, again[1].seconds[:NUM_FOR_SCIPY])
    assert np.array_equal(slow.length_hm, again[1].length_hm[:NUM_FOR_SCIPY])

    graph = timed_graph(roads, costs[1])
    ids = roads.layout.node_ids
    found, networkx_s = clocked(
        lambda: [
            nx.single_source_dijkstra_path_length(graph, int(ids[row]), weight="seconds")
            for row in sources[:NUM_FOR_NETWORKX].tolist()
        ]
    )
    for seconds, known in zip(found, tables[1].seconds[:NUM_FOR_NETWORKX], strict=True):
        assert [seconds.get(int(ids[row]), NO_WAY) for row in targets] == known.tolist()

    num, layers = len(sources), len(costs)
    return len(targets), [
        Timing(what="load the network", sources="", wall_s=load_s),
        Timing(what=f"CCH: weigh {layers} classes", sources="", wall_s=ready_s),
        Timing(what="CCH: matrix", sources=f"{num}", wall_s=cch_s, compare=True),
        Timing(
            what=f"CCH: close {NUM_CLOSED}, weigh, matrix again",
            sources=f"{num}",
            wall_s=closed_s,
            compare=True,
        ),
        Timing(
            what="SciPy: matrix",
            sources=f"{NUM_FOR_SCIPY} of {num}",
            wall_s=scipy_s * num / NUM_FOR_SCIPY * layers,
            compare=True,
        ),
        Timing(
            what="networkx: matrix",
            sources=f"{NUM_FOR_NETWORKX} of {num}",
            wall_s=networkx_s * num / NUM_FOR_NETWORKX * layers,
            compare=True,
        ),
    ]


def main() -> None:
    num_targets, timings = measure()
    base_s = next(timing.wall_s for timing in timings if timing.compare)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
    print(f"Python {platform.python_version()}, peak memory {peak_mib:.0f} MiB")
    size = f"{NUM_SOURCES} sources x {num_targets:,} targets x {len(SPEED_CLASSES) + 1} classes"
    print(f"{size}, one thread")
    print(f"\n| {'what':<40} | {'sources':<10} | {'s':>8} | {'to CCH':>7} |")
    print(f"|{'-' * 42}|{'-' * 12}|{'-' * 9}:|{'-' * 8}:|")
    for timing in timings:
        ratio = f"{timing.wall_s / base_s:.1f}" if timing.compare else ""
        print(f"| {timing.what:<40} | {timing.sources:<10} | {timing.wall_s:8.2f} | {ratio:>7} |")


if __name__ == "__main__":
    main()
