"""Policies as files."""

from datetime import timedelta
from pathlib import Path

import pytest

from relief.errors import InvalidInput
from relief.places import Tier
from relief.plan.policy import Objective, PlanningPolicy, ReserveRule, policy_faults
from relief.plan.presets import load_preset, policy_text, preset_names, read_preset
from relief.supply.fleet import CarrierRules, ConvoyRules, DutyRules


def test_the_presets_are_these() -> None:
    assert preset_names() == ("standard", "fastest", "fairest", "cheapest", "reserve")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_sound_and_explains_itself(name: str) -> None:
    preset = load_preset(name)
    assert list(policy_faults(preset.policy)) == []
    assert preset.policy.name == name
    assert all((preset.name_zh, preset.name_en, preset.meaning_zh, preset.meaning_en))


def test_standard_is_what_holds_without_a_preset() -> None:
    assert load_preset("standard").policy == PlanningPolicy()


def test_presets_differ_in_what_comes_first() -> None:
    order = {
        name: [stage.objective for stage in load_preset(name).policy.stages]
        for name in preset_names()
    }
    assert order["fairest"].index(Objective.FAIRNESS) < order["fairest"].index(
        Objective.DEPRIVATION
    )
    assert order["cheapest"].index(Objective.COST) < order["cheapest"].index(Objective.TIER)
    assert Objective.TIER not in order["fastest"]
    assert load_preset("reserve").policy.reserve == ReserveRule(
        stock_ppm=150_000, trucks_ppm=100_000, least_tier=Tier.PROVINCE
    )


@pytest.mark.parametrize("name", preset_names())
def test_a_policy_written_out_reads_the_same(name: str, tmp_path: Path) -> None:
    policy = load_preset(name).policy
    path = tmp_path / "again.toml"
    path.write_text(policy_text(policy), encoding="utf-8")
    assert read_preset(path).policy == policy


def test_an_unknown_preset_is_refused_with_what_is_near() -> None:
    with pytest.raises(InvalidInput, match=r"fairst.*Allowed: standard.*fairest") as refused:
        load_preset("fairst")
    assert len(refused.value.faults) == 1


def refused(text: str, tmp_path: Path) -> list[tuple[str, str]]:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as error:
        read_preset(path)
    assert {fault.where for fault in error.value.faults} == {"mine.toml"}
    return [(fault.field, fault.value) for fault in error.value.faults]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = """
    name = ""
    windows_h = [12, 24.5]
    never_extra_h = "long"
    weigths = 3
    weights = { life-saving = true, urgent = 4 }
    reserve = { stock_share = 1.5, least_tier = "county-ish" }
    [[stages]]
    objective = "speed"
    [[stages]]
    objective = "deprivation"
    slack_share = -1
    level = 2
    """
    assert refused(text, tmp_path) == [
        ("weigths", "3"),
        ("windows_h", "[12, Decimal('24.5')]"),
        ("name", ""),
        ("never_extra_h", "long"),
        ("weights urgent", "4"),
        ("weights life-saving", "True"),
        ("reserve least_tier", "county-ish"),
        ("reserve stock_share", "1.5"),
        ("stages 1 objective", "speed"),
        ("stages 2 level", "2"),
        ("stages 2 slack_share", "-1"),
    ]


def test_a_readable_policy_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    text = """
    windows_h = [24, 12]
    weights = { comfort = 20 }
    [[stages]]
    objective = "cost"
    [[stages]]
    objective = "deprivation"
    """
    assert refused(text, tmp_path) == [
        ("window_ends", "['1 day, 0:00:00', '12:00:00']"),
        ("priority_weights", "essential = 3, comfort = 20"),
        ("stages", "cost"),
    ]


@pytest.mark.parametrize("text", ["stages = 3", 'stages = ["cost"]', "weights = 3", "no toml"])
def test_what_is_no_policy_is_refused(text: str, tmp_path: Path) -> None:
    assert len(refused(text, tmp_path)) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_preset(tmp_path / "none.toml")


