"""Redirecting goods on board by choice: to who gains more by them than who was to get them.

A redirection is tried where goods that are on a truck would save more at a place that goes without
than where they are bound. What a place loses is counted in full unless stock of the item is left
from which it can be served later. These are estimates; whether the whole plan is better for them
shows when it is made with them.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relief.plan.measures import served_needs
from relief.plan.routes import Routes, StopKind
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.changing import LEAST_GAIN_MILLI_PERSON_H
from solvers.replanning.kept import KeptTrip, Redirection, Settled
from solvers.routing.fleet import Fleet

MOST_REDIRECTIONS = 10
"""Redirections that are tried together, at most."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanting:
    """Pieces that nobody brings."""

    place_code: str
    item_code: str
    pieces: int
    due_at: datetime
    rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chance:
    gain_milli_person_h: int
    redirection: Redirection
    takes: Counter[tuple[str, str]]


def redirections(
    situation: Situation,
    fleet: Fleet,
    plan: tuple[Settled, Routes],
    budget: ChangeBudget,
    called: Sequence[str],
) -> tuple[Redirection, ...]:
    """Return which goods on board could do more elsewhere, the most promising first.

    Parameters
    ----------
    situation, fleet
        As it is now.
    plan
        What goes on where nothing is redirected by choice.
    budget
        What that leaves of the change budget.
    called
        Trucks whose drivers are called anyway, at no further charge.
    """
    settled, routes = plan
    most = MOST_REDIRECTIONS
    if budget.max_waybills is not None:
        most = min(most, budget.max_waybills)
    if most == 0:
        return ()
    wanting = _wanting(situation, routes)
    chances = _Chances(situation, fleet, routes, wanting).of(settled)
    chances.sort(key=lambda one: (-one.gain_milli_person_h, one.redirection.vehicle_code))
    left: Counter[tuple[str, str]] = Counter()
    for want in wanting:
        left[want.place_code, want.item_code] += want.pieces
    chosen: list[Redirection] = []
    new_drivers = 0
    for chance in chances:
        vehicle_code = chance.redirection.vehicle_code
        if any(other.vehicle_code == vehicle_code for other in chosen):
            continue
        is_new = vehicle_code not in called
        if budget.max_drivers is not None and new_drivers + is_new > budget.max_drivers:
            continue
        if any(left[key] < pieces for key, pieces in chance.takes.items()):
            continue
        left -= chance.takes
        new_drivers += is_new
        chosen.append(chance.redirection)
        if len(chosen) == most:
            break
    return tuple(chosen)


def _wanting(situation: Situation, routes: Routes) -> list[_Wanting]:
    weights = dict(situation.policy.priority_weights)
    return [
        _Wanting(
            place_code=served.need.place_code,
            item_code=served.need.item_code,
            pieces=served.missing_pieces,
            due_at=served.need.due_at,
            rate=served.need.milli_people_per_piece * weights[served.need.priority],
        )
        for served in served_needs(situation, routes.vehicle_routes)
        if served.missing_pieces
    ]


