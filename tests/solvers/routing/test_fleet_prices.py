"""Prices that keep what people go without near what is allowed."""

import math

import pytest

from solvers.routing.fleet_prices import AIM, Prices
from solvers.routing.worth import Service

ALLOWED = Service(lost_milli_person_h=1_000, waiting=100)


def service(lost: float, waiting: float) -> Service:
    return Service(lost_milli_person_h=round(lost), waiting=round(waiting))


def test_where_the_search_hovers_prices_are_what_is_paid_for_what_is_allowed() -> None:
    # 500 fen of trips for 1,000 units of lateness and 100 of waiting in vain: three times 0.5 fen
    # and once 5 fen. At 998, where the search is to hover, nothing is added.
    late, waiting = Prices(500, Service(lost_milli_person_h=1_000, waiting=1_000)).at(
        service(1_000 * AIM, 1_000 * AIM), 0.0
    )
    assert (late, waiting) == pytest.approx((1.5, 0.5))


def test_more_than_is_allowed_is_dearer_and_in_the_end_much_dearer() -> None:
    # 1.2 % above where it hovers: prices settle 1 % higher, and are e to the 60 x 0.012 times
    # that, in the end e to the 400 x 0.012 times.
    late, _ = Prices(500, ALLOWED).at(service(1_010, 100), 0.0)
    assert late == pytest.approx(1.5 * math.exp(0.01 + 60 * 0.012))
    late, _ = Prices(500, ALLOWED).at(service(1_010, 100), 1.0)
    assert late == pytest.approx(1.5 * math.exp(0.01 + 400 * 0.012))


def test_less_than_is_allowed_is_cheaper_but_not_without_end() -> None:
    late, waiting = Prices(500, ALLOWED).at(service(0, 0), 1.0)
    assert late == pytest.approx(1.5 * math.exp(-0.01 - 60 * 0.05))
    assert waiting == pytest.approx(5.0 * math.exp(-0.01 - 60 * 0.05))


def test_prices_settle_where_too_much_is_lost_again_and_again() -> None:
    prices = Prices(500, ALLOWED)
    first, _ = prices.at(service(2_000, 100), 0.0)
    second, _ = prices.at(service(2_000, 100), 0.0)
    assert second == pytest.approx(first * math.exp(0.01))


def test_where_nothing_may_be_late_there_is_a_price_all_the_same() -> None:
    assert Prices(0, service(0, 0)).at(service(10, 10), 0.0)[0] > 1.0


def test_services_are_added_and_compared() -> None:
    assert service(5, 3) + service(1, 1) == service(6, 4)
    assert service(5, 3) - service(6, 1) == service(-1, 2)
    assert service(-5, 3).share(1, 2) == service(-3, 1)
    assert service(5, 3).is_within(service(5, 3))
    assert not service(5, 4).is_within(service(9, 3))