def test_limits_of_carriers_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text(
        "[carriers]\nflies_at_night = true\nwalk_m = 12000\nday_begins_min = 330\n",
        encoding="utf-8",
    )
    carriers = read_preset(path).policy.carriers
    assert carriers == CarrierRules(
        flies_at_night=True, walk_m=12_000, day_begins=timedelta(hours=5, minutes=30)
    )
    path.write_text(policy_text(read_preset(path).policy), encoding="utf-8")
    assert read_preset(path).policy.carriers == carriers


def test_impossible_carriers_are_refused(tmp_path: Path) -> None:
    assert refused('[carriers]\nflies_at_night = "yes"\nwalk = 3\n', tmp_path) == [
        ("carriers walk", "3"),
        ("carriers flies_at_night", "yes"),
    ]
    assert refused("[carriers]\nwalk_m = -1\nday_begins_min = 1200\n", tmp_path) == [
        ("carriers walk_m", "-1"),
        ("carriers day_begins_min, day_ends_min", "20:00:00, 18:30:00"),
    ]


def test_hours_of_drivers_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "hours.toml"
    path.write_text(
        "[duty]\nrest_min = 30\nnight_begins_min = 120\nnight_ends_min = 300\n", encoding="utf-8"
    )
    duty = read_preset(path).policy.duty
    assert duty == DutyRules(
        rest=timedelta(minutes=30),
        night_begins=timedelta(hours=2),
        night_ends=timedelta(hours=5),
    )
    path.write_text(policy_text(read_preset(path).policy), encoding="utf-8")
    assert read_preset(path).policy.duty == duty


def test_impossible_hours_of_drivers_are_refused(tmp_path: Path) -> None:
    assert refused("[duty]\nrest_min = 0\nnight_begins_min = 300\n", tmp_path) == [
        ("duty continuous_drive_min, rest_min, drive_per_day_min", "4:00:00, 0:00:00, 8:00:00"),
        ("duty night_begins_min, night_ends_min", "5:00:00, 0:00:00"),
    ]


def test_convoys_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "convoy.toml"
    path.write_text(
        '[convoy]\nplaces = ["422802", "422801103"]\nleast_trucks = 4\nwait_min = 90\n',
        encoding="utf-8",
    )
    convoy = read_preset(path).policy.convoy
    assert convoy == ConvoyRules(
        place_codes=("422802", "422801103"), least_trucks=4, wait=timedelta(minutes=90)
    )
    assert [convoy.area_of(code) for code in ("422802101", "422801103", "422801")] == [
        "422802",
        "422801103",
        "",
    ]
    path.write_text(policy_text(read_preset(path).policy), encoding="utf-8")
    assert read_preset(path).policy.convoy == convoy
    assert "[convoy]" not in policy_text(PlanningPolicy())


def test_impossible_convoys_are_refused(tmp_path: Path) -> None:
    assert refused('[convoy]\nplaces = "all"\nleast = 1\n', tmp_path) == [
        ("convoy least", "1"),
        ("convoy places", "all"),
    ]
    wrong = '[convoy]\nplaces = ["42"]\nleast_trucks = 1\nwithin_min = 30\nwait_min = 10\n'
    assert refused(wrong, tmp_path) == [
        ("convoy places", "42"),
        ("convoy least_trucks", "1"),
        ("convoy within_min, wait_min", "0:30:00, 0:10:00"),
    ]


def test_contradictions_are_told_with_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        """
        windows_h = [24, 12]
        never_extra_h = -5
        [[stages]]
        objective = "cost"
        slack_share = 2
        [[stages]]
        objective = "deprivation"
        [[stages]]
        objective = "cost"
        [reserve]
        stock_share = 1.5
        """,
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as caught:
        read_preset(path)
    fields = [fault.field for fault in caught.value.faults]
    assert fields[:2] == ["reserve stock_share", "stages 1 slack_share"]
    # Descending windows, a wait below nothing, cost before people and twice.
    assert {"window_ends", "never_extra", "stages"} <= set(fields[2:])
