"""Which agreements a plan counts on: one's own always, modelled ones when asked for."""

from dataclasses import replace

from relief.places import Evidence
from relief.plan.situation import Situation
from scenarios.agreements import with_agreements
from scenarios.overlay import LoseDepot, overlay
from tests.situations import agreement, two_depots_three_places

A, B = "420001-01", "420112-01"
BASE = two_depots_three_places()
MODELLED = agreement("guess", A, "tent", 40, batch_pieces=20, period_h=12)
OWN = replace(agreement("contract", B, "tent", 10), evidence=Evidence.PUBLISHED)
USELESS = (agreement("other", A, "boat", 5), agreement("far", "999999-01", "tent", 5))


def offered(situation: Situation) -> list[str]:
    return [lot.code for lot in situation.lots if lot.offer_code]


def test_a_contract_of_ones_own_always_counts() -> None:
    situation, notes = with_agreements(BASE, (MODELLED, OWN, *USELESS), modelled=False)
    assert [offer.code for offer in situation.offers] == ["contract"]
    assert offered(situation) == ["contract/1"]
    (note,) = notes
    assert str(note) == (
        "1 modelled agreements with suppliers and 0 modelled spot purchases are not counted on; "
        "--agreements would count on them."
    )


def test_modelled_agreements_count_when_asked_for() -> None:
    situation, notes = with_agreements(BASE, (MODELLED, OWN, *USELESS), modelled=True)
    assert offered(situation) == ["guess/1", "guess/2", "contract/1"]
    assert [str(note) for note in notes] == [
        (
            "1 modelled agreements with suppliers are counted on, and 0 modelled spot purchases; "
            "no real contract or seller is meant."
        )
    ]


def test_a_situation_without_agreements_stays_as_it_is() -> None:
    situation, notes = with_agreements(BASE, USELESS, modelled=True)
    assert situation.fingerprint() == BASE.fingerprint()
    assert notes == ()


def test_with_its_depot_an_agreement_is_lost() -> None:
    situation, _ = with_agreements(BASE, (MODELLED, OWN), modelled=True)
    left = overlay(situation, (LoseDepot(depot_code=A),))
    assert [offer.code for offer in left.offers] == ["contract"]
    assert offered(left) == ["contract/1"]
