"""Instances as Cordeau writes them, by hand."""

import pytest

from relief.errors import InvalidInput
from solvers.routing.limits import NO_LIMIT
from tests.solvers.routing.test_problem_files import read

CORDEAU = """6 2 3 2
500 10
0 10
1 3 4 2 6 1 2 1 2 0 400
2 0 1.5 2 4 1 2 1 2 10 400
3 -3 4 2 5 1 2 1 2 0 400
4 0 0 0 0 0 0 0 1000
5 3 0 0 0 0 0 0 1000
"""


def test_several_depots_as_cordeau_writes_them() -> None:
    instance = read(CORDEAU)
    problem = instance.problem
    assert (instance.kind, instance.rounding, problem.num_depots) == ("MDVRPTW", "exact", 2)
    # The depots stand last in the file and first with us: 5 to the first stop, 4 from the second.
    assert problem.distances[0, 0, 2] == 5000
    assert problem.distances[0, 1, 2] == 4000
    assert [one.max_duration for one in problem.vehicle_types] == [500_000, NO_LIMIT]
    assert [one.num_available for one in problem.vehicle_types] == [2, 2]
    assert problem.stops.opens.tolist() == [0, 10_000, 0]
    assert problem.depot_closes.tolist() == [1_000_000, 1_000_000]
    assert instance.vehicles == (0, 0, 1, 1)


def test_site_dependence_as_cordeau_writes_it() -> None:
    text = """3 2 2 2
0 10
0 8
0 0 0 0 0 0 0
1 3 4 0 6 1 1 1
2 -3 4 0 5 1 2 1 2
"""
    problem = read(text).problem
    # Two types: the first is the left of two bits. The first stop takes the second type only.
    assert problem.allowed.tolist() == [[False, True], [True, True]]
    assert [one.capacity for one in problem.vehicle_types] == [(10,), (8,)]
    assert problem.stops.closes.tolist() == [NO_LIMIT, NO_LIMIT]


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("6 2 3 2", "1 2 3 2", ":1", "Allowed are the kinds"),
        ("5 3 0 0 0 0 0 0 1000\n", "", ":7", "wants 8 rows; the file holds 7"),
        ("500 10", "500", ":2", "longest duration and a load"),
        ("2 0 1.5 2 4 1 2 1 2 10 400", "2 0 1.5 2 4 1 2 1", ":5", "too few numbers"),
        ("2 0 1.5", "2 0 x", ":5", "finite number"),
        ("\n0 10\n", "\n0 -10\n", ":3", "0 for none"),
        ("2 1 2 10 400", "2 1 2 500 400", ":5", "closes before it opens"),
        ("0 1.5 2 4", "0 1.5 2 14", ":5", "above every vehicle's capacity"),
    ],
)
def test_broken_rows_of_cordeau_are_refused(old: str, new: str, where: str, what: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(CORDEAU.replace(old, new, 1))
    assert where in caught.value.faults[0].where
    assert what in str(caught.value)
