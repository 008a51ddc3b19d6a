"""Goods that are made up when they are loaded: kits, and sets of pieces that stand in for others.

A kit is made up at the depot that sends it, from parts that lie there, and goes on a truck as one
thing. So it counts where it arrives complete, and only there: parts that travel by themselves
serve needs of the parts, never of the kit.

A substitute goes in sets: the smallest whole numbers of pieces whose ratio is the stated one, such
as two blankets for one quilt. A set meets so many pieces of a need, and is charged for being worth
less (`relief.items.StandIn`).

Both are lots of their own with `Lot.parts`, and share the pieces of their parts' lots with whatever
else is taken from these. So allocation, routing and papers treat them as any lot.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from relief.errors import Fault
from relief.items import Catalogue, Confidence, Item, Kit, StandIn, Substitute
from relief.sentences import say
from relief.supply.apart import groups_together
from relief.supply.stock import Lot, LotPart

RATIO_TOLERANCE = Fraction(1, 200)
"""How far the ratio of a set may be from the stated one, as a share of it."""

MOST_SET_PIECES = 1_000
_MILLI = 1_000
_NO_TIME = timedelta(0)


def with_kit_items(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with an item for each kit that is none yet, so that it can be needed."""
    items = catalogue.by_code()
    added = tuple(
        _kit_item(kit, items)
        for kit in catalogue.kits
        if kit.code not in items and all(part.item_code in items for part in kit.parts)
    )
    return replace(catalogue, items=(*catalogue.items, *added)) if added else catalogue


def with_stand_ins(catalogue: Catalogue, wanted: Collection[str]) -> Catalogue:
    """Return the catalogue with the sets of all substitutes for items that are wanted."""
    items = catalogue.by_code()
    found = [
        _stand_in(substitute, items)
        for substitute in catalogue.substitutes
        if substitute.stands_for_code in wanted
        and substitute.item_code in items
        and substitute.stands_for_code in items
    ]
    return replace(
        catalogue,
        items=(*catalogue.items, *(item for item, _ in found)),
        stand_ins=tuple(stand_in for _, stand_in in found),
    )


def made_up_lots(
    catalogue: Catalogue, lots: Sequence[Lot], wanted: Collection[str], *, kits: bool
) -> tuple[Lot, ...]:
    """Return the lots that can be made up of others for what is wanted.

    Only what lies in store and is nobody's condition is taken: no offers, no donations, nothing
    that is still to come. Parts are paired depot by depot in the order in which they expire.

    Parameters
    ----------
    catalogue
        With the stand-ins that may be sent.
    lots
        What lies in the depots.
    wanted
        Codes of the items that somebody needs.
    kits
        Whether kits are made up.
    """
    heaps: dict[str, dict[str, list[Lot]]] = {}
    for lot in sorted(lots, key=_first_to_expire):
        if lot.available_pieces > 0 and not (lot.parts or lot.offer_code or lot.ready_after):
            heaps.setdefault(lot.depot_code, {}).setdefault(lot.item_code, []).append(lot)
    recipes = [
        (kit.code, {part.item_code: part.pieces for part in kit.parts})
        for kit in catalogue.kits
        if kits and kit.code in wanted
    ]
    ratios = {
        set_code(substitute): (substitute.item_code, set_ratio(substitute)[0])
        for substitute in catalogue.substitutes
    }
    recipes += [
        (one.item_code, dict([ratios[one.item_code]]))
        for one in catalogue.stand_ins
        if one.item_code in ratios
    ]
    return tuple(
        lot
        for depot_code in sorted(heaps)
        for code, recipe in recipes
        if all(part in heaps[depot_code] for part in recipe)
        for lot in _paired(code, recipe, heaps[depot_code])
    )


def set_code(substitute: Substitute) -> str:
    """Return the code of the item as which a substitute is sent."""
    return f"{substitute.item_code}-for-{substitute.stands_for_code}"


def set_ratio(substitute: Substitute) -> tuple[int, int]:
    """Return the pieces in a set and the pieces of need that it meets, both >= 1.

    The smallest numbers whose ratio is within `RATIO_TOLERANCE` of the stated one.
    """
    stated = Fraction(max(substitute.pieces_per_piece_milli, 1), _MILLI)
    for met in range(1, MOST_SET_PIECES):
        pieces = max(1, round(stated * met))
        if abs(Fraction(pieces, met) - stated) <= stated * RATIO_TOLERANCE:
            return pieces, met
    return stated.numerator, stated.denominator


def drawn_pieces(taken: Mapping[str, int], lots: Iterable[Lot]) -> Counter[str]:
    """Return the pieces that made-up goods draw from the lots of their parts.

    Parameters
    ----------
    taken
        Pieces taken of each lot, by its code.
    lots
        All lots.
    """
    drawn: Counter[str] = Counter()
    for lot in lots:
        for part in lot.parts:
            if taken.get(lot.code, 0) > 0:
                drawn[part.lot_code] += taken[lot.code] * part.pieces
    return drawn


