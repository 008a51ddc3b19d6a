"""Files read by us and by PyVRP cost the same, route for route, and break the same rules.

PyVRP's own reader and cost are the oracle; the files are drawn, with every section it knows.
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pyvrp

from solvers.routing.problem import Answer, RoutingProblem, VehicleRoute
from solvers.routing.problem_check import check_answer
from solvers.routing.problem_files import read_instance
from solvers.routing.problem_pyvrp import pyvrp_solution
from solvers.routing.rounding import Rounding

NUM_STOPS = 9
FORBIDDEN = 1 << 40
"""What PyVRP charges at least where a vehicle may not go."""


class Draft:
    """Writes an instance file, section by section."""

    def __init__(self, seed: int, kind: str, num_depots: int = 1) -> None:
        self.draw = np.random.default_rng(seed)
        self.num_depots = num_depots
        self.num = num_depots + NUM_STOPS
        self.lines = [f"NAME : drawn {seed}", f"TYPE : {kind}", f"DIMENSION : {self.num}"]

    def say(self, key: str, value: object) -> None:
        self.lines.append(f"{key} : {value}")

    def section(self, name: str, rows: list[list[float]]) -> None:
        self.lines.append(f"{name}_SECTION")
        self.lines += [
            "\t".join([str(number), *(f"{value:g}" for value in row)])
            for number, row in enumerate(rows, start=1)
        ]

    def per_stop(self, name: str, low: int, high: int) -> None:
        rows = [[0.0]] * self.num_depots
        self.section(name, rows + self.draw.integers(low, high, (NUM_STOPS, 1)).tolist())

    def per_vehicle(self, name: str, low: int, high: int, num: int) -> None:
        self.section(name, self.draw.integers(low, high, (num, 1)).tolist())

    def places(self, digits: int = 0) -> None:
        self.say("EDGE_WEIGHT_TYPE", "EUC_2D")
        self.section("NODE_COORD", np.round(100 * self.draw.random((self.num, 2)), digits).tolist())

    def windows(self) -> None:
        opens = self.draw.integers(0, 200, NUM_STOPS)
        rows = [[0.0, 900.0]] * self.num_depots
        self.section(
            "TIME_WINDOW",
            rows + [[one, one + width] for one, width in zip(
                opens.tolist(), self.draw.integers(50, 400, NUM_STOPS).tolist(), strict=True
            )],
        )  # fmt: skip

    def text(self) -> str:
        depots = [str(depot + 1) for depot in range(self.num_depots)]
        return "\n".join([*self.lines, "DEPOT_SECTION", *depots, "-1", "EOF", ""])


def capacitated(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "CVRP")
    draft.say("CAPACITY", 30)
    draft.places()
    draft.per_stop("DEMAND", 1, 15)
    return draft, "round"


def explicit(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "CVRP")
    draft.say("CAPACITY", 30)
    draft.say("EDGE_WEIGHT_TYPE", "EXPLICIT")
    draft.say("EDGE_WEIGHT_FORMAT", ("LOWER_ROW", "FULL_MATRIX")[seed % 2])
    matrix = draft.draw.integers(1, 90, (draft.num, draft.num))
    draft.lines.append("EDGE_WEIGHT_SECTION")
    if seed % 2:
        np.fill_diagonal(matrix, 0)
        draft.lines += [" ".join(map(str, row)) for row in matrix.tolist()]
    else:
        draft.lines += [
            " ".join(map(str, row[:number])) for number, row in enumerate(matrix.tolist()) if number
        ]
    draft.per_stop("DEMAND", 1, 15)
    return draft, "round"


def windows(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "VRPTW")
    draft.say("VEHICLES", 5)
    draft.say("CAPACITY", 60)
    draft.say("SERVICE_TIME", 10)
    draft.places(digits=2)
    draft.per_stop("DEMAND", 1, 15)
    draft.windows()
    return draft, "dimacs"


def mixed_fleet(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "HFVRP")
    draft.say("VEHICLES", 6)
    draft.places()
    draft.per_stop("DEMAND", 1, 15)
    draft.per_vehicle("CAPACITY", 30, 33, 6)
    draft.per_vehicle("VEHICLES_FIXED_COST", 100, 103, 6)
    draft.per_vehicle("VEHICLES_UNIT_DISTANCE_COST", 1, 4, 6)
    draft.per_vehicle("VEHICLES_MAX_DISTANCE", 200, 400, 6)
    return draft, "exact"


def several_depots(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "MDVRPTW", num_depots=2)
    draft.say("VEHICLES", 6)
    draft.say("CAPACITY", 50)
    draft.say("VEHICLES_MAX_DURATION", 500)
    draft.places(digits=3)
    draft.per_stop("DEMAND", 1, 15)
    draft.per_stop("SERVICE_TIME", 1, 20)
    draft.windows()
    draft.per_vehicle("VEHICLES_DEPOT", 1, 3, 6)
    return draft, "exact"


def site_dependent(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "SDVRPTW")
    draft.say("VEHICLES", 5)
    draft.places(digits=3)
    draft.per_stop("DEMAND", 1, 15)
    draft.per_stop("SERVICE_TIME", 1, 20)
    draft.windows()
    draft.per_vehicle("CAPACITY", 40, 60, 5)
    every = list(range(2, NUM_STOPS + 2))
    some = [stop for stop in every if draft.draw.random() < 0.6]
    rows: list[list[float]] = [[*every], [*some], [*some], [*every], [2.0]]
    draft.section("VEHICLES_ALLOWED_CLIENTS", rows)
    return draft, "exact"


def several_trips(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "MTVRPTWR", num_depots=2)
    draft.say("VEHICLES", 4)
    draft.say("CAPACITY", 30)
    draft.say("SERVICE_TIME", 9)
    draft.say("VEHICLES_MAX_RELOADS", 2)
    draft.places()
    draft.per_stop("DEMAND", 1, 15)
    draft.windows()
    draft.per_stop("RELEASE_TIME", 0, 120)
    draft.section("VEHICLES_RELOAD_DEPOT", [[1], [1], [1, 2], [2]])
    return draft, "dimacs"


def with_prizes(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "PCVRPTW")
    draft.say("VEHICLES", 3)
    draft.say("CAPACITY", 40)
    draft.places()
    draft.per_stop("DEMAND", 1, 15)
    draft.windows()
    draft.per_stop("PRIZE", 0, 50)
    return draft, "dimacs"


def two_loads(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "CVRP")
    draft.say("VEHICLES", 4)
    draft.places()
    rows = draft.draw.integers(0, 9, (NUM_STOPS, 2)).tolist()
    draft.section("DEMAND", [[0, 0], *rows])
    draft.section("BACKHAUL", [[0, 0], *draft.draw.integers(0, 5, (NUM_STOPS, 2)).tolist()])
    draft.section("CAPACITY", [[30, 20], [25, 30], [30, 20], [40, 40]])
    return draft, "round"


def backhauls(seed: int) -> tuple[Draft, Rounding]:
    draft = Draft(seed, "VRPB")
    draft.say("CAPACITY", 30)
    draft.places()
    brought = draft.draw.integers(1, 15, NUM_STOPS)
    fetches = draft.draw.random(NUM_STOPS) < 0.4
    draft.section("LINEHAUL", [[0], *np.where(fetches, 0, brought)[:, None].tolist()])
    draft.section("BACKHAUL", [[0], *np.where(fetches, brought, 0)[:, None].tolist()])
    return draft, "exact"


FAMILIES = (
    capacitated, explicit, windows, mixed_fleet, several_depots, site_dependent, several_trips,
    with_prizes, two_loads, backhauls,
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_same_routes_same_cost_same_rules(
    family: Callable[[int], tuple[Draft, Rounding]], seed: int, tmp_path: Path
) -> None:
    draft, rounding = family(seed)
    path = tmp_path / "drawn.vrp"
    path.write_text(draft.text(), encoding="utf-8")
    problem = read_instance(path, rounding).problem
    oracle = pyvrp.read(path, round_func=rounding)
    assert [one.num_available for one in oracle.vehicle_types()] == [
        one.num_available for one in problem.vehicle_types
    ]
    for _ in range(300):
        answer = _some_routes(problem, draft.draw)
        check = check_answer(problem, answer)
        solution = pyvrp_solution(oracle, answer)
        kind_costs = [one.unit_distance_cost for one in problem.vehicle_types]
        theirs = [one.unit_distance_cost for one in oracle.vehicle_types()]
        factor = round(kind_costs[0] / theirs[0])
        prizes = sum(one.prize for one in oracle.clients()) - solution.prizes()
        cost = solution.distance_cost() + solution.duration_cost() + solution.fixed_vehicle_cost()
        if cost >= FORBIDDEN:
            assert not check.holds
            continue
        assert check.cost == factor * (cost + prizes)
        assert check.holds == solution.is_feasible()


def _some_routes(problem: RoutingProblem, draw: np.random.Generator) -> Answer:
    """Return all stops but some optional ones, cut anywhere into routes of vehicles there are."""
    order = draw.permutation(problem.num_stops).tolist()
    if not problem.stops.required.all():
        order = [s for s in order if problem.stops.required[s] or draw.random() < 0.6]
    free = [n for n, one in enumerate(problem.vehicle_types) for _ in range(one.num_available)]
    draw.shuffle(free)
    size = max(1, math.ceil(len(order) / min(len(free), 4)))
    routes = []
    for at in range(0, len(order), size):
        kind = free.pop()
        part = order[at : at + size]
        if draw.random() < 0.5:
            part.sort(key=lambda stop: bool(problem.stops.pickup[stop].any()))
        reloads = problem.vehicle_types[kind].reload_depots
        trips: tuple[tuple[int, ...], ...] = (tuple(part),)
        between: tuple[int, ...] = ()
        if reloads and len(part) > 1 and draw.random() < 0.7:
            cut = int(draw.integers(1, len(part)))
            trips = (tuple(part[:cut]), tuple(part[cut:]))
            between = (int(draw.choice(reloads)),)
        routes.append(VehicleRoute(vehicle_type=kind, trips=trips, reloads=between))
    return tuple(routes)
