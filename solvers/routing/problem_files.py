"""Public instance files: VRPLIB with PyVRP's additions, Solomon, Cordeau, split delivery."""

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import Sentence, say
from solvers.routing.cordeau_text import HEAD_NUMBERS, read_cordeau
from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import Integers, RoutingProblem, Stops, VehicleType
from solvers.routing.rounding import BY_KIND, SCALES, Rounding, whole
from solvers.routing.vrplib_fleet import power_of_ten, whole_loads
from solvers.routing.vrplib_lines import pointed_rows
from solvers.routing.vrplib_problem import vrplib_problem
from solvers.routing.vrplib_text import WEIGHT_SECTION, VrplibText, read_vrplib_text

SOLOMON_COLUMNS = 7
IN_HUNDREDTHS = ("HFVRP", "FSMVRP")
"""Classes that are written with costs in hundredths (PyVRP's instances)..."""
LEAST_HUNDREDTHS = 10
"""...unless a unit cost is below this, or has decimals."""
MAX_ERROR = 1e-4
"""A published cost that is nearer to a whole one counts as whole."""


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


def read_instance(
    path: Path, rounding: Rounding | None = None, best_known: float | None = None
) -> PublicInstance:
    """Read an instance, whatever its format.

    Parameters
    ----------
    path
        The file.
    rounding
        The convention; by default that of the instance's class.
    best_known
        The best known cost, None for none; one with decimals tells that the class's convention was
        not used.

    Raises
    ------
    InvalidInput
        If the file cannot be read, is broken, or describes an impossible problem.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            Fault(
                where=str(path),
                what=say("This file cannot be read."),
                remedy=say("Give the path of an instance file."),
            )
        ) from error
    return read_instance_text(_text(content, path.name), path.name, rounding, best_known)


def read_instance_text(
    text: str, where: str, rounding: Rounding | None = None, best_known: float | None = None
) -> PublicInstance:
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
        return _read_split(lines, where, rounding, best_known)
    if any(words and words[0].upper() == "CUSTOMER" for words in lines):
        return _read_solomon(lines, where, rounding, best_known)
    return _read_vrplib(text, where, rounding, best_known)


def _text(content: bytes, where: str) -> str:
    """Return the text of a file, by the mark that it may begin with."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise InvalidInput(
            Fault(
                where=where,
                what=say("This is no text file."),
                remedy=say("Give the path of an instance file."),
            )
        )
    return content.decode("utf-8-sig", errors="replace")


def _read_vrplib(
    text: str, where: str, rounding: Rounding | None, best_known: float | None
) -> PublicInstance:
    vrplib = read_vrplib_text(text, where)
    kind = vrplib.word("TYPE", "CVRP")
    deduced, divisor = BY_KIND.get(kind, ("round", 1))
    if rounding is None and deduced == "round" and _is_unrounded(vrplib):
        deduced, divisor = "exact", SCALES["exact"]
    else:
        deduced, divisor = _chosen(rounding, deduced, divisor, best_known)
    read = vrplib_problem(vrplib, kind, deduced)
    if kind in IN_HUNDREDTHS and (
        read.cost_factor > 1
        or any(one.unit_distance_cost < LEAST_HUNDREDTHS for one in read.problem.vehicle_types)
    ):
        divisor = SCALES[deduced]
    return PublicInstance(
        kind=kind,
        problem=read.problem,
        rounding=deduced,
        cost_divisor=divisor * read.cost_factor,
        vehicles=read.type_of,
    )


def _is_unrounded(vrplib: VrplibText) -> bool:
    """Return whether instances like this one are published unrounded.

    Those with a route limit are (Christofides, Golden), those that say so, and those whose own
    distances have decimals.
    """
    weights = vrplib.sections.get(WEIGHT_SECTION)
    return (
        bool(vrplib.specifications.get("DISTANCE", ("", 0))[0].strip("0."))
        or vrplib.word("EDGE_WEIGHT_TYPE") == "EXACT_2D"
        or (weights is not None and any(v != int(v) for _, row in weights.rows for v in row))
    )


def _as_published(
    deduced: Rounding, divisor: int, best_known: float | None
) -> tuple[Rounding, int]:
    """Return the convention of a class, unless a best known cost has more decimals than that."""
    if best_known is None or deduced == "exact":
        return deduced, divisor
    written = best_known * divisor
    if abs(written - round(written)) < MAX_ERROR * divisor:
        return deduced, divisor
    return "exact", SCALES["exact"]


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


