"""At the margin: what one more piece would take at a place, and what one more of a thing is worth.

Read off the prices of a first stage. Prices of a linear model are one-sided and not unique, so
they only say where to look: what is said of a change is worked out by solving again.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from relief.supply.fleet import VehiclePool
from solvers.allocation.case import Floats, Use
from solvers.allocation.couplings import StockLimits, TruckHours
from solvers.allocation.first_stage import FirstStage
from solvers.allocation.trucks import pools_of_groups

AS_GOOD_SHARE = 1e-3
"""Part of the best worth that another depot may lack and be as good."""

BLUR_PIECES = 1e-6
"""Pieces that the solver's tolerances blur."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalWay:
    """The cheapest way in which one more piece could come to a place.

    Parameters
    ----------
    depot_code
        From where.
    window
        In which arrival window.
    parts
        What it would take of others, in weighted milli-person-hours: the name of each scarce thing
        (`Coupling.name`) and its share, the largest first; only what is above zero.
    worth
        What the piece would be worth there, in the same unit.
    """

    depot_code: str
    window: int
    parts: tuple[tuple[str, float], ...]
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StockWorth:
    """What one more piece of an item in a depot is worth, in weighted milli-person-hours."""

    item_code: str
    depot_code: str
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckWorth:
    """What one more truck beside some pools is worth, in weighted milli-person-hours."""

    pools: tuple[VehiclePool, ...]
    worth: float


