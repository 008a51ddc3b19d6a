"""Sourcing left open: needs that any depot may serve, as long as its stock lasts.

Where an allocation fixes which depot serves which need, a truck can only carry what was meant for
it. Here trips are built on needs and stock themselves, so that each truck takes whatever helps
most where it goes, and the consignments are read off the trips afterwards.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relief.plan.allocation import Consignment
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.stock import Lot
from solvers.routing.backlog import Order
from solvers.routing.cargo import ANYTHING, cargo_of
from solvers.routing.demand import Demand, Lines, Load, Portion, urgency_ranks
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip, Timeline
from solvers.routing.worth import Service, Worth, worth

ANY = -1
"""Stands for a depot or a consignment that is not chosen yet."""

Ints = NDArray[np.int64]

LEAST_SOURCES, MOST_SOURCES = 2, 6
"""Depots that are named at least and at most for an item that a place needs."""

Sent = tuple[int, int, int, int]
"""Arrival window, place, depot and item."""

Heap = tuple[int, int]
"""Location index of a depot and number of an item."""

LotsOfHeap = dict[Heap, list[Lot]]


class OpenDemand(Demand):
    """The needs of a situation as portions that no depot is chosen for.

    Parameters
    ----------
    situation
        Gives needs, windows and items.

    Attributes
    ----------
    item_of
        Number of the item of each portion, as in `item_codes`.
    """

    def __init__(self, situation: Situation) -> None:
        self._take_windows(situation.policy)
        self.consignments = ()
        index = situation.travel.index()
        weights = dict(situation.policy.priority_weights)
        items = situation.catalogue.by_code()
        self.item_codes = tuple(sorted({need.item_code for need in situation.needs}))
        number_of = {code: number for number, code in enumerate(self.item_codes)}
        last = len(self.window_end_s) - 1
        cargo = cargo_of(situation)
        portions = []
        for need in sorted(
            situation.needs, key=lambda need: (need.place_code, need.item_code, need.due_at)
        ):
            item = items[need.item_code]
            due = situation.window_of(need.due_at)
            portions.append(
                Portion(
                    consignment=ANY,
                    depot=ANY,
                    place=index[need.place_code],
                    pieces=need.pieces,
                    pack_pieces=max(item.pack_pieces, 1),
                    piece_g=item.mass_g,
                    piece_cm3=item.volume_cm3,
                    due_window=last if due is None else due,
                    rate=need.milli_people_per_piece * weights[need.priority],
                    cargo=cargo.get(need.item_code, ANYTHING),
                )
            )
        self.portions = tuple(portions)
        self.urgency = urgency_ranks(portions)
        self.item_of = tuple(
            number_of[need.item_code]
            for need in sorted(
                situation.needs, key=lambda need: (need.place_code, need.item_code, need.due_at)
            )
        )


class OpenStock:
    """The stock of a situation, and which depots lie near which places.

    Parameters
    ----------
    situation, demand, fleet
        Lots, needs and roads.

    Attributes
    ----------
    lots
        Usable lots of each heap, the first to expire first.
    depots
        Location indices of the depots that hold what is needed; shape (depots,).
    pieces
        What they hold; shape (depots, items).
    by_way
        Rows of the depots that have a road to each place, nearest first.
    """

    def __init__(self, situation: Situation, demand: OpenDemand, fleet: Fleet) -> None:
        index = situation.travel.index()
        number_of = {code: number for number, code in enumerate(demand.item_codes)}
        self.lots: LotsOfHeap = defaultdict(list)
        for lot in situation.usable_lots():
            if lot.item_code in number_of:
                self.lots[index[lot.depot_code], number_of[lot.item_code]].append(lot)
        for lots in self.lots.values():
            lots.sort(key=lambda lot: (lot.expires_on is None, str(lot.expires_on), lot.code))
        self.depots = np.array(sorted({depot for depot, _ in self.lots}), dtype=np.int64)
        self.pieces = np.zeros((len(self.depots), len(demand.item_codes)), dtype=np.int64)
        self.row_of = {depot: row for row, depot in enumerate(self.depots.tolist())}
        for (depot, item), lots in self.lots.items():
            self.pieces[self.row_of[depot], item] = sum(lot.available_pieces for lot in lots)
        way_s = fleet.seconds.min(axis=0)
        self.by_way: dict[int, Ints] = {}
        for place in {portion.place for portion in demand.portions}:
            order = np.argsort(way_s[self.depots, place], kind="stable")
            self.by_way[place] = order[way_s[self.depots[order], place] < UNREACHABLE_S]


class OpenBacklog:
    """What is left of needs and of stock.

    Parameters
    ----------
    demand
        The needs.
    stock
        The stock, untouched.
    """

    def __init__(self, demand: OpenDemand, stock: OpenStock) -> None:
        self._demand = demand
        self._stock = stock
        self._pieces: list[list[int]] = stock.pieces.tolist()
        self._left = [portion.pieces for portion in demand.portions]
        self._at_place: dict[int, list[int]] = defaultdict(list)
        for number in sorted(range(len(demand.portions)), key=lambda n: demand.urgency[n]):
            self._at_place[demand.portions[number].place].append(number)
        self._changes: dict[int, int] = defaultdict(int)
        self._known: dict[Order, tuple[int, int, Lines]] = {}
        self._cost = demand.cost_of(enumerate(self._left), None)

    @property
    def orders(self) -> Collection[Order]:
        """Pairs of a place and the depots from which it would be served as stock stands now."""
        return self.orders_to(self._at_place)

    def orders_to(self, places: Iterable[int]) -> list[Order]:
        """Return the orders to some places.

        For each item that a place still needs, depots are named from the nearest on until they
        hold enough.
        """
        orders: list[Order] = []
        pieces = np.array(self._pieces).reshape(self._stock.pieces.shape)
        for place in places:
            wanted: dict[int, int] = defaultdict(int)
            for number in self._at_place.get(place, ()):
                if self._left[number]:
                    wanted[self._demand.item_of[number]] += self._left[number]
            if not wanted:
                continue
            rows = self._stock.by_way[place]
            held = pieces[rows][:, list(wanted)]
            before = held.cumsum(axis=0) - held
            rank = (held > 0).cumsum(axis=0)
            named = (held > 0) & (
                (rank <= LEAST_SOURCES)
                | ((before < np.array(list(wanted.values()))) & (rank <= MOST_SOURCES))
            )
            depots = self._stock.depots[rows[named.any(axis=1)]]
            orders += [(depot, place) for depot in depots.tolist()]
        return orders

    def lines(self, order: Order) -> Lines:
        """Return what a depot could bring to a place, the most urgent first."""
        depot, place = order
        stamps = self._changes[depot], self._changes[place]
        known = self._known.get(order)
        if known is not None and known[:2] == stamps:
            return known[2]
        stock = self._pieces[self._stock.row_of[depot]].copy()
        lines = []
        item_of, left = self._demand.item_of, self._left
        for number in self._at_place.get(place, ()):
            pieces = left[number]
            if pieces:
                item = item_of[number]
                held = stock[item]
                if held:
                    pieces = min(held, pieces)
                    lines.append((number, pieces))
                    stock[item] = held - pieces
        found = tuple(lines)
        self._known[order] = (*stamps, found)
        return found

    @property
    def places(self) -> Collection[int]:
        """All places with needs."""
        return self._at_place.keys()

    def left_at(self, place: int) -> Lines:
        """Return what a place still needs."""
        return tuple((n, self._left[n]) for n in self._at_place.get(place, ()) if self._left[n])

    def carry(self, load: Load) -> None:
        """Count a load as carried."""
        self._move(load, 1)

    def drop(self, load: Load) -> None:
        """Count a load as not carried after all."""
        self._move(load, -1)

    def _move(self, load: Load, sign: int) -> None:
        demand = self._demand
        row = self._stock.row_of[load.depot]
        for number, pieces in load.lines:
            self._left[number] -= sign * pieces
            self._pieces[row][demand.item_of[number]] -= sign * pieces
        self._cost -= sign * demand.cost_of(load.lines, None)
        self._changes[load.depot] += 1
        self._changes[load.place] += 1

    def cost(self) -> int:
        """Return the deprivation if nobody ever carries what is left."""
        return self._cost


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenWork:
    """Trips on open needs, and what they leave.

    Parameters
    ----------
    demand, stock
        The needs and the stock.
    fleet, timelines
        The trucks, and what they do.
    backlog
        What is left.
    """

    demand: OpenDemand
    stock: OpenStock
    fleet: Fleet
    timelines: list[Timeline]
    backlog: OpenBacklog

    def is_in_time(self) -> bool:
        """Return whether all that is carried arrives within the last window."""
        return not any(_is_late(self.demand, timeline) for timeline in self.timelines)

    def leave_late(self) -> None:
        """Leave behind, in place, what would arrive after the last window."""
        for number, timeline in enumerate(self.timelines):
            if not _is_late(self.demand, timeline):
                continue
            fresh = Timeline(self.fleet, timeline.truck)
            for trip in timeline.trips:
                rest = self._in_time(fresh, trip)
                if rest is not None:
                    fresh.append(rest)
            self.timelines[number] = fresh

    def _in_time(self, timeline: Timeline, trip: PlannedTrip) -> PlannedTrip | None:
        """Return a trip without drops that come too late if a timeline goes on with it."""
        while trip.drops:
            ends_s = timeline.copy().append(trip) or ()
            late = [at for at, end_s in enumerate(ends_s) if self.demand.window_of(end_s) is None]
            if ends_s and not late:
                return trip
            first = late[0] if late else 0
            for load in trip.drops[first]:
                self.backlog.drop(load)
            drops = (*trip.drops[:first], *trip.drops[first + 1 :])
            used = {load.depot for drop in drops for load in drop}
            depots = tuple(depot for depot in trip.depots if depot in used)
            trip = PlannedTrip(depots=depots, drops=drops)
        return None

    def service(self) -> Service:
        """Return what people go without."""
        portions = self.demand.portions
        waiting = sum(
            pieces * portions[number].rate
            for place in self.backlog.places
            for number, pieces in self.backlog.left_at(place)
        )
        return Service(lost_milli_person_h=self.worth().lost_milli_person_h, waiting=waiting)

    def cost_fen(self) -> int:
        """Return what the trips cost."""
        return sum(timeline.cost_fen for timeline in self.timelines)

    def worth(self) -> Worth:
        """Return what the trips are worth with what they leave."""
        return worth(self.demand, self.timelines, self.backlog)

    def consignments(self, situation: Situation) -> tuple[Consignment, ...]:
        """Return what the trips carry as consignments, drawn on lots in order of expiry.

        What arrives first is given the lots that expire first.
        """
        codes = situation.travel.location_codes
        left = {lot.code: lot.available_pieces for lots in self.stock.lots.values() for lot in lots}
        consignments = []
        sent = self._sent()
        for key in sorted(sent):
            window, place, depot, item = key
            pieces = sent[key]
            for lot in self.stock.lots[depot, item]:
                taken = min(pieces, left[lot.code])
                if taken > 0:
                    left[lot.code] -= taken
                    pieces -= taken
                    consignments.append(
                        Consignment(
                            lot_code=lot.code,
                            depot_code=codes[depot],
                            item_code=lot.item_code,
                            place_code=codes[place],
                            pieces=taken,
                            window=window,
                        )
                    )
        return tuple(consignments)

    def _sent(self) -> dict[Sent, int]:
        sent: dict[Sent, int] = defaultdict(int)
        for timeline in self.timelines:
            for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
                for drop, end_s in zip(trip.drops, ends_s, strict=True):
                    for load in drop:
                        for number, pieces in load.lines:
                            sent[self._key(load, number, end_s)] += pieces
        return sent

    def _key(self, load: Load, number: int, end_s: int) -> Sent:
        window = _window(self.demand, end_s)
        return window, load.place, load.depot, self.demand.item_of[number]

    def on_consignments(self, situation: Situation, fixed: Demand) -> list[Timeline]:
        """Return the timelines with every load drawn on consignments.

        Parameters
        ----------
        situation
            Gives the codes.
        fixed
            The portions of an allocation of just `consignments`.
        """
        number_of = {code: number for number, code in enumerate(self.demand.item_codes)}
        index = situation.travel.index()
        waiting: dict[Sent, list[list[int]]] = defaultdict(list)
        for number, portion in enumerate(fixed.portions):
            consignment = fixed.consignments[portion.consignment]
            depot, item = index[consignment.depot_code], number_of[consignment.item_code]
            waiting[consignment.window, portion.place, depot, item].append([number, portion.pieces])

        def drawn(load: Load, end_s: int) -> Load:
            lines: dict[int, int] = defaultdict(int)
            for number, pieces in load.lines:
                left = pieces
                parts = waiting[self._key(load, number, end_s)]
                while left:
                    taken = min(left, parts[0][1])
                    lines[parts[0][0]] += taken
                    parts[0][1] -= taken
                    left -= taken
                    if not parts[0][1]:
                        parts.pop(0)
            return fixed.load(load.depot, load.place, tuple(lines.items()))

        return [_redrawn(self.fleet, timeline, drawn) for timeline in self.timelines]


def opened(situation: Situation, fixed: Demand, timelines: Sequence[Timeline]) -> OpenWork:
    """Return trips on consignments as trips on open needs; what they leave is open, too."""
    fleet = Fleet(situation)
    demand = OpenDemand(situation)
    stock = OpenStock(situation, demand, fleet)
    backlog = OpenBacklog(demand, stock)
    number_of = {code: number for number, code in enumerate(demand.item_codes)}
    of_need = {
        (portion.place, item, portion.due_window): number
        for number, (portion, item) in enumerate(zip(demand.portions, demand.item_of, strict=True))
    }

    def freed(load: Load, end_s: int) -> Load:
        del end_s
        lines: dict[int, int] = defaultdict(int)
        for number, pieces in load.lines:
            portion = fixed.portions[number]
            item = number_of[fixed.consignments[portion.consignment].item_code]
            lines[of_need[portion.place, item, portion.due_window]] += pieces
        return demand.load(load.depot, load.place, tuple(lines.items()))

    moved = [_redrawn(fleet, timeline, freed) for timeline in timelines]
    for timeline in moved:
        for trip in timeline.trips:
            for load in trip.loads:
                backlog.carry(load)
    return OpenWork(demand=demand, stock=stock, fleet=fleet, timelines=moved, backlog=backlog)


def _redrawn(fleet: Fleet, timeline: Timeline, drawn: Callable[[Load, int], Load]) -> Timeline:
    """Return a timeline with other loads in the same places, told the end of each drop."""
    fresh = Timeline(fleet, timeline.truck)
    for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
        drops = tuple(
            tuple(drawn(load, end_s) for load in drop)
            for drop, end_s in zip(trip.drops, ends_s, strict=True)
        )
        fresh.append(PlannedTrip(depots=trip.depots, drops=drops))
    return fresh


def _is_late(demand: Demand, timeline: Timeline) -> bool:
    """Return whether a timeline brings something after the last window."""
    return any(
        demand.window_of(end_s) is None for ends_s in timeline.drop_ends_s for end_s in ends_s
    )


def _window(demand: Demand, end_s: int) -> int:
    """Return the window of an arrival; trips are built to end within the last one."""
    window = demand.window_of(end_s)
    return len(demand.window_end_s) - 1 if window is None else window
