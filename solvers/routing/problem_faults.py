"""What can be wrong with an array problem: everything, in one list."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from relief.errors import Fault
from relief.sentences import Sentence, say
from solvers.routing.limits import NO_LIMIT, NO_ROAD

if TYPE_CHECKING:
    from solvers.routing.problem import RoutingProblem, VehicleType

MAX_SHOWN = 20
"""Faults of one kind that are listed one by one; the rest is counted."""


def problem_faults(problem: "RoutingProblem") -> tuple[Fault, ...]:
    """Return everything that is wrong, in the order of the fields.

    Where shapes contradict each other, what is inside them is not looked at. Stops are named by
    their location, as solution files do.
    """
    shapes = tuple(_shape_faults(problem))
    if shapes:
        return shapes
    inside = tuple(_entry_faults(problem)) + tuple(_fleet_faults(problem))
    if inside:
        return inside
    return tuple(_unservable(problem))


def _fault(problem: "RoutingProblem", field: str, what: Sentence, value: object = "") -> Fault:
    return Fault(where=problem.name, field=field, value=str(value), what=what)


def _shape_faults(problem: "RoutingProblem") -> Iterator[Fault]:
    num_stops, num_types = len(problem.stops.delivery), len(problem.vehicle_types)
    num_locations = len(problem.depot_opens) + num_stops
    if not num_types:
        yield _fault(problem, "vehicle_types", say("There is no vehicle."))
        return
    if not len(problem.depot_opens):
        yield _fault(problem, "depot_opens", say("There is no depot."))
    num_loads = len(problem.vehicle_types[0].capacity)
    num_profiles = 1 + max(one.profile for one in problem.vehicle_types)
    wanted: dict[str, tuple[tuple[int, ...], np.ndarray]] = {
        "depot_closes": ((len(problem.depot_opens),), problem.depot_closes),
        "allowed": ((num_types, num_stops), problem.allowed),
        "delivery": ((num_stops, num_loads), problem.stops.delivery),
        "pickup": ((num_stops, num_loads), problem.stops.pickup),
    }
    for name in ("service", "opens", "closes", "release", "prize", "required"):
        wanted[name] = ((num_stops,), getattr(problem.stops, name))
    for field, (shape, array) in wanted.items():
        if array.shape != shape:
            yield _shape_fault(problem, field, array.shape, shape)
    same = problem.durations is problem.distances
    for field in ("distances",) if same else ("distances", "durations"):
        matrices = getattr(problem, field)
        if (
            matrices.ndim != 3  # noqa: PLR2004 - profiles, origins, destinations
            or matrices.shape[0] < num_profiles
            or matrices.shape[1:] != (num_locations, num_locations)
        ):
            yield _shape_fault(
                problem, field, matrices.shape, (num_profiles, num_locations, num_locations)
            )
        elif not np.issubdtype(matrices.dtype, np.integer):
            yield from _number_faults(problem, field, matrices)


def _number_faults(problem: "RoutingProblem", field: str, matrices: np.ndarray) -> Iterator[Fault]:
    yield _fault(problem, field, say("Entries must be whole numbers."), matrices.dtype)
    for profile, origin, destination in np.argwhere(~np.isfinite(matrices))[:MAX_SHOWN].tolist():
        yield _fault(
            problem,
            field,
            say(
                "The entry from location {origin} to {destination} of matrix {profile} is no "
                "finite number.",
                origin=origin,
                destination=destination,
                profile=profile,
            ),
            matrices[profile, origin, destination],
        )


def _shape_fault(
    problem: "RoutingProblem", field: str, found: tuple[int, ...], wanted: tuple[int, ...]
) -> Fault:
    return _fault(
        problem,
        field,
        say(
            "The array has shape {found} where {wanted} is wanted.",
            found=str(found),
            wanted=str(wanted),
        ),
    )


def _entry_faults(problem: "RoutingProblem") -> Iterator[Fault]:
    same = problem.durations is problem.distances
    for field in ("distances",) if same else ("distances", "durations"):
        for profile, matrix in enumerate(getattr(problem, field)):
            for origin, destination in np.argwhere(matrix < 0)[:MAX_SHOWN].tolist():
                yield _fault(
                    problem,
                    field,
                    say(
                        "The entry from location {origin} to {destination} of matrix {profile} is "
                        "negative.",
                        origin=origin,
                        destination=destination,
                        profile=profile,
                    ),
                    int(matrix[origin, destination]),
                )
    stops, first = problem.stops, len(problem.depot_opens)
    for field in ("delivery", "pickup", "service", "release", "prize"):
        array = getattr(stops, field)
        rows = array if array.ndim == 1 else array.min(axis=1, initial=0)
        for stop in np.flatnonzero(rows < 0)[:MAX_SHOWN].tolist():
            yield _fault(
                problem,
                field,
                say("Stop {stop} has a negative entry.", stop=first + stop),
                rows[stop],
            )
    for stop in np.flatnonzero(stops.closes < stops.opens)[:MAX_SHOWN].tolist():
        yield _fault(
            problem,
            "closes",
            say("The window of stop {stop} closes before it opens.", stop=first + stop),
            f"{stops.opens[stop]}-{stops.closes[stop]}",
        )
    for depot in np.flatnonzero(problem.depot_closes < problem.depot_opens).tolist():
        yield _fault(
            problem,
            "depot_closes",
            say("The window of depot {depot} closes before it opens.", depot=depot),
            f"{problem.depot_opens[depot]}-{problem.depot_closes[depot]}",
        )
    for before, after in problem.precedence:
        if before == after or not {before, after} <= set(range(len(stops.delivery))):
            yield _fault(
                problem,
                "precedence",
                say("A stop must precede another stop of the problem."),
                (before, after),
            )
    if problem.split and (stops.delivery.shape[1] != 1 or stops.pickup.any()):
        yield _fault(
            problem,
            "split",
            say("Split deliveries need exactly one load dimension and no pickups."),
        )
    if problem.split and not stops.required.all():
        yield _fault(
            problem,
            "split",
            say("Where deliveries are split, no stop may be left out for a prize."),
        )


def _fleet_faults(problem: "RoutingProblem") -> Iterator[Fault]:
    num_depots, num_loads = len(problem.depot_opens), problem.stops.delivery.shape[1]
    for number, one in enumerate(problem.vehicle_types):
        field = f"vehicle_types[{number}]"
        if len(one.capacity) != num_loads or len(one.initial_load) not in (0, num_loads):
            yield _fault(
                problem,
                field,
                say("Capacity and load on board need one entry for each load dimension."),
            )
        elif any(load > limit for load, limit in zip(one.initial_load, one.capacity, strict=False)):
            yield _fault(problem, field, say("The load on board is above the capacity."))
        amounts = (
            one.num_available, one.fixed_cost, one.unit_distance_cost, one.unit_duration_cost,
            one.profile, one.max_distance, one.max_duration, one.max_reloads, one.opens,
            *one.capacity, *one.initial_load,
        )  # fmt: skip
        if min(amounts) < 0:
            yield _fault(problem, field, say("A number of the vehicle is negative."), min(amounts))
        if one.closes < one.opens:
            yield _fault(
                problem,
                field,
                say("The vehicle's day closes before it opens."),
                f"{one.opens}-{one.closes}",
            )
        depots = [one.start_depot, one.end_depot, *one.reload_depots]
        if any(depot is not None and not 0 <= depot < num_depots for depot in depots):
            yield _fault(problem, field, say("The vehicle names a depot that is not there."))


def _unservable(problem: "RoutingProblem") -> Iterator[Fault]:
    """Name each required stop that no vehicle can serve even alone, with the last reason met."""
    shown, first = 0, len(problem.depot_opens)
    roads = Roads(problem)
    for stop in range(len(problem.stops.delivery)):
        if not problem.stops.required[stop]:
            continue
        reasons = []
        for number in range(len(problem.vehicle_types)):
            reason = _hindrance(problem, number, stop, roads)
            if reason is None:
                break
            reasons.append(reason)
        else:
            shown += 1
            if shown <= MAX_SHOWN:
                # The reason that the most capable vehicle meets says most.
                yield _fault(
                    problem, f"stop {first + stop}", max(reasons, key=lambda reason: reason[0])[1]
                )  # fmt: skip
    if shown > MAX_SHOWN:
        yield _fault(
            problem,
            "stops",
            say("{number} further stops can be served by no vehicle.", number=shown - MAX_SHOWN),
        )


def _hindrance(
    problem: "RoutingProblem", number: int, stop: int, roads: "Roads"
) -> tuple[int, Sentence] | None:
    """Return how far this vehicle comes with the stop, and what stops it; None for nothing."""
    stops, one = problem.stops, problem.vehicle_types[number]
    if not one.num_available:
        return 0, say("No vehicle is left for this stop.")
    if not problem.allowed[number, stop]:
        return 1, say("No vehicle may serve this stop.")
    load = np.maximum(stops.delivery[stop], stops.pickup[stop])
    over = np.flatnonzero(load > np.array(one.capacity))
    if len(over) and not (problem.split and min(one.capacity) > 0):
        return 2, say(
            "The load {load} of this stop is above every vehicle's capacity ({capacity}); allow "
            "split deliveries or bring a larger vehicle.",
            load=int(load[over[0]]),
            capacity=one.capacity[over[0]],
        )
    return _road_hindrance(problem, one, stop, roads)


def _road_hindrance(
    problem: "RoutingProblem", one: "VehicleType", stop: int, roads: "Roads"
) -> tuple[int, Sentence] | None:
    stops = problem.stops
    place = len(problem.depot_opens) + stop
    # A vehicle that can reload may come from any of those depots.
    starts = {one.start_depot, *one.reload_depots}
    ends = {one.end_depot, *one.reload_depots}

    def least(field: str, depots: set[int | None], *, out: bool) -> int:
        return min(roads.way(field, one.profile, depot, place, out=out) for depot in depots)

    way_out, way_home = least("distances", starts, out=True), least("distances", ends, out=False)
    if max(way_out, way_home) >= NO_ROAD:
        return 3, say("No road leads to this stop and back.")
    if way_out + way_home > one.max_distance:
        return 4, say("The way there and back is longer than any vehicle may drive.")
    opens = max(one.opens, 0 if one.start_depot is None else problem.depot_opens[one.start_depot])
    closes = min(one.closes, *(problem.depot_closes[d] for d in ends if d is not None), one.closes)
    out, back = least("durations", starts, out=True), least("durations", ends, out=False)
    arrives = max(int(opens), int(stops.release[stop])) + out
    if arrives > stops.closes[stop]:
        return 5, say("No vehicle can be there before the window closes.")
    service = int(stops.service[stop])
    if max(arrives, int(stops.opens[stop])) + service + back > closes:
        return 6, say("No vehicle can be back from this stop before its day ends.")
    if out + service + back > one.max_duration:
        return 7, say("The way there and back takes longer than any vehicle's longest duration.")
    return None


class Roads:
    """Shortest ways between depots and places, by way of other places where that is shorter."""

    def __init__(self, problem: "RoutingProblem") -> None:
        self._problem = problem
        self._known: dict[tuple[str, int, int, bool], NDArray[np.int64]] = {}

    def way(self, field: str, profile: int, depot: int | None, place: int, *, out: bool) -> int:
        """Return the shortest way from a depot to a place, or home; 0 for an open end."""
        if depot is None:
            return 0
        key = (field, profile, depot, out)
        if key not in self._known:
            matrix = getattr(self._problem, field)[profile]
            self._known[key] = _shortest(matrix if out else matrix.T, depot)
        return int(self._known[key][place])


def _shortest(matrix: NDArray[np.int64], origin: int) -> NDArray[np.int64]:
    """Return the shortest ways from a place to all (Dijkstra 1959, doi:10.1007/BF01386390)."""
    ways: NDArray[np.int64] = matrix[origin].astype(np.int64)
    is_open = np.ones(len(ways), np.bool_)
    for _ in range(len(ways)):
        nearest = int(np.argmin(np.where(is_open, ways, NO_LIMIT)))
        if ways[nearest] >= NO_ROAD:
            break
        is_open[nearest] = False
        row = matrix[nearest]
        ways = np.where(row < NO_ROAD, np.minimum(ways, ways[nearest] + row), ways)
    return ways
