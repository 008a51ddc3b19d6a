"""The dispatch plan: trips, shortfalls, what the plan is worth, and its certificate."""

from dataclasses import dataclass, replace
from datetime import datetime

from relief.plan.allocation import Consignment, FairnessProof, Shortfall
from relief.plan.calls import CallDecision
from relief.plan.certificate import Certificate
from relief.plan.loading import LoadingList
from relief.plan.orders import OrderSlack
from relief.plan.outcome import SolveReport
from relief.plan.routes import VehicleRoute
from relief.supply.money import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a plan is worth, stage by stage; smaller is better in each.

    The arithmetic is exact. Deliveries to a place of an item fill the needs there in order of
    due time. A piece that arrives in window *w* counts as arriving at the end of *w*.

    Parameters
    ----------
    deprivation_milli_person_h
        Stage 1: over all pieces of all needs, thousandths of people waiting for a piece times
        the weight of its priority times hours from the due time to the arrival window's end; a
        piece that never comes waits until the horizon and `PlanningPolicy.never_extra` more.
    worst_county_code, worst_unserved_ppm
        Stage 2: the county whose weighted need is left undelivered at the horizon to the largest
        share, and that share in millionths, rounded up. A township counts to its county. Empty
        and 0 without needs.
    tier_g
        Stage 3: grams delivered times the number of the owner's tier.
    cost_fen
        Stage 4: kilometres of all legs, the way home included, and trips, at the planning costs
        of the vehicle class, each leg rounded up to a whole fen; and what is called from
        suppliers, at the terms of their agreements.
    life_saving_milli_person_h
        The part of the deprivation that life-saving needs bear.
    """

    deprivation_milli_person_h: int
    worst_county_code: str
    worst_unserved_ppm: int
    tier_g: int
    cost_fen: int
    life_saving_milli_person_h: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPlan:
    """A plan that can be handed out once it is certified.

    Parameters
    ----------
    plan_id
        Event, start and the first digits of the situation's fingerprint.
    event_code, start_at, situation_fingerprint
        What it is for.
    is_baseline
        Whether the simple method made it because the solver could not.
    consignments
        What was to move.
    vehicle_routes
        What moves.
    shortfalls
        Every need that is not met in full and on time.
    score
        What the plan is worth.
    deprivation_bound_milli_person_h
        Proven lower bound on `Score.deprivation_milli_person_h` of every plan, None where
        nothing is proven.
    allocation_report, routing_report
        What the solvers did.
    certificate
        The verifier's answer, None before verification.
    order_slacks
        What orders ask for and do not get, in the order of `Situation.orders`.
    fairness
        Who is served worst by the allocation, and that it cannot be changed by much; None where
        nobody goes without or nothing is proven.
    calls
        What to do about each agreement, in the order of `Situation.offers`.
    payments
        What each pot pays for the calls, in the order of `Situation.pots`.
    loading_lists
        How each truck whose body is known is loaded, in the order of the trips.
    """

    plan_id: str
    event_code: str
    start_at: datetime
    situation_fingerprint: str
    is_baseline: bool
    consignments: tuple[Consignment, ...]
    vehicle_routes: tuple[VehicleRoute, ...]
    shortfalls: tuple[Shortfall, ...]
    score: Score
    deprivation_bound_milli_person_h: int | None
    allocation_report: SolveReport
    routing_report: SolveReport
    certificate: Certificate | None = None
    order_slacks: tuple[OrderSlack, ...] = ()
    fairness: FairnessProof | None = None
    calls: tuple[CallDecision, ...] = ()
    payments: tuple[Payment, ...] = ()
    loading_lists: tuple[LoadingList, ...] = ()

    def certified(self, certificate: Certificate) -> "DispatchPlan":
        """Return this plan with its certificate."""
        return replace(self, certificate=certificate)
