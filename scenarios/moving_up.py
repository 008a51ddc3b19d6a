"""Helicopters that are stationed too far off are moved up to a depot nearer by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from relief.places import Place
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import Mode, VehiclePool
from solvers.daylight import Daylight

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedUp:
    """Pools after helicopters have been moved up.

    Parameters
    ----------
    pools
        All pools, those that were moved under their new base. Where one stands there already, the
        two are one, ready when the later one is.
    moves
        From which base to which.
    """

    pools: tuple[VehiclePool, ...]
    moves: tuple[tuple[str, str], ...]


def moved_up(situation: Situation, missed: Sequence[Place]) -> MovedUp:
    """Return the pools with helicopters moved to where they get to more of the places.

    A helicopter must fly home at once from every place that it serves. From a depot with stock
    and fuel nearer to the places it may serve more of them than from its own base. It flies there
    when it is ready, by day.

    Parameters
    ----------
    situation
        With helicopters in its pools and travel times.
    missed
        The places that no truck reaches.
    """
    travel = situation.travel
    row = travel.index()
    seconds = dict(zip(travel.speed_classes, travel.seconds(), strict=True))
    stocked = sorted({lot.depot_code for lot in situation.usable_lots()})
    ends = [row[place.code] for place in missed]
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    daylight = Daylight(situation.start_at, situation.policy.carriers)
    pools: dict[tuple[str, str, int], VehiclePool] = {}
    moves = []
    for pool in situation.pools:
        moved = pool
        if kinds[pool.class_code].mode is Mode.AIR:
            way_s = seconds[kinds[pool.class_code].speed_class]
            base = row[pool.base_code]
            stations = [
                _Station(
                    code=code,
                    flight_s=int(way_s[base, row[code]]),
                    home_s=way_s[ends, row[code]],
                )
                for code in sorted({pool.base_code, *stocked})
                if way_s[base, row[code]] < UNREACHABLE_S
            ]
            moved = _at_best(pool, stations, daylight)
        if moved.base_code != pool.base_code:
            moves.append((pool.base_code, moved.base_code))
        key = (moved.base_code, moved.class_code, moved.num_drivers)
        there = pools.get(key)
        pools[key] = moved if there is None else _together(there, moved)
    return MovedUp(pools=tuple(pools.values()), moves=tuple(moves))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Station:
    """A depot where helicopters may stand.

    `flight_s` is from their base, `home_s` from each of the places, of shape (places,).
    """

    code: str
    flight_s: int
    home_s: NDArray[np.int64]


def _at_best(pool: VehiclePool, stations: Sequence[_Station], daylight: Daylight) -> VehiclePool:
    """Return a pool at the station from which it serves most places, soonest.

    Of stations that serve as many the one counts from which a first round is done soonest: the
    flight there, and the mean way out and back.
    """
    ready_s = -(-pool.ready_after // _SECOND)
    best, best_rank = pool, (0.0, 0.0)
    for station in stations:
        is_served = station.home_s < UNREACHABLE_S
        num_served = int(is_served.sum())
        leaves_s = daylight.departure_s(ready_s, station.flight_s)
        if num_served == 0 or leaves_s is None:
            continue
        round_s = station.flight_s + 2 * float(station.home_s[is_served].mean())
        # Only for more places is a helicopter moved at all.
        gain = num_served if station.code != pool.base_code else num_served + 0.5
        rank = (gain, -round_s)
        if best_rank[0] == 0 or rank > best_rank:
            best_rank = rank
            best = pool
            if station.code != pool.base_code:
                best = replace(
                    pool,
                    base_code=station.code,
                    ready_after=(leaves_s + station.flight_s) * _SECOND,
                    source=f"{pool.source}; moved up from {pool.base_code}",
                )
    return best


def _together(one: VehiclePool, other: VehiclePool) -> VehiclePool:
    sources = dict.fromkeys(f"{one.source}; {other.source}".split("; "))
    return replace(
        one,
        num_vehicles=one.num_vehicles + other.num_vehicles,
        ready_after=max(one.ready_after, other.ready_after),
        source="; ".join(sources),
    )
