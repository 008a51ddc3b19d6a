"""Check routes of an array problem and add up their cost, apart from every search.

Plain loops over the answer; nothing here is shared with the programs that find answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from relief.sentences import Sentence, say
from solvers.routing.limits import NO_ROAD
from solvers.routing.problem import Answer, RoutingProblem, VehicleRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCheck:
    """What a check found.

    Parameters
    ----------
    cost
        In the units of the problem; what optional stops left out would have won is added.
    violations
        Every rule that the answer breaks.
    unserved
        Required stops that are not served in full.
    """

    cost: int
    violations: tuple[Sentence, ...]
    unserved: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether every rule is kept."""
        return not self.violations


def check_answer(problem: RoutingProblem, answer: Answer) -> AnswerCheck:
    """Recompute the cost of an answer and every rule of its problem.

    Sentences number stops as solution files do: by their location.

    Parameters
    ----------
    problem
        The problem.
    answer
        Routes of vehicle types and stops that the problem has.
    """
    violations: list[Sentence] = []
    cost = 0
    used = [0] * len(problem.vehicle_types)
    for number, route in enumerate(answer, start=1):
        cost += _check_route(problem, route, number, violations)
        used[route.vehicle_type] += 1
    for number, (count, one) in enumerate(zip(used, problem.vehicle_types, strict=True)):
        if count > one.num_available:
            violations.append(
                say(
                    "{used} vehicles of type {type} drive, {available} are available.",
                    used=count,
                    type=number,
                    available=one.num_available,
                )
            )
    unserved = []
    for stop, sentence in _service_faults(problem, answer):
        violations.append(sentence)
        unserved.append(stop)
    violations.extend(_precedence_faults(problem, answer))
    visited = {stop for route in answer for trip in route.trips for stop in trip}
    cost += sum(
        int(problem.stops.prize[stop])
        for stop in range(problem.num_stops)
        if not problem.stops.required[stop] and stop not in visited
    )
    return AnswerCheck(cost=cost, violations=tuple(violations), unserved=tuple(unserved))


def _service_faults(problem: RoutingProblem, answer: Answer) -> Iterator[tuple[int, Sentence]]:
    first = problem.num_depots
    visits = [0] * problem.num_stops
    brought = [0] * problem.num_stops
    for route in answer:
        for number, trip in enumerate(route.trips):
            for place, stop in enumerate(trip):
                visits[stop] += 1
                if route.amounts is not None:
                    brought[stop] += route.amounts[number][place]
    for stop in range(problem.num_stops):
        if problem.split:
            wanted = int(problem.stops.delivery[stop, 0])
            if brought[stop] != wanted:
                yield (
                    stop,
                    say(
                        "Stop {stop} gets {found} of {wanted}.",
                        stop=first + stop,
                        found=brought[stop],
                        wanted=wanted,
                    ),
                )
        elif visits[stop] > 1:
            yield (
                stop,
                say("Stop {stop} is served {times} times.", stop=first + stop, times=visits[stop]),
            )
        elif not visits[stop] and problem.stops.required[stop]:
            yield stop, say("Stop {stop} is not served.", stop=first + stop)


def _precedence_faults(problem: RoutingProblem, answer: Answer) -> Iterator[Sentence]:
    for first, second in problem.precedence:
        for route in answer:
            order = [stop for trip in route.trips for stop in trip]
            if (first in order) != (second in order):
                yield say(
                    "Stops {first} and {second} are not on one vehicle.",
                    first=problem.num_depots + first,
                    second=problem.num_depots + second,
                )
                break
            if first in order and order.index(first) > order.index(second):
                yield say(
                    "Stop {first} comes after {second}.",
                    first=problem.num_depots + first,
                    second=problem.num_depots + second,
                )


