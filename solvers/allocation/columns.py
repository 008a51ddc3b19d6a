"""Columns: what may flow. A column is a stock, a demand, an arrival window and a service."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.trucks import TruckTerms

PARCEL_G = 1_000_000.0
PARCEL_CM3 = 4_200_000.0
"""A parcel is the number of pieces that weighs 1 t or fills 4.2 m3, whichever is less. Flows are
measured in parcels inside the models, so that blankets and generators have like numbers."""

GREEDY_SERVICES = 3
"""Services that the greedy flows are offered."""

NEAREST, ENOUGH, MOST = 3, 2, 10
"""Stocks that a demand is offered at first: so many, or as hold so many times its need, but not
more than the last number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Columns of the model, all arrays of shape (columns,).

    Parameters
    ----------
    stock, demand, window, service
        Indices as in `AllocationCase` and `TruckTerms`.
    """

    stock: Ints
    demand: Ints
    window: Ints
    service: Ints

    def __len__(self) -> int:
        return len(self.stock)

    @classmethod
    def none(cls) -> "Columns":
        """Return no columns."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(stock=empty, demand=empty, window=empty, service=empty)

    @classmethod
    def joined(cls, *parts: "Columns") -> "Columns":
        """Return the columns of all parts, in order."""
        return cls(
            stock=np.concatenate([part.stock for part in parts]),
            demand=np.concatenate([part.demand for part in parts]),
            window=np.concatenate([part.window for part in parts]),
            service=np.concatenate([part.service for part in parts]),
        )

    def taken(self, which: Ints) -> "Columns":
        """Return some of the columns, by index."""
        return Columns(
            stock=self.stock[which],
            demand=self.demand[which],
            window=self.window[which],
            service=self.service[which],
        )

    def keys(self, case: AllocationCase, terms: TruckTerms) -> Ints:
        """Return a number for each column that no other column has."""
        services = max(1, terms.group_of.shape[1])
        key = self.stock * max(1, case.num_demands) + self.demand
        keys: Ints = (key * case.num_windows + self.window) * services + self.service
        return keys

    def fresh(self, known: Ints, case: AllocationCase, terms: TruckTerms) -> "Columns":
        """Return the columns whose keys are not among the known, each once, in order of key."""
        keys, first = np.unique(self.keys(case, terms), return_index=True)
        return self.taken(first[~np.isin(keys, known)])


def parcel_pieces(case: AllocationCase) -> Floats:
    """Return the pieces in a parcel of each item; shape (items,)."""
    by_mass = PARCEL_G / np.maximum(case.mass_g, 1.0)
    by_volume = PARCEL_CM3 / np.maximum(case.volume_cm3, 1.0)
    return np.minimum(by_mass, by_volume)


def first_columns(case: AllocationCase, terms: TruckTerms) -> Columns:
    """Return columns to begin with: what a hasty officer would send.

    Each demand is offered the nearest stocks, `NEAREST` of them and as many more as hold `ENOUGH`
    times what it needs; each stock is offered its nearest demands. Besides, stock is given out
    greedily, twice: to the nearest tier first, and to the cheapest way first.
    """
    earliest_s = terms.earliest_s()
    parts = [Columns.none()]
    for use in case.uses:
        stocks, demands = case.stocks_of_item(use.item), case.demands_of_item(use.wanted)
        if not len(stocks) or not len(demands):
            continue
        depots, places = case.stock_depot[stocks], case.demand_place[demands]
        arrive_s = earliest_s[np.ix_(depots, places)]
        near = _near(case, stocks, demands, arrive_s)
        near &= arrive_s <= case.window_end_s[-1]
        row, column = np.nonzero(near)
        window = np.searchsorted(case.window_end_s, arrive_s[row, column])
        parts.append(_quickest(case, terms, stocks[row], demands[column], window))
        parts += _greedy(case, terms, stocks, demands, arrive_s)
    return Columns.joined(*parts)


def _near(case: AllocationCase, stocks: Ints, demands: Ints, arrive_s: Floats) -> NDArray[np.bool_]:
    """Return which stocks and demands of an item are near; shape (stocks, demands)."""
    picked = np.zeros(arrive_s.shape, dtype=bool)
    order = np.argsort(arrive_s, axis=0, kind="stable")
    held = case.stock_pieces[stocks][order]
    before = np.cumsum(held, axis=0) - held
    rank = np.arange(len(stocks))[:, None]
    wanted = ENOUGH * case.demand_pieces[demands].sum(axis=1)
    rows, columns = np.nonzero((rank < NEAREST) | ((before < wanted) & (rank < MOST)))
    picked[order[rows, columns], columns] = True
    near_demand = np.argsort(arrive_s, axis=1, kind="stable")[:, :NEAREST]
    picked[np.arange(len(stocks))[:, None], near_demand] = True
    return picked


def _greedy(
    case: AllocationCase,
    terms: TruckTerms,
    stocks: Ints,
    demands: Ints,
    arrive_s: Floats,
) -> list[Columns]:
    """Return the columns of two greedy allocations of an item: by tier and way, and by way."""
    late_h = case.late_h()
    demand, due = np.nonzero(case.demand_pieces[demands])
    wanted = case.demand_pieces[demands][demand, due]
    # Arcs from each stock to each need; shape (stocks, needs), flattened.
    first = np.searchsorted(case.window_end_s, arrive_s[:, demand])
    window = np.maximum(first, due[None, :])
    late = case.weight_milli[demands[demand]][None, :] * (late_h[due[None, :], window])
    gain = (case.weight_milli[demands[demand]] * late_h[due, -1])[None, :] - late
    tier = np.broadcast_to(case.stock_tier[stocks][:, None], gain.shape)
    possible = np.flatnonzero((gain > 0).ravel() & (first < case.num_windows).ravel())
    way = arrive_s[:, demand].ravel()[possible]
    by_gain = -gain.ravel()[possible]
    found = []
    for keys in ((way, tier.ravel()[possible], by_gain), (way, by_gain)):
        left, open_pieces = case.stock_pieces[stocks].tolist(), wanted.tolist()
        used = []
        for arc in possible[np.lexsort(keys)].tolist():
            stock, need = divmod(arc, len(demand))
            pieces = min(left[stock], open_pieces[need])
            if pieces:
                left[stock] -= pieces
                open_pieces[need] -= pieces
                used.append(arc)
        stock_index, need_index = np.divmod(np.array(used, dtype=np.int64), max(1, len(demand)))
        found.append(
            _quickest(
                case,
                terms,
                stocks[stock_index],
                demands[demand[need_index]],
                window[stock_index, need_index],
                num=GREEDY_SERVICES,
            ),
        )
    return found


def _quickest(
    case: AllocationCase,
    terms: TruckTerms,
    stock: Ints,
    demand: Ints,
    window: Ints,
    *,
    num: int = 1,
) -> Columns:
    """Return columns with the services that arrive first, so many for each, if in time."""
    depot, place = case.stock_depot[stock], case.demand_place[demand]
    offered = np.where(terms.group_of[depot] >= 0, terms.arrive_s[depot, :, place], np.inf)
    parts = []
    for service in np.argsort(offered, axis=1, kind="stable").T[:num]:
        arrive_s = np.take_along_axis(offered, service[:, None], axis=1)[:, 0]
        good = arrive_s <= case.window_end_s[window]
        parts.append(
            Columns(
                stock=stock[good], demand=demand[good], window=window[good], service=service[good]
            )
        )
    return Columns.joined(Columns.none(), *parts)
