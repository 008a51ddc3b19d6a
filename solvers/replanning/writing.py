"""Writes the answer of a replanning down: routes with their waybills, and what is consigned."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta

from relief.plan.allocation import Consignment
from relief.plan.measures import deliveries
from relief.plan.routes import StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.units import SHANGHAI
from solvers.replanning.changing import Changes
from solvers.replanning.kept import Settled
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet
from solvers.routing.schedule import RouteWriter
from solvers.routing.timeline import PlannedTrip, TimedStop, Timeline

_REVISION = re.compile(r"-R(\d+)$")


def revised(number: str) -> str:
    """Return the number of a waybill after one more change.

    Examples
    --------
    >>> revised("420112-01-DB-0007"), revised("420112-01-DB-0007-R1")
    ('420112-01-DB-0007-R1', '420112-01-DB-0007-R2')
    """
    found = _REVISION.search(number)
    if found is None:
        return f"{number}-R1"
    return f"{number[: found.start()]}-R{int(found[1]) + 1}"


def written(
    situation: Situation, demand: Demand, fleet: Fleet, changes: Changes, settled: Settled
) -> tuple[VehicleRoute, ...]:
    """Return the routes of all trucks that have something to do, in order of code.

    Waybills that go on keep their number, with a revision where they had to be changed. New ones
    are numbered by loading depot and by the instant of this plan, so that no number of an earlier
    plan comes back with another content. A truck that has nothing left to do but is away from its
    base, or has goods on board, drives home.
    """
    writer = RouteWriter(situation.start_at, demand, fleet.location_codes)
    timed = []
    for number, timeline in enumerate(changes.timelines):
        replay = Timeline(fleet, timeline.truck)
        trips: list[tuple[PlannedTrip, tuple[TimedStop, ...]]] = []
        for trip in timeline.trips:
            stops = replay.drive(trip)
            if stops is None:
                msg = f"Truck {timeline.truck.code} has a leg without a road."
                raise RuntimeError(msg)
            trips.append((trip, stops))
        is_away = timeline.location != timeline.truck.base
        if not trips and not is_away and timeline.truck.code not in settled.stranded_pieces:
            continue
        home = replay.go_home()
        if home is None:
            continue  # Cut off without a trip: it stands where it is.
        timed.append((number, timeline.truck, trips, home))
    names = _Names(situation, fleet, settled)
    numbers = {
        (number, place): names.known(changes, number, trip)
        for number, _, trips, _ in timed
        for place, (trip, _) in enumerate(trips)
    }
    new = sorted(
        (stops[0].begin_s, truck.code, number, place, trip.depots[0])
        for number, truck, trips, _ in timed
        for place, (trip, stops) in enumerate(trips)
        if not numbers[number, place]
    )
    for _, _, number, place, depot in new:
        numbers[number, place] = names.fresh(depot)
    return tuple(
        VehicleRoute(
            vehicle_code=truck.code,
            class_code=fleet.classes[truck.kind].code,
            base_code=fleet.location_codes[truck.base],
            num_drivers=truck.num_drivers,
            trips=tuple(
                Trip(number=numbers[number, place], stops=writer.stops(trip, stops))
                for place, (trip, stops) in enumerate(trips)
            ),
            home=writer.stop(StopKind.RETURN, home, ()),
        )
        for number, truck, trips, home in timed
    )


class _Names:
    """Numbers the waybills."""

    def __init__(self, situation: Situation, fleet: Fleet, settled: Settled) -> None:
        as_of = situation.as_of or situation.start_at
        self._stamp = as_of.astimezone(SHANGHAI).strftime("%d%H%M")
        self._codes = fleet.location_codes
        self._settled = settled
        self._serials: Counter[int] = Counter()
        self._taken = {trip.number for trips in settled.trips.values() for trip in trips}
        self._taken |= settled.forced_waybills

    def known(self, changes: Changes, number: int, trip: PlannedTrip) -> str:
        """Return the number of a trip that goes on, nothing for a new one."""
        reference = changes.reference(number)
        code = changes.timelines[number].truck.code
        for place, one in enumerate(reference.trips):
            if one == trip:
                kept = self._settled.trips[code][place]
                return revised(kept.number) if kept.is_changed or kept.is_chosen else kept.number
        return ""

    def fresh(self, depot: int) -> str:
        """Return the next number of a depot."""
        while True:
            self._serials[depot] += 1
            number = f"{self._codes[depot]}-DB-{self._stamp}-{self._serials[depot]:03d}"
            if number not in self._taken:
                return number


def consigned(
    situation: Situation, routes: Iterable[VehicleRoute], before: Iterable[Consignment]
) -> tuple[Consignment, ...]:
    """Return what the routes bring as consignments, one for each lot, place and window.

    Parameters
    ----------
    situation
        Gives the windows; what comes after the last one is consigned for it.
    routes
        What the trucks do.
    before
        Consignments that say from when on a lot is ready for a place.
    """
    ready: dict[tuple[str, str], timedelta] = defaultdict(timedelta)
    for each in before:
        key = (each.lot_code, each.place_code)
        ready[key] = min(ready.get(key, each.ready_after), each.ready_after)
    last = len(situation.policy.window_ends) - 1
    pieces: Counter[tuple[str, str, str, int]] = Counter()
    for end_at, place_code, line in deliveries(routes):
        window = situation.window_of(end_at)
        arrival = last if window is None else window
        pieces[line.lot_code, line.item_code, place_code, arrival] += line.pieces
    depot_of = {lot.code: lot.depot_code for lot in situation.lots}
    return tuple(
        Consignment(
            lot_code=lot_code,
            depot_code=depot_of[lot_code],
            item_code=item_code,
            place_code=place_code,
            pieces=num,
            window=window,
            ready_after=ready[lot_code, place_code],
        )
        for (lot_code, item_code, place_code, window), num in sorted(pieces.items())
    )
