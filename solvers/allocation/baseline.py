"""The simple allocator that always answers: each need takes the nearest stock that is left."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from relief.damage.needs import Need
from relief.plan.allocation import Allocation, Consignment, Shortfall, ShortfallReason
from relief.plan.outcome import Clock, SolveReport, Termination
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.sentences import Sentence, say
from relief.supply.stock import Lot


class NearestAllocator:
    """Serves needs one by one from the nearest stock, the most urgent and heaviest first.

    It proves nothing and looks at no truck hours: what trucks cannot carry, the router finds out.

    Parameters
    ----------
    clock
        Measures the time for the report.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock

    def allocate(self, situation: Situation) -> Allocation:
        """Return an allocation. A shortage is part of the answer, never an error."""
        began_s = self._clock()
        reach = _arrivals_s(situation)
        row = situation.travel.index()
        lots_of = _lots_by_item(situation)
        left = {lot.code: lot.available_pieces for lot in situation.usable_lots()}
        sent: dict[tuple[str, str, int], int] = defaultdict(int)
        lot_by_code = {lot.code: lot for lot in situation.lots}
        shortfalls = []
        for need in sorted(situation.needs, key=lambda need: _order(situation, need)):
            open_pieces, late_pieces = need.pieces, 0
            lots = lots_of.get(need.item_code, ())
            arrival = {lot.code: reach[row[lot.depot_code], row[need.place_code]] for lot in lots}
            nearest = sorted(
                lots,
                key=lambda lot: (arrival[lot.code], lot.owner, str(lot.expires_on), lot.code),
            )
            for lot in nearest:
                window = _window(situation, need, arrival[lot.code])
                pieces = min(open_pieces, left[lot.code])
                if window is None or pieces == 0:
                    continue
                left[lot.code] -= pieces
                open_pieces -= pieces
                sent[lot.code, need.place_code, window] += pieces
                if situation.window_end_at(window) > need.due_at:
                    late_pieces += pieces
            if open_pieces + late_pieces:
                reason, because = _why(situation, need, nearest, arrival, left)
                shortfalls.append(
                    Shortfall(
                        place_code=need.place_code,
                        item_code=need.item_code,
                        due_at=need.due_at,
                        missing_pieces=open_pieces,
                        late_pieces=late_pieces,
                        reason=reason,
                        because=because,
                    )
                )
        return Allocation(
            consignments=tuple(
                Consignment(
                    lot_code=lot_code,
                    depot_code=lot_by_code[lot_code].depot_code,
                    item_code=lot_by_code[lot_code].item_code,
                    place_code=place_code,
                    pieces=pieces,
                    window=window,
                )
                for (lot_code, place_code, window), pieces in sorted(sent.items())
            ),
            shortfalls=tuple(shortfalls),
            deprivation_bound_milli_person_h=None,
            report=SolveReport(
                solver="nearest stock 1",
                termination=Termination.BASELINE,
                objective=None,
                bound=None,
                seconds=self._clock() - began_s,
                seed=0,
                note="Each need takes the nearest stock that is left; nothing is proven.",
            ),
        )


def _order(situation: Situation, need: Need) -> tuple[object, ...]:
    weight = dict(situation.policy.priority_weights)[need.priority] * need.milli_people_per_piece
    return (need.due_at, need.priority, -weight, need.place_code, need.item_code)


def _lots_by_item(situation: Situation) -> dict[str, tuple[Lot, ...]]:
    lots: dict[str, list[Lot]] = defaultdict(list)
    for lot in situation.usable_lots():
        lots[lot.item_code].append(lot)
    return {code: tuple(found) for code, found in lots.items()}


def _arrivals_s(situation: Situation) -> NDArray[np.int64]:
    """Return the earliest unloaded arrival from every location by the best truck, in seconds.

    Returns
    -------
    NDArray[np.int64]
        Shape (locations, locations); at least `UNREACHABLE_S` where no truck can come.
    """
    seconds = situation.travel.seconds()
    row = situation.travel.index()
    speeds = {name: i for i, name in enumerate(situation.travel.speed_classes)}
    classes = {kind.code: kind for kind in situation.vehicle_classes}
    best = np.full(seconds.shape[1:], UNREACHABLE_S, dtype=np.int64)
    for class_code in sorted({pool.class_code for pool in situation.pools if pool.num_vehicles}):
        kind = classes[class_code]
        drive_s = seconds[speeds[kind.speed_class]]
        at_depot_s = np.full(len(row), UNREACHABLE_S, dtype=np.int64)
        for pool in situation.pools:
            if pool.class_code == class_code and pool.num_vehicles:
                ready_s = int(pool.ready_after.total_seconds())
                np.minimum(at_depot_s, ready_s + drive_s[row[pool.base_code]], out=at_depot_s)
        arrival = at_depot_s[:, np.newaxis] + kind.load_s + drive_s + kind.unload_s
        np.minimum(best, arrival, out=best)
    return best


def _window(situation: Situation, need: Need, arrival_s: int) -> int | None:
    """Return the due window if goods can be there by then, else the first in which they can."""
    for window, end in enumerate(situation.policy.window_ends):
        if arrival_s <= end.total_seconds() and situation.window_end_at(window) >= need.due_at:
            return window
    return None


def _why(
    situation: Situation,
    need: Need,
    nearest: Sequence[Lot],
    arrival: dict[str, int],
    left: dict[str, int],
) -> tuple[ShortfallReason, Sentence]:
    item = situation.catalogue.by_code()[need.item_code]
    name = f"{item.name_zh} {item.name_en}"
    reachable = [lot for lot in nearest if arrival[lot.code] < UNREACHABLE_S]
    if nearest and not reachable:
        return ShortfallReason.NO_ROAD, say(
            "No depot with {item} has an open road to the place.", item=name
        )
    in_time = sum(lot.available_pieces for lot in _in_time(situation, need, reachable, arrival))
    if in_time == 0 and any(left[lot.code] for lot in reachable):
        return ShortfallReason.TOO_FAR, say(
            "The nearest {item} that is left is {hours} h away.",
            item=name,
            hours=f"{min(arrival[lot.code] for lot in reachable if left[lot.code]) / 3600:.1f}",
        )
    return ShortfallReason.NO_STOCK, say(
        "All {pieces} pieces of {item} within reach in time go to needs that come first.",
        pieces=in_time,
        item=name,
    )


def _in_time(
    situation: Situation, need: Need, lots: Sequence[Lot], arrival: dict[str, int]
) -> Iterator[Lot]:
    due_s = (need.due_at - situation.start_at).total_seconds()
    return (lot for lot in lots if arrival[lot.code] <= due_s)
