r"""Pricing: which columns would help, and a bound over all columns, the ones left out included.

With prices :math:`\pi_r \ge 0` for the rows of all couplings, every allocation costs at least

.. math::
    -\sum_r \pi_r L_r + \sum_j n_j \min\Bigl(never_j,\; \min_{c \in j}
    \bigl(late_{ja} + \textstyle\sum_r \pi_r h_{rc}\bigr)\Bigr)

*Where* L is a row's limit, n pieces needed, h what a piece on a column takes of a row. It holds for
any prices that are not negative (weak duality), so no tolerance of a solver enters it. Where a
unit above a limit may be bought, it holds for prices up to what that costs.

References
----------
M. E. Luebbecke, J. Desrosiers, Selected Topics in Column Generation, Operations Research 53(6),
2005, section 2.1, DOI 10.1287/opre.1050.0234.
"""

from dataclasses import dataclass

import numpy as np

from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.columns import Columns, parcel_pieces
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.trucks import TruckTerms
from solvers.bounds import whole_lower_bound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """What a stage charges, in units of its objective.

    Parameters
    ----------
    per_milli_h, per_life_milli_h
        For a weighted milli-person-hour of any need, and of a life-saving one on top of that.
    per_tier_g
        For a gram times the number of its owner's tier.
    per_fen
        For a fen.
    """

    per_milli_h: float = 0.0
    per_life_milli_h: float = 0.0
    per_tier_g: float = 0.0
    per_fen: float = 0.0

    def of_demands(self, case: AllocationCase) -> Floats:
        """Return what an hour without a piece costs; shape (demands,)."""
        of_demands: Floats = case.weight_milli * (
            self.per_milli_h + self.per_life_milli_h * case.life_saving
        )
        return of_demands


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prices:
    """Prices of what is scarce, in units of a stage's objective.

    Parameters
    ----------
    couplings
        Of a unit of each row of each coupling of the model, in order; >= 0, and not above what
        breaching the row costs.
    demand
        Worth of a piece that arrives in a window; shape (demands, windows).
    weights
        What the stage charges besides, the stages held before included.
    missing
        What a piece costs that never comes, besides its hours; >= 0; shape (demands,).
    worth
        What the values are worth at which earlier stages are held: to be taken off a bound.
    """

    couplings: tuple[Floats, ...]
    demand: Floats
    weights: Weights
    missing: Floats
    worth: float = 0.0

    def in_units(self, unit: float) -> "Prices":
        """Return the same prices in units of so much of the objective."""
        weights = Weights(
            per_milli_h=self.weights.per_milli_h / unit,
            per_life_milli_h=self.weights.per_life_milli_h / unit,
            per_tier_g=self.weights.per_tier_g / unit,
            per_fen=self.weights.per_fen / unit,
        )
        return Prices(
            couplings=tuple(of_rows / unit for of_rows in self.couplings),
            demand=self.demand / unit,
            weights=weights,
            missing=self.missing / unit,
            worth=self.worth / unit,
        )

    def mixed(self, other: "Prices", share: float) -> "Prices":
        """Return prices between these and the other's, of the same weights.

        Parameters
        ----------
        other
            Prices of the same model and stage.
        share
            The other's share, 0 to 1.
        """
        return Prices(
            couplings=tuple(
                (1 - share) * mine + share * others
                for mine, others in zip(self.couplings, other.couplings, strict=True)
            ),
            demand=(1 - share) * self.demand + share * other.demand,
            weights=self.weights,
            missing=(1 - share) * self.missing + share * other.missing,
            worth=(1 - share) * self.worth + share * other.worth,
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


def priced(model: AllocationModel, prices: Prices, least_gain: float) -> Offer:
    """Price every column of the model.

    Parameters
    ----------
    model
        The model.
    prices
        The prices.
    least_gain
        Columns are offered when a parcel on them gains more than this; >= 0.
    """
    case, terms, weights = model.case, model.terms, prices.weights
    charges = [
        coupling.at(of_rows)
        for coupling, of_rows in zip(model.couplings, prices.couplings, strict=True)
    ]
    hourly = weights.of_demands(case)
    cheapest = np.full((case.num_demands, case.num_windows), np.inf)
    parcels = parcel_pieces(case)
    parts = [Columns.none()]
    for use in case.uses:
        stocks, demands = case.stocks_of_item(use.item), case.demands_of_item(use.wanted)
        if not len(stocks) or not len(demands) or not terms.group_of.shape[1]:
            continue
        way = np.zeros((*terms.arrive_s.shape, case.num_windows))
        tier_g = case.stock_tier[stocks] * case.mass_g[use.item]
        waived = use.met_pieces * hourly[demands][:, None] * use.waived_h
        piece: Floats = (weights.per_tier_g * tier_g)[:, None, None] + waived[None]
        for charge_of in charges:
            charge = charge_of(use)
            way += charge.way
            piece = piece + charge.piece
        if weights.per_fen:
            fen = truck_share(case, terms, use.item)[:, :, None] * terms.trip_fen
            way += weights.per_fen * fen[..., None]
        service = np.argmin(way, axis=1)
        best = np.take_along_axis(way, service[:, None], axis=1)[:, 0]
        # What a piece of goods costs; shape (stocks, demands, windows).
        places = case.demand_place[demands]
        depots = case.stock_depot[stocks]
        pay = best[depots][:, places] + piece
        cheapest[demands] = np.minimum(cheapest[demands], pay.min(axis=0) / use.met_pieces)
        gain = (use.met_pieces * prices.demand[demands] - pay) * parcels[use.item]
        for stock, demand, window in _best_of(gain, least_gain):
            parts.append(
                Columns(
                    stock=stocks[stock],
                    demand=demands[demand],
                    window=window,
                    service=service[depots[stock], places[demand], window],
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


def bound_terms(model: AllocationModel, prices: Prices, cheapest: Floats) -> list[Floats]:
    """Return terms whose sum no allocation undercuts in the objective of the prices' stage.

    Parameters
    ----------
    model
        The model.
    prices
        The prices.
    cheapest
        From `priced` at these prices; shape (demands, windows).
    """
    case = model.case
    # A piece due in one window comes in the cheapest window or never; (demands, due, arrival).
    pay = np.concatenate([cheapest, prices.missing[:, None]], axis=1)[:, None, :]
    hourly = prices.weights.of_demands(case)
    served = (pay + hourly[:, None, None] * case.late_h()[None]).min(axis=2)
    return [
        case.demand_pieces * served,
        *(
            -of_rows * coupling.limits
            for coupling, of_rows in zip(model.couplings, prices.couplings, strict=True)
        ),
        np.array([-prices.worth]),
    ]


def lower_bound(model: AllocationModel, prices: Prices, cheapest: Floats) -> int:
    """Return a proven lower bound on the deprivation of every allocation.

    Parameters
    ----------
    model
        The model.
    prices
        Prices in weighted milli-person-hours, of the stage that minimises these.
    cheapest
        From `priced` at these prices; shape (demands, windows).

    Returns
    -------
    int
        Weighted milli-person-hours, what breaches cost included.
    """
    return whole_lower_bound(bound_terms(model, prices, cheapest))


def _best_of(gain: Floats, least_gain: float) -> list[tuple[Ints, Ints, Ints]]:
    """Return the best stock for each demand and window, and the best demand for each stock.

    Parameters
    ----------
    gain
        Shape (stocks, demands, windows).
    least_gain
        What a column must gain.
    """
    num_stocks, num_demands, num_windows = gain.shape
    demand, window = np.meshgrid(np.arange(num_demands), np.arange(num_windows), indexing="ij")
    stock = np.argmax(gain, axis=0)
    good = gain[stock, demand, window] > least_gain
    for_demands = stock[good], demand[good], window[good]
    stocks = np.arange(num_stocks)
    best = np.argmax(gain.reshape(num_stocks, num_demands * num_windows), axis=1)
    demands, windows = np.divmod(best, num_windows)
    good = gain[stocks, demands, windows] > least_gain
    return [for_demands, (stocks[good], demands[good], windows[good])]
