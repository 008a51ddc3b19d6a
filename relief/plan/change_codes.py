"""What a new plan changes, as BeiDou messages to the drivers: the difference is the message.

A waybill that is void or changed goes out as an order on that waybill (kind 8), a new one as an
order for goods to each of its places (kind 3). What stays as it was is not sent; a truck that must
wait longer somewhere than it would have is told to hold there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from relief.beidou.codes import envelope_of
from relief.beidou.compact_code import CAPACITY_BYTES, MAX_SEQUENCE
from relief.beidou.goods_code import DispatchOrder, OrderLine
from relief.beidou.part_code import payloads
from relief.beidou.route_code import RouteChange, RouteOrder, RouteStep
from relief.plan.change import Fate, VehicleChange, WaybillChange
from relief.plan.routes import Stop, StopKind, Trip
from relief.plan.situation import Situation

HOLD_FROM = timedelta(minutes=30)
"""A wait before work that is longer than before by at least so much is told as a hold."""

_Goods = dict[str, Counter[str]]
"""Pieces of each item under the code of a depot or place."""


class Codes:
    """Writes the changes of trucks as compact codes, numbered one after the other.

    Parameters
    ----------
    situation
        Says where lots lie, and when the new plan was decided.
    first_sequence
        The running number of the first message of the office.
    """

    def __init__(self, situation: Situation, first_sequence: int = 1) -> None:
        self._depot_of = {lot.code: lot.depot_code for lot in situation.lots}
        decided_at = situation.as_of or situation.start_at
        self._decided_at = decided_at.replace(microsecond=0)
        self._next = first_sequence

    def vehicle(self, change: VehicleChange) -> tuple[DispatchOrder | RouteOrder, ...]:
        """Return what a driver is sent: what is void first, then what to do instead."""
        order = (Fate.VOIDED, Fate.CHANGED, Fate.KEPT, Fate.NEW)
        return tuple(
            code
            for fate in order
            for one in change.waybills
            if one.fate is fate
            for code in self._waybill(one)
        )

    def _number(self) -> int:
        number = self._next
        self._next = (number + 1) % (MAX_SEQUENCE + 1)
        return number

    def _waybill(self, change: WaybillChange) -> Iterator[DispatchOrder | RouteOrder]:
        if change.fate is Fate.NEW and change.after is not None:
            yield from self._new(change.after)
            return
        steps: tuple[RouteStep, ...] = (RouteStep(change=RouteChange.VOID),)
        if change.before is not None and change.after is not None:
            steps = tuple(_steps(change.before, change.after))
        if steps:
            yield RouteOrder(
                sequence=self._number(),
                waybill=change.number,
                decided_at=self._decided_at,
                steps=steps,
            )

    def _new(self, trip: Trip) -> Iterator[DispatchOrder]:
        """Yield an order for each depot and place of a new waybill."""
        for stop in trip.stops:
            if stop.kind is not StopKind.DELIVER:
                continue
            goods: _Goods = defaultdict(Counter)
            for line in stop.lines:
                goods[self._depot_of[line.lot_code]][line.item_code] += line.pieces
            for depot_code, pieces in goods.items():
                yield DispatchOrder(
                    sequence=self._number(),
                    depot_code=depot_code,
                    unit_code=stop.location_code,
                    due_at=stop.end_at,
                    lines=_lines(pieces),
                )


def written(code: DispatchOrder | RouteOrder) -> tuple[bytes, ...]:
    """Return the contents of the civil messages that carry a code; more than one are its parts."""
    return payloads(envelope_of(code), CAPACITY_BYTES)


def _lines(pieces: Counter[str]) -> tuple[OrderLine, ...]:
    return tuple(OrderLine(item=item, pieces=num) for item, num in sorted(pieces.items()) if num)


def _goods(trip: Trip, kind: StopKind) -> _Goods:
    goods: _Goods = defaultdict(Counter)
    for stop in trip.stops:
        if stop.kind is kind:
            for line in stop.lines:
                goods[stop.location_code][line.item_code] += line.pieces
    return goods


def _steps(before: Trip, after: Trip) -> Iterator[RouteStep]:
    """Yield what changes from one trip to another, redirected goods first."""
    less, more = _difference(before, after, StopKind.DELIVER)
    end_at = {stop.location_code: stop.end_at for stop in after.stops}
    for from_code, pieces in less.items():
        for to_code, wanted in more.items():
            moved = pieces & wanted
            if moved:
                pieces -= moved  # noqa: PLW2901 - the counters are worked off
                wanted -= moved  # noqa: PLW2901
                yield RouteStep(
                    change=RouteChange.REDIRECT,
                    at_code=from_code,
                    to_code=to_code,
                    at=end_at[to_code],
                    lines=_lines(moved),
                )
    dropped, added = _difference(before, after, StopKind.LOAD)
    for code, pieces in (*dropped.items(), *less.items()):
        if +pieces:
            yield RouteStep(change=RouteChange.DROP, at_code=code, lines=_lines(pieces))
    for code, pieces in (*added.items(), *more.items()):
        if +pieces:
            yield RouteStep(
                change=RouteChange.ADD, at_code=code, at=end_at[code], lines=_lines(pieces)
            )
    yield from _holds(before, after)


def _difference(before: Trip, after: Trip, kind: StopKind) -> tuple[_Goods, _Goods]:
    """Return what is loaded or unloaded less, and more, at each place."""
    was, is_now = _goods(before, kind), _goods(after, kind)
    codes = sorted(was.keys() | is_now.keys())
    less = {code: was[code] - is_now[code] for code in codes}
    more = {code: is_now[code] - was[code] for code in codes}
    return less, more


def _holds(before: Trip, after: Trip) -> Iterator[RouteStep]:
    waited = {stop.location_code: _wait(stop) for stop in before.stops}
    for stop in after.stops:
        longer = _wait(stop) - waited.get(stop.location_code, timedelta(0))
        if longer >= HOLD_FROM:
            yield RouteStep(
                change=RouteChange.HOLD, at_code=stop.location_code, at=_whole(stop.begin_at)
            )


def _wait(stop: Stop) -> timedelta:
    return stop.begin_at - stop.leg.arrive_at


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
