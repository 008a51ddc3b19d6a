"""Money as a coupling: what calls cost at least, within what the pots can pay."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.supply.money import can_pay, most_payable_fen
from relief.units import FEN_PER_YUAN
from solvers.allocation.case import AllocationCase, Floats, Ints, Use
from solvers.allocation.columns import Columns
from solvers.allocation.consignments import Sending
from solvers.allocation.coupling import Charge, Charges, Touched, hard
from solvers.allocation.least_calls import called_pieces
from solvers.allocation.trucks import TruckTerms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budget:
    """One row, in yuan: each piece at the lowest price that its agreement has for any piece.

    What a call costs besides is left out, so that every plan that can be paid keeps the row.
    """

    case: AllocationCase
    yuan_of_stock: Floats
    limits: Floats
    name: str = "money"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "Budget | None":
        """Return the coupling of a case, None where money limits nothing."""
        del terms
        most_fen = most_payable_fen(case.situation.pots)
        if most_fen is None or not case.situation.offers:
            return None
        return cls(
            case=case,
            yuan_of_stock=lowest_fen(case) / FEN_PER_YUAN,
            limits=np.array([most_fen / FEN_PER_YUAN]),
        )

    @property
    def breach_milli_h(self) -> Floats:
        """Nobody pays more."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return the price of each column's goods."""
        yuan = self.yuan_of_stock[columns.stock]
        column: Ints = np.flatnonzero(yuan > 0)
        return Touched(
            row=np.zeros(len(column), dtype=np.int64), column=column, amount=yuan[column]
        )

    def at(self, prices: Floats) -> Charges:
        """Return what a piece's price is worth."""
        of_stock = self.yuan_of_stock * float(prices[0])

        def of_use(use: Use) -> Charge:
            return Charge(piece=of_stock[self.case.stocks_of_item(use.item)][:, None, None])

        return of_use


def lowest_fen(case: AllocationCase) -> Floats:
    """Return the lowest price of a piece of each stock, 0 for what is not called; (stocks,)."""
    offers = case.situation.offers
    if not offers:
        return np.zeros(len(case.stock_offer))
    lowest = np.array([min(step.piece_fen for step in offer.prices) for offer in offers])
    return np.where(case.stock_offer >= 0, lowest[case.stock_offer], 0.0).astype(np.float64)


def is_payable(case: AllocationCase, sendings: Sending) -> bool:
    """Return whether the pots can pay for what sendings call."""
    situation = case.situation
    called = _called(case, sendings)
    pairs = zip(situation.offers, called, strict=True)
    return can_pay(situation.pots, sum(offer.cost_fen(pieces) for offer, pieces in pairs))


def _called(case: AllocationCase, sendings: Sending) -> list[int]:
    taken = np.zeros(len(case.stock_pieces))
    for (stock, _, _), pieces in sendings.items():
        taken[stock] += pieces
    return [round(pieces) for pieces in called_pieces(case, taken)]


def within_budget(case: AllocationCase, sendings: Sending) -> Sending:
    """Return sendings that can be paid: what serves least for its price is not called.

    Parameters
    ----------
    case
        The case.
    sendings
        Whole pieces.
    """
    situation = case.situation
    if not situation.pots or not situation.offers:
        return sendings
    kept = dict(sendings)
    called = _called(case, kept)

    def cost_fen() -> int:
        pairs = zip(situation.offers, called, strict=True)
        return sum(offer.cost_fen(pieces) for offer, pieces in pairs)

    weight = np.zeros((len(case.place_codes), len(case.item_codes)))
    np.maximum.at(weight, (case.demand_place, case.demand_item), case.weight_milli)

    def worth(key: tuple[int, int, int]) -> tuple[float, int, tuple[int, int, int]]:
        stock, place, window = key
        prices = situation.offers[case.stock_offer[stock]].prices
        per_fen = weight[place, case.stock_item[stock]] / max(1, prices[0].piece_fen)
        return per_fen, -window, key

    for key in sorted((key for key in sendings if case.stock_offer[key[0]] >= 0), key=worth):
        if can_pay(situation.pots, cost_fen()):
            break
        offer, pieces = int(case.stock_offer[key[0]]), kept.pop(key)
        called[offer] -= pieces
        # The most of it that can still be paid; costs may fall where a call falls, or rise.
        fits = 0
        step = 1 << (pieces.bit_length() - 1)
        while step:
            called[offer] += step
            if fits + step <= pieces and can_pay(situation.pots, cost_fen()):
                fits += step
            else:
                called[offer] -= step
            step //= 2
        if fits:
            kept[key] = fits
    return kept
