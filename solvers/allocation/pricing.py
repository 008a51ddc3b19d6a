r"""Pricing: which columns would help, and a bound over all columns, the ones left out included.

With prices :math:`\sigma_q, \pi_r \ge 0` for stock and trucks, every allocation costs at least

.. math::
    -\sum_q \sigma_q Q_q - \sum_r \pi_r H_r
    + \sum_j n_j \min\Bigl(never_j,\; \min_{q,a,m} \bigl(late_{ja} + \sigma_q
    + \textstyle\sum_r \pi_r h_{rqpam}\bigr)\Bigr)

*Where* Q is stock, H truck-hours, n pieces needed, h the hours charged for a piece. It holds for
any prices that are not negative (weak duality), so no tolerance of a solver enters it.

References
----------
M. E. Luebbecke, J. Desrosiers, Selected Topics in Column Generation, Operations Research 53(6),
2005, section 2.1, DOI 10.1287/opre.1050.0234.
"""

from dataclasses import dataclass

import numpy as np

from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.trucks import TruckTerms
from solvers.bounds import whole_lower_bound

PER_DEMAND, PER_STOCK = 1, 1
"""How many columns a pricing may offer for each demand and window, and for each stock."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """What a stage charges, in units of its objective.

    Parameters
    ----------
    per_milli_h
        For a weighted milli-person-hour; columns have none, late and missing pieces do.
    per_tier_g
        For a gram times the number of its owner's tier.
    per_fen
        For a fen.
    """

    per_milli_h: float = 0.0
    per_tier_g: float = 0.0
    per_fen: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prices:
    """Prices of what is scarce, in units of a stage's objective.

    Parameters
    ----------
    stock
        Of a piece of each stock; >= 0; shape (stocks,).
    trucks
        Of a truck-hour in each account; >= 0; shape (2 measures, 2 accounts, groups, windows),
        the measures being weight and volume.
    demand
        Worth of a piece that arrives in a window; shape (demands, windows).
    weights
        What the stage charges besides.
    """

    stock: Floats
    trucks: Floats
    demand: Floats
    weights: Weights

    def mixed(self, other: "Prices", share: float) -> "Prices":
        """Return prices between these and the other's, the other having a share of 0 to 1."""
        return Prices(
            stock=(1 - share) * self.stock + share * other.stock,
            trucks=(1 - share) * self.trucks + share * other.trucks,
            demand=(1 - share) * self.demand + share * other.demand,
            weights=self.weights,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """The answer of a pricing.

    Parameters
    ----------
    columns
        Columns with negative reduced cost, the most helpful for each demand and stock.
    cheapest
        What a piece costs that arrives in a window, at the prices and by the cheapest way;
        ``inf`` if there is none; shape (demands, windows).
    """

    columns: Columns
    cheapest: Floats


def truck_prices(case: AllocationCase, terms: TruckTerms, trucks: Floats) -> tuple[Floats, Floats]:
    """Return what transport costs by mass and by volume.

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


def priced(case: AllocationCase, terms: TruckTerms, prices: Prices, least_gain: float) -> Offer:
    """Price every column of the model.

    Parameters
    ----------
    case, terms
        The model.
    prices
        The prices.
    least_gain
        Columns are offered when a parcel on them gains more than this; >= 0.
    """
    per_g, per_cm3 = truck_prices(case, terms, prices.trucks)
    barred = np.where(terms.in_time(case.window_end_s), 0.0, np.inf)
    weights = prices.weights
    cheapest = np.full((case.num_demands, case.num_windows), np.inf)
    parcels = parcel_pieces(case)
    parts = [Columns.none()]
    num_services = terms.group_of.shape[1]
    for item in range(len(case.item_codes)):
        stocks, demands = case.stocks_of_item(item), case.demands_of_item(item)
        if not len(stocks) or not len(demands) or not num_services:
            continue
        cost = case.mass_g[item] * per_g + case.volume_cm3[item] * per_cm3 + barred
        if weights.per_fen:
            fen = truck_share(case, terms, item)[:, :, None] * terms.trip_fen
            cost += weights.per_fen * fen[..., None]
        service = np.argmin(cost, axis=1)
        best = np.take_along_axis(cost, service[:, None], axis=1)[:, 0]
        tier_g = case.stock_tier[stocks] * case.mass_g[item]
        of_stock = prices.stock[stocks] + weights.per_tier_g * tier_g
        # What a piece costs; shape (stocks, demands, windows).
        places = case.demand_place[demands]
        pay = best[case.stock_depot[stocks]][:, places] + of_stock[:, None, None]
        cheapest[demands] = pay.min(axis=0)
        gain = (prices.demand[demands] - pay) * parcels[item]
        for stock, demand, window in _best_of(gain, least_gain):
            parts.append(
                Columns(
                    stock=stocks[stock],
                    demand=demands[demand],
                    window=window,
                    service=service[case.stock_depot[stocks[stock]], places[demand], window],
                ),
            )
    return Offer(columns=Columns.joined(*parts), cheapest=cheapest)


def truck_share(case: AllocationCase, terms: TruckTerms, item: int) -> Floats:
    """Return the share of a truck that a piece fills, by weight or volume; (depots, services)."""
    share = np.maximum(
        case.mass_g[item] / terms.payload_g,
        case.volume_cm3[item] / terms.volume_cm3,
    )
    of_service: Floats = share[terms.group_of]
    return of_service


def lower_bound(
    case: AllocationCase,
    terms: TruckTerms,
    prices: Prices,
    cheapest: Floats,
) -> int:
    """Return a proven lower bound on the deprivation of every allocation.

    Parameters
    ----------
    case, terms
        The model.
    prices
        Prices in weighted milli-person-hours.
    cheapest
        From `priced` at these prices; shape (demands, windows).

    Returns
    -------
    int
        Weighted milli-person-hours.
    """
    # A piece due in one window comes in the cheapest window or never; (demands, due, arrival).
    never = np.zeros((case.num_demands, 1))
    pay = np.concatenate([cheapest, never], axis=1)[:, None, :]
    served = (pay + case.weight_milli[:, None, None] * case.late_h()[None]).min(axis=2)
    return whole_lower_bound(
        [
            case.demand_pieces * served,
            -prices.stock * case.stock_pieces,
            -prices.trucks * terms.available_h,
        ],
    )


def _best_of(gain: Floats, least_gain: float) -> list[tuple[Ints, Ints, Ints]]:
    """Return the best stocks for each demand and window, and the best demands for each stock.

    Parameters
    ----------
    gain
        Shape (stocks, demands, windows).
    least_gain
        What a column must gain.
    """
    num_stocks, num_demands, num_windows = gain.shape
    found = []
    order = np.argsort(-gain, axis=0, kind="stable")[:PER_DEMAND]
    demand, window = np.meshgrid(np.arange(num_demands), np.arange(num_windows), indexing="ij")
    for stock in order:
        good = gain[stock, demand, window] > least_gain
        found.append((stock[good], demand[good], window[good]))
    flat = gain.reshape(num_stocks, num_demands * num_windows)
    best = np.argsort(-flat, axis=1, kind="stable")[:, :PER_STOCK]
    stocks = np.repeat(np.arange(num_stocks), best.shape[1])
    demands, windows = np.divmod(best.ravel(), num_windows)
    good = gain[stocks, demands, windows] > least_gain
    found.append((stocks[good], demands[good], windows[good]))
    return found
