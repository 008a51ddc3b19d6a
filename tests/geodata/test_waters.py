import pytest
import shapely

from geodata.crs import geodesic_km
from geodata.gazetteer import Gazetteer, load_gazetteer
from geodata.modes import load_mode_rules
from geodata.waters import boat_way, landings, named_waters, nearest_landing
from relief.places import Point

RULES = load_mode_rules()
BOAT = RULES.plan_boat


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def test_the_yangtze_is_one_river_and_flows_east() -> None:
    rivers = [
        water.geometry
        for water in named_waters()
        if water.name_en == "Yangtze" and isinstance(water.geometry, shapely.LineString)
    ]
    longest = max(rivers, key=lambda line: line.length)
    # From above the Three Gorges to below Hubei; the map draws it in parts, one of them upstream.
    assert longest.coords[0][0] < 108
    assert longest.coords[-1][0] > 117


def test_boats_are_faster_downstream(gazetteer: Gazetteer) -> None:
    yichang, badong = (gazetteer.find(name).point for name in ("宜昌市", "巴东县"))
    up, down = nearest_landing(yichang, RULES), nearest_landing(badong, RULES)
    assert up is not None
    assert down is not None
    upstream = boat_way(up, down, BOAT, RULES)
    downstream = boat_way(down, up, BOAT, RULES)
    assert upstream.metres == downstream.metres
    assert upstream.line == downstream.line[::-1]
    # 20 km/h, and 6 km/h of current against or with it; goods are carried at 3 km/h.
    carried_h = upstream.carried_km / 3
    assert upstream.seconds == pytest.approx((upstream.water_km / 14 + carried_h) * 3600, abs=1)
    assert downstream.seconds == pytest.approx((upstream.water_km / 26 + carried_h) * 3600, abs=1)
    assert upstream.metres / 1000 == pytest.approx(
        upstream.water_km + upstream.carried_km, abs=0.001
    )


def test_landings_lie_within_the_limit(gazetteer: Gazetteer) -> None:
    near = [list(landings(place.point, RULES)) for place in gazetteer.townships]
    assert any(near)
    for found in near:
        for one in found:
            assert one.off_km == pytest.approx(geodesic_km(one.bank, one.place))
            assert one.off_km <= RULES.landing_km
    dry = gazetteer.find("恩施市").point
    assert nearest_landing(dry, RULES) is None


def test_lakes_know_no_current() -> None:
    lake = next(number for number, water in enumerate(named_waters()) if water.name_en == "Liangzi")
    centre = named_waters()[lake].geometry.representative_point()
    spots = [Point(lon_deg=centre.x + east, lat_deg=centre.y) for east in (-0.01, 0.01)]
    one, other = (
        next(each for each in landings(spot, RULES) if each.water == lake) for spot in spots
    )
    there, back = boat_way(one, other, BOAT, RULES), boat_way(other, one, BOAT, RULES)
    assert there.seconds == back.seconds
    # On the lake itself nothing is carried; boats go straight times 1.2.
    assert there.carried_km == 0
    assert there.water_km == pytest.approx(1.2 * geodesic_km(*spots))


def test_two_waters_have_no_way_between_them(gazetteer: Gazetteer) -> None:
    yangtze = nearest_landing(gazetteer.find("宜昌市").point, RULES)
    han = nearest_landing(gazetteer.find("襄阳市").point, RULES)
    assert yangtze is not None
    assert han is not None
    with pytest.raises(ValueError, match="two waters"):
        boat_way(yangtze, han, BOAT, RULES)
