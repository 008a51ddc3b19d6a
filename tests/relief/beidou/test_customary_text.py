import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.customary_text import CustomaryReport, Reading, read_customary
from relief.damage.reports import Indicator


def read(text: str) -> CustomaryReport:
    report = read_customary(text)
    assert report is not None
    return report


def counts(text: str) -> dict[str, int]:
    return {str(each.indicator): each.count for each in read(text).readings}


def test_customary_form() -> None:
    report = read("红安县七里坪镇受灾3200人转移安置450人倒房12间")
    assert report == CustomaryReport(
        place_zh="红安县七里坪镇",
        readings=(
            Reading(
                indicator=Indicator.AFFECTED, count=3200, words="受灾3200人", approximate=False
            ),
            Reading(
                indicator=Indicator.TRANSFERRED,
                count=450,
                words="转移安置450人",
                approximate=False,
            ),
            Reading(
                indicator=Indicator.COLLAPSED_ROOMS,
                count=12,
                words="倒房12间",
                approximate=False,
            ),
        ),
        unread=(),
        confidence=1.0,
    )


def test_long_form_of_a_county() -> None:
    text = (
        "截至7月6日8时，红安县受灾人口4.32万人，因灾死亡３人、失踪1人，紧急转移安置1,200余人，"
        "集中安置300人，分散安置900人，需紧急生活救助80人，饮水困难60人，倒塌房屋5户12间，"
        "严重损坏房屋30间，一般损房41间，农作物受灾1500亩，直接经济损失1.2亿元。"
    )
    # 1,500 mu are 100 ha; 1.2 hundred million yuan are 12,000 times 10,000 yuan.
    assert counts(text) == {
        "affected": 43_200,
        "dead": 3,
        "missing": 1,
        "transferred": 1_200,
        "concentrated_current": 300,
        "dispersed_current": 900,
        "urgent_need": 80,
        "water_need_current": 60,
        "collapsed_households": 5,
        "collapsed_rooms": 12,
        "serious_rooms": 30,
        "slight_rooms": 41,
        "crops_hit_ha": 100,
        "loss_10k_yuan": 12_000,
    }
    report = read(text)
    assert (report.place_zh, report.unread) == ("红安县", ("截至7月6日8时",))
    # 7 of the characters and digits are unread; signs do not count.
    assert 0.9 < report.confidence < 1
    assert [each.words for each in report.readings if each.approximate] == ["紧急转移安置1,200余人"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3人死亡2人失踪5人受伤", {"dead": 3, "missing": 2, "injured": 5}),
        ("12间房屋倒塌，200公顷农作物受灾", {"collapsed_rooms": 12, "crops_hit_ha": 200}),
        ("柳林镇无人员伤亡", {"dead": 0, "injured": 0}),
        ("无人员死亡，无失踪", {"dead": 0, "missing": 0}),
        ("受灾：３２００人", {"affected": 3200}),
        ("受灾三千二百人", {"affected": 3200}),
        ("受灾三千零五十人", {"affected": 3050}),
        ("受灾一万二千人", {"affected": 12_000}),
        ("受灾三万二人", {"affected": 32_000}),
        ("受灾三万零二人", {"affected": 30_002}),
        ("受灾十二人", {"affected": 12}),
        ("受灾三百五人", {"affected": 350}),
        ("受灾两百零五人", {"affected": 205}),
        ("受灾3.5千人", {"affected": 3500}),
        ("经济损失5000元", {"loss_10k_yuan": 1}),
        ("经济损失4999元", {"loss_10k_yuan": 0}),
        ("受灾面积22亩", {"crops_hit_ha": 1}),
    ],
)
def test_ways_to_write(text: str, expected: dict[str, int]) -> None:
    assert counts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "你好",
        "受灾3200",
        "受灾12间",
        "受灾一二三人",
        "受灾万人",
        "受灾零零零人",
        "3200人",
        "桥断了",
    ],
)
def test_text_that_counts_nothing_is_no_report(text: str) -> None:
    assert read_customary(text) is None


def test_words_that_are_not_understood_lower_the_confidence() -> None:
    report = read("桥断了受灾10人请速来")
    # Understood: 受灾10人, five of eleven characters; the rest is shown.
    assert report.unread == ("桥断了", "请速来")
    assert report.confidence == pytest.approx(5 / 11)


def test_unit_that_does_not_fit_is_shown_as_unread() -> None:
    assert read("死亡3人，受灾12间").unread == ("受灾12间",)


phrases = st.sampled_from(
    [
        ("受灾", "人", Indicator.AFFECTED),
        ("死亡", "人", Indicator.DEAD),
        ("转移安置", "人", Indicator.TRANSFERRED),
        ("倒房", "间", Indicator.COLLAPSED_ROOMS),
        ("严重损坏房屋", "间", Indicator.SERIOUS_ROOMS),
    ]
)


@given(
    st.lists(st.tuples(phrases, st.integers(0, 99_999_999)), min_size=1, max_size=5),
    st.sampled_from(["", "，", "、", " "]),
)
def test_every_list_of_counts_is_read(
    items: list[tuple[tuple[str, str, Indicator], int]], mark: str
) -> None:
    text = "红安县" + mark.join(f"{phrase}{count}{unit}" for (phrase, unit, _), count in items)
    report = read(text)
    assert [(each.indicator, each.count) for each in report.readings] == [
        (indicator, count) for (_, _, indicator), count in items
    ]
    assert (report.place_zh, report.confidence) == ("红安县", 1.0)


@given(
    st.text(
        st.sampled_from("红安县镇受灾人口死亡倒房间户亩元万千百十零一二3200.,，约余无伤0９"),
        max_size=40,
    )
)
def test_no_text_raises_and_confidence_is_a_share(text: str) -> None:
    report = read_customary(text)
    if report is not None:
        assert 0 < report.confidence <= 1
        assert all(each.count >= 0 for each in report.readings)
