from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.damage.deadlines import LateReport, late_reports, read_scheme, stated_scheme
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.errors import InvalidInput
from tests.relief.damage.reported import hour, report

COUNTY, CITY, PROVINCE = ReportSource.COUNTY, ReportSource.CITY, ReportSource.PROVINCE
LEVELS = {"420101": COUNTY, "420100": CITY, "420000": PROVINCE}
DEAD = {Indicator.DEAD: 1}


def late(
    *reports: DamageReport,
    at_h: float,
    began_h: float = 0,
    units: tuple[str, ...] = ("420101",),
    stable_h: float | None = None,
) -> list[tuple[str, ReportStage, datetime, datetime | None]]:
    found = late_reports(
        reports,
        at=hour(at_h),
        began_at=dict.fromkeys(units, hour(began_h)),
        levels=LEVELS,
        scheme=stated_scheme(),
        stable_at=None if stable_h is None else hour(stable_h),
    )
    return [(each.unit_code, each.stage, each.due_at, each.received_at) for each in found]


# `hour(0)` is 1 July 2026 00:00 UTC, a Wednesday, 08:00 in Hubei.


def test_a_county_has_two_hours_for_its_first_report() -> None:
    assert late(at_h=2) == []
    assert late(at_h=2.01) == [("420101", ReportStage.FIRST, hour(2), None)]
    assert late(report(DEAD, seen_h=1, received_h=2), at_h=3) == []
    assert late(report(DEAD, seen_h=1, received_h=2.5), at_h=3) == [
        ("420101", ReportStage.FIRST, hour(2), hour(2.5))
    ]


def test_city_and_province_have_time_to_check_and_pass_on() -> None:
    units = ("420101", "420100", "420000")
    assert [code for code, *_ in late(at_h=5, units=units)] == ["420101", "420100"]
    assert [code for code, *_ in late(at_h=7, units=units)] == ["420101", "420100", "420000"]


def test_a_field_report_on_a_county_is_not_the_county_reporting() -> None:
    field = report(DEAD, seen_h=1, source=ReportSource.FIELD)
    assert len(late(field, at_h=3)) == 1


@pytest.mark.parametrize(
    ("unit", "due_h"),
    # 09:00, 10:00 and 12:00 of 2 July in Hubei are 25, 26 and 28 hours after 08:00 of 1 July.
    [("420101", 25), ("420100", 26), ("420000", 28)],
)
def test_continued_reports_are_due_daily_at_the_hour_of_the_level(unit: str, due_h: int) -> None:
    first = report(DEAD, unit=unit, seen_h=0.5, source=LEVELS[unit])
    day_before = report(DEAD, unit=unit, seen_h=due_h - 24, source=LEVELS[unit], sequence=2)
    in_time = report(DEAD, unit=unit, seen_h=due_h - 0.5, source=LEVELS[unit], sequence=3)
    missed = [(unit, ReportStage.CONTINUED, hour(due_h), None)]
    assert late(first, at_h=due_h, units=(unit,)) == []
    # A report at the deadline of the day before serves that day, not this one.
    assert late(first, day_before, at_h=due_h + 1, units=(unit,)) == missed
    assert late(first, in_time, at_h=due_h + 1, units=(unit,)) == []


def test_no_continued_report_is_due_once_all_is_stable() -> None:
    first = report(DEAD, seen_h=1)
    assert [stage for _, stage, *_ in late(first, at_h=60)] == [ReportStage.CONTINUED]
    assert late(first, at_h=60, stable_h=20) == []


def test_verified_reports_are_due_after_working_days() -> None:
    # Stable on Wednesday 1 July; two working days later is Friday 3 July, to its end: 64 hours.
    assert late(report(DEAD, seen_h=1), at_h=65, stable_h=3) == [
        ("420101", ReportStage.VERIFIED, hour(64), None)
    ]
    verified = report(DEAD, seen_h=50, stage=ReportStage.VERIFIED, sequence=2)
    assert late(report(DEAD, seen_h=1), verified, at_h=65, stable_h=3) == []


def test_weekends_and_holidays_are_no_working_days(tmp_path: Path) -> None:
    scheme = stated_scheme()
    # Friday 3 July 2026: two working days on is Tuesday 7 July.
    assert scheme.after_working_days(hour(48), 2) == datetime.fromisoformat(
        "2026-07-08T00:00+08:00"
    )
    path = tmp_path / "own.toml"
    path.write_text(
        """code = "own"
name_zh = "某省"
name_en = "own"
source = "its plan"
holidays = [2026-07-07]
working_weekends = [2026-07-04]
[levels.county]
first_within_h = 2
daily_at = "09:00"
verified_within_days = 10
""",
        encoding="utf-8",
    )
    own = read_scheme(path)
    assert own.is_working_day(date(2026, 7, 4))
    assert not own.is_working_day(date(2026, 7, 7))
    # Saturday 4 worked, Sunday off, Monday 6: two working days.
    assert own.after_working_days(hour(48), 2) == datetime.fromisoformat("2026-07-07T00:00+08:00")
    assert own.levels[COUNTY].verified_within_days == 10


def test_a_scheme_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'code = "x"\nholidays = ["May"]\n[levels.village]\nfirst_within_h = -1\ndaily_at = "9"\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput, match="This is no time of day") as refused:
        read_scheme(path)
    assert {fault.field for fault in refused.value.faults} == {
        "name_zh", "name_en", "source", "holidays", "level", "first_within_h", "daily_at",
    }  # fmt: skip


@given(st.lists(st.floats(0, 80), max_size=6), st.floats(0, 80), st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_being_late_is_always_after_a_deadline_and_reporting_more_never_adds_to_it(
    heard_h: list[float], at_h: float, began_h: float
) -> None:
    reports = [report(DEAD, seen_h=h, sequence=n) for n, h in enumerate(heard_h)]

    def found(*known: DamageReport) -> tuple[LateReport, ...]:
        return late_reports(
            known,
            at=hour(at_h),
            began_at={"420101": hour(began_h)},
            levels=LEVELS,
            scheme=stated_scheme(),
        )

    for each in found(*reports):
        assert each.late_by(hour(at_h)) > timedelta(0)
    assert len(found(*reports)) <= len(found())
