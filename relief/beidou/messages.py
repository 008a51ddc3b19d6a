"""From frame to message and back: which name is which message."""

from dataclasses import dataclass

from relief.beidou import (
    bds3,
    positions,
    rdss_ascii,
    rdss_binary,
    rdss_binary_positions,
    rdss_positions,
)
from relief.beidou.ascii_layout import AsciiMessage, name_of, read_fields, write_ascii
from relief.beidou.binary_layout import BinaryMessage, name_of_frame, read_octets, write_binary
from relief.beidou.frames import Frame

_TALKER_LETTERS = 2
_CARD_BYTES = 3
_HHMMSS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A whole sentence whose name has no layout here; it is kept as it is."""

    name: str
    raw: bytes


Message = AsciiMessage | BinaryMessage | UnknownMessage

ASCII_MESSAGES: tuple[type[AsciiMessage], ...] = (
    rdss_ascii.CardQuery,
    rdss_ascii.CardInformation,
    rdss_ascii.SendText,
    rdss_ascii.ReceivedText,
    rdss_ascii.Feedback,
    rdss_ascii.TextQuery,
    rdss_ascii.Receipts,
    rdss_ascii.BeamPowers,
    rdss_ascii.BeamChoice,
    rdss_ascii.OutputSwitch,
    rdss_positions.PositionRequest,
    rdss_positions.PositionAnswer,
    rdss_positions.PositionReport,
    bds3.CardQuery,
    bds3.CardInformation,
    bds3.SendMessage,
    bds3.ReceivedMessage,
    bds3.BeamPowers,
    bds3.SignalToNoise,
    bds3.CarrierToNoise,
    bds3.WeekTime,
    bds3.PositionReport,
    positions.Fix,
    positions.Movement,
    positions.PlainPosition,
    positions.TimeAndDay,
)
"""Every ASCII message that its name alone tells; some more are told by what is in them."""
BINARY_MESSAGES: tuple[type[BinaryMessage], ...] = (
    rdss_binary.CardCheck,
    rdss_binary.CardInformation,
    rdss_binary.SelfCheckRequest,
    rdss_binary.SelfCheck,
    rdss_binary.PowerCheck,
    rdss_binary.Powers,
    rdss_binary.SendFrame,
    rdss_binary.ReceivedFrame,
    rdss_binary.Receipts,
    rdss_binary.Feedback,
    rdss_binary_positions.PositionRequest,
    rdss_binary_positions.PositionAnswer,
)
"""Every binary message that its name alone tells; one more is told by its frame number."""

_ASCII = {name_of(each): each for each in ASCII_MESSAGES}
_BINARY = {name_of_frame(each): each for each in BINARY_MESSAGES}


def read_message(frame: Frame) -> Message:
    """Return the message of a frame.

    Raises
    ------
    RefusedSentence
        If a field cannot be read; all faults are listed.
    """
    return _read_binary(frame) if frame.binary else _read_ascii(frame)


def _read_ascii(frame: Frame) -> Message:
    talker, name = frame.name[:_TALKER_LETTERS], frame.name[_TALKER_LETTERS:]
    message = _ASCII.get(name)
    if message is None:
        return UnknownMessage(name=frame.name, raw=frame.raw)
    parts = frame.body.decode("latin-1").split(",")
    if message is rdss_ascii.CardInformation and talker == "CC":
        message = rdss_ascii.CardQueryByIci
    elif message is rdss_ascii.Feedback and parts[0].isdigit():
        message = bds3.Feedback
    elif message is bds3.ReceivedMessage and len("".join(parts[2:3])) == _HHMMSS:
        message = bds3.ReceivedWithoutPoint
    return read_fields(message, talker, parts)


def _read_binary(frame: Frame) -> Message:
    message = _BINARY.get(frame.name)
    if message is None:
        return UnknownMessage(name=frame.name, raw=frame.raw)
    if message is rdss_binary.CardInformation and frame.body[_CARD_BYTES : _CARD_BYTES + 1] > b"\0":
        message = rdss_binary.Subordinates
    return read_octets(message, frame.body)


def write_message(message: Message) -> bytes:
    """Return the sentence of a message, from ``$`` to its checksum, without line end."""
    if isinstance(message, AsciiMessage):
        return write_ascii(message)
    if isinstance(message, BinaryMessage):
        return write_binary(message)
    return message.raw
