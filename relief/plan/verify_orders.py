"""Verifying orders and the policy's reserve: what was laid down is done, or said to be lacking."""

from collections import Counter
from datetime import timedelta

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.orders import Forbid, Force, Hold, Pin, order_text
from relief.plan.routes import StopKind
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_hubs import is_at_hub
from relief.plan.verify_made_up import drawn_for_sets
from relief.plan.verify_trucks import stops_of
from relief.sentences import say
from relief.supply.stock import Lot
from relief.units import SHANGHAI

PPM = 1_000_000


def check_orders(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check each order, and that its slack is told to the piece."""
    told: Counter[int] = Counter()
    times: Counter[int] = Counter()
    for slack in plan.order_slacks:
        told[slack.number] += slack.missing_pieces
        times[slack.number] += 1
        tally.true(
            Rule.ORDER,
            f"order {slack.number}",
            say(
                "A slack of {pieces} pieces is told of an order that can have none.",
                pieces=slack.missing_pieces,
            ),
            fact=1 <= slack.number <= len(ground.situation.orders)
            and slack.missing_pieces >= 1
            and times[slack.number] == 1,
        )
    loaded = _loaded(plan, ground)
    for number, order in enumerate(ground.situation.orders, start=1):
        subject = f"order {number} ({order_text(order)})"
        match order:
            case Pin():
                brought = _brought(plan, ground, order.place_code, order.item_code, order.by)
                came = sum(
                    pieces
                    for lot_code, pieces in brought.items()
                    if order.depot_code in ("", ground.lots[lot_code].depot_code)
                )
                lacking = max(0, order.pieces - came)
            case Force():
                lacking = _lacking(plan, order, ground)
            case Hold():
                lasting = _lasting(order.depot_code, order.item_code, ground)
                lacking = max(0, order.held_pieces - lasting)
                limit = max(0, lasting - order.held_pieces)
                tally.at_most(
                    Rule.ORDER,
                    subject,
                    say(
                        "{pieces} pieces are loaded, but only {limit} are not held back.",
                        pieces=loaded[order.depot_code, order.item_code],
                        limit=limit,
                    ),
                    found=loaded[order.depot_code, order.item_code],
                    limit=limit,
                    unit="pieces",
                )
            case Forbid():
                lacking = 0
                sent = _sent(plan, order, ground)
                tally.at_most(
                    Rule.ORDER,
                    subject,
                    say("{pieces} pieces go where it is forbidden.", pieces=sent),
                    found=sent,
                    limit=0,
                    unit="pieces",
                )
        tally.equal(
            Rule.ORDER,
            subject,
            say(
                "The order is said to lack {told} pieces; by the trips it is {lacking}.",
                told=told[number],
                lacking=lacking,
            ),
            found=told[number],
            limit=lacking,
            unit="pieces",
        )


def check_reserve(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that the stock and the vehicles of the policy's reserve stay where they are."""
    reserve = ground.situation.policy.reserve
    concerned = {code for code, depot in ground.depots.items() if depot.tier >= reserve.least_tier}
    if reserve.stock_ppm:
        for (depot_code, item_code), pieces in _loaded(plan, ground).items():
            if depot_code not in concerned:
                continue
            lasting = _lasting(depot_code, item_code, ground)
            limit = lasting - -(-lasting * reserve.stock_ppm // PPM)
            tally.at_most(
                Rule.RESERVE,
                f"{item_code} in {depot_code}",
                say(
                    "{pieces} pieces are loaded, but only {limit} are not held back.",
                    pieces=pieces,
                    limit=limit,
                ),
                found=pieces,
                limit=limit,
                unit="pieces",
            )
    if reserve.trucks_ppm:
        used: Counter[tuple[str, str, int]] = Counter()
        for vehicle_code in {route.vehicle_code for route in plan.vehicle_routes}:
            pool = ground.pool_of_vehicle.get(vehicle_code)
            if pool is not None:
                used[pool.base_code, pool.class_code, pool.num_drivers] += 1
        for pool in ground.situation.pools:
            if pool.base_code not in concerned:
                continue
            limit = pool.num_vehicles - pool.num_vehicles * reserve.trucks_ppm // PPM
            found = used[pool.base_code, pool.class_code, pool.num_drivers]
            tally.at_most(
                Rule.RESERVE,
                f"{pool.class_code} at {pool.base_code}",
                say(
                    "{found} vehicles are used, but only {limit} are not held back.",
                    found=found,
                    limit=limit,
                ),
                found=found,
                limit=limit,
                unit="vehicles",
            )


def _brought(
    plan: DispatchPlan, ground: Ground, place_code: str, item_code: str, by: timedelta
) -> Counter[str]:
    """Return the pieces of each lot that are at a place by an hour."""
    brought: Counter[str] = Counter()
    for route in plan.vehicle_routes:
        for _, stop in stops_of(route):
            if (
                stop.kind is StopKind.DELIVER
                and stop.location_code == place_code
                and stop.end_at <= ground.situation.start_at + by
            ):
                for line in stop.lines:
                    if line.item_code == item_code and line.lot_code in ground.lots:
                        brought[line.lot_code] += line.pieces
    return brought


def _lacking(plan: DispatchPlan, order: Force, ground: Ground) -> int:
    """Return the pieces that a place lacks of what it needs by an hour."""
    needed: Counter[str] = Counter()
    for need in ground.situation.needs:
        if (
            need.place_code == order.place_code
            and order.force_item_code in ("", need.item_code)
            and need.due_at <= ground.situation.start_at + order.by
        ):
            needed[need.item_code] += need.pieces
    return sum(
        max(0, pieces - _brought(plan, ground, order.place_code, item_code, order.by).total())
        for item_code, pieces in needed.items()
    )


def _loaded(plan: DispatchPlan, ground: Ground) -> Counter[tuple[str, str]]:
    """Return the pieces that are loaded, or consigned if these are more, by depot and item."""
    consigned: Counter[str] = Counter()
    for each in plan.consignments:
        consigned[each.lot_code] += each.pieces
    loaded: Counter[str] = Counter()
    for route in plan.vehicle_routes:
        for _, stop in stops_of(route):
            if stop.kind is StopKind.LOAD:
                for line in stop.lines:
                    if not is_at_hub(stop, line, ground):
                        loaded[line.lot_code] += line.pieces
    taken: Counter[tuple[str, str]] = Counter()
    drawn = drawn_for_sets(consigned, loaded, ground)
    for lot_code in sorted(consigned.keys() | loaded.keys() | drawn.keys()):
        if lot_code in ground.lots:
            lot = ground.lots[lot_code]
            pieces = max(consigned[lot_code], loaded[lot_code]) + drawn[lot_code]
            if not lot.parts:
                taken[lot.depot_code, lot.item_code] += pieces
    return taken


def _lasting(depot_code: str, item_code: str, ground: Ground) -> int:
    """Return the pieces in a depot that nothing else was promised and that last long enough."""
    situation = ground.situation
    item = ground.items.get(item_code)
    least = max(
        situation.policy.min_remaining_life,
        timedelta(days=item.least_life_days if item is not None else 0),
    )
    good_on = (situation.start_at + least).astimezone(SHANGHAI).date()
    return sum(
        max(0, lot.pieces - lot.committed_pieces)
        for lot in situation.lots
        if lot.depot_code == depot_code
        and lot.item_code == item_code
        and not lot.parts
        and (lot.expires_on is None or lot.expires_on >= good_on)
    )


def _sent(plan: DispatchPlan, order: Forbid, ground: Ground) -> int:
    """Return the pieces that go, or are consigned, where an order forbids it."""

    def is_barred(lot: Lot | None, place_code: str) -> bool:
        return (
            lot is not None
            and (order.source_code in (lot.code, lot.depot_code))
            and (order.place_code in ("", place_code))
            and (order.item_code in ("", lot.item_code))
        )

    delivered = sum(
        line.pieces
        for route in plan.vehicle_routes
        for _, stop in stops_of(route)
        if stop.kind is StopKind.DELIVER
        for line in stop.lines
        if is_barred(ground.lots.get(line.lot_code), stop.location_code)
    )
    consigned = sum(
        each.pieces
        for each in plan.consignments
        if is_barred(ground.lots.get(each.lot_code), each.place_code)
    )
    return max(delivered, consigned)
