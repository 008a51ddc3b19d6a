from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relief.beidou import (
    bds3,
    positions,
    rdss_ascii,
    rdss_binary,
    rdss_binary_positions,
    rdss_positions,
)
from relief.beidou.ascii_layout import AsciiMessage
from relief.beidou.frames import Frame, ascii_frame, binary_frame
from relief.beidou.messages import (
    ASCII_MESSAGES,
    BINARY_MESSAGES,
    Message,
    UnknownMessage,
    read_message,
    write_message,
)
from relief.beidou.refusals import RefusedSentence, Unreadable
from relief.beidou.stream import split
from relief.beidou.text_modes import TextMode
from relief.places import Point
from tests.relief.beidou.message_strategies import MESSAGES
from tests.relief.beidou.sample_sentences import VALID, Sample

# Samples whose senders write numbers with another width than the usual one: what is written for a
# message made here differs from them, though it reads the same.
OTHER_WIDTHS = {
    b"$BDICI,0166166,02097151,0000011,6,40,3,N,000*33",
    b"$BDICI,4207733,0,0,3,60,2,N,22*3A",
    b"$BDICP,4238473,0,0,3,0,N,2,N,1,0,0,3,1,60,2,0,0,0,0,21,0,0,0*48",
    b"$BDTXR,1,195817,2,1439,A4BF0113ECCB13ECCBHELLO*49",
    b"$BDRMC,142350,A,2456.7890,N,11458.1230,E,008.3,203.5,310721,001.2,W*74",
    b"$BDRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*7B",
}


def read(raw: bytes) -> Message:
    (frame,) = split(raw)
    assert isinstance(frame, Frame)
    return read_message(frame)


def read_sentence(name: str, body: str) -> Message:
    return read(ascii_frame(name, body.encode("latin-1")))


@pytest.mark.parametrize("sample", VALID, ids=lambda sample: sample.raw[:24].hex())
def test_valid_samples_are_read_and_written_with_the_same_bytes(sample: Sample) -> None:
    message = read(sample.raw)
    assert not isinstance(message, UnknownMessage)
    assert write_message(message) == sample.raw
    if isinstance(message, AsciiMessage):
        anew = replace(message, as_written=())
        assert anew == message
        assert (write_message(anew) == sample.raw) is (sample.raw not in OTHER_WIDTHS)
        assert read(write_message(anew)) == message


