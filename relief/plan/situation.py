"""The situation: needs, stock, fleet and travel at one instant, checked once."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, time, timedelta
from enum import Enum
from functools import cache, lru_cache
from typing import Any

import numpy as np

from relief.damage.needs import Need
from relief.errors import Fault, InconsistentSituation
from relief.items import Catalogue, Item
from relief.places import Depot, Place
from relief.plan.orders import Forbid, Order, held_back, order_faults, without_held
from relief.plan.policy import PPM, PlanningPolicy, policy_faults
from relief.plan.travel import TravelTimes
from relief.plan.under_way import BayTaken, TakenIn, VehicleUnderWay, under_way_faults
from relief.sentences import say
from relief.supply.apart import apart_faults
from relief.supply.donations import Donation, donation_faults
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.hubs import Hub, hub_faults
from relief.supply.limits import DepotLimit, ReceivingLimit, limit_faults
from relief.supply.made_up import made_up_faults, makeable
from relief.supply.money import Pot, pot_faults
from relief.supply.offers import Agreement, offer_faults
from relief.supply.stock import Lot
from relief.units import SHANGHAI


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """Everything a plan is made from, at one instant.

    Parameters
    ----------
    event_code, event_zh, event_en
        Which disaster.
    start_at
        The instant at which the plan begins; orders go out then.
    catalogue
        The items.
    places
        The receiving places.
    needs
        What is needed there.
    depots, lots
        What there is and where it lies.
    vehicle_classes, pools
        The fleet.
    travel
        Times between all depots and receiving places.
    policy
        The rules of this plan.
    under_way
        Vehicles in the middle of their work, where a plan is made anew while it is carried out.
        What they have on board is gone from the lots, what they have delivered is gone from the
        needs. Vehicles of the pools that are not named here stand ready at their bases.
    as_of
        The instant as of which all this holds, where it is later than `start_at`: needs, windows
        and scores keep counting from `start_at`, but nothing new begins before this.
    orders
        What the officer lays down, in the order given.
    offers
        What can be called from suppliers. Their batches stand among the lots.
    donations
        What is given on conditions. Their lots stand among the lots.
    depot_limits, receiving_limits
        How many trucks depots load at once and when, and what places can take in.
    taken_in
        What counts against `receiving_limits` already, where a plan goes on.
    pots
        Who pays for what is called from suppliers; without any, money is no limit.
    hubs
        Where goods may be handed over from one vehicle to another.
    bays_taken
        Loadings at depots that others have booked: they count against `depot_limits`.

    Raises
    ------
    InconsistentSituation
        If parts contradict each other: every unknown code, duplicate, negative quantity or
        need that is due at no window's end.
    """

    event_code: str
    event_zh: str
    event_en: str
    start_at: datetime
    catalogue: Catalogue
    places: tuple[Place, ...]
    needs: tuple[Need, ...]
    depots: tuple[Depot, ...]
    lots: tuple[Lot, ...]
    vehicle_classes: tuple[VehicleClass, ...]
    pools: tuple[VehiclePool, ...]
    travel: TravelTimes
    policy: PlanningPolicy
    under_way: tuple[VehicleUnderWay, ...] = ()
    as_of: datetime | None = None
    orders: tuple[Order, ...] = ()
    offers: tuple[Agreement, ...] = ()
    donations: tuple[Donation, ...] = ()
    depot_limits: tuple[DepotLimit, ...] = ()
    receiving_limits: tuple[ReceivingLimit, ...] = ()
    pots: tuple[Pot, ...] = ()
    taken_in: tuple[TakenIn, ...] = ()
    hubs: tuple[Hub, ...] = ()
    bays_taken: tuple[BayTaken, ...] = ()

    def __post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise InconsistentSituation(*faults)

    def window_end_at(self, window: int) -> datetime:
        """Return the instant at which an arrival window ends."""
        return self.start_at + self.policy.window_ends[window]

    @property
    def horizon_at(self) -> datetime:
        """The end of the last window."""
        return self.start_at + self.policy.window_ends[-1]

    def window_of(self, instant: datetime) -> int | None:
        """Return the window in which an instant falls, None after the last one.

        The end of a window belongs to it.
        """
        after = instant - self.start_at
        for window, end in enumerate(self.policy.window_ends):
            if after <= end:
                return window
        return None

    def good_until(self, lot: Lot) -> datetime | None:
        """Return the instant before which a lot must have arrived, None if it does not expire.

        Then it still has the life left that the policy, or its item, asks for. A printed expiry
        date is a day of the local calendar, and the whole day counts.
        """
        if lot.expires_on is None:
            return None
        over_at = datetime.combine(lot.expires_on + timedelta(days=1), time(), tzinfo=SHANGHAI)
        item = next(item for item in self.catalogue.items if item.code == lot.item_code)
        return over_at - self._least_life_of(item)

    def _least_life_of(self, item: Item) -> timedelta:
        """Return how long an item must still be good when it arrives."""
        return max(self.policy.min_remaining_life, timedelta(days=item.least_life_days))

    def lasting_lots(self) -> tuple[Lot, ...]:
        """Return the lots with available pieces and enough life left to be sent at all."""
        start_on = {
            item.code: (self.start_at + self._least_life_of(item)).astimezone(SHANGHAI).date()
            for item in self.catalogue.items
        }
        return tuple(
            lot
            for lot in self.lots
            if lot.available_pieces > 0
            and (lot.expires_on is None or lot.expires_on >= start_on[lot.item_code])
        )

    def usable_lots(self) -> tuple[Lot, ...]:
        """Return the lots that may be sent: `lasting_lots` without the pieces that are held.

        Nothing is made up of lots of which an order forbids something, nor in a depot of which it
        forbids an item.
        """
        usable = without_held(self.lasting_lots(), self.held_pieces())
        depots = {depot.code for depot in self.depots}
        forbidden = {
            one.source_code
            for one in self.orders
            if isinstance(one, Forbid) and (one.item_code or one.source_code not in depots)
        }
        return makeable(usable, forbidden)

    def held_pieces(self) -> dict[tuple[str, str], int]:
        """Return the lasting pieces that orders or the policy's reserve keep, by (depot, item).

        What could be made up is not there yet: its parts are held.
        """
        tiers = {depot.code: depot.tier for depot in self.depots}
        there = [lot for lot in self.lasting_lots() if not lot.parts]
        return held_back(there, self.orders, self.policy.reserve, tiers)

    def has_made_up(self) -> bool:
        """Return whether kits or substitutes may be made up of what lies in the depots."""
        return any(lot.parts for lot in self.lots)

    def brief_lots(self) -> frozenset[str]:
        """Return the codes of lots that may arrive in time for one window, but not for the last."""
        return frozenset(
            lot.code
            for lot in self.lasting_lots()
            if (until := self.good_until(lot)) is not None and until <= self.horizon_at
        )

    def free_pools(self) -> tuple[VehiclePool, ...]:
        """Return the pools without the vehicles that the policy's reserve keeps."""
        reserve = self.policy.reserve
        if not reserve.trucks_ppm:
            return self.pools
        tiers = {depot.code: depot.tier for depot in self.depots}
        return tuple(
            replace(
                pool,
                num_vehicles=pool.num_vehicles - pool.num_vehicles * reserve.trucks_ppm // PPM,
            )
            if tiers[pool.base_code] >= reserve.least_tier
            else pool
            for pool in self.pools
        )

    def fingerprint(self) -> str:
        """Return a SHA-256 digest of the whole content, the same on every machine."""
        return _fingerprint(self)


