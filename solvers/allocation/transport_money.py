"""What pots can pay for transport, as a coupling of the planned model alone.

A piece is charged the share of a truck that it fills, at what a trip there and back costs. Real
trips are fuller or emptier, so that this guides the allocation and proves nothing: the bound is
had without it, and the routing keeps to the fen what the pots hold.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from relief.supply.money import PPM, transport_tiers
from relief.units import FEN_PER_YUAN
from solvers.allocation.budget import lowest_fen
from solvers.allocation.case import AllocationCase, Floats, Use
from solvers.allocation.columns import Columns
from solvers.allocation.coupling import Charge, Charges, Touched, hard
from solvers.allocation.couplings import AllocationModel
from solvers.allocation.pricing import truck_share
from solvers.allocation.trucks import TruckTerms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransportMoney:
    """A row for each pot, in thousands of yuan.

    Parameters
    ----------
    case, terms
        The model.
    share_of_depot
        What each pot pays of transport from each depot; shape (pots, depots).
    share_of_calls
        What each pot pays of calls; shape (pots,).
    limits
        What the pots hold.
    """

    case: AllocationCase
    terms: TruckTerms
    share_of_depot: Floats
    share_of_calls: Floats
    limits: Floats
    name: str = "transport money"
    on_whole_pieces: bool = False

    @property
    def breach_milli_h(self) -> Floats:
        """Nobody pays more."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return what each column costs each pot."""
        case = self.case
        depot, place = case.stock_depot[columns.stock], case.demand_place[columns.demand]
        item = case.stock_item[columns.stock]
        share = np.stack([truck_share(case, self.terms, k) for k in range(len(case.item_codes))])
        trip_fen = self.terms.trip_fen[depot, columns.service, place]
        way = share[item, depot, columns.service] * trip_fen * self.share_of_depot[:, depot]
        fen = way + self.share_of_calls[:, None] * lowest_fen(case)[columns.stock]
        row, column = np.nonzero((fen > 0) & np.isfinite(fen))
        return Touched(row=row, column=column, amount=fen[row, column] / FEN_PER_KILOYUAN)

    def at(self, prices: Floats) -> Charges:
        """Return the price of the money that a piece costs."""
        case, terms = self.case, self.terms
        of_depot = prices @ self.share_of_depot / FEN_PER_KILOYUAN
        of_call = float(prices @ self.share_of_calls) / FEN_PER_KILOYUAN
        calls = of_call * lowest_fen(case)

        def of_use(use: Use) -> Charge:
            fen = truck_share(case, terms, use.item)[:, :, None] * terms.trip_fen
            fen = np.where(np.isfinite(fen), fen, 0.0)
            return Charge(
                way=(of_depot[:, None, None] * fen)[..., None],
                piece=calls[case.stocks_of_item(use.item)][:, None, None],
            )

        return of_use


FEN_PER_KILOYUAN = 1_000 * FEN_PER_YUAN


def with_transport_money(model: AllocationModel) -> AllocationModel:
    """Return the model with the pots' limits, as it is where no pot pays for transport."""
    case = model.case
    pots = case.situation.pots
    if not transport_tiers(pots):
        return model
    tiers = {depot.code: depot.tier for depot in case.situation.depots}
    of_tier = [dict(pot.transport_shares_ppm) for pot in pots]
    money = TransportMoney(
        case=case,
        terms=model.terms,
        share_of_depot=np.array(
            [[shares.get(tiers[code], 0) / PPM for code in case.depot_codes] for shares in of_tier]
        ),
        share_of_calls=np.array([pot.share_ppm / PPM for pot in pots]),
        limits=np.array([pot.most_fen / FEN_PER_KILOYUAN for pot in pots]),
    )
    return replace(model, couplings=(*model.couplings, money))
