"""What is carried of whose stock, and from whose depots."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from relief.places import STORE_TIERS, Tier
from relief.plan.routes import StopKind, VehicleRoute
from relief.plan.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class TierHaul:
    """What is carried for one tier.

    Parameters
    ----------
    tier
        The tier.
    mass_g
        Mass delivered.
    num_trips, num_trucks
        Trips and trucks with goods of the tier; a trip with goods of two tiers counts for both.
    """

    tier: Tier
    mass_g: int
    num_trips: int
    num_trucks: int


def hauls_by_owner(
    situation: Situation, vehicle_routes: Sequence[VehicleRoute]
) -> tuple[TierHaul, ...]:
    """Return what is carried of each level's own stock, every tier in order.

    Of what suppliers own only what is carried at all is told.
    """
    owners = {lot.code: lot.owner for lot in situation.lots}
    return _hauls(situation, vehicle_routes, owners)


def hauls_by_depot(
    situation: Situation, vehicle_routes: Sequence[VehicleRoute]
) -> tuple[TierHaul, ...]:
    """Return what is carried from the depots of each tier, every tier in order.

    Of what suppliers own only what is carried at all is told.
    """
    tiers = {depot.code: depot.tier for depot in situation.depots}
    keepers = {lot.code: tiers[lot.depot_code] for lot in situation.lots}
    return _hauls(situation, vehicle_routes, keepers)


def _hauls(
    situation: Situation, vehicle_routes: Sequence[VehicleRoute], tier_of_lot: dict[str, Tier]
) -> tuple[TierHaul, ...]:
    items = situation.catalogue.by_code()
    mass_g: dict[Tier, int] = defaultdict(int)
    trips: dict[Tier, set[tuple[int, int]]] = defaultdict(set)
    trucks: dict[Tier, set[int]] = defaultdict(set)
    for truck, route in enumerate(vehicle_routes):
        for number, trip in enumerate(route.trips):
            for stop in trip.stops:
                if stop.kind is not StopKind.DELIVER:
                    continue
                for line in stop.lines:
                    if line.lot_code not in tier_of_lot or line.item_code not in items:
                        continue
                    tier = tier_of_lot[line.lot_code]
                    mass_g[tier] += line.pieces * items[line.item_code].mass_g
                    trips[tier].add((truck, number))
                    trucks[tier].add(truck)
    return tuple(
        TierHaul(
            tier=tier,
            mass_g=mass_g[tier],
            num_trips=len(trips[tier]),
            num_trucks=len(trucks[tier]),
        )
        for tier in Tier
        if tier in STORE_TIERS or trips[tier]
    )
