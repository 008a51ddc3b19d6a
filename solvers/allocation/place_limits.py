"""Limits of places as couplings: what a place takes in, what a depot can load.

Both allow whatever the limits allow: a delivery counts in the window in which it arrives, and
what arrives by the end of a window was loaded before, by trucks of the class that loads fastest
for its size. So a bound with these rows holds for every plan that keeps the limits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.supply.limits import MINUTES_PER_DAY, DepotLimit
from relief.units import SHANGHAI
from solvers.allocation.case import AllocationCase, Floats, Ints, Use
from solvers.allocation.columns import Columns
from solvers.allocation.consignments import Sending
from solvers.allocation.coupling import Charge, Charges, Touched, hard
from solvers.allocation.trucks import TruckTerms

GRAMS_PER_KG = 1_000.0
MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReceivingRoom:
    """What places take in; a row for each limit and window, in kilograms.

    Parameters
    ----------
    case
        The case.
    counts
        Which limits hold at which places; shape (limits, places).
    limits
        Kilograms, window by window of each limit.
    """

    case: AllocationCase
    counts: NDArray[np.bool_]
    limits: Floats
    name: str = "receiving"
    on_whole_pieces: bool = True

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "ReceivingRoom | None":
        """Return the coupling of a case, None without limits."""
        del terms
        if not case.situation.receiving_limits:
            return None
        room_g = receiving_g(case)
        return cls(case=case, counts=limited_places(case), limits=room_g.ravel() / GRAMS_PER_KG)

    @property
    def breach_milli_h(self) -> Floats:
        """Nobody can take in more."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return the mass of a piece in the rows of its place and window."""
        place = self.case.demand_place[columns.demand]
        limit, column = np.nonzero(self.counts[:, place])
        mass_kg = self.case.mass_g[self.case.stock_item[columns.stock]] / GRAMS_PER_KG
        row = limit * self.case.num_windows + columns.window[column]
        return Touched(row=row, column=column, amount=mass_kg[column])

    def at(self, prices: Floats) -> Charges:
        """Return the price of room at each place in each window."""
        of_limit = prices.reshape(len(self.counts), self.case.num_windows)
        of_place = self.counts.T.astype(np.float64) @ of_limit

        def of_use(use: Use) -> Charge:
            mass_kg = self.case.mass_g[use.item] / GRAMS_PER_KG
            return Charge(way=mass_kg * of_place[None, None])

        return of_use


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadingTime:
    """What depots can load until the end of each window, by weight and by volume.

    Parameters
    ----------
    case
        The case.
    limit_of_depot
        The limit of each depot, -1 for none; shape (depots,).
    share_of_piece
        Of the truckload that loads fastest for its size, what a piece of each item takes, in
        loading hours; shape (2 measures, items).
    limits
        Loading hours, by limit, measure and window.
    """

    case: AllocationCase
    limit_of_depot: Ints
    share_of_piece: Floats
    limits: Floats
    name: str = "loading"
    on_whole_pieces: bool = False

    @classmethod
    def of(cls, case: AllocationCase, terms: TruckTerms) -> "LoadingTime | None":
        """Return the coupling of a case, None without limits."""
        del terms
        situation = case.situation
        used = {pool.class_code for pool in situation.pools if pool.num_vehicles > 0}
        kinds = [
            kind for kind in situation.vehicle_classes if kind.code in used and kind.load_s > 0
        ]
        instant = any(kind.load_s == 0 for kind in situation.vehicle_classes if kind.code in used)
        if not situation.depot_limits or not kinds or instant:
            return None
        number = {limit.depot_code: i for i, limit in enumerate(situation.depot_limits)}
        per_g = min(kind.load_s / kind.payload_g for kind in kinds) / 3600
        per_cm3 = min(kind.load_s / kind.volume_cm3 for kind in kinds) / 3600
        hours = np.array(
            [
                [
                    limit.most_trucks * open_s(case, limit, float(end_s)) / 3600
                    for end_s in case.window_end_s
                ]
                for limit in situation.depot_limits
            ]
        )
        return cls(
            case=case,
            limit_of_depot=np.array([number.get(code, -1) for code in case.depot_codes]),
            share_of_piece=np.stack([case.mass_g * per_g, case.volume_cm3 * per_cm3]),
            limits=np.repeat(hours[:, None], 2, axis=1).ravel(),
        )

    @property
    def breach_milli_h(self) -> Floats:
        """No depot loads more."""
        return hard(self.limits)

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        """Return that all are."""
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        """Return the loading hours of a piece until its own window and all later ones."""
        case = self.case
        limit = self.limit_of_depot[case.stock_depot[columns.stock]]
        item = case.stock_item[columns.stock]
        rows, cols, amounts = [], [], []
        for measure in range(2):
            for window in range(case.num_windows):
                column = np.flatnonzero((limit >= 0) & (columns.window <= window))
                rows.append((limit[column] * 2 + measure) * case.num_windows + window)
                cols.append(column)
                amounts.append(self.share_of_piece[measure, item[column]])
        return Touched(
            row=np.concatenate(rows),
            column=np.concatenate(cols),
            amount=np.concatenate(amounts),
        )

    def at(self, prices: Floats) -> Charges:
        """Return the price of loading in each depot for each window of arrival."""
        of_limit = prices.reshape(-1, 2, self.case.num_windows)
        until = np.flip(np.cumsum(np.flip(of_limit, axis=2), axis=2), axis=2)
        held = (self.limit_of_depot >= 0)[:, None, None]
        of_depot = np.where(held, until[self.limit_of_depot], 0.0)

        def of_use(use: Use) -> Charge:
            way = np.einsum("m,dmw->dw", self.share_of_piece[:, use.item], of_depot)
            return Charge(way=way[:, None, None, :])

        return of_use


