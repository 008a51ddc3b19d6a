"""The change budget: how many drivers may be called, and how many waybills voided or changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBudget:
    """How much of a plan under way may be changed beyond what has to be.

    Changes that are forced (a lost truck, depot or road, a need that is no more) are not limited:
    a driver who would be sent to a road that is gone must be told. All others are, hard.

    Parameters
    ----------
    max_drivers
        Drivers to call with something new; None for any number.
    max_waybills
        Waybills to void or change; None for any number. New waybills do not count.
    """

    max_drivers: int | None = None
    max_waybills: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_drivers", "max_waybills"):
            value = getattr(self, name)
            if value is not None and value < 0:
                msg = f"{name} is {value}; allowed is >= 0."
                raise ValueError(msg)

    def allows(self, num_drivers: int, num_waybills: int) -> bool:
        """Return whether so many changes are within the budget."""
        return (self.max_drivers is None or num_drivers <= self.max_drivers) and (
            self.max_waybills is None or num_waybills <= self.max_waybills
        )
