"""How the time of each leg of a plan scatters, from the stretches of its road. All modelled.

Plans count with usual times. On the road it is slower at night and near closures, and times
scatter (`geodata.spread`). Boats, aircraft and porters have no stretches: their whole way scatters
by one share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

import numpy as np

from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES
from geodata.spread import StretchTimes, load_spread_rules, stretch_times
from geodata.travel import RoadTravel
from relief.plan.routes import Leg, VehicleRoute
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.units import SHANGHAI

NIGHT_FROM_H, NIGHT_UNTIL_H = 20, 6
"""Hours of darkness in Hubei in summer, rounded (modelled)."""
OFF_ROAD_SHARE = 0.15
"""Standard deviation over time of what drives on no road (modelled)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSpread:
    """How the pure driving time of a leg scatters.

    Parameters
    ----------
    mean_s
        The time to be expected.
    own_s
        Standard deviation of what is this leg's own: root of the sum of squares over its stretches.
    shared_s
        Sum of the deviations of its stretches, which scatter together with all others of the truck.
    """

    mean_s: float
    own_s: float
    shared_s: float


class Spreads:
    """The spread of every leg of a plan.

    Parameters
    ----------
    situation
        Gives the closures and the classes of vehicles.
    paths
        The roads of the legs.
    roads
        The network without closures.
    rain
        One of `geodata.spread.RAINS`.
    """

    def __init__(
        self,
        situation: Situation,
        paths: Sequence[RoadPath],
        roads: RoadNetwork,
        *,
        rain: str = "dry",
    ) -> None:
        # Roads that some legs drive outside the hours of their closures are open here.
        closures = situation.travel.closures
        if situation.travel.closed_spans:
            closures = tuple(one for one in closures if one.until_at is None or one.speed_share)
        closed = roads.closed(closures)
        self._travel = RoadTravel(closed)
        self._roads = closed
        self._rain = rain
        self._speed_of = {kind.code: kind.speed_class for kind in situation.vehicle_classes}
        self._paths: Mapping[tuple[str, str, str], RoadPath] = {
            (path.from_code, path.to_code, path.speed_class): path for path in paths
        }
        self._times: dict[tuple[str, bool], StretchTimes] = {}
        self._found: dict[tuple[str, str, str, bool], tuple[float, float, float]] = {}
        self.correlation_share = load_spread_rules().correlation_share

    def of(self, route: VehicleRoute, leg: Leg) -> LegSpread:
        """Return the spread of a leg of a route."""
        drive_s = leg.drive.total_seconds()
        speed = self._speed_of[route.class_code]
        path = self._paths.get((leg.from_code, leg.to_code, speed))
        if speed not in SPEED_CLASSES:
            share = drive_s * OFF_ROAD_SHARE
            return LegSpread(mean_s=drive_s, own_s=share, shared_s=share)
        if path is None or not path.node_ids:
            # Where no road of the network is driven, only the ways to it are: as usual.
            share = drive_s * load_spread_rules().usual_share[speed]
            return LegSpread(mean_s=drive_s, own_s=share, shared_s=share)
        night = _is_night(leg.depart_at + (leg.arrive_at - leg.depart_at) / 2)
        slower_s, own_s, shared_s = self._on(path, night=night)
        return LegSpread(mean_s=drive_s + slower_s, own_s=own_s, shared_s=shared_s)

    def _on(self, path: RoadPath, *, night: bool) -> tuple[float, float, float]:
        """Return how much slower than usual a road is, and how its time scatters."""
        key = (path.from_code, path.to_code, path.speed_class, night)
        if key not in self._found:
            usual_s = self._travel.usable_roads(path.speed_class)[1].seconds
            of_class = (path.speed_class, night)
            if of_class not in self._times:
                self._times[of_class] = stretch_times(
                    self._roads, usual_s, path.speed_class, rain=self._rain, night=night
                )
            times = self._times[of_class]
            rows = list(self._travel.driven(path))
            chosen = times.deviation_s[rows]
            self._found[key] = (
                float(times.mean_s[rows].sum() - usual_s[rows].sum()),
                sqrt(float(chosen @ chosen)),
                float(np.sum(chosen)),
            )
        return self._found[key]


def _is_night(instant: datetime) -> bool:
    hour = instant.astimezone(SHANGHAI).hour
    return hour >= NIGHT_FROM_H or hour < NIGHT_UNTIL_H
