"""What the sections of a VRPLIB file mean, with the additions of PyVRP."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from relief.errors import InvalidInput
from relief.sentences import say
from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import Booleans, Integers, RoutingProblem, Stops, VehicleType
from solvers.routing.rounding import Rounding, whole
from solvers.routing.vrplib_lines import pointed
from solvers.routing.vrplib_text import DEPOT_SECTION, WEIGHT_SECTION, VrplibText

Table = np.ndarray
PLANE: dict[str, Callable[[Table], Table]] = {
    "EUC_2D": lambda gap: np.sqrt((gap**2).sum(axis=2)),
    "EXACT_2D": lambda gap: np.sqrt((gap**2).sum(axis=2)),
    "CEIL_2D": lambda gap: np.ceil(np.sqrt((gap**2).sum(axis=2))),
    "FLOOR_2D": lambda gap: np.floor(np.sqrt((gap**2).sum(axis=2))),
    "MAN_2D": lambda gap: np.abs(gap).sum(axis=2),
    "MAX_2D": lambda gap: np.abs(gap).max(axis=2),
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
FRACTION_SCALE = 1000
"""Loads that are not whole are taken in thousandths."""
MAX_DECIMALS = 6
"""Of unit costs; costs are scaled until those are whole."""


def vrplib_problem(
    text: VrplibText, kind: str, rounding: Rounding
) -> tuple[RoutingProblem, tuple[int, ...]]:
    """Return the problem of a VRPLIB file, and the type of each of its vehicles.

    Parameters
    ----------
    text
        The file.
    kind
        Its class; ``VRPB`` serves deliveries before pickups, ``SDVRP`` may split deliveries.
    rounding
        How its numbers become whole.

    Raises
    ------
    InvalidInput
        If sections are missing, broken, or contradict each other.
    """
    reader = _Reader(text, kind, rounding)
    try:
        return reader.read()
    except InvalidInput as error:
        if any(fault.where.startswith(f"{text.where}:") for fault in error.faults):
            raise
        raise InvalidInput(*pointed(text, error.faults)) from error


class _Reader:
    def __init__(self, text: VrplibText, kind: str, rounding: Rounding) -> None:
        self.text, self.kind, self.rounding = text, kind, rounding
        self.num_locations = text.required_number("DIMENSION")
        self.num_depots = self._num_depots()
        self.num_stops = self.num_locations - self.num_depots
        if self.num_stops < 1:
            raise text.fault(1, "DIMENSION", say("The file names no stop."))
        vehicles = text.number("VEHICLES")
        self.num_vehicles = self.num_stops if vehicles is None else int(vehicles)

    def read(self) -> tuple[RoutingProblem, tuple[int, ...]]:
        distances = self._distances()
        windows = self._windows()
        delivery, pickup = self._demands()
        num = self.num_depots
        # In a file with backhauls, what is fetched comes after all that is brought.
        if self.kind == "VRPB":
            fetched = np.flatnonzero(pickup.any(axis=1)) + num
            brought = np.flatnonzero(~pickup.any(axis=1)) + num
            distances = distances.copy()
            distances[np.ix_(np.arange(num), fetched)] = NO_ROAD
            distances[np.ix_(fetched, brought)] = NO_ROAD
        types, type_of, allowed = self._fleet(windows)
        matrices = distances[None]
        prize = self._column("PRIZE_SECTION", "PRIZE")
        problem = RoutingProblem(
            name=self.text.specifications.get("NAME", (self.text.where, 0))[0] or self.text.where,
            distances=matrices,
            durations=matrices,
            depot_opens=windows[:num, 0].copy(),
            depot_closes=windows[:num, 1].copy(),
            stops=Stops(
                delivery=delivery,
                pickup=pickup,
                service=self._column("SERVICE_TIME_SECTION", "SERVICE_TIME")[num:],
                opens=windows[num:, 0].copy(),
                closes=windows[num:, 1].copy(),
                release=self._column("RELEASE_TIME_SECTION", "RELEASE_TIME")[num:],
                prize=prize[num:],
                required=prize[num:] == 0,
            ),
            vehicle_types=types,
            allowed=allowed,
            split=self.kind == "SDVRP",
        )
        return problem, type_of

    def _whole(self, values: Table, heading: str) -> Integers:
        try:
            return whole(values, self.rounding)
        except ValueError as error:
            line = self.text.sections[heading].line if heading in self.text.sections else 1
            raise self.text.fault(
                line, heading, say("The numbers are not whole; choose a rounding with --rounding.")
            ) from error

    def _num_depots(self) -> int:
        if DEPOT_SECTION not in self.text.sections:
            return 1
        values, line = self.text.flat(DEPOT_SECTION)
        numbers = [int(value) for value in values if value != -1]
        if numbers != list(range(1, len(numbers) + 1)) or not numbers:
            raise self.text.fault(
                line,
                DEPOT_SECTION,
                say("The depots must be the first rows of the file, in order: 1, 2, ..."),
                " ".join(map(str, numbers[:10])),
            )
        return len(numbers)

    def _distances(self) -> Integers:
        kind = self.text.word("EDGE_WEIGHT_TYPE", "EUC_2D")
        if kind == "EXPLICIT":
            return self._whole(self._explicit(), WEIGHT_SECTION)
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
        between = self._whole(_between(kind, points), "NODE_COORD_SECTION")
        if between.max(initial=0) >= NO_ROAD:
            raise self.text.fault(
                self.text.sections["NODE_COORD_SECTION"].line,
                "NODE_COORD_SECTION",
                say(
                    "Places are {far} units apart, and from {limit} on there is no road; choose a "
                    "coarser --rounding.",
                    far=int(between.max()),
                    limit=NO_ROAD,
                ),
            )
        return between

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

    def _loads(self, values: Table) -> Integers:
        """Return loads; whole ones stay as they are, since only their ratio to capacity counts."""
        return np.round(values * self._load_scale()).astype(np.int64)

    def _load_scale(self) -> int:
        headings = ("DEMAND_SECTION", "LINEHAUL_SECTION", "BACKHAUL_SECTION", "CAPACITY_SECTION")
        found = [self.text.number("CAPACITY") or 0.0]
        for heading in headings:
            if heading in self.text.sections:
                found += [value for _, row in self.text.sections[heading].rows for value in row]
        return 1 if all(value == int(value) for value in found) else FRACTION_SCALE

    def _demands(self) -> tuple[Integers, Integers]:
        num = self.num_locations
        heading = "DEMAND_SECTION" if "DEMAND_SECTION" in self.text.sections else "LINEHAUL_SECTION"
        brought = self.text.table(heading, num, None)
        fetched = self.text.table("BACKHAUL_SECTION", num, None)
        if brought is None:
            brought = np.zeros((num, 1)) if fetched is None else np.zeros_like(fetched)
        if fetched is None:
            fetched = np.zeros_like(brought)
        return (
            self._loads(brought[self.num_depots :]),
            self._loads(fetched[self.num_depots :]),
        )

    def _per_vehicle(self, key: str, default: float) -> Table:
        table = self.text.table(f"{key}_SECTION", self.num_vehicles, 1)
        if table is not None:
            return table[:, 0]
        value = self.text.number(key)
        return np.full(self.num_vehicles, default if value is None else value)

    def _limit(self, key: str) -> Integers:
        values = self._per_vehicle(key, -1.0)
        return np.where(values < 0, NO_LIMIT, self._whole(values, f"{key}_SECTION"))

    def _lists(self, heading: str) -> list[tuple[int, ...]] | None:
        if heading not in self.text.sections:
            return None
        lists: list[tuple[int, ...]] = [()] * self.num_vehicles
        for line, row in self.text.numbered_rows(heading, self.num_vehicles):
            named = tuple(int(value) - 1 for value in row[1:])
            if any(not 0 <= one < self.num_locations for one in named):
                raise self.text.fault(
                    line, heading, say("The row names a location that the file does not have.")
                )
            lists[int(row[0]) - 1] = named
        return lists

    def _fleet(
        self, windows: Integers
    ) -> tuple[tuple[VehicleType, ...], tuple[int, ...], Booleans]:
        num_loads = self._demands()[0].shape[1]
        capacity = self.text.table("CAPACITY_SECTION", self.num_vehicles, num_loads)
        if capacity is None:
            value = self.text.number("CAPACITY")
            # Without a capacity there is no limit.
            shape = (self.num_vehicles, num_loads)
            loads = (
                np.full(shape, NO_LIMIT) if value is None else self._loads(np.full(shape, value))
            )
        else:
            loads = self._loads(capacity)
        unit_costs = self._per_vehicle("VEHICLES_UNIT_DISTANCE_COST", 1.0)
        factor = _cost_factor(unit_costs)
        max_distance = self._limit("VEHICLES_MAX_DISTANCE")
        max_duration = self._limit("VEHICLES_MAX_DURATION")
        route_limit = self.text.number("DISTANCE")
        if route_limit is not None:
            # With service times the published limit counts them too.
            limit = self._whole(np.full(self.num_vehicles, route_limit), "DISTANCE")
            if self.text.number("SERVICE_TIME"):
                max_duration = limit
            else:
                max_distance = limit
        fixed = factor * self._whole(
            self._per_vehicle("VEHICLES_FIXED_COST", 0.0), "VEHICLES_FIXED_COST_SECTION"
        )
        depots = self._per_vehicle("VEHICLES_DEPOT", 1.0).astype(int) - 1
        reloads = self._lists("VEHICLES_RELOAD_DEPOT_SECTION") or [()] * self.num_vehicles
        most_reloads = self._per_vehicle("VEHICLES_MAX_RELOADS", float(NO_LIMIT)).astype(int)
        served = self._lists("VEHICLES_ALLOWED_CLIENTS_SECTION")
        everything = tuple(range(self.num_depots, self.num_locations))
        numbers: dict[tuple[object, ...], int] = {}
        types: list[VehicleType] = []
        allowed: list[Booleans] = []
        type_of: list[int] = []
        counts: list[int] = []
        for vehicle in range(self.num_vehicles):
            depot = int(depots[vehicle])
            if not 0 <= depot < self.num_depots:
                raise self.text.fault(
                    self.text.sections["VEHICLES_DEPOT_SECTION"].line,
                    "VEHICLES_DEPOT_SECTION",
                    say("A vehicle names a depot that is not there."),
                    str(depot + 1),
                )
            one = VehicleType(
                num_available=1,
                capacity=tuple(loads[vehicle].tolist()),
                start_depot=depot,
                end_depot=depot,
                fixed_cost=int(fixed[vehicle]),
                unit_distance_cost=round(factor * unit_costs[vehicle]),
                max_distance=int(max_distance[vehicle]),
                max_duration=int(max_duration[vehicle]),
                opens=int(windows[depot, 0]),
                closes=int(windows[depot, 1]),
                reload_depots=reloads[vehicle],
                max_reloads=int(most_reloads[vehicle]),
            )
            stops = everything if served is None else served[vehicle]
            key = (one, stops)
            if key not in numbers:
                numbers[key] = len(types)
                types.append(one)
                counts.append(0)
                may = np.zeros(self.num_locations, np.bool_)
                may[list(stops)] = True
                allowed.append(may[self.num_depots :])
            type_of.append(numbers[key])
            counts[numbers[key]] += 1
        fleet = tuple(
            replace(one, num_available=num) for one, num in zip(types, counts, strict=True)
        )
        return fleet, tuple(type_of), np.array(allowed)


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


def _cost_factor(unit_costs: Table) -> int:
    """Return the power of ten that makes unit costs whole."""
    for decimals in range(MAX_DECIMALS):
        scaled = unit_costs * 10**decimals
        if np.allclose(scaled, np.round(scaled), rtol=0, atol=1e-9):
            return int(10**decimals)
    return int(10**MAX_DECIMALS)
