"""Bounds of depots: by hand, against all trips that there are, and below every plan."""

from dataclasses import replace
from itertools import permutations, product
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from relief.errors import Stopped
from relief.plan.assembly import assemble
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.fleet import DutyRules
from solvers.routing.baseline import SavingsRouter
from solvers.routing.depot_bound import DepotBound, depot_bound
from solvers.routing.depot_bound_cases import DepotWork, DrivenTrip, PlanCutter, Slot
from solvers.routing.depot_bound_days import between_s, day_limits, driven_since_rest_s
from solvers.routing.depot_bound_master import MISSING_TIMES, Master
from solvers.routing.depot_bound_pricing import drive
from solvers.routing.depot_bound_search import DepotSearch
from solvers.routing.depot_bound_sizes import binding_mass_share, sizes
from solvers.routing.depot_bound_stints import Stint, Way
from solvers.routing.depot_bound_table import plan_bounds
from solvers.routing.depot_bound_whole import WholeTrips
from solvers.routing.duty import DutyClock
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
from tests.solvers.routing.cases import allocation, consignment, drawn_case

LIMITS = SolveLimits(seconds=60.0, max_iterations=400)
A, P, Q = "420001-01", "420001", "420002"


def driven_alone(case: Situation, routes: Routes) -> tuple[DepotWork, ...]:
    return PlanCutter(case).shares(routes.vehicle_routes).works


def two_places(pieces: int) -> tuple[Situation, Routes]:
    """Depot A an hour from P and Q, which are an hour apart; a truck takes 100 pieces."""
    case = situation(
        items=[item("tent")],
        places=[place(P), place(Q)],
        needs=[need(P, "tent", pieces), need(Q, "tent", pieces)],
        depots=[depot(A)],
        lots=[lot("L", A, "tent", 1000)],
        pools=[pool(A, 2)],
        hours_between=dict.fromkeys(permutations((A, P, Q), 2), 1),
    )
    apart = [
        SavingsRouter().route(case, allocation(consignment("L", "tent", code, pieces)))
        for code in (P, Q)
    ]
    first, second = (routes.vehicle_routes[0] for routes in apart)
    trips = tuple(replace(trip, number="x") for trip in second.trips)
    second = replace(second, vehicle_code=f"{A}/truck-s/1/002", trips=trips)
    return case, replace(apart[0], vehicle_routes=(first, second))


def test_two_half_loads_could_go_on_one_truck() -> None:
    # There and back 100 km at 2 yuan and 100 yuan for the trip: 300 yuan for each truck. One
    # truck: three legs of 50 km and one trip, 400 yuan.
    case, routes = two_places(50)
    (work,) = driven_alone(case, routes)
    bound = depot_bound(work, LIMITS)
    assert (work.cost_fen, bound.num_places, bound.num_trips) == (60_000, 2, 2)
    assert bound.closed
    assert bound.settled
    assert bound.bound_fen == pytest.approx(40_000, abs=2)
    assert bound.gap_share == pytest.approx(0.5, abs=1e-3)


def test_two_loads_need_two_trips_even_if_one_truck_is_nearly_filled_by_one() -> None:
    # 60 and 60 pieces are 1.2 trucks: two trips. Whole trips to each place cost 300 yuan; to
    # split a delivery would only add a leg.
    case, routes = two_places(60)
    (work,) = driven_alone(case, routes)
    bound = depot_bound(work, LIMITS)
    assert bound.closed
    assert bound.bound_fen == pytest.approx(60_000, abs=2)


def test_a_truck_on_its_way_bears_only_its_detour() -> None:
    # The truck of depot 2 drives to A, serves P and goes home; nobody else could, so that the
    # plan is the best there is, the empty way included: 50 km and back, and 100 km to P and back.
    base = "420002-01"
    case = situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", 50)],
        depots=[depot(A), depot(base)],
        lots=[lot("L", A, "tent", 1000)],
        pools=[pool(base, 1)],
        hours_between=dict.fromkeys(permutations((A, P, base), 2), 1),
    )
    routes = SavingsRouter().route(case, allocation(consignment("L", "tent", P, 50)))
    (work,) = driven_alone(case, routes)
    (slot,) = work.slots
    assert (slot.entry_fen, slot.passing_fen, slot.from_s) == (10_000, 0, 3_600)
    assert work.cost_fen == 10_000 + 10_000 + 10_000 + 10_000
    assert depot_bound(work, LIMITS).bound_fen == pytest.approx(40_000, abs=2)


