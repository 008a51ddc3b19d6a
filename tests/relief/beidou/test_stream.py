import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.frames import Frame, ascii_frame, binary_frame, xor_of
from relief.beidou.stream import (
    MAX_ASCII_BYTES,
    NOISE_BLOCK_BYTES,
    Noise,
    Piece,
    RefusedBytes,
    StreamSplitter,
    split,
)
from tests.relief.beidou.sample_sentences import INVALID, VALID, Sample

GOOD = b"$CCICI,0,00*73"


def fed(stream: bytes, cuts: list[int]) -> list[Piece]:
    """Return the pieces of a stream that comes in chunks of the given sizes, again and again."""
    splitter = StreamSplitter()
    pieces: list[Piece] = []
    at = turn = 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        pieces += splitter.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    return pieces + splitter.close()


def frames_in(pieces: list[Piece]) -> list[bytes]:
    return [piece.raw for piece in pieces if isinstance(piece, Frame)]


@pytest.mark.parametrize("sample", VALID, ids=lambda sample: sample.raw[:12].hex())
def test_valid_samples_are_one_frame(sample: Sample) -> None:
    pieces = split(sample.raw)
    assert frames_in(pieces) == [sample.raw]
    assert len(pieces) == 1


@pytest.mark.parametrize("sample", INVALID, ids=lambda sample: sample.raw[:12].hex())
def test_samples_with_a_wrong_checksum_are_refused(sample: Sample) -> None:
    pieces = split(sample.raw)
    assert isinstance(pieces[0], RefusedBytes)
    assert "checksum is" in str(pieces[0].reason)
    assert frames_in(pieces) == []


def test_frame_shows_name_and_body() -> None:
    (text,) = split(b"$BDBSI,02,08,0*" + f"{xor_of(b'BDBSI,02,08,0'):02X}".encode())
    assert isinstance(text, Frame)
    assert (text.name, text.binary, text.body) == ("BDBSI", False, b"02,08,0")
    (frame,) = split(binary_frame("XTZJ", b"\x02\x2a\xc4\x00\x00"))
    assert isinstance(frame, Frame)
    assert (frame.name, frame.binary, frame.body) == ("XTZJ", True, b"\x02\x2a\xc4\x00\x00")


def test_lower_case_checksum_is_read() -> None:
    sentence = b"$CCRMO,,3,*4f"
    assert frames_in(split(sentence)) == [sentence]


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"$BDTXR,1,0195817", "cut off before its checksum"),
        (b"$BDTXR,1,0195817\r\n", "ends without a checksum"),
        (b"$BDTXR,1,0195817" + GOOD, "ends without a checksum"),
        (b"$TXXX\x00", "cut off before its checksum"),
        (b"$TXXX\x00\x1f\x02\x2a", "cut off before its checksum"),
        (b"$TXXX\x00\x05", "says 5 bytes; the shortest frame has 11"),
        (b"$BDTXR," + b"0" * MAX_ASCII_BYTES, "No checksum within 4096 bytes"),
        (b"$CCICI,0,00*74", "The checksum is 74, but the bytes give 73"),
    ],
)
def test_what_is_no_whole_sentence_is_refused_with_its_reason(stream: bytes, reason: str) -> None:
    refused = [piece for piece in split(stream) if isinstance(piece, RefusedBytes)]
    assert len(refused) == 1
    assert reason in str(refused[0].reason)


def test_sentence_cut_short_does_not_take_the_next_one() -> None:
    for begun in (
        b"$BDTXR,1,0195",
        b"$TXXX\x00\x1f\x02\x2a",
        b"$TXXX\x00",
        b"$TXXX\x00\xff",
        b"$BDT",
    ):
        stream = begun + GOOD + binary_frame("ICJC", bytes(4)) + bytes(300)
        assert frames_in(split(stream)) == [GOOD, binary_frame("ICJC", bytes(4))], begun


def test_frame_whose_length_holds_a_dollar_is_refused_whole() -> None:
    # 0x24 = 36 is the low byte of the length and the character '$'; it begins nothing.
    frame = bytearray(binary_frame("TXXX", bytes(28)))
    assert len(frame) == 36
    frame[-1] ^= 1
    (piece,) = split(bytes(frame))
    assert isinstance(piece, RefusedBytes)
    assert piece.raw == bytes(frame)


