import pytest

from geodata.gazetteer import PROVINCE_CODE, Gazetteer, folded_name, load_gazetteer
from geodata.sources import read_table
from relief.errors import AmbiguousPlace, UnknownPlace
from relief.places import PlaceKind

CENSUS_OF_HUBEI = 57_752_557
"""Census of 1 November 2020, Tabulation by county, the two special areas included."""


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def test_all_units_are_there(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.counties) == 103
    assert len(gazetteer.townships) == 1260
    assert len(gazetteer.prefectures) == 13
    assert sum(not township.approximate for township in gazetteer.townships) == 926
    assert not any(county.approximate for county in gazetteer.counties)


def test_codes_have_their_form_and_are_in_order(gazetteer: Gazetteer) -> None:
    for places, digits in ((gazetteer.counties, 6), (gazetteer.townships, 9)):
        codes = [place.code for place in places]
        assert codes == sorted(set(codes))
        assert all(code.startswith("42") and len(code) == digits for code in codes)
    for township in gazetteer.townships:
        assert township.code[:6] == township.parent_code


def test_the_census_adds_up(gazetteer: Gazetteer) -> None:
    assert sum(county.population_people for county in gazetteer.counties) == CENSUS_OF_HUBEI
    assert min(county.population_people for county in gazetteer.counties) > 0
    for county in gazetteer.counties:
        townships = gazetteer.townships_of(county.code)
        assert sum(t.population_people for t in townships) == county.population_people
        assert min(t.population_people for t in townships) > 0


def test_special_areas_are_counted_in_the_county_around_them(gazetteer: Gazetteer) -> None:
    # Jiangling 278,192 and the Jingzhou development zone 190,084 make 468,276.
    special = {
        row["code"]: int(row["special_area_people"])
        for row in read_table("counties.csv")
        if row["special_area_people"] != "0"
    }
    assert special == {"421024": 190_084, "421127": 27_855}
    assert gazetteer.place("421024").population_people == 278_192 + 190_084


def test_a_prefecture_is_the_sum_of_its_counties(gazetteer: Gazetteer) -> None:
    direct = [county for county in gazetteer.counties if county.parent_code == PROVINCE_CODE]
    assert {county.name_en for county in direct} == {
        "Xiantao", "Qianjiang", "Tianmen", "Shennongjia",
    }  # fmt: skip
    people = [place.population_people for place in (*gazetteer.prefectures, *direct)]
    assert sum(people) == CENSUS_OF_HUBEI
    assert gazetteer.place("420100").population_people == 12_447_718


# Readings that a plain transcription gets wrong, and some that are asked for often.
@pytest.mark.parametrize(
    ("name_zh", "name_en"),
    [
        ("罗田县", "Luotian"),
        ("监利市", "Jianli"),
        ("蕲春县", "Qichun"),
        ("浠水县", "Xishui"),
        ("硚口区", "Qiaokou"),
        ("秭归县", "Zigui"),
        ("长阳土家族自治县", "Changyang"),
        ("五峰土家族自治县", "Wufeng"),
        ("黄陂区", "Huangpi"),
        ("大冶市", "Daye"),
        ("枝江市", "Zhijiang"),
        ("宜都市", "Yidu"),
        ("郧阳区", "Yunyang"),
        ("猇亭区", "Xiaoting"),
        ("曾都区", "Zengdu"),
        ("房县", "Fangxian"),
        ("随县", "Suixian"),
        ("神农架林区", "Shennongjia"),
        ("红安县", "Hong'an"),
        ("咸安区", "Xian'an"),
        ("宣恩县", "Xuan'en"),
    ],
)
def test_english_names_of_counties(gazetteer: Gazetteer, name_zh: str, name_en: str) -> None:
    assert gazetteer.find(name_zh).name_en == name_en


@pytest.mark.parametrize(
    ("code", "name_en"),
    [
        ("421321116", "Liulin"),
        ("420281106", "Huandiqiao"),
        ("420303101", "Bailin"),
        ("422802001", "Duting"),
        ("420114008", "Zhuankou"),
    ],
)
def test_english_names_of_townships(gazetteer: Gazetteer, code: str, name_en: str) -> None:
    assert gazetteer.place(code).name_en == name_en


