"""The heart, with an allocator and a router written by hand at its seams."""

from dataclasses import dataclass, replace

import pytest

from relief.plan.allocation import Allocation
from relief.plan.certificate import Rule
from relief.plan.dispatch import PlanRejected, plan_dispatch
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from relief.plan.verify import verify
from tests.relief.plan.plans import P1, at, good_allocation, good_plan, good_routes
from tests.situations import two_depots_three_places


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalling:
    """An allocator and router that knows its answers by heart."""

    allocation: Allocation
    routes: Routes

    def allocate(self, situation: Situation) -> Allocation:
        del situation
        return self.allocation

    def route(self, situation: Situation, allocation: Allocation) -> Routes:
        del situation
        assert allocation is self.allocation
        return self.routes


def test_a_good_answer_becomes_a_certified_plan() -> None:
    situation = two_depots_three_places()
    solver = Recalling(allocation=good_allocation(), routes=good_routes())
    plan = plan_dispatch(situation, solver, solver)
    assert replace(plan, certificate=None) == good_plan()
    assert plan.certificate == verify(good_plan(), situation)
    assert plan.certificate is not None
    assert plan.certificate.holds


def test_a_router_that_drives_too_fast_is_found_out() -> None:
    routes = good_routes()
    first = routes.vehicle_routes[0]
    loading, unloading = first.trips[0].stops
    leg = unloading.leg
    hasty = replace(leg, drive=leg.drive / 2, arrive_at=at(1))
    stops = (loading, replace(unloading, leg=hasty))
    fast = replace(first, trips=(replace(first.trips[0], stops=stops),))
    solver = Recalling(
        allocation=good_allocation(),
        routes=replace(routes, vehicle_routes=(fast, *routes.vehicle_routes[1:])),
    )
    with pytest.raises(
        PlanRejected,
        match=(
            r"^Plan hand-made-20260701T0800-[0-9a-f]{8} breaks 1 rules, first time at truck "
            r"420001-01/truck-s/1/001, waybill 420001-01-DB-0001, stop 420001: 1800 s of driving "
            r"from 420001-01 to 420001, which takes 3600 s\.$"
        ),
    ) as caught:
        plan_dispatch(two_depots_three_places(), solver, solver)
    (violation,) = caught.value.certificate.violations
    assert (violation.rule, violation.found, violation.limit) == (Rule.TIME, 1800, 3600)
    assert caught.value.plan.vehicle_routes[0] == fast
    assert caught.value.plan.certificate is None


def test_an_allocator_that_gives_too_much_is_found_out() -> None:
    base = good_allocation()
    generous = replace(
        base,
        consignments=(*base.consignments, replace(base.consignments[2], place_code=P1)),
    )
    solver = Recalling(allocation=generous, routes=good_routes())
    # 30 tents from B besides the 50 from A, for the 50 that P1 needs.
    with pytest.raises(PlanRejected, match=r"is to get 80 pieces of tent, but needs 50\.$"):
        plan_dispatch(two_depots_three_places(), solver, solver)


def test_a_bound_that_lies_is_found_out() -> None:
    allocation = replace(good_allocation(), deprivation_bound_milli_person_h=39_600_001)
    solver = Recalling(allocation=allocation, routes=good_routes())
    with pytest.raises(PlanRejected, match="first bound at plan"):
        plan_dispatch(two_depots_three_places(), solver, solver)


def test_a_router_that_makes_up_a_lot_is_found_out_and_does_not_crash() -> None:
    routes = good_routes()
    first = routes.vehicle_routes[0]
    stops = tuple(
        replace(stop, lines=(replace(stop.lines[0], lot_code="ghost", item_code="ghost"),))
        for stop in first.trips[0].stops
    )
    ghostly = replace(first, trips=(replace(first.trips[0], stops=stops),))
    solver = Recalling(
        allocation=good_allocation(),
        routes=replace(routes, vehicle_routes=(ghostly, *routes.vehicle_routes[1:])),
    )
    with pytest.raises(PlanRejected, match=r"There is no lot ghost\.$") as caught:
        plan_dispatch(two_depots_three_places(), solver, solver)
    rules = {violation.rule for violation in caught.value.certificate.violations}
    assert rules == {Rule.STOCK, Rule.CONSERVATION}
