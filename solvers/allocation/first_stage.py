"""The first stage of a situation alone: the least deprivation, its prices, and its proof.

It is what a change to a situation is judged by before anything is routed: solved to a small gap, so
that the difference of two of them is a difference of the situations and not of the solvers. A
situation that differs little from one that was solved starts from that one's columns.
"""

from dataclasses import dataclass

import numpy as np

from relief.plan.orders import Force, Pin
from relief.plan.situation import Situation
from solvers.allocation.case import AllocationCase, Floats, case_of
from solvers.allocation.column_pool import demand_names, in_case, stock_names
from solvers.allocation.columns import Columns, first_columns
from solvers.allocation.couplings import AllocationModel, model_of
from solvers.allocation.generation import Generated, least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.order_conflicts import keepable_orders
from solvers.allocation.pricing import Prices
from solvers.allocation.trucks import planned_trucks, relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.stop import Deadline

CLOSE_GAP = 1e-5
"""Share of the avoidable deprivation within which the optimum is found."""

NEAR_GAP = 1e-3
"""The same where it is the flows that matter, not their worth."""

KEPT_COST = 10.0
"""Columns with a higher reduced cost are not carried over; the dearest parcel costs 1,000."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """Columns of a case and what flows on them in its optimum; pieces, shape (columns,)."""

    columns: Columns
    flow_pieces: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstStage:
    """The least deprivation of a situation under cautious truck-hours.

    Parameters
    ----------
    model
        The model.
    generated
        Flows, prices and bound.
    unavoidable_milli_h
        Weighted milli-person-hours that no number of trucks avoids.
    """

    model: AllocationModel
    generated: Generated
    unavoidable_milli_h: int

    @property
    def case(self) -> AllocationCase:
        """The situation as arrays."""
        return self.model.case

    @property
    def reached_milli_h(self) -> float:
        """The least deprivation found, in weighted milli-person-hours."""
        return self.generated.answer.deprivation_milli_h

    @property
    def bound_milli_h(self) -> float:
        """What no allocation of the model can do better than."""
        bound = self.generated.bound
        return float(max(self.unavoidable_milli_h, bound or 0))

    def flows(self) -> Flows:
        """Return what flows."""
        answer = self.generated.answer
        used = np.flatnonzero(answer.flow_pieces > 0)
        return Flows(columns=answer.columns.taken(used), flow_pieces=answer.flow_pieces[used])

    def prices(self) -> Prices:
        """Return the prices in weighted milli-person-hours."""
        prices = self.generated.answer.prices
        return prices.in_units(prices.weights.per_milli_h)


def first_stage(
    situation: Situation, deadline: Deadline, start: FirstStage | None = None
) -> FirstStage:
    """Solve the first stage of a situation.

    Parameters
    ----------
    situation
        The situation.
    deadline
        After it no new round begins.
    start
        The first stage of a situation that differs little: its useful columns are begun with.

    Raises
    ------
    relief.errors.SolverFailed
        If the time is up before the first optimum.

    Notes
    -----
    Pins that cannot all be kept are lowered first, as in the whole allocation.
    """
    if any(isinstance(order, Pin | Force) for order in situation.orders):
        situation = keepable_orders(situation, deadline).situation
    case = case_of(situation)
    terms = planned_trucks(case)
    model = model_of(case, terms)
    floor = unavoidable_deprivation(case, relaxed_trucks(case).earliest_s())
    begin = first_columns(case, terms) if start is None else carried_over(start, model)
    return _solved(model, begin, deadline, unavoidable=floor, enough_gap=CLOSE_GAP)


def best_flows(model: AllocationModel, deadline: Deadline) -> Flows:
    """Return the flows of the least deprivation of a model.

    Raises
    ------
    relief.errors.SolverFailed
        If the time is up before the first optimum.
    """
    begin = first_columns(model.case, model.terms)
    return _solved(model, begin, deadline, unavoidable=0, enough_gap=NEAR_GAP).flows()


def _solved(
    model: AllocationModel,
    begin: Columns,
    deadline: Deadline,
    *,
    unavoidable: int,
    enough_gap: float,
) -> FirstStage:
    master = RestrictedMaster(model, begin)
    generated = least_deprivation(master, deadline, unavoidable=unavoidable, enough_gap=enough_gap)
    return FirstStage(model=model, generated=generated, unavoidable_milli_h=unavoidable)


def carried_over(start: FirstStage, model: AllocationModel) -> Columns:
    """Return the useful columns of a first stage as columns of another situation's model.

    Stocks are known by their lots, demands by place, item and weight. What the other situation does
    not have or allow is left out.
    """
    answer = start.generated.answer
    useful = np.flatnonzero((answer.flow_pieces > 0) | (answer.reduced_cost <= KEPT_COST))
    old = start.case
    columns, _ = in_case(
        stock_names(old), demand_names(old), answer.columns.taken(useful), model.case
    )
    num_services = model.terms.group_of.shape[1]
    return model.allowed(columns.taken(np.flatnonzero(columns.service < num_services)))
