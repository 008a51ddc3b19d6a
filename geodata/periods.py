"""Travel times by period of departure, where closures hold only for a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from geodata.roads import RoadNetwork
from geodata.rules import TravelRules
from geodata.travel import RoadTravel
from relief.plan.travel import Location, TravelTimes
from relief.units import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class DeparturePeriod:
    """The travel times of trucks that depart within a period.

    Parameters
    ----------
    begin, end
        The period, from `begin` until just before `end`.
    times
        Hold for every departure in it: no road of these ways is closed, or slower than counted
        here, at any moment of the drive. What is closed at some moment of it counts as closed all
        along, so that nobody is sent to wait before a barrier.
    """

    begin: datetime
    end: datetime
    times: TravelTimes


def times_by_departure(
    roads: RoadNetwork,
    locations: Sequence[Location],
    begin: datetime,
    end: datetime,
    *,
    step: timedelta = timedelta(hours=1),
    rules: TravelRules | None = None,
) -> tuple[DeparturePeriod, ...]:
    """Return the travel times of each period of departure.

    Parameters
    ----------
    roads
        The network with its closures, timed and lasting.
    locations
        Between which.
    begin, end
        The first and the last instant of departure.
    step
        The longest period; periods also end where a closure begins or ends.
    rules
        As in `geodata.travel.RoadTravel`.

    Raises
    ------
    ValueError
        If the end is not after the begin, or the step is not positive.

    Notes
    -----
    A drive that its last departure would not finish before the network changes is timed under the
    closures of before and after together, and so on until it ends in time. Closures only lengthen
    ways, so what is found is safe.
    """
    if not begin < end or step <= timedelta(0):
        msg = f"Departures from {begin} to {end} by {step} are no periods."
        raise ValueError(msg)
    changes = sorted(
        {at for one in roads.closures for at in (one.from_at, one.until_at) if at is not None}
    )
    cuts = {begin, end, *(at for at in changes if begin < at < end)}
    cuts |= {begin + step * place for place in range(1, ceil((end - begin) / step))}
    tables: dict[str, TravelTimes] = {}

    def timed(network: RoadNetwork) -> TravelTimes:
        if network.fingerprint not in tables:
            tables[network.fingerprint] = RoadTravel(network, rules=rules).travel_times(locations)
        return tables[network.fingerprint]

    periods = []
    for start, stop in pairwise(sorted(cuts)):
        times = timed(roads.during(start, stop))
        duration_h, distance_km = times.duration_h, times.distance_km
        ahead = [at for at in changes if at >= stop]
        for place, change in enumerate(ahead):
            left_h = (change - stop).total_seconds() / SECONDS_PER_HOUR
            over = np.isfinite(duration_h) & (duration_h > left_h)
            if not over.any():
                break
            until = ahead[place + 1] if place + 1 < len(ahead) else change + step
            longer = timed(roads.during(start, until))
            duration_h = np.where(over, longer.duration_h, duration_h)
            distance_km = np.where(over, longer.distance_km, distance_km)
        periods.append(
            DeparturePeriod(
                begin=start,
                end=stop,
                times=replace(
                    times,
                    duration_h=duration_h,
                    distance_km=distance_km,
                    network_fingerprint=roads.fingerprint,
                    closures=roads.closures,
                    unreachable=_alone(duration_h, times.location_codes),
                ),
            )
        )
    return tuple(periods)


def _alone(duration_h: NDArray[np.float64], codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of locations that no other one can reach."""
    others = duration_h + np.diag(np.full(len(codes), np.inf))
    reached: list[bool] = np.asarray(np.isfinite(others).any(axis=(0, 1))).tolist()
    return tuple(code for code, is_reached in zip(codes, reached, strict=True) if not is_reached)
