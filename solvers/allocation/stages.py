"""The stages of the objective, one after the other, each held before the next is looked at.

1. least deprivation, 2. the worst-served counties served best, level by level, 3. nearest tier,
4. least transport cost. A stage is held with a stated slack, so that the next one has room to
move within what rounding and the solver's tolerance blur anyway.
"""

import logging
from dataclasses import dataclass

import numpy as np

from relief.errors import SolverFailed
from relief.plan.outcome import Progress, ProgressStep
from solvers.allocation.bundling import bundled
from solvers.allocation.case import AllocationCase
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import BLUR, Generated, improved, least_deprivation
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.pricing import Weights
from solvers.allocation.trucks import TruckTerms
from solvers.stop import Deadline

_LOG = logging.getLogger(__name__)

SLACK = 1e-3
"""Share of the avoidable deprivation, and of a settled unserved share, that the later stages may
give away."""

TIER_SLACK = 2e-2
"""Share of the gram-tiers that the cost may give away: without it, remnants in every county's
depot are sent on trips of their own before the next full depot is opened."""

TIER_LEAST_G = 1e6
"""Gram-tiers by which that slack is smaller: what saves less than a truck is not given away."""

COST_ROUNDS = 2
"""How often the last stage is solved: the routing settles the cost, and a round is dear."""

ENOUGH_GAP = 2e-3
"""Share of the avoidable deprivation within which the first stage is near enough to its bound."""

FIRST_STAGE_SHARE, STAGES_SHARE = 0.5, 0.6
"""Shares of the time for the first stage, and for all where a bound is still to be proven."""

FAIR_LEVELS = 3
"""How many levels of worst-served counties are settled one after the other."""

FAIR_ENOUGH = 1e-6
"""Unserved share below which a county counts as served."""

BINDS = 1e-7
"""Dual above which a county binds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Staged:
    """What the stages led to.

    Parameters
    ----------
    answer
        The flows.
    first
        The end of the first stage, with its bound under the same terms.
    worst
        The unserved shares of the settled levels, worst first.
    stages_done
        How many of the four stages were settled before the time was up; at least 1.
    """

    answer: MasterAnswer
    first: Generated
    worst: tuple[float, ...]
    stages_done: int


def staged(
    case: AllocationCase,
    terms: TruckTerms,
    *,
    unavoidable: int,
    deadline: Deadline,
    progress: Progress,
) -> Staged:
    """Settle the stages in order.

    Parameters
    ----------
    case, terms
        The model.
    unavoidable
        Weighted milli-person-hours of deprivation that no allocation avoids.
    deadline
        After it the last settled stage stands. Where the first stage shows that a bound is still
        to be proven, the stages leave a share of the time for it.
    progress
        Is told of each stage.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum of the first stage.
    """
    master = RestrictedMaster(model_of(case, terms), first_columns(case, terms))
    first = least_deprivation(
        master,
        deadline.share(FIRST_STAGE_SHARE),
        unavoidable=unavoidable,
        enough_gap=ENOUGH_GAP,
    )
    if first.answer.deprivation_milli_h > unavoidable * (1 + BLUR) + 1:
        deadline = deadline.share(STAGES_SHARE)
    held = first.answer.deprivation_milli_h + SLACK * max(
        0.0, first.answer.deprivation_milli_h - unavoidable
    )
    master.limit_deprivation(held * (1 + 1e-9) + 1.0)
    answer = first.answer
    done: list[str] = ["deprivation"]
    worst: list[float] = []

    def settled(stage: str, done_share: float) -> None:
        done.append(stage)
        progress(ProgressStep(stage="allocation", done_share=done_share, detail=f"{stage} settled"))

    progress(ProgressStep(stage="allocation", done_share=0.4, detail="deprivation settled"))
    try:
        answer, worst = _fairest(master, answer, deadline)
        settled("fairness", 0.6)
        master.aim(Weights(per_tier_g=1.0))
        answer = improved(
            master, deadline, value=lambda found: found.tier_g, enough_gain=TIER_SLACK / 4
        ).answer
        master.limit_tier(answer.tier_g + max(1.0, TIER_SLACK * answer.tier_g - TIER_LEAST_G))
        settled("tiers", 0.7)
        master.aim(Weights(per_fen=1.0))
        answer = improved(
            master,
            deadline,
            value=lambda found: found.cost_fen,
            enough_gain=SLACK,
            max_rounds=COST_ROUNDS,
        ).answer
        settled("cost", 0.8)
        answer = bundled(master, answer, deadline)
    except SolverFailed:
        # Out of time in a later stage: the stages settled so far are an answer.
        _LOG.info("allocation stopped after the stages %s", ", ".join(done))
    return Staged(answer=answer, first=first, worst=tuple(worst), stages_done=len(done))


def _fairest(
    master: RestrictedMaster,
    answer: MasterAnswer,
    deadline: Deadline,
) -> tuple[MasterAnswer, list[float]]:
    """Settle the worst counties' unserved shares, level by level.

    Counties that bind at a level (positive dual) are held at it and leave the next level.

    References
    ----------
    W. Ogryczak, M. Pioro, A. Tomaszewski, Telecommunications network design and max-min
    optimization problem, Journal of Telecommunications and Information Technology 3/2005,
    section 3 (sequential max-min, tests by duals).
    """
    levels: list[float] = []
    if not np.any(answer.missing_pieces[:, -1] > FAIR_ENOUGH):
        return answer, levels
    settled: set[int] = set()
    for _ in range(FAIR_LEVELS):
        master.aim(Weights(), worst=1e3)
        answer = improved(
            master, deadline, value=lambda found: found.worst_share, enough_gain=SLACK
        ).answer
        levels.append(answer.worst_share)
        binding = set(np.flatnonzero(answer.group_dual > BINDS).tolist()) - settled
        if answer.worst_share <= FAIR_ENOUGH or not binding:
            break
        for county in sorted(binding):
            master.settle_group(county, answer.worst_share * (1 + SLACK) + 1e-4)
        settled |= binding
    master.limit_worst(levels[-1] * (1 + SLACK) + 1e-4)
    return answer, levels
