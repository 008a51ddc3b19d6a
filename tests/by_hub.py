"""A place that only light trucks reach, and a hub without stock, to be worked out on paper.

The store ``S`` holds 100 tents of 10 kg and has one heavy truck for 100 of them. The hub ``H``, 3 h
away, holds nothing and has one light truck for 20. From the hub it is 1 h to the place ``P``, over
a bridge that bears no heavy truck. Loading takes 30 min, unloading 15 min, handling at the hub
60 min. ``P`` needs 40 tents within 12 h, each for three people.

*By the hub:* the heavy truck loads until 0:30, drives 3 h, unloads from 3:30 to 3:45; the tents can
be loaded from 4:45 on. The light truck loads 20 until 5:15, is at P at 6:15, has unloaded at 6:30,
is back at 7:30, loads 20 more until 8:00 and has unloaded them at 9:15. All 40 are there in time.

*Directly:* the light truck drives 3 h to S, loads until 3:30, and drives 4 h to P: 1 h, then it has
driven for 4 h (loading is no rest) and rests 20 min, then 3 h. It is at P at 7:50 and has unloaded
20 tents at 8:05, after 7 h at the wheel. With 8 h a day it is back at S only on the next day: the
other 20 come late or never, 20 x 3 people x weight 10 for each hour of waiting.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from relief.places import Evidence, Tier
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.supply.hubs import Hub
from tests.situations import INF, depot, item, lot, need, place, pool, situation, truck

S, H, P = "420112-01", "420001-01", "420001"
HEAVY, LIGHT = f"{S}/heavy/1/001", f"{H}/light/1/001"
CODES = (S, H, P)
HOURS = {(S, H): 3, (H, S): 3, (H, P): 1, (P, H): 1, (S, P): 4, (P, S): 4}


def hub(code: str = H, *, minutes: int = 60) -> Hub:
    """Return a hub."""
    return Hub(
        depot_code=code,
        handling=timedelta(minutes=minutes),
        evidence=Evidence.MODELLED,
        source="hand-made",
    )


def over_the_bridge(*, pieces: int = 40, hubs: tuple[Hub, ...] = (hub(),)) -> Situation:
    """Return the situation told at the head of this module."""
    base = situation(
        items=[item("tent")],
        places=[place(P)],
        needs=[need(P, "tent", pieces, milli_people_per_piece=3000)],
        depots=[depot(S, tier=Tier.PROVINCE), depot(H)],
        lots=[lot("S-tent", S, "tent", 100, owner=Tier.PROVINCE)],
        pools=[pool(S, 1, class_code="any"), pool(H, 1, class_code="any")],
        classes=[truck("any")],
        hours_between=HOURS,
    )
    times = np.full((2, len(CODES), len(CODES)), INF)
    for layer in range(2):
        for row, code in enumerate(CODES):
            times[layer, row, row] = 0.0
            for column, other in enumerate(CODES):
                if (code, other) in HOURS and (layer == 0 or P not in (code, other)):
                    times[layer, row, column] = HOURS[code, other]
    return replace(
        base,
        vehicle_classes=(
            replace(truck("light", payload_kg=200), speed_class="light"),
            replace(truck("heavy", payload_kg=1000), speed_class="heavy"),
        ),
        pools=(pool(S, 1, class_code="heavy"), pool(H, 1, class_code="light")),
        travel=TravelTimes(
            location_codes=CODES,
            speed_classes=("light", "heavy"),
            duration_h=times,
            distance_km=times * 50,
            network_name="hand-made",
            network_fingerprint="hand-made",
            approximate=True,
        ),
        hubs=hubs,
    )
