"""Betters a first answer: depots are searched one by one, gaps are filled, gains are kept."""

from collections.abc import Sequence
from random import Random

from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits
from solvers.routing.backlog import Backlog
from solvers.routing.construction import Construction
from solvers.routing.demand import Demand
from solvers.routing.depot_cases import DepotCase, depot_cases, planned_trips
from solvers.routing.fleet import Fleet
from solvers.routing.part_loads import SearchLimits, TruckTrips
from solvers.routing.ruin import Ruin
from solvers.routing.search_crew import NUM_WORKERS, SearchCrew
from solvers.routing.timeline import Timeline
from solvers.routing.worth import worth

STARTING_S = 3.0
"""Grace for a search process to start and to answer before it is killed."""
DEPOTS_SHARE = 0.4
LEAST_ROUND_S = 0.5
LEAST_SEARCH_S = 0.02
MOST_SECONDS_PER_VISIT = 0.05
"""More than this finds little in one depot; the time goes to ruining and recreating."""
LOST_WEIGHT = 6.0
"""A depot where something is late or left behind is searched so many times longer."""


class Improvement:
    """Searches the part loads of every depot and keeps what is better.

    Parameters
    ----------
    demand, fleet
        What is to be carried, and by which trucks.
    engine
        ``pyvrp`` or ``ortools``.
    limits
        With an iteration limit, each depot is searched for so many iterations, and the clock only
        ends a search that needs all the seconds by itself.
    clock, progress
        The stop watch, and who hears of the progress.
    """

    def __init__(
        self,
        demand: Demand,
        fleet: Fleet,
        *,
        engine: str,
        limits: SolveLimits,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._demand = demand
        self._fleet = fleet
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._progress = progress
        self.num_failed = 0
        self.num_searched = 0

    def run(self, timelines: list[Timeline], backlog: Backlog, until_s: float) -> None:
        """Better timelines and backlog in place until the clock shows `until_s`.

        Part of the time goes to searching depots, the rest to ruining and recreating across them.
        """
        by_clock = self._limits.max_iterations is None
        if by_clock and until_s - self._clock() < LEAST_ROUND_S:
            return
        self._search_depots(timelines, backlog, (until_s - self._clock()) * DEPOTS_SHARE)
        rng = Random(self._limits.seed)  # noqa: S311 - draws trips, not secrets
        ruin = Ruin(self._demand, self._fleet, timelines, backlog, rng)

        def go_on(tries: int) -> bool:
            if self._limits.max_iterations is not None:
                done_share = tries / self._limits.max_iterations
            else:
                done_share = 1.0 if self._clock() >= until_s else 0.0
            self._progress(ProgressStep(stage="routing", done_share=0.6 + 0.4 * done_share))
            return done_share < 1.0

        ruin.run(go_on)

    def _search_depots(
        self,
        timelines: list[Timeline],
        backlog: Backlog,
        seconds: float,
    ) -> None:
        cases = depot_cases(self._demand, self._fleet, timelines, backlog)
        weights = [self._weight(case, timelines) for case in cases]
        order = sorted(range(len(cases)), key=lambda case: -weights[case])
        total = sum(weights)
        jobs = []
        for place in order:
            share_s = min(
                max(seconds * NUM_WORKERS * weights[place] / total, LEAST_SEARCH_S),
                MOST_SECONDS_PER_VISIT * weights[place],
            )
            by_clock = self._limits.max_iterations is None
            limits = SearchLimits(
                seconds=share_s if by_clock else self._limits.seconds,
                max_iterations=self._limits.max_iterations,
                seed=self._limits.seed,
            )
            kill_s = (share_s * 1.5 if by_clock else self._limits.seconds) + STARTING_S
            jobs.append((cases[place].problem, limits, kill_s))

        def pause(done_share: float) -> None:
            self._progress(ProgressStep(stage="routing", done_share=0.1 + 0.5 * done_share))

        with SearchCrew(self._engine) as crew:
            answers = crew.search(jobs, pause)
        for place, found in zip(order, answers, strict=True):
            self.num_searched += 1
            if found is None:
                self.num_failed += 1
            else:
                self._take_over(cases[place], found, timelines, backlog)
        Construction(self._demand, self._fleet, timelines, backlog).run()

    def _weight(self, case: DepotCase, timelines: Sequence[Timeline]) -> float:
        """Return how much searching a case deserves: its visits, more where something is lost."""
        own = [timelines[number] for group in case.trucks for number in group]
        left = Backlog(self._demand, case.left)
        lost = worth(self._demand, own, left).lost_milli_person_h
        return len(case.loads) * (LOST_WEIGHT if lost else 1.0)

    def _take_over(
        self,
        case: DepotCase,
        found: tuple[TruckTrips, ...],
        timelines: list[Timeline],
        backlog: Backlog,
    ) -> None:
        demand = self._demand
        numbers = [number for group in case.trucks for number in group]
        old = [timelines[number] for number in numbers]
        planned = planned_trips(demand, case, found)
        new = [case.heads[number].copy() for number in numbers]
        carried: list[tuple[int, int]] = []
        for timeline, number in zip(new, numbers, strict=True):
            for trip in planned.get(number, ()):
                if timeline.append(trip) is None:
                    return
                carried.extend(line for load in trip.loads for line in load.lines)
        pieces = Backlog(demand, [line for load in case.loads for line in load.lines])
        pieces.take(carried)
        Construction(demand, self._fleet, new, pieces).run()
        before = worth(demand, old, Backlog(demand, case.left))
        after = worth(demand, new, pieces)
        if after < before:
            backlog.take(case.left)
            backlog.give_back(pieces.all_lines())
            for timeline, number in zip(new, numbers, strict=True):
                timelines[number] = timeline