def test_light_goods_need_trips_for_their_volume() -> None:
    # Trucks take 1,000 kg and 10 m3. 400 kg in 15 m3 are two stops, 2,500 kg in 1 m3 three; all
    # together are 2.9 trucks by weight and 1.6 by volume: three trips.
    case, routes = two_places(50)
    (work,) = driven_alone(case, routes)
    mass_g, volume_cm3 = np.array([400_000.0, 2_500_000.0]), np.array([15e6, 1e6])
    whole = WholeTrips(replace(work, node_mass_g=mass_g, node_volume_cm3=volume_cm3))
    assert sorted(whole.visit_rows) == [(1, 2), (2, 3)]
    assert whole.trip_least == [3]
    assert (whole.visit_worth.tolist(), whole.trip_worth.tolist()) == ([[1.0, 1.0]], [[1.0]])


def test_trips_that_load_at_two_depots_are_left_out() -> None:
    case = two_depots_three_places()
    given_to = allocation(consignment("A-tent", "tent", "420001", 50))
    routes = SavingsRouter().route(case, given_to)
    route = routes.vehicle_routes[0]
    stops = route.trips[0].stops
    other = replace(stops[0], location_code="420112-01")
    joint = replace(route, trips=(replace(route.trips[0], stops=(other, *stops)),))
    shares = PlanCutter(case).shares((joint,))
    assert (shares.works, shares.joint_trips) == ((), 1)


def drawn_work(seed: int, most_nodes: int = 4, load_s: int = 1_800) -> DepotWork:
    """Return a depot with some deliveries at up to three places, drawn from a seed."""
    rng = Random(seed)  # noqa: S311 - a case, not a secret
    num_places = rng.randint(1, 3)
    num_kinds = rng.randint(1, 2)
    keys = sorted(
        {(rng.randint(1, num_places), rng.randint(0, 1)) for _ in range(rng.randint(1, most_nodes))}
    )
    places = sorted({key for key, _ in keys})
    shape = (num_kinds, 1 + len(places), 1 + len(places))
    drive_s = np.array(
        [rng.randint(600, 9_000) for _ in range(int(np.prod(shape)))], dtype=np.int64
    ).reshape(shape)
    leg_fen = np.array([float(rng.randint(1_000, 40_000)) for _ in range(drive_s.size)]).reshape(
        shape
    )
    for kind in range(num_kinds):
        np.fill_diagonal(drive_s[kind], 0)
        np.fill_diagonal(leg_fen[kind], 0)
    payload_g = np.array([float(rng.choice((1_000, 1_500, 3_000))) for _ in range(num_kinds)])
    slots = tuple(
        Slot(
            kind=kind,
            entry_fen=rng.randint(0, 20_000),
            passing_fen=rng.randint(0, 10_000),
            goes_to="home",
            from_s=rng.randint(0, 9_000),
            until_s=rng.choice((None, rng.randint(40_000, 80_000))),
            num_drivers=1,
            driven_s=((-rng.randint(5_000, 30_000), -1_000),),
            drives_on_s=((80_000, 80_000 + rng.randint(0, 20_000)),),
            num_trucks=rng.randint(1, 3),
        )
        for kind in range(num_kinds)
        for _ in range(rng.randint(1, 2))
    )
    mass_g = [float(rng.randint(100, 2_000)) for _ in keys]
    nodes = range(len(keys))
    rows = [1 + places.index(place) for place, _ in keys]
    work = DepotWork(
        depot_code="depot",
        place_codes=tuple(f"place{place}" for place in places),
        node_place=np.array(rows, dtype=np.int64),
        node_window=np.array([window for _, window in keys], dtype=np.int64),
        node_mass_g=np.array(mass_g),
        node_volume_cm3=np.array([rng.choice((0.5, 1.0)) * mass for mass in mass_g]),
        deadlines_s=np.array([43_200, 86_400], dtype=np.int64),
        class_codes=tuple(f"class{kind}" for kind in range(num_kinds)),
        payload_g=payload_g,
        volume_cm3=payload_g.copy(),
        load_s=np.array([load_s] * num_kinds, dtype=np.int64),
        unload_s=np.array([900] * num_kinds, dtype=np.int64),
        trip_fen=np.array([rng.randint(1_000, 9_000) for _ in range(num_kinds)], dtype=np.int64),
        drive_s=drive_s,
        leg_fen=leg_fen,
        slots=slots,
        exit_fen=np.array(
            [[float(rng.randint(0, 30_000)) for _ in range(shape[1])] for _ in slots]
        ),
        exit_s=np.array([[rng.randint(0, 9_000) for _ in range(shape[1])] for _ in slots]),
        drive_per_day_s=28_800,
        rest_after_s=14_400,
        rest_s=1_200,
        trips=tuple(
            DrivenTrip(
                slot=0,
                is_last=False,
                nodes=(node,),
                mass_g=(int(mass_g[node]),),
                volume_cm3=(1,),
            )
            for node in nodes
        ),
        cost_fen=1_000_000,
    )
    return replace(work, exit_s=np.where(_goes_home(slots), 0, work.exit_s))


