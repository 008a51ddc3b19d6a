"""Vehicles under way: where a plan that is being carried out stands at an instant.

What is on the road stays on the road: a vehicle goes on from where it is free, with what it has on
board, by a duty clock that has not been set back. The leg that it drives, and the loading or
unloading that it has begun, are finished first (a stated choice: drivers are not turned round in
the middle of a leg), so that the state holds where and when that is. Only where the road ahead is
closed, or where a position has come in, may it be free at a point of its own on the road.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from relief.errors import Fault
from relief.places import Point
from relief.sentences import Sentence, say
from relief.supply.stock import Lot

if TYPE_CHECKING:
    from relief.plan.situation import Situation

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOnBoard:
    """Pieces of a lot that are on a vehicle.

    Parameters
    ----------
    lot_code, item_code, pieces
        What. The pieces are no longer in the lot.
    place_code
        Where the waybill brings them; empty where they are bound for nowhere.
    """

    lot_code: str
    item_code: str
    pieces: int
    place_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveSpan:
    """A time at the wheel without a stop."""

    begin_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleUnderWay:
    """A vehicle in the middle of its work.

    Parameters
    ----------
    vehicle_code
        One of `VehiclePool.vehicle_codes`.
    location_code
        Where it is free for what comes next: a depot, a place, or its own code for a point on the
        road.
    free_at
        When it is free there: the leg and the work that it had begun are done.
    point
        Where `location_code` is, if that is a point on the road.
    waybill
        The waybill of what is on board; empty where nothing is.
    stops_done
        How many stops of that waybill are done.
    load
        What is on board at `free_at`, one line for each lot and place.
    drives
        Its driving in the 24 hours before `free_at`, in order.
    continuous_drive
        Its driving since the last rest, at `free_at`.
    is_broken_down
        Whether it cannot go on. Its load stays on it.
    loading_since
        When it began to load at `location_code`, where it does so until `free_at`; None where it
        does not load.
    """

    vehicle_code: str
    location_code: str
    free_at: datetime
    point: Point | None = None
    waybill: str = ""
    stops_done: int = 0
    load: tuple[LoadOnBoard, ...] = ()
    drives: tuple[DriveSpan, ...] = ()
    continuous_drive: timedelta = NO_TIME
    is_broken_down: bool = False
    loading_since: datetime | None = None

    @property
    def pieces_by_lot(self) -> Counter[str]:
        """What is on board, whatever place it is bound for."""
        pieces: Counter[str] = Counter()
        for line in self.load:
            pieces[line.lot_code] += line.pieces
        return pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What a place has taken in of an arrival window already, where a plan goes on.

    Parameters
    ----------
    place_code, window
        Where, and in which window.
    mass_g
        How much.
    """

    place_code: str
    window: int
    mass_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BayTaken:
    """A loading at a depot that is no part of what is to be planned.

    Parameters
    ----------
    depot_code, begin_at, end_at
        Where and when a bay is taken.
    mass_g
        What is loaded.
    """

    depot_code: str
    begin_at: datetime
    end_at: datetime
    mass_g: int


def under_way_faults(situation: "Situation") -> Iterator[Fault]:
    """Yield everything that is impossible about the vehicles under way of a situation."""
    class_of = {code: pool.class_code for pool in situation.pools for code in pool.vehicle_codes()}
    times = Counter(vehicle.vehicle_code for vehicle in situation.under_way)
    for code, num in times.items():
        if num > 1:
            yield _fault(code, "vehicle_code", code, say("Given {num} times.", num=num), "once")
    if situation.as_of is not None and situation.as_of < situation.start_at:
        yield Fault(
            where=situation.event_code,
            field="as_of",
            value=situation.as_of.isoformat(),
            what=say("A plan is looked at before it starts."),
            allowed=f">= {situation.start_at.isoformat()}",
        )
    lots = {lot.code: lot for lot in situation.lots} if situation.under_way else {}
    places = {place.code for place in situation.places}
    for vehicle in situation.under_way:
        if vehicle.vehicle_code not in class_of:
            yield _fault(
                vehicle.vehicle_code,
                "vehicle_code",
                vehicle.vehicle_code,
                say("Named here, but not part of the situation."),
                "a vehicle of a pool",
            )
        yield from _place_faults(vehicle, situation)
        yield from _time_faults(vehicle, situation)
        yield from _load_faults(vehicle, lots, places)
        if vehicle.vehicle_code in class_of:
            yield from _weight_faults(vehicle, class_of[vehicle.vehicle_code], situation)


