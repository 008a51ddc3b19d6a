"""Agreements once a plan is being carried out: what is called stays called, the rest starts later.

A call takes its notice and lead time from the moment it is made. So what the plan has called lies
ready when the plan said, whatever is decided now, and what it has left can be called now at the
earliest.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from relief.plan.calls import called_pieces, calls_fen
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.situation import Situation
from relief.supply.money import payments
from relief.supply.offers import Agreement, PriceStep


def with_calls_made(
    situation: Situation, plan: DispatchPlan, before: Situation, after: timedelta
) -> Situation:
    """Return a situation in which the calls and payments of a plan have been made.

    Parameters
    ----------
    situation
        As the plan goes on: its lots have lost what was loaded.
    plan, before
        The plan, and the situation that it was made for.
    after
        How long after the start of the plan it is now.

    Returns
    -------
    Situation
        Called goods that are not loaded yet are lots like any other, ready when they were to be.
        What an agreement has left is an agreement that ends in ``.later``: whoever has called
        already need not keep the least call again. Donations that nobody has accepted in time are
        gone.
    """
    if not before.offers and not before.donations:
        return situation
    sent: Counter[str] = Counter()
    for each in plan.consignments:
        sent[each.lot_code] += each.pieces
    stood = {lot.code: lot for lot in before.lots}
    gone = {
        donation.code
        for donation in before.donations
        if donation.accept_by is not None
        and donation.accept_by < after
        and not any(sent[lot.code] for lot in before.lots if lot.offer_code == donation.code)
    }
    codes = {offer.code for offer in before.offers}
    lots = []
    for lot in situation.lots:
        if lot.offer_code in codes:
            loaded = stood[lot.code].pieces - lot.pieces
            left = max(0, min(lot.pieces, sent[lot.code] - loaded))
            lots.append(replace(lot, pieces=left, committed_pieces=0, offer_code=""))
        elif lot.offer_code not in gone or not lot.offer_code:
            lots.append(lot)
    called = called_pieces(before, plan.consignments)
    later = tuple(
        _later(offer, called[offer.code], after)
        for offer in before.offers
        if called[offer.code] < offer.reserved_pieces
    )
    until = situation.policy.window_ends[-1]
    # Trips are paid for as they are driven: the new plan pays for all of its own.
    paid = {
        payment.pot_code: payment.paid_fen
        for payment in payments(before.pots, calls_fen(before, plan.consignments))
    }
    return replace(
        situation,
        offers=later,
        donations=tuple(one for one in situation.donations if one.code not in gone),
        lots=(*lots, *(lot for offer in later for lot in offer.batches(until))),
        pots=tuple(
            replace(pot, most_fen=pot.most_fen - paid.get(pot.code, 0)) for pot in situation.pots
        ),
    )


def _later(offer: Agreement, called: int, after: timedelta) -> Agreement:
    """Return what an agreement still offers when some of it has been called."""
    prices = [
        PriceStep(from_pieces=max(0, step.from_pieces - called), piece_fen=step.piece_fen)
        for step in offer.prices
    ]
    # Of the steps that begin at or before what has been called, the last one holds now.
    begun = [step for step in prices if step.from_pieces == 0][-1:]
    return replace(
        offer,
        code=f"{offer.code}.later",
        reserved_pieces=offer.reserved_pieces - called,
        least_call_pieces=0 if called else offer.least_call_pieces,
        notice=offer.notice + after,
        prices=(*begun, *(step for step in prices if step.from_pieces > 0)),
    )
