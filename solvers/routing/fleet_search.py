"""The compiled search for all trucks with sourcing left open: trips in, better trips out."""

import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from relief.plan.outcome import Clock, SolveLimits
from relief.plan.situation import Situation
from solvers.routing import fleet_arrays as columns
from solvers.routing.demand import Load
from solvers.routing.fleet import Fleet
from solvers.routing.fleet_arrays import MOST_LINES, MOST_NODES, MOST_SERVING, Land, Plans
from solvers.routing.fleet_clock import NO_WAY
from solvers.routing.fleet_moves import (
    accept,
    add_line,
    keep_best,
    new_visit,
    put_node,
    put_visit,
    settle,
    take_node,
    tidy,
    touch,
    weigh,
)
from solvers.routing.fleet_offers import NUM_EXACT, NUM_SOURCES
from solvers.routing.fleet_prices import Found, Prices
from solvers.routing.fleet_rounds import build, keep_if_better, rounds
from solvers.routing.fleet_shares import Share, Shares
from solvers.routing.fleet_ways import MOST_LOADS
from solvers.routing.open_search import Trips
from solvers.routing.open_stock import OpenDemand, OpenStock
from solvers.routing.string_tours import Array
from solvers.routing.timeline import PlannedTrip
from solvers.routing.worth import Service

FEN_PER_LATE = 20.0, 2_000.0
"""What a weighted thousandth of a person-hour weighs against cost, first and last, where people are
to be served better: so much that hardly any plan is cheaper for leaving something behind."""
MOST_NEAR = 40
ROUNDS_AT_ONCE = 10
BUILT_AT_ONCE = 20
SPARE_VISITS = 6_000
MOST_STRETCHES = 4_096
SEED_FACTOR = 2_654_435_761
"""Parts the random numbers of seeds that lie near each other."""

MOST = 1 << 62
"""Stands for no limit."""


class _Steering:
    """What serving people is worth while the search goes on."""

    def __init__(self, plans: Plans, enough: Service | None) -> None:
        self._prices = None
        self._enough = np.array([0, 0, MOST], dtype=np.int64)
        if enough is not None:
            self._prices = Prices(int(plans.sums[-1, columns.FEN]), enough)
            self._enough = np.array([enough.lost_milli_person_h, 0, enough.waiting], dtype=np.int64)

    def priced(self, land: Land, plans: Plans, spent: float) -> Land:
        """Return the ground at the prices of a share of the time."""
        per_late, per_rate = FEN_PER_LATE[0] * (FEN_PER_LATE[1] / FEN_PER_LATE[0]) ** spent, 0.0
        if self._prices is not None:
            per_late, per_rate = self._prices.at(_service(plans), spent)
        return land._replace(fen_per_late=per_late, fen_per_rate=per_rate, enough=self._enough)


def _service(plans: Plans) -> Service:
    """Return what people go without as the trucks drive now."""
    late = plans.sums[-1, columns.LATE] + plans.counts[columns.LEFT_COST]
    return Service(lost_milli_person_h=int(late), waiting=int(plans.counts[columns.LEFT_RATE]))


