"""From allocation and routes to a plan: what really arrives, what is short, and why."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from relief.plan import measures
from relief.plan.allocation import Allocation, Shortfall, ShortfallReason
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.explain import carried_too_late
from relief.plan.measures import ServedNeed
from relief.plan.outcome import Termination
from relief.plan.routes import Routes, Undelivered
from relief.plan.situation import Situation
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
        score=measures.score(situation, routes.vehicle_routes),
        deprivation_bound_milli_person_h=allocation.deprivation_bound_milli_person_h,
        allocation_report=allocation.report,
        routing_report=routes.report,
    )


def plan_id(situation: Situation, fingerprint: str) -> str:
    """Return event, start in local time and the first digits of the fingerprint."""
    start = situation.start_at.astimezone(SHANGHAI)
    return f"{situation.event_code}-{start:%Y%m%dT%H%M}-{fingerprint[:FINGERPRINT_DIGITS]}"


def shortfalls(
    situation: Situation, allocation: Allocation, routes: Routes
) -> tuple[Shortfall, ...]:
    """Return every need that is not met in full and on time, in the order of the needs.

    What the allocation lacked already keeps the allocation's reason and sentence. What was
    allocated and not carried in time takes the router's reason. A need with both takes the
    reason that explains more pieces, the allocation's if they are equal.
    """
    lacking = {(one.place_code, one.item_code, one.due_at): one for one in allocation.shortfalls}
    undelivered: dict[tuple[str, str], list[Undelivered]] = defaultdict(list)
    for one in routes.undelivered:
        undelivered[one.consignment.place_code, one.consignment.item_code].append(one)
    found: list[Shortfall] = []
    for served in measures.served_needs(situation, routes.vehicle_routes):
        need = served.need
        late = served.late_pieces(situation)
        if late + served.missing_pieces == 0:
            continue
        found.append(
            _shortfall(
                served,
                late,
                lacking.get((need.place_code, need.item_code, need.due_at)),
                undelivered[need.place_code, need.item_code],
            )
        )
    return tuple(found)


def _shortfall(
    served: ServedNeed, late: int, lacking: Shortfall | None, undelivered: Sequence[Undelivered]
) -> Shortfall:
    missing = served.missing_pieces
    lacking_missing = lacking.missing_pieces if lacking else 0
    lacking_short = lacking_missing + lacking.late_pieces if lacking else 0
    # A piece that the allocation had late and that never comes is the routing's loss, too.
    lost = max(missing - lacking_missing, missing + late - lacking_short, 0)
    if lacking is not None and missing + late - lost >= lost:
        reason, because = lacking.reason, lacking.because
    else:
        reason = _main_reason(undelivered)
        because = carried_too_late(
            lost=lost, short=missing + late, undelivered=sum(one.pieces for one in undelivered)
        )
    return Shortfall(
        place_code=served.need.place_code,
        item_code=served.need.item_code,
        due_at=served.need.due_at,
        missing_pieces=missing,
        late_pieces=late,
        reason=reason,
        because=because,
    )


def _main_reason(undelivered: Sequence[Undelivered]) -> ShortfallReason:
    """Return the router's reason for most pieces; `ROUTING` where it names none."""
    pieces: Counter[ShortfallReason] = Counter()
    for one in undelivered:
        pieces[one.reason] += one.pieces
    if not pieces:
        return ShortfallReason.ROUTING
    return max(sorted(pieces), key=lambda reason: pieces[reason])
