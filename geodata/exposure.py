"""Exposure: who lives where a hazard struck."""

from collections.abc import Sequence

import numpy as np

from geodata.hazard import Footprint, intensity_at
from relief.damage.vulnerability import ExposedPlace
from relief.places import Place


def exposed_places(footprint: Footprint, townships: Sequence[Place]) -> tuple[ExposedPlace, ...]:
    """Return the townships whose point lies in a footprint, in order of code.

    A township is exposed whole or not at all, by its point, because its outline is not known;
    its population is the modelled share of its county's census count.

    Parameters
    ----------
    footprint
        The footprint.
    townships
        The townships to look at.
    """
    lon_deg = np.array([place.point.lon_deg for place in townships], dtype=np.float64)
    lat_deg = np.array([place.point.lat_deg for place in townships], dtype=np.float64)
    levels = intensity_at(footprint, lon_deg, lat_deg).tolist()
    return tuple(
        sorted(
            (
                ExposedPlace(place_code=place.code, people=place.population_people, level=level)
                for place, level in zip(townships, levels, strict=True)
                if level > 0
            ),
            key=lambda exposed: exposed.place_code,
        )
    )
