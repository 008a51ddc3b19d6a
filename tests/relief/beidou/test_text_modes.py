import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.refusals import Unreadable
from relief.beidou.text_modes import (
    Content,
    TextMode,
    chinese,
    code,
    mixed,
    read_field,
    serial_octets,
    unmark,
    write_field,
)

GBK_TEXT = st.text(
    st.characters(codec="gbk", exclude_characters=",*$\r\n﹡"),
    max_size=60,
)


def test_mixed_sample_says_what_it_says() -> None:
    # From a public sample: A4, then "123_ABC" in ASCII and 汉字 as BABA D7D6.
    content = read_field(TextMode.MIXED, "A43132335F414243BABAD7D6")
    assert content.text == "123_ABC汉字"
    assert content.octets == b"123_ABC\xba\xba\xd7\xd6"


def test_comma_star_and_dollar_are_escaped_in_chinese() -> None:
    content = chinese("a,b*c$")
    assert content.octets == b"a\xa3\xacb\xa9\x7ec\xa1\xe7"
    assert content.text == "a，b*c＄"
    assert not set(b",*$") & set(content.octets)


def test_bits_are_those_of_the_air() -> None:
    # Seven bits a GBK byte, four a digit, eight a mixed byte with its A4.
    assert chinese("你好").num_bits == 28
    assert code("12345").num_bits == 20
    assert mixed(bytes(77)).num_bits == 624
    assert chinese("你" * 44).num_bits == 616
    assert mixed(b"ab", marked=False).num_bits == 16


def test_odd_code_is_padded() -> None:
    assert code("12345").octets == b"\x12\x34\x5f"
    assert code("12345").text == "12345"
    assert code("123F").text == "123F"
    assert code("").octets == b""


@pytest.mark.parametrize("mode", [TextMode.CODE, TextMode.MIXED])
@pytest.mark.parametrize("field", ["A4HELLO1", "1 2 ", "１２", "A4" + "²²"])
def test_text_that_is_not_hexadecimal_is_refused(mode: TextMode, field: str) -> None:
    with pytest.raises(Unreadable, match="not pairs of hexadecimal digits"):
        read_field(mode, field)


def test_broken_gbk_is_shown_and_not_dropped() -> None:
    assert Content(mode=TextMode.CHINESE, octets=b"\xc4\xe3\xff!").text == "你\\xff!"


def test_mark_of_mixed_content_may_be_missing() -> None:
    assert unmark(b"\xa4hello") == mixed(b"hello")
    assert unmark(b"hello") == mixed(b"hello", marked=False)
    assert serial_octets(mixed(b"hello")) == b"\xa4hello"
    assert serial_octets(mixed(b"hello", marked=False)) == b"hello"


@given(GBK_TEXT)
def test_chinese_comes_back(text: str) -> None:
    content = chinese(text)
    assert content.text == text
    assert read_field(TextMode.CHINESE, write_field(content)) == content


@given(st.text("0123456789ABCDEF", max_size=60))
def test_code_comes_back(digits: str) -> None:
    assert code(digits).text == digits
    assert read_field(TextMode.CODE, write_field(code(digits))) == code(digits)


@given(st.binary(max_size=77))
def test_mixed_comes_back(octets: bytes) -> None:
    assert read_field(TextMode.MIXED, write_field(mixed(octets))) == mixed(octets)
