"""What to do about agreements with suppliers, as lines for the summary."""

from collections.abc import Iterator

from api.language import Language
from relief.plan.calls import CallChoice
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.situation import Situation
from relief.sentences import say
from relief.units import FEN_PER_YUAN

MOST_CALLS = 12
"""So many calls are shown each with its sentence; all of them stand in plan.json."""
MOST_WAITS = 3


def call_lines(situation: Situation, plan: DispatchPlan, language: Language) -> Iterator[str]:
    """Yield donations to accept, calls to make now, then agreements that wait, the urgent first."""
    yield from _donation_lines(situation, plan, language)
    called = [one for one in plan.calls if one.called_pieces]
    called.sort(key=lambda one: (-one.cost_fen, one.offer_code))
    for one in called[:MOST_CALLS]:
        yield language.tell(one.because)
    if len(called) > MOST_CALLS:
        yield language.tell(
            say("{num} more calls stand in plan.json.", num=len(called) - MOST_CALLS)
        )
    for pot, payment in zip(situation.pots, plan.payments, strict=True):
        yield language.tell(
            say(
                "{pot} pays {paid} of the {most} yuan that it holds.",
                pot=language.both(pot.name_zh, pot.name_en),
                paid=language.number(payment.paid_fen / FEN_PER_YUAN, 2),
                most=language.number(pot.most_fen / FEN_PER_YUAN, 2),
            )
        )
    waiting = [
        (one.worthless_after, one)
        for one in plan.calls
        if one.choice is CallChoice.WAIT and one.worthless_after is not None
    ]
    waiting.sort(key=lambda pair: (pair[0], pair[1].offer_code))
    for _, one in waiting[:MOST_WAITS]:
        yield language.tell(one.because)
    if len(waiting) > MOST_WAITS:
        yield language.tell(
            say(
                "{num} more agreements wait; the last is worthless from {instant} on.",
                num=len(waiting) - MOST_WAITS,
                instant=language.instant(situation.start_at + waiting[-1][0]),
            )
        )


def _donation_lines(situation: Situation, plan: DispatchPlan, language: Language) -> Iterator[str]:
    items = situation.catalogue.by_code()
    offer_of = {lot.code: lot.offer_code for lot in situation.lots}
    for one in situation.donations:
        sent = sum(each.pieces for each in plan.consignments if offer_of[each.lot_code] == one.code)
        item = items[one.item_code]
        gaps = {
            "donor": language.both(one.donor_zh, one.donor_en),
            "pieces": language.number(one.pieces),
            "item": language.both(item.name_zh, item.name_en),
            "sent": language.number(sent),
        }
        if sent and one.accept_by is not None:
            until = language.instant(situation.start_at + one.accept_by)
            yield language.tell(
                say(
                    "{donor} gives {pieces} pieces of {item}: accept by {until}; {sent} are sent.",
                    until=until,
                    **gaps,
                )
            )
        elif sent:
            yield language.tell(
                say("{donor} gives {pieces} pieces of {item}: accept; {sent} are sent.", **gaps)
            )
        else:
            yield language.tell(
                say("{donor} gives {pieces} pieces of {item}: the plan sends none of them.", **gaps)
            )
