"""The layers of the map picture, one function each, drawn on axes in degrees."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

from api.documents.geojson import served_share
from api.plan_result import PlanResult
from geodata.boundaries import county_polygons, lakes, province_outline, rivers
from geodata.layout import stretch_lines
from geodata.road_details import FERRY, ROAD_CLASSES
from geodata.roads import RoadNetwork
from relief.items import Item
from relief.places import STORE_TIERS, Depot, Place, Tier
from relief.plan import measures
from relief.plan.routes import Stop, StopKind
from relief.supply.fleet import Mode, mode_of
from relief.units import GRAMS_PER_KG

if TYPE_CHECKING:
    from relief.plan.measures import ServedNeed

MOST_STRETCHES = 60_000
"""So many stretches of an imported network are drawn at most, the greatest roads first."""
Ring = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

LAND = "#FBFAF5"
ABROAD = "#E9EDF1"
BORDER = "#8795A1"
COUNTY_LINE = "#D5DBE1"
WATER = "#A6CBE3"
ROAD = "#CBB78E"
TRIP = "#2B5C9E"
CLOSED = "#C81D25"
INK = "#1F2933"
PALE_INK = "#616E7C"

LineStyle = Literal["--", "-.", ":"]
OFF_ROAD_LINES: Mapping[Mode, tuple[str, LineStyle]] = {
    Mode.AIR: ("#6B21A8", "--"),
    Mode.WATER: ("#0E7490", "-."),
    Mode.FOOT: ("#92400E", ":"),
}
"""Colour and style of what goes without a road."""

_LABEL_SHADE = 0.6
COVERAGE_STEPS = (
    (0.0, "#C81D25"),
    (0.5, "#F08A24"),
    (0.9, "#F2C14E"),
    (0.9999, "#9CC069"),
    (1.01, "#2F855A"),
)
"""Upper ends of shares (inclusive) and their colours; the first is for places that get nothing."""

LEAST_PLACE, MOST_PLACE, LEAST_UNSERVED = 40.0, 300.0, 110.0
"""Sizes of receiving places in square points."""

TIER_MARKS: Mapping[Tier, tuple[str, float, str]] = {
    Tier.COUNTY: ("s", 14, "#7B8794"),
    Tier.CITY: ("s", 34, "#3E4C59"),
    Tier.PROVINCE: ("D", 62, "#6B46C1"),
    Tier.NEIGHBOUR: ("^", 70, "#B7791F"),
    Tier.CENTRE: ("*", 190, "#B83280"),
}
"""Marker, size in square points, and colour."""


def font(size: float, families: list[str], *, bold: bool = False) -> FontProperties:
    """Return a font of a size in points."""
    return FontProperties(family=families, size=size, weight="bold" if bold else "normal")


def draw_ground(axes: Axes) -> None:
    """Draw the province, its counties, and waters."""
    axes.add_collection(
        PolyCollection(_rings(province_outline()), facecolor=LAND, edgecolor="none", zorder=1)
    )
    counties = [ring for polygon in county_polygons().geometry for ring in _rings(polygon)]
    axes.add_collection(
        PolyCollection(counties, facecolor="none", edgecolor=COUNTY_LINE, linewidth=0.5, zorder=2)
    )
    water = [ring for lake in lakes().geometry for ring in _rings(lake)]
    axes.add_collection(PolyCollection(water, facecolor=WATER, edgecolor="none", zorder=2.1))
    lines = [line for river in rivers().geometry for line in _rings(river)]
    axes.add_collection(LineCollection(lines, colors=WATER, linewidths=1.6, zorder=2.2))
    axes.add_collection(
        PolyCollection(
            _rings(province_outline()), facecolor="none", edgecolor=BORDER, linewidth=1.2, zorder=4
        )
    )


def _rings(geometry: Any) -> list[Ring]:  # noqa: ANN401 - a geometry of the map packages
    """Return the outer rings or lines of a geometry as arrays of shape (points, 2)."""
    interface = geometry.__geo_interface__
    parts = interface["coordinates"]
    match interface["type"]:
        case "Polygon":
            chosen = [parts[0]]
        case "MultiPolygon":
            chosen = [part[0] for part in parts]
        case "LineString":
            chosen = [parts]
        case "MultiLineString":
            chosen = list(parts)
        case _:
            chosen = []
    return [np.asarray(ring, dtype=np.float64)[:, :2] for ring in chosen]


def draw_roads(axes: Axes, roads: RoadNetwork, bounds: Bounds, *, width: float) -> None:
    """Draw the stretches of a network that lie in the picture.

    Of an imported network only the greater roads are drawn where all would be too many to see.
    """
    layout = roads.layout
    west, south, east, north = bounds
    inside = (
        (layout.lon_deg > west)
        & (layout.lon_deg < east)
        & (layout.lat_deg > south)
        & (layout.lat_deg < north)
    )
    shown = inside[layout.tails] | inside[layout.heads]
    if layout.details is not None:
        shown &= _great_enough(layout.details.road_classes, shown)
    axes.add_collection(
        LineCollection(
            stretch_lines(layout, np.flatnonzero(shown)),
            colors=ROAD,
            linewidths=width,
            zorder=3,
            alpha=0.9,
        )
    )


def _great_enough(road_classes: NDArray[np.uint8], shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which stretches are of the greatest classes of which not too many are shown."""
    counts = np.bincount(road_classes[shown], minlength=len(ROAD_CLASSES))
    # Classes come greatest first, each road with its links; ferries are always drawn.
    passed = np.cumsum(counts[:FERRY])
    last = max(int(np.searchsorted(passed, MOST_STRETCHES, side="right")), 1)
    great: NDArray[np.bool_] = (road_classes < last) | (road_classes == FERRY)
    return great


