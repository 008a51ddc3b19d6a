"""Orders: what an officer lays down before anything is planned.

A pin and a force ask for service: they are met as far as can be, and what they lack is reported
as a named slack. A forbid and a hold keep goods back: every plan keeps them to the piece. A hold
of more than there is holds all there is, and lacks the rest.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from relief.errors import Fault
from relief.places import Tier
from relief.plan.policy import PPM, ReserveRule
from relief.sentences import Sentence, say
from relief.supply.stock import Lot
from relief.units import ceil_div

if TYPE_CHECKING:
    from relief.plan.situation import Situation

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """At least so many pieces of an item are to be at a place by a window's end.

    Parameters
    ----------
    item_code, place_code, pieces
        What, where to, at least how many; >= 1.
    by
        After the start; the end of a window.
    depot_code
        Where from; empty for wherever from.
    """

    item_code: str
    place_code: str
    pieces: int
    by: timedelta
    depot_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """All that a place needs by a window's end is to be there by then.

    Parameters
    ----------
    place_code
        The place.
    by
        After the start; the end of a window.
    force_item_code
        Of one item; empty for every item.
    """

    place_code: str
    by: timedelta
    force_item_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbid:
    """Nothing of a depot or of a lot goes to a place, or to any place.

    Parameters
    ----------
    source_code
        A depot or a lot.
    place_code
        The place; empty for every place.
    item_code
        Of one item; empty for every item.
    """

    source_code: str
    place_code: str = ""
    item_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """So many usable pieces of an item stay in a depot.

    Parameters
    ----------
    depot_code, item_code
        Where, what.
    held_pieces
        How many; >= 1.
    """

    depot_code: str
    item_code: str
    held_pieces: int


Order = Pin | Force | Forbid | Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSlack:
    """What an order lacks.

    Parameters
    ----------
    number
        Its place in `Situation.orders`, from 1.
    missing_pieces
        Pieces it asks for and does not get; >= 1.
    because
        Why, in a sentence.
    """

    number: int
    missing_pieces: int
    because: Sentence


def order_faults(situation: "Situation") -> Iterator[Fault]:
    """Yield what orders name that the situation does not hold, and impossible numbers."""
    known = _known_codes(situation)
    for number, order in enumerate(situation.orders, start=1):
        where = f"order {number} ({order_text(order)})"
        for field, code in _named(order):
            if code and code not in known[field]:
                yield Fault(
                    where=where,
                    field=field,
                    value=code,
                    what=say("Named here, but not part of the situation."),
                    allowed="a code that the situation holds",
                    remedy=say("Add it or correct the code."),
                )
        if isinstance(order, Pin | Force) and order.by not in situation.policy.window_ends:
            yield Fault(
                where=where,
                field="by",
                value=f"{order.by / HOUR:g} h",
                what=say("No arrival window ends then."),
                allowed=", ".join(f"{end / HOUR:g} h" for end in situation.policy.window_ends),
                remedy=say("Choose the end of a window, or give the policy another window."),
            )
        if isinstance(order, Pin | Hold):
            pieces = order.pieces if isinstance(order, Pin) else order.held_pieces
            if pieces < 1:
                yield Fault(
                    where=where,
                    field="pieces",
                    value=str(pieces),
                    what=say("An impossible number."),
                    allowed=">= 1",
                    remedy=say("Correct the number."),
                )
    for order, num in Counter(situation.orders).items():
        if num > 1:
            yield Fault(
                where="orders",
                value=order_text(order),
                what=say("Given {num} times.", num=num),
                allowed="each once",
                remedy=say("Give the order once."),
            )


def _known_codes(situation: "Situation") -> dict[str, set[str]]:
    depots = {depot.code for depot in situation.depots}
    return {
        "place": {place.code for place in situation.places},
        "item": set(situation.catalogue.by_code()),
        "depot": depots,
        "source": depots | {lot.code for lot in situation.lots},
    }


def _named(order: Order) -> tuple[tuple[str, str], ...]:
    """Return what an order names: the kind of thing and the code, empty for all of the kind."""
    match order:
        case Pin():
            return (
                ("place", order.place_code), ("item", order.item_code), ("depot", order.depot_code),
            )  # fmt: skip
        case Force():
            return (("place", order.place_code), ("item", order.force_item_code))
        case Forbid():
            return (
                ("source", order.source_code), ("place", order.place_code),
                ("item", order.item_code),
            )  # fmt: skip
        case Hold():
            return (("depot", order.depot_code), ("item", order.item_code))


def order_text(order: Order) -> str:
    """Return an order as it is written on the command line, the word for its kind first."""
    match order:
        case Pin():
            source = f"{order.depot_code} " if order.depot_code else ""
            by_h = order.by // HOUR
            return f"pin {source}{order.item_code} {order.place_code} {order.pieces} by {by_h}h"
        case Force():
            item = f" {order.force_item_code}" if order.force_item_code else ""
            return f"force {order.place_code}{item} by {order.by // HOUR}h"
        case Forbid():
            item = f" {order.item_code}" if order.item_code else ""
            return f"forbid {order.source_code} -> {order.place_code or 'all'}{item}"
        case Hold():
            return f"hold {order.depot_code} {order.item_code} {order.held_pieces}"


def forbids(order: Forbid, lot: Lot, place_code: str) -> bool:
    """Return whether an order forbids to send pieces of a lot to a place."""
    return (
        order.source_code in (lot.depot_code, lot.code)
        and order.place_code in ("", place_code)
        and order.item_code in ("", lot.item_code)
    )


def held_back(
    usable: Sequence[Lot],
    orders: Sequence[Order],
    reserve: ReserveRule,
    tiers: Mapping[str, Tier],
) -> dict[tuple[str, str], int]:
    """Return the usable pieces that stay, under (depot, item).

    Parameters
    ----------
    usable
        Lots that could be sent.
    orders
        Several holds of the same goods hold the largest of their numbers; the policy's reserve
        is one of them.
    reserve
        The policy's.
    tiers
        Of the depots.
    """
    stock: Counter[tuple[str, str]] = Counter()
    for lot in usable:
        stock[lot.depot_code, lot.item_code] += lot.available_pieces
    held = {
        key: ceil_div(pieces * reserve.stock_ppm, PPM)
        for key, pieces in stock.items()
        if reserve.stock_ppm and tiers[key[0]] >= reserve.least_tier
    }
    for order in orders:
        if isinstance(order, Hold):
            key = (order.depot_code, order.item_code)
            held[key] = max(held.get(key, 0), order.held_pieces)
    return {key: min(pieces, stock[key]) for key, pieces in held.items() if stock[key]}


def without_held(usable: Sequence[Lot], held: Mapping[tuple[str, str], int]) -> tuple[Lot, ...]:
    """Return the lots with the held pieces committed; what lasts longest is held."""
    left = dict(held)
    committed: dict[str, int] = {}
    for lot in sorted(usable, key=_lasts_longest):
        kept = min(left.get((lot.depot_code, lot.item_code), 0), lot.available_pieces)
        if kept:
            left[lot.depot_code, lot.item_code] -= kept
            committed[lot.code] = kept
    lots = (
        replace(lot, committed_pieces=lot.committed_pieces + committed[lot.code])
        if lot.code in committed
        else lot
        for lot in usable
    )
    return tuple(lot for lot in lots if lot.available_pieces > 0)


def _lasts_longest(lot: Lot) -> tuple[bool, int, str]:
    expires_on = lot.expires_on or date.max
    return (lot.expires_on is not None, -expires_on.toordinal(), lot.code)