def _place_faults(vehicle: VehicleUnderWay, situation: "Situation") -> Iterator[Fault]:
    code = vehicle.location_code
    stands = {depot.code for depot in situation.depots} | {p.code for p in situation.places}
    if vehicle.is_broken_down:
        return  # It goes nowhere, so it need not be anywhere that can be driven from.
    if not code or (code not in stands and vehicle.point is None):
        yield _fault(
            vehicle.vehicle_code,
            "location_code",
            code,
            say("A vehicle on the road without a position."),
            "a depot, a place, or a point on the road",
        )
    elif code not in situation.travel.location_codes:
        yield _fault(
            vehicle.vehicle_code,
            "location_code",
            code,
            say("No travel times are known from where the vehicle is."),
            "a location of the travel times",
        )


def _time_faults(vehicle: VehicleUnderWay, situation: "Situation") -> Iterator[Fault]:
    code = vehicle.vehicle_code
    instants = [
        vehicle.free_at,
        *(drive.begin_at for drive in vehicle.drives),
        *(drive.end_at for drive in vehicle.drives),
    ]
    naive = [instant for instant in instants if instant.utcoffset() is None]
    if naive:
        yield _fault(
            code,
            "free_at",
            naive[0].isoformat(),
            say("A clock time without an offset names no instant."),
            f"{naive[0].isoformat()}+08:00",
        )
        return
    now = situation.as_of or situation.start_at
    if vehicle.free_at < now:
        yield _fault(
            code,
            "free_at",
            vehicle.free_at.isoformat(),
            say("The vehicle is said to be free before the instant that is looked at."),
            f">= {now.isoformat()}",
        )
    marks = [mark for drive in vehicle.drives for mark in (drive.begin_at, drive.end_at)]
    if vehicle.loading_since is not None and (
        vehicle.loading_since.utcoffset() is None or vehicle.loading_since > vehicle.free_at
    ):
        yield _fault(
            code,
            "loading_since",
            vehicle.loading_since.isoformat(),
            say("The vehicle is said to begin to load after it is free."),
            f"<= {vehicle.free_at.isoformat()}",
        )
    if any(a > b for a, b in pairwise([*marks, vehicle.free_at])):
        yield _fault(
            code,
            "drives",
            ", ".join(mark.isoformat() for mark in marks),
            say("The driving done is not in order, or goes on after the vehicle is free."),
            "in order of time, none overlapping",
        )
    driven = sum((drive.end_at - drive.begin_at for drive in vehicle.drives), NO_TIME)
    if not NO_TIME <= vehicle.continuous_drive <= driven:
        yield _fault(
            code,
            "continuous_drive",
            str(vehicle.continuous_drive),
            say("More driving since the last rest than driving in all."),
            f"0 to {driven}",
        )


def _load_faults(
    vehicle: VehicleUnderWay, lots: Mapping[str, Lot], places: Collection[str]
) -> Iterator[Fault]:
    for line in vehicle.load:
        lot = lots.get(line.lot_code)
        if lot is None or lot.item_code != line.item_code:
            yield _fault(
                vehicle.vehicle_code,
                "load",
                f"{line.item_code} of {line.lot_code}",
                say("No lot of this item has this code."),
                "a lot of the situation, however empty",
            )
        if line.place_code and line.place_code not in places:
            yield _fault(
                vehicle.vehicle_code,
                "load",
                line.place_code,
                say("The load is bound for a place that the situation does not hold."),
                "a receiving place, or none",
            )
        if line.pieces < 1:
            yield _fault(
                vehicle.vehicle_code,
                "load",
                f"{line.pieces} of {line.lot_code}",
                say("A line of {pieces} pieces moves nothing.", pieces=line.pieces),
                ">= 1",
            )
    if vehicle.stops_done < 0:
        yield _fault(
            vehicle.vehicle_code,
            "stops_done",
            str(vehicle.stops_done),
            say("An impossible number."),
            ">= 0",
        )


def _weight_faults(
    vehicle: VehicleUnderWay, class_code: str, situation: "Situation"
) -> Iterator[Fault]:
    items = situation.catalogue.by_code()
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    kind = kinds.get(class_code)
    if kind is None:
        return  # An unknown class is a fault of the pool.
    known = [line for line in vehicle.load if line.item_code in items]
    mass_g = sum(line.pieces * items[line.item_code].mass_g for line in known)
    volume_cm3 = sum(line.pieces * items[line.item_code].volume_cm3 for line in known)
    if mass_g > kind.payload_g or volume_cm3 > kind.volume_cm3:
        yield _fault(
            vehicle.vehicle_code,
            "load",
            f"{mass_g} g, {volume_cm3} cm3",
            say("More is said to be on board than the vehicle carries."),
            f"{kind.payload_g} g, {kind.volume_cm3} cm3",
        )


def _fault(vehicle_code: str, field: str, value: str, what: Sentence, allowed: str) -> Fault:
    return Fault(
        where=f"vehicle under way {vehicle_code}",
        field=field,
        value=value,
        what=what,
        allowed=allowed,
        remedy=say("Correct what was told of the vehicle, or leave it out of the plan."),
    )
