"""An array problem searched by the routing library of OR-Tools: the second opinion."""

from collections.abc import Callable

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import Answer, RoutingProblem, VehicleRoute
from solvers.routing.problem_search import SearchTime, Tell

ABSENT = 1 << 40
"""Price of leaving out a required stop."""
FEWEST_RELOADS, RELOADS_PER_STOP_SHARE = 3, 0.25
"""Reload visits offered: so many, and a share of the stops."""
MOST_VEHICLES_FACTOR = 1.5
"""Vehicles of a type that are offered, over those that would hold all loads."""


def search_ortools(problem: RoutingProblem, time: SearchTime, tell: Tell) -> Answer:
    """Search by guided local search (Voudouris and Tsang 1999, doi:10.1016/S0377-2217(98)00099-X).

    It begins from parallel cheapest insertion, the best setting found, and draws no random
    numbers.

    Parameters
    ----------
    problem
        Such as `solvers.routing.problem_search.why_not_ortools` has nothing against, not split.
    time
        When to stop; the limit on iterations counts accepted answers.
    tell
        Is given better answers.
    """
    return _Model(problem).search(time, tell)


class _Model:
    def __init__(self, problem: RoutingProblem) -> None:
        self._problem = problem
        self._type_of = [
            number
            for number, one in enumerate(problem.vehicle_types)
            for _ in range(min(one.num_available, self._most_vehicles(number)))
        ]
        self._reload_depots = sorted(
            {depot for one in problem.vehicle_types for depot in one.reload_depots}
        )
        num_reloads = (
            FEWEST_RELOADS + int(RELOADS_PER_STOP_SHARE * problem.num_stops)
            if self._reload_depots
            else 0
        )
        nothing = problem.num_locations
        is_open = any(None in (one.start_depot, one.end_depot) for one in problem.vehicle_types)
        # Nodes: places, then the place at the open ends where there are any, then reloads.
        self._first_reload = nothing + is_open
        self._place = [
            *range(self._first_reload),
            *(depot for depot in self._reload_depots for _ in range(num_reloads)),
        ]
        types = [problem.vehicle_types[number] for number in self._type_of]
        self._manager = pywrapcp.RoutingIndexManager(
            len(self._place),
            len(types),
            [nothing if one.start_depot is None else one.start_depot for one in types],
            [nothing if one.end_depot is None else one.end_depot for one in types],
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._ends = {self._routing.Start(number) for number in range(len(types))}
        self._add_costs()
        self._add_times()
        self._add_loads()
        self._add_stops()

    def _most_vehicles(self, number: int) -> int:
        """Return a number of vehicles that no good answer exceeds; idle ones only cost time."""
        problem = self._problem
        totals = np.maximum(problem.stops.delivery.sum(axis=0), problem.stops.pickup.sum(axis=0))
        capacity = np.maximum(problem.vehicle_types[number].capacity, 1)
        full = int(np.ceil(totals / capacity).max(initial=1))
        if problem.has_windows:
            return problem.num_stops
        return int(MOST_VEHICLES_FACTOR * full) + 5

    def search(self, time: SearchTime, tell: Tell) -> Answer:
        """Search and return the best answer."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        parameters.first_solution_strategy = (
            routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        )
        parameters.time_limit.FromMilliseconds(max(int(1000 * time.left_s()), 1))
        if time.max_iterations is not None:
            parameters.solution_limit = max(time.max_iterations, 1)
        best = [1 << 62]

        def on_solution() -> None:
            cost = self._routing.CostVar().Max()
            if cost < best[0]:
                best[0] = cost
                tell(self._answer(lambda index: self._routing.NextVar(index).Value()))

        self._routing.AddAtSolutionCallback(on_solution)
        found = self._routing.SolveWithParameters(parameters)
        if not found:
            return ()
        return self._answer(lambda index: found.Value(self._routing.NextVar(index)))

    def _matrix(self, matrix: np.ndarray, factor: int, before: np.ndarray) -> int:
        """Register a matrix between nodes, times a factor, plus what is spent at its origin."""
        padded = np.pad(matrix, (0, 1)) + np.append(before, 0)[:, None]
        between = padded[np.ix_(self._place, self._place)]
        return int(self._routing.RegisterTransitMatrix((factor * between).tolist()))

    def _add_costs(self) -> None:
        problem, routing = self._problem, self._routing
        nothing = np.zeros(problem.num_locations, np.int64)
        known: dict[tuple[int, int], int] = {}
        for vehicle, number in enumerate(self._type_of):
            one = problem.vehicle_types[number]
            key = (one.profile, one.unit_distance_cost)
            if key not in known:
                known[key] = self._matrix(
                    problem.distances[one.profile], one.unit_distance_cost, nothing
                )
            routing.SetArcCostEvaluatorOfVehicle(known[key], vehicle)
            routing.SetFixedCostOfVehicle(one.fixed_cost, vehicle)
        limits = [problem.vehicle_types[number].max_distance for number in self._type_of]
        if min(limits) < NO_LIMIT or bool((problem.distances >= NO_ROAD).any()):
            lengths = [
                self._matrix(problem.distances[profile], 1, nothing)
                for profile in range(len(problem.distances))
            ]
            routing.AddDimensionWithVehicleTransitAndCapacity(
                [lengths[problem.vehicle_types[number].profile] for number in self._type_of],
                0,
                [min(limit, NO_ROAD - 1) for limit in limits],
                True,  # noqa: FBT003 - lengths are counted from zero
                "length",
            )

    def _add_times(self) -> None:
        problem, routing = self._problem, self._routing
        if not problem.has_windows:
            return
        service = np.concatenate([np.zeros(problem.num_depots, np.int64), problem.stops.service])
        times = [
            self._matrix(problem.durations[profile], 1, service)
            for profile in range(len(problem.durations))
        ]
        types = [problem.vehicle_types[number] for number in self._type_of]
        horizon = max(min(one.closes, NO_LIMIT) for one in types)
        routing.AddDimensionWithVehicleTransits(
            [times[one.profile] for one in types],
            horizon,
            horizon,
            False,  # noqa: FBT003 - a vehicle may begin when it likes
            "time",
        )
        dimension = routing.GetDimensionOrDie("time")
        for vehicle, one in enumerate(types):
            for depot, end in (
                (one.start_depot, routing.Start(vehicle)),
                (one.end_depot, routing.End(vehicle)),
            ):
                opens, closes = one.opens, one.closes
                if depot is not None:
                    opens = max(opens, int(problem.depot_opens[depot]))
                    closes = min(closes, int(problem.depot_closes[depot]))
                dimension.CumulVar(end).SetRange(opens, min(closes, horizon))
            if one.max_duration < NO_LIMIT:
                dimension.SetSpanUpperBoundForVehicle(one.max_duration, vehicle)
            if one.unit_duration_cost:
                dimension.SetSpanCostCoefficientForVehicle(one.unit_duration_cost, vehicle)
        for stop in range(problem.num_stops):
            index = self._manager.NodeToIndex(problem.num_depots + stop)
            dimension.CumulVar(index).SetRange(
                int(problem.stops.opens[stop]), min(int(problem.stops.closes[stop]), horizon)
            )
        for node in range(self._first_reload, len(self._place)):
            depot = self._place[node]
            dimension.CumulVar(self._manager.NodeToIndex(node)).SetRange(
                int(problem.depot_opens[depot]), min(int(problem.depot_closes[depot]), horizon)
            )

    def _add_loads(self) -> None:
        problem, routing = self._problem, self._routing
        kinds = [problem.stops.delivery]
        if problem.stops.pickup.any():
            kinds.append(problem.stops.pickup)
        for kind, amounts in enumerate(kinds):
            for load in range(amounts.shape[1]):
                capacities = []
                for number in self._type_of:
                    one = problem.vehicle_types[number]
                    on_board = one.initial_load[load] if one.initial_load else 0
                    capacities.append(one.capacity[load] - on_board)
                most = max(capacities)
                at_node = [0] * len(self._place)
                first = problem.num_depots
                at_node[first : first + problem.num_stops] = amounts[:, load].tolist()
                for node in range(self._first_reload, len(self._place)):
                    at_node[node] = -most
                name = f"load {kind} {load}"
                routing.AddDimensionWithVehicleCapacity(
                    routing.RegisterUnaryTransitVector(at_node),
                    most if self._reload_depots else 0,
                    capacities,
                    True,  # noqa: FBT003 - every vehicle begins with nothing delivered
                    name,
                )
                if self._reload_depots:
                    self._forgive_only_at_reloads(name)

    def _forgive_only_at_reloads(self, name: str) -> None:
        dimension = self._routing.GetDimensionOrDie(name)
        for node in range(self._problem.num_depots, self._problem.num_locations):
            dimension.SlackVar(self._manager.NodeToIndex(node)).SetValue(0)
        for start in self._ends:
            dimension.SlackVar(start).SetValue(0)

    def _add_stops(self) -> None:
        problem, routing = self._problem, self._routing
        for stop in range(problem.num_stops):
            index = self._manager.NodeToIndex(problem.num_depots + stop)
            price = ABSENT if problem.stops.required[stop] else int(problem.stops.prize[stop])
            routing.AddDisjunction([index], price)
            if not problem.allowed[:, stop].all():
                may = [
                    vehicle
                    for vehicle, number in enumerate(self._type_of)
                    if problem.allowed[number, stop]
                ]
                routing.VehicleVar(index).SetValues([-1, *may])
        solver = routing.solver()
        if problem.precedence:
            routing.AddConstantDimension(1, len(self._place), True, "order")  # noqa: FBT003
        for first, second in problem.precedence:
            before = self._manager.NodeToIndex(problem.num_depots + first)
            behind = self._manager.NodeToIndex(problem.num_depots + second)
            if self._stands_once(first) and self._stands_once(second):
                # Tells the search to move both at once; a stop may be in one such pair only.
                routing.AddPickupAndDelivery(before, behind)
            both = routing.ActiveVar(before) * routing.ActiveVar(behind)
            apart = routing.VehicleVar(before) - routing.VehicleVar(behind)
            # While one of them is still left out, the other may stand anywhere.
            solver.Add(both * apart == 0)
            self._order(before, behind)
        for node in range(self._first_reload, len(self._place)):
            index = self._manager.NodeToIndex(node)
            routing.AddDisjunction([index], 0)
            may = [
                vehicle
                for vehicle, number in enumerate(self._type_of)
                if self._place[node] in problem.vehicle_types[number].reload_depots
            ]
            routing.VehicleVar(index).SetValues([-1, *may])

    def _stands_once(self, stop: int) -> bool:
        return sum(stop in pair for pair in self._problem.precedence) == 1

    def _order(self, before: int, behind: int) -> None:
        routing = self._routing
        order = routing.GetDimensionOrDie("order")
        routing.solver().Add(order.CumulVar(before) <= order.CumulVar(behind))

    def _answer(self, following: Callable[[int], int]) -> Answer:
        answer = []
        for vehicle, number in enumerate(self._type_of):
            trips: list[tuple[int, ...]] = []
            reloads: list[int] = []
            trip: list[int] = []
            index = following(self._routing.Start(vehicle))
            while not self._routing.IsEnd(index):
                node = self._manager.IndexToNode(index)
                if node >= self._first_reload:
                    if trip:
                        trips.append(tuple(trip))
                        reloads.append(self._place[node])
                    trip = []
                elif node >= self._problem.num_depots:
                    trip.append(node - self._problem.num_depots)
                index = following(index)
            if trip:
                trips.append(tuple(trip))
            if trips:
                answer.append(
                    VehicleRoute(
                        vehicle_type=number,
                        trips=tuple(trips),
                        reloads=tuple(reloads[: len(trips) - 1]),
                    )
                )
        return tuple(answer)
