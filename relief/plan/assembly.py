"""From allocation and routes to a plan: what really arrives, what is short, and why."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from relief.damage.needs import Need
from relief.places import Tier
from relief.plan import measures
from relief.plan.allocation import Allocation, Shortfall, ShortfallReason
from relief.plan.calls import call_decisions, calls_fen
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.explain import Lacks, carried_too_late, not_kept_cool, not_paid_for
from relief.plan.orders_met import order_slacks
from relief.plan.outcome import Termination
from relief.plan.routes import Routes, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.stowing import loading_lists
from relief.sentences import Sentence
from relief.supply.money import payments, transport_tiers
from relief.units import SHANGHAI

FINGERPRINT_DIGITS = 8


def assemble(situation: Situation, allocation: Allocation, routes: Routes) -> DispatchPlan:
    """Return the plan that allocation and routes make together.

    Parameters
    ----------
    situation
        What both were made for.
    allocation
        Consignments, and the reasons for what could not be consigned.
    routes
        What the trucks carry. Shortfalls are worked out anew from their deliveries.

    Returns
    -------
    DispatchPlan
        Without a certificate yet.
    """
    fingerprint = situation.fingerprint()
    return DispatchPlan(
        plan_id=plan_id(situation, fingerprint),
        event_code=situation.event_code,
        start_at=situation.start_at,
        situation_fingerprint=fingerprint,
        is_baseline=Termination.BASELINE
        in (allocation.report.termination, routes.report.termination),
        consignments=allocation.consignments,
        vehicle_routes=routes.vehicle_routes,
        shortfalls=shortfalls(situation, allocation, routes),
        score=measures.score(situation, routes.vehicle_routes, allocation.consignments),
        deprivation_bound_milli_person_h=allocation.deprivation_bound_milli_person_h,
        allocation_report=allocation.report,
        routing_report=routes.report,
        order_slacks=order_slacks(situation, allocation, routes),
        fairness=allocation.fairness,
        calls=call_decisions(situation, allocation.consignments),
        payments=payments(
            situation.pots,
            calls_fen(situation, allocation.consignments),
            transport_fen(situation, routes.vehicle_routes)
            if transport_tiers(situation.pots)
            else {},
        ),
        loading_lists=loading_lists(situation, routes.vehicle_routes),
    )


def transport_fen(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> dict[Tier, int]:
    """Return what the vehicles of the depots of each tier cost."""
    tiers = {depot.code: depot.tier for depot in situation.depots}
    by_tier: dict[Tier, int] = defaultdict(int)
    for route in vehicle_routes:
        if route.base_code in tiers:
            by_tier[tiers[route.base_code]] += measures.cost_fen(situation, (route,))
    return dict(by_tier)


def plan_id(situation: Situation, fingerprint: str) -> str:
    """Return event, start in local time and the first digits of the fingerprint."""
    start = situation.start_at.astimezone(SHANGHAI)
    return f"{situation.event_code}-{start:%Y%m%dT%H%M}-{fingerprint[:FINGERPRINT_DIGITS]}"


def shortfalls(
    situation: Situation, allocation: Allocation, routes: Routes
) -> tuple[Shortfall, ...]:
    """Return every need that is not met in full and on time, in the order of the needs.

    What the consignments lacked already keeps the allocation's reason and sentence. What was
    consigned and not carried in time takes the router's reason. A need with both takes the
    reason that explains more pieces, the allocation's if they are equal.
    """
    reasons = _Reasons(situation, allocation, routes)
    consigned = measures.filled(situation, _consigned_by_window(situation, allocation))
    delivered = measures.served_needs(situation, routes.vehicle_routes)
    found: list[Shortfall] = []
    for promised, served in zip(consigned, delivered, strict=True):
        need = served.need
        late, missing = served.late_pieces(situation), served.missing_pieces
        if late + missing == 0:
            continue
        lacking = promised.missing_pieces + promised.late_pieces(situation)
        # A piece that was consigned to be late and never comes is lost on the road, too.
        lost = max(missing - promised.missing_pieces, missing + late - lacking, 0)
        reason, because = (
            reasons.of_allocation(need)
            if missing + late - lost >= lost
            else reasons.of_routing(need, lost=lost, short=missing + late)
        )
        found.append(
            Shortfall(
                place_code=need.place_code,
                item_code=need.item_code,
                due_at=need.due_at,
                missing_pieces=missing,
                late_pieces=late,
                reason=reason,
                because=because,
            )
        )
    return tuple(found)


def _consigned_by_window(
    situation: Situation, allocation: Allocation
) -> dict[tuple[str, str], list[int]]:
    """Return the pieces that are to arrive in each window under (place, item)."""
    windows = len(situation.policy.window_ends)
    pieces: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * windows)
    for each in allocation.consignments:
        if 0 <= each.window < windows:
            pieces[each.place_code, each.item_code][each.window] += each.pieces
    return pieces


class _Reasons:
    """Why needs are short, as allocator and router say it."""

    def __init__(self, situation: Situation, allocation: Allocation, routes: Routes) -> None:
        self._situation = situation
        self._allocation = allocation
        self._lacks: Lacks | None = None
        self._said: dict[tuple[str, str], list[Shortfall]] = defaultdict(list)
        for one in allocation.shortfalls:
            self._said[one.place_code, one.item_code].append(one)
        self._undelivered: dict[tuple[str, str], Counter[ShortfallReason]] = defaultdict(Counter)
        for left in routes.undelivered:
            key = (left.consignment.place_code, left.consignment.item_code)
            self._undelivered[key][left.reason] += left.pieces

    def of_allocation(self, need: Need) -> tuple[ShortfallReason, Sentence]:
        """Return what the allocation says of a need.

        Where it says nothing of just this need, what it says of the largest shortfall of the item
        at the place; where it is silent on that as well, what the situation shows.
        """
        said = self._said[need.place_code, need.item_code]
        if not said:
            if self._lacks is None:
                self._lacks = Lacks(self._situation, self._allocation.consignments)
            return self._lacks.reason(need)
        one = min(
            said,
            key=lambda one: (
                one.due_at != need.due_at,
                -(one.missing_pieces + one.late_pieces),
                one.due_at,
            ),
        )
        return one.reason, one.because

    def of_routing(self, need: Need, *, lost: int, short: int) -> tuple[ShortfallReason, Sentence]:
        """Return the router's reason for most of the pieces it leaves, with the numbers."""
        left = self._undelivered[need.place_code, need.item_code]
        reason = max(sorted(left), key=lambda reason: left[reason], default=ShortfallReason.ROUTING)
        if reason is ShortfallReason.MONEY:
            return reason, not_paid_for(lost=lost, short=short)
        if reason is ShortfallReason.COOLING:
            return reason, not_kept_cool(lost=lost, short=short)
        return reason, carried_too_late(lost=lost, short=short, undelivered=left.total())
