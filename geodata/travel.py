"""Travel times and roads between the locations of a plan, from a road network."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geodata.access import Access, find_accesses
from geodata.engine import ENGINES, MatrixEngine, StretchCosts, make_engine, stretches_along
from geodata.layout import way_line
from geodata.matrix_cache import Matrix, shared_matrices
from geodata.overlay import overlaid
from geodata.roads import RoadNetwork
from geodata.rules import SPEED_CLASSES, TravelRules, load_rules
from geodata.vehicle_rules import roads_for
from relief.errors import Fault, UnreachablePlace
from relief.places import Point
from relief.plan.travel import Location, RoadPath, TravelTimes
from relief.sentences import say
from relief.units import SECONDS_PER_HOUR

_METRES_PER_HM = 100
_METRES_PER_KM = 1000
_SECONDS_PER_MINUTE = 60


class RoadTravel:
    """Travel over a road network, for trucks of three speed classes.

    On a network that knows the classes and limits of its roads, each speed class has its own
    speeds and its own open roads, see `geodata.vehicle_rules`; elsewhere speeds are modelled by
    length of stretch, see `geodata.rules`.

    A leg is the access of its start, the fastest way between the two junctions (among equally
    fast ways the shortest) and the access of its end. It is never shorter than the least leg of
    the rules, except from a location to itself. Times are whole seconds, lengths whole metres.

    Parameters
    ----------
    roads
        The network with its closures.
    engine
        ``cch``, or ``scipy`` for the slower engine that gives the same answer.
    rules
        Lengths, speeds and access legs; None for the shipped ones.

    Raises
    ------
    ValueError
        If there is no such engine.

    Notes
    -----
    The hierarchy is weighted on first use for each speed class and kept, so one object should
    serve all questions on one network. Matrices under the shipped rules are kept for the whole
    process, see `geodata.matrix_cache`.
    """

    def __init__(
        self, roads: RoadNetwork, engine: str = "cch", *, rules: TravelRules | None = None
    ) -> None:
        self._roads = roads
        self._rules = rules or load_rules()
        self._engine_name = engine
        self._engines: dict[str, MatrixEngine] = {}
        self._usable: dict[str, tuple[RoadNetwork, StretchCosts]] = {}
        if engine not in ENGINES:
            msg = f"Engine {engine!r} is unknown; known are {', '.join(ENGINES)}."
            raise ValueError(msg)

    def travel_times(self, locations: Sequence[Location]) -> TravelTimes:
        """Return times and distances between all pairs of locations.

        Locations off the network, cut off by closures, or inside a closed area are not an error:
        their times are infinite and their codes are in `TravelTimes.unreachable`.
        """
        size = len(locations)
        matrix = self._matrix(locations)
        seconds, metres = matrix.seconds, matrix.metres
        alone = ~np.isfinite(seconds + np.diag(np.full(size, np.inf))).any(axis=(0, 1))
        return TravelTimes(
            location_codes=tuple(location.code for location in locations),
            speed_classes=SPEED_CLASSES,
            duration_h=seconds / SECONDS_PER_HOUR,
            distance_km=metres / _METRES_PER_KM,
            network_name=self._roads.name,
            network_fingerprint=self._roads.fingerprint,
            approximate=self._roads.approximate,
            closures=self._roads.closures,
            unreachable=tuple(locations[place].code for place in np.flatnonzero(alone).tolist()),
        )

    def paths(self, legs: Sequence[tuple[Location, Location, str]]) -> tuple[RoadPath, ...]:
        """Return the road of each leg (from, to, speed class).

        Its length is the one that `travel_times` gives for the same leg.

        Raises
        ------
        UnreachablePlace
            If a leg has no road; all such legs are named.
        """
        ends = {location.code: location for leg in legs for location in leg[:2]}
        found = find_accesses(tuple(ends.values()), self._roads, self._rules)
        accesses = dict(zip(ends, found, strict=True))
        paths, faults = [], []
        for start, end, speed_class in legs:
            path = self._path(start, end, speed_class, accesses[start.code], accesses[end.code])
            if path is None:
                faults.append(_no_road(start, end))
            else:
                paths.append(path)
        if faults:
            raise UnreachablePlace(*faults)
        return tuple(paths)

    def usable_roads(self, speed_class: str) -> tuple[RoadNetwork, StretchCosts]:
        """Return the roads that a speed class may use, and what driving them costs."""
        if speed_class not in self._usable:
            roads, costs = self._find_usable(speed_class)
            self._usable[speed_class] = roads, overlaid(self._roads, costs, speed_class)
        return self._usable[speed_class]

    def driven(self, path: RoadPath) -> tuple[int, ...]:
        """Return the stretches of a path between its junctions, as rows of the layout."""
        layout = self._roads.layout
        rows = np.searchsorted(layout.node_ids, np.array(path.node_ids, dtype=np.int64)).tolist()
        return stretches_along(*self.usable_roads(path.speed_class), rows)

    def _matrix(self, locations: Sequence[Location]) -> Matrix:
        if self._rules is not load_rules():
            return self._made_matrix(locations)
        key = (
            self._roads.fingerprint,
            self._roads.long_haul,
            self._engine_name,
            tuple(location.point for location in locations),
        )
        return shared_matrices.get(key, lambda: self._made_matrix(locations))

    def _made_matrix(self, locations: Sequence[Location]) -> Matrix:
        size = len(locations)
        accesses = find_accesses(locations, self._roads, self._rules)
        placed = [place for place, access in enumerate(accesses) if access is not None]
        rows = np.array([access.row for access in accesses if access is not None], dtype=np.int64)
        junctions, junction_of = np.unique(rows, return_inverse=True)
        seconds = np.full((len(SPEED_CLASSES), size, size), np.inf)
        metres = np.full((len(SPEED_CLASSES), size, size), np.inf)
        for layer, speed_class in enumerate(SPEED_CLASSES):
            if not placed:
                break
            ways = self._engine(speed_class).table(junctions, junctions)
            leg_s = np.array([a.seconds[speed_class] for a in accesses if a is not None])
            leg_m = np.array([a.metres for a in accesses if a is not None])
            block = np.ix_(junction_of, junction_of)
            seconds[layer][np.ix_(placed, placed)] = self._legs(
                ways.seconds[block], leg_s, self._least_s
            )
            metres[layer][np.ix_(placed, placed)] = self._legs(
                ways.length_hm[block] * _METRES_PER_HM, leg_m, self._least_m
            )
        for array in (seconds, metres):
            array[:, np.arange(size), np.arange(size)] = 0.0
        return Matrix(seconds=seconds, metres=metres)

    @property
    def _least_s(self) -> int:
        return round(self._rules.shortest_leg_min * _SECONDS_PER_MINUTE)

    @property
    def _least_m(self) -> int:
        return round(self._rules.shortest_leg_km * _METRES_PER_KM)

    @staticmethod
    def _legs(
        ways: NDArray[np.int64], access: NDArray[np.int64], least: int
    ) -> NDArray[np.float64]:
        whole = np.maximum(access[:, np.newaxis] + ways + access[np.newaxis, :], least)
        return np.where(ways < 0, np.inf, whole.astype(np.float64))

    def _engine(self, speed_class: str) -> MatrixEngine:
        if speed_class not in self._engines:
            roads, costs = self.usable_roads(speed_class)
            self._engines[speed_class] = make_engine(self._engine_name, roads, costs)
        return self._engines[speed_class]

    def _find_usable(self, speed_class: str) -> tuple[RoadNetwork, StretchCosts]:
        layout = self._roads.layout
        if layout.details is not None:
            return roads_for(self._roads, layout.details, speed_class)
        middle_lon_deg = (layout.lon_deg[layout.tails] + layout.lon_deg[layout.heads]) / 2
        return self._roads, StretchCosts(
            seconds=self._rules.drive_s(speed_class, layout.length_hm, middle_lon_deg),
            length_hm=layout.length_hm,
        )

    def _path(
        self,
        start: Location,
        end: Location,
        speed_class: str,
        start_access: Access | None,
        end_access: Access | None,
    ) -> RoadPath | None:
        if start_access is None or end_access is None:
            return None
        engine = self._engine(speed_class)
        rows = engine.way(start_access.row, end_access.row)
        if not rows:
            return None
        pair = np.array([start_access.row]), np.array([end_access.row])
        way_m = int(engine.table(*pair).length_hm[0, 0]) * _METRES_PER_HM
        metres = max(start_access.metres + way_m + end_access.metres, self._least_m)
        if start.code == end.code:
            metres = 0
        between = self._line(rows, speed_class)
        return RoadPath(
            from_code=start.code,
            to_code=end.code,
            speed_class=speed_class,
            node_ids=(
                tuple(self._roads.layout.node_ids[list(rows)].tolist()) if len(rows) > 1 else ()
            ),
            line=(start.point, *between, end.point),
            distance_km=metres / _METRES_PER_KM,
        )

    def _line(self, rows: tuple[int, ...], speed_class: str) -> tuple[Point, ...]:
        """Return the points of a way, bends included where they are known."""
        if self._roads.layout.details is None:
            return tuple(self._roads.point_of(row) for row in rows)
        roads, costs = self.usable_roads(speed_class)
        corners = way_line(roads.layout, stretches_along(roads, costs, rows), rows[0])
        return tuple(Point(lon_deg=lon_deg, lat_deg=lat_deg) for lon_deg, lat_deg in corners)


def _no_road(start: Location, end: Location) -> Fault:
    return Fault(
        where=f"leg {start.code}-{end.code}",
        field="to_code",
        value=end.code,
        what=say(
            "No open road leads from {start_zh} ({start_en}) to {end_zh} ({end_en}).",
            start_zh=start.name_zh,
            start_en=start.name_en,
            end_zh=end.name_zh,
            end_en=end.name_en,
        ),
        remedy=say("Ask only for the roads of legs whose travel time is finite."),
    )
