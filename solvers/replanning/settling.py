"""What of an old plan can still be done: the rest of its trips, settled with what has happened.

Whatever is cut here had to be: its truck is lost, its stock is gone, its road is closed, or nobody
needs it any more. Such changes are *forced*, and no budget limits them. Goods on board that cannot
go where they were bound are redirected to whoever needs them and is soonest reached; if nobody
does, they stay on board.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from relief.plan.allocation import Consignment
from relief.plan.execution import RemainingRoute
from relief.plan.execution_events import root_of
from relief.plan.routes import StopKind, Trip
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.plan.under_way import VehicleUnderWay
from solvers.replanning.kept import (
    KeptDrop,
    KeptLine,
    KeptTrip,
    Redirection,
    Settled,
)
from solvers.routing.fleet import Fleet, Truck

MOST_REDIRECTIONS = 4
"""Places to which one truck's goods on board are redirected, at most."""


def settle(
    situation: Situation,
    fleet: Fleet,
    remaining: Iterable[RemainingRoute],
    consignments: Sequence[Consignment],
    redirections: Sequence[Redirection] = (),
) -> Settled:
    """Return what of the remaining trips can still be done.

    Parameters
    ----------
    situation
        As it is now.
    fleet
        Its trucks, those that have broken down left out.
    remaining
        The rest of the old plan.
    consignments
        Of the old plan: they say from when on goods lie ready.
    redirections
        Goods on board that go elsewhere by choice.
    """
    return _Settling(situation, fleet, consignments).run(tuple(remaining), redirections)


