"""What a new plan changes of an old one that is under way: the message that goes to each driver."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from relief.plan.execution import RemainingRoute
from relief.plan.execution_events import root_of
from relief.plan.routes import StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from relief.units import SHANGHAI

if TYPE_CHECKING:
    from relief.items import Item
    from relief.places import Depot, Place

STANDING_OUT_S = 1_800
"""A kept waybill whose last arrival moves by more is told with its new time."""


class Fate(StrEnum):
    """What becomes of a waybill, or of what a truck has to do."""

    KEPT = "kept"
    CHANGED = "changed"
    NEW = "new"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillChange:
    """What becomes of one waybill.

    Parameters
    ----------
    fate
        What.
    number
        Its number now; of a voided one, the number it had.
    before
        The rest of the trip as it was; None for a new one.
    after
        As it is now; None for a voided one.
    """

    fate: Fate
    number: str
    before: Trip | None
    after: Trip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleChange:
    """What is changed for one truck: its waybills in the order in which they are driven."""

    vehicle_code: str
    fate: Fate
    waybills: tuple[WaybillChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDifference:
    """What a new plan changes, truck by truck, in order of code."""

    vehicles: tuple[VehicleChange, ...]

    @property
    def called(self) -> tuple[VehicleChange, ...]:
        """The trucks whose drivers must be told something."""
        return tuple(one for one in self.vehicles if one.fate is not Fate.KEPT)

    def num_waybills(self, fate: Fate) -> int:
        """Return how many waybills have a fate."""
        return sum(1 for vehicle in self.vehicles for one in vehicle.waybills if one.fate is fate)

    @property
    def num_stops_moved(self) -> int:
        """Stops of the old plan that the same truck no longer makes, with the same goods."""
        moved = 0
        for vehicle in self.vehicles:
            before: Counter[object] = Counter()
            after: Counter[object] = Counter()
            for one in vehicle.waybills:
                before.update(contents(one.before) if one.before else ())
                after.update(contents(one.after) if one.after else ())
            moved += (before - after).total()
        return moved


def contents(trip: Trip) -> list[tuple[str, str, tuple[tuple[str, int], ...]]]:
    """Return what a trip does, without its times: kind, place, and pieces of each lot."""
    found = []
    for stop in trip.stops:
        pieces: Counter[str] = Counter()
        for line in stop.lines:
            pieces[line.lot_code] += line.pieces
        found.append((stop.kind.value, stop.location_code, tuple(sorted(pieces.items()))))
    return found


def difference(
    remaining: Sequence[RemainingRoute], routes: Sequence[VehicleRoute]
) -> PlanDifference:
    """Return what routes change of the rest of an old plan.

    Parameters
    ----------
    remaining
        What was still to be done.
    routes
        What is to be done now.
    """
    before = {one.vehicle_code: one.trips for one in remaining}
    after = {route.vehicle_code: route.trips for route in routes}
    vehicles = []
    for code in sorted(before.keys() | after.keys()):
        waybills = tuple(_waybills(before.get(code, ()), after.get(code, ())))
        if waybills:
            vehicles.append(
                VehicleChange(vehicle_code=code, fate=_fate(waybills), waybills=waybills)
            )
    return PlanDifference(vehicles=tuple(vehicles))


def _waybills(before: Sequence[Trip], after: Sequence[Trip]) -> Iterator[WaybillChange]:
    old = {root_of(trip.number): trip for trip in before}
    for trip in after:
        was = old.pop(root_of(trip.number), None)
        if was is None:
            fate = Fate.NEW
        else:
            fate = Fate.KEPT if contents(was) == contents(trip) else Fate.CHANGED
        yield WaybillChange(fate=fate, number=trip.number, before=was, after=trip)
    for trip in old.values():
        yield WaybillChange(fate=Fate.VOIDED, number=trip.number, before=trip, after=None)


def _fate(waybills: Sequence[WaybillChange]) -> Fate:
    fates = {one.fate for one in waybills}
    return fates.pop() if len(fates) == 1 else Fate.CHANGED


class Telling:
    """Tells changes as sentences.

    Parameters
    ----------
    situation
        Gives names to codes.
    """

    def __init__(self, situation: Situation) -> None:
        self._spots: dict[str, Depot | Place] = {d.code: d for d in situation.depots}
        self._spots |= {place.code: place for place in situation.places}
        self._items: dict[str, Item] = situation.catalogue.by_code()
        self._broken = {
            vehicle.vehicle_code: vehicle.waybill
            for vehicle in situation.under_way
            if vehicle.is_broken_down
        }

    def vehicle(self, change: VehicleChange) -> tuple[Sentence, ...]:
        """Return what a driver is told: what is void first, then what to do instead."""
        order = (Fate.VOIDED, Fate.CHANGED, Fate.NEW, Fate.KEPT)
        return tuple(
            self.waybill(change.vehicle_code, one)
            for fate in order
            for one in change.waybills
            if one.fate is fate and (fate is not Fate.KEPT or _is_later(one))
        )

    def waybill(self, vehicle_code: str, change: WaybillChange) -> Sentence:
        """Return what becomes of a waybill."""
        if change.after is None and self._broken.get(vehicle_code) == change.number:
            return say(
                "{vehicle}: waybill {number} is void; keep what is on board until it is fetched.",
                vehicle=vehicle_code,
                number=change.number,
            )
        if change.after is None:
            return say(
                "{vehicle}: waybill {number} is void; do not load for it.",
                vehicle=vehicle_code,
                number=change.number,
            )
        arrival = _clock(change.after.stops[-1].end_at)
        if change.fate is Fate.KEPT:
            return say(
                "{vehicle}: waybill {number} stands; its last delivery is now expected at "
                "{arrival}.",
                vehicle=vehicle_code,
                number=change.number,
                arrival=arrival,
            )
        errands = "; ".join(self._errand(change.after))
        if change.fate is Fate.NEW:
            return say(
                "{vehicle}: new waybill {number}: {errands}. Last delivery expected at {arrival}.",
                vehicle=vehicle_code,
                number=change.number,
                errands=errands,
                arrival=arrival,
            )
        return say(
            "{vehicle}: waybill {number} is changed, now: {errands}. Last delivery expected at "
            "{arrival}.",
            vehicle=vehicle_code,
            number=change.number,
            errands=errands,
            arrival=arrival,
        )

    def _errand(self, trip: Trip) -> Iterator[str]:
        """Yield each stop in signs that need no translation: where, and what of it."""
        for stop in trip.stops:
            sign = "+" if stop.kind is StopKind.LOAD else "-"
            pieces: Counter[str] = Counter()
            for line in stop.lines:
                pieces[line.item_code] += line.pieces
            goods = ", ".join(
                f"{sign}{num} {self._items[code].name_zh}" for code, num in pieces.items()
            )
            yield f"{self._spots[stop.location_code].name_zh} {goods}"


def _is_later(change: WaybillChange) -> bool:
    if change.before is None or change.after is None:
        return False
    moved = change.after.stops[-1].end_at - change.before.stops[-1].end_at
    return abs(moved.total_seconds()) > STANDING_OUT_S


def _clock(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
