"""Plans with kits, substitutes and goods that expire, damaged in one place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.items import StandIn
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from relief.plan.verify import verify
from relief.supply.stock import Lot
from solvers.allocation.allocator import WindowAllocator
from solvers.routing.baseline import SavingsRouter
from tests import situations as hand
from tests.solvers.allocation.test_made_up import DEPOT, PLACE, base, with_kit, with_substitute

KIT_LOT, SET_LOT = f"{DEPOT}/kit+1", f"{DEPOT}/blanket-for-quilt+1"


def planned(situation: Situation) -> DispatchPlan:
    allocation = WindowAllocator(SolveLimits(seconds=20)).allocate(situation)
    return assemble(situation, allocation, SavingsRouter().route(situation, allocation))


def with_lot(situation: Situation, code: str, change: Callable[[Lot], Lot]) -> Situation:
    lots = tuple(change(lot) if lot.code == code else lot for lot in situation.lots)
    return replace(situation, lots=lots)


def objections(plan: DispatchPlan, situation: Situation) -> list[tuple[Rule, str, int, int]]:
    """Return what the verifier says, but for the situation being another than the plan's."""
    return [
        (one.rule, one.subject, one.found, one.limit)
        for one in verify(plan, situation).violations
        if one.rule is not Rule.IDENTITY
    ]


def kits() -> Situation:
    """Return 7 kits of one tent and four blankets, of 10 tents and 30 blankets; 9 are needed."""
    return with_kit(base(lots=[("tent", 10), ("blanket", 30)], needs=[]), 9)


def substitutes() -> Situation:
    """Return 3 sets of two blankets for a quilt, worth 90 %, where 10 are needed and 6 there."""
    return with_substitute(
        base(lots=[("quilt", 6), ("blanket", 7)], needs=[("quilt", 10)]),
        milli=2000,
        worth_share=0.9,
    )


def expiring() -> Situation:
    """Return two lots of quilts, one good for 30 days, one for 300, and a need for the older."""
    situation = base(lots=[], needs=[("quilt", 10)])
    day = situation.start_at.date()
    return replace(
        situation,
        lots=tuple(
            replace(hand.lot(code, DEPOT, "quilt", 40), expires_on=day + timedelta(days=days))
            for code, days in (("old", 30), ("young", 300))
        ),
    )


@pytest.mark.parametrize("situation", [kits(), substitutes(), expiring()])
def test_undamaged_plans_are_good(situation: Situation) -> None:
    assert objections(planned(situation), situation) == []


def test_a_kit_without_a_part_is_none() -> None:
    # Two blankets of four: each kit that is sent is incomplete.
    def torn(lot: Lot) -> Lot:
        tent, blankets = lot.parts
        return replace(lot, parts=(tent, replace(blankets, pieces=2)))

    situation = kits()
    assert objections(planned(situation), with_lot(situation, KIT_LOT, torn)) == [
        (Rule.KIT, f"lot {KIT_LOT}", 2, 4)
    ]


def test_parts_cannot_go_twice() -> None:
    # 7 kits take 28 blankets. With one less than that in store, the last kit is incomplete.
    situation = kits()
    fewer = with_lot(situation, "lot-blanket", lambda lot: replace(lot, pieces=27))
    assert objections(planned(situation), fewer) == [(Rule.STOCK, "lot lot-blanket", 28, 27)]


def test_parts_by_themselves_are_no_kit() -> None:
    # The trucks bring tents instead of kits: nobody needs those, and all nine kits are missing.
    # 9 never come instead of 2: 7 more x weight 10 x 1 person x (72 - 12 + 72) h.
    situation = kits()
    plan = planned(situation)
    damaged = replace(
        plan,
        consignments=tuple(
            replace(one, lot_code="lot-tent", item_code="tent") for one in plan.consignments
        ),
        vehicle_routes=tuple(
            replace(
                route,
                trips=tuple(
                    replace(
                        trip,
                        stops=tuple(
                            replace(
                                stop,
                                lines=tuple(
                                    replace(line, lot_code="lot-tent", item_code="tent")
                                    for line in stop.lines
                                ),
                            )
                            for stop in trip.stops
                        ),
                    )
                    for trip in route.trips
                ),
            )
            for route in plan.vehicle_routes
        ),
    )
    found = objections(damaged, situation)
    assert (Rule.CONSERVATION, f"tent at {PLACE}", 7, 0) in found
    assert [(rule, *numbers) for rule, _, *numbers in found if rule is Rule.SHORTFALL] == [
        (Rule.SHORTFALL, 2, 9)
    ]


def test_a_kit_must_be_in_the_catalogue() -> None:
    situation = kits()
    without = replace(situation, catalogue=replace(situation.catalogue, kits=()))
    assert objections(planned(situation), without) == [(Rule.KIT, f"lot {KIT_LOT}", 0, 1)]


def test_a_substitute_keeps_its_ratio() -> None:
    situation = substitutes()
    cheap = with_lot(
        situation,
        SET_LOT,
        lambda lot: replace(lot, parts=(replace(lot.parts[0], pieces=1),)),
    )
    assert objections(planned(situation), cheap) == [(Rule.SUBSTITUTE, f"lot {SET_LOT}", 0, 1)]


def test_a_substitute_keeps_its_worth() -> None:
    # Counted as worth 950 thousandths instead of 900: the penalty of the three sets halves.
    situation = substitutes()
    praised = StandIn(
        item_code="blanket-for-quilt", stands_for_code="quilt", met_pieces=1, worth_milli=950
    )
    other = replace(situation, catalogue=replace(situation.catalogue, stand_ins=(praised,)))
    found = objections(planned(situation), other)
    assert found[0] == (Rule.SUBSTITUTE, f"lot {SET_LOT}", 950, 900)
    assert {rule for rule, *_ in found[1:]} == {Rule.OBJECTIVE, Rule.BOUND}


def test_only_what_may_stand_in_does() -> None:
    situation = substitutes()
    without = replace(situation, catalogue=replace(situation.catalogue, substitutes=()))
    assert objections(planned(situation), without) == [(Rule.SUBSTITUTE, f"lot {SET_LOT}", 0, 1)]


def test_an_older_lot_does_not_stay_behind() -> None:
    # The plan sends 10 of the old lot. If that were the younger one, 30 would stay that are older.
    situation = expiring()
    day = situation.start_at.date()
    swapped = with_lot(
        with_lot(situation, "old", lambda lot: replace(lot, expires_on=day + timedelta(days=300))),
        "young",
        lambda lot: replace(lot, expires_on=day + timedelta(days=30)),
    )
    assert objections(planned(situation), swapped) == [
        (Rule.FIRST_OUT, f"consignment old to {PLACE}", 40, 0)
    ]


@pytest.mark.parametrize(("days", "is_good"), [(8, True), (7, False)])
def test_life_is_counted_at_the_end_of_the_window(days: int, is_good: bool) -> None:  # noqa: FBT001
    # It arrives after 1 h 45, which counts as 12 h. A start at 18:00 puts that on the next day:
    # seven days of use then are eight days from the start.
    situation = expiring()
    evening = replace(
        situation,
        start_at=situation.start_at + timedelta(hours=10),
        needs=tuple(
            replace(need, due_at=need.due_at + timedelta(hours=10)) for need in situation.needs
        ),
    )
    plan = planned(evening)
    day = situation.start_at.date()
    changed = with_lot(evening, "old", lambda lot: replace(lot, expires_on=day + timedelta(days)))
    found = {rule for rule, *_ in objections(plan, changed)}
    assert found == (set() if is_good else {Rule.EXPIRY})
