"""What to do about an agreement, worked out by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from relief.plan.allocation import Consignment
from relief.plan.calls import CallChoice, CallDecision, call_decisions, worthless_after
from relief.plan.situation import Situation
from relief.supply.offers import Agreement
from tests.relief.plan.plans import P1, P2, A, B, consignment
from tests.situations import agreement, offering, two_depots_three_places

BASE = two_depots_three_places()
TERMS = agreement(
    "AGR", B, "tent", 100, least_call_pieces=20, notice_h=1, lead_h=9, piece_fen=50_000
)


def decision(
    consignments: Sequence[Consignment], terms: Agreement = TERMS, base: Situation = BASE
) -> CallDecision:
    (one,) = call_decisions(offering(base, terms), consignments)
    return one


def test_an_option_is_worthless_once_nothing_can_arrive_in_the_last_window() -> None:
    # Horizon 72 h; notice and lead 10 h; loading 30 min, 5 h to place 1 or 2, unloading 15 min.
    assert worthless_after(offering(BASE, TERMS), TERMS) == timedelta(hours=72 - 10 - 5.75)


def test_an_option_without_a_road_or_a_truck_is_worth_nothing_ever() -> None:
    without_trucks = replace(BASE, pools=())
    assert worthless_after(offering(without_trucks, TERMS), TERMS) is None
    only_cut_off = replace(BASE, needs=BASE.needs[-1:])
    assert worthless_after(offering(only_cut_off, TERMS), TERMS) is None
    assert decision((), base=only_cut_off).choice is CallChoice.WORTHLESS


@pytest.mark.parametrize(
    ("pieces", "choice", "yuan"), [(30, CallChoice.PART, 15_000), (100, CallChoice.ALL, 50_000)]
)
def test_what_is_consigned_is_called(pieces: int, choice: CallChoice, yuan: int) -> None:
    one = decision((consignment("AGR/1", B, P2, pieces),))
    assert (one.choice, one.called_pieces, one.cost_fen) == (choice, pieces, yuan * 100)
    gaps = dict(one.because.values)
    assert (gaps["called"], gaps["yuan"], gaps["ready"]) == (pieces, yuan, "07-01 18:00")


def test_a_call_waits_where_stock_covers_the_need() -> None:
    all_served = replace(BASE, needs=BASE.needs[:1])
    one = decision((consignment("A-tent", A, P1, 50),), base=all_served)
    assert one.choice is CallChoice.WAIT
    assert one.because.text.startswith("{supplier}: wait; the stock covers")


def test_a_call_waits_where_less_is_short_than_must_be_called() -> None:
    # 100 tents are needed; 50 + 31 come from stock, so that 19 are short.
    stock = (consignment("A-tent", A, P1, 50), consignment("B-tent", B, P2, 31))
    one = decision(stock)
    assert one.choice is CallChoice.WAIT
    assert "fewer than the least call" in one.because.text
    assert dict(one.because.values)["short"] == 19


def test_an_option_that_comes_too_late_from_the_start_is_not_called() -> None:
    slow = replace(TERMS, lead=timedelta(hours=66))
    one = decision((), terms=slow)
    assert (one.choice, one.worthless_after) == (CallChoice.WORTHLESS, timedelta(hours=-0.75))
