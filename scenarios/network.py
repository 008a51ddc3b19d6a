"""Open a reserve network folder: read it and look at its depots on the map."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import shapely

from geodata.boundaries import SHORE_ERROR_KM, county_at, county_polygon, lake_at
from geodata.crs import cgcs2000_to_gcj02, gcj02_to_cgcs2000, geodesic_km
from geodata.gazetteer import Gazetteer, load_gazetteer
from relief.errors import Fault, UnknownPlace
from relief.places import Depot, Place, Point, Tier
from relief.sentences import Sentence, say
from relief.supply.declaration import FILE_NAME, Datum
from relief.supply.network import ReserveNetwork, default_folder, load_network

MOST_KM_OUTSIDE_COUNTY = 2.0
"""How far outside its county's polygon a depot may lie: the polygons are generalised."""
MOST_KM_FROM_CITY = 150.0
"""How far a depot outside Hubei may lie from the point of its city."""

_HUBEI = "42"
_NEAR_SEAT_KM = 2.0
_AT_SHIFTED_SEAT_KM = 0.15
_LEAST_SHIFTED_DEPOTS = 3
_TIERS_OF_HUBEI = (Tier.COUNTY, Tier.CITY, Tier.PROVINCE)


def open_network(folder: Path | None = None, *, as_of: date) -> ReserveNetwork:
    """Read a network folder and check its depots on the map.

    Parameters
    ----------
    folder
        The folder; None for the one that comes with the program.
    as_of
        The day from which remaining life is counted: the day on which the plan starts.

    Returns
    -------
    ReserveNetwork
        The network with all points in CGCS2000; points declared as GCJ-02 have been converted.

    Raises
    ------
    InvalidInput
        With every fault of every file, those on the map among them: a county or city that does
        not exist, a depot outside its county, far from its city or in a lake, a datum that is not
        declared, or points that are shifted as GCJ-02 shifts them without being declared so.
    """
    gazetteer = load_gazetteer()

    def survey(depots: Mapping[str, Depot], datum: Datum | None) -> Iterator[Fault]:
        return survey_depots(depots, datum, gazetteer)

    network = load_network(folder or default_folder(), as_of=as_of, survey=survey)
    if network.datum is not Datum.GCJ02:
        return network
    return replace(
        network,
        datum=Datum.CGCS2000,
        depots=tuple(
            replace(depot, point=gcj02_to_cgcs2000(depot.point)) for depot in network.depots
        ),
    )


def survey_depots(
    depots: Mapping[str, Depot], datum: Datum | None, gazetteer: Gazetteer
) -> Iterator[Fault]:
    """Yield what is wrong with depots on the map.

    Parameters
    ----------
    depots
        The depots under file and line.
    datum
        The datum of their points; None when it is not declared, and the points say nothing.
    gazetteer
        The places that the codes may name.
    """
    places: dict[str, Place] = {}
    for where, depot in depots.items():
        place = _unit_of(depot, gazetteer)
        if place is None:
            yield _unknown_unit(where, depot)
        else:
            places[where] = place
            if not depot.county_code.startswith(_HUBEI) and depot.tier in _TIERS_OF_HUBEI:
                yield Fault(
                    where=where,
                    field="tier",
                    value=depot.tier.name.lower(),
                    what=say("A depot outside Hubei is kept by no level of Hubei."),
                    allowed="neighbour, centre",
                    remedy=say("Correct the tier or the code."),
                )
    if datum is None:
        return
    shifted = _undeclared_shift(depots, places, datum)
    if shifted is not None:
        yield shifted
        return
    for where, place in places.items():
        depot = depots[where]
        point = gcj02_to_cgcs2000(depot.point) if datum is Datum.GCJ02 else depot.point
        if depot.county_code.startswith(_HUBEI):
            yield from _outside_county(where, point, place, gazetteer)
        else:
            yield from _far_from_city(where, point, place)
        yield from _in_lake(where, point, place)


def _unit_of(depot: Depot, gazetteer: Gazetteer) -> Place | None:
    """Return the county-level unit of Hubei or the city elsewhere in which a depot stands."""
    try:
        place = gazetteer.place(depot.county_code)
    except UnknownPlace:
        return None
    if depot.county_code.startswith(_HUBEI) and place not in gazetteer.counties:
        return None
    return place