class _Settling:
    def __init__(
        self, situation: Situation, fleet: Fleet, consignments: Sequence[Consignment]
    ) -> None:
        self._situation = situation
        self._fleet = fleet
        self._trucks = {truck.code: truck for truck in fleet.trucks}
        self._states = {state.vehicle_code: state for state in situation.under_way}
        self._index = situation.travel.index()
        self._depot_of = {lot.code: lot.depot_code for lot in situation.lots}
        self._stock = {lot.code: lot.available_pieces for lot in situation.usable_lots()}
        self._needed: Counter[tuple[str, str]] = Counter()
        self._rate: dict[tuple[str, str], int] = defaultdict(int)
        weights = dict(situation.policy.priority_weights)
        for need in situation.needs:
            key = (need.place_code, need.item_code)
            self._needed[key] += need.pieces
            rate = need.milli_people_per_piece * weights[need.priority]
            self._rate[key] = max(self._rate[key], rate)
        # A lot lies ready at one time; a later one keeps goods from a place that is full before.
        self._ready: dict[tuple[str, str], timedelta] = defaultdict(timedelta)
        for each in consignments:
            route = (each.lot_code, each.place_code)
            self._ready[route] = min(self._ready.get(route, each.ready_after), each.ready_after)
        self._stand_ins = situation.catalogue.stand_in_of()
        self._waybills: set[str] = set()
        self._drivers: set[str] = set()

    def run(
        self, remaining: Sequence[RemainingRoute], redirections: Sequence[Redirection]
    ) -> Settled:
        wanted: list[tuple[str, int, KeptTrip]] = []
        for route in remaining:
            if route.vehicle_code not in self._trucks:
                self._waybills |= {trip.number for trip in route.trips}
                continue
            board = self._on_board(route.vehicle_code)
            wanted += [
                (route.vehicle_code, number, self._kept(trip, board))
                for number, trip in enumerate(route.trips)
            ]
        # What is on board comes first, then what was to come first.
        wanted.sort(key=lambda one: (not one[2].has_begun, one[2].window, one[1], one[0]))
        before = {trip.number: trip for _, _, trip in wanted}
        granted = {(code, number): self._granted(trip) for code, number, trip in wanted}
        trips: dict[str, tuple[KeptTrip, ...]] = {}
        for code in sorted({code for code, _, _ in wanted} | self._loaded_trucks()):
            kept = [granted[key] for key in sorted(granted) if key[0] == code]
            for one in redirections:
                if one.vehicle_code == code and kept:
                    kept[0] = self._chosen(kept[0], one)
            passable = self._passable(self._trucks[code], kept)
            redirected = [
                replace(trip, is_changed=False) if self._is_as_before(trip, before) else trip
                for trip in self._redirected(self._trucks[code], passable)
            ]
            self._note(code, redirected)
            fitting = self._fitting(code, [trip for trip in redirected if trip.drops])
            if fitting:
                trips[code] = fitting
        chosen = {
            (code, trip.number) for code, of in trips.items() for trip in of if trip.is_chosen
        }
        return Settled(
            trips=trips,
            forced_waybills=frozenset(self._waybills),
            forced_drivers=frozenset(self._drivers),
            stranded_pieces=self._stranded(trips),
            chosen_waybills=frozenset(number for _, number in chosen) - self._waybills,
            chosen_drivers=frozenset(code for code, _ in chosen) - self._drivers,
        )

    def _is_as_before(self, trip: KeptTrip, before: Mapping[str, KeptTrip]) -> bool:
        """Return whether a trip was cut and then became again what it had been."""
        old = before.get(trip.number)
        return trip.is_changed and old is not None and trip.errand == old.errand

    def _chosen(self, trip: KeptTrip, one: Redirection) -> KeptTrip:
        """Return the trip with goods on board that go elsewhere, next after where they were bound.

        No more goes there than is needed; what else was bound for the old place stays so.
        """
        left = dict(one.pieces)
        drops: list[KeptDrop] = []
        for drop in trip.drops:
            if drop.place_code != one.from_code:
                drops.append(drop)
                continue
            stays, goes = [], []
            for line in drop.lines:
                code, per_piece = self._meets(line.item_code)
                most = self._needed[one.to_code, code] // per_piece
                moved = min(line.pieces, left.get(line.item_code, 0), most)
                if not line.is_on_board or moved <= 0:
                    stays.append(line)
                    continue
                left[line.item_code] -= moved
                self._needed[one.to_code, code] -= moved * per_piece
                self._needed[one.from_code, code] += moved * per_piece
                goes.append(replace(line, pieces=moved))
                if moved < line.pieces:
                    stays.append(replace(line, pieces=line.pieces - moved))
            drops += [
                KeptDrop(place_code=place, lines=tuple(lines))
                for place, lines in ((one.from_code, stays), (one.to_code, goes))
                if lines
            ]
        return replace(trip, drops=tuple(drops), is_chosen=tuple(drops) != trip.drops)

    def _meets(self, item_code: str) -> tuple[str, int]:
        """Return the item for which a need is met by pieces of one, and how much by each."""
        stand_in = self._stand_ins.get(item_code)
        if stand_in is None:
            return item_code, 1
        return stand_in.stands_for_code, stand_in.met_pieces

    def _on_board(self, code: str) -> Counter[str]:
        state = self._states.get(code)
        return Counter() if state is None else state.pieces_by_lot

    def _loaded_trucks(self) -> set[str]:
        return {code for code, state in self._states.items() if state.load} & self._trucks.keys()

    def _kept(self, trip: Trip, board: Counter[str]) -> KeptTrip:
        """Return a trip with what is on board told apart; what it takes is taken off `board`."""
        drops = []
        has_begun = False
        for stop in trip.stops:
            if stop.kind is not StopKind.DELIVER:
                continue
            lines: list[KeptLine] = []
            for line in stop.lines:
                on_board = min(line.pieces, board[line.lot_code])
                board[line.lot_code] -= on_board
                has_begun = has_begun or on_board > 0
                for pieces, is_on_board in ((on_board, True), (line.pieces - on_board, False)):
                    if pieces:
                        lines.append(
                            KeptLine(
                                lot_code=line.lot_code,
                                item_code=line.item_code,
                                pieces=pieces,
                                is_on_board=is_on_board,
                                ready_after=self._ready[line.lot_code, stop.location_code],
                            )
                        )
            drops.append(KeptDrop(place_code=stop.location_code, lines=tuple(lines)))
        windows = [self._situation.window_of(stop.end_at) for stop in trip.stops]
        last = len(self._situation.policy.window_ends) - 1
        return KeptTrip(
            number=trip.number,
            depot_codes=tuple(s.location_code for s in trip.stops if s.kind is StopKind.LOAD),
            drops=tuple(drops),
            window=max(last if window is None else window for window in windows),
            has_begun=has_begun,
        )

    def _granted(self, trip: KeptTrip) -> KeptTrip:
        """Return the trip with no more than is in stock and needed; both are used up by it."""
        drops = []
        for drop in trip.drops:
            lines = []
            for line in drop.lines:
                code, per_piece = self._meets(line.item_code)
                key = (drop.place_code, code)
                pieces = min(line.pieces, self._needed[key] // per_piece)
                if not line.is_on_board:
                    pieces = min(pieces, self._stock.get(line.lot_code, 0))
                    self._stock[line.lot_code] = self._stock.get(line.lot_code, 0) - pieces
                self._needed[key] -= pieces * per_piece
                if pieces:
                    same = pieces == line.pieces
                    lines.append(line if same else replace(line, pieces=pieces))
            drops.append(KeptDrop(place_code=drop.place_code, lines=tuple(lines)))
        return self._trimmed(trip, drops)

    def _trimmed(self, trip: KeptTrip, drops: Iterable[KeptDrop]) -> KeptTrip:
        """Return the trip with these drops, without stops at which nothing is done."""
        left = tuple(drop for drop in drops if drop.lines)
        lots = {line.lot_code for drop in left for line in drop.lines if not line.is_on_board}
        depots = {self._depot_of[code] for code in lots}
        depot_codes = tuple(code for code in trip.depot_codes if code in depots)
        is_same = left == trip.drops
        if is_same and depot_codes == trip.depot_codes:
            return trip
        return replace(
            trip,
            depot_codes=depot_codes,
            drops=left,
            is_changed=trip.is_changed or not is_same,
        )

    def _give_back(self, drop: KeptDrop) -> None:
        for line in drop.lines:
            code, per_piece = self._meets(line.item_code)
            self._needed[drop.place_code, code] += line.pieces * per_piece
            if not line.is_on_board:
                self._stock[line.lot_code] += line.pieces

    def _passable(self, truck: Truck, trips: Sequence[KeptTrip]) -> list[KeptTrip]:
        """Return the trips without the stops to which no road leads."""
        here = self._start(truck)
        left = []
        for trip in trips:
            depots, cut = trip.depot_codes, self._cut(truck, here, trip)
            while cut.depot_codes != depots:  # Its way is another one now.
                depots, cut = cut.depot_codes, self._cut(truck, here, cut)
            left.append(cut)
            if cut.drops:
                here = self._index[cut.drops[-1].place_code]
        return left

    def _cut(self, truck: Truck, here: int, trip: KeptTrip) -> KeptTrip:
        drops = []
        loads = [self._index[code] for code in trip.depot_codes]
        can_load = self._joined(truck, [here, *loads])
        at = loads[-1] if loads and can_load else here
        for drop in trip.drops:
            lines = drop.lines
            if not can_load:
                lines = tuple(line for line in lines if line.is_on_board)
                rest = tuple(line for line in drop.lines if not line.is_on_board)
                self._give_back(replace(drop, lines=rest))
            place = self._index[drop.place_code]
            if lines and self._joined(truck, [at, place]) and self._leads_home(truck, place):
                drops.append(drop if lines is drop.lines else replace(drop, lines=lines))
                at = place
            else:
                self._give_back(replace(drop, lines=lines))
        return self._trimmed(trip, drops)

    def _start(self, truck: Truck) -> int:
        return truck.base if truck.start is None else truck.start.location

    def _joined(self, truck: Truck, way: Sequence[int]) -> bool:
        return all(
            self._fleet.drive_s(truck.kind, start, end) < UNREACHABLE_S
            for start, end in pairwise(way)
        )

    def _leads_home(self, truck: Truck, place: int) -> bool:
        return self._fleet.drive_s(truck.kind, place, truck.base) < UNREACHABLE_S

    def _redirected(self, truck: Truck, trips: Sequence[KeptTrip]) -> list[KeptTrip]:
        """Return the trips, the first one also bringing what is on board and bound for nowhere."""
        spare = self._on_board(truck.code)
        for trip in trips:
            for drop in trip.drops:
                for line in drop.lines:
                    if line.is_on_board:
                        spare[line.lot_code] -= line.pieces
        state = self._states.get(truck.code)
        if state is None or not +spare:
            return list(trips)
        others = list(trips)
        if others and root_of(others[0].number) == root_of(state.waybill):
            first = others.pop(0)
        else:
            first = KeptTrip(
                number=state.waybill, depot_codes=(), drops=(), window=0, has_begun=True
            )
        for _ in range(MOST_REDIRECTIONS):
            best = self._best_drop(truck, [first, *others], state, +spare)
            if best is None:
                break
            for line in best.lines:
                spare[line.lot_code] -= line.pieces
                self._needed[best.place_code, line.item_code] -= line.pieces
            window = self._situation.window_of(state.free_at)
            first = replace(
                first,
                drops=(*first.drops, best),
                is_changed=True,
                window=max(first.window, window or 0),
            )
        return [first, *others]

    def _best_drop(
        self, truck: Truck, trips: list[KeptTrip], state: VehicleUnderWay, spare: Counter[str]
    ) -> KeptDrop | None:
        """Return where goods of the first trip help most for each hour of driving there."""
        first = trips[0]
        onwards = [self._index[code] for trip in trips[1:] for code in trip.stop_codes][:1]
        item_of = {line.lot_code: line.item_code for line in state.load}
        stops = first.stop_codes
        here = self._index[stops[-1]] if stops else self._start(truck)
        taken = {drop.place_code for drop in first.drops}
        best: tuple[float, str] | None = None
        horizon_s = int(self._situation.policy.window_ends[-1].total_seconds())
        for place in sorted({place for place, _ in self._needed} - taken):
            row = self._index[place]
            drive_s = self._fleet.drive_s(truck.kind, here, row)
            late = truck.ready_s + drive_s > horizon_s
            leads_on = self._leads_home(truck, row) and self._joined(truck, [row, *onwards])
            if drive_s >= UNREACHABLE_S or late or not leads_on:
                continue
            helped = sum(
                min(pieces, self._needed[place, item_of[lot]]) * self._rate[place, item_of[lot]]
                for lot, pieces in spare.items()
            )
            score = helped / (drive_s + self._fleet.classes[truck.kind].unload_s + 1)
            if score > 0 and (best is None or score > best[0]):
                best = (score, place)
        if best is None:
            return None
        place = best[1]
        open_pieces = {item: self._needed[place, item] for item in item_of.values()}
        lines = []
        for lot_code, pieces in sorted(spare.items()):
            item_code = item_of[lot_code]
            given = min(pieces, open_pieces[item_code])
            open_pieces[item_code] -= given
            if given > 0:
                lines.append(
                    KeptLine(lot_code=lot_code, item_code=item_code, pieces=given, is_on_board=True)
                )
        return KeptDrop(place_code=place, lines=tuple(lines))

    def _fitting(self, code: str, trips: Sequence[KeptTrip]) -> tuple[KeptTrip, ...]:
        """Return the trips for which there is room beside what stays on board."""
        stranded = self._on_board(code)
        for trip in trips:
            for drop in trip.drops:
                for line in drop.lines:
                    if line.is_on_board:
                        stranded[line.lot_code] -= line.pieces
        if not +stranded:
            return tuple(trips)
        kept = [trip for trip in trips if trip.has_begun]
        for trip in trips:
            if not trip.has_begun:
                self._waybills.add(trip.number)
                self._drivers.add(code)
                for drop in trip.drops:
                    self._give_back(drop)
        return tuple(kept)

    def _note(self, code: str, trips: Iterable[KeptTrip]) -> None:
        for trip in trips:
            if trip.is_changed:
                self._waybills.add(trip.number)
                self._drivers.add(code)

    def _stranded(self, trips: dict[str, tuple[KeptTrip, ...]]) -> dict[str, int]:
        stranded = {}
        for code, state in sorted(self._states.items()):
            bound = sum(
                line.pieces
                for trip in trips.get(code, ())
                for drop in trip.drops
                for line in drop.lines
                if line.is_on_board
            )
            left = state.pieces_by_lot.total() - bound
            if left:
                stranded[code] = left
        return stranded
