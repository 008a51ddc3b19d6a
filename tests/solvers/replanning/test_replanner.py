"""Replanning on paper: the good plan of `tests.relief.plan.plans`, and things that go wrong.

At 1:00 truck A1 drives to P1 with 50 tents (there 1:30), A2 to P2 with 10 (2:30), B1 to P2 with 30
(5:50). P3 needs ten tents, but has no road. Depot B still holds 70.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from relief.plan.assembly import assemble
from relief.plan.change import Fate, PlanDifference, difference
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution import Progress, progress
from relief.plan.execution_events import EventKind, ExecutionEvent
from relief.plan.going_on import situation_going_on
from relief.plan.outcome import SolveLimits
from relief.plan.routes import Stop
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.plan.verify_replan import verify_replan
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.replanner import Replanned, Replanner
from tests.relief.plan.plans import (
    P1,
    P2,
    P3,
    TRUCK_A1,
    TRUCK_A2,
    TRUCK_B1,
    WAYBILL_A1,
    WAYBILL_A2,
    A,
    B,
    at,
    good_plan,
)
from tests.situations import need, pool, travel, two_depots_three_places

PLAN = good_plan()
LIMITS = SolveLimits(seconds=60.0, max_iterations=20)


class Case:
    """A plan under way, replanned and verified."""

    def __init__(
        self,
        budget: ChangeBudget,
        *,
        when: datetime,
        base: Situation | None = None,
        now: Situation | None = None,
        events: Sequence[ExecutionEvent] = (),
        plan: DispatchPlan = PLAN,
    ) -> None:
        before = base or two_depots_three_places()
        self.done: Progress = progress(plan, before, events, when)
        changed = before if now is None else now
        self.situation = situation_going_on(changed, self.done)
        self.answer: Replanned = Replanner(LIMITS).replan(
            self.situation, self.done.remaining, plan.consignments, budget
        )
        self.plan = assemble(self.situation, self.answer.allocation, self.answer.routes)
        assert verify(self.plan, self.situation).violations == ()
        assert (
            verify_replan(
                changed,
                self.done,
                self.situation,
                self.plan,
                max_drivers=budget.max_drivers,
                max_waybills=budget.max_waybills,
            )
            == ()
        )
        self.change: PlanDifference = difference(self.done.remaining, self.plan.vehicle_routes)

    def delivered(self, vehicle_code: str) -> list[tuple[str, int]]:
        return [
            (stop.location_code, sum(line.pieces for line in stop.lines))
            for route in self.plan.vehicle_routes
            if route.vehicle_code == vehicle_code
            for trip in route.trips
            for stop in trip.stops
            if stop.kind.value == "deliver"
        ]


NONE = ChangeBudget(max_drivers=0, max_waybills=0)
ANY = ChangeBudget()


def event(kind: EventKind, vehicle: str, delay: timedelta = timedelta(0)) -> ExecutionEvent:
    return ExecutionEvent(kind=kind, vehicle_code=vehicle, at=at(1), delay=delay)


@pytest.mark.parametrize("budget", [NONE, ANY])
@pytest.mark.parametrize("minutes", [0, 10, 60, 100, 140, 200, 360, 600])
def test_without_a_change_a_plan_goes_on_as_it_was(budget: ChangeBudget, minutes: int) -> None:
    case = Case(budget, when=at(0, minutes))
    assert case.change.called == ()
    # P3 cannot be served: its ten tents are all that is lost.
    assert case.plan.score.deprivation_milli_person_h == 39_600_000


def test_a_broken_truck_is_made_up_for_by_others() -> None:
    # A1 breaks down with 50 tents for P1. B has 70 more; A2 and B1 are empty at P2 at 2:45 and
    # 6:05, 5 h from B, which is another 5 h from P1. Either has driven too much to be there before
    # its night's rest, but is well before 48 h. With no driver to call, P1 gets nothing.
    broken = (event(EventKind.BROKEN_DOWN, TRUCK_A1),)
    still = Case(NONE, when=at(1), events=broken)
    assert still.delivered(TRUCK_B1) == [(P2, 30)]
    assert still.answer.settled.stranded_pieces == {TRUCK_A1: 50}
    # 50 x 3,000 x 10 x (72 - 12 + 72) h more.
    assert still.plan.score.deprivation_milli_person_h == 39_600_000 + 198_000_000
    helped = Case(ANY, when=at(1), events=broken)
    brought = [*helped.delivered(TRUCK_A2), *helped.delivered(TRUCK_B1)]
    assert sum(pieces for place, pieces in brought if place == P1) == 50
    assert helped.answer.num_drivers == 1
    # Due at 12 h, there in the window that ends at 48 h.
    assert helped.plan.score.deprivation_milli_person_h == 39_600_000 + 50 * 3_000 * 10 * 36


def test_calls_are_bought_one_by_one() -> None:
    broken = (event(EventKind.BROKEN_DOWN, TRUCK_A1),)
    curve = Case(ANY, when=at(1), events=broken).answer.curve
    lost = [(point.max_drivers, point.lost_milli_person_h) for point in curve]
    assert lost[0] == (0, 198_000_000)
    assert lost[-1] == (None, 54_000_000)
    assert [loss for _, loss in lost] == sorted((loss for _, loss in lost), reverse=True)


def test_goods_nobody_needs_any_more_go_to_who_needs_them() -> None:
    # P1 needs nothing any more, P2 twenty more: A1's tents are redirected, the rest stays on it.
    base = two_depots_three_places()
    now = replace(
        base,
        needs=(need(P2, "tent", 60, milli_people_per_piece=3000), base.needs[2]),
    )
    case = Case(NONE, when=at(1), base=base, now=now)
    assert case.delivered(TRUCK_A1) == [(P2, 20)]
    assert case.answer.settled.stranded_pieces == {TRUCK_A1: 30}
    told = {one.vehicle_code: one.fate for one in case.change.vehicles}
    assert told == {TRUCK_A1: Fate.CHANGED, TRUCK_A2: Fate.KEPT, TRUCK_B1: Fate.KEPT}
    numbers = [one.number for one in case.change.vehicles[0].waybills]
    assert numbers == [f"{WAYBILL_A1}-R1"]


def test_a_truck_that_has_not_loaded_is_spared_a_needless_drive() -> None:
    # Before anything is loaded P2 needs nothing any more: both waybills for it are void, and
    # their drivers must be told, whatever the budget.
    base = two_depots_three_places()
    later = replace(
        base,
        pools=(pool(A, 2, ready_min=60), pool(B, 1, ready_min=60)),
    )
    plan = Case(ANY, when=at(0, 30), base=later, plan=an_hour_on()).plan
    now = replace(later, needs=(base.needs[0], base.needs[2]))
    case = Case(NONE, when=at(0, 45), base=later, now=now, plan=an_hour_on())
    assert plan.vehicle_routes
    assert case.delivered(TRUCK_A1) == [(P1, 50)]
    assert case.answer.settled.forced_drivers == {TRUCK_A2, TRUCK_B1}
    assert case.change.num_waybills(Fate.VOIDED) == 2


def an_hour_on() -> DispatchPlan:
    """Return the good plan an hour later."""
    hour = timedelta(hours=1)

    def moved(stop: Stop) -> Stop:
        leg = replace(
            stop.leg, depart_at=stop.leg.depart_at + hour, arrive_at=stop.leg.arrive_at + hour
        )
        return replace(stop, leg=leg, begin_at=stop.begin_at + hour, end_at=stop.end_at + hour)

    return replace(
        PLAN,
        vehicle_routes=tuple(
            replace(
                route,
                trips=tuple(
                    replace(trip, stops=tuple(moved(stop) for stop in trip.stops))
                    for trip in route.trips
                ),
                home=moved(route.home),
            )
            for route in PLAN.vehicle_routes
        ),
    )


def test_a_lost_road_home_forces_a_change() -> None:
    # Nothing leads away from P2 any more: A2 and B1, on their way there, would never come back,
    # so their tents go to P1 as far as it needs more; A1 brings it all it needs.
    base = two_depots_three_places()
    codes = base.travel.location_codes
    hours = {
        (one, other): float(base.travel.duration_h[0, row, column])
        for row, one in enumerate(codes)
        for column, other in enumerate(codes)
        if row != column and one != P2
    }
    now = replace(base, travel=travel(hours, codes))
    case = Case(NONE, when=at(1), base=base, now=now)
    assert case.delivered(TRUCK_A2) == []
    assert case.answer.settled.stranded_pieces == {TRUCK_A2: 10, TRUCK_B1: 30}
    assert case.answer.settled.forced_waybills >= {WAYBILL_A2}


def test_a_late_truck_is_late_and_nothing_else_changes() -> None:
    late = (event(EventKind.DELAYED, TRUCK_A1, delay=timedelta(hours=11)),)
    case = Case(NONE, when=at(1), events=late)
    assert case.change.called == ()
    # There at 12:30 instead of 1:30: in the window that ends at 24 h, 12 h late.
    assert case.plan.score.deprivation_milli_person_h == 39_600_000 + 50 * 3_000 * 10 * 12


def test_a_new_need_is_served_from_what_is_left() -> None:
    # P1 needs ten more by 48 h; B holds 70.
    base = two_depots_three_places()
    now = replace(
        base, needs=(*base.needs, need(P1, "tent", 10, due_h=48, milli_people_per_piece=3000))
    )
    assert Case(NONE, when=at(1), base=base, now=now).change.called == ()
    case = Case(ChangeBudget(max_drivers=1, max_waybills=0), when=at(1), base=base, now=now)
    assert (P1, 10) in [
        delivery for code in (TRUCK_A1, TRUCK_A2, TRUCK_B1) for delivery in case.delivered(code)
    ]
    assert case.answer.num_drivers == 1
    assert case.plan.score.deprivation_milli_person_h == 39_600_000
    new = [
        one.number
        for vehicle in case.change.vehicles
        for one in vehicle.waybills
        if one.fate is Fate.NEW
    ]
    # Numbered by depot and by the instant of the new plan, 1 July 9:00 in Hubei.
    assert new == [f"{B}-DB-010900-001"]


def test_the_same_seed_gives_the_same_plan() -> None:
    broken = (event(EventKind.BROKEN_DOWN, TRUCK_A1),)
    one = Case(ANY, when=at(1), events=broken)
    other = Case(ANY, when=at(1), events=broken)
    assert one.plan.vehicle_routes == other.plan.vehicle_routes
    assert P3 not in [place for place, _ in one.delivered(TRUCK_B1)]


def test_a_budget_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="max_drivers is -1"):
        ChangeBudget(max_drivers=-1)


def test_goods_that_were_bound_for_nowhere_find_a_taker_later() -> None:
    # P1 needs nothing any more, so that A1's 50 tents stay on it; then P2 needs 30 more.
    base = two_depots_three_places()
    now = replace(base, needs=base.needs[1:])
    first = Case(NONE, when=at(1), base=base, now=now)
    assert first.answer.settled.stranded_pieces == {TRUCK_A1: 50}
    more = replace(
        first.situation,
        needs=(need(P2, "tent", 70, milli_people_per_piece=3000), base.needs[2]),
    )
    second = Case(NONE, when=at(1, 10), base=first.situation, now=more, plan=first.plan)
    assert second.delivered(TRUCK_A1) == [(P2, 30)]
    assert second.answer.settled.forced_drivers == {TRUCK_A1}
    assert second.answer.settled.stranded_pieces == {TRUCK_A1: 20}


def test_a_waybill_that_was_changed_twice_is_still_one() -> None:
    # A1's tents are redirected to P2 (R1). Before it moves on, P2 needs ten and no more: R2, not
    # R1 once more.
    base = two_depots_three_places()
    now = replace(base, needs=(need(P2, "tent", 60, milli_people_per_piece=3000), base.needs[2]))
    first = Case(NONE, when=at(1), base=base, now=now)
    fewer = replace(
        first.situation,
        needs=(need(P2, "tent", 10, milli_people_per_piece=3000), base.needs[2]),
    )
    second = Case(NONE, when=at(1, 10), base=first.situation, now=fewer, plan=first.plan)
    assert second.delivered(TRUCK_A1) == [(P2, 10)]
    numbers = [
        trip.number
        for route in second.plan.vehicle_routes
        for trip in route.trips
        if route.vehicle_code == TRUCK_A1
    ]
    assert numbers == [f"{WAYBILL_A1}-R2"]