@pytest.mark.parametrize("name", MESSAGES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_message_is_written_and_read_back(name: str, data: st.DataObject) -> None:
    message = data.draw(MESSAGES[name])
    assert read(write_message(message)) == message


def test_every_message_has_a_round_trip() -> None:
    # Three more are told by talker, first field or frame number.
    assert len(MESSAGES) == len(ASCII_MESSAGES) + len(BINARY_MESSAGES) + 4


# Field by field, against what the samples say.


def test_received_text_field_by_field() -> None:
    assert read(b"$BDTXR,1,195817,2,1439,A4BF0113ECCB13ECCBHELLO*49") == rdss_ascii.ReceivedText(
        receipt=rdss_ascii.Receipt.NORMAL,
        sender="0195817",
        mode=TextMode.MIXED,
        sent_at=time(14, 39),
        text="A4BF0113ECCB13ECCBHELLO",
    )


def test_mixed_text_that_is_not_hexadecimal_is_read_but_its_content_refused() -> None:
    message = read(b"$BDTXR,1,195817,2,1439,A4BF0113ECCB13ECCBHELLO*49")
    assert isinstance(message, rdss_ascii.ReceivedText)
    with pytest.raises(Unreadable, match="not pairs of hexadecimal digits"):
        _ = message.content


def test_sent_text_field_by_field() -> None:
    message = read(b"$CCTXA,0967760,1,2,A43132335F414243BABAD7D6*77")
    assert message == rdss_ascii.SendText(
        destination="0967760",
        express=False,
        mode=TextMode.MIXED,
        text="A43132335F414243BABAD7D6",
    )
    assert isinstance(message, rdss_ascii.SendText)
    assert (message.talker, message.content.text) == ("CC", "123_ABC汉字")


def test_empty_field_before_a_sent_text_is_forgiven() -> None:
    usual = read_sentence("CCTXA", "0242407,1,2,A468656C6C6F")
    assert read_sentence("CCTXA", "0242407,1,2,,A468656C6C6F") == usual
    # Its own bytes are not written again: the empty field means nothing.
    odd = read_sentence("CCTXA", "0242407,1,2,,A468656C6C6F")
    assert write_message(odd) == ascii_frame("CCTXA", b"0242407,1,2,A468656C6C6F")


def test_receipts_may_have_empty_fields_behind_them() -> None:
    none = read_sentence("BDHZR", "0166166,0,")
    assert none == rdss_ascii.Receipts(card="0166166", num_receipts=0, times=(None,))
    one = read_sentence("BDHZR", "0166166,1,1203,1204,,")
    assert isinstance(one, rdss_ascii.Receipts)
    assert one.times[:2] == (time(12, 3), time(12, 4))


def test_comma_in_a_chinese_text_is_kept() -> None:
    body = "1,0195817,0,,转移3,000人".encode("gbk")
    message = read(ascii_frame("BDTXR", body))
    assert isinstance(message, rdss_ascii.ReceivedText)
    assert message.content.text == "转移3,000人"
    assert write_message(message) == ascii_frame("BDTXR", body)


def test_the_two_orders_of_feedback_are_told_apart() -> None:
    old = read(b"$BDFKI,TXA,Y,Y,0,0040*17")
    assert old == rdss_ascii.Feedback(
        command="TXA",
        executed=True,
        period_kept=True,
        suppression=rdss_ascii.Suppression.NONE,
        wait="0040",
    )
    assert read(b"$BDFKI,000000,TCQ,Y,5,0*74") == bds3.Feedback(
        told_at=time(0), command="TCQ", executed=True, reason=5, wait_s=0
    )


def test_wait_is_read_both_ways() -> None:
    # 0130 is 1 minute 30 seconds or 130 seconds; below a minute both are the same.
    long = read_sentence("BDFKI", "TXA,N,N,0,0130")
    short = read_sentence("BDFKI", "TXA,N,N,0,0058")
    assert isinstance(long, rdss_ascii.Feedback)
    assert isinstance(short, rdss_ascii.Feedback)
    assert long.wait_bounds_s == (90, 130)
    assert short.wait_bounds_s == (58, 58)


def test_position_report_field_by_field() -> None:
    message = read(b"$BDWAA,0,,0312194,072236.40,3802.69000,N,11526.16000,E,61,M*04")
    assert message == rdss_positions.PositionReport(
        sent=False,
        period_s=None,
        card="0312194",
        taken_at=time(7, 22, 36, 400_000),
        latitude=Decimal("3802.69"),
        north=True,
        longitude=Decimal("11526.16"),
        east=True,
        height_m=Decimal(61),
        height_unit="M",
    )
    assert isinstance(message, rdss_positions.PositionReport)
    # 38 degrees and 2.69 minutes; 115 degrees and 26.16 minutes.
    assert message.point == Point(lon_deg=115.436, lat_deg=38 + 2.69 / 60)


def test_position_answer_field_by_field() -> None:
    body = "1,0312194,031502.50,3034.5000,S,11420.2500,W,35,M,-12,M,0,V,V,L"
    message = read_sentence("BDDWR", body)
    assert isinstance(message, rdss_positions.PositionAnswer)
    assert message.point == Point(lon_deg=-114.3375, lat_deg=-30.575)
    assert message.geoid_height_m == -12
    assert message.urgent is False
    without_fix = rdss_positions.PositionAnswer(
        kind=2,
        card="0312194",
        taken_at=None,
        latitude=None,
        north=None,
        longitude=None,
        east=None,
        height_m=None,
        height_unit="M",
        geoid_height_m=None,
        geoid_height_unit="M",
        precision=None,
        urgent=None,
        ambiguous=None,
        high_altitude=None,
    )
    assert without_fix.point is None
    assert read_sentence("BDDWR", "2,0312194,,,,,,,M,,M,,,,") == without_fix


def test_movement_field_by_field() -> None:
    message = read(b"$BDRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*7B")
    assert isinstance(message, positions.Movement)
    assert message.taken_on == date(1994, 3, 23)
    assert message.taken_at == time(12, 35, 19)
    assert message.speed_knots == Decimal("22.4")
    assert message.variation_east is False
    assert message.point == Point(lon_deg=11 + 31 / 60, lat_deg=48 + 7.038 / 60)


def test_fix_field_by_field() -> None:
    body = "031502.00,3034.5000,N,11420.2500,E,1,08,1.2,35.0,M,-12.0,M,,0000"
    message = read_sentence("GNGGA", body)
    assert isinstance(message, positions.Fix)
    assert (message.talker, message.quality, message.num_satellites) == ("GN", 1, 8)
    assert message.point == Point(lon_deg=114.3375, lat_deg=30.575)
    assert message.vertical_dilution is None
    assert write_message(message) == ascii_frame("GNGGA", body.encode())
    with_vertical = read_sentence("BDGGA", body + ",2.5")
    assert isinstance(with_vertical, positions.Fix)
    assert with_vertical.vertical_dilution == Decimal("2.5")


def test_plain_position_and_epi_know_their_point() -> None:
    plain = read_sentence("GBGLL", "3034.5000,N,11420.2500,E,031502.00,A,A")
    report = read_sentence("BDEPI", "4204986,4204990,1,031502.00,11420.2500,E,3034.5000,N,35,M")
    assert isinstance(plain, positions.PlainPosition)
    assert isinstance(report, bds3.PositionReport)
    assert plain.point == report.point == Point(lon_deg=114.3375, lat_deg=30.575)
    assert report.remainder == ("35", "M")


def test_card_sentences_field_by_field() -> None:
    card = read(b"$BDICI,0166166,02097151,0000011,6,40,3,N,000*33")
    assert isinstance(card, rdss_ascii.CardInformation)
    assert (card.card, card.user_type, card.service_period_s, card.level) == ("0166166", 6, 40, 3)
    bds3_card = read(b"$BDICP,15240507,2032472,1,3,0,N,1,Y,1,0,0,3,1,1,5,1,1,2,2,500,100,10,10*65")
    assert isinstance(bds3_card, bds3.CardInformation)
    assert (bds3_card.card, bds3_card.service_period_s, bds3_card.level) == ("15240507", 1, 5)
    assert (bds3_card.num_subordinates, bds3_card.num_joined_groups) == (500, 10)
    assert read(b"$CCICI,0,00*73") == rdss_ascii.CardQueryByIci(of_subordinates=False, frame_no=0)


def test_beam_sentences_field_by_field() -> None:
    powers = read(b"$BDBSI,02,08,0,3,0,0,0,0,0,3,0,0*54")
    assert powers == rdss_ascii.BeamPowers(
        response_beam=2, time_difference_beam=8, powers=(0, 3, 0, 0, 0, 0, 0, 3, 0, 0)
    )
    new = read(b"$BDPWI,000000.00,00,01,51,40,33,0*7B")
    assert isinstance(new, bds3.BeamPowers)
    assert (new.bds2_beams, new.bds3_beams) == ((), (("51", "40", "33", "0"),))
    both = read_sentence("BDPWI", "031502.00,01,3,40,35,02,11,48,,51,40,")
    assert isinstance(both, bds3.BeamPowers)
    assert both.bds2_beams == (("3", "40", "35"),)
    assert both.bds3_beams == (("11", "48", ""), ("51", "40", ""))
    for body in ("031502.00,00,00", "031502.00,00,02,11,48,0,51,40,33,0"):
        untold = read_sentence("BDPWI", body)
        assert isinstance(untold, bds3.BeamPowers)
        assert untold.bds3_beams == ()


def test_bds3_messages_field_by_field() -> None:
    message = read(
        b"$BDTCI,4204986,4204990,2,142204,2,0,3A642B500000000000000A01F35B41EC036542EE74F5*40"
    )
    assert isinstance(message, bds3.ReceivedMessage)
    assert (message.sender, message.receiver) == ("4204986", "4204990")
    assert message.sent_at == time(14, 22, 4)
    assert message.content.octets[:3] == b"\x3a\x64\x2b"
    sent = read_sentence("CCTCQ", "4204990,2,1,3,A4CFE7,0")
    assert isinstance(sent, bds3.SendMessage)
    assert (sent.content.text, sent.period_s) == ("乡", 0)
    other = read_sentence("BDTCI", "4204986,4204990,142204,3,0,60.0,A4CFE7")
    assert isinstance(other, bds3.ReceivedWithoutPoint)
    assert other.content.text == "乡"
    compressed = read_sentence("BDTCI", "4204986,4204990,2,142204,4,0,3A64")
    assert isinstance(compressed, bds3.ReceivedMessage)
    with pytest.raises(Unreadable, match="tables are not public"):
        _ = compressed.content


def test_binary_texts_field_by_field() -> None:
    message = read(bytes.fromhex("2454585858001F022AC362022AC300000058A4C4E3BAC3D6D0B9FAC8CB00B1"))
    # 022AC3h = 2 x 65,536 + 10,947 = 142,019; 58h = 88 bits: A4 and ten GBK bytes.
    assert message == rdss_binary.ReceivedFrame(
        user="0142019",
        kind=0x62,
        sender="0142019",
        hour=0,
        minute=0,
        num_bits=88,
        text=bytes.fromhex("A4C4E3BAC3D6D0B9FAC8CB"),
        crc_flag=0,
    )
    assert isinstance(message, rdss_binary.ReceivedFrame)
    assert (message.content.mode, message.content.text) == (TextMode.MIXED, "你好中国人")


def test_modes_of_binary_texts() -> None:
    def content(kind: int, num_bits: int, text: bytes) -> tuple[TextMode, str]:
        message = rdss_binary.ReceivedFrame(
            user="0000001",
            kind=kind,
            sender="0000002",
            hour=1,
            minute=2,
            num_bits=num_bits,
            text=text,
            crc_flag=0,
        )
        back = read(write_message(message))
        assert isinstance(back, rdss_binary.ReceivedFrame)
        return back.content.mode, back.content.text

    assert content(0x40, 32, "你好".encode("gbk")) == (TextMode.CHINESE, "你好")
    # As it goes on air: two characters of 14 bits.
    assert content(0x40, 28, "你好".encode("gbk")) == (TextMode.CHINESE, "你好")
    assert content(0x60, 20, b"\x12\x34\x5f") == (TextMode.CODE, "12345")
    assert content(0x63, 24, b"\x12\x34\x5f") == (TextMode.CODE, "12345F")
    request = rdss_binary.SendFrame(
        user="0000001", kind=0x44, destination="0000002", num_bits=32, reply=0, text=b"\xc4\xe3ab"
    )
    assert request.content.text == "你ab"
    assert replace(request, kind=0x46).content.mode is TextMode.CODE
    assert (request.is_express, replace(request, kind=0x40).is_express) == (False, True)


def test_binary_feedback_field_by_field() -> None:
    done = read(bytes.fromhex("24464B58580010022AC40054585351DB"))
    assert isinstance(done, rdss_binary.Feedback)
    assert (done.user, done.outcome, done.command) == ("0142020", 0, "TXSQ")
    wait = rdss_binary.Feedback(user="0000001", outcome=4, extra=b"\x2d\x01\x00\x00")
    assert (wait.command, wait.wait_bounds_s) == ("", (45, 301))


def test_binary_position_worked_out_by_hand() -> None:
    # Type 08, card 022AC3, 03:15:02.50, 114 20 15.0 E, 30 34 30.0 N, -12 m: sign 40h, 0Ch.
    body = bytes.fromhex("022AC4 08 022AC3 030F0232 72140F00 1E221E00 400C 0023")
    message = read(binary_frame("DWXX", body))
    assert isinstance(message, rdss_binary_positions.PositionAnswer)
    assert len(binary_frame("DWXX", body)) == 31
    assert message.point == Point(lon_deg=114.3375, lat_deg=30.575)
    assert (message.height_m, message.geoid_height_m) == (-12, 35)
    assert (message.is_precise, message.is_urgent, message.is_ambiguous) == (True, False, False)
    assert write_message(message) == binary_frame("DWXX", body)


def test_binary_weather_worked_out_by_hand() -> None:
    # Pressure 101,325 = 18BCDh in 20 bits; temperature -5 = sign 800h and 5: 18BCD 805.
    body = bytes.fromhex("022AC4 20 0023 0002 18BCD805 003C")
    message = read(binary_frame("DWSQ", body))
    assert isinstance(message, rdss_binary_positions.PositionRequest)
    assert len(binary_frame("DWSQ", body)) == 22
    assert (message.weather.pressure, message.weather.temperature) == (101_325, -5)
    assert message.is_urgent
    assert message.period_s == 60


def test_subordinates_are_told_by_their_frame_number() -> None:
    body = bytes.fromhex("022AC4 01 000001 000002")
    assert read(binary_frame("ICXX", body)) == rdss_binary.Subordinates(
        user=f"{0x022AC4:07d}", frame_no=1, cards=("0000001", "0000002")
    )


def test_unknown_names_are_kept_as_they_are() -> None:
    for raw in (
        ascii_frame("GNGSV", b"1,1,00"),
        b"$BDABC*" + b"%02X" % (ord("B") ^ ord("D") ^ ord("A") ^ ord("B") ^ ord("C")),
        binary_frame("BBXX", bytes(5)),
    ):
        message = read(raw)
        assert isinstance(message, UnknownMessage)
        assert write_message(message) == raw


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("BDTXR", "6,0195817,2,,A4", r"receipt = '6'.*Allowed: 1, 2, 3, 4, 5"),
        ("BDTXR", "1,no card,2,,A4", "sender = 'no card': This is not a card number"),
        ("BDTXR", "1,0195817,3,,A4", r"mode = '3'.*Allowed: 0, 1, 2"),
        ("BDTXR", "1,0195817,2,2460,A4", "sent_at = '2460': This is no time of day"),
        ("BDTXR", "1,0195817,2,1:30,A4", "sent_at = '1:30': This is no time of day"),
        ("BDTXR", "1,0195817,2", r"fields = '3'.*Allowed: 5 or more"),
        ("BDICI", "0166166,1,1,12,40,3,N,0", r"user_type = '12'.*out of range.*Allowed: 0 to 9"),
        ("BDICI", "0166166,x,1,6,40,3,N,0", "serial = 'x': This is not a serial number"),
        ("BDICI", "0166166,1,1,6,4O,3,N,0", "service_period_s = '4O': This is not a whole"),
        ("BDICI", "0166166,1,1,6,40,3,N,0,0", r"fields = '9'.*Allowed: 8"),
        ("BDHZR", "0166166,2,0102,0103", "num_receipts = '2': The sentence holds 2 times"),
        ("BDHZR", "0166166,0,0102,0103", "num_receipts = '0': The sentence holds 2 times"),
        ("BDCNO", "B3I,2,1,40", "num_satellites = '2': The sentence holds 2 values"),
        ("BDPWI", "000000.00,01,1,2", "does not fit the number of beams"),
        ("BDPWI", "000000.00,00,02,1,2", "does not fit the number of beams"),
        ("BDPWI", "000000.00,00,", "does not fit the number of beams"),
        ("BDPWI", "000000.00,00,1x", "values = '1x': This is no beam value"),
        ("BDRMC", "1,A,,,,,,,,,", "taken_at = '1': This is no time of day"),
        ("BDRMC", "256000,A,,,,,,,,,", "taken_at = '256000': This is no time of day"),
        ("BDRMC", ",A,9001.0,N,,,,,,,", "latitude = '9001.0': There is no such angle"),
        ("BDRMC", ",A,3060.0,N,,,,,,,", "latitude = '3060.0': There is no such angle"),
        ("BDRMC", ",A,30.5,N,,,,,,,", "latitude = '30.5': This is no angle"),
        ("BDRMC", ",A,,,,,fast,,,,", "speed_knots = 'fast': This is not a decimal number"),
        ("BDRMC", ",A,,,,,,,310221,,", "taken_on = '310221': This is no day"),
        ("BDRMC", ",A,,,,,,,3102,,", "taken_on = '3102': This is no day"),
        ("BDFKI", "000000,tcq,Y,5,0", "command = 'tcq': This is no command"),
        ("BDFKI", "TXA,Y,Y,0,later", "wait = 'later': This is no wait"),
        ("CCRMO", "gga,2,60", "sentence = 'gga': This is no sentence"),
    ],
)
def test_wrong_field_is_refused_with_name_and_value(name: str, body: str, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        read_sentence(name, body)


def test_all_wrong_fields_are_listed_at_once() -> None:
    with pytest.raises(RefusedSentence) as refusal:
        read_sentence("BDTXR", "9,x,7,2561,A4")
    fields = [fault.field for fault in refusal.value.faults]
    assert fields == ["receipt", "sender", "mode", "sent_at"]
    assert {fault.where for fault in refusal.value.faults} == {"$BDTXR"}


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        (
            "XTZJ",
            "022AC4 00",
            "length = '4': The frame holds the wrong number of bytes",
        ),
        ("XTZJ", "022AC4 0000 00", "length = '6'"),
        ("TXXX", "022AC4 60", r"length = '4'.*Allowed: 12 or more"),
        ("TXXX", "022AC4 60 022AC3 0000 0010 A4 00", "num_bits = '16': The frame holds 1 bytes"),
        ("TXSQ", "022AC4 46 022AC3 0008 00 A4A4", "num_bits = '8': The frame holds 2 bytes"),
        ("TXHZ", "022AC4 022AC3 02 01020103", "num_receipts = '2': The frame holds 1 receipts"),
        ("TXHZ", "022AC4 022AC3 01 010201", "receipts = '01 02 01': The bytes are not a whole"),
        (
            "DWXX",
            "022AC4 08 022AC3 030F0232 B5140F00 1E3C1E00 400C 0023",
            "longitude = '181 20 15.0'(.|\n)*latitude = '30 60 30.0'",
        ),
    ],
)
def test_wrong_frame_is_refused_with_name_and_value(name: str, body: str, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        read(binary_frame(name, bytes.fromhex(body)))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (rdss_ascii.CardQuery(of_subordinates=False, frame_no=1000), "frame_no = '1000'"),
        (rdss_ascii.BeamChoice(response_beam=-1, time_difference_beam=None), "response_beam"),
        (
            replace(rdss_ascii.received_mixed("0000001", b""), sent_at="noon"),  # type: ignore[arg-type]
            "sent_at = 'noon': The value cannot be written",
        ),
        (rdss_ascii.received_mixed("wuhan", b""), "sender = 'wuhan': The value cannot be written"),
        (
            rdss_ascii.SendText(
                destination="0000001", express=False, mode=TextMode.CHINESE, text="*00"
            ),
            "The text holds what would end the sentence",
        ),
        (
            rdss_ascii.SendText(
                destination="0000001", express=False, mode=TextMode.CHINESE, text="$BDTXR,"
            ),
            "The text holds what would end the sentence",
        ),
        (rdss_binary.SelfCheckRequest(user="0000001", period_s=70_000), "period_s = '70000'"),
        (rdss_binary.SelfCheckRequest(user="99999999", period_s=0), "user = '99999999'"),
        (rdss_binary.Powers(user="0000001", powers=(1, 2)), r"powers = '\(1, 2\)'"),
        (
            rdss_binary.SendFrame(
                user="0000001",
                kind=0x46,
                destination="0000002",
                num_bits=16_000,
                reply=0,
                text=bytes(2_000),
            ),
            None,
        ),
        (
            rdss_binary.SendFrame(
                user="0000001",
                kind=0x46,
                destination="0000002",
                num_bits=17_600,
                reply=0,
                text=bytes(2_200),
            ),
            "The frame is too long",
        ),
    ],
)
def test_what_cannot_be_written_is_refused(message: Message, reason: str | None) -> None:
    if reason is None:
        assert read(write_message(message)) == message
        return
    with pytest.raises(RefusedSentence, match=reason):
        write_message(message)


