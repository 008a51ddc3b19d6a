"""The stages of the objective, one after the other, each held before the next is looked at.

Which stages there are, in what order and with which slack is the policy's; see
`relief.plan.policy`. The slack is what later stages may give away: it gives them room within what
rounding and the solver's tolerance blur anyway.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from relief.errors import SolverFailed
from relief.plan.outcome import Progress, ProgressStep
from relief.plan.policy import Objective, PolicyStage
from solvers.allocation.bundling import bundled
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.fairness import FairLevel
from solvers.allocation.generation import BLUR, Generated, improved, least_deprivation
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.pricing import Weights
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.stop import Deadline

_LOG = logging.getLogger(__name__)

MILLI_PER_PERSON_H = 1_000

TIER_LEAST_G = 1e6
"""Gram-tiers by which that stage's slack is smaller: what saves less than a truck is not given
away."""

COST_ROUNDS = 2
"""How often the last stage is solved: the routing settles the cost, and a round is dear."""

ENOUGH_GAP = 2e-3
"""Share of the avoidable deprivation within which the first stage is near enough to its bound."""

FAIR_ENOUGH = 1e-6
"""Unserved share below which a group counts as served."""

FAIR_CLOSE = 1e-4
"""Unserved share by which a level may be above what is proven."""

FAIR_SLACK = 1e-4
"""Unserved share that a settled group may lose besides the stage's slack. A smaller one was found
to make levels of the solver's own tolerance."""

SOLVED_PER_LEVEL = 4
"""Times that a level is solved, on the average, until all groups that are as badly off are known;
after so many the levels found so far stand."""

BINDS = 1e-7
"""Dual above which a group binds."""

WORST_COST = 1e3
"""What the worst share costs in the stage of fairness."""

PLANNING_PATIENCE, PROVING_PATIENCE = 1, 4
"""Rounds without gain after which a level goes on: in planning, and where it is to be proven."""

GAIN_SHARE = 0.25
"""A round of a stage that gains less than this share of the stage's slack is its last."""

LEAST_GAIN_SHARE = 1e-3
"""The same for a stage without slack."""

