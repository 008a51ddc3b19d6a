"""Planning under uncertain reports: what to send now so that few worlds go badly.

The point plan takes the reported counts for true. The robust one sends in its first windows what
does best over many drawn worlds (`relief.damage.worlds`), counting on being able to decide the
rest once more is known, and keeps the rest of the stock where that is worth most. Both are then
judged on worlds that neither has seen, the same for both (common random numbers).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from relief.damage.needs import Need
from relief.damage.worlds import Worlds
from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits, silent
from relief.plan.situation import Situation
from scenarios.world_needs import WorldNeeds
from solvers.allocation.case import AllocationCase, case_of
from solvers.allocation.couplings import model_of
from solvers.allocation.first_stage import Flows, best_flows
from solvers.allocation.trucks import planned_trucks
from solvers.allocation.two_stage import SentNow, Tail, TwoStageModel, sent_now
from solvers.stop import Deadline

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

POOL_QUANTILES = (0.5, 0.9)
"""Plans for needs at these quantiles give columns besides the point plan's."""
POOL_WORLDS = 3
"""Plans for single worlds that give columns, too."""
TAIL_SHARE = 0.9
MILLI = 1000
DRAWS = 2_000
"""Draws of worlds with replacement for an interval (bootstrap)."""
INTERVAL_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A figure with its 95 % interval over the drawn worlds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStock:
    """Pieces of an item that a depot keeps for what later reports will say."""

    depot_code: str
    item_code: str
    pieces: int


