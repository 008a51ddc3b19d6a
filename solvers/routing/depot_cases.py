"""Cuts the trips of a plan into one part-load problem for each loading depot, and back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from relief.plan.travel import UNREACHABLE_S
from relief.supply.fleet import VehicleClass
from relief.units import GRAMS_PER_KG, SECONDS_PER_HOUR, ceil_div
from solvers.routing.backlog import Backlog, Order
from solvers.routing.demand import Demand, Lines, Load
from solvers.routing.duty import DAY_S
from solvers.routing.fleet import Fleet
from solvers.routing.part_loads import (
    Chance,
    Matrix,
    PartLoadProblem,
    TruckGroup,
    TruckTrips,
    Visit,
)
from solvers.routing.timeline import PlannedTrip, Timeline

CM3_PER_DM3 = 1_000
PIECES_PER_TRUCK = 4
"""Part loads are cut into pieces of this share of a truck, so that trucks can share an order.
Measured on public split-delivery cases: quarters leave a third of the gap that whole rests do."""
FULL_SHARE = 0.9
"""A load that fills this share of its truck, by mass or volume, is a full load and stays whole."""
LEAST_VISITS = 40
"""What nobody carries joins a case up to this many visits, or up to twice what is carried: more
would only slow the search down."""
PACE_KM_H = 50
"""Turns cost per kilometre into cost per second; only the choice between trips depends on it."""
MOST_TRIPS = 10
"""Trips of one truck within the horizon for which the driving budget leaves room."""
LEAST_PRIZE = 500_000
MEAN_PRIZE = 1_000_000
MOST_PRIZE = 6_000_000
"""Any load is worth its own trip, and what is lost decides beyond. Prizes far above drown the
driving and leave PyVRP stuck: from 7 million on, one depot in six was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotCase:
    """The part-load problem of one depot and what its numbers stand for.

    Parameters
    ----------
    depot
        Location index of the loading depot.
    trucks
        For each group of the problem, the indices of its timelines.
    heads
        For each of these timelines, what stays as it is: the trips before the first that is
        searched anew.
    loads
        The load behind each visit.
    left
        The pieces among the loads that no truck carried before.
    problem
        The array problem.
    """

    depot: int
    trucks: tuple[tuple[int, ...], ...]
    heads: Mapping[int, Timeline]
    loads: tuple[Load, ...]
    left: Lines
    problem: PartLoadProblem


def depot_cases(
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    backlog: Backlog,
) -> tuple[DepotCase, ...]:
    """Return a problem for each depot at which something could be done better.

    A truck belongs to the depot at which it loads last, with all its last trips from there; the
    trips before stay as they are. An idle truck belongs to its base. Trips with goods that must
    not travel with others, or need cooling, stay as they are, and so do the trips before them.
    """
    trucks: dict[int, dict[int, Timeline]] = defaultdict(dict)
    for number, timeline in enumerate(timelines):
        head = Timeline(fleet, timeline.truck)
        depots = [trip.depots for trip in timeline.trips]
        if depots and len(depots[-1]) > 1:
            continue
        kept = len(depots)
        while kept > 0 and depots[kept - 1] == depots[-1]:
            if not all(demand.is_plain(load.cargo) for load in timeline.trips[kept - 1].loads):
                break
            kept -= 1
        for trip in timeline.trips[:kept]:
            head.append(trip)
        trucks[depots[-1][0] if depots else timeline.truck.base][number] = head
    left: dict[int, list[Order]] = defaultdict(list)
    for order in backlog.orders:
        if backlog.lines(order):
            left[order[0]].append(order)
    cases = []
    for depot in sorted(trucks):
        cutter = _Cutter(demand, fleet, timelines, depot)
        plain = (_plain(demand, backlog.lines(order)) for order in left[depot])
        case = cutter.case(trucks[depot], [lines for lines in plain if lines])
        if case is not None:
            cases.append(case)
    return tuple(cases)


def _plain(demand: Demand, lines: Lines) -> Lines:
    """Return the lines that may be on any truck."""
    return tuple(line for line in lines if demand.is_plain(demand.portions[line[0]].cargo))