def makeable(usable: Sequence[Lot], kept_apart: Collection[str]) -> tuple[Lot, ...]:
    """Return the lots with no more made-up pieces than their parts yield.

    Parameters
    ----------
    usable
        Lots that may be sent.
    kept_apart
        Codes of lots and depots from which nothing is made up.
    """
    if not any(lot.parts for lot in usable):
        return tuple(usable)
    pieces = {
        lot.code: lot.available_pieces
        for lot in usable
        if lot.code not in kept_apart and lot.depot_code not in kept_apart
    }
    found = []
    for lot in usable:
        if lot.parts:
            yielded = min(pieces.get(part.lot_code, 0) // part.pieces for part in lot.parts)
            if yielded < lot.available_pieces:
                lot = replace(lot, pieces=yielded + lot.committed_pieces)  # noqa: PLW2901
        if lot.available_pieces > 0:
            found.append(lot)
    return tuple(found)


def made_up_faults(lots: Sequence[Lot], catalogue: Catalogue) -> Iterator[Fault]:
    """Yield what is wrong with made-up lots and stand-ins: parts that lie nowhere or elsewhere."""
    by_code = {lot.code: lot for lot in lots}
    items = catalogue.by_code()
    for lot in lots:
        for part in lot.parts:
            held = by_code.get(part.lot_code)
            if held is None or held.parts or held.depot_code != lot.depot_code or part.pieces < 1:
                yield Fault(
                    where=f"lot {lot.code}",
                    field="parts",
                    value=f"{part.lot_code}: {part.pieces}",
                    what=say("A part of a made-up lot is no lot of the same depot, or no piece."),
                    allowed="lots in store in the same depot, >= 1 piece of each",
                    remedy=say("Take the made-up lots from the kits and substitutes."),
                )
    for one in catalogue.stand_ins:
        if (
            one.item_code not in items
            or one.stands_for_code not in items
            or one.met_pieces < 1
            or not 0 <= one.worth_milli <= _MILLI
        ):
            yield Fault(
                where=f"stand-in {one.item_code}",
                field="stands_for_code, met_pieces, worth_milli",
                value=f"{one.stands_for_code}, {one.met_pieces}, {one.worth_milli}",
                what=say("A substitute stands in for no known item, for nothing, or is of no use."),
                allowed="a known item, >= 1 piece, 0 to 1,000",
                remedy=say("Correct the substitute."),
            )


def _paired(code: str, recipe: Mapping[str, int], heaps: Mapping[str, list[Lot]]) -> Iterator[Lot]:
    """Yield lots made up of the parts in a depot, what expires first with what expires first."""
    turn = dict.fromkeys(recipe, 0)
    left = {item: heaps[item][0].available_pieces for item in recipe}
    number = 0
    while all(turn[item] < len(heaps[item]) for item in recipe):
        parts = {item: heaps[item][turn[item]] for item in recipe}
        pieces = min(left[item] // each for item, each in recipe.items())
        if pieces:
            number += 1
            first = next(iter(parts.values()))
            expiries = [lot.expires_on for lot in parts.values() if lot.expires_on is not None]
            yield Lot(
                code=f"{first.depot_code}/{code}+{number}",
                depot_code=first.depot_code,
                item_code=code,
                pieces=pieces,
                owner=max(lot.owner for lot in parts.values()),
                expires_on=min(expiries, default=None),
                evidence=first.evidence,
                source="; ".join(lot.code for lot in parts.values()),
                parts=tuple(
                    LotPart(lot_code=parts[item].code, pieces=each) for item, each in recipe.items()
                ),
            )
        for item, each in recipe.items():
            left[item] -= pieces * each
        for item, each in recipe.items():
            # Too little for another one: the next lot is the next to be paired.
            if left[item] < each:
                turn[item] += 1
                if turn[item] < len(heaps[item]):
                    left[item] = heaps[item][turn[item]].available_pieces


def _kit_item(kit: Kit, items: Mapping[str, Item]) -> Item:
    parts = [(items[part.item_code], part.pieces) for part in kit.parts]
    lives = [item.shelf_life_months for item, _ in parts if item.shelf_life_months is not None]
    return Item(
        code=kit.code,
        name_zh=kit.name_zh,
        name_en=kit.name_en,
        unit_zh="套",
        unit_en="kit",
        mass_g=sum(item.mass_g * pieces for item, pieces in parts),
        volume_cm3=sum(item.volume_cm3 * pieces for item, pieces in parts),
        pack_pieces=1,
        shelf_life_months=min(lives, default=None),
        price_fen=sum(item.price_fen * pieces for item, pieces in parts),
        priority=min(item.priority for item, _ in parts),
        source="sum of " + ", ".join(f"{pieces} {item.code}" for item, pieces in parts),
        confidence=Confidence.DERIVED,
        least_life_days=max(item.least_life_days for item, _ in parts),
        cargo_groups=groups_together(item for item, _ in parts),
        needs_cooling=any(item.needs_cooling for item, _ in parts),
    )


def _stand_in(substitute: Substitute, items: Mapping[str, Item]) -> tuple[Item, StandIn]:
    item, wanted = items[substitute.item_code], items[substitute.stands_for_code]
    pieces, met = set_ratio(substitute)
    sent_as = replace(
        item,
        code=set_code(substitute),
        name_zh=f"{item.name_zh}（{pieces}{item.unit_zh}代{wanted.name_zh}{met}{wanted.unit_zh}）",
        name_en=f"{item.name_en} ({pieces} for {met} {wanted.name_en})",
        unit_zh="组",
        unit_en="set",
        mass_g=item.mass_g * pieces,
        volume_cm3=item.volume_cm3 * pieces,
        pack_pieces=1,
        price_fen=item.price_fen * pieces,
        priority=wanted.priority,
    )
    worth_milli = round(substitute.worth_share * _MILLI)
    return sent_as, StandIn(
        item_code=sent_as.code,
        stands_for_code=wanted.code,
        met_pieces=met,
        worth_milli=worth_milli,
    )


def _first_to_expire(lot: Lot) -> tuple[date, str]:
    return (lot.expires_on or date.max, lot.code)