def limited_places(case: AllocationCase) -> NDArray[np.bool_]:
    """Return which receiving limits hold at which places; shape (limits, places)."""
    return np.array(
        [
            [limit.holds_at(code) for code in case.place_codes]
            for limit in case.situation.receiving_limits
        ],
        dtype=bool,
    ).reshape(len(case.situation.receiving_limits), len(case.place_codes))


def receiving_g(case: AllocationCase) -> Ints:
    """Return the grams that each limit lets in in each window; shape (limits, windows)."""
    spans_s = np.diff(case.window_end_s, prepend=0.0).astype(np.int64).tolist()
    return np.array(
        [[limit.most_g(span_s) for span_s in spans_s] for limit in case.situation.receiving_limits],
        dtype=np.int64,
    ).reshape(-1, len(spans_s))


def open_s(case: AllocationCase, limit: DepotLimit, until_s: float) -> float:
    """Return the seconds from the start until an instant in which a depot is open."""
    if limit.is_always_open:
        return until_s
    local = case.situation.start_at.astimezone(SHANGHAI)
    since_s = (local.hour * 60 + local.minute) * MINUTE_S + local.second
    total, midnight_s = 0.0, -float(since_s)
    while midnight_s < until_s:
        opens_s = max(0.0, midnight_s + limit.opens_min * MINUTE_S)
        closes_s = min(until_s, midnight_s + limit.closes_min * MINUTE_S)
        total += max(0.0, closes_s - opens_s)
        midnight_s += MINUTES_PER_DAY * MINUTE_S
    return total


def within_room(case: AllocationCase, sendings: Sending) -> Sending:
    """Return sendings that places can take in: moved to a later window, or not sent.

    Parameters
    ----------
    case
        The case.
    sendings
        Whole pieces.
    """
    if not case.situation.receiving_limits:
        return sendings
    counts, left_g = limited_places(case), receiving_g(case)
    kept: Sending = {}
    weight = np.zeros((len(case.place_codes), len(case.item_codes)))
    np.maximum.at(weight, (case.demand_place, case.demand_item), case.weight_milli)
    mass_g = case.mass_g.astype(np.int64)
    # In each window what is worth most for its weight goes first.
    order = sorted(
        sendings,
        key=lambda key: (
            key[2],
            -weight[key[1], case.stock_item[key[0]]] / mass_g[case.stock_item[key[0]]],
            key,
        ),
    )
    for stock, place, first in order:
        pieces, each_g = sendings[stock, place, first], int(mass_g[case.stock_item[stock]])
        limits = np.flatnonzero(counts[:, place])
        for window in range(first, case.num_windows):
            room_g = int(left_g[limits, window].min()) if len(limits) else pieces * each_g
            fits = min(pieces, room_g // each_g)
            if fits and case.window_end_s[window] < case.stock_good_s[stock]:
                left_g[limits, window] -= fits * each_g
                key = (stock, place, window)
                kept[key] = kept.get(key, 0) + fits
                pieces -= fits
    return kept
