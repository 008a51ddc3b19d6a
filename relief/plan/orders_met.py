"""What orders lack once a plan is made, counted from its trips, with the reason."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from relief.plan.allocation import Allocation, Consignment
from relief.plan.measures import deliveries
from relief.plan.orders import HOUR, Force, Hold, Order, OrderSlack, Pin
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from relief.sentences import Sentence, say

Arrivals = Counter[tuple[str, str, str]]
"""Pieces under (place, item, depot)."""


def order_slacks(
    situation: Situation, allocation: Allocation, routes: Routes
) -> tuple[OrderSlack, ...]:
    """Return what each order asks for and does not get.

    Parameters
    ----------
    situation
        With the orders.
    allocation
        Its own word on an order is kept where it has one.
    routes
        What the trips bring.
    """
    if not situation.orders:
        return ()
    said = {slack.number: slack.because for slack in allocation.order_slacks}
    depot_of = {lot.code: lot.depot_code for lot in situation.lots}
    found = []
    for number, order in enumerate(situation.orders, start=1):
        came = _delivered(situation, routes, depot_of, order)
        missing = missing_pieces(situation, order, came)
        if missing:
            consigned = _consigned(situation, allocation.consignments, order)
            unconsigned = missing_pieces(situation, order, consigned)
            because = said.get(number) or _because(situation, order, missing, unconsigned)
            found.append(OrderSlack(number=number, missing_pieces=missing, because=because))
    return tuple(found)


def missing_pieces(situation: Situation, order: Order, came: Arrivals) -> int:
    """Return the pieces that an order lacks.

    Parameters
    ----------
    situation
        Its needs and its stock say what is meant.
    order
        The order.
    came
        What is at the places by the order's hour.
    """
    match order:
        case Pin():
            return max(0, order.pieces - _came(came, order.place_code, order.item_code,
                                               order.depot_code))  # fmt: skip
        case Force():
            return sum(
                max(0, pieces - _came(came, order.place_code, item_code, ""))
                for item_code, pieces in forced_pieces(situation, order).items()
            )
        case Hold():
            lasting = sum(
                lot.available_pieces
                for lot in situation.lasting_lots()
                if (lot.depot_code, lot.item_code) == (order.depot_code, order.item_code)
            )
            return max(0, order.held_pieces - lasting)
        case _:
            return 0


def forced_pieces(situation: Situation, order: Force) -> Counter[str]:
    """Return the pieces of each item that a forced place needs by the order's hour."""
    needed: Counter[str] = Counter()
    for need in situation.needs:
        if (
            need.place_code == order.place_code
            and order.force_item_code in ("", need.item_code)
            and need.due_at <= situation.start_at + order.by
        ):
            needed[need.item_code] += need.pieces
    return needed


def _came(came: Arrivals, place_code: str, item_code: str, depot_code: str) -> int:
    return sum(
        pieces
        for (place, item, depot), pieces in came.items()
        if (place, item) == (place_code, item_code) and depot_code in ("", depot)
    )


def _hour_of(order: Order) -> timedelta | None:
    return order.by if isinstance(order, Pin | Force) else None


def _delivered(
    situation: Situation, routes: Routes, depot_of: dict[str, str], order: Order
) -> Arrivals:
    by = _hour_of(order)
    return _counted(
        (place_code, line.item_code, depot_of.get(line.lot_code, ""), line.pieces)
        for end_at, place_code, line in deliveries(routes.vehicle_routes)
        if by is not None and end_at <= situation.start_at + by
    )


def _consigned(situation: Situation, consignments: Iterable[Consignment], order: Order) -> Arrivals:
    by = _hour_of(order)
    ends = situation.policy.window_ends
    return _counted(
        (each.place_code, each.item_code, each.depot_code, each.pieces)
        for each in consignments
        if by is not None and 0 <= each.window < len(ends) and ends[each.window] <= by
    )


def _counted(lines: Iterable[tuple[str, str, str, int]]) -> Arrivals:
    came: Arrivals = Counter()
    for place_code, item_code, depot_code, pieces in lines:
        came[place_code, item_code, depot_code] += pieces
    return came


def _because(situation: Situation, order: Order, missing: int, unconsigned: int) -> Sentence:
    if isinstance(order, Hold):
        return say("So many usable pieces do not lie there; all there are are held.")
    if not unconsigned:
        return say(
            "{missing} pieces were allocated, but no truck could bring them within {hours} h.",
            missing=missing,
            hours=order.by // HOUR if isinstance(order, Pin | Force) else 0,
        )
    if isinstance(order, Pin):
        needed = sum(
            need.pieces
            for need in situation.needs
            if (need.place_code, need.item_code) == (order.place_code, order.item_code)
        )
        if needed < order.pieces:
            return say(
                "Only {needed} pieces are needed there, and nothing is sent beyond the need.",
                needed=needed,
            )
    return say(
        "{pieces} of these pieces could not be allocated in time beside the other orders.",
        pieces=unconsigned,
    )
