"""Where the depots of the reserve network stand: published ones, and one per unit by rule."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from geodata.gazetteer import PROVINCE_CODE, Gazetteer
from relief.places import Evidence, Place, Point, Tier
from scenarios import reserve_rules as rules

_AT_SEAT = "rule:point-at-seat"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelledDepot:
    """A depot before it is written.

    Parameters
    ----------
    code
        The code of the county-level unit or city, a hyphen and a running number from the
        highest tier down.
    name_zh, name_en
        The names.
    place_zh, place_en
        The place after which its carriers are called.
    kind
        Key of the pool rules: wuhan, region, city, county, neighbour or centre.
    tier
        The level that keeps it.
    point
        Where it is placed.
    served_people
        People moved in an emergency for whom it is meant; 0 for the Wuhan depot, whose stock is
        published.
    area_m2
        Floor area, 0 where unknown.
    evidence, source
        As for every record.
    """

    code: str
    name_zh: str
    name_en: str
    place_zh: str
    place_en: str
    kind: str
    tier: Tier
    point: Point
    served_people: int
    area_m2: int
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prefecture:
    """A prefecture-level unit and the county-level unit of its seat."""

    code: str
    name_zh: str
    name_en: str
    population_people: int
    seat: Place
    is_province_run: bool


def modelled_depots(gazetteer: Gazetteer) -> tuple[ModelledDepot, ...]:
    """Return all depots: Wuhan, regional, prefectures, counties, neighbours, centre.

    Parameters
    ----------
    gazetteer
        Counties and cities with seats and populations.
    """
    prefectures = tuple(_prefectures(gazetteer.counties))
    drafts = [
        _wuhan(gazetteer),
        *_regional(prefectures),
        *_cities(prefectures),
        *_counties(gazetteer.counties),
        *_central(gazetteer),
        *_neighbours(gazetteer),
    ]
    running: dict[str, int] = {}
    depots = []
    for draft in drafts:
        running[draft.code] = running.get(draft.code, 0) + 1
        depots.append(replace(draft, code=f"{draft.code}-{running[draft.code]:02d}"))
    return tuple(depots)


def _prefectures(counties: Iterable[Place]) -> Iterator[_Prefecture]:
    by_code = {county.code: county for county in counties}
    for code, seat_code in rules.SEATS.items():
        seat = by_code[seat_code]
        is_province_run = seat.parent_code == PROVINCE_CODE
        members = [
            county for county in by_code.values() if code in (county.code, county.parent_code)
        ]
        yield _Prefecture(
            code=code,
            name_zh=seat.name_zh if is_province_run else seat.parent_zh,
            name_en=seat.name_en if is_province_run else seat.parent_en,
            population_people=sum(county.population_people for county in members),
            seat=seat,
            is_province_run=is_province_run,
        )


def _wuhan(gazetteer: Gazetteer) -> ModelledDepot:
    return ModelledDepot(
        code="420112",
        name_zh="中央救灾物资武汉储备库",
        name_en="Wuhan central and provincial relief depot",
        place_zh="湖北省",
        place_en="Hubei provincial",
        kind="wuhan",
        tier=Tier.PROVINCE,
        point=gazetteer.place("420112").point,
        served_people=0,
        area_m2=0,
        evidence=Evidence.PUBLISHED,
        source=f"source:wuhan-2023; source:wuhan-2024; {_AT_SEAT}",
    )


def _regional(prefectures: Iterable[_Prefecture]) -> Iterator[ModelledDepot]:
    by_code = {prefecture.code: prefecture for prefecture in prefectures}
    regional_people = sum(
        by_code[member].population_people
        for members in rules.REGIONS.values()
        for member in members
    )
    for code, members in rules.REGIONS.items():
        home = by_code[code]
        people = sum(by_code[member].population_people for member in members)
        served = rules.REGIONAL_PEOPLE * people // regional_people // 10 * 10
        is_yichang = code == "420500"
        yield ModelledDepot(
            code=home.seat.code,
            name_zh=f"省级救灾物资储备{_short(home.name_zh)}区域库",
            name_en=f"{home.name_en} provincial regional store",
            place_zh=f"省级{_short(home.name_zh)}区域库",
            place_en=f"{home.name_en} regional store",
            kind="region",
            tier=Tier.PROVINCE,
            point=home.seat.point,
            served_people=served,
            area_m2=41_500 if is_yichang else 0,
            evidence=Evidence.PUBLISHED,
            source="source:regions-2024"
            + ("" if code == "421100" else "; source:regions-2021")  # Huanggang came later
            + ("; source:yichang-2020 (taken to be the same store)" if is_yichang else "")
            + f"; {_AT_SEAT}",
        )


_PUBLISHED_CITIES = {
    "420200": ("黄石市应急物资储备中心", 0, "source:huangshi-2020"),
    "420300": ("十堰市应急物资储备中心", 0, "source:shiyan-city"),
    "420800": ("荆门市救灾物资储备库", 2_933, "source:jingmen-2019"),
    "421000": ("荆州市救灾物资储备仓库", 2_953, "source:jingzhou-2012"),
}
_PUBLISHED_COUNTIES = {"420982": ("安陆市应急物资仓储物流中心", 36_140, "source:anlu")}


def _cities(prefectures: Iterable[_Prefecture]) -> Iterator[ModelledDepot]:
    prefectures = tuple(prefectures)
    ranked = sorted(p.population_people for p in prefectures if not p.is_province_run)
    smallest, largest = ranked[0], ranked[-1]
    for prefecture in prefectures:
        people = prefecture.population_people
        if prefecture.is_province_run:
            part = min(Fraction(people, smallest), Fraction(1))
            served = int(rules.CITY_CLASS.least_people * part) // 10 * 10
            area_m2 = int(rules.CITY_CLASS.least_area_m2 * part) // 10 * 10
        else:
            position = Fraction(people - smallest, largest - smallest)
            served = rules.CITY_CLASS.served_people(position)
            area_m2 = rules.CITY_CLASS.area_m2(position)
        name_zh, known_m2, source = _PUBLISHED_CITIES.get(
            prefecture.code, (f"{prefecture.name_zh}救灾物资储备中心库", 0, "")
        )
        yield ModelledDepot(
            code=prefecture.seat.code,
            name_zh=name_zh,
            name_en=f"{prefecture.name_en} prefecture-level relief depot",
            place_zh=prefecture.name_zh,
            place_en=prefecture.name_en,
            kind="city",
            tier=Tier.CITY,
            point=prefecture.seat.point,
            served_people=served,
            area_m2=known_m2 or area_m2,
            evidence=Evidence.PUBLISHED if source else Evidence.MODELLED,
            source=f"{source or 'rule:one-per-unit'}; rule:city-people; {_AT_SEAT}",
        )


def _counties(counties: Iterable[Place]) -> Iterator[ModelledDepot]:
    counties = tuple(counties)
    ranked = sorted(county.population_people for county in counties)
    smallest, largest = ranked[0], ranked[-1]
    for county in counties:
        position = Fraction(county.population_people - smallest, largest - smallest)
        name_zh, known_m2, source = _PUBLISHED_COUNTIES.get(
            county.code, (f"{county.name_zh}救灾物资储备库", 0, "")
        )
        yield ModelledDepot(
            code=county.code,
            name_zh=name_zh,
            name_en=f"{county.name_en} county-level relief depot",
            place_zh=county.name_zh,
            place_en=county.name_en,
            kind="county",
            tier=Tier.COUNTY,
            point=county.point,
            served_people=rules.COUNTY_CLASS.served_people(position),
            area_m2=known_m2 or rules.COUNTY_CLASS.area_m2(position),
            evidence=Evidence.PUBLISHED if source else Evidence.MODELLED,
            source=f"{source or 'rule:one-per-unit'}; rule:county-people; {_AT_SEAT}",
        )


def _neighbours(gazetteer: Gazetteer) -> Iterator[ModelledDepot]:
    for code, (province_zh, province_en) in rules.NEIGHBOURS.items():
        klass = rules.PROVINCE_CLASS
        middle = Fraction(1, 2)
        yield ModelledDepot(
            code=code,
            name_zh=f"{province_zh}省级救灾物资储备库",
            name_en=f"{province_en} provincial relief depot",
            place_zh=province_zh,
            place_en=f"{province_en} provincial",
            kind="neighbour",
            tier=Tier.NEIGHBOUR,
            point=gazetteer.place(code).point,
            served_people=klass.served_people(middle),
            area_m2=klass.area_m2(middle),
            evidence=Evidence.MODELLED,
            source=f"rule:one-per-unit; rule:neighbour-stock; {_AT_SEAT}",
        )


def _central(gazetteer: Gazetteer) -> Iterator[ModelledDepot]:
    for city in gazetteer.depot_cities:
        if city.code == "420100":  # the Wuhan depot holds central and provincial goods in one
            continue
        source = rules.CENTRAL_SOURCES.get(city.code)
        yield ModelledDepot(
            code=city.code,
            name_zh=f"中央救灾物资{_short(city.name_zh)}储备库",
            name_en=f"{city.name_en} central relief depot",
            place_zh=f"中央{_short(city.name_zh)}储备库",
            place_en=f"{city.name_en} central depot",
            kind="centre",
            tier=Tier.CENTRE,
            point=city.point,
            served_people=rules.CENTRAL_SMALL_CLASS.least_people,
            area_m2=rules.CENTRAL_SMALL_CLASS.least_area_m2,
            evidence=Evidence.PUBLISHED if source else Evidence.MODELLED,
            source=f"{source or 'rule:general-knowledge'}; rule:central-stock; {_AT_SEAT}",
        )


def _short(name_zh: str) -> str:
    """Return a city's name without its type word."""
    return name_zh.removesuffix("土家族苗族自治州").removesuffix("地区").removesuffix("市")
