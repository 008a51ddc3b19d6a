"""Carrying a plan out: what has happened, and where the plan stands at an instant.

Events are appended, never changed. A vehicle of which nothing has been heard is taken to be where
the plan says. As soon as one has told that it departed, arrived, loaded or unloaded, only what it
tells counts as done: what the plan expected since then is late, at least until now.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from relief.errors import Fault, InvalidInput
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.execution_events import (
    NO_TIME,
    Delivery,
    EventKind,
    ExecutionEvent,
    LegUnderWay,
)
from relief.plan.following import Follower
from relief.plan.routes import Trip
from relief.plan.situation import Situation
from relief.plan.under_way import VehicleUnderWay
from relief.sentences import say
from relief.units import SHANGHAI


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingRoute:
    """What a vehicle still has to do by the plan.

    Parameters
    ----------
    vehicle_code
        Who.
    trips
        With the stops that are not done; the first one may have begun.
    """

    vehicle_code: str
    trips: tuple[Trip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a plan stands.

    Parameters
    ----------
    at
        The instant.
    delivered
        In order of time.
    loaded_pieces
        What has been taken out of each lot, by its code.
    under_way
        Every vehicle that has begun, in order of code.
    legs
        The legs in the middle of which vehicles are.
    remaining
        What is left for each vehicle that has something left, in order of code.
    halted
        The legs in the middle of which vehicles have broken down.
    """

    at: datetime
    delivered: tuple[Delivery, ...]
    loaded_pieces: tuple[tuple[str, int], ...]
    under_way: tuple[VehicleUnderWay, ...]
    legs: tuple[LegUnderWay, ...]
    remaining: tuple[RemainingRoute, ...]
    halted: tuple[LegUnderWay, ...] = ()


def progress(
    plan: DispatchPlan,
    situation: Situation,
    events: Sequence[ExecutionEvent],
    at: datetime,
) -> Progress:
    """Return where a plan stands at an instant.

    Parameters
    ----------
    plan, situation
        The plan and what it was made for; its vehicles may have been under way already.
    events
        What has been told, in any order.
    at
        The instant.

    Raises
    ------
    InvalidInput
        With every event that cannot be: of an unknown vehicle, from the future, somewhere else
        than at the next stop, or a position without a point.
    """
    routes = {route.vehicle_code: route for route in plan.vehicle_routes}
    states = {state.vehicle_code: state for state in situation.under_way}
    told: dict[str, list[ExecutionEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        told[event.vehicle_code].append(event)
    modes = {kind.code: kind.mode for kind in situation.vehicle_classes}
    mode_of = {
        code: modes[pool.class_code] for pool in situation.pools for code in pool.vehicle_codes()
    }
    known = set(mode_of)
    faults = list(_event_faults(events, known, situation, at))
    delivered: list[Delivery] = []
    loaded: dict[str, int] = defaultdict(int)
    under_way: list[VehicleUnderWay] = []
    legs: list[LegUnderWay] = []
    halted: list[LegUnderWay] = []
    remaining: list[RemainingRoute] = []
    for code in sorted(known & (routes.keys() | states.keys() | told.keys())):
        follower = Follower(
            code, routes.get(code), states.get(code), situation, at, mode=mode_of[code]
        )
        for event in told[code]:
            if event.at <= at:
                faults.extend(follower.hear(event))
        follower.go_on()
        delivered.extend(follower.delivered)
        for lot_code, pieces in follower.loaded.items():
            loaded[lot_code] += pieces
        state = follower.state()
        if state is not None:
            under_way.append(state)
        if follower.leg is not None:
            legs.append(follower.leg)
        if follower.halted is not None:
            halted.append(follower.halted)
        trips = follower.trips_left()
        if trips:
            remaining.append(RemainingRoute(vehicle_code=code, trips=trips))
    if faults:
        raise InvalidInput(*faults)
    delivered.sort(key=lambda one: (one.at, one.vehicle_code, one.place_code, one.lot_code))
    return Progress(
        at=at,
        delivered=tuple(delivered),
        loaded_pieces=tuple(sorted(loaded.items())),
        under_way=tuple(under_way),
        legs=tuple(legs),
        remaining=tuple(remaining),
        halted=tuple(halted),
    )


def _event_faults(
    events: Sequence[ExecutionEvent], known: set[str], situation: Situation, at: datetime
) -> Iterator[Fault]:
    for number, event in enumerate(events, start=1):
        where = f"event {number}, {event.kind.value} {event.vehicle_code}"
        if event.vehicle_code not in known:
            yield Fault(
                where=where,
                field="vehicle_code",
                value=event.vehicle_code,
                what=say("Named here, but not part of the situation."),
                allowed="a vehicle of a pool",
                remedy=say("Correct what was told of the vehicle, or leave it out of the plan."),
            )
        if event.at > at or event.at < situation.start_at:
            yield Fault(
                where=where,
                field="at",
                value=event.at.isoformat(),
                what=say("An event before the plan began, or after the instant looked at."),
                allowed=" to ".join(
                    one.astimezone(SHANGHAI).isoformat(timespec="minutes")
                    for one in (situation.start_at, at)
                ),
            )
        if event.kind is EventKind.POSITION and event.point is None:
            yield Fault(
                where=where,
                field="point",
                what=say("A vehicle on the road without a position."),
                allowed="longitude and latitude",
            )
        if event.delay < NO_TIME:
            yield Fault(
                where=where,
                field="delay",
                value=str(event.delay),
                what=say("A span of time below zero."),
                allowed=">= 0",
            )
