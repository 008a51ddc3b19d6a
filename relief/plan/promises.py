"""What a plan promises of each delivery: how likely it is there in the window it is planned for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MAX_SHARE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTimePromise:
    """How likely a delivery is on time.

    Parameters
    ----------
    vehicle_code, waybill, place_code
        Which delivery.
    planned_at
        When it is planned to be unloaded.
    until_at
        The end of the window in which that lies; later is late.
    on_time_share
        The probability that it is unloaded by then, 0 to 1; modelled.
    """

    vehicle_code: str
    waybill: str
    place_code: str
    planned_at: datetime
    until_at: datetime
    on_time_share: float


def promised_share(promises: Iterable[OnTimePromise]) -> float | None:
    """Return the share of all deliveries that is promised to be on time; None without any."""
    shares = [promise.on_time_share for promise in promises]
    return sum(shares) / len(shares) if shares else None