def _goes_home(slots: tuple[Slot, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.array([[slot.until_s is None] for slot in slots])


def every_stint(work: DepotWork, mass_share: float) -> list[Stint]:
    """Return every stint, each trip with every way to fill it that is an extreme one."""
    by_size = sizes(work, mass_share)
    found = []
    for row, slot in enumerate(work.slots):
        trips = filled_trips(work, by_size.amount, float(by_size.room[slot.kind]))
        begun: list[Stint] = [Stint(slot=row, trips=(), amounts=())]
        while begun:
            longer = [
                Stint(slot=row, trips=(*one.trips, order), amounts=(*one.amounts, amounts))
                for one in begun
                for order, amounts in trips
            ]
            begun = [one for one in longer if _in_time(work, row, one.trips, is_over=False)]
            found += [one for one in begun if _in_time(work, row, one.trips, is_over=True)]
    return found


def filled_trips(
    work: DepotWork, amount: np.ndarray[tuple[int, ...], np.dtype[np.float64]], room: float
) -> list[tuple[tuple[int, ...], tuple[float, ...]]]:
    found = []
    for count in range(1, work.num_nodes + 1):
        for order in permutations(range(work.num_nodes), count):
            if not _is_ordered(work, order):
                continue
            sizes_of = [min(float(amount[node]), room) for node in order]
            # Of each delivery all or nothing, but of one as much as there is room for.
            for some, last in product(product((0.0, 1.0), repeat=count), range(count)):
                whole = [share * size for share, size in zip(some, sizes_of, strict=True)]
                others = sum(whole) - whole[last]
                if others <= room + 1e-9:
                    whole[last] = min(sizes_of[last], room - others)
                    found.append((order, tuple(whole)))
    return list(dict.fromkeys(found))


def _is_ordered(work: DepotWork, order: tuple[int, ...]) -> bool:
    """Return whether deliveries side by side at one place are in order of their rows."""
    places = [int(work.node_place[node]) for node in order]
    return all(places[i] != places[i + 1] or order[i] < order[i + 1] for i in range(len(order) - 1))


def _in_time(work: DepotWork, row: int, trips: Way, *, is_over: bool) -> bool:
    """Return whether a stint keeps the deadlines, and is where it is needed next if it is over."""
    slot = work.slots[row]
    day_s = day_limits(work, slot)
    now_s, driven_s, since_s = slot.from_s, 0, driven_since_rest_s(work, slot)

    def go(leg_s: int) -> None:
        nonlocal now_s, driven_s, since_s
        now_s, since_s = drive(
            now_s, driven_s, since_s, leg_s, work.rest_after_s, work.rest_s, day_s
        )
        driven_s += leg_s

    here = 0
    for number, way in enumerate(trips):
        if number:
            go(int(work.drive_s[slot.kind, here, 0]))
            here = 0
        now_s += int(work.load_s[slot.kind])
        for node in way:
            place = int(work.node_place[node])
            if place != here:
                go(int(work.drive_s[slot.kind, here, place]))
                now_s += int(work.unload_s[slot.kind])
                here = place
            if now_s > int(work.deadlines_s[work.node_window[node]]):
                return False
    if is_over and slot.until_s is not None:
        go(int(work.exit_s[row, here]))
        return now_s <= slot.until_s and driven_s <= between_s(work, slot)
    return slot.until_s is None or now_s <= slot.until_s


@pytest.mark.parametrize("block", range(4))
def test_column_generation_ends_where_all_stints_end(block: int) -> None:
    for seed in range(block * 10, block * 10 + 10):
        # With seven hours of loading a truck makes three trips a day at the most.
        work = drawn_work(seed, 2, 25_200)
        search = DepotSearch(work, LIMITS)
        begun = list(search.master.columns)
        search.generate()
        whole = Master(work, sizes(work, binding_mass_share(work)))
        whole.add([*begun, *every_stint(work, binding_mass_share(work))])
        entries = np.stack([whole.entries(column) for column in whole.columns], axis=1)
        missing = np.eye(len(entries))
        matrix = np.concatenate([entries, missing, -missing], axis=1)
        costs = np.concatenate(
            [
                [whole.cost_fen(column) for column in whole.columns],
                np.full(2 * len(entries), MISSING_TIMES * work.cost_fen),
            ]
        )
        lower, upper = whole.limits
        up, down = np.isfinite(upper), np.isfinite(lower)
        expected = linprog(
            costs,
            A_ub=np.concatenate([matrix[up], -matrix[down]]),
            b_ub=np.concatenate([upper[up], -lower[down]]),
            method="highs",
        )
        assert search.closed, seed
        least = float(expected.fun or 0.0) + whole.passing_fen
        assert search.bound == pytest.approx(least, rel=1e-6, abs=5), seed


@settings(max_examples=200, deadline=None)
@given(
    before=st.lists(st.tuples(st.integers(60, 9_000), st.integers(0, 20_000)), max_size=5),
    legs=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 6_000)), max_size=12),
    num_drivers=st.integers(1, 2),
)
@example(
    before=[(2701, 0), (9000, 0), (9000, 0)], legs=[(8100, 1), (14400, 0), (1, 0)], num_drivers=1
)
def test_no_truck_is_anywhere_sooner_than_in_a_stint(
    before: list[tuple[int, int]], legs: list[tuple[int, int]], num_drivers: int
) -> None:
    # A truck drives and works, then it is lent to the depot; whatever its clock says of the legs
    # it drives from there, pricing must not have it arrive later.
    rules = DutyRules()
    clock = DutyClock(0, num_drivers, rules)
    driven: list[tuple[int, int]] = []
    for leg_s, work_s in before:
        begin_s = clock.now_s
        done_s = 0
        for after_s, rest_s in (*clock.drive(leg_s), (leg_s, 0)):
            driven.append((begin_s, begin_s + after_s - done_s))
            begin_s += after_s - done_s + rest_s
            done_s = after_s
        clock.work(work_s)
    slot = Slot(
        kind=0,
        entry_fen=0,
        passing_fen=0,
        goes_to="home",
        from_s=clock.now_s,
        until_s=None,
        num_drivers=num_drivers,
        driven_s=tuple(driven),
    )
    one = drawn_work(0)
    work = replace(one, slots=(slot,), deadlines_s=np.array([10**6], dtype=np.int64))
    day_s = day_limits(work, slot)
    now_s, driven_s, since_s = slot.from_s, 0, driven_since_rest_s(work, slot)
    loaded_s = int(work.load_s[0])
    clock.work(loaded_s)
    now_s += loaded_s
    for leg_s, work_s in legs:
        clock.drive(leg_s)
        now_s, since_s = drive(now_s, driven_s, since_s, leg_s, 14_400, 1_200, day_s)
        driven_s += leg_s
        assert now_s <= clock.now_s
        clock.work(work_s)
        now_s += work_s


