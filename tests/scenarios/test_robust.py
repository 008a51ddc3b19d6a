"""Planning for many worlds, on a case small enough for paper, and on a real event."""

import json
from dataclasses import replace

import numpy as np
import pytest

from api.planning import PlanRequest
from api.robust_run import RobustRequest, needs_for, study_doubt, study_worlds
from relief.damage.assessment import Basis as FigureBasis
from relief.damage.assessment import Figure, assess
from relief.damage.indicators import NAMES
from relief.damage.needs import Estimate, Factor, Need
from relief.damage.reports import Indicator
from relief.damage.worlds import Worlds
from relief.errors import InvalidInput
from relief.plan.outcome import SolveLimits
from relief.plan.situation import Situation
from scenarios.doubt import largest_counts, regret, two_worlds
from scenarios.robust import Basis, robust_study
from solvers.allocation.two_stage import Tail
from tests.relief.damage.reported import hour, report
from tests.situations import depot, item, lot, need, place, pool, situation

AFFECTED = Indicator.AFFECTED
LIMITS = SolveLimits(seconds=60)


def counted(place_code: str, count: int) -> Need:
    """Return a need of a piece for each person affected, due after a day."""
    return replace(
        need(place_code, "tent", count, due_h=24),
        chain=(Factor(name=NAMES[AFFECTED].en, value=float(count), unit="people", source="test"),),
    )


def two_towns() -> Situation:
    """One depot with 100 tents an hour from two towns that may need up to 100 each after a day."""
    return situation(
        items=[item("tent")],
        places=[place("420001"), place("420002")],
        needs=[counted("420001", 100), counted("420002", 100)],
        depots=[depot("420001-01")],
        lots=[lot("A-tent", "420001-01", "tent", 100)],
        pools=[pool("420001-01", 4)],
        hours_between={
            (a, b): 1.0
            for a in ("420001-01", "420001", "420002")
            for b in ("420001-01", "420001", "420002")
            if a != b
        },
    )


def either_town(num_worlds: int) -> Worlds:
    """Return worlds in which now one town needs all and now the other; only one has reported."""
    heard = assess(
        [report({AFFECTED: 100}, unit="420001")],
        at=hour(4),
        places=(place("420001"), place("420002")),
    ).figures
    silent = Figure(
        place_code="420002",
        indicator=AFFECTED,
        estimate=Estimate(low=0, likely=0, high=100),
        basis=FigureBasis.ESTIMATE,
        observations=(),
    )
    first = np.arange(num_worlds) % 2 == 0
    counts = np.stack([np.where(first, 100, 0), np.where(first, 0, 100)], axis=1)
    return Worlds(figures=(*heard, silent), counts=counts.astype(np.int64), seed=7)


def test_where_either_town_may_need_all_the_stock_is_kept() -> None:
    study = robust_study(two_towns(), either_town(24), num_known=4, limits=LIMITS)
    by_basis = {plan.basis: plan for plan in study.plans}
    # Kept, the 100 tents reach the right town in the window after, a day late:
    # 100 people x weight 10 x 24 h in every world.
    assert by_basis[Basis.WORLDS].loss_h == pytest.approx([24_000] * 20, rel=1e-6)
    # Sent on the report, they are right in one world of two, and in the other they are missing
    # from the 24th hour to the horizon and 72 h more: 100 x 10 x 120.
    reported = sorted(by_basis[Basis.REPORTED].loss_h)
    assert reported == pytest.approx([0] * 10 + [120_000] * 10, abs=1)
    assert by_basis[Basis.REPORTED].tail_h.value == pytest.approx(120_000)
    over = by_basis[Basis.REPORTED].over_robust_tail_h
    assert over.value == pytest.approx(96_000)
    assert 0 < over.low <= over.value <= over.high
    held = [(each.depot_code, each.item_code, each.pieces) for each in study.held]
    assert held == [("420001-01", "tent", 100)]
    # What is planned for the first day is what was reported, nothing more.
    assert [(n.place_code, n.pieces) for n in study.needs] == [("420001", 100)]


