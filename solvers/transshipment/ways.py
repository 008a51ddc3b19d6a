"""Which places only some vehicles reach, and how soon goods could lie at a hub for these."""

from collections.abc import Collection, Sequence
from functools import cached_property
from math import ceil

import numpy as np
from numpy.typing import NDArray

from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import Mode
from relief.supply.money import transport_tiers
from solvers.daylight import Daylight
from solvers.routing.duty import DutyClock, night_of

NEAREST_HUBS = 6
"""Hubs that are looked at for a place, those with the shortest way to it first."""
NEAREST_POOLS = 6
"""Pools that are looked at for the soonest truck to a depot, those with the shortest way first."""


class HubWays:
    """What there is to know of hubs before anything is planned.

    Parameters
    ----------
    situation
        With hubs or without.

    Attributes
    ----------
    hubs
        The hubs by depot code.
    """

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._row = situation.travel.index()
        layers = dict(zip(situation.travel.speed_classes, situation.travel.seconds(), strict=True))
        self._kinds = {kind.code: kind for kind in situation.vehicle_classes}
        self._seconds = {code: layers[kind.speed_class] for code, kind in self._kinds.items()}
        broken = {vehicle.vehicle_code for vehicle in situation.under_way if vehicle.is_broken_down}
        self._pools = [
            pool
            for pool in situation.free_pools()
            if any(code not in broken for code in pool.vehicle_codes())
        ]
        self._trucks = sorted(
            {p.class_code for p in self._pools if self._kinds[p.class_code].mode is Mode.ROAD}
        )
        self.hubs = {hub.depot_code: hub for hub in situation.hubs}
        self._night_s = night_of(situation.start_at, situation.policy.duty)
        self._brought_s: dict[tuple[str, str, frozenset[str]], int] = {}
        self._near: dict[str, tuple[str, ...]] = {}
        self._arrivals_s: dict[tuple[str, str, int], int] = {}
        self._onward: dict[str, NDArray[np.int64]] = {}

    @cached_property
    def restricted(self) -> frozenset[str]:
        """The places to which some trucks cannot bring stock themselves, but to a hub near them.

        Of trucks those classes count that have vehicles, of stores those that have stock, and of
        places those that have needs. From the hub other vehicles get there.
        """
        stocked = sorted({self._row[lot.depot_code] for lot in self._situation.usable_lots()})
        if not self.hubs or not stocked:
            return frozenset()
        needy = {need.place_code for need in self._situation.needs}
        return frozenset(
            place.code
            for place in self._situation.places
            if place.code in needy
            and any(self._may_relay(code, stocked, place.code) for code in self._trucks)
        )

    def _may_relay(self, class_code: str, stocked: Sequence[int], place_code: str) -> bool:
        """Return whether trucks of a class get from stores to a hub near a place, but not there."""
        way_s, rows = self._seconds[class_code], np.array(stocked, dtype=np.int64)
        shut_out = rows[way_s[rows, self._row[place_code]] >= UNREACHABLE_S]
        if not shut_out.size:
            return False
        hubs = np.array([self._row[code] for code in self.hubs_near(place_code)], dtype=np.int64)
        is_relay = way_s[np.ix_(shut_out, hubs)] < UNREACHABLE_S
        return bool((is_relay & (shut_out[:, np.newaxis] != hubs)).any())

    def hubs_near(self, place_code: str) -> tuple[str, ...]:
        """Return the hubs from which vehicles get to a place, the nearest few."""
        if place_code not in self._near:
            self._near[place_code] = self._hubs_near(place_code)
        return self._near[place_code]

    def _hubs_near(self, place_code: str) -> tuple[str, ...]:
        onward_s = self._onward_s(place_code)
        near = sorted((int(onward_s[self._row[code]]), code) for code in self.hubs)
        return tuple(code for way_s, code in near[:NEAREST_HUBS] if way_s < UNREACHABLE_S)

    def shut_out(self, depot_code: str, place_code: str) -> frozenset[str]:
        """Return the classes of trucks with vehicles that do not get from a depot to a place."""
        here, there = self._row[depot_code], self._row[place_code]
        return frozenset(
            code for code in self._trucks if int(self._seconds[code][here, there]) >= UNREACHABLE_S
        )

    def onward_s(self, depot_code: str, place_code: str) -> int | None:
        """Return the least drive from a depot to a place, of vehicles that can load there.

        None where no vehicle can get there, on to the place, and home.
        """
        way_s = int(self._onward_s(place_code)[self._row[depot_code]])
        return way_s if way_s < UNREACHABLE_S else None

    def _onward_s(self, place_code: str) -> NDArray[np.int64]:
        """Return the least drives to a place from each location, by vehicles that can be there."""
        if place_code not in self._onward:
            there = self._row[place_code]
            best = np.full(len(self._row), UNREACHABLE_S, dtype=np.int64)
            for code, base_code in sorted({(p.class_code, p.base_code) for p in self._pools}):
                way_s, base = self._seconds[code], self._row[base_code]
                if way_s[there, base] < UNREACHABLE_S:
                    ways_s = np.where(way_s[base] < UNREACHABLE_S, way_s[:, there], UNREACHABLE_S)
                    best = np.minimum(best, ways_s)
            self._onward[place_code] = best
        return self._onward[place_code]

    def onward_at_s(self, hub_code: str, place_code: str, ready_s: int) -> int:
        """Return when goods that lie ready at a hub can be unloaded at a place, at the soonest."""
        key = (hub_code, place_code, ready_s)
        if key not in self._arrivals_s:
            self._arrivals_s[key] = self._soonest_onward_s(*key)
        return self._arrivals_s[key]

    def _soonest_onward_s(self, hub_code: str, place_code: str, ready_s: int) -> int:
        hub, place = self._row[hub_code], self._row[place_code]
        best = UNREACHABLE_S
        daylight = Daylight(self._situation.start_at, self._situation.policy.carriers)
        for pool in self._pools:
            kind, way_s = self._kinds[pool.class_code], self._seconds[pool.class_code]
            base = self._row[pool.base_code]
            if max(way_s[base, hub], way_s[hub, place], way_s[place, base]) >= UNREACHABLE_S:
                continue
            there_s = ceil(pool.ready_after.total_seconds()) + int(way_s[base, hub])
            leaves_s: int | None = max(there_s, ready_s) + kind.load_s
            if kind.mode is Mode.AIR:
                leaves_s = daylight.departure_s(leaves_s or 0, int(way_s[hub, place]))
            if leaves_s is not None:
                best = min(best, leaves_s + int(way_s[hub, place]) + kind.unload_s)
        return best

    def brought_s(self, depot_code: str, hub_code: str, classes: Collection[str]) -> int:
        """Return when trucks of some classes can have unloaded goods of a depot at a hub.

        Rests are counted, other errands of the trucks are not.
        """
        key = (depot_code, hub_code, frozenset(classes))
        if key not in self._brought_s:
            self._brought_s[key] = self._soonest_s(*key)
        return self._brought_s[key]

    def _soonest_s(self, depot_code: str, hub_code: str, classes: Collection[str]) -> int:
        depot, hub = self._row[depot_code], self._row[hub_code]
        duty = self._situation.policy.duty
        near = sorted(
            (
                ceil(pool.ready_after.total_seconds())
                + int(way_s[self._row[pool.base_code], depot]),
                number,
            )
            for number, pool in enumerate(self._pools)
            if pool.class_code in classes
            for way_s in (self._seconds[pool.class_code],)
            if max(
                way_s[self._row[pool.base_code], depot],
                way_s[depot, hub],
                way_s[hub, self._row[pool.base_code]],
            )
            < UNREACHABLE_S
        )
        best = UNREACHABLE_S
        for _, number in near[:NEAREST_POOLS]:
            pool = self._pools[number]
            kind, way_s = self._kinds[pool.class_code], self._seconds[pool.class_code]
            clock = DutyClock(
                ceil(pool.ready_after.total_seconds()), pool.num_drivers, duty, self._night_s
            )
            clock.drive(int(way_s[self._row[pool.base_code], depot]))
            clock.work(kind.load_s)
            clock.drive(int(way_s[depot, hub]))
            clock.work(kind.unload_s)
            best = min(best, clock.now_s)
        return best


def may_hand_over(situation: Situation) -> bool:
    """Return whether hubs are looked at at all: not everything goes together with them.

    A plan that goes on, trucks that leave in convoys, and pots that pay for transport are planned
    without.
    """
    return bool(
        situation.hubs
        and not situation.under_way
        and situation.as_of is None
        and not situation.policy.convoy.place_codes
        and not transport_tiers(situation.pots)
    )
