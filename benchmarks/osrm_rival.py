"""OSRM on the graph of `benchmarks.matrices`: prepared, asked, closed, asked again.

The graph is written as an OpenStreetMap file, every stretch a way whose time is a tag, so that
OSRM answers the same question; its durations are compared with ours. Closing stretches is what
OSRM offers for live traffic: a file of segment speeds, read by a new customization (MLD) or a new
contraction (CH). Times are CPU seconds of all threads, loading left out.
"""

import json
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from geodata.engine import StretchCosts
from geodata.layout import RoadLayout

WORKER = Path(__file__).with_name("osrm_worker.py")
REPEATS = 3
PROFILE = """
api_version = 4
function setup()
  return {
    properties = {
      weight_name = 'duration', max_speed_for_map_matching = 50, u_turn_penalty = 0,
      continue_straight_at_waypoint = false, use_turn_restrictions = false,
      traffic_signal_penalty = 0,
    },
    default_mode = mode.driving, default_speed = 10,
  }
end
function process_node(profile, node, result, relations) end
function process_way(profile, way, result, relations)
  local seconds = tonumber(way:get_value_by_key('seconds'))
  result.duration = seconds
  result.weight = seconds
  result.forward_mode = mode.driving
  result.backward_mode = mode.driving
end
function process_turn(profile, turn)
  turn.duration = 0
  turn.weight = 0
end
return {
  setup = setup, process_way = process_way, process_node = process_node,
  process_turn = process_turn,
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OsrmRun:
    """What OSRM took with one of its algorithms.

    Parameters
    ----------
    algorithm
        MLD or CH.
    build_s
        Extraction and preparation.
    table_s, change_s, closed_table_s
        The table, taking in the closures, and the table again.
    mib, peak_mib
        Memory that the graph adds to a process with a table of a few sources, and at most, with
        the whole table's answer.
    durations_s, closed_durations_s
        The answers, shape (sources, targets); -1 where there is no way.
    """

    algorithm: str
    build_s: float
    table_s: float
    change_s: float
    closed_table_s: float
    mib: float
    peak_mib: float
    durations_s: NDArray[np.float64]
    closed_durations_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """A table over a graph, twice: all open, and with some stretches closed.

    Parameters
    ----------
    layout, costs
        The graph.
    sources, targets
        Junction rows.
    shut_rows
        The stretches to close.
    """

    layout: RoadLayout
    costs: StretchCosts
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    shut_rows: NDArray[np.int64]


def has_osrm(python: Path) -> bool:
    found = subprocess.run(  # noqa: S603 - the interpreter that the caller names
        [str(python), "-c", "import osrm"], capture_output=True, check=False
    )
    return found.returncode == 0


def write_graph(layout: RoadLayout, costs: StretchCosts, file: Path) -> None:
    """Write a graph with numbers from 1 on, in millionths of a degree, as OSRM keeps them."""
    with osmium.SimpleWriter(str(file)) as writer:
        spots = zip(layout.lon_deg.round(6).tolist(), layout.lat_deg.round(6).tolist(), strict=True)
        for number, spot in enumerate(spots, start=1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=spot))
        ends = zip(layout.tails.tolist(), layout.heads.tolist(), strict=True)
        for number, (tail, head) in enumerate(ends, start=1):
            tags = {"highway": "road", "seconds": str(int(costs.seconds[number - 1]))}
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=[tail + 1, head + 1], tags=tags))


def run_osrm(python: Path, question: Question, folder: Path) -> tuple[OsrmRun, ...]:
    """Return what OSRM takes with both algorithms, in another interpreter."""
    layout = question.layout
    write_graph(layout, question.costs, folder / "graph.osm.pbf")
    (folder / "profile.lua").write_text(PROFILE, encoding="ascii")
    sources, targets = (
        np.column_stack((layout.lon_deg[rows], layout.lat_deg[rows])).round(6).tolist()
        for rows in (question.sources, question.targets)
    )
    asked = json.dumps({"sources": sources, "targets": targets, "repeats": REPEATS})
    (folder / "ends.json").write_text(asked, encoding="ascii")
    speeds = [
        f"{one + 1},{other + 1},0"
        for row in question.shut_rows.tolist()
        for one, other in (
            (layout.tails[row], layout.heads[row]),
            (layout.heads[row], layout.tails[row]),
        )
    ]
    (folder / "shut.csv").write_text("\n".join(speeds) + "\n", encoding="ascii")
    profile = ["-p", str(folder / "profile.lua")]
    shut = ["--segment-speed-file", str(folder / "shut.csv")]
    runs = []
    for algorithm, tool in (("MLD", "customize"), ("CH", "contract")):
        # A graph of its own: closing changes the files.
        graph = folder / algorithm
        more = [*profile, "-o", str(graph)]
        build_s = _tool_s(python, "extract", folder / "graph.osm.pbf", more)
        if algorithm == "MLD":
            build_s += _tool_s(python, "partition", graph)
        build_s += _tool_s(python, tool, graph)
        first, durations_s = _asked(python, graph, algorithm, folder, len(sources))
        change_s = _tool_s(python, tool, graph, shut)
        again, closed_durations_s = _asked(python, graph, algorithm, folder, len(sources))
        runs.append(
            OsrmRun(
                algorithm=algorithm,
                build_s=build_s,
                table_s=first["table_s"],
                change_s=change_s,
                closed_table_s=again["table_s"],
                mib=first["mib"],
                peak_mib=first["peak_mib"],
                durations_s=durations_s,
                closed_durations_s=closed_durations_s,
            )
        )
    return tuple(runs)


def _tool_s(python: Path, tool: str, graph: Path, more: Sequence[str] = ()) -> float:
    """Run one of OSRM's programs and return its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - the interpreter that the caller names
        [str(python), "-m", "osrm", tool, str(graph), *more], check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _asked(
    python: Path, graph: Path, algorithm: str, folder: Path, num_sources: int
) -> tuple[dict[str, float], NDArray[np.float64]]:
    answers = folder / "durations"
    done = subprocess.run(  # noqa: S603 - the interpreter that the caller names
        [str(python), str(WORKER), str(graph), algorithm, str(folder / "ends.json"), str(answers)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures, np.frombuffer(answers.read_bytes(), dtype=np.float64).reshape(num_sources, -1)
