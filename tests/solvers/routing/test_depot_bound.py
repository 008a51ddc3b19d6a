"""Bounds of depots: by hand, against all trips that there are, and below every plan."""

from dataclasses import replace
from itertools import permutations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from relief.errors import Stopped
from relief.plan.assembly import assemble
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from relief.plan.verify import verify
from solvers.routing.baseline import SavingsRouter
from solvers.routing.depot_bound import DepotBound, DepotSearch, depot_bound
from solvers.routing.depot_bound_cases import DepotWork, DrivenTrip, PlanCutter, Slot
from solvers.routing.depot_bound_ends import RETURNS, ends_of, hours
from solvers.routing.depot_bound_master import MISSING_TIMES, Master
from solvers.routing.depot_bound_table import plan_bounds
from solvers.routing.depot_bound_trips import TripColumn, binding_mass_share, sizes
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


def drawn_work(seed: int) -> DepotWork:
    """Return a depot with up to four deliveries at up to three places, drawn from a seed."""
    rng = Random(seed)  # noqa: S311 - a case, not a secret
    num_places = rng.randint(1, 3)
    num_kinds = rng.randint(1, 2)
    keys = sorted(
        {(rng.randint(1, num_places), rng.randint(0, 1)) for _ in range(rng.randint(1, 4))}
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
        load_s=np.array([1_800] * num_kinds, dtype=np.int64),
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


def every_trip(work: DepotWork, mass_share: float) -> list[TripColumn]:
    """Return every trip, each with every way to fill it that is an extreme one."""
    by_size = sizes(work, mass_share)
    time = hours(work)
    found = []
    for kind in range(work.num_kinds):
        room = float(by_size.room[kind])
        ends = ends_of(work, kind, time)
        orders = [
            order
            for count in range(1, work.num_nodes + 1)
            for order in permutations(range(work.num_nodes), count)
            if _is_ordered(work, order)
        ]
        for order, number in product(orders, range(len(ends.slots))):
            if not _in_time(work, kind, order, number):
                continue
            sizes_of = [min(float(by_size.amount[node]), room) for node in order]
            # Of each delivery all or nothing, but of one as much as there is room for.
            for some in product((0.0, 1.0), repeat=len(order)):
                whole = [share * size for share, size in zip(some, sizes_of, strict=True)]
                for last in range(len(order)):
                    others = sum(whole) - whole[last]
                    if others > room + 1e-9:
                        continue
                    amounts = [*whole]
                    amounts[last] = min(sizes_of[last], room - others)
                    found.append(
                        TripColumn(
                            kind=kind,
                            slot=ends.slots[number],
                            nodes=order,
                            amounts=tuple(amounts),
                        )
                    )
    return found


def _is_ordered(work: DepotWork, order: tuple[int, ...]) -> bool:
    """Return whether deliveries side by side at one place are in order of their rows."""
    places = [int(work.node_place[node]) for node in order]
    return all(places[i] != places[i + 1] or order[i] < order[i + 1] for i in range(len(order) - 1))


def _in_time(work: DepotWork, kind: int, order: tuple[int, ...], end: int) -> bool:
    """Return whether a trip keeps the deadlines as pricing checks them."""
    ends = ends_of(work, kind, hours(work))
    now_s = int(ends.from_s[end] + work.load_s[kind])
    here, driven_s = 0, 0
    stops: list[tuple[int, int, int, int]] = []
    for node in order:
        place = int(work.node_place[node])
        if place != here:
            drive_s = int(work.drive_s[kind, here, place])
            now_s += drive_s + int(work.unload_s[kind])
            driven_s += drive_s
            here = place
        stops.append((int(work.node_window[node]), now_s, driven_s, node))
    if any(end_s > int(work.deadlines_s[window]) for window, end_s, _, _ in stops):
        return False
    if now_s > int(ends.by_s[end, here]):
        return False
    if driven_s + int(ends.exit_s[end, here]) > int(ends.most_road_s[end]):
        return False
    due = min(window for window, _, _, _ in stops)
    _, end_s, driven_s, _ = [stop for stop in stops if stop[0] == due][-1]
    rests_s = max(0, driven_s - 1) // work.rest_after_s * work.rest_s
    return end_s + rests_s <= int(work.deadlines_s[due]) and driven_s <= int(
        ends.most_drive_s[end, due]
    )


@pytest.mark.parametrize("block", range(8))
def test_column_generation_ends_where_all_trips_end(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        work = drawn_work(seed)
        mass_share = binding_mass_share(work)
        search = DepotSearch(work, LIMITS)
        search.generate()
        whole = Master(work, sizes(work, mass_share))
        begun = DepotSearch(work, LIMITS).master.columns
        whole.add([*begun, *every_trip(work, mass_share)])
        entries = np.stack([whole._entries(column) for column in whole.columns], axis=1)
        missing = np.eye(len(entries))
        matrix = np.concatenate([entries, missing, -missing], axis=1)
        costs = np.concatenate(
            [
                [whole.cost_fen(column) for column in whole.columns],
                np.full(2 * len(entries), MISSING_TIMES * work.cost_fen),
            ]
        )
        lower, upper = whole._whole_lower, whole._whole_upper
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
    time = hours(work)
    master = Master(work, sizes(work, 0.5))
    for kind in range(work.num_kinds):
        ends = ends_of(work, kind, time)
        for count in range(1, work.num_nodes + 1):
            for order in permutations(range(work.num_nodes), count):
                rows = list(order)
                if (
                    not _is_ordered(work, order)
                    or work.node_mass_g[rows].sum() > work.payload_g[kind]
                    or work.node_volume_cm3[rows].sum() > work.volume_cm3[kind]
                ):
                    continue
                for number, slot in enumerate(ends.slots):
                    if slot == RETURNS or not _in_time(work, kind, order, number):
                        continue
                    column = TripColumn(kind=kind, slot=slot, nodes=order, amounts=(0.0,) * count)
                    cost = master.cost_fen(column)
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
