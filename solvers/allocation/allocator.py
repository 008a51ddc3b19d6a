"""The allocator: stages over a cautious model, and a bound from one that leaves nothing out."""

from dataclasses import replace
from time import monotonic

import ortools

from relief.errors import SolverFailed
from relief.plan.allocation import Allocation
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
from solvers.allocation.case import AllocationCase, case_of
from solvers.allocation.columns import first_columns
from solvers.allocation.consignments import consigned, whole_sendings
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import BLUR, least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.order_conflicts import keepable_orders
from solvers.allocation.shortfalls import Reasons, deprivation, served_by
from solvers.allocation.stages import ENOUGH_GAP, Staged, staged
from solvers.allocation.trucks import TruckTerms, planned_trucks, relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.bounds import relative_gap
from solvers.stop import Deadline

SOLVER = f"OR-Tools {ortools.__version__} GLOP and HiGHS, column generation"
MILLI = 1000.0

ORDERS_SHARE = 0.3
"""Share of the time in which it is found out which orders can be kept."""


class WindowAllocator:
    """Allocates stock to needs by arrival window, with a proven bound.

    Parameters
    ----------
    limits
        Time and seed. The method draws no random numbers: any seed gives the same answer.
    progress
        Is told of each stage; may raise `relief.errors.Stopped`.
    clock
        The watch for the time limit.

    Notes
    -----
    Two linear models share all code but their truck terms (see `solvers.allocation.trucks`). The
    planned one chooses what moves; the relaxed one, which every plan within the rules satisfies,
    gives the bound.
    """

    def __init__(
        self,
        limits: SolveLimits,
        progress: Progress = silent,
        clock: Clock = monotonic,
    ) -> None:
        self._limits = limits
        self._progress = progress
        self._clock = clock

    def allocate(self, situation: Situation) -> Allocation:
        """Return an allocation. A shortage is part of the answer, never an error.

        Raises
        ------
        SolverFailed
            If the linear solver breaks or the time is up before it has any answer.
        """
        deadline = Deadline.starting_now(self._limits, self._clock)
        if any(isinstance(order, Pin | Force) for order in situation.orders):
            self._tell(0.0, "looking which orders can all be kept")
            kept = keepable_orders(situation, deadline.share(ORDERS_SHARE))
            return replace(self._allocated(kept.situation, deadline), order_slacks=kept.slacks)
        return self._allocated(situation, deadline)

    def _allocated(self, situation: Situation, deadline: Deadline) -> Allocation:
        """Return an allocation for orders that can all be kept."""
        self._tell(0.0, "writing the model")
        case = case_of(situation)
        if not case.num_demands:
            return self._nothing_to_do(deadline)
        relaxed = relaxed_trucks(case)
        arrive_s = relaxed.earliest_s()
        floor = unavoidable_deprivation(case, arrive_s)
        planned = planned_trucks(case)
        called = calls_decided(case, planned, deadline)
        result = staged(
            called,
            planned,
            unavoidable=floor,
            deadline=deadline,
            progress=self._progress,
        )
        bound = self._bound(case, relaxed, floor, result, deadline)
        self._tell(0.95, "rounding to whole packs")
        core = whole_sendings(
            called, result.answer.columns, result.answer.flow_pieces, planned.earliest_s()
        )
        reached = max(bound, deprivation(situation, consigned(case, core)))
        called, full = whole_calls(called, core, arrive_s)
        consignments = consigned(called, full)
        self._tell(1.0, "allocated")
        return Allocation(
            consignments=consignments,
            shortfalls=Reasons(called, arrive_s, consignments).shortfalls(
                served_by(situation, consignments),
            ),
            deprivation_bound_milli_person_h=bound,
            report=self._report(reached, bound, floor, result, deadline),
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

    def _bound(
        self,
        case: AllocationCase,
        relaxed: TruckTerms,
        floor: int,
        result: Staged,
        deadline: Deadline,
    ) -> int:
        """Return the best proven bound that the time allows."""
        if result.first.answer.deprivation_milli_h <= floor * (1 + BLUR) + 1:
            return floor
        self._tell(0.85, "proving a bound")
        master = RestrictedMaster(
            # A plan that cannot keep a pin is a plan all the same.
            model_of(case, relaxed).without_pins(),
            first_columns(case, relaxed),
        )
        try:
            found = least_deprivation(master, deadline, unavoidable=floor, enough_gap=ENOUGH_GAP)
        except SolverFailed:
            return floor
        return max(floor, found.bound or 0)

    def _report(
        self,
        reached: int,
        bound: int,
        floor: int,
        result: Staged,
        deadline: Deadline,
    ) -> SolveReport:
        gap, avoidable_gap = relative_gap(reached, bound), relative_gap(reached, bound, floor)
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
                f"{gap:.2%} of all, {avoidable_gap:.2%} of the avoidable part. "
                f"Worst county short of {max(result.worst, default=0.0):.1%} of its need. "
                f"{result.stages_done} of 4 stages settled (deprivation, fairness, tiers, cost), "
                f"{len(result.answer.columns)} columns."
            ),
        )

    def _tell(self, done_share: float, detail: str) -> None:
        self._progress(ProgressStep(stage="allocation", done_share=done_share, detail=detail))
