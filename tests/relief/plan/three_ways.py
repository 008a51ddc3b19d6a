"""A depot and three places that a helicopter, a boat and porters reach, one each, and no truck.

Depot A, a city's, stands at 114.0 E, 30.0 N; P1 111.2 km north of it on the sphere, P2 and P3
9.6 km east and west of it. The plan starts at 8:00 in Hubei.

* The helicopter (range 300 km, 1,000 kg) flies 112 km to P1 in half an hour.
* The boat takes an hour for 11 km to P2, and its goods are carried 1 km at either end.
* Porters ride for an hour and walk 5.6 km to P3; 20 km and 3 h in all.
"""

from dataclasses import replace

import numpy as np

from relief.places import Place, Point, Tier
from relief.plan.dispatch import plan_dispatch
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import Closure, ClosureKind, RoadPath, TravelTimes
from relief.supply.fleet import CarrierRules, VehicleClass
from solvers.allocation.baseline import NearestAllocator
from solvers.routing.baseline import SavingsRouter
from tests.situations import depot, item, lot, need, place, pool, situation, truck

A, P1, P2, P3 = "420001-01", "420001", "420002", "420003"
CODES = (A, P1, P2, P3)
POINTS = {
    A: Point(lon_deg=114.0, lat_deg=30.0),
    P1: Point(lon_deg=114.0, lat_deg=31.0),
    P2: Point(lon_deg=114.1, lat_deg=30.0),
    P3: Point(lon_deg=113.9, lat_deg=30.0),
}
SPEED_CLASSES = ("any", "helicopter", "boat", "foot")
ROAD_END = Point(lon_deg=113.95, lat_deg=30.03)
"""5.9 km from P3."""

_WAYS = {
    ("helicopter", P1): (0.5, 112.0),
    ("boat", P2): (1.0, 11.0),
    ("foot", P3): (3.0, 20.0),
}


def kinds() -> tuple[VehicleClass, ...]:
    """Return a truck, a helicopter, a boat and porters; loading 30 min, unloading 15 min."""
    return (
        truck(),
        replace(truck("heli"), speed_class="helicopter", range_m=300_000),
        replace(truck("boat", payload_kg=500), speed_class="boat"),
        replace(truck("team", payload_kg=400), speed_class="foot"),
    )


def _at(one: Place) -> Place:
    return replace(one, point=POINTS[one.code])


def three_ways(*, tents: int = 10, carriers: CarrierRules | None = None) -> Situation:
    """Return the situation; each place needs so many tents of 10 kg within 12 h."""
    base = situation(
        items=[item("tent")],
        places=[_at(place(code)) for code in CODES[1:]],
        needs=[need(code, "tent", tents) for code in CODES[1:]],
        depots=[replace(depot(A, tier=Tier.CITY), point=POINTS[A])],
        lots=[lot("A-tent", A, "tent", 1_000)],
        pools=[pool(A, 1)],
        hours_between={},
        policy=PlanningPolicy(carriers=carriers or CarrierRules()),
    )
    shape = (len(SPEED_CLASSES), len(CODES), len(CODES))
    duration_h, distance_km = np.full(shape, np.inf), np.full(shape, np.inf)
    for array in (duration_h, distance_km):
        array[:, range(len(CODES)), range(len(CODES))] = 0.0
    for (name, code), (hours, km) in _WAYS.items():
        layer, column = SPEED_CLASSES.index(name), CODES.index(code)
        duration_h[layer, 0, column] = duration_h[layer, column, 0] = hours
        distance_km[layer, 0, column] = distance_km[layer, column, 0] = km
    return replace(
        base,
        vehicle_classes=kinds(),
        pools=tuple(pool(A, 1, class_code=kind.code) for kind in kinds()),
        travel=TravelTimes(
            location_codes=CODES,
            speed_classes=SPEED_CLASSES,
            duration_h=duration_h,
            distance_km=distance_km,
            network_name="hand-made",
            network_fingerprint="hand-made",
            approximate=True,
            closures=(AREA, STRETCH),
        ),
    )


AREA = Closure(
    name="flooded area",
    kind=ClosureKind.POLYGON,
    reason="flood",
    edges=((7, 8),),
    polygon=tuple(
        Point(lon_deg=lon_deg, lat_deg=lat_deg)
        for lon_deg, lat_deg in ((113.98, 30.4), (114.12, 30.4), (114.12, 30.5), (113.98, 30.5))
    ),
)
"""Between A and P1: helicopters fly over it."""

STRETCH = Closure(
    name="for light trucks",
    kind=ClosureKind.EDGE,
    reason="soft",
    edges=((1, 2),),
    speed_classes=("light",),
)


def ways() -> tuple[RoadPath, ...]:
    """Return the way of each leg, out and back."""
    banks = (Point(lon_deg=114.01, lat_deg=30.0), Point(lon_deg=114.09, lat_deg=30.0))
    lines = {
        ("helicopter", P1): (POINTS[A], POINTS[P1]),
        ("boat", P2): (POINTS[A], *banks, POINTS[P2]),
        ("foot", P3): (POINTS[A], ROAD_END, POINTS[P3]),
    }
    found = []
    for (name, code), (_, km) in _WAYS.items():
        out = RoadPath(
            from_code=A,
            to_code=code,
            speed_class=name,
            node_ids=(3, 4) if name == "foot" else (),
            line=lines[name, code],
            distance_km=km,
            along="长江 Yangtze" if name == "boat" else "",
        )
        back = replace(
            out, from_code=code, to_code=A, node_ids=out.node_ids[::-1], line=out.line[::-1]
        )
        found += [out, back]
    return tuple(found)


def plan_of(one: Situation) -> DispatchPlan:
    """Return a plan by the simple method."""
    return plan_dispatch(one, NearestAllocator(), SavingsRouter())
