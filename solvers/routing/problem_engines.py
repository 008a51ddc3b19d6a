"""The engines by name, and which of them can search which problem."""

from collections.abc import Callable

import numpy as np

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say
from solvers.routing.problem import Answer, RoutingProblem
from solvers.routing.problem_pieces import in_pieces
from solvers.routing.problem_search import (
    ENGINES,
    Engine,
    SearchTime,
    Tell,
    why_not_ortools,
    why_not_pyvrp,
    why_not_strings,
)

REASONS: dict[Engine, Callable[[RoutingProblem], Sentence | None]] = {
    "strings": why_not_strings,
    "pyvrp": why_not_pyvrp,
    "ortools": why_not_ortools,
}


def parse_engine(text: str) -> Engine:
    """Read the name of an engine.

    Raises
    ------
    InvalidInput
        If there is none of that name.
    """
    for known in ENGINES:
        if text == known:
            return known
    raise InvalidInput(
        Fault(
            where="--engine",
            value=text,
            what=say("There is no such routing engine."),
            allowed=", ".join(ENGINES),
        )
    )


def engine_for(problem: RoutingProblem, asked: Engine) -> Engine:
    """Return the engine that will search; ``best`` becomes the strongest that can.

    That is string removal wherever it can, which was ahead on every instance tried, but for those
    with optional stops; then PyVRP.

    Raises
    ------
    InvalidInput
        If the engine asked for cannot search this problem, or none can.
    """
    order: tuple[Engine, ...] = (asked,)
    if asked == "best" and problem.stops.required.all():
        order = ("strings", "pyvrp", "ortools")
    elif asked == "best":
        order = ("pyvrp", "strings", "ortools")
    faults = []
    for engine in order:
        reason = REASONS[engine](problem)
        if reason is None:
            return engine
        faults.append(
            Fault(
                where=problem.name,
                field="--engine",
                value=engine,
                what=reason,
                remedy=say("Choose another engine."),
            )
        )
    raise InvalidInput(*faults)


def search(
    engine: Engine,
    problem: RoutingProblem,
    time: SearchTime,
    tell: Tell,
    switch: Callable[[Engine], None] = lambda _: None,
) -> Answer:
    """Search with an engine that can; PyVRP and OR-Tools get split deliveries in pieces.

    Where string removal cannot serve every required stop, PyVRP gets what is left of the time,
    and `switch` is told so.
    """
    if engine == "strings":
        from solvers.routing.string_search import search_strings  # noqa: PLC0415 - one a process

        found = search_strings(problem, time, tell)
        if _serves_all(problem, found) or why_not_pyvrp(problem) is not None:
            return found
        # Where vehicles are scarce, passing through answers that break rules finds more.
        tell(found)
        switch("pyvrp")
        return search("pyvrp", problem, time, tell)
    pieces = in_pieces(problem) if problem.split else None
    whole = pieces.problem if pieces else problem
    tell_stops: Tell = tell if pieces is None else lambda found: tell(pieces.answer(found))
    if engine == "pyvrp":
        from solvers.routing.problem_pyvrp import search_pyvrp  # noqa: PLC0415

        found = search_pyvrp(whole, time, tell_stops)
    else:
        from solvers.routing.problem_ortools import search_ortools  # noqa: PLC0415

        found = search_ortools(whole, time, tell_stops)
    return pieces.answer(found) if pieces else found


def _serves_all(problem: RoutingProblem, answer: Answer) -> bool:
    served = {stop for route in answer for trip in route.trips for stop in trip}
    return served >= set(np.flatnonzero(problem.stops.required).tolist())
