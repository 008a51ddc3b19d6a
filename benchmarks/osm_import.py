"""Time and memory of ``relief roads import``: ``python -m benchmarks.osm_import [COPIES ...]``.

No extract of a province comes with any package, so larger files are made from what there is: the
centre of Helsinki (houses, paths, shops and all, as in any extract) is set down again and again
over central China, neighbours joined by a road. The import runs in a process of its own, and its
time and peak memory are fitted by a straight line and read off at 300 MB. ``--only-roads`` leaves
out everything but roads, which no real extract does: it bounds what a file of that size can cost.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import osmium

from geodata.osm_tags import read_way
from tests.geodata.osm_files import helsinki

TARGET_MB = 300.0
COPIES = (8, 24, 72)
STEP_DEG = 0.03
PER_ROW = 100
FIRST_DEG = (110.0, 29.5)
SCRIPT = """
import json, os, resource, sys, time
from pathlib import Path
from geodata.osm import import_extract
from geodata.stored_network import network_files, open_roads
spent, last = {}, [time.perf_counter(), ""]
def watch(step):
    now = time.perf_counter()
    spent[last[1]] = spent.get(last[1], 0.0) + now - last[0]
    last[:] = [now, step.stage]
began = time.perf_counter()
imported = import_extract(Path(sys.argv[1]), anywhere=True, progress=watch)
watch(type("End", (), {"stage": "osm-write"}))
folder = Path(sys.argv[2])
folder.mkdir()
for name, content in network_files(imported).items():
    (folder / name).write_bytes(content)
watch(type("End", (), {"stage": "end"}))
wall_s = time.perf_counter() - began
cpu_s = sum(os.times()[:2])
began = time.perf_counter()
open_roads(folder)
print(json.dumps({
    "wall_s": wall_s, "cpu_s": cpu_s, "open_s": time.perf_counter() - began, "stages": spent,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "stored_mb": sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
    "junctions": imported.record.num_junctions, "stretches": imported.record.num_stretches,
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Everything in the extract: points with their tags, ways with rows of points and tags."""

    points: tuple[tuple[float, float, dict[str, str]], ...]
    ways: tuple[tuple[tuple[int, ...], dict[str, str]], ...]
    gate: int


def read_plot(gate_id: int) -> Plot:
    row_of: dict[int, int] = {}
    points: list[tuple[float, float, dict[str, str]]] = []
    ways: list[tuple[tuple[int, ...], dict[str, str]]] = []
    for thing in osmium.FileProcessor(str(helsinki())):
        tags = {tag.k: tag.v for tag in thing.tags}
        if isinstance(thing, osmium.osm.Node):
            row_of[thing.id] = len(points)
            points.append((thing.lon - 24.94, thing.lat - 60.16, tags))
        elif isinstance(thing, osmium.osm.Way):
            rows = tuple(row_of[node.ref] for node in thing.nodes if node.ref in row_of)
            ways.append((rows, tags))
    return Plot(points=tuple(points), ways=tuple(ways), gate=row_of[gate_id])


def only_roads(plot: Plot) -> Plot:
    """Return the ways that trucks may use and their points: nothing in the file is passed over."""
    ways = [(rows, tags) for rows, tags in plot.ways if read_way(tags) is not None]
    kept = sorted({row for rows, _ in ways for row in rows})
    new = {row: place for place, row in enumerate(kept)}
    return Plot(
        points=tuple(plot.points[row] for row in kept),
        ways=tuple((tuple(new[row] for row in rows), tags) for rows, tags in ways),
        gate=new[plot.gate],
    )


def write_copies(plot: Plot, copies: int, file: Path) -> None:
    size = len(plot.points)
    with osmium.SimpleWriter(str(file)) as writer:
        for copy in range(copies):
            west = FIRST_DEG[0] + STEP_DEG * (copy % PER_ROW)
            south = FIRST_DEG[1] + STEP_DEG * (copy // PER_ROW)
            for row, (lon, lat, tags) in enumerate(plot.points):
                place = (west + lon, south + lat)
                number = 1 + copy * size + row
                writer.add_node(osmium.osm.mutable.Node(id=number, location=place, tags=tags))
        number = 0
        for copy in range(copies):
            for rows, tags in plot.ways:
                number += 1
                refs = [1 + copy * size + row for row in rows]
                writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))
            for other in {copy + 1, copy + PER_ROW} & set(range(copies)):
                number += 1
                refs = [1 + place * size + plot.gate for place in (copy, other)]
                tags = {"highway": "trunk", "ref": "G1"}
                writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))


def measure(plot: Plot, copies: int, folder: Path) -> dict[str, float]:
    file = folder / f"{copies}.osm.pbf"
    write_copies(plot, copies, file)
    command = [sys.executable, "-c", SCRIPT, str(file), str(folder / str(copies))]
    done = subprocess.run(  # noqa: S603 - our own program
        command, check=True, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    record: dict[str, float] = json.loads(done.stdout)
    record["file_mb"] = file.stat().st_size / 1e6
    file.unlink()
    return record


def at_target(runs: list[dict[str, float]], key: str) -> float:
    sizes = [run["file_mb"] for run in runs]
    slope, start = np.polyfit(sizes, [run[key] for run in runs], 1)
    return float(start + slope * TARGET_MB)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("copies", nargs="*", type=int, default=COPIES)
    parser.add_argument("--only-roads", action="store_true", help="the worst case: only roads")
    arguments = parser.parse_args()
    copies = arguments.copies
    # A junction in the middle of the kept part.
    plot = read_plot(gate_id=25291537)
    if arguments.only_roads:
        plot = only_roads(plot)
    print(f"Python {platform.python_version()}, osmium {version('osmium')}")
    print(
        "\n| copies | file MB | junctions | stretches | import s | CPU s | peak MB "
        "| stored MB | open s |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for number in copies:
            run = measure(plot, number, Path(folder))
            runs.append(run)
            print(
                f"| {number} | {run['file_mb']:.1f} | {run['junctions']:,} | {run['stretches']:,} "
                f"| {run['wall_s']:.1f} | {run['cpu_s']:.1f} | {run['peak_mb']:.0f} "
                f"| {run['stored_mb']:.1f} | {run['open_s']:.2f} |",
                flush=True,
            )
    print(f"\nStages of the last run in s: {runs[-1]['stages']}")
    if len(runs) > 1:
        print(
            f"At {TARGET_MB:.0f} MB by a straight line: {at_target(runs, 'wall_s') / 60:.1f} min "
            f"({at_target(runs, 'cpu_s') / 60:.1f} min of CPU), "
            f"{at_target(runs, 'peak_mb') / 1024:.1f} GiB (asked: 15 min, 6 GB)"
        )


if __name__ == "__main__":
    main()
