"""What may be asked for when there is too little: roads opened, trucks sooner, limits raised.

Beside the stock and the trucks of `scenarios.overlay`, these are the changes that cure a shortage.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from relief.plan.explain import name_of
from relief.plan.orders import order_text
from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.sentences import Sentence, say
from relief.supply.money import payments
from relief.units import FEN_PER_YUAN

GRAMS_PER_TONNE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRoad:
    """A closure is lifted; `name` as in `TravelTimes.closures`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadySooner:
    """The trucks at depots can leave within so long, where they could not sooner."""

    depot_codes: tuple[str, ...]
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutOrder:
    """An order is taken back; `number` counts from 1."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutReserve:
    """The policy's reserve is released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreRoom:
    """A place takes in so many grams a day more than its limit says."""

    place_code: str
    added_g_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreLoading:
    """So many trucks more load at the same time at a depot than its limit says."""

    depot_code: str
    added_trucks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreMoney:
    """The pots can pay a cost so much higher, each its share of it."""

    added_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierSooner:
    """A supplier delivers a call within so long after its notice, where it could not sooner."""

    offer_code: str
    within: timedelta


Easing = (
    OpenRoad
    | ReadySooner
    | WithoutOrder
    | WithoutReserve
    | MoreRoom
    | MoreLoading
    | MoreMoney
    | SupplierSooner
)


def eased(situation: Situation, easing: Easing, timed: TravelTimes | None = None) -> Situation:
    """Return the situation with an easing.

    Parameters
    ----------
    situation
        The situation; it is left untouched.
    easing
        Of something that the situation holds.
    timed
        Travel times over the roads with the closure lifted; needed for `OpenRoad` alone.
    """
    match easing:
        case OpenRoad():
            if timed is None:
                msg = "To open a road the travel times without its closure are needed."
                raise ValueError(msg)
            return replace(situation, travel=on_road(situation.travel, timed))
        case ReadySooner(depot_codes=codes, within=within):
            pools = tuple(
                replace(pool, ready_after=min(pool.ready_after, within))
                if pool.base_code in codes
                else pool
                for pool in situation.pools
            )
            return replace(situation, pools=pools)
        case WithoutOrder(number=number):
            orders = situation.orders
            return replace(situation, orders=orders[: number - 1] + orders[number:])
        case WithoutReserve():
            policy = replace(situation.policy, reserve=ReserveRule())
            return replace(situation, policy=policy)
        case _:
            return _raised(situation, easing)


def _raised(
    situation: Situation, easing: MoreRoom | MoreLoading | MoreMoney | SupplierSooner
) -> Situation:
    """Return the situation with a limit raised."""
    match easing:
        case MoreRoom(place_code=code, added_g_per_day=added_g):
            rooms = tuple(
                replace(limit, most_g_per_day=limit.most_g_per_day + added_g)
                if limit.place_code == code
                else limit
                for limit in situation.receiving_limits
            )
            return replace(situation, receiving_limits=rooms)
        case MoreLoading(depot_code=code, added_trucks=added):
            bays = tuple(
                replace(limit, most_trucks=limit.most_trucks + added)
                if limit.depot_code == code
                else limit
                for limit in situation.depot_limits
            )
            return replace(situation, depot_limits=bays)
        case MoreMoney(added_fen=added_fen):
            parts = {part.pot_code: part.paid_fen for part in payments(situation.pots, added_fen)}
            pots = tuple(
                replace(pot, most_fen=pot.most_fen + parts[pot.code]) for pot in situation.pots
            )
            return replace(situation, pots=pots)
        case SupplierSooner(offer_code=code, within=within):
            offers = {offer.code: offer for offer in situation.offers}
            sooner = replace(offers[code], lead=min(offers[code].lead, within))
            until = situation.policy.window_ends[-1]
            return replace(
                situation,
                offers=tuple((offers | {code: sooner}).values()),
                lots=(
                    *(lot for lot in situation.lots if lot.offer_code != code),
                    *sooner.batches(until),
                ),
            )


