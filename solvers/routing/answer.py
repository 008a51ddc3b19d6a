"""From timelines to the answer of a router: routes, what is left, and what it is worth."""

from collections.abc import Sequence

from relief.plan.allocation import Allocation, ShortfallReason
from relief.plan.calls import calls_fen
from relief.plan.outcome import SolveReport, Termination
from relief.plan.routes import Routes, Undelivered
from relief.plan.situation import Situation
from solvers.routing.construction import driven_pieces
from solvers.routing.convoys import waiting
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet
from solvers.routing.laid_down import LAID_DOWN_TIMES
from solvers.routing.paying import payable
from solvers.routing.schedule import vehicle_routes
from solvers.routing.spoiling import unspoilt
from solvers.routing.timeline import PlannedTrip, Timeline

NOTE = (
    "Weighted thousandths of person-hours lost because trucks come late or not at all, "
    "of what was allocated; no bound is proven."
)
ORDERS_NOTE = f" What is laid down by order counts {LAID_DOWN_TIMES} times the dearest goods."


def lost(demand: Demand, timelines: Sequence[Timeline]) -> int:
    """Return the deprivation of all portions under the timelines.

    Returns
    -------
    int
        Weighted thousandths of person-hours that pieces arrive after they are due; pieces that
        no truck carries never arrive.
    """
    total = 0
    for timeline in timelines:
        for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
            for drop, end_s in zip(trip.drops, ends_s, strict=True):
                window = demand.window_of(end_s)
                total += sum(demand.cost_of(load.lines, window) for load in drop)
    carried = driven_pieces(demand, timelines).tolist()
    for portion, pieces in zip(demand.portions, carried, strict=True):
        total += (portion.pieces - pieces) * demand.delay_cost(portion, None)
    return total


def answer(
    situation: Situation,
    allocation: Allocation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    *,
    solver: str,
    termination: Termination,
    seconds: float,
    seed: int,
) -> Routes:
    """Return the routes of the timelines with every undelivered piece and its reason.

    Where depots or places have limits, trucks wait for them (`solvers.routing.pacing`); what would
    not be good any more then stays behind, and so does what no pot can pay for.
    """
    cost_fen = calls_fen(situation, allocation.consignments)
    timelines, given_up = kept_good(situation, demand, fleet, timelines, cost_fen)
    return Routes(
        vehicle_routes=vehicle_routes(situation, demand, fleet, timelines),
        undelivered=_undelivered(allocation, demand, fleet, timelines, given_up),
        report=SolveReport(
            solver=solver,
            termination=termination,
            objective=float(lost(demand, timelines)),
            bound=None,
            seconds=seconds,
            seed=seed,
            note=NOTE + (ORDERS_NOTE if situation.orders else ""),
        ),
    )


def kept_good(
    situation: Situation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    calls_fen: int,
) -> tuple[Sequence[Timeline], frozenset[int]]:
    """Return timelines that keep all limits, and the portions given up for want of money.

    They wait where places have limits, bring nothing that is not good any more, and can be paid.
    """
    given_up: frozenset[int] = frozenset()
    while True:
        timelines = waiting(situation, demand, fleet, timelines)
        kept = unspoilt(demand, fleet, timelines)
        paid = payable(situation, demand, fleet, kept, calls_fen)
        given_up |= paid.given_up
        if [one.trips for one in paid.timelines] == [one.trips for one in timelines]:
            return timelines, given_up
        timelines = paid.timelines


def _undelivered(
    allocation: Allocation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    given_up: frozenset[int],
) -> tuple[Undelivered, ...]:
    left = [consignment.pieces for consignment in allocation.consignments]
    carried = driven_pieces(demand, timelines).tolist()
    number_of: dict[int, int] = {}
    for number, (portion, pieces) in enumerate(zip(demand.portions, carried, strict=True)):
        left[portion.consignment] -= pieces
        number_of[portion.consignment] = number
    reasons: dict[tuple[int, int, int, int, bool], ShortfallReason] = {}
    unpaid = {demand.portions[number].consignment for number in given_up}
    undelivered = []
    for consignment, (given, pieces) in enumerate(zip(allocation.consignments, left, strict=True)):
        if pieces == 0:
            continue
        portion = demand.portions[number_of[consignment]]
        size = (portion.piece_g, portion.piece_cm3)
        key = (portion.depot, portion.place, *size, portion.cargo.needs_cooling)
        if key not in reasons:
            reasons[key] = _reason(demand, fleet, number_of[consignment])
        reason = ShortfallReason.MONEY if consignment in unpaid else reasons[key]
        undelivered.append(Undelivered(consignment=given, pieces=pieces, reason=reason))
    return tuple(undelivered)


def _reason(demand: Demand, fleet: Fleet, number: int) -> ShortfallReason:
    """Return why a portion stays behind.

    Without a road no truck helps. If some truck could bring one piece within the horizon, were
    it free, then the trucks are too few; if not, no truck is large or near enough.
    """
    portion = demand.portions[number]
    if not fleet.has_road(portion.depot, portion.place):
        return ShortfallReason.NO_ROAD
    trip = PlannedTrip(
        depots=(portion.depot,),
        drops=((demand.load(portion.depot, portion.place, ((number, 1),)),),),
    )
    tried: set[tuple[int, int, int, int]] = set()
    for truck in fleet.trucks:
        kind = fleet.classes[truck.kind]
        sort = (truck.kind, truck.base, truck.num_drivers, truck.ready_s)
        if sort in tried or kind.payload_g < portion.piece_g:
            continue
        if portion.cargo.needs_cooling and not kind.is_cooled:
            continue
        tried.add(sort)
        if kind.volume_cm3 < portion.piece_cm3:
            continue
        ends_s = Timeline(fleet, truck).append(trip)
        if ends_s is not None and demand.window_of(ends_s[0]) is not None:
            return ShortfallReason.TRUCKS
    return ShortfallReason.COOLING if portion.cargo.needs_cooling else ShortfallReason.ROUTING