def flows_t(
    result: PlanResult, mode: Mode = Mode.ROAD
) -> dict[tuple[tuple[float, float], tuple[float, float]], float]:
    """Return the tonnes that the trips of a plan carry over each stretch of their ways.

    Parameters
    ----------
    result
        The plan.
    mode
        Whose trips: those of trucks, boats, helicopters or porters.

    Returns
    -------
    dict
        Tonnes under the two ends of a stretch (longitude, latitude), the smaller first; both
        directions together. What a truck still carries on a leg counts for that leg.
    """
    situation = result.situation
    items = situation.catalogue.by_code()
    speed_of = {kind.code: kind.speed_class for kind in situation.vehicle_classes}
    lines = {
        (path.from_code, path.to_code, path.speed_class): [
            (point.lon_deg, point.lat_deg) for point in path.line
        ]
        for path in result.paths
    }
    found: dict[tuple[tuple[float, float], tuple[float, float]], float] = {}
    for route in result.plan.vehicle_routes:
        speed = speed_of[route.class_code]
        if mode_of(speed) is not mode:
            continue
        for trip in route.trips:
            # What is unloaded beyond what is loaded was on board of a truck under way already.
            moved_g = [_moved_g(stop, items) for stop in trip.stops]
            on_board_g = max(0, -sum(moved_g))
            for stop, mass_g in zip(trip.stops, moved_g, strict=True):
                line = lines.get((stop.leg.from_code, stop.leg.to_code, speed), [])
                for one, other in pairwise(line):
                    key = (one, other) if one <= other else (other, one)
                    if on_board_g and one != other:
                        tonnes = on_board_g / GRAMS_PER_KG / 1000
                        found[key] = found.get(key, 0.0) + tonnes
                on_board_g += mass_g
    return found


def _moved_g(stop: Stop, items: Mapping[str, Item]) -> int:
    """Return the mass that a stop puts on board, below zero for what it takes off."""
    mass_g = sum(line.pieces * items[line.item_code].mass_g for line in stop.lines)
    return mass_g if stop.kind is StopKind.LOAD else -mass_g


def draw_trips(axes: Axes, result: PlanResult) -> float:
    """Draw the trips, wider where more is carried; return the most tonnes on a stretch."""
    flows = flows_t(result)
    for mode, (colour, style) in OFF_ROAD_LINES.items():
        segments = [np.array(key) for key in flows_t(result, mode)]
        axes.add_collection(
            LineCollection(segments, colors=colour, linewidths=1.8, linestyles=style, zorder=5.5)
        )
    if not flows:
        return 0.0
    order = sorted(flows, key=lambda key: flows[key])
    most_t = flows[order[-1]]
    widths = [trip_width(flows[key], most_t) for key in order]
    axes.add_collection(
        LineCollection(
            [np.array(key) for key in order],
            colors=TRIP,
            linewidths=widths,
            capstyle="round",
            zorder=5,
        )
    )
    return most_t


def trip_width(tonnes: float, most_t: float) -> float:
    """Return the width in points of a line that stands for so many tonnes."""
    return 0.5 + 5.5 * float(np.sqrt(tonnes / most_t))


