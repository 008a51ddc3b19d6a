"""The places of Hubei and around: looked up by code, or by name in Chinese or pinyin."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from geodata.sources import read_table
from relief.errors import AmbiguousPlace, Fault, UnknownPlace
from relief.places import Place, PlaceKind, Point
from relief.sentences import say

PROVINCE_CODE = "420000"
"""Hubei, GB/T 2260."""

_PEOPLES = re.compile(r"(土家族苗族|土家族|侗族|白族|回族)(自治)?(?=[州县乡镇]$)")
_TYPE_WORDS = re.compile(r"(自治州|自治县|街道办事处|街道|林区|[镇乡区县市省])$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gazetteer:
    """All places that the program knows.

    Parameters
    ----------
    counties
        The county-level units of Hubei, in order of code. Their census populations (1 November
        2020), with the two special areas counted in Jiangling and Huangmei, sum to the
        province's 57,752,557.
    townships
        The township-level units, in order of code; their populations are modelled shares that
        sum to their county's.
    prefectures
        The prefecture-level units of Hubei, population summed over their counties.
    cities
        The prefecture-level cities of the neighbouring provinces and the cities with a central
        depot, in order of code; Wuhan is among them.
    depot_cities
        Those of `cities` in which a central depot stands.
    """

    counties: tuple[Place, ...]
    townships: tuple[Place, ...]
    prefectures: tuple[Place, ...]
    cities: tuple[Place, ...]
    depot_cities: tuple[Place, ...]
    _by_code: Mapping[str, Place]
    _by_name: Mapping[str, tuple[Place, ...]]
    _by_county: Mapping[str, tuple[Place, ...]]

    def place(self, code: str) -> Place:
        """Return the place with this code.

        Raises
        ------
        UnknownPlace
            If no place has this code; near codes are named.
        """
        if code in self._by_code:
            return self._by_code[code]
        near = get_close_matches(code, self._by_code, n=3, cutoff=0.8)
        raise UnknownPlace(_unknown(code, "code", [self._by_code[c] for c in near]))

    def townships_of(self, county_code: str) -> tuple[Place, ...]:
        """Return the townships of a county.

        Raises
        ------
        UnknownPlace
            If there is no such county.
        """
        if county_code not in self._by_county:
            near = get_close_matches(county_code, self._by_county, n=3, cutoff=0.6)
            raise UnknownPlace(_unknown(county_code, "code", [self._by_code[c] for c in near]))
        return self._by_county[county_code]

    def find(self, text: str, kinds: Collection[PlaceKind] | None = None) -> Place:
        """Return the one place that a text names.

        Parameters
        ----------
        text
            A code; a Chinese name with or without its type word (``罗田县``, ``罗田``); a pinyin
            name with or without tones, blanks and apostrophes (``Hong'an``, ``hong an``); each
            may have its parent before it (``随县柳林镇``, ``Suixian/Liulin``).
        kinds
            The kinds of place to look among; None for all.

        Raises
        ------
        UnknownPlace
            If nothing fits; near matches are named.
        AmbiguousPlace
            If several places fit; all are named with their codes. A full Chinese name is
            preferred to a name without type word, and a county to a township of the same name.
        """
        wanted = set(kinds) if kinds is not None else set(PlaceKind)
        key = text.strip()
        if key in self._by_code and self._by_code[key].kind in wanted:
            return self._by_code[key]
        fits = [place for place in self._named(key) if place.kind in wanted]
        if not fits:
            near = get_close_matches(_folded(key), self._by_name, n=6, cutoff=0.6)
            places = [p for name in near for p in self._by_name[name] if p.kind in wanted]
            raise UnknownPlace(_unknown(text, "name", list(dict.fromkeys(places))[:5]))
        full = [place for place in fits if place.name_zh == key]
        fits = full or fits
        rank = min(_RANK[place.kind] for place in fits)
        fits = [place for place in fits if _RANK[place.kind] == rank]
        if len(fits) > 1:
            raise AmbiguousPlace(
                Fault(
                    where="place",
                    field="name",
                    value=text,
                    what=say("The name fits several places."),
                    allowed=", ".join(_label(place) for place in fits),
                    remedy=say("Write the code, or the county before the name."),
                )
            )
        return fits[0]

    def _named(self, text: str) -> tuple[Place, ...]:
        key = _folded(text)
        if key in self._by_name:
            return self._by_name[key]
        fits: list[Place] = []
        for cut in range(1, len(key)):
            parents = {p.code for p in self._by_name.get(key[:cut].rstrip("/-"), ())}
            children = self._by_name.get(key[cut:].lstrip("/-"), ())
            fits += [place for place in children if place.parent_code in parents]
        return tuple(dict.fromkeys(fits))


_RANK = {PlaceKind.COUNTY: 0, PlaceKind.CITY: 1, PlaceKind.TOWNSHIP: 2}


@lru_cache(maxsize=1)
def load_gazetteer() -> Gazetteer:
    """Return the shipped gazetteer; it is read once and never changes."""
    counties = tuple(_county(row) for row in read_table("counties.csv"))
    by_county_code = {county.code: county for county in counties}
    townships = tuple(
        _township(row, by_county_code[row["county_code"]]) for row in read_table("townships.csv")
    )
    prefectures = tuple(_prefecture(row, counties) for row in read_table("prefectures.csv"))
    rows = read_table("cities.csv")
    hubei = {place.code: place for place in prefectures}
    cities = tuple(hubei.get(row["code"]) or _city(row) for row in rows)
    by_county: dict[str, list[Place]] = {county.code: [] for county in counties}
    for township in townships:
        by_county[township.parent_code].append(township)
    places = dict.fromkeys((*counties, *prefectures, *cities, *townships))
    return Gazetteer(
        counties=counties,
        townships=townships,
        prefectures=prefectures,
        cities=cities,
        depot_cities=tuple(
            city for city, row in zip(cities, rows, strict=True) if row["central_depot"] == "1"
        ),
        _by_code={place.code: place for place in places},
        _by_name=_names(places),
        _by_county={code: tuple(members) for code, members in by_county.items()},
    )


def folded_name(text: str) -> str:
    """Return a name without case, tones, blanks and apostrophes, for comparing.

    Examples
    --------
    >>> folded_name("Hóng’ān"), folded_name(" 罗田县 ")
    ('hongan', '罗田县')
    """
    letters = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in letters if letter.isalnum() or letter in "/-")


_folded = folded_name


def _names(places: Iterable[Place]) -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = {}
    for place in places:
        # 长阳土家族自治县 is also called 长阳县, and like every other unit by its bare name, 长阳.
        short = _PEOPLES.sub("", place.name_zh)
        bare = _TYPE_WORDS.sub("", short) if short == place.name_zh else short[:-1]
        keys = (place.name_zh, short, bare, place.name_en)
        for key in dict.fromkeys(_folded(key) for key in keys):
            if key:
                found.setdefault(key, []).append(place)
    return {key: tuple(members) for key, members in found.items()}


def _point(row: Mapping[str, str]) -> Point:
    return Point(lon_deg=float(row["lon_deg"]), lat_deg=float(row["lat_deg"]))


def _county(row: Mapping[str, str]) -> Place:
    return Place(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=PlaceKind.COUNTY,
        parent_code=row["prefecture_code"],
        parent_zh=row["prefecture_zh"],
        parent_en=row["prefecture_en"],
        point=_point(row),
        population_people=int(row["population_people"]),
    )


def _township(row: Mapping[str, str], county: Place) -> Place:
    return Place(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=PlaceKind.TOWNSHIP,
        parent_code=county.code,
        parent_zh=county.name_zh,
        parent_en=county.name_en,
        point=_point(row),
        population_people=int(row["population_people"]),
        approximate=row["point_source"] != "geonames",
    )


def _prefecture(row: Mapping[str, str], counties: Iterable[Place]) -> Place:
    return Place(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=PlaceKind.CITY,
        parent_code="",
        parent_zh="湖北省",
        parent_en="Hubei",
        point=_point(row),
        population_people=sum(
            county.population_people for county in counties if county.parent_code == row["code"]
        ),
    )


def _city(row: Mapping[str, str]) -> Place:
    return Place(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=PlaceKind.CITY,
        parent_code="",
        parent_zh=row["province_zh"],
        parent_en=row["province_en"],
        point=_point(row),
        population_people=int(row["population_people"] or 0),
    )


def _label(place: Place) -> str:
    return f"{place.code} {place.parent_zh}{place.name_zh} ({place.name_en})"


def _unknown(value: str, field: str, near: Iterable[Place]) -> Fault:
    names = "; ".join(_label(place) for place in near)
    return Fault(
        where="place",
        field=field,
        value=value,
        what=say("The gazetteer holds no such place."),
        allowed=names and f"perhaps {names}",
        remedy=say("Check the name or the code; counties have six digits, townships nine."),
    )