def bounds(case: Situation, routes: Routes) -> list[tuple[DepotWork, DepotBound]]:
    limits = SolveLimits(seconds=60.0, max_iterations=40)
    return [(work, depot_bound(work, limits)) for work in driven_alone(case, routes)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_no_plan_costs_less_than_its_bounds(seed: int) -> None:
    case, given_to = drawn_case(seed)
    routes = SavingsRouter().route(case, given_to)
    plan = assemble(case, given_to, routes)
    assert verify(plan, case).holds
    for work, bound in bounds(case, routes):
        assert bound.bound_fen is None or bound.bound_fen <= work.cost_fen
        assert bound.num_trips == len(work.trips)


def test_a_bound_is_the_same_again_and_can_be_stopped() -> None:
    case, given_to = drawn_case(11)
    routes = SavingsRouter().route(case, given_to)
    works = driven_alone(case, routes)
    assert works
    assert [depot_bound(work, LIMITS) for work in works] == [
        depot_bound(work, LIMITS) for work in works
    ]

    def stop() -> None:
        raise Stopped("stopped by hand")

    with pytest.raises(Stopped, match="by hand"):
        depot_bound(works[0], LIMITS, pause=stop)


def test_without_rounds_nothing_is_proven() -> None:
    case, routes = two_places(50)
    (work,) = driven_alone(case, routes)
    bound = depot_bound(work, SolveLimits(seconds=60.0, max_iterations=0))
    assert (bound.bound_fen, bound.closed, bound.gap_share) == (None, False, None)


def whole_plans(work: DepotWork, most_trips: int) -> list[float]:
    """Return the cost of every way to bring all deliveries whole, one truck a trip."""
    trips: dict[frozenset[int], float] = {}
    master = Master(work, sizes(work, 0.5))
    for row, slot in enumerate(work.slots):
        for count in range(1, work.num_nodes + 1):
            for order in permutations(range(work.num_nodes), count):
                rows = list(order)
                if (
                    not _is_ordered(work, order)
                    or work.node_mass_g[rows].sum() > work.payload_g[slot.kind]
                    or work.node_volume_cm3[rows].sum() > work.volume_cm3[slot.kind]
                    or not _in_time(work, row, (order,), is_over=True)
                ):
                    continue
                cost = master.cost_fen(Stint(slot=row, trips=(order,), amounts=()))
                key = frozenset(order)
                trips[key] = min(cost, trips.get(key, np.inf))
    costs: list[float] = []

    def bring(left: frozenset[int], cost: float, number: int) -> None:
        if not left:
            costs.append(cost)
            return
        if number == most_trips:
            return
        first = min(left)
        for nodes, trip_fen in trips.items():
            if first in nodes and nodes <= left:
                bring(left - nodes, cost + trip_fen, number + 1)

    bring(frozenset(range(work.num_nodes)), float(master.passing_fen), 0)
    return costs


def test_whole_trips_found_by_trying_all_cost_no_less_than_the_bound() -> None:
    num_met = 0
    for seed in range(150):
        work = drawn_work(seed)
        # So many trucks that each trip has its own.
        slots = tuple(replace(slot, num_trucks=9, passing_fen=0) for slot in work.slots)
        work = replace(work, slots=slots)
        costs = whole_plans(work, 9)
        if not costs:
            continue
        bound = depot_bound(work, LIMITS).bound_fen
        assert bound is not None
        assert bound <= min(costs) + 1, seed
        num_met += 1
    assert num_met > 50


def test_all_depots_of_a_plan_at_once() -> None:
    case, routes = two_places(50)
    shares: list[float] = []
    found = plan_bounds(case, routes.vehicle_routes, LIMITS, pause=shares.append)
    assert [one.depot_code for one in found.depots] == [A]
    assert (len(found.closed), found.num_near, found.joint_trips) == (1, 0, 0)
    assert found.median_gap_share == found.total_gap_share == pytest.approx(0.5, abs=1e-3)
    assert set(shares) == {0.0}
    none = plan_bounds(case, routes.vehicle_routes, LIMITS, depot_codes=["elsewhere"])
    assert (none.depots, none.median_gap_share, none.total_gap_share) == ((), 0.0, 0.0)
