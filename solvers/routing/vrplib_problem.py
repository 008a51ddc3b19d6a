"""What the sections of a VRPLIB file mean, with the additions of PyVRP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import say
from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import Integers, RoutingProblem, Stops
from solvers.routing.rounding import Rounding, whole
from solvers.routing.vrplib_fleet import Table, VrplibFleet, load_scale, whole_loads
from solvers.routing.vrplib_lines import pointed
from solvers.routing.vrplib_text import DEPOT_SECTION, WEIGHT_SECTION, VrplibText

_Part = TypeVar("_Part")
PLANE: dict[str, Callable[[Table], Table]] = {
    "EUC_2D": lambda gap: np.sqrt((gap**2).sum(axis=2)),
    "EXACT_2D": lambda gap: np.sqrt((gap**2).sum(axis=2)),
    "CEIL_2D": lambda gap: np.ceil(np.sqrt((gap**2).sum(axis=2))),
    "FLOOR_2D": lambda gap: np.floor(np.sqrt((gap**2).sum(axis=2))),
    "MAN_2D": lambda gap: np.abs(gap).sum(axis=2),
    "MAX_2D": lambda gap: np.abs(gap).max(axis=2),
    "ATT": lambda gap: np.ceil(np.sqrt((gap**2).sum(axis=2) / 10)),
}
"""Distances from differences of coordinates."""
ON_EARTH = ("GEO",)
"""Distances from latitude and longitude, in degrees and minutes."""
EARTH_RADIUS_KM = 6378.388
TRIANGLES: dict[str, tuple[bool, int]] = {
    "LOWER_ROW": (True, -1),
    "UPPER_COL": (True, -1),
    "LOWER_DIAG_ROW": (True, 0),
    "UPPER_DIAG_COL": (True, 0),
    "UPPER_ROW": (False, 1),
    "LOWER_COL": (False, 1),
    "UPPER_DIAG_ROW": (False, 0),
    "LOWER_DIAG_COL": (False, 0),
}
"""Whether the entries fill a lower triangle row by row (else an upper one), and from which
diagonal on."""
ALLOWED_SECTION = "VEHICLES_ALLOWED_CLIENTS_SECTION"
ONE_WAY = ("OVRP",)
"""Classes whose vehicles do not drive home."""
ONE_VEHICLE = ("TSP", "ATSP")
MAX_TOLD = 30
"""Faults of a file that are told one by one."""
MAX_PLACES = 10_000
"""Matrices of more places do not fit the memory of an office computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VrplibProblem:
    """What a VRPLIB file describes.

    Parameters
    ----------
    problem
        The problem.
    type_of
        The type of each vehicle, in the order of the file.
    cost_factor
        By what costs were scaled so that unit costs with decimals became whole.
    """

    problem: RoutingProblem
    type_of: tuple[int, ...]
    cost_factor: int


def vrplib_problem(text: VrplibText, kind: str, rounding: Rounding) -> VrplibProblem:
    """Return what a VRPLIB file describes.

    Parameters
    ----------
    text
        The file.
    kind
        Its class; ``VRPB`` serves deliveries before pickups, ``SDVRP`` may split deliveries unless
        it says which vehicle may serve whom, ``OVRP`` does not drive home.
    rounding
        How its numbers become whole.

    Raises
    ------
    InvalidInput
        If sections are missing, broken, or contradict each other.
    """
    faults = Gathering()
    with faults.part():
        if text.faults:
            raise InvalidInput(*text.faults)
    with faults.part():
        try:
            read = _Reader(text, kind, rounding).read()
        except InvalidInput as error:
            if any(fault.where.startswith(f"{text.where}:") for fault in error.faults):
                raise
            raise InvalidInput(*pointed(text, error.faults)) from error
    if faults.has_faults:
        raise InvalidInput(*_told(text.where, faults.faults))
    return read


def _told(where: str, faults: tuple[Fault, ...]) -> list[Fault]:
    """Return faults by line; where there are very many, the first ones and how many more."""

    def line(fault: Fault) -> int:
        number = fault.where.rpartition(":")[2]
        return int(number) if number.isdigit() else 0

    by_line = sorted(faults, key=line)
    if len(by_line) <= MAX_TOLD:
        return by_line
    more = say("There are {number} further faults.", number=len(by_line) - MAX_TOLD)
    return [*by_line[:MAX_TOLD], Fault(where=where, what=more)]


