"""Column generation: solve, price, add, until nothing helps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from relief.errors import SolverFailed
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.pricing import Prices, Weights, lower_bound, priced
from solvers.linear import Method
from solvers.stop import Deadline

LEAST_GAIN = 1e-5
"""A column must gain this much a parcel, where the dearest parcel costs 1,000."""

BLUR = 1e-5
"""Share of the deprivation that the solvers' tolerances blur: a gap below it is none."""

INSIDE_FROM = 20_000
"""Columns from which on rounds are solved by the interior point method, where one is not enough."""

KEEP_WITHIN, CORNER_WITHIN = 10.0, 1.0
"""Between rounds, and before the last corner, columns with a higher reduced cost are forgotten."""

MAX_ROUNDS = 40
"""Rounds after which a stage is left as it is; far more than were ever seen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generated:
    """The end of a column generation.

    Parameters
    ----------
    answer
        The last optimum over the columns found.
    bound
        Best proven bound on the deprivation, in weighted milli-person-hours; None for a stage
        with another objective.
    rounds
        How often the model was solved.
    complete
        Whether no column of the whole model could improve the answer.
    """

    answer: MasterAnswer
    bound: int | None
    rounds: int
    complete: bool


class _Proof:
    """The best bound on the deprivation so far, and the prices that prove it."""

    def __init__(self, master: RestrictedMaster, unavoidable: int) -> None:
        self._master = master
        self._unavoidable = unavoidable
        self._best: Prices | None = None
        self.bound = unavoidable

    def price(self, answer: MasterAnswer) -> int:
        """Price at an answer, and between it and the best prices; return how many columns came."""
        model = self._master.model
        prices = answer.prices.in_units(answer.prices.weights.per_milli_h)
        least_gain = LEAST_GAIN / answer.prices.weights.per_milli_h
        new, highest = 0, None
        for trial in [prices] if self._best is None else [prices, self._best.mixed(prices, 0.5)]:
            offer = priced(model, trial, least_gain)
            found = lower_bound(model, trial, offer.cheapest)
            new += self._master.add(offer.columns)
            if self._best is None or highest is None or found > highest:
                highest = found
                if self._best is None or found >= self.bound:
                    self._best = trial
        self.bound = max(self.bound, highest or 0)
        return new

    def is_near(self, answer: MasterAnswer, enough_gap: float) -> bool:
        """Return whether the bound is within a share of the avoidable part of the answer."""
        gap = answer.deprivation_milli_h - self.bound
        avoidable = answer.deprivation_milli_h - self._unavoidable
        return gap <= max(1.0, BLUR * answer.deprivation_milli_h, enough_gap * avoidable)


def least_deprivation(
    master: RestrictedMaster,
    deadline: Deadline,
    *,
    unavoidable: int = 0,
    enough_gap: float = 1e-6,
) -> Generated:
    """Minimise the deprivation and prove how far it can be lowered at all.

    Parameters
    ----------
    master
        With first columns in it.
    deadline
        After it no new round begins.
    unavoidable
        A proven bound known before.
    enough_gap
        Share of the avoidable part of the objective within which the bound is near enough.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum.
    """
    master.aim(Weights(per_milli_h=1.0))
    answer, inside = master.solve(deadline), False
    proof = _Proof(master, unavoidable)
    rounds, new = 1, 1
    while not proof.is_near(answer, enough_gap) and rounds < MAX_ROUNDS:
        known = len(master.columns)
        new = proof.price(answer)
        if not new or proof.is_near(answer, enough_gap):
            break
        try:
            if inside:
                _forget(master, answer, known, KEEP_WITHIN)
            answer, inside = _solved(master, deadline)
        except SolverFailed:
            # Out of time: the last answer stands, from the inside or not.
            return Generated(answer=answer, bound=proof.bound, rounds=rounds, complete=False)
        rounds += 1
    if inside:
        answer = _corner(master, answer, deadline)
    return Generated(answer=answer, bound=proof.bound, rounds=rounds, complete=not new)


def _solved(master: RestrictedMaster, deadline: Deadline) -> tuple[MasterAnswer, bool]:
    """Return an optimum by the method that suits the size, and whether it is from the inside."""
    if len(master.columns) > INSIDE_FROM:
        try:
            return master.solve(deadline, Method.INSIDE), True
        except SolverFailed:
            # Unlike the simplex, the interior point method can lose its way in its own tolerances.
            return master.solve(deadline), False
    return master.solve(deadline), False


def _forget(master: RestrictedMaster, answer: MasterAnswer, known: int, within: float) -> None:
    """Forget the columns that an answer finds too dear; `known` is how many it knew."""
    fresh = np.ones(len(master.columns) - known, dtype=bool)
    master.keep(np.concatenate([answer.reduced_cost <= within, fresh]))


def _corner(master: RestrictedMaster, answer: MasterAnswer, deadline: Deadline) -> MasterAnswer:
    """Return a corner near an answer from the inside, or that answer if there is no time."""
    known = len(answer.reduced_cost)
    try:
        _forget(master, answer, known, CORNER_WITHIN)
        return master.solve(deadline)
    except SolverFailed:
        return answer


def improved(
    master: RestrictedMaster,
    deadline: Deadline,
    *,
    value: Callable[[MasterAnswer], float],
    enough_gain: float,
    max_rounds: int = MAX_ROUNDS,
) -> Generated:
    """Solve the present stage, whatever it is, until pricing gains little.

    Parameters
    ----------
    master
        Aimed at the stage.
    deadline
        After it no new round begins.
    value
        The stage's value of an answer.
    enough_gain
        Share of the value: a round that gains less is the last.
    max_rounds
        How often the model is solved at most.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum.
    """
    answer = master.solve(deadline)
    rounds = 1
    while rounds < max_rounds:
        offer = priced(master.model, answer.prices, LEAST_GAIN)
        if not master.add(offer.columns):
            return Generated(answer=answer, bound=None, rounds=rounds, complete=True)
        try:
            better = master.solve(deadline)
        except SolverFailed:
            break
        rounds += 1
        gain = value(answer) - value(better)
        answer = better
        if gain <= enough_gain * abs(value(answer)):
            break
    return Generated(answer=answer, bound=None, rounds=rounds, complete=False)
