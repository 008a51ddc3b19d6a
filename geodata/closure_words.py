"""Closures written in Chinese, put into the English forms of `geodata.closures`.

``G50 利川至恩施``, ``沪渝高速 利川 到 恩施 之间``
    ``G50 between 利川 and 恩施``
``桥 114.29,30.55``, ``114.29,30.55 附近的桥``
    ``bridge near 114.29,30.55``
``长江 过江通道``, ``长江过江通道 武汉至黄石``, ``长江 武汉至黄石 过江通道``
    ``crossings of 长江``, ``crossings of 长江 between 武汉 and 黄石``
``周边 114.3,30.6 5 公里``, ``114.3,30.6 周边 5 公里``
    ``buffer 114.3,30.6 5 km``
``区域 文件.geojson``, ``路段 U-V``
    ``polygon 文件.geojson``, ``edge U-V``
``限重 20 吨 ...``, ``限速 50% ...`` (or ``减速 0.5 ...``), ``单向 ...``
    ``weight 20 t ...``, ``speed 0.5 ...``, ``convoy ...``
``... 自 2016-07-06T08:00 至 2016-07-07T20:00`` (or ``从``, ``到``, ``起``, ``止``)
    ``... from 2016-07-06T08:00 until 2016-07-07T20:00``
"""

import re

INSTANT = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?"
"""An instant as it may be written in a closure."""

_POINT = r"(?P<at>-?[\d.]+\s*,\s*-?[\d.]+)"
_TO = r"\s*(?:至|到|与|和|[-–—~])\s*"
_ENDS = rf"(?P<one>[^\s\d]\S*?){_TO}(?P<other>\S+?)"
_CROSSING = r"(?:所有|全部|的)*(?:过江通道|过河通道|过江桥梁|跨江通道|跨江大桥|渡口和桥梁)"
_ROAD = (
    r"(?:(?P<road>[GSXYC]\d+(?:高速公路|高速|国道|省道|县道|乡道|公路)?)\s*"
    # A name needs the space after it: there are towns called 公路口 and 大道观.
    r"|(?P<name>\S*(?:高速公路|高速|国道|省道|县道|乡道|公路|快速路|大道))\s+)"
)
_TIMES = re.compile(
    rf"(?:\s*[自从]\s*(?P<begin>{INSTANT})\s*起?)?(?:\s*(?:截?至|截?到)\s*(?P<end>{INSTANT})\s*止?)?$"
)
_EFFECTS = (
    (re.compile(r"^限重\s*(?P<weight>[\d.]+)\s*(?:吨|t)\s*"), "weight {weight} t "),
    (
        re.compile(r"^(?:限速|减速|降速)[至到]?\s*(?P<share>[\d.]+)(?!\S*[吨里])\s+"),
        "speed {share} ",
    ),
    (re.compile(r"^单[向行](?:放行|通行)?\s*"), "convoy "),
)
_PERCENT = re.compile(r"^(?:限速|减速|降速)[至到]?\s*(?P<percent>[\d.]+)\s*%\s*")
_PLACES = (
    (re.compile(rf"^(?:大?桥梁?|桥)\s*{_POINT}(?:\s*附近)?$"), "bridge near {at}"),
    (re.compile(rf"^{_POINT}\s*附近的?大?桥梁?$"), "bridge near {at}"),
    (re.compile(rf"^(?P<river>\S+?)\s*{_CROSSING}$"), "crossings of {river}"),
    (
        re.compile(rf"^(?P<river>\S+?)\s*{_CROSSING}\s*{_ENDS}(?:之间|段)?$"),
        "crossings of {river} between {one} and {other}",
    ),
    (
        re.compile(rf"^(?P<river>\S+?)\s+{_ENDS}(?:之间|段)?\s*{_CROSSING}$"),
        "crossings of {river} between {one} and {other}",
    ),
    (
        re.compile(rf"^(?:周边|周围|附近)\s*{_POINT}\s+(?P<km>[\d.]+)\s*(?:公里|千米|km)$"),
        "buffer {at} {km} km",
    ),
    (
        re.compile(
            rf"^{_POINT}\s*(?:周边|周围|附近)\s*(?P<km>[\d.]+)\s*(?:公里|千米|km)(?:范围)?内?$"
        ),
        "buffer {at} {km} km",
    ),
    (re.compile(r"^(?:区域|范围)\s*(?P<area>\S.*)$"), "polygon {area}"),
    (re.compile(r"^路段\s*(?P<edges>\d+-\d+.*)$"), "edge {edges}"),
    (
        re.compile(rf"^{_ROAD}{_ENDS}(?:\s*(?:之间|段))?$", re.IGNORECASE),
        "{road} between {one} and {other}",
    ),
)


def in_english(text: str) -> str:
    """Return a closure in the English forms; what is none of the Chinese ones stays as it is.

    Examples
    --------
    >>> in_english("限重 20 吨 桥 114.29,30.55 自 2016-07-06 至 2016-07-07T20:00")
    'weight 20 t bridge near 114.29,30.55 from 2016-07-06 until 2016-07-07T20:00'
    >>> in_english("G50 利川至恩施")
    'G50 between 利川 and 恩施'
    >>> in_english("利川市-恩施市")
    '利川市-恩施市'
    """
    place = text.strip().replace("，", ",").replace("％", "%").replace("～", "~")
    times = _TIMES.search(place)
    when = ""
    if times is not None:
        place = place[: times.start()].rstrip()
        when += "" if times["begin"] is None else f" from {times['begin']}"
        when += "" if times["end"] is None else f" until {times['end']}"
    effect = ""
    if (match := _PERCENT.match(place)) is not None:
        effect, place = f"speed {_share(match['percent'])} ", place[match.end() :]
    for pattern, form in _EFFECTS:
        if not effect and (match := pattern.match(place)) is not None:
            effect, place = form.format(**match.groupdict()), place[match.end() :]
    for pattern, form in _PLACES:
        if (match := pattern.match(place)) is not None:
            found = {name: value.strip() for name, value in match.groupdict().items() if value}
            if "name" in found:
                found["road"] = found["name"]
            if "at" in found:
                found["at"] = "".join(found["at"].split())
            place = form.format(**found)
            break
    return f"{effect}{place}{when}"


def _share(percent: str) -> str:
    try:
        return f"{float(percent) / 100:g}"
    except ValueError:
        return percent
