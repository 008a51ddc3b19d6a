"""Verifying calls on suppliers: least and most, what is released when, and what it costs."""

from collections import Counter
from datetime import timedelta

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.verify_ground import NO_TIME, Ground, Tally, clock_time
from relief.sentences import say
from relief.supply.offers import Agreement


def check_calls(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that what is called under each agreement keeps the agreement's own terms.

    The batches in the situation are not trusted here: what can lie ready when is worked out from
    notice, lead time and the size and period of the releases.
    """
    told: dict[str, tuple[int, int]] = {}
    for offer in ground.situation.offers:
        ready: Counter[timedelta] = Counter()
        for each in plan.consignments:
            lot = ground.lots.get(each.lot_code)
            if lot is not None and lot.offer_code == offer.code:
                ready[each.ready_after] += each.pieces
        called = ready.total()
        told[offer.code] = (called, _call_fen(offer, called))
        subject = f"agreement {offer.code}"
        tally.at_most(
            Rule.CALL,
            subject,
            say(
                "{called} pieces are called under agreement {offer}, which reserves {reserved}.",
                called=called,
                offer=offer.code,
                reserved=offer.reserved_pieces,
            ),
            found=called,
            limit=offer.reserved_pieces,
            unit="pieces",
        )
        if called > 0:
            tally.at_least(
                Rule.CALL,
                subject,
                say(
                    "{called} pieces are called under agreement {offer}; the least call is "
                    "{least}.",
                    called=called,
                    offer=offer.code,
                    least=offer.least_call_pieces,
                ),
                found=called,
                limit=offer.least_call_pieces,
                unit="pieces",
            )
        _check_releases(offer, ready, ground, tally)
    said = {one.offer_code: (one.called_pieces, one.cost_fen) for one in plan.calls}
    if told or plan.calls:
        tally.true(
            Rule.CALL,
            f"plan {plan.plan_id}",
            say("What the plan says of its calls, and what they cost, is not what it calls."),
            fact=said == told and len(plan.calls) == len(told),
        )


def _check_releases(
    offer: Agreement, ready: Counter[timedelta], ground: Ground, tally: Tally
) -> None:
    """Check at each instant that no more is taken than the supplier can have released."""
    for instant in sorted(ready):
        taken = sum(pieces for at, pieces in ready.items() if at <= instant)
        released = 0
        release_at = offer.notice + offer.lead
        while release_at <= instant and released < offer.reserved_pieces:
            released += min(offer.batch_pieces, offer.reserved_pieces - released)
            release_at += offer.batch_period
        tally.at_most(
            Rule.CALL,
            f"agreement {offer.code}",
            say(
                "{taken} pieces of agreement {offer} are said to lie ready at {instant}; by then "
                "the supplier releases {released}.",
                taken=taken,
                offer=offer.code,
                instant=clock_time(ground.situation.start_at + max(instant, NO_TIME)),
                released=released,
            ),
            found=taken,
            limit=released,
            unit="pieces",
        )


def calls_fen(plan: DispatchPlan, ground: Ground) -> int:
    """Return what the calls of a plan cost, step by step of their prices."""
    total = 0
    for offer in ground.situation.offers:
        called = 0
        for each in plan.consignments:
            lot = ground.lots.get(each.lot_code)
            if lot is not None and lot.offer_code == offer.code:
                called += each.pieces
        total += _call_fen(offer, called)
    return total


def _call_fen(offer: Agreement, called: int) -> int:
    if called <= 0:
        return 0
    total = offer.call_fen + (offer.reserved_pieces - called) * offer.uncalled_fen
    left = called
    # From the last step down: each takes what lies beyond its first piece.
    for step in sorted(offer.prices, key=lambda step: -step.from_pieces):
        beyond = max(0, left - step.from_pieces)
        total += beyond * step.piece_fen
        left -= beyond
    return total
