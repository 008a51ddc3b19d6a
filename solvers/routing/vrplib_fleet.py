"""The vehicles of a VRPLIB file, with the additions of PyVRP."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import say
from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import Booleans, Integers, VehicleType
from solvers.routing.vrplib_text import VrplibText

Table = np.ndarray
Whole = Callable[[Table, str], Integers]
"""Makes the numbers of a section whole by the convention of the file."""
LOAD_SECTIONS = ("DEMAND_SECTION", "LINEHAUL_SECTION", "BACKHAUL_SECTION")
MAX_DECIMALS = 6
"""Of unit costs and loads; they are scaled until they are whole."""
MAX_VEHICLES = 1_000_000


def power_of_ten(values: Table) -> int:
    """Return the power of ten that makes numbers whole, `MAX_DECIMALS` at most.

    Examples
    --------
    >>> power_of_ten(np.array([1.5, 2.0, 0.25]))
    100
    """
    for decimals in range(MAX_DECIMALS):
        scaled = values * 10**decimals
        if np.allclose(scaled, np.round(scaled), rtol=0, atol=1e-9):
            return int(10**decimals)
    return int(10**MAX_DECIMALS)


def load_scale(text: VrplibText) -> int:
    """Return the power of ten that makes all loads whole; 1 keeps them as they are."""
    found = [text.number("CAPACITY") or 0.0]
    for heading in (*LOAD_SECTIONS, "CAPACITY_SECTION"):
        if heading in text.sections:
            found += [value for _, row in text.sections[heading].rows for value in row[1:]]
    return power_of_ten(np.array(found))


def whole_loads(values: Table, scale: int) -> Integers:
    """Return loads in whole numbers, only their ratio to capacity counts."""
    loads: Integers = np.clip(np.round(values * scale), -NO_LIMIT, NO_LIMIT).astype(np.int64)
    return np.where((values < 0) & (loads == 0), -1, loads)


@dataclass(frozen=True, slots=True, kw_only=True)
class VrplibFleet:
    """The fleet of a file, vehicle by vehicle.

    Parameters
    ----------
    vehicles
        Each vehicle as a type of its own; its hours are still open.
    served
        The locations that each may serve; None where every vehicle may serve all.
    num_depots, num_stops
        How many of either the file has.
    cost_factor
        By what its costs are scaled.
    """

    vehicles: tuple[VehicleType, ...]
    served: tuple[tuple[int, ...], ...] | None
    num_depots: int
    num_stops: int
    cost_factor: int

    @classmethod
    def read(
        cls,
        text: VrplibText,
        whole: Whole,
        *,
        num_depots: int,
        num_stops: int,
        split: bool,
        one_way: bool,
        alone: bool,
    ) -> "VrplibFleet":
        """Read the fleet.

        Parameters
        ----------
        text
            The file.
        whole
            Makes costs, distances and durations whole.
        num_depots, num_stops
            How many of either the file has.
        split
            Whether vehicles may share a delivery.
        one_way
            Whether they stay where they have served last.
        alone
            Whether there is only one where the file does not say how many.

        Raises
        ------
        InvalidInput
            If sections are broken or contradict each other; all faults at once.
        """
        default = 1 if alone else num_stops
        num = _num_vehicles(text, _enough(text, num_stops) if split else default)
        reader = _FleetReader(text, whole, num, num_depots + num_stops)
        parts = Gathering()
        with parts.part():
            loads = reader.capacities()
        with parts.part():
            unit_costs = reader.numbers("VEHICLES_UNIT_DISTANCE_COST", 1.0)
        with parts.part():
            fixed = reader.whole_numbers("VEHICLES_FIXED_COST", 0)
        with parts.part():
            max_distance, max_duration = reader.limits()
        with parts.part():
            depots = reader.depots(num_depots)
        with parts.part():
            most_reloads = reader.counts("VEHICLES_MAX_RELOADS", NO_LIMIT)
        with parts.part():
            reloads = reader.lists("VEHICLES_RELOAD_DEPOT_SECTION") or ((),) * num
        with parts.part():
            served = reader.lists("VEHICLES_ALLOWED_CLIENTS_SECTION")
        parts.settle()
        factor = power_of_ten(unit_costs)
        vehicles = tuple(
            VehicleType(
                num_available=1,
                capacity=tuple(loads[number].tolist()),
                start_depot=depots[number],
                end_depot=None if one_way else depots[number],
                fixed_cost=factor * int(fixed[number]),
                unit_distance_cost=round(factor * unit_costs[number]),
                max_distance=int(max_distance[number]),
                max_duration=int(max_duration[number]),
                reload_depots=reloads[number],
                max_reloads=most_reloads[number],
            )
            for number in range(num)
        )
        return cls(
            vehicles=vehicles,
            served=served,
            num_depots=num_depots,
            num_stops=num_stops,
            cost_factor=factor,
        )

    def types(self, windows: Integers) -> tuple[tuple[VehicleType, ...], tuple[int, ...], Booleans]:
        """Return the types, that of each vehicle, and which type may serve which stop.

        Parameters
        ----------
        windows
            When each location opens and closes; a vehicle has the hours of its depot.
        """
        numbers: dict[tuple[object, ...], int] = {}
        types: list[VehicleType] = []
        allowed: list[Booleans] = []
        type_of: list[int] = []
        for number, vehicle in enumerate(self.vehicles):
            served = None if self.served is None else self.served[number]
            key = (vehicle, served)
            if key not in numbers:
                numbers[key] = len(types)
                opens, closes = windows[vehicle.start_depot or 0].tolist()
                types.append(replace(vehicle, opens=opens, closes=closes))
                may = np.full(self.num_depots + self.num_stops, served is None)
                may[list(served or ())] = True
                allowed.append(may[self.num_depots :])
            type_of.append(numbers[key])
        counts = np.bincount(type_of, minlength=len(types)).tolist()
        fleet = tuple(
            replace(one, num_available=num) for one, num in zip(types, counts, strict=True)
        )
        return fleet, tuple(type_of), np.array(allowed)


class _FleetReader:
    """Reads one number or list a vehicle."""

    def __init__(self, text: VrplibText, whole: Whole, num: int, num_locations: int) -> None:
        self._text, self._whole, self._num = text, whole, num
        self._num_locations = num_locations

    def numbers(self, key: str, default: float) -> Table:
        """Return a number a vehicle, from a section or one for all; none is below zero."""
        heading = f"{key}_SECTION"
        table = self._text.table(heading, self._num, 1)
        if table is None:
            value = self._text.number(key)
            self._refuse_negative(key, value)
            return np.full(self._num, default if value is None else value)
        self._refuse_negative_rows(heading)
        return table[:, 0]

    def whole_numbers(self, key: str, default: int) -> Integers:
        """Return the same by the convention of the file; the default is whole already."""
        if key not in self._text.specifications and f"{key}_SECTION" not in self._text.sections:
            return np.full(self._num, default, np.int64)
        return self._whole(self.numbers(key, 0.0), f"{key}_SECTION")

    def counts(self, key: str, default: int) -> tuple[int, ...]:
        """Return the same as it stands; it must be whole."""
        values = self.numbers(key, default)
        if not np.array_equal(values, np.round(values)):
            heading = f"{key}_SECTION"
            line = (
                self._text.sections[heading].line
                if heading in self._text.sections
                else self._text.specifications[key][1]
            )
            raise self._text.fault(line, key, say("These must be whole numbers."))
        return tuple(int(value) for value in np.minimum(values, NO_LIMIT))

    def capacities(self) -> Integers:
        """Return the capacity of each vehicle, for each load dimension."""
        num_loads, scale = _num_loads(self._text), load_scale(self._text)
        table = self._text.table("CAPACITY_SECTION", self._num, None)
        shape = (self._num, num_loads)
        if table is None:
            value = self._text.number("CAPACITY")
            self._refuse_negative("CAPACITY", value)
            # Without a capacity there is no limit.
            if value is None:
                return np.full(shape, NO_LIMIT, np.int64)
            return whole_loads(np.full(shape, value), scale)
        self._refuse_negative_rows("CAPACITY_SECTION")
        if table.shape[1] not in (1, num_loads):
            raise self._text.fault(
                self._text.sections["CAPACITY_SECTION"].line,
                "CAPACITY_SECTION",
                say(
                    "Loads have {loads} numbers, capacities {capacities}; both need the same.",
                    loads=num_loads,
                    capacities=table.shape[1],
                ),
            )
        return whole_loads(np.broadcast_to(table, shape), scale)

    def limits(self) -> tuple[Integers, Integers]:
        """Return the longest distance and duration of each vehicle."""
        max_distance = self.whole_numbers("VEHICLES_MAX_DISTANCE", NO_LIMIT)
        max_duration = self.whole_numbers("VEHICLES_MAX_DURATION", NO_LIMIT)
        route_limit = self._text.number("DISTANCE")
        self._refuse_negative("DISTANCE", route_limit)
        # Zero stands for none, as in the files that those with this line were made from.
        if route_limit:
            limit = self._whole(np.full(self._num, route_limit), "DISTANCE")
            # With service times the published limit counts them too.
            if self._text.number("SERVICE_TIME") or self._has_service_rows():
                return max_distance, np.minimum(limit, max_duration)
            return np.minimum(limit, max_distance), max_duration
        return max_distance, max_duration

    def _has_service_rows(self) -> bool:
        section = self._text.sections.get("SERVICE_TIME_SECTION")
        return section is not None and any(any(row[1:]) for _, row in section.rows)

    def depots(self, num_depots: int) -> tuple[int, ...]:
        """Return the depot of each vehicle."""
        depots = tuple(number - 1 for number in self.counts("VEHICLES_DEPOT", 1))
        for depot in depots:
            if not 0 <= depot < num_depots:
                raise self._text.fault(
                    self._text.sections["VEHICLES_DEPOT_SECTION"].line,
                    "VEHICLES_DEPOT_SECTION",
                    say("A vehicle names a depot that is not there."),
                    str(depot + 1),
                )
        return depots

    def lists(self, heading: str) -> tuple[tuple[int, ...], ...] | None:
        """Return the locations that a section lists for each vehicle, None where it is not there.

        Raises
        ------
        InvalidInput
            If a row names a location that the file does not have.
        """
        if heading not in self._text.sections:
            return None
        lists: list[tuple[int, ...]] = [()] * self._num
        places = range(1, self._num_locations + 1)
        for line, row in self._text.numbered_rows(heading, self._num):
            # A list may end with -1, as that of the depots does.
            named = row[1:-1] if len(row) > 1 and row[-1] == -1 else row[1:]
            if any(value not in places for value in named):
                raise self._text.fault(
                    line, heading, say("The row names a location that the file does not have.")
                )
            lists[int(row[0]) - 1] = tuple(int(value) - 1 for value in named)
        return tuple(lists)

    def _refuse_negative(self, key: str, value: float | None) -> None:
        if value is not None and value < 0:
            written, line = self._text.specifications[key]
            raise self._text.fault(line, key, say("This must not be negative."), written)

    def _refuse_negative_rows(self, heading: str) -> None:
        faults = [
            Fault(
                where=f"{self._text.where}:{line}",
                field=heading,
                value=" ".join(f"{value:g}" for value in row),
                what=say("This must not be negative."),
            )
            for line, row in self._text.sections[heading].rows
            if min(row) < 0
        ]
        if faults:
            raise InvalidInput(*faults)


def _num_vehicles(text: VrplibText, default: int) -> int:
    if "VEHICLES" not in text.specifications:
        return default
    number = text.required_number("VEHICLES")
    if number > MAX_VEHICLES:
        raise text.fault(
            text.specifications["VEHICLES"][1],
            "VEHICLES",
            say("This program holds {most} vehicles at most.", most=MAX_VEHICLES),
            str(number),
        )
    return number


def _enough(text: VrplibText, num_stops: int) -> int:
    """Return how many vehicles carry split deliveries even if each drives half empty."""
    capacity = text.number("CAPACITY") or 0.0
    if capacity <= 0 or "DEMAND_SECTION" not in text.sections:
        return num_stops
    total = sum(row[-1] for _, row in text.sections["DEMAND_SECTION"].rows)
    return int(min(max(num_stops, 2 * np.ceil(total / capacity) + 1), MAX_VEHICLES))


def _num_loads(text: VrplibText) -> int:
    """Return how many numbers a load has."""
    for heading in LOAD_SECTIONS:
        if heading in text.sections and text.sections[heading].rows:
            return max(1, len(text.sections[heading].rows[0][1]) - 1)
    return 1
