"""Verifying with what goods travel: what must be kept apart, and what must be kept cool."""

from collections import Counter

from relief.plan.certificate import Rule
from relief.plan.routes import StopKind, VehicleRoute
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_under_way import pieces_on_board
from relief.sentences import say


def check_cargo(route: VehicleRoute, ground: Ground, tally: Tally) -> None:
    """Check what a truck has on board whenever it has loaded something."""
    if not _has_rules(ground):
        return
    kind = ground.vehicle_classes.get(route.class_code)
    aboard: Counter[str] = Counter()
    for lot_code, pieces in pieces_on_board(route.vehicle_code, ground).items():
        if lot_code in ground.lots:
            aboard[ground.lots[lot_code].item_code] += pieces
    for trip in route.trips:
        for stop in trip.stops:
            sign = 1 if stop.kind is StopKind.LOAD else -1
            for line in stop.lines:
                aboard[line.item_code] += sign * line.pieces
                item = ground.items.get(line.item_code)
                if item is None or kind is None or sign < 0:
                    continue
                tally.true(
                    Rule.COOLING,
                    f"waybill {trip.number}, lot {line.lot_code}",
                    say(
                        "{item} needs cooling and is loaded on {vehicle}, whose body is not "
                        "cooled.",
                        item=line.item_code,
                        vehicle=route.vehicle_code,
                    ),
                    fact=kind.is_cooled or not item.needs_cooling,
                )
            if sign > 0:
                subject = f"waybill {trip.number} after {stop.location_code}"
                _check_apart(subject, aboard, ground, tally)


def _has_rules(ground: Ground) -> bool:
    return bool(ground.situation.catalogue.apart) or any(
        item.needs_cooling for item in ground.items.values()
    )


def _check_apart(subject: str, aboard: Counter[str], ground: Ground, tally: Tally) -> None:
    of_group: dict[str, list[str]] = {}
    for item_code, pieces in sorted(aboard.items()):
        if pieces > 0 and item_code in ground.items:
            for group in ground.items[item_code].cargo_groups:
                of_group.setdefault(group, []).append(item_code)
    for pair in ground.situation.catalogue.apart:
        tally.true(
            Rule.APART,
            subject,
            say(
                "{items} and {others} are on one truck; {group} and {other_group} must travel "
                "apart.",
                items=", ".join(of_group.get(pair.group, ())),
                others=", ".join(of_group.get(pair.other_group, ())),
                group=pair.group,
                other_group=pair.other_group,
            ),
            fact=not (pair.group in of_group and pair.other_group in of_group),
        )
