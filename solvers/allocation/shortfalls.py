"""What an allocation leaves short, and why, with the numbers behind it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from relief.damage.needs import Need
from relief.items import Item
from relief.plan.allocation import Consignment, Shortfall, ShortfallReason
from relief.plan.calls import called_pieces
from relief.plan.explain import name_of
from relief.plan.measures import ServedNeed, deprivation_of, filled
from relief.plan.orders import Forbid, forbids
from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from relief.supply.money import can_pay
from solvers.allocation.case import AllocationCase, Floats, Ints
from solvers.allocation.consignments import Shelves
from solvers.allocation.place_limits import limited_places, receiving_g


def served_by(
    situation: Situation,
    consignments: Sequence[Consignment],
) -> tuple[ServedNeed, ...]:
    """Return each need with what is consigned to it, as if everything arrived in its window."""
    arrived: dict[tuple[str, str], list[int]] = {}
    for one in consignments:
        key = (one.place_code, one.item_code)
        arrived.setdefault(key, [0] * len(situation.policy.window_ends))[one.window] += one.pieces
    return filled(situation, arrived)


def deprivation(situation: Situation, consignments: Sequence[Consignment]) -> int:
    """Return the deprivation that is left if everything consigned arrives in its window."""
    return sum(deprivation_of(situation, one) for one in served_by(situation, consignments))


class Reasons:
    """Why pieces are short once stock has been given out.

    Parameters
    ----------
    case
        The case.
    arrive_s
        Earliest arrival that any truck can reach; shape (depots, places).
    consignments
        What was given out.
    """

    def __init__(
        self,
        case: AllocationCase,
        arrive_s: Floats,
        consignments: Sequence[Consignment],
    ) -> None:
        self._case = case
        self._arrive_s = arrive_s
        speeds = case.drive_s[:, case.depot_rows][:, :, case.place_rows]
        # Shape (depots, places): a road for at least one speed class.
        self._has_road: NDArray[np.bool_] = np.any(np.isfinite(speeds), axis=0)
        of_lot = {lot.code: q for q, lots in enumerate(case.stock_lots) for lot in lots}
        self._held = case.situation.held_pieces()
        shelves = Shelves(case)
        for one in consignments:
            shelves.take(of_lot[one.lot_code], one.pieces)
        self._left: Ints = np.array(
            [shelves.left(stock) for stock in range(len(case.stock_lots))], dtype=np.int64
        )
        self._called = called_pieces(case.situation, consignments)
        self._limited = limited_places(case)
        self._room_g = receiving_g(case)
        place_of = {code: i for i, code in enumerate(case.place_codes)}
        for one in consignments:
            taken_g = one.pieces * int(case.mass_g[case.stock_item[of_lot[one.lot_code]]])
            self._room_g[self._limited[:, place_of[one.place_code]], one.window] -= taken_g
        self._item = {code: i for i, code in enumerate(case.item_codes)}
        self._place = {code: i for i, code in enumerate(case.place_codes)}
        self._any_depot = _road_from_any_depot(case)

    def shortfalls(self, served: Sequence[ServedNeed]) -> tuple[Shortfall, ...]:
        """Return the shortfall of each need that is not met in full and on time."""
        found = []
        for one in served:
            late = one.late_pieces(self._case.situation)
            if one.missing_pieces or late:
                reason, because = self._reason(one, late)
                found.append(
                    Shortfall(
                        place_code=one.need.place_code,
                        item_code=one.need.item_code,
                        due_at=one.need.due_at,
                        missing_pieces=one.missing_pieces,
                        late_pieces=late,
                        reason=reason,
                        because=because,
                    ),
                )
        return tuple(found)

    def _reason(self, served: ServedNeed, late: int) -> tuple[ShortfallReason, Sentence]:
        case, situation = self._case, self._case.situation
        place = self._place[served.need.place_code]
        due_s = (served.need.due_at - situation.start_at).total_seconds()
        stocks = case.stocks_of_item(self._item[served.need.item_code])
        arrive_s = self._arrive_s[case.stock_depot[stocks], place]
        # What is forbidden or meant for others is as good as not there.
        left = np.where(case.barred[stocks, place], 0, self._left[stocks])
        held = np.where(case.barred[stocks, place], 0, case.stock_pieces[stocks])
        on_road = self._has_road[case.stock_depot[stocks], place]
        # Missing pieces could still come by the horizon; late ones should have come when due.
        until_s = case.window_end_s[-1] if served.missing_pieces else due_s
        short = served.missing_pieces or late
        if not self._any_depot[place]:
            return ShortfallReason.NO_ROAD, say(
                "No depot has an open road to the place; {held:,} usable pieces lie elsewhere.",
                held=int(held.sum()),
            )
        in_time = arrive_s <= until_s
        left_in_time = int(left[in_time].sum())
        if left_in_time:
            return self._left_over(stocks[in_time & (left > 0)], place, until_s, short)
        if not left[on_road].sum():
            return self._spent(served.need, int(held[on_road].sum()), short)
        rest = stocks[on_road & (left > 0)]
        arrive_rest_s = self._arrive_s[case.stock_depot[rest], place]
        first = rest[np.argmin(arrive_rest_s)]
        if not np.isfinite(arrive_rest_s.min()):
            if case.depot_is_cooled[case.stock_depot[first]]:
                return ShortfallReason.COOLING, say(
                    "{left:,} usable pieces are left, but no vehicle with a cooled body can reach "
                    "them and the place.",
                    left=int(left[on_road].sum()),
                )
            return ShortfallReason.TRUCKS, say(
                "{left:,} usable pieces are left, but no truck can reach them and the place.",
                left=int(left[on_road].sum()),
            )
        return self._too_late(
            int(first), int(left[on_road].sum()), float(arrive_rest_s.min()), until_s
        )

    def _left_over(
        self, stocks: Ints, place: int, until_s: float, short: int
    ) -> tuple[ShortfallReason, Sentence]:
        """Say why stock that a free truck could bring in time stays where it is."""
        case = self._case
        left = int(self._left[stocks].sum())
        first = int(stocks[np.argmin(self._arrive_s[case.stock_depot[stocks], place])])
        if self._is_full(place, until_s, float(case.mass_g[case.stock_item[first]])):
            return ShortfallReason.RECEIVING, say(
                "{left:,} usable pieces are left that could come in time, but the place cannot "
                "take in another one by then; {short:,} pieces are short.",
                left=left,
                short=short,
            )
        if all(self._is_too_dear(stock) for stock in stocks.tolist()):
            return ShortfallReason.MONEY, say(
                "{left:,} pieces could be called in time, but the money for calls is spent; "
                "{short:,} pieces are short.",
                left=left,
                short=short,
            )
        return ShortfallReason.TRUCKS, say(
            "{left:,} usable pieces are left that a free truck could bring in time, the "
            "nearest {nearest} in {depot}, but the trucks are busy; {short:,} pieces are "
            "short.",
            left=left,
            nearest=int(self._left[first]),
            depot=self._depot_name(first),
            short=short,
        )

    def _is_too_dear(self, stock: int) -> bool:
        """Return whether one more piece of a stock would cost more than the pots can pay."""
        offer = int(self._case.stock_offer[stock])
        if offer < 0:
            return False
        offers, pots = self._case.situation.offers, self._case.situation.pots
        costs = [one.cost_fen(self._called[one.code]) for one in offers]
        costs[offer] = offers[offer].cost_fen(self._called[offers[offer].code] + 1)
        return not can_pay(pots, sum(costs))

    def _too_late(
        self, first: int, left: int, arrive_s: float, until_s: float
    ) -> tuple[ShortfallReason, Sentence]:
        """Say that goods are left which come too late, and whether road or supplier is to blame."""
        case = self._case
        ready_s = float(case.depot_ready_s[case.stock_depot[first]])
        if ready_s > 0:
            return ShortfallReason.LEAD_TIME, say(
                "{left:,} usable pieces can still be had, but the first lie ready in {depot} after "
                "{ready} h and arrive after {arrival} h at the earliest; needed within {until} h.",
                left=left,
                depot=self._depot_name(first),
                ready=round(ready_s / 3600, 1),
                arrival=round(arrive_s / 3600, 1),
                until=round(until_s / 3600),
            )
        return ShortfallReason.TOO_FAR, say(
            "{left:,} usable pieces are left, the nearest in {depot}, but a truck from there "
            "arrives after {arrival} h at the earliest; needed within {until} h.",
            left=left,
            depot=self._depot_name(first),
            arrival=round(arrive_s / 3600, 1),
            until=round(until_s / 3600),
        )

    def _is_full(self, place: int, until_s: float, piece_g: float) -> bool:
        """Return whether no window until an instant has room for another piece at a place."""
        limits = self._limited[:, place]
        windows = self._case.window_end_s <= until_s
        return bool(limits.any()) and not bool(
            np.any(self._room_g[limits][:, windows].min(axis=0) >= piece_g)
        )

    def _spent(self, need: Need, held: int, short: int) -> tuple[ShortfallReason, Sentence]:
        """Return the reason where nothing is left that may go to a place."""
        kept = self._kept_back(need)
        if kept:
            return ShortfallReason.POLICY, say(
                "All usable pieces that may go there are allocated; {kept:,} more are held back "
                "or forbidden by order or policy, and {short:,} pieces are short.",
                kept=kept,
                short=short,
            )
        lacking = self._lacking_part(need)
        if lacking is not None:
            item, left, each = lacking
            return ShortfallReason.NO_STOCK, say(
                "No further kit can be made complete in any depot: of {part}, {each} to a kit, "
                "{left:,} pieces are left in all depots together; {short:,} kits are short.",
                part=name_of(item),
                each=each,
                left=left,
                short=short,
            )
        return ShortfallReason.NO_STOCK, say(
            "All {held:,} usable pieces with an open road to the place are allocated; "
            "{short:,} pieces are short.",
            held=held,
            short=short,
        )

    def _lacking_part(self, need: Need) -> tuple[Item, int, int] | None:
        """Return the scarcest part of a kit that is made up, what is left of it, and its number."""
        catalogue = self._case.situation.catalogue
        kits = [kit for kit in catalogue.kits if kit.code == need.item_code]
        if not kits or not self._case.situation.has_made_up():
            return None
        found = []
        for part in kits[0].parts:
            index = self._item.get(part.item_code)
            stocks = [] if index is None else self._case.stocks_of_item(index).tolist()
            left = sum(int(self._left[stock]) for stock in stocks)
            found.append((left // part.pieces, left, part.pieces, part.item_code))
        _, left, each, code = min(found)
        return catalogue.by_code()[code], left, each

    def _kept_back(self, need: Need) -> int:
        """Return the pieces of a need's item that orders or the policy keep from its place."""
        orders = [order for order in self._case.situation.orders if isinstance(order, Forbid)]
        forbidden = sum(
            int(self._left[stock])
            for stock in self._case.stocks_of_item(self._item[need.item_code]).tolist()
            for lot in self._case.stock_lots[stock][:1]
            if any(forbids(order, lot, need.place_code) for order in orders)
        )
        held = self._held.items()
        return forbidden + sum(pieces for (_, code), pieces in held if code == need.item_code)

    def _depot_name(self, stock: int) -> str:
        code = self._case.depot_codes[self._case.stock_depot[stock]]
        return name_of(next(d for d in self._case.situation.depots if d.code == code))


def _road_from_any_depot(case: AllocationCase) -> NDArray[np.bool_]:
    """Return for each place whether any depot at all has an open road to it."""
    rows = [case.location_row[depot.code] for depot in case.situation.depots]
    drive_s = case.drive_s[:, rows][:, :, case.place_rows]
    reachable: NDArray[np.bool_] = np.any(np.isfinite(drive_s), axis=(0, 1))
    return reachable