def _unknown_unit(where: str, depot: Depot) -> Fault:
    return Fault(
        where=where,
        field="county_code",
        value=depot.county_code,
        what=say("The gazetteer holds no such county-level unit of Hubei and no such city."),
        allowed="a county-level unit of Hubei; outside Hubei a city of a neighbouring province "
        "or one with a central depot",
        remedy=say("Correct the county code and the depot's code."),
    )


def _undeclared_shift(
    depots: Mapping[str, Depot], places: Mapping[str, Place], datum: Datum
) -> Fault | None:
    """Return a fault if most depots near a seat stand where GCJ-02 would put that seat.

    A single point cannot tell its datum, but depots at seats can: all of them lie some 550 m
    off in the very direction of the shift.
    """
    if datum is Datum.GCJ02:
        return None
    near = [
        (depots[where].point, place.point)
        for where, place in places.items()
        if geodesic_km(depots[where].point, place.point) <= _NEAR_SEAT_KM
    ]
    num_shifted = sum(
        geodesic_km(point, cgcs2000_to_gcj02(seat)) <= _AT_SHIFTED_SEAT_KM for point, seat in near
    )
    if num_shifted < _LEAST_SHIFTED_DEPOTS or 2 * num_shifted <= len(near):
        return None
    return Fault(
        where=FILE_NAME,
        field="datum",
        value=datum.value,
        what=say(
            "{shifted} of {near} depots near a seat stand where GCJ-02 shows that seat, some 550 m "
            "off: the points look like GCJ-02 points that are not declared as such.",
            shifted=num_shifted,
            near=len(near),
        ),
        allowed="GCJ-02 for points of Chinese street maps",
        remedy=say('Write datum = "GCJ-02"; the points are then converted once.'),
    )


def _outside_county(
    where: str, point: Point, place: Place, gazetteer: Gazetteer
) -> Iterator[Fault]:
    polygon = county_polygon(place.code)
    spot = shapely.Point(point.lon_deg, point.lat_deg)
    if polygon.covers(spot):
        return
    nearest = shapely.shortest_line(polygon, spot).coords[0]
    km = geodesic_km(point, Point(lon_deg=nearest[0], lat_deg=nearest[1]))
    if km <= MOST_KM_OUTSIDE_COUNTY:
        return
    found = county_at(point)
    if found is None:
        what = say(
            "The point lies {km} km outside its county, in no county of Hubei.", km=round(km)
        )
    else:
        other = gazetteer.place(found)
        what = say(
            "The point lies {km} km outside its county, in {zh} ({en}).",
            km=round(km),
            zh=other.name_zh,
            en=other.name_en,
        )
    yield _misplaced(where, point, what, f"within {MOST_KM_OUTSIDE_COUNTY:g} km of", place)


def _far_from_city(where: str, point: Point, place: Place) -> Iterator[Fault]:
    km = geodesic_km(point, place.point)
    if km > MOST_KM_FROM_CITY:
        what = say("The point lies {km} km from its city.", km=round(km))
        yield _misplaced(where, point, what, f"within {MOST_KM_FROM_CITY:g} km of", place)


def _in_lake(where: str, point: Point, place: Place) -> Iterator[Fault]:
    lake = lake_at(point)
    if lake is not None:
        what = say("The point lies in a lake: {lake}.", lake=lake)
        limit = f"on land, or within {SHORE_ERROR_KM:g} km of the shore, in"
        yield _misplaced(where, point, what, limit, place)


def _misplaced(where: str, point: Point, what: Sentence, limit: str, place: Place) -> Fault:
    return Fault(
        where=where,
        field="lon_deg, lat_deg",
        value=f"{point.lon_deg:.5f}, {point.lat_deg:.5f}",
        what=what,
        allowed=f"{limit} {place.name_zh} ({place.name_en}), whose seat is at "
        f"{place.point.lon_deg:.5f}, {place.point.lat_deg:.5f}",
        remedy=say("Correct the point or the county code."),
    )
