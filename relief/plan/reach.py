"""What could reach whom at best: bounds that hold for every plan of a situation."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.measures import ServedNeed, deprivation_of
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import Mode, VehicleClass

SECOND = timedelta(seconds=1)


def unavoidable_milli_person_h(situation: Situation) -> int:
    """Return deprivation that no plan can avoid: of what is too far, cut off or not there.

    For each item the usable stock is given out freely, each piece in the first window in which
    the fastest truck could bring one from the nearest stock, to the needs where it helps most.
    Trucks are without number here, never full and never tired, so that this bounds every plan
    from below; a solver's own bound is usually better.
    """
    total = 0
    stock: dict[str, int] = defaultdict(int)
    stand_ins = situation.catalogue.stand_in_of()
    for lot in situation.usable_lots():
        if lot.item_code in stand_ins:
            one = stand_ins[lot.item_code]
            stock[one.stands_for_code] += one.met_pieces * lot.available_pieces
        else:
            stock[lot.item_code] += lot.available_pieces
    arrivals_s = earliest_arrivals_s(situation)
    for item_code in sorted({need.item_code for need in situation.needs}):
        savings: list[tuple[int, int]] = []
        for need in (one for one in situation.needs if one.item_code == item_code):
            never = deprivation_of(situation, ServedNeed(need=need, arrived_pieces=()))
            total += never
            window = _window_at(situation, arrivals_s[need.place_code, item_code])
            if window is not None:
                arrived = (0,) * window + (need.pieces,)
                soonest = deprivation_of(situation, ServedNeed(need=need, arrived_pieces=arrived))
                savings.append(((never - soonest) // need.pieces, need.pieces))
        left = stock[item_code]
        for saving, pieces in sorted(savings, reverse=True):
            total -= saving * min(left, pieces)
            left -= min(left, pieces)
    return total


def earliest_arrivals_s(situation: Situation) -> dict[tuple[str, str], int]:
    """Return when the fastest truck can have brought an item to a place, rests left out.

    What needs cooling comes only on cooled bodies. Where there are hubs, goods may change vehicles
    there any number of times.

    Returns
    -------
    dict[tuple[str, str], int]
        Seconds after the start under (place, item) for every place and every item with a need;
        `UNREACHABLE_S` where there is no stock, truck or road.
    """
    row = situation.travel.index()
    depots_of: dict[str, set[int]] = defaultdict(set)
    stand_ins = situation.catalogue.stand_in_of()
    for lot in situation.usable_lots():
        one = stand_ins.get(lot.item_code)
        served = lot.item_code if one is None else one.stands_for_code
        depots_of[served].add(row[lot.depot_code])
    places = [row[place.code] for place in situation.places]
    ways = _ways(situation)
    items = situation.catalogue.by_code()
    arrivals_s: dict[tuple[str, str], int] = {}
    for item_code in sorted({need.item_code for need in situation.needs}):
        best = np.full(len(places), UNREACHABLE_S, dtype=np.int64)
        depots = sorted(depots_of[item_code])
        if depots:
            fit = [way for way in ways if way.kind.is_cooled or not items[item_code].needs_cooling]
            ready_s = _ready_s(situation, fit, depots)
            spots = sorted(ready_s)
            there_s = np.array([ready_s[spot] for spot in spots], dtype=np.int64)
            for way in fit:
                best = np.minimum(best, way.arrivals_s(spots, there_s, places).min(axis=0))
            best = np.minimum(best, UNREACHABLE_S)
        for place, seconds in zip(situation.places, best.tolist(), strict=True):
            arrivals_s[place.code, item_code] = seconds
    return arrivals_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Way:
    """How the vehicles of a class get about.

    `at_s` is when the first of them can be at each location, from the nearest base, when it is
    ready; `between_s` the least times between locations.
    """

    kind: VehicleClass
    at_s: NDArray[np.int64]
    between_s: NDArray[np.int64]

    def arrivals_s(
        self, spots: Sequence[int], there_s: NDArray[np.int64], goals: Sequence[int]
    ) -> NDArray[np.int64]:
        """Return when goods that lie ready at spots (rows) can be unloaded at goals (columns)."""
        loaded_s = np.maximum(self.at_s[spots], there_s) + self.kind.load_s
        ways_s: NDArray[np.int64] = (
            loaded_s[:, np.newaxis] + self.between_s[np.ix_(spots, goals)] + self.kind.unload_s
        )
        return ways_s


def _ready_s(situation: Situation, ways: Sequence[_Way], depots: Collection[int]) -> dict[int, int]:
    """Return when goods can lie ready where: at once in the depots, at hubs once handled."""
    row = situation.travel.index()
    handling_s = {row[hub.depot_code]: -(-hub.handling // SECOND) for hub in situation.hubs}
    ready_s = dict.fromkeys(depots, 0)
    newest = set(depots)
    while newest and len(handling_s) > 0:
        spots, hubs = sorted(newest), sorted(handling_s)
        there_s = np.array([ready_s[spot] for spot in spots], dtype=np.int64)
        best = np.full(len(hubs), UNREACHABLE_S, dtype=np.int64)
        for way in ways:
            best = np.minimum(best, way.arrivals_s(spots, there_s, hubs).min(axis=0))
        newest = set()
        for hub, seconds in zip(hubs, best.tolist(), strict=True):
            if seconds + handling_s[hub] < ready_s.get(hub, UNREACHABLE_S):
                ready_s[hub] = seconds + handling_s[hub]
                newest.add(hub)
    return ready_s


def _ways(situation: Situation) -> list[_Way]:
    """Return how each vehicle class gets about."""
    seconds = situation.travel.seconds()
    row = situation.travel.index()
    speeds = {code: i for i, code in enumerate(situation.travel.speed_classes)}
    ways: list[_Way] = []
    for kind in situation.vehicle_classes:
        table = seconds[speeds[kind.speed_class]]
        if kind.mode is not Mode.ROAD:
            table = _over_any_stops(table)
        at_depot = np.full(len(row), UNREACHABLE_S, dtype=np.int64)
        for pool in situation.pools:
            if pool.class_code == kind.code and pool.num_vehicles > 0:
                ready_s = -(-pool.ready_after // SECOND)
                at_depot = np.minimum(at_depot, ready_s + table[row[pool.base_code]])
        ways.append(_Way(kind=kind, at_s=at_depot, between_s=table))
    return ways


def _over_any_stops(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least times over any chain of stops.

    On the road no detour over a third location is faster. A helicopter, though, gets by way of
    a depot that has fuel where it does not get at once.
    """
    least = table.copy()
    for via in range(len(least)):
        least = np.minimum(least, least[:, via, np.newaxis] + least[np.newaxis, via, :])
    return least


def avoidable_milli_person_h(plan: DispatchPlan, situation: Situation) -> int:
    """Return the part of a plan's deprivation that is not proven to be unavoidable."""
    floor = max(unavoidable_milli_person_h(situation), plan.deprivation_bound_milli_person_h or 0)
    return plan.score.deprivation_milli_person_h - floor


def _window_at(situation: Situation, arrival_s: int) -> int | None:
    """Return the window of an arrival, None after the last one."""
    if arrival_s >= UNREACHABLE_S:
        return None
    return situation.window_of(situation.start_at + arrival_s * SECOND)
