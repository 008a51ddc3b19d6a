"""The allocator: stages over a cautious model, and a bound from one that leaves nothing out."""

import logging
from dataclasses import replace
from time import monotonic

from relief.errors import SolverFailed
from relief.plan.allocation import Allocation, FairnessProof
from relief.plan.orders import Force, Pin
from relief.plan.outcome import (
    Clock,
    Progress,
    ProgressStep,
    SolveLimits,
    SolveReport,
    Termination,
    silent,
)
from relief.plan.situation import Situation
from solvers.allocation.call_search import calls_decided, whole_calls
from solvers.allocation.case import AllocationCase, Floats, case_of
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.consignments import consigned, whole_sendings
from solvers.allocation.couplings import model_of
from solvers.allocation.order_conflicts import keepable_orders
from solvers.allocation.proof import Proof, proven, proven_together
from solvers.allocation.shortfalls import Reasons, deprivation, served_by
from solvers.allocation.soonest import soonest_arrivals_s
from solvers.allocation.stages import Settled, Staged, StageRun
from solvers.allocation.townships import Clusters, may_be_clustered
from solvers.allocation.transport_money import with_transport_money
from solvers.allocation.trucks import TruckTerms, planned_trucks, relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.bounds import relative_gap
from solvers.linear import NAME
from solvers.stop import Deadline

SOLVER = f"column generation, {NAME}"
MILLI = 1000.0
PPM = 1_000_000

_LOG = logging.getLogger(__name__)

ORDERS_SHARE = 0.3
"""Share of the time in which it is found out which orders can be kept."""


