"""Holds what a coupling says to the master, the pricing and the bound against each other."""

import numpy as np
import pytest

from solvers.allocation.case import AllocationCase
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Coupling
from solvers.allocation.trucks import TruckTerms


def every_column(case: AllocationCase, terms: TruckTerms) -> Columns:
    """Return each stock, demand it may serve, window and service, possible or not."""
    parts = [Columns.none()]
    for use in case.uses:
        axes = (
            case.stocks_of_item(use.item),
            case.demands_of_item(use.wanted),
            np.arange(case.num_windows),
            np.arange(terms.group_of.shape[1]),
        )
        stock, demand, window, service = (
            axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")
        )
        parts.append(Columns(stock=stock, demand=demand, window=window, service=service))
    return Columns.joined(*parts)


def assert_consistent(coupling: Coupling, case: AllocationCase, terms: TruckTerms) -> None:
    """Assert that charges are prices times amounts, and infinite just where forbidden."""
    rows = len(coupling.limits)
    assert np.isfinite(coupling.limits).all()
    assert coupling.breach_milli_h.shape == (rows,)
    prices = np.random.default_rng(7).uniform(0.1, 1.0, rows)
    charge_of = coupling.at(prices)
    columns = every_column(case, terms)
    touched = coupling.touched(columns)
    amounts = np.bincount(
        touched.column, weights=touched.amount * prices[touched.row], minlength=len(columns)
    )
    allowed = coupling.allows(columns)
    told = np.zeros(len(columns))
    for use in case.uses:
        charge = charge_of(use)
        stocks, demands = case.stocks_of_item(use.item), case.demands_of_item(use.wanted)
        way = np.broadcast_to(charge.way, (*terms.arrive_s.shape, case.num_windows))
        piece = np.broadcast_to(charge.piece, (len(stocks), len(demands), case.num_windows))
        mine = np.flatnonzero(
            (case.stock_item[columns.stock] == use.item)
            & (case.demand_item[columns.demand] == use.wanted)
        )
        some = columns.taken(mine)
        told[mine] = (
            way[
                case.stock_depot[some.stock],
                some.service,
                case.demand_place[some.demand],
                some.window,
            ]
            + piece[
                np.searchsorted(stocks, some.stock),
                np.searchsorted(demands, some.demand),
                some.window,
            ]
        )
    assert np.array_equal(np.isfinite(told), allowed)
    assert told[allowed] == pytest.approx(amounts[allowed], rel=1e-9)
