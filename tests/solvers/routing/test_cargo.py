"""Goods that travel apart, and goods that need cooling: by hand, and for drawn cases.

One place an hour from one depot; trucks of 1 t load for 30 minutes and unload for 15. Ten cans of
fuel and ten boxes of medicine, 10 kg each, would all fit on one truck.
"""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.items import Apart, Item
from relief.plan.allocation import Allocator, ShortfallReason
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution import progress
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.going_on import situation_going_on
from relief.plan.outcome import SolveLimits
from relief.plan.reach import unavoidable_milli_person_h
from relief.plan.routes import Router, StopKind
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from solvers.agreement import Agreement
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.baseline import NearestAllocator
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanner
from solvers.routing.baseline import SavingsRouter
from solvers.routing.cargo import ANYTHING, Cargo, cargo_of, together
from solvers.routing.demand import Demand
from solvers.routing.ortools_router import OrtoolsRouter
from solvers.routing.pyvrp_router import PyvrpRouter
from tests import situations as hand
from tests.solvers.allocation.small_cases import small_situation
from tests.solvers.routing.cases import allocation, arrivals, consignment

PLACE, DEPOT = "420001", "420001-01"
LIMITS = SolveLimits(seconds=30.0, max_iterations=20)
FUEL = replace(hand.item("fuel"), cargo_groups=("fuel",))
MEDICINE = replace(hand.item("medicine"), cargo_groups=("medicine",))
VACCINE = replace(hand.item("vaccine"), cargo_groups=("medicine",), needs_cooling=True)
TRUCK, COOLED = hand.truck(), replace(hand.truck("truck-c"), is_cooled=True)
APART = (Apart(group="fuel", other_group="medicine"),)


def base(*items: Item, trucks: int = 1, cooled: int = 0, pieces: int = 10) -> Situation:
    made = hand.situation(
        items=items,
        places=[hand.place(PLACE)],
        needs=[hand.need(PLACE, item.code, pieces) for item in items],
        depots=[hand.depot(DEPOT)],
        lots=[hand.lot(item.code, DEPOT, item.code, pieces) for item in items],
        pools=[hand.pool(DEPOT, trucks), hand.pool(DEPOT, cooled, class_code="truck-c")],
        hours_between={(DEPOT, PLACE): 1, (PLACE, DEPOT): 1},
        classes=[TRUCK, COOLED],
    )
    return replace(made, catalogue=replace(made.catalogue, apart=APART))


def planned(
    situation: Situation, allocator: Allocator | None = None, router: Router | None = None
) -> DispatchPlan:
    """Return the verified plan."""
    sent = (allocator or WindowAllocator(SolveLimits(seconds=20.0))).allocate(situation)
    plan = assemble(situation, sent, (router or PyvrpRouter(LIMITS)).route(situation, sent))
    certificate = verify(plan, situation)
    assert certificate.violations == ()
    bound = plan.deprivation_bound_milli_person_h
    assert bound is None or bound <= plan.score.deprivation_milli_person_h
    return plan


def loaded(plan: DispatchPlan) -> list[tuple[str, set[str]]]:
    """Return the class and the items of each trip, in order of loading."""
    trips = [
        (trip.stops[0].begin_at, route.class_code, trip)
        for route in plan.vehicle_routes
        for trip in route.trips
    ]
    return [
        (code, {line.item_code for stop in trip.stops for line in stop.lines})
        for _, code, trip in sorted(trips, key=lambda one: (one[0], one[1], one[2].number))
    ]


def test_kinds_of_goods_are_apart_both_ways_and_only_from_what_there_is() -> None:
    situation = base(FUEL, MEDICINE, VACCINE)
    cargo = cargo_of(situation)
    assert not cargo["fuel"].goes_with(cargo["medicine"])
    assert not cargo["medicine"].goes_with(cargo["fuel"])
    assert cargo["medicine"].goes_with(cargo["vaccine"])
    assert cargo["vaccine"].needs_cooling
    # Without any fuel nothing has to be kept from it.
    assert cargo_of(base(MEDICINE)) == {}
    assert together([ANYTHING, cargo["vaccine"], cargo["fuel"]]) == Cargo(
        groups=3, apart=3, needs_cooling=True
    )


