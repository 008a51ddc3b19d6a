import pytest

from relief.plan.outcome import SolveLimits
from solvers.stop import Deadline


class Watch:
    """A watch that is set by hand."""

    def __init__(self) -> None:
        self.reading_s = 100.0

    def __call__(self) -> float:
        return self.reading_s


def test_a_deadline_counts_from_its_start() -> None:
    watch = Watch()
    deadline = Deadline.starting_now(SolveLimits(seconds=10), watch)
    watch.reading_s = 104.0
    assert deadline.spent_s() == 4.0
    assert deadline.left_s() == 6.0
    assert not deadline.has_passed()
    watch.reading_s = 110.0
    assert deadline.has_passed()
    watch.reading_s = 125.0
    assert deadline.left_s() == 0.0


def test_a_share_of_a_deadline_starts_with_it() -> None:
    watch = Watch()
    deadline = Deadline.starting_now(SolveLimits(seconds=10), watch)
    watch.reading_s = 104.0
    assert deadline.share(0.5).left_s() == 1.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_limit_that_leaves_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="leaves no time to solve"):
        Deadline.starting_now(SolveLimits(seconds=seconds), Watch())
