"""Sentences that can be told in any language."""

import pytest

from relief.sentences import Sentence, say


def test_a_sentence_is_told_in_english() -> None:
    assert str(say("{tents} tents for {place}.", tents=12, place="罗田县 Luotian")) == (
        "12 tents for 罗田县 Luotian."
    )


def test_a_translation_may_turn_the_gaps_around() -> None:
    sentence = say("{tents} tents for {place}.", tents=12, place="罗田县")
    assert sentence.filled("向{place}调运帐篷{tents}顶。") == "向罗田县调运帐篷12顶。"


def test_equal_sentences_are_equal_however_they_are_written() -> None:
    assert say("{a}{b}", a=1, b=2) == say("{a}{b}", b=2, a=1)
    assert hash(say("{a}{b}", a=1, b=2)) == hash(say("{a}{b}", b=2, a=1))
    assert say("{a}", a=1) != say("{a}", a=2)
    assert say("{a}", a=1).values == (("a", 1),)


def test_a_gap_may_format_its_value() -> None:
    assert str(say("{km:.1f} km", km=3.14159)) == "3.1 km"


def test_a_sentence_without_gaps_needs_no_values() -> None:
    assert say("Done.") == Sentence("Done.")


def test_a_gap_without_a_value_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="place"):
        str(say("{tents} tents for {place}.", tents=12))
