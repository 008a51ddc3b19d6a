"""Verifying that nothing is loaded before it lies ready."""

from collections import defaultdict
from datetime import timedelta

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind, Trip
from relief.plan.verify_ground import NO_TIME, SECOND, Ground, Tally, clock_time
from relief.sentences import say

Counted = dict[tuple[str, str], dict[timedelta, int]]
"""Pieces under (lot, place) and instant after the start."""


def check_ready(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that pieces are loaded for a place only once enough of them lie ready.

    Parts of one consignment may go on several trips and several consignments of a lot on one, so
    what counts is the sum: at no instant may more of a lot have been loaded for a place than was
    consigned to be ready by then.
    """
    ready: Counted = defaultdict(lambda: defaultdict(int))
    for each in plan.consignments:
        ready[each.lot_code, each.place_code][each.ready_after] += each.pieces
        tally.true(
            Rule.READY,
            f"consignment {each.lot_code} to {each.place_code}",
            say(
                "Ready {seconds} s after the start: that is not a whole second from the start on.",
                seconds=each.ready_after.total_seconds(),
            ),
            fact=each.ready_after >= NO_TIME and not each.ready_after % SECOND,
        )
        lot = ground.lots.get(each.lot_code)
        if lot is not None and lot.ready_after > NO_TIME:
            tally.at_least(
                Rule.READY,
                f"consignment {each.lot_code} to {each.place_code}",
                say(
                    "Said to lie ready at {said}, but lot {lot} does so only at {ready}.",
                    said=clock_time(ground.situation.start_at + each.ready_after),
                    lot=lot.code,
                    ready=clock_time(ground.situation.start_at + lot.ready_after),
                ),
                found=each.ready_after // SECOND,
                limit=lot.ready_after // SECOND,
                unit="s",
            )
    loaded: Counted = defaultdict(lambda: defaultdict(int))
    for route in plan.vehicle_routes:
        for trip in route.trips:
            _count_loaded(trip, ground, loaded)
    for key, ready_pieces in sorted(ready.items()):
        for late in sorted(at for at in ready_pieces if at > NO_TIME):
            begun = sum(pieces for at, pieces in loaded[key].items() if at < late)
            by_then = sum(pieces for at, pieces in ready_pieces.items() if at < late)
            lot_code, place_code = key
            tally.at_most(
                Rule.READY,
                f"lot {lot_code} to {place_code}",
                say(
                    "{begun} pieces of lot {lot} are loaded for {place} before {ready}, but only "
                    "{pieces} lie ready before then.",
                    begun=begun,
                    lot=lot_code,
                    place=place_code,
                    ready=clock_time(ground.situation.start_at + late),
                    pieces=by_then,
                ),
                found=begun,
                limit=by_then,
                unit="pieces",
            )


def _count_loaded(trip: Trip, ground: Ground, loaded: Counted) -> None:
    """Add what a trip delivers, at the instants at which its loading began."""
    begun: dict[str, timedelta] = {}
    for stop in trip.stops:
        for line in stop.lines:
            if stop.kind is StopKind.LOAD:
                # Of a lot that is loaded twice on one trip, the first time counts for all.
                begun.setdefault(line.lot_code, stop.begin_at - ground.situation.start_at)
            elif line.lot_code in begun:
                key = (line.lot_code, stop.location_code)
                loaded[key][begun[line.lot_code]] += line.pieces