class _Chances:
    def __init__(
        self,
        situation: Situation,
        fleet: Fleet,
        routes: Routes,
        wanting: Sequence[_Wanting],
    ) -> None:
        self._situation = situation
        self._fleet = fleet
        self._index = situation.travel.index()
        self._kinds = {truck.code: truck for truck in fleet.trucks}
        self._never_at = situation.horizon_at + situation.policy.never_extra
        self._wanting: dict[str, list[_Wanting]] = defaultdict(list)
        for want in wanting:
            self._wanting[want.item_code].append(want)
        self._end_at = {
            (route.vehicle_code, stop.location_code): stop.end_at
            for route in routes.vehicle_routes
            for trip in route.trips[:1]
            for stop in trip.stops
            if stop.kind is StopKind.DELIVER
        }
        weights = dict(situation.policy.priority_weights)
        self._worth: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
        for need in situation.needs:
            rate = need.milli_people_per_piece * weights[need.priority]
            self._worth[need.place_code, need.item_code].append((need.due_at, rate))
        self._stock: Counter[str] = Counter()
        loaded: Counter[str] = Counter()
        for route in routes.vehicle_routes:
            for trip in route.trips:
                for stop in trip.stops:
                    for line in stop.lines if stop.kind is StopKind.LOAD else ():
                        loaded[line.lot_code] += line.pieces
        for lot in situation.usable_lots():
            self._stock[lot.item_code] += max(0, lot.available_pieces - loaded[lot.code])

    def of(self, settled: Settled) -> list[_Chance]:
        """Return every redirection that promises enough."""
        chances = []
        for code, trips in settled.trips.items():
            if trips and trips[0].has_begun and code in self._kinds:
                chances += self._of_truck(code, trips)
        return [one for one in chances if one.gain_milli_person_h >= LEAST_GAIN_MILLI_PERSON_H]

    def _of_truck(self, code: str, trips: Sequence[KeptTrip]) -> list[_Chance]:
        truck, trip = self._kinds[code], trips[0]
        bound = {drop.place_code for drop in trip.drops}
        chances = []
        # From wherever the goods go the truck must get to what it does next.
        after = next((code for one in trips[1:] for code in one.stop_codes), "")
        following = [*(drop.place_code for drop in trip.drops[1:]), after]
        for drop, next_code in zip(trip.drops, following, strict=True):
            end_at = self._end_at.get((code, drop.place_code))
            aboard: Counter[str] = Counter()
            for line in drop.lines:
                if line.is_on_board:
                    aboard[line.item_code] += line.pieces
            if end_at is None or not aboard:
                continue
            gains: Counter[str] = Counter()
            takes: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
            for want in (want for code in sorted(aboard) for want in self._wanting[code]):
                key = (want.place_code, want.item_code)
                pieces = min(want.pieces, aboard[want.item_code] - takes[want.place_code][key])
                if want.place_code in bound or pieces <= 0:
                    continue
                here, there = self._index[drop.place_code], self._index[want.place_code]
                drive_s = self._fleet.drive_s(truck.kind, here, there)
                ways_s = [drive_s, self._fleet.drive_s(truck.kind, there, truck.base)]
                if next_code:
                    onwards = self._index[next_code]
                    ways_s.append(self._fleet.drive_s(truck.kind, there, onwards))
                if max(ways_s) >= UNREACHABLE_S:
                    continue
                saved = self._saved(want.due_at, want.rate, end_at + timedelta(seconds=drive_s))
                lost = self._lost(drop.place_code, want.item_code, end_at, pieces)
                if saved > lost:
                    gains[want.place_code] += round(pieces * (saved - lost))
                    takes[want.place_code][key] += pieces
            for place_code, gain in gains.items():
                chances.append(
                    _Chance(
                        gain_milli_person_h=gain,
                        redirection=Redirection(
                            vehicle_code=code,
                            from_code=drop.place_code,
                            to_code=place_code,
                            pieces=tuple(
                                (item, num) for (_, item), num in sorted(takes[place_code].items())
                            ),
                        ),
                        takes=takes[place_code],
                    )
                )
        return chances

    def _saved(self, due_at: datetime, rate: int, end_at: datetime) -> float:
        """Return what a piece saves that comes in the window of an instant, of never coming."""
        window = self._situation.window_of(end_at)
        if window is None:
            return 0.0
        arrival_at = max(self._situation.window_end_at(window), due_at)
        return rate * ((self._never_at - arrival_at) / HOUR)

    def _lost(self, place_code: str, item_code: str, end_at: datetime, pieces: int) -> float:
        """Return what a piece saves where it is bound, nothing if it can be made up for."""
        if self._stock[item_code] >= pieces:
            return 0.0
        worth = self._worth[place_code, item_code]
        return min((self._saved(due_at, rate, end_at) for due_at, rate in worth), default=0.0)