class FleetSearch:
    """Searches trips for some or all trucks of a situation.

    Parameters
    ----------
    situation
        Needs, stock, trucks and roads; see `solvers.agreement.may_source_anew`.
    """

    def __init__(self, situation: Situation) -> None:
        self.shares = Shares(situation)
        self.fleet, self.demand = self.shares.fleet, self.shares.demand
        self.stock = self.shares.stock
        self._land = _land(situation, self.fleet, self.demand, self.stock)

    def search(
        self,
        trips: Trips,
        share: Share,
        limits: SolveLimits,
        *,
        heat: tuple[float, float],
        spare: Service | None = None,
        clock: Clock = time.monotonic,
        told: Callable[[float], None] = lambda _share: None,
    ) -> Found:
        """Return better trips for the trucks of a share; those of the others are as given.

        Parameters
        ----------
        trips
            What all trucks do; empty to begin with nothing.
        share
            What may be changed.
        limits
            Seconds or rounds, and seed.
        heat
            First and last temperature, as shares of what a leg costs.
        spare
            How much worse people may be served for less money; None to serve them better, whatever
            it costs.
        clock
            Measures the seconds.
        told
            Told the share that is done; may raise to stop.
        """
        began_s = clock()
        given = trips or ((),) * len(self.fleet.trucks)
        land = self._owned(share, given)
        plans = self._filled(land, given, share)
        plans.random[0] = SEED_FACTOR * (limits.seed + 1)
        before = _service(plans)
        steering = _Steering(plans, None if spare is None else before + spare)
        best = np.array([MOST, MOST, MOST, 0, 0], dtype=np.int64)
        land = steering.priced(land, plans, 0.0)
        keep_if_better(land, plans, best)
        self._build(land, plans, best, lambda: clock() - began_s > limits.seconds)
        leg_fen = self._mean_leg_fen(plans)
        done = 0
        while True:
            spent = (clock() - began_s) / max(limits.seconds, 1e-3)
            if limits.max_iterations is not None:
                spent = done / limits.max_iterations
            told(min(spent, 1.0))
            if spent >= 1.0 or not len(land.need):
                break
            temperature = leg_fen * heat[0] * (heat[1] / heat[0]) ** spent
            land = steering.priced(land, plans, spent)
            rounds(land, plans, ROUNDS_AT_ONCE, temperature, best)
            done += ROUNDS_AT_ONCE
        is_own = land.truck[:, columns.IS_OWN].tolist()
        after = Service(
            lost_milli_person_h=int(best[columns.TRULY_LATE]), waiting=int(best[columns.TRULY_LEFT])
        )
        return Found(
            trips=tuple(
                found if own else old
                for found, old, own in zip(self._read(plans), given, is_own, strict=True)
            ),
            gone_without=after - before,
        )

    def _build(self, land: Land, plans: Plans, best: Array, is_late: Callable[[], bool]) -> None:
        """Serve what nobody brings, the most that is lost for the way first."""
        lost: dict[int, float] = defaultdict(float)
        for number in np.flatnonzero(plans.left > 0).tolist():
            place = int(land.need[number, columns.PLACE])
            lost[place] += float(plans.left[number] * land.late[number, -1])
        order = sorted(lost, key=lambda place: (-lost[place] / land.solo_fen[place], place))
        for first in range(0, len(order), BUILT_AT_ONCE):
            if is_late():
                return
            some = order[first : first + BUILT_AT_ONCE]
            plans.places[: len(some), 0] = some
            build(land, plans, len(some), best)

    def _owned(self, share: Share, trips: Trips) -> Land:
        """Return the ground with the share's trucks marked, without those that do too much."""
        truck = self._land.truck.copy()
        truck[:, columns.IS_OWN] = share.own
        for number, of_truck in enumerate(trips):
            num_nodes = sum(len(trip.depots) + len(trip.drops) for trip in of_truck)
            num_lines = max(
                (sum(len(load.lines) for load in drop) for trip in of_truck for drop in trip.drops),
                default=0,
            )
            num_loads = max((len(trip.depots) for trip in of_truck), default=0)
            if num_nodes > MOST_NODES - 2 or num_lines > MOST_LINES or num_loads > MOST_LOADS:
                truck[number, columns.IS_OWN] = 0
        return self._land._replace(truck=truck)

    def _mean_leg_fen(self, plans: Plans) -> float:
        num_legs = int(plans.size.sum())
        return float(plans.sums[-1, columns.FEN]) / num_legs if num_legs else 10_000.0

    def _filled(self, land: Land, trips: Trips, share: Share) -> Plans:
        """Return the plans that the share's trucks drive already, as far as they can."""
        given = [
            of_truck if is_own else ()
            for of_truck, is_own in zip(trips, land.truck[:, columns.IS_OWN], strict=True)
        ]
        num_visits = sum(len(trip.drops) for of_truck in given for trip in of_truck)
        num_places = int((np.diff(land.first) > 0).sum())
        plans = empty_plans(land, share, 3 * (num_visits + num_places) + SPARE_VISITS)
        plans.counts[columns.STAMP] = 1
        row_of = self.stock.row_of
        for truck, of_truck in enumerate(given):
            touch(plans, truck)
            for trip in of_truck:
                for depot in trip.depots:
                    put_node(plans, truck, int(plans.size[truck]), -row_of[depot] - 1)
                for drop in trip.drops:
                    visit = new_visit(plans, drop[0].place)
                    for load in drop:
                        for number, pieces in load.lines:
                            # It is counted off when the truck takes it; give it here first.
                            item = int(land.need[number, columns.ITEM])
                            plans.left[number] += pieces
                            plans.counts[columns.LEFT_COST] += pieces * int(land.late[number, -1])
                            rate = int(land.need[number, columns.RATE])
                            plans.counts[columns.LEFT_RATE] += pieces * rate
                            plans.stock[row_of[load.depot], item] += pieces
                            plans.held[item] += pieces
                            add_line(land, plans, visit, number, row_of[load.depot], pieces)
                    weigh(land, plans, visit)
                    put_visit(land, plans, truck, int(plans.size[truck]), visit)
            while not settle(land, plans, truck):
                take_node(land, plans, truck, int(plans.size[truck]) - 1)
                tidy(land, plans, truck)
        accept(plans)
        keep_best(plans)
        return plans

    def _read(self, plans: Plans) -> Trips:
        """Return the best plans as trips."""
        found = []
        for truck in range(len(self.fleet.trucks)):
            of_truck: list[PlannedTrip] = []
            depots: list[int] = []
            drops: list[tuple[Load, ...]] = []
            for node in plans.best[truck, : plans.best_size[truck]].tolist():
                if node < 0 and drops:
                    of_truck.append(PlannedTrip(depots=tuple(depots), drops=tuple(drops)))
                    depots, drops = [], []
                if node < 0:
                    depots.append(int(self.stock.depots[-node - 1]))
                else:
                    drops.append(self._drop(plans, node))
            if drops:
                of_truck.append(PlannedTrip(depots=tuple(depots), drops=tuple(drops)))
            found.append(tuple(of_truck))
        return tuple(found)

    def _drop(self, plans: Plans, visit: int) -> tuple[Load, ...]:
        lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
        num_lines = plans.visit[visit, columns.NUM_LINES]
        for need, row, pieces in plans.line[visit, :num_lines].tolist():
            lines[row].append((need, pieces))
        place = int(plans.visit[visit, columns.LOCATION])
        return tuple(
            self.demand.load(int(self.stock.depots[row]), place, tuple(lines[row]))
            for row in sorted(lines)
        )


