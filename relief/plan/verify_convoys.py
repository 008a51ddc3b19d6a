"""Verifying that trucks leave together where nobody drives alone."""

from datetime import datetime

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind
from relief.plan.verify_ground import NO_TIME, Ground, Tally, clock_time
from relief.sentences import say
from relief.supply.fleet import Mode

_Stream = tuple[str, str]
"""A depot, and the county or township to which convoys go from it."""


def check_convoys(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Count the trucks that leave a depot within so many minutes of the first of them.

    Fewer than make a convoy leave only where nobody else leaves so soon that they should wait.
    """
    rule = ground.situation.policy.convoy
    for (depot, area), departures in sorted(_streams(plan, ground).items()):
        left = sorted(departures)
        while left:
            first_at = left[0][0]
            convoy = [one for one in left if one[0] - first_at <= rule.within]
            left = left[len(convoy) :]
            trucks = {vehicle for _, vehicle in convoy}
            until = convoy[-1][0] + rule.wait
            others = {vehicle for at, vehicle in left if at <= until} - trucks
            tally.at_least(
                Rule.CONVOY,
                f"convoy from {depot} to {area} at {clock_time(first_at)}",
                say(
                    "{found} trucks leave {depot} for {area} together at {instant}, {others} more "
                    "soon after; {least} make a convoy.",
                    found=len(trucks),
                    depot=depot,
                    area=area,
                    instant=clock_time(first_at),
                    others=len(others),
                    least=rule.least_trucks,
                ),
                found=len(trucks),
                limit=rule.least_trucks if others else 1,
                unit="trucks",
            )


def _streams(plan: DispatchPlan, ground: Ground) -> dict[_Stream, list[tuple[datetime, str]]]:
    """Return when which trucks leave each depot for each area of convoys."""
    codes = ground.situation.policy.convoy.place_codes
    found: dict[_Stream, list[tuple[datetime, str]]] = {}
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        if kind is None or kind.mode is not Mode.ROAD:
            continue
        for trip in route.trips:
            for stop in trip.stops:
                leg = stop.leg
                areas = [code for code in codes if leg.to_code.startswith(code)]
                is_driven = leg.from_code in ground.depots and leg.drive > NO_TIME
                if stop.kind is not StopKind.LOAD and is_driven and areas:
                    stream = (leg.from_code, max(areas, key=len))
                    found.setdefault(stream, []).append((leg.depart_at, route.vehicle_code))
    return found
