"""Which goods an officer has laid down by order: the trucks carry them before any other."""

from collections import defaultdict
from collections.abc import Sequence

from relief.plan.allocation import Consignment
from relief.plan.orders import Force, Pin
from relief.plan.orders_met import forced_pieces
from relief.plan.situation import Situation

LAID_DOWN_TIMES = 100
"""What is laid down counts so many times the dearest piece of the situation, so that no other goods
are carried in its stead; not more, so that the sums stay small for every engine."""


def laid_down(
    situation: Situation, consignments: Sequence[Consignment]
) -> dict[int, tuple[int, int]]:
    """Return the pieces of consignments that pins and forces ask for, and by which window.

    Parameters
    ----------
    situation
        With the orders.
    consignments
        What is allocated. What arrives first counts first toward an order.

    Returns
    -------
    dict[int, tuple[int, int]]
        By index of the consignment: pieces, and the earliest window that an order names.
    """
    claims: dict[int, tuple[int, int]] = {}
    taken: dict[int, int] = defaultdict(int)
    sequence = sorted(range(len(consignments)), key=lambda one: (consignments[one].window, one))
    for order in situation.orders:
        if not isinstance(order, Pin | Force):
            continue
        window = _window(situation, order)
        for (item_code, depot_code), pieces in _wanted(situation, order).items():
            left = pieces
            for number in sequence:
                one = consignments[number]
                if (
                    one.window > window
                    or one.item_code != item_code
                    or one.place_code != order.place_code
                    or depot_code not in ("", one.depot_code)
                ):
                    continue
                more = min(left, one.pieces - taken[number])
                if more > 0:
                    taken[number] += more
                    left -= more
                    known = claims.get(number, (0, window))
                    claims[number] = (taken[number], min(known[1], window))
    return claims


def _window(situation: Situation, order: Pin | Force) -> int:
    """Return the last window that ends by the time an order names, -1 for none."""
    return max(
        (number for number, end in enumerate(situation.policy.window_ends) if end <= order.by),
        default=-1,
    )


def _wanted(situation: Situation, order: Pin | Force) -> dict[tuple[str, str], int]:
    """Return the pieces that an order asks for, by item and depot (empty for any)."""
    if isinstance(order, Pin):
        return {(order.item_code, order.depot_code): order.pieces}
    forced = forced_pieces(situation, order)
    return {(item_code, ""): pieces for item_code, pieces in forced.items()}