class _Reader:
    """Knows how many places a file has, and reads its sections."""

    def __init__(self, text: VrplibText, kind: str, rounding: Rounding) -> None:
        self.text, self.kind, self.rounding = text, kind, rounding
        self.split = kind == "SDVRP" and ALLOWED_SECTION not in text.sections
        self.num_locations = text.required_number("DIMENSION")
        if self.num_locations > MAX_PLACES:
            raise text.fault(
                text.specifications["DIMENSION"][1],
                "DIMENSION",
                say("This program holds {most} places at most.", most=MAX_PLACES),
                str(self.num_locations),
            )
        self.num_depots = 1
        self._faults = Gathering()
        with self._faults.part():
            self.num_depots = self._num_depots()
        self.num_stops = self.num_locations - self.num_depots
        if self.num_stops < 1:
            raise text.fault(1, "DIMENSION", say("The file names no stop."))

    def read(self) -> VrplibProblem:
        faults = self._faults

        def part(read: Callable[[], _Part]) -> _Part | None:
            with faults.part():
                return read()
            return None

        distances, windows, loads = part(self._distances), part(self._windows), part(self._demands)
        service = part(lambda: self._column("SERVICE_TIME_SECTION", "SERVICE_TIME"))
        release = part(lambda: self._column("RELEASE_TIME_SECTION", "RELEASE_TIME"))
        prize = part(lambda: self._column("PRIZE_SECTION", "PRIZE"))
        fleet = part(self._fleet)
        if (
            distances is None
            or windows is None
            or loads is None
            or service is None
            or release is None
            or prize is None
            or fleet is None
            or faults.has_faults
        ):
            raise InvalidInput(*faults.faults)
        delivery, pickup = loads
        num = self.num_depots
        # In a file with backhauls, what is fetched comes after all that is brought.
        if self.kind == "VRPB":
            fetched = np.flatnonzero(pickup.any(axis=1)) + num
            brought = np.flatnonzero(~pickup.any(axis=1)) + num
            distances = distances.copy()
            distances[np.ix_(np.arange(num), fetched)] = NO_ROAD
            distances[np.ix_(fetched, brought)] = NO_ROAD
        types, type_of, allowed = fleet.types(windows)
        matrices = distances[None]
        problem = RoutingProblem(
            name=self.text.specifications.get("NAME", (self.text.where, 0))[0] or self.text.where,
            distances=matrices,
            durations=matrices,
            depot_opens=windows[:num, 0].copy(),
            depot_closes=windows[:num, 1].copy(),
            stops=Stops(
                delivery=delivery,
                pickup=pickup,
                service=service[num:],
                opens=windows[num:, 0].copy(),
                closes=windows[num:, 1].copy(),
                release=release[num:],
                prize=prize[num:],
                required=prize[num:] == 0,
            ),
            vehicle_types=types,
            allowed=allowed,
            split=self.split,
        )
        return VrplibProblem(problem=problem, type_of=type_of, cost_factor=fleet.cost_factor)

    def _whole(self, values: Table, heading: str) -> Integers:
        # From the limit on a number stands for none, whatever it is.
        clipped = np.clip(values, -NO_LIMIT, NO_LIMIT)
        try:
            numbers = np.clip(whole(clipped, self.rounding), -NO_LIMIT, NO_LIMIT)
        except ValueError as error:
            line = self.text.sections[heading].line if heading in self.text.sections else 1
            raise self.text.fault(
                line, heading, say("The numbers are not whole; choose a rounding with --rounding.")
            ) from error
        # What is below zero stays so, to be found.
        return np.where((values < 0) & (numbers == 0), -1, numbers)

    def _num_depots(self) -> int:
        if DEPOT_SECTION not in self.text.sections:
            return 1
        values, line = self.text.flat(DEPOT_SECTION)
        numbers = values[values != -1].tolist()
        if numbers != list(range(1, len(numbers) + 1)) or not numbers:
            raise self.text.fault(
                line,
                DEPOT_SECTION,
                say("The depots must be the first rows of the file, in order: 1, 2, ..."),
                " ".join(f"{number:g}" for number in numbers[:10]),
            )
        return len(numbers)

    def _distances(self) -> Integers:
        kind = self.text.word(
            "EDGE_WEIGHT_TYPE", "EXPLICIT" if WEIGHT_SECTION in self.text.sections else "EUC_2D"
        )
        if kind == "EXPLICIT":
            weights = self._explicit()
            # Longer ones are as good as none by the file's own numbers.
            return self._near(weights[weights < NO_ROAD], weights, WEIGHT_SECTION)
        if kind not in PLANE and kind not in ON_EARTH:
            raise self.text.fault(
                self.text.specifications["EDGE_WEIGHT_TYPE"][1],
                "EDGE_WEIGHT_TYPE",
                say("Allowed are EXPLICIT, {kinds}.", kinds=", ".join([*PLANE, *ON_EARTH])),
                kind,
            )
        points = self.text.table("NODE_COORD_SECTION", self.num_locations, 2)
        if points is None:
            raise self.text.fault(1, "NODE_COORD_SECTION", say("The file lacks this section."))
        between = _between(kind, points)
        return self._near(between, between, "NODE_COORD_SECTION")

    def _near(self, roads: Table, ways: Table, heading: str) -> Integers:
        """Return ways in whole numbers, after a check that those which are roads stay so."""
        longest = self._whole(np.array([roads.max(initial=0)]), heading)[0]
        if longest >= NO_ROAD:
            raise self.text.fault(
                self.text.sections[heading].line,
                heading,
                say(
                    "Places are {far} units apart, and from {limit} on there is no road; choose a "
                    "coarser --rounding.",
                    far=int(longest),
                    limit=NO_ROAD,
                ),
            )
        return self._whole(ways, heading)

    def _explicit(self) -> Table:
        values, line = self.text.flat(WEIGHT_SECTION)
        shape = self.text.word("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")
        num = self.num_locations
        if shape == "FULL_MATRIX":
            wanted = num * num
        elif shape in TRIANGLES:
            lower, diagonal = TRIANGLES[shape]
            rows, columns = (
                np.tril_indices(num, diagonal) if lower else np.triu_indices(num, diagonal)
            )
            wanted = len(rows)
        else:
            raise self.text.fault(
                line,
                "EDGE_WEIGHT_FORMAT",
                say("Allowed are FULL_MATRIX, {kinds}.", kinds=", ".join(TRIANGLES)),
                shape,
            )
        if len(values) != wanted:
            raise self.text.fault(
                line,
                WEIGHT_SECTION,
                say(
                    "{locations} locations need {wanted} entries here; there are {found}.",
                    locations=num,
                    wanted=wanted,
                    found=len(values),
                ),
            )
        if shape == "FULL_MATRIX":
            return values.reshape(num, num)
        matrix = np.zeros((num, num))
        matrix[rows, columns] = values
        matrix[columns, rows] = values
        return matrix

    def _column(self, heading: str, key: str) -> Integers:
        """Return one number a location, from a section or one number for all stops."""
        table = self.text.table(heading, self.num_locations, 1)
        if table is None:
            value = self.text.number(key) if key in self.text.specifications else 0.0
            table = np.full((self.num_locations, 1), value or 0.0)
            table[: self.num_depots] = 0
        return self._whole(table[:, 0], heading)

    def _windows(self) -> Integers:
        table = self.text.table("TIME_WINDOW_SECTION", self.num_locations, 2)
        if table is None:
            windows = np.zeros((self.num_locations, 2), np.int64)
            windows[:, 1] = NO_LIMIT
            return windows
        return self._whole(table, "TIME_WINDOW_SECTION")

    def _demands(self) -> tuple[Integers, Integers]:
        num = self.num_locations
        heading = "DEMAND_SECTION" if "DEMAND_SECTION" in self.text.sections else "LINEHAUL_SECTION"
        brought = self.text.table(heading, num, None)
        fetched = self.text.table("BACKHAUL_SECTION", num, None)
        if brought is None:
            brought = np.zeros((num, 1)) if fetched is None else np.zeros_like(fetched)
        if fetched is None:
            fetched = np.zeros_like(brought)
        scale = load_scale(self.text)
        return (
            whole_loads(brought[self.num_depots :], scale),
            whole_loads(fetched[self.num_depots :], scale),
        )

    def _fleet(self) -> VrplibFleet:
        return VrplibFleet.read(
            self.text,
            self._whole,
            num_depots=self.num_depots,
            num_stops=self.num_stops,
            split=self.split,
            one_way=self.kind in ONE_WAY,
            alone=self.kind in ONE_VEHICLE,
        )


def _between(kind: str, points: Table) -> Table:
    """Return the distances of a kind between places, not yet made whole.

    ``GEO`` is that of TSPLIB (Reinelt 1991, doi:10.1287/ijoc.3.4.376): whole kilometres on a
    sphere, with degrees and minutes written as DDD.MM.
    """
    if kind in PLANE:
        return PLANE[kind](points[:, None] - points[None])
    degrees = np.trunc(points)
    latitude, longitude = (np.pi * (degrees + 5 * (points - degrees) / 3) / 180).T
    cosines = [np.cos(longitude[:, None] - longitude[None])]
    cosines += [np.cos(latitude[:, None] + sign * latitude[None]) for sign in (-1, 1)]
    along, apart, joined = cosines
    arc = np.arccos(np.clip(0.5 * ((1 + along) * apart - (1 - along) * joined), -1, 1))
    kilometres: Table = np.floor(EARTH_RADIUS_KM * arc + 1)
    np.fill_diagonal(kilometres, 0)
    return kilometres
