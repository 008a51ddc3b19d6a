"""What every router must do, on cases small enough for paper."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.errors import Stopped
from relief.plan.allocation import Allocation, ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.outcome import ProgressStep, SolveLimits, Termination
from relief.plan.policy import PlanningPolicy
from relief.plan.routes import Router, StopKind
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.fleet import VehiclePool
from solvers.routing.baseline import SavingsRouter
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from tests.situations import (
    depot,
    item,
    lot,
    need,
    place,
    pool,
    situation,
    two_depots_three_places,
)
from tests.solvers.routing.cases import (
    allocation,
    arrivals,
    consignment,
    drawn_case,
    recount,
)

LIMITS = SolveLimits(seconds=60.0, seed=7, max_iterations=25)
ROUTERS: Mapping[str, Callable[[], Router]] = {
    "savings": SavingsRouter,
    "pyvrp": lambda: PyvrpRouter(LIMITS),
    "ortools": lambda: OrtoolsRouter(LIMITS),
}

A, B, P, Q = "420001-01", "420002-01", "420001", "420002"


@pytest.fixture(params=sorted(ROUTERS))
def router(request: pytest.FixtureRequest) -> Router:
    return ROUTERS[request.param]()


def one_place(
    *,
    pieces: int,
    hours_there: float = 1.0,
    hours_back: float = 1.0,
    volume_dm3: int = 50,
    pools: tuple[VehiclePool, ...] = (pool(A, 1),),
    policy: PlanningPolicy | None = None,
) -> Situation:
    """Return depot A and place P, a piece weighing 10 kg, a truck taking 1 t and 10 m3."""
    return situation(
        items=[item("tent", volume_dm3=volume_dm3)],
        places=[place(P)],
        needs=[need(P, "tent", pieces)],
        depots=[depot(A)],
        lots=[lot("L", A, "tent", pieces)],
        pools=pools,
        hours_between={(A, P): hours_there, (P, A): hours_back},
        policy=policy,
    )


def everything(pieces: int) -> Allocation:
    return allocation(consignment("L", "tent", P, pieces))


def test_two_depots_serve_two_places_and_the_bridge_stays_closed(router: Router) -> None:
    case = two_depots_three_places()
    given = allocation(
        consignment("A-tent", "tent", "420001", 50),
        consignment("A-tent", "tent", "420002", 10),
        consignment("B-tent", "tent", "420002", 30, depot_code="420112-01"),
        consignment("B-tent", "tent", "420003", 10, depot_code="420112-01"),
    )
    routes = router.route(case, given)
    recount(case, given, routes)
    assert [(u.consignment.place_code, u.pieces, u.reason) for u in routes.undelivered] == [
        ("420003", 10, ShortfallReason.NO_ROAD)
    ]
    assert all(minutes <= 720 for _, _, minutes in arrivals(routes))
    # Ten tents for three people each at weight 10, from 12 h to the horizon and 72 h more: 132 h.
    assert routes.report.objective == 10 * 3000 * 10 * 132
    # B's truck: loaded 0:30, five hours and one rest on the road, 15 min unloading: 6:05.
    assert ("420002", 30, 365) in arrivals(routes)


def test_more_than_a_truck_takes_goes_in_several_trips(router: Router) -> None:
    case = one_place(pieces=250)
    routes = router.route(case, everything(250))
    recount(case, everything(250), routes)
    # Load 0:00-0:30, drive to 1:30, unload to 1:45, back 2:45; load, drive, unload to 4:30, back
    # 5:30 after four hours of driving; load to 6:00, rest to 6:20, drive to 7:20, unload to 7:35.
    assert [(pieces, minutes) for _, pieces, minutes in arrivals(routes)] == [
        (100, 105),
        (100, 270),
        (50, 455),
    ]
    assert [trip.number for trip in routes.vehicle_routes[0].trips] == [
        f"{A}-DB-0001",
        f"{A}-DB-0002",
        f"{A}-DB-0003",
    ]


def test_volume_can_bind_before_weight(router: Router) -> None:
    # 200 litres each: 50 fill the 10 m3 though they weigh only half a tonne.
    case = one_place(pieces=60, volume_dm3=200)
    routes = router.route(case, everything(60))
    recount(case, everything(60), routes)
    assert [pieces for _, pieces, _ in arrivals(routes)] == [50, 10]


def test_a_truck_loads_at_another_depot_than_its_base(router: Router) -> None:
    case = situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", 20)],
        depots=[depot(A), depot(B)],
        lots=[lot("L", B, "tent", 20)],
        pools=[pool(A, 1, ready_min=30)],
        hours_between={(A, B): 2, (B, P): 1, (P, A): 1.5, (B, A): 2},
    )
    given = allocation(consignment("L", "tent", P, 20, depot_code=B))
    routes = router.route(case, given)
    recount(case, given, routes)
    # Ready 0:30, empty to B 2:30, loaded 3:00, at P 4:00, unloaded 4:15, home at A 5:45 after
    # 4.5 h of driving: one rest of 20 min on the way, 6:05.
    assert arrivals(routes) == [(P, 20, 255)]
    (route,) = routes.vehicle_routes
    assert (route.base_code, route.trips[0].number) == (A, f"{B}-DB-0001")
    assert route.home.end_at - case.start_at == timedelta(hours=6, minutes=5)
    (rest,) = route.home.leg.rests
    assert (rest.after_drive, rest.duration) == (timedelta(hours=1), timedelta(minutes=20))


def test_one_driver_sleeps_where_two_drive_on(router: Router) -> None:
    alone = one_place(pieces=1, hours_there=9, hours_back=9)
    routes = router.route(alone, everything(1))
    recount(alone, everything(1), routes)
    # Loaded 0:30; eight hours and a rest: 8:50; the ninth hour from 24:30 on; unloaded 25:45.
    assert arrivals(routes) == [(P, 1, 1545)]
    pair = one_place(pieces=1, hours_there=9, hours_back=9, pools=(pool(A, 1, num_drivers=2),))
    routes = router.route(pair, everything(1))
    recount(pair, everything(1), routes)
    # Loaded 0:30; nine hours and two rests: 10:10; unloaded 10:25.
    assert arrivals(routes) == [(P, 1, 625)]


@pytest.mark.parametrize(("late_s", "window"), [(0, 0), (1, 1)])
def test_the_end_of_a_window_belongs_to_it(router: Router, late_s: int, window: int) -> None:
    # 0:30 loading, 10:35 driving with two rests, 0:15 unloading: 12:00 sharp.
    case = one_place(
        pieces=1,
        hours_there=10 + 35 / 60 + late_s / 3600,
        pools=(pool(A, 1, num_drivers=2),),
    )
    routes = router.route(case, everything(1))
    recount(case, everything(1), routes)
    (route,) = routes.vehicle_routes
    arrived_at = route.trips[0].stops[-1].end_at
    assert arrived_at - case.start_at == timedelta(hours=12, seconds=late_s)
    assert case.window_of(arrived_at) == window
    assert routes.undelivered == ()


def test_a_truck_waits_for_goods_that_are_not_ready(router: Router) -> None:
    # Loading 30 min from 05:00 on, an hour of driving, unloading 15 min: 06:45.
    case = one_place(pieces=10)
    given = allocation(consignment("L", "tent", P, 10, ready_h=5.0))
    routes = router.route(case, given)
    recount(case, given, routes)
    assert arrivals(routes) == [(P, 10, 405)]
    assert verify(assemble(case, given, routes), case).holds


def test_what_is_ready_at_once_does_not_wait_for_the_rest(router: Router) -> None:
    # One lot, half of it ready after 30 h; an hour and three quarters later each half is there.
    case = one_place(pieces=20)
    given = allocation(
        consignment("L", "tent", P, 10),
        consignment("L", "tent", P, 10, window=2, ready_h=30.0),
    )
    routes = router.route(case, given)
    recount(case, given, routes)
    first, second = arrivals(routes)
    assert first == (P, 10, 105)
    assert second == (P, 10, 30 * 60 + 105)
    assert verify(assemble(case, given, routes), case).holds


def test_after_the_horizon_nothing_is_sent(router: Router) -> None:
    case = one_place(
        pieces=1,
        hours_there=10 + 35 / 60 + 1 / 3600,
        pools=(pool(A, 1, num_drivers=2),),
        policy=PlanningPolicy(window_ends=(timedelta(hours=12),)),
    )
    routes = router.route(case, everything(1))
    recount(case, everything(1), routes)
    assert routes.vehicle_routes == ()
    # No truck, however free, could be there in time.
    assert [(u.pieces, u.reason) for u in routes.undelivered] == [(1, ShortfallReason.ROUTING)]


def test_busy_trucks_leave_the_rest_behind(router: Router) -> None:
    case = one_place(pieces=1000, policy=PlanningPolicy(window_ends=(timedelta(hours=12),)))
    routes = router.route(case, everything(1000))
    recount(case, everything(1000), routes)
    # Deliveries end at 1:45, 4:30, 7:35 and, one rest apart from the same beat, 10:20.
    assert [minutes for _, _, minutes in arrivals(routes)] == [105, 270, 455, 620]
    assert [(u.pieces, u.reason) for u in routes.undelivered] == [(600, ShortfallReason.TRUCKS)]


def test_no_truck_goes_where_it_cannot_come_back_from(router: Router) -> None:
    case = one_place(pieces=1, hours_back=float("inf"))
    routes = router.route(case, everything(1))
    assert routes.vehicle_routes == ()
    assert [u.reason for u in routes.undelivered] == [ShortfallReason.ROUTING]


def test_without_trucks_or_goods_the_answer_is_empty(router: Router) -> None:
    case = one_place(pieces=5, pools=())
    routes = router.route(case, everything(5))
    assert routes.vehicle_routes == ()
    assert [u.pieces for u in routes.undelivered] == [5]
    assert router.route(case, allocation()).undelivered == ()


def test_what_is_unloaded_last_is_loaded_first(router: Router) -> None:
    case = situation(
        items=[item("tent"), item("quilt")],
        places=[place(P), place(Q)],
        needs=[need(P, "tent", 10), need(Q, "quilt", 10)],
        depots=[depot(A)],
        lots=[lot("T", A, "tent", 10), lot("K", A, "quilt", 10)],
        pools=[pool(A, 1)],
        # P lies on the way to Q.
        hours_between={(A, P): 1, (P, Q): 0.5, (A, Q): 1.5, (Q, P): 0.5, (Q, A): 1.5, (P, A): 1},
    )
    given = allocation(consignment("T", "tent", P, 10), consignment("K", "quilt", Q, 10))
    routes = router.route(case, given)
    recount(case, given, routes)
    (trip,) = routes.vehicle_routes[0].trips
    assert [stop.kind for stop in trip.stops] == [
        StopKind.LOAD,
        StopKind.DELIVER,
        StopKind.DELIVER,
    ]
    unloaded = [stop.lines[0].lot_code for stop in trip.stops[1:]]
    assert [line.lot_code for line in trip.stops[0].lines] == unloaded[::-1]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_every_baseline_answer_holds(seed: int) -> None:
    case, given = drawn_case(seed)
    routes = SavingsRouter().route(case, given)
    recount(case, given, routes)
    certificate = verify(assemble(case, given, routes), case)
    assert certificate.violations == ()


@pytest.mark.parametrize("engine", [PyvrpRouter, OrtoolsRouter])
@pytest.mark.parametrize("seed", [3, 11, 2016])
def test_every_searched_answer_holds_and_is_no_worse_than_the_baseline(
    engine: type[PyvrpRouter] | type[OrtoolsRouter],
    seed: int,
) -> None:
    case, given = drawn_case(seed)
    routes = engine(LIMITS).route(case, given)
    recount(case, given, routes)
    assert verify(assemble(case, given, routes), case).violations == ()
    baseline = SavingsRouter().route(case, given)
    assert baseline.report.objective is not None
    assert routes.report.objective is not None
    assert routes.report.objective <= baseline.report.objective
    assert routes.report.termination is Termination.FEASIBLE
    assert baseline.report.termination is Termination.BASELINE


@pytest.mark.parametrize("engine", [PyvrpRouter, OrtoolsRouter])
def test_same_seed_and_iterations_give_the_same_routes(
    engine: type[PyvrpRouter] | type[OrtoolsRouter],
) -> None:
    case, given = drawn_case(5)
    first = engine(LIMITS).route(case, given)
    second = engine(LIMITS).route(case, given)
    assert first.vehicle_routes == second.vehicle_routes
    assert first.undelivered == second.undelivered
    assert first.report.objective == second.report.objective


def test_a_person_can_stop_the_work() -> None:
    def impatient(step: ProgressStep) -> None:
        if step.done_share > 0:
            raise Stopped("Stopped by the officer.")

    case, given = drawn_case(5)
    with pytest.raises(Stopped, match="officer"):
        PyvrpRouter(LIMITS, impatient).route(case, given)
