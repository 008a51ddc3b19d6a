"""The search: what trucks could do beside, or instead of, what they were to do.

First whatever no truck carries is offered to all trucks at the end of what they have to do. If
more drivers were called than the budget allows, those are called who gain most, and the others go
on as before. Then trips that have not begun are taken apart and built anew (ruin and recreate, as
in `solvers.routing.ruin`), a few trucks at a time, wherever something is late or left; a try counts
only if less is lost by it and the budget still holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from relief.plan.situation import Situation
from solvers.replanning.budget import ChangeBudget
from solvers.routing.backlog import Backlog
from solvers.routing.construction import Construction, Thrift, driven_pieces
from solvers.routing.convoys import waiting
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet, Truck
from solvers.routing.pacing import Claim
from solvers.routing.timeline import PlannedTrip, Timeline
from solvers.routing.worth import worth

MOST_TRUCKS = 4
LEAST_TRUCKS = 2
NEAR_TRUCKS = 30
LEAST_GAIN_MILLI_PERSON_H = 1_000_000
"""A driver is not called for less: a thousand weighted person-hours, as a family of four that waits
25 hours less for something that saves lives. Modelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a truck goes on with if nothing is changed.

    Parameters
    ----------
    trips
        Its trips as far as they can still be done.
    num_begun
        How many of these have begun, and stay as they are.
    is_called
        Whether its driver must be told of a forced change anyway.
    is_full
        Whether goods stay on board that leave no room for new trips.
    """

    trips: tuple[PlannedTrip, ...]
    num_begun: int
    is_called: bool
    is_full: bool


class _TimeIsUpError(Exception):
    """A try is given up; what it would have changed stays as it was."""


class Changes:
    """The trucks of a plan under way, and what is changed of it.

    Parameters
    ----------
    demand, fleet
        What is to be carried, and by which trucks.
    references
        Under the truck's code; trucks not named have nothing to do yet.
    timelines
        What each truck does; the references to begin with.
    """

    def __init__(
        self,
        demand: Demand,
        fleet: Fleet,
        references: Mapping[str, Reference],
        timelines: Sequence[Timeline] | None = None,
    ) -> None:
        self._demand = demand
        self._fleet = fleet
        self.references = references
        self.timelines = (
            [self._as_before(number) for number in range(len(fleet.trucks))]
            if timelines is None
            else list(timelines)
        )
        self._offered: list[Timeline] | None = None

    def copy(self) -> "Changes":
        """Return the same state, to be changed by itself."""
        other = Changes(self._demand, self._fleet, self.references, self.timelines)
        other._offered = self._offered
        return other

    def _as_before(self, number: int) -> Timeline:
        truck = self._fleet.trucks[number]
        timeline = Timeline(self._fleet, truck)
        for trip in self.reference(number).trips:
            if timeline.append(trip) is None:
                msg = f"Truck {truck.code} was left a trip without a road."
                raise RuntimeError(msg)
        return timeline

    def reference(self, number: int) -> Reference:
        """Return what a truck goes on with if nothing is changed."""
        code = self._fleet.trucks[number].code
        return self.references.get(code) or _IDLE

    def backlog(self) -> Backlog:
        """Return what no truck carries."""
        carried = driven_pieces(self._demand, self.timelines).tolist()
        return Backlog(
            self._demand,
            [
                (number, portion.pieces - pieces)
                for number, (portion, pieces) in enumerate(
                    zip(self._demand.portions, carried, strict=True)
                )
            ],
        )

    def called(self) -> set[int]:
        """Return the trucks whose drivers are called without being forced to."""
        return {
            number
            for number, timeline in enumerate(self.timelines)
            if timeline.trips != self.reference(number).trips
            and not self.reference(number).is_called
        }

    def num_waybills(self) -> int:
        """Return how many waybills are voided or changed without being forced."""
        return sum(
            1
            for number, timeline in enumerate(self.timelines)
            if timeline.trips != self.reference(number).trips
            for trip in self.reference(number).trips
            if trip not in timeline.trips
        )

    def pace(self, situation: Situation) -> None:
        """Let trucks wait for depots, places and convoys; new trips that come too late are off."""

        def claim_of(truck: Truck, trip: PlannedTrip) -> Claim:
            reference = self.references.get(truck.code) or _IDLE
            if trip in reference.trips[: reference.num_begun]:
                return Claim.BEGUN
            return Claim.PROMISED if trip in reference.trips else Claim.NEW

        self.timelines = waiting(situation, self._demand, self._fleet, self.timelines, claim_of)

    def within(self, budget: ChangeBudget) -> bool:
        """Return whether the changes are within a budget."""
        return budget.allows(len(self.called()), self.num_waybills())

    def lost(self) -> int:
        """Return what is lost by what is late or left, in weighted thousandths of person-hours."""
        return worth(self._demand, self.timelines, self.backlog()).lost_milli_person_h

    def offer_rest(self, budget: ChangeBudget) -> None:
        """Give what no truck carries to the trucks that gain most by it, within the budget."""
        before = list(self.timelines)
        if self._offered is None:
            usable = {number for number in range(len(before)) if not self.reference(number).is_full}
            self._offered = self._built_on(before, usable)
        spent = self.called()
        self.timelines = list(self._offered or before)
        gains = {
            number: self._gain(number, before[number]) for number in sorted(self.called() - spent)
        }
        worthy = [number for number in gains if gains[number] >= LEAST_GAIN_MILLI_PERSON_H]
        best = sorted(worthy, key=lambda number: (-gains[number], number))
        if budget.max_drivers is not None:
            best = best[: max(0, budget.max_drivers - len(spent))]
        if len(best) < len(gains):
            told = {n for n in range(len(before)) if self.reference(n).is_called} | spent
            self.timelines = self._built_on(before, told | set(best))

    def offer_to_all(self) -> None:
        """Work out who would be given what if there were no budget; copies share the answer."""
        if self._offered is None:
            self._offered = self._built_on(self.timelines, set(range(len(self.timelines))))

    def _built_on(self, before: Sequence[Timeline], allowed: set[int]) -> list[Timeline]:
        """Return the timelines with what is left given to those that may be changed."""
        numbers = [n for n in sorted(allowed) if not self.reference(n).is_full]
        chosen = [before[number].copy() for number in numbers]
        backlog = Changes(self._demand, self._fleet, self.references, before).backlog()
        Construction(self._demand, self._fleet, chosen, backlog).run()
        built = list(before)
        for number, timeline in zip(numbers, chosen, strict=True):
            built[number] = timeline
        return built

    def _gain(self, number: int, before: Timeline) -> int:
        """Return what would be lost without the trips that a truck has been given."""
        timeline = self.timelines[number]
        first = len(before.trips)
        gain = 0
        for trip, ends_s in zip(timeline.trips[first:], timeline.drop_ends_s[first:], strict=True):
            for drop, end_s in zip(trip.drops, ends_s, strict=True):
                window = self._demand.window_of(end_s)
                for load in drop:
                    never = self._demand.cost_of(load.lines, None)
                    gain += never - self._demand.cost_of(load.lines, window)
        return gain

    def better(self, budget: ChangeBudget, rng: Random, go_on: Callable[[int], bool]) -> int:
        """Take trips of a few trucks apart and build them anew, while `go_on` says so.

        Returns
        -------
        int
            How many tries were for the better.
        """
        tries = gains = 0

        def pause() -> None:
            # A single try over much that is left could take longer than all others.
            if not go_on(tries - 1):
                raise _TimeIsUpError

        while go_on(tries):
            tries += 1
            with suppress(_TimeIsUpError):
                gains += self._try(budget, rng, pause)
        return gains

    def _try(self, budget: ChangeBudget, rng: Random, pause: Callable[[], None]) -> bool:
        numbers = self._drawn(budget, rng)
        if not numbers:
            return False
        old = [self.timelines[number] for number in numbers]
        new = []
        ruined: list[tuple[int, int]] = []
        may_void = budget.max_waybills is None or self.num_waybills() < budget.max_waybills
        for number, timeline in zip(numbers, old, strict=True):
            reference = self.reference(number)
            least = reference.num_begun
            if not may_void:
                # What the driver has in hand stays; what was added may be taken away again.
                least = max(least, _same(timeline.trips, reference.trips))
            keep = rng.randint(least, len(timeline.trips)) if timeline.trips else 0
            fresh = Timeline(self._fleet, timeline.truck)
            for trip in timeline.trips[:keep]:
                fresh.append(trip)
            for trip in timeline.trips[keep:]:
                for load in trip.loads:
                    ruined.extend(load.lines)
            new.append(fresh)
        left = list(self.backlog().all_lines())
        before = worth(self._demand, old, Backlog(self._demand, left))
        pieces = Backlog(self._demand, [*ruined, *left])
        Construction(
            self._demand, self._fleet, new, pieces, rng, thrift=rng.choice(list(Thrift))
        ).run(pause)
        after = worth(self._demand, new, pieces)
        if after.lost_milli_person_h >= before.lost_milli_person_h:
            return False
        for number, timeline in zip(numbers, new, strict=True):
            self.timelines[number] = timeline
        if self.within(budget):
            return True
        for number, timeline in zip(numbers, old, strict=True):
            self.timelines[number] = timeline
        return False

    def _drawn(self, budget: ChangeBudget, rng: Random) -> list[int]:
        """Draw trucks near a depot at which something is late or left."""
        losses = self._losses()
        if not losses:
            return []
        depots = sorted(losses)
        depot = rng.choices(depots, [losses[one] ** 0.5 for one in depots])[0]
        called = self.called()
        may_call = budget.max_drivers is None or len(called) < budget.max_drivers
        usable = [
            number
            for number in range(len(self.timelines))
            if not self.reference(number).is_full
            and (may_call or number in called or self.reference(number).is_called)
        ]
        near = sorted(usable, key=lambda number: (self._away_s(number, depot), number))
        near = near[:NEAR_TRUCKS]
        if not near:
            return []
        count = min(rng.randint(LEAST_TRUCKS, MOST_TRUCKS), len(near))
        return sorted(rng.sample(near, count))

    def _losses(self) -> dict[int, int]:
        losses: dict[int, int] = {}
        for number, pieces in self.backlog().all_lines():
            portion = self._demand.portions[number]
            lost = pieces * self._demand.delay_cost(portion, None)
            losses[portion.depot] = losses.get(portion.depot, 0) + lost
        for timeline in self.timelines:
            for trip, ends_s in zip(timeline.trips, timeline.drop_ends_s, strict=True):
                for drop, end_s in zip(trip.drops, ends_s, strict=True):
                    window = self._demand.window_of(end_s)
                    for load in drop:
                        lost = self._demand.cost_of(load.lines, window)
                        losses[load.depot] = losses.get(load.depot, 0) + lost
        return {depot: lost for depot, lost in losses.items() if lost > 0}

    def _away_s(self, number: int, depot: int) -> int:
        truck = self._fleet.trucks[number]
        here = truck.base if truck.start is None else truck.start.location
        return self._fleet.drive_s(truck.kind, here, depot)


def _same(trips: Sequence[PlannedTrip], others: Iterable[PlannedTrip]) -> int:
    """Return how many first trips are the same."""
    num = 0
    for trip, other in zip(trips, others, strict=False):
        if trip != other:
            break
        num += 1
    return num


_IDLE = Reference(trips=(), num_begun=0, is_called=False, is_full=False)
