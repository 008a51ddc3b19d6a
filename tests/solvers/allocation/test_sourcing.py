"""Sourcing: hand-made cases, every rule, and a plain enumeration of open sites."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from relief.errors import InvalidInput
from relief.plan.outcome import SolveLimits, Termination
from solvers.allocation.sourcing import Sourcing, SourcingProblem
from solvers.allocation.sourcing_check import violations
from solvers.allocation.sourcing_files import read_sourcing
from solvers.allocation.sourcing_search import solve_sourcing

LIMITS = SolveLimits(seconds=20)
TRANSPORT = SourcingProblem.of(
    # 30 from site 1 at 1, of the other 20 ten from site 1 at 4 would do, but site 2 has 25 at 2.
    demand_pieces=[30, 20],
    unit_cost_yuan=[[1, 4], [3, 2]],
    capacity=[40, 25],
)


def solved(problem: SourcingProblem) -> Sourcing:
    answer = solve_sourcing(problem, LIMITS)
    assert violations(problem, answer) == ()
    return answer


def test_a_transportation_case_reaches_its_optimum() -> None:
    answer = solved(TRANSPORT)
    assert answer.cost_yuan == pytest.approx(30 * 1 + 20 * 2)
    assert answer.report.termination is Termination.OPTIMAL
    assert answer.open_sites == ("1", "2")


def test_an_opening_cost_closes_a_site() -> None:
    # Both: 70 + 60. Only site 1: 30 + 80 + 50 = 160 needs 50 pieces and has 40. So with 60 each
    # both open at 190; with room for all at site 1 it serves alone: 30 + 80 + 60 = 170.
    both = solved(replace(TRANSPORT, opening_cost_yuan=np.array([60.0, 60.0])))
    assert both.cost_yuan == pytest.approx(190)
    alone = solved(
        replace(
            TRANSPORT,
            opening_cost_yuan=np.array([60.0, 60.0]),
            capacity_kg=np.array([50.0, 25.0]),
        )
    )
    assert alone.cost_yuan == pytest.approx(170)
    assert alone.open_sites == ("1",)


def test_a_call_off_is_nothing_or_at_least_its_minimum() -> None:
    # Site 2 must send 24 or nothing; nothing leaves ten unserved, so four of the 30 come from it
    # at 3 instead of 1: 26 + 4 * 3 + 20 * 2.
    answer = solved(replace(TRANSPORT, least_kg=np.array([0.0, 24.0])))
    assert answer.cost_yuan == pytest.approx(26 + 12 + 40)
    # With an unmet piece at 1 yuan it is cheaper to leave it closed: place 1 by site 1 (30), and
    # of place 2 nothing, because a piece unmet costs 1 and one sent 4: 30 + 20.
    cheap = solved(
        replace(TRANSPORT, least_kg=np.array([0.0, 24.0]), unmet_cost_yuan=np.array([[9.0], [1.0]]))
    )
    assert cheap.cost_yuan == pytest.approx(50)
    assert [entry.place_code for entry in cheap.unserved] == ["2"]


def test_too_little_is_an_answer_with_named_shortfalls() -> None:
    # 50 are needed and 35 are there; the cheapest 35: 30 at 1 by site 1 has only 20 ...
    # site 1: 20 to place 1 (1 each); site 2: 15 to place 2 (2 each); 10 + 5 stay unserved.
    answer = solved(replace(TRANSPORT, capacity_kg=np.array([20.0, 15.0])))
    assert sum(entry.missing_pieces for entry in answer.unserved) == pytest.approx(15)
    assert answer.cost_yuan == pytest.approx(20 + 30)
    nowhere = solved(replace(TRANSPORT, unit_cost_yuan=np.full((2, 2, 1), np.inf)))
    assert {entry.missing_pieces for entry in nowhere.unserved} == {30.0, 20.0}
    assert "No site may send" in str(nowhere.unserved[0].because)


def test_a_place_may_be_bound_to_one_site() -> None:
    # Split: 40 from site 1 (30 to place 1), so whole: place 1 by site 1, place 2 by site 2.
    answer = solved(
        replace(
            TRANSPORT,
            single_source=True,
            unit_cost_yuan=np.array([[[1.0], [1.5]], [[3.0], [2.0]]]),
        )
    )
    assert answer.cost_yuan == pytest.approx(30 + 40)
    split = solved(replace(TRANSPORT, unit_cost_yuan=np.array([[[1.0], [1.5]], [[3.0], [2.0]]])))
    assert split.cost_yuan == pytest.approx(30 + 15 + 20)


def test_items_share_a_site_by_weight_and_have_stocks_of_their_own() -> None:
    # One site, capacity 10 kg; tents 3 kg (2 in stock), quilts 1 kg. Wanted: 3 tents, 5 quilts.
    # Least kilograms unserved: 2 tents + 4 quilts fill 10 kg; 1 tent and 1 quilt are short.
    problem = SourcingProblem(
        site_codes=("a",),
        place_codes=("p",),
        item_codes=("tent", "quilt"),
        demand_pieces=np.array([[3.0, 5.0]]),
        unit_cost_yuan=np.ones((1, 1, 2)),
        stock_pieces=np.array([[2.0, np.inf]]),
        capacity_kg=np.array([10.0]),
        piece_kg=np.array([3.0, 1.0]),
        opening_cost_yuan=np.zeros(1),
        least_kg=np.zeros(1),
    )
    answer = solved(problem)
    kg = {"tent": 3.0, "quilt": 1.0}
    assert sum(kg[e.item_code] * e.missing_pieces for e in answer.unserved) == pytest.approx(4)


def test_at_most_so_many_sites() -> None:
    # p-median on a line at 0, 1, 5, 6 with two sites: any of each pair, two moves of one.
    at = np.array([0.0, 1.0, 5.0, 6.0])
    problem = SourcingProblem.of(
        demand_pieces=[1, 1, 1, 1], unit_cost_yuan=np.abs(at[:, None] - at[None, :]), max_open=2
    )
    answer = solved(problem)
    assert answer.cost_yuan == pytest.approx(2)
    assert len(answer.open_sites) == 2
    none = solved(replace(problem, max_open=0))
    assert len(none.unserved) == 4


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_choice_of_open_sites_is_cheaper(data: st.DataObject) -> None:
    num_sites, num_places = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    number = st.integers(0, 20)
    demand = data.draw(st.lists(number, min_size=num_places, max_size=num_places))
    cost = np.array(
        data.draw(
            st.lists(
                st.lists(number, min_size=num_places, max_size=num_places),
                min_size=num_sites,
                max_size=num_sites,
            )
        ),
        dtype=float,
    )
    per_site = st.lists(number, min_size=num_sites, max_size=num_sites)
    capacity = np.array(data.draw(per_site), dtype=float) * 2
    least = np.minimum(np.array(data.draw(per_site), dtype=float), capacity)
    problem = SourcingProblem.of(
        demand_pieces=demand,
        unit_cost_yuan=cost,
        capacity=capacity,
        opening_cost_yuan=data.draw(per_site),
        least=least,
    )
    problem = replace(problem, unmet_cost_yuan=np.full((num_places, 1), 25.0))
    answer = solved(problem)
    assert answer.cost_yuan == pytest.approx(cheapest_by_enumeration(problem), abs=1e-6)
    assert answer.bound_yuan == pytest.approx(answer.cost_yuan, abs=1e-5)


def cheapest_by_enumeration(problem: SourcingProblem) -> float:
    """Return the cost of the best choice of open sites, one linear program for each."""
    num_sites, num_places = problem.unit_cost_yuan.shape[:2]
    best = np.inf
    for is_open in itertools.product((0.0, 1.0), repeat=num_sites):
        switch = np.array(is_open)
        cost = np.concatenate([problem.unit_cost_yuan.ravel(), np.full(num_places, 25.0)])
        serve = np.hstack([np.tile(np.eye(num_places), num_sites), np.eye(num_places)])
        send = np.hstack(
            [np.kron(np.eye(num_sites), np.ones(num_places)), np.zeros((num_sites, num_places))]
        )
        found = linprog(
            cost,
            A_ub=np.vstack([send, -send]),
            b_ub=np.concatenate([problem.capacity_kg * switch, -problem.least_kg * switch]),
            A_eq=serve,
            b_eq=problem.demand_pieces[:, 0],
        )
        if found.status == 0:
            sent = send @ found.x
            fees = float(problem.opening_cost_yuan @ ((sent > 1e-9) & (switch > 0)))
            best = min(best, float(found.fun or 0.0) + fees)
    return float(best)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"cost_yuan": 71.0}, "claims a cost of 71"),
        ({"open_sites": ("1",)}, "not those that send"),
        ({"bound_yuan": 80.0}, "bound is above"),
        ({"flows": ()}, "needs 30.0"),
    ],
)
def test_a_damaged_answer_is_found_out(changes: dict[str, object], match: str) -> None:
    answer = replace(solved(TRANSPORT), **changes)  # type: ignore[arg-type]
    assert match in " ".join(str(sentence) for sentence in violations(TRANSPORT, answer))


def test_more_than_there_is_is_found_out() -> None:
    answer = solved(TRANSPORT)
    tighter = replace(TRANSPORT, capacity_kg=np.array([29.0, 25.0]))
    assert "more than 29" in str(violations(tighter, answer)[0])
    callers = replace(TRANSPORT, least_kg=np.array([0.0, 24.0]))
    assert "less than 24" in str(violations(callers, answer)[0])
    fewer = replace(TRANSPORT, max_open=1)
    assert "2 sites are open" in str(violations(fewer, answer)[0])
    barred = replace(TRANSPORT, unit_cost_yuan=np.array([[[np.inf], [4.0]], [[3.0], [2.0]]]))
    assert "Nothing may go from 1 to 1" in str(violations(barred, answer)[0])


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(
            TRANSPORT,
            demand_pieces=np.array([[-1.0], [np.nan]]),
            least_kg=np.array([41.0, 0.0]),
            site_codes=("1", "1"),
            max_open=-1,
        )
    fields = [fault.field for fault in caught.value.faults]
    assert fields == [
        "site_codes",
        "demand_pieces[0, 0]",
        "demand_pieces[1, 0]",
        "max_open",
        "least_kg[0]",
    ]


def test_no_time_is_said() -> None:
    with pytest.raises(ValueError, match="no time"):
        solve_sourcing(TRANSPORT, SolveLimits(seconds=0))


LOCATION_FILE = """2 2
 40 0.
 capacity 60.
 30
 30 90
 20
 80 40
