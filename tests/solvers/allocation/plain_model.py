"""The relaxation written down once more: every column, plain loops, another solver.

Slow and obviously right. It shares no code with the model under test: needs are served one by one
instead of through chains of early and missing pieces, and truck-hours are worked out here again.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
from scipy.optimize import linprog

from relief.plan.situation import Situation
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.stock import Lot
from relief.units import SHANGHAI

HOUR_S = 3600
INFEASIBLE = 2


class PlainModel:
    """Every way to serve every need; see the module."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.needs, self.lots = situation.needs, situation.usable_lots()
        self.ends_h = [end.total_seconds() / HOUR_S for end in situation.policy.window_ends]
        self.kinds = {kind.code: kind for kind in situation.vehicle_classes}
        self.pools = [pool for pool in situation.pools if pool.num_vehicles > 0]
        self.speeds = sorted({self.kind(pool).speed_class for pool in self.pools})
        self.stand_ins = situation.catalogue.stand_in_of()
        wanted = {need.item_code for need in self.needs}
        self.depots = sorted({lot.depot_code for lot in self.lots if self.serves(lot)[0] in wanted})
        self.drive_h = least_drive_h(situation)
        # A column is a need, a lot, an arrival window and a speed class.
        self.columns = [
            (j, q, a, speed)
            for (j, need), (q, lot), a, speed in product(
                enumerate(self.needs), enumerate(self.lots), range(len(self.ends_h)), self.speeds
            )
            if self.serves(lot)[0] == need.item_code
            and self.is_good(lot, self.ends_h[a])
            and self.earliest_h(speed, lot, need.place_code) <= self.ends_h[a] + 1e-9
        ]
        self.size = len(self.columns) + len(self.needs)

    def serves(self, lot: Lot) -> tuple[str, int, float]:
        """Return the item that a lot serves, how many pieces of it each, and the worth it lacks."""
        one = self.stand_ins.get(lot.item_code)
        if one is None:
            return lot.item_code, 1, 0.0
        return one.stands_for_code, one.met_pieces, 1 - one.worth_milli / 1000

    def is_good(self, lot: Lot, end_h: float) -> bool:
        """Return whether a lot that counts as arrived at an hour has its least life left."""
        if lot.expires_on is None:
            return True
        item = self.situation.catalogue.by_code()[lot.item_code]
        life = max(self.situation.policy.min_remaining_life, timedelta(days=item.least_life_days))
        good_until = self.situation.start_at + timedelta(hours=end_h) + life
        return good_until.astimezone(SHANGHAI).date() <= lot.expires_on

    def kind(self, pool: VehiclePool) -> VehicleClass:
        return self.kinds[pool.class_code]

    def pools_of(self, speed: str) -> list[VehiclePool]:
        return [pool for pool in self.pools if self.kind(pool).speed_class == speed]

    def optimum(self, least_calls: Mapping[str, int] | None = None) -> float:
        """Return the least deprivation in weighted milli-person-hours, inf if there is none.

        `least_calls` says how many pieces of each offer must be sent at least.
        """
        equal = np.zeros((len(self.needs), self.size))
        for c, (j, q, _, _) in enumerate(self.columns):
            equal[j, c] = self.serves(self.lots[q])[1]
        for j in range(len(self.needs)):
            equal[j, len(self.columns) + j] = 1
        rows = [*self.stock_rows(), *self.truck_rows(), *self.room_rows(), *self.rate_rows()]
        for code, least in (least_calls or {}).items():
            ours = [-float(self.lots[q].offer_code == code) for _, q, _, _ in self.columns]
            rows.append((ours + [0.0] * len(self.needs), -float(least)))
        answer = linprog(
            np.array(self.costs()) / 1e6,
            A_ub=np.array([row for row, _ in rows]) if rows else None,
            b_ub=[limit for _, limit in rows] if rows else None,
            A_eq=equal,
            b_eq=[need.pieces for need in self.needs],
            method="highs",
        )
        if answer.status == INFEASIBLE and least_calls:
            return math.inf
        assert answer.status == 0, answer.message
        assert answer.fun is not None
        return float(answer.fun) * 1e6

    def costs(self) -> list[float]:
        """Return the deprivation of a piece on each column, then of one that never comes."""
        policy = self.situation.policy
        weight_of = dict(policy.priority_weights)
        weight = [weight_of[n.priority] * n.milli_people_per_piece for n in self.needs]
        due_h = [(n.due_at - self.situation.start_at).total_seconds() / HOUR_S for n in self.needs]
        never_h = self.ends_h[-1] + policy.never_extra.total_seconds() / HOUR_S
        extra_h = policy.never_extra.total_seconds() / HOUR_S
        served = []
        for j, q, a, _ in self.columns:
            _, met, lacking = self.serves(self.lots[q])
            hours = max(0.0, self.ends_h[a] - due_h[j]) + lacking * extra_h
            served.append(weight[j] * met * hours)
        return served + [w * (never_h - due) for w, due in zip(weight, due_h, strict=True)]

    def stock_rows(self) -> list[tuple[list[float], float]]:
        return [
            (
                [float(self.drawn(self.lots[column[1]], lot)) for column in self.columns]
                + [0.0] * len(self.needs),
                float(lot.available_pieces),
            )
            for lot in self.lots
        ]

    def drawn(self, sent: Lot, lot: Lot) -> int:
        """Return the pieces of a lot that a piece of what is sent takes."""
        if sent.code == lot.code:
            return 1
        return sum(part.pieces for part in sent.parts if part.lot_code == lot.code)

    def room_rows(self) -> list[tuple[list[float], float]]:
        """Return what places take in, in tonnes: a row for each limit and window."""
        rows = []
        begins_h = [0.0, *self.ends_h[:-1]]
        for limit in self.situation.receiving_limits:
            for window, (begin_h, end_h) in enumerate(zip(begins_h, self.ends_h, strict=True)):
                row = [
                    self.size_of(column, by_volume=False) / 1e6
                    if column[2] == window
                    and self.needs[column[0]].place_code.startswith(limit.place_code)
                    else 0.0
                    for column in self.columns
                ]
                most_t = limit.most_g_per_day * (end_h - begin_h) / 24 / 1e6
                rows.append((row + [0.0] * len(self.needs), most_t))
        return rows

    def rate_rows(self) -> list[tuple[list[float], float]]:
        """Return what depots that are always open load, in tonnes: a row for each window's end."""
        rows = []
        for limit in self.situation.depot_limits:
            for end_h in self.ends_h:
                row = [
                    self.size_of(column, by_volume=False) / 1e6
                    if self.lots[column[1]].depot_code == limit.depot_code
                    and self.ends_h[column[2]] <= end_h
                    else 0.0
                    for column in self.columns
                ]
                if limit.most_g_per_h is not None:
                    rows.append((row + [0.0] * len(self.needs), limit.most_g_per_h * end_h / 1e6))
        return rows

    def truck_rows(self) -> list[tuple[list[float], float]]:
        """Return the accounts: speed, window's end, by weight or volume, at work or wheel."""
        rows = []
        for speed, end_h, by_volume, at_wheel in product(
            self.speeds, self.ends_h, (False, True), (False, True)
        ):
            row = [
                self.charge_h(column, end_h, at_wheel=at_wheel)
                * self.size_of(column, by_volume=by_volume)
                for column in self.columns
            ]
            limit = sum(
                pool.num_vehicles
                * self.available_h(pool, end_h, at_wheel=at_wheel)
                * (self.kind(pool).volume_cm3 if by_volume else self.kind(pool).payload_g)
                for pool in self.pools_of(speed)
            )
            of_speed = [
                hours if column[3] == speed else 0.0
                for hours, column in zip(row, self.columns, strict=True)
            ]
            rows.append(([h / 1e6 for h in of_speed] + [0.0] * len(self.needs), limit / 1e6))
        return rows

    def size_of(self, column: tuple[int, int, int, str], *, by_volume: bool) -> float:
        item = self.situation.catalogue.by_code()[self.lots[column[1]].item_code]
        return float(item.volume_cm3 if by_volume else item.mass_g)

    def charge_h(self, column: tuple[int, int, int, str], end_h: float, *, at_wheel: bool) -> float:
        """Return the hours a truckload takes of a truck until a window's end."""
        j, q, a, speed = column
        if self.ends_h[a] > end_h:
            return 0.0
        out_h = self.drive_h[speed, self.lots[q].depot_code, self.needs[j].place_code]
        if at_wheel:
            return out_h
        duty = self.situation.policy.duty
        stretch = 1 + duty.rest / duty.continuous_drive
        back_h = min(self.drive_h[speed, self.needs[j].place_code, d] for d in self.depots)
        back_h = 0.0 if math.isinf(back_h) else stretch * back_h
        kinds = [self.kind(pool) for pool in self.pools_of(speed)]
        handling_h = min(kind.load_s + kind.unload_s for kind in kinds) / HOUR_S
        return handling_h + stretch * out_h + min(back_h, end_h - self.ends_h[a])

    def available_h(self, pool: VehiclePool, end_h: float, *, at_wheel: bool) -> float:
        """Return the hours a truck has until a window's end."""
        speed = self.kind(pool).speed_class
        ready_h = pool.ready_after.total_seconds() / HOUR_S
        nearest_h = min(
            (self.drive_h[speed, pool.base_code, depot] for depot in self.depots),
            default=math.inf,
        )
        if end_h <= ready_h + nearest_h:
            return 0.0
        if at_wheel:
            days, rest_h = divmod(end_h - ready_h, 24)
            return 8 * pool.num_drivers * days + min(rest_h, 8 * pool.num_drivers)
        rest_h = self.situation.policy.duty.rest.total_seconds() / HOUR_S
        return end_h - ready_h - nearest_h + rest_h

    def earliest_h(self, speed: str, lot: Lot, place_code: str) -> float:
        """Return when the first truck of a speed class can have brought a piece of a lot."""
        out_h = self.drive_h[speed, lot.depot_code, place_code]
        return min(
            (
                max(
                    pool.ready_after.total_seconds() / HOUR_S
                    + driven_h(
                        self.drive_h[speed, pool.base_code, lot.depot_code] + out_h,
                        pool.num_drivers,
                    ),
                    lot.ready_after.total_seconds() / HOUR_S + driven_h(out_h, pool.num_drivers),
                )
                + (self.kind(pool).load_s + self.kind(pool).unload_s) / HOUR_S
                for pool in self.pools_of(speed)
            ),
            default=math.inf,
        )