def planned_trips(
    demand: Demand,
    case: DepotCase,
    found: Iterable[TruckTrips],
) -> dict[int, tuple[PlannedTrip, ...]]:
    """Return the trips of each timeline of a case; timelines that stay idle are left out."""
    free = [list(group) for group in case.trucks]
    planned = {}
    for one in found:
        number = free[one.group].pop(0)
        planned[number] = tuple(
            PlannedTrip(
                depots=(case.depot,),
                drops=_drops(demand, [case.loads[visit] for visit in trip]),
            )
            for trip in one.trips
        )
    return planned


def _drops(demand: Demand, loads: Sequence[Load]) -> tuple[tuple[Load, ...], ...]:
    drops: list[Load] = []
    for load in loads:
        if drops and drops[-1].place == load.place:
            drops[-1] = demand.load(load.depot, load.place, _merged(drops[-1].lines, load.lines))
        else:
            drops.append(load)
    return tuple((drop,) for drop in drops)


def _merged(*parts: Lines) -> Lines:
    pieces: dict[int, int] = defaultdict(int)
    for lines in parts:
        for number, num in lines:
            pieces[number] += num
    return tuple(pieces.items())


class _Cutter:
    """Makes the problem of one depot."""

    def __init__(
        self,
        demand: Demand,
        fleet: Fleet,
        timelines: Sequence[Timeline],
        depot: int,
    ) -> None:
        self._demand = demand
        self._fleet = fleet
        self._timelines = timelines
        self._depot = depot
        self._loads: list[Load] = []
        self._arrivals: list[int | None] = []
        self._locations = {depot: 0}

    def case(self, heads: Mapping[int, Timeline], left: Iterable[Lines]) -> DepotCase | None:
        """Return the case, None where there is nothing to choose."""
        groups = self._groups(heads)
        if not groups:
            return None
        start = []
        for group, key in enumerate(sorted(groups)):
            for number in groups[key]:
                timeline = self._timelines[number]
                kept = len(heads[number].trips)
                trips = tuple(
                    self._visits(trip, ends_s, key[0])
                    for trip, ends_s in zip(
                        timeline.trips[kept:], timeline.drop_ends_s[kept:], strict=True
                    )
                )
                if trips:
                    start.append(TruckTrips(group=group, trips=trips))
        payload_g = max(self._fleet.classes[key[0]].payload_g for key in groups)
        volume_cm3 = max(self._fleet.classes[key[0]].volume_cm3 for key in groups)
        left_lines: list[tuple[int, int]] = []
        most_visits = max(2 * len(self._loads), LEAST_VISITS)
        urgency = self._demand.urgency
        for lines in sorted(left, key=lambda lines: urgency[lines[0][0]]):
            pieces = self._pieces(
                lines,
                payload_g // PIECES_PER_TRUCK,
                volume_cm3 // PIECES_PER_TRUCK,
            )
            for piece in islice(pieces, most_visits - len(self._loads)):
                place = self._demand.portions[piece[0][0]].place
                self._add(place, piece, None)
                left_lines.extend(piece)
        if len(self._loads) < 2:  # noqa: PLR2004 - one load leaves nothing to combine
            return None
        profiles = sorted({key[0] for key in groups})
        durations_s = tuple(self._matrix(kind) for kind in profiles)
        group_list = tuple(
            TruckGroup(
                profile=profiles.index(key[0]),
                num_trucks=len(groups[key]),
                payload_kg=self._fleet.classes[key[0]].payload_g // GRAMS_PER_KG,
                volume_dm3=self._fleet.classes[key[0]].volume_cm3 // CM3_PER_DM3,
                ready_s=key[2],
                drive_budget_s=key[3] + self._unmetered_s(key[0]),
                price=_price(self._fleet.classes[key[0]]),
            )
            for key in sorted(groups)
        )
        arrivals_s = self._arrivals_here(durations_s, group_list, start)
        return DepotCase(
            depot=self._depot,
            trucks=tuple(tuple(groups[key]) for key in sorted(groups)),
            heads={number: heads[number] for group in groups.values() for number in group},
            loads=tuple(self._loads),
            left=tuple(left_lines),
            problem=PartLoadProblem(
                durations_s=durations_s,
                drives_s=tuple(self._paid(kind) for kind in profiles),
                visits=self._visit_list(arrivals_s),
                groups=group_list,
                horizon_s=max(self._demand.window_end_s[-1], *arrivals_s.values(), 0),
                start=tuple(start),
            ),
        )

    def _arrivals_here(
        self,
        durations_s: Sequence[Matrix],
        groups: Sequence[TruckGroup],
        start: Iterable[TruckTrips],
    ) -> dict[int, int]:
        """Return when the known answer reaches each visit by the durations of the problem."""
        arrivals_s = {}
        for one in start:
            group = groups[one.group]
            matrix = durations_s[group.profile]
            now_s = group.ready_s
            here = 0
            for trip in one.trips:
                now_s += matrix[here][0]
                here = 0
                for visit in trip:
                    there = self._locations[self._loads[visit].place]
                    now_s += matrix[here][there]
                    here = there
                    arrivals_s[visit] = now_s
        return arrivals_s

    def _groups(
        self,
        heads: Mapping[int, Timeline],
    ) -> dict[tuple[int, int, int, int], list[int]]:
        """Group trucks by class, drivers, when they are at the depot, and driving left."""
        horizon_s = self._demand.window_end_s[-1]
        daily_s = int(self._fleet.duty.drive_per_day_per_driver.total_seconds())
        groups: dict[tuple[int, int, int, int], list[int]] = defaultdict(list)
        for number, head in heads.items():
            truck = head.truck
            drive_s = self._fleet.drive_s(truck.kind, head.location, self._depot)
            if drive_s >= UNREACHABLE_S:
                continue
            clock = head.clock.copy()
            clock.drive(drive_s)
            if clock.now_s >= horizon_s:
                continue
            left_s = horizon_s - clock.now_s
            budget_s = truck.num_drivers * daily_s * ceil_div(left_s, DAY_S)
            groups[truck.kind, truck.num_drivers, clock.now_s, budget_s].append(number)
        return groups

    def _visits(
        self,
        trip: PlannedTrip,
        ends_s: Sequence[int],
        kind: int,
    ) -> tuple[int, ...]:
        """Add the loads of a trip in pieces and return their indices in driving order."""
        truck = self._fleet.classes[kind]
        visits: list[int] = []
        for drop, end_s in zip(trip.drops, ends_s, strict=True):
            arrival = self._demand.window_of(end_s)
            for load in drop:
                share = max(load.mass_g / truck.payload_g, load.volume_cm3 / truck.volume_cm3)
                num_pieces = 1 if share >= FULL_SHARE else PIECES_PER_TRUCK
                pieces = self._pieces(
                    load.lines,
                    truck.payload_g // num_pieces,
                    truck.volume_cm3 // num_pieces,
                )
                visits.extend(self._add(load.place, lines, arrival) for lines in pieces)
        return tuple(visits)

    def _pieces(self, lines: Lines, room_g: int, room_cm3: int) -> Iterable[Lines]:
        """Cut lines into pieces of one due window that fit into the room."""
        windows = sorted({self._demand.portions[number].due_window for number, _ in lines})
        for window in windows:
            rest = [
                [number, num]
                for number, num in lines
                if self._demand.portions[number].due_window == window
            ]
            while rest:
                piece = self._demand.fitting(
                    [(n, num) for n, num in rest], room_g, room_cm3, is_cooled=False
                )
                if not piece:
                    # A pack that is larger than the room stays whole.
                    number, num = rest[0]
                    piece = ((number, min(num, self._demand.portions[number].pack_pieces)),)
                yield piece
                taken = dict(piece)
                rest = [[n, num - taken.get(n, 0)] for n, num in rest if num > taken.get(n, 0)]

    def _add(self, place: int, lines: Lines, arrival: int | None) -> int:
        self._locations.setdefault(place, len(self._locations))
        self._loads.append(self._demand.load(self._depot, place, lines))
        self._arrivals.append(arrival)
        return len(self._loads) - 1

    def _visit_list(self, arrivals_s: Mapping[int, int]) -> tuple[Visit, ...]:
        """Return the loads as visits, each worth what a slip would lose, and late ones as well.

        A load that the known answer brings in time has the one deadline; any other may also come
        in a later window, at a smaller prize. Where the known answer is in time in truth but not
        by the durations of the problem, the deadline gives way, so that it stays an answer.
        """
        demand = self._demand
        last = len(demand.window_end_s) - 1
        worths = []
        for load, arrival in zip(self._loads, self._arrivals, strict=True):
            due = max(demand.portions[number].due_window for number, _ in load.lines)
            never = demand.cost_of(load.lines, None)
            end = due if arrival is not None and arrival <= due else last
            worths.append(
                [
                    (window, never - demand.cost_of(load.lines, window))
                    for window in range(due, end + 1)
                ]
            )
        mean = max(sum(worth[0][1] for worth in worths) / len(worths), 1.0)
        visits = []
        for number, (load, worth) in enumerate(zip(self._loads, worths, strict=True)):
            arrival = self._arrivals[number]
            granted_s = arrivals_s.get(number, 0)
            start = 0 if arrival is None else max(arrival - worth[0][0], 0)
            visits.append(
                Visit(
                    location=self._locations[load.place],
                    mass_kg=ceil_div(load.mass_g, GRAMS_PER_KG),
                    volume_dm3=ceil_div(load.volume_cm3, CM3_PER_DM3),
                    chances=tuple(
                        Chance(
                            deadline_s=max(
                                demand.window_end_s[window],
                                granted_s if window == worth[0][0] + start else 0,
                            ),
                            prize=min(LEAST_PRIZE + int(MEAN_PRIZE * saved / mean), MOST_PRIZE),
                        )
                        for window, saved in worth
                    ),
                    start_chance=start,
                )
            )
        return tuple(visits)

    def _matrix(self, kind: int) -> Matrix:
        """Return seconds between the locations of the case, with stops and rests."""
        fleet = self._fleet
        vehicle_class = fleet.classes[kind]
        continuous_s = int(fleet.duty.continuous_drive.total_seconds())
        rest_s = int(fleet.duty.rest.total_seconds())
        rows = []
        for row, origin in enumerate(self._locations):
            values = []
            for column, destination in enumerate(self._locations):
                seconds = fleet.drive_s(kind, origin, destination)
                if row != column and seconds < UNREACHABLE_S:
                    # Each leg bears its share of the rests of a long day. What comes out is
                    # timed exactly before it is taken over.
                    seconds += seconds * rest_s // continuous_s
                    seconds += vehicle_class.load_s if row == 0 else 0
                    seconds += vehicle_class.unload_s if column > 0 else 0
                values.append(0 if row == column else seconds)
            rows.append(tuple(values))
        return tuple(rows)

    def _paid(self, kind: int) -> Matrix:
        """Return seconds of driving to be paid for, the way home in the last column.

        The trucks of a case stand at several bases; home is taken to be the loading depot.
        """
        fleet = self._fleet
        trip_s = _trip_s(fleet.classes[kind])
        rows = []
        for row, origin in enumerate(self._locations):
            values = [
                0
                if row == column
                else fleet.drive_s(kind, origin, destination) + (trip_s if row == 0 else 0)
                for column, destination in enumerate(self._locations)
            ]
            rows.append((*values, fleet.drive_s(kind, origin, self._depot)))
        return tuple(rows)

    def _unmetered_s(self, kind: int) -> int:
        """Return the seconds in `_paid` that are no driving within the horizon, at the most."""
        homes_s = (self._fleet.drive_s(kind, place, self._depot) for place in self._locations)
        furthest_s = max((home_s for home_s in homes_s if home_s < UNREACHABLE_S), default=0)
        return furthest_s + MOST_TRIPS * _trip_s(self._fleet.classes[kind])


def _price(kind: VehicleClass) -> int:
    """Return what a second of driving costs, in fen at an average pace."""
    return max(1, round(kind.cost_fen_per_km * PACE_KM_H / SECONDS_PER_HOUR))


def _trip_s(kind: VehicleClass) -> int:
    """Return the driving that costs as much as a trip does by itself."""
    return kind.cost_fen_per_trip // _price(kind)