_TOLD = {
    Objective.LIFE_SAVING: "life-saving needs",
    Objective.DEPRIVATION: "deprivation",
    Objective.FAIRNESS: "fairness",
    Objective.TIER: "tiers",
    Objective.COST: "cost",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Staged:
    """What the stages led to.

    Parameters
    ----------
    answer
        The flows.
    first
        The end of the stage of deprivation, with its bound under the same terms.
    levels
        The settled levels of fairness, worst first.
    stages_done
        How many stages were settled before the time was up; at least 1.
    held_milli_h
        Weighted milli-person-hours of deprivation up to which later stages may go.
    fair_milli_h
        Weighted milli-person-hours by which fairness raised the deprivation settled before it;
        None where it was settled first, or not at all.
    """

    answer: MasterAnswer
    first: Generated
    levels: tuple[FairLevel, ...]
    stages_done: int
    held_milli_h: float
    fair_milli_h: float | None = None


Settled = Callable[[Staged], None]
"""Is told what was settled once nothing that is to be proven changes any more."""


class StageRun:
    """Settles the stages of a model's policy in order.

    Parameters
    ----------
    model
        The model.
    unavoidable
        Weighted milli-person-hours of deprivation that no allocation avoids.
    deadline
        After it the last settled stage stands.
    progress
        Is told of each stage, with the deprivation and the bound so far.
    pool
        Where to begin, and where to keep what was found.
    """

    def __init__(
        self,
        model: AllocationModel,
        *,
        unavoidable: int,
        deadline: Deadline,
        progress: Progress,
        pool: ColumnPool,
    ) -> None:
        self._unavoidable = unavoidable
        self._whole = self._deadline = deadline
        self._progress = progress
        self._pool = pool
        self._stages = model.case.situation.policy.stages
        self._master = begun(model, pool, PLANNED)
        self._levels: tuple[FairLevel, ...] = ()
        self._first: Generated | None = None
        self._held_milli_h = np.inf
        self._fair_milli_h: float | None = None

    def run(self, settled: Settled) -> Staged:
        """Settle what the time allows.

        Parameters
        ----------
        settled
            Is called once, as soon as deprivation and fairness are: what is proven of them must
            not wait for what transport costs.

        Raises
        ------
        SolverFailed
            If the time is up before the first optimum.
        """
        answer: MasterAnswer | None = None
        done, is_told = 0, False
        for stage in self._stages:
            if answer is not None and not is_told and not self._is_proven_later(done):
                settled(self._staged(answer, done))
                is_told, self._deadline = True, self._whole.share(LAST_SHARE)
            try:
                answer = self._settle(stage)
            except SolverFailed:
                if answer is None:
                    raise
                # Out of time in a later stage: the stages settled so far are an answer.
                _LOG.info("allocation stopped after %d stages", done)
                break
            done += 1
            self._tell(0.3 + 0.5 * done / len(self._stages), f"{_TOLD[stage.objective]} settled")
        if answer is None:
            raise SolverFailed("No time is left for the stage of deprivation.")
        staged = self._staged(answer, done)
        if not is_told:
            settled(staged)
        return staged

    def _is_proven_later(self, done: int) -> bool:
        """Return whether a stage of which something is proven is still to come."""
        later = {stage.objective for stage in self._stages[done:]}
        return bool(later & {Objective.DEPRIVATION, Objective.FAIRNESS})

    def _staged(self, answer: MasterAnswer, done: int) -> Staged:
        if self._first is None:
            raise SolverFailed("No time is left for the stage of deprivation.")
        return Staged(
            answer=answer,
            first=self._first,
            levels=self._levels,
            stages_done=done,
            held_milli_h=self._held_milli_h,
            fair_milli_h=self._fair_milli_h,
        )

    def _tell(self, done_share: float, detail: str) -> None:
        self._progress(ProgressStep(stage="allocation", done_share=done_share, detail=detail))

    def _told(self, answer: MasterAnswer, bound: int) -> None:
        """Tell of a round of the first stage, whose trucks are careful ones."""
        self._progress(
            ProgressStep(
                stage="allocation",
                done_share=0.2,
                detail="least deprivation with careful trucks",
                best_person_h=answer.deprivation_milli_h / MILLI_PER_PERSON_H,
                bound_person_h=bound / MILLI_PER_PERSON_H,
            )
        )

    def _settle(self, stage: PolicyStage) -> MasterAnswer:
        """Settle a stage, hold its value, return the answer."""
        match stage.objective:
            case Objective.DEPRIVATION:
                return self._deprivation(stage)
            case Objective.LIFE_SAVING:
                return self._life_saving(stage)
            case Objective.FAIRNESS:
                return self._fairness(stage)
            case Objective.TIER:
                return self._tiers(stage)
            case Objective.COST:
                return self._cost(stage)

    def _deprivation(self, stage: PolicyStage) -> MasterAnswer:
        master = self._master
        self._first = least_deprivation(
            master,
            self._deadline.share(FIRST_SHARE),
            unavoidable=self._unavoidable,
            enough_gap=ENOUGH_GAP,
            told=self._told,
            first_by=self._whole.share(LAST_SHARE),
        )
        answer = self._first.answer
        if answer.deprivation_milli_h > self._unavoidable * (1 + BLUR) + 1:
            self._deadline = self._deadline.share(STAGES_SHARE)
        self._pool.keep(PLANNED, master, answer)
        reached = answer.deprivation_milli_h
        slack = stage.slack_share * max(0.0, reached - self._unavoidable)
        self._held_milli_h = (reached + slack) * (1 + 1e-9) + 1.0
        master.limit_deprivation(self._held_milli_h)
        return answer

    def _life_saving(self, stage: PolicyStage) -> MasterAnswer:
        master, case = self._master, self._master.case
        master.aim(Weights(per_life_milli_h=1.0))
        answer = improved(
            master,
            self._deadline,
            value=lambda found: found.life_milli_h,
            enough_gain=_gain(stage),
        ).answer
        only = replace(
            case, demand_pieces=np.where(case.life_saving[:, None], case.demand_pieces, 0)
        )
        floor = unavoidable_deprivation(only, master.model.terms.earliest_s())
        slack = stage.slack_share * max(0.0, answer.life_milli_h - floor)
        master.limit_life((answer.life_milli_h + slack) * (1 + 1e-9) + 1.0)
        return answer

    def _fairness(self, stage: PolicyStage) -> MasterAnswer:
        master = self._master
        # What is proven is proven with the relaxed model.
        answer, self._levels = fairest(master, stage, self._deadline, patience=PLANNING_PATIENCE)
        if self._first is not None:
            least = self._first.answer.deprivation_milli_h
            self._fair_milli_h = max(0.0, answer.deprivation_milli_h - least)
        if self._levels:
            rest = self._levels[-1].unserved_share
            master.limit_worst(rest * (1 + stage.slack_share) + FAIR_SLACK)
        return answer

    def _tiers(self, stage: PolicyStage) -> MasterAnswer:
        master = self._master
        master.aim(Weights(per_tier_g=1.0))
        answer = improved(
            master,
            self._deadline,
            value=lambda found: found.tier_g,
            enough_gain=_gain(stage),
        ).answer
        slack = max(1.0, stage.slack_share * answer.tier_g - TIER_LEAST_G)
        master.limit_tier(answer.tier_g + slack)
        return answer

    def _cost(self, stage: PolicyStage) -> MasterAnswer:
        master = self._master
        master.aim(Weights(per_fen=1.0))
        answer = improved(
            master,
            self._deadline,
            value=lambda found: found.cost_fen,
            enough_gain=_gain(stage),
            max_rounds=COST_ROUNDS,
        ).answer
        if stage is self._stages[-1]:
            try:
                return bundled(master, answer, self._deadline)
            except SolverFailed:
                return answer
        master.limit_cost(answer.cost_fen * (1 + stage.slack_share) + 1.0)
        return answer


PLANNED, RELAXED = "planned", "relaxed"
"""Names of the two models in a pool."""


FIRST_SHARE, STAGES_SHARE, LAST_SHARE = 0.5, 0.6, 0.95
"""Shares of the time by which the first stage ends, all stages before something is proven, and
those after it."""


def begun(model: AllocationModel, pool: ColumnPool, name: str) -> RestrictedMaster:
    """Return a master to begin with, from a pool if that holds something of this name."""
    kept = pool.columns(name, model.case)
    if not len(kept):
        return RestrictedMaster(model, first_columns(model.case, model.terms))
    master = RestrictedMaster(model, kept)
    pool.lead(name, master)
    return master


def fairest(
    master: RestrictedMaster,
    stage: PolicyStage,
    deadline: Deadline,
    *,
    patience: int = PROVING_PATIENCE,
) -> tuple[MasterAnswer, tuple[FairLevel, ...]]:
    """Settle the worst groups' unserved shares, level by level.

    Groups that bind at a level (positive dual) are held at it and leave the next level.

    Parameters
    ----------
    master
        With the stages before held.
    stage
        How many levels, with which slack.
    deadline
        After it the levels settled so far stand.
    patience
        Rounds without gain after which a level goes on; fewer prove less.

    Raises
    ------
    SolverFailed
        If the time is up before the first level.

    References
    ----------
    W. Ogryczak, M. Pioro, A. Tomaszewski, Telecommunications network design and max-min
    optimization problem, Journal of Telecommunications and Information Technology 3/2005,
    section 3 (sequential max-min, tests by duals).
    """
    levels: list[FairLevel] = []
    answer: MasterAnswer | None = None
    open_groups = np.ones(master.groups.num, dtype=bool)
    for _ in range(stage.levels * SOLVED_PER_LEVEL):
        master.aim(Weights(), worst=WORST_COST)
        try:
            found = improved(
                master,
                deadline,
                value=lambda given: given.worst_share,
                enough_gain=LEAST_GAIN_SHARE,
                close_by=FAIR_CLOSE,
                patience=patience,
                unit=WORST_COST,
            )
        except SolverFailed:
            if answer is None:
                raise
            break
        answer = found.answer
        binding = np.flatnonzero((answer.group_dual > BINDS) & open_groups)
        held = answer.worst_share * (1 + stage.slack_share) + FAIR_SLACK
        if levels and levels[-1].unserved_share - held <= FAIR_SLACK:
            # Of groups that are served as badly, not all need bind at once.
            levels[-1] = replace(levels[-1], groups=(*levels[-1].groups, *binding.tolist()))
        else:
            levels.append(
                FairLevel(
                    unserved_share=answer.worst_share,
                    proven_share=min(answer.worst_share, max(0.0, found.low)),
                    groups=tuple(binding.tolist()),
                )
            )
        if answer.worst_share <= FAIR_ENOUGH or not len(binding) or len(levels) == stage.levels:
            break
        for group in binding.tolist():
            master.settle_group(group, held)
        open_groups[binding] = False
    if answer is None:
        raise SolverFailed("No time is left for the stage of fairness.")
    return answer, tuple(levels)


def _gain(stage: PolicyStage) -> float:
    return GAIN_SHARE * stage.slack_share or LEAST_GAIN_SHARE
