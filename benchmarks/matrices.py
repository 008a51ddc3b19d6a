"""Time matrices of a large graph side by side: ``python -m benchmarks.matrices``.

A synthetic planar road graph of 200,000 junctions and 500,000 arcs: a jittered grid, thinned to a
random spanning tree and one extra stretch in five, every tenth row and column an arterial. 120
sources to 1,300 targets; then 100 arterial stretches are closed and the whole table is made again.

Our two engines and networkx run here; pandana runs in the interpreter given by ``--pandana``, one
in which ``pip install pandana`` worked; OSRM in that given by ``--osrm-python``, one of Python 3.12
in which ``pip install osrm-bindings`` worked. networkx answers a few sources, and its time is
scaled up. Every answer of SciPy, networkx and OSRM is compared with CCH's. Times are CPU seconds of
all threads, the best of three for CCH and OSRM, because others share the machine. Memory is what
the engine adds to the process while it is loaded, the build left out.
"""

import argparse
import gc
import json
import platform
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from benchmarks.osrm_rival import Question, has_osrm, run_osrm
from geodata.engine import CchEngine, DijkstraEngine, StretchCosts, hierarchy
from geodata.layout import RoadLayout, stretch_ends
from geodata.roads import RoadNetwork, build_network
from relief.plan.travel import Closure, ClosureKind

SIDE = 447
NUM_STRETCHES = 250_000
NUM_SOURCES, NUM_TARGETS = 120, 1_300
NUM_CLOSED = 100
NUM_FOR_NETWORKX = 2
ARTERIAL_EVERY = 10
SEED = 1
REPEATS = 3
LEAST_ANSWERED_SHARE = 0.9
Answer = TypeVar("Answer")
PANDANA = Path(__file__).with_name("pandana_worker.py")


def clocked(work: Callable[[], Answer]) -> tuple[Answer, float]:
    start_s = time.process_time()
    answer = work()
    return answer, time.process_time() - start_s


