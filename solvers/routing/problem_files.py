"""Public instance files: VRPLIB with PyVRP's additions, Solomon, Cordeau, split delivery."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say
from solvers.routing.cordeau_text import HEAD_NUMBERS, read_cordeau
from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import Integers, RoutingProblem, Stops, VehicleType
from solvers.routing.rounding import BY_KIND, SCALES, Rounding, whole
from solvers.routing.vrplib_problem import vrplib_problem
from solvers.routing.vrplib_text import read_vrplib_text

SOLOMON_COLUMNS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicInstance:
    """A public instance, with what is needed to write costs and routes as others do.

    Parameters
    ----------
    kind
        Its class, such as ``CVRP`` or ``MDVRPTW``.
    problem
        The instance in whole numbers.
    rounding
        The convention by which they became whole.
    cost_divisor
        What a whole cost is divided by in print, so that it compares with published ones.
    vehicles
        The type of each vehicle of the file, in its order; empty where the file does not name
        them one by one.
    """

    kind: str
    problem: RoutingProblem
    rounding: Rounding
    cost_divisor: int
    vehicles: tuple[int, ...] = ()


def read_instance(path: Path, rounding: Rounding | None = None) -> PublicInstance:
    """Read an instance, whatever its format.

    Parameters
    ----------
    path
        The file.
    rounding
        The convention; by default that of the instance's class.

    Raises
    ------
    InvalidInput
        If the file cannot be read, is broken, or describes an impossible problem.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidInput(
            Fault(
                where=str(path),
                what=say("This file cannot be read."),
                remedy=say("Give the path of an instance file."),
            )
        ) from error
    return read_instance_text(text, path.name, rounding)


def read_instance_text(text: str, where: str, rounding: Rounding | None = None) -> PublicInstance:
    """Read an instance from its text; `where` names it in faults.

    Raises
    ------
    InvalidInput
        If the text is broken or describes an impossible problem.
    """
    lines = [line.split() for line in text.splitlines()]
    first = next((words for words in lines if words), [])
    if not first:
        raise InvalidInput(
            Fault(
                where=where,
                what=say("The file is empty."),
                remedy=say("Give the path of an instance file."),
            )
        )
    if all(_number(word) is not None for word in first):
        if len(first) == HEAD_NUMBERS:
            return _read_cordeau(lines, where, rounding)
        return _read_split(lines, where, rounding)
    if any(words and words[0].upper() == "CUSTOMER" for words in lines):
        return _read_solomon(lines, where, rounding)
    vrplib = read_vrplib_text(text, where)
    kind = vrplib.word("TYPE", "CVRP")
    deduced, divisor = BY_KIND.get(kind, ("round", 1))
    if rounding is None and kind == "CVRP" and vrplib.number("DISTANCE") is not None:
        # Instances with a route limit (Christofides, Golden) are published unrounded.
        deduced, divisor = "exact", SCALES["exact"]
    problem, vehicles = vrplib_problem(vrplib, kind, rounding or deduced)
    if rounding is not None and rounding != deduced:
        divisor = SCALES[rounding]
    return PublicInstance(
        kind=kind,
        problem=problem,
        rounding=rounding or deduced,
        cost_divisor=divisor,
        vehicles=vehicles,
    )


def euclidean(points: np.ndarray, rounding: Rounding) -> Integers:
    """Return straight-line distances between points under a convention."""
    between = points[:, None, :] - points[None, :, :]
    return whole(np.sqrt((between**2).sum(axis=2)), rounding)


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _refuse(where: str, line: int, what: Sentence, value: str = "") -> InvalidInput:
    return InvalidInput(Fault(where=f"{where}:{line}", value=value[:60], what=what))


def _row(words: list[str], where: str, line: int, width: int) -> list[float]:
    values = [_number(word) for word in words]
    numbers = [value for value in values if value is not None]
    if len(numbers) != len(values):
        raise _refuse(where, line, say("Every entry must be a finite number."), " ".join(words))
    if len(numbers) != width:
        raise _refuse(
            where,
            line,
            say(
                "A row of {wanted} numbers is wanted here; this one has {found}.",
                wanted=width,
                found=len(numbers),
            ),
            " ".join(words),
        )
    return numbers


def _whole_rows(array: np.ndarray, rounding: Rounding, where: str) -> Integers:
    try:
        return whole(array, rounding)
    except ValueError as error:
        raise _refuse(
            where, 1, say("The numbers are not whole; choose a rounding with --rounding.")
        ) from error


