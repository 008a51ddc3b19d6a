"""A network of five junctions, small enough to be worked out on paper.

::

            5 (114.2, 30.1)
          7  \
    1 -- 2 -- 3 -- 4      at 114.0, 114.1, 114.2, 114.3 E, 30.0 N

Stretches: 1-2, 2-3, 3-4 of 10 km each; 2->5 of 5 km, one way; 5-4 of 4 km. Speed is 36 km/h
everywhere, which is ten seconds a hectometre.
"""

import numpy as np

from geodata.layout import RoadLayout
from geodata.roads import RoadNetwork, build_network
from geodata.rules import SPEED_CLASSES, SpeedRule, TravelRules
from relief.places import Point
from relief.plan.travel import Location

POINTS = {
    1: (114.0, 30.0),
    2: (114.1, 30.0),
    3: (114.2, 30.0),
    4: (114.3, 30.0),
    5: (114.2, 30.1),
}
STRETCHES_HM = {(1, 2): 100, (2, 3): 100, (3, 4): 100, (2, 5): 50, (4, 5): 40}

RULES = TravelRules(
    length_below_km=(float("inf"),),
    length_factors=(1.0,),
    mountains_west_of_deg=0.0,
    speeds={
        name: SpeedRule(
            below_km=(float("inf"),),
            km_h=(36.0,),
            mountain_factor=0.5,
            long_haul_km_h=36.0,
            source="hand-made",
        )
        for name in SPEED_CLASSES
    },
    access_detour_factor=1.5,
    access_km_h=36.0,
    off_network_detour_factor=2.0,
    off_network_km_h=18.0,
    shortest_leg_km=3.0,
    shortest_leg_min=10.0,
    long_haul_detour_factor=1.2,
    long_haul_limit_km=4500.0,
)


def five_junctions() -> RoadNetwork:
    """Return the network."""
    layout = RoadLayout(
        node_ids=np.array(list(POINTS)),
        lon_deg=np.array([lon for lon, _ in POINTS.values()]),
        lat_deg=np.array([lat for _, lat in POINTS.values()]),
        tails=np.array([0, 1, 2, 1, 3]),
        heads=np.array([1, 2, 3, 4, 4]),
        length_hm=np.array(list(STRETCHES_HM.values())),
        one_way=np.array([False, False, False, True, False]),
        contraction_rank=np.empty(0, dtype=np.int64),
    )
    return build_network(name="five junctions", layout=layout)


def at(junction: int, code: str = "") -> Location:
    """Return a location on a junction."""
    lon_deg, lat_deg = POINTS[junction]
    return spot(code or str(junction), lon_deg, lat_deg)


def spot(code: str, lon_deg: float, lat_deg: float) -> Location:
    """Return a location anywhere."""
    point = Point(lon_deg=lon_deg, lat_deg=lat_deg)
    return Location(code=code, name_zh=f"地{code}", name_en=f"Place {code}", point=point)
