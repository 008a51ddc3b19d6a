"""Places: counties, townships, cities and depots, each with a code, two names and a point."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Evidence(StrEnum):
    """How well a record is supported."""

    PUBLISHED = "published"
    """A public source says so; `source` names it."""
    MODELLED = "modelled"
    """Our own rule says so, for want of a public source; `source` names the rule."""


class Tier(IntEnum):
    """Whose stock it is, from near to far; a smaller number is drawn on first."""

    COUNTY = 0
    CITY = 1
    PROVINCE = 2
    NEIGHBOUR = 3
    CENTRE = 4
    SUPPLIER = 5
    """No level keeps it yet: called from a supplier under an agreement."""
    DONOR = 6
    """Given, on conditions."""


STORE_TIERS = tuple(tier for tier in Tier if tier <= Tier.CENTRE)
"""The tiers that keep depots and own what lies in them."""


class PlaceKind(StrEnum):
    """What kind of place it is."""

    COUNTY = "county"
    TOWNSHIP = "township"
    CITY = "city"
    """A prefecture-level city; in this program those of the neighbouring provinces and the seats
    of central depots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point on the earth in EPSG:4490 degrees, longitude first."""

    lon_deg: float
    lat_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place where people live and to which goods can be sent.

    Parameters
    ----------
    code
        Six digits of GB/T 2260 for counties and cities, nine digits for townships.
    name_zh, name_en
        The official Chinese name, and the name in pinyin without tones.
    kind
        What kind of place it is.
    parent_code
        The prefecture of a county, the county of a township; empty for a city.
    parent_zh, parent_en
        The names of the parent, for sentences.
    point
        The seat.
    population_people
        The census population of 2020; for a township a stated share of its county's; 0 where no
        count is known.
    approximate
        Whether the point is a stand-in because no published one was found.
    """

    code: str
    name_zh: str
    name_en: str
    kind: PlaceKind
    parent_code: str
    parent_zh: str
    parent_en: str
    point: Point
    population_people: int
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """A depot (储备库) that holds stock.

    Parameters
    ----------
    code
        The county code, a hyphen and two digits, for example ``420112-01``.
    name_zh, name_en
        The names.
    tier
        The level that keeps the depot. The stock in it can belong to other levels: see
        `relief.supply.stock.Lot.owner`.
    point
        Where it stands.
    county_code
        The county-level unit in which it stands.
    area_m2
        Floor area, 0 where unknown.
    evidence, source
        Whether the depot is published or modelled, and by whom or by which rule.
    """

    code: str
    name_zh: str
    name_en: str
    tier: Tier
    point: Point
    county_code: str
    area_m2: int = 0
    evidence: Evidence
    source: str
