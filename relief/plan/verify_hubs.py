"""Verifying hubs: goods change vehicles at hubs only, and lie there before they are loaded."""

from collections import defaultdict
from datetime import datetime

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Stop, StopKind, StopLine, Trip
from relief.plan.verify_ground import NO_TIME, SECOND, Ground, Tally, clock_time
from relief.sentences import say

_Moves = dict[tuple[str, str], list[tuple[datetime, int]]]
"""Instants and pieces under (lot, hub)."""


def is_at_hub(stop: Stop, line: StopLine, ground: Ground) -> bool:
    """Return whether goods are loaded that do not lie there, but may have been handed over."""
    lot = ground.lots.get(line.lot_code)
    return (
        stop.kind is StopKind.LOAD
        and lot is not None
        and lot.depot_code != stop.location_code
        and any(hub.depot_code == stop.location_code for hub in ground.situation.hubs)
    )


def check_hubs(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check where goods are handed over, and that each load there was brought and handled before.

    Pieces of one lot are alike, so what counts is the sum: at no instant may more of a lot have
    been loaded at a hub than was handed over there and handled by then.
    """
    handling = {hub.depot_code: hub.handling for hub in ground.situation.hubs}
    ready: _Moves = defaultdict(list)
    loaded: _Moves = defaultdict(list)
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.HAND_OVER:
                    _check_place(trip, stop, ground, tally)
                for line in stop.lines:
                    key = (line.lot_code, stop.location_code)
                    if stop.kind is StopKind.HAND_OVER and stop.location_code in handling:
                        ready_at = stop.end_at + handling[stop.location_code]
                        ready[key].append((ready_at, line.pieces))
                    if is_at_hub(stop, line, ground):
                        loaded[key].append((stop.begin_at, line.pieces))
            _check_brought_goods(trip, ground, tally)
    _check_consignments(plan, ground, loaded, tally)
    for key in sorted(loaded):
        for instant in sorted({at for at, _ in loaded[key]}):
            taken = sum(pieces for at, pieces in loaded[key] if at <= instant)
            there = sum(pieces for at, pieces in ready[key] if at <= instant)
            tally.at_most(
                Rule.HUB,
                f"lot {key[0]} at hub {key[1]}",
                say(
                    "{taken} pieces of lot {lot} are loaded at hub {hub} by {instant}, but only "
                    "{there} were handed over and handled there by then.",
                    taken=taken,
                    lot=key[0],
                    hub=key[1],
                    instant=clock_time(instant),
                    there=there,
                ),
                found=taken,
                limit=there,
                unit="pieces",
            )


def _check_place(trip: Trip, stop: Stop, ground: Ground, tally: Tally) -> None:
    tally.true(
        Rule.HUB,
        f"waybill {trip.number}, stop {stop.location_code}",
        say("{location} is no hub where goods can be handed over.", location=stop.location_code),
        fact=any(hub.depot_code == stop.location_code for hub in ground.situation.hubs),
    )
    for line in stop.lines:
        lot = ground.lots.get(line.lot_code)
        tally.true(
            Rule.HUB,
            f"waybill {trip.number}, lot {line.lot_code}",
            say(
                "Lot {lot} is handed over at {location}, where it lies, or cannot be: it is made "
                "up, or called from a supplier, or given on conditions.",
                lot=line.lot_code,
                location=stop.location_code,
            ),
            fact=lot is not None
            and lot.depot_code != stop.location_code
            and not lot.parts
            and not lot.offer_code,
        )


def _check_brought_goods(trip: Trip, ground: Ground, tally: Tally) -> None:
    """Check that what is handed over was loaded once it lay ready, where that is later."""
    handed = {
        line.lot_code
        for stop in trip.stops
        if stop.kind is StopKind.HAND_OVER
        for line in stop.lines
    }
    for stop in trip.stops:
        for line in stop.lines:
            lot = ground.lots.get(line.lot_code)
            if stop.kind is not StopKind.LOAD or line.lot_code not in handed or lot is None:
                continue
            if lot.ready_after > NO_TIME:
                tally.at_least(
                    Rule.HUB,
                    f"waybill {trip.number}, lot {line.lot_code}",
                    say(
                        "Lot {lot} is loaded for a hub before it lies ready at {ready}.",
                        lot=line.lot_code,
                        ready=clock_time(ground.situation.start_at + lot.ready_after),
                    ),
                    found=ground.after_start_s(stop.begin_at),
                    limit=lot.ready_after // SECOND,
                    unit="s",
                )


def _check_consignments(plan: DispatchPlan, ground: Ground, loaded: _Moves, tally: Tally) -> None:
    """Check that consignments go by hubs, and that nothing else is loaded there."""
    hubs = {hub.depot_code for hub in ground.situation.hubs}
    consigned: dict[tuple[str, str], int] = defaultdict(int)
    for each in plan.consignments:
        if each.hub_code:
            consigned[each.lot_code, each.hub_code] += each.pieces
            tally.true(
                Rule.HUB,
                f"consignment {each.lot_code} to {each.place_code}",
                say(
                    "{hub} is no hub between {depot} and {place}.",
                    hub=each.hub_code,
                    depot=each.depot_code,
                    place=each.place_code,
                ),
                fact=each.hub_code in hubs and each.hub_code != each.depot_code,
            )
    for (lot_code, hub_code), moves in sorted(loaded.items()):
        taken = sum(pieces for _, pieces in moves)
        tally.at_most(
            Rule.HUB,
            f"lot {lot_code} at hub {hub_code}",
            say(
                "{taken} pieces of lot {lot} are loaded at hub {hub}, but {consigned} were "
                "consigned by it.",
                taken=taken,
                lot=lot_code,
                hub=hub_code,
                consigned=consigned[lot_code, hub_code],
            ),
            found=taken,
            limit=consigned[lot_code, hub_code],
            unit="pieces",
        )