def test_changed_message_keeps_the_widths_of_what_did_not_change() -> None:
    message = read(b"$BDICI,4207733,0,0,3,60,2,N,22*3A")
    assert isinstance(message, rdss_ascii.CardInformation)
    changed = write_message(replace(message, service_period_s=40))
    assert changed == ascii_frame("BDICI", b"4207733,0,0,3,40,2,N,22")


def test_mutated_bytes_raise_nothing_and_none_is_lost() -> None:
    # Over 200 kB: the valid samples one after the other, one byte in fifty changed.
    random = np.random.default_rng(20160706)
    order = random.integers(len(VALID), size=4_000)
    octets = np.frombuffer(b"".join(VALID[each].raw for each in order), dtype=np.uint8)
    hit = random.random(octets.size) < 0.02
    stream = np.where(hit, random.integers(256, size=octets.size), octets).astype(np.uint8)
    pieces = split(stream.tobytes())
    assert b"".join(piece.raw for piece in pieces) == stream.tobytes()
    frames = {piece.offset: piece.raw for piece in pieces if isinstance(piece, Frame)}
    at = 0
    for each in order:
        raw = VALID[each].raw
        if not hit[at : at + len(raw)].any():
            assert frames[at] == raw
        at += len(raw)
    num_read = num_refused = 0
    for piece in pieces:
        if isinstance(piece, Frame):
            try:
                read_message(piece)
            except RefusedSentence:
                num_refused += 1
            else:
                num_read += 1
    # Three in ten sentences or so stay whole; nearly all of them are read.
    assert num_read > 1_000
    assert num_refused < num_read // 20
