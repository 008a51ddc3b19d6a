"""Public routing instances: our search, PyVRP as it comes and OR-Tools on the same files.

    python -m benchmarks.routing_public --instances DIR --seconds 60 [--only PATTERN] [--log FILE]

Instances are read from a folder and not carried by the project; a ``.sol`` file beside an instance
gives its best known cost, and so does a line ``NAME,COST`` in a file ``best_known.csv`` of the
folder. Every search has one thread and a process of its own; every answer is checked. Cells are
gaps to the best known cost in per cent, or the cost where none is known. With ``--log`` each
search is written down as it ends, one JSON document a line, and searches that stand there already
are not run again: a run that was broken off goes on where it was. Each version of the program
needs a log of its own.
"""

import argparse
import csv
import json
import statistics
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from relief.errors import InvalidInput, SolverFailed
from relief.plan.outcome import SolveLimits
from solvers.routing.problem_engines import parse_engine
from solvers.routing.problem_files import PublicInstance, read_instance
from solvers.routing.problem_solver import solve_problem
from solvers.routing.solution_files import best_known_beside, in_units_of

ENDINGS = (".vrp", ".txt", ".sd", ".cri")
BEST_KNOWN = "best_known.csv"
MAX_RATIO_TO_PYVRP = 1.01
KEY = ("file", "rounding", "engine", "seconds", "seed", "iterations")
"""What tells one search of the log from another."""


def instances_in(folder: Path, pattern: str) -> list[Path]:
    """Return the instance files of a folder whose names fit a pattern."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix in ENDINGS and fnmatch(path.name, f"*{pattern}*")
    )


def best_known_of(path: Path) -> float | None:
    """Return the best known cost of an instance, None where nobody says it."""
    table = path.parent / BEST_KNOWN
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                if row and row[0] in (path.name, path.stem):
                    return float(row[1])
    return best_known_beside(path)


class SearchLog:
    """Searches that ended, in a file that grows with them; without a file, only in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._done: dict[tuple[object, ...], float | None] = {}
        if path is not None and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._done[_key(**{name: row[name] for name in KEY})] = row["cost"]

    def cost(
        self, instance: PublicInstance, file: str, engine: str, limits: SolveLimits
    ) -> float | None:
        """Return the whole cost that a search has found or now finds, None for no answer."""
        asked = {
            "file": file,
            "rounding": instance.rounding,
            "engine": engine,
            "seconds": limits.seconds,
            "seed": limits.seed,
            "iterations": limits.max_iterations,
        }
        key = _key(**asked)
        if key not in self._done:
            found = _search(instance, engine, limits)
            self._done[key] = found["cost"]
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as log:
                    log.write(json.dumps({**asked, **found}) + "\n")
        return self._done[key]


def _key(**asked: object) -> tuple[object, ...]:
    return tuple(asked[name] for name in KEY)


def _search(instance: PublicInstance, engine: str, limits: SolveLimits) -> dict[str, Any]:
    """Return the whole cost that a search finds, None where no answer keeps every rule."""
    try:
        solved = solve_problem(instance.problem, limits, parse_engine(engine))
    except (InvalidInput, SolverFailed) as error:
        return {"cost": None, "why": str(error)}
    if not solved.check.holds:
        return {"cost": None, "why": str(solved.violations[0])}
    return {
        "cost": solved.check.cost,
        "searched_by": solved.engine,
        "first_s": round(solved.trace[0].seconds, 3),
        "search_s": round(solved.search_s, 3),
    }


def shown(instance: PublicInstance, cost: float | None, best_known: float | None) -> float | None:
    """Return a whole cost as gap in per cent, or as published costs are written."""
    if cost is None:
        return None
    written = cost / in_units_of(instance, int(cost), best_known).cost_divisor
    return written if best_known is None else 100 * (written / best_known - 1)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--split-seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--engines", nargs="+", default=["best", "pyvrp", "ortools"])
    parser.add_argument("--log", type=Path, default=None)
    given = parser.parse_args(arguments)
    log = SearchLog(given.log)
    print(f"| instance | class | stops | s | {' | '.join(given.engines)} | over PyVRP |")
    print("|---" * (len(given.engines) + 5) + "|")
    gaps: dict[str, list[float]] = {engine: [] for engine in given.engines}
    for path in instances_in(given.instances, given.only):
        best_known = best_known_of(path)
        instance = read_instance(path, best_known=best_known)
        seconds = given.split_seconds if instance.problem.split else given.seconds
        limits = SolveLimits(seconds=seconds, seed=given.seed, max_iterations=given.iterations)
        row = {
            engine: shown(instance, log.cost(instance, path.name, engine, limits), best_known)
            for engine in given.engines
        }
        for engine, gap in row.items():
            if gap is not None and best_known is not None:
                gaps[engine].append(gap)
        cells = ["-" if row[engine] is None else f"{row[engine]:.2f}" for engine in given.engines]
        print(
            f"| {path.name} | {instance.kind} | {instance.problem.num_stops} | {seconds:g} "
            f"| {' | '.join(cells)} | {_over_pyvrp(row, best_known)} |",
            flush=True,
        )
    for engine, found in gaps.items():
        if found:
            print(
                f"\n{engine}: median {statistics.median(found):.2f} %, worst {max(found):.2f} %, "
                f"{len(found)} instances"
            )


def _over_pyvrp(row: dict[str, float | None], best_known: float | None) -> str:
    """Return our cost as a multiple of PyVRP's, marked where it is above what is allowed."""
    ours, raw = row.get("best"), row.get("pyvrp")
    if ours is None or raw is None:
        return "-"
    ratio = ours / raw if best_known is None else (100 + ours) / (100 + raw)
    return f"{ratio:.4f}{' !' if ratio > MAX_RATIO_TO_PYVRP else ''}"


if __name__ == "__main__":
    main()
