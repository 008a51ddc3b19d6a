from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from relief.damage.factors import load_profile, profile_codes, read_profile
from relief.damage.reports import Indicator
from relief.errors import InvalidInput
from relief.items import Priority

SOUND = """
code = "own"
name_zh = "自定"
name_en = "own"
note = "for tests"
due_source = "ours"
[[bases]]
code = "away"
drivers = [
    { indicator = "transferred_current" },
    { indicator = "transferred", steps = [
        { name = "still away", value = 0.8, unit = "share", source = "ours", confidence = "M" },
    ] },
]
[[rules]]
item = "quilt"
base = "away"
priority = "essential"
people_per_piece = 1
due = [{ by_h = 48, share = 0.25 }, { by_h = 24, share = 0.75 }]
steps = [{ name = "quilts", one_in = 3, unit = "pieces/person", source = "ours", confidence = "I" }]
"""


def written(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_three_profiles_come_with_the_program() -> None:
    assert profile_codes() == ("bnpb", "hubei", "sphere")


@pytest.mark.parametrize("code", profile_codes())
def test_shipped_profiles_follow_the_displaced_and_not_the_affected(code: str) -> None:
    profile = load_profile(code)
    assert profile.code == code
    assert profile.rules
    for rule in profile.rules:
        assert Indicator.AFFECTED not in {driver.indicator for driver in rule.base.drivers}
        for step in (*rule.steps, *(s for d in rule.base.drivers for s in d.steps)):
            assert step.source
            assert step.name[0].islower() or step.name[0].isdigit()


def test_hubei_drives_tents_by_houses_and_textiles_by_people() -> None:
    drivers = {
        rule.item_code: {driver.indicator for driver in rule.base.drivers}
        for rule in load_profile("hubei").rules
    }
    assert drivers["tent-12-single"] == {Indicator.COLLAPSED_HOUSEHOLDS, Indicator.COLLAPSED_ROOMS}
    assert Indicator.TRANSFERRED in drivers["quilt"]
    assert Indicator.COLLAPSED_ROOMS not in drivers["quilt"]
    assert Indicator.WATER_NEED_CURRENT in drivers["water-case"]


def test_people_per_piece_agrees_with_the_steps_of_daily_goods() -> None:
    # A piece that serves n people for a day: 1 / (pieces a person and day).
    for code in profile_codes():
        for rule in load_profile(code).rules:
            if rule.by_day:
                per_person = Fraction(1)
                for step in rule.steps:
                    per_person *= step.value
                assert rule.people_per_piece == 1 / per_person


def test_a_profile_of_the_user_is_read_exactly(tmp_path: Path) -> None:
    (rule,) = load_profile(written(tmp_path, SOUND)).rules
    assert [driver.indicator for driver in rule.base.drivers] == [
        Indicator.TRANSFERRED_CURRENT,
        Indicator.TRANSFERRED,
    ]
    assert rule.base.drivers[1].steps[0].value == Fraction(4, 5)
    assert rule.steps[0].value == Fraction(1, 3)
    assert rule.steps[0].factor().source == "ours [I]"
    assert [(t.due_after, t.amount) for t in rule.tranches] == [
        (timedelta(hours=24), Fraction(3, 4)),
        (timedelta(hours=48), Fraction(1, 4)),
    ]
    assert rule.priority is Priority.ESSENTIAL
    assert rule.months == frozenset(range(1, 13))


def test_an_unknown_profile_is_named_with_near_ones() -> None:
    with pytest.raises(InvalidInput, match=r"'hubie'.*Did you mean hubei\?"):
        load_profile("hubie")
    with pytest.raises(InvalidInput, match="path of a TOML file"):
        load_profile("xyz")


def test_all_faults_of_a_profile_are_listed_at_once(tmp_path: Path) -> None:
    broken = (
        SOUND.replace('"transferred_current"', '"evacuated"')
        .replace("value = 0.8", "value = -0.8")
        .replace('confidence = "I"', 'confidence = "Z"')
        .replace('base = "away"', 'base = "gone"')
        .replace('"essential"', '"urgent"')
        .replace("share = 0.25", "share = 0.5")
        .replace('due_source = "ours"', "")
    )
    with pytest.raises(InvalidInput) as caught:
        load_profile(written(tmp_path, broken))
    found = [(fault.where, fault.field, fault.value) for fault in caught.value.faults]
    assert found == [
        ("own.toml bases 1 drivers 1", "indicator", "evacuated"),
        ("own.toml bases 1 drivers 2 steps 1", "value", "-0.8"),
        ("own.toml rules 1", "base", "gone"),
        ("own.toml rules 1", "priority", "urgent"),
        ("own.toml rules 1", "due", "1.25"),
        ("own.toml rules 1 steps 1", "confidence", "Z"),
        ("own.toml", "due_source", ""),
    ]


def test_one_item_has_one_rule_in_a_month(tmp_path: Path) -> None:
    rule = SOUND[SOUND.index("[[rules]]") :]
    summer = rule.replace("people_per_piece", "months = [6, 7]\npeople_per_piece")
    winter = rule.replace("people_per_piece", "months = [1]\npeople_per_piece")
    head = SOUND[: SOUND.index("[[rules]]")]
    assert len(load_profile(written(tmp_path, head + summer + winter)).rules) == 2
    with pytest.raises(InvalidInput, match="Two rules for one item in the same month"):
        load_profile(written(tmp_path, head + summer + rule))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[bases]]", "[bases]", "Not a list of tables"),
        ("people_per_piece = 1", 'people_per_piece = "one"', "Not a number above zero"),
        ("people_per_piece = 1", "people_per_piece = true", "Not a number above zero"),
        ("people_per_piece = 1", "people_per_piece = 1\nmonths = [13]", "Not a list of months"),
        ('code = "own"', "", "A text is missing"),
        ("[[rules]]", "[[regulations]]", "Nothing is given"),
        ("[[rules]]", "[[rules]", "The file is not TOML"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_profile(Path(written(tmp_path, SOUND.replace(old, new, 1))))
