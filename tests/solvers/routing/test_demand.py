from relief.items import Priority
from solvers.routing.demand import Demand
from tests.situations import depot, item, lot, need, place, pool, situation
from tests.solvers.routing.cases import allocation, consignment


def test_consignments_fill_the_needs_in_order_of_due_time() -> None:
    # 30 pieces due at 12 h for two people each, 20 due at 24 h. Forty come in window 0, five in
    # window 1: 30 fill the first need, 10 + 5 the second; 5 pieces of it are never sent.
    case = situation(
        items=[item("tent")],
        places=[place("420001")],
        needs=[
            need("420001", "tent", 30, due_h=12, milli_people_per_piece=2000),
            need("420001", "tent", 20, due_h=24, priority=Priority.ESSENTIAL),
        ],
        depots=[depot("420001-01")],
        lots=[lot("L", "420001-01", "tent", 100)],
        pools=[pool("420001-01", 1)],
        hours_between={},
    )
    demand = Demand(
        case,
        allocation(
            consignment("L", "tent", "420001", 40, window=0),
            consignment("L", "tent", "420001", 5, window=1),
        ),
    )
    assert [(p.consignment, p.pieces, p.due_window, p.rate) for p in demand.portions] == [
        (0, 30, 0, 20_000),
        (0, 10, 1, 3_000),
        (1, 5, 1, 3_000),
    ]
    # In window 0 and 1 a piece of the second need is in time; window 2 ends 24 h late.
    second = demand.portions[1]
    assert [demand.delay_cost(second, w) for w in range(4)] == [0, 0, 72_000, 144_000]
    # Never: 48 h from 24 h to the horizon and 72 h more, 120 h in all.
    assert demand.delay_cost(second, None) == 3_000 * 120


def test_what_fits_is_whole_packs_bounded_by_the_tighter_of_mass_and_volume() -> None:
    case = situation(
        items=[item("quilt", mass_kg=3, volume_dm3=20)],
        places=[place("420001")],
        needs=[need("420001", "quilt", 1000)],
        depots=[depot("420001-01")],
        lots=[lot("L", "420001-01", "quilt", 1000)],
        pools=[pool("420001-01", 1)],
        hours_between={},
    )
    demand = Demand(case, allocation(consignment("L", "quilt", "420001", 1000)))
    # 1 t takes 333 by mass, 5 m3 take 250 by volume: volume binds.
    assert demand.fitting(((0, 1000),), 1_000_000, 5_000_000, is_cooled=False) == ((0, 250),)
    assert demand.fitting(((0, 1000),), 600_000, 5_000_000, is_cooled=False) == ((0, 200),)
    assert demand.fitting(((0, 1000),), 2_999, 5_000_000, is_cooled=False) == ()


def test_windows_hold_their_end() -> None:
    case = situation(
        items=[item("tent")],
        places=[place("420001")],
        needs=[],
        depots=[depot("420001-01")],
        lots=[],
        pools=[],
        hours_between={},
    )
    demand = Demand(case, allocation())
    assert demand.window_of(43_200) == 0
    assert demand.window_of(43_201) == 1
    assert demand.window_of(72 * 3_600 + 1) is None