def _read_solomon(lines: list[list[str]], where: str, rounding: Rounding | None) -> PublicInstance:
    """Read the format of Solomon (1987) and of Gehring and Homberger (1999)."""
    chosen = rounding or "dimacs"
    filled = [(number, words) for number, words in enumerate(lines, start=1) if words]
    headings = [words[0].upper() for _, words in filled]
    if "VEHICLE" not in headings:
        raise _refuse(where, 1, say("The file lacks the section VEHICLE."))
    at = headings.index("VEHICLE") + 2
    if at >= len(filled):
        raise _refuse(where, filled[-1][0], say("The number of vehicles and capacity is missing."))
    line, words = filled[at]
    num_vehicles, capacity = _row(words, where, line, 2)
    rows = [
        _row(words, where, number, SOLOMON_COLUMNS)
        for number, words in filled[headings.index("CUSTOMER") + 2 :]
    ]
    if len(rows) < 2:  # noqa: PLR2004 - the depot and one stop
        raise _refuse(where, filled[-1][0], say("The file names no stop."))
    table = np.array(rows)
    distances = _solomon_distances(table[:, 1:3], chosen, where)
    times = _whole_rows(table[:, 4:7], chosen, where)
    demands = _whole_rows(table[:, 3:4], "none", where)
    problem = RoutingProblem(
        name=filled[0][1][0],
        distances=distances[None],
        durations=distances[None],
        depot_opens=times[:1, 0].copy(),
        depot_closes=times[:1, 1].copy(),
        stops=Stops.plain(
            demands[1:],
            service=times[1:, 2].copy(),
            opens=times[1:, 0].copy(),
            closes=times[1:, 1].copy(),
        ),
        vehicle_types=(
            VehicleType(
                num_available=min(int(num_vehicles), len(rows) - 1),
                capacity=(int(capacity),),
                opens=int(times[0, 0]),
                closes=int(times[0, 1]),
            ),
        ),
        allowed=np.ones((1, len(rows) - 1), np.bool_),
    )
    return PublicInstance(
        kind="VRPTW", problem=problem, rounding=chosen, cost_divisor=SCALES[chosen]
    )


def _solomon_distances(points: np.ndarray, rounding: Rounding, where: str) -> Integers:
    try:
        return euclidean(points, rounding)
    except ValueError as error:
        raise _refuse(
            where, 1, say("The numbers are not whole; choose a rounding with --rounding.")
        ) from error


def _read_cordeau(lines: list[list[str]], where: str, rounding: Rounding | None) -> PublicInstance:
    chosen = rounding or "exact"
    rows = [
        (number, _row(words, where, number, len(words)))
        for number, words in enumerate(lines, start=1)
        if words
    ]
    try:
        kind, problem, vehicles = read_cordeau(rows, where, chosen)
    except ValueError as error:
        raise _refuse(
            where, 1, say("The numbers are not whole; choose a rounding with --rounding.")
        ) from error
    return PublicInstance(
        kind=kind,
        problem=problem,
        rounding=chosen,
        cost_divisor=SCALES[chosen],
        vehicles=vehicles,
    )


def _read_split(lines: list[list[str]], where: str, rounding: Rounding | None) -> PublicInstance:
    """Read stops and capacity, demands, then the depot and the stops as x y.

    The format of the split delivery instances of Belenguer, Martinez and Mota (2000),
    doi:10.1287/opre.48.5.801.12407, and of Chen, Golden and Wasil (2007).
    """
    chosen = rounding or "round"
    words = [(number, word) for number, row in enumerate(lines, start=1) for word in row]
    numbers: list[float] = []
    for line, word in words:
        value = _number(word)
        if value is None:
            raise _refuse(where, line, say("Every entry must be a finite number."), word)
        numbers.append(value)
    num_stops = int(numbers[0])
    wanted = 2 + num_stops + 2 * (num_stops + 1)
    if num_stops < 1 or len(numbers) != wanted:
        raise _refuse(
            where,
            words[-1][0],
            say(
                "{stops} stops need {wanted} numbers (stops, capacity, demands, places of the "
                "depot and of the stops); the file holds {found}.",
                stops=num_stops,
                wanted=wanted,
                found=len(numbers),
            ),
        )
    demands = np.array(numbers[2 : 2 + num_stops])
    points = np.array(numbers[2 + num_stops :]).reshape(-1, 2)
    distances = _solomon_distances(points, chosen, where)
    capacity = int(numbers[1])
    if capacity < 1:
        raise _refuse(where, 1, say("The capacity must be above zero."), f"{numbers[1]:g}")
    total = int(demands.sum())
    problem = RoutingProblem(
        name=Path(where).stem,
        distances=distances[None],
        durations=distances[None],
        depot_opens=np.zeros(1, np.int64),
        depot_closes=np.full(1, NO_LIMIT, np.int64),
        stops=Stops.plain(_whole_rows(demands[:, None], "none", where)),
        # Enough even if every truck drove half empty.
        vehicle_types=(
            VehicleType(num_available=2 * -(-total // capacity) + 1, capacity=(capacity,)),
        ),
        allowed=np.ones((1, num_stops), np.bool_),
        split=True,
    )
    return PublicInstance(
        kind="SDVRP", problem=problem, rounding=chosen, cost_divisor=SCALES[chosen]
    )
