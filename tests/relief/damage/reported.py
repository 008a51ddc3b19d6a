"""Reports and places for tests, small enough to be worked out on paper."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.places import Place, PlaceKind, Point

DAY = datetime(2026, 7, 1, tzinfo=UTC)


def hour(h: float) -> datetime:
    return DAY + timedelta(hours=h)


def county(code: str = "420101", *, people: int = 10_000) -> Place:
    return Place(
        code=code,
        name_zh=f"县{code}",
        name_en=f"County {code}",
        kind=PlaceKind.COUNTY,
        parent_code="420100",
        parent_zh="某市",
        parent_en="Some City",
        point=Point(lon_deg=114.0, lat_deg=30.0),
        population_people=people,
    )


def township(code: str = "420101001", *, people: int = 1_000) -> Place:
    return Place(
        code=code,
        name_zh=f"镇{code}",
        name_en=f"Township {code}",
        kind=PlaceKind.TOWNSHIP,
        parent_code=code[:6],
        parent_zh="县",
        parent_en="County",
        point=Point(lon_deg=114.0, lat_deg=30.0),
        population_people=people,
    )


def report(
    counts: Mapping[Indicator, int],
    *,
    unit: str = "420101",
    seen_h: float = 1.0,
    received_h: float | None = None,
    source: ReportSource = ReportSource.COUNTY,
    stage: ReportStage = ReportStage.CONTINUED,
    card: str = "0420101",
    sequence: int = 1,
) -> DamageReport:
    """Return a report of an hour of the day, received at once unless said otherwise."""
    return DamageReport(
        sender_card=card,
        sequence=sequence,
        source=source,
        stage=stage,
        unit_code=unit,
        observed_at=hour(seen_h),
        received_at=hour(seen_h if received_h is None else received_h),
        counts=tuple((each, counts[each]) for each in Indicator if each in counts),
    )
