from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.frames import ascii_frame, binary_frame, xor_of


def test_checksum_of_a_sentence_worked_out_by_hand() -> None:
    # C ^ C ^ I ^ C ^ I = C = 43h; ',' twice is nothing; '0' three times is 30h: 43h ^ 30h = 73h.
    assert xor_of(b"CCICI,0,00") == 0x43 ^ 0x30 == 0x73
    assert ascii_frame("CCICI", b"0,00") == b"$CCICI,0,00*73"


def test_checksum_of_a_frame_worked_out_by_hand() -> None:
    # '$ICJC' is 24 49 43 4A 43: 24 ^ 49 = 6D, ^ 43 = 2E, ^ 4A = 64, ^ 43 = 27; ^ 00 ^ 0C = 2B.
    assert binary_frame("ICJC", bytes(4)) == b"$ICJC\x00\x0c\x00\x00\x00\x00\x2b"


@given(st.binary(max_size=300))
def test_folded_exclusive_or_is_the_plain_one(octets: bytes) -> None:
    assert xor_of(octets) == reduce(xor, octets, 0)


def test_too_long_a_binary_frame_is_not_made() -> None:
    with pytest.raises(ValueError, match="holds 2047 bytes, not 2058"):
        binary_frame("TXXX", bytes(2050))
