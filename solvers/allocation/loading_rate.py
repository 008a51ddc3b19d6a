"""What depots bring to their trucks in an hour, as a coupling of the allocation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.allocation.case import AllocationCase, Floats, Ints, Use
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Charge, Charges, Touched, hard
from solvers.allocation.place_limits import open_s
from solvers.allocation.trucks import TruckTerms

GRAMS_PER_KG = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadingRate:
    """What depots can hand out until the end of each window, in kilograms.

    What arrives by the end of a window was loaded before, so that every plan within the rates
    keeps these rows.

    Parameters
    ----------
    case
        The case.
    limit_of_depot
        The rate of each depot, -1 for none; shape (depots,).
    limits
        Kilograms, by rate and window.
    """

    case: AllocationCase
    limit_of_depot: Ints
    limits: Floats
    name: str = "loading rate"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "LoadingRate | None":
        """Return the coupling of a case, None without rates."""
        del terms
        rated = [
            (limit, limit.most_g_per_h)
            for limit in case.situation.depot_limits
            if limit.most_g_per_h is not None
        ]
        if not rated:
            return None
        number = {limit.depot_code: i for i, (limit, _) in enumerate(rated)}
        return cls(
            case=case,
            limit_of_depot=np.array([number.get(code, -1) for code in case.depot_codes]),
            limits=np.array(
                [
                    rate_g / GRAMS_PER_KG * open_s(case, limit, float(end_s)) / 3600
                    for limit, rate_g in rated
                    for end_s in case.window_end_s
                ]
            ),
        )

    @property
    def breach_milli_h(self) -> Floats:
        """No depot hands out more."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return the mass of a piece until its own window and all later ones."""
        case = self.case
        limit = self.limit_of_depot[case.stock_depot[columns.stock]]
        later = np.arange(case.num_windows)[:, None] >= columns.window
        window, column = np.nonzero(later & (limit >= 0))
        return Touched(
            row=limit[column] * case.num_windows + window,
            column=column,
            amount=case.mass_g[case.stock_item[columns.stock[column]]] / GRAMS_PER_KG,
        )

    def at(self, prices: Floats) -> Charges:
        """Return the price of a kilogram of each depot for each window of arrival."""
        of_limit = prices.reshape(-1, self.case.num_windows)
        until = np.flip(np.cumsum(np.flip(of_limit, axis=1), axis=1), axis=1)
        of_depot = np.where(self.limit_of_depot[:, None] >= 0, until[self.limit_of_depot], 0.0)

        def of_use(use: Use) -> Charge:
            mass_kg = self.case.mass_g[use.item] / GRAMS_PER_KG
            return Charge(way=mass_kg * of_depot[:, None, None, :])

        return of_use
