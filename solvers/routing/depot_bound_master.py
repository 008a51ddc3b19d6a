"""The master programme of a depot's bound: which trips, how much of each.

Least cost of trips, each taken to any share, such that (size being mass and volume of goods
weighed together, by which no truck is overfull that is not so by either):

- of each delivery the trips bring what is to be brought, a trip any part of it;
- each place, and all places together, see so many trips as whole trips are needed: what trips can
  bring, divided by any size and rounded up, must come to what is to be brought, divided and
  rounded up (a rank-one cut of Chvatal and Gomory; see E. Balas, A. Ceria, G. Cornuejols, 1996);
- trips are driven by trucks that are there: each truck that is used ends its stint with one last
  trip, after which it goes on to where the plan needs it, and bears its way to the depot; a truck
  that is not used goes straight on; all other trips come back to the depot. At least one truck is
  used, and none makes more trips than it has time for. The seconds at work, and those on the road,
  of all trips of a class up to their last delivery due by the end of a window are at most those
  that the trucks which are used have until then, the road at most the hours of duty.

Every set of trips that brings the deliveries in time and whole, by the trucks lent, is an answer
of this programme; so its least cost is a lower bound on theirs. Left out, which only lowers the
bound: whole trips, weight and volume apart, the order of trips, rests, whole packs, limits of
loading and receiving, and that goods may lie ready late.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from solvers.linear import LinearProgram, Method
from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_ends import RETURNS, ends_of, hours, stops_that_pay
from solvers.routing.depot_bound_pricing import TripPrices
from solvers.routing.depot_bound_trips import Sizes, TripColumn
from solvers.stop import Deadline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUND_TOLERANCE = 1e-7
COUNT_TOLERANCE = 1e-5
WHOLE_GAP_SHARE = 1e-3
WHOLE_NODES = 500
"""Branches looked at for whole trips: the same on every machine, as seconds are not."""
MISSING_TIMES = 100.0
"""A unit by which a row misses its limit costs so many times what the plan costs."""


class Master:
    """The programme over the trips found so far.

    Parameters
    ----------
    work, by_size
        The depot.
    """

    def __init__(self, work: DepotWork, by_size: Sizes) -> None:
        self._work = work
        self._sizes = by_size
        self._rest_share = work.rest_s / work.rest_after_s
        self._take_whole_trips()
        num_windows = len(work.deadlines_s)
        self._first_visit = work.num_nodes
        self._first_trip = self._first_visit + len(self._visit_rows)
        self._first_clock = self._first_trip + len(self._divisors)
        self._first_road = self._first_clock + work.num_kinds * num_windows
        self._first_link = self._first_road + work.num_kinds * num_windows
        self._first_slot = self._first_link + work.num_kinds
        self._first_stop = self._first_slot + len(work.slots)
        self._first_kind = self._first_stop + len(work.place_codes)
        self._all_row = self._first_kind + work.num_kinds
        self._used_row = self._all_row + 1
        self._num_rows = self._used_row + 1
        self._hours = hours(work)
        self._ends = [ends_of(work, kind, self._hours) for kind in range(work.num_kinds)]
        lower = np.full(self._num_rows, -np.inf)
        upper = np.full(self._num_rows, np.inf)
        lower[: work.num_nodes] = by_size.amount
        lower[self._first_visit : self._first_trip] = [least for _, _, least in self._visit_rows]
        lower[self._first_trip : self._first_clock] = self._trip_least
        upper[self._first_clock : self._first_slot] = 0.0  # the links as well
        upper[self._first_slot : self._first_stop] = [slot.num_trucks for slot in work.slots]
        lower[self._first_stop : self._first_kind] = 1.0
        lower[self._first_kind :] = 0.0
        lower[[self._all_row, self._used_row]] = 1.0
        self._whole_lower, self._whole_upper = lower, upper
        self._lower, self._upper = lower.copy(), upper.copy()
        self._programme = LinearProgram(lower, upper)
        self._arcs: dict[tuple[int, int], int] = {}
        self._column_rows: list[int] = []
        self._add_missing(0)
        self.columns: list[TripColumn] = []
        self._known: set[TripColumn] = set()
        self.most_trips = np.zeros(work.num_kinds)
        for slot, trips in zip(work.slots, self._hours.trips, strict=True):
            self.most_trips[slot.kind] += slot.num_trucks * trips
        self.passing_fen = sum(slot.num_trucks * slot.passing_fen for slot in work.slots)

    def _add_missing(self, first_row: int) -> None:
        """Let rows miss their limits at a high price, so that there is always an answer."""
        rows = np.arange(first_row, self._num_rows)
        self._programme.add_columns(
            np.full(2 * len(rows), MISSING_TIMES * float(max(self._work.cost_fen, 1))),
            np.full(2 * len(rows), np.inf),
            (
                np.concatenate([rows, rows]),
                np.arange(2 * len(rows)),
                np.repeat([1.0, -1.0], len(rows)),
            ),
        )

    def _arc_row(self, arc: tuple[int, int]) -> int:
        """Return the row that counts how often trips go from one location to another."""
        if arc not in self._arcs:
            row = self._num_rows
            self._arcs[arc] = row
            used = [
                (place, float(self._ways(column).count(arc)))
                for place, column in zip(self._column_rows, self.columns, strict=True)
                if arc in self._ways(column)
            ]
            self._programme.add_rows(
                np.array([0.0]),
                np.array([np.inf]),
                (
                    np.array([0, len(used)], dtype=np.int64),
                    np.array([place for place, _ in used], dtype=np.int64),
                    np.array([count for _, count in used]),
                ),
            )
            self._num_rows += 1
            self._lower, self._whole_lower = (
                np.append(limit, 0.0) for limit in (self._lower, self._whole_lower)
            )
            self._upper, self._whole_upper = (
                np.append(limit, np.inf) for limit in (self._upper, self._whole_upper)
            )
            self._add_missing(row)
        return self._arcs[arc]

    def _ways(self, column: TripColumn) -> list[tuple[int, int]]:
        """Return the drives from location to location of a trip, the one from its end left out."""
        way = [0, *self._stops(column)]
        return list(pairwise(way))

    def _take_whole_trips(self) -> None:
        """Set the rows by which trips are whole: for places and for all, by each divisor."""
        room, amount = self._sizes.room, self._sizes.amount
        self._divisors = sorted(set(room.tolist()))
        self._visit_rows: list[tuple[int, float, int]] = []
        self._place_size = np.zeros(1 + len(self._work.place_codes))
        np.add.at(self._place_size, self._work.node_place, amount)
        for place in range(1, len(self._place_size)):
            if self._place_size[place] > self._divisors[0]:
                self._visit_rows += [
                    (place, divisor, _whole(self._place_size[place] / divisor))
                    for divisor in self._divisors
                ]
        total = float(amount.sum())
        self._trip_least = [_whole(total / divisor) for divisor in self._divisors]
        self._trip_worth = np.array(
            [
                [_whole(min(size, total) / divisor) for divisor in self._divisors]
                for size in room.tolist()
            ],
            dtype=np.float64,
        )
        self._visit_worth = np.array(
            [
                [
                    _whole(min(size, self._place_size[place]) / divisor)
                    for place, divisor, _ in self._visit_rows
                ]
                for size in room.tolist()
            ],
            dtype=np.float64,
        ).reshape(len(room), len(self._visit_rows))

    def cost_fen(self, column: TripColumn) -> float:
        """Return what a trip costs beyond what a truck does that is not used."""
        work, kind = self._work, column.kind
        way = [0, *self._stops(column)]
        cost = float(work.trip_fen[kind])
        cost += sum(float(work.leg_fen[kind, a, b]) for a, b in pairwise(way))
        if column.slot == RETURNS:
            return cost + float(work.leg_fen[kind, way[-1], 0])
        slot = work.slots[column.slot]
        added_fen = slot.entry_fen - slot.passing_fen
        return cost + added_fen + float(work.exit_fen[column.slot, way[-1]])

    def _stops(self, column: TripColumn) -> list[int]:
        """Return the locations at which a trip stops, deliveries side by side being one stop."""
        places = [int(self._work.node_place[node]) for node in column.nodes]
        return [
            place
            for number, place in enumerate(places)
            if number == 0 or places[number - 1] != place
        ]

    def _seconds(self, column: TripColumn) -> tuple[Floats, Floats]:
        """Return the seconds at work and on the road that count for each window."""
        work, kind = self._work, column.kind
        clock = np.zeros(len(work.deadlines_s))
        road = np.zeros(len(work.deadlines_s))
        now_s, driven_s, here = int(work.load_s[kind]), 0, 0
        for node in column.nodes:
            place = int(work.node_place[node])
            if place != here:
                drive_s = int(work.drive_s[kind, here, place])
                now_s += drive_s + int(work.unload_s[kind])
                driven_s += drive_s
                here = place
            clock[work.node_window[node] :] = now_s
            road[work.node_window[node] :] = driven_s
        if column.slot == RETURNS:
            clock[-1] += work.drive_s[kind, here, 0]
            road[-1] += work.drive_s[kind, here, 0]
        else:
            clock[-1] += work.exit_s[column.slot, here]
            road[-1] += work.exit_s[column.slot, here]
        return clock + road * self._rest_share, road

    def add(self, columns: Sequence[TripColumn]) -> int:
        """Add trips that are new; return how many were."""
        new = [column for column in dict.fromkeys(columns) if column not in self._known]
        if not new:
            return 0
        rows: list[int] = []
        places: list[int] = []
        values: list[float] = []
        for number, column in enumerate(new):
            entries = self._entries(column)
            used = np.flatnonzero(entries)
            rows += used.tolist()
            places += [number] * len(used)
            values += entries[used].tolist()
        first = self._programme.add_columns(
            np.array([self.cost_fen(column) for column in new]),
            np.full(len(new), np.inf),
            (
                np.array(rows, dtype=np.int64),
                np.array(places, dtype=np.int64),
                np.array(values, dtype=np.float64),
            ),
        )
        self.columns += new
        self._column_rows += range(first, first + len(new))
        self._known.update(new)
        return len(new)

    def _entries(self, column: TripColumn) -> Floats:
        work, kind = self._work, column.kind
        entries = np.zeros(self._num_rows)
        for node, amount in zip(column.nodes, column.amounts, strict=True):
            entries[node] += amount
        stops = self._stops(column)
        for row, (place, _, _) in enumerate(self._visit_rows):
            entries[self._first_visit + row] = self._visit_worth[kind, row] * stops.count(place)
        for place in stops:
            entries[self._first_stop + place - 1] += 1.0
        entries[self._first_trip : self._first_clock] = self._trip_worth[kind]
        entries[[self._first_kind + kind, self._all_row]] = 1.0
        for arc in self._ways(column):
            if arc in self._arcs:
                entries[self._arcs[arc]] += 1.0
        clock, road = self._seconds(column)
        if column.slot != RETURNS:
            clock -= self._hours.clock_s[column.slot] + work.rest_s
            road -= self._hours.road_s[column.slot]
            entries[self._first_slot + column.slot] = 1.0
            entries[self._used_row] = 1.0  # each truck has one last trip
            entries[self._first_link + kind] = 1.0 - self._hours.trips[column.slot]
        else:
            entries[self._first_link + kind] = 1.0
        num_windows = len(work.deadlines_s)
        begin = self._first_clock + kind * num_windows
        entries[begin : begin + num_windows] = clock
        begin = self._first_road + kind * num_windows
        entries[begin : begin + num_windows] = road
        return entries

    def whole(self, seconds: float) -> list[tuple[TripColumn, int]] | None:
        """Return whole trips among those found so far of least cost; None if none are found.

        Parameters
        ----------
        seconds
            For the integer programme; > 0.
        """
        matrix = csc_array(np.stack([self._entries(column) for column in self.columns], axis=1))
        slack = COUNT_TOLERANCE * np.maximum(1.0, np.abs(self._whole_lower))
        found = milp(
            np.array([self.cost_fen(column) for column in self.columns]),
            constraints=LinearConstraint(matrix, self._whole_lower - slack, self._whole_upper),
            integrality=np.ones(len(self.columns), dtype=np.int64),
            bounds=Bounds(0, np.inf),
            options={
                "time_limit": seconds,
                "mip_rel_gap": WHOLE_GAP_SHARE,
                "node_limit": WHOLE_NODES,
            },
        )
        if found.x is None:
            return None
        times = np.round(found.x).astype(int).tolist()
        return [
            (column, number) for column, number in zip(self.columns, times, strict=True) if number
        ]

    def limit(self, limits: Mapping[int, tuple[float, float]]) -> None:
        """Tighten some rows, see `branches`, and take back what was tightened before."""
        changed = (self._lower != self._whole_lower) | (self._upper != self._whole_upper)
        self._lower[:] = self._whole_lower
        self._upper[:] = self._whole_upper
        for row, (lower, upper) in limits.items():
            self._lower[row] = max(self._lower[row], lower)
            self._upper[row] = min(self._upper[row], upper)
        for row in sorted({*limits, *np.flatnonzero(changed).tolist()}):
            self._programme.bound_row(row, float(self._lower[row]), float(self._upper[row]))

    def solve(self, deadline: Deadline) -> tuple[Floats, Floats]:
        """Return how often each trip found so far is driven, and the price of each row.

        Raises
        ------
        SolverFailed
            If there is no time for it.
        """
        answer = self._programme.solve(Method.PRIMAL, deadline)
        row_price = -answer.price
        row_price = np.where(np.isfinite(self._lower), row_price, np.minimum(row_price, 0.0))
        row_price = np.where(np.isfinite(self._upper), row_price, np.maximum(row_price, 0.0))
        return answer.value[self._column_rows], row_price

    def value(self, row_price: Floats) -> float:
        """Return what the limits of all rows come to at prices, with what unused trucks cost.

        No answer is dearer at these prices than its cost, but for what single trips would gain.
        """
        limits = np.where(row_price > 0, self._lower, self._upper)
        used = row_price != 0
        return float(row_price[used] @ limits[used]) + self.passing_fen

    def branches(self, times: Floats) -> tuple[int, float] | None:
        """Return a row that counts whole things and its count if that is not whole.

        Parameters
        ----------
        times
            How often each trip is driven.

        Returns
        -------
        tuple[int, float] or None
            First all trips, then the trucks used, then trips by class, trucks by slot, stops at
            places, and drives from one to another; of each family the count farthest from whole.
        """
        driven = np.flatnonzero(times > COUNT_TOLERANCE)
        counts = np.zeros(self._num_rows)
        for number in driven.tolist():
            counts += times[number] * self._entries(self.columns[number])
        families = (
            range(self._all_row, self._all_row + 1),
            range(self._used_row, self._used_row + 1),
            range(self._first_kind, self._all_row),
            range(self._first_slot, self._first_stop),
            range(self._first_stop, self._first_kind),
        )
        for family in families:
            off = [abs(counts[row] - round(counts[row])) for row in family]
            if off and max(off) > COUNT_TOLERANCE:
                row = family[off.index(max(off))]
                return row, float(counts[row])
        drives: dict[tuple[int, int], float] = defaultdict(float)
        for number in driven.tolist():
            for arc in self._ways(self.columns[number]):
                drives[arc] += float(times[number])
        off_arcs = {arc: abs(count - round(count)) for arc, count in sorted(drives.items())}
        farthest = max(off_arcs, key=off_arcs.__getitem__, default=None)
        if farthest is None or off_arcs[farthest] <= COUNT_TOLERANCE:
            return None
        return self._arc_row(farthest), drives[farthest]

    def trip_prices(self, kind: int, row_price: Floats, near: Ints) -> tuple[TripPrices, Ints]:
        """Return what trips of a class are priced with, and how they end.

        The second is the slot whose last trip it is, or `RETURNS`, for each end and location.
        """
        work = self._work
        num_windows = len(work.deadlines_s)
        visit_price = np.concatenate([[0.0], row_price[self._first_stop : self._first_kind]])
        for row, (place, _, _) in enumerate(self._visit_rows):
            visit_price[place] += row_price[self._first_visit + row] * self._visit_worth[kind, row]
        begin = self._first_clock + kind * num_windows
        clock_price = -row_price[begin : begin + num_windows]
        begin = self._first_road + kind * num_windows
        plain_road_price = -row_price[begin : begin + num_windows]
        road_price = plain_road_price + clock_price * self._rest_share
        late_price = clock_price[-1] + road_price[-1]
        link_price = float(row_price[self._first_link + kind])
        ends = self._ends[kind]
        end_fen, slots = ends.priced(
            np.stack(
                [
                    work.leg_fen[kind, :, 0] + late_price * work.drive_s[kind, :, 0] - link_price,
                    *(
                        work.exit_fen[row]
                        + late_price * work.exit_s[row]
                        + work.slots[row].entry_fen
                        - work.slots[row].passing_fen
                        - row_price[self._first_slot + row]
                        - row_price[self._used_row]
                        - link_price * float(1 - self._hours.trips[row])
                        - clock_price @ (self._hours.clock_s[row] + work.rest_s)
                        - plain_road_price @ self._hours.road_s[row]
                        for row in ends.slots[1:]
                    ),
                ]
            )
        )
        earned = float(
            row_price[self._first_trip : self._first_clock] @ self._trip_worth[kind]
            + row_price[self._first_kind + kind]
            + row_price[self._all_row]
        )
        leg_fen = work.leg_fen[kind].copy()
        for (origin, destination), row in self._arcs.items():
            leg_fen[origin, destination] -= row_price[row]
        unload_s = int(work.unload_s[kind])
        passing, ending = stops_that_pay(
            leg_fen, work.drive_s[kind] + unload_s, visit_price, end_fen, ends.by_s
        )
        prices = TripPrices(
            place=work.node_place,
            window=work.node_window,
            deadline_s=work.deadlines_s[work.node_window],
            amount=self._sizes.amount,
            room=float(self._sizes.room[kind]),
            price=row_price[: work.num_nodes].copy(),
            visit_price=visit_price,
            drive_s=work.drive_s[kind],
            leg_fen=leg_fen,
            unload_s=unload_s,
            load_s=int(work.load_s[kind]),
            clock_rate=np.cumsum(clock_price[::-1])[::-1].copy(),
            drive_rate=np.cumsum(road_price[::-1])[::-1].copy(),
            rest_after_s=work.rest_after_s,
            rest_s=work.rest_s,
            end_fen=end_fen,
            end_by_s=ends.by_s,
            from_s=ends.from_s,
            most_drive_s=ends.most_drive_s,
            exit_s=ends.exit_s,
            most_road_s=ends.most_road_s,
            begin_fen=float(work.trip_fen[kind]) - earned,
            passing=passing,
            ending=ending,
            near=near,
        )
        return prices, slots


def _whole(share: float) -> int:
    """Return a number rounded up, unless it is above a whole one by no more than rounding."""
    return ceil(share - ROUND_TOLERANCE)
