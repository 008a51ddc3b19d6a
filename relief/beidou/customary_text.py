"""Damage reports in plain Chinese, as people write them when they have no report code.

``红安县七里坪镇受灾3200人转移安置450人倒房12间`` names a place and then pairs of what was
counted and how many, in either order. What is read here is shown to a person with the words it
comes from; it is never counted by itself, because a text has no sequence number, no instant and
no certain place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final
from unicodedata import normalize

from relief.damage.reports import Indicator

_MU_PER_HA = 15
_PHRASES: Final[tuple[tuple[str, dict[str, Indicator]], ...]] = (
    (
        "(?:紧急)?转移安置|紧急避险转移|紧急转移|转移(?:群众|人口)?|撤离(?:群众)?",
        {"人": Indicator.TRANSFERRED},
    ),
    ("集中安置", {"人": Indicator.CONCENTRATED_CURRENT}),
    ("分散安置", {"人": Indicator.DISPERSED_CURRENT}),
    ("需紧急(?:生活)?救助", {"人": Indicator.URGENT_NEED}),
    ("饮水困难(?:需救助)?", {"人": Indicator.WATER_NEED_CURRENT}),
    ("(?:因灾)?死亡|遇难", {"人": Indicator.DEAD}),
    ("(?:因灾)?失踪|失联", {"人": Indicator.MISSING}),
    ("受伤|伤病", {"人": Indicator.INJURED}),
    ("农?作物受灾(?:面积)?|农田受灾(?:面积)?|受灾面积", {"亩": Indicator.CROPS_HIT_HA}),
    ("受灾(?:人口|群众)?", {"人": Indicator.AFFECTED, "亩": Indicator.CROPS_HIT_HA}),
    (
        "(?:严重|重度)(?:损坏|受损|损)(?:房屋|住房|民房|房)?|房屋严重(?:损坏|受损)|严损(?:房屋|房)?",
        {"间": Indicator.SERIOUS_ROOMS},
    ),
    (
        "(?:一般|轻微)(?:损坏|受损|损)(?:房屋|住房|民房|房)?|房屋(?:一般|轻微)(?:损坏|受损)",
        {"间": Indicator.SLIGHT_ROOMS},
    ),
    (
        "(?:房屋|住房|民房)倒塌|倒塌(?:房屋|住房|民房)?|倒房|垮房",
        {"间": Indicator.COLLAPSED_ROOMS, "户": Indicator.COLLAPSED_HOUSEHOLDS},
    ),
    ("(?:直接)?经济损失", {"元": Indicator.LOSS_10K_YUAN}),
)
"""What is counted, in the words of reporters, and the indicator for each kind of unit."""
_UNITS: Final = {
    "人": ("人", Decimal(1)),
    "名": ("人", Decimal(1)),
    "间": ("间", Decimal(1)),
    "户": ("户", Decimal(1)),
    "公顷": ("亩", Decimal(1)),
    "亩": ("亩", 1 / Decimal(_MU_PER_HA)),
    "元": ("元", 1 / Decimal(10_000)),
}
"""The kind of each unit, and what one of it is in the unit of the indicator."""
_SCALES: Final = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_NO_ONE: Final = {
    "伤亡": (Indicator.DEAD, Indicator.INJURED),
    "死亡": (Indicator.DEAD,),
    "失踪": (Indicator.MISSING,),
    "受伤": (Indicator.INJURED,),
}
_DIGITS: Final = {each: value for value, each in enumerate("零一二三四五六七八九")} | {"两": 2}
_MYRIAD: Final = 10_000
_DIGIT = "[一二两三四五六七八九]"
_NUMERALS = re.compile(
    f"(?:(?P<thousand>{_DIGIT})千)?"
    f"(?:[零〇]?(?P<hundred>{_DIGIT})百)?"
    f"(?:[零〇]?(?P<ten>{_DIGIT})?(?P<has_ten>十))?"
    f"(?P<zero>[零〇])?(?P<unit>{_DIGIT})?"
)

_PHRASE = "|".join(words for words, _ in _PHRASES)
_ABOUT = "约|近|超过|超"
_NUMBER = (
    r"[0-9]{1,12}(?:,[0-9]{3}(?![0-9]))*(?:\.[0-9]{1,4})?[千万亿]?"
    "|[零〇一二两三四五六七八九十百千万]{1,12}"
)
_UNIT = "公顷|亩|元|间|户|人|名"
_AMOUNT = rf"(?:{_ABOUT})?(?:{_NUMBER})[余多]?(?:{_UNIT})"
_LINK = r"[:为达共计有\s]*"
_CLAUSE = re.compile(
    rf"(?P<phrase>{_PHRASE}){_LINK}(?P<amounts>{_AMOUNT}(?:[、和]?{_AMOUNT}(?!{_PHRASE}))*)"
    rf"|(?P<amount>{_AMOUNT})(?P<after>{_PHRASE})"
    rf"|无(?:人员)?(?P<none>{'|'.join(_NO_ONE)})"
)
_AMOUNT_PARTS = re.compile(
    rf"(?P<about>{_ABOUT})?(?P<number>{_NUMBER})(?P<over>[余多])?(?P<unit>{_UNIT})"
)
_PLACE = re.compile(r"(?:[一-鿿]{1,8}?(?:省|市|州|县|林区|区|乡|镇|街道|村))+")
_WORTH_READING = re.compile(r"[一-鿿0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One count in a text.

    Parameters
    ----------
    indicator, count
        What was counted and how many, in the unit of the indicator.
    words
        The words it was read from.
    approximate
        Whether the reporter says about, nearly or more than.
    """

    indicator: Indicator
    count: int
    words: str
    approximate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomaryReport:
    """What a text seems to say.

    Parameters
    ----------
    place_zh
        The place as it is named; empty where none is.
    readings
        The counts, in the order of the text. An indicator can come twice.
    unread
        The words that were not understood.
    confidence
        The share of characters and digits that were understood, 0 to 1.
    """

    place_zh: str
    readings: tuple[Reading, ...]
    unread: tuple[str, ...]
    confidence: float