def _check_route(
    problem: RoutingProblem, route: VehicleRoute, number: int, violations: list[Sentence]
) -> int:
    """Add what a route breaks to `violations`, and return its cost."""
    one = problem.vehicle_types[route.vehicle_type]
    if not any(route.trips):
        return 0

    def broken(sentence: Sentence) -> None:
        violations.append(sentence)

    if len(route.reloads) != len(route.trips) - 1 or len(route.reloads) > one.max_reloads:
        broken(
            say(
                "Route {route} loads again {times} times, which its vehicle cannot.",
                route=number,
                times=len(route.trips) - 1,
            )
        )
        return 0
    if not set(route.reloads) <= set(one.reload_depots):
        broken(say("Route {route} loads again at a depot where it may not.", route=number))
    for stop in {stop for trip in route.trips for stop in trip}:
        if not problem.allowed[route.vehicle_type, stop]:
            broken(
                say(
                    "Route {route} may not serve stop {stop}.",
                    route=number,
                    stop=problem.num_depots + stop,
                )
            )
    _check_loads(problem, route, number, violations)
    distance, duration, late = _drive(problem, route)
    if distance >= NO_ROAD:
        broken(say("Route {route} takes a road that is not there.", route=number))
    for stop in late:
        if stop >= 0:
            broken(
                say(
                    "Route {route} comes too late to stop {stop}.",
                    route=number,
                    stop=problem.num_depots + stop,
                )
            )
        else:
            broken(say("Route {route} comes too late to a depot.", route=number))
    if distance > one.max_distance:
        broken(
            say(
                "Route {route} is {found} long; its vehicle may drive {limit}.",
                route=number,
                found=distance,
                limit=one.max_distance,
            )
        )
    if not late and duration > one.max_duration:
        broken(
            say(
                "Route {route} takes {found}; its vehicle may take {limit}.",
                route=number,
                found=duration,
                limit=one.max_duration,
            )
        )
    return one.fixed_cost + one.unit_distance_cost * distance + one.unit_duration_cost * duration


def _check_loads(
    problem: RoutingProblem, route: VehicleRoute, number: int, violations: list[Sentence]
) -> None:
    """Follow what is on board: deliveries are loaded at the depot, pickups stay on to its end."""
    one = problem.vehicle_types[route.vehicle_type]
    for index, trip in enumerate(route.trips):
        for load, limit in enumerate(one.capacity):
            delivered = [
                int(problem.stops.delivery[stop, load])
                if route.amounts is None
                else route.amounts[index][place]
                for place, stop in enumerate(trip)
            ]
            on_board = most = sum(delivered) + (
                one.initial_load[load] if one.initial_load and index == 0 else 0
            )
            for amount, stop in zip(delivered, trip, strict=True):
                on_board += int(problem.stops.pickup[stop, load]) - amount
                most = max(most, on_board)
                if amount <= 0 and problem.split:
                    violations.append(
                        say(
                            "Route {route} brings nothing to stop {stop}.",
                            route=number,
                            stop=problem.num_depots + stop,
                        )
                    )
            if most > limit:
                violations.append(
                    say(
                        "Route {route} carries {found} on trip {trip}; its vehicle holds {limit}.",
                        route=number,
                        found=most,
                        trip=index + 1,
                        limit=limit,
                    )
                )


def _drive(problem: RoutingProblem, route: VehicleRoute) -> tuple[int, int, list[int]]:
    """Return distance, least duration, and the stops reached too late (-1 for a depot)."""
    one = problem.vehicle_types[route.vehicle_type]
    stops = problem.stops
    # Each call: location (None for an open end), service, earliest and latest start, stop or -1.
    calls: list[tuple[int | None, int, int, int, int]] = []

    def depot_call(depot: int | None, trip: tuple[int, ...]) -> None:
        opens, closes = one.opens, one.closes
        if depot is not None:
            opens = max(opens, int(problem.depot_opens[depot]))
            closes = min(closes, int(problem.depot_closes[depot]))
        released = max((int(stops.release[stop]) for stop in trip), default=0)
        calls.append((depot, 0, max(opens, released), closes, -1))

    places = (one.start_depot, *route.reloads)
    for depot, trip in zip(places, route.trips, strict=True):
        depot_call(depot, trip)
        calls.extend(
            (
                problem.num_depots + stop,
                int(stops.service[stop]),
                int(stops.opens[stop]),
                int(stops.closes[stop]),
                stop,
            )
            for stop in trip
        )
    depot_call(one.end_depot, ())
    distances, durations = problem.distances[one.profile], problem.durations[one.profile]
    distance = 0
    late = []
    ways = []
    now = calls[0][2]
    if now > calls[0][3]:
        late.append(-1)
    for before, here in pairwise(calls):
        open_end = before[0] is None or here[0] is None
        distance += 0 if open_end else int(distances[before[0], here[0]])
        ways.append(before[1] + (0 if open_end else int(durations[before[0], here[0]])))
        now = max(now + ways[-1], here[2])
        if now > here[3]:
            late.append(here[4])
            # Go on as if in time, so that one delay is told once.
            now = here[3]
    latest = now
    for (_, _, _, closes, _), way in zip(reversed(calls[:-1]), reversed(ways), strict=True):
        latest = min(closes, latest - way)
    return distance, now - latest, late
