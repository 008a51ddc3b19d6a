"""What an officer lays down is carried before anything else, by every router."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.assembly import assemble
from relief.plan.orders import Force, Pin
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Router
from relief.plan.situation import Situation
from relief.plan.verify import verify
from solvers.routing.baseline import SavingsRouter
from solvers.routing.demand import Demand
from solvers.routing.laid_down import LAID_DOWN_TIMES, laid_down
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from tests.situations import depot, item, lot, need, place, pool, situation
from tests.solvers.routing.cases import allocation, arrivals, consignment

A, P, Q = "420001-01", "420001", "420002"
HOUR = timedelta(hours=1)
LIMITS = SolveLimits(seconds=60.0, seed=7, max_iterations=25)
BOTH = allocation(consignment("L", "tent", P, 100), consignment("L", "tent", Q, 100))


def one_truck_for_two() -> Situation:
    """A truck takes 100 tents of 10 kg; each of two places lies 5 h away: one of them by 12 h.

    Of a tent at place Q live two people, at place P one.
    """
    return situation(
        items=[item("tent")],
        places=[place(P), place(Q)],
        needs=[need(P, "tent", 100), need(Q, "tent", 100, milli_people_per_piece=2000)],
        depots=[depot(A)],
        lots=[lot("L", A, "tent", 200)],
        pools=[pool(A, 1)],
        hours_between={(A, P): 5, (P, A): 5, (A, Q): 5, (Q, A): 5},
    )


PIN = Pin(item_code="tent", place_code=P, pieces=100, by=12 * HOUR)
FORCE = Force(place_code=P, by=12 * HOUR)


def test_pieces_are_claimed_once_and_in_order_of_arrival() -> None:
    it = replace(
        one_truck_for_two(),
        orders=(
            replace(PIN, pieces=30, by=24 * HOUR),
            replace(PIN, pieces=20, depot_code=A),
        ),
    )
    goods = (
        consignment("L", "tent", P, 40, window=1),
        consignment("L", "tent", P, 25),
        consignment("L", "tent", Q, 100),
    )
    # 25 by 12 h and 5 by 24 h for the first; the second finds none left that comes by 12 h.
    assert laid_down(it, goods) == {1: (25, 1), 0: (5, 1)}


def test_what_is_claimed_stands_apart_and_is_dearer() -> None:
    it = replace(one_truck_for_two(), orders=(replace(PIN, pieces=30),))
    portions = Demand(it, BOTH).portions
    assert [(one.consignment, one.pieces, one.rate) for one in portions] == [
        (0, 30, 10_000 + LAID_DOWN_TIMES * 20_000),
        (0, 70, 10_000),
        (1, 100, 20_000),
    ]


@pytest.mark.parametrize(
    "router",
    [SavingsRouter, lambda: PyvrpRouter(LIMITS), lambda: OrtoolsRouter(LIMITS)],
    ids=["savings", "pyvrp", "ortools"],
)
@pytest.mark.parametrize("order", [PIN, FORCE], ids=["pin", "force"])
def test_the_truck_goes_where_it_was_ordered(
    router: Callable[[], Router], order: Pin | Force
) -> None:
    free = one_truck_for_two()
    ordered = replace(free, orders=(order,))
    first = {}
    for name, it in (("free", free), ("ordered", ordered)):
        routes = router().route(it, BOTH)
        plan = assemble(it, BOTH, routes)
        assert verify(plan, it).holds
        first[name] = [place for place, _, minutes in arrivals(routes) if minutes <= 12 * 60]
    assert first == {"free": [Q], "ordered": [P]}
