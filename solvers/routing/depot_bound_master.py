"""The master programme over whole stints: what each truck does from its coming to its going on.

Least cost of stints, each taken to any share, such that

- all that is to be brought of each delivery is brought, by any split among the trucks;
- each place, and all places together, see so many trips as whole trips are needed (the rank-one
  cuts of `solvers.routing.depot_bound_whole`);
- each truck lent makes one stint at the most, and at least one truck is used.

The times are in the stints themselves, see `solvers.routing.depot_bound_pricing`; so there are no
rows for the hours of trucks. What counts whole things may be branched on.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solvers.linear import LinearProgram, Method
from solvers.routing.depot_bound_cases import DepotWork
from solvers.routing.depot_bound_days import between_s, day_limits, driven_since_rest_s
from solvers.routing.depot_bound_pricing import StintPrices
from solvers.routing.depot_bound_sizes import Sizes
from solvers.routing.depot_bound_stints import HasTrips, Stint
from solvers.routing.depot_bound_whole import WholeTrips
from solvers.routing.limits import NO_LIMIT
from solvers.stop import Deadline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Marks = NDArray[np.bool_]
Key = tuple[str, int, int]
"""A family of whole things, and which of it."""

COUNT_TOLERANCE = 1e-5
MISSING_TIMES = 100.0
"""A unit by which a row misses its limit costs so many times what the plan costs."""
LEAST_GAIN_FEN = 1e-3
FAMILIES = ("trips", "used", "kind", "slot", "stops", "slot-trips", "slot-stops", "drives")
"""What may be counted: all trips, trucks used, trips by class, trucks by slot, stops at places,
trips by slot, stops at places by slot, drives from one place to another."""


class Master:
    """The programme over the stints found so far.

    Parameters
    ----------
    work, by_size
        The depot.

    Attributes
    ----------
    columns
        All stints found.
    reduced_fen
        What each of those that were there cost more than it was worth when it was solved last.
    most_times
        How many stints of each slot there are at the most.
    passing_fen
        What the trucks cost that are not used.
    """

    def __init__(self, work: DepotWork, by_size: Sizes) -> None:
        self._work = work
        self._sizes = by_size
        self._whole = WholeTrips(work)
        self._days = [day_limits(work, slot) for slot in work.slots]
        self._since_rest_s = [driven_since_rest_s(work, slot) for slot in work.slots]
        self._first_visit = work.num_nodes
        self._first_trip = self._first_visit + len(self._whole.visit_rows)
        self._first_slot = self._first_trip + len(self._whole.trip_least)
        self._first_counted = self._first_slot + len(work.slots)
        self.passing_fen = sum(slot.num_trucks * slot.passing_fen for slot in work.slots)
        self.most_times = np.array([slot.num_trucks for slot in work.slots], dtype=np.float64)
        self.columns: list[Stint] = []
        self.reduced_fen = np.zeros(0)
        self._known: set[Stint] = set()
        self._counts: list[Counter[Key]] = []
        self._column_rows: list[int] = []
        lower = np.concatenate(
            [
                np.ones(work.num_nodes),
                [least for _, least in self._whole.visit_rows],
                self._whole.trip_least,
                np.full(len(work.slots), -np.inf),
            ]
        )
        upper = np.full(self._first_counted, np.inf)
        upper[self._first_slot :] = [slot.num_trucks for slot in work.slots]
        self._lower, self._upper = lower, upper
        self._rows: dict[Key, int] = {}
        self._keys: list[Key] = []
        self._limited: set[Key] = set()
        self._programme = LinearProgram(lower, upper)
        self._add_missing(0)
        self._bound_row(("used", 0, 0), 1.0, np.inf)

    @property
    def limits(self) -> tuple[Floats, Floats]:
        """Lower and upper limits of the rows."""
        return self._lower, self._upper

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return len(self._lower)

    def _add_missing(self, first_row: int) -> None:
        """Let rows miss their limits at a high price, so that there is always an answer."""
        rows = np.arange(first_row, self.num_rows)
        self._programme.add_columns(
            np.full(2 * len(rows), MISSING_TIMES * float(max(self._work.cost_fen, 1))),
            np.full(2 * len(rows), np.inf),
            (
                np.concatenate([rows, rows]),
                np.arange(2 * len(rows)),
                np.repeat([1.0, -1.0], len(rows)),
            ),
        )

    def _bound_row(self, key: Key, lower: float, upper: float) -> None:
        """Set the limits of what counts something; the row is made where there is none yet."""
        if key not in self._rows:
            row = self.num_rows
            self._rows[key] = row
            self._keys.append(key)
            used = [
                (place, float(counts[key]))
                for place, counts in zip(self._column_rows, self._counts, strict=True)
                if counts[key]
            ]
            self._programme.add_rows(
                np.array([-np.inf]),
                np.array([np.inf]),
                (
                    np.array([0, len(used)], dtype=np.int64),
                    np.array([place for place, _ in used], dtype=np.int64),
                    np.array([count for _, count in used]),
                ),
            )
            self._lower = np.append(self._lower, -np.inf)
            self._upper = np.append(self._upper, np.inf)
            self._add_missing(row)
        row = self._rows[key]
        self._lower[row], self._upper[row] = lower, upper
        self._programme.bound_row(row, lower, upper)

    def limit(self, limits: Mapping[Key, tuple[float, float]]) -> None:
        """Tighten what is counted, see `branches`, and take back what was tightened before."""
        for key in self._limited - limits.keys():
            self._bound_row(key, 1.0 if key[0] == "used" else -np.inf, np.inf)
        for key, (lower, upper) in limits.items():
            self._bound_row(key, max(lower, 1.0) if key[0] == "used" else lower, upper)
        self._limited = set(limits)

    def stops(self, way: Sequence[int]) -> list[int]:
        """Return the locations at which a trip stops, deliveries side by side being one stop."""
        places = [int(self._work.node_place[node]) for node in way]
        return [
            place
            for number, place in enumerate(places)
            if number == 0 or places[number - 1] != place
        ]

    def cost_fen(self, column: HasTrips) -> float:
        """Return what a stint costs beyond what a truck does that is not used."""
        work, slot = self._work, self._work.slots[column.slot]
        cost = float(slot.entry_fen - slot.passing_fen)
        for number, way in enumerate(column.trips):
            stops = [0, *self.stops(way)]
            cost += float(work.trip_fen[slot.kind])
            cost += sum(float(work.leg_fen[slot.kind, a, b]) for a, b in pairwise(stops))
            if number + 1 < len(column.trips):
                cost += float(work.leg_fen[slot.kind, stops[-1], 0])
            else:
                cost += float(work.exit_fen[column.slot, stops[-1]])
        return cost

    def _counted(self, column: Stint) -> Counter[Key]:
        """Return how much of everything that is whole a stint has."""
        kind = self._work.slots[column.slot].kind
        counts: Counter[Key] = Counter()
        counts["used", 0, 0] = 1
        counts["slot", column.slot, 0] = 1
        for way in column.trips:
            counts["trips", 0, 0] += 1
            counts["kind", kind, 0] += 1
            counts["slot-trips", column.slot, 0] += 1
            stops = self.stops(way)
            for place in stops:
                counts["stops", place, 0] += 1
                counts["slot-stops", column.slot, place] += 1
            for arc in pairwise([0, *stops]):
                counts["drives", *arc] += 1
        return counts

    def add(self, columns: Sequence[Stint]) -> int:
        """Add stints that are new; return how many were."""
        new = [column for column in dict.fromkeys(columns) if column not in self._known]
        if not new:
            return 0
        rows: list[int] = []
        places: list[int] = []
        values: list[float] = []
        for number, column in enumerate(new):
            entries = self.entries(column)
            self._counts.append(self._counted(column))
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

    def entries(self, column: Stint) -> Floats:
        """Return what a stint counts in each row."""
        kind = self._work.slots[column.slot].kind
        entries = np.zeros(self.num_rows)
        for way, amounts in zip(column.trips, column.amounts, strict=True):
            for node, amount in zip(way, amounts, strict=True):
                entries[node] += amount / self._sizes.amount[node]
            stops = self.stops(way)
            for row, (place, _) in enumerate(self._whole.visit_rows):
                worth = self._whole.visit_worth[kind, row] * stops.count(place)
                entries[self._first_visit + row] += worth
            entries[self._first_trip : self._first_slot] += self._whole.trip_worth[kind]
        entries[self._first_slot + column.slot] = 1.0
        counts = self._counted(column)
        for key, row in self._rows.items():
            entries[row] = counts[key]
        return entries

    def whole_rows(self, ways: Sequence[HasTrips]) -> Iterator[tuple[Floats, int]]:
        """Yield the rank-one cuts: what each stint counts, and what all must come to."""
        whole = self._whole
        kinds = [self._work.slots[one.slot].kind for one in ways]
        stops = [[place for way in one.trips for place in self.stops(way)] for one in ways]
        for row, (place, least) in enumerate(whole.visit_rows):
            worth = [
                whole.visit_worth[kind, row] * there.count(place)
                for kind, there in zip(kinds, stops, strict=True)
            ]
            yield np.array(worth), least
        for row, least in enumerate(whole.trip_least):
            trips = [
                whole.trip_worth[kind, row] * len(one.trips)
                for kind, one in zip(kinds, ways, strict=True)
            ]
            yield np.array(trips), least

    def solve(self, deadline: Deadline) -> tuple[Floats, Floats]:
        """Return how often each stint found so far is driven, and the price of each row.

        Raises
        ------
        SolverFailed
            If there is no time for it.
        """
        answer = self._programme.solve(Method.PRIMAL, deadline)
        row_price = -answer.price
        row_price = np.where(np.isfinite(self._lower), row_price, np.minimum(row_price, 0.0))
        row_price = np.where(np.isfinite(self._upper), row_price, np.maximum(row_price, 0.0))
        self.reduced_fen = answer.reduced_cost[self._column_rows]
        return answer.value[self._column_rows], row_price

    def value(self, row_price: Floats) -> float:
        """Return what the limits of all rows come to at prices, with what unused trucks cost.

        No answer is dearer at these prices than its cost, but for what single stints would gain.
        """
        limits = np.where(row_price > 0, self._lower, self._upper)
        used = row_price != 0
        return float(row_price[used] @ limits[used]) + self.passing_fen

    def branches(self, times: Floats) -> tuple[Key, float] | None:
        """Return what is counted but not whole, and its count; None if all is whole.

        The first family in which anything is not, and the count farthest from whole in it.
        """
        totals: dict[Key, float] = {}
        for number in np.flatnonzero(times > COUNT_TOLERANCE).tolist():
            for key, count in self._counts[number].items():
                totals[key] = totals.get(key, 0.0) + count * float(times[number])
        off = {key: abs(total - round(total)) for key, total in totals.items()}
        for family in FAMILIES:
            keys = sorted(key for key in off if key[0] == family and off[key] > COUNT_TOLERANCE)
            if keys:
                key = max(keys, key=off.__getitem__)
                return key, totals[key]
        return None

    def stint_prices(self, slot_row: int, row_price: Floats, near: Ints) -> StintPrices:
        """Return what the stints of a slot are priced with."""
        work, slot = self._work, self._work.slots[slot_row]
        kind = slot.kind
        visit_price = np.zeros(1 + len(work.place_codes))
        for row, (place, _) in enumerate(self._whole.visit_rows):
            price = row_price[self._first_visit + row]
            visit_price[place] += price * self._whole.visit_worth[kind, row]
        trip_price = float(
            row_price[self._first_trip : self._first_slot] @ self._whole.trip_worth[kind]
        )
        leg_fen = work.leg_fen[kind].copy()
        begin_fen = (
            slot.entry_fen - slot.passing_fen - float(row_price[self._first_slot + slot_row])
        )
        for (family, one, other), row in self._rows.items():
            price = float(row_price[row])
            if family == "used" or (family == "slot" and one == slot_row):
                begin_fen -= price
            elif (
                family == "trips"
                or (family == "kind" and one == kind)
                or (family == "slot-trips" and one == slot_row)
            ):
                trip_price += price
            elif family == "stops":
                visit_price[one] += price
            elif family == "slot-stops" and one == slot_row:
                visit_price[other] += price
            elif family == "drives":
                leg_fen[one, other] -= price
        unload_s = int(work.unload_s[kind])
        return StintPrices(
            place=work.node_place,
            deadline_s=work.deadlines_s[work.node_window],
            amount=self._sizes.amount,
            room=float(self._sizes.room[kind]),
            price=row_price[: work.num_nodes] / self._sizes.amount,
            visit_price=visit_price,
            drive_s=work.drive_s[kind],
            leg_fen=leg_fen,
            unload_s=unload_s,
            load_s=int(work.load_s[kind]),
            rest_after_s=work.rest_after_s,
            rest_s=work.rest_s,
            from_s=slot.from_s,
            since_rest_s=self._since_rest_s[slot_row],
            day_s=self._days[slot_row],
            begin_fen=begin_fen,
            trip_fen=float(work.trip_fen[kind]) - trip_price,
            exit_fen=work.exit_fen[slot_row],
            exit_s=work.exit_s[slot_row],
            until_s=NO_LIMIT if slot.until_s is None else slot.until_s,
            most_drive_s=between_s(work, slot),
            passing=stops_on_the_way(
                leg_fen, work.drive_s[kind], unload_s, visit_price, work.exit_fen[slot_row]
            ),
            near=near,
        )


def stops_on_the_way(
    leg_fen: Floats, drive_s: Ints, unload_s: int, visit_price: Floats, exit_fen: Floats
) -> Marks:
    """Return from where a stint may gain by a stop at which it brings nothing.

    It does where the stop is priced for itself, or a way through it is cheaper or shorter than the
    straight one. Everywhere else a stint without the stop is as good, whatever comes after.

    Parameters
    ----------
    leg_fen, drive_s
        What a leg costs at the prices, and its seconds, shape (locations, locations).
    unload_s
        Seconds of a stop.
    visit_price
        Of a stop at each location.
    exit_fen
        What going on from each location costs.

    Returns
    -------
    Marks
        From each location (rows) to each stop (columns).
    """
    size = len(visit_price)
    pays = np.zeros((size, size), dtype=np.bool_)
    for stop in range(1, size):
        costs = leg_fen[:, stop, None] + leg_fen[None, stop, :] - visit_price[stop]
        seconds = drive_s[:, stop, None] + drive_s[None, stop, :]
        here = (costs < leg_fen - LEAST_GAIN_FEN) | (seconds < drive_s)
        here |= seconds + unload_s < drive_s
        ends = leg_fen[:, stop] + exit_fen[stop] - visit_price[stop]
        pays[:, stop] = here.any(axis=1) | (ends < exit_fen - LEAST_GAIN_FEN)
        pays[stop, stop] = False
    return pays
