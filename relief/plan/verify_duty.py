"""Verifying the drivers: no one drives too long at a stretch, or too much in a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from relief.plan.certificate import Rule
from relief.plan.routes import VehicleRoute
from relief.plan.verify_ground import SECOND, Ground, Tally
from relief.plan.verify_trucks import stops_of
from relief.plan.verify_under_way import drives_done_s, start_of
from relief.sentences import say
from relief.supply.fleet import Mode
from relief.units import SHANGHAI

DAY_S = 24 * 3_600


class _Doing(Enum):
    DRIVING = "driving"
    IDLE = "idle"
    WORKING = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """What a truck does between two instants, in seconds after the start."""

    doing: _Doing
    begin_s: int
    end_s: int


def check_duty(route: VehicleRoute, ground: Ground, tally: Tally) -> None:
    """Check a truck's driving between rests and in any 24 hours."""
    spans = _spans(route, ground)
    done_s, continuous_s = drives_done_s(route, ground)
    duty = ground.situation.policy.duty
    subject = f"truck {route.vehicle_code}"
    limit_s = duty.continuous_drive // SECOND
    for drive_s, begin_s in _stretches(spans, _up(duty.rest), continuous_s):
        tally.at_most(
            Rule.DUTY,
            subject,
            say(
                "Truck {truck} drives {found} s without a rest, {begin} s after the start; at "
                "most {limit} s.",
                truck=route.vehicle_code,
                found=drive_s,
                begin=begin_s,
                limit=limit_s,
            ),
            found=drive_s,
            limit=limit_s,
            unit="s",
        )
    kind = ground.vehicle_classes.get(route.class_code)
    if duty.has_night and kind is not None and kind.mode is Mode.ROAD:
        night_s = sum(_night_s(span, ground) for span in spans if span.doing is _Doing.DRIVING)
        tally.at_most(
            Rule.DUTY,
            subject,
            say(
                "Truck {truck} drives {found} s between the times of day at which trucks stand.",
                truck=route.vehicle_code,
                found=night_s,
            ),
            found=night_s,
            limit=0,
            unit="s",
        )
    day_limit_s = (duty.drive_per_day_per_driver // SECOND) * route.num_drivers
    drive_s, begin_s = busiest_day(
        [
            *done_s,
            *((span.begin_s, span.end_s) for span in spans if span.doing is _Doing.DRIVING),
        ]
    )
    tally.at_most(
        Rule.DUTY,
        subject,
        say(
            "Truck {truck} drives {found} s in the 24 hours from {begin} s after the start; its "
            "{drivers} drivers may drive {limit} s.",
            truck=route.vehicle_code,
            found=drive_s,
            begin=begin_s,
            drivers=route.num_drivers,
            limit=day_limit_s,
        ),
        found=drive_s,
        limit=day_limit_s,
        unit="s",
    )


def _night_s(span: _Span, ground: Ground) -> int:
    """Return the seconds of a span that lie in a night, day by day in Hubei."""
    duty, start_at = ground.situation.policy.duty, ground.situation.start_at
    begin, end = start_at + span.begin_s * SECOND, start_at + span.end_s * SECOND
    midnight = begin.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    total = timedelta(0)
    while midnight < end:
        overlap = min(end, midnight + duty.night_ends) - max(begin, midnight + duty.night_begins)
        total += max(timedelta(0), overlap)
        midnight += timedelta(days=1)
    return -(-total // SECOND)


def _up(duration: timedelta) -> int:
    return -(-duration // SECOND)


def _spans(route: VehicleRoute, ground: Ground) -> list[_Span]:
    """Return what the truck does from when it is free, nothing left out, no empty span."""
    spans: list[_Span] = []

    def add(doing: _Doing, begin_s: int, end_s: int) -> None:
        if end_s <= begin_s:
            return
        if doing is _Doing.IDLE and spans and spans[-1].doing is _Doing.IDLE:
            # Waiting and a rest that follows it are one time of standing still.
            begin_s = spans.pop().begin_s
        spans.append(_Span(doing=doing, begin_s=begin_s, end_s=end_s))

    # Standing at the start is a rest as well: for a vehicle under way, which has driven before.
    free_s = ground.after_start_s(start_of(route, ground)[1])
    for _, stop in stops_of(route):
        clock_s = ground.after_start_s(stop.leg.depart_at)
        add(_Doing.IDLE, free_s, clock_s)
        driven_s = 0
        for rest in stop.leg.rests:
            leg_part_s = max(0, rest.after_drive // SECOND - driven_s)
            add(_Doing.DRIVING, clock_s, clock_s + leg_part_s)
            clock_s += leg_part_s
            driven_s += leg_part_s
            rest_s = rest.duration // SECOND
            add(_Doing.IDLE, clock_s, clock_s + rest_s)
            clock_s += rest_s
        rest_of_drive_s = stop.leg.drive // SECOND - driven_s
        add(_Doing.DRIVING, clock_s, clock_s + rest_of_drive_s)
        add(
            _Doing.IDLE,
            ground.after_start_s(stop.leg.arrive_at),
            ground.after_start_s(stop.begin_at),
        )
        free_s = ground.after_start_s(stop.end_at)
        add(_Doing.WORKING, ground.after_start_s(stop.begin_at), free_s)
    return spans


def _stretches(spans: Sequence[_Span], least_rest_s: int, driven_s: int) -> list[tuple[int, int]]:
    """Return the driving between one rest and the next, each with its begin, in seconds.

    `driven_s` is what has been driven since the last rest before the first span.
    """
    stretches: list[tuple[int, int]] = []
    drive_s = driven_s
    begin_s = 0
    for span in spans:
        if span.doing is _Doing.DRIVING:
            if drive_s == 0:
                begin_s = span.begin_s
            drive_s += span.end_s - span.begin_s
        elif span.doing is _Doing.IDLE and span.end_s - span.begin_s >= least_rest_s:
            if drive_s:
                stretches.append((drive_s, begin_s))
            drive_s = 0
    if drive_s:
        stretches.append((drive_s, begin_s))
    return stretches


def busiest_day(drives: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the most driving in any 24 hours and when these begin, in seconds.

    The driving in a sliding day grows or shrinks evenly between the moments when an end of the
    day passes an end of a drive. So its peak is found where the day begins with a drive or ends
    with one.

    Parameters
    ----------
    drives
        Begin and end of each drive in seconds, in order, none overlapping.
    """
    begins = [begin for begin, _ in drives] + [end - DAY_S for _, end in drives]
    best_s, best_begin_s = 0, 0
    for begin_s in sorted(begins):
        drive_s = 0
        for drive_begin_s, drive_end_s in drives:
            drive_s += max(0, min(drive_end_s, begin_s + DAY_S) - max(drive_begin_s, begin_s))
        if drive_s > best_s:
            best_s, best_begin_s = drive_s, begin_s
    return best_s, best_begin_s
