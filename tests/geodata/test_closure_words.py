"""Closures in Chinese become the English forms, or stay as they are."""

import pytest

from geodata.closure_words import in_english
from geodata.closures import parse_closure
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from relief.errors import InvalidInput


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("G50 利川 至 恩施", "G50 between 利川 and 恩施"),
        ("G50利川至恩施段", "G50 between 利川 and 恩施"),
        ("沪渝高速 利川到恩施之间", "沪渝高速 between 利川 and 恩施"),
        ("S206省道 麻城市-黄梅县", "S206省道 between 麻城市 and 黄梅县"),
        ("桥 114.29,30.55", "bridge near 114.29,30.55"),
        ("大桥 114.29， 30.55 附近", "bridge near 114.29,30.55"),
        ("114.29,30.55 附近的桥", "bridge near 114.29,30.55"),
        ("长江 过江通道", "crossings of 长江"),
        ("汉江过河通道 仙桃与武汉之间", "crossings of 汉江 between 仙桃 and 武汉"),
        ("长江 武汉至黄石 过江通道", "crossings of 长江 between 武汉 and 黄石"),
        ("周边 114.3,30.6 5 公里", "buffer 114.3,30.6 5 km"),
        ("114.3,30.6 周围5公里范围内", "buffer 114.3,30.6 5 km"),
        ("区域 洪水.geojson", "polygon 洪水.geojson"),
        ("路段 446002-446006 1-2", "edge 446002-446006 1-2"),
        ("限重20吨 桥 114.29,30.55", "weight 20 t bridge near 114.29,30.55"),
        ("限速 50% 利川市-恩施市", "speed 0.5 利川市-恩施市"),
        ("减速至 0.4 利川市-恩施市", "speed 0.4 利川市-恩施市"),
        ("单向 利川市-恩施市", "convoy 利川市-恩施市"),
        ("利川市-恩施市 自2016-07-06T08:00起", "利川市-恩施市 from 2016-07-06T08:00"),
        ("利川市至恩施市 截至 2016-07-08", "利川市至恩施市 until 2016-07-08"),
        (
            "限速 60% 周边 110.3,31.0 30 公里 从 2016-07-06 到 2016-07-08T20:00",
            "speed 0.6 buffer 110.3,31.0 30 km from 2016-07-06 until 2016-07-08T20:00",
        ),
    ],
)
def test_chinese_forms(chinese: str, english: str) -> None:
    assert in_english(chinese) == english


@pytest.mark.parametrize(
    "text",
    [
        "利川市-恩施市",
        "均川镇至三里岗镇",
        # A town whose name holds the word for a road.
        "公路口镇-石首市",
        "大道观乡至二道桥镇",
        "G50 between Lichuan and Enshi",
        "speed 0.5 buffer 110.3,31.0 30 km from 2016-07-06",
        "crossings of Yangtze",
        "polygon 114.1,30.5 114.2,30.5 114.2,30.6",
    ],
)
def test_other_forms_stay(text: str) -> None:
    assert in_english(text) == text


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("桥 114.29,30.55", "bridge near 114.29,30.55"),
        ("长江 过江通道 武汉至黄石", "crossings of Yangtze between Wuhan and Huangshi"),
        ("限重 20 吨 利川市至恩施市", "weight 20 t 利川市-恩施市"),
        ("限速 50% 周边 110.3,31.0 30 公里", "speed 0.5 buffer 110.3,31.0 30 km"),
        (
            "利川市至恩施市 自 2016-07-06 至 2016-07-08",
            "利川-恩施 from 2016-07-06 until 2016-07-08",
        ),
    ],
)
def test_both_languages_close_the_same(chinese: str, english: str) -> None:
    one, other = (
        parse_closure(text, load_gazetteer(), load_roads()) for text in (chinese, english)
    )
    assert one.name == chinese
    for part in ("kind", "edges", "speed_share", "speed_classes", "from_at", "until_at"):
        assert getattr(one, part) == getattr(other, part)


def test_what_cannot_be_read_is_shown_as_written() -> None:
    with pytest.raises(InvalidInput, match="限速 200% 利川市-恩施市"):
        parse_closure("限速 200% 利川市-恩施市", load_gazetteer(), load_roads())
