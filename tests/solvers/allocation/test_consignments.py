import numpy as np

from relief.plan.situation import Situation
from solvers.allocation.case import AllocationCase, case_of
from solvers.allocation.columns import Columns
from solvers.allocation.consignments import consigned, topped_up, whole_sendings
from tests.situations import depot, item, lot, need, place, pool, situation


def three_places(wanted: tuple[int, int, int], stock: int) -> Situation:
    codes = ["420001", "420002", "420003"]
    hours = {("420009-01", code): 1.0 for code in codes}
    return situation(
        items=[item("tent")],
        places=[place(code) for code in codes],
        needs=[need(code, "tent", n) for code, n in zip(codes, wanted, strict=True)],
        depots=[depot("420009-01")],
        lots=[lot("L", "420009-01", "tent", stock)],
        pools=[pool("420009-01", 1)],
        hours_between=hours | {(code, "420009-01"): 1.0 for code in codes},
    )


def direct(case: AllocationCase) -> Columns:
    """A column from the only stock to each demand in the first window."""
    num = case.num_demands
    zeros = np.zeros(num, dtype=np.int64)
    return Columns(stock=zeros, demand=np.arange(num), window=zeros, service=zeros)


def sent(case: AllocationCase, flows: list[float]) -> list[int]:
    arrive_s = np.full((1, 3), 3600.0)
    sendings = whole_sendings(case, direct(case), np.array(flows), arrive_s)
    return [sendings.get((0, p, 0), 0) for p in range(3)]


def test_a_stock_that_is_shared_out_is_shared_out_whole() -> None:
    case = case_of(three_places((10, 10, 10), 10))
    # 3.33 each: three each, and the odd piece to the first of equals.
    assert sent(case, [10 / 3, 10 / 3, 10 / 3]) == [4, 3, 3]


def test_the_odd_piece_goes_where_it_is_missed_most() -> None:
    case = case_of(three_places((1000, 1000, 4), 201))
    # Half a piece is an eighth of what place 3 needs, and next to nothing for the others.
    assert sent(case, [99.75, 99.75, 1.5]) == [100, 99, 2]


def test_nobody_gets_more_than_is_needed() -> None:
    case = case_of(three_places((3, 3, 3), 100))
    # Noise of the floating point above the need.
    assert sent(case, [3.0000004, 2.9999996, 3.0]) == [3, 3, 3]


def test_what_is_left_of_stock_goes_to_what_is_left_of_need() -> None:
    case = case_of(three_places((5, 5, 5), 12))
    more = topped_up(case, {(0, 0, 0): 5, (0, 1, 0): 2}, np.full((1, 3), 3600.0))
    assert more == {(0, 0, 0): 5, (0, 1, 0): 5, (0, 2, 0): 2}


def test_what_cannot_arrive_is_not_sent() -> None:
    case = case_of(three_places((5, 5, 5), 15))
    arrive_s = np.array([[3600.0, 80 * 3600.0, np.inf]])
    assert topped_up(case, {}, arrive_s) == {(0, 0, 0): 5}


def test_a_later_arrival_is_put_in_its_window() -> None:
    case = case_of(three_places((5, 5, 5), 15))
    arrive_s = np.array([[3600.0, 13 * 3600.0, 72 * 3600.0]])
    assert topped_up(case, {}, arrive_s) == {(0, 0, 0): 5, (0, 1, 1): 5, (0, 2, 3): 5}


def test_one_consignment_for_each_lot_place_and_window() -> None:
    case = case_of(three_places((5, 5, 5), 15))
    lines = consigned(case, {(0, 0, 0): 2, (0, 0, 1): 3, (0, 2, 0): 5})
    assert [(one.place_code, one.window, one.pieces) for one in lines] == [
        ("420001", 0, 2),
        ("420003", 0, 5),
        ("420001", 1, 3),
    ]