def plain_optimum(situation: Situation) -> float:
    """Return the least deprivation in weighted milli-person-hours, truck-hours relaxed."""
    return PlainModel(situation).optimum()


def plain_optimum_with_calls(situation: Situation) -> float:
    """Return the same where each offer is called not at all or by its least call, or more.

    Every choice of which offers are called is tried.
    """
    best = math.inf
    for called in product((False, True), repeat=len(situation.offers)):
        open_offers = {
            offer.code: offer.least_call_pieces
            for offer, is_called in zip(situation.offers, called, strict=True)
            if is_called
        }
        kept = tuple(
            lot for lot in situation.lots if not lot.offer_code or lot.offer_code in open_offers
        )
        best = min(best, PlainModel(replace(situation, lots=kept)).optimum(open_offers))
    return best


def least_drive_h(situation: Situation) -> dict[tuple[str, str, str], float]:
    """Return the least driving time between all locations, whole seconds a leg."""
    travel = situation.travel
    found = {}
    for row, speed in enumerate(travel.speed_classes):
        hours = np.ceil(np.round(travel.duration_h[row] * HOUR_S, 6)) / HOUR_S
        codes = travel.location_codes
        least = {(a, b): hours[i, j] for i, a in enumerate(codes) for j, b in enumerate(codes)}
        for via, a, b in product(codes, codes, codes):
            least[a, b] = min(least[a, b], least[a, via] + least[via, b])
        found.update({(speed, a, b): float(value) for (a, b), value in least.items()})
    return found


def driven_h(drive_h: float, num_drivers: int) -> float:
    """Return when so much driving can be over, in blocks of four hours and days of eight."""
    if math.isinf(drive_h):
        return math.inf
    clock_h, left_h, day = 0.0, drive_h, 0
    today_h = 8.0 * num_drivers
    while True:
        block_h = min(4.0, left_h, today_h)
        clock_h, left_h, today_h = clock_h + block_h, left_h - block_h, today_h - block_h
        if left_h <= 1e-12:
            return clock_h
        clock_h += 1 / 3
        if today_h <= 1e-12:
            day += 1
            clock_h, today_h = max(clock_h, 24.0 * day), 8.0 * num_drivers
