"""A journal can be read again from any mark, and says the same."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.frames import Frame
from relief.beidou.line_reading import Chunk, ChunkKind, Located, Readers
from relief.beidou.stream import Noise, RefusedBytes

AT = datetime(2016, 7, 6, tzinfo=UTC)
A, B = b"$CCICI,0,00*73", b"$CCICI,0,01*72"
HEAD_BYTES = 20


def journal(*told: tuple[str, ChunkKind, bytes]) -> list[Chunk]:
    """Return chunks laid out as a journal lays them out, each behind a head."""
    chunks = []
    at = 0
    for line, kind, octets in told:
        end = at + HEAD_BYTES + len(octets)
        chunks.append(
            Chunk(
                line=line,
                kind=kind,
                at=AT,
                octets=octets,
                record_at=at,
                address=at + HEAD_BYTES,
                end_at=end,
            )
        )
        at = end
    return chunks


def read(chunks: list[Chunk], readers: Readers | None = None) -> list[Located]:
    some = Readers() if readers is None else readers
    return [piece for chunk in chunks for piece in some.feed(chunk)]


def test_a_sentence_across_chunks_has_the_address_of_its_first_byte() -> None:
    chunks = journal(("x", ChunkKind.BYTES, b"--" + A[:5]), ("x", ChunkKind.BYTES, A[5:] + B))
    found = [(each.address, each.piece.raw) for each in read(chunks)]
    # Head 20, two bytes of noise; the second record begins at 27, its bytes at 47.
    assert found == [(20, b"--"), (22, A), (56, B)]


def test_lines_do_not_mix() -> None:
    chunks = journal(
        ("x", ChunkKind.BYTES, A[:5]), ("y", ChunkKind.BYTES, B), ("x", ChunkKind.BYTES, A[5:])
    )
    assert [(each.line, each.piece.raw) for each in read(chunks)] == [("y", B), ("x", A)]


def test_what_is_cut_off_by_an_unplugged_device_is_refused_and_the_next_is_not() -> None:
    for gone in (ChunkKind.CLOSED, ChunkKind.OPENED, ChunkKind.SILENT):
        chunks = journal(("x", ChunkKind.BYTES, A[:9]), ("x", gone, b""), ("x", ChunkKind.BYTES, A))
        first, second = read(chunks)
        assert isinstance(first.piece, RefusedBytes)
        assert second.piece.raw == A


def test_what_was_sent_is_not_heard() -> None:
    assert read(journal(("x", ChunkKind.SENT, A))) == []


def test_captures_are_read_by_line_with_their_instants() -> None:
    text = b"# made\n2016-07-06T08:00:00+08:00\t" + A + b"\nhex:2\n" + B
    chunks = journal(
        ("f", ChunkKind.CAPTURE, text[:50]),
        ("f", ChunkKind.CAPTURE, text[50:]),
        ("f", ChunkKind.CLOSED, b""),
    )
    good, bad, last = read(chunks)
    assert (good.piece.raw, good.received_at) == (A, AT)
    assert isinstance(bad.piece, RefusedBytes)
    assert "no hexadecimal" in str(bad.piece.reason)
    assert last.piece.raw == B


def places(pieces: list[Located]) -> list[tuple[str, int, type, bytes]]:
    return [(each.line, each.address, type(each.piece), each.piece.raw) for each in pieces]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("xy"),
            st.sampled_from(
                [ChunkKind.BYTES] * 5 + [ChunkKind.CLOSED, ChunkKind.SILENT, ChunkKind.SENT]
            ),
            st.sampled_from([A, A[:6], A[6:], B + A[:3], b"noise", b"$", b"$ICJC\x00\x0c"]),
        ),
        max_size=14,
    ),
    st.lists(st.integers(0, 14), max_size=4),
)
def test_reading_on_after_any_end_gives_the_same_pieces(
    told: list[tuple[str, ChunkKind, bytes]], ends: list[int]
) -> None:
    chunks = journal(
        *(
            (line, kind, octets if kind in {ChunkKind.BYTES, ChunkKind.SENT} else b"")
            for line, kind, octets in told
        )
    )
    at_once = places(read(chunks))
    mark = Readers().mark
    in_parts: list[tuple[str, int, type, bytes]] = []
    for end in [*sorted(ends), len(chunks)]:
        readers = Readers.resume(mark)
        again = [chunk for chunk in chunks[:end] if chunk.record_at >= mark.record_at]
        in_parts += places(read(again, readers))
        mark = readers.mark
    assert in_parts == at_once
    assert len({address for _, address, _, _ in at_once}) == len(at_once)


def test_frames_and_noise_are_told_apart() -> None:
    kinds = [type(each.piece) for each in read(journal(("x", ChunkKind.BYTES, b"boot" + A)))]
    assert kinds == [Noise, Frame]
