"""Verifying that goods are good long enough when they arrive, and that the old go first.

As everywhere, an arrival counts as at the end of its window.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.orders import Forbid, Hold
from relief.plan.routes import StopKind
from relief.plan.verify_ground import Ground, Tally, clock_time
from relief.plan.verify_made_up import drawn_for_sets
from relief.plan.verify_trucks import stops_of
from relief.sentences import say
from relief.supply.stock import Lot
from relief.units import SHANGHAI


def check_life(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check the life left of every lot that is consigned or delivered, and the order of lots."""
    start_on = ground.situation.start_at.astimezone(SHANGHAI).date()
    for lot_code in sorted({each.lot_code for each in plan.consignments}):
        lot = ground.lots.get(lot_code)
        if lot is not None and lot.expires_on is not None:
            left_days = (lot.expires_on - start_on).days
            least_days = _least_days(lot, start_on, ground)
            tally.at_least(
                Rule.EXPIRY,
                f"lot {lot.code}",
                say(
                    "Lot {lot} may be used until {day}, {left} days after the start; the least is "
                    "{least}.",
                    lot=lot.code,
                    day=lot.expires_on.isoformat(),
                    left=left_days,
                    least=least_days,
                ),
                found=left_days,
                limit=least_days,
                unit="days",
            )
    for route in plan.vehicle_routes:
        for trip, stop in stops_of(route):
            if stop.kind is not StopKind.DELIVER:
                continue
            counted_at = _counted_at(stop.end_at, ground)
            for line in stop.lines:
                held = ground.lots.get(line.lot_code)
                if held is None or held.expires_on is None:
                    continue
                least_on = (counted_at + _least_life(held, ground)).astimezone(SHANGHAI).date()
                tally.at_least(
                    Rule.EXPIRY,
                    f"waybill {trip.number if trip else '-'}, lot {held.code}",
                    say(
                        "Lot {lot} arrives at {place} at {time} and may be used until {day}; it "
                        "must be good until {least}.",
                        lot=held.code,
                        place=stop.location_code,
                        time=clock_time(stop.end_at),
                        day=held.expires_on.isoformat(),
                        least=least_on.isoformat(),
                    ),
                    found=(held.expires_on - start_on).days,
                    limit=(least_on - start_on).days,
                    unit="days",
                )
    _check_first_out(plan, ground, tally)


def _counted_at(instant: datetime, ground: Ground) -> datetime:
    """Return the end of the arrival window, as everywhere; after the last, the instant itself."""
    ends = (ground.situation.start_at + end for end in ground.situation.policy.window_ends)
    return min((end for end in ends if instant <= end), default=instant)


def _least_life(lot: Lot, ground: Ground) -> timedelta:
    item = ground.items.get(lot.item_code)
    days = item.least_life_days if item is not None else 0
    return max(ground.situation.policy.min_remaining_life, timedelta(days=days))


def _least_days(lot: Lot, start_on: date, ground: Ground) -> int:
    first_good = (ground.situation.start_at + _least_life(lot, ground)).astimezone(SHANGHAI)
    return (first_good.date() - start_on).days


def _check_first_out(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that no lot is consigned while an older one of the same goods could have gone.

    The older one lies in the same depot, is of the same owner, ready as early, has pieces left that
    nobody holds, and would still be good at the end of the window.
    """
    situation = ground.situation
    if situation.as_of is not None:
        return  # What is under way goes on, whatever older goods have become free since.
    consigned: Counter[str] = Counter()
    for each in plan.consignments:
        consigned[each.lot_code] += each.pieces
    drawn = drawn_for_sets(consigned, {}, ground)
    kept_apart = _kept_apart(ground)
    heaps: dict[tuple[object, ...], list[Lot]] = defaultdict(list)
    for lot in situation.lots:
        if lot.expires_on is not None and not lot.parts and not lot.offer_code:
            heaps[_heap(lot)].append(lot)
    for each in plan.consignments:
        sent = ground.lots.get(each.lot_code)
        if sent is None or sent.parts or sent.offer_code or sent.code in kept_apart:
            continue
        if (sent.depot_code, sent.item_code) in kept_apart or not 0 <= each.window < len(
            situation.policy.window_ends
        ):
            continue
        arrival_at = situation.start_at + situation.policy.window_ends[each.window]
        for older in _older(sent, heaps[_heap(sent)]):
            good_on = (arrival_at + _least_life(older, ground)).astimezone(SHANGHAI).date()
            if older.code in kept_apart or older.expires_on is None or older.expires_on < good_on:
                continue
            left = older.pieces - older.committed_pieces - consigned[older.code] - drawn[older.code]
            tally.at_most(
                Rule.FIRST_OUT,
                f"consignment {sent.code} to {each.place_code}",
                say(
                    "Lot {lot} goes to {place} while {left} pieces of lot {older}, which expires "
                    "sooner, stay in depot {depot}.",
                    lot=sent.code,
                    place=each.place_code,
                    left=left,
                    older=older.code,
                    depot=sent.depot_code,
                ),
                found=left,
                limit=0,
                unit="pieces",
            )


def _heap(lot: Lot) -> tuple[object, ...]:
    return (lot.depot_code, lot.item_code, lot.owner, lot.ready_after)


def _older(lot: Lot, heap: list[Lot]) -> Iterator[Lot]:
    last = lot.expires_on or date.max
    for other in heap:
        if other.expires_on is not None and other.expires_on < last:
            yield other


def _kept_apart(ground: Ground) -> set[object]:
    """Return lots that orders single out, and (depot, item) of which some pieces are held.

    Of what is held it is not said which pieces, so nobody can say which stayed for no reason.
    """
    situation = ground.situation
    apart: set[object] = {
        order.source_code for order in situation.orders if isinstance(order, Forbid)
    }
    apart |= {
        (order.depot_code, order.item_code) for order in situation.orders if isinstance(order, Hold)
    }
    tiers = {depot.code: depot.tier for depot in situation.depots}
    if situation.policy.reserve.stock_ppm:
        apart |= {
            (lot.depot_code, lot.item_code)
            for lot in situation.lots
            if tiers[lot.depot_code] >= situation.policy.reserve.least_tier
        }
    return apart
