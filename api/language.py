"""The two languages in which the program speaks to people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from api.settings import LanguageCode
from relief.sentences import Sentence
from relief.units import SHANGHAI, hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language and its catalogue.

    Parameters
    ----------
    code
        ``zh`` or ``en``.
    catalogue
        Translations under their English texts; empty for English, which needs none.
    """

    code: LanguageCode
    catalogue: Mapping[str, str] = field(default_factory=dict, repr=False)

    def tell(self, sentence: Sentence) -> str:
        """Return a sentence in this language, in English where the catalogue lacks it."""
        return sentence.filled(self.catalogue.get(sentence.text, sentence.text))

    def word(self, text: str) -> str:
        """Return a text without gaps, such as the name of a factor, in this language."""
        return self.catalogue.get(text, text)

    def both(self, zh: str, en: str) -> str:
        """Return a name in both languages, this one first.

        Examples
        --------
        >>> Language(code="en").both("恩施市", "Enshi")
        'Enshi 恩施市'
        """
        first, second = (zh, en) if self.code == "zh" else (en, zh)
        return first if first == second or not second else f"{first} {second}"

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with groups of three digits and so many decimals.

        Examples
        --------
        >>> Language(code="en").number(12345.678, 1)
        '12,345.7'
        """
        places = "." + "0" * digits if digits else ""
        return str(format_decimal(value, format=f"#,##0{places}", locale=self.code))

    def share(self, value: float, digits: int = 1) -> str:
        """Return a share as a percentage.

        Examples
        --------
        >>> Language(code="en").share(0.1234)
        '12.3%'
        """
        return str(format_percent(value, format=f"0.{'0' * digits}%", locale=self.code))

    def instant(self, at: datetime) -> str:
        """Return an instant as it is read off a clock in Hubei.

        Examples
        --------
        >>> from datetime import UTC
        >>> Language(code="en").instant(datetime(2016, 7, 6, tzinfo=UTC))
        '2016-07-06 08:00'
        """
        return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")

    def duration_h(self, duration: timedelta) -> str:
        """Return a duration in hours with one decimal."""
        return self.number(hours(duration), 1)


@cache
def language(code: LanguageCode) -> Language:
    """Return a language with its catalogue from the package's own files."""
    if code == "en":
        return Language(code="en")
    with (files("api") / "locale" / "zh.po").open("rb") as stream:
        entries = read_po(stream, locale="zh", abort_invalid=True)
    return Language(
        code="zh",
        catalogue={
            str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string
        },
    )
