"""The rules by which stock and trucks are modelled where no public figure was found.

Every number here is taken from a source that ``network.toml`` names, or is a choice of ours; the
sentences in `scenarios.reserve_sources` say which is which.
"""

from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from types import MappingProxyType

from relief.places import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotClass:
    """A class of the construction standard for relief stores.

    Parameters
    ----------
    least_people, most_people
        People moved in an emergency for whom a store of the class is meant.
    least_area_m2, most_area_m2
        Floor area.

    References
    ----------
    建标121-2009, 救灾物资储备库建设标准.
    """

    least_people: int
    most_people: int
    least_area_m2: int
    most_area_m2: int

    def served_people(self, position: Fraction) -> int:
        """Return the people served at a position from 0 to 1 in the class, in tens."""
        return self.least_people + int((self.most_people - self.least_people) * position) // 10 * 10

    def area_m2(self, position: Fraction) -> int:
        """Return the floor area at a position from 0 to 1 in the class, in tens."""
        return (
            self.least_area_m2 + int((self.most_area_m2 - self.least_area_m2) * position) // 10 * 10
        )


COUNTY_CLASS = DepotClass(
    least_people=5_000, most_people=7_000, least_area_m2=630, most_area_m2=800
)
CITY_CLASS = DepotClass(
    least_people=40_000, most_people=60_000, least_area_m2=2_900, most_area_m2=4_100
)
PROVINCE_CLASS = DepotClass(
    least_people=120_000, most_people=200_000, least_area_m2=5_000, most_area_m2=7_800
)
CENTRAL_SMALL_CLASS = DepotClass(
    least_people=360_000, most_people=430_000, least_area_m2=11_500, most_area_m2=13_500
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What Hubei sent in one disaster, for how many people moved."""

    people: int
    tents: int
    textiles: int
    beds: int


DISPATCHES = (
    Dispatch(people=17_800, tents=475, textiles=13_000, beds=1_200),
    Dispatch(people=29_000, tents=200, textiles=7_000, beds=400),
    Dispatch(people=457_800, tents=2_100, textiles=59_800, beds=8_900),
)
"""Provincial dispatches of September 2014, October 2017 and the plum rains of 2020."""

TENTS_PER_PERSON = median(Fraction(d.tents, d.people) for d in DISPATCHES)
TEXTILES_PER_PERSON = median(Fraction(d.textiles, d.people) for d in DISPATCHES)
BEDS_PER_PERSON = median(Fraction(d.beds, d.people) for d in DISPATCHES)
VESTS_PER_PERSON = Fraction(600, 457_800)
LAMPS_PER_TENT = Fraction(100, 1_170)
PEOPLE_PER_TOILET = 20
PEOPLE_PER_MEDICINE_KIT = 1_000
PEOPLE_PER_FAMILY = 5
PEOPLE_PER_TENT = 4

TENT_SHARES = MappingProxyType(
    {
        "tent-12-single": Fraction(75, 100),
        "tent-12-cotton": Fraction(20, 100),
        "tent-36": Fraction(5, 100),
    }
)
TEXTILE_SHARES = MappingProxyType(
    {
        "quilt": Fraction(45, 100),
        "coat": Fraction(25, 100),
        "blanket": Fraction(20, 100),
        "sleeping-bag": Fraction(10, 100),
    }
)

DAYS_OF_SUPPLY = 1
WATER_L_PER_PERSON_DAY = Fraction(3)
WATER_L_PER_CASE = Fraction(24 * 55, 100)
MEALS_PER_PERSON_DAY = 3
MEALS_PER_CASE = 24
RICE_KG_PER_PERSON_DAY = Fraction(28, 70)
RICE_KG_PER_BAG = 25

LEAST_PIECES = MappingProxyType(
    {
        Tier.COUNTY: {"life-vest": 50, "lamp": 10, "generator": 1, "tarpaulin": 50},
        Tier.CITY: {"life-vest": 200, "lamp": 50, "generator": 5, "tarpaulin": 200},
        Tier.PROVINCE: {"life-vest": 200, "lamp": 50, "generator": 5, "tarpaulin": 200},
    }
)
"""Floors of ours, where the ratios seen would leave a depot with next to nothing."""

LENT_PERCENT = MappingProxyType({Tier.NEIGHBOUR: 30, Tier.CENTRE: 30})
"""How much of their stock others lend to Hubei; the rest is committed to their own places."""


def stored_pieces(people: int, tier: Tier) -> dict[str, Fraction]:
    """Return the pieces of each item that a depot keeps for the people it serves.

    Parameters
    ----------
    people
        People moved in an emergency for whom the depot is meant.
    tier
        The depot's tier. Neighbours and the centre lend tents, textiles and gear only.
    """
    tents, beds = people * TENTS_PER_PERSON, people * BEDS_PER_PERSON
    textiles = people * TEXTILES_PER_PERSON
    pieces = {item: tents * share for item, share in TENT_SHARES.items()}
    pieces |= {item: textiles * share for item, share in TEXTILE_SHARES.items()}
    pieces |= {"folding-bed": beds, "moisture-mat": beds}
    if tier in (Tier.NEIGHBOUR, Tier.CENTRE):
        return pieces
    pieces |= {
        "life-vest": people * VESTS_PER_PERSON,
        "lamp": tents * LAMPS_PER_TENT,
        "generator": tents / 50,
        "tarpaulin": tents * 2,
        "water-jerrycan": tents * 2,
        "family-kit": tents * Fraction(PEOPLE_PER_TENT, PEOPLE_PER_FAMILY),
        "medicine-kit": Fraction(people, PEOPLE_PER_MEDICINE_KIT),
    }
    if tier is not Tier.COUNTY:
        pieces |= {
            "mobile-toilet": beds / PEOPLE_PER_TOILET,
            "kitchen-set": tents / 2,
            "hygiene-parcel": tents / 2,
        }
    return {
        item: max(number, Fraction(LEAST_PIECES[tier].get(item, 0)))
        for item, number in pieces.items()
    }


def supplier_pieces(people: int) -> dict[str, Fraction]:
    """Return the pieces of food and water that suppliers keep for a county or a city."""
    person_days = people * DAYS_OF_SUPPLY
    return {
        "water-case": person_days * WATER_L_PER_PERSON_DAY / WATER_L_PER_CASE,
        "instant-food": Fraction(person_days * MEALS_PER_PERSON_DAY, MEALS_PER_CASE),
        "rice-25": person_days * RICE_KG_PER_PERSON_DAY / RICE_KG_PER_BAG,
    }


WUHAN_CENTRAL_PUBLISHED = MappingProxyType(
    {"folding-table-set": 10_000, "coat": 30_000, "mattress": 10_000}
)
"""Central goods that came into the Wuhan depot in the first half of 2023."""
WUHAN_CENTRAL = MappingProxyType(
    {
        "tent-12-single": 14_000,
        "tent-12-cotton": 7_000,
        "tent-36": 1_500,
        "quilt": 22_000,
        "coat": 30_000,
        "folding-bed": 20_000,
        "sleeping-bag": 15_000,
    }
)
WUHAN_PROVINCE = MappingProxyType(
    {
        "tent-12-single": 4_000,
        "tent-12-cotton": 1_000,
        "tent-36": 300,
        "quilt": 45_000,
        "coat": 25_000,
        "blanket": 20_000,
        "folding-bed": 12_000,
        "moisture-mat": 6_000,
        "life-vest": 3_000,
        "lamp": 700,
        "generator": 100,
        "mobile-toilet": 100,
        "family-kit": 2_000,
        "tarpaulin": 1_100,
        "medicine-kit": 200,
    }
)
WUHAN_ITEMS = 280_000
WUHAN_VALUE_YUAN = 97_000_000

WINTER_ISSUE_TEXTILES = 190_000
"""Provincial textiles that left the Wuhan store and the seven regional stores in December 2024."""
REGIONAL_PEOPLE = int(
    (
        WINTER_ISSUE_TEXTILES
        - sum(WUHAN_PROVINCE[item] for item in TEXTILE_SHARES if item in WUHAN_PROVINCE)
    )
    / TEXTILES_PER_PERSON
)
"""People whom the regional stores can serve together: the textiles of the winter issue that the
Wuhan depot's provincial part does not hold, divided by the textiles for a person."""

REGIONS = MappingProxyType(
    {
        "420300": ("420300", "429021"),
        "420600": ("420600", "421300"),
        "420500": ("420500",),
        "421000": ("421000", "420800", "429005"),
        "421100": ("421100", "420700"),
        "421200": ("421200", "420200"),
        "422800": ("422800",),
    }
)
"""The seven provincial regional stores, by the prefecture of their seat, and whom they serve;
Wuhan, Xiaogan, Xiantao and Tianmen are served by the Wuhan depot."""

SEATS = MappingProxyType(
    {
        "420100": "420102",
        "420200": "420204",
        "420300": "420302",
        "420500": "420502",
        "420600": "420602",
        "420700": "420704",
        "420800": "420802",
        "420900": "420902",
        "421000": "421002",
        "421100": "421102",
        "421200": "421202",
        "421300": "421303",
        "422800": "422801",
        "429004": "429004",
        "429005": "429005",
        "429006": "429006",
        "429021": "429021",
    }
)
"""The county-level unit at whose seat each prefecture-level depot is placed."""

NEIGHBOURS = MappingProxyType(
    {
        "340100": ("安徽省", "Anhui"),
        "360100": ("江西省", "Jiangxi"),
        "410100": ("河南省", "Henan"),
        "430100": ("湖南省", "Hunan"),
        "500000": ("重庆市", "Chongqing"),
        "610100": ("陕西省", "Shaanxi"),
    }
)
"""The neighbours' capitals and their provinces."""

CENTRAL_SOURCES = MappingProxyType(
    {
        "110000": "source:central-notice",
        "120000": "source:yushu-2010",
        "210100": "source:yushu-2010",
        "340100": "source:yushu-2010",
        "410100": "source:yushu-2010",
        "510100": "source:yushu-2010",
        "610100": "source:yushu-2010",
    }
)
"""Central depots with a page behind them; the others are general knowledge."""
