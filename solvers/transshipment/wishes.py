"""What should change vehicles at which hub: wished by an allocation that may have it there."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from relief.damage.needs import Need
from relief.plan.allocation import Allocation, Consignment
from relief.plan.orders import Forbid
from relief.plan.situation import Situation
from relief.plan.travel import UNREACHABLE_S
from relief.supply.stock import Lot
from solvers.transshipment.ways import HubWays

MARK = ">"
"""Between the code of a lot and the hub at which a part of it is thought of, or lies later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Pieces of a lot that should be at a hub.

    Parameters
    ----------
    lot, hub_code
        What, and where.
    pieces
        How many.
    brought_s
        When the soonest truck can have unloaded them there, in seconds after the start.
    need
        The most pressing need that they are for.
    classes
        The vehicles that may bring them: those that do not get to the place.
    """

    lot: Lot
    hub_code: str
    pieces: int
    brought_s: int
    need: Need
    classes: frozenset[str]

    @property
    def code(self) -> str:
        """The code of the lot that the pieces become at the hub."""
        return f"{self.lot.code}{MARK}{self.hub_code}"


def thought_of(
    situation: Situation,
    ways: HubWays,
    short: Collection[tuple[str, str]],
    consignments: Sequence[Consignment],
) -> tuple[Wish, ...]:
    """Return what could help at hubs, were the other vehicles there not busy.

    For each item that is short at a place, the hub from which those who get there have it soonest,
    and among equals the nearest; and lots in stores from which some trucks do not get there, and
    which lie farther off than the hub does, as far as other places leave something of them.

    Parameters
    ----------
    situation, ways
        The situation, and what is known of its hubs.
    short
        Places and items that are short without hubs.
    consignments
        What moves without hubs.
    """
    lots: dict[str, list[Lot]] = defaultdict(list)
    for lot in _free_lots(situation, {place for place, _ in short}, consignments):
        lots[lot.item_code].append(lot)
    left = {lot.code: lot.pieces for of_item in lots.values() for lot in of_item}
    weights = dict(situation.policy.priority_weights)
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    most: dict[tuple[str, str], Need] = {}

    def rate(need: Need) -> int:
        return need.milli_people_per_piece * weights[need.priority]

    for need in situation.needs:
        key = (need.place_code, need.item_code)
        if key in short:
            wanted[key] += need.pieces
            if key not in most or rate(need) > rate(most[key]):
                most[key] = need
    found: dict[tuple[str, str], Wish] = {}
    for key in sorted(wanted, key=lambda key: (-rate(most[key]), key)):
        open_pieces = wanted[key]
        for wish in _by_best_hub(
            situation, ways, [lot for lot in lots[key[1]] if left[lot.code]], most[key]
        ):
            pieces = min(open_pieces, left[wish.lot.code])
            known = found.get((wish.lot.code, wish.hub_code))
            if pieces > 0:
                open_pieces -= pieces
                left[wish.lot.code] -= pieces
                found[wish.lot.code, wish.hub_code] = (
                    replace(wish, pieces=pieces)
                    if known is None
                    else replace(
                        known,
                        pieces=known.pieces + pieces,
                        classes=known.classes & wish.classes or known.classes,
                    )
                )
    return tuple(found[key] for key in sorted(found))


def _free_lots(
    situation: Situation, places: Collection[str], consignments: Sequence[Consignment]
) -> tuple[Lot, ...]:
    """Return the lots that may change vehicles, with what goes to none but some places."""
    used: Counter[str] = Counter()
    for each in consignments:
        if each.place_code not in places:
            used[each.lot_code] += each.pieces
    barred = {one.source_code for one in situation.orders if isinstance(one, Forbid)}
    reserve = situation.policy.reserve
    tiers = {depot.code: depot.tier for depot in situation.depots}
    drawn_on = {part.lot_code for lot in situation.lots for part in lot.parts}
    return tuple(
        replace(lot, pieces=lot.available_pieces - used[lot.code], committed_pieces=0)
        for lot in situation.usable_lots()
        if not lot.parts
        and not lot.offer_code
        and not lot.ready_after
        and lot.code not in drawn_on
        and not {lot.code, lot.depot_code} & barred
        and not (reserve.stock_ppm and tiers[lot.depot_code] >= reserve.least_tier)
        and lot.available_pieces > used[lot.code]
    )


def _by_best_hub(
    situation: Situation, ways: HubWays, lots: Sequence[Lot], need: Need
) -> Sequence[Wish]:
    """Return the lots that could go to a place by the best hub, those first that are soonest."""
    best: list[Wish] = []
    best_rank: tuple[int, int, int] | None = None
    for hub_code in ways.hubs_near(need.place_code):
        wishes = sorted(
            _by_hub(situation, ways, lots, need, hub_code),
            key=lambda wish: (wish.brought_s, wish.lot.expires_on or date.max, wish.lot.code),
        )
        onward_s = ways.onward_s(hub_code, need.place_code)
        if not wishes or onward_s is None:
            continue
        ready_s = wishes[0].brought_s + _seconds(ways.hubs[hub_code].handling)
        arrival_s = ways.onward_at_s(hub_code, need.place_code, ready_s)
        window = situation.window_of(situation.start_at + timedelta(seconds=arrival_s))
        if window is None:
            continue
        rank = (window, onward_s, arrival_s)
        if best_rank is None or rank < best_rank:
            best, best_rank = wishes, rank
    return best


def _by_hub(
    situation: Situation, ways: HubWays, lots: Sequence[Lot], need: Need, hub_code: str
) -> Iterator[Wish]:
    """Yield the lots that a hub brings nearer to a place, for those who get there."""
    onward_s = ways.onward_s(hub_code, need.place_code)
    if onward_s is None:
        return
    horizon_s = _seconds(situation.policy.window_ends[-1])
    for lot in lots:
        direct_s = ways.onward_s(lot.depot_code, need.place_code)
        if lot.depot_code == hub_code or (direct_s is not None and direct_s <= onward_s):
            continue
        classes = ways.shut_out(lot.depot_code, need.place_code)
        brought_s = ways.brought_s(lot.depot_code, hub_code, classes)
        if brought_s < min(horizon_s, UNREACHABLE_S):
            yield Wish(
                lot=lot,
                hub_code=hub_code,
                pieces=0,
                brought_s=brought_s,
                need=need,
                classes=classes,
            )


def with_wishes(situation: Situation, ways: HubWays, wishes: Sequence[Wish]) -> Situation:
    """Return the situation as if all that is thought of could be at the hubs at the soonest."""
    gone: Counter[str] = Counter()
    for wish in wishes:
        gone[wish.lot.code] += wish.pieces
    return replace(
        situation,
        lots=(
            *without(situation.lots, gone),
            *(
                lot_at_hub(
                    wish.lot,
                    wish.hub_code,
                    code=wish.code,
                    pieces=wish.pieces,
                    ready_s=wish.brought_s + _seconds(ways.hubs[wish.hub_code].handling),
                )
                for wish in wishes
            ),
        ),
    )


def granted(wishes: Sequence[Wish], allocation: Allocation) -> tuple[Wish, ...]:
    """Return what an allocation takes from hubs, of what was thought of."""
    taken: Counter[str] = Counter()
    for each in allocation.consignments:
        taken[each.lot_code] += each.pieces
    return tuple(replace(wish, pieces=taken[wish.code]) for wish in wishes if taken[wish.code])


def without(lots: Sequence[Lot], gone: Counter[str]) -> tuple[Lot, ...]:
    """Return lots without the pieces that go to hubs."""
    return tuple(replace(lot, pieces=lot.pieces - gone[lot.code]) for lot in lots)


def lot_at_hub(lot: Lot, hub_code: str, *, code: str, pieces: int, ready_s: int) -> Lot:
    """Return the lot that pieces of another one become at a hub."""
    return replace(
        lot,
        code=code,
        depot_code=hub_code,
        pieces=pieces,
        committed_pieces=0,
        ready_after=timedelta(seconds=ready_s),
    )


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
