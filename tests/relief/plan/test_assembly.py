"""Putting a plan together: identity, what arrives, what is short and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relief.plan.allocation import Allocation, Consignment, Shortfall, ShortfallReason
from relief.plan.assembly import assemble, plan_id
from relief.plan.dispatch_plan import Score
from relief.plan.outcome import Termination
from relief.plan.routes import Routes, Undelivered
from relief.sentences import Sentence, say
from tests.relief.plan.plans import (
    CUT_OFF,
    P1,
    P2,
    P3,
    B,
    at,
    consignment,
    good_allocation,
    good_plan,
    good_routes,
    shortfall,
    solved,
    undelivered,
)
from tests.situations import need, two_depots_three_places

BASE = two_depots_three_places()
NO_STOCK = say("Nothing is left.")


def test_a_plan_is_named_by_event_local_start_and_fingerprint() -> None:
    late = datetime(2016, 7, 5, 17, 30, tzinfo=UTC)
    situation = replace(
        BASE,
        event_code="2016-meiyu",
        start_at=late,
        needs=tuple(replace(one, due_at=late + timedelta(hours=12)) for one in BASE.needs),
    )
    # 17:30 UTC is half past one the next morning in Hubei.
    assert plan_id(situation, "0123456789abcdef") == "2016-meiyu-20160706T0130-01234567"


def test_a_plan_holds_what_it_was_made_of() -> None:
    plan = good_plan()
    assert plan.plan_id == f"hand-made-20260701T0800-{BASE.fingerprint()[:8]}"
    assert plan.event_code == "hand-made"
    assert plan.start_at == BASE.start_at
    assert plan.situation_fingerprint == BASE.fingerprint()
    assert plan.consignments == good_allocation().consignments
    assert plan.vehicle_routes == good_routes().vehicle_routes
    assert plan.deprivation_bound_milli_person_h == 39_600_000
    assert plan.allocation_report == solved(Termination.OPTIMAL)
    assert plan.routing_report == solved()
    assert plan.certificate is None
    # Derived at the head of tests.relief.plan.plans.
    assert plan.score == Score(
        deprivation_milli_person_h=39_600_000,
        worst_county_code=P3,
        worst_unserved_ppm=1_000_000,
        tier_g=600_000,
        cost_fen=200_000,
        # All tents are life-saving.
        life_saving_milli_person_h=39_600_000,
    )


def test_what_the_allocation_lacks_keeps_its_reason_and_sentence() -> None:
    assert good_plan().shortfalls == (
        Shortfall(
            place_code=P3,
            item_code="tent",
            due_at=at(12),
            missing_pieces=10,
            late_pieces=0,
            reason=ShortfallReason.NO_ROAD,
            because=CUT_OFF,
        ),
    )


@pytest.mark.parametrize(
    ("allocation", "routing", "is_baseline"),
    [
        (Termination.OPTIMAL, Termination.FEASIBLE, False),
        (Termination.BASELINE, Termination.FEASIBLE, True),
        (Termination.OPTIMAL, Termination.BASELINE, True),
    ],
)
def test_a_baseline_of_either_makes_a_baseline_plan(
    allocation: Termination, routing: Termination, *, is_baseline: bool
) -> None:
    plan = assemble(
        BASE,
        replace(good_allocation(), report=solved(allocation)),
        replace(good_routes(), report=solved(routing)),
    )
    assert plan.is_baseline is is_baseline


def short_at_p2(
    allocation: Allocation, left: tuple[Undelivered, ...] = (), *, trucks: int = 3
) -> Shortfall | None:
    """Return what is short at P2 with only the first trucks of the good routes."""
    routes = Routes(
        vehicle_routes=good_routes().vehicle_routes[:trucks], undelivered=left, report=solved()
    )
    plan = assemble(BASE, allocation, routes)
    found = [one for one in plan.shortfalls if one.place_code == P2]
    assert len(found) <= 1
    return found[0] if found else None


def test_what_no_truck_carries_is_short_for_the_router_s_reason() -> None:
    # Truck B1 does not drive: 30 of P2's 40 tents stay in B.
    left = undelivered(consignment("B-tent", B, P2, 30), 30, ShortfallReason.TRUCKS)
    found = short_at_p2(good_allocation(), (left,), trucks=2)
    assert found is not None
    assert (found.missing_pieces, found.late_pieces) == (30, 0)
    assert found.reason is ShortfallReason.TRUCKS
    assert str(found.because) == (
        "30 of the 30 pieces short were allocated, but no truck could bring them in time; "
        "30 pieces for this place stay in the depots."
    )


def test_a_router_that_says_nothing_is_the_reason_itself() -> None:
    found = short_at_p2(good_allocation(), trucks=2)
    assert found is not None
    assert found.reason is ShortfallReason.ROUTING


def test_the_router_s_reason_for_most_pieces_counts() -> None:
    b_to_p2 = consignment("B-tent", B, P2, 30)
    left = (
        undelivered(b_to_p2, 10, ShortfallReason.TRUCKS),
        undelivered(b_to_p2, 11, ShortfallReason.TOO_FAR),
        undelivered(b_to_p2, 9, ShortfallReason.ROUTING),
    )
    found = short_at_p2(good_allocation(), left, trucks=2)
    assert found is not None
    assert found.reason is ShortfallReason.TOO_FAR


def test_what_comes_in_a_later_window_than_allocated_is_late_by_the_routing() -> None:
    # Truck B1 unloads at 13:00: one hour after the end of the first window.
    routes = good_routes()
    b1 = routes.vehicle_routes[2]
    loading, unloading = b1.trips[0].stops
    slow = replace(unloading, end_at=at(13))
    trips = (replace(b1.trips[0], stops=(loading, slow)),)
    late = replace(routes, vehicle_routes=(*routes.vehicle_routes[:2], replace(b1, trips=trips)))
    first, _ = assemble(BASE, good_allocation(), late).shortfalls
    assert (first.place_code, first.missing_pieces, first.late_pieces) == (P2, 0, 30)
    assert first.reason is ShortfallReason.ROUTING
    assert str(first.because) == (
        "30 of the 30 pieces short were allocated, but the trucks bring them only in a later "
        "window."
    )


def lacking(pieces: int) -> tuple[Allocation, Consignment]:
    """Return an allocation that gives P2 ten tents from A and all but `pieces` of 30 from B."""
    b_to_p2 = consignment("B-tent", B, P2, 30 - pieces)
    said = replace(shortfall(P2, missing=pieces, reason=ShortfallReason.NO_STOCK), because=NO_STOCK)
    base = good_allocation()
    return replace(
        base,
        consignments=(*base.consignments[:2], b_to_p2),
        shortfalls=(*base.shortfalls, said),
    ), b_to_p2


@pytest.mark.parametrize(
    ("lacked", "reason", "because"),
    [
        (16, ShortfallReason.NO_STOCK, NO_STOCK),
        (15, ShortfallReason.NO_STOCK, NO_STOCK),
        (14, ShortfallReason.TRUCKS, None),
    ],
)
def test_the_reason_for_most_pieces_is_told(
    lacked: int, reason: ShortfallReason, because: Sentence | None
) -> None:
    # 30 are missing at P2: some were not allocated, the others stay in B for want of a truck.
    allocation, b_to_p2 = lacking(lacked)
    left = undelivered(b_to_p2, 30 - lacked, ShortfallReason.TRUCKS)
    found = short_at_p2(allocation, (left,), trucks=2)
    assert found is not None
    assert found.missing_pieces == 30
    assert found.reason is reason
    assert str(found.because) == str(
        because
        or "16 of the 30 pieces short were allocated, but no truck could bring them in time; "
        "16 pieces for this place stay in the depots."
    )


def test_a_late_consignment_that_never_comes_is_the_routing_s_loss() -> None:
    # B's 30 tents were allocated for the second window: the allocation has 30 late. Now they are
    # missing.
    base = good_allocation()
    allocation = replace(
        base,
        consignments=(*base.consignments[:2], consignment("B-tent", B, P2, 30, window=1)),
        shortfalls=(
            *base.shortfalls,
            replace(shortfall(P2, late=30, reason=ShortfallReason.TOO_FAR), because=NO_STOCK),
        ),
    )
    on_road = short_at_p2(allocation, trucks=2)
    assert on_road is not None
    assert on_road.reason is ShortfallReason.ROUTING
    # The truck that drives brings them at 6:05, in time after all: nothing is short.
    assert short_at_p2(allocation, trucks=3) is None


def test_a_shortfall_that_the_allocation_is_silent_about_is_explained_from_the_situation() -> None:
    # P1 gets nothing, and nobody says why: 50 tents are left in A and 70 in B.
    base = good_allocation()
    silent = replace(base, consignments=base.consignments[1:], shortfalls=())
    routes = replace(good_routes(), vehicle_routes=good_routes().vehicle_routes[1:])
    first, second = assemble(BASE, silent, routes).shortfalls
    assert (first.place_code, first.reason) == (P1, ShortfallReason.TRUCKS)
    assert str(first.because) == (
        "120 pieces are left in the depots, but no truck is free to bring them in time."
    )
    assert (second.place_code, second.reason) == (P3, ShortfallReason.NO_ROAD)


def test_a_reason_given_for_another_time_serves_where_none_is_given_for_this() -> None:
    # P2 needs 20 tents after 12 h and 20 after 24 h; 30 are consigned. By due time, the ten that
    # lack are of the second need, while the allocator put them down to the first.
    first, _, third = BASE.needs
    situation = replace(
        BASE,
        needs=(
            first,
            need(P2, "tent", 20, milli_people_per_piece=3000),
            need(P2, "tent", 20, due_h=24, milli_people_per_piece=3000),
            third,
        ),
    )
    base = good_allocation()
    allocation = replace(
        base,
        consignments=(base.consignments[0], base.consignments[2]),
        shortfalls=(
            *base.shortfalls,
            replace(shortfall(P2, missing=10, reason=ShortfallReason.POLICY), because=NO_STOCK),
        ),
    )
    routes = replace(
        good_routes(),
        vehicle_routes=(good_routes().vehicle_routes[0], good_routes().vehicle_routes[2]),
    )
    found = assemble(situation, allocation, routes).shortfalls[0]
    assert (found.place_code, found.due_at, found.missing_pieces) == (P2, at(24), 10)
    assert (found.reason, found.because) == (ShortfallReason.POLICY, NO_STOCK)


def test_an_empty_answer_leaves_every_need_short() -> None:
    nothing = Allocation(
        consignments=(), shortfalls=(), deprivation_bound_milli_person_h=None, report=solved()
    )
    routes = Routes(vehicle_routes=(), undelivered=(), report=solved())
    plan = assemble(BASE, nothing, routes)
    assert [one.missing_pieces for one in plan.shortfalls] == [50, 40, 10]
    # 100 tents x 3 people x weight 10 x 132 h.
    assert plan.score.deprivation_milli_person_h == 396_000_000
    assert plan.score.cost_fen == 0
