"""What it costs to believe a report that is false, or to doubt one that is true."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from relief.damage.assessment import Figure
from relief.damage.needs import Estimate
from relief.damage.worlds import Worlds
from relief.plan.outcome import Clock, SolveLimits
from relief.plan.situation import Situation
from scenarios.world_needs import WorldNeeds
from solvers.allocation.case import case_of
from solvers.allocation.couplings import model_of
from solvers.allocation.first_stage import best_flows
from solvers.allocation.trucks import planned_trucks
from solvers.allocation.two_stage import TwoStageModel, sent_now
from solvers.stop import Deadline

TRUE, FALSE = 0, 1
MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """Person-hours lost by the wrong belief, decided anew after the first windows.

    Parameters
    ----------
    if_true_h, if_false_h
        Weighted person-hours short with the right belief, the report being true and false.
    believed_though_false_h, doubted_though_true_h
        What the wrong belief costs on top.
    """

    if_true_h: float
    if_false_h: float
    believed_though_false_h: float
    doubted_though_true_h: float


def two_worlds(believed: Sequence[Figure], doubted: Sequence[Figure]) -> Worlds:
    """Return two worlds: counts with a report, and counts as if it had not come.

    Parameters
    ----------
    believed, doubted
        The figures of either assessment, at the level of the plan.
    """
    counts = [
        {(figure.place_code, figure.indicator): figure.estimate.likely for figure in figures}
        for figures in (believed, doubted)
    ]
    by_key = {(figure.place_code, figure.indicator): figure for figure in (*doubted, *believed)}
    keys = sorted(by_key)
    return Worlds(
        figures=tuple(by_key[key] for key in keys),
        counts=np.array([[world.get(key, 0) for key in keys] for world in counts], dtype=np.int64),
        seed=0,
    )


def largest_counts(worlds: Worlds) -> tuple[Figure, ...]:
    """Return the figures with the largest count of all worlds, at least one."""
    largest = np.maximum(worlds.counts.max(axis=0), 1).tolist()
    return tuple(
        replace(
            figure,
            estimate=Estimate(
                low=min(figure.estimate.low, most),
                likely=most,
                high=max(figure.estimate.high, most),
            ),
        )
        for figure, most in zip(worlds.figures, largest, strict=True)
    )


def regret(
    situation: Situation,
    worlds: Worlds,
    *,
    limits: SolveLimits,
    clock: Clock = monotonic,
) -> Regret:
    """Return what the wrong belief about a report costs.

    Parameters
    ----------
    situation
        With the needs of `largest_counts`.
    worlds
        From `two_worlds`.
    limits
        Seconds for each of the plans and judgements.
    clock
        The watch for them.

    Raises
    ------
    relief.errors.SolverFailed
        If the seconds do not suffice.
    """
    case = case_of(situation)
    terms = planned_trucks(case)
    drawn = WorldNeeds(situation, worlds, case)

    def starting() -> Deadline:
        return Deadline.starting_now(limits, clock)

    flows = [
        best_flows(model_of(replace(case, demand_pieces=drawn.world(world)), terms), starting())
        for world in (TRUE, FALSE)
    ]
    model = TwoStageModel(model_of(case, terms), (each.columns for each in flows))
    sent = [sent_now(each.columns, each.flow_pieces) for each in flows]
    loss_h = [
        [model.deprivation(plan, drawn.world(world), starting()) / MILLI for world in (TRUE, FALSE)]
        for plan in sent
    ]
    return Regret(
        if_true_h=loss_h[TRUE][TRUE],
        if_false_h=loss_h[FALSE][FALSE],
        believed_though_false_h=loss_h[TRUE][FALSE] - loss_h[FALSE][FALSE],
        doubted_though_true_h=loss_h[FALSE][TRUE] - loss_h[TRUE][TRUE],
    )
