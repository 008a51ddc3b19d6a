"""What goods must have left of their life when they arrive, as a coupling of the allocation."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import AllocationCase, Floats, Ints, Use
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Charge, Charges, Touched
from solvers.allocation.trucks import TruckTerms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoodOnArrival:
    """Nothing arrives in a window at whose end it is not good for long enough any more; no rows."""

    case: AllocationCase
    limits: Floats = field(default_factory=lambda: np.zeros(0))
    name: str = "life"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "GoodOnArrival | None":
        """Return the coupling of a case, None where everything is good beyond the last window."""
        del terms
        return cls(case=case) if np.isfinite(case.stock_good_s).any() else None

    @property
    def breach_milli_h(self) -> Floats:
        """No rows, no breaches."""
        return np.zeros(0)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return which columns bring goods that are still good."""
        return self.case.keeps(columns.stock, columns.window)

    def touched(self, columns: Columns) -> Touched:
        """Return nothing."""
        del columns
        nothing: Ints = np.zeros(0, dtype=np.int64)
        return Touched(row=nothing, column=nothing, amount=np.zeros(0))

    def at(self, prices: Floats) -> Charges:
        """Return what keeps goods from windows in which they come too late."""
        del prices
        case = self.case
        windows = np.arange(case.num_windows)

        def of_use(use: Use) -> Charge:
            stocks = case.stocks_of_item(use.item)
            keeps = case.keeps(stocks[:, None], windows[None, :])
            return Charge(piece=np.where(keeps, 0.0, np.inf)[:, None, :])

        return of_use
