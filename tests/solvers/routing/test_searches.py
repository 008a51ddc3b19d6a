"""The search engines on one depot, and the processes that they run in."""

import pytest

from solvers.routing.part_loads import (
    Chance,
    PartLoadProblem,
    SearchLimits,
    TruckGroup,
    TruckTrips,
    Visit,
)
from solvers.routing.search_crew import SearchCrew
from solvers.routing.search_worker import Search, engine

ENGINES = ("pyvrp", "ortools")
LIMITS = SearchLimits(seconds=20.0, max_iterations=200, seed=1)


def visit(location: int, mass_kg: int, *chances: tuple[int, int]) -> Visit:
    return Visit(
        location=location,
        mass_kg=mass_kg,
        volume_dm3=1,
        chances=tuple(Chance(deadline_s=deadline_s, prize=prize) for deadline_s, prize in chances),
    )


def line_of_two(
    *visits: Visit,
    num_trucks: int = 1,
    start: tuple[TruckTrips, ...] = (),
) -> PartLoadProblem:
    """Return a depot, place 1 an hour away and place 2 an hour further; 10 min to load or unload.

    Trucks take 100 kg.
    """
    matrix = ((0, 4800, 8400), (3600, 0, 4200), (7200, 4200, 0))
    drives = ((0, 3600, 7200, 0), (3600, 0, 3600, 3600), (7200, 3600, 0, 7200))
    return PartLoadProblem(
        durations_s=(matrix,),
        drives_s=(drives,),
        visits=visits,
        groups=(
            TruckGroup(
                profile=0,
                num_trucks=num_trucks,
                payload_kg=100,
                volume_dm3=100,
                ready_s=0,
                drive_budget_s=10**6,
                price=1,
            ),
        ),
        horizon_s=100_000,
        start=start,
    )


@pytest.fixture(params=ENGINES)
def search(request: pytest.FixtureRequest) -> Search:
    return engine(str(request.param))


def test_two_places_on_one_line_share_a_trip(search: Search) -> None:
    problem = line_of_two(visit(1, 50, (90_000, 10**6)), visit(2, 50, (90_000, 10**6)))
    (only,) = search(problem, LIMITS)
    # Out and home again is four hours in either order; two trips would be six.
    assert len(only.trips) == 1
    assert sorted(only.trips[0]) == [0, 1]


def test_what_is_too_heavy_together_takes_two_trips(search: Search) -> None:
    problem = line_of_two(visit(1, 60, (90_000, 10**6)), visit(2, 60, (90_000, 10**6)))
    (only,) = search(problem, LIMITS)
    assert sorted(only.trips) == [(0,), (1,)]


def test_a_deadline_decides_who_goes_first(search: Search) -> None:
    # Place 2 at 8400 s is in time only when it is first.
    problem = line_of_two(visit(1, 50, (90_000, 10**6)), visit(2, 50, (8_400, 10**6)))
    (only,) = search(problem, LIMITS)
    assert only.trips == ((1, 0),)


def test_the_dearer_visit_is_kept_where_one_must_go(search: Search) -> None:
    # Each is in time only as the first stop of the only truck.
    problem = line_of_two(visit(1, 50, (4_800, 10**6)), visit(2, 50, (8_400, 5 * 10**6)))
    (only,) = search(problem, LIMITS)
    assert only.trips == ((1,),)


def test_late_is_better_than_never(search: Search) -> None:
    problem = line_of_two(
        visit(1, 60, (4_800, 10**6), (90_000, 6 * 10**5)),
        visit(2, 60, (8_400, 5 * 10**6), (90_000, 3 * 10**6)),
    )
    (only,) = search(problem, LIMITS)
    assert only.trips == ((1,), (0,))


def test_a_known_answer_is_where_the_search_begins(search: Search) -> None:
    problem = line_of_two(
        visit(1, 60, (90_000, 10**6)),
        visit(2, 60, (90_000, 10**6)),
        start=(TruckTrips(group=0, trips=((0,), (1,))),),
    )
    (only,) = search(problem, SearchLimits(seconds=20.0, max_iterations=1, seed=1))
    assert sorted(only.trips) == [(0,), (1,)]


def test_nothing_to_do_is_no_answer_and_no_error(search: Search) -> None:
    assert search(line_of_two(), LIMITS) == ()


def test_there_is_no_third_engine() -> None:
    with pytest.raises(ValueError, match="No routing engine 'vroom'"):
        engine("vroom")


def test_a_problem_survives_the_way_through_json() -> None:
    problem = line_of_two(
        visit(1, 60, (90_000, 10), (95_000, 5)),
        start=(TruckTrips(group=0, trips=((0,),)),),
    )
    assert PartLoadProblem.from_json(problem.as_json()) == problem


def test_a_search_that_runs_past_its_time_is_killed_and_the_next_one_answered() -> None:
    problem = line_of_two(visit(1, 50, (90_000, 10**6)), visit(2, 50, (90_000, 10**6)))
    endless = SearchLimits(seconds=600.0, max_iterations=None, seed=1)
    shares: list[float] = []
    with SearchCrew("pyvrp") as crew:
        answers = crew.search(
            [(problem, endless, 0.3), (problem, LIMITS, 60.0), (problem, LIMITS, 60.0)],
            shares.append,
        )
    assert answers[0] is None
    assert shares[-1] == pytest.approx(2 / 3)
    assert answers[1] == answers[2]
    assert answers[1] is not None
    assert sorted(answers[1][0].trips[0]) == [0, 1]
