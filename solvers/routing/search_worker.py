"""The other end of a search crew: reads problems from standard input, writes answers.

Started as ``python -m solvers.routing.search_worker ENGINE``; one JSON document a line.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from solvers.routing.part_loads import PartLoadProblem, SearchLimits, TruckTrips

Search = Callable[[PartLoadProblem, SearchLimits], tuple[TruckTrips, ...]]


def engine(name: str) -> Search:
    """Return the search of an engine, ``pyvrp`` or ``ortools``.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    """
    if name == "pyvrp":
        from solvers.routing.pyvrp_search import search_pyvrp  # noqa: PLC0415 - one engine a process

        return search_pyvrp
    if name == "ortools":
        from solvers.routing.ortools_search import search_ortools  # noqa: PLC0415

        return search_ortools
    raise ValueError(f"No routing engine {name!r}; there are 'pyvrp' and 'ortools'.")


def main() -> None:
    """Answer problems until standard input ends."""
    search = engine(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        problem = PartLoadProblem.from_json(request["problem"])
        found = search(problem, SearchLimits(**request["limits"]))
        sys.stdout.write(json.dumps([asdict(one) for one in found]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
