"""From an old plan under way to a new one: settled, offered, bettered, and written down again."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from relief.plan.allocation import Allocation, Allocator, Consignment
from relief.plan.change import difference
from relief.plan.execution import RemainingRoute
from relief.plan.execution_events import Delivery
from relief.plan.going_on import needs_left
from relief.plan.measures import deprivation_milli_person_h
from relief.plan.outcome import Clock, SolveLimits, SolveReport, Termination
from relief.plan.routes import Routes
from relief.plan.situation import Situation
from relief.supply.made_up import drawn_pieces
from solvers.allocation.baseline import NearestAllocator
from solvers.replanning.budget import ChangeBudget
from solvers.replanning.changing import Changes, Reference
from solvers.replanning.kept import KeptTrip, Redirection, Settled
from solvers.replanning.redirecting import redirections
from solvers.replanning.settling import settle
from solvers.replanning.writing import consigned, written
from solvers.routing.demand import Demand, Load
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip

CURVE = (0, 1, 2, 5, 10, 20, 50)
"""Drivers called, for which the benefit is told besides the budget's own and no limit at all."""
FEWEST_TOLD = 5
"""Up to so many calls the benefit is told however long it takes; it takes little."""
PLAIN_SHARE = 0.75
"""Share of the seconds for a plan that redirects nothing, where something may be redirected."""
CURVE_SHARE = 0.5
"""Share of the seconds for the curve; the rest goes to the budget's own plan."""
NOTE = (
    "Weighted thousandths of person-hours lost because trucks come late or not at all, of what was "
    "consigned; no bound is proven."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What so many calls are worth.

    Parameters
    ----------
    max_drivers
        Drivers that may be called, None for any number.
    num_drivers, num_waybills
        How many are called, and how many waybills voided or changed, forced changes aside.
    lost_milli_person_h
        What is lost all the same, in weighted thousandths of person-hours.
    """

    max_drivers: int | None
    num_drivers: int
    num_waybills: int
    lost_milli_person_h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """The answer of the replanner.

    Parameters
    ----------
    allocation, routes
        What goes on, as a plan is assembled from.
    settled
        What of the old plan could still be done.
    num_drivers, num_waybills
        Changes that were not forced.
    curve
        Benefit against disruption, the fewest calls first.
    """

    allocation: Allocation
    routes: Routes
    settled: Settled
    num_drivers: int
    num_waybills: int
    curve: tuple[CurvePoint, ...]


class Replanner:
    """Plans anew from vehicles under way, changing as little as the budget says.

    Parameters
    ----------
    limits
        Seconds, seed and iterations (tries of the search).
    clock
        Measures the time.
    allocator
        Finds stock for what nobody serves yet; None for the nearest stock, which is the quickest.
    """

    def __init__(
        self,
        limits: SolveLimits,
        clock: Clock = time.monotonic,
        *,
        allocator: Allocator | None = None,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._allocator = allocator or NearestAllocator()

    def replan(
        self,
        situation: Situation,
        remaining: Sequence[RemainingRoute],
        consignments: Sequence[Consignment],
        budget: ChangeBudget,
        *,
        with_curve: bool = True,
    ) -> Replanned:
        """Return what goes on.

        Parameters
        ----------
        situation
            As it is now, with its vehicles under way.
        remaining
            The rest of the old plan; empty to plan afresh.
        consignments
            Of the old plan.
        budget
            How much may be changed.
        with_curve
            Whether the benefit of other budgets is told as well.
        """
        began_s = self._clock()
        fleet = Fleet(situation)
        end_s = began_s + self._limits.seconds
        case = _Case(situation, fleet, tuple(remaining), tuple(consignments), budget)
        may_redirect = budget.max_waybills != 0
        plain_end_s = end_s if not may_redirect else began_s + PLAIN_SHARE * self._limits.seconds
        plain = self._once(case, (), (began_s, plain_end_s), with_curve=with_curve)
        if not may_redirect:
            return plain
        left = ChangeBudget(
            max_drivers=_less(budget.max_drivers, plain.num_drivers),
            max_waybills=_less(budget.max_waybills, plain.num_waybills),
        )
        called = [
            change.vehicle_code
            for change in difference(remaining, plain.routes.vehicle_routes).called
        ]
        chosen = redirections(situation, fleet, (plain.settled, plain.routes), left, called)
        if not chosen:
            return plain
        other = self._once(case, chosen, (self._clock(), end_s), with_curve=False)
        if not budget.allows(other.num_drivers, other.num_waybills) or _deprivation(
            situation, other
        ) >= _deprivation(situation, plain):
            return plain
        return replace(other, curve=_rising((*plain.curve, *other.curve)))

    def _once(
        self,
        case: "_Case",
        chosen: Sequence[Redirection],
        span_s: tuple[float, float],
        *,
        with_curve: bool,
    ) -> Replanned:
        """Return what goes on with these redirections, from one clock time to another."""
        situation, fleet = case.situation, case.fleet
        began_s, end_s = span_s
        settled = settle(situation, fleet, case.remaining, case.consignments, chosen)
        carried = _Carried(situation, settled)
        more = _more_consignments(situation, carried, self._allocator)
        demand = Demand(
            situation,
            Allocation(
                consignments=(*carried.consignments, *more),
                shortfalls=(),
                deprivation_bound_milli_person_h=None,
                report=_report(began_s, self._clock, self._limits.seed, None),
            ),
        )
        references = carried.references(demand, situation)
        start = Changes(demand, fleet, references)
        curve = self._curve(start, situation, began_s) if with_curve else ()
        left = ChangeBudget(
            max_drivers=_less(case.budget.max_drivers, len(settled.chosen_drivers)),
            max_waybills=_less(case.budget.max_waybills, len(settled.chosen_waybills)),
        )
        changes = self._changed(start, situation, left, end_s)
        lost = changes.lost()
        num_drivers = len(changes.called()) + len(settled.chosen_drivers)
        num_waybills = changes.num_waybills() + len(settled.chosen_waybills)
        own = CurvePoint(
            max_drivers=case.budget.max_drivers,
            num_drivers=num_drivers,
            num_waybills=num_waybills,
            lost_milli_person_h=lost,
        )
        routes = written(situation, demand, fleet, changes, settled)
        report = _report(began_s, self._clock, self._limits.seed, float(lost))
        return Replanned(
            allocation=Allocation(
                consignments=consigned(situation, routes, (*case.consignments, *more)),
                shortfalls=(),
                deprivation_bound_milli_person_h=None,
                report=report,
            ),
            routes=Routes(vehicle_routes=routes, undelivered=(), report=report),
            settled=settled,
            num_drivers=num_drivers,
            num_waybills=num_waybills,
            # What is lost of other consignments cannot be compared.
            curve=() if chosen else _rising((*curve, own)),
        )

    def _changed(
        self, start: Changes, situation: Situation, budget: ChangeBudget, end_s: float
    ) -> Changes:
        """Return the best changes found within the budget.

        The search knows nothing of limits of depots and places, nor of convoys. What it found may
        be worth less than what it began with once trucks wait for these.
        """
        changes = start.copy()
        rng = Random(self._limits.seed)  # noqa: S311 - a search, not a secret
        changes.offer_rest(budget)
        first = changes.copy()
        changes.better(budget, rng, self._until(end_s))
        changes.pace(situation)
        is_limited = situation.depot_limits or situation.receiving_limits
        if is_limited or situation.policy.convoy.place_codes:
            first.pace(situation)
            return min(changes, first, key=Changes.lost)
        return changes

    def _until(self, end_s: float) -> "_GoOn":
        return _GoOn(end_s, self._limits.max_iterations, self._clock)

    def _curve(
        self, start: Changes, situation: Situation, began_s: float
    ) -> tuple[CurvePoint, ...]:
        """Return the benefit of so many calls, without voiding any waybill."""
        start.offer_to_all()
        points = [_point(start, situation, 0)]
        everyone = _point(start, situation, None)
        for most in CURVE[1:]:
            is_late = self._clock() - began_s > CURVE_SHARE * self._limits.seconds
            may_stop = most > FEWEST_TOLD and self._limits.max_iterations is None
            if most >= everyone.num_drivers or (is_late and may_stop):
                break
            points.append(_point(start, situation, most))
        return (*points, everyone)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What is planned anew."""

    situation: Situation
    fleet: Fleet
    remaining: tuple[RemainingRoute, ...]
    consignments: tuple[Consignment, ...]
    budget: ChangeBudget


def _less(most: int | None, spent: int) -> int | None:
    return None if most is None else max(0, most - spent)


def _deprivation(situation: Situation, replanned: Replanned) -> int:
    return deprivation_milli_person_h(situation, replanned.routes.vehicle_routes)


def _point(start: Changes, situation: Situation, max_drivers: int | None) -> CurvePoint:
    """Return what so many calls are worth if no waybill is voided."""
    changes = start.copy()
    changes.offer_rest(ChangeBudget(max_drivers=max_drivers, max_waybills=0))
    changes.pace(situation)
    return CurvePoint(
        max_drivers=max_drivers,
        num_drivers=len(changes.called()),
        num_waybills=0,
        lost_milli_person_h=changes.lost(),
    )


class _GoOn:
    """Says whether the search goes on."""

    def __init__(self, end_s: float, most_tries: int | None, clock: Clock) -> None:
        self._end_s = end_s
        self._most_tries = most_tries
        self._clock = clock

    def __call__(self, tries: int) -> bool:
        if self._most_tries is not None:
            return tries < self._most_tries
        return self._clock() < self._end_s


def _report(began_s: float, clock: Clock, seed: int, lost: float | None) -> SolveReport:
    return SolveReport(
        solver="replanning 1",
        termination=Termination.FEASIBLE,
        objective=lost,
        bound=None,
        seconds=clock() - began_s,
        seed=seed,
        note=NOTE,
    )


def _rising(points: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """Return the points in order of the drivers that may be called, each once, none worse.

    Whatever is within a budget is within every larger one, too.
    """
    best: dict[int | None, CurvePoint] = {}
    for point in points:
        known = best.get(point.max_drivers)
        if known is None or point.lost_milli_person_h < known.lost_milli_person_h:
            best[point.max_drivers] = point
    ordered = sorted(best.values(), key=lambda p: (p.max_drivers is None, p.max_drivers or 0))
    rising: list[CurvePoint] = []
    for point in ordered:
        least = rising[-1] if rising else point
        if point.lost_milli_person_h > least.lost_milli_person_h:
            point = replace(least, max_drivers=point.max_drivers)  # noqa: PLW2901 - the better one
        rising.append(point)
    return tuple(rising)


class _Carried:
    """The settled trips as consignments, one for each line, and back as trips of the search."""

    def __init__(self, situation: Situation, settled: Settled) -> None:
        self._settled = settled
        depot_of = {lot.code: lot.depot_code for lot in situation.lots}
        self.consignments: list[Consignment] = []
        self.deliveries: list[Delivery] = []
        self.loads: Counter[str] = Counter()
        self._number: dict[tuple[str, int, int, int], int] = {}
        for code, trips in settled.trips.items():
            for t, trip in enumerate(trips):
                for d, drop in enumerate(trip.drops):
                    for n, line in enumerate(drop.lines):
                        self._number[code, t, d, n] = len(self.consignments)
                        self.consignments.append(
                            Consignment(
                                lot_code=line.lot_code,
                                depot_code=depot_of[line.lot_code],
                                item_code=line.item_code,
                                place_code=drop.place_code,
                                pieces=line.pieces,
                                window=trip.window,
                                ready_after=line.ready_after,
                            )
                        )
                        self.deliveries.append(
                            Delivery(
                                vehicle_code=code,
                                waybill=trip.number,
                                place_code=drop.place_code,
                                lot_code=line.lot_code,
                                item_code=line.item_code,
                                pieces=line.pieces,
                                at=situation.start_at,
                            )
                        )
                        if not line.is_on_board:
                            self.loads[line.lot_code] += line.pieces

    def references(self, demand: Demand, situation: Situation) -> Mapping[str, Reference]:
        """Return what each truck goes on with, in the terms of the search."""
        portions: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, portion in enumerate(demand.portions):
            portions[portion.consignment].append((number, portion.pieces))
        index = situation.travel.index()
        references = {}
        settled = self._settled
        for code in sorted(settled.trips.keys() | settled.stranded_pieces.keys()):
            trips = settled.trips.get(code, ())
            references[code] = Reference(
                trips=tuple(
                    self._trip((code, number), trip, demand, portions, index)
                    for number, trip in enumerate(trips)
                ),
                num_begun=sum(1 for trip in trips if trip.has_begun),
                is_called=code in settled.forced_drivers | settled.chosen_drivers,
                is_full=code in settled.stranded_pieces,
            )
        for code in settled.forced_drivers - references.keys():
            references[code] = Reference(trips=(), num_begun=0, is_called=True, is_full=False)
        return references

    def _trip(
        self,
        key: tuple[str, int],
        trip: KeptTrip,
        demand: Demand,
        portions: Mapping[int, Sequence[tuple[int, int]]],
        index: Mapping[str, int],
    ) -> PlannedTrip:
        drops = []
        for d, drop in enumerate(trip.drops):
            lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for n in range(len(drop.lines)):
                consignment = self._number[(*key, d, n)]
                for portion, pieces in portions[consignment]:
                    lines[demand.portions[portion].depot].append((portion, pieces))
            place = index[drop.place_code]
            drops.append(tuple(demand.load(depot, place, tuple(of)) for depot, of in lines.items()))
        loads: tuple[tuple[Load, ...], ...] = tuple(drops)
        return PlannedTrip(depots=tuple(index[c] for c in trip.depot_codes), drops=loads)


def _more_consignments(
    situation: Situation, carried: _Carried, allocator: Allocator
) -> tuple[Consignment, ...]:
    """Return what the stock that is left can give to the needs that nobody serves yet."""
    needs = needs_left(situation.needs, carried.deliveries, situation.catalogue)
    taken = carried.loads + drawn_pieces(carried.loads, situation.lots)
    lots = tuple(replace(lot, pieces=lot.pieces - taken[lot.code]) for lot in situation.lots)
    if not needs:
        return ()
    rest = replace(situation, needs=needs, lots=lots, under_way=(), as_of=None)
    return allocator.allocate(rest).consignments
