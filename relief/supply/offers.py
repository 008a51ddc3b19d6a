"""Offers: goods that lie in no store yet, but can be had under stated terms.

An agreement (框架协议) reserves goods with a supplier. Calling them takes a notice and a lead
time; then the supplier releases so many pieces a period until the reserve is used up. What is
released at one time is a *batch*: a lot that lies ready later than the others. So allocation,
routing and verification treat it as any other lot, and the offer adds what no single lot can say:
the least call, the price, what a partial call costs. What is simply for sale is an offer as well.

References
----------
X. Wang, Y. Fan, L. Liang, H. de Vries, L. N. Van Wassenhove, Augmenting Fixed Framework Agreements
in Humanitarian Logistics with a Bonus Contract, Production and Operations Management 28(8), 2019,
DOI 10.1111/poms.13032: fixed quality, quantity, price and lead time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from relief.errors import Fault
from relief.places import Evidence, Tier
from relief.sentences import say
from relief.supply.donations import Donation
from relief.supply.stock import Custody, Lot

NO_TIME = timedelta(0)
SECOND = timedelta(seconds=1)
MOST_BATCHES = 1_000


class OfferKind(StrEnum):
    """What kind of promise an offer is."""

    AGREEMENT = "agreement"
    """Reserved by contract."""
    SPOT = "spot"
    """For sale on the market: nothing is reserved and nothing must be bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """The price of the pieces from one number on.

    Parameters
    ----------
    from_pieces
        Pieces of the call that are paid at the steps before; 0 for the first step.
    piece_fen
        What each piece after them costs, brought to the depot of the offer.
    """

    from_pieces: int
    piece_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Goods reserved with a supplier, to be called when needed, or offered for sale.

    Parameters
    ----------
    code
        Unique among offers; it begins the code of the batches.
    supplier_zh, supplier_en
        Who supplies.
    depot_code, item_code
        Where the trucks load what is called, and what it is.
    reserved_pieces
        What may be called at most.
    least_call_pieces
        What must be called at least if anything is; what is called is sent.
    notice, lead
        From the call until the supplier begins, and from then until the first batch lies ready.
    batch_pieces, batch_period
        What the supplier releases at a time, and how long after the batch before.
    prices
        Price steps in ascending order, the first from 0 pieces.
    call_fen
        Paid once for a call.
    uncalled_fen
        Paid for each reserved piece that a call leaves with the supplier; nothing is paid
        without a call.
    evidence, source
        Whether the terms are published (or the user's own), or modelled, and by which rule.
    kind
        Whether it is an agreement or a spot purchase: one batch at one price, no least call, paid
        by the piece.
    """

    code: str
    supplier_zh: str
    supplier_en: str
    depot_code: str
    item_code: str
    reserved_pieces: int
    least_call_pieces: int
    notice: timedelta
    lead: timedelta
    batch_pieces: int
    batch_period: timedelta
    prices: tuple[PriceStep, ...]
    call_fen: int
    uncalled_fen: int
    evidence: Evidence
    source: str
    kind: OfferKind = OfferKind.AGREEMENT

    def ready_pieces(self, after: timedelta) -> int:
        """Return the pieces of a call at the start that lie ready so long after it, at most."""
        since = after - self.notice - self.lead
        if since < NO_TIME:
            return 0
        return min(self.reserved_pieces, (1 + since // self.batch_period) * self.batch_pieces)

    def batches(self, until: timedelta) -> tuple[Lot, ...]:
        """Return what is released before an instant after the start, batch by batch."""
        batches: list[Lot] = []
        ready_after = self.notice + self.lead
        left = self.reserved_pieces
        while left > 0 and ready_after < until and len(batches) < MOST_BATCHES:
            pieces = min(left, self.batch_pieces)
            batches.append(
                Lot(
                    code=f"{self.code}/{len(batches) + 1}",
                    depot_code=self.depot_code,
                    item_code=self.item_code,
                    pieces=pieces,
                    owner=Tier.SUPPLIER,
                    custody=Custody.SUPPLIER,
                    evidence=self.evidence,
                    source=self.source,
                    ready_after=ready_after,
                    offer_code=self.code,
                )
            )
            left -= pieces
            ready_after += self.batch_period
        return tuple(batches)

    def cost_fen(self, pieces: int) -> int:
        """Return what a call of so many pieces costs."""
        if pieces <= 0:
            return 0
        ends = [step.from_pieces for step in self.prices[1:]] + [pieces]
        goods_fen = sum(
            max(0, min(end, pieces) - step.from_pieces) * step.piece_fen
            for step, end in zip(self.prices, ends, strict=True)
        )
        return goods_fen + self.call_fen + self.uncalled_fen * (self.reserved_pieces - pieces)


def agreement_faults(agreement: Agreement) -> Iterator[Fault]:
    """Yield what is wrong with the terms of an agreement, taken by themselves."""
    where = f"agreement {agreement.code}"
    if agreement.reserved_pieces < 1 or agreement.batch_pieces < 1:
        yield Fault(
            where=where,
            field="reserved_pieces, batch_pieces",
            value=f"{agreement.reserved_pieces}, {agreement.batch_pieces}",
            what=say("The agreement reserves nothing, or nothing is ever released."),
            allowed=">= 1",
            remedy=say("Correct the terms, or leave the agreement out."),
        )
    if not 0 <= agreement.least_call_pieces <= agreement.reserved_pieces:
        yield Fault(
            where=where,
            field="least_call_pieces",
            value=str(agreement.least_call_pieces),
            what=say(
                "The least call is more than the reserve, or negative: nothing can be called."
            ),
            allowed=f"0 to {agreement.reserved_pieces}",
            remedy=say("Lower the least call or raise the reserve."),
        )
    if agreement.kind is OfferKind.SPOT and (
        agreement.least_call_pieces
        or agreement.batch_pieces != agreement.reserved_pieces
        or len(agreement.prices) != 1
        or agreement.call_fen
        or agreement.uncalled_fen
    ):
        yield Fault(
            where=where,
            field="kind",
            value=agreement.kind.value,
            what=say("A spot purchase has terms that only a contract can have."),
            allowed="one batch at one price; no least call, no fee, no penalty",
            remedy=say("Make it an agreement or leave these terms out."),
        )
    times = (agreement.notice, agreement.lead, agreement.batch_period)
    if (
        any(time % SECOND for time in times)
        or min(agreement.notice, agreement.lead) < NO_TIME
        or agreement.batch_period <= NO_TIME
    ):
        yield Fault(
            where=where,
            field="notice, lead, batch_period",
            value=", ".join(str(time) for time in times),
            what=say("A time of the agreement is negative, or no whole number of seconds."),
            allowed=">= 0; the period > 0",
            remedy=say("Correct the terms, or leave the agreement out."),
        )
    elif 0 < agreement.batch_pieces * MOST_BATCHES < agreement.reserved_pieces:
        yield Fault(
            where=where,
            field="batch_pieces",
            value=str(agreement.batch_pieces),
            what=say("The reserve would come in more batches than can be planned with."),
            allowed=f">= {-(-agreement.reserved_pieces // MOST_BATCHES)}",
            remedy=say("Join batches: longer periods with more pieces each."),
        )
    steps = agreement.prices
    if (
        not steps
        or steps[0].from_pieces != 0
        or any(a.from_pieces >= b.from_pieces for a, b in pairwise(steps))
        or any(step.piece_fen < 0 for step in steps)
        or min(agreement.call_fen, agreement.uncalled_fen) < 0
    ):
        yield Fault(
            where=where,
            field="prices",
            value=", ".join(f"{step.from_pieces}: {step.piece_fen} fen" for step in steps),
            what=say(
                "The price steps do not ascend from 0 pieces, or something costs less than 0."
            ),
            allowed="0: PRICE, MORE PIECES: PRICE, ...; prices >= 0",
            remedy=say("Put the steps in order."),
        )


def offer_faults(
    offers: Sequence[Agreement],
    donations: Sequence[Donation],
    lots: Iterable[Lot],
    depot_codes: Collection[str],
    item_codes: Collection[str],
) -> Iterator[Fault]:
    """Yield what is wrong with offers and their batches among depots, items and lots.

    Parameters
    ----------
    offers, donations
        The offers and donations of a situation.
    lots
        Its lots, the batches of the offers and what is donated among them. One may be left out or
        hold fewer pieces than is offered, but nothing else of it may differ.
    depot_codes, item_codes
        What the offers may name.
    """
    for offer in offers:
        yield from agreement_faults(offer)
        for field, code, known in (
            ("depot_code", offer.depot_code, depot_codes),
            ("item_code", offer.item_code, item_codes),
        ):
            if code not in known:
                yield Fault(
                    where=f"agreement {offer.code}",
                    field=field,
                    value=code,
                    what=say("Named here, but not part of the situation."),
                    allowed="a code that the situation holds",
                    remedy=say("Add it or correct the code."),
                )
    by_code: dict[str, Agreement | Donation] = {offer.code: offer for offer in offers}
    by_code |= {donation.code: donation for donation in donations}
    for lot in lots:
        if not lot.offer_code:
            continue
        named = by_code.get(lot.offer_code)
        if named is None or not _is_batch(lot, named):
            yield Fault(
                where=f"lot {lot.code}",
                field="offer_code",
                value=lot.offer_code,
                what=say("Not a batch that this offer releases."),
                allowed="batches as the offer gives them, or fewer pieces",
                remedy=say("Take the lots from the offer."),
            )


def _is_batch(lot: Lot, offer: Agreement | Donation) -> bool:
    """Return whether a lot is a batch of an offer, or a part of it."""
    until = lot.ready_after + SECOND
    for batch in offer.batches(until) if isinstance(offer, Agreement) else offer.lots(until):
        if batch.code == lot.code:
            return lot.pieces <= batch.pieces and lot == replace(
                batch, pieces=lot.pieces, committed_pieces=lot.committed_pieces
            )
    return False
