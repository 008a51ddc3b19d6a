"""Verifying the goods: stock, expiry, loads, and that nothing is lost or made on the way."""

from collections import Counter, defaultdict

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import Stop, StopKind, Trip, VehicleRoute
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_hubs import is_at_hub
from relief.plan.verify_made_up import drawn_for_sets, stand_ins_of
from relief.plan.verify_under_way import lots_on_board, pieces_on_board
from relief.sentences import say
from relief.supply.fleet import VehicleClass
from relief.supply.stock import Lot

UNLOADINGS = frozenset({StopKind.DELIVER, StopKind.HAND_OVER})


def check_stock(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that every lot named exists and holds enough, parts of what is made up included."""
    for each in plan.consignments:
        subject = f"consignment {each.lot_code} to {each.place_code}"
        lot = ground.lots.get(each.lot_code)
        known = tally.true(
            Rule.STOCK,
            subject,
            say("There is no lot {lot}.", lot=each.lot_code),
            fact=lot is not None,
        )
        if known and lot is not None:
            tally.true(
                Rule.STOCK,
                subject,
                say(
                    "Lot {lot} holds {held} in depot {depot}, not {item} in depot {named}.",
                    lot=lot.code,
                    held=lot.item_code,
                    depot=lot.depot_code,
                    item=each.item_code,
                    named=each.depot_code,
                ),
                fact=lot.item_code == each.item_code and lot.depot_code == each.depot_code,
            )
    consigned: Counter[str] = Counter()
    for each in plan.consignments:
        consigned[each.lot_code] += each.pieces
    loaded: Counter[str] = Counter()
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                for line in stop.lines:
                    _check_line_item(trip, line.lot_code, line.item_code, ground, tally)
                    if stop.kind is StopKind.LOAD and not is_at_hub(stop, line, ground):
                        loaded[line.lot_code] += line.pieces
    drawn = drawn_for_sets(consigned, loaded, ground)
    on_board = lots_on_board(ground)
    for code in sorted(consigned.keys() | loaded.keys() | drawn.keys()):
        if code in ground.lots:
            taken = max(consigned[code], loaded[code]) + drawn[code]
            _check_lot(ground.lots[code], taken, on_board[code], tally)


def _check_line_item(
    trip: Trip, lot_code: str, item_code: str, ground: Ground, tally: Tally
) -> None:
    lot = ground.lots.get(lot_code)
    subject = f"waybill {trip.number}, lot {lot_code}"
    if lot is None:
        tally.true(Rule.STOCK, subject, say("There is no lot {lot}.", lot=lot_code), fact=False)
    else:
        tally.true(
            Rule.STOCK,
            subject,
            say(
                "Lot {lot} holds {held}, not {item}.",
                lot=lot_code,
                held=lot.item_code,
                item=item_code,
            ),
            fact=lot.item_code == item_code,
        )


def _check_lot(lot: Lot, taken: int, on_board: int, tally: Tally) -> None:
    available = lot.pieces - lot.committed_pieces + on_board
    tally.at_most(
        Rule.STOCK,
        f"lot {lot.code}",
        say(
            "Lot {lot} gives {taken} pieces, but has {available}.",
            lot=lot.code,
            taken=taken,
            available=available,
        ),
        found=taken,
        limit=available,
        unit="pieces",
    )


def check_conservation(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that what is delivered was consigned, and nowhere more than is needed.

    What is consigned and not delivered shows up as missing in `Rule.SHORTFALL`, because nothing
    is consigned beyond the need.
    """
    num_windows = len(ground.situation.policy.window_ends)
    times: Counter[tuple[str, str, int, str]] = Counter()
    consigned: Counter[tuple[str, str]] = Counter()
    promised: Counter[tuple[str, str]] = Counter()
    stand_ins = stand_ins_of(ground)
    for each in plan.consignments:
        subject = f"consignment {each.lot_code} to {each.place_code}"
        times[each.lot_code, each.place_code, each.window, each.hub_code] += 1
        consigned[each.lot_code, each.place_code] += each.pieces
        wanted, met = stand_ins.get(each.item_code, (each.item_code, 1))
        promised[each.place_code, wanted] += each.pieces * met
        tally.at_least(
            Rule.CONSERVATION,
            subject,
            say("A consignment of {pieces} pieces moves nothing.", pieces=each.pieces),
            found=each.pieces,
            limit=1,
            unit="pieces",
        )
        tally.true(
            Rule.CONSERVATION,
            subject,
            say(
                "Window {window} is none of the {windows} windows of the plan.",
                window=each.window,
                windows=num_windows,
            ),
            fact=0 <= each.window < num_windows,
        )
    for (lot_code, place_code, window, _), number in times.items():
        tally.at_most(
            Rule.CONSERVATION,
            f"consignment {lot_code} to {place_code}",
            say(
                "Lot {lot} is consigned to {place} in window {window} {number} times.",
                lot=lot_code,
                place=place_code,
                window=window,
                number=number,
            ),
            found=number,
            limit=1,
            unit="consignments",
        )
    delivered: Counter[tuple[str, str]] = Counter()
    for route in plan.vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.DELIVER:
                    for line in stop.lines:
                        delivered[line.lot_code, stop.location_code] += line.pieces
    for (lot_code, place_code), pieces in sorted(delivered.items()):
        tally.at_most(
            Rule.CONSERVATION,
            f"lot {lot_code} at {place_code}",
            say(
                "{place} gets {pieces} pieces of lot {lot}, but {consigned} were consigned.",
                place=place_code,
                pieces=pieces,
                lot=lot_code,
                consigned=consigned[lot_code, place_code],
            ),
            found=pieces,
            limit=consigned[lot_code, place_code],
            unit="pieces",
        )
    _check_against_needs(promised, delivered, ground, tally)


def _check_against_needs(
    promised: Counter[tuple[str, str]],
    delivered: Counter[tuple[str, str]],
    ground: Ground,
    tally: Tally,
) -> None:
    needed: Counter[tuple[str, str]] = Counter()
    for need in ground.situation.needs:
        needed[need.place_code, need.item_code] += need.pieces
    brought: Counter[tuple[str, str]] = Counter()
    stand_ins = stand_ins_of(ground)
    for (lot_code, place_code), pieces in delivered.items():
        if lot_code in ground.lots:
            item_code = ground.lots[lot_code].item_code
            wanted, met = stand_ins.get(item_code, (item_code, 1))
            brought[place_code, wanted] += pieces * met
    for place_code, item_code in sorted(promised.keys() | brought.keys()):
        pieces = max(promised[place_code, item_code], brought[place_code, item_code])
        limit = needed[place_code, item_code]
        tally.at_most(
            Rule.CONSERVATION,
            f"{item_code} at {place_code}",
            say(
                "{place} is to get {pieces} pieces of {item}, but needs {needed}.",
                place=place_code,
                pieces=pieces,
                item=item_code,
                needed=limit,
            ),
            found=pieces,
            limit=limit,
            unit="pieces",
        )


def check_trip_loads(route: VehicleRoute, ground: Ground, tally: Tally) -> None:
    """Check what is on board of a truck at every moment: lines, weight and volume."""
    kind = ground.vehicle_classes.get(route.class_code)
    carried = pieces_on_board(route.vehicle_code, ground)
    for trip in route.trips:
        on_board: dict[str, int] = defaultdict(int, carried)
        _check_shape(trip, ground, tally, is_loaded=bool(carried))
        for stop in trip.stops:
            _handle_lines(trip, stop, on_board, ground, tally)
            if kind is not None:
                _check_capacity(
                    f"waybill {trip.number} after {stop.location_code}",
                    on_board,
                    kind,
                    ground,
                    tally,
                )
        for lot_code, pieces in on_board.items():
            if pieces >= 0:  # More unloaded than loaded is objected to at the stop.
                # What was on board before the plan began may stay there, bound for nowhere.
                tally.at_most(
                    Rule.LOADING,
                    f"waybill {trip.number}, lot {lot_code}",
                    say(
                        "{pieces} pieces of lot {lot} are still on board after waybill {number}.",
                        pieces=pieces,
                        lot=lot_code,
                        number=trip.number,
                    ),
                    found=pieces,
                    limit=carried.get(lot_code, 0),
                    unit="pieces",
                )
        carried = {code: pieces for code, pieces in on_board.items() if pieces > 0}


def _check_shape(trip: Trip, ground: Ground, tally: Tally, *, is_loaded: bool) -> None:
    """Check that loads at depots come first and deliveries to places, or hand-overs, follow.

    A truck with goods on board already may go to the places at once.
    """
    kinds = [stop.kind for stop in trip.stops]
    num_loads = kinds.count(StopKind.LOAD)
    tally.true(
        Rule.LOADING,
        f"waybill {trip.number}",
        say(
            "Waybill {number} is not one or more loadings, then one or more deliveries.",
            number=trip.number,
        ),
        fact=set(kinds[:num_loads]) <= {StopKind.LOAD}
        and set(kinds[num_loads:]) <= UNLOADINGS
        and num_loads < len(kinds)
        and (num_loads > 0 or is_loaded),
    )
    for stop in trip.stops:
        where = ground.places if stop.kind is StopKind.DELIVER else ground.depots
        tally.true(
            Rule.LOADING,
            f"waybill {trip.number}, stop {stop.location_code}",
            say(
                "{location} is no known depot or place where goods can be loaded or delivered.",
                location=stop.location_code,
            ),
            fact=stop.location_code in where,
        )
        tally.at_least(
            Rule.LOADING,
            f"waybill {trip.number}, stop {stop.location_code}",
            say(
                "Nothing is loaded or unloaded at the stop {location}.",
                location=stop.location_code,
            ),
            found=len(stop.lines),
            limit=1,
            unit="lines",
        )


def _handle_lines(
    trip: Trip, stop: Stop, on_board: dict[str, int], ground: Ground, tally: Tally
) -> None:
    for line in stop.lines:
        subject = f"waybill {trip.number}, lot {line.lot_code}"
        tally.at_least(
            Rule.LOADING,
            subject,
            say("A line of {pieces} pieces moves nothing.", pieces=line.pieces),
            found=line.pieces,
            limit=1,
            unit="pieces",
        )
        if stop.kind is StopKind.LOAD:
            lot = ground.lots.get(line.lot_code)
            if lot is not None:
                tally.true(
                    Rule.LOADING,
                    subject,
                    say(
                        "Lot {lot} lies in depot {depot} and cannot be loaded at {location}.",
                        lot=lot.code,
                        depot=lot.depot_code,
                        location=stop.location_code,
                    ),
                    fact=lot.depot_code == stop.location_code or is_at_hub(stop, line, ground),
                )
            on_board[line.lot_code] += line.pieces
        else:
            tally.at_most(
                Rule.LOADING,
                subject,
                say(
                    "{pieces} pieces of lot {lot} are unloaded at {location}, but {aboard} are "
                    "on board.",
                    pieces=line.pieces,
                    lot=line.lot_code,
                    location=stop.location_code,
                    aboard=on_board[line.lot_code],
                ),
                found=line.pieces,
                limit=on_board[line.lot_code],
                unit="pieces",
            )
            on_board[line.lot_code] -= line.pieces


def _check_capacity(
    subject: str,
    on_board: dict[str, int],
    kind: VehicleClass,
    ground: Ground,
    tally: Tally,
) -> None:
    weight_g = 0
    volume_cm3 = 0
    for lot_code, pieces in on_board.items():
        lot = ground.lots.get(lot_code)
        if lot is not None and pieces > 0:
            weight_g += pieces * ground.items[lot.item_code].mass_g
            volume_cm3 += pieces * ground.items[lot.item_code].volume_cm3
    tally.at_most(
        Rule.WEIGHT,
        subject,
        say(
            "{found} g are on board, the truck carries {limit} g.",
            found=weight_g,
            limit=kind.payload_g,
        ),
        found=weight_g,
        limit=kind.payload_g,
        unit="g",
    )
    tally.at_most(
        Rule.VOLUME,
        subject,
        say(
            "{found} cm3 are on board, the truck holds {limit} cm3.",
            found=volume_cm3,
            limit=kind.volume_cm3,
        ),
        found=volume_cm3,
        limit=kind.volume_cm3,
        unit="cm3",
    )