def test_what_fits_is_what_may_travel_together() -> None:
    situation = base(FUEL, MEDICINE, VACCINE)
    demand = Demand(
        situation,
        allocation(
            consignment("fuel", "fuel", PLACE, 10),
            consignment("medicine", "medicine", PLACE, 10),
            consignment("vaccine", "vaccine", PLACE, 10),
        ),
    )
    lines = ((0, 10), (1, 10), (2, 10))
    room = (1_000_000, 10_000_000)
    assert demand.fitting(lines, *room, is_cooled=True) == ((0, 10),)
    assert demand.fitting(lines[::-1], *room, is_cooled=True) == ((2, 10), (1, 10))
    assert demand.fitting(lines[::-1], *room, is_cooled=False) == ((1, 10),)
    fuel = demand.portions[0].cargo
    assert demand.fitting(lines, *room, is_cooled=True, on_board=fuel) == ((0, 10),)
    # Of fuel and medicine there is as much; the first kind by name is plain, what is cooled never.
    assert [demand.is_plain(one.cargo) for one in demand.portions] == [True, False, False]


def test_one_truck_goes_twice_for_goods_that_travel_apart() -> None:
    # Out and back with the first until 2:45, loading again until 3:15, unloaded at 4:30.
    plan = planned(base(FUEL, MEDICINE))
    assert sorted(items for _, items in loaded(plan)) == [{"fuel"}, {"medicine"}]
    ends = [end for _, _, end in arrivals_of(plan)]
    assert ends == [105, 270]
    assert not plan.shortfalls


def arrivals_of(plan: DispatchPlan) -> list[tuple[str, int, int]]:
    """Return place, pieces and minutes of all deliveries, as of routes."""
    return sorted(
        (
            stop.location_code,
            sum(line.pieces for line in stop.lines),
            (stop.end_at - hand.START_AT) // timedelta(minutes=1),
        )
        for route in plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.DELIVER
    )


def test_without_the_rule_one_trip_carries_both() -> None:
    situation = base(FUEL, MEDICINE)
    free = replace(situation, catalogue=replace(situation.catalogue, apart=()))
    assert loaded(planned(free)) == [("truck-s", {"fuel", "medicine"})]


def test_vaccines_wait_for_the_cooled_truck() -> None:
    # There are nine plain trucks and one that is cooled, which may carry other medicine along.
    plan = planned(base(VACCINE, MEDICINE, trucks=9, cooled=1))
    assert loaded(plan) == [("truck-c", {"medicine", "vaccine"})]
    # Two loads of vaccines of 100 boxes: the one cooled truck goes twice, though others stand by.
    busy = planned(base(VACCINE, trucks=9, cooled=1, pieces=200))
    assert loaded(busy) == [("truck-c", {"vaccine"})] * 2


@pytest.mark.parametrize("solver", ["windows", "nearest"])
def test_without_a_cooled_vehicle_vaccines_are_named_short(solver: str) -> None:
    situation = base(VACCINE, FUEL, trucks=3)
    plan = (
        planned(situation)
        if solver == "windows"
        else planned(situation, NearestAllocator(), SavingsRouter())
    )
    assert loaded(plan) == [("truck-s", {"fuel"})]
    (short,) = plan.shortfalls
    assert (short.item_code, short.missing_pieces) == ("vaccine", 10)
    assert short.reason is ShortfallReason.COOLING
    assert "no vehicle with a cooled body can reach" in short.because.text
    # Ten boxes for a person each, weight 10, 60 h to the horizon and 72 h more: nothing helps.
    assert unavoidable_milli_person_h(situation) == 10 * 1000 * 10 * (60 + 72)
    assert plan.score.deprivation_milli_person_h == 10 * 1000 * 10 * (60 + 72)


def test_what_was_allocated_though_nothing_cools_it_is_told_by_the_routing() -> None:
    situation = base(VACCINE, trucks=3)
    given = allocation(consignment("vaccine", "vaccine", PLACE, 10))
    routes = SavingsRouter().route(situation, given)
    assert arrivals(routes) == []
    assert [one.reason for one in routes.undelivered] == [ShortfallReason.COOLING]
    (short,) = assemble(situation, given, routes).shortfalls
    assert short.reason is ShortfallReason.COOLING
    assert "no vehicle with a cooled body" in short.because.text


