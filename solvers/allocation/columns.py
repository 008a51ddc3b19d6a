"""Columns: what may flow. A column is a stock, a demand, an arrival window and a service."""

from dataclasses import dataclass

import numpy as np

from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.trucks import TruckTerms

PARCEL_G = 1_000_000.0
PARCEL_CM3 = 4_200_000.0
"""A parcel is the number of pieces that weighs 1 t or fills 4.2 m3, whichever is less. Flows are
measured in parcels inside the models, so that blankets and generators have like numbers."""


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


def first_columns(case: AllocationCase, terms: TruckTerms, nearest: int = 4) -> Columns:
    """Return columns to begin with: near stocks for each demand, near demands for each stock.

    Parameters
    ----------
    case, terms
        The model.
    nearest
        How many stocks for each demand, and how many demands for each stock; the largest stock of
        an item is offered to every demand besides. Each pair gets its quickest service, in the
        first window it can reach.
    """
    earliest_s = terms.earliest_s()
    parts = [Columns.none()]
    for item in range(len(case.item_codes)):
        stocks, demands = case.stocks_of_item(item), case.demands_of_item(item)
        if not len(stocks) or not len(demands):
            continue
        depots, places = case.stock_depot[stocks], case.demand_place[demands]
        arrive_s = earliest_s[np.ix_(depots, places)]
        near_demand = np.argsort(arrive_s, axis=0, kind="stable")[:nearest]
        near_stock = np.argsort(arrive_s, axis=1, kind="stable")[:, :nearest]
        picked = np.zeros(arrive_s.shape, dtype=bool)
        picked[near_demand, np.arange(len(demands))[None, :]] = True
        picked[np.arange(len(stocks))[:, None], near_stock] = True
        picked[int(np.argmax(case.stock_pieces[stocks]))] = True
        row, column = np.nonzero(picked & (arrive_s <= case.window_end_s[-1]))
        depot, place = depots[row], places[column]
        offered = np.where(terms.group_of[depot] >= 0, terms.arrive_s[depot, :, place], np.inf)
        parts.append(
            Columns(
                stock=stocks[row],
                demand=demands[column],
                window=np.searchsorted(case.window_end_s, arrive_s[row, column]),
                service=np.argmin(offered, axis=1),
            ),
        )
    return Columns.joined(*parts)