class Margins:
    """What the prices of a first stage say.

    Parameters
    ----------
    stage
        The first stage.
    """

    def __init__(self, stage: FirstStage) -> None:
        self._stage = stage
        self._prices = stage.prices()
        self._charges = [
            (coupling, coupling.at(of_rows))
            for coupling, of_rows in zip(stage.model.couplings, self._prices.couplings, strict=True)
        ]

    def way_to(self, place_code: str, item_code: str, window: int) -> MarginalWay | None:
        """Return the cheapest way for one more piece by a window's end, None if there is none."""
        case = self._stage.case
        if place_code not in case.place_codes or item_code not in case.item_codes:
            return None
        if not self._stage.model.terms.group_of.size:
            return None
        item = case.item_codes.index(item_code)
        here = case.demand_place == case.place_codes.index(place_code)
        demands = np.flatnonzero(here & (case.demand_item == item))
        best: MarginalWay | None = None
        cost_of_best = np.inf
        for use in case.uses:
            if use.wanted != item:
                continue
            mine = np.flatnonzero(np.isin(case.demands_of_item(item), demands))
            total, parts = self._ways(use)
            # By the window's end, on the cheapest service; shape (stocks, demands, windows).
            costs = total[:, mine, : window + 1]
            if not costs.size or not np.isfinite(costs.min()):
                continue
            at = np.unravel_index(int(np.argmin(costs)), costs.shape)
            if costs[at] >= cost_of_best:
                continue
            cost_of_best = float(costs[at])
            stock = int(case.stocks_of_item(use.item)[at[0]])
            shares = [
                (name, float(part[at[0], mine[at[1]], at[2]])) for name, part in parts.items()
            ]
            best = MarginalWay(
                depot_code=case.depot_codes[int(case.stock_depot[stock])],
                window=int(at[2]),
                parts=tuple(
                    sorted(
                        ((name, share) for name, share in shares if share > 0),
                        key=lambda one: -one[1],
                    )
                ),
                worth=float(self._prices.demand[case.demands_of_item(item)[mine[at[1]]], at[2]]),
            )
        return best

    def scarcest(self, item_code: str) -> MarginalWay | None:
        """Return the cheapest way for one more piece to where most are missing, if there is one."""
        case = self._stage.case
        if item_code not in case.item_codes:
            return None
        missing = self._stage.generated.answer.missing_pieces.max(axis=1)
        missing = np.where(case.demand_item == case.item_codes.index(item_code), missing, -1.0)
        if missing.max(initial=-1.0) <= BLUR_PIECES:
            return None
        place = case.place_codes[int(case.demand_place[int(np.argmax(missing))])]
        return self.way_to(place, item_code, case.num_windows - 1)

    def from_depots(
        self, place_code: str, item_code: str, window: int
    ) -> tuple[tuple[str, float], ...]:
        """Return what a piece takes of others from each depot, the least first.

        Returns
        -------
        tuple[tuple[str, float], ...]
            Code of the depot, and weighted milli-person-hours; depots with the same goods that
            could bring them by the window's end.
        """
        case = self._stage.case
        if place_code not in case.place_codes or item_code not in case.item_codes:
            return ()
        if not self._stage.model.terms.group_of.size:
            return ()
        item = case.item_codes.index(item_code)
        use = next(each for each in case.uses if each.item == each.wanted == item)
        here = case.demand_place[case.demands_of_item(item)] == case.place_codes.index(place_code)
        costs = self._ways(use)[0][:, here, : window + 1]
        if not costs.size:
            return ()
        least: dict[str, float] = {}
        for stock, cost in zip(
            case.stocks_of_item(item).tolist(), costs.min(axis=(1, 2)).tolist(), strict=True
        ):
            code = case.depot_codes[int(case.stock_depot[stock])]
            least[code] = min(cost, least.get(code, np.inf))
        known = [(code, cost) for code, cost in least.items() if np.isfinite(cost)]
        return tuple(sorted(known, key=lambda one: (one[1], one[0])))

    def _ways(self, use: Use) -> tuple[Floats, dict[str, Floats]]:
        """Return the cost of each way by its cheapest service, and its parts.

        Returns
        -------
        tuple[Floats, dict[str, Floats]]
            Arrays of shape (stocks, demands, windows).
        """
        case, terms = self._stage.case, self._stage.model.terms
        stocks, demands = case.stocks_of_item(use.item), case.demands_of_item(use.wanted)
        shape = (*terms.arrive_s.shape, case.num_windows)
        by_way = {
            coupling.name: np.broadcast_to(charge_of(use).way, shape)
            for coupling, charge_of in self._charges
        }
        service = np.argmin(sum(by_way.values(), np.zeros(shape)), axis=1)[:, None]
        depots, places = case.stock_depot[stocks], case.demand_place[demands]
        parts = {}
        for coupling, charge_of in self._charges:
            way = np.take_along_axis(by_way[coupling.name], service, axis=1)[:, 0]
            piece = np.broadcast_to(
                charge_of(use).piece, (len(stocks), len(demands), case.num_windows)
            )
            parts[coupling.name] = way[depots][:, places] + piece
        total: Floats = sum(parts.values(), np.zeros((len(stocks), len(demands), case.num_windows)))
        return total, parts

    def stock_worths(self) -> tuple[StockWorth, ...]:
        """Return for each item that is short the depot where one more piece is worth most."""
        case, terms = self._stage.case, self._stage.model.terms
        shape = (*terms.arrive_s.shape, case.num_windows)
        found = []
        for use in case.uses:
            demands = case.demands_of_item(use.wanted)
            if use.item != use.wanted or not len(demands) or not shape[1]:
                continue
            way = np.zeros(shape)
            for coupling, charge_of in self._charges:
                if not isinstance(coupling, StockLimits):
                    way = way + charge_of(use).way
            cheapest = way.min(axis=1)[:, case.demand_place[demands]]
            gain = (self._prices.demand[demands][None] - cheapest).max(axis=(1, 2))
            if not gain.size or not gain.max() > 0:
                continue
            # Of depots that are as good as the best, the one nearest to where it is worth most.
            demand = int(
                np.argmax((self._prices.demand[demands][None] - cheapest).max(axis=(0, 2)))
            )
            arrive_s = terms.earliest_s()[:, case.demand_place[demands[demand]]]
            good = np.flatnonzero(gain >= (1 - AS_GOOD_SHARE) * gain.max())
            depot = int(good[np.argmin(arrive_s[good])])
            if gain[depot] > 0:
                found.append(
                    StockWorth(
                        item_code=case.item_codes[use.item],
                        depot_code=case.depot_codes[depot],
                        worth=float(gain[depot]),
                    )
                )
        return tuple(found)

    def truck_worths(self) -> tuple[TruckWorth, ...]:
        """Return what one more mean truck of each group is worth, the most first."""
        terms = self._stage.model.terms
        for (coupling, _), of_rows in zip(self._charges, self._prices.couplings, strict=True):
            if isinstance(coupling, TruckHours):
                worth = (of_rows.reshape(terms.available_h.shape) * terms.available_h).sum(
                    axis=(0, 1, 3)
                )
                groups = pools_of_groups(self._stage.case)
                found = [
                    TruckWorth(
                        pools=pools,
                        worth=float(worth[group]) / sum(pool.num_vehicles for pool in pools),
                    )
                    for group, pools in enumerate(groups)
                    if worth[group] > 0
                ]
                return tuple(sorted(found, key=lambda one: -one.worth))
        return ()

    def row_prices(self, name: str) -> Floats:
        """Return the prices of the rows of a scarce thing (`Coupling.name`); empty without it."""
        for (coupling, _), of_rows in zip(self._charges, self._prices.couplings, strict=True):
            if coupling.name == name:
                return of_rows
        return np.zeros(0)

    def short_pieces(self) -> dict[str, int]:
        """Return how many pieces of each item are missing when most are, added over the places."""
        case = self._stage.case
        most = self._stage.generated.answer.missing_pieces.max(axis=1)
        by_item = np.bincount(case.demand_item, weights=most, minlength=len(case.item_codes))
        return {
            code: ceil(pieces - BLUR_PIECES)
            for code, pieces in zip(case.item_codes, by_item.tolist(), strict=True)
            if pieces > BLUR_PIECES
        }
