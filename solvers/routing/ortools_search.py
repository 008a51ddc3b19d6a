"""Part loads searched with the routing library of OR-Tools."""

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from solvers.routing.part_loads import Matrix, PartLoadProblem, SearchLimits, TruckTrips

FORBIDDEN_S = 10_000_000
"""Stands for a missing road."""
SPARE_RELOADS_SHARE = 0.25
"""Reloads beyond those of the known answer, as a share of the visits."""
START, END = 0, 1
"""Nodes before the visits: where trucks begin, and where they may stop."""


def search_ortools(problem: PartLoadProblem, limits: SearchLimits) -> tuple[TruckTrips, ...]:
    """Search trips for the trucks of a depot.

    A reload is a node at the depot that may be left out and empties the truck's load counters.
    The search is guided local search (Voudouris and Tsang 1999,
    doi:10.1016/S0377-2217(98)00099-X) and draws no random numbers.

    Parameters
    ----------
    problem
        The visits and trucks, and an answer to begin from.
    limits
        When to stop. The iteration limit counts the solutions that the local search accepts.

    Returns
    -------
    tuple[TruckTrips, ...]
        One entry for each truck that drives.
    """
    if not problem.visits or not problem.groups:
        return ()
    return _Model(problem).search(limits)


class _Model:
    """The routing model of one depot."""

    def __init__(self, problem: PartLoadProblem) -> None:
        self._problem = problem
        self._group_of = [
            group for group, trucks in enumerate(problem.groups) for _ in range(trucks.num_trucks)
        ]
        num_reloads = sum(max(len(one.trips) - 1, 0) for one in problem.start)
        num_reloads += 1 + int(SPARE_RELOADS_SHARE * len(problem.visits))
        self._first_visit = 2
        self._first_reload = self._first_visit + len(problem.visits)
        num_nodes = self._first_reload + num_reloads
        num_trucks = len(self._group_of)
        self._manager = pywrapcp.RoutingIndexManager(
            num_nodes,
            num_trucks,
            [START] * num_trucks,
            [END] * num_trucks,
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._num_nodes = num_nodes
        self._locations = [
            0,
            -1,
            *(visit.location for visit in problem.visits),
            *(0 for _ in range(num_reloads)),
        ]
        self._add_times()
        self._add_loads()
        for node, visit in enumerate(problem.visits, start=self._first_visit):
            index = self._manager.NodeToIndex(node)
            self._routing.AddDisjunction([index], visit.chances[0].prize)
        for node in range(self._first_reload, num_nodes):
            self._routing.AddDisjunction([self._manager.NodeToIndex(node)], 0)

    def search(self, limits: SearchLimits) -> tuple[TruckTrips, ...]:
        """Search and return what the trucks do."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        parameters.first_solution_strategy = (
            routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        )
        if limits.seconds is not None:
            parameters.time_limit.FromMilliseconds(max(int(1000 * limits.seconds), 1))
        if limits.max_iterations is not None:
            parameters.solution_limit = max(limits.max_iterations, 1)
        self._routing.CloseModelWithParameters(parameters)
        start = self._routing.ReadAssignmentFromRoutes(
            self._start(),
            True,  # noqa: FBT003 - a positional argument of the library: skip inactive nodes
        )
        found = (
            self._routing.SolveFromAssignmentWithParameters(start, parameters)
            if start
            else self._routing.SolveWithParameters(parameters)
        )
        return self._read(found) if found else ()

    def _add_times(self) -> None:
        problem, routing = self._problem, self._routing
        durations = [self._transit(matrix) for matrix in problem.durations_s]
        drives = [self._transit(matrix) for matrix in problem.drives_s]
        costs = [
            self._transit(problem.drives_s[group.profile], group.price) for group in problem.groups
        ]
        profiles = [problem.groups[group].profile for group in self._group_of]
        horizon_s = max(problem.horizon_s, *(group.ready_s for group in problem.groups))
        routing.AddDimensionWithVehicleTransits(
            [durations[profile] for profile in profiles],
            0,
            horizon_s,
            False,  # noqa: FBT003 - trucks begin when they are ready, not at zero
            "time",
        )
        routing.AddDimensionWithVehicleTransitAndCapacity(
            [drives[profile] for profile in profiles],
            0,
            [problem.groups[group].drive_budget_s for group in self._group_of],
            True,  # noqa: FBT003
            "drive",
        )
        time = routing.GetDimensionOrDie("time")
        for truck, group in enumerate(self._group_of):
            routing.SetArcCostEvaluatorOfVehicle(costs[group], truck)
            time.CumulVar(routing.Start(truck)).SetMin(problem.groups[group].ready_s)
        for node, visit in enumerate(problem.visits, start=self._first_visit):
            index = self._manager.NodeToIndex(node)
            first, last = visit.chances[0], visit.chances[-1]
            time.CumulVar(index).SetMax(last.deadline_s)
            if last.deadline_s > first.deadline_s:
                # The steps of the prize become a slope.
                slope = (first.prize - last.prize) // (last.deadline_s - first.deadline_s)
                time.SetCumulVarSoftUpperBound(index, first.deadline_s, slope)

    def _add_loads(self) -> None:
        problem, routing = self._problem, self._routing
        for name, amounts, capacities in (
            (
                "mass",
                [visit.mass_kg for visit in problem.visits],
                [group.payload_kg for group in problem.groups],
            ),
            (
                "volume",
                [visit.volume_dm3 for visit in problem.visits],
                [group.volume_dm3 for group in problem.groups],
            ),
        ):
            most = max(capacities)
            at_node = [0, 0, *amounts]
            at_node += [-most] * (self._num_nodes - len(at_node))
            evaluator = routing.RegisterUnaryTransitVector(at_node)
            routing.AddDimensionWithVehicleCapacity(
                evaluator,
                most,
                [capacities[group] for group in self._group_of],
                True,  # noqa: FBT003 - every truck begins empty of loads for places
                name,
            )
            dimension = routing.GetDimensionOrDie(name)
            # Only a reload may forgive what was on board; elsewhere the count is exact.
            for node in range(self._first_visit, self._first_reload):
                dimension.SlackVar(self._manager.NodeToIndex(node)).SetValue(0)
            for truck in range(len(self._group_of)):
                dimension.SlackVar(routing.Start(truck)).SetValue(0)

    def _transit(self, matrix: Matrix, price: int = 1) -> int:
        """Register the seconds between nodes, at a price; the end is the last column if any."""
        rows = []
        for origin in self._locations:
            row = [0] * self._num_nodes
            if origin >= 0:
                home = matrix[origin][len(matrix)] if len(matrix[origin]) > len(matrix) else 0
                values = (*matrix[origin][: len(matrix)], home)
                # Location -1, the end, reads the last value.
                row = [
                    price * min(values[destination], FORBIDDEN_S) for destination in self._locations
                ]
            rows.append(row)
        return int(self._routing.RegisterTransitMatrix(rows))

    def _start(self) -> list[list[int]]:
        free: dict[int, list[int]] = {}
        for truck, group in enumerate(self._group_of):
            free.setdefault(group, []).append(truck)
        routes: list[list[int]] = [[] for _ in self._group_of]
        reload = self._first_reload
        for one in self._problem.start:
            route = routes[free[one.group].pop(0)]
            for trip in one.trips:
                if route:
                    route.append(self._manager.NodeToIndex(reload))
                    reload += 1
                route.extend(self._manager.NodeToIndex(self._first_visit + visit) for visit in trip)
        return routes

    def _read(self, found: pywrapcp.Assignment) -> tuple[TruckTrips, ...]:
        answer = []
        for truck, group in enumerate(self._group_of):
            trips: list[tuple[int, ...]] = []
            trip: list[int] = []
            index = found.Value(self._routing.NextVar(self._routing.Start(truck)))
            while not self._routing.IsEnd(index):
                node = self._manager.IndexToNode(index)
                if node >= self._first_reload:
                    if trip:
                        trips.append(tuple(trip))
                    trip = []
                else:
                    trip.append(node - self._first_visit)
                index = found.Value(self._routing.NextVar(index))
            if trip:
                trips.append(tuple(trip))
            if trips:
                answer.append(TruckTrips(group=group, trips=tuple(trips)))
        return tuple(answer)
