"""Follows one vehicle through a plan that is carried out: by the plan, or by what it tells."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from relief.errors import Fault
from relief.plan.driving import DrivingRecord
from relief.plan.execution_events import (
    NO_TIME,
    Delivery,
    EventKind,
    ExecutionEvent,
    LegUnderWay,
    root_of,
)
from relief.plan.routes import Stop, StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.under_way import LoadOnBoard, VehicleUnderWay
from relief.sentences import say
from relief.supply.fleet import Mode


class Follower:
    """Follows one vehicle through what it has done.

    Parameters
    ----------
    code
        The vehicle.
    route
        What it was to do; None for nothing.
    state
        How it stood when the plan was made; None for ready at its base.
    situation
        What the plan was made for.
    at
        The instant looked at.
    mode
        How the vehicle moves.

    Attributes
    ----------
    delivered, loaded
        What it has delivered, and taken out of lots.
    leg
        The leg in the middle of which it is, after `go_on`.
    halted
        The leg in the middle of which it has broken down.
    """

    def __init__(
        self,
        code: str,
        route: VehicleRoute | None,
        state: VehicleUnderWay | None,
        situation: Situation,
        at: datetime,
        *,
        mode: Mode = Mode.ROAD,
    ) -> None:
        self._code = code
        self._at = at
        self._is_on_road = mode is Mode.ROAD
        self._trips = route.trips if route is not None else ()
        self._stops: list[tuple[int, Stop]] = [
            (number, stop) for number, trip in enumerate(self._trips) for stop in trip.stops
        ]
        if route is not None:
            self._stops.append((len(self._trips), route.home))
        self._record = DrivingRecord.of(state, situation.policy.duty)
        self._begun = state is not None
        self._waybill = state.waybill if state is not None else ""
        self._stops_done = state.stops_done if state is not None else 0
        if self._trips and root_of(self._trips[0].number) == root_of(self._waybill):
            # What is on board goes by the waybill as it was last changed.
            self._waybill = self._trips[0].number
        self._board: dict[tuple[str, str], int] = defaultdict(int)
        for line in state.load if state is not None else ():
            self._board[line.lot_code, line.item_code] += line.pieces
        self._here = state.location_code if state is not None else None
        self._point = state.point if state is not None else None
        self._free_at = state.free_at if state is not None else None
        self._loading_since = state.loading_since if state is not None else None
        self._broken = state is not None and state.is_broken_down
        self._next = 0
        self._late_by = NO_TIME
        self._arrived_at: datetime | None = None
        self._departed = False
        self._confirms = False
        self._fix: ExecutionEvent | None = None
        self.delivered: list[Delivery] = []
        self.loaded: dict[str, int] = defaultdict(int)
        self.leg: LegUnderWay | None = None
        self.halted: LegUnderWay | None = None

    def hear(self, event: ExecutionEvent) -> Iterator[Fault]:
        """Take an event in; they come in order of time."""
        if self._broken:
            return
        if not self._confirms:
            # Until the vehicle tells for itself, all before went by the plan.
            self._by_plan_until(event.at)
        match event.kind:
            case EventKind.DELAYED:
                self._note_begun(event.at)
                self._late_by += event.delay
            case EventKind.BROKEN_DOWN:
                self._halt(event)
            case EventKind.POSITION:
                # Boats, aircraft and porters are free only where they land or arrive.
                self._fix = event if self._is_on_road else None
            case _:
                self._confirms = True
                self._fix = None
                yield from self._confirm(event)

    def _halt(self, event: ExecutionEvent) -> None:
        """Note that the vehicle has broken down, and where."""
        self._broken = self._begun = True
        self._loading_since = None
        self._free_at = max(event.at, self._free_at or event.at)
        fix = event.point or (self._fix.point if self._fix is not None else None)
        if fix is not None:
            self._here, self._point = self._code, fix
            return
        if self._next == len(self._stops):
            return
        stop = self._stops[self._next][1]
        has_arrived = self._arrived_at is not None or (
            not self._confirms and stop.leg.arrive_at + self._late_by <= event.at
        )
        if has_arrived:
            self._here, self._point = stop.location_code, None
        elif self._departed or (
            not self._confirms and stop.leg.depart_at + self._late_by <= event.at
        ):
            # Where on its way it stands follows from the road of the leg, if that is known.
            self._here, self._point = "", None
            self.halted = LegUnderWay(
                vehicle_code=self._code, leg=stop.leg, late_by=self._late_by, until=event.at
            )

    def _note_begun(self, at: datetime) -> None:
        """Note what the vehicle is in the middle of, before a delay moves it."""
        if self._confirms or self._next == len(self._stops):
            return
        stop = self._stops[self._next][1]
        if stop.begin_at + self._late_by <= at:
            self._arrived_at = self._arrived_at or stop.leg.arrive_at + self._late_by
        elif stop.leg.depart_at + self._late_by <= at:
            self._departed = True

    def _confirm(self, event: ExecutionEvent) -> Iterator[Fault]:
        stop = self._stops[self._next][1] if self._next < len(self._stops) else None
        where = event.location_code
        if event.kind is EventKind.DEPARTED:
            if stop is not None and where == stop.location_code and self._arrived_at is not None:
                self._done(event.at)
                stop = self._stops[self._next][1] if self._next < len(self._stops) else None
            if stop is not None and where in ("", stop.leg.from_code):
                self._departed = self._begun = True
                self._late_by = event.at - stop.leg.depart_at
                return
        elif stop is not None and where in ("", stop.location_code):
            if event.kind is EventKind.ARRIVED:
                self._arrived_at = event.at
                self._late_by = event.at - stop.leg.arrive_at
                self._begun = True
            else:
                self._arrived_at = self._arrived_at or min(
                    event.at, stop.leg.arrive_at + self._late_by
                )
                self._done(event.at)
            return
        elif event.kind is EventKind.SERVED and where == self._here:
            return  # Told once more.
        yield Fault(
            where=f"event {event.kind.value} {event.vehicle_code}",
            field="location_code",
            value=where,
            what=say("The vehicle is told to be somewhere else than on its way by the plan."),
            allowed=stop.location_code if stop is not None else "nothing, its route is done",
            remedy=say("Tell the events between, or tell its position instead."),
        )

    def _by_plan_until(self, at: datetime) -> None:
        while self._next < len(self._stops):
            stop = self._stops[self._next][1]
            if stop.end_at + self._late_by > at:
                return
            self._done(stop.end_at + self._late_by)

    def _done(self, at: datetime) -> None:
        """Count the next stop as done at an instant."""
        number, stop = self._stops[self._next]
        late_by = at - stop.end_at
        self._record.drive(stop.leg, min(late_by, self._late_by))
        self._record.work(stop.begin_at + late_by, at)
        self._count(number, stop, at)
        self._begun = True
        self._here, self._point = stop.location_code, None
        self._free_at = at
        self._loading_since = stop.begin_at + late_by if stop.kind is StopKind.LOAD else None
        self._late_by = late_by
        self._arrived_at = None
        self._departed = False
        self._next += 1

    def _count(self, number: int, stop: Stop, at: datetime) -> None:
        """Count what a stop moves."""
        if number == len(self._trips):
            return
        trip = self._trips[number]
        if trip.number != self._waybill:
            self._waybill, self._stops_done = trip.number, 0
        self._stops_done += 1
        for line in stop.lines:
            key = (line.lot_code, line.item_code)
            if stop.kind is StopKind.LOAD:
                self.loaded[line.lot_code] += line.pieces
                self._board[key] += line.pieces
            else:
                self._board[key] -= line.pieces
                self.delivered.append(
                    Delivery(
                        vehicle_code=self._code,
                        waybill=trip.number,
                        place_code=stop.location_code,
                        lot_code=line.lot_code,
                        item_code=line.item_code,
                        pieces=line.pieces,
                        at=at,
                    )
                )

    def go_on(self) -> None:
        """Bring the vehicle to the instant, and to the end of what it has begun by then."""
        if self._broken:
            return
        if not self._confirms:
            self._by_plan_until(self._at)
        if self._next == len(self._stops):
            return
        stop = self._stops[self._next][1]
        arrive_at = self._arrived_at or stop.leg.arrive_at + self._late_by
        begin_at = max(stop.begin_at + self._late_by, arrive_at)
        if self._arrived_at is not None or (not self._confirms and begin_at <= self._at):
            # It stands there, loading or unloading: that is finished first.
            if stop.kind is not StopKind.RETURN:
                served_at = begin_at + (stop.end_at - stop.begin_at)
                self._done(max(served_at, self._at))
        elif self._departed or (
            not self._confirms and stop.leg.depart_at + self._late_by <= self._at
        ):
            self._finish_leg(stop, arrive_at)

    def _finish_leg(self, stop: Stop, arrive_at: datetime) -> None:
        if stop.leg.from_code == stop.leg.to_code and stop.leg.drive == NO_TIME:
            return  # It waits where it is.
        if self._fix is not None and self._fix.point is not None:
            self._record.drive_until(stop.leg, self._late_by, self._fix.at)
            self._here, self._point = self._code, self._fix.point
            self._free_at = max(self._at, self._fix.at)
        else:
            arrive_at = max(arrive_at, self._at)
            late_by = arrive_at - stop.leg.arrive_at
            self._record.drive(stop.leg, self._late_by)
            self.leg = LegUnderWay(vehicle_code=self._code, leg=stop.leg, late_by=late_by)
            self._here, self._point = stop.location_code, None
            self._free_at = arrive_at
        self._loading_since = None
        self._begun = True

    def state(self) -> VehicleUnderWay | None:
        """Return how the vehicle stands; None if it has not left its base yet."""
        if not self._begun or self._free_at is None:
            return None
        free_at = max(self._free_at, self._at)
        load = self._load()
        drives, continuous = self._record.at(free_at, stood_from=self._free_at)
        return VehicleUnderWay(
            vehicle_code=self._code,
            location_code=self._here or "",
            free_at=free_at,
            point=self._point,
            waybill=self._waybill if load else "",
            stops_done=self._stops_done if load else 0,
            load=load,
            drives=drives,
            continuous_drive=continuous,
            is_broken_down=self._broken,
            loading_since=None
            if self._broken or self._free_at <= self._at
            else self._loading_since,
        )

    def _load(self) -> tuple[LoadOnBoard, ...]:
        """Return what is on board, bound for where the rest of the waybill brings it."""
        left = {key: pieces for key, pieces in self._board.items() if pieces > 0}
        bound: dict[tuple[str, str, str], int] = defaultdict(int)
        trips = self.trips_left()
        for stop in trips[0].stops if trips and left else ():
            for line in stop.lines if stop.kind is StopKind.DELIVER else ():
                key = (line.lot_code, line.item_code)
                taken = min(left.get(key, 0), line.pieces)
                if taken:
                    bound[(*key, stop.location_code)] += taken
                    left[key] -= taken
        for key, pieces in left.items():
            if pieces:
                bound[(*key, "")] += pieces
        return tuple(
            LoadOnBoard(lot_code=lot, item_code=item, pieces=pieces, place_code=place)
            for (lot, item, place), pieces in bound.items()
        )

    def trips_left(self) -> tuple[Trip, ...]:
        """Return the trips with the stops that are not done."""
        left: dict[int, list[Stop]] = defaultdict(list)
        for number, stop in self._stops[self._next :]:
            if number < len(self._trips):
                left[number].append(stop)
        return tuple(
            Trip(number=self._trips[number].number, stops=tuple(stops))
            for number, stops in sorted(left.items())
        )
