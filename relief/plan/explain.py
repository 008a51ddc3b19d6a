"""Reasons and findings, as sentences for people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from relief.damage.needs import Need
from relief.items import Item
from relief.places import Depot, Place
from relief.plan.allocation import Consignment, Shortfall, ShortfallReason
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.reach import earliest_arrivals_s
from relief.plan.routes import StopKind
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.sentences import Sentence, say
from relief.units import SECONDS_PER_HOUR, SHANGHAI, ceil_div


def name_of(thing: Place | Depot | Item) -> str:
    """Return the name of a place, depot or item in Chinese and in English."""
    return f"{thing.name_zh} {thing.name_en}"


def local_time(instant: datetime) -> str:
    """Return an instant as it is told in Hubei, to the minute."""
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def carried_too_late(*, lost: int, short: int, undelivered: int) -> Sentence:
    """Say that goods were allocated, but that no truck could bring them in time.

    Parameters
    ----------
    lost
        Pieces of the need that were allocated and are late or missing all the same.
    short
        All pieces of the need that are late or missing.
    undelivered
        Pieces of the item for the place that stay in the depots for want of a truck.
    """
    if undelivered:
        return say(
            "{lost} of the {short} pieces short were allocated, but no truck could bring them in "
            "time; {undelivered} pieces for this place stay in the depots.",
            lost=lost,
            short=short,
            undelivered=undelivered,
        )
    return say(
        "{lost} of the {short} pieces short were allocated, but the trucks bring them only in a "
        "later window.",
        lost=lost,
        short=short,
    )


class Lacks:
    """Tells why pieces were not allocated, where the allocation does not say.

    Parameters
    ----------
    situation
        Holds stock, fleet and roads.
    consignments
        What was allocated to anybody; it is not there any more.
    """

    def __init__(self, situation: Situation, consignments: Iterable[Consignment]) -> None:
        self._situation = situation
        self._arrivals_s = earliest_arrivals_s(situation)
        self._stock: Counter[str] = Counter()
        for lot in situation.usable_lots():
            self._stock[lot.item_code] += lot.available_pieces
        self._given: Counter[str] = Counter()
        for each in consignments:
            self._given[each.item_code] += each.pieces

    def reason(self, need: Need) -> tuple[ShortfallReason, Sentence]:
        """Return why a need lacks pieces."""
        stock = self._stock[need.item_code]
        left = stock - self._given[need.item_code]
        arrival_s = self._arrivals_s[need.place_code, need.item_code]
        if stock > 0 and arrival_s >= UNREACHABLE_S:
            return ShortfallReason.NO_ROAD, say(
                "No truck has an open road to the place from any of the {stock} usable pieces.",
                stock=stock,
            )
        if left <= 0:
            return ShortfallReason.NO_STOCK, say(
                "All {stock} usable pieces of the item are allocated already.", stock=stock
            )
        due_s = (need.due_at - self._situation.start_at) // timedelta(seconds=1)
        if arrival_s > due_s:
            return ShortfallReason.TOO_FAR, say(
                "The nearest stock arrives after {arrival} h at the earliest; due after {due} h.",
                arrival=ceil_div(arrival_s, SECONDS_PER_HOUR),
                due=due_s // SECONDS_PER_HOUR,
            )
        return ShortfallReason.TRUCKS, say(
            "{left} pieces are left in the depots, but no truck is free to bring them in time.",
            left=left,
        )


def shortfall_headline(situation: Situation, shortfall: Shortfall) -> Sentence:
    """Say what is short where; `Shortfall.because` says why."""
    place = next(one for one in situation.places if one.code == shortfall.place_code)
    item = situation.catalogue.by_code()[shortfall.item_code]
    if shortfall.late_pieces == 0:
        return say(
            "{place}: {missing} pieces of {item}, due {due}, do not come at all.",
            place=name_of(place),
            missing=shortfall.missing_pieces,
            item=name_of(item),
            due=local_time(shortfall.due_at),
        )
    if shortfall.missing_pieces == 0:
        return say(
            "{place}: {late} pieces of {item}, due {due}, come late.",
            place=name_of(place),
            late=shortfall.late_pieces,
            item=name_of(item),
            due=local_time(shortfall.due_at),
        )
    return say(
        "{place}: of {item}, due {due}, {late} pieces come late and {missing} not at all.",
        place=name_of(place),
        item=name_of(item),
        due=local_time(shortfall.due_at),
        late=shortfall.late_pieces,
        missing=shortfall.missing_pieces,
    )


def findings(situation: Situation, plan: DispatchPlan) -> tuple[Sentence, ...]:
    """Return what an officer should know first: places cut off, then depots that ran out."""
    return (*places_cut_off(situation), *depots_run_out(situation, plan))


def places_cut_off(situation: Situation) -> Iterator[Sentence]:
    """Yield a sentence for each place with needs to which no depot has an open road."""
    pieces: Counter[str] = Counter()
    for need in situation.needs:
        pieces[need.place_code] += need.pieces
    row = situation.travel.index()
    depots = [row[depot.code] for depot in situation.depots]
    seconds = situation.travel.seconds()
    for place in situation.places:
        if not pieces[place.code]:
            continue
        if not depots or seconds[:, depots, row[place.code]].min() >= UNREACHABLE_S:
            yield say(
                "{place} is cut off: no depot has an open road to it, and {pieces} pieces of "
                "relief goods are needed there.",
                place=name_of(place),
                pieces=pieces[place.code],
            )


def depots_run_out(situation: Situation, plan: DispatchPlan) -> Iterator[Sentence]:
    """Yield a sentence for each item that a depot gives away to the last usable piece.

    In order of time. Only items that somebody is still short of are named.
    """
    stock: Counter[tuple[str, str]] = Counter()
    depot_of: dict[str, str] = {}
    for lot in situation.usable_lots():
        stock[lot.depot_code, lot.item_code] += lot.available_pieces
        depot_of[lot.code] = lot.depot_code
    given: Counter[tuple[str, str]] = Counter()
    last_at: dict[tuple[str, str], datetime] = {}
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is not StopKind.LOAD:
                    continue
                for line in stop.lines:
                    if line.lot_code in depot_of:
                        key = (depot_of[line.lot_code], line.item_code)
                        given[key] += line.pieces
                        last_at[key] = max(last_at.get(key, stop.end_at), stop.end_at)
    short: Counter[str] = Counter()
    for one in plan.shortfalls:
        short[one.item_code] += one.missing_pieces + one.late_pieces
    depots = {depot.code: depot for depot in situation.depots}
    items = situation.catalogue.by_code()
    for key in sorted(last_at, key=lambda key: (last_at[key], key)):
        depot_code, item_code = key
        if given[key] == stock[key] and short[item_code]:
            yield say(
                "{depot} runs out of {item} at {time}, after {pieces} pieces; {short} pieces of "
                "it are late or missing.",
                depot=name_of(depots[depot_code]),
                item=name_of(items[item_code]),
                time=local_time(last_at[key]),
                pieces=given[key],
                short=short[item_code],
            )