class WindowAllocator:
    """Allocates stock to needs by arrival window, with a proven bound.

    Parameters
    ----------
    limits
        Time and seed. The method draws no random numbers: any seed gives the same answer.
    progress
        Is told of each stage, with the value reached and the bound; may raise
        `relief.errors.Stopped`.
    clock
        The watch for the time limit.
    pool
        Columns kept from an earlier answer to a like situation, to begin with; afterwards it
        holds those of this one. None to begin afresh each time.

    Notes
    -----
    Two linear models share all code but their truck terms (see `solvers.allocation.trucks`). The
    planned one chooses what moves; the relaxed one, which every plan within the rules satisfies,
    gives the bound. A simple answer comes first, so that there is one whatever the time.
    """

    def __init__(
        self,
        limits: SolveLimits,
        progress: Progress = silent,
        clock: Clock = monotonic,
        pool: ColumnPool | None = None,
    ) -> None:
        self._limits = limits
        self._progress = progress
        self._clock = clock
        self._pool = pool

    def allocate(self, situation: Situation) -> Allocation:
        """Return an allocation. A shortage is part of the answer, never an error.

        If the time is up before the linear model has one, the answer is the greedy one, with the
        bound that needs no model.
        """
        deadline = Deadline.starting_now(self._limits, self._clock)
        if any(isinstance(order, Pin | Force) for order in situation.orders):
            self._tell(0.0, "looking which orders can all be kept")
            try:
                kept = keepable_orders(situation, deadline.share(ORDERS_SHARE))
            except SolverFailed as failure:
                # The model gives up what it must; what lacks is counted in the end.
                _LOG.warning("orders: %s", failure)
                return self._allocated(situation, deadline)
            return replace(self._allocated(kept.situation, deadline), order_slacks=kept.slacks)
        return self._allocated(situation, deadline)

    def _allocated(self, situation: Situation, deadline: Deadline) -> Allocation:
        """Return an allocation for orders that can all be kept."""
        self._tell(0.0, "writing the model")
        case = case_of(situation)
        if not case.num_demands:
            return self._nothing_to_do(deadline)
        relaxed = relaxed_trucks(case)
        floor = unavoidable_deprivation(case, relaxed.earliest_s())
        arrive_s = soonest_arrivals_s(case, relaxed)
        planned = planned_trucks(case)
        pool = ColumnPool() if self._pool is None else self._pool
        # A plan that cannot keep a pin is a plan all the same.
        relaxed_model = model_of(case, relaxed).without_pins()
        clusters = None
        if may_be_clustered(model_of(case, planned)):
            clusters = Clusters.of(case, arrive_s)
        proofs: list[Proof] = []

        def prove(settled: Staged) -> None:
            self._tell(0.6, "proving a bound")
            proofs.append(
                proven(relaxed_model, settled, unavoidable=floor, deadline=deadline, pool=pool)
                if clusters is None
                else proven_together(
                    relaxed_model,
                    clusters,
                    settled,
                    unavoidable=floor,
                    deadline=deadline,
                    pool=pool,
                )
            )

        try:
            called, result = self._staged(
                case,
                planned,
                clusters=clusters,
                floor=floor,
                deadline=deadline,
                pool=pool,
                prove=prove,
            )
        except SolverFailed as failure:
            _LOG.warning("greedy allocation: %s", failure)
            return self._greedy(case, arrive_s, floor, deadline)
        (proof,) = proofs
        self._tell(0.95, "rounding to whole packs")
        columns, flow_pieces = result.answer.columns, result.answer.flow_pieces
        if clusters is not None:
            columns, flow_pieces = clusters.spread(columns, flow_pieces)
        core = whole_sendings(called, columns, flow_pieces, planned.earliest_s())
        reached = max(proof.bound, deprivation(situation, consigned(called, core)))
        called, full = whole_calls(called, core, arrive_s)
        consignments = consigned(called, full)
        self._tell(1.0, "allocated")
        return Allocation(
            consignments=consignments,
            shortfalls=Reasons(called, arrive_s, consignments).shortfalls(
                served_by(situation, consignments),
            ),
            deprivation_bound_milli_person_h=proof.bound,
            report=self._report(
                situation=situation,
                reached=reached,
                bound=proof.bound,
                floor=floor,
                result=result,
                fairness=proof.fairness,
                deadline=deadline,
            ),
            fairness=proof.fairness,
        )

    def _staged(
        self,
        case: AllocationCase,
        planned: TruckTerms,
        *,
        clusters: Clusters | None,
        floor: int,
        deadline: Deadline,
        pool: ColumnPool,
        prove: Settled,
    ) -> tuple[AllocationCase, Staged]:
        """Return the case with its calls decided, and what the stages led to.

        Raises
        ------
        SolverFailed
            If the time is up before the first optimum.
        """
        solved = case
        if clusters is not None:
            solved, planned = clusters.together, clusters.terms(planned)
            floor = unavoidable_deprivation(solved, planned.earliest_s())
        called = calls_decided(solved, planned, deadline)
        run = StageRun(
            with_transport_money(model_of(called, planned)),
            unavoidable=floor,
            deadline=deadline,
            progress=self._progress,
            pool=pool,
        )
        result = run.run(prove)
        if clusters is None:
            return called, result
        return replace(case, stock_pieces=called.stock_pieces, open_calls=called.open_calls), result

    def _greedy(
        self, case: AllocationCase, arrive_s: Floats, floor: int, deadline: Deadline
    ) -> Allocation:
        """Return what a hasty officer would send: the most urgent first, the nearest stock."""
        called, full = whole_calls(case, {}, arrive_s)
        consignments = consigned(called, full)
        served = served_by(case.situation, consignments)
        reached = deprivation(case.situation, consignments)
        self._tell(1.0, "allocated in haste")
        return Allocation(
            consignments=consignments,
            shortfalls=Reasons(called, arrive_s, consignments).shortfalls(served),
            deprivation_bound_milli_person_h=floor,
            report=SolveReport(
                solver="nearest stock first",
                termination=Termination.FEASIBLE,
                objective=reached / MILLI,
                bound=floor / MILLI,
                seconds=deadline.spent_s(),
                seed=self._limits.seed,
                note=(
                    "The time was up before the model had an answer. Weighted person-hours of "
                    "deprivation if everything arrives in its window; the bound counts stock and "
                    "roads alone."
                ),
            ),
        )

    def _nothing_to_do(self, deadline: Deadline) -> Allocation:
        self._tell(1.0, "nothing is needed")
        return Allocation(
            consignments=(),
            shortfalls=(),
            deprivation_bound_milli_person_h=0,
            report=SolveReport(
                solver=SOLVER,
                termination=Termination.OPTIMAL,
                objective=0.0,
                bound=0.0,
                seconds=deadline.spent_s(),
                seed=self._limits.seed,
                note="Nothing is needed.",
            ),
        )

    def _report(
        self,
        *,
        situation: Situation,
        reached: int,
        bound: int,
        floor: int,
        result: Staged,
        fairness: FairnessProof | None,
        deadline: Deadline,
    ) -> SolveReport:
        num_stages = len(situation.policy.stages)
        gap = relative_gap(reached, bound)
        return SolveReport(
            solver=SOLVER,
            termination=Termination.OPTIMAL if reached <= bound else Termination.FEASIBLE,
            objective=reached / MILLI,
            bound=bound / MILLI,
            seconds=deadline.spent_s(),
            seed=self._limits.seed,
            note=(
                "Weighted person-hours of deprivation as far as truck-hours are accounted for; "
                "what is consigned beyond that is left out. The bound covers every plan: gap "
                f"{gap:.2%} of all. {_of_avoidable(reached, bound, floor)}"
                f"{_of_levels(result)}{_of_proof(fairness)}"
                f"{result.stages_done} of {num_stages} stages settled, "
                f"{len(result.answer.columns)} columns."
            ),
        )

    def _tell(self, done_share: float, detail: str) -> None:
        self._progress(ProgressStep(stage="allocation", done_share=done_share, detail=detail))


def _of_avoidable(reached: int, bound: int, floor: int) -> str:
    """Tell how much of the deprivation could be avoided at all, and the gap as a share of that."""
    if reached <= floor:
        return "No number of trucks could avoid any of it. "
    return (
        f"At most {(reached - floor) / reached:.2%} of it could be avoided with as many trucks as "
        f"anybody could wish; of that part the gap is {relative_gap(reached, bound, floor):.0%}. "
    )


def _of_levels(result: Staged) -> str:
    """Tell the levels of fairness in a sentence."""
    if not result.levels:
        return ""
    told = ", ".join(f"{level.unserved_share:.1%}" for level in result.levels)
    price = ""
    if result.fair_milli_h is not None:
        price = (
            f"Serving them better costs the others {result.fair_milli_h / MILLI:,.0f} weighted "
            "person-hours. "
        )
    return (
        f"Unserved shares of the worst-served counties and priorities, level by level: {told}. "
        f"{price}"
    )


def _of_proof(fairness: FairnessProof | None) -> str:
    """Tell in a sentence how much better the worst-served can be served at most."""
    if fairness is None:
        return ""
    name = fairness.priority.name.lower().replace("_", "-")
    return (
        f"County {fairness.county_code} gets {1 - fairness.unserved_ppm / PPM:.1%} of its {name} "
        "need; in no plan with as little deprivation does the worst-served get more than "
        f"{1 - fairness.proven_ppm / PPM:.1%}, proven. "
    )
