"""From frame to message and back: which name is which message."""

from dataclasses import dataclass

from relief.beidou import bds3, rdss_ascii, rdss_binary
from relief.beidou.ascii_layout import AsciiMessage, name_of, read_fields, write_ascii
from relief.beidou.binary_layout import BinaryMessage, name_of_frame, read_octets, write_binary
from relief.beidou.frames import Frame, ascii_frame, binary_frame

_TALKER_LETTERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A whole sentence with a name that has no layout here; it is kept as it is."""

    name: str
    binary: bool
    body: bytes


Message = AsciiMessage | BinaryMessage | UnknownMessage

_ASCII: dict[str, type[AsciiMessage]] = {
    name_of(each): each
    for each in (
        rdss_ascii.CardQuery,
        rdss_ascii.CardInformation,
        rdss_ascii.SendText,
        rdss_ascii.ReceivedText,
        rdss_ascii.Feedback,
        rdss_ascii.TextQuery,
        rdss_ascii.Receipts,
        rdss_ascii.PositionRequest,
        rdss_ascii.BeamPowers,
        rdss_ascii.BeamChoice,
        rdss_ascii.OutputSwitch,
        bds3.ReceivedMessage,
    )
}
_BINARY: dict[str, type[BinaryMessage]] = {
    name_of_frame(each): each for each in (rdss_binary.ReceivedFrame,)
}


def read_message(frame: Frame) -> Message:
    """Return the message of a frame.

    Raises
    ------
    RefusedSentence
        If a field cannot be read; all faults are listed.
    """
    if frame.binary:
        kind = _BINARY.get(frame.name)
        if kind is None:
            return UnknownMessage(name=frame.name, binary=True, body=frame.body)
        return read_octets(kind, frame.body)
    talker, name = frame.name[:_TALKER_LETTERS], frame.name[_TALKER_LETTERS:]
    parts = frame.body.decode("latin-1").split(",")
    message = _ASCII.get(name)
    if message is None:
        return UnknownMessage(name=frame.name, binary=False, body=frame.body)
    return read_fields(message, talker, parts)


def write_message(message: Message) -> bytes:
    """Return the sentence of a message, from ``$`` to its checksum, without line end."""
    if isinstance(message, AsciiMessage):
        return write_ascii(message)
    if isinstance(message, BinaryMessage):
        return write_binary(message)
    return (binary_frame if message.binary else ascii_frame)(message.name, message.body)
