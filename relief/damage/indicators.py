"""What the indicators of a report are called, counted in, and how they belong together."""

from collections.abc import Mapping
from dataclasses import dataclass

from relief.damage.reports import Indicator


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorName:
    """How an indicator is spoken of.

    Parameters
    ----------
    zh, en
        The names; the English one is a message id of the catalogue.
    unit
        What is counted: ``people``, ``rooms``, ``households``, ``ha`` or ``10,000 yuan``.
    """

    zh: str
    en: str
    unit: str

    @property
    def both(self) -> str:
        """The English name followed by the Chinese one."""
        return f"{self.en} {self.zh}"


NAMES: Mapping[Indicator, IndicatorName] = {
    Indicator.AFFECTED: IndicatorName(zh="受灾人口", en="people affected", unit="people"),
    Indicator.DEAD: IndicatorName(zh="因灾死亡人口", en="people dead", unit="people"),
    Indicator.MISSING: IndicatorName(zh="因灾失踪人口", en="people missing", unit="people"),
    Indicator.INJURED: IndicatorName(zh="因灾伤病人口", en="people injured", unit="people"),
    Indicator.TRANSFERRED: IndicatorName(
        zh="紧急转移安置人口(累计)", en="people transferred in all", unit="people"
    ),
    Indicator.TRANSFERRED_CURRENT: IndicatorName(
        zh="紧急转移安置人口(实时)", en="people transferred now", unit="people"
    ),
    Indicator.CONCENTRATED_CURRENT: IndicatorName(
        zh="集中安置人口(实时)", en="people in collective shelters now", unit="people"
    ),
    Indicator.DISPERSED_CURRENT: IndicatorName(
        zh="分散安置人口(实时)", en="people lodged elsewhere now", unit="people"
    ),
    Indicator.URGENT_NEED: IndicatorName(
        zh="需紧急生活救助人口(累计)", en="people in urgent need in all", unit="people"
    ),
    Indicator.URGENT_NEED_CURRENT: IndicatorName(
        zh="需紧急生活救助人口(实时)", en="people in urgent need now", unit="people"
    ),
    Indicator.WATER_NEED_CURRENT: IndicatorName(
        zh="饮水困难人口(实时)", en="people without drinking water now", unit="people"
    ),
    Indicator.COLLAPSED_HOUSEHOLDS: IndicatorName(
        zh="倒塌房屋户数", en="households with a collapsed house", unit="households"
    ),
    Indicator.COLLAPSED_ROOMS: IndicatorName(zh="倒塌房屋间数", en="rooms collapsed", unit="rooms"),
    Indicator.SERIOUS_ROOMS: IndicatorName(
        zh="严重损坏房屋间数", en="rooms seriously damaged", unit="rooms"
    ),
    Indicator.SLIGHT_ROOMS: IndicatorName(
        zh="一般损坏房屋间数", en="rooms slightly damaged", unit="rooms"
    ),
    Indicator.CROPS_HIT_HA: IndicatorName(zh="农作物受灾面积", en="crops hit", unit="ha"),
    Indicator.LOSS_10K_YUAN: IndicatorName(zh="直接经济损失", en="direct loss", unit="10,000 yuan"),
}

CURRENT = frozenset(
    {
        Indicator.TRANSFERRED_CURRENT,
        Indicator.CONCENTRATED_CURRENT,
        Indicator.DISPERSED_CURRENT,
        Indicator.URGENT_NEED_CURRENT,
        Indicator.WATER_NEED_CURRENT,
    },
)
"""Counts of the moment, which may fall without a correction."""

TOTAL_OF: Mapping[Indicator, Indicator] = {
    Indicator.TRANSFERRED_CURRENT: Indicator.TRANSFERRED,
    Indicator.URGENT_NEED_CURRENT: Indicator.URGENT_NEED,
}
"""The total since the event began that belongs to a count of the moment."""

PEOPLE = frozenset(indicator for indicator, name in NAMES.items() if name.unit == "people")
"""The indicators that count people."""
