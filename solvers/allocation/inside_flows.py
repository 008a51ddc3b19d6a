"""Flows of an interior point brought within all limits, with as little lost as may be.

A point inside keeps limits only nearly, and flows of a like case may break them by much. What is
least worth the thing that lacks is cut first; then what is still free is given to those who go
without. Both are plain passes over arrays: the flows are no optimum, but they may be counted.
"""

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import Floats
from solvers.allocation.inside_rows import InsideRows

FILLS = 4
"""Times that what is free is given out; each time there is less."""

BLUR = 1e-9
"""Share by which a limit may seem broken for rounding alone."""


def within_limits(
    rows: InsideRows, flows: Floats, reduced: Floats, near: NDArray[np.bool_]
) -> Floats:
    """Return flows within all hard limits.

    Parameters
    ----------
    rows
        The programme.
    flows
        In parcels; shape (flows,).
    reduced
        Reduced costs of all its columns: what is lost where a flow is cut beyond what the prices
        say that its limits are worth.
    near
        Flows that may be raised; shape (flows,).
    """
    kept = _lowered(rows, _cut(rows, flows, _lost(rows, reduced)))
    more = _lowered(rows, _filled(rows, kept, near))
    return more if rows.objective_of(more) < rows.objective_of(kept) else kept


def _lost(rows: InsideRows, reduced: Floats) -> Floats:
    """Return what the loss of a parcel costs beyond what its limits are worth; shape (flows,)."""
    waiting = reduced[rows.missing].reshape(rows.due.shape)
    from_then_on = np.cumsum(waiting[:, ::-1], axis=1)[:, ::-1].ravel()
    lost: Floats = rows.met * from_then_on[rows.row_of] - reduced[: rows.num_flows]
    return lost


def _cut(rows: InsideRows, flows: Floats, lost: Floats) -> Floats:
    """Return flows of which those that are least worth a broken limit are cut."""
    flows = flows.copy()
    limits, hard = rows.every_limit, rows.hard
    over = np.where(hard, rows.uses(flows) - limits * (1 + BLUR), 0.0)
    num = rows.num_stocks
    if num:
        broken = (over[:num] > 0)[rows.stock_of] & (rows.stock_of >= 0) & (flows > 0)
        which = np.flatnonzero(broken)
        stock, taken = rows.stock_of[which], rows.taken[which]
        order = np.lexsort((lost[which] / taken, stock))
        which, stock, taken = which[order], stock[order], taken[order]
        use = flows[which] * taken
        before = np.cumsum(use) - use
        first = np.searchsorted(stock, stock)
        gone = np.clip(over[:num][stock] - (before - before[first]), 0.0, use)
        flows[which] -= gone / taken
    for row in np.flatnonzero(over[num:] > 0).tolist():
        amount = rows.every_border[:, row]
        which = np.flatnonzero((amount > 0) & (flows > 0))
        taken = amount[which]
        order = np.argsort(lost[which] / taken, kind="stable")
        which, taken = which[order], taken[order]
        use = flows[which] * taken
        excess = float(amount @ flows) - limits[num + row]
        gone = np.clip(excess - (np.cumsum(use) - use), 0.0, use)
        flows[which] -= gone / taken
    return np.maximum(flows, 0.0)


def _lowered(rows: InsideRows, flows: Floats) -> Floats:
    """Return flows each lowered as much as the worst of its limits is still broken."""
    use, limits, hard = rows.uses(flows), rows.every_limit, rows.hard
    # A limit of nothing lets nothing pass.
    kept = np.where(
        hard,
        np.minimum(
            1.0, limits / np.where(use > 0, use, np.inf), where=use > 0, out=np.ones_like(use)
        ),
        1.0,
    )
    kept = np.maximum(kept, 0.0)
    return flows * _least(rows, kept)


def _least(rows: InsideRows, share: Floats) -> Floats:
    """Return the least of the shares of the limits that each flow touches."""
    num = rows.num_stocks
    least = np.ones(len(rows.stock_of))
    if num:
        least = np.where(rows.stock_of >= 0, share[:num][rows.stock_of], 1.0)
    for row in np.flatnonzero(share[num:] < 1).tolist():
        touches = rows.every_border[:, row] > 0
        least[touches] = np.minimum(least[touches], share[num + row])
    return least


def _filled(rows: InsideRows, flows: Floats, near: NDArray[np.bool_]) -> Floats:
    """Return the flows and what is free besides, given to those who would go without."""
    limits, hard = rows.every_limit, rows.hard
    for _ in range(FILLS):
        useful = rows.open_parcels(flows)
        # Never more than is missing at the end of any later window as well.
        useful = np.minimum.accumulate(useful[:, ::-1], axis=1)[:, ::-1].ravel()
        free = np.where(hard, np.maximum(limits - rows.uses(flows), 0.0), np.inf)
        may = near * _least(rows, np.where(free > 0, 1.0, 0.0))
        many = np.bincount(rows.row_of, weights=may, minlength=len(useful))
        asked = may * (useful / np.maximum(many, 1.0))[rows.row_of] / rows.met
        for part in (slice(0, rows.num_stocks), slice(rows.num_stocks, len(free))):
            use = rows.uses(asked)
            share = np.ones(len(free))
            short = np.zeros(len(free), dtype=bool)
            short[part] = use[part] > free[part]
            share[short] = free[short] / use[short]
            asked = asked * _least(rows, share)
        flows = flows + asked
    return flows
