"""What is proven of every plan: a bound on the deprivation, and one on the worst-served group.

Both come from the relaxed model, priced over all columns. The second answers whether anybody could
be served better without letting people wait longer: it holds the deprivation at what the plan
reaches and asks how small the worst group's unserved share can be at all.
"""

import math
from dataclasses import dataclass

from relief.errors import SolverFailed
from relief.items import Priority
from relief.plan.allocation import FairnessProof
from relief.plan.policy import Objective, PolicyStage
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.generation import BLUR, least_deprivation
from solvers.allocation.stages import ENOUGH_GAP, FAIR_ENOUGH, RELAXED, Staged, begun, fairest
from solvers.allocation.townships import Clusters, bound_of_all
from solvers.stop import Deadline

PPM = 1_000_000

DUST_PPM = 1e-3
"""Part of a millionth below which a share is noise of the floating point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proven.

    Parameters
    ----------
    bound
        No plan has less deprivation; in weighted milli-person-hours.
    fairness
        The worst-served group and how much better it could be served at most; None where nobody
        goes without, where the policy asks for no fairness, or where the time was up.
    """

    bound: int
    fairness: FairnessProof | None


def proven_together(
    model: AllocationModel,
    clusters: Clusters,
    result: Staged,
    *,
    unavoidable: int,
    deadline: Deadline,
    pool: ColumnPool,
) -> Proof:
    """Prove a bound for all places, with the prices of their clusters.

    Parameters
    ----------
    model
        The relaxed model of all places.
    clusters
        What is taken together.
    result
        What the stages of the planned model of the clusters led to.
    unavoidable
        Weighted milli-person-hours of deprivation that no allocation avoids.
    deadline
        After it nothing more is proven.
    pool
        Where to begin, and where to keep what was found.
    """
    if result.first.answer.deprivation_milli_h <= unavoidable * (1 + BLUR) + 1:
        return Proof(bound=unavoidable, fairness=None)
    together = model_of(clusters.together, clusters.terms(model.terms)).without_pins()
    bound = unavoidable
    try:
        master = begun(together, pool, RELAXED)
        found = least_deprivation(master, deadline, enough_gap=ENOUGH_GAP)
    except SolverFailed:
        return Proof(bound=bound, fairness=None)
    pool.keep(RELAXED, master, found.answer)
    prices = found.answer.prices
    bound = max(bound, bound_of_all(model, prices.in_units(prices.weights.per_milli_h)))
    return Proof(bound=bound, fairness=None)


def proven(
    model: AllocationModel,
    result: Staged,
    *,
    unavoidable: int,
    deadline: Deadline,
    pool: ColumnPool,
) -> Proof:
    """Prove what the time allows.

    Parameters
    ----------
    model
        The relaxed model.
    result
        What the stages of the planned model led to.
    unavoidable
        Weighted milli-person-hours of deprivation that no allocation avoids.
    deadline
        After it nothing more is proven.
    pool
        Where to begin, and where to keep what was found.
    """
    reached = result.first.answer.deprivation_milli_h
    is_least = reached <= unavoidable * (1 + BLUR) + 1
    is_unfair = bool(result.levels) and result.levels[0].unserved_share > FAIR_ENOUGH
    if is_least and not is_unfair:
        return Proof(bound=unavoidable, fairness=None)
    bound = unavoidable
    try:
        master = begun(model, pool, RELAXED)
        found = least_deprivation(master, deadline, unavoidable=unavoidable, enough_gap=ENOUGH_GAP)
        pool.keep(RELAXED, master, found.answer)
        bound = max(bound, found.bound or 0)
        if not is_unfair:
            return Proof(bound=bound, fairness=None)
        # Whoever lets nobody wait longer than this plan does is held by this row.
        most = max(result.answer.deprivation_milli_h, found.answer.deprivation_milli_h)
        master.limit_deprivation(most * (1 + BLUR) + 1.0)
        stage = PolicyStage(objective=Objective.FAIRNESS, levels=1)
        _, (level,) = fairest(master, stage, deadline)
    except SolverFailed:
        return Proof(bound=bound, fairness=None)
    worst = result.levels[0]
    group = worst.groups[0] if worst.groups else level.groups[0] if level.groups else 0
    groups = master.groups
    return Proof(
        bound=bound,
        fairness=FairnessProof(
            county_code=model.case.county_codes[groups.county[group]],
            priority=Priority(int(groups.priority[group])),
            unserved_ppm=math.ceil(worst.unserved_share * PPM - DUST_PPM),
            proven_ppm=max(0, math.floor(level.proven_share * PPM + DUST_PPM)),
        ),
    )
