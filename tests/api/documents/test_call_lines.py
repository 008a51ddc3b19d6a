"""The lines of a summary on calls to make and agreements that wait."""

from dataclasses import replace

from api.documents.call_lines import MOST_CALLS, MOST_WAITS, call_lines
from api.language import language
from relief.plan.allocation import Consignment
from relief.plan.calls import call_decisions
from tests.relief.plan.plans import P2, B, consignment, good_plan
from tests.situations import agreement, offering, two_depots_three_places


def lines(num_offers: int, *calls: Consignment) -> list[str]:
    offers = [
        agreement(f"AGR{n:02}", B, "tent", 10 + n, lead_h=n, piece_fen=100)
        for n in range(num_offers)
    ]
    situation = offering(two_depots_three_places(), *offers)
    plan = replace(good_plan(), calls=call_decisions(situation, calls))
    return list(call_lines(situation, plan, language("en")))


def test_without_agreements_there_is_nothing_to_say() -> None:
    assert lines(0) == []


def test_calls_come_first_and_the_dearest_of_them_first() -> None:
    told = lines(3, consignment("AGR00/1", B, P2, 5), consignment("AGR02/1", B, P2, 12))
    assert told[0].startswith("供应商AGR02 Supplier AGR02: call 12 of 12 pieces of tent tent now")
    assert told[1].startswith("供应商AGR00 Supplier AGR00: call 5 of 10 pieces")
    assert told[2].startswith("供应商AGR01 Supplier AGR01: wait;")


def test_of_many_agreements_the_most_urgent_are_told() -> None:
    many = MOST_CALLS + 2
    calls = [consignment(f"AGR{n:02}/1", B, P2, 1) for n in range(many)]
    told = lines(many + MOST_WAITS + 4, *calls)
    assert told[MOST_CALLS] == "2 more calls stand in plan.json."
    # The longest lead time is the first to be worthless.
    assert told[MOST_CALLS + 1].startswith(f"供应商AGR{many + MOST_WAITS + 3}")
    # AGR14 leads by 14 h: 72 - 14 - 5.75 h after the start, 08:00 on 1 July in Beijing.
    assert told[-1] == "4 more agreements wait; the last is worthless from 2026-07-03 12:15 on."
    assert len(told) == MOST_CALLS + 1 + MOST_WAITS + 1
