"""From located pieces to what was heard: the message, its sender, and what it says."""

from dataclasses import dataclass, replace
from datetime import datetime

from relief.beidou.bds3 import PositionReport as EpiReport
from relief.beidou.carried import carried_by
from relief.beidou.codes import Code, read_code
from relief.beidou.frames import Frame, ascii_frame, xor_of
from relief.beidou.line_reading import Located
from relief.beidou.messages import Message, read_message
from relief.beidou.rdss_binary_positions import PositionAnswer as BinaryPositionAnswer
from relief.beidou.rdss_positions import PositionAnswer, PositionReport
from relief.beidou.refusals import RefusedSentence, refused
from relief.beidou.stream import Noise, RefusedBytes, split
from relief.errors import Fault
from relief.sentences import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one piece of a line says.

    Parameters
    ----------
    name
        The name of its sentence; empty where it has none.
    raw
        Its bytes.
    received_at
        When it came in.
    message
        The typed message; None where it cannot be read.
    sender
        The card that sent it; empty where it does not say.
    text
        The text it carries for a person.
    payload
        The compact code it carries; empty where it carries none.
    code
        What the compact code says; None where there is none or it cannot be read.
    faults
        Why something cannot be read; empty where all can.
    """

    name: str
    raw: bytes
    received_at: datetime
    message: Message | None = None
    sender: str = ""
    text: str = ""
    payload: bytes = b""
    code: Code | None = None
    faults: tuple[Fault, ...] = ()


def hear(located: Located) -> Heard | None:
    """Return what a piece says, None for noise."""
    piece = located.piece
    if isinstance(piece, Noise):
        return None
    if isinstance(piece, RefusedBytes):
        faults = (Fault(where="sentence", what=piece.reason),)
        return Heard(name="", raw=piece.raw, received_at=located.received_at, faults=faults)
    return hear_frame(piece, located.received_at)


def hear_frame(frame: Frame, received_at: datetime) -> Heard:
    """Return what a whole sentence says; what cannot be read is told in its faults."""
    heard = Heard(name=frame.name, raw=frame.raw, received_at=received_at)
    try:
        message = read_message(frame)
        carried = carried_by(message)
    except RefusedSentence as refusal:
        return replace(heard, faults=refusal.faults)
    if carried is None:
        return replace(heard, message=message, sender=_sender_of(message))
    heard = replace(heard, message=message, sender=carried.sender)
    if not carried.is_code:
        return replace(heard, text=carried.content.text)
    return hear_payload(heard, carried.content.octets)


def hear_payload(heard: Heard, payload: bytes) -> Heard:
    """Return what was heard with the code that a payload holds."""
    try:
        code = read_code(
            payload, sender_card=heard.sender, received_at=heard.received_at, raw=heard.raw
        )
    except RefusedSentence as refusal:
        return replace(heard, payload=payload, faults=refusal.faults)
    return replace(heard, payload=payload, code=code)


def hear_again(raw: bytes, received_at: datetime) -> Heard:
    """Return what bytes say that a person has looked at: a wrong checksum is passed over.

    Raises
    ------
    RefusedSentence
        If they hold no sentence even so.
    """
    for octets in (raw, _mended(raw)):
        for piece in split(octets):
            if isinstance(piece, Frame):
                return replace(hear_frame(piece, received_at), raw=raw)
    raise refused("sentence", "", "", say("There is no sentence in these bytes, even if mended."))


def unit_code_of(code: Code) -> str:
    """Return the place that a code is about, empty where it names none."""
    unit_code = getattr(code, "unit_code", "")
    return unit_code if isinstance(unit_code, str) else ""


def _mended(raw: bytes) -> bytes:
    """Return a sentence with the checksum that its bytes give."""
    if raw.startswith(b"$") and b"*" in raw:
        name, _, body = raw[1 : raw.rindex(b"*")].partition(b",")
        return ascii_frame(name.decode("latin-1"), body) if name.isascii() else raw
    return raw[:-1] + bytes((xor_of(raw[:-1]),)) if raw else raw


def _sender_of(message: Message) -> str:
    """Return the card whose position a message tells."""
    if isinstance(message, PositionAnswer | PositionReport | EpiReport | BinaryPositionAnswer):
        return message.card
    return ""
