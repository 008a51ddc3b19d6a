"""Verifying the trucks: that they exist, that their times add up, that their roads are open."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Leg, Stop, StopKind, Trip, VehicleRoute
from relief.plan.travel import UNREACHABLE_S, RoadPath
from relief.plan.verify_ground import NO_TIME, SECOND, Ground, Tally, clock_time
from relief.plan.verify_under_way import start_of
from relief.sentences import Sentence, say
from relief.supply.fleet import VehicleClass

PATH_TOLERANCE_M = 1
"""What rounding may make of a road's length against the travel times'."""


def check_fleet(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that every truck exists, as it is said to be, and drives one route."""
    times = Counter(route.vehicle_code for route in plan.vehicle_routes)
    for code, number in times.items():
        tally.equal(
            Rule.FLEET,
            f"truck {code}",
            say("Truck {truck} has {number} routes.", truck=code, number=number),
            found=number,
            limit=1,
            unit="routes",
        )
    for route in plan.vehicle_routes:
        pool = ground.pool_of_vehicle.get(route.vehicle_code)
        if pool is None:
            tally.true(
                Rule.FLEET,
                f"truck {route.vehicle_code}",
                say("No pool holds a truck {truck}.", truck=route.vehicle_code),
                fact=False,
            )
            continue
        tally.true(
            Rule.FLEET,
            f"truck {route.vehicle_code}",
            say(
                "Truck {truck} is a {kind} at {base} with {drivers} drivers, not a {named_kind} "
                "at {named_base} with {named_drivers}.",
                truck=route.vehicle_code,
                kind=pool.class_code,
                base=pool.base_code,
                drivers=pool.num_drivers,
                named_kind=route.class_code,
                named_base=route.base_code,
                named_drivers=route.num_drivers,
            ),
            fact=(route.class_code, route.base_code, route.num_drivers)
            == (pool.class_code, pool.base_code, pool.num_drivers),
        )


def stops_of(route: VehicleRoute) -> Iterator[tuple[Trip | None, Stop]]:
    """Yield the stops of a truck in order with their trips, the way home last with none."""
    for trip in route.trips:
        for stop in trip.stops:
            yield trip, stop
    yield None, route.home


def check_times(route: VehicleRoute, ground: Ground, tally: Tally) -> None:
    """Follow a truck from its base to its base, clock in hand."""
    kind = ground.vehicle_classes.get(route.class_code)
    if kind is None:
        return  # Objected to as fleet: no pool has a class that the situation does not hold.
    here, free_at = start_of(route, ground)
    for trip, stop in stops_of(route):
        subject = _subject(route, trip, stop)
        _check_connection(subject, stop, here, free_at, tally)
        _check_leg(subject, stop.leg, kind, ground, tally)
        _check_service(subject, stop, kind, tally)
        _check_whole_seconds(subject, stop, ground, tally)
        here, free_at = stop.location_code, stop.end_at
    tally.true(
        Rule.TIME,
        f"truck {route.vehicle_code}, home",
        say(
            "Truck {truck} does not return to its base {base}.",
            truck=route.vehicle_code,
            base=route.base_code,
        ),
        fact=route.home.location_code == route.base_code
        and route.home.kind is StopKind.RETURN
        and not route.home.lines,
    )


def _subject(route: VehicleRoute, trip: Trip | None, stop: Stop) -> str:
    errand = f"waybill {trip.number}" if trip is not None else "home"
    return f"truck {route.vehicle_code}, {errand}, stop {stop.location_code}"


def _check_connection(subject: str, stop: Stop, here: str, free_at: datetime, tally: Tally) -> None:
    leg = stop.leg
    tally.true(
        Rule.TIME,
        subject,
        say(
            "The leg goes from {start} to {end}, but the truck is at {here} and stops at {stop}.",
            start=leg.from_code,
            end=leg.to_code,
            here=here,
            stop=stop.location_code,
        ),
        fact=leg.from_code == here and leg.to_code == stop.location_code,
    )
    _in_order(
        subject,
        free_at,
        leg.depart_at,
        tally,
        say(
            "The truck departs at {departure}, but is free only at {free}.",
            departure=clock_time(leg.depart_at),
            free=clock_time(free_at),
        ),
    )
    _in_order(
        subject,
        leg.arrive_at,
        stop.begin_at,
        tally,
        say(
            "Work begins at {begin}, but the truck arrives only at {arrival}.",
            begin=clock_time(stop.begin_at),
            arrival=clock_time(leg.arrive_at),
        ),
    )


def _in_order(
    subject: str, first: datetime, second: datetime, tally: Tally, sentence: Sentence
) -> None:
    """Object if `second` is before `first`; found are the seconds in between."""
    tally.at_least(
        Rule.TIME,
        subject,
        sentence,
        found=(second - first) // SECOND,
        limit=0,
        unit="s",
    )


