"""Verifying what is made up on loading: kits and substitutes, by the catalogue and their parts.

A made-up lot is only a promise: what is taken of it is taken of its parts. Whether these suffice is
counted in `relief.plan.verify_goods`, here is what is drawn. And a lot that calls itself a kit must
hold each part of the kit in full, a substitute no fewer pieces than its ratio says.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.verify_ground import Ground, Tally
from relief.sentences import say
from relief.supply.stock import Lot

MILLI = 1_000
RATIO_TOLERANCE = Fraction(1, 100)
"""By how much a set may fall short of the stated ratio, so that its numbers are small and whole."""


def stand_ins_of(ground: Ground) -> dict[str, tuple[str, int]]:
    """Return which needs goods meet that are sent instead of others, and by how many pieces."""
    return {
        one.item_code: (one.stands_for_code, one.met_pieces)
        for one in ground.situation.catalogue.stand_ins
    }


def drawn_for_sets(
    consigned: Mapping[str, int], loaded: Mapping[str, int], ground: Ground
) -> Counter[str]:
    """Return the pieces of each lot that go into what is made up, whichever says more.

    What vehicles had on board at the start was drawn before.
    """
    on_board: Counter[str] = Counter()
    for vehicle in ground.situation.under_way:
        for line in vehicle.load:
            on_board[line.lot_code] += line.pieces
    drawn: Counter[str] = Counter()
    for code, lot in ground.lots.items():
        made = max(consigned.get(code, 0), loaded.get(code, 0)) - on_board[code]
        if made > 0:
            for part in lot.parts:
                drawn[part.lot_code] += made * part.pieces
    return drawn


def check_made_up(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that whatever made-up lot is used is complete, by the catalogue."""
    used = {each.lot_code for each in plan.consignments}
    used |= {
        line.lot_code
        for route in plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        for line in stop.lines
    }
    for code in sorted(used):
        lot = ground.lots.get(code)
        if lot is None or not lot.parts:
            continue
        held: Counter[str] = Counter()
        for part in lot.parts:
            if part.lot_code in ground.lots:
                held[ground.lots[part.lot_code].item_code] += part.pieces
        if lot.item_code in {one.item_code for one in ground.situation.catalogue.stand_ins}:
            _check_substitute(lot, held, ground, tally)
        else:
            _check_kit(lot, held, ground, tally)


def _check_kit(lot: Lot, held: Counter[str], ground: Ground, tally: Tally) -> None:
    kits = {kit.code: kit for kit in ground.situation.catalogue.kits}
    kit = kits.get(lot.item_code)
    known = tally.true(
        Rule.KIT,
        f"lot {lot.code}",
        say("Lot {lot} is made up, but {item} is no kit.", lot=lot.code, item=lot.item_code),
        fact=kit is not None,
    )
    if not known or kit is None:
        return
    for part in kit.parts:
        tally.at_least(
            Rule.KIT,
            f"lot {lot.code}",
            say(
                "A {kit} of lot {lot} holds {held} pieces of {item}; complete it holds {due}.",
                kit=kit.code,
                lot=lot.code,
                held=held[part.item_code],
                item=part.item_code,
                due=part.pieces,
            ),
            found=held[part.item_code],
            limit=part.pieces,
            unit="pieces",
        )


def _check_substitute(lot: Lot, held: Counter[str], ground: Ground, tally: Tally) -> None:
    catalogue = ground.situation.catalogue
    one = next(each for each in catalogue.stand_ins if each.item_code == lot.item_code)
    stated = [
        each
        for each in catalogue.substitutes
        if each.stands_for_code == one.stands_for_code and held[each.item_code]
    ]
    known = tally.true(
        Rule.SUBSTITUTE,
        f"lot {lot.code}",
        say(
            "Nothing that lot {lot} is made of may stand in for {item}.",
            lot=lot.code,
            item=one.stands_for_code,
        ),
        fact=len(stated) == 1 and len(held) == 1,
    )
    if not known:
        return
    substitute = stated[0]
    pieces = held[substitute.item_code]
    least = Fraction(substitute.pieces_per_piece_milli * one.met_pieces, MILLI)
    tally.true(
        Rule.SUBSTITUTE,
        f"lot {lot.code}",
        say(
            "{pieces} pieces of {substitute} stand in for {met} of {item}; by their ratio that "
            "takes {least}.",
            pieces=pieces,
            substitute=substitute.item_code,
            met=one.met_pieces,
            item=one.stands_for_code,
            least=float(least),
        ),
        fact=pieces >= least * (1 - RATIO_TOLERANCE),
    )
    tally.at_most(
        Rule.SUBSTITUTE,
        f"lot {lot.code}",
        say(
            "A piece of {substitute} counts {claimed} thousandths of {item}, but is worth {worth}.",
            substitute=substitute.item_code,
            claimed=one.worth_milli,
            item=one.stands_for_code,
            worth=round(substitute.worth_share * MILLI),
        ),
        found=one.worth_milli,
        limit=round(substitute.worth_share * MILLI),
        unit="thousandths",
    )