def test_where_both_towns_need_half_it_is_sent_though_one_is_silent() -> None:
    worlds = either_town(24)
    both = Worlds(figures=worlds.figures, counts=np.full((24, 2), 50), seed=7)
    study = robust_study(two_towns(), both, num_known=4, limits=LIMITS)
    # Fifty to each in time; nobody waits.
    assert study.plans[-1].loss_h == pytest.approx([0] * 20, abs=1)
    # The report of 100 sends all to the first town: the other's 50 never come.
    assert study.plans[0].loss_h == pytest.approx([60_000] * 20)
    raised = {n.place_code: n for n in study.needs}
    assert raised["420002"].pieces == 50
    assert "in case more is needed" in raised["420002"].chain[-1].name
    product = np.prod([factor.value for factor in raised["420002"].chain])
    assert product == pytest.approx(50)


def test_the_mean_alone_may_take_a_risk_that_the_tail_does_not() -> None:
    # In nine worlds of ten the first town needs all. Sending at once costs 12,000 on average,
    # keeping 24,000; yet in the worst tenth 120,000 against 24,000.
    first = np.arange(40) % 10 != 0
    counts = np.stack([np.where(first, 100, 0), np.where(first, 0, 100)], axis=1).astype(np.int64)
    worlds = Worlds(figures=either_town(2).figures, counts=counts, seed=7)
    bold = robust_study(
        two_towns(), worlds, num_known=20, limits=LIMITS, tail=Tail(weight_share=0.0)
    )
    careful = robust_study(
        two_towns(),
        worlds,
        num_known=20,
        limits=LIMITS,
        tail=Tail(from_share=0.9, weight_share=0.9),
    )
    assert bold.plans[-1].mean_h.value == pytest.approx(12_000, rel=1e-3)
    assert careful.plans[-1].loss_h == pytest.approx([24_000] * 20, rel=1e-3)


def test_a_wrong_belief_costs_what_it_costs_on_paper() -> None:
    # With the report the first town needs 100, without it the second does.
    figures = either_town(2).figures
    only_second = (replace(figures[1], estimate=Estimate(low=100, likely=100, high=100)),)
    worlds = two_worlds(figures[:1], only_second)
    assert [f.estimate.likely for f in largest_counts(worlds)] == [100, 100]
    found = regret(two_towns(), worlds, limits=LIMITS)
    assert found.if_true_h == pytest.approx(0, abs=1)
    assert found.if_false_h == pytest.approx(0, abs=1)
    assert found.believed_though_false_h == pytest.approx(120_000)
    assert found.doubted_though_true_h == pytest.approx(120_000)


def test_a_real_event_is_judged_on_unseen_worlds() -> None:
    request = RobustRequest(
        plan=PlanRequest(event="2021-liulin", seconds=120.0, seed=3), num_known=3, num_unseen=10
    )
    study, situation = study_worlds(request)
    assert (study.num_known, study.num_unseen, len(study.plans)) == (3, 10, 3)
    reported, likely, robust = study.plans
    assert robust.tail_h.value < reported.tail_h.value
    assert robust.tail_h.value <= likely.tail_h.value * 1.001
    assert study.num_silent > 0
    codes = {place.code for place in situation.places}
    assert {need.place_code for need in study.needs} <= codes
    assert needs_for(study)(None) == study.needs  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_study() -> None:
    one, again = (
        robust_study(two_towns(), either_town(12), num_known=4, limits=LIMITS) for _ in range(2)
    )
    assert one == again


def test_a_doubted_report_is_named_by_card_and_number() -> None:
    request = PlanRequest(event="2021-liulin", seconds=60.0)
    doubt = study_doubt(request, "0211160", 1)
    assert doubt.report.sender_card == "0211160"
    assert doubt.regret.doubted_though_true_h >= -1
    with pytest.raises(InvalidInput, match="No such report"):
        study_doubt(request, "0211160", 99)
    assert json.dumps(doubt.regret.if_true_h)
