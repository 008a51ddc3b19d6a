"""Couplings: their parts agree, and a new one plugs in."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from solvers.allocation import couplings
from solvers.allocation.case import AllocationCase, Floats, Use, case_of
from solvers.allocation.columns import Columns, first_columns
from solvers.allocation.coupling import Charge, Charges, Coupling, Touched, hard
from solvers.allocation.couplings import StockLimits, TruckHours, model_of
from solvers.allocation.generation import Generated, least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.trucks import TruckTerms, planned_trucks, relaxed_trucks
from solvers.stop import Deadline
from tests.situations import two_depots_three_places
from tests.solvers.allocation.coupling_checks import assert_consistent
from tests.solvers.allocation.small_cases import small_situation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalmDepot:
    """The example of the module: so many pieces from a depot until the end of each window."""

    case: AllocationCase
    depot: int
    limits: Floats
    breach_milli_h: Floats
    name: str = "calm depot"
    on_whole_pieces: bool = True

    def allows(self, columns: Columns) -> NDArray[np.bool_]:
        return np.ones(len(columns), dtype=bool)

    def touched(self, columns: Columns) -> Touched:
        mine = self.case.stock_depot[columns.stock] == self.depot
        later = np.arange(len(self.limits))[:, None] >= columns.window
        row, column = np.nonzero(later & mine)
        return Touched(row=row, column=column, amount=np.ones(len(row)))

    def at(self, prices: Floats) -> Charges:
        until = np.cumsum(prices[::-1])[::-1]
        way = np.zeros((len(self.case.depot_codes), 1, 1, len(until)))
        way[self.depot] = until

        def of_use(use: Use) -> Charge:
            del use
            return Charge(way=way)

        return of_use


def solved(case: AllocationCase, terms: TruckTerms) -> Generated:
    master = RestrictedMaster(model_of(case, terms), first_columns(case, terms))
    return least_deprivation(master, Deadline.starting_now(SolveLimits(seconds=60)), enough_gap=0.0)


def with_coupling(monkeypatch: pytest.MonkeyPatch, made: Coupling) -> None:
    monkeypatch.setattr(couplings, "MAKERS", (*couplings.MAKERS, lambda *_: made))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make_terms", [relaxed_trucks, planned_trucks])
def test_master_pricing_and_bound_say_the_same(
    seed: int, make_terms: Callable[[AllocationCase], TruckTerms]
) -> None:
    case = case_of(small_situation(seed))
    terms = make_terms(case)
    limits = np.array([10.0, 20.0, 30.0, 40.0])
    calm = CalmDepot(case=case, depot=0, limits=limits, breach_milli_h=hard(limits))
    made = (StockLimits.of(case, terms), TruckHours.of(case, terms), calm)
    for coupling in made:
        assert_consistent(coupling, case, terms)


def test_a_coupling_that_is_plugged_in_binds(monkeypatch: pytest.MonkeyPatch) -> None:
    # Depot A may hand out 10 tents by 12 h and 25 altogether; of the 90 in reach depot B's 100
    # serve the others, within 12 h as well.
    case = case_of(two_depots_three_places())
    terms = relaxed_trucks(case)
    limits = np.array([10.0, 25.0, 25.0, 25.0])
    depot = case.depot_codes.index("420001-01")
    calm = CalmDepot(case=case, depot=depot, limits=limits, breach_milli_h=hard(limits))
    with_coupling(monkeypatch, calm)
    found = solved(case, terms)
    flow, columns = found.answer.flow_pieces, found.answer.columns
    of_depot = case.stock_depot[columns.stock] == depot
    assert flow[of_depot & (columns.window == 0)].sum() <= 10 + 1e-6
    assert found.bound == 39_600_000


def scarce() -> Situation:
    """Only depot A has tents: 60 for the 90 people in reach."""
    whole = two_depots_three_places()
    return replace(whole, lots=whole.lots[:1])


def test_a_limit_that_may_be_broken_is_broken_where_that_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # 40 tents by any time; a tent more saves 132 h x 10 for 3,000 milli-people and costs 500,003,
    # so the other 20 tents go. 40 of 100 needs remain unmet, 10 of them without a road.
    case = case_of(scarce())
    limits = np.array([40.0, 40.0, 40.0, 40.0])
    price = np.array([0.0, 0.0, 0.0, 500_000.0])
    breach = np.where(price > 0, price, np.inf)
    breach[:3] = 1.0
    calm = CalmDepot(case=case, depot=0, limits=limits, breach_milli_h=breach)
    with_coupling(monkeypatch, calm)
    found = solved(case, relaxed_trucks(case))
    # Each of the 20 breaks the first three rows for 1 and the last for 500,000.
    assert found.answer.deprivation_milli_h == pytest.approx(40 * 3_960_000 + 20 * 500_003)
    assert found.bound == pytest.approx(40 * 3_960_000 + 20 * 500_003, abs=2)
    assert found.answer.breached[-1] == pytest.approx([20.0, 20.0, 20.0, 20.0])


def test_a_lower_limit_is_a_row_of_negative_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    # At least 30 of depot B's tents are asked for, though A's 60 and B's 30 serve the same.
    case = case_of(two_depots_three_places())

    @dataclass(frozen=True, slots=True, kw_only=True, eq=False)
    class AtLeast(CalmDepot):
        def touched(self, columns: Columns) -> Touched:
            found = CalmDepot.touched(self, columns)
            return replace(found, amount=-found.amount)

        def at(self, prices: Floats) -> Charges:
            charge_of = CalmDepot.at(self, prices)
            return lambda use: Charge(way=-charge_of(use).way)

    depot = case.depot_codes.index("420112-01")
    wanted = AtLeast(
        case=case,
        depot=depot,
        limits=np.array([0.0, 0.0, 0.0, -70.0]),
        breach_milli_h=np.full(4, 9e6),
    )
    assert_consistent(wanted, case, relaxed_trucks(case))
    with_coupling(monkeypatch, wanted)
    found = solved(case, relaxed_trucks(case))
    flow, columns = found.answer.flow_pieces, found.answer.columns
    assert flow[case.stock_depot[columns.stock] == depot].sum() >= 70 - 1e-6
    assert found.bound == 39_600_000


def test_goods_may_stand_in_for_others() -> None:
    # 60 tents for 90 in reach, and 100 tarpaulins, three for a tent, worth half: whoever gets
    # them goes on being charged for half of what is left of 144 h after 12 h, 66 h.
    whole = two_depots_three_places()
    tarpaulin = replace(whole.catalogue.items[0], code="tarpaulin")
    situation = replace(
        whole,
        catalogue=replace(whole.catalogue, items=(*whole.catalogue.items, tarpaulin)),
        needs=(
            *whole.needs,
            # One tarpaulin is needed itself, where no road leads: it is in the case.
            replace(whole.needs[-1], item_code="tarpaulin", pieces=1),
        ),
        lots=(
            whole.lots[0],
            replace(whole.lots[1], code="B-tarpaulin", item_code="tarpaulin", pieces=60),
        ),
    )
    plain = case_of(situation)
    tent, other = plain.item_codes.index("tent"), plain.item_codes.index("tarpaulin")
    waived_h = np.array([66.0, 60.0, 48.0, 36.0])
    stand_in = Use(item=other, wanted=tent, met_pieces=1 / 3, waived_h=waived_h)
    case = replace(plain, uses=(*plain.uses, stand_in))
    found = solved(case, relaxed_trucks(case))
    # 60 tents, 20 served by 60 tarpaulins, 10 of 90 without; 10 and 1 have no road.
    expected = (10 + 10 + 1) * 3_960_000 + 20 * 1_980_000
    assert found.answer.deprivation_milli_h == pytest.approx(expected)
    assert found.bound == pytest.approx(expected, abs=2)