"""


def test_the_public_format_is_read(tmp_path: Path) -> None:
    path = tmp_path / "location.txt"
    path.write_text(LOCATION_FILE, encoding="utf-8")
    answer = solved(read_sourcing(path, capacity=25.0))
    assert answer.cost_yuan == pytest.approx(30 + 40 + 60)


@pytest.mark.parametrize(
    ("text", "capacity", "where"),
    [
        (LOCATION_FILE, None, "location.txt:3"),
        (LOCATION_FILE[:-4], 25.0, "location.txt:7"),
        (LOCATION_FILE + "7", 25.0, "location.txt:8"),
        (LOCATION_FILE.replace("80", "8o"), 25.0, "location.txt:7"),
        ("0 0", None, "location.txt:1"),
    ],
)
def test_a_broken_file_is_refused_by_its_line(
    tmp_path: Path, text: str, capacity: float | None, where: str
) -> None:
    path = tmp_path / "location.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_sourcing(path, capacity=capacity)
    assert caught.value.faults[0].where == where


def test_json_is_read(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    content = {"demand_pieces": [30, 20], "unit_cost_yuan": [[1, 4], [3, 2]], "capacity": [40, 25]}
    path.write_text(json.dumps(content), encoding="utf-8")
    assert solved(read_sourcing(path)).cost_yuan == pytest.approx(70)
    path.write_text(json.dumps({"demand": [1], "unit_cost_yuan": [[1]]}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="Unknown key"):
        read_sourcing(path)
    path.write_text(json.dumps({**content, "capacity": [40, "x"]}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="numbers of one shape"):
        read_sourcing(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match="JSON"):
        read_sourcing(path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_sourcing(tmp_path / "none.json")
