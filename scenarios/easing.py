"""What may be asked for when there is too little: roads opened, trucks sooner, orders taken back.

Beside the stock and the trucks of `scenarios.overlay`, these are the changes that cure a shortage.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from relief.plan.orders import order_text
from relief.plan.policy import ReserveRule
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.sentences import Sentence, say


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


Easing = OpenRoad | ReadySooner | WithoutOrder | WithoutReserve


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


def on_road(old: TravelTimes, timed: TravelTimes) -> TravelTimes:
    """Return travel times with those of the road taken from others over the same places.

    What moves without a road keeps its times.
    """
    duration_h, distance_km = old.duration_h.copy(), old.distance_km.copy()
    row, old_row = timed.index(), old.index()
    both = [code for code in old.location_codes if code in row]
    at_old = np.ix_([old_row[code] for code in both], [old_row[code] for code in both])
    at_new = np.ix_([row[code] for code in both], [row[code] for code in both])
    for number, speed_class in enumerate(old.speed_classes):
        if speed_class in timed.speed_classes:
            here = timed.speed_classes.index(speed_class)
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
    )


def easing_described(easing: Easing, base: Situation) -> Sentence:
    """Return an easing as a sentence."""
    match easing:
        case OpenRoad(name=name):
            return say("The closure {name} is lifted.", name=name)
        case ReadySooner(depot_codes=codes, within=within):
            names = {depot.code: f"{depot.name_zh} {depot.name_en}" for depot in base.depots}
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
