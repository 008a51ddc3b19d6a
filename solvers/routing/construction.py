"""A fast first answer: trips are given to trucks one by one, the most valuable hour first."""

import heapq
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from random import Random

import numpy as np
from numpy.typing import NDArray

from relief.plan.travel import UNREACHABLE_S
from solvers.routing.backlog import AnyBacklog, Order
from solvers.routing.demand import Demand, Lines
from solvers.routing.fleet import Fleet
from solvers.routing.joining import Joining
from solvers.routing.timeline import PlannedTrip, Timeline

NUM_TRUCKS_TRIED = 8
"""Trucks whose exact times are looked at for one trip, the best estimates first."""
EMPTY_GRACE_S = 3_600
EMPTY_FACTOR = 2.0
"""An hour of a trip counts so much more for each hour of driving empty to the depot, against the
loaded way and `EMPTY_GRACE_S`: a truck from afar is missed where it comes from."""
LONGEST_DRIVE_S = 36 * 3_600
MOST_RESTS = 12
"""How far ahead the rests of a truck are estimated."""
MOST_FEN = 1e12
"""Stands for an infinite cost where a difference is taken."""
MOST_SOURCINGS = 6
"""How often further orders are asked for before a window is closed."""
NUM_ADDED_TRIED = 12
"""Further stops whose exact times are looked at for one truck with room left."""
JOINING_SHARE = 0.6
"""A stop joins a trip if its detour takes at most this share of a trip of its own."""
EARLY_JOINING_SHARE = 0.15
"""The same for a stop that is not due yet: it must not eat up hours of urgent stops."""
BLUR = 0.2
"""Standard deviation of the logarithm by which scores are blurred."""
BLURRED_JOINING_SHARES = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The best truck for an order, if there is one in time."""

    score: float
    truck: int
    solo_s: int


class Thrift(Enum):
    """What trips are built to save. None is best everywhere, so several are tried."""

    MONEY = "money"
    """Each fen is to earn the most; best where there are trucks enough."""
    NEARNESS = "nearness"
    """Each hour is to earn the most, and hours of driving empty count dearer; best where orders
    are many and small."""
    HOURS = "hours"
    """Each hour of a truck is to earn the most; best where trucks are very short."""


class Construction:
    """Puts a backlog on trucks.

    Windows are settled one after another. In each, the order whose best truck earns most for
    its effort goes first; what cannot arrive in the window is left to the next one, where it is
    late. Earning is the deprivation that a slip into the next window would cost. A truck with
    room left takes further loads along, from its depots or for its places, where the detour is
    small.

    Parameters
    ----------
    demand, fleet
        What is to be carried, and by which trucks.
    timelines
        What the trucks do already; trips are appended to them.
    backlog
        What is left to carry; carried pieces are taken off it.
    orders
        Tells which orders are looked at; None for all of the backlog.
    rng
        Blurs the order of orders, for another answer each time; None for the plain rule.
    thrift
        What the trips are to save.
    """

    def __init__(
        self,
        demand: Demand,
        fleet: Fleet,
        timelines: list[Timeline],
        backlog: AnyBacklog,
        rng: Random | None = None,
        *,
        thrift: Thrift = Thrift.HOURS,
        orders: Callable[[], Collection[Order]] | None = None,
    ) -> None:
        self._demand = demand
        self._thrift = thrift
        self._fleet = fleet
        self.timelines = timelines
        self.backlog = backlog
        self._named = orders or (lambda: backlog.orders)
        self._orders = sorted(self._named())
        self._joining = Joining(demand, fleet, backlog, self._orders)
        self._values: dict[Order, tuple[Lines, int, NDArray[np.float64]]] = {}
        self._kind = np.array([line.truck.kind for line in timelines], dtype=np.int64)
        self._kinds = sorted(set(self._kind.tolist()))
        self._load_s = np.array([kind.load_s for kind in fleet.classes], dtype=np.int64)
        self._unload_s = np.array([kind.unload_s for kind in fleet.classes], dtype=np.int64)
        self._base = np.array([line.truck.base for line in timelines], dtype=np.int64)
        self._trip_fen = np.array([kind.cost_fen_per_trip for kind in fleet.classes], dtype=float)
        num_trucks = len(timelines)
        self._free_s = np.zeros(num_trucks, dtype=np.int64)
        self._location = np.zeros(num_trucks, dtype=np.int64)
        self._rest_after_s = np.zeros((num_trucks, MOST_RESTS), dtype=np.int64)
        self._rest_s = np.zeros((num_trucks, MOST_RESTS), dtype=np.int64)
        for number in range(num_trucks):
            self._refresh(number)
        payloads = np.array([kind.payload_g for kind in fleet.classes], dtype=np.float64)
        # An hour of a large truck is worth more than one of a small truck, but not in proportion.
        self._price = 0.4 + 0.6 * payloads / payloads.max()
        self._joining_share = JOINING_SHARE
        self._noise: dict[Order, float] = {}
        if rng is not None:
            self._noise = {order: rng.lognormvariate(0.0, BLUR) for order in self._orders}
            self._joining_share = rng.choice(BLURRED_JOINING_SHARES)

    def run(self, pause: Callable[[], None] = lambda: None) -> None:
        """Settle all windows; `pause` is called between trips and may raise to stop."""
        for window in range(len(self._demand.window_end_s)):
            orders = self._orders
            for _ in range(MOST_SOURCINGS):
                self._settle(window, orders, pause)
                # Where sourcing is open, other depots step in for those that are emptied.
                known = set(self._orders)
                orders = sorted(order for order in self._named() if order not in known)
                if not orders:
                    break
                self._orders = sorted([*self._orders, *orders])
                self._joining = Joining(self._demand, self._fleet, self.backlog, self._orders)

    def _settle(self, window: int, orders: Iterable[Order], pause: Callable[[], None]) -> None:
        heap: list[tuple[float, Order]] = []
        solo_s: dict[Order, int] = {}
        for order in orders:
            choice = self._best(order, window)
            if choice is not None:
                heap.append((-choice.score, order))
                solo_s[order] = choice.solo_s
        heapq.heapify(heap)
        while heap:
            pause()
            _, order = heapq.heappop(heap)
            choice = self._best(order, window)
            if choice is None:
                continue
            # Other trips have taken trucks since the score was computed: look again.
            if heap and choice.score < -heap[0][0]:
                heapq.heappush(heap, (-choice.score, order))
                continue
            self._commit(order, choice.truck, window, solo_s)
            choice = self._best(order, window)
            if choice is not None:
                heapq.heappush(heap, (-choice.score, order))

    def _value(self, lines: Lines, window: int) -> float:
        """Return what carrying lines in a window saves against a slip into the next one."""
        slips = self._demand.slips(window)
        return sum(slips[number] * pieces for number, pieces in lines)

    def _best(self, order: Order, window: int) -> _Choice | None:
        """Return the truck that earns most per hour with an order, None if none is in time."""
        lines = self._lines(order, window)
        if not lines or not self.timelines:
            return None
        values = self._values_of(order, lines, window)
        depot, place = order
        seconds = self._fleet.seconds
        out_s = seconds[:, depot, place][self._kind]
        drive_s = seconds[self._kind, self._location, depot] + out_s
        # Rests as if the truck drove without a stop; the exact times come later.
        rests_s = np.where(self._rest_after_s < drive_s[:, None], self._rest_s, 0).sum(axis=1)
        busy_s = drive_s + rests_s + (self._load_s + self._unload_s)[self._kind]
        ready_s = max(self._demand.portions[number].ready_s for number, _ in lines)
        if ready_s:
            # The way out begins when the goods are ready; rests are taken to fall on it.
            way_s = busy_s - (drive_s - out_s)
            busy_s = np.maximum(busy_s, ready_s - self._free_s + way_s)
        end_s = self._demand.window_end_s[window]
        arrive_s = self._free_s + busy_s
        back_s = np.minimum(out_s, np.maximum(end_s - arrive_s, 0))
        effort = (busy_s + back_s).astype(np.float64)
        if self._thrift is Thrift.HOURS:
            effort *= self._price[self._kind]
        elif self._thrift is Thrift.NEARNESS:
            effort *= 1.0 + EMPTY_FACTOR * (drive_s - out_s) / (out_s + EMPTY_GRACE_S)
        elif self._thrift is Thrift.MONEY:
            effort = self._added_fen(depot, place)
        scores = values[self._kind] / effort
        scores[(arrive_s > end_s) | (drive_s >= UNREACHABLE_S)] = 0.0
        tried: set[tuple[int, ...]] = set()
        for truck in np.argsort(-scores, kind="stable").tolist():
            if scores[truck] <= 0.0 or len(tried) == NUM_TRUCKS_TRIED:
                break
            alike = (
                int(self._kind[truck]),
                int(self._location[truck]),
                int(self._free_s[truck]),
                self.timelines[truck].truck.num_drivers,
                int(self._rest_s[truck].sum()),
                int(self._rest_after_s[truck, 0]),
            )
            if alike in tried:
                continue
            tried.add(alike)
            trip = self._single(order, truck, window)
            if trip is not None and self._in_time(truck, trip, window):
                score = float(scores[truck]) * self._noise.get(order, 1.0)
                return _Choice(score, truck, int(busy_s[truck] + back_s[truck]))
        return None

    def _lines(self, order: Order, window: int) -> Lines:
        """Return what is left of an order and worth a trip now; empty if nothing is due.

        What is not ready by the time at which the first of it can be loaded waits.
        """
        lines = self.backlog.lines(order)
        portions = self._demand.portions
        due = [number for number, _ in lines if portions[number].due_window <= window]
        if not due:
            return ()
        ready_s = min(portions[number].ready_s for number in due)
        return tuple(line for line in lines if portions[line[0]].ready_s <= ready_s)

    def _values_of(self, order: Order, lines: Lines, window: int) -> NDArray[np.float64]:
        """Return what a truck of each class saves with an order."""
        known = self._values.get(order)
        if known is not None and known[0] == lines and known[1] == window:
            return known[2]
        values = np.zeros(len(self._fleet.classes))
        for number in self._kinds:
            kind = self._fleet.classes[number]
            fitting = self._demand.fitting(
                lines, kind.payload_g, kind.volume_cm3, is_cooled=kind.is_cooled
            )
            values[number] = self._value(fitting, window)
        self._values[order] = (lines, window, values)
        return values

    def _added_fen(self, depot: int, place: int) -> NDArray[np.float64]:
        """Return what a trip adds to the cost of each truck, its way home included."""
        cost = self._fleet.cost_fen
        kind, here, base = self._kind, self._location, self._base
        added = self._trip_fen[kind] + cost[kind, here, depot] + cost[kind, depot, place]
        added += cost[kind, place, base] - np.minimum(cost[kind, here, base], MOST_FEN)
        at_least: NDArray[np.float64] = np.maximum(added, 1.0)
        return at_least

    def _single(self, order: Order, truck: int, window: int) -> PlannedTrip | None:
        kind = self._fleet.classes[self.timelines[truck].truck.kind]
        ready = self._lines(order, window)
        lines = self._demand.fitting(
            ready, kind.payload_g, kind.volume_cm3, is_cooled=kind.is_cooled
        )
        if not lines:
            return None
        return PlannedTrip(depots=(order[0],), drops=((self._demand.load(*order, lines),),))

    def _in_time(self, truck: int, trip: PlannedTrip, window: int) -> bool:
        """Return whether what is due on a trip arrives in the window, the rest in the horizon."""
        ends_s = self.timelines[truck].copy().append(trip)
        if ends_s is None:
            return False
        for drop, end_s in zip(trip.drops, ends_s, strict=True):
            arrival = self._demand.window_of(end_s)
            for load in drop:
                for number, _ in load.lines:
                    due = max(self._demand.portions[number].due_window, window)
                    if arrival is None or arrival > due:
                        return False
        return True

    def _commit(
        self,
        order: Order,
        truck: int,
        window: int,
        solo_s: dict[Order, int],
    ) -> None:
        trip = self._single(order, truck, window)
        if trip is None:
            return
        for load in trip.loads:
            self.backlog.carry(load)
        trip = self._extended(trip, truck, window, solo_s)
        self.timelines[truck].append(trip)
        self._refresh(truck)

    def _extended(
        self,
        trip: PlannedTrip,
        truck: int,
        window: int,
        solo_s: dict[Order, int],
    ) -> PlannedTrip:
        """Return the trip with further loads along its way, while there is room.

        What joins counts as carried at once: loads may draw on the same stock.
        """
        timeline = self.timelines[truck]
        kind_number = timeline.truck.kind
        kind = self._fleet.classes[kind_number]
        refused: set[Order] = set()

        def most_added_s(order: Order) -> float:
            if order in refused:
                return -1.0
            alone_s = solo_s.get(order)
            if alone_s is None:
                alone_s = kind.load_s + kind.unload_s
                alone_s += 2 * self._fleet.drive_s(kind_number, *order)
            return max(self._joining_share, EARLY_JOINING_SHARE) * alone_s

        def wanted(order: Order, lines: Lines, added_s: int) -> float:
            is_due = any(self._demand.portions[n].due_window <= window for n, _ in lines)
            if not is_due:
                share = EARLY_JOINING_SHARE / max(self._joining_share, EARLY_JOINING_SHARE)
                if added_s > share * most_added_s(order):
                    return 0.0
            return self._value(lines, window) / max(added_s, 1)

        while True:
            options = self._joining.options(
                trip, timeline.location, kind_number, most_added_s, wanted
            )
            for option in options[:NUM_ADDED_TRIED]:
                longer = self._joining.joined(trip, option)
                if self._in_time(truck, longer, window):
                    trip = longer
                    self.backlog.carry(self._demand.load(*option.order, option.lines))
                    break
                refused.add(option.order)
            else:
                return trip

    def _refresh(self, truck: int) -> None:
        timeline = self.timelines[truck]
        self._free_s[truck] = timeline.clock.now_s
        self._location[truck] = timeline.location
        rests = timeline.clock.copy().drive(LONGEST_DRIVE_S)[:MOST_RESTS]
        self._rest_after_s[truck] = LONGEST_DRIVE_S
        self._rest_s[truck] = 0
        for place, (after_s, rest_s) in enumerate(rests):
            self._rest_after_s[truck, place] = after_s
            self._rest_s[truck, place] = rest_s


def driven_pieces(demand: Demand, timelines: Iterable[Timeline]) -> NDArray[np.int64]:
    """Return how many pieces of each portion the timelines carry."""
    pieces = np.zeros(len(demand.portions), dtype=np.int64)
    for timeline in timelines:
        for trip in timeline.trips:
            for load in trip.loads:
                for number, num_pieces in load.lines:
                    pieces[number] += num_pieces
    return pieces