def draw_closures(axes: Axes, result: PlanResult) -> None:
    """Draw what is closed, as stretches and as areas."""
    stretches = [
        np.array([(one.begin.lon_deg, one.begin.lat_deg), (one.end.lon_deg, one.end.lat_deg)])
        for one in result.closed
    ]
    if stretches:
        axes.add_collection(LineCollection(stretches, colors="white", linewidths=5.0, zorder=6))
        axes.add_collection(LineCollection(stretches, colors=CLOSED, linewidths=2.6, zorder=6.1))
        middles = np.array([segment.mean(axis=0) for segment in stretches])
        axes.scatter(
            middles[:, 0], middles[:, 1], marker="x", s=36, c=CLOSED, linewidths=1.8, zorder=6.2
        )
    areas = [
        np.array([(point.lon_deg, point.lat_deg) for point in closure.polygon])
        for closure in result.situation.travel.closures
        if closure.polygon
    ]
    axes.add_collection(
        PolyCollection(
            areas, facecolor=f"{CLOSED}22", edgecolor=CLOSED, linewidth=1.5, hatch="//", zorder=6
        )
    )


def draw_depots(axes: Axes, result: PlanResult) -> None:
    """Draw the depots by tier; those that send nothing are pale."""
    used = {
        stop.location_code
        for route in result.plan.vehicle_routes
        for trip in route.trips
        for stop in trip.stops
        if stop.kind is StopKind.LOAD
    }
    for tier in STORE_TIERS:
        marker, size, colour = TIER_MARKS[tier]
        for sends in (False, True):
            spots = [
                depot
                for depot in result.situation.depots
                if depot.tier is tier and (depot.code in used) is sends
            ]
            _scatter(axes, spots, marker, size, colour, sends=sends, zorder=7 + 0.1 * tier)


def _scatter(
    axes: Axes,
    spots: Iterable[Depot],
    marker: str,
    size: float,
    colour: str,
    *,
    sends: bool,
    zorder: float,
) -> PathCollection:
    points = [(spot.point.lon_deg, spot.point.lat_deg) for spot in spots]
    return axes.scatter(
        [lon for lon, _ in points],
        [lat for _, lat in points],
        marker=marker,
        s=size,
        facecolors=colour if sends else "white",
        edgecolors="white" if sends else colour,
        linewidths=0.7,
        alpha=1.0 if sends else 0.75,
        zorder=zorder,
    )


def coverage_colour(share: float) -> str:
    """Return the colour of a served share."""
    return next(colour for upper, colour in COVERAGE_STEPS if share <= upper)


def label_colour(share: float) -> str:
    """Return the colour of a served share, dark enough to be read on the ground's colour."""
    red, green, blue = (value * _LABEL_SHADE for value in to_rgb(coverage_colour(share)))
    return str(to_hex((red, green, blue)))


def places_served(result: PlanResult) -> Iterator[tuple[Place, float, float]]:
    """Yield the places with needs, their served share and the people in need there."""
    by_place: dict[str, list[ServedNeed]] = {}
    for one in measures.served_needs(result.situation, result.plan.vehicle_routes):
        by_place.setdefault(one.need.place_code, []).append(one)
    for place in result.situation.places:
        served = by_place.get(place.code, [])
        share = served_share(served)
        if share is None:
            continue
        people: dict[str, float] = {}
        for one in served:
            waiting = one.need.pieces * one.need.milli_people_per_piece / 1000
            people[one.need.item_code] = people.get(one.need.item_code, 0.0) + waiting
        yield place, share, max(people.values())


def draw_places(axes: Axes, served: list[tuple[Place, float, float]]) -> None:
    """Draw the receiving places, larger with more people, coloured by coverage."""
    most_people = max((people for _, _, people in served), default=1.0)
    for place, share, people in sorted(served, key=lambda one: -one[2]):
        at = ([place.point.lon_deg], [place.point.lat_deg])
        gets_nothing = share == 0.0
        size = LEAST_PLACE + (MOST_PLACE - LEAST_PLACE) * people / most_people
        # Who gets nothing must be seen, however few they are, and not hide under a depot.
        size = max(size, LEAST_UNSERVED) if gets_nothing else size
        axes.scatter(
            *at,
            s=size,
            facecolors=coverage_colour(share),
            edgecolors="white",
            linewidths=1.0,
            zorder=8.2 if gets_nothing else 6.5,
        )
        if gets_nothing:
            axes.scatter(*at, marker="x", s=size * 0.4, c="white", linewidths=1.8, zorder=8.3)
