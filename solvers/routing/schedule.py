"""Turns timelines into the routes of a plan, with exact times and waybill numbers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from relief.plan.routes import Leg, Rest, Stop, StopKind, StopLine, Trip, VehicleRoute
from relief.plan.situation import Situation
from solvers.routing.demand import Demand, Load
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip, TimedStop, Timeline


class WayIsMissing(RuntimeError):
    """A timeline holds a trip without a road. This is a defect of the search."""


def vehicle_routes(
    situation: Situation,
    demand: Demand,
    fleet: Fleet,
    timelines: Iterable[Timeline],
) -> tuple[VehicleRoute, ...]:
    """Return the routes of all trucks that drive, in order of truck code.

    Waybills are numbered for each loading depot in order of loading time, then of truck code.

    Raises
    ------
    WayIsMissing
        If a trip or the way home has no road.
    """
    timed: list[tuple[Timeline, list[tuple[TimedStop, ...]], TimedStop]] = []
    for timeline in timelines:
        if not timeline.trips:
            continue
        replay = Timeline(fleet, timeline.truck)
        trips = [replay.drive(trip) for trip in timeline.trips]
        home = replay.go_home()
        if home is None or any(stops is None for stops in trips):
            raise WayIsMissing(f"Truck {timeline.truck.code} has a leg without a road.")
        timed.append((timeline, [stops for stops in trips if stops is not None], home))
    timed.sort(key=lambda entry: entry[0].truck.code)
    numbers = _waybill_numbers(fleet, timed)
    writer = RouteWriter(situation.start_at, demand, fleet.location_codes)
    routes = []
    for timeline, trips_stops, home in timed:
        truck = timeline.truck
        routes.append(
            VehicleRoute(
                vehicle_code=truck.code,
                class_code=fleet.classes[truck.kind].code,
                base_code=fleet.location_codes[truck.base],
                num_drivers=truck.num_drivers,
                trips=tuple(
                    Trip(number=numbers[truck.code, place], stops=writer.stops(trip, stops))
                    for place, (trip, stops) in enumerate(
                        zip(timeline.trips, trips_stops, strict=True)
                    )
                ),
                home=writer.stop(StopKind.RETURN, home, ()),
            )
        )
    return tuple(routes)


def _waybill_numbers(
    fleet: Fleet,
    timed: Sequence[tuple[Timeline, list[tuple[TimedStop, ...]], TimedStop]],
) -> Mapping[tuple[str, int], str]:
    departures = sorted(
        (stops[0].begin_s, timeline.truck.code, place, stops[0].location)
        for timeline, trips, _ in timed
        for place, stops in enumerate(trips)
    )
    serials: Counter[int] = Counter()
    numbers = {}
    for _, vehicle_code, place, depot in departures:
        serials[depot] += 1
        numbers[vehicle_code, place] = f"{fleet.location_codes[depot]}-DB-{serials[depot]:04d}"
    return numbers


class RouteWriter:
    """Writes planned stops as stops of a plan.

    Parameters
    ----------
    start_at
        The start of the plan.
    demand
        Holds the portions.
    location_codes
        Codes under their indices.
    """

    def __init__(
        self,
        start_at: datetime,
        demand: Demand,
        location_codes: Sequence[str],
    ) -> None:
        self._start_at = start_at
        self._demand = demand
        self._codes = location_codes

    def stops(self, trip: PlannedTrip, timed: Sequence[TimedStop]) -> tuple[Stop, ...]:
        """Return the loads and deliveries of a trip.

        What is unloaded last is listed first for loading, so that the lines of a loading stop
        are in the order in which the goods go onto the truck.
        """
        num_depots = len(trip.depots)
        loads = [
            self.stop(
                StopKind.LOAD,
                stop,
                self._lines(load for load in reversed(trip.loads) if load.depot == depot),
            )
            for depot, stop in zip(trip.depots, timed[:num_depots], strict=True)
        ]
        deliveries = [
            self.stop(StopKind.DELIVER, stop, self._lines(drop))
            for drop, stop in zip(trip.drops, timed[num_depots:], strict=True)
        ]
        return (*loads, *deliveries)

    def stop(self, kind: StopKind, timed: TimedStop, lines: tuple[StopLine, ...]) -> Stop:
        """Return one stop with its leg."""
        return Stop(
            kind=kind,
            location_code=self._codes[timed.location],
            leg=Leg(
                from_code=self._codes[timed.origin],
                to_code=self._codes[timed.location],
                depart_at=self._at(timed.depart_s),
                arrive_at=self._at(timed.arrive_s),
                drive=timedelta(seconds=timed.drive_s),
                rests=tuple(
                    Rest(
                        after_drive=timedelta(seconds=after_s),
                        duration=timedelta(seconds=rest_s),
                    )
                    for after_s, rest_s in timed.rests
                ),
            ),
            begin_at=self._at(timed.begin_s),
            end_at=self._at(timed.end_s),
            lines=lines,
        )

    def _lines(self, loads: Iterable[Load]) -> tuple[StopLine, ...]:
        pieces: dict[tuple[str, str], int] = defaultdict(int)
        for load in loads:
            for number, num_pieces in load.lines:
                consignment = self._demand.consignments[self._demand.portions[number].consignment]
                pieces[consignment.lot_code, consignment.item_code] += num_pieces
        return tuple(
            StopLine(lot_code=lot_code, item_code=item_code, pieces=num)
            for (lot_code, item_code), num in pieces.items()
        )

    def _at(self, seconds: int) -> datetime:
        return self._start_at + timedelta(seconds=seconds)
