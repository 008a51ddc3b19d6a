"""What is proven of every plan: a bound on the deprivation, and one on the worst-served group.

Both come from the relaxed model, priced over all columns. The second answers whether anybody could
be served better without letting people wait longer: it holds the deprivation at what the plan
reaches and asks how small the worst group's unserved share can be at all.
"""

import logging
import math
from dataclasses import dataclass

import numpy as np

from relief.errors import SolverFailed
from relief.items import Priority
from relief.plan.allocation import FairnessProof
from relief.plan.policy import Objective, PolicyStage
from solvers.allocation.column_pool import ColumnPool
from solvers.allocation.columns import Columns, first_columns
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.generation import BLUR, least_deprivation
from solvers.allocation.inside import Inside, least_from_inside
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.stages import ENOUGH_GAP, FAIR_ENOUGH, RELAXED, Staged, begun, fairest
from solvers.allocation.townships import Clusters
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.stop import Deadline

PPM = 1_000_000

_LOG = logging.getLogger(__name__)

INSIDE_FROM = 500
"""Demands from which on the relaxed model is solved from the inside; fewer are quicker, and exact,
by the simplex."""

CORNER_GAP = 1e-5
"""Share of the avoidable part to which the simplex goes on from there: fairness is proven at a
corner of which no column is missing."""

CLUSTER_GAP = 1e-2
"""Share of the avoidable part to which clusters are solved where all places come after them."""

ENOUGH_OF_ALL = 8e-3
"""Share of the whole deprivation of all places within which the bound is near enough."""

ENOUGH_AGAIN = 2.4e-3
"""The same where a like case was solved before and the answer is wanted at once."""

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
    try:
        found = least_of_all(model, clusters, unavoidable=unavoidable, deadline=deadline, pool=pool)
    except SolverFailed:
        return Proof(bound=unavoidable, fairness=None)
    return Proof(bound=max(unavoidable, found.bound), fairness=None)


def least_of_all(
    model: AllocationModel,
    clusters: Clusters,
    *,
    unavoidable: int,
    deadline: Deadline,
    pool: ColumnPool,
) -> Inside:
    """Return the least deprivation of all places: of their clusters first, from there on of each.

    Parameters
    ----------
    model
        The relaxed model of all places.
    clusters
        What is taken together.
    unavoidable
        Weighted milli-person-hours of deprivation that no allocation avoids.
    deadline
        After it no new step begins.
    pool
        Where to begin, and where to keep what was found.

    Raises
    ------
    SolverFailed
        If the time is up before anything is solved.
    """
    known = pool.known(RELAXED, model)
    if known is None:
        together = model_of(clusters.together, clusters.terms(model.terms)).without_pins()
        case, terms = together.case, together.terms
        known = clusters.known(
            least_from_inside(
                together,
                first_columns(case, terms),
                deadline,
                unavoidable=unavoidable_deprivation(case, terms.earliest_s()),
                enough_gap=CLUSTER_GAP,
            )
        )
    found = least_from_inside(
        model,
        Columns.none(),
        deadline,
        unavoidable=unavoidable,
        enough_gap=ENOUGH_GAP,
        of_all_gap=ENOUGH_OF_ALL,
        known=known,
    )
    pool.keep_inside(RELAXED, model, found)
    return found


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
        What the stages of the planned model led to so far; later ones keep the deprivation held.
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
        found = _from_inside(model, unavoidable=unavoidable, deadline=deadline, pool=pool)
        if found is None:
            master = begun(model, pool, RELAXED)
            generated = least_deprivation(
                master, deadline, unavoidable=unavoidable, enough_gap=ENOUGH_GAP
            )
            at_corner = generated.answer
            pool.keep(RELAXED, master, at_corner)
            bound = max(bound, generated.bound or 0)
            if not is_unfair:
                return Proof(bound=bound, fairness=None)
        else:
            bound = max(bound, found.bound)
            if not is_unfair:
                return Proof(bound=bound, fairness=None)
            master, at_corner = cornered(
                model, found, unavoidable=unavoidable, deadline=deadline, pool=pool
            )
        # Whoever lets nobody wait longer than this plan does is held by this row.
        most = max(result.held_milli_h, at_corner.deprivation_milli_h)
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


def _from_inside(
    model: AllocationModel, *, unavoidable: int, deadline: Deadline, pool: ColumnPool
) -> Inside | None:
    """Return what `least` does, None where the simplex is to do it."""
    if model.case.num_demands < INSIDE_FROM:
        return None
    try:
        return least(model, unavoidable=unavoidable, deadline=deadline, pool=pool)
    except SolverFailed as failure:
        _LOG.info("by the simplex, not from the inside: %s", failure)
        return None


def least(
    model: AllocationModel, *, unavoidable: int, deadline: Deadline, pool: ColumnPool
) -> Inside:
    """Return the least deprivation of a model from the inside, from the pool if that holds it.

    Parameters
    ----------
    model
        The relaxed model.
    unavoidable
        Weighted milli-person-hours of deprivation that no allocation avoids.
    deadline
        After it no new step begins.
    pool
        Where to begin, and where to keep what was found.

    Raises
    ------
    SolverFailed
        If the time is up before anything is solved.
    """
    known = pool.known(RELAXED, model)
    found = least_from_inside(
        model,
        first_columns(model.case, model.terms) if known is None else Columns.none(),
        deadline,
        unavoidable=unavoidable,
        enough_gap=ENOUGH_GAP,
        of_all_gap=0.0 if known is None else ENOUGH_AGAIN,
        known=known,
    )
    pool.keep_inside(RELAXED, model, found)
    return found


def cornered(
    model: AllocationModel,
    found: Inside,
    *,
    unavoidable: int,
    deadline: Deadline,
    pool: ColumnPool,
) -> tuple[RestrictedMaster, MasterAnswer]:
    """Return a master at a corner near what was found inside, and its answer.

    Parameters
    ----------
    model, found
        The model and its end from the inside.
    unavoidable, deadline, pool
        As in `least`.

    Raises
    ------
    SolverFailed
        If the time is up before the simplex is at a corner.
    """
    kept = pool.columns(RELAXED, model.case)
    columns = Columns.joined(found.columns.taken(np.flatnonzero(found.near)), kept)
    master = RestrictedMaster(model, columns)
    if len(kept):
        pool.lead(RELAXED, master)
    answer = least_deprivation(
        master, deadline, unavoidable=unavoidable, enough_gap=CORNER_GAP
    ).answer
    pool.keep(RELAXED, master, answer)
    return master, answer
