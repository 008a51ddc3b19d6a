"""How likely each delivery of a plan is on time, worked out without drawing anything.

The pure driving of a truck up to a stop is the sum of its legs. With equal correlation r between
all stretches it drives, the sum has the variance (1 - r) sum own^2 + r (sum shared)^2, and it is
taken as log-normal (`geodata.spread`). For evenly spaced quantiles of that sum the truck's day is
driven again, the clock of its crew in hand: it rests when it must, and waits where it was planned
to wait. The share of quantiles with which it is there by the end of the window is the promise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log1p, sqrt
from statistics import NormalDist

from relief.plan.promises import OnTimePromise
from relief.plan.routes import Stop, StopKind, Trip, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.under_way import VehicleUnderWay
from relief.supply.fleet import DutyRules, Mode, mode_of
from scenarios.leg_spread import LegSpread, Spreads
from solvers.routing.duty import DutyClock, night_of

NUM_QUANTILES = 40
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenStop:
    """A stop of a route with what is needed to drive it again.

    Parameters
    ----------
    waybill
        Of its trip.
    stop
        As planned.
    spread
        Of the leg to it.
    """

    waybill: str
    stop: Stop
    spread: LegSpread


class DayAgain:
    """Drives the route of one vehicle again, with other driving times.

    Parameters
    ----------
    route
        As planned.
    situation
        Gives the start of the route and the rules of duty.
    spreads
        Of its legs.
    """

    def __init__(self, route: VehicleRoute, situation: Situation, spreads: Spreads) -> None:
        self._situation = situation
        self._duty: DutyRules = situation.policy.duty
        self._num_drivers = route.num_drivers
        classes = {kind.code: kind for kind in situation.vehicle_classes}
        self._has_duty = mode_of(classes[route.class_code].speed_class) is Mode.ROAD
        self._state = next(
            (one for one in situation.under_way if one.vehicle_code == route.vehicle_code), None
        )
        self.stops: tuple[DrivenStop, ...] = tuple(
            DrivenStop(waybill=trip.number, stop=stop, spread=spreads.of(route, stop.leg))
            for trip, stop in _stops(route)
        )

    def ends(self, drives_s: Sequence[float]) -> list[datetime]:
        """Return when the work at each stop ends.

        Parameters
        ----------
        drives_s
            Pure driving to each stop, in seconds.
        """
        first = self.stops[0].stop.leg
        clock = self._clock(first.depart_at)
        start = self._situation.start_at
        before_at = first.depart_at
        ends = []
        for driven, drive_s in zip(self.stops, drives_s, strict=True):
            stop = driven.stop
            waited = stop.leg.depart_at - before_at
            clock.now_s += max(0, waited // SECOND) if waited > timedelta(0) else 0
            if self._has_duty:
                clock.drive(max(0, round(drive_s)))
            else:
                clock.now_s += round(drive_s)
                clock.now_s += sum(rest.duration // SECOND for rest in stop.leg.rests)
            if stop.begin_at > stop.leg.arrive_at:
                # It was planned to wait, for goods or for daylight: that takes up a delay.
                clock.now_s = max(clock.now_s, (stop.begin_at - start) // SECOND)
            clock.work((stop.end_at - stop.begin_at) // SECOND)
            ends.append(start + clock.now_s * SECOND)
            before_at = stop.end_at
        return ends

    def _clock(self, depart_at: datetime) -> DutyClock:
        now_s = (depart_at - self._situation.start_at) // SECOND
        clock = DutyClock(
            now_s,
            self._num_drivers,
            self._duty,
            night_of(self._situation.start_at, self._duty) if self._has_duty else None,
        )
        if self._state is not None:
            drives_s = tuple(self._seconds(self._state))
            clock.resume(drives_s, self._state.continuous_drive // SECOND)
        return clock

    def _seconds(self, state: VehicleUnderWay) -> Iterator[tuple[int, int]]:
        for drive in state.drives:
            yield (
                (drive.begin_at - self._situation.start_at) // SECOND,
                (drive.end_at - self._situation.start_at) // SECOND,
            )


def promises(
    routes: Sequence[VehicleRoute], situation: Situation, spreads: Spreads
) -> tuple[OnTimePromise, ...]:
    """Return how likely each delivery is on time, in the order of the routes.

    Deliveries that are planned for after the last window are left out: nobody waits for them.
    """
    normal = NormalDist()
    scores = [normal.inv_cdf((n + 0.5) / NUM_QUANTILES) for n in range(NUM_QUANTILES)]
    found: list[OnTimePromise] = []
    for route in routes:
        day = DayAgain(route, situation, spreads)
        untils = [_until(one.stop, situation) for one in day.stops]
        if not any(untils):
            continue
        num_on_time = [0] * len(day.stops)
        sums = list(_sums(day.stops, spreads.correlation_share))
        for score in scores:
            driven_s = [_quantile(mean_s, deviation_s, score) for mean_s, deviation_s in sums]
            legs_s = [b - a for a, b in zip([0.0, *driven_s], driven_s, strict=False)]
            for number, end_at in enumerate(day.ends(legs_s)):
                until_at = untils[number]
                num_on_time[number] += until_at is not None and end_at <= until_at
        for number, one in enumerate(day.stops):
            until_at = untils[number]
            if until_at is not None:
                found.append(
                    OnTimePromise(
                        vehicle_code=route.vehicle_code,
                        waybill=one.waybill,
                        place_code=one.stop.location_code,
                        planned_at=one.stop.end_at,
                        until_at=until_at,
                        on_time_share=num_on_time[number] / NUM_QUANTILES,
                    )
                )
    return tuple(found)


def _stops(route: VehicleRoute) -> Iterator[tuple[Trip, Stop]]:
    for trip in route.trips:
        for stop in trip.stops:
            yield trip, stop


def _until(stop: Stop, situation: Situation) -> datetime | None:
    if stop.kind is not StopKind.DELIVER:
        return None
    window = situation.window_of(stop.end_at)
    return None if window is None else situation.window_end_at(window)


def _sums(stops: Sequence[DrivenStop], correlation_share: float) -> Iterator[tuple[float, float]]:
    """Yield expected driving up to each stop, and its standard deviation, in seconds."""
    mean_s = own = shared = 0.0
    for one in stops:
        mean_s += one.spread.mean_s
        own += one.spread.own_s**2
        shared += one.spread.shared_s
        yield mean_s, sqrt((1 - correlation_share) * own + correlation_share * shared**2)


def _quantile(mean_s: float, deviation_s: float, score: float) -> float:
    """Return a quantile of a log-normal time, given by the quantile of the standard normal."""
    if mean_s <= 0:
        return 0.0
    variance_log = log1p((deviation_s / mean_s) ** 2)
    return mean_s * exp(score * sqrt(variance_log) - variance_log / 2)
