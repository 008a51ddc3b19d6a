"""Drawn emergencies on the shipped network: all counties or all townships of Hubei in need.

Depots, stock, trucks and roads are those that come with the program. What is drawn, from a seed:
how hard each county is hit, and from it what it needs of each item; altogether a stated share of
what lies in all depots. The number of trucks is scaled.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np

from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from geodata.travel import RoadTravel
from relief.damage.needs import Estimate, Factor, Need
from relief.items import Item
from relief.places import Depot, Place
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import Location
from relief.supply.fleet import VehiclePool
from scenarios.network import open_network

SOURCE = "drawn for the benchmark"
START_AT = datetime(2016, 7, 6, tzinfo=UTC)
DUE = ((12, 0.3), (24, 0.4), (48, 0.2), (72, 0.1))
NUM_ITEMS = 15
NEED_SHARE = 1.1
"""What all places together need, as a share of all stock."""
HIT_SIGMA = 1.0
"""Spread of how hard counties are hit (lognormal)."""
TRUCKS_RICH = 808


def hubei(
    num_trucks: int = TRUCKS_RICH,
    *,
    townships: bool = False,
    num_places: int | None = None,
    num_items: int = NUM_ITEMS,
    seed: int = 1,
) -> Situation:
    """Return a drawn emergency.

    Parameters
    ----------
    num_trucks
        Trucks altogether, on the roads; the shipped pools scaled.
    townships
        Whether the townships are in need, or the counties.
    num_places
        Only the first so many places; None for all.
    num_items
        How many items, those of which most tonnes are in stock.
    seed
        Of what is drawn.
    """
    gazetteer = load_gazetteer()
    network = open_network(as_of=START_AT.date())
    every = gazetteer.townships if townships else gazetteer.counties
    places = tuple(sorted(every, key=lambda place: place.code))[:num_places]
    held = {item.code: 0 for item in network.catalogue.items}
    for lot in network.lots:
        held[lot.item_code] += lot.available_pieces
    items = sorted(network.catalogue.items, key=lambda i: (-i.mass_g * held[i.code], i.code))
    depots = tuple(
        depot
        for depot in network.depots
        if depot.code in {lot.depot_code for lot in network.lots if lot.available_pieces}
    )
    codes = {depot.code for depot in depots}
    every_point: tuple[Depot | Place, ...] = (*depots, *places)
    located = [
        Location(code=one.code, name_zh=one.name_zh, name_en=one.name_en, point=one.point)
        for one in every_point
    ]
    travel = RoadTravel(load_roads()).travel_times(located)
    kinds = tuple(
        kind for kind in network.vehicle_classes if kind.speed_class in travel.speed_classes
    )
    pools = [
        pool
        for pool in network.pools
        if pool.base_code in codes and pool.class_code in {kind.code for kind in kinds}
    ]
    return Situation(
        event_code="drawn",
        event_zh="抽样",
        event_en="drawn",
        start_at=START_AT,
        catalogue=network.catalogue,
        places=places,
        needs=_needs(places, items[:num_items], held, seed),
        depots=depots,
        lots=tuple(lot for lot in network.lots if lot.depot_code in codes),
        vehicle_classes=kinds,
        pools=_scaled(pools, num_trucks),
        travel=travel,
        policy=PlanningPolicy(),
    )


def _needs(
    places: tuple[Place, ...], items: list[Item], held: dict[str, int], seed: int
) -> tuple[Need, ...]:
    """Return drawn needs: so hard is each county hit, so much of each item is asked for there."""
    draw = np.random.default_rng(seed)
    counties = sorted({place.code[:6] for place in places})
    hit = dict(zip(counties, draw.lognormal(0, HIT_SIGMA, len(counties)), strict=True))
    people = np.array([max(1, place.population_people) for place in places])
    weight = people * np.array([hit[place.code[:6]] for place in places])
    needs = []
    for item in items:
        of_places = weight * draw.uniform(0.5, 1.5, len(places))
        wanted = NEED_SHARE * held[item.code] * of_places / of_places.sum()
        for (place, total), (due_h, share) in product(zip(places, wanted, strict=True), DUE):
            pieces = int(total * share)
            if pieces:
                needs.append(_need(place, item, pieces, due_h))
    return tuple(needs)


def _need(place: Place, item: Item, pieces: int, due_h: int) -> Need:
    return Need(
        place_code=place.code,
        item_code=item.code,
        due_at=START_AT + timedelta(hours=due_h),
        priority=item.priority,
        pieces=pieces,
        estimate=Estimate(low=pieces, likely=pieces, high=pieces),
        milli_people_per_piece=1000,
        chain=(Factor(name=SOURCE, value=pieces, unit="pieces", source=SOURCE),),
    )


def _scaled(pools: list[VehiclePool], num_trucks: int) -> tuple[VehiclePool, ...]:
    """Return the pools with so many trucks in all, the largest remainders rounded up."""
    now = np.array([pool.num_vehicles for pool in pools], dtype=np.float64)
    exact = now * num_trucks / now.sum()
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: num_trucks - whole.sum()]] += 1
    return tuple(
        replace(pool, num_vehicles=int(num))
        for pool, num in zip(pools, whole.tolist(), strict=True)
        if num
    )
