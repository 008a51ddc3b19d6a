"""Travel of a plan without a road: by boat, by helicopter, on foot from the end of the road.

Each of these is one more speed class of the travel times, so that whatever plans trucks can plan
them as well. What cannot be done is infinite there:

Helicopters
    fly straight between depots with fuel, and from one of these to a place and back. Both ways
    together lie within the range, which makes one place a flight; at each depot they are filled
    up. So a chain of legs never needs more than one filling.
Boats
    go along the named water that is nearest to both ends, if it passes near enough; goods are
    carried from and to its banks. So a boat stays on one water.
Porters
    ride with their goods in a light truck, from their depot to the junction from which truck and
    walk together are fastest, and walk on. No walk leads through a closed area.

Only depots and the places named as goals take part; every other leg is infinite.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.crs import geodesic_km
from geodata.modes import ModeRules, load_mode_rules
from geodata.plan_travel import PlanTravel
from geodata.roads import RoadNetwork
from geodata.waters import Landing, boat_way, named_waters, nearest_landing
from relief.errors import Fault, UnreachablePlace
from relief.places import Point
from relief.plan.travel import Location, RoadPath, TravelSource, TravelTimes
from relief.sentences import say
from relief.supply.fleet import CarrierRules, Mode, mode_of
from relief.units import SECONDS_PER_HOUR

NUM_ROAD_ENDS = 64
"""Junctions looked at around a place, the nearest first, for the end of the road."""

_PLACES_AT_ONCE = 8
"""Places whose road ends are timed together: the table grows with the square."""
_BY_TRUCK = "light"
_METRES_PER_KM = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands:
    """Who may go where without a road.

    Parameters
    ----------
    speed_classes
        Which of `relief.supply.fleet.OFF_ROAD`, in this order.
    depot_codes, fuel_codes
        The depots, and those of them where helicopters are filled up.
    goal_codes
        The places that may be served.
    range_m
        How far a helicopter gets on one filling, the reserve left out.
    limits
        How far goods are carried from a bank and on foot.
    """

    speed_classes: tuple[str, ...]
    depot_codes: frozenset[str]
    fuel_codes: frozenset[str]
    goal_codes: frozenset[str]
    range_m: int
    limits: CarrierRules


@dataclass(frozen=True, slots=True)
class _Way:
    """A leg without a road; whole seconds and metres."""

    seconds: int
    metres: int


@dataclass(frozen=True, slots=True)
class _Walk:
    """The best road end between a depot and a place, one way."""

    seconds: int
    metres: int
    junction: Location


class OffRoadTravel:
    """Travel of trucks, and of what needs no road.

    Parameters
    ----------
    on_road
        The travel of trucks.
    roads
        The network that it stands on, with its closures.
    errands
        Who may go where.
    """

    def __init__(self, on_road: TravelSource, roads: RoadNetwork, errands: Errands) -> None:
        self._on_road = on_road
        # Porters have one way at any hour, so that they use no road that is closed for a time.
        self._to_road_ends = on_road.at_any_hour if isinstance(on_road, PlanTravel) else on_road
        self._roads = roads
        self._errands = errands
        self._rules: ModeRules = load_mode_rules(errands.limits)
        self._landings: dict[str, Landing | None] = {}

    @property
    def on_road(self) -> TravelSource:
        """The travel of trucks."""
        return self._on_road

    def travel_times(self, locations: Sequence[Location]) -> TravelTimes:
        """Return times and distances of trucks and of the other classes.

        `TravelTimes.unreachable` stays what it is for trucks.
        """
        times = self._on_road.travel_times(locations)
        shape = (len(locations), len(locations))
        durations, distances = [times.duration_h], [times.distance_km]
        for speed_class in self._errands.speed_classes:
            seconds, metres = np.full(shape, np.inf), np.full(shape, np.inf)
            for (start, end), way in self._ways(speed_class, locations).items():
                seconds[start, end], metres[start, end] = way.seconds, way.metres
            for array in (seconds, metres):
                np.fill_diagonal(array, 0.0)
            durations.append(seconds[np.newaxis] / SECONDS_PER_HOUR)
            distances.append(metres[np.newaxis] / _METRES_PER_KM)
        return replace(
            times,
            speed_classes=(*times.speed_classes, *self._errands.speed_classes),
            duration_h=np.concatenate(durations),
            distance_km=np.concatenate(distances),
            span_of=_with_open_layers(times.span_of, len(self._errands.speed_classes)),
        )

    def paths(self, legs: Sequence[tuple[Location, Location, str]]) -> tuple[RoadPath, ...]:
        """Return the way of each leg (from, to, speed class).

        Raises
        ------
        UnreachablePlace
            If a leg cannot be done; all such legs are named.
        """
        driven = [leg for leg in legs if mode_of(leg[2]) is Mode.ROAD]
        roads = iter(self._on_road.paths(driven))
        found, faults = [], []
        for start, end, speed_class in legs:
            match mode_of(speed_class):
                case Mode.ROAD:
                    path: RoadPath | None = next(roads)
                case Mode.AIR:
                    path = self._flight(start, end, speed_class)
                case Mode.WATER:
                    path = self._voyage(start, end, speed_class)
                case Mode.FOOT:
                    path = self._march(start, end, speed_class)
            if path is None:
                faults.append(_no_way(start, end, speed_class))
            else:
                found.append(path)
        if faults:
            raise UnreachablePlace(*faults)
        return tuple(found)

    def _ways(
        self, speed_class: str, locations: Sequence[Location]
    ) -> Mapping[tuple[int, int], _Way]:
        match mode_of(speed_class):
            case Mode.AIR:
                return self._flights(locations)
            case Mode.WATER:
                return self._voyages(locations)
            case Mode.FOOT:
                return self._marches(locations)
            case Mode.ROAD:
                msg = f"Speed class {speed_class!r} needs a road."
                raise ValueError(msg)

    def _rows(self, locations: Sequence[Location], codes: frozenset[str]) -> list[int]:
        return [row for row, one in enumerate(locations) if one.code in codes]

    # By air

    def _flies(self, start: Location, end: Location) -> _Way | None:
        errands = self._errands
        fuelled = [one.code in errands.fuel_codes for one in (start, end)]
        known = errands.fuel_codes | errands.goal_codes
        if not any(fuelled) or not {start.code, end.code} <= known:
            return None
        metres = _up(geodesic_km(start.point, end.point) * _METRES_PER_KM)
        if metres * (1 if all(fuelled) else 2) > errands.range_m:
            return None
        km_h = self._rules.plan_helicopter.km_h
        return _Way(_up(metres / _METRES_PER_KM / km_h * SECONDS_PER_HOUR), metres)

    def _flights(self, locations: Sequence[Location]) -> Mapping[tuple[int, int], _Way]:
        fuelled = self._rows(locations, self._errands.fuel_codes)
        goals = self._rows(locations, self._errands.goal_codes)
        found = {}
        for row in fuelled:
            for other in (*fuelled, *goals):
                way = self._flies(locations[row], locations[other]) if row != other else None
                if way is not None:
                    found[row, other] = found[other, row] = way
        return found

    def _flight(self, start: Location, end: Location, speed_class: str) -> RoadPath | None:
        way = self._flies(start, end)
        if way is None:
            return None
        return _path(start, end, speed_class, way.metres, (start.point, end.point))

    # By water

    def _landing(self, location: Location) -> Landing | None:
        if location.code not in self._landings:
            self._landings[location.code] = nearest_landing(location.point, self._rules)
        return self._landings[location.code]

    def _voyages(self, locations: Sequence[Location]) -> Mapping[tuple[int, int], _Way]:
        ashore: dict[int, list[tuple[int, Landing]]] = {}
        for row in self._rows(locations, self._errands.depot_codes | self._errands.goal_codes):
            landing = self._landing(locations[row])
            if landing is not None:
                ashore.setdefault(landing.water, []).append((row, landing))
        found = {}
        for group in ashore.values():
            for row, landing in group:
                for other, there in group:
                    if row != other:
                        way = boat_way(landing, there, self._rules.plan_boat, self._rules)
                        found[row, other] = _Way(way.seconds, way.metres)
        return found

    def _voyage(self, start: Location, end: Location, speed_class: str) -> RoadPath | None:
        known = self._errands.depot_codes | self._errands.goal_codes
        landing, there = self._landing(start), self._landing(end)
        if landing is None or there is None or not {start.code, end.code} <= known:
            return None
        if landing.water != there.water:
            return None
        way = boat_way(landing, there, self._rules.plan_boat, self._rules)
        water = named_waters()[landing.water]
        path = _path(start, end, speed_class, way.metres, way.line)
        return replace(path, along=f"{water.name_zh} {water.name_en}")

    # On foot

    def _marches(self, locations: Sequence[Location]) -> Mapping[tuple[int, int], _Way]:
        times = self._to_road_ends.travel_times(locations)
        depots = self._rows(locations, self._errands.depot_codes)
        goals = self._rows(locations, self._errands.goal_codes)
        layer = times.speed_classes.index(_BY_TRUCK)
        seconds, metres = times.seconds()[layer], times.metres()[layer]
        found = {
            (row, other): _Way(int(seconds[row, other]), int(metres[row, other]))
            for row in depots
            for other in depots
            if row != other and np.isfinite(times.duration_h[layer, row, other])
        }
        for first in range(0, len(goals), _PLACES_AT_ONCE):
            some = goals[first : first + _PLACES_AT_ONCE]
            walks = self._walks([locations[i] for i in depots], [locations[i] for i in some])
            for (depot, goal, is_out), walk in walks.items():
                ends = (depots[depot], some[goal])
                found[ends if is_out else ends[::-1]] = _Way(walk.seconds, walk.metres)
        return found

    def _walks(
        self, depots: Sequence[Location], goals: Sequence[Location]
    ) -> dict[tuple[int, int, bool], _Walk]:
        """Return the fastest way between depots and places, out (True) and back (False)."""
        ends = [self._road_ends(goal) for goal in goals]
        spots = {one.code: one for some in ends for one, _ in some}
        if not spots or not depots:
            return {}
        row = {code: len(depots) + number for number, code in enumerate(spots)}
        times = self._to_road_ends.travel_times([*depots, *spots.values()])
        layer = times.speed_classes.index(_BY_TRUCK)
        seconds, metres = times.seconds()[layer], times.metres()[layer]
        is_open = np.isfinite(times.duration_h[layer])
        found = {}
        for goal, some in enumerate(ends):
            for depot in range(len(depots)):
                for is_out in (True, False):
                    best: _Walk | None = None
                    for junction, walk in some:
                        leg = (depot, row[junction.code])
                        leg = leg if is_out else leg[::-1]
                        total_s = int(seconds[leg]) + walk.seconds
                        if is_open[leg] and (best is None or total_s < best.seconds):
                            best = _Walk(total_s, int(metres[leg]) + walk.metres, junction)
                    if best is not None:
                        found[depot, goal, is_out] = best
        return found

    def _road_ends(self, goal: Location) -> list[tuple[Location, _Way]]:
        """Return the junctions from which one may walk to a place, with the walk."""
        areas = [
            shapely.Polygon([(corner.lon_deg, corner.lat_deg) for corner in closure.polygon])
            for closure in self._roads.closures
            if closure.polygon and closure.is_total
        ]
        (near,) = self._roads.junctions_near([goal.point], count=NUM_ROAD_ENDS)
        found = []
        for snap in near:
            point = self._roads.point_of(snap.row)
            line = shapely.LineString(_corners((point, goal.point)))
            if snap.straight_km > self._rules.foot_limit_km:
                break
            if not any(area.intersects(line) for area in areas):
                junction = Location(
                    code=f"junction {snap.row}", name_zh="路口", name_en="junction", point=point
                )
                found.append((junction, self._on_foot(snap.straight_km)))
        return found

    def _on_foot(self, straight_km: float) -> _Way:
        km = straight_km * self._rules.foot_detour_factor
        return _Way(_up(km / self._rules.porters.km_h * SECONDS_PER_HOUR), _up(km * _METRES_PER_KM))

    def _march(self, start: Location, end: Location, speed_class: str) -> RoadPath | None:
        depots, goals = self._errands.depot_codes, self._errands.goal_codes
        if {start.code, end.code} <= depots:
            (path,) = self._to_road_ends.paths([(start, end, _BY_TRUCK)])
            return replace(path, speed_class=speed_class)
        is_out = start.code in depots
        depot, goal = (start, end) if is_out else (end, start)
        if depot.code not in depots or goal.code not in goals:
            return None
        walk = self._walks([depot], [goal]).get((0, 0, is_out))
        if walk is None:
            return None
        leg = (depot, walk.junction) if is_out else (walk.junction, depot)
        (road,) = self._to_road_ends.paths([(*leg, _BY_TRUCK)])
        line = (*road.line, goal.point) if is_out else (goal.point, *road.line)
        path = _path(start, end, speed_class, walk.metres, line)
        return replace(path, node_ids=road.node_ids)


def _path(
    start: Location, end: Location, speed_class: str, metres: int, line: tuple[Point, ...]
) -> RoadPath:
    return RoadPath(
        from_code=start.code,
        to_code=end.code,
        speed_class=speed_class,
        node_ids=(),
        line=line,
        distance_km=metres / _METRES_PER_KM,
    )


def _corners(points: Sequence[Point]) -> NDArray[np.float64]:
    return np.array([(point.lon_deg, point.lat_deg) for point in points])


def _up(value: float) -> int:
    return ceil(round(value, 6))


def _no_way(start: Location, end: Location, speed_class: str) -> Fault:
    return Fault(
        where=f"leg {start.code}-{end.code}",
        field="to_code",
        value=end.code,
        what=say(
            "By {speed_class} nothing gets from {start_zh} ({start_en}) to {end_zh} ({end_en}).",
            speed_class=speed_class,
            start_zh=start.name_zh,
            start_en=start.name_en,
            end_zh=end.name_zh,
            end_en=end.name_en,
        ),
        remedy=say("Ask only for the roads of legs whose travel time is finite."),
    )


def _with_open_layers(span_of: NDArray[np.int64], num_layers: int) -> NDArray[np.int64]:
    """Return hours of ways with layers of ways besides that are open at any hour."""
    if not span_of.size:
        return span_of
    return np.concatenate([span_of, np.zeros((num_layers, *span_of.shape[1:]), dtype=np.int64)])
