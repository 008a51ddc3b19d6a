"""How fast the allocation is and how near its bound: `python -m benchmarks.allocation [EVENT]`.

Without an event: a drawn province of 100 places, 15 items, 4 windows and 135 depots, with 800 and
with 400 trucks. Prints a row for each model: columns, rounds, seconds, and the gap
between the model's optimum over the columns found and the bound over all columns.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np

from benchmarks.routing import prepared
from relief.damage.needs import Estimate, Factor, Need
from relief.items import Catalogue, Confidence, Item, Priority
from relief.places import Depot, Evidence, Place, PlaceKind, Point, Tier
from relief.plan.outcome import SolveLimits
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.supply.fleet import VehicleClass, VehiclePool
from relief.supply.stock import Lot
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.case import case_of
from solvers.allocation.columns import first_columns
from solvers.allocation.couplings import model_of
from solvers.allocation.generation import least_deprivation
from solvers.allocation.master import RestrictedMaster
from solvers.allocation.trucks import planned_trucks, relaxed_trucks
from solvers.allocation.unavoidable import unavoidable_deprivation
from solvers.bounds import relative_gap
from solvers.stop import Deadline

NUM_PLACES, NUM_DEPOTS = 100, 135
SOURCE = "drawn for the benchmark"
# Mass in kg, volume in dm3, pieces for a middling county, priority.
ITEMS = [
    (3, 15, 500, 1), (12, 60, 600, 1), (30, 120, 1500, 2), (3, 20, 800, 1), (2, 10, 400, 2),
    (15, 30, 100, 1), (25, 30, 100, 2), (1, 5, 100, 3), (8, 60, 600, 2), (2, 8, 300, 3),
    (40, 80, 150, 1), (100, 600, 5, 3), (5, 20, 200, 2), (10, 25, 200, 1), (6, 15, 250, 2),
]  # fmt: skip
# Payload in kg, box in m3.
TRUCKS = [(1500, 13), (4000, 30), (6000, 38), (9000, 50), (18000, 75), (30000, 100)]
DUE = ((12, 0.3), (24, 0.4), (48, 0.2), (72, 0.1))


def province(num_trucks: int, seed: int = 1) -> Situation:
    """Return a drawn province: stock for nine tenths of the needs, a third of it in one depot."""
    draw = np.random.default_rng(seed)
    at = draw.random((NUM_PLACES, 2)) * np.array([700.0, 450.0])
    at = at[np.lexsort((at[:, 1], at[:, 0] // 160))]
    outside = draw.random((NUM_DEPOTS - NUM_PLACES, 2)) * np.array([900.0, 600.0]) - 100
    depot_at = np.concatenate([at + draw.normal(0, 3, at.shape), outside])
    items = [_item(k) for k in range(len(ITEMS))]
    places = [_place(p) for p in range(NUM_PLACES)]
    depots = [_depot(s) for s in range(NUM_DEPOTS)]
    start_at = datetime(2026, 7, 1, tzinfo=UTC)
    needs, wanted = [], np.zeros(len(items))
    severity = np.maximum(0.05, draw.lognormal(0, 1, NUM_PLACES))
    for (p, place), (k, item) in product(enumerate(places), enumerate(items)):
        base = 3 * ITEMS[k][2] * severity[p] * draw.uniform(0.5, 1.5)
        for due_h, share in DUE:
            pieces = int(base * share)
            if pieces:
                needs.append(
                    Need(
                        place_code=place.code,
                        item_code=item.code,
                        due_at=start_at + timedelta(hours=due_h),
                        priority=item.priority,
                        pieces=pieces,
                        estimate=Estimate(low=pieces, likely=pieces, high=pieces),
                        milli_people_per_piece=1000,
                        chain=(Factor(name=SOURCE, value=pieces, unit="pieces", source=SOURCE),),
                    )
                )
                wanted[k] += pieces
    size = np.where(np.arange(NUM_DEPOTS) < NUM_PLACES, 0.2, 2.0)
    size[NUM_PLACES] = 30.0
    lots = [
        Lot(
            code=f"{depot.code}-{item.code}",
            depot_code=depot.code,
            item_code=item.code,
            pieces=1 + int(0.9 * wanted[k] * size[s] / size.sum() * draw.uniform(0.3, 1.7)),
            owner=depot.tier,
            evidence=Evidence.MODELLED,
            source=SOURCE,
        )
        for (s, depot), (k, item) in product(enumerate(depots), enumerate(items))
    ]
    fleet = np.where(np.arange(NUM_DEPOTS) < NUM_PLACES, 1.0, 3.0)
    fleet[NUM_PLACES] = 40.0
    pools = [
        _pool(depots[s], int(kind), int(num))
        for s in range(NUM_DEPOTS)
        for kind in draw.permutation(len(TRUCKS))[:2]
        if (num := draw.poisson(num_trucks * fleet[s] / fleet.sum() / 2))
    ]
    all_at = np.concatenate([depot_at, at])
    km = 1.3 * np.hypot(*(all_at[:, None] - all_at[None]).transpose(2, 0, 1))
    return Situation(
        event_code="drawn",
        event_zh="抽样",
        event_en="drawn",
        start_at=start_at,
        catalogue=Catalogue(items=tuple(items)),
        places=tuple(places),
        needs=tuple(needs),
        depots=tuple(depots),
        lots=tuple(lots),
        vehicle_classes=tuple(_truck(kind) for kind in range(len(TRUCKS))),
        pools=tuple(pools),
        travel=TravelTimes(
            location_codes=tuple(one.code for one in (*depots, *places)),
            speed_classes=("any",),
            duration_h=km[None] / 55,
            distance_km=km[None],
            network_name=SOURCE,
            network_fingerprint=SOURCE,
            approximate=True,
        ),
        policy=PlanningPolicy(),
    )


def _code(index: int) -> str:
    return f"42{index // 8:02d}{index % 8:02d}"


def _item(k: int) -> Item:
    mass_kg, volume_dm3, _, priority = ITEMS[k]
    return Item(
        code=f"item-{k:02d}",
        name_zh=f"物资{k}",
        name_en=f"Item {k}",
        unit_zh="件",
        unit_en="piece",
        mass_g=mass_kg * 1000,
        volume_cm3=volume_dm3 * 1000,
        pack_pieces=1,
        shelf_life_months=None,
        price_fen=0,
        priority=Priority(priority),
        source=SOURCE,
        confidence=Confidence.DERIVED,
    )


def _place(p: int) -> Place:
    return Place(
        code=_code(p),
        name_zh=f"县{p}",
        name_en=f"County {p}",
        kind=PlaceKind.COUNTY,
        parent_code="",
        parent_zh="",
        parent_en="",
        point=Point(lon_deg=112.0, lat_deg=31.0),
        population_people=0,
    )


def _depot(s: int) -> Depot:
    return Depot(
        code=f"{_code(s)}-01",
        name_zh=f"库{s}",
        name_en=f"Depot {s}",
        tier=Tier.COUNTY if s < NUM_PLACES else Tier(1 + (s - NUM_PLACES) % 4),
        point=Point(lon_deg=112.0, lat_deg=31.0),
        county_code=_code(s),
        evidence=Evidence.MODELLED,
        source=SOURCE,
    )


def _truck(kind: int) -> VehicleClass:
    payload_kg, box_m3 = TRUCKS[kind]
    return VehicleClass(
        code=f"truck-{kind}",
        name_zh=f"车{kind}",
        name_en=f"Truck {kind}",
        payload_g=payload_kg * 1000,
        volume_cm3=box_m3 * 1_000_000,
        speed_class="any",
        load_s=45 * 60,
        unload_s=30 * 60,
        cost_fen_per_km=200,
        cost_fen_per_trip=10_000,
        source=SOURCE,
    )


def _pool(depot: Depot, kind: int, num: int) -> VehiclePool:
    return VehiclePool(
        base_code=depot.code,
        class_code=f"truck-{kind}",
        num_vehicles=num,
        num_drivers=2 if kind >= 4 else 1,
        carrier_zh="车队",
        carrier_en="carrier",
        ready_after=timedelta(hours=1),
        evidence=Evidence.MODELLED,
        source=SOURCE,
    )


def first_stage(name: str, situation: Situation) -> None:
    """Print a row for the first stage under each set of truck terms."""
    case = case_of(situation)
    relaxed = relaxed_trucks(case)
    unavoidable = unavoidable_deprivation(case, relaxed.earliest_s())
    for label, terms in (("bound", relaxed), ("plan", planned_trucks(case))):
        deadline = Deadline.starting_now(SolveLimits(seconds=120))
        cpu_s = time.process_time()
        master = RestrictedMaster(model_of(case, terms), first_columns(case, terms))
        built_s = deadline.spent_s()
        found = least_deprivation(master, deadline, unavoidable=unavoidable, enough_gap=2e-3)
        reached = found.answer.deprivation_milli_h
        cells = [
            name,
            label,
            f"{len(case.demand_place)} x {case.num_windows}",
            f"{len(master.columns):,}",
            f"{found.rounds}",
            f"{built_s:.1f}",
            f"{deadline.spent_s():.1f}",
            f"{time.process_time() - cpu_s:.1f}",
            f"{relative_gap(reached, found.bound or 0):.3%}",
            f"{relative_gap(reached, found.bound or 0, unavoidable):.3%}",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)


def whole(name: str, situation: Situation, seconds: float) -> None:
    """Print what the allocator as a whole takes and tells."""
    began_s, cpu_s = time.perf_counter(), time.process_time()
    answer = WindowAllocator(SolveLimits(seconds=seconds)).allocate(situation)
    print(
        f"{name}: {time.perf_counter() - began_s:.1f} s "
        f"({time.process_time() - cpu_s:.1f} s of processor), "
        f"{len(answer.consignments)} consignments. {answer.report.note}",
    )


def main(event: str = "") -> None:
    """Print all rows."""
    cases = (
        {event: prepared(event, 1)}
        if event
        else {f"drawn, {num} trucks": province(num) for num in (800, 400)}
    )
    print(
        "| case | model | demands x windows | columns | rounds | built s | s | processor s | gap "
        "| gap, avoidable |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, situation in cases.items():
        first_stage(name, situation)
    for name, situation in cases.items():
        whole(name, situation, 60.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