class Basis(StrEnum):
    """What a plan takes for true."""

    REPORTED = "reported"
    """The reported counts; nothing where nobody has reported."""
    LIKELY = "likely"
    """The middle of what is believed of every place: the point estimate."""
    WORLDS = "worlds"
    """Many worlds at once: the robust plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPlan:
    """How a plan fares in worlds that it was not made from.

    Parameters
    ----------
    basis
        What it was made from.
    loss_h
        Weighted person-hours short in each unseen world.
    mean_h, tail_h
        Their mean and 90th percentile.
    over_robust_mean_h, over_robust_tail_h
        By how much these are above the robust plan's, in the same worlds.
    """

    basis: Basis
    loss_h: tuple[float, ...]
    mean_h: Range
    tail_h: Range
    over_robust_mean_h: Range
    over_robust_tail_h: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustStudy:
    """What planning for many worlds changes.

    Parameters
    ----------
    num_known, num_unseen
        Worlds that the robust plan was made from, and worlds that all were judged on.
    seed
        Of the draws.
    num_silent
        Places and indicators of which nobody has reported.
    plans
        One for each `Basis`, in that order.
    needs
        What to plan with: where the robust answer sends more within the first windows than was
        reported to be needed, the need is raised, and its chain says so.
    held
        What the robust answer keeps although the plan on reported counts would send it in the
        first windows.
    """

    num_known: int
    num_unseen: int
    seed: int
    num_silent: int
    plans: tuple[JudgedPlan, ...]
    needs: tuple[Need, ...]
    held: tuple[HeldStock, ...]


def robust_study(
    situation: Situation,
    worlds: Worlds,
    *,
    num_known: int,
    limits: SolveLimits,
    tail: Tail | None = None,
    progress: Progress = silent,
    clock: Clock = monotonic,
) -> RobustStudy:
    """Compare planning on the reports with planning on what may turn out true.

    Parameters
    ----------
    situation
        Its needs are those of `worlds.figures` with each count at the largest drawn, so that every
        need of every world has its place in it.
    worlds
        The first `num_known` are planned with, the others judged on.
    num_known
        At least 2, and fewer than the worlds.
    limits
        Seconds for making both plans; judging comes on top.
    tail
        What the robust plan looks at besides the mean.
    progress
        Hears of the progress; may raise `relief.errors.Stopped`.
    clock
        The watch for the limit.

    Raises
    ------
    relief.errors.SolverFailed
        If the seconds do not suffice for the linear models.
    """

    def starting() -> Deadline:
        return Deadline.starting_now(limits, clock)

    deadline = starting()
    case = case_of(situation)
    terms = planned_trucks(case)
    drawn = WorldNeeds(situation, worlds, case)
    progress(ProgressStep(stage="worlds", done_share=0.0, detail="plans for single worlds"))

    def planned_for(due: Ints) -> Flows:
        return best_flows(model_of(replace(case, demand_pieces=due), terms), deadline)

    reported = planned_for(drawn.reported())
    likely = planned_for(drawn.likely())
    others = [planned_for(drawn.quantile(share, num_known)) for share in POOL_QUANTILES]
    others += [planned_for(drawn.world(number)) for number in range(min(num_known, POOL_WORLDS))]
    model = TwoStageModel(
        model_of(case, terms), (flows.columns for flows in (reported, likely, *others))
    )
    progress(ProgressStep(stage="worlds", done_share=0.2, detail="what to send now"))
    known = [drawn.world(number) for number in range(num_known)]
    robust = model.best_now(known, tail or Tail(), deadline)
    plans = (
        sent_now(reported.columns, reported.flow_pieces),
        sent_now(likely.columns, likely.flow_pieces),
        robust,
    )
    unseen = range(num_known, len(worlds.counts))
    losses = np.zeros((len(plans), len(unseen)))
    for index, number in enumerate(unseen):
        done = 0.4 + 0.6 * index / len(unseen)
        progress(ProgressStep(stage="worlds", done_share=done, detail="unseen worlds"))
        world = drawn.world(number)
        for row, sent in enumerate(plans):
            losses[row, index] = model.deprivation(sent, world, starting()) / MILLI
    return RobustStudy(
        num_known=num_known,
        num_unseen=len(unseen),
        seed=worlds.seed,
        num_silent=sum(not figure.observations for figure in worlds.figures),
        plans=_judged(losses, np.random.default_rng(worlds.seed)),
        needs=drawn.planned_needs(robust),
        held=_held(case, plans[0], robust),
    )


def _held(case: AllocationCase, plain: SentNow, robust: SentNow) -> tuple[HeldStock, ...]:
    """Return what the robust answer leaves in depots that the point plan would empty at once."""
    num = len(case.stock_pieces)
    out = [
        np.bincount(sent.columns.stock, weights=sent.flow_pieces, minlength=num)
        for sent in (plain, robust)
    ]
    kept = np.floor(out[0] - out[1] + 0.5).astype(np.int64)
    by_depot: dict[tuple[str, str], int] = {}
    for stock in np.flatnonzero(kept > 0).tolist():
        key = (
            case.depot_codes[case.stock_depot[stock]],
            case.item_codes[case.stock_item[stock]],
        )
        by_depot[key] = by_depot.get(key, 0) + int(kept[stock])
    return tuple(
        HeldStock(depot_code=depot, item_code=item, pieces=pieces)
        for (depot, item), pieces in sorted(by_depot.items())
    )


def _judged(losses: Floats, rng: np.random.Generator) -> tuple[JudgedPlan, ...]:
    """Return the plans with their losses, shape (plans, worlds), the robust one last."""
    picks = rng.integers(0, losses.shape[1], (DRAWS, losses.shape[1]))
    again = losses[:, picks]
    means, tails = losses.mean(axis=1), np.quantile(losses, TAIL_SHARE, axis=1)
    drawn_means, drawn_tails = again.mean(axis=2), np.quantile(again, TAIL_SHARE, axis=2)
    return tuple(
        JudgedPlan(
            basis=basis,
            loss_h=tuple(losses[row].tolist()),
            mean_h=_range(means[row], drawn_means[row]),
            tail_h=_range(tails[row], drawn_tails[row]),
            over_robust_mean_h=_range(means[row] - means[-1], drawn_means[row] - drawn_means[-1]),
            over_robust_tail_h=_range(tails[row] - tails[-1], drawn_tails[row] - drawn_tails[-1]),
        )
        for row, basis in enumerate(Basis)
    )


def _range(value: float, draws: Floats) -> Range:
    rest = (1 - INTERVAL_SHARE) / 2
    low, high = np.quantile(draws, [rest, 1 - rest])
    return Range(value=float(value), low=float(low), high=float(high))
