"""Calls on suppliers in the model: nothing, or at least what the agreement asks for.

That a call is either nothing or large enough is no linear rule. `solvers.allocation.call_search`
settles for each agreement whether it is shut (its stock counts as 0) or open (a lower limit, the
coupling here). A model without these decisions allows all that any of them allows, so its bound
holds for every plan.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import AllocationCase, Floats, Ints, Use
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Charge, Charges, Touched
from solvers.allocation.trucks import TruckTerms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastCalls:
    """At least the least call of each agreement that is open; a row for each, in pieces."""

    case: AllocationCase
    row_of_stock: Ints
    limits: Floats
    breach_milli_h: Floats
    name: str = "least calls"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "LeastCalls | None":
        """Return the coupling of a case, None where no agreement has been opened."""
        del terms
        if not case.open_calls:
            return None
        row = {offer: number for number, offer in enumerate(case.open_calls)}
        least = least_calls(case)[list(case.open_calls)]
        # Far dearer than any piece can ever help: broken only where calling would do harm.
        dearest = float(case.weight_milli.max(initial=1)) * float(case.wait_h.sum()) + 1.0
        return cls(
            case=case,
            row_of_stock=np.array([row.get(int(offer), -1) for offer in case.stock_offer]),
            limits=-least.astype(np.float64),
            breach_milli_h=np.full(len(least), 50.0 * dearest),
        )

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return minus one for each column with goods of an open agreement."""
        row = self.row_of_stock[columns.stock]
        column = np.flatnonzero(row >= 0)
        return Touched(row=row[column], column=column, amount=np.full(len(column), -1.0))

    def at(self, prices: Floats) -> Charges:
        """Return what a piece is worth for reaching the least call."""
        of_stock = np.where(self.row_of_stock >= 0, -prices[self.row_of_stock], 0.0)

        def of_use(use: Use) -> Charge:
            return Charge(piece=of_stock[self.case.stocks_of_item(use.item)][:, None, None])

        return of_use


def least_calls(case: AllocationCase) -> Ints:
    """Return the least call of each offer in pieces; shape (offers,)."""
    return np.array([offer.least_call_pieces for offer in case.situation.offers], dtype=np.int64)


def called_pieces(case: AllocationCase, of_stock: Floats) -> Floats:
    """Return what is called under each offer, from what is taken of each stock; (offers,)."""
    called = np.zeros(len(case.situation.offers))
    ours = case.stock_offer >= 0
    np.add.at(called, case.stock_offer[ours], of_stock[ours])
    return called


def shut(case: AllocationCase, offers: frozenset[int]) -> AllocationCase:
    """Return the case without any goods of some offers."""
    closed = np.isin(case.stock_offer, sorted(offers))
    return replace(case, stock_pieces=np.where(closed, 0, case.stock_pieces))
