"""The compiled search of all trucks: its twin clock, its gains, and how the map is parted."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.errors import Stopped
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.routing import fleet_arrays as columns
from solvers.routing.construction import Construction, Thrift
from solvers.routing.fleet_crew import HEAT, FleetCrew
from solvers.routing.fleet_moves import add_line, settle, touch
from solvers.routing.fleet_rounds import build, rounds
from solvers.routing.fleet_search import FleetSearch
from solvers.routing.fleet_shares import Shares, parted
from solvers.routing.fleet_warming import warm_up
from solvers.routing.open_search import driven, trips_of, untouched
from solvers.routing.open_stock import OpenWork
from solvers.routing.timeline import PlannedTrip
from solvers.routing.worth import Service
from tests.situations import depot, item, lot, need, place, pool, situation
from tests.solvers.routing.cases import drawn_case, out_of_reach

LIMITS = SolveLimits(seconds=60.0, seed=1, max_iterations=100)
A, B, P, Q = "420001-01", "420002-01", "420001", "420002"
NOTHING = Service(lost_milli_person_h=0, waiting=0)


def first_open(case: Situation) -> OpenWork:
    """Return trips that are built from nothing, with nothing taken apart again."""
    work = untouched(case)
    Construction(
        work.demand, work.fleet, work.timelines, work.backlog, thrift=Thrift.NEARNESS
    ).run()
    return work


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_the_compiled_clock_keeps_time_with_the_plain_one(seed: int) -> None:
    case, _ = drawn_case(seed)
    work = first_open(case)
    trips = trips_of(work.timelines)
    search = FleetSearch(case)
    share = search.shares.of(trips)
    plans = search._filled(search._owned(share, trips), trips, share)
    for number, timeline in enumerate(work.timelines):
        ends_s = [
            plans.ends[number, at] for at in range(plans.size[number]) if plans.seq[number, at] >= 0
        ]
        assert ends_s == [end_s for of_trip in timeline.drop_ends_s for end_s in of_trip]
        assert plans.sums[number, columns.FEN] == timeline.cost_fen
    late = plans.sums[-1, columns.LATE] + plans.counts[columns.LEFT_COST]
    assert late == work.worth().lost_milli_person_h


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_it_betters_trips_within_stock_and_needs(seed: int) -> None:
    case, _ = drawn_case(seed)
    before = first_open(case)
    search = FleetSearch(case)
    trips = trips_of(before.timelines)
    found = search.search(trips, search.shares.of(trips), LIMITS, heat=HEAT).trips
    work = driven(case, found)
    assert work.worth() <= before.worth()
    left = search.shares.of(found)
    assert left.left.min(initial=0) >= 0
    assert left.stock.min(initial=0) >= 0
    for timeline in work.timelines:
        kind = work.fleet.classes[timeline.truck.kind]
        for trip in timeline.trips:
            assert sum(load.mass_g for load in trip.loads) <= kind.payload_g
            assert sum(load.volume_cm3 for load in trip.loads) <= kind.volume_cm3
            assert {load.depot for load in trip.loads} == set(trip.depots)


@given(seed=st.integers(0, 10_000), allowed=st.floats(0.0, 0.3))
@settings(max_examples=8, deadline=None)
def test_it_spares_money_at_a_service_that_is_kept_up(seed: int, allowed: float) -> None:
    case, _ = drawn_case(seed)
    before = first_open(case)
    search = FleetSearch(case)
    trips = trips_of(before.timelines)
    spare = Service(
        lost_milli_person_h=int(allowed * before.service().lost_milli_person_h), waiting=0
    )
    found = search.search(trips, search.shares.of(trips), LIMITS, heat=HEAT, spare=spare)
    work = driven(case, found.trips)
    assert work.worth().cost_fen <= before.worth().cost_fen
    assert work.service().is_within(before.service() + spare)
    assert found.gone_without == work.service() - before.service()
    assert search.shares.allow(found.trips)


def test_what_may_be_late_is_brought_for_less() -> None:
    # Two tents are needed 12 h, two more 24 h from now at a place that lies an hour away; a trip
    # holds all. In two trips all come in time; where one window of lateness may be, or where all
    # come early, one trip will do.
    ways = {(A, P): 1.0, (P, A): 1.0}
    case = situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", 2, due_h=12), need(P, "tent", 2, due_h=24)],
        depots=[depot(A)],
        lots=[lot("LA", A, "tent", 10)],
        pools=[pool(A, 2)],
        hours_between=ways,
    )
    work = untouched(case)
    place_at, depot_at = work.demand.portions[0].place, int(work.stock.depots[0])
    trips = tuple(
        (PlannedTrip(depots=(depot_at,), drops=((work.demand.load(depot_at, place_at, lines),),)),)
        for lines in (((0, 2),), ((1, 2),))
    )
    before = driven(case, trips)
    search = FleetSearch(case)
    found = search.search(trips, search.shares.of(trips), LIMITS, heat=HEAT, spare=NOTHING)
    after = driven(case, found.trips)
    assert before.service() == after.service() == NOTHING
    assert after.worth().cost_fen * 2 == before.worth().cost_fen


def test_nothing_is_brought_where_nothing_need_be() -> None:
    # All four tents may be left behind: the cheapest way to serve nobody is not to drive.
    ways = {(A, P): 1.0, (P, A): 1.0}
    case = situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", 4)],
        depots=[depot(A)],
        lots=[lot("LA", A, "tent", 10)],
        pools=[pool(A, 1)],
        hours_between=ways,
    )
    nothing_done = untouched(case)
    work = first_open(case)
    trips = trips_of(work.timelines)
    assert any(trips)
    search = FleetSearch(case)
    spare = nothing_done.service() - work.service()
    found = search.search(trips, search.shares.of(trips), LIMITS, heat=HEAT, spare=spare)
    assert driven(case, found.trips).worth().cost_fen == 0
    assert found.gone_without == spare


def test_the_same_seed_finds_the_same_trips() -> None:
    case, _ = drawn_case(4)
    search = FleetSearch(case)
    once, again = (search.search((), search.shares.of(), LIMITS, heat=HEAT) for _ in range(2))
    assert once == again


def test_what_one_round_can_do_is_not_left_to_two() -> None:
    # One truck, two places an hour from the depot and half an hour apart, five tents each: one
    # round of 2.5 h, not two trips there and back of 2 h each.
    ways = {(A, P): 1.0, (P, A): 1.0, (A, Q): 1.0, (Q, A): 1.0, (P, Q): 0.5, (Q, P): 0.5}
    case = situation(
        items=[item("tent")],
        places=[place(P), place(Q)],
        needs=[need(P, "tent", 5), need(Q, "tent", 5)],
        depots=[depot(A)],
        lots=[lot("LA", A, "tent", 10)],
        pools=[pool(A, 1)],
        hours_between=ways,
    )
    search = FleetSearch(case)
    (trips,) = search.search((), search.shares.of(), LIMITS, heat=HEAT).trips
    (trip,) = trips
    assert len(trip.drops) == 2
    assert sum(pieces for load in trip.loads for _, pieces in load.lines) == 10


def test_stock_is_promised_once_to_needs_of_one_place() -> None:
    # Ten tents, two needs of eight at one place: ten are brought, not eight and eight.
    ways = {(A, P): 1.0, (P, A): 1.0}
    case = situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", 8, due_h=12), need(P, "tent", 8, due_h=24)],
        depots=[depot(A)],
        lots=[lot("LA", A, "tent", 10)],
        pools=[pool(A, 1)],
        hours_between=ways,
    )
    search = FleetSearch(case)
    trips = search.search((), search.shares.of(), LIMITS, heat=HEAT).trips
    assert search.shares.allow(trips)
    lines = [line for trip in trips[0] for load in trip.loads for line in load.lines]
    assert sum(pieces for _, pieces in lines) == 10
    more = (tuple(trips[0]) * 2,)
    assert not search.shares.allow(more)


def test_progress_can_stop_the_search() -> None:
    case, _ = drawn_case(4)
    search = FleetSearch(case)

    def stop(done_share: float) -> None:
        del done_share
        raise Stopped

    with pytest.raises(Stopped):
        search.search((), search.shares.of(), LIMITS, heat=HEAT, told=stop)


@given(seed=st.integers(0, 10_000), angle=st.floats(0.0, 3.1))
@settings(max_examples=15, deadline=None)
def test_the_sides_of_a_line_share_out_all_there_is(seed: int, angle: float) -> None:
    case, _ = drawn_case(seed)
    trips = trips_of(first_open(case).timelines)
    shares = Shares(case)
    every = shares.of(trips)
    near, far = parted(case, shares, trips, angle)
    assert np.array_equal(near.own ^ far.own, every.own)
    assert np.array_equal(near.left + far.left, every.left)
    assert np.array_equal(near.stock + far.stock, every.stock)
    assert near.left.min(initial=0) >= 0
    assert far.left.min(initial=0) >= 0


def test_processes_find_trips_that_fit_together() -> None:
    case, _ = drawn_case(2)
    before = first_open(case)
    told: list[float] = []
    with FleetCrew(case, LIMITS) as crew:
        bettered = crew.bettered(trips_of(before.timelines), 1.0, told.append)
    assert driven(case, bettered).worth() <= before.worth()
    assert told
    left = Shares(case).of(bettered)
    assert left.left.min(initial=0) >= 0
    assert left.stock.min(initial=0) >= 0


def test_processes_spare_money_and_keep_the_service() -> None:
    case, _ = drawn_case(2)
    before = first_open(case)
    with FleetCrew(case, LIMITS) as crew:
        found = crew.bettered(trips_of(before.timelines), 1.0, lambda _: None, spare=NOTHING)
    after = driven(case, found)
    assert after.service().is_within(before.service())
    assert after.worth().cost_fen <= before.worth().cost_fen


def test_without_a_process_what_is_known_stands() -> None:
    case, _ = drawn_case(2)
    trips = trips_of(first_open(case).timelines)
    with FleetCrew(case, LIMITS) as crew:
        for process in crew._processes:
            process.stop()
        assert crew.bettered(trips, 1.0, lambda _: None) == trips


def test_a_truck_that_does_too_much_for_the_arrays_is_left_alone() -> None:
    case, _ = drawn_case(2)
    trips = trips_of(first_open(case).timelines)
    number = next(number for number, of_truck in enumerate(trips) if of_truck)
    busy = (*trips[:number], trips[number] * columns.MOST_NODES, *trips[number + 1 :])
    search = FleetSearch(case)
    share = search.shares.of(trips)
    assert search._owned(share, trips).truck[number, columns.IS_OWN]
    assert not search._owned(share, busy).truck[number, columns.IS_OWN]


def test_a_truck_that_comes_too_late_gives_up_its_last_stops() -> None:
    # A trip to P, an hour away, and one to Q, 100 h away and so after the last window: the search
    # begins with the first alone, and what was meant for Q is open again.
    case = out_of_reach()
    search = FleetSearch(case)
    demand, depot_at = search.demand, int(search.stock.depots[0])
    trips = (
        tuple(
            PlannedTrip(depots=(depot_at,), drops=((demand.load(depot_at, at, ((number, 8),)),),))
            for number, at in enumerate(one.place for one in demand.portions)
        ),
    )
    share = search.shares.of(trips)
    plans = search._filled(search._owned(share, trips), trips, share)
    assert plans.size.tolist() == [2]
    assert plans.left.tolist() == [0, 8]
    assert plans.stock.sum() == 8
    assert search.search(trips, share, LIMITS, heat=HEAT).trips == (trips[0][:1],)


def test_warming_up_compiles_what_a_search_calls() -> None:
    warm_up()
    case, _ = drawn_case(4)
    search = FleetSearch(case)
    search.search((), search.shares.of(), LIMITS, heat=HEAT)
    compiled: tuple[Any, ...] = (touch, add_line, settle, build, rounds)
    assert [len(function.signatures) for function in compiled] == [1] * len(compiled)
