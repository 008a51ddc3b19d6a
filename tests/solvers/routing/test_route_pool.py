"""Whole trips out of the pool: by hand, and never for the worse."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.errors import Stopped
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.routing.backlog import Backlog
from solvers.routing.construction import driven_pieces
from solvers.routing.demand import Demand
from solvers.routing.depot_bound import depot_bound
from solvers.routing.depot_bound_cases import PlanCutter
from solvers.routing.first_answer import first_answer
from solvers.routing.fleet import Fleet
from solvers.routing.route_pool import RoutePool
from solvers.routing.schedule import vehicle_routes
from solvers.routing.timeline import PlannedTrip, Timeline
from solvers.routing.worth import worth
from tests.situations import depot, item, lot, need, place, pool, situation
from tests.solvers.routing.cases import allocation, consignment, drawn_case

A, P, Q = "420001-01", "420001", "420002"
FAR_S = 1e9


def two_trucks_half_full() -> tuple[Situation, Demand, Fleet, list[Timeline]]:
    """Depot A an hour from P and Q, an hour apart; one truck brings 50 of 100 pieces to each."""
    case = situation(
        items=[item("tent")],
        places=[place(P), place(Q)],
        needs=[need(P, "tent", 50), need(Q, "tent", 50)],
        depots=[depot(A)],
        lots=[lot("L", A, "tent", 100)],
        pools=[pool(A, 2)],
        hours_between=dict.fromkeys(permutations((A, P, Q), 2), 1),
    )
    demand = Demand(
        case,
        allocation(consignment("L", "tent", P, 50), consignment("L", "tent", Q, 50)),
    )
    fleet = Fleet(case)
    timelines = [Timeline(fleet, truck) for truck in fleet.trucks]
    for number, timeline in enumerate(timelines):
        load = demand.load(0, 1 + number, ((number, 50),))
        assert timeline.append(PlannedTrip(depots=(0,), drops=((load,),))) is not None
    return case, demand, fleet, timelines


def test_two_half_loads_go_on_one_truck() -> None:
    case, demand, fleet, timelines = two_trucks_half_full()
    # 300 yuan for each truck; one truck by way of both drives 150 km: 400 yuan.
    assert worth(demand, timelines, Backlog(demand, ())).cost_fen == 60_000
    pool_of_trips = RoutePool(case, demand, fleet, timelines)
    pool_of_trips.run(FAR_S, most_rounds=50)
    assert worth(demand, timelines, Backlog(demand, ())).cost_fen == 40_000
    assert pool_of_trips.num_bettered == 1
    assert driven_pieces(demand, timelines).tolist() == [50, 50]


def test_it_ends_by_the_clock_and_can_be_stopped() -> None:
    case, demand, fleet, timelines = two_trucks_half_full()
    RoutePool(case, demand, fleet, timelines).run(0.0, lambda: 1.0)
    assert worth(demand, timelines, Backlog(demand, ())).cost_fen == 60_000

    def stop() -> None:
        raise Stopped("stopped by hand")

    with pytest.raises(Stopped, match="by hand"):
        RoutePool(case, demand, fleet, timelines).run(FAR_S, pause=stop, most_rounds=50)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_no_depot_gets_cheaper_than_its_bound(seed: int) -> None:
    case, given_to = drawn_case(seed)
    demand, fleet = Demand(case, given_to), Fleet(case)
    timelines, backlog = first_answer(demand, fleet)
    routes = vehicle_routes(case, demand, fleet, timelines)
    works = PlanCutter(case).shares(routes).works
    nothing = SolveLimits(seconds=60.0, max_iterations=40)
    bounds = {work.depot_code: (work, depot_bound(work, nothing)) for work in works}
    for code, (work, bound) in bounds.items():
        own = [timeline.copy() for timeline in timelines]
        before = worth(demand, own, backlog)
        pool_of_trips = RoutePool(case, demand, fleet, own)
        pool_of_trips.better(code, SolveLimits(seconds=60.0, max_iterations=40))
        saved_fen = before.cost_fen - worth(demand, own, backlog).cost_fen
        assert saved_fen <= work.cost_fen - (bound.bound_fen or 0)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_it_never_costs_more_nor_leaves_anything_behind(seed: int) -> None:
    case, given_to = drawn_case(seed)
    demand, fleet = Demand(case, given_to), Fleet(case)
    timelines, backlog = first_answer(demand, fleet)
    before = worth(demand, timelines, backlog)
    carried = driven_pieces(demand, timelines)
    again = [timeline.copy() for timeline in timelines]
    RoutePool(case, demand, fleet, timelines).run(FAR_S, most_rounds=10)
    assert worth(demand, timelines, backlog) <= before
    assert np.array_equal(driven_pieces(demand, timelines), carried)
    RoutePool(case, demand, fleet, again).run(FAR_S, most_rounds=10)
    assert [one.trips for one in again] == [one.trips for one in timelines]
