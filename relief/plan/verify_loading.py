"""Verifying loading lists: they hold the cargo, within the box, and say truly what axles bear."""

from collections import Counter

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.loading import LoadingBlock, LoadingList
from relief.plan.routes import StopKind, Trip
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_under_way import pieces_on_board
from relief.sentences import say
from relief.supply.fleet import TruckBody, VehicleClass

TOLERANCE_KG = 1
"""What rounding may make of a mass on an axle."""
TOLERANCE_MM = 1
"""What rounding may make of the place of a block."""


def check_loading(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check that each trip that loads an empty truck has a loading list, and a true one."""
    lists = {each.waybill: each for each in plan.loading_lists}
    due: dict[str, tuple[Trip, VehicleClass]] = {}
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        aboard = Counter(pieces_on_board(route.vehicle_code, ground))
        for trip in route.trips:
            if kind is not None and kind.body is not None and not +aboard:
                due[trip.number] = (trip, kind)
            for stop in trip.stops:
                for line in stop.lines:
                    sign = 1 if stop.kind is StopKind.LOAD else -1
                    aboard[line.lot_code] += sign * line.pieces
    for number in sorted(due.keys() | lists.keys()):
        given = [each for each in plan.loading_lists if each.waybill == number]
        tally.equal(
            Rule.LOADING_LIST,
            f"waybill {number}",
            say(
                "Waybill {number} has {found} loading lists, and should have {due}.",
                number=number,
                found=len(given),
                due=int(number in due),
            ),
            found=len(given),
            limit=int(number in due),
            unit="lists",
        )
        if number in due and number in lists:
            _check_list(lists[number], *due[number], ground, tally)


def _check_list(
    each: LoadingList,
    trip: Trip,
    kind: VehicleClass,
    ground: Ground,
    tally: Tally,
) -> None:
    body = kind.body
    if body is None:
        return  # No list is due.
    _check_cargo(each, trip, tally)
    for block in each.blocks:
        _check_block(each, block, body, ground, tally)
    _check_places(each, tally)
    if all(block.item_code in ground.items for block in each.blocks):
        _check_room(each, kind, ground, tally)
        _check_axles(each, trip, body, ground, tally)


def _check_cargo(each: LoadingList, trip: Trip, tally: Tally) -> None:
    loads = [stop for stop in trip.stops if stop.kind is StopKind.LOAD]
    deliveries = [stop for stop in trip.stops if stop.kind is not StopKind.LOAD]
    for kind, stops in (("loaded", loads), ("unloaded", deliveries)):
        carried: Counter[tuple[int, str, str]] = Counter()
        for number, stop in enumerate(stops, start=1):
            for line in stop.lines:
                carried[number, line.lot_code, line.item_code] += line.pieces
        listed: Counter[tuple[int, str, str]] = Counter()
        for block in each.blocks:
            number = block.load_number if kind == "loaded" else block.delivery_number
            listed[number, block.lot_code, block.item_code] += block.pieces
        for key in sorted(carried.keys() | listed.keys()):
            tally.equal(
                Rule.LOADING_LIST,
                f"waybill {each.waybill}, {kind} {key[0]}, lot {key[1]}",
                say(
                    "The loading list holds {listed} pieces of lot {lot}, the waybill {carried}.",
                    listed=listed[key],
                    lot=key[1],
                    carried=carried[key],
                ),
                found=listed[key],
                limit=carried[key],
                unit="pieces",
            )


def _check_block(
    each: LoadingList,
    block: LoadingBlock,
    body: TruckBody,
    ground: Ground,
    tally: Tally,
) -> None:
    subject = f"waybill {each.waybill}, lot {block.lot_code} at {block.from_mm} mm"
    item = ground.items.get(block.item_code)
    if item is None:
        return  # Objected to by the cargo: no trip carries it.
    tally.true(
        Rule.LOADING_LIST,
        subject,
        say(
            "{pieces} pieces are not {packs} packs of {each} and {loose} loose pieces.",
            pieces=block.pieces,
            packs=block.packs,
            each=item.pack_pieces,
            loose=block.loose_pieces,
        ),
        fact=block.pieces >= 1
        and 0 <= block.loose_pieces < item.pack_pieces
        and block.packs * item.pack_pieces + block.loose_pieces == block.pieces,
    )
    wall_mm = body.box_mm * (block.compartment - 1) // body.num_compartments
    next_mm = -(-body.box_mm * block.compartment // body.num_compartments)
    tally.true(
        Rule.LOADING_LIST,
        subject,
        say(
            "Goods from {begin} to {end} mm do not stand in compartment {compartment}.",
            begin=block.from_mm,
            end=block.to_mm,
            compartment=block.compartment,
        ),
        fact=1 <= block.compartment <= body.num_compartments
        and wall_mm - TOLERANCE_MM <= block.from_mm <= block.to_mm <= next_mm + TOLERANCE_MM,
    )


def _check_room(each: LoadingList, kind: VehicleClass, ground: Ground, tally: Tally) -> None:
    """Check that all that stands at one place fits there."""
    body = kind.body
    if body is None:
        return
    volume_cm3: Counter[tuple[int, int]] = Counter()
    pack_cm3: Counter[tuple[int, int]] = Counter()
    for block in each.blocks:
        item = ground.items[block.item_code]
        volume_cm3[block.from_mm, block.to_mm] += block.pieces * item.volume_cm3
        pack_cm3[block.from_mm, block.to_mm] += item.volume_cm3 * item.pack_pieces
    for (from_mm, to_mm), found_cm3 in sorted(volume_cm3.items()):
        length_mm = to_mm - from_mm + TOLERANCE_MM
        # Where walls part goods, up to a pack at each end stands not quite where it should.
        spare_cm3 = 2 * pack_cm3[from_mm, to_mm] if body.num_compartments > 1 else 0
        tally.at_most(
            Rule.LOADING_LIST,
            f"waybill {each.waybill}, {from_mm} to {to_mm} mm",
            say(
                "{volume} cm3 do not fit into {length} mm of the box.",
                volume=found_cm3,
                length=length_mm,
            ),
            found=found_cm3,
            limit=kind.volume_cm3 * length_mm // body.box_mm + spare_cm3,
            unit="cm3",
        )


def _check_places(each: LoadingList, tally: Tally) -> None:
    """Check that blocks follow each other, and that what is unloaded first stands at the doors."""
    for number, block in enumerate(each.blocks):
        before = each.blocks[number - 1] if number else None
        if before is None:
            continue
        is_layer = _place(block) == _place(before)
        tally.at_least(
            Rule.LOADING_LIST,
            f"waybill {each.waybill}, block {number + 1}",
            say("Goods at {begin} mm stand among others.", begin=block.from_mm),
            found=block.from_mm,
            limit=before.from_mm if is_layer else before.to_mm,
            unit="mm",
        )
        tally.at_least(
            Rule.LOADING_LIST,
            f"waybill {each.waybill}, block {number + 1}",
            say("What is loaded later stands before what is loaded earlier."),
            found=block.load_number,
            limit=before.load_number,
            unit="",
        )
        if block.load_number == before.load_number:
            tally.at_most(
                Rule.LOADING_LIST,
                f"waybill {each.waybill}, block {number + 1}",
                say(
                    "Goods for delivery {number} stand behind those for delivery {other}, though "
                    "they are loaded at the same place.",
                    number=block.delivery_number,
                    other=before.delivery_number,
                ),
                found=block.delivery_number,
                limit=before.delivery_number,
                unit="",
            )
    in_the_way = {
        front.delivery_number
        for place, front in enumerate(each.blocks)
        for back in each.blocks[place + 1 :]
        if back.delivery_number > front.delivery_number
    }
    tally.true(
        Rule.LOADING_LIST,
        f"waybill {each.waybill}",
        say("The list does not name rightly at which deliveries goods are in the way."),
        fact=in_the_way == set(each.moved_aside),
    )


def _place(block: LoadingBlock) -> tuple[int, ...]:
    """Return what goods must have in common to stand on each other."""
    return (block.load_number, block.delivery_number, block.from_mm, block.to_mm)


def _check_axles(
    each: LoadingList, trip: Trip, body: TruckBody, ground: Ground, tally: Tally
) -> None:
    num_deliveries = sum(1 for stop in trip.stops if stop.kind is not StopKind.LOAD)
    tally.true(
        Rule.LOADING_LIST,
        f"waybill {each.waybill}",
        say("The list does not tell what the axles bear each time the truck drives on."),
        fact=[load.deliveries_done for load in each.axle_loads] == list(range(num_deliveries)),
    )
    worst_kg = 0.0
    for load in each.axle_loads:
        front_kg, rear_kg = body.empty_front_g / 1000, body.empty_rear_g / 1000
        for block in each.blocks:
            if block.delivery_number > load.deliveries_done:
                mass_kg = block.pieces * ground.items[block.item_code].mass_g / 1000
                lever_mm = body.box_begins_mm + (block.from_mm + block.to_mm) / 2
                front_kg += mass_kg * (1 - lever_mm / body.wheelbase_mm)
                rear_kg += mass_kg * lever_mm / body.wheelbase_mm
        for name, said_kg, true_kg in (
            ("front", load.front_kg, front_kg),
            ("rear", load.rear_kg, rear_kg),
        ):
            tally.at_most(
                Rule.LOADING_LIST,
                f"waybill {each.waybill}, {name} after {load.deliveries_done}",
                say(
                    "The {name} is said to bear {said} kg, but bears {true} kg.",
                    name=name,
                    said=said_kg,
                    true=round(true_kg),
                ),
                found=round(abs(said_kg - true_kg)),
                limit=TOLERANCE_KG,
                unit="kg",
            )
        total_kg = front_kg + rear_kg
        worst_kg = max(
            worst_kg,
            front_kg - body.most_front_g / 1000,
            rear_kg - body.most_rear_g / 1000,
            total_kg - body.most_total_g / 1000,
            total_kg * body.least_front_ppm / 1_000_000 - front_kg,
        )
    tally.at_most(
        Rule.LOADING_LIST,
        f"waybill {each.waybill}",
        say(
            "Axles bear {true} kg too much at worst; the list says {said} kg.",
            true=round(worst_kg),
            said=each.over_kg,
        ),
        found=round(abs(worst_kg - each.over_kg)),
        limit=TOLERANCE_KG,
        unit="kg",
    )
