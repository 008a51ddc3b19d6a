"""Units, instants and the small arithmetic on them that everybody shares.

Masses are whole grams and volumes whole cubic centimetres wherever goods are counted, so that
sums are exact; money is whole fen; instants are aware and kept in UTC.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone in which instants are shown to people in Hubei (UTC+8, no summer time)."""

GRAMS_PER_KG = 1_000
CM3_PER_M3 = 1_000_000
FEN_PER_YUAN = 100
SECONDS_PER_HOUR = 3_600


def in_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC.

    Raises
    ------
    ValueError
        If `instant` has no offset, because a bare clock time names no instant.

    Examples
    --------
    >>> in_utc(datetime(2016, 7, 6, 8, tzinfo=SHANGHAI)).isoformat()
    '2016-07-06T00:00:00+00:00'
    """
    if instant.tzinfo is None or instant.utcoffset() is None:
        msg = (
            f"Instant {instant.isoformat()} has no offset; write it with one, "
            f"for example {instant.isoformat()}+08:00."
        )
        raise ValueError(msg)
    return instant.astimezone(UTC)


def hours(duration: timedelta) -> float:
    """Return a duration in hours.

    Examples
    --------
    >>> hours(timedelta(minutes=90))
    1.5
    """
    return duration / timedelta(hours=1)


def ceil_div(numerator: int, denominator: int) -> int:
    """Return the quotient rounded up, for a positive denominator.

    Examples
    --------
    >>> ceil_div(7, 2), ceil_div(8, 2), ceil_div(0, 2)
    (4, 4, 0)
    """
    return -(-numerator // denominator)
