"""Column generation: solve, price, add, until nothing helps."""

from dataclasses import dataclass

from relief.errors import SolverFailed
from solvers.allocation.master import MasterAnswer, RestrictedMaster
from solvers.allocation.pricing import Prices, Weights, lower_bound, priced
from solvers.stop import Deadline

LEAST_GAIN = 1e-5
"""A column must gain this much a parcel, where the dearest parcel costs 1,000."""

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


def least_deprivation(
    master: RestrictedMaster,
    deadline: Deadline,
    *,
    enough_gap: float = 1e-6,
) -> Generated:
    """Minimise the deprivation and prove how far it can be lowered at all.

    Parameters
    ----------
    master
        With first columns in it.
    deadline
        After it no new round begins.
    enough_gap
        Share of the objective within which the bound is near enough.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum.
    """
    case, terms = master.case, master.terms
    master.aim(Weights(deprivation=1.0))
    bound = 0
    best: Prices | None = None
    answer = master.solve(deadline)
    for rounds in range(1, MAX_ROUNDS + 1):
        prices = _in_milli_person_h(answer.prices)
        least_gain = LEAST_GAIN / answer.prices.weights.deprivation
        new = 0
        for trial in [prices] if best is None else [prices, best.mixed(prices, 0.5)]:
            offer = priced(case, terms, trial, least_gain)
            found = lower_bound(case, terms, trial, offer.cheapest)
            new += master.add(offer.columns)
            if best is None or found > bound:
                bound, best = found, trial
        near = answer.deprivation - bound <= enough_gap * answer.deprivation
        if near or not new:
            return Generated(answer=answer, bound=bound, rounds=rounds, complete=not new)
        try:
            answer = master.solve(deadline)
        except SolverFailed:
            break
    return Generated(answer=answer, bound=bound, rounds=rounds, complete=False)


def improved(master: RestrictedMaster, deadline: Deadline, *, max_rounds: int) -> Generated:
    """Solve the present stage, whatever it is, pricing for a number of rounds.

    Raises
    ------
    SolverFailed
        If the time is up before the first optimum.
    """
    answer = master.solve(deadline)
    for rounds in range(1, max_rounds + 1):
        offer = priced(master.case, master.terms, answer.prices, LEAST_GAIN)
        if not master.add(offer.columns):
            return Generated(answer=answer, bound=None, rounds=rounds, complete=True)
        try:
            answer = master.solve(deadline)
        except SolverFailed:
            break
    return Generated(answer=answer, bound=None, rounds=rounds, complete=False)


def _in_milli_person_h(prices: Prices) -> Prices:
    """Return prices of the first stage in its own unit, weight 1 on deprivation."""
    unit = prices.weights.deprivation
    return Prices(
        stock=prices.stock / unit,
        trucks=prices.trucks / unit,
        demand=prices.demand / unit,
        weights=Weights(deprivation=1.0),
    )
