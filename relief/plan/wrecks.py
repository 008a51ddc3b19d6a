"""Goods on broken trucks: where a truck has broken down, another one can fetch what it carries.

Such goods become lots of a depot by the road, where the truck stands: whoever fetches them loads
there, so that they never change trucks except by a loading that takes its time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from relief.places import Depot
from relief.plan.execution import Progress
from relief.plan.situation import Situation
from relief.plan.under_way import VehicleUnderWay
from relief.supply.stock import Custody, Lot

WRECK_MARK = "@"
"""Between the code of a lot and that of the depot by the road at which a part of it stands."""
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wreck:
    """A broken truck whose goods can be fetched.

    Parameters
    ----------
    vehicle_code
        The truck.
    depot
        The depot by the road; its source names the truck.
    """

    vehicle_code: str
    depot: Depot


def wreck_source(vehicle_code: str) -> str:
    """Return the source of a depot by the road: it names the truck."""
    return f"broken down: {vehicle_code}"


def fetchable(vehicle: VehicleUnderWay, situation: Situation) -> bool:
    """Return whether a vehicle has broken down with goods on board that another one may take.

    What is donated on conditions stays with the one who was told of them.
    """
    if not vehicle.is_broken_down:
        return False
    tied = _tied(situation)
    return any(line.lot_code not in tied for line in vehicle.load)


def goods_by_road(
    situation: Situation, done: Progress, wrecks: Sequence[Wreck]
) -> tuple[tuple[Lot, ...], tuple[VehicleUnderWay, ...]]:
    """Return goods on broken trucks as lots by the road, and all vehicles without these goods.

    Parameters
    ----------
    situation
        What the plan was made for.
    done
        Where the plan stands.
    wrecks
        The trucks.
    """
    depot_of: Mapping[str, Depot] = {wreck.vehicle_code: wreck.depot for wreck in wrecks}
    tied = _tied(situation)
    lots = {lot.code: lot for lot in situation.lots}
    by_road = [
        lot
        for vehicle in done.under_way
        if vehicle.vehicle_code in depot_of
        for lot in _lots(vehicle, depot_of[vehicle.vehicle_code], lots, tied, situation)
    ]
    under_way = tuple(
        replace(vehicle, load=tuple(line for line in vehicle.load if line.lot_code in tied))
        if vehicle.vehicle_code in depot_of
        else vehicle
        for vehicle in done.under_way
    )
    return tuple(by_road), under_way


def _tied(situation: Situation) -> Collection[str]:
    """Return the lots that are donated on conditions."""
    donations = {donation.code for donation in situation.donations}
    return {lot.code for lot in situation.lots if lot.offer_code in donations}


def _lots(
    vehicle: VehicleUnderWay,
    depot: Depot,
    lots: Mapping[str, Lot],
    tied: Collection[str],
    situation: Situation,
) -> list[Lot]:
    after = -(-(vehicle.free_at - situation.start_at) // SECOND) * SECOND
    return [
        replace(
            lots[code],
            code=f"{code}{WRECK_MARK}{depot.code}",
            depot_code=depot.code,
            pieces=pieces,
            committed_pieces=0,
            custody=Custody.DEPOT,
            source=f"{lots[code].source}; {depot.source}",
            ready_after=after,
            offer_code="",
            parts=(),
        )
        for code, pieces in sorted(vehicle.pieces_by_lot.items())
        if code not in tied
    ]
