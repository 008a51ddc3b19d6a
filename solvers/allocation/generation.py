"""Column generation: solve, price, add, until nothing helps."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from relief.errors import SolverFailed
from solvers.allocation.columns import Columns
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.pricing import Prices, Weights, bound_terms, lower_bound, priced
from solvers.linear import Method
from solvers.stop import Deadline

LEAST_GAIN = 1e-5
"""A column must gain this much a parcel, where the dearest parcel costs 1,000."""

BLUR = 1e-5
"""Share of the deprivation that the solvers' tolerances blur: a gap below it is none."""

MANY_NEW = 3_000
"""New columns from which on a round is solved from the inside: the simplex method would have to
walk far. A few new columns take it a hundredth of the time."""

KEEP_WITHIN = 10.0
"""After a round from the inside, columns with a higher reduced cost are forgotten."""

MOST_STEPS = 1_500
"""Steps of the simplex that some new columns may take in a stage; as a rule it is some hundred, but
among answers that are equally good it may walk for a minute to no end."""

STILL_CLOSE = 0.02
"""Unserved share within which a proof is left as it is once the simplex stands still."""

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
    low
        Of a stage with another objective: what is proven of its value under the limits held.
    """

    answer: MasterAnswer
    bound: int | None
    rounds: int
    complete: bool
    low: float = -math.inf


Told = Callable[[MasterAnswer, int], None]
"""Is told an answer and the bound so far."""


def untold(answer: MasterAnswer, bound: int) -> None:
    """Tell nobody."""
    del answer, bound


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
    told: Told = untold,
    first_by: Deadline | None = None,
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
    told
        Is told of each round.
    first_by
        A later deadline for the first optimum, without which there is nothing; None for the same.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum.
    """
    master.aim(Weights(per_milli_h=1.0))
    answer = master.solve(deadline if first_by is None else first_by)
    proof = _Proof(master, unavoidable)
    rounds, new = 1, 1
    while not proof.is_near(answer, enough_gap) and rounds < MAX_ROUNDS:
        new = proof.price(answer)
        told(answer, proof.bound)
        if not new or not answer.optimal or proof.is_near(answer, enough_gap):
            break
        try:
            answer = _solved_again(master, new, deadline)
        except SolverFailed:
            # Out of time: the last answer stands.
            return Generated(answer=answer, bound=proof.bound, rounds=rounds, complete=False)
        rounds += 1
    told(answer, proof.bound)
    return Generated(answer=answer, bound=proof.bound, rounds=rounds, complete=not new)


def _solved_again(master: RestrictedMaster, new: int, deadline: Deadline) -> MasterAnswer:
    """Return an optimum after some new columns, by the method that suits their number."""
    if new < MANY_NEW:
        return master.solve(deadline)
    try:
        answer = master.solve(deadline, Method.INSIDE)
    except SolverFailed:
        # Unlike the simplex, the interior point method can lose its way in its own tolerances.
        return master.solve(deadline)
    which = (answer.reduced_cost <= KEEP_WITHIN) | (answer.flow_pieces > 0)
    master.keep(which)
    return answer.of_columns(which)


def _walked(master: RestrictedMaster, deadline: Deadline) -> MasterAnswer | None:
    """Return an optimum after some new columns, None where the simplex stands still.

    It stands where it stood before, then.
    """
    marks = master.marks()
    try:
        answer = master.solve(deadline, most_steps=MOST_STEPS)
        if answer.optimal:
            return answer
    except SolverFailed:
        if deadline.has_passed():
            raise
    master.start_from(marks)
    return None


def _low(master: RestrictedMaster, answer: MasterAnswer) -> tuple[float, Columns]:
    """Return what is proven of the stage at an answer's prices, and columns that would help."""
    offer = priced(master.model, answer.prices, LEAST_GAIN)
    terms = bound_terms(master.model, answer.prices, offer.cheapest)
    return math.fsum(np.concatenate([np.ravel(term) for term in terms]).tolist()), offer.columns


def _low_inside(master: RestrictedMaster, deadline: Deadline) -> float:
    """Return what is proven at prices from the middle; where the simplex stands is kept."""
    marks = master.marks()
    try:
        return _low(master, master.solve(deadline, Method.MIDDLE))[0]
    except SolverFailed:
        return -math.inf
    finally:
        master.start_from(marks)


def improved(
    master: RestrictedMaster,
    deadline: Deadline,
    *,
    value: Callable[[MasterAnswer], float],
    enough_gain: float,
    close_by: float = 0.0,
    patience: int = 0,
    unit: float = 1.0,
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
    close_by
        The answer is near enough where it is so little above what is proven.
    patience
        Rounds without gain after which it goes on: one may better what is proven alone.
    unit
        What a unit of the value costs in the stage's objective.
    max_rounds
        How often the model is solved at most.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum.
    """
    answer = master.solve(deadline)
    rounds, idle, least, new = 1, 0, -math.inf, 1
    while answer.optimal:
        low, columns = _low(master, answer)
        least = max(least, low)
        new = master.add(columns)
        if not new or rounds >= max_rounds or value(answer) - least / unit <= close_by:
            break
        try:
            better = _walked(master, deadline)
        except SolverFailed:
            break
        if better is None:
            # Among answers that are equally good: the last optimum stands.
            if close_by and value(answer) - least / unit > STILL_CLOSE:
                least = max(least, _low_inside(master, deadline))
            break
        rounds += 1
        gain = value(answer) - value(better)
        answer = better
        idle = idle + 1 if gain <= enough_gain * abs(value(answer)) else 0
        if idle > patience:
            break
    return Generated(
        answer=answer,
        bound=None,
        rounds=rounds,
        complete=not new,
        low=least / unit,
    )
