"""What a text message carries, and from which card, whatever kind of terminal handed it on."""

from dataclasses import dataclass

from relief.beidou.bds3 import ReceivedMessage, ReceivedWithoutPoint
from relief.beidou.compact_code import claims_compact_code
from relief.beidou.messages import Message
from relief.beidou.rdss_ascii import ReceivedText
from relief.beidou.rdss_binary import ReceivedFrame
from relief.beidou.refusals import Unreadable, refused
from relief.beidou.text_modes import Content, TextMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a text message carries.

    Parameters
    ----------
    sender
        The card that sent it.
    content
        What it carries.
    """

    sender: str
    content: Content

    @property
    def is_code(self) -> bool:
        """Whether it says that it is compact code, right or wrong."""
        return self.content.mode is not TextMode.CHINESE and claims_compact_code(
            self.content.octets
        )


def carried_by(message: Message) -> Carried | None:
    """Return what a received text message carries, None for other messages.

    Raises
    ------
    RefusedSentence
        If the text does not fit its mode.
    """
    if not isinstance(
        message, ReceivedText | ReceivedMessage | ReceivedWithoutPoint | ReceivedFrame
    ):
        return None
    try:
        return Carried(sender=message.sender, content=message.content)
    except Unreadable as failure:
        text = message.text
        raise refused(
            "text", "text", text if isinstance(text, str) else text.hex(" "), failure.what
        ) from failure
