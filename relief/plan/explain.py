"""Reasons and findings, as sentences for people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from relief.damage.needs import Need
from relief.items import Item
from relief.places import Depot, Place
from relief.plan.allocation import Consignment, Shortfall, ShortfallReason
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.reach import earliest_arrivals_s
from relief.plan.routes import Stop, StopKind
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.sentences import Sentence, say
from relief.supply.made_up import drawn_pieces
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


def not_paid_for(*, lost: int, short: int) -> Sentence:
    """Say that goods were allocated, but that the money for their transport is spent.

    Parameters
    ----------
    lost, short
        As in `carried_too_late`.
    """
    return say(
        "{lost} of the {short} pieces short were allocated, but the money for their transport is "
        "spent.",
        lost=lost,
        short=short,
    )


def not_kept_cool(*, lost: int, short: int) -> Sentence:
    """Say that goods were allocated, but that no cooled body could bring them in time.

    Parameters
    ----------
    lost, short
        As in `carried_too_late`.
    """
    return say(
        "{lost} of the {short} pieces short were allocated, but no vehicle with a cooled body can "
        "bring them within the plan.",
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
        stand_ins = situation.catalogue.stand_in_of()
        self._stock: Counter[str] = Counter()
        for lot in situation.usable_lots():
            # What can be made up of something else is told of that; it may be gone by then.
            if not lot.parts:
                self._stock[lot.item_code] += lot.available_pieces
        self._given: Counter[str] = Counter()
        made_up = {lot.code for lot in situation.lots if lot.parts}
        taken: Counter[str] = Counter()
        for each in consignments:
            taken[each.lot_code] += each.pieces
            if each.lot_code not in made_up and each.item_code not in stand_ins:
                self._given[each.item_code] += each.pieces
        item_of = {lot.code: lot.item_code for lot in situation.lots}
        for lot_code, pieces in drawn_pieces(taken, situation.lots).items():
            self._given[item_of[lot_code]] += pieces

    def reason(self, need: Need) -> tuple[ShortfallReason, Sentence]:
        """Return why a need lacks pieces."""
        stock = self._stock[need.item_code]
        left = stock - self._given[need.item_code]
        arrival_s = self._arrivals_s[need.place_code, need.item_code]
        if stock > 0 and arrival_s >= UNREACHABLE_S:
            if self._situation.catalogue.by_code()[need.item_code].needs_cooling:
                return ShortfallReason.COOLING, say(
                    "No vehicle with a cooled body has an open road to the place from any of the "
                    "{stock} usable pieces.",
                    stock=stock,
                )
            return ShortfallReason.NO_ROAD, say(
                "No truck has an open road to the place from any of the {stock} usable pieces.",
                stock=stock,
            )
        if left <= 0:
            return ShortfallReason.NO_STOCK, say(
                "All {stock:,} usable pieces of the item are allocated already.", stock=stock
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


def findings(
    situation: Situation, plan: DispatchPlan, *, num_depots: int = 5
) -> tuple[Sentence, ...]:
    """Return what an officer should know first: places cut off, then depots that run out.

    Parameters
    ----------
    situation, plan
        What for, and what is done.
    num_depots
        How many depots are named; the others are counted.
    """
    sentences = list(places_cut_off(situation))
    spent = spent_depots(situation, plan)
    for one in spent[:num_depots]:
        first, *others = one.items
        if others:
            sentences.append(
                say(
                    "{depot} has no more {item}, which is still short, from {time} on; other items "
                    "of which this is true: {others}.",
                    depot=name_of(one.depot),
                    item=name_of(first),
                    others=len(others),
                    time=local_time(one.last_at),
                )
            )
        else:
            sentences.append(
                say(
                    "{depot} has no more {item}, which is still short, from {time} on.",
                    depot=name_of(one.depot),
                    item=name_of(first),
                    time=local_time(one.last_at),
                )
            )
    if len(spent) > num_depots:
        sentences.append(
            say(
                "Further depots that run out of goods still short: {num}.",
                num=len(spent) - num_depots,
            )
        )
    return tuple(sentences)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentDepot:
    """A depot that gives all it can of goods that are still short.

    Parameters
    ----------
    depot
        The depot.
    items
        The items of which it gives the last usable piece, the shortest everywhere first.
    last_at
        When the last of them is loaded.
    """

    depot: Depot
    items: tuple[Item, ...]
    last_at: datetime


def spent_depots(situation: Situation, plan: DispatchPlan) -> tuple[SpentDepot, ...]:
    """Return the depots that run out of something that somebody is still short of.

    The higher tiers first, within a tier by the number of items, then by time.
    """
    stock: Counter[tuple[str, str]] = Counter()
    for lot in situation.usable_lots():
        stock[lot.depot_code, lot.item_code] += lot.available_pieces
    short: Counter[str] = Counter()
    for one in plan.shortfalls:
        short[one.item_code] += one.missing_pieces + one.late_pieces
    given: Counter[tuple[str, str]] = Counter()
    last_at: dict[tuple[str, str], datetime] = {}
    lies_in = {lot.code: lot.depot_code for lot in situation.lots}
    for loading in _loadings(plan):
        for line in loading.lines:
            if lies_in.get(line.lot_code, loading.location_code) != loading.location_code:
                continue  # Handed over there.
            key = (loading.location_code, line.item_code)
            given[key] += line.pieces
            last_at[key] = max(last_at.get(key, loading.end_at), loading.end_at)
    items = situation.catalogue.by_code()
    spent: list[SpentDepot] = []
    for depot in situation.depots:
        gone = [code for code in items if 0 < stock[depot.code, code] <= given[depot.code, code]]
        gone = sorted((code for code in gone if short[code]), key=lambda code: (-short[code], code))
        if gone:
            spent.append(
                SpentDepot(
                    depot=depot,
                    items=tuple(items[code] for code in gone),
                    last_at=max(last_at[depot.code, code] for code in gone),
                )
            )
    spent.sort(key=lambda one: (-one.depot.tier, -len(one.items), one.last_at, one.depot.code))
    return tuple(spent)


def _loadings(plan: DispatchPlan) -> Iterator[Stop]:
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.LOAD:
                    yield stop
