"""Verifying that roads are open while they are driven."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Leg
from relief.plan.travel import Closure, RoadPath
from relief.plan.verify_ground import Ground, Tally, clock_time
from relief.plan.verify_trucks import stops_of
from relief.sentences import say
from relief.supply.fleet import on_road_as

_Way = tuple[str, str, str]
"""From, to, speed class."""


def check_closures(
    plan: DispatchPlan, ground: Ground, paths: Sequence[RoadPath], tally: Tally
) -> None:
    """Check that no road uses a closed stretch, and none a stretch while it is closed.

    A closure without an end must not lie on any road given. One that holds for a time is held
    against departure and arrival of every leg; so is one that begins too late to be in the travel
    times, even if it only slows down.
    """
    travel = ground.situation.travel
    legs: dict[_Way, list[tuple[str, Leg]]] = {}
    for way, vehicle_code, leg in _legs(plan, ground):
        legs.setdefault(way, []).append((vehicle_code, leg))
    closed = _by_stretch(travel.closures)
    later = _by_stretch(travel.later_closures)
    for path in paths:
        way = (path.from_code, path.to_code, path.speed_class)
        driven_as = on_road_as(path.speed_class)
        timed: dict[int, Closure] = {}
        for node, other in pairwise(path.node_ids):
            stretch = (min(node, other), max(node, other))
            barring = [
                closure
                for closure in closed.get(stretch, ())
                if closure.bars(driven_as, node, other)
            ]
            timed |= {id(one): one for one in barring if one.is_timed}
            timed |= {
                id(one): one
                for one in later.get(stretch, ())
                if one.concerns(driven_as) and (node, other) not in one.open_ways
            }
            lasting = [closure.name for closure in barring if not closure.is_timed]
            tally.true(
                Rule.ROAD,
                "road {} to {}, {}".format(*way),
                say(
                    "The road uses the stretch {node}-{other}, which is closed by {closure}.",
                    node=node,
                    other=other,
                    closure=", ".join(lasting),
                ),
                fact=not lasting,
            )
        for closure in timed.values():
            for vehicle_code, leg in legs.get(way, ()):
                _check_hours(vehicle_code, leg, closure, tally)


def _check_hours(vehicle_code: str, leg: Leg, closure: Closure, tally: Tally) -> None:
    tally.true(
        Rule.ROAD,
        f"truck {vehicle_code}, road {leg.from_code} to {leg.to_code}",
        say(
            "The truck is on a road concerned by {closure} from {departure} to {arrival}, while "
            "that holds.",
            closure=closure.name,
            departure=clock_time(leg.depart_at),
            arrival=clock_time(leg.arrive_at),
        ),
        fact=not closure.holds_between(leg.depart_at, leg.arrive_at),
    )


def check_road_hours(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that nobody is on a way in hours in which the travel times say it is closed."""
    travel = ground.situation.travel
    if not travel.closed_spans:
        return
    for (start, end, speed_class), vehicle_code, leg in _legs(plan, ground):
        if start not in ground.rows or end not in ground.rows:
            continue
        spans = travel.spans(ground.speeds[speed_class], ground.rows[start], ground.rows[end])
        for span in spans:
            tally.true(
                Rule.ROAD,
                f"truck {vehicle_code}, road {start} to {end}",
                say(
                    "The truck is on its way from {departure} to {arrival}; the way is closed from "
                    "{begin} to {end}.",
                    departure=clock_time(leg.depart_at),
                    arrival=clock_time(leg.arrive_at),
                    begin=_told(span.begin),
                    end=_told(span.end),
                ),
                fact=leg.arrive_at <= span.begin or span.end <= leg.depart_at,
            )


def _told(instant: datetime) -> str:
    return "..." if instant.year == 1 else clock_time(instant)


def _by_stretch(closures: Sequence[Closure]) -> dict[tuple[int, int], list[Closure]]:
    found: dict[tuple[int, int], list[Closure]] = {}
    for closure in closures:
        for node, other in closure.edges:
            found.setdefault((min(node, other), max(node, other)), []).append(closure)
    return found


def _legs(plan: DispatchPlan, ground: Ground) -> Iterator[tuple[_Way, str, Leg]]:
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        if kind is None:
            continue
        for _, stop in stops_of(route):
            leg = stop.leg
            yield (leg.from_code, leg.to_code, kind.speed_class), route.vehicle_code, leg