def _check_leg(subject: str, leg: Leg, kind: VehicleClass, ground: Ground, tally: Tally) -> None:
    standing = sum((rest.duration for rest in leg.rests), NO_TIME)
    taken_s = (leg.arrive_at - leg.depart_at) // SECOND
    due_s = (leg.drive + standing) // SECOND
    tally.equal(
        Rule.TIME,
        subject,
        say(
            "The leg takes {taken} s by the clock, but driving and resting make {due} s.",
            taken=taken_s,
            due=due_s,
        ),
        found=taken_s,
        limit=due_s,
        unit="s",
    )
    marks = [NO_TIME, *(rest.after_drive for rest in leg.rests), leg.drive]
    tally.true(
        Rule.TIME,
        subject,
        say("The rests of the leg are not in order within its drive, or last no time."),
        fact=all(a <= b for a, b in pairwise(marks))
        and all(rest.duration > NO_TIME for rest in leg.rests),
    )
    least_s = ground.leg_s(kind, leg.from_code, leg.to_code)
    has_road = tally.true(
        Rule.ROAD,
        subject,
        say("No open road leads from {start} to {end}.", start=leg.from_code, end=leg.to_code),
        fact=least_s < UNREACHABLE_S,
    )
    if has_road:
        drive_s = leg.drive // SECOND
        tally.at_least(
            Rule.TIME,
            subject,
            say(
                "{drive} s of driving from {start} to {end}, which takes {least} s.",
                drive=drive_s,
                start=leg.from_code,
                end=leg.to_code,
                least=least_s,
            ),
            found=drive_s,
            limit=least_s,
            unit="s",
        )


def _check_service(subject: str, stop: Stop, kind: VehicleClass, tally: Tally) -> None:
    least_s = {
        StopKind.LOAD: kind.load_s,
        StopKind.DELIVER: kind.unload_s,
        StopKind.HAND_OVER: kind.unload_s,
        StopKind.RETURN: 0,
    }[stop.kind]
    found_s = (stop.end_at - stop.begin_at) // SECOND
    tally.at_least(
        Rule.TIME,
        subject,
        say(
            "{found} s for loading or unloading, which takes {least} s.",
            found=found_s,
            least=least_s,
        ),
        found=found_s,
        limit=least_s,
        unit="s",
    )


def _check_whole_seconds(subject: str, stop: Stop, ground: Ground, tally: Tally) -> None:
    """Check that all times are whole seconds after the start, so that no rounding hides any."""
    leg = stop.leg
    instants = (leg.depart_at, leg.arrive_at, stop.begin_at, stop.end_at)
    durations = [instant - ground.situation.start_at for instant in instants]
    durations.append(leg.drive)
    for rest in leg.rests:
        durations += [rest.after_drive, rest.duration]
    odd = sum(1 for duration in durations if duration % SECOND)
    tally.equal(
        Rule.TIME,
        subject,
        say("{odd} times are not whole seconds after the start.", odd=odd),
        found=odd,
        limit=0,
        unit="times",
    )


def check_paths(
    plan: DispatchPlan, ground: Ground, paths: Sequence[RoadPath], tally: Tally
) -> None:
    """Check that a road is given for every leg, as long as the leg."""
    by_leg = {(path.from_code, path.to_code, path.speed_class): path for path in paths}
    for leg, kind in _driven_legs(plan, ground):
        start, end, speed_class = leg
        subject = f"road {start} to {end}, {speed_class}"
        given = by_leg.get(leg)
        tally.true(
            Rule.ROAD,
            subject,
            say("No road is given for the leg from {start} to {end}.", start=start, end=end),
            fact=given is not None,
        )
        if given is not None:
            _check_length(subject, given, ground.leg_m(kind, start, end), tally)


def _driven_legs(
    plan: DispatchPlan, ground: Ground
) -> Iterator[tuple[tuple[str, str, str], VehicleClass]]:
    """Yield each leg (from, to, speed class) that is driven and has a road, once."""
    seen: set[tuple[str, str, str]] = set()
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        if kind is None:
            continue
        for _, stop in stops_of(route):
            start, end = stop.leg.from_code, stop.leg.to_code
            key = (start, end, kind.speed_class)
            driven = start != end and ground.leg_s(kind, start, end) < UNREACHABLE_S
            if driven and key not in seen:
                seen.add(key)
                yield key, kind


def _check_length(subject: str, path: RoadPath, leg_m: int, tally: Tally) -> None:
    path_m = round(path.distance_km * 1_000)
    tally.at_most(
        Rule.ROAD,
        subject,
        say(
            "The road is {path} m long, the leg {leg} m; they may differ by {limit} m.",
            path=path_m,
            leg=leg_m,
            limit=PATH_TOLERANCE_M,
        ),
        found=abs(path_m - leg_m),
        limit=PATH_TOLERANCE_M,
        unit="m",
    )