def test_more_medicine_is_brought_by_another_truck_than_the_fuel() -> None:
    # The only truck has loaded fuel at 0:30; then medicine is needed. The plan made anew may not
    # put it beside the fuel; the truck goes once more.
    situation = base(FUEL, MEDICINE)
    first = replace(situation, needs=situation.needs[:1])
    plan = planned(first)
    instant = hand.START_AT + timedelta(minutes=40)
    event = ExecutionEvent(
        kind=EventKind.DELAYED,
        vehicle_code=plan.vehicle_routes[0].vehicle_code,
        at=instant,
        delay=timedelta(minutes=10),
    )
    done = progress(plan, first, [event], instant)
    now = situation_going_on(situation, done)
    answer = Replanner(SolveLimits(seconds=30.0, max_iterations=5)).replan(
        now, done.remaining, plan.consignments, ChangeBudget()
    )
    anew = assemble(now, answer.allocation, answer.routes)
    assert verify(anew, now).violations == ()
    assert verify_replan(first, done, now, anew, max_drivers=None, max_waybills=None) == ()
    assert [items for _, items in loaded(anew)] == [{"fuel"}, {"medicine"}]


SEEDS = st.integers(min_value=0, max_value=10**6)


def drawn(seed: int) -> Situation:
    """Return a small situation with groups, pairs, and cooled trucks drawn."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    case = small_situation(seed, num_items=4)
    items = tuple(
        replace(
            item,
            cargo_groups=tuple(sorted(draw.sample(("a", "b", "c"), draw.choice([0, 1, 1])))),
            needs_cooling=draw.random() < 0.3,
        )
        for item in case.catalogue.items
    )
    pairs = (Apart(group="a", other_group="b"), Apart(group="c", other_group="b"))
    classes = tuple(replace(k, is_cooled=draw.random() < 0.5) for k in case.vehicle_classes)
    return replace(
        case,
        catalogue=replace(case.catalogue, items=items, apart=pairs[: draw.randint(1, 2)]),
        vehicle_classes=classes,
    )


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_the_simple_plan_keeps_goods_apart_and_cool(seed: int) -> None:
    situation = drawn(seed)
    plan = planned(situation, NearestAllocator(), SavingsRouter())
    checks = dict(verify(plan, situation).checks)
    assert (checks[Rule.APART] > 0) == bool(plan.vehicle_routes)


@settings(max_examples=4, deadline=None)
@given(seed=SEEDS)
def test_every_way_of_planning_keeps_goods_apart_and_cool(seed: int) -> None:
    situation = drawn(seed)
    limits = SolveLimits(seconds=30.0, max_iterations=3)
    agreement = Agreement(limits)
    for allocator, router in (
        (WindowAllocator(SolveLimits(seconds=20.0)), PyvrpRouter(limits)),
        (NearestAllocator(), OrtoolsRouter(limits)),
        (agreement, agreement),
    ):
        planned(situation, allocator, router)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_replans_keep_goods_apart_and_cool(seed: int) -> None:
    situation = drawn(seed)
    plan = planned(situation, NearestAllocator(), SavingsRouter())
    if not plan.vehicle_routes:
        return
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    instant = hand.START_AT + timedelta(hours=draw.choice([1, 3, 8]))
    broken = draw.choice(plan.vehicle_routes).vehicle_code
    event = ExecutionEvent(kind=EventKind.BROKEN_DOWN, vehicle_code=broken, at=instant)
    done = progress(plan, situation, [event], instant)
    more = tuple(replace(need, pieces=2 * need.pieces) for need in situation.needs)
    now = situation_going_on(replace(situation, needs=more), done)
    answer = Replanner(SolveLimits(seconds=30.0, max_iterations=5)).replan(
        now, done.remaining, plan.consignments, ChangeBudget()
    )
    anew = assemble(now, answer.allocation, answer.routes)
    assert verify(anew, now).violations == ()
    assert verify_replan(situation, done, now, anew, max_drivers=None, max_waybills=None) == ()
