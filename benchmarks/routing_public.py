"""Public routing instances: our search, PyVRP as it comes and OR-Tools on the same files.

    python -m benchmarks.routing_public --instances DIR --seconds 60 [--only PATTERN]

Instances are read from a folder and not carried by the project; a ``.sol`` file beside an instance
gives its best known cost, and so does a line ``NAME,COST`` in a file ``best_known.csv`` of the
folder. Every search has one thread and a process of its own; every answer is checked. Cells are
gaps to the best known cost in per cent, or the cost where none is known.
"""

import argparse
import csv
import statistics
from fnmatch import fnmatch
from pathlib import Path

from relief.errors import InvalidInput, SolverFailed
from relief.plan.outcome import SolveLimits
from solvers.routing.problem_engines import parse_engine
from solvers.routing.problem_files import PublicInstance, read_instance
from solvers.routing.problem_solver import solve_problem
from solvers.routing.solution_files import best_known_beside, in_units_of

ENDINGS = (".vrp", ".txt", ".sd", ".cri")
BEST_KNOWN = "best_known.csv"
MAX_RATIO_TO_PYVRP = 1.01


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


def measure(
    instance: PublicInstance, engine: str, limits: SolveLimits, best_known: float | None
) -> float | None:
    """Return gap in per cent (or cost), None where nothing found keeps every rule."""
    try:
        solved = solve_problem(instance.problem, limits, parse_engine(engine))
    except (InvalidInput, SolverFailed) as error:
        print(f"<!-- {instance.problem.name}, {engine}: {error} -->")
        return None
    if not solved.check.holds:
        return None
    shown = in_units_of(instance, solved.check.cost, best_known)
    cost = solved.check.cost / shown.cost_divisor
    return cost if best_known is None else 100 * (cost / best_known - 1)


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
    given = parser.parse_args(arguments)
    print(f"| instance | class | stops | s | {' | '.join(given.engines)} | over PyVRP |")
    print("|---" * (len(given.engines) + 5) + "|")
    gaps: dict[str, list[float]] = {engine: [] for engine in given.engines}
    for path in instances_in(given.instances, given.only):
        instance = read_instance(path)
        best_known = best_known_of(path)
        seconds = given.split_seconds if instance.problem.split else given.seconds
        limits = SolveLimits(seconds=seconds, seed=given.seed, max_iterations=given.iterations)
        row = {engine: measure(instance, engine, limits, best_known) for engine in given.engines}
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