def test_english_names_are_plain_words(gazetteer: Gazetteer) -> None:
    for place in (*gazetteer.counties, *gazetteer.townships, *gazetteer.cities):
        letters = place.name_en.replace("'", "").replace("ü", "u")
        assert letters.isascii(), place
        assert letters.isalpha(), place
        assert place.name_en[0].isupper(), place
        assert letters[1:].islower(), place


@pytest.mark.parametrize(
    "text",
    ["421122", "红安县", "红安", " 红安县 ", "Hong'an", "hong’an", "HONGAN", "Hóng'ān", "hong an"],
)
def test_a_county_is_found_by_any_of_its_names(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text).code == "421122"


@pytest.mark.parametrize(
    "text", ["随县柳林镇", "随县柳林", "随县/柳林镇", "Suixian/Liulin", "421321116"]
)
def test_a_township_is_found_with_its_county_before_it(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text).code == "421321116"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("长阳", "420528"),
        ("长阳县", "420528"),
        ("恩施州", "422800"),
        ("神农架", "429021"),
        ("潘家湾乡", "420581203"),
        ("沔城镇", "429004113"),
        ("湖北口乡", "420322202"),
    ],
)
def test_units_of_minority_peoples_are_found_by_their_short_names(
    gazetteer: Gazetteer, text: str, code: str
) -> None:
    assert gazetteer.find(text).code == code


def test_a_county_comes_before_a_township_of_the_same_name(gazetteer: Gazetteer) -> None:
    # 黄梅 is a county and, in it, a town; 荆州 a county-level unit and a prefecture.
    assert gazetteer.find("黄梅").code == "421127"
    assert gazetteer.find("黄梅镇").kind is PlaceKind.TOWNSHIP
    assert gazetteer.find("荆州").code == "421003"
    assert gazetteer.find("荆州市").code == "421000"


def test_kinds_limit_the_search(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("黄梅", {PlaceKind.TOWNSHIP}).code.startswith("421127")
    with pytest.raises(UnknownPlace, match="no such place"):
        gazetteer.find("罗田县", {PlaceKind.TOWNSHIP})


def test_a_name_of_several_places_is_refused_with_all_of_them(gazetteer: Gazetteer) -> None:
    with pytest.raises(AmbiguousPlace, match=r"420222107 阳新县白沙镇.*420921106 孝昌县白沙镇"):
        gazetteer.find("白沙镇")


def test_an_unknown_name_is_answered_with_near_ones(gazetteer: Gazetteer) -> None:
    with pytest.raises(UnknownPlace, match=r"'Luotain'.*perhaps.*421123 黄冈市罗田县 \(Luotian\)"):
        gazetteer.find("Luotain")
    with pytest.raises(UnknownPlace, match=r"'恩施县'.*perhaps.*恩施市"):
        gazetteer.find("恩施县")


def test_an_unknown_code_is_answered_with_near_ones(gazetteer: Gazetteer) -> None:
    with pytest.raises(UnknownPlace, match=r"'421128'.*perhaps 42\d{4} "):
        gazetteer.place("421128")
    with pytest.raises(UnknownPlace, match="'429999'"):
        gazetteer.townships_of("429999")


def test_cities_reach_beyond_the_province(gazetteer: Gazetteer) -> None:
    provinces = {city.parent_zh for city in gazetteer.cities}
    assert {"河南省", "湖南省", "江西省", "安徽省", "陕西省", "重庆市"} <= provinces
    assert len(gazetteer.depot_cities) == 20
    assert {"武汉市", "郑州市", "长沙市", "合肥市", "西安市"} <= {
        city.name_zh for city in gazetteer.depot_cities
    }
    assert gazetteer.find("武汉市") in gazetteer.cities


def test_names_are_folded_for_comparing() -> None:
    assert folded_name("Xiannü") == "xiannu"
    assert folded_name("Lu’an ") == folded_name("lu'an") == "luan"
