"""Both languages say the same, with the same gaps."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest

from api.language import Language, language
from api.settings import read_settings
from api.terminal import fault_line
from relief.damage.factors import load_profile, profile_codes
from relief.errors import Fault
from relief.sentences import say
from scenarios.events import event_codes, load_event
from scenarios.network import open_network

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("relief", "solvers", "geodata", "scenarios", "api")


def said() -> Iterator[tuple[str, str]]:
    """Yield every text that the packages say, with where they say it."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "say"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    yield str(node.args[0].value), place


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_sentence_has_a_chinese_one() -> None:
    catalogue = language("zh").catalogue
    missing = {text: place for text, place in said() if text not in catalogue}
    assert missing == {}


def test_every_chinese_sentence_has_the_same_gaps() -> None:
    catalogue = language("zh").catalogue
    different = {
        text: translated for text, translated in catalogue.items() if gaps(text) != gaps(translated)
    }
    assert different == {}


def test_the_catalogue_holds_sentences_in_chinese() -> None:
    catalogue = language("zh").catalogue
    # A few are the same in both languages because they hold nothing but gaps and signs.
    same = {
        text
        for text, translated in catalogue.items()
        if not any("一" <= letter <= "鿿" for letter in translated)
    }
    assert all(len(text.replace(" ", "")) < 40 for text in same), same


def test_what_the_data_says_to_people_has_a_chinese_one_too() -> None:
    catalogue = language("zh").catalogue
    factors = {
        step.name
        for code in profile_codes()
        for rule in load_profile(code).rules
        for step in (*rule.steps, *(s for driver in rule.base.drivers for s in driver.steps))
    }
    notes = {note for code in event_codes() for note in load_event(code).notes}
    network = set(open_network(as_of=date(2026, 7, 1)).notes)
    assert sorted((factors | notes | network) - set(catalogue)) == []


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "en_GB.UTF-8", "RELIEF_LANG": "zh"}, "zh"),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], code: str) -> None:
    assert read_settings(environment).language == code


def test_what_the_catalogue_lacks_is_said_in_english() -> None:
    shown = Language(code="zh", catalogue={"{n} tents.": "{n}顶帐篷。"})
    assert shown.tell(say("{n} tents.", n=3)) == "3顶帐篷。"
    assert shown.tell(say("No tents.")) == "No tents."
    assert shown.word("No tents.") == "No tents."


def test_numbers_instants_and_names_are_shown_as_people_write_them() -> None:
    shown = language("en")
    assert shown.number(1_234_567) == "1,234,567"
    assert shown.number(0.05, 2) == "0.05"
    assert shown.share(0.5) == "50.0%"
    assert shown.duration_h(timedelta(minutes=90)) == "1.5"
    # 00:00 UTC is eight in the morning in Hubei.
    assert shown.instant(datetime(2016, 7, 6, tzinfo=UTC)) == "2016-07-06 08:00"
    assert shown.both("罗田县", "Luotian") == "Luotian 罗田县"
    assert language("zh").both("罗田县", "Luotian") == "罗田县 Luotian"
    assert shown.both("A", "A") == "A"


def test_what_is_allowed_is_told_in_chinese_where_it_is_words() -> None:
    def line(allowed: str) -> str:
        return fault_line(
            Fault(where="a.csv:2", what=say("This is no instant."), allowed=allowed), language("zh")
        )

    assert line("longitude and latitude").endswith("允许：经度和纬度。")
    assert line("1 to 3600").endswith("允许：1 to 3600。")