@lru_cache(maxsize=4)
def _fingerprint(situation: Situation) -> str:
    """Return the digest of a situation, which is frozen and equal to itself alone."""
    chunks: list[str] = []
    _write_canonical(situation, chunks)
    chunks.append("")
    return hashlib.sha256("\x1f".join(chunks).encode()).hexdigest()


def _write_canonical(value: object, chunks: list[str]) -> None:
    """Append a value's content as texts, in a fixed order."""
    kind: Any = type(value)
    if kind is str or kind is int:
        chunks.append(repr(value))
    elif isinstance(value, tuple):
        chunks.append(f"({len(value)}")
        for part in value:
            _write_canonical(part, chunks)
    elif (names := _field_names(kind)) is not None:
        chunks.append(kind.__name__)
        for name in names:
            chunks.append(name)
            _write_canonical(getattr(value, name), chunks)
    elif isinstance(value, np.ndarray):
        chunks.append(f"{value.dtype.str}{value.shape}")
        chunks.append(hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest())
    elif isinstance(value, Enum):
        chunks.append(repr(value.value))
    elif isinstance(value, timedelta):
        chunks.append(f"{value.total_seconds()!r}s")
    elif isinstance(value, datetime):
        chunks.append(f"{value.timestamp()!r}@")
    else:
        chunks.append(repr(value))


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """Return the names of a dataclass's fields, None for what is none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def _faults(situation: Situation) -> Iterator[Fault]:
    yield from _duplicates(situation)
    yield from policy_faults(situation.policy)
    yield from _need_faults(situation)
    yield from _stock_faults(situation)
    depots = {depot.code for depot in situation.depots}
    items = {item.code for item in situation.catalogue.items}
    yield from offer_faults(situation.offers, situation.donations, situation.lots, depots, items)
    for donation in situation.donations:
        yield from donation_faults(donation, depots, items)
    yield from made_up_faults(situation.lots, situation.catalogue)
    yield from apart_faults(situation.catalogue)
    yield from pot_faults(situation.pots)
    yield from limit_faults(
        situation.depot_limits, situation.receiving_limits, depots, situation.vehicle_classes
    )
    yield from hub_faults(situation.hubs, depots)
    yield from _fleet_faults(situation)
    yield from _travel_faults(situation)
    yield from under_way_faults(situation)
    yield from order_faults(situation)


def _duplicates(situation: Situation) -> Iterator[Fault]:
    keys: dict[str, Iterable[object]] = {
        "items": (item.code for item in situation.catalogue.items),
        "places": (place.code for place in situation.places),
        "depots": (depot.code for depot in situation.depots),
        "lots": (lot.code for lot in situation.lots),
        "offers": (
            *(offer.code for offer in situation.offers),
            *(donation.code for donation in situation.donations),
        ),
        "vehicle_classes": (kind.code for kind in situation.vehicle_classes),
        "pools": ((p.base_code, p.class_code, p.num_drivers) for p in situation.pools),
        "needs": ((n.place_code, n.item_code, n.due_at.isoformat()) for n in situation.needs),
    }
    for field, codes in keys.items():
        for code, num in Counter(codes).items():
            if num > 1:
                yield Fault(
                    where=situation.event_code,
                    field=field,
                    value=str(code),
                    what=say("Given {num} times.", num=num),
                    allowed="each once",
                    remedy=say("Merge the entries or give them codes of their own."),
                )


def _need_faults(situation: Situation) -> Iterator[Fault]:
    items = situation.catalogue.by_code()
    places = {place.code for place in situation.places}
    dues = {situation.start_at + end for end in situation.policy.window_ends}
    for need in situation.needs:
        where = f"need {need.place_code} {need.item_code}"
        if need.place_code not in places:
            yield _unknown(where, "place_code", need.place_code)
        if need.item_code not in items:
            yield _unknown(where, "item_code", need.item_code)
        if need.due_at not in dues:
            yield Fault(
                where=where,
                field="due_at",
                value=need.due_at.isoformat(),
                what=say("Due at no window's end."),
                allowed=", ".join(sorted(due.isoformat() for due in dues)),
                remedy=say("Move the due time to the end of a window."),
            )
        if need.pieces < 1 or need.milli_people_per_piece < 0:
            yield Fault(
                where=where,
                field="pieces",
                value=f"{need.pieces}, {need.milli_people_per_piece} milli-people each",
                what=say("A need asks for less than one piece, or for fewer than no people."),
                allowed=">= 1 piece, >= 0 people",
                remedy=say("Leave the need out or correct the count."),
            )


def _stock_faults(situation: Situation) -> Iterator[Fault]:
    items = situation.catalogue.by_code()
    depots = {depot.code for depot in situation.depots}
    for lot in situation.lots:
        where = f"lot {lot.code}"
        if lot.depot_code not in depots:
            yield _unknown(where, "depot_code", lot.depot_code)
        if lot.item_code not in items:
            yield _unknown(where, "item_code", lot.item_code)
        if lot.pieces < 0 or not 0 <= lot.committed_pieces <= max(lot.pieces, 0):
            yield Fault(
                where=where,
                field="pieces",
                value=f"{lot.pieces} on hand, {lot.committed_pieces} committed",
                what=say("More is committed than on hand, or a count is negative."),
                allowed="0 <= committed <= on hand",
                remedy=say("Record a movement or lower the commitment."),
            )


def _fleet_faults(situation: Situation) -> Iterator[Fault]:
    depots = {depot.code for depot in situation.depots}
    classes = {kind.code for kind in situation.vehicle_classes}
    for pool in situation.pools:
        where = f"vehicles at {pool.base_code}"
        if pool.base_code not in depots:
            yield _unknown(where, "base_code", pool.base_code)
        if pool.class_code not in classes:
            yield _unknown(where, "class_code", pool.class_code)
        if pool.num_vehicles < 0 or pool.num_drivers not in (1, 2):
            yield Fault(
                where=where,
                field="num_vehicles",
                value=f"{pool.num_vehicles} with {pool.num_drivers} drivers",
                what=say("The number of trucks or of drivers is impossible."),
                allowed=">= 0 trucks, 1 or 2 drivers",
                remedy=say("Correct the pool."),
            )
    for kind in situation.vehicle_classes:
        if kind.payload_g <= 0 or kind.volume_cm3 <= 0:
            yield Fault(
                where=f"vehicle class {kind.code}",
                field="payload_g",
                value=f"{kind.payload_g} g, {kind.volume_cm3} cm3",
                what=say("A truck that can carry nothing."),
                allowed="> 0",
                remedy=say("Correct the class."),
            )
        if kind.speed_class not in situation.travel.speed_classes:
            yield _unknown(f"vehicle class {kind.code}", "speed_class", kind.speed_class)


def _travel_faults(situation: Situation) -> Iterator[Fault]:
    timed = set(situation.travel.location_codes)
    wanted = [depot.code for depot in situation.depots]
    wanted += [place.code for place in situation.places]
    for code in wanted:
        if code not in timed:
            yield _unknown("travel times", "location_codes", code)


def _unknown(where: str, field: str, code: str) -> Fault:
    return Fault(
        where=where,
        field=field,
        value=code,
        what=say("Named here, but not part of the situation."),
        allowed="a code that the situation holds",
        remedy=say("Add it or correct the code."),
    )
