"""What to do about each agreement: call it now, in part, or wait, and how long one can wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from relief.plan.allocation import Consignment
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.sentences import Sentence, say
from relief.supply.offers import Agreement, OfferKind
from relief.units import FEN_PER_YUAN, SECONDS_PER_HOUR, SHANGHAI

SECOND = timedelta(seconds=1)


class CallChoice(StrEnum):
    """What to do about an agreement at the start of the plan."""

    ALL = "all"
    """Call the whole reserve."""
    PART = "part"
    """Call a part; the rest can still be called later."""
    WAIT = "wait"
    """Call nothing now."""
    WORTHLESS = "worthless"
    """Nothing called now or later arrives within the last window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDecision:
    """What the plan does about one agreement.

    Parameters
    ----------
    offer_code
        The agreement.
    choice
        What to do.
    called_pieces, cost_fen
        What is called, and what that costs by the agreement's terms.
    worthless_after
        A call later than this after the start brings nothing to any place that needs the item
        within the last window, whatever vehicle is free: negative if that is so from the start,
        None if no vehicle and road lead there at all.
    because
        The decision as a sentence.
    """

    offer_code: str
    choice: CallChoice
    called_pieces: int
    cost_fen: int
    worthless_after: timedelta | None
    because: Sentence


def called_pieces(situation: Situation, consignments: Sequence[Consignment]) -> dict[str, int]:
    """Return the pieces that are called under each offer, by its code; 0 where nothing is."""
    called = {offer.code: 0 for offer in situation.offers}
    offer_of = {lot.code: lot.offer_code for lot in situation.lots if lot.offer_code}
    for each in consignments:
        if offer_of.get(each.lot_code) in called:
            called[offer_of[each.lot_code]] += each.pieces
    return called


def calls_fen(situation: Situation, consignments: Sequence[Consignment]) -> int:
    """Return what the calls on suppliers cost."""
    called = called_pieces(situation, consignments)
    return sum(offer.cost_fen(called[offer.code]) for offer in situation.offers)


def call_decisions(
    situation: Situation, consignments: Sequence[Consignment]
) -> tuple[CallDecision, ...]:
    """Return what consignments mean for each agreement, in the order of the situation."""
    called = called_pieces(situation, consignments)
    promised: dict[tuple[str, str], int] = {}
    for each in consignments:
        key = (each.place_code, each.item_code)
        promised[key] = promised.get(key, 0) + each.pieces
    decisions = []
    for offer in situation.offers:
        pieces = called[offer.code]
        latest = worthless_after(situation, offer)
        if pieces:
            choice = CallChoice.ALL if pieces == offer.reserved_pieces else CallChoice.PART
        elif latest is None or latest < timedelta(0):
            choice = CallChoice.WORTHLESS
        else:
            choice = CallChoice.WAIT
        decisions.append(
            CallDecision(
                offer_code=offer.code,
                choice=choice,
                called_pieces=pieces,
                cost_fen=offer.cost_fen(pieces),
                worthless_after=latest,
                because=_because(situation, offer, pieces=pieces, latest=latest, promised=promised),
            )
        )
    return tuple(decisions)


def worthless_after(situation: Situation, offer: Agreement) -> timedelta | None:
    """Return after what time a call brings nothing any more; see `CallDecision`.

    The quickest way counts that any vehicle of the situation can drive, no rest and no way to the
    depot included, so that a later call is worthless for certain.
    """
    row = situation.travel.index()
    seconds = situation.travel.seconds()
    speeds = {code: number for number, code in enumerate(situation.travel.speed_classes)}
    classes = {pool.class_code for pool in situation.pools if pool.num_vehicles > 0}
    wanting = {need.place_code for need in situation.needs if need.item_code == offer.item_code}
    ways_s = [
        kind.load_s
        + int(seconds[speeds[kind.speed_class], row[offer.depot_code], row[place]])
        + kind.unload_s
        for kind in situation.vehicle_classes
        if kind.code in classes
        for place in wanting
    ]
    quickest_s = min(ways_s, default=UNREACHABLE_S)
    if quickest_s >= UNREACHABLE_S:
        return None
    return situation.policy.window_ends[-1] - offer.notice - offer.lead - quickest_s * SECOND


def _because(
    situation: Situation,
    offer: Agreement,
    *,
    pieces: int,
    latest: timedelta | None,
    promised: dict[tuple[str, str], int],
) -> Sentence:
    item = situation.catalogue.by_code()[offer.item_code]
    gaps: dict[str, str | int] = {
        "supplier": f"{offer.supplier_zh} {offer.supplier_en}",
        "item": f"{item.name_zh} {item.name_en}",
        "reserved": offer.reserved_pieces,
    }
    if pieces and offer.kind is OfferKind.SPOT:
        ready_at = (situation.start_at + offer.lead).astimezone(SHANGHAI)
        return say(
            "{supplier}: buy {called:,} of {reserved:,} pieces of {item} now, for {yuan:,} yuan; "
            "they lie ready at {ready}.",
            called=pieces,
            yuan=offer.cost_fen(pieces) // FEN_PER_YUAN,
            ready=f"{ready_at:%m-%d %H:%M}",
            **gaps,
        )
    if pieces:
        ready_at = (situation.start_at + offer.notice + offer.lead).astimezone(SHANGHAI)
        return say(
            "{supplier}: call {called:,} of {reserved:,} pieces of {item} now, for {yuan:,} yuan; "
            "the first lie ready at {ready}.",
            called=pieces,
            yuan=offer.cost_fen(pieces) // FEN_PER_YUAN,
            ready=f"{ready_at:%m-%d %H:%M}",
            **gaps,
        )
    if latest is None or latest < timedelta(0):
        return say(
            "{supplier}: do not call; of its {reserved:,} pieces of {item} none could arrive "
            "within the last window.",
            **gaps,
        )
    gaps["hours"] = int(latest.total_seconds() // SECONDS_PER_HOUR)
    short = sum(
        max(0, wanted - promised.get(key, 0)) for key, wanted in _wanted(situation, offer).items()
    )
    if not short:
        return say(
            "{supplier}: wait; the stock covers what is needed of {item}. From {hours} h after "
            "the start on a call for any of its {reserved:,} pieces would come too late.",
            **gaps,
        )
    if short < offer.least_call_pieces:
        return say(
            "{supplier}: wait; {short:,} pieces of {item} are short, fewer than the least call "
            "of {least:,}. From {hours} h after the start on a call for any of its {reserved:,} "
            "pieces would come too late.",
            short=short,
            least=offer.least_call_pieces,
            **gaps,
        )
    return say(
        "{supplier}: wait; {short:,} pieces of {item} are short, but the plan finds no way to "
        "bring more of them from there in time. From {hours} h after the start on a call for any "
        "of its {reserved:,} pieces would come too late.",
        short=short,
        **gaps,
    )


def _wanted(situation: Situation, offer: Agreement) -> dict[tuple[str, str], int]:
    wanted: dict[tuple[str, str], int] = {}
    for need in situation.needs:
        if need.item_code == offer.item_code:
            key = (need.place_code, need.item_code)
            wanted[key] = wanted.get(key, 0) + need.pieces
    return wanted