def synthetic_roads() -> tuple[RoadNetwork, StretchCosts, NDArray[np.int64]]:
    """Return the graph, what its stretches cost, and the rows of its arterials."""
    rng = np.random.default_rng(SEED)
    nodes = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    tails = np.concatenate((nodes[:, :-1].ravel(), nodes[:-1].ravel()))
    heads = np.concatenate((nodes[:, 1:].ravel(), nodes[1:].ravel()))
    chance = rng.random(len(tails)) + 0.01
    tree = minimum_spanning_tree(
        csr_matrix((chance, (tails, heads)), shape=(SIDE * SIDE, SIDE * SIDE))
    ).tocoo()
    keys = tails * SIDE * SIDE + heads
    kept = np.isin(keys, tree.row.astype(np.int64) * SIDE * SIDE + tree.col)
    row, column = np.divmod(tails, SIDE)
    along_row = heads - tails == 1
    main = np.where(along_row, row, column) % ARTERIAL_EVERY == 0
    spare = np.flatnonzero(~kept)
    # Missing pieces of the arterials first, so that they run through.
    spare = spare[np.lexsort((rng.random(len(spare)), ~main[spare]))]
    kept[spare[: NUM_STRETCHES - int(kept.sum())]] = True
    tails, heads, main = tails[kept], heads[kept], main[kept]
    length_hm = rng.integers(3, 30, len(tails))
    layout = RoadLayout(
        node_ids=np.arange(SIDE * SIDE),
        lon_deg=110 + (nodes % SIDE).ravel() * 0.012 + rng.normal(0, 0.002, SIDE * SIDE),
        lat_deg=29 + (nodes // SIDE).ravel() * 0.009 + rng.normal(0, 0.002, SIDE * SIDE),
        tails=tails,
        heads=heads,
        length_hm=length_hm,
        one_way=np.zeros(len(tails), dtype=np.bool_),
        contraction_rank=np.empty(0, dtype=np.int64),
    )
    km_h = np.where(main, 80, rng.integers(25, 55, len(tails)))
    seconds = np.ceil(length_hm / 10 / km_h * 3600).astype(np.int64)
    roads = build_network(name="synthetic", layout=layout)
    return roads, StretchCosts(seconds=seconds, length_hm=length_hm), np.flatnonzero(main)


def networkx_s(
    roads: RoadNetwork,
    costs: StretchCosts,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    known_s: NDArray[np.int64],
) -> tuple[float, float]:
    """Return the time of the whole table by networkx, scaled up from a few sources, and memory."""
    before_mib = mib()
    graph: nx.DiGraph[int] = nx.DiGraph()
    layout = roads.layout
    for starts, stops in ((layout.tails, layout.heads), (layout.heads, layout.tails)):
        graph.add_weighted_edges_from(
            zip(starts.tolist(), stops.tolist(), costs.seconds.tolist(), strict=True)
        )
    used_mib = mib() - before_mib
    few = ends[0][:NUM_FOR_NETWORKX].tolist()
    found, cpu_s = clocked(
        lambda: [nx.single_source_dijkstra_path_length(graph, one) for one in few]
    )
    for answer, known in zip(found, known_s, strict=False):
        assert [answer[target] for target in ends[1].tolist()] == known.tolist()
    return cpu_s * len(ends[0]) / NUM_FOR_NETWORKX, used_mib


def pandana_s(
    python: Path,
    roads: RoadNetwork,
    costs: StretchCosts,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    shut_rows: NDArray[np.int64],
) -> dict[str, float]:
    """Return the times and the memory of pandana in another interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.npz"
        layout = roads.layout
        np.savez(
            path,
            lon_deg=layout.lon_deg,
            lat_deg=layout.lat_deg,
            tails=layout.tails,
            heads=layout.heads,
            seconds=costs.seconds,
            shut=shut_rows,
            origins=ends[0],
            destinations=ends[1],
        )
        done = subprocess.run(  # noqa: S603 - the interpreter that the caller names
            [str(python), str(PANDANA), str(path)], capture_output=True, text=True, check=True
        )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def mib() -> float:
    """Return the memory that the process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def osrm_rows(
    python: Path, question: Question, known: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> list[tuple[str, float, float, float, float]]:
    """Return the rows of OSRM's two algorithms, compared with what is known, open and closed."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for run in run_osrm(python, question, Path(folder)):
            assert np.array_equal(run.durations_s, known[0])
            # OSRM has no answer from a closed stretch, and starts elsewhere from what is cut off.
            answered = (run.closed_durations_s >= 0) & (known[1] >= 0)
            assert answered.mean() > LEAST_ANSWERED_SHARE
            assert np.array_equal(run.closed_durations_s[answered], known[1][answered])
            again_s = run.change_s + run.closed_table_s
            rows.append((f"OSRM {run.algorithm}", run.build_s, run.table_s, again_s, run.mib))
            print(
                f"OSRM {run.algorithm}: taking in the closures {run.change_s:.2f} s; "
                f"{run.peak_mib:.0f} MiB more with the table and its answer"
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pandana", type=Path, help="an interpreter that has pandana")
    parser.add_argument("--osrm-python", type=Path, help="an interpreter that has osrm-bindings")
    options = parser.parse_args()
    roads, costs, arterials = synthetic_roads()
    rng = np.random.default_rng(SEED)
    num_nodes = len(roads.layout.node_ids)
    ends = rng.choice(num_nodes, NUM_SOURCES), rng.choice(num_nodes, NUM_TARGETS)
    shut_rows = rng.choice(arterials, NUM_CLOSED, replace=False)
    shut = Closure(
        name="shut", kind=ClosureKind.EDGE, reason="", edges=stretch_ends(roads.layout, shut_rows)
    )
    rows: list[tuple[str, float, float, float, float]] = []

    before_mib = mib()
    _, build_s = clocked(lambda: hierarchy(roads.layout))
    engine, weigh_s = clocked(lambda: CchEngine(roads, costs))
    engine.table(ends[0][:1], ends[1][:1])
    table, table_s = min(
        (clocked(lambda: engine.table(*ends)) for _ in range(REPEATS)), key=lambda run: run[1]
    )
    cch_mib = mib() - before_mib
    runs = []
    for _ in range(REPEATS):
        engine.table(ends[0][:1], ends[1][:1])
        shut_engine, shut_s = clocked(lambda: CchEngine(roads.closed([shut]), costs))
        one, first_s = clocked(lambda e=shut_engine: e.table(ends[0][:1], ends[1][:1]))
        closed, again_s = clocked(lambda e=shut_engine: e.table(*ends))
        assert one.seconds[0, 0] == closed.seconds[0, 0]
        runs.append((shut_s + first_s + again_s, shut_s + first_s))
    closed_s, change_s = min(runs)
    rows.append(("CCH (ours)", build_s + weigh_s, table_s, closed_s, cch_mib))

    before_mib = mib()
    slow, scipy_build_s = clocked(lambda: DijkstraEngine(roads, costs))
    by_scipy, scipy_s = clocked(lambda: slow.table(*ends))
    by_scipy_shut, scipy_shut_s = clocked(
        lambda: DijkstraEngine(roads.closed([shut]), costs).table(*ends)
    )
    for ours, theirs in ((table, by_scipy), (closed, by_scipy_shut)):
        assert np.array_equal(ours.seconds, theirs.seconds)
        assert np.array_equal(ours.length_hm, theirs.length_hm)
    assert not np.array_equal(table.seconds, closed.seconds)
    rows.append(("SciPy Dijkstra", scipy_build_s, scipy_s, scipy_shut_s, mib() - before_mib))

    nx_s, nx_mib = networkx_s(roads, costs, ends, table.seconds)
    rows.append((f"networkx ({NUM_FOR_NETWORKX} sources)", 0.0, nx_s, nx_s, nx_mib))
    if options.pandana:
        theirs = pandana_s(options.pandana, roads, costs, ends, shut_rows)
        rows.append(
            ("pandana", theirs["build_s"], theirs["table_s"], theirs["closed_s"], theirs["mib"])
        )

    question = Question(
        layout=roads.layout, costs=costs, sources=ends[0], targets=ends[1], shut_rows=shut_rows
    )
    with_osrm = options.osrm_python and has_osrm(options.osrm_python)
    if with_osrm:
        rows += osrm_rows(options.osrm_python, question, (table.seconds, closed.seconds))
    tell(rows, f"{num_nodes:,} junctions, {2 * len(costs.seconds):,} arcs")
    print(f"\nClosing {NUM_CLOSED} stretches in a metric took {change_s * 1000:.0f} ms of ours.")


def tell(rows: list[tuple[str, float, float, float, float]], graph: str) -> None:
    """Print the rows, the first of them ours."""
    _, _, table_s, closed_s, _ = rows[0]
    print(f"Python {platform.python_version()}, {graph}, {NUM_SOURCES} x {NUM_TARGETS:,}\n")
    print(
        "| engine                 | build s | table s | closed, again s | x CCH | x closed | MiB |"
    )
    print(
        "|------------------------|--------:|--------:|----------------:|------:|---------:|----:|"
    )
    for name, build, cpu_s, again, extra_mib in rows:
        print(
            f"| {name:<22} | {build:7.2f} | {cpu_s:7.2f} | {again:15.2f} "
            f"| {cpu_s / table_s:5.1f} | {again / closed_s:8.1f} | {extra_mib:3.0f} |"
        )
    again_of = {name: again for name, _, _, again, _ in rows}
    if "OSRM MLD" not in again_of:
        print("| OSRM                   | not installed |")
    else:
        share = closed_s / again_of["OSRM MLD"]
        print(f"\nCCH over OSRM MLD, closed and again: {share:.3f} (asked: 0.25)")


if __name__ == "__main__":
    main()