def on_road(old: TravelTimes, timed: TravelTimes) -> TravelTimes:
    """Return travel times with those of the road taken from others over the same places.

    What moves without a road keeps its times.
    """
    duration_h, distance_km = old.duration_h.copy(), old.distance_km.copy()
    row, old_row = timed.index(), old.index()
    both = [code for code in old.location_codes if code in row]
    at_old = np.ix_([old_row[code] for code in both], [old_row[code] for code in both])
    at_new = np.ix_([row[code] for code in both], [row[code] for code in both])
    has_hours = bool(old.span_of.size or timed.span_of.size)
    span_of = np.zeros(duration_h.shape, dtype=np.int64)
    if old.span_of.size:
        span_of[:] = old.span_of
    for number, speed_class in enumerate(old.speed_classes):
        if speed_class in timed.speed_classes:
            here = timed.speed_classes.index(speed_class)
            if has_hours:
                hours = timed.span_of[here][at_new] if timed.span_of.size else 0
                span_of[number][at_old] = np.where(hours, hours + len(old.closed_spans), 0)
            duration_h[number][at_old] = timed.duration_h[here][at_new]
            distance_km[number][at_old] = timed.distance_km[here][at_new]
    return replace(
        old,
        duration_h=duration_h,
        distance_km=distance_km,
        closures=timed.closures,
        later_closures=timed.later_closures,
        network_fingerprint=timed.network_fingerprint,
        unreachable=timed.unreachable,
        closed_spans=(*old.closed_spans, *timed.closed_spans) if has_hours else (),
        span_of=span_of if has_hours else old.span_of,
    )


def easing_described(easing: Easing, base: Situation) -> Sentence:
    """Return an easing as a sentence."""
    match easing:
        case OpenRoad(name=name):
            return say("The closure {name} is lifted.", name=name)
        case ReadySooner(depot_codes=codes, within=within):
            names = {depot.code: name_of(depot) for depot in base.depots}
            return say(
                "All trucks at {depots} can leave within {hours} h.",
                depots=", ".join(names[code] for code in codes),
                hours=f"{within / timedelta(hours=1):g}",
            )
        case WithoutOrder(number=number):
            return say(
                "Order {number} ({order}) is taken back.",
                number=number,
                order=order_text(base.orders[number - 1]),
            )
        case WithoutReserve():
            return say("The reserve of the policy is released.")
        case _:
            return _raise_described(easing, base)


def _raise_described(
    easing: MoreRoom | MoreLoading | MoreMoney | SupplierSooner, base: Situation
) -> Sentence:
    match easing:
        case MoreRoom(place_code=code, added_g_per_day=added_g):
            names = {place.code: name_of(place) for place in base.places}
            return say(
                "{place} takes in {tonnes} t a day more.",
                place=names.get(code, code),
                tonnes=f"{added_g / GRAMS_PER_TONNE:,.1f}",
            )
        case MoreLoading(depot_code=code, added_trucks=added):
            depot = next(one for one in base.depots if one.code == code)
            return say(
                "Trucks that {depot} loads at the same time: {num} more.",
                num=added,
                depot=name_of(depot),
            )
        case MoreMoney(added_fen=added_fen):
            return say(
                "The pots pay {yuan} yuan more, each its share.",
                yuan=f"{added_fen / FEN_PER_YUAN:,.0f}",
            )
        case SupplierSooner(offer_code=code, within=within):
            offer = next(one for one in base.offers if one.code == code)
            return say(
                "{supplier} delivers the call ({offer}) {hours} h after its notice instead of "
                "after {before} h.",
                supplier=f"{offer.supplier_zh} {offer.supplier_en}",
                offer=code,
                hours=f"{within / timedelta(hours=1):g}",
                before=f"{offer.lead / timedelta(hours=1):g}",
            )
