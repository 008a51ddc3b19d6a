"""Damage done to hubs: loaded before it was handled, more than was brought, no hub at all.

The good plan is the one by the hub that is worked out in `tests.by_hub`: the heavy truck hands 40
tents over until 3:45, which can be loaded from 4:45 on; the light truck loads 20 of them at 4:45
and 20 at 7:30.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.errors import InconsistentSituation
from relief.plan.allocation import Allocation, Consignment
from relief.plan.assembly import assemble
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Rest, Routes, Stop, StopKind, StopLine, Trip
from relief.plan.situation import Situation
from relief.plan.under_way import BayTaken
from tests.by_hub import HEAVY, LIGHT, H, P, S, hub, over_the_bridge
from tests.relief.plan.plans import (
    Objection,
    at,
    deliver,
    lasting,
    leg,
    load,
    objections,
    route,
    solved,
    stop,
    with_lot,
)
from tests.relief.plan.test_verify_limits import dock

BASE = over_the_bridge()
BROUGHT, FIRST, SECOND = f"{S}-DB-0001", f"{H}-DB-0001", f"{H}-DB-0002"
AT_HUB = f"lot S-tent at hub {H}"


def tents(pieces: int) -> StopLine:
    return StopLine(lot_code="S-tent", item_code="tent", pieces=pieces)


def by_hub(**changes: object) -> Consignment:
    given: dict[str, object] = {
        "lot_code": "S-tent",
        "depot_code": S,
        "item_code": "tent",
        "place_code": P,
        "pieces": 40,
        "window": 0,
        "ready_after": lasting(4, 45),
        "hub_code": H,
    }
    return Consignment(**(given | changes))  # type: ignore[arg-type]


def planned(
    situation: Situation = BASE,
    *,
    handed: int = 40,
    loads_at: timedelta = lasting(4, 45),  # noqa: B008 - frozen
    consigned: tuple[Consignment, ...] = (),
) -> DispatchPlan:
    """Return the good plan, or one that hands over less, loads earlier or consigns otherwise."""
    begin = at(0) + loads_at
    first = replace(
        load(leg(H, H, begin, lasting()), tents(20)), begin_at=begin, end_at=begin + lasting(0, 30)
    )
    heavy = route(
        HEAVY,
        (
            Trip(
                number=BROUGHT,
                stops=(
                    load(leg(S, S, at(0), lasting()), tents(handed)),
                    stop(
                        StopKind.HAND_OVER, leg(S, H, at(0, 30), lasting(3)), 15, (tents(handed),)
                    ),
                ),
            ),
        ),
        leg(H, S, at(3, 45), lasting(3), Rest(after_drive=lasting(1), duration=lasting(0, 20))),
    )
    light = route(
        LIGHT,
        (
            Trip(
                number=FIRST,
                stops=(first, deliver(leg(H, P, first.end_at, lasting(1)), tents(20))),
            ),
            Trip(
                number=SECOND,
                stops=(
                    load(leg(P, H, at(6, 30), lasting(1)), tents(20)),
                    deliver(leg(H, P, at(8), lasting(1)), tents(20)),
                ),
            ),
        ),
        leg(P, H, at(9, 15), lasting(1)),
    )
    allocation = Allocation(
        consignments=consigned or (by_hub(),),
        shortfalls=(),
        deprivation_bound_milli_person_h=None,
        report=solved(),
    )
    routes = Routes(vehicle_routes=(light, heavy), undelivered=(), report=solved())
    return assemble(situation, allocation, routes)


def test_the_plan_by_the_hub_is_good_and_leaves_nobody_without() -> None:
    plan = planned()
    assert objections(plan, BASE) == []
    assert plan.shortfalls == ()
    assert plan.score.deprivation_milli_person_h == 0
    # By hub: 40 x 10 kg of the province (2). Legs at 50 km/h and 2 yuan a km: heavy 300 km, light
    # 200 km, three trips of 100 yuan.
    assert plan.score.tier_g == 800_000
    assert plan.score.cost_fen == 500 * 200 + 30_000


def test_nothing_is_loaded_before_it_is_handled() -> None:
    # One second before the hour of handling is over none of the 20 may be loaded.
    early = planned(loads_at=lasting(4, 44, 59), consigned=(by_hub(ready_after=lasting()),))
    assert objections(early, BASE) == [(Rule.HUB, AT_HUB, 20, 0)]


def test_no_more_is_loaded_than_was_brought() -> None:
    # 39 are brought: the first 20 are there, of the second 20 one is not.
    assert objections(planned(handed=39), BASE) == [(Rule.HUB, AT_HUB, 40, 39)]


def test_what_nobody_fetches_stays_at_the_hub() -> None:
    assert objections(planned(handed=60), BASE) == []


def test_no_more_is_brought_than_the_lot_holds() -> None:
    assert (Rule.STOCK, "lot S-tent", 101, 100) in objections(planned(handed=101), BASE)


def test_a_depot_that_is_no_hub_takes_nothing_over() -> None:
    bare = over_the_bridge(hubs=())
    found = objections(planned(bare), bare)
    assert (Rule.HUB, f"waybill {BROUGHT}, stop {H}", 0, 1) in found
    assert (Rule.HUB, "consignment S-tent to 420001", 0, 1) in found
    # Nor can be loaded there what lies elsewhere.
    assert (Rule.LOADING, f"waybill {FIRST}, lot S-tent", 0, 1) in found


def test_longer_handling_holds() -> None:
    slow = over_the_bridge(hubs=(hub(minutes=61),))
    assert objections(planned(slow), slow) == [(Rule.HUB, AT_HUB, 20, 0)]


def test_what_lies_at_a_hub_is_not_handed_over_there() -> None:
    moved = with_lot(BASE, "S-tent", lambda lot: replace(lot, depot_code=H))
    found = objections(planned(moved), moved)
    assert (Rule.HUB, f"waybill {BROUGHT}, lot S-tent", 0, 1) in found


def test_nothing_is_loaded_for_a_hub_before_it_lies_ready() -> None:
    later = with_lot(BASE, "S-tent", lambda lot: replace(lot, ready_after=lasting(0, 1)))
    plan = planned(later, consigned=(by_hub(),))
    # It lies ready a minute after it is loaded for the hub.
    assert objections(plan, later) == [(Rule.HUB, f"waybill {BROUGHT}, lot S-tent", 0, 60)]


def test_what_is_loaded_at_a_hub_was_consigned_by_it() -> None:
    direct = planned(consigned=(by_hub(pieces=30), by_hub(pieces=10, hub_code="")))
    assert objections(direct, BASE) == [(Rule.HUB, AT_HUB, 40, 30)]


def test_a_consignment_by_its_own_depot_goes_by_no_hub() -> None:
    both = over_the_bridge(hubs=(hub(), hub(S)))
    odd = planned(both, consigned=(by_hub(pieces=40), by_hub(pieces=1, hub_code=S)))
    assert (Rule.HUB, "consignment S-tent to 420001", 0, 1) in objections(odd, both)


def test_a_hand_over_takes_the_time_of_unloading() -> None:
    def hurried(one: Stop) -> Stop:
        return replace(one, end_at=one.begin_at + lasting(0, 14))

    plan = planned()
    heavy = plan.vehicle_routes[1]
    stops = (heavy.trips[0].stops[0], hurried(heavy.trips[0].stops[1]))
    quick = replace(heavy, trips=(replace(heavy.trips[0], stops=stops),))
    found = objections(replace(plan, vehicle_routes=(plan.vehicle_routes[0], quick)), BASE)
    subject = f"truck {HEAVY}, waybill {BROUGHT}, stop {H}"
    assert found == [(Rule.TIME, subject, 14 * 60, 15 * 60)]


def test_bays_that_others_have_booked_count() -> None:
    def booked(begin: timedelta) -> list[Objection]:
        taken = BayTaken(
            depot_code=S, begin_at=at(0) + begin, end_at=at(0) + begin + lasting(0, 30), mass_g=0
        )
        full = replace(BASE, depot_limits=(dock(S, 1),), bays_taken=(taken,))
        return objections(planned(full), full)

    # The heavy truck loads in the store from 0:00 to 0:30.
    assert booked(lasting(0, 30)) == []
    assert booked(lasting()) == [(Rule.LOADING_LIMIT, f"depot {S}", 2, 1)]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda: (hub("420009-01"),), "Named here, but not part of the situation"),
        (lambda: (hub(), hub()), "Given 2 times"),
        (lambda: (hub(minutes=-1),), "less than no time"),
    ],
)
def test_impossible_hubs_are_refused(change: Callable[[], tuple[object, ...]], match: str) -> None:
    with pytest.raises(InconsistentSituation, match=match):
        replace(BASE, hubs=change())  # type: ignore[arg-type]
