"""Officers' orders as couplings: what is forbidden has no column, what is pinned has a row.

What orders hold back is not in stock here at all (see `Situation.usable_lots`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.plan.orders import Force, Pin
from relief.plan.orders_met import forced_pieces
from solvers.allocation.case import AllocationCase, Floats, Ints, Use
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Charge, Charges, Touched
from solvers.allocation.trucks import TruckTerms

BREACH_FACTOR = 100.0
"""What a pinned piece that does not come costs, in dearest missing pieces. Pins that could not all
hold have been lowered before (see `solvers.allocation.order_conflicts`), so that this is never
paid but for what the solver's tolerances blur."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forbidden:
    """Ways that orders forbid; no rows.

    Parameters
    ----------
    case
        The case; `AllocationCase.barred` holds them.
    """

    case: AllocationCase
    name: str = "forbidden"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "Forbidden | None":
        """Return the coupling of a case, None where nothing is forbidden."""
        del terms
        return cls(case=case) if case.barred.any() else None

    @property
    def limits(self) -> Floats:
        """No limits."""
        return np.zeros(0)

    @property
    def breach_milli_h(self) -> Floats:
        """No breaches."""
        return np.zeros(0)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return which ways are open."""
        is_open: NDArray[np.bool_] = ~self.case.barred[
            columns.stock, self.case.demand_place[columns.demand]
        ]
        return is_open

    def touched(self, columns: Columns) -> Touched:
        """Return no entries."""
        del columns
        none: Ints = np.zeros(0, dtype=np.int64)
        return Touched(row=none, column=none, amount=np.zeros(0))

    def at(self, prices: Floats) -> Charges:
        """Return that a forbidden way costs more than anybody can pay."""
        del prices

        def of_use(use: Use) -> Charge:
            stocks = self.case.stocks_of_item(use.item)
            places = self.case.demand_place[self.case.demands_of_item(use.wanted)]
            shut = self.case.barred[np.ix_(stocks, places)]
            return Charge(piece=np.where(shut, np.inf, 0.0)[:, :, None])

        return of_use


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pinned:
    """At least so many pieces to a place by a window's end; a row for each.

    Parameters
    ----------
    case
        The case.
    place, item, depot_code, last_window
        Of each row; the depot is empty where any will do; shape (rows,).
    pieces
        At least so many; shape (rows,).
    order_number
        The order that each row belongs to, from 1; a force has a row for each item; (rows,).
    """

    case: AllocationCase
    place: Ints
    item: Ints
    depot_code: tuple[str, ...]
    last_window: Ints
    pieces: Floats
    order_number: Ints
    name: str = "orders"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "Pinned | None":
        """Return the coupling of a case, None where nothing is pinned.

        Pins of what nobody needs there have no row: nothing may be sent beyond the need.
        """
        del terms
        situation = case.situation
        ends = situation.policy.window_ends
        places = {code: index for index, code in enumerate(case.place_codes)}
        items = {code: index for index, code in enumerate(case.item_codes)}
        rows: list[tuple[int, int, str, int, int, int]] = []
        for number, order in enumerate(situation.orders, start=1):
            match order:
                case Pin():
                    wanted, depot = {order.item_code: order.pieces}, order.depot_code
                case Force():
                    wanted, depot = dict(forced_pieces(situation, order)), ""
                case _:
                    continue
            for item_code, pieces in wanted.items():
                if order.place_code in places and item_code in items and pieces > 0:
                    rows.append(
                        (places[order.place_code], items[item_code], depot,
                         ends.index(order.by), pieces, number)
                    )  # fmt: skip
        if not rows:
            return None
        place, item, depots, last, pieces_of, numbers = zip(*rows, strict=True)
        return cls(
            case=case,
            place=np.array(place, dtype=np.int64),
            item=np.array(item, dtype=np.int64),
            depot_code=depots,
            last_window=np.array(last, dtype=np.int64),
            pieces=np.array(pieces_of, dtype=np.float64),
            order_number=np.array(numbers, dtype=np.int64),
        )

    @property
    def limits(self) -> Floats:
        """At least so many: less than none below."""
        return -self.pieces

    @property
    def breach_milli_h(self) -> Floats:
        """More than any need that is not met, yet finite, so that there is always an answer."""
        dearest = float(self.case.weight_milli.max(initial=1)) * float(self.case.late_h().max())
        return np.full(len(self.pieces), BREACH_FACTOR * max(1.0, dearest))

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def _counts(self, row: int, depots: Ints) -> NDArray[np.bool_]:
        """Return whether goods of depots count for a row."""
        if not self.depot_code[row]:
            return np.ones(depots.shape, dtype=bool)
        alike = np.array([code == self.depot_code[row] for code in self.case.depot_codes])
        counts: NDArray[np.bool_] = alike[depots]
        return counts

    def touched(self, columns: Columns) -> Touched:
        """Return minus one for each piece that counts for a row."""
        case = self.case
        place, item = case.demand_place[columns.demand], case.stock_item[columns.stock]
        found = [
            np.flatnonzero(
                (place == self.place[row])
                & (item == self.item[row])
                & (columns.window <= self.last_window[row])
                & self._counts(row, case.stock_depot[columns.stock])
            )
            for row in range(len(self.pieces))
        ]
        return Touched(
            row=np.repeat(np.arange(len(found)), [len(each) for each in found]),
            column=np.concatenate(found),
            amount=-np.ones(sum(len(each) for each in found)),
        )

    def at(self, prices: Floats) -> Charges:
        """Return what a piece that counts for a row is worth, as a charge below zero."""
        case = self.case

        def of_use(use: Use) -> Charge:
            stocks, demands = case.stocks_of_item(use.item), case.demands_of_item(use.wanted)
            piece = np.zeros((len(stocks), len(demands), case.num_windows))
            for row in np.flatnonzero((self.item == use.item) & (prices > 0)).tolist():
                here = case.demand_place[demands] == self.place[row]
                counts = self._counts(row, case.stock_depot[stocks])[:, None] & here[None, :]
                piece[:, :, : int(self.last_window[row]) + 1] -= prices[row] * counts[:, :, None]
            return Charge(piece=piece)

        return of_use
