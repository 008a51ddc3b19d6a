"""The couplings of a case: stock, truck-hours, orders; see `solvers.allocation.coupling`."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.budget import Budget
from solvers.allocation.case import AllocationCase, Floats, Use
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Charge, Charges, Coupling, Touched, hard
from solvers.allocation.least_calls import LeastCalls
from solvers.allocation.life import GoodOnArrival
from solvers.allocation.loading_rate import LoadingRate
from solvers.allocation.order_limits import Forbidden, Pinned
from solvers.allocation.place_limits import LoadingTime, ReceivingRoom
from solvers.allocation.trucks import TruckTerms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StockLimits:
    """No more than is in stock; a row for each stock, in pieces.

    What is made up counts in its own row and in those of its parts.
    """

    case: AllocationCase
    limits: Floats
    name: str = "stock"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "StockLimits":
        """Return the coupling of a case."""
        del terms
        return cls(case=case, limits=case.stock_pieces.astype(np.float64))

    @property
    def breach_milli_h(self) -> Floats:
        """Nobody can send what is not there."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return an entry for each column, and one for each part of what is made up."""
        case = self.case
        index = np.arange(len(columns))
        part, of_part = np.nonzero(case.drawn_stock[:, None] == columns.stock)
        return Touched(
            row=np.concatenate([columns.stock, case.drawn_part[part]]),
            column=np.concatenate([index, of_part]),
            amount=np.concatenate([np.ones(len(columns)), case.drawn_pieces[part]]),
        )

    def at(self, prices: Floats) -> Charges:
        """Return the price of the stock itself and of the parts that are drawn on."""
        case = self.case
        of_stock = prices.copy()
        np.add.at(of_stock, case.drawn_stock, case.drawn_pieces * prices[case.drawn_part])
        return lambda use: Charge(piece=of_stock[case.stocks_of_item(use.item)][:, None, None])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TruckHours:
    """The accounts of `TruckTerms`, in hours of mean trucks."""

    case: AllocationCase
    terms: TruckTerms
    limits: Floats
    name: str = "trucks"
    on_whole_pieces: bool = False

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "TruckHours":
        """Return the coupling of a case."""
        return cls(case=case, terms=terms, limits=terms.available_h.ravel())

    @property
    def breach_milli_h(self) -> Floats:
        """Nobody can drive longer than there is time."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return which services arrive in time."""
        case, terms = self.case, self.terms
        depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
        arrive_s = terms.arrive_s[depot, columns.service, place]
        offered = terms.group_of[depot, columns.service] >= 0
        in_time: NDArray[np.bool_] = arrive_s <= case.window_end_s[columns.window]
        return offered & in_time

    def touched(self, columns: Columns) -> Touched:
        """Return the hours in the accounts of the window of arrival and of all later ones."""
        case, terms = self.case, self.terms
        item = case.stock_item[columns.stock]
        depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
        service, group = columns.service, terms.group_of[depot, columns.service]
        ends_h = case.window_end_s / 3600
        truckloads = (
            case.mass_g[item] / terms.payload_g[group],
            case.volume_cm3[item] / terms.volume_cm3[group],
        )
        shape = terms.available_h.shape
        rows, cols, values = [], [], []
        for account in range(2):
            at_h = terms.at_h[account, depot, service, place, columns.window]
            own_h = terms.own_h[account, depot, service, place]
            back_h = terms.back_h[account, depot, service, place]
            for later in range(case.num_windows):
                gap_h = ends_h[later] - ends_h[columns.window]
                hours = np.where(gap_h > 0, own_h + np.minimum(back_h, gap_h), at_h)
                counts = np.flatnonzero((gap_h >= 0) & (hours > 0))
                for measure, loads in enumerate(truckloads):
                    where = (np.full(len(counts), measure), np.full(len(counts), account))
                    rows.append(
                        np.ravel_multi_index(
                            (*where, group[counts], np.full(len(counts), later)), shape
                        ),
                    )
                    cols.append(counts)
                    values.append((hours * loads)[counts])
        return Touched(
            row=np.concatenate(rows), column=np.concatenate(cols), amount=np.concatenate(values)
        )

    def at(self, prices: Floats) -> Charges:
        """Return the price of each way: what the hours cost that a piece takes."""
        case, terms = self.case, self.terms
        per_g, per_cm3 = truck_prices(case, terms, prices.reshape(terms.available_h.shape))
        barred = np.where(terms.in_time(case.window_end_s), 0.0, np.inf)

        def of_use(use: Use) -> Charge:
            way = case.mass_g[use.item] * per_g
            way += case.volume_cm3[use.item] * per_cm3
            way += barred
            return Charge(way=way)

        return of_use


def truck_prices(case: AllocationCase, terms: TruckTerms, trucks: Floats) -> tuple[Floats, Floats]:
    """Return what transport costs by mass and by volume.

    Parameters
    ----------
    case, terms
        The model.
    trucks
        Price of an hour in each account; shape as `TruckTerms.available_h`.

    Returns
    -------
    tuple[Floats, Floats]
        Per gram and per cubic centimetre; shape (depots, services, places, windows).
    """
    ends_h = case.window_end_s / 3600
    per_unit = []
    for measure, size in ((0, terms.payload_g), (1, terms.volume_cm3)):
        cost = np.zeros(terms.at_h.shape[1:])
        for account in range(2):
            price = trucks[measure, account] / size[:, None] if terms.num_groups else None
            if price is None or not price.any():
                continue
            of_service = price[terms.group_of]
            cost += of_service[:, :, None, :] * terms.at_h[account]
            for window in range(case.num_windows):
                for later in range(window + 1, case.num_windows):
                    if not of_service[:, :, later].any():
                        continue
                    back_h = np.minimum(terms.back_h[account], ends_h[later] - ends_h[window])
                    cost[..., window] += of_service[:, :, None, later] * (
                        terms.own_h[account] + back_h
                    )
        per_unit.append(cost)
    return per_unit[0], per_unit[1]


Maker = Callable[[AllocationCase, TruckTerms], Coupling | None]

MAKERS: tuple[Maker, ...] = (
    StockLimits.of,
    TruckHours.of,
    Forbidden.of,
    GoodOnArrival.of,
    Pinned.of,
    LeastCalls.of,
    ReceivingRoom.of,
    LoadingTime.of,
    LoadingRate.of,
    Budget.of,
)
"""The couplings that there are, each made where a case has something for it to limit."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllocationModel:
    """What is allocated, by which services, within which limits.

    Parameters
    ----------
    case, terms
        The arrays and the services.
    couplings
        The limits.
    """

    case: AllocationCase
    terms: TruckTerms
    couplings: tuple[Coupling, ...]

    def allowed(self, columns: Columns) -> Columns:
        """Return the columns that every coupling allows."""
        good = np.ones(len(columns), dtype=bool)
        for coupling in self.couplings:
            good &= coupling.allows(columns)
        return columns.taken(np.flatnonzero(good))

    def without_pins(self) -> "AllocationModel":
        """Return the model without what orders ask for; what they forbid stays."""
        return replace(
            self, couplings=tuple(each for each in self.couplings if not isinstance(each, Pinned))
        )


def model_of(case: AllocationCase, terms: TruckTerms) -> AllocationModel:
    """Return the model of a case under given truck terms, with all couplings it needs."""
    made = (maker(case, terms) for maker in MAKERS)
    couplings = tuple(coupling for coupling in made if coupling is not None)
    return AllocationModel(case=case, terms=terms, couplings=couplings)
