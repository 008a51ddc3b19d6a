"""Finding a font that has Chinese characters; without one the map is labelled in pinyin."""

import logging
import re
from functools import lru_cache
from pathlib import Path

from matplotlib.font_manager import FontProperties, findSystemFonts, fontManager

# Many Chinese fonts come in one weight only, and being told so for every label helps nobody.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

LATIN = "DejaVu Sans"
"""Comes with matplotlib itself."""

# Known Chinese fonts by the beginning of their file names without signs, the best first.
_CHINESE = (
    r"notosanscjk|notosanssc", r"sourcehansans", r"pingfang", r"hiraginosansgb", r"msyh",
    r"microsoftyahei", r"wqyzenhei", r"wqymicrohei", r"simhei", r"stheiti", r"droidsansfallback",
    r"notoserifcjk|notoserifsc", r"sourcehanserif", r"simsun", r"uming", r"ukai", r"gbsn",
    r"arialuni",
)  # fmt: skip


@lru_cache(maxsize=1)
def chinese_family() -> str | None:
    """Return the family of an installed font with Chinese characters, None without one.

    The folders of fonts are looked through anew, because the font list that matplotlib keeps does
    not see what was installed since.
    """
    ranked = sorted((rank, path) for path in findSystemFonts() if (rank := _rank(path)) is not None)
    for _, path in ranked:
        fontManager.addfont(path)
        return FontProperties(fname=path).get_name()
    return None


def _rank(path: str) -> int | None:
    name = re.sub(r"[^a-z0-9]", "", Path(path).stem.lower())
    for rank, pattern in enumerate(_CHINESE):
        if re.match(pattern, name) and "bold" not in name and "black" not in name:
            return rank
    return None


def families() -> list[str]:
    """Return the families to write with, the Chinese one first where there is one."""
    chinese = chinese_family()
    return [LATIN] if chinese is None else [chinese, LATIN]
