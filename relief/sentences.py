"""Sentences for people: an English text with named gaps, and the values that fill them.

The English text is also the key under which the catalogue of the faces (`api`) finds the Chinese
one, so the domain can explain itself without knowing any language setting.
"""

from dataclasses import dataclass

SentenceValue = str | int | float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that can be shown in any language of the catalogue.

    Parameters
    ----------
    text
        The English sentence with gaps in braces (`str.format` fields). The text with its gaps is
        the message id of the catalogue.
    values
        The values for the gaps, as pairs of name and value, in order of name.
    """

    text: str
    values: tuple[tuple[str, SentenceValue], ...] = ()

    def filled(self, text: str) -> str:
        """Return `text`, a translation of this sentence, with its gaps filled."""
        return text.format(**dict(self.values))

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.filled(self.text)


def say(text: str, **values: SentenceValue) -> Sentence:
    """Make a sentence. The catalogue's extractor looks for calls of this function.

    Examples
    --------
    >>> str(say("{tents} tents for {place}.", tents=12, place="Luotian"))
    '12 tents for Luotian.'
    """
    return Sentence(text, tuple(sorted(values.items())))