def _land(situation: Situation, fleet: Fleet, demand: OpenDemand, stock: OpenStock) -> Land:
    travel = situation.travel
    profile = {code: number for number, code in enumerate(travel.speed_classes)}
    seconds = np.minimum(travel.seconds(), NO_WAY).astype(np.int32)
    metres = np.minimum(travel.metres(), NO_WAY).astype(np.int32)
    duty = situation.policy.duty
    num_windows = len(demand.window_end_s)
    num_needs = len(demand.portions)
    needs = np.array(
        [
            (one.place, item, one.pack_pieces, one.piece_g, one.piece_cm3, one.rate)
            for one, item in zip(demand.portions, demand.item_of, strict=True)
        ],
        dtype=np.int64,
    ).reshape(num_needs, 6)
    late = np.array(
        [
            [demand.delay_cost(one, window) for window in (*range(num_windows), None)]
            for one in demand.portions
        ],
        dtype=np.int64,
    ).reshape(num_needs, num_windows + 1)
    num_locations = len(travel.location_codes)
    order = np.lexsort((np.array(demand.urgency), needs[:, 0]))
    first = np.searchsorted(needs[order, 0], np.arange(num_locations + 1))
    places = np.unique(needs[:, 0])
    way_s = seconds.min(axis=0)
    sources = np.full((num_locations, max(len(stock.depots), 1)), -1, dtype=np.int64)
    for place in places.tolist():
        rows = stock.by_way[place][: sources.shape[1]]
        sources[place, : len(rows)] = rows
    near = np.zeros((num_locations, min(MOST_NEAR, max(len(places) - 1, 0))), dtype=np.int64)
    bases = np.array([truck.base for truck in fleet.trucks], dtype=np.int64)
    pools = _pools(fleet)
    near_pools = np.zeros((num_locations, len(pools)), dtype=np.int64)
    for place in places.tolist():
        others = places[places != place]
        near[place] = others[np.argsort(way_s[place, others], kind="stable")[: near.shape[1]]]
        order_s = way_s[bases[pools[:, 0]], place]
        near_pools[place] = np.argsort(order_s, kind="stable")
    largest = max(fleet.classes, key=lambda kind: kind.payload_g)
    solo_fen = np.ones(num_locations)
    to_place = metres[profile[largest.speed_class]][stock.depots]
    if len(stock.depots):
        nearest_m = to_place.min(axis=0).astype(float)
        solo_fen = np.maximum(
            2 * np.minimum(nearest_m, 1e6) * largest.cost_fen_per_km / 1000
            + largest.cost_fen_per_trip,
            1.0,
        )
    return Land(
        seconds=seconds,
        metres=metres,
        kind=np.array(
            [
                (
                    profile[kind.speed_class],
                    kind.payload_g,
                    kind.volume_cm3,
                    kind.load_s,
                    kind.unload_s,
                    kind.cost_fen_per_km,
                    kind.cost_fen_per_trip,
                )
                for kind in fleet.classes
            ],
            dtype=np.int64,
        ),
        truck=np.array(
            [(one.kind, one.base, one.ready_s, one.num_drivers, 1) for one in fleet.trucks],
            dtype=np.int64,
        ).reshape(len(fleet.trucks), 5),
        need=needs,
        late=late,
        order=order.astype(np.int64),
        first=first.astype(np.int64),
        depots=stock.depots,
        sources=sources,
        near=near,
        near_pools=near_pools,
        pool=pools,
        solo_fen=solo_fen,
        windows=np.array(demand.window_end_s, dtype=np.int64),
        duty=np.array(
            [
                int(duty.continuous_drive.total_seconds()),
                int(duty.rest.total_seconds()),
                int(duty.drive_per_day_per_driver.total_seconds()),
            ],
            dtype=np.int64,
        ),
        fen_per_late=float(FEN_PER_LATE[0]),
        fen_per_rate=0.0,
        enough=np.zeros(3, dtype=np.int64),
        full_g=float(largest.payload_g),
        full_cm3=float(largest.volume_cm3),
    )


