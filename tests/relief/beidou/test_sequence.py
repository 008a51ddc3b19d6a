import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.sequence import Novelty, Taken, full_sequence, novelty


@pytest.mark.parametrize(
    ("sequence", "highest", "full"),
    [
        (7, None, 7),
        (8, 7, 8),
        (7, 7, 7),
        (5, 65_530, 65_541),
        (65_530, 65_541, 65_530),
        (32_767, 0, 32_767),
        (32_768, 0, 32_768),  # half the circle away: there is no number below 0
        (40_000, 65_541, 40_000),
        (0, 97_541, 65_536),  # 32,005 back, 33,531 ahead
    ],
)
def test_the_nearest_number_is_meant(sequence: int, highest: int | None, full: int) -> None:
    assert full_sequence(sequence, highest) == full


@given(st.integers(0, 1 << 40), st.integers(-32_767, 32_767))
def test_numbers_near_the_highest_are_known_again(highest: int, away: int) -> None:
    meant = highest + away
    if meant >= 0:
        assert full_sequence(meant % 65_536, highest) == meant


def test_same_content_is_a_repetition_even_after_the_numbers_began_again() -> None:
    taken = [Taken(full_sequence=7, digest="a")]
    assert novelty(7, "a", taken) is Novelty.REPEATED
    assert novelty(65_543, "a", taken) is Novelty.REPEATED


def test_other_content_contradicts_only_under_the_same_full_number() -> None:
    taken = [Taken(full_sequence=7, digest="a")]
    assert novelty(7, "b", taken) is Novelty.CONTRADICTING
    assert novelty(65_543, "b", taken) is Novelty.NEW
    assert novelty(7, "b", []) is Novelty.NEW
