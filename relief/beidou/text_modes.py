"""What a short message carries: Chinese text, a code of digits, or mixed bytes.

Chinese mode is GBK. Code mode is nibbles, an odd last one padded with F. Mixed mode is any bytes
behind a first byte A4; BDS-3 units may leave the A4 out. In an ASCII sentence Chinese stands as
GBK bytes and the other two as hexadecimal digits.
"""

from binascii import unhexlify
from dataclasses import dataclass
from enum import Enum

from relief.beidou.refusals import Unreadable
from relief.sentences import say

MIXED_MARK = 0xA4
"""The first byte of mixed content."""
_CODEC = "gb18030"  # GBK and the characters added to it since
_STAR_ON_THE_WIRE = b"\xa9\x7e".decode(_CODEC)
_NOT_IN_A_FIELD: dict[str, str | int | None] = {
    ",": "，",  # A3AC
    "*": _STAR_ON_THE_WIRE,
    "$": "＄",  # a dollar begins a sentence
    "\r": " ",
    "\n": " ",
}
_BITS_PER_NIBBLE = 4
_BITS_PER_GBK_BYTE = 7  # a Chinese character costs 14 bits on air, 16 on the serial line
_BITS_PER_BYTE = 8


class TextMode(Enum):
    """How the content of a message is to be read."""

    CHINESE = "chinese"
    CODE = "code"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of one short message.

    Parameters
    ----------
    mode
        How the octets are to be read.
    octets
        GBK bytes, packed nibbles, or the bytes behind the A4.
    half_byte
        Whether the last nibble of a code is padding.
    marked
        Whether mixed content is sent with its A4.
    """

    mode: TextMode
    octets: bytes
    half_byte: bool = False
    marked: bool = True

    @property
    def num_bits(self) -> int:
        """Bits that the content takes of the capacity of a card on air."""
        num_bytes = len(self.octets)
        if self.mode is TextMode.CHINESE:
            return num_bytes * _BITS_PER_GBK_BYTE
        if self.mode is TextMode.CODE:
            return num_bytes * _BITS_PER_BYTE - _BITS_PER_NIBBLE * self.half_byte
        return (num_bytes + self.marked) * _BITS_PER_BYTE

    @property
    def text(self) -> str:
        r"""The text for a person: characters, or the digits of a code.

        Bytes that are no GBK are shown as ``\x..``, so that nothing is hidden. The full-width
        comma stays as it is: the sender's half-width comma cannot be told from it.
        """
        if self.mode is TextMode.CODE:
            digits = self.octets.hex().upper()
            return digits[:-1] if self.half_byte else digits
        characters = self.octets.decode(_CODEC, errors="backslashreplace")
        return characters.replace(_STAR_ON_THE_WIRE, "*")


def chinese(text: str) -> Content:
    """Return Chinese content; characters that cannot stand in a sentence are escaped.

    Raises
    ------
    UnicodeEncodeError
        If the text has half of a surrogate pair.

    Examples
    --------
    >>> chinese("受灾3200人,*").octets.hex()
    'cadcd4d633323030c8cba3aca97e'
    """
    escaped = text.translate(str.maketrans(_NOT_IN_A_FIELD))
    return Content(mode=TextMode.CHINESE, octets=escaped.encode(_CODEC))


def code(digits: str) -> Content:
    """Return content of hexadecimal digits, four bits each.

    Raises
    ------
    Unreadable
        If there is anything but hexadecimal digits.

    Examples
    --------
    >>> code("123").octets.hex(), code("123").num_bits
    ('123f', 12)
    """
    half_byte = len(digits) % 2 == 1
    return Content(
        mode=TextMode.CODE,
        octets=_octets(digits + "F" if half_byte else digits),
        half_byte=half_byte,
    )


def mixed(octets: bytes, *, marked: bool = True) -> Content:
    """Return mixed content."""
    return Content(mode=TextMode.MIXED, octets=octets, marked=marked)


def read_field(mode: TextMode, field: str) -> Content:
    """Return the content of the text field of an ASCII sentence.

    Parameters
    ----------
    mode
        As the sentence says.
    field
        The bytes of the field as Latin-1 characters.

    Raises
    ------
    Unreadable
        If a code or mixed field is not hexadecimal.

    Examples
    --------
    >>> read_field(TextMode.MIXED, "A468656C6C6F").text
    'hello'
    """
    if mode is TextMode.CHINESE:
        return Content(mode=mode, octets=field.encode("latin-1"))
    if mode is TextMode.CODE:
        return code(field)
    return unmark(_octets(field))


def write_field(content: Content) -> str:
    """Return the text field of an ASCII sentence as Latin-1 characters."""
    if content.mode is TextMode.CHINESE:
        return content.octets.decode("latin-1")
    if content.mode is TextMode.CODE:
        return content.text
    return serial_octets(content).hex().upper()


def serial_octets(content: Content) -> bytes:
    """Return the bytes that a binary frame carries, with the A4 of mixed content."""
    if content.mode is TextMode.MIXED and content.marked:
        return bytes((MIXED_MARK,)) + content.octets
    return content.octets


def unmark(octets: bytes) -> Content:
    """Return mixed content from its bytes with or without A4; a first A4 is taken as the mark."""
    marked = octets[:1] == bytes((MIXED_MARK,))
    return mixed(octets[1:] if marked else octets, marked=marked)


def _octets(digits: str) -> bytes:
    try:
        return unhexlify(digits)
    except ValueError as failure:
        raise Unreadable(
            say("The text is not pairs of hexadecimal digits, as its mode demands.")
        ) from failure
