"""The first answer to a what-if, from the allocation alone."""

import time
from dataclasses import replace

import pytest

from relief.errors import SolverFailed
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from scenarios.at_once import ItemChange, at_once
from scenarios.overlay import AddStock, Change, LoseDepot, ScaleNeeds, overlay
from solvers.allocation.first_stage import carried_over, first_stage
from solvers.stop import Deadline
from tests.scenarios.test_cures import P1, A, short_of_stock, short_of_trucks
from tests.situations import two_depots_three_places
from tests.solvers.allocation.small_cases import small_situation


def soon() -> Deadline:
    return Deadline.starting_now(SolveLimits(seconds=60), time.monotonic)


def told(base: Situation, *changes: Change) -> list[str]:
    return [str(one) for one in at_once(base, overlay(base, changes), soon()).findings]


def test_more_need_is_more_deprivation_for_want_of_stock() -> None:
    # 100 tents more never come: 100 x 10 x 132 h.
    base = short_of_stock()
    change = ScaleNeeds(place_code=P1, factor=2)
    found = at_once(base, overlay(base, [change]), soon())
    assert found.after_milli_person_h - found.before_milli_person_h == 132_000_000
    assert found.items == (ItemChange(item_code="tent", before_pieces=40, after_pieces=140),)
    assert told(base, change) == [
        "By the allocation, 132,000 more weighted person-hours of deprivation.",
        "tent tent: 100 more pieces are missing; stock binds.",
    ]


def test_more_stock_is_less_deprivation() -> None:
    change = AddStock(depot_code=A, item_code="tent", pieces=10)
    assert told(short_of_stock(), change) == [
        "By the allocation, 13,200 fewer weighted person-hours of deprivation.",
        "tent tent: 10 fewer pieces are missing.",
    ]


def test_trucks_bind_where_they_are_what_lacks() -> None:
    findings = told(short_of_trucks(), ScaleNeeds(place_code="", factor=2))
    assert findings[-1].endswith("truck-hours bind.")


def test_nothing_changed_is_nothing_told() -> None:
    base = two_depots_three_places()
    assert told(base, ScaleNeeds(place_code="", factor=1)) == [
        "By the allocation, the same deprivation as before."
    ]


def test_a_lost_depot_cuts_places_off() -> None:
    base = short_of_stock()
    second = replace(base.depots[0], code="420112-01")
    base = replace(
        base,
        depots=(*base.depots, second),
        travel=replace(two_depots_three_places().travel),
    )
    findings = told(base, LoseDepot(depot_code=A))
    assert "1 places lose every road to every depot" in findings[1]
    assert findings[-1].endswith("no way leads there in time.")


@pytest.mark.parametrize("seed", range(12))
def test_a_start_from_another_situation_leads_to_the_same_optimum(seed: int) -> None:
    base = small_situation(seed, num_places=4, num_depots=3)
    if not base.lots or not base.needs:
        base = two_depots_three_places()
    start = first_stage(base, soon())
    for change in (
        LoseDepot(depot_code=base.depots[0].code),
        ScaleNeeds(place_code="", factor=1.5),
        AddStock(depot_code=base.depots[-1].code, item_code=base.needs[0].item_code, pieces=40),
    ):
        changed = overlay(base, [change])
        cold, warm = first_stage(changed, soon()), first_stage(changed, soon(), start)
        assert warm.reached_milli_h == pytest.approx(cold.reached_milli_h, rel=1e-6, abs=10)
        kept = carried_over(start, warm.model)
        assert len(kept) <= len(start.generated.answer.columns)


def test_without_time_there_is_no_first_answer() -> None:
    over = Deadline.starting_now(SolveLimits(seconds=1), iter([0.0, *([99.0] * 999)]).__next__)
    base = two_depots_three_places()
    with pytest.raises(SolverFailed):
        at_once(base, base, over)
