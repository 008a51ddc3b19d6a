"""The reserve plan against closed forms and plain enumeration."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.plan.reserve import ReserveChoice, ReserveTerms, ScenarioEnsemble
from solvers.reserve.extensive import ExtensiveReservePlanner


def terms(
    *,
    holding: float = 0.25,
    fee: float = 1000.0,
    call: float = 1.0,
    spot: float = 1000.0,
    spot_limit: float = 1.0,
    late: float = 0.0,
    never: float = 10.0,
) -> ReserveTerms:
    """Return terms at a price of one yuan, without freight."""
    return ReserveTerms(
        item_code="tent",
        price_fen=100,
        freight_fen_per_h=0.0,
        holding_share=holding,
        fee_share=fee,
        call_share=call,
        call_lead_h=20.0,
        spot_share=spot,
        spot_lead_h=48.0,
        spot_limit_share=spot_limit,
        late_share=late,
        never_share=never,
        source="hand-made",
    )


def one_depot(
    early: Sequence[int], late: Sequence[int], *, drive_h: float = 1.0
) -> ScenarioEnsemble:
    """Return one depot with a supplier, one county, one item, and a scenario for each need."""
    num = len(early)
    return ScenarioEnsemble(
        names=tuple(f"scenario {i}" for i in range(num)),
        county_codes=("420001",),
        item_codes=("tent",),
        depot_codes=("420001-01",),
        supplier_codes=("420001-01",),
        due_h=(12.0, 72.0),
        need_pieces=np.column_stack([early, late]).astype(np.int64).reshape(num, 2, 1, 1),
        depot_survives=np.ones((num, 1), dtype=bool),
        drive_h=np.full((num, 1, 1), drive_h),
        handling_h=2.0,
        events_per_year=1.0,
        seed=1,
    )


def kept(ensemble: ScenarioEnsemble, term: ReserveTerms) -> tuple[int, int]:
    choice = ExtensiveReservePlanner().plan(ensemble, (term,)).choice
    return int(choice.physical_pieces.sum()), int(choice.agreement_pieces.sum())


def test_newsvendor_keeps_the_quantile() -> None:
    # Ten equally likely needs 10, 20, ..., 100. A piece kept costs 0.25; when it is used it
    # costs its price 1 and saves 10, so 9 in all. Keep while 9 P(need > x) >= 0.25, that is
    # P >= 0.028: up to the largest need, 100.
    needs = list(range(10, 101, 10))
    assert kept(one_depot([0] * 10, needs), terms()) == (100, 0)
    # At a shortage price of 2 a used piece saves 1: keep while P(need > x) >= 0.25, so that the
    # 80th piece (P = 0.3) is kept and the 81st (P = 0.2) is not.
    assert kept(one_depot([0] * 10, needs), terms(never=2.0)) == (80, 0)


def test_option_takes_the_tail() -> None:
    # Holding 0.25; an option costs 0.05 and calls at 1.4 what the depot gives at 1. Short: 10.
    # Physical against option: the piece saves 0.4 P(use) more and costs 0.2 more: physical while
    # P >= 0.5, i.e. 50 pieces (P(need > 49) = 0.6, P(need > 50) = 0.5 is a tie, so 50 or 60).
    # Option against nothing: saves 8.6 P for 0.05: while P >= 0.0058, up to 100.
    needs = list(range(10, 101, 10))
    physical, agreement = kept(one_depot([0] * 10, needs), terms(fee=0.05, call=1.4))
    assert physical in {50, 60}
    assert physical + agreement == 100


def test_only_what_is_kept_arrives_early() -> None:
    # Options are free and calls cheap, but they come after the first twelve hours: the early need
    # of 40 is kept physically, the late need of 60 is reserved.
    ensemble = one_depot([40], [60])
    term = terms(fee=0.001, call=0.5, late=10.0)
    assert kept(ensemble, term) == (40, 60)


def test_a_depot_too_far_keeps_nothing_for_the_first_hours() -> None:
    # 11 h of driving and 2 h of handling miss the twelve hours; lacking early is all that costs.
    ensemble = one_depot([40], [0], drive_h=11.0)
    assert kept(ensemble, terms(late=10.0, never=0.0)) == (0, 0)
    outcome = ExtensiveReservePlanner().evaluate(
        ReserveChoice(
            physical_pieces=np.array([[100]]), agreement_pieces=np.zeros((1, 1), dtype=np.int64)
        ),
        ensemble,
        (terms(late=10.0),),
    )
    assert outcome.timely_share[:, :, 0].tolist() == [[0.0, 1.0]]
    assert outcome.total_share.tolist() == [[1.0]]


def test_a_lost_depot_gives_nothing() -> None:
    base = one_depot([10], [0])
    lost = ScenarioEnsemble(
        names=base.names,
        county_codes=base.county_codes,
        item_codes=base.item_codes,
        depot_codes=base.depot_codes,
        supplier_codes=(),
        due_h=base.due_h,
        need_pieces=base.need_pieces,
        depot_survives=np.zeros((1, 1), dtype=bool),
        drive_h=base.drive_h,
        handling_h=2.0,
        events_per_year=1.0,
        seed=1,
    )
    choice = ReserveChoice(
        physical_pieces=np.array([[50]]), agreement_pieces=np.zeros((0, 1), dtype=np.int64)
    )
    outcome = ExtensiveReservePlanner().evaluate(choice, lost, (terms(),))
    assert outcome.total_share.tolist() == [[0.0]]
    # Keeping 50 pieces costs 50 x 0.25 yuan = 1,250 fen, and ten lacking pieces 10 x 10 yuan.
    assert outcome.keeping_fen == pytest.approx(1250)
    assert outcome.short_fen == pytest.approx(10_000)


def test_the_market_is_limited() -> None:
    # Spot may sell half of the later need of 80; nothing else is kept at these prices.
    ensemble = one_depot([0], [80])
    choice = ReserveChoice(physical_pieces=np.array([[0]]), agreement_pieces=np.array([[0]]))
    outcome = ExtensiveReservePlanner().evaluate(
        choice, ensemble, (terms(spot=1.5, spot_limit=0.5),)
    )
    assert outcome.bought_pieces.tolist() == [[40.0]]
    assert outcome.total_share.tolist() == [[0.5]]


def plain_cost(stock: int, option: int, needs: list[int], term: ReserveTerms) -> float:
    """Return the yearly cost of a choice by plain arithmetic, cheapest way first."""
    total = term.holding_share * stock + term.fee_share * option
    for need in needs:
        ways = sorted([(1.0, float(stock)), (term.call_share, float(option))])
        left = float(need)
        for price, limit in ways:
            used = min(left, limit)
            total += price * used / len(needs)
            left -= used
        total += term.never_share * left / len(needs)
    return 100 * total


@settings(max_examples=40, deadline=None)
@given(
    needs=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    holding=st.sampled_from([0.1, 0.3, 0.7]),
    fee=st.sampled_from([0.02, 0.1, 0.4]),
    call=st.sampled_from([0.8, 1.3, 2.0]),
)
def test_equals_enumeration(needs: list[int], holding: float, fee: float, call: float) -> None:
    term = terms(holding=holding, fee=fee, call=call, never=5.0)
    plan = ExtensiveReservePlanner().plan(one_depot([0] * len(needs), needs), (term,))
    best = min(
        plain_cost(stock, option, needs, term) for stock in range(13) for option in range(13)
    )
    assert plan.yearly_cost_fen == pytest.approx(best)


def test_an_ensemble_refuses_wrong_shapes_and_negative_needs() -> None:
    good = one_depot([1], [1])
    with pytest.raises(ValueError, match=r"drive_h has shape \(1, 2, 1\), expected \(1, 1, 1\)"):
        ScenarioEnsemble(
            names=good.names,
            county_codes=good.county_codes,
            item_codes=good.item_codes,
            depot_codes=good.depot_codes,
            supplier_codes=good.supplier_codes,
            due_h=good.due_h,
            need_pieces=good.need_pieces,
            depot_survives=good.depot_survives,
            drive_h=np.zeros((1, 2, 1)),
            handling_h=2.0,
            events_per_year=1.0,
            seed=1,
        )
    with pytest.raises(ValueError, match="need_pieces holds negative counts"):
        one_depot([-1], [1])