def _pools(fleet: Fleet) -> Array:
    """Return the first truck and the number of trucks of each run of like trucks."""
    runs: list[list[int]] = []
    for number, truck in enumerate(fleet.trucks):
        like = fleet.trucks[number - 1]
        if runs and (truck.kind, truck.base) == (like.kind, like.base):
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return np.array(runs, dtype=np.int64).reshape(len(runs), 2)


def empty_plans(land: Land, share: Share, num_visits: int) -> Plans:
    """Return idle trucks, with room for so many visits."""
    num_trucks, num_locations = len(land.truck), len(land.first) - 1
    rows = (num_trucks + 1, MOST_NODES + 2)
    most_out = int(np.diff(land.first).max(initial=0)) + 1
    left = share.left.astype(np.int64)
    counts = np.zeros(columns.NUM_COUNTS, dtype=np.int64)
    counts[columns.NUM_FREE] = num_visits
    counts[columns.LEFT_COST] = int((left * land.late[:, -1]).sum())
    counts[columns.LEFT_RATE] = int((left * land.need[:, columns.RATE]).sum())
    return Plans(
        seq=np.zeros(rows, dtype=np.int64),
        size=np.zeros(num_trucks, dtype=np.int64),
        ends=np.zeros(rows, dtype=np.int64),
        sums=np.zeros((num_trucks + 1, 2), dtype=np.int64),
        visit=np.zeros((num_visits, 5), dtype=np.int64),
        line=np.zeros((num_visits, MOST_LINES, 3), dtype=np.int64),
        late=np.zeros((num_visits, land.late.shape[1]), dtype=np.int64),
        free=np.arange(num_visits, dtype=np.int64)[::-1].copy(),
        left=left,
        stock=share.stock.astype(np.int64),
        held=share.stock.sum(axis=0).astype(np.int64),
        serving=np.zeros((num_locations, MOST_SERVING), dtype=np.int64),
        num_serving=np.zeros(num_locations, dtype=np.int64),
        saved=np.zeros(rows, dtype=np.int64),
        saved_size=np.zeros(num_trucks, dtype=np.int64),
        saved_sums=np.zeros((num_trucks, 2), dtype=np.int64),
        touched=np.zeros(num_trucks + 1, dtype=np.int64),
        stamp=np.zeros(num_trucks, dtype=np.int64),
        best=np.zeros(rows, dtype=np.int64),
        best_size=np.zeros(num_trucks, dtype=np.int64),
        dirty=np.zeros(num_trucks + 1, dtype=np.int64),
        is_dirty=np.zeros(num_trucks, dtype=np.int64),
        out=np.zeros(most_out, dtype=np.int64),
        option=np.zeros((NUM_EXACT + 1, 7)),
        offered=np.zeros((NUM_SOURCES, len(land.kind), 3)),
        places=np.zeros((num_locations + 1, 2), dtype=np.int64),
        asked=np.zeros(num_trucks, dtype=np.int64),
        random=np.ones(1, dtype=np.uint64),
        clock=np.zeros(4, dtype=np.int64),
        drives=np.zeros((MOST_STRETCHES, 2), dtype=np.int64),
        counts=counts,
    )
