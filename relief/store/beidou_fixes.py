"""Where trucks and teams were: one row for each card and instant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, tuple_

from relief.beidou.notice_code import Movement
from relief.beidou.tracks import Fix
from relief.places import Point
from relief.store.session import Database
from relief.store.tables import BEIDOU_FIXES

FixesByKey = dict[tuple[str, datetime], Fix]
"""Fixes under card and instant: the same fix told twice is one."""
_MOST_AT_ONCE = 400


def write_fixes(connection: Connection, fixes: Collection[Fix]) -> None:
    """Keep fixes; of one card and instant the first that was told stays."""
    columns = (BEIDOU_FIXES.c.card, BEIDOU_FIXES.c.taken_at)
    some = list(fixes)
    for start in range(0, len(some), _MOST_AT_ONCE):
        part = some[start : start + _MOST_AT_ONCE]
        query = select(*columns).where(tuple_(*columns).in_([(x.card, x.taken_at) for x in part]))
        known = {(row.card, row.taken_at) for row in connection.execute(query)}
        rows = [_values(fix) for fix in part if (fix.card, fix.taken_at) not in known]
        if rows:
            connection.execute(insert(BEIDOU_FIXES), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeidouFixStore:
    """The fixes of a database."""

    database: Database

    def fixes(self, since: datetime | None = None) -> tuple[Fix, ...]:
        """Return the fixes from an instant on, by card and instant."""
        query = select(BEIDOU_FIXES).order_by(BEIDOU_FIXES.c.card, BEIDOU_FIXES.c.taken_at)
        if since is not None:
            query = query.where(BEIDOU_FIXES.c.taken_at >= since)
        with self.database.transaction() as connection:
            return tuple(
                Fix(
                    card=row.card,
                    taken_at=row.taken_at,
                    point=Point(lon_deg=row.lon_deg, lat_deg=row.lat_deg),
                    source=row.source,
                    movement=None if row.movement is None else Movement(row.movement),
                    speed_km_h=row.speed_km_h,
                )
                for row in connection.execute(query)
            )


def _values(fix: Fix) -> dict[str, object]:
    return {
        "card": fix.card,
        "taken_at": fix.taken_at,
        "lon_deg": fix.point.lon_deg,
        "lat_deg": fix.point.lat_deg,
        "source": fix.source,
        "movement": None if fix.movement is None else fix.movement.value,
        "speed_km_h": fix.speed_km_h,
    }
