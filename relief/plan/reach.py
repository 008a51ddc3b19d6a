"""What could reach whom at best: bounds that hold for every plan of a situation."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.measures import ServedNeed, deprivation_of
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import Mode

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

    What needs cooling comes only on cooled bodies.

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
    tables = _from_base_to_place_s(situation)
    cooled = [kind.is_cooled for kind in situation.vehicle_classes]
    items = situation.catalogue.by_code()
    arrivals_s: dict[tuple[str, str], int] = {}
    for item_code in sorted({need.item_code for need in situation.needs}):
        best = np.full(len(places), UNREACHABLE_S, dtype=np.int64)
        depots = sorted(depots_of[item_code])
        if depots:
            for table, is_cooled in zip(tables, cooled, strict=True):
                if items[item_code].needs_cooling and not is_cooled:
                    continue
                best = np.minimum(best, table[np.ix_(depots, places)].min(axis=0))
        for place, seconds in zip(situation.places, best.tolist(), strict=True):
            arrivals_s[place.code, item_code] = seconds
    return arrivals_s


def _from_base_to_place_s(situation: Situation) -> list[NDArray[np.int64]]:
    """Return for each vehicle class the arrival over a depot (row) at a place (column).

    From the nearest base with a truck of the class, when it is ready, through the depot.
    """
    seconds = situation.travel.seconds()
    row = situation.travel.index()
    speeds = {code: i for i, code in enumerate(situation.travel.speed_classes)}
    tables: list[NDArray[np.int64]] = []
    for kind in situation.vehicle_classes:
        table = seconds[speeds[kind.speed_class]]
        if kind.mode is not Mode.ROAD:
            table = _over_any_stops(table)
        at_depot = np.full(len(row), UNREACHABLE_S, dtype=np.int64)
        for pool in situation.pools:
            if pool.class_code == kind.code and pool.num_vehicles > 0:
                ready_s = -(-pool.ready_after // SECOND)
                at_depot = np.minimum(at_depot, ready_s + table[row[pool.base_code]])
        tables.append(at_depot[:, np.newaxis] + kind.load_s + table + kind.unload_s)
    return tables


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
