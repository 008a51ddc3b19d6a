from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.beidou.bds3 import MIXED, ReceivedMessage
from relief.beidou.codes import write_code
from relief.beidou.frames import ascii_frame
from relief.beidou.intake import Intake, read_reports
from relief.beidou.messages import write_message
from relief.beidou.notice_code import Acknowledgement, Outcome
from relief.beidou.rdss_ascii import Receipt, ReceivedText, received_mixed
from relief.beidou.rdss_binary import ReceivedFrame
from relief.beidou.report_code import encode
from relief.beidou.sending import captured, report_sentence
from relief.beidou.text_modes import TextMode
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.units import SHANGHAI

OBSERVED_AT = datetime(2016, 7, 6, 0, tzinfo=UTC)
RECEIVED_AT = datetime(2016, 7, 6, 0, 3, tzinfo=UTC)
LATER = datetime(2016, 7, 6, 2, tzinfo=UTC)


def report(sequence: int = 1, unit: str = "421122", dead: int = 3) -> DamageReport:
    return DamageReport(
        sender_card="0312194",
        sequence=sequence,
        source=ReportSource.COUNTY,
        stage=ReportStage.FIRST,
        unit_code=unit,
        observed_at=OBSERVED_AT,
        received_at=RECEIVED_AT,
        counts=((Indicator.DEAD, dead),),
    )


def line(each: DamageReport) -> bytes:
    return captured(report_sentence(each), RECEIVED_AT)


def read(data: bytes) -> Intake:
    return read_reports(data, received_at=LATER)


def reasons(intake: Intake) -> list[str]:
    return [each.reason for each in intake.refused]


def test_report_is_read_with_its_instants_and_its_raw_sentence() -> None:
    intake = read(line(report()))
    assert intake == Intake(
        reports=(replace(report(), raw=report_sentence(report())),),
        refused=(),
        others=(),
        num_duplicates=0,
    )


def test_line_without_an_instant_came_in_when_the_caller_says() -> None:
    (read_report,) = read(report_sentence(report())).reports
    assert read_report.received_at == LATER


def test_instant_of_a_line_is_read_with_its_offset() -> None:
    data = b"2016-07-06T08:03:00+08:00\t" + report_sentence(report())
    (read_report,) = read(data).reports
    assert read_report.received_at == RECEIVED_AT


@pytest.mark.parametrize(
    "sentence",
    [
        write_message(
            ReceivedMessage(
                sender="0312194",
                receiver="4204990",
                frequency_point=2,
                sent_at=OBSERVED_AT.time(),
                coding=MIXED,
                period_s=0,
                text="A4" + encode(report()).hex().upper(),
            )
        ),
        write_message(
            ReceivedText(
                receipt=Receipt.QUERY_SENDER,
                sender="0312194",
                mode=TextMode.CODE,
                sent_at=OBSERVED_AT.time(),
                text=encode(report()).hex().upper(),
            )
        ),
        write_message(
            ReceivedFrame(
                user="0142019",
                kind=0x62,
                sender="0312194",
                hour=0,
                minute=0,
                num_bits=8 * len(encode(report())) + 8,
                text=b"\xa4" + encode(report()),
                crc_flag=0,
            )
        ),
    ],
    ids=["TCI", "TXR in code mode", "TXXX"],
)
def test_report_comes_in_by_every_kind_of_terminal(sentence: bytes) -> None:
    intake = read(captured(sentence, RECEIVED_AT))
    assert intake.reports == (replace(report(), raw=sentence),)


def test_binary_frames_stand_in_hexadecimal() -> None:
    frame = b"$ICJC\x00\x0c\x00\x00\x00\x00\x2b"
    assert captured(frame, RECEIVED_AT).endswith(b"\thex:24 49 43 4A 43 00 0C 00 00 00 00 2B\n")
    assert [other.name for other in read(captured(frame, RECEIVED_AT)).others] == ["ICJC"]


def test_same_report_again_is_a_duplicate() -> None:
    intake = read(line(report()) + captured(report_sentence(report()), LATER) + line(report(2)))
    assert [each.sequence for each in intake.reports] == [1, 2]
    assert intake.reports[0].received_at == RECEIVED_AT
    assert (intake.num_duplicates, intake.refused) == (1, ())


def test_report_that_had_come_before_is_a_duplicate() -> None:
    earlier = read(line(report())).reports
    again = read_reports(line(report()), received_at=LATER, earlier=earlier)
    assert (again.reports, again.num_duplicates) == ((), 1)


def test_same_sequence_with_another_content_is_refused_and_kept() -> None:
    intake = read(line(report(dead=3)) + line(report(dead=2)))
    assert [each.count(Indicator.DEAD) for each in intake.reports] == [3]
    (refused,) = intake.refused
    assert refused.raw == report_sentence(report(dead=2))
    assert (refused.line, refused.received_at) == (2, RECEIVED_AT)
    assert refused.reason == (
        "report: sequence = '1': This sender has used the sequence number for another content."
    )


def test_counts_may_fall_from_one_report_to_the_next() -> None:
    intake = read(line(report(1, dead=12)) + line(report(2, dead=10)))
    assert [each.count(Indicator.DEAD) for each in intake.reports] == [12, 10]


def test_same_sequence_of_two_senders_is_two_reports() -> None:
    other = replace(report(), sender_card="0312195")
    assert len(read(line(report()) + line(other)).reports) == 2