def _read_solomon(
    lines: list[list[str]], where: str, rounding: Rounding | None, best_known: float | None
) -> PublicInstance:
    """Read the format of Solomon (1987) and of Gehring and Homberger (1999)."""
    chosen, divisor = _chosen(rounding, *BY_KIND["VRPTW"], best_known)
    filled = [(number, words) for number, words in enumerate(lines, start=1) if words]
    headings = [words[0].upper() for _, words in filled]
    faults = Gathering()
    num_vehicles = capacity = 0.0
    with faults.part():
        if "VEHICLE" not in headings:
            raise _refuse(where, 1, say("The file lacks the section VEHICLE."))
        at = headings.index("VEHICLE") + 2
        if at >= len(filled):
            raise _refuse(
                where, filled[-1][0], say("The number of vehicles and capacity is missing.")
            )
        line, words = filled[at]
        num_vehicles, capacity = _row(words, where, line, 2)
        if capacity < 0 or num_vehicles < 1 or num_vehicles != int(num_vehicles):
            raise _refuse(
                where,
                line,
                say("A whole number of vehicles and a capacity, both above zero, are wanted."),
                " ".join(words),
            )
    rows = []
    stop_lines = filled[headings.index("CUSTOMER") + 2 :]
    for place, (number, words) in enumerate(stop_lines):
        with faults.part():
            rows.append(_row(words, where, number, SOLOMON_COLUMNS))
            if rows[-1][0] != place:
                raise _refuse(
                    where,
                    number,
                    say("Rows must be numbered from 0 on; {place} is wanted here.", place=place),
                    words[0],
                )
    if len(stop_lines) < 2:  # noqa: PLR2004 - the depot and one stop
        with faults.part():
            raise _refuse(where, filled[-1][0], say("The file names no stop."))
    faults.settle()
    table = np.array(rows)
    distances = _solomon_distances(table[:, 1:3], chosen, where)
    times = _whole_rows(table[:, 4:7], chosen, where)
    scale = power_of_ten(np.array([*table[:, 3], capacity]))
    try:
        problem = RoutingProblem(
            name=filled[0][1][0],
            distances=distances[None],
            durations=distances[None],
            depot_opens=times[:1, 0].copy(),
            depot_closes=times[:1, 1].copy(),
            stops=Stops.plain(
                whole_loads(table[1:, 3:4], scale),
                service=times[1:, 2].copy(),
                opens=times[1:, 0].copy(),
                closes=times[1:, 1].copy(),
            ),
            vehicle_types=(
                VehicleType(
                    num_available=min(int(num_vehicles), len(rows) - 1),
                    capacity=(int(whole_loads(np.array(capacity), scale)),),
                    opens=int(times[0, 0]),
                    closes=int(times[0, 1]),
                ),
            ),
            allowed=np.ones((1, len(rows) - 1), np.bool_),
        )
    except InvalidInput as error:
        at_lines = [number for number, _ in stop_lines]
        raise InvalidInput(*pointed_rows(where, error.faults, at_lines)) from error
    return PublicInstance(kind="VRPTW", problem=problem, rounding=chosen, cost_divisor=divisor)


def _chosen(
    rounding: Rounding | None, deduced: Rounding, divisor: int, best_known: float | None
) -> tuple[Rounding, int]:
    """Return the convention that is asked for, else that of the class, with its divisor."""
    if rounding is not None and rounding != deduced:
        return rounding, SCALES[rounding]
    return _as_published(deduced, divisor, best_known if rounding is None else None)


def _solomon_distances(points: np.ndarray, rounding: Rounding, where: str) -> Integers:
    try:
        return euclidean(points, rounding)
    except ValueError as error:
        raise _refuse(
            where, 1, say("The numbers are not whole; choose a rounding with --rounding.")
        ) from error


def _read_cordeau(lines: list[list[str]], where: str, rounding: Rounding | None) -> PublicInstance:
    chosen = rounding or "exact"
    rows = []
    faults = Gathering()
    for number, words in enumerate(lines, start=1):
        with faults.part():
            if words:
                rows.append((number, _row(words, where, number, len(words))))
    faults.settle()
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


def _read_split(
    lines: list[list[str]], where: str, rounding: Rounding | None, best_known: float | None
) -> PublicInstance:
    """Read stops and capacity, demands, then the depot and the stops as x y.

    The format of the split delivery instances of Belenguer, Martinez and Mota (2000),
    doi:10.1287/opre.48.5.801.12407, and of Chen, Golden and Wasil (2007).
    """
    chosen, divisor = _chosen(rounding, *BY_KIND["SDVRP"], best_known)
    words = [(number, word) for number, row in enumerate(lines, start=1) for word in row]
    numbers: list[float] = []
    faults = Gathering()
    for line, word in words:
        with faults.part():
            value = _number(word)
            if value is None:
                raise _refuse(where, line, say("Every entry must be a finite number."), word)
            numbers.append(value)
    faults.settle()
    num_stops = int(numbers[0])
    wanted = 2 + num_stops + 2 * (num_stops + 1)
    if num_stops < 1 or num_stops != numbers[0] or len(numbers) != wanted:
        raise _refuse(
            where,
            words[-1][0],
            say(
                "{stops} stops need {wanted} numbers (stops, capacity, demands, places of the "
                "depot and of the stops); the file holds {found}.",
                stops=f"{numbers[0]:g}",
                wanted=wanted,
                found=len(numbers),
            ),
        )
    loads = np.array(numbers[1 : 2 + num_stops])
    points = np.array(numbers[2 + num_stops :]).reshape(-1, 2)
    distances = _solomon_distances(points, chosen, where)
    if loads[0] <= 0:
        raise _refuse(
            where, words[1][0], say("The capacity must be above zero."), f"{numbers[1]:g}"
        )
    scale = power_of_ten(loads)
    capacity, *demands = whole_loads(loads, scale).tolist()
    try:
        problem = RoutingProblem(
            name=Path(where).stem,
            distances=distances[None],
            durations=distances[None],
            depot_opens=np.zeros(1, np.int64),
            depot_closes=np.full(1, NO_LIMIT, np.int64),
            stops=Stops.plain(np.array(demands, np.int64)[:, None]),
            # Enough even if every truck drove half empty.
            vehicle_types=(
                VehicleType(
                    num_available=2 * -(-max(sum(demands), 0) // capacity) + 1,
                    capacity=(capacity,),
                ),
            ),
            allowed=np.ones((1, num_stops), np.bool_),
            split=True,
        )
    except InvalidInput as error:
        at_lines = [1, *(line for line, _ in words[2 : 2 + num_stops])]
        raise InvalidInput(*pointed_rows(where, error.faults, at_lines)) from error
    return PublicInstance(kind="SDVRP", problem=problem, rounding=chosen, cost_divisor=divisor)