def read_customary(text: str) -> CustomaryReport | None:
    """Return what a text seems to say about damage, None where it counts nothing.

    Examples
    --------
    >>> report = read_customary("红安县七里坪镇受灾3200人转移安置450人倒房12间")
    >>> report.place_zh, [(str(each.indicator), each.count) for each in report.readings]
    ('红安县七里坪镇', [('affected', 3200), ('transferred', 450), ('collapsed_rooms', 12)])
    """
    plain = normalize("NFKC", text)
    clauses = [(match, tuple(_readings(match))) for match in _CLAUSE.finditer(plain)]
    told = [(match.span(), readings) for match, readings in clauses if readings]
    if not told:
        return None
    place = _PLACE.search(plain, 0, told[0][0][0])
    used = ([place.span()] if place else []) + [span for span, _ in told]
    edges = [0, *(edge for span in used for edge in span), len(plain)]
    gaps = [plain[start:end].strip(" ,，。;；、.") for start, end in list(pairwise(edges))[::2]]
    unread = tuple(gap for gap in gaps if _WORTH_READING.search(gap))
    num_unread = sum(len(_WORTH_READING.findall(gap)) for gap in unread)
    return CustomaryReport(
        place_zh=place[0] if place else "",
        readings=tuple(each for _, readings in told for each in readings),
        unread=unread,
        confidence=1 - num_unread / len(_WORTH_READING.findall(plain)),
    )


def _readings(clause: re.Match[str]) -> Iterator[Reading]:
    """Yield the counts of one clause whose unit fits what is counted."""
    if clause["none"]:
        for indicator in _NO_ONE[clause["none"]]:
            yield Reading(indicator=indicator, count=0, words=clause[0], approximate=False)
        return
    phrase = clause["phrase"] or clause["after"]
    indicators = next(kinds for words, kinds in _PHRASES if re.fullmatch(words, phrase))
    for amount in _AMOUNT_PARTS.finditer(clause["amounts"] or clause["amount"]):
        kind, worth = _UNITS[amount["unit"]]
        number = _number(amount["number"])
        if kind not in indicators or number is None:
            continue
        yield Reading(
            indicator=indicators[kind],
            count=int((number * worth).to_integral_value(ROUND_HALF_UP)),
            words=clause[0],
            approximate=bool(amount["about"] or amount["over"]),
        )


def _number(words: str) -> Decimal | None:
    """Return a number in digits or Chinese numerals, None where it is none."""
    if words[0].isdigit() and words[0].isascii():
        scale = words[-1] if words[-1] in _SCALES else ""
        return Decimal(words.removesuffix(scale).replace(",", "")) * _SCALES[scale]
    high, myriad, low = words.rpartition("万")
    whole = _below_myriad(low) if low else 0
    thousands = _below_myriad(high) if myriad else 0
    if whole is None or thousands is None or (myriad and not high):
        return None
    if myriad and len(low) == 1:  # 三万二 is 32,000
        whole *= _MYRIAD // 10
    return Decimal(thousands * _MYRIAD + whole)


def _below_myriad(words: str) -> int | None:
    """Return a number below 10,000 in Chinese numerals, None where it is none."""
    match = _NUMERALS.fullmatch(words)
    if match is None:
        return None
    thousand, hundred, ten, unit = (
        _DIGITS.get(match[group], 0) for group in ("thousand", "hundred", "ten", "unit")
    )
    if match["has_ten"] and not ten:
        ten = 1  # 十二 is 12
    if not match["zero"] and not match["has_ten"]:
        # Colloquially the last digit counts the next lower power: 三百五 is 350, 三千二 is 3,200.
        unit *= 10 if hundred else 100 if thousand else 1
    return 1_000 * thousand + 100 * hundred + 10 * ten + unit
