"""Solution files as others write them: routes by the numbers of the instance file, and the cost."""

from dataclasses import replace
from pathlib import Path

from relief.errors import Fault, InvalidInput
from relief.sentences import say
from solvers.routing.problem import Answer, VehicleRoute
from solvers.routing.problem_files import PublicInstance

COMPARABLE_RATIO = 3.0
"""A cost and a best known one that differ by more are written in different units."""
DIVISORS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def read_best_known(path: Path) -> float:
    """Return the cost that a solution file states.

    Raises
    ------
    InvalidInput
        If the file cannot be read or states no cost.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidInput(Fault(where=str(path), what=say("This file cannot be read."))) from error
    for line in text.splitlines():
        words = line.replace(":", " ").split()
        if len(words) == 2 and words[0].lower() == "cost":  # noqa: PLR2004 - word and number
            try:
                return float(words[1])
            except ValueError:
                break
    raise InvalidInput(
        Fault(
            where=str(path),
            what=say("The file states no cost."),
            remedy=say("Give the best known cost with --bks."),
        )
    )


def best_known_beside(path: Path) -> float | None:
    """Return the cost of the solution file that lies beside an instance, None where there is none.

    Raises
    ------
    InvalidInput
        If there is one that states no cost.
    """
    beside = path.with_suffix(".sol")
    return read_best_known(beside) if beside != path and beside.is_file() else None


def in_units_of(instance: PublicInstance, cost: int, best_known: float | None) -> PublicInstance:
    """Return the instance with the cost divisor that a best known cost is written with.

    Published costs of one class come whole, in tenths or in hundredths; powers of ten tell which.
    """
    if best_known is None or best_known <= 0 or cost <= 0:
        return instance

    def ratio(divisor: int) -> float:
        between = cost / divisor / best_known
        return max(between, 1 / between)

    if ratio(instance.cost_divisor) <= COMPARABLE_RATIO:
        return instance
    return replace(instance, cost_divisor=min(DIVISORS, key=ratio))


def solution_text(instance: PublicInstance, answer: Answer, cost: int) -> str:
    """Return an answer in the form of CVRPLIB.

    Places have the numbers that such files use: depots first, from 0. A depot within a route is a
    reload. Where the instance names a mixed fleet vehicle by vehicle, the n-th line is the n-th
    vehicle. Split deliveries have their amounts in brackets.
    """
    lines: dict[int, str] = {}
    if len(set(instance.vehicles)) > 1:
        free: dict[int, list[int]] = {}
        for vehicle, kind in enumerate(instance.vehicles):
            free.setdefault(kind, []).append(vehicle)
        for route in answer:
            lines[free[route.vehicle_type].pop(0)] = _stops(instance, route)
        numbers = range(len(instance.vehicles))
    else:
        lines = {number: _stops(instance, route) for number, route in enumerate(answer)}
        numbers = range(len(answer))
    text = [f"Route #{number + 1}: {lines.get(number, '')}".rstrip() for number in numbers]
    return "\n".join([*text, f"Cost {shown_cost(instance, cost)}", ""])


def shown_cost(instance: PublicInstance, cost: int) -> str:
    """Return a whole cost as it is published for the class of the instance.

    Examples
    --------
    A cost of 421219 tenths is shown as 42121.9.
    """
    value = cost / instance.cost_divisor
    return f"{value:.10g}"


def _stops(instance: PublicInstance, route: VehicleRoute) -> str:
    first = instance.problem.num_depots
    words: list[str] = []
    for number, trip in enumerate(route.trips):
        if number:
            words.append(str(route.reloads[number - 1]))
        for place, stop in enumerate(trip):
            amount = "" if route.amounts is None else f"({route.amounts[number][place]})"
            words.append(f"{first + stop}{amount}")
    return " ".join(words)