def test_dollar_in_a_chinese_text_is_text() -> None:
    sentence = ascii_frame("BDTXR", b"1,0195817,0,,50$ each")
    assert frames_in(split(sentence)) == [sentence]


def test_binary_frame_may_carry_a_sentence() -> None:
    # User, type, sender, hour, minute, 14 bytes = 112 bits, the sentence, CRC flag.
    fields = bytes.fromhex("022AC4 62 022AC3 00 00 0070")
    frame = binary_frame("TXXX", fields + GOOD + b"\x00")
    assert frames_in(split(frame)) == [frame]


def test_damaged_length_with_an_agreeing_checksum_does_not_take_the_next_sentence() -> None:
    # The length of a self-check request, 13, was changed so that it spans the next sentence, and
    # the byte at which it then ends happens to be the exclusive or.
    inner = b"$XTZJ\x00\x1d\x02\x2a\xc4\x00\x00" + GOOD + b"\x00\x00"
    stream = inner + bytes((xor_of(inner),))
    assert len(stream) == 0x1D
    refused, whole, _ = split(stream)
    assert isinstance(refused, RefusedBytes)
    assert "another sentence begins in it" in str(refused.reason)
    assert whole.raw == GOOD
    # The same with a name that has no layout.
    inner = b"$ABCD" + inner[5:]
    assert frames_in(split(inner + bytes((xor_of(inner),)))) == [GOOD]


def test_long_noise_is_handed_on_in_blocks_however_it_comes_in() -> None:
    stream = b"." * (2 * NOISE_BLOCK_BYTES + 5) + GOOD
    pieces = split(stream)
    assert [len(piece.raw) for piece in pieces] == [NOISE_BLOCK_BYTES, NOISE_BLOCK_BYTES, 5, 14]
    assert fed(stream, [1000]) == pieces
    assert StreamSplitter().feed(b"." * NOISE_BLOCK_BYTES) == [
        Noise(offset=0, raw=b"." * NOISE_BLOCK_BYTES)
    ]


def test_splitter_goes_on_after_a_silence() -> None:
    splitter = StreamSplitter()
    assert splitter.feed(GOOD[:5]) == []
    (half,) = splitter.close()
    (whole,) = splitter.feed(GOOD)
    assert (half.raw, half.offset, whole.raw, whole.offset) == (GOOD[:5], 0, GOOD, 5)


# Bytes as a broken line makes them: whole sentences, pieces of them, headers, any bytes.
whole = st.sampled_from([sample.raw for sample in VALID])
torn = st.builds(
    lambda raw, start, size: raw[start : start + size],
    whole,
    st.integers(0, 40),
    st.integers(0, 40),
)
headers = st.sampled_from([b"$", b"$BD", b"$BDTXR,", b"$TXXX\x00", b"$TXXX\x00\x24", b"*", b"\r\n"])
streams = st.lists(st.one_of(whole, torn, headers, st.binary(max_size=20)), max_size=12).map(
    b"".join
)


@given(streams, st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_any_chunking_gives_the_same_pieces_and_every_byte_is_in_one(
    stream: bytes, cuts: list[int]
) -> None:
    pieces = split(stream)
    assert fed(stream, cuts) == pieces
    assert b"".join(piece.raw for piece in pieces) == stream
    offset = 0
    for piece in pieces:
        assert piece.offset == offset
        offset += len(piece.raw)


# Noise without a dollar cannot pretend to be a header, so every frame behind it must be found.
quiet = st.binary(max_size=30).map(lambda octets: octets.replace(b"$", b"#"))


@given(st.lists(st.tuples(quiet, whole), max_size=10), quiet)
def test_no_frame_is_lost_behind_noise(pairs: list[tuple[bytes, bytes]], last: bytes) -> None:
    stream = b"".join(noise + raw for noise, raw in pairs) + last
    assert frames_in(split(stream)) == [raw for _, raw in pairs]


# Only ASCII ones: a cut binary frame takes as many bytes as it says, and one in 256 agrees.
cut_short = st.builds(
    lambda sample, size: sample.raw[: min(size, len(sample.raw) - 3)],
    st.sampled_from([sample for sample in VALID if not sample.binary]),
    st.integers(1, 30),
)


@given(st.lists(cut_short, min_size=1, max_size=6))
def test_no_frame_is_lost_behind_sentences_cut_short(parts: list[bytes]) -> None:
    stream = b"".join(part + GOOD for part in parts)
    assert frames_in(split(stream)) == [GOOD] * len(parts)