def test_card_is_the_same_with_and_without_leading_zeros() -> None:
    short = replace(report(), sender_card="312194")
    assert report_sentence(short) == report_sentence(report())
    body = report_sentence(report()).split(b",", 1)[1].rsplit(b"*", 1)[0]
    odd = ascii_frame("BDTXR", body.replace(b"0312194", b"312194"))
    assert read(line(report()) + odd).num_duplicates == 1


def test_unit_that_does_not_exist_is_refused_with_near_codes() -> None:
    intake = read_reports(
        line(report(unit="421129")), received_at=LATER, known_units={"421122", "421121", "420112"}
    )
    assert intake.reports == ()
    assert "unit_code = '421129': There is no place with this code" in reasons(intake)[0]
    assert "Near codes: 421122, 421121" in reasons(intake)[0]
    far = read_reports(line(report(unit="990000")), received_at=LATER, known_units={"421122"})
    assert reasons(far) == ["report: unit_code = '990000': There is no place with this code."]


def test_report_from_the_future_is_refused() -> None:
    clock_is_wrong = replace(report(), observed_at=RECEIVED_AT + timedelta(minutes=11))
    assert "The report comes from the future" in reasons(read(line(clock_is_wrong)))[0]
    just_allowed = replace(report(), observed_at=RECEIVED_AT + timedelta(minutes=10))
    assert len(read(line(just_allowed)).reports) == 1


def test_other_sentences_are_kept_and_are_no_error() -> None:
    data = b"\n".join(
        (
            b"# a capture made by hand",
            b"$GNRMC,070723.00,A,2309.30979,N,11330.00659,E,0.08,,070324,,,A,V*29",
            b"",
            b"$BDFKI,TXA,Y,Y,0,0000*13",
            b"$BDTXR,1,0166166,1,,3132333433333335*46",
            ascii_frame("BDTXR", "1,0166166,0,,受灾3200人".encode("gbk")),
            ascii_frame("GNGSV", b"1,1,00"),
        )
    )
    intake = read(data)
    assert [other.name for other in intake.others] == ["GNRMC", "BDFKI", "BDTXR", "BDTXR", "GNGSV"]
    assert [other.line for other in intake.others] == [2, 4, 5, 6, 7]
    texts = [other.text for other in intake.others]
    assert texts == ["", "", "3132333433333335", "受灾3200人", ""]
    assert (intake.reports, intake.refused) == ((), ())
    said = intake.others[3].seems_to_say
    assert said is not None
    assert [(each.indicator, each.count) for each in said.readings] == [(Indicator.AFFECTED, 3200)]
    assert intake.others[2].seems_to_say is None


def test_codes_that_are_no_reports_are_left_to_the_gateway() -> None:
    answer = Acknowledgement(sequence=1, outcome=Outcome.RECEIVED, sequences=(7,))
    intake = read(write_message(received_mixed("0312194", write_code(answer))))
    assert [(each.name, each.text) for each in intake.others] == [("BDTXR", "acknowledgement")]
    assert (intake.reports, intake.refused) == ((), ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (line(report())[:-5] + b"\n", "$BDTXR: The sentence is cut off before its checksum."),
        (b"no sentence at all", "sentence: No sentence begins here."),
        (b"2016-07-06\t$CCICI,0,00*73", "line: received_at = '2016-07-06': This is no instant."),
        (b"hex:2", "line: hex = '2': These are no hexadecimal bytes."),
        (b"$CCICI,0,00*74", "The checksum is 74, but the bytes give 73."),
        (b"$BDTXR,1,195817,2,1439,A4BF0113ECCB13ECCBHELLO*49", "text = 'A4BF0113ECCB13ECCBHELLO'"),
        (ascii_frame("BDTXR", b"7,0166166,2,,A4"), "$BDTXR: receipt = '7'"),
        (ascii_frame("BDTXR", b"1,0166166,2,,A4FF11"), "report code: length = '2': "),
        (ascii_frame("BDTXR", b"1,0166166,2,,A4FF1100000000"), "report code: crc = '0000'"),
    ],
)
def test_refused_lines_are_kept_with_their_reason(data: bytes, reason: str) -> None:
    intake = read(b"\n" + data)
    assert (intake.reports, intake.others) == ((), ())
    (refused,) = intake.refused
    assert reason in refused.reason
    assert refused.line == 2
    assert refused.raw in data


def test_noise_before_a_sentence_does_not_hide_it() -> None:
    intake = read(b"boot ok" + report_sentence(report()))
    assert len(intake.reports) == 1
    assert reasons(intake) == ["sentence: No sentence begins here."]


def test_instant_of_receipt_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        read_reports(b"", received_at=datetime(2016, 7, 6))  # noqa: DTZ001


def test_capture_shows_the_instant_in_utc() -> None:
    at = datetime(2016, 7, 6, 8, tzinfo=SHANGHAI)
    assert captured(b"$CCICI,0,00*73", at) == b"2016-07-06T00:00:00+00:00\t$CCICI,0,00*73\n"


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([line(report()), b"hex:", b"\t", b"$BDTXR,1,", b"\n", b"#"]),
        ),
        max_size=8,
    ).map(b"".join)
)
def test_nothing_in_a_capture_raises(data: bytes) -> None:
    intake = read(data)
    assert len(intake.reports) <= 1
    assert all(refused.reason and refused.raw for refused in intake.refused)
