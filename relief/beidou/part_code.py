"""Long messages in parts: body of compact codes of kind 7.

What is longer than one short message is written as the compact code that it would be (mark to
check value), cut into chunks, and each chunk is sent in an envelope of its own: number of the part
(1 byte, from 1), number of parts (1), the chunk. All parts bear the sequence number of the whole,
so that a part that is missing can be asked for and sent again alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from relief.beidou.code_fields import WHERE
from relief.beidou.compact_code import BodyReader, Envelope, seal
from relief.beidou.refusals import refused
from relief.sentences import say

PART: Final = 7
"""The kind of message: a part of a long one."""
MAX_PARTS: Final = 25
"""So many take almost half an hour at one a minute; the whole still fits one sentence."""
OVERHEAD_BYTES: Final = 8
"""What a part takes besides its chunk: envelope (6), number and number of parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a long message.

    Parameters
    ----------
    sequence
        The running number of the whole.
    number, num_parts
        Which part it is, from 1, and how many there are.
    chunk
        The bytes.
    """

    sequence: int
    number: int
    num_parts: int
    chunk: bytes


def payloads(envelope: Envelope, capacity_bytes: int) -> tuple[bytes, ...]:
    """Return the contents of the messages that carry an envelope: one, or its parts.

    Parameters
    ----------
    envelope
        What is to be sent.
    capacity_bytes
        How many bytes one message holds behind the A4.

    Raises
    ------
    RefusedSentence
        If even the most parts are too few, or a message is too short for a part.
    """
    whole = seal(envelope)
    if len(whole) <= capacity_bytes:
        return (whole,)
    chunk_bytes = capacity_bytes - OVERHEAD_BYTES
    num_parts = -(-len(whole) // chunk_bytes) if chunk_bytes > 0 else MAX_PARTS + 1
    if num_parts > MAX_PARTS:
        raise refused(
            WHERE,
            "length",
            len(whole),
            say("The message is too long, even in parts."),
            f"{max(chunk_bytes, 0) * MAX_PARTS} bytes",
        )
    return tuple(
        seal(
            Envelope(
                kind=PART,
                sequence=envelope.sequence,
                body=bytes((number + 1, num_parts))
                + whole[number * chunk_bytes : (number + 1) * chunk_bytes],
            )
        )
        for number in range(num_parts)
    )


def read_part(envelope: Envelope) -> Part:
    """Return the part in an envelope.

    Raises
    ------
    RefusedSentence
        If its number is none, or it carries nothing.
    """
    reader = BodyReader(envelope.body)
    number, num_parts = reader.number(1, "number"), reader.number(1, "num_parts")
    if not 1 <= number <= num_parts <= MAX_PARTS:
        raise refused(
            WHERE,
            "number",
            f"{number} of {num_parts}",
            say("There is no such part."),
            f"1 to {MAX_PARTS}",
        )
    chunk = reader.rest()
    if not chunk:
        raise refused(WHERE, "chunk", "", say("The part carries nothing."))
    return Part(sequence=envelope.sequence, number=number, num_parts=num_parts, chunk=chunk)


def joined(parts: Mapping[int, Part]) -> bytes | None:
    """Return the whole code when all parts are there, None before.

    Parameters
    ----------
    parts
        Parts of one sequence number and one number of parts, under their numbers.
    """
    some = next(iter(parts.values()), None)
    if some is None or len(parts) < some.num_parts:
        return None
    return b"".join(parts[number].chunk for number in range(1, some.num_parts + 1))


def missing(parts: Mapping[int, Part]) -> tuple[int, ...]:
    """Return the numbers of the parts that have not come."""
    some = next(iter(parts.values()), None)
    if some is None:
        return ()
    return tuple(number for number in range(1, some.num_parts + 1) if number not in parts)
